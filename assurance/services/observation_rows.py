"""Reading what a pipeline or a person sends a monitor: strictly, each refusal at its place, nothing taken where one is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.errors import Item, Problem
from core.text import clean
from core.values import FIRST_DAY, day_of
from domain.errors import RuleError
from domain.monitoring import reading
from domain.segments import Disparity, Segment, disparity

MOST_ROWS: Final = 5_000
SOURCE, SOURCE_KEY = 80, 200
FORMS: Final = ("value", "values", "counts", "shares", "score")
KNOWN: Final = (*FORMS, "observed_on", "cases", "segments", "source", "source_key")
MOST_CASES: Final = 10**15


@dataclass(frozen=True, slots=True)
class Given:
    """One observation as sent. `data`: exactly one of FORMS. `place`: which row it was."""

    place: int
    observed_on: date
    data: Mapping[str, Any]
    cases: int | None = None
    segments: Disparity | None = None
    source: str = ""
    source_key: str = ""


@dataclass(slots=True)
class Refusals:
    """What is wrong, by place. `single`: one row was sent, so places need no number of a row."""

    single: bool
    items: list[Item] = field(default_factory=list)

    def add(self, place: int, pointer: str, code: str, detail: str) -> None:
        at = pointer if self.single else f"/rows/{place}{pointer}"
        self.items.append(Item(at, code, detail))

    def rule(self, place: int, error: RuleError) -> None:
        self.add(place, error.pointer or "", error.code, error.message)

    def raise_any(self) -> None:
        """Problem 400 with every place (a hundred at most), where anything is wrong."""
        if not self.items:
            return
        first = self.items[0]
        if self.single:
            raise Problem(400, first.code, first.detail, tuple(self.items[:100]))
        count = len(self.items)
        word = "1 place is wrong" if count == 1 else f"{count} places are wrong"
        raise Problem(
            400, "rows_refused", f"Nothing was recorded: {word}. The first, {first.pointer}: {first.detail}",
            tuple(self.items[:100]),
        )  # fmt: skip


def read_rows(rows: Sequence[object], *, today: date, single: bool) -> list[Given]:
    """The rows as sent. Raises Problem 400 with every place that is wrong; then nothing is taken."""
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Problem(400, "too_many_rows", f"Send 1 to {MOST_ROWS:,} observations at a time.")
    wrong = Refusals(single)
    out = []
    for place, row in enumerate(rows):
        found = _row(place, row, today, wrong)
        if found is not None:
            out.append(found)
    wrong.raise_any()
    return out


def _row(place: int, row: object, today: date, wrong: Refusals) -> Given | None:
    if not isinstance(row, Mapping):
        wrong.add(place, "", "not_an_object", "Give an object.")
        return None
    before = len(wrong.items)
    for name in row:
        if name not in KNOWN:
            wrong.add(
                place, f"/{str(name)[:80]}", "field_not_writable", f"Remove it. Known: {', '.join(KNOWN)}."
            )
    on = _day(place, row.get("observed_on"), today, wrong)
    data = {name: row[name] for name in FORMS if row.get(name) is not None}
    if len(data) != 1:
        wrong.add(place, "/value", "one_of", f"Give one of: {', '.join(FORMS)}.")
    cases = _cases(place, row.get("cases"), "/cases", wrong)
    segments = _segments(place, row.get("segments"), wrong)
    texts = {}
    for name, limit in (("source", SOURCE), ("source_key", SOURCE_KEY)):
        said = row.get(name) or ""
        try:
            texts[name] = clean(name, said, limit=limit) if isinstance(said, str) else ""
            if not isinstance(said, str):
                wrong.add(place, f"/{name}", "invalid", "Send text.")
        except Problem as problem:
            wrong.add(place, f"/{name}", problem.items[0].code, problem.items[0].detail)
    if len(wrong.items) > before or on is None:
        return None
    return Given(place, on, data, cases, segments, texts["source"], texts["source_key"])


def _day(place: int, said: object, today: date, wrong: Refusals) -> date | None:
    on = said if isinstance(said, date) else day_of(said) if isinstance(said, str) else None
    if on is None or on < FIRST_DAY:
        wrong.add(place, "/observed_on", "invalid", "Write the day as YYYY-MM-DD, from 1900 on.")
        return None
    if on > today:
        wrong.add(
            place, "/observed_on", "in_the_future", "That day has not come yet. Send what was observed."
        )
        return None
    return on


def _cases(place: int, said: object, at: str, wrong: Refusals) -> int | None:
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= MOST_CASES:
        wrong.add(place, at, "out_of_range", "Give a whole number of cases, 0 or more.")
        return None
    return said


def _segments(place: int, said: object, wrong: Refusals) -> Disparity | None:
    """`[{"segment": "over 65", "value": 0.71, "n": 212}]`."""
    if said is None:
        return None
    if not isinstance(said, list):
        wrong.add(place, "/segments", "not_a_list", "Give a list.")
        return None
    found = []
    for number, one in enumerate(said):
        at = f"/segments/{number}"
        if (
            not isinstance(one, Mapping)
            or set(one) - {"segment", "value", "n"}
            or not isinstance(one.get("segment"), str)
        ):
            wrong.add(place, at, "invalid", "Give segment, value and n.")
            return None
        count = _cases(place, one.get("n"), f"{at}/n", wrong)
        if count is None:
            if one.get("n") is None:
                wrong.add(place, f"{at}/n", "required", "Say of how many cases. Under 30 it is suppressed.")
            return None
        try:
            name = clean("segment", one["segment"], limit=120, required="Name the segment.")
            value: Decimal | None = None if one.get("value") is None else reading(one["value"], f"{at}/value")
        except RuleError as error:
            wrong.rule(place, error)
            return None
        except Problem as problem:
            wrong.add(place, f"{at}/segment", problem.items[0].code, problem.items[0].detail)
            return None
        found.append(Segment(name, count, value))
    try:
        return disparity(found)
    except RuleError as error:
        wrong.rule(place, error)
        return None
