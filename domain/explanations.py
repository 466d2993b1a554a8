"""Explanations brought from elsewhere: SHAP values checked for additivity, LIME lists read strictly. Nothing is computed anew."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from domain.errors import RuleError

MOST_BYTES: Final = 10_000_000
MOST_ROWS: Final = 20_000
MOST_FEATURES: Final = 500
LONGEST_NAME: Final = 200
TOLERANCE: Final = Decimal("0.000001")
"""How far base + sum may lie from the prediction, beside what adding 64-bit numbers may round: never a share of the largest
part, for then two large parts that cancel would hide any change."""
BASE, PREDICTION, DECISION = "base", "prediction", "decision"
MOST_ITEMS: Final = 200
LONGEST_WORDS: Final = 500
_DEEPEST: Final = 8
_EPSILON: Final = Decimal(2) ** -53


@dataclass(frozen=True, slots=True)
class ShapRow:
    """One decision explained. `row` counts data rows from 1; `values` in the order of the file's features."""

    row: int
    base: Decimal
    prediction: Decimal
    values: tuple[Decimal, ...]
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Shap:
    """A checked file. `importance`: feature -> mean of |value|, largest first, ties by name."""

    features: tuple[str, ...]
    rows: tuple[ShapRow, ...]
    importance: tuple[tuple[str, Decimal], ...]
    largest_gap: Decimal


def read_shap(content: bytes, filename: str, tolerance: Decimal = TOLERANCE) -> Shap:
    """Read and check a file: CSV (columns base, prediction, optionally decision; every other is a feature) or JSON
    (`{"features": [...], "rows": [{"base", "prediction", "values": [...]}]}`, base may stand once at the top).

    Raises RuleError with the first row that is wrong: `not_additive`, `not_a_number`, `wrong_width`; or of the whole.
    """
    if not content.strip():
        raise RuleError("empty", "The file is empty.", "/file")
    if len(content) > MOST_BYTES:
        raise RuleError("too_large", f"The file is larger than {MOST_BYTES // 1_000_000} MB.", "/file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RuleError("not_text", "The file is not UTF-8 text.", "/file") from None
    if "\x00" in text:
        raise RuleError("not_text", "The file holds NUL characters.", "/file")
    is_json = filename.lower().endswith(".json") or text.lstrip()[:1] in "{["
    features, rows = _from_json(text) if is_json else _from_csv(text)
    if not rows:
        raise RuleError("empty", "The file holds no row.", "/file")
    return Shap(features, rows, _importance(features, rows), _check(rows, tolerance))


def _check(rows: Sequence[ShapRow], tolerance: Decimal) -> Decimal:
    """The largest gap. Raises RuleError `not_additive` with the first row whose parts do not add up."""
    largest = Decimal(0)
    for one in rows:
        total = one.base + sum(one.values, Decimal(0))
        gap = abs(total - one.prediction)
        if gap > tolerance + _rounding(one):
            raise RuleError(
                "not_additive",
                f"Row {one.row}: base {_short(one.base)} and the values add up to {_short(total)}, "
                f"the prediction is {_short(one.prediction)}. A SHAP file adds up: this one was changed, or is "
                "cut. Write every digit of 64-bit numbers.",
                f"/rows/{one.row}",
            )
        largest = max(largest, gap)
    return largest


def _rounding(one: ShapRow) -> Decimal:
    """What adding numbers of 53 bits may lose: half a unit in the last place of each sum on the way, and of each part."""
    parts = (one.base, *one.values, one.prediction)
    return _EPSILON * len(parts) * sum((abs(part) for part in parts), Decimal(0))


def _short(value: Decimal) -> str:
    return format(value, ".6g")


def _importance(features: Sequence[str], rows: Sequence[ShapRow]) -> tuple[tuple[str, Decimal], ...]:
    count = Decimal(len(rows))
    means = [
        (name, (sum((abs(one.values[at]) for one in rows), Decimal(0)) / count).normalize())
        for at, name in enumerate(features)
    ]
    return tuple(sorted(means, key=lambda pair: (-pair[1], pair[0])))


def _from_csv(text: str) -> tuple[tuple[str, ...], tuple[ShapRow, ...]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader)]
        own = {name: header.index(name) for name in (BASE, PREDICTION, DECISION) if name in header}
        for name in (BASE, PREDICTION):
            if name not in own:
                raise RuleError("column_missing", f"Add a column named {name}.", "/file")
        places = [at for at in range(len(header)) if at not in own.values()]
        features = _features([header[at] for at in places])
        rows: list[ShapRow] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            number = len(rows) + 1
            _room(number)
            if len(cells) != len(header):
                raise RuleError(
                    "wrong_width", f"Row {number} has {len(cells)} cells; the header has {len(header)}.", f"/rows/{number}"
                )  # fmt: skip
            rows.append(
                ShapRow(
                    number, _number(cells[own[BASE]], number, BASE), _number(cells[own[PREDICTION]], number, PREDICTION),
                    tuple(_number(cells[at], number, header[at]) for at in places),
                    _words(cells[own[DECISION]], number) if DECISION in own else "",
                )
            )  # fmt: skip
    except csv.Error as error:
        raise RuleError("not_csv", f"Line {reader.line_num} cannot be read: {error}.", "/file") from None
    return features, tuple(rows)


