"""Words to values: matched with whitespace collapsed and case folded, whole or by prefix (the longest first).

`word*` begins with these letters; `word *` begins with this word, so that `no *` is not "none".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from exchange.reading.table import fold


class Fact(StrEnum):
    """What a source says of a yes-or-no question. Blank is not no: a cell nobody filled is `not_reported`."""

    YES = "yes"
    NO = "no"
    NOT_REPORTED = "not_reported"
    NOT_REQUIRED = "not_required"


class VocabularyError(ValueError):
    """A list of words that contradicts itself."""


class Lookup:
    """Folded text to a value: a whole word first, then the longest prefix. Immutable once made."""

    __slots__ = ("_exact", "_prefixes")

    def __init__(self, words: Mapping[str, Sequence[str]], *, by_prefix: bool = False) -> None:
        """`words`: value -> the words for it. `word*` is a prefix; with `by_prefix` every word is."""
        self._exact: dict[str, str] = {}
        prefixes: dict[str, str] = {}
        for value, texts in words.items():
            for text in texts:
                word = text.strip()
                starts = by_prefix or word.endswith("*")
                folded = fold(word.removesuffix("*"))
                if starts and not folded:
                    raise VocabularyError(f"“{text}” would match everything; use `other` for any other word.")
                if starts and word.endswith(" *"):
                    folded += " "
                kept = prefixes if starts else self._exact
                if kept.setdefault(folded, value) != value:
                    raise VocabularyError(f"“{text}” stands for both “{kept[folded]}” and “{value}”.")
        self._prefixes = tuple(sorted(prefixes.items(), key=lambda pair: -len(pair[0])))

    def find(self, folded: str) -> str | None:
        """The value for a text already folded, or None."""
        value = self._exact.get(folded)
        if value is not None:
            return value
        return next((value for prefix, value in self._prefixes if _begins(folded, prefix)), None)


def _begins(folded: str, prefix: str) -> bool:
    """Whether a text begins with a prefix; one that ends in a space is a word: `no ` begins "no – x", not "none"."""
    word = prefix.removesuffix(" ")
    return folded.startswith(word) and (
        len(word) == len(prefix) or not folded[len(word) : len(word) + 1].isalnum()
    )


class AbsentWords:
    """Words that mean nothing was said: `n/a*`, none, tbd ... A blank cell always does."""

    __slots__ = ("_known", "_lookup")

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._lookup = Lookup({"absent": [word for word in words if fold(word)]})
        self._known: dict[str, bool] = {}

    def has(self, raw: str) -> bool:
        """True for a cell that says nothing: blank, only spaces (no-break ones too), or an absent word."""
        if not raw:
            return True
        known = self._known.get(raw)
        if known is None:
            folded = fold(raw)
            known = not folded or self._lookup.find(folded) is not None
            # Free text would fill the memory without ever being asked for again.
            if len(raw) < 80 and len(self._known) < 10_000:
                self._known[raw] = known
        return known


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A column of known words. `blank`, `absent` and `other` are the values for an empty cell, an absent word and any
    other word; a word of the vocabulary is read before an absent one."""

    lookup: Lookup
    blank: str
    absent: str
    other: str

    def read(self, raw: str, absent: AbsentWords) -> tuple[str, bool]:
        """The value, and whether the word was known."""
        folded = fold(raw)
        if not folded:
            return self.blank, True
        value = self.lookup.find(folded)
        if value is not None:
            return value, True
        return (self.absent, True) if absent.has(raw) else (self.other, False)


@dataclass(frozen=True, slots=True)
class FactWords:
    """The words for yes, no, not required and not reported, read before absent words."""

    lookup: Lookup
    unknown: Fact = field(default=Fact.NOT_REPORTED)

    def read(self, raw: str, absent: AbsentWords) -> tuple[Fact, bool]:
        """The fact, and whether the word was known. Blank, absent and unknown words are not reported, never no."""
        folded = fold(raw)
        value = self.lookup.find(folded) if folded else None
        if value is not None:
            return Fact(value), True
        return self.unknown, absent.has(raw)
