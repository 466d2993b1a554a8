"""Arm counts as A/B testing tools write them: CSV, one line a day, or one line for each arm and day."""

import csv
import io
from datetime import date
from typing import Final

from core.errors import Problem, field_error
from core.values import read_date
from domain.experiment_looks import ARMS, PAIRS, Look
from kpis.models import Comparison
from kpis.services.comparisons import MOST_LOOKS

MOST_BYTES: Final = 500_000
LONG: Final = ("arm", "successes", "trials")
Counts = tuple[int | None, int | None, int | None, int | None]


def read_looks(text: str, comparison: Comparison, field: str = "rows") -> list[Look]:
    """The looks in a CSV text, oldest first. Separated by comma, semicolon or tab; its first line names the columns.

    Columns: looked_on and successes_1, trials_1, successes_2, trials_2; or looked_on, arm, successes, trials with a line
    for each arm; for pairs looked_on, only_1, both, only_2, neither. An empty count is not recorded.

    Raises Problem 400 at `field`, naming the line.
    """
    if len(text) > MOST_BYTES:
        raise field_error(field, f"Send at most {MOST_BYTES:,} characters at once.", code="max_length")
    lines = text.removeprefix("\ufeff").strip().splitlines()
    if not lines:
        raise field_error(field, "There is no line in it.", code="required")
    mark = max(",;\t", key=lines[0].count)
    names = [name.strip().casefold() for name in lines[0].split(mark)]
    wanted = _columns(names, comparison, field)
    rows = [_row(names, row, number, field) for number, row in _rows(lines, mark) if any(row)]
    if not rows:
        raise field_error(field, "There is no line below the names of the columns.", code="required")
    if len(rows) > 2 * MOST_LOOKS:
        raise field_error(field, f"Send at most {MOST_LOOKS:,} looks at once.", code="max_length")
    if wanted == LONG:
        return _paired_up(rows, comparison, field)
    return sorted(
        (
            Look(on, _four([_count(row[name], name, number, field) for name in wanted]))
            for number, on, row in rows
        ),
        key=lambda look: look.on,
    )


Row = tuple[int, date, dict[str, str]]


def _columns(names: list[str], comparison: Comparison, field: str) -> tuple[str, ...]:
    offered = (PAIRS,) if comparison.paired else (ARMS, LONG)
    for wanted in offered:
        if set(names) == {"looked_on", *wanted} and len(names) == len(wanted) + 1:
            return wanted
    said = " or ".join(f"looked_on, {', '.join(one)}" for one in offered)
    raise field_error(field, f"Line 1 must name the columns: {said}.", code="unknown_columns")


def _rows(lines: list[str], mark: str) -> list[tuple[int, list[str]]]:
    read = csv.reader(io.StringIO("\n".join(lines[1:])), delimiter=mark)
    return [(number, [cell.strip() for cell in row]) for number, row in enumerate(read, start=2)]


def _row(names: list[str], row: list[str], number: int, field: str) -> Row:
    if len(row) != len(names):
        raise _wrong(field, number, f"has {len(row)} cells, and line 1 names {len(names)}")
    cells = dict(zip(names, row, strict=True))
    try:
        on = read_date("looked_on", cells["looked_on"])
    except Problem as problem:
        raise _wrong(
            field, number, f"has no day that can be read in looked_on. {problem.detail}"
        ) from problem
    return number, on, cells


def _count(raw: str, name: str, number: int, field: str) -> int | None:
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) < 14):
        raise _wrong(
            field, number, f"has no whole number in {name}: {raw[:40]!r}. Write it without separators"
        )
    return int(raw)


def _four(counts: list[int | None]) -> Counts:
    one, of_one, two, of_two = counts
    return one, of_one, two, of_two


def _paired_up(rows: list[Row], comparison: Comparison, field: str) -> list[Look]:
    """Two lines a day, one for each arm, as looks."""
    arms = {comparison.arm_1.casefold(): 0, "1": 0, comparison.arm_2.casefold(): 1, "2": 1}
    days: dict[date, dict[int, tuple[int | None, int | None]]] = {}
    for number, on, cells in rows:
        arm = arms.get(cells["arm"].casefold())
        if arm is None:
            said = f"names the arm {cells['arm'][:40]!r}. Write {comparison.arm_1} or {comparison.arm_2}"
            raise _wrong(field, number, said)
        if arm in days.setdefault(on, {}):
            raise _wrong(field, number, f"is a second one for that arm on {on}")
        days[on][arm] = (
            _count(cells["successes"], "successes", number, field),
            _count(cells["trials"], "trials", number, field),
        )
    for on, found in days.items():
        if len(found) == 1:
            missing = comparison.arm_2 if 0 in found else comparison.arm_1
            raise field_error(field, f"There is no line for {missing} on {on}.", code="arm_missing")
    return [Look(on, (*days[on][0], *days[on][1])) for on in sorted(days)]


def _wrong(field: str, number: int, said: str) -> Problem:
    return field_error(field, f"Line {number} {said}.", code="line_wrong")
