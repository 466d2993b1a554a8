"""Text as services keep it: names hold no character that cannot be seen, texts are as people write them."""

import pytest

from core.errors import Problem
from core.text import LINE, clean

pytestmark = pytest.mark.pure


def refused(text: str, limit: int | None = 200) -> tuple[int, str, str, str]:
    with pytest.raises(Problem) as error:
        clean("name", text, limit=limit)
    item = error.value.items[0]
    return error.value.status, item.code, item.pointer, item.detail


@pytest.mark.parametrize(
    "sign",
    [
        "\u202e",
        "\u202a",
        "\u202c",
        "\u2066",
        "\u2069",
        "\u200b",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u2028",
        "\u2029",
        "\U000e0041",
    ],
)
def test_a_character_that_cannot_be_seen_is_refused_in_a_name_with_its_place(sign: str) -> None:
    status, code, pointer, words = refused(f"Ev{sign}il")
    assert (status, code, pointer) == (400, "invisible", "/name")
    assert words.startswith(f"Character 3 cannot be seen (U+{ord(sign):04X}")
    assert words.endswith("Take it out.")


@pytest.mark.parametrize(
    "name",
    [
        "Triage",
        "שלום",
        "مرحبا",
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d🔬 lab",
        "A\u200eB",
        "ד\u200f(1)",
        "Æther — ß",
        "\u06dd12",
        "日本",
    ],
)
def test_names_of_every_script_are_kept_as_they_are(name: str) -> None:
    assert clean("name", name, limit=LINE) == name


@pytest.mark.parametrize("limit", [None, LINE + 1, 20_000])
def test_a_long_text_may_hold_what_editors_leave_in_it(limit: int | None) -> None:
    assert clean("text", "a\u2066b\u2069 c\u00add\u200be", limit=limit) == "a\u2066b\u2069 c\u00add\u200be"


def test_a_name_of_nothing_that_can_be_seen_is_empty() -> None:
    assert clean("name", "\u200b\u202e", limit=200) == ""
    with pytest.raises(Problem) as error:
        clean("name", "\u200b", limit=200, required="Name it.")
    assert error.value.items[0].code == "required"
