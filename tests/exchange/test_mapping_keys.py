"""Telling rows apart, in one file and from one file to the next: never twice, never merged, never mixed up."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from exchange.mapping import RowResult, assign_occurrences, load_mapping, map_rows, stored_key
from exchange.mapping.keys import content_hash
from exchange.mapping.results import Key
from exchange.reading import read_table
from tests.exchange.files import MINIMAL

AS_OF = date(2026, 11, 24)
IDS = MINIMAL.replace(
    "[[keys]]",
    '[[keys]]\nnamespace = "unit-id"\nfields = ["unit", "external_id"]\n[[keys]]',
    1,
) + '[fields.external_id]\ncolumn = "Id"\nabsent = ["n/a"]\n'  # fmt: skip


def rows_of(text: str, mapping: str = MINIMAL) -> list[RowResult]:
    known = load_mapping(mapping)
    return map_rows(read_table(text.encode(), mapping=known), known, as_of=AS_OF)


def remembered(rows: list[RowResult]) -> dict[Key, list[tuple[int, str]]]:
    """What a database keeps of rows it has taken: number and content by key."""
    existing: dict[Key, list[tuple[int, str]]] = {}
    for row in rows:
        if row.outcome == "ok" and row.key:
            key, number = row.known_as or (row.key, row.occurrence)
            existing.setdefault(key, []).append((number, row.content_hash))
    return existing


def test_keys_fold_case_and_whitespace_and_keep_punctuation() -> None:
    rows = rows_of(
        "Name,Unit\nCall  summary,CLM\n CALL\xa0Summary ,clm\nCall-summary,CLM\nCall summary.,CLM\n"
    )
    assert rows[0].key == rows[1].key == ("unit-name", ("clm", "call summary"))
    assert len({row.key for row in rows}) == 3
    assert [row.occurrence for row in rows] == [1, 2, 1, 1]


def test_equal_names_are_all_kept_and_numbered_in_order() -> None:
    rows = rows_of("Name,Unit\n" + "Generative AI Usage,ED\n" * 51)
    assert [row.occurrence for row in rows] == list(range(1, 52))
    assert {row.outcome for row in rows} == {"ok"}


def test_the_first_rule_whose_needed_fields_are_present_wins_in_its_own_namespace() -> None:
    rows = rows_of("Name,Unit,Id\nA,CLM,7\nA,CLM,\nA,CLM,N/A\nA,UWR,7\n", IDS)
    assert [row.key and row.key[0] for row in rows] == ["unit-id", "unit-name", "unit-name", "unit-id"]
    assert [row.occurrence for row in rows] == [1, 1, 2, 1]
    assert rows[0].key != rows[3].key
    assert rows[0].alternatives == (("unit-name", ("clm", "a")),)


def test_an_id_that_stands_twice_in_a_unit_refuses_the_second_row_and_names_both() -> None:
    rows = rows_of("Name,Unit,Id\nA,CLM,019\nB,UWR,019\nC,CLM,019\nD,clm, 019 \n", IDS)
    assert [row.outcome for row in rows] == ["ok", "ok", "refused", "refused"]
    (refusal,) = rows[2].refusals
    assert (refusal.row, refusal.column, refusal.value, refusal.code) == (3, "Id", "019", "duplicate_key")
    assert refusal.message == "“019” stands twice inside CLM (rows 1 and 3)."


def test_a_refused_row_does_not_take_the_id_from_a_good_one() -> None:
    rows = rows_of("Name,Unit,Id\n,CLM,7\nA,CLM,7\n", IDS)
    assert [row.outcome for row in rows] == ["refused", "ok"]


def test_ids_are_compared_as_written_only_where_the_mapping_says_so() -> None:
    exact = IDS.replace(
        'fields = ["unit", "external_id"]',
        'fields = ["unit", "external_id"]\ncase_sensitive = ["external_id"]',
    )
    text = "Name,Unit,Id\nA,CLM,aB1\nB,clm,AB1\n"
    assert [row.outcome for row in rows_of(text, IDS)] == ["ok", "refused"]
    assert [row.outcome for row in rows_of(text, exact)] == ["ok", "ok"]


def test_a_row_without_a_key_is_refused_with_the_empty_cell_named() -> None:
    only_ids = IDS.replace(
        '[[keys]]\nnamespace = "unit-name"\nfields = ["unit", "name"]\nduplicates = "number"\n', ""
    )
    (row,) = rows_of("Name,Unit,Id\nA,CLM,\n", only_ids)
    assert (row.outcome, row.key) == ("refused", None)
    assert (row.refusals[0].code, row.refusals[0].column) == ("no_key", "Id")


def test_aliases_make_two_names_one_unit() -> None:
    rows = rows_of(
        "Name,Unit\nA,Claims dept.\nA,CLM\n", MINIMAL + '[units.aliases]\n"claims Dept." = "CLM"\n'
    )
    assert [row.fields["unit"] for row in rows] == ["CLM", "CLM"]
    assert rows[0].key == rows[1].key


def test_the_same_file_again_is_the_same_records_unchanged() -> None:
    text = "Name,Unit,Note\nA,CLM,1\nA,CLM,1\nA,CLM,2\nB,CLM,\n"
    first = assign_occurrences(rows_of(text), {})
    assert {row.match for row in first} == {"new"}
    again = assign_occurrences(rows_of(text), remembered(first))
    assert {row.match for row in again} == {"identical"}
    assert [row.occurrence for row in again] == [row.occurrence for row in first]


def test_equal_keys_match_first_by_content_then_by_order() -> None:
    first = assign_occurrences(rows_of("Name,Unit,Note\nA,CLM,one\nA,CLM,two\nA,CLM,three\n"), {})
    later = rows_of("Name,Unit,Note\nA,CLM,three\nA,CLM,new text\nA,CLM,one\nA,CLM,more\n")
    matched = assign_occurrences(later, remembered(first))
    assert [(row.occurrence, row.match) for row in matched] == [
        (3, "identical"),
        (2, "changed"),
        (1, "identical"),
        (4, "new"),
    ]
    assert [row.known_as for row in matched][3] is None


def test_a_new_one_never_takes_a_number_that_was_used() -> None:
    key: Key = ("unit-name", ("clm", "a"))
    rows = assign_occurrences(rows_of("Name,Unit\nA,CLM\nA,CLM\nA,CLM\n"), {key: [(5, "x"), (2, "y")]})
    assert [(row.occurrence, row.match) for row in rows] == [(2, "changed"), (5, "changed"), (6, "new")]


def test_a_refused_row_is_no_record() -> None:
    rows = rows_of("Name,Unit,Id\nA,CLM,7\nB,CLM,7\n", IDS)
    matched = assign_occurrences(rows, remembered(assign_occurrences(rows[:1], {})))
    assert [row.match for row in matched] == ["identical", "new"]
    assert matched[1].outcome == "refused"


def test_a_source_that_begins_to_give_ids_updates_what_it_told_by_name() -> None:
    last_year = assign_occurrences(rows_of("Name,Unit,Id\nA,CLM,\nB,CLM,\nB,CLM,\n", IDS), {})
    this_year = rows_of("Name,Unit,Id\nB,CLM,\nA,CLM,1\nB,CLM,2\nC,CLM,3\n", IDS)
    matched = assign_occurrences(this_year, remembered(last_year))
    named = ("unit-name", ("clm", "b"))
    assert [row.known_as for row in matched] == [
        (named, 1),
        (("unit-name", ("clm", "a")), 1),
        (named, 2),
        None,
    ]
    assert [row.key and row.key[0] for row in matched] == ["unit-name", "unit-id", "unit-id", "unit-id"]


def test_two_ids_of_one_name_stay_two_records() -> None:
    first = assign_occurrences(rows_of("Name,Unit,Id\nA,CLM,1\n", IDS), {})
    second = assign_occurrences(rows_of("Name,Unit,Id\nA,CLM,2\n", IDS), remembered(first))
    assert second[0].match == "new"


def test_content_is_the_same_for_reordered_columns_and_new_blank_ones() -> None:
    assert content_hash(("a", "b"), ("1", "2")) == content_hash(("b", "a", "c"), ("2", "1", ""))
    assert content_hash(("a", "b"), ("1", "2")) != content_hash(("a", "b"), ("2", "1"))
    assert content_hash(("a", "b"), ("1", "")) != content_hash(("a", "b"), ("", "1"))


def test_a_key_of_any_length_is_stored_in_six_hundred_characters_and_stays_itself() -> None:
    long, other = ("n", ("clm", "x" * 5_000)), ("n", ("clm", "x" * 4_999 + "y"))
    assert len(stored_key(long)) <= 600
    assert stored_key(long) != stored_key(other)
    assert stored_key(("n", ("a", "b c"))) != stored_key(("n", ("a b", "c")))
    assert stored_key(("n", ("clm", "motor"))) == '["clm","motor"]'


CONTENTS = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xyz")), max_size=8)


@given(CONTENTS, CONTENTS)
def test_whatever_follows_whatever_no_record_is_taken_twice_and_none_invented(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    def read(rows: list[tuple[str, str]]) -> list[RowResult]:
        if not rows:
            return []
        return rows_of("Name,Unit,Note\n" + "".join(f"{name},U,{note}\n" for name, note in rows))

    existing = remembered(assign_occurrences(read(before), {}))
    matched = assign_occurrences(read(after), existing)
    taken = [(row.key, row.occurrence) for row in matched]
    assert len(set(taken)) == len(taken) == len(after)
    for name in "AB":
        was, now = (Counter(note for known, note in rows if known == name) for rows in (before, after))
        mine = [row for row in matched if row.fields["name"] == name]
        counts = Counter(row.match for row in mine)
        assert counts["identical"] == (was & now).total()
        assert counts["new"] == max(0, now.total() - was.total())
    again = assign_occurrences(read(after), remembered(matched))
    assert {row.match for row in again} <= {"identical"}
