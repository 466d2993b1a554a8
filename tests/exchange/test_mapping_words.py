"""Words to values, facts of four values, lists and numbers: what is said, what is not, and what cannot be read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.mapping.lists import MOST_ITEMS, ListError, read_list
from exchange.mapping.numbers import NumberRules
from exchange.mapping.vocabulary import AbsentWords, Fact, FactWords, Lookup, Vocabulary, VocabularyError
from exchange.reading import collapse

ABSENT = AbsentWords(["n/a*", "na", "none", "tbd", "not applicable", "to be determined*", "-"])


def test_words_match_with_whitespace_collapsed_and_without_case() -> None:
    lookup = Lookup({"retired": ["Research or Administrative Action Complete"], "pilot": ["Pilot"]})
    words = Vocabulary(lookup, blank="unknown", absent="unknown", other="unknown")
    assert words.read("Research or  Administrative\nAction Complete ", ABSENT) == ("retired", True)
    assert words.read("\xa0PILOT\xa0", ABSENT) == ("pilot", True)
    assert words.read("Pilot phase", ABSENT) == ("unknown", False)


def test_the_longest_prefix_wins_and_a_whole_word_before_any() -> None:
    lookup = Lookup(
        {"complete": ["Documentation has been*", "Yes*"], "limited": ["Documentation has been partially*"]}
    )
    assert lookup.find("documentation has been published: all of it") == "complete"
    assert lookup.find("documentation has been partially completed") == "limited"
    assert lookup.find("yes. peer review") == "complete"
    assert lookup.find("documentation") is None
    whole = Lookup({"a": ["in*"], "b": ["in"]})
    assert (whole.find("in"), whole.find("inn")) == ("b", "a")


def test_a_star_after_a_space_begins_with_the_word_and_not_with_its_letters() -> None:
    lookup = Lookup({"no": ["no *"], "yes": ["yes*"]})
    assert [lookup.find(text) for text in ("no", "no – x", "no. x", "no, x", "none", "now", "nothing")] == [
        "no"
    ] * 4 + [None] * 3
    assert lookup.find("yesterday") == "yes"


def test_a_vocabulary_can_be_matched_by_prefix_throughout() -> None:
    lookup = Lookup({"rights": ["Rights"], "safety": ["Safety"]}, by_prefix=True)
    assert lookup.find("rights-impacting") == "rights"


def test_blank_absent_and_other_words_have_values_of_their_own() -> None:
    words = Vocabulary(Lookup({"none": ["No protocols"]}), blank="blank", absent="na", other="unknown")
    assert words.read("", ABSENT) == ("blank", True)
    assert words.read(" \xa0", ABSENT) == ("blank", True)
    assert words.read("N/A - too new", ABSENT) == ("na", True)
    assert words.read("whatever", ABSENT) == ("unknown", False)


def test_a_word_of_the_vocabulary_is_read_before_an_absent_one() -> None:
    words = Vocabulary(Lookup({"none": ["None"]}), blank="blank", absent="na", other="unknown")
    assert words.read("none", ABSENT) == ("none", True)


@pytest.mark.parametrize(
    "words", [{"a": ["x"], "b": ["X "]}, {"a": ["x*"], "b": ["x*"]}, {"a": ["*"]}, {"a": [" * "]}]
)
def test_a_list_of_words_that_contradicts_itself_is_refused(words: dict[str, list[str]]) -> None:
    with pytest.raises(VocabularyError):
        Lookup(words)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("", True),
        (" ", True),
        ("\xa0", True),
        ("N/A", True),
        ("n/a - consolidated into another use case", True),
        ("NA", True),
        ("nature", False),
        ("None", True),
        ("None of the above", False),
        ("To Be Determined (calendar 2025)", True),
        ("-", True),
        ("--", False),
        ("Not  Applicable", True),
    ],
)
def test_absent_words_are_whole_words_unless_they_end_in_a_star(text: str, absent: bool) -> None:
    assert ABSENT.has(text) is absent
    assert ABSENT.has(text) is absent, "the second time comes from memory"


FACTS = FactWords(
    Lookup(
        {
            "yes": ["yes*", "true"],
            "no": ["no", "no *"],
            "not_required": ["not required", "not applicable", "n/a*"],
        }
    )
)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Yes – by the CAIO", Fact.YES),
        ("TRUE", Fact.YES),
        ("no", Fact.NO),
        ("No – not practicable", Fact.NO),
        ("Not required", Fact.NOT_REQUIRED),
        ("Not Applicable", Fact.NOT_REQUIRED),
        ("N/A", Fact.NOT_REQUIRED),
        ("", Fact.NOT_REPORTED),
        (" ", Fact.NOT_REPORTED),
        ("TBD", Fact.NOT_REPORTED),
        ("None", Fact.NOT_REPORTED),
    ],
)
def test_fact_words_are_read_before_absent_ones_and_blank_is_not_no(text: str, fact: Fact) -> None:
    assert FACTS.read(text, ABSENT) == (fact, True)


def test_a_word_that_is_neither_is_not_reported_and_said_to_be_unknown() -> None:
    assert FACTS.read("Operated in an approved enclave", ABSENT) == (Fact.NOT_REPORTED, False)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ('["Race/Ethnicity","Sex/Gender","Age"]', ["Race/Ethnicity", "Sex/Gender", "Age"]),
        ("['k) None of the above']", ["k) None of the above"]),
        ("""['it\\'s', "a \\"b\\"", u'c']""", ["it's", 'a "b"', "c"]),
        ("[]", []),
        ("[ ]", []),
        ("('one',)", ["one"]),
        ("{'a', 'b'}", ["a", "b"]),
        ("[1, 2.5, None, null, 'x', ]", ["1", "2.5", "x"]),
        ('["a\\u00e9\\n b", "\\ud83d\\ude00"]', ["aé b", "😀"]),
        ('["a", "a", " a "]', ["a"]),
        ("Other", ["Other"]),
        ("a, b", ["a, b"]),
        ("[two words, three]", ["two words", "three"]),
        (" (Pending) ", ["Pending"]),
    ],
)
def test_lists_are_read_as_json_as_python_prints_them_and_as_single_words(
    text: str, items: list[str]
) -> None:
    assert read_list(text) == items


