"""Small turns of phrase that several rules say their findings with."""

from collections.abc import Sequence
from typing import Final

SHOWN_LETTERS: Final = 80


def days(count: int) -> str:
    """ "1 day", "12 days"."""
    return "1 day" if count == 1 else f"{count} days"


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; empty for none."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def shortened(text: str) -> str:
    """A text as it stands in a sentence: one line, cut after 80 letters."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_LETTERS else f"{line[: SHOWN_LETTERS - 1]}…"
