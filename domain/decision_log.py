"""The chain of the decision log: each entry carries the hash of the one before, so that none can be changed or left out."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any


def canonical(document: Mapping[str, Any]) -> str:
    """An entry, or a submission, as the text that is sealed: sorted keys, no blanks, no NaN. Decimals are strings in it."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def seal_of(text: str) -> str:
    """SHA-256 of a canonical text in UTF-8, 64 lower-case hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def chained(previous: str, text: str) -> str:
    """The hash of an entry. `previous`: that of the entry before it, empty for the first."""
    return seal_of(f"{previous}\n{text}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the log."""

    ref: str
    document: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold, and in words how."""

    ref: str
    words: str


def broken(entries: Iterable[Entry], *, head: str = "") -> Break | None:
    """The first entry, oldest first, that does not follow from the one before; None where the chain holds.

    `head`: the hash the log once ended with, kept elsewhere. An end that was cut off shows only against that.
    """
    previous, last, seen = "", "", not head
    for one in entries:
        if one.previous != previous:
            return Break(one.ref, "It does not follow the entry before it: one was taken out or put in.")
        if chained(one.previous, one.document) != one.hash:
            return Break(one.ref, "It was changed after it was written.")
        previous, last = one.hash, one.ref
        seen = seen or previous == head
    return None if seen else Break(last, "The log ends before the entry it once ended with.")
