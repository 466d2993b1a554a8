"""Files that Weights & Biases exports of a run: `wandb-summary.json` (last values) and a history as CSV.

What is a number becomes a metric. What is not (text, lists, media) is named as left out, so that nobody thinks it was taken.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from domain.errors import RuleError

MOST_BYTES: Final = 10_000_000
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 500
LONGEST: Final = 250
STEPS: Final = ("_step", "step", "Step")
MOMENTS: Final = ("_timestamp", "timestamp")
# What W&B writes of itself, no measure of the model.
OWN: Final = frozenset({"_wandb", "_runtime", "_step", "_timestamp"})
_ODD: Final = {
    "nan": "NaN",
    "infinity": "Infinity",
    "-infinity": "-Infinity",
    "inf": "Infinity",
    "-inf": "-Infinity",
}


@dataclass(frozen=True, slots=True)
class RunFile:
    """What a file says. `last`: metric -> last value as text. `history`: (metric, step, milliseconds, value as text).

    `left_out`: keys that are no numbers, in order.
    """

    last: Mapping[str, str]
    history: tuple[tuple[str, int, int, str], ...]
    left_out: tuple[str, ...]


def read_run_file(content: bytes, name: str) -> RunFile:
    """A summary (JSON) or a history (CSV), told by its content. Raises RuleError at `file`."""
    if not content.strip():
        raise RuleError("empty", "The file is empty.", "/file")
    if len(content) > MOST_BYTES:
        raise RuleError("too_large", f"The file is larger than {MOST_BYTES // 1_000_000} MB.", "/file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RuleError("not_text", "The file is not text in UTF-8.", "/file") from None
    if "\x00" in text:
        raise RuleError("not_text", "The file holds a NUL character.", "/file")
    return _summary(text) if text.lstrip().startswith("{") else _history(text, name)


def number_text(value: object) -> str | None:
    """A number as text, None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = str(value).strip()
    if text.lower() in _ODD:
        return _ODD[text.lower()]
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return text if found.is_finite() and len(text) <= 60 and abs(found.adjusted()) <= 400 else None


def _summary(text: str) -> RunFile:
    try:
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise RuleError("not_json", "The file begins like JSON and is none.", "/file") from None
    if not isinstance(found, dict) or len(found) > MOST_COLUMNS:
        raise RuleError(
            "not_a_summary", f"A run's summary is one object of at most {MOST_COLUMNS} keys.", "/file"
        )
    last: dict[str, str] = {}
    left: list[str] = []
    _flat(found, "", last, left)
    if not last:
        raise RuleError("no_metric", "No number is in this file.", "/file")
    return RunFile(last, (), tuple(left))


def _flat(found: Mapping[str, Any], before: str, last: dict[str, str], left: list[str]) -> None:
    """A metric within a metric (`{"loss": {"min": 1}}`) is named `loss.min`, one level down."""
    for key, value in found.items():
        name = f"{before}{key}"
        if key in OWN and not before:
            continue
        said = None if isinstance(value, str) and not before and not _odd(value) else number_text(value)
        if said is not None and 0 < len(name) <= LONGEST and name.isprintable():
            last[name] = said
        elif isinstance(value, Mapping) and not before and "_type" not in value and len(value) <= 50:
            _flat(value, f"{name}.", last, left)
        else:
            left.append(name[:LONGEST])


def _odd(text: str) -> bool:
    return text.strip().lower() in _ODD


def _history(text: str, name: str) -> RunFile:
    if not name.lower().endswith(".csv"):
        raise RuleError("not_known", "Give wandb-summary.json, or a history as .csv.", "/file")
    reader = csv.reader(io.StringIO(text))
    try:
        head = next(reader)
        rows = list(reader) if len(text) < MOST_BYTES else []
    except (csv.Error, StopIteration):
        raise RuleError("not_csv", "The file is no table of comma-separated values.", "/file") from None
    if len(head) > MOST_COLUMNS or len(rows) > MOST_ROWS or len(set(head)) != len(head):
        raise RuleError(
            "not_csv", f"A history has at most {MOST_COLUMNS} columns of different names and {MOST_ROWS} rows.", "/file"
        )  # fmt: skip
    step = next((head.index(one) for one in STEPS if one in head), None)
    moment = next((head.index(one) for one in MOMENTS if one in head), None)
    if step is None:
        raise RuleError("no_step", f"A history needs a column of steps: {', '.join(STEPS)}.", "/file")
    history: list[tuple[str, int, int, str]] = []
    seen: dict[str, int] = {}
    for place, row in enumerate(rows):
        at = _moment(row, moment)
        number = _step(row, step, place)
        for column, cell in zip(head, row, strict=False):
            if column in OWN or column in STEPS or column in MOMENTS or not cell.strip():
                continue
            said = number_text(cell)
            if said is not None and 0 < len(column) <= LONGEST and column.isprintable():
                history.append((column, number, at, said))
                seen[column] = seen.get(column, 0) + 1
            else:
                seen.setdefault(column, 0)
    last = {one[0]: one[3] for one in sorted(history, key=lambda one: (one[1], one[2]))}
    if not last:
        raise RuleError("no_metric", "No number is in this file.", "/file")
    return RunFile(last, tuple(history), tuple(one for one, count in seen.items() if not count))


def _step(row: list[str], column: int, place: int) -> int:
    try:
        value = Decimal(row[column].strip())
        step = int(value)
    except (IndexError, InvalidOperation, ValueError, OverflowError):
        raise RuleError("no_step", f"Row {place + 2} has no step.", "/file") from None
    if value != step or not 0 <= step < 2**62:
        raise RuleError("no_step", f"Row {place + 2}: a step is a whole number.", "/file")
    return step


def _moment(row: list[str], column: int | None) -> int:
    """Milliseconds; 0 where the export says no time."""
    if column is None or column >= len(row):
        return 0
    try:
        value = Decimal(row[column].strip())
    except InvalidOperation:
        return 0
    return int(value * 1000) if value.is_finite() and 0 < value < 4 * 10**9 else 0