def test_words_are_split_only_at_the_separators_of_the_mapping() -> None:
    assert read_list("a; b | c, d;", separators=(";", "|")) == ["a", "b", "c, d"]


@pytest.mark.parametrize(
    "text", ["[", "['a'", "['a' 'b']", "[, 'a']", "['a',, 'b']", "[['a']]", "['a]", "[" * 5_000 + "]" * 5_000]
)
def test_what_begins_like_a_list_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(ListError):
        read_list(text)


def test_a_list_without_end_is_refused() -> None:
    with pytest.raises(ListError, match="more than"):
        read_list("[" + "1," * (MOST_ITEMS + 2) + "]")


def test_a_list_is_never_run() -> None:
    with pytest.raises(ListError):
        read_list("[__import__('os').getcwd()]")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8), max_size=5))
def test_what_python_prints_is_read_back(items: list[str]) -> None:
    assert read_list(repr(items)) == list(dict.fromkeys(filter(None, map(collapse, items))))


@given(st.text(max_size=60))
def test_no_text_breaks_the_list_reader(text: str) -> None:
    try:
        items = read_list(text, separators=(",",))
    except ListError:
        return
    assert all(item == item.strip() != "" for item in items)
    assert "\x00" not in "".join(items) or "\x00" in text


ENGLISH = NumberRules(affixes=("€", "EUR", "%"))
GERMAN = NumberRules(decimal=",", group=".", affixes=("€",))


@pytest.mark.parametrize(
    ("rules", "text", "value"),
    [
        (ENGLISH, "1,234.5", "1234.5"),
        (GERMAN, "1.234,5", "1234.5"),
        (ENGLISH, "1234567", "1234567"),
        (ENGLISH, " -12 ", "-12"),
        (ENGLISH, "−12.50", "-12.50"),
        (ENGLISH, "€388,000", "388000"),
        (ENGLISH, "-€5", "-5"),
        (ENGLISH, "388 eur", "388"),
        (GERMAN, "388,00\xa0€", "388.00"),
        (NumberRules(group=" "), "1 234 567.8", "1234567.8"),
        (NumberRules(scale=Decimal(1000)), "388", "388000"),
        (ENGLISH, "0.10", "0.10"),
        (ENGLISH, "-0.0", "-0.0"),
    ],
)
def test_numbers_are_read_exactly(rules: NumberRules, text: str, value: str) -> None:
    assert rules.read(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["ca. 200", "1.234,5", "1,23", "12,3456", "1e999", "1E5", "nan", "inf", "-Infinity", "#DIV/0!", "1.2.3", "--5", "5-", "٣", ".", "1" * 30, "(388)"],
)  # fmt: skip
def test_what_is_no_number_is_none_and_never_zero(text: str) -> None:
    assert ENGLISH.read(text) is None
