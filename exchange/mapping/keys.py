"""Telling rows apart: the key of a row, and which record of a series each of several equal keys is."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from exchange.mapping.results import Key, Match, RowResult, Value
from exchange.mapping.schema import KeyRule
from exchange.reading.table import collapse, fold

Known = tuple[int, str]
"""A record already there: its occurrence number and the content hash of the row it last came from."""

LONGEST_STORED: Final = 600


def keys_of(fields: Mapping[str, Value], rules: Sequence[KeyRule]) -> tuple[tuple[KeyRule, Key], ...]:
    """The keys of a row by every rule whose needed fields are present, in the order of the rules: the first is its key."""
    found = []
    for rule in rules:
        parts = tuple(_part(fields.get(name), exact=name in rule.case_sensitive) for name in rule.fields)
        if all(part or name in rule.optional for name, part in zip(rule.fields, parts, strict=True)):
            found.append((rule, (rule.namespace, parts)))
    return tuple(found)


def _part(value: Value, *, exact: bool) -> str:
    if not isinstance(value, str):
        return ""
    return collapse(value) if exact else fold(value)


def stored_key(key: Key) -> str:
    """The texts of a key as one text that can be stored and compared: at most 600 characters, whatever the key."""
    text = json.dumps(key[1], ensure_ascii=False, separators=(",", ":"))
    if len(text) <= LONGEST_STORED:
        return text
    return f"{text[: LONGEST_STORED - 65]}#{hashlib.sha256(text.encode()).hexdigest()}"


def content_hash(labels: Sequence[str], cells: Sequence[str]) -> str:
    """SHA-256 of what a row says, by column: the same for reordered columns and for new columns left blank."""
    said = sorted((label, cell) for label, cell in zip(labels, cells, strict=True) if cell)
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def assign_occurrences(rows: Iterable[RowResult], existing: Mapping[Key, Sequence[Known]]) -> list[RowResult]:
    """Which record of its series each row is: rows with equal keys match first by identical content, then by order.

    A row left over takes the next number after the highest in use. If it also has a key by a further rule, and a
    record is known by that key which no row of this file is, it is that record: a source that begins to give ids
    updates what it once told by name. Otherwise it is new. Refused rows pass through untouched: they match nothing.
    """
    judged = list(rows)
    claimed: set[tuple[Key, int]] = set()
    for key, indexes in _grouped(judged, lambda row: row.key).items():
        hashes = [judged[index].content_hash for index in indexes]
        for index, (number, match) in zip(indexes, _match(hashes, existing.get(key, ())), strict=True):
            known = None if match == "new" else (key, number)
            judged[index] = replace(judged[index], occurrence=number, match=match, known_as=known)
            if known:
                claimed.add(known)
    for depth in range(max((len(row.alternatives) for row in judged), default=0)):
        _match_alternatives(judged, depth, existing, claimed)
    return judged


def _grouped(rows: Sequence[RowResult], key_of: Callable[[RowResult], Key | None]) -> dict[Key, list[int]]:
    groups: dict[Key, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        key = key_of(row) if row.outcome == "ok" else None
        if key is not None:
            groups[key].append(index)
    return groups


def _match_alternatives(
    rows: list[RowResult], depth: int, existing: Mapping[Key, Sequence[Known]], claimed: set[tuple[Key, int]]
) -> None:
    """Rows still new are compared by one of their further keys with the records no row has claimed yet."""

    def further_key(row: RowResult) -> Key | None:
        return row.alternatives[depth] if row.match == "new" and depth < len(row.alternatives) else None

    for key, indexes in _grouped(rows, further_key).items():
        left = [pair for pair in existing.get(key, ()) if (key, pair[0]) not in claimed]
        hashes = [rows[index].content_hash for index in indexes]
        for index, (number, match) in zip(indexes, _match(hashes, left), strict=True):
            if match != "new":
                claimed.add((key, number))
                rows[index] = replace(rows[index], match=match, known_as=(key, number))


def _match(hashes: Sequence[str], existing: Sequence[Known]) -> list[tuple[int, Match]]:
    """The occurrence number of each row of one key."""
    known = sorted(existing)
    by_content: dict[str, list[int]] = defaultdict(list)
    for number, digest in reversed(known):
        by_content[digest].append(number)
    assigned: list[tuple[int, Match] | None] = [None] * len(hashes)
    for position, digest in enumerate(hashes):
        if by_content.get(digest):
            assigned[position] = (by_content[digest].pop(), "identical")
    taken = {pair[0] for pair in assigned if pair}
    free = iter([number for number, _ in known if number not in taken])
    following = max((number for number, _ in known), default=0)
    result: list[tuple[int, Match]] = []
    for pair in assigned:
        if pair is not None:
            result.append(pair)
            continue
        number = next(free, 0)
        if number:
            result.append((number, "changed"))
        else:
            following += 1
            result.append((following, "new"))
    return result