def _from_json(text: str) -> tuple[tuple[str, ...], tuple[ShapRow, ...]]:
    data = parse_json(text)
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("features"), list)
        or not isinstance(data.get("rows"), list)
    ):
        raise RuleError(
            "not_shap", 'Send {"features": [...], "rows": [{"base", "prediction", "values"}]}.', "/file"
        )
    features = _features(data["features"])
    rows: list[ShapRow] = []
    for number, one in enumerate(data["rows"], start=1):
        _room(number)
        values = one.get("values") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(values, list):
            raise RuleError("not_shap", f"Row {number} has no list of values.", f"/rows/{number}")
        if len(values) != len(features):
            raise RuleError(
                "wrong_width",
                f"Row {number} has {len(values)} values for {len(features)} features.",
                f"/rows/{number}",
            )
        rows.append(
            ShapRow(
                number, _number(one.get(BASE, data.get(BASE)), number, BASE), _number(one.get(PREDICTION), number, PREDICTION),
                tuple(_number(value, number, name) for name, value in zip(features, values, strict=True)),
                _words(one.get(DECISION, ""), number),
            )
        )  # fmt: skip
    return features, tuple(rows)


def _room(number: int) -> None:
    if number > MOST_ROWS:
        raise RuleError(
            "too_many_rows", f"Give at most {MOST_ROWS:,} rows: a sample is enough.", f"/rows/{number}"
        )


def _features(found: Sequence[Any]) -> tuple[str, ...]:
    if not found or len(found) > MOST_FEATURES:
        raise RuleError("features", f"Give 1 to {MOST_FEATURES} features.", "/file")
    for name in found:
        if (
            not isinstance(name, str)
            or not name.strip()
            or len(name) > LONGEST_NAME
            or not name.isprintable()
        ):
            raise RuleError(
                "features", f"Name each feature in 1 to {LONGEST_NAME} plain characters.", "/file"
            )
    if len(set(found)) != len(found):
        twice = next(name for name in found if list(found).count(name) > 1)
        raise RuleError("features", f"The feature {twice[:40]} stands twice.", "/file")
    return tuple(found)


def _number(value: Any, row: int, name: str) -> Decimal:
    found = finite(value)
    if found is None:
        said = "nothing" if value in (None, "") else str(value)[:40]
        raise RuleError(
            "not_a_number", f"Row {row}, {name[:60]}: {said} is not a finite number.", f"/rows/{row}"
        )
    return found


def _words(value: Any, row: int) -> str:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else None
    if text is None or len(text) > LONGEST_NAME or (text and not text.isprintable()):
        raise RuleError("not_a_text", f"Row {row}: name the decision in at most {LONGEST_NAME} plain characters.", f"/rows/{row}")  # fmt: skip
    return text


def finite(value: Any) -> Decimal | None:
    """The number, exactly as written; None for NaN, infinities, words and what no float could hold."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    if isinstance(value, str) and len(value) > 60:
        return None
    try:
        found = Decimal(
            repr(value) if isinstance(value, float) else value.strip() if isinstance(value, str) else value
        )
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() and (not found or -300 < found.adjusted() < 300) else None


def parse_json(text: str) -> Any:
    """JSON with numbers kept exact. Raises RuleError `not_json`, `too_deep`."""
    depth = most = 0
    quoted = escaped = False
    for sign in text:
        if quoted:
            quoted, escaped = not (sign == '"' and not escaped), sign == "\\" and not escaped
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth += 1
            most = max(most, depth)
        elif sign in "]}":
            depth -= 1
        if most > _DEEPEST:
            raise RuleError("too_deep", "The JSON is nested too deep for an explanation.", "/file")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise RuleError("not_json", "The file is not JSON with finite numbers.", "/file") from error


def _refused(word: str) -> Any:
    raise ValueError(word)


def read_lime(stored: Any) -> list[tuple[str, str]]:
    """LIME's `as_list()`: pairs of a condition in words and its weight, in their order; weights as exact text.

    Raises RuleError with the item that is wrong. The words are text and stay text, whatever they look like.
    """
    if not isinstance(stored, list) or not 1 <= len(stored) <= MOST_ITEMS:
        raise RuleError("not_lime", f"Send the list that as_list() gives: 1 to {MOST_ITEMS} pairs.", "/items")
    out: list[tuple[str, str]] = []
    for number, pair in enumerate(stored, start=1):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise RuleError(
                "not_lime", f"Item {number} is not a pair of words and weight.", f"/items/{number - 1}"
            )
        words, weight = pair[0].strip(), finite(pair[1])
        if (
            not words
            or len(words) > LONGEST_WORDS
            or any(ord(sign) < 32 or ord(sign) == 127 for sign in words)
        ):
            raise RuleError("not_lime", f"Item {number}: give 1 to {LONGEST_WORDS} plain characters.", f"/items/{number - 1}")  # fmt: skip
        if weight is None or isinstance(pair[1], str):
            raise RuleError("not_a_number", f"Item {number}: the weight is not a finite number.", f"/items/{number - 1}")  # fmt: skip
        out.append((words, format(weight, "f") if abs(weight.adjusted()) < 40 or not weight else str(weight)))
    return out
