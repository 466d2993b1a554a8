"""A first mapping for an unknown file: guesses that say why, leave the unsure to a person, and make a sound document."""

import tomllib
from datetime import date
from typing import Any

import pytest

from exchange.mapping import load_mapping, map_rows, parse_mapping, shipped_mappings, summarise, to_toml
from exchange.mapping.detect import Suggestion, detect
from exchange.reading import read_table
from tests.exchange.files import sample

AS_OF = date(2026, 11, 24)


def suggestion(text: str) -> Suggestion:
    return detect(read_table(text.encode()))


def saved(found: Suggestion) -> dict[str, Any]:
    return tomllib.loads(to_toml(found.document))


def fields(found: Suggestion) -> dict[str, str]:
    return {guess.header: guess.field for guess in found.guesses if guess.field}


def test_the_sample_is_mapped_by_its_headers_and_cells() -> None:
    table = read_table(sample())
    found = detect(table, name="mine")
    assert found.missing == ()
    assert len(found.guesses) == 28
    known = fields(found)
    assert (known["Name"], known["Unit"], known["Sub-unit"]) == ("name", "unit", "sub_unit")
    assert (known["Stage"], known["External id"], known["Problem"]) == ("stage", "external_id", "problem")
    assert "If other, please explain." not in known
    rows = map_rows(table, parse_mapping(found.document), as_of=AS_OF)
    assert len(rows) == 41
    assert summarise(rows).refusals == {"duplicate_key": 1, "missing_name": 1}


def test_a_suggestion_can_be_saved_and_is_the_same_mapping() -> None:
    found = detect(read_table(sample()), name="mine")
    written = to_toml(found.document)
    assert load_mapping(written).document == found.document
    assert load_mapping(written).name == "mine"


def test_every_guess_says_why() -> None:
    found = suggestion("use_case_name,Unit,Foo\nA,B,C\n")
    assert [(guess.position, guess.field) for guess in found.guesses] == [(1, "name"), (2, "unit"), (3, "")]
    assert all(guess.why.endswith(".") for guess in found.guesses)


def test_what_is_needed_and_not_found_is_said() -> None:
    found = suggestion("Foo,Bar\nA,B\n")
    assert found.missing == ("name", "unit")


@pytest.mark.parametrize(
    ("header", "cell", "field"),
    [
        ("Lead", "jonas@calder.example", "lead_email"),
        ("Lead", "Jonas Weber", ""),
        ("Entered on", "2024-01-05", "entered_on"),
        ("Entered on", "last spring", ""),
        ("Owner", "", "lead_email"),
    ],
)
def test_a_header_alone_is_not_believed_against_the_cells(header: str, cell: str, field: str) -> None:
    found = suggestion(f"Name,Unit,{header}\nA,B,{cell}\n")
    assert fields(found).get(header, "") == field


def test_the_layouts_are_those_that_read_the_cells() -> None:
    found = suggestion("Name,Unit,Date initiated\nA,B,13/02/2024\nA,B,01/02/2024\nA,B,Nov-24\nA,B,2021\n")
    assert found.document["dates"] == {"layouts": ["D/M/YYYY", "MON-YY", "YYYY"]}


def test_stages_are_told_by_how_a_word_begins_and_the_rest_is_left_to_a_person() -> None:
    found = suggestion(
        "Name,Unit,Stage of development\n"
        'A,B,"d) Retired – its development has since been discontinued"\nA,B,Pilot\nA,B,Hypercare\nA,B,Not in production\n'
    )
    stage = saved(found)["fields"]["stage"]
    assert stage["words"] == {
        "retired": ["d) Retired – its development has since been discontinued"],
        "pilot": ["Pilot"],
    }


def test_repeated_headers_are_named_by_position() -> None:
    found = suggestion("Name,Unit,Notes,Notes\nA,B,C,D\n")
    assert saved(found)["fields"]["notes"] == {"column": 3}


def test_no_shipped_mapping_is_called_like_a_new_one() -> None:
    assert "my-mapping" not in shipped_mappings()
