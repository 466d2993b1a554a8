"""Reading a drift report as Evidently writes it to JSON: which columns it tells of, and what else it holds.

Two shapes are in the field. Up to 0.6 a report is `{"metrics": [{"metric": "DataDriftTable", "result": {"drift_by_columns":
{column: {"stattest_name", "stattest_threshold", "drift_score", "drift_detected"}}}}, {"metric": "ColumnDriftMetric",
"result": {"column_name", ...}}]}`; from 0.7 on a metric is `{"metric_name": "ValueDrift(column=age,method=psi,threshold=0.1)",
"value": 0.12}` (first `metric_id`). A score of another test than PSI is kept as told and put in no band of PSI.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from domain.calculate.document import Place, items, number_or_nan
from domain.errors import RuleError

_CALL: Final = re.compile(r"ValueDrift\((?P<said>.*)\)", re.DOTALL)
_ARGUMENT: Final = re.compile(r"(?:^|,)\s*(column|method|threshold)=")
PSI_NAMES: Final = frozenset({"psi", "population stability index"})
MOST_COLUMNS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column's score. `test`: as the report names it, "" where it does not."""

    name: str
    test: str
    score: Decimal
    threshold: Decimal | None
    pointer: str

    @property
    def is_psi(self) -> bool:
        return self.test.strip().lower() in PSI_NAMES


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of the report that is not taken: what it is, and why not."""

    pointer: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    columns: tuple[Column, ...]
    unread: tuple[Unread, ...]
    version: str = ""


def read_report(document: object) -> Report:
    """The columns of a report and what was not taken of it. A column told twice counts once, as told last.

    RuleError for what is no report at all: no object, no list of metrics, no column with a score.
    """
    if not isinstance(document, Mapping):
        raise RuleError("not_an_object", "Send the report as one JSON object.", "")
    if "metrics" not in document:
        raise RuleError("no_report", "This is no Evidently report: it has no list “metrics”.", "/metrics")
    columns: dict[tuple[str, str], Column] = {}
    unread: list[Unread] = []
    for place in items(Place(document["metrics"], "/metrics")):
        for found in _metric(place):
            if isinstance(found, Column):
                columns[found.name, found.test] = found
            else:
                unread.append(found)
    if len(columns) > MOST_COLUMNS:
        raise RuleError("too_many", f"Send reports of at most {MOST_COLUMNS:,} columns.", "/metrics")
    if not columns:
        raise RuleError("no_columns", "The report tells no column's drift score.", "/metrics")
    said = document.get("version")
    return Report(tuple(columns.values()), tuple(unread), said if isinstance(said, str) else "")


def _metric(place: Place) -> Iterator[Column | Unread]:
    said = place.value
    if not isinstance(said, Mapping):
        yield Unread(place.pointer, "", "It is no object.")
        return
    name = said.get("metric_name") or said.get("metric_id") or said.get("metric") or ""
    name = name if isinstance(name, str) else ""
    result = said.get("result")
    call = _CALL.fullmatch(name)
    if call is not None:
        yield _called(call["said"], said, place.pointer, name)
    elif isinstance(result, Mapping) and isinstance(result.get("drift_by_columns"), Mapping):
        for column, told in result["drift_by_columns"].items():
            yield _column(str(column), told, f"{place.pointer}/result/drift_by_columns/{column}")
    elif (
        isinstance(result, Mapping) and "drift_score" in result and isinstance(result.get("column_name"), str)
    ):
        yield _column(result["column_name"], result, f"{place.pointer}/result")
    else:
        yield Unread(place.pointer, name[:200], "It tells no column's drift score.")


def _called(text: str, said: Mapping[str, Any], pointer: str, name: str) -> Column | Unread:
    """`column=age,method=K-S p_value,threshold=0.05`: each value goes up to the next argument, commas and all."""
    parts = list(_ARGUMENT.finditer(text))
    ends = [one.start() for one in parts[1:]] + [len(text)]
    arguments = {one[1]: text[one.end() : end].strip() for one, end in zip(parts, ends, strict=True)}
    if not arguments.get("column"):
        return Unread(pointer, name[:200], "It names no column.")
    told = {
        "stattest_name": arguments.get("method", ""), "stattest_threshold": arguments.get("threshold"),
        "drift_score": said.get("value"),
    }  # fmt: skip
    return _column(arguments["column"], told, pointer)


def _column(name: str, told: object, pointer: str) -> Column | Unread:
    if not isinstance(told, Mapping):
        return Unread(pointer, name[:200], "It is no object.")
    score, limit = _finite(told.get("drift_score")), _finite(told.get("stattest_threshold"))
    if score is None:
        return Unread(pointer, name[:200], "Its score is no finite number.")
    test = told.get("stattest_name")
    return Column(name, test if isinstance(test, str) else "", score, limit, pointer)


def _finite(value: object) -> Decimal | None:
    try:
        found = number_or_nan(Place(value, ""))
    except RuleError:
        return None
    return found if found.is_finite() else None
