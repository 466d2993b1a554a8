"""From rows to what the rules read: a version as a definition, a measurement as a reading."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from domain.kpi import Answer, Definition, Direction, Reading, Shape, State, Status
from domain.kpi_codes import Flag
from kpis.models import KpiVersion

DEFINITION_FIELDS: Final = (
    "shape",
    "direction",
    "baseline",
    "baseline_on",
    "target",
    "target_on",
    "curve",
    "cadence_days",
    "stale_after_days",
    "settle_days",
    "amber",
    "red",
    "hysteresis",
    "confirm_worse",
    "lower",
    "upper",
    "warn_margin",
    "warn_fraction",
    "required_compliance",
)
"""The fields of a version that judge; those of domain.kpi.Definition by the same names."""

READING_FIELDS: Final = ("id", "observed_on", "value", "recorded_at", "supersedes_id", "void")


def definition_of(version: KpiVersion, *, state: str = State.ACTIVE) -> Definition:
    """What success is by this version, for a KPI in `state`."""
    return definition_from({name: getattr(version, name) for name in DEFINITION_FIELDS}, state=state)


def definition_from(said: dict[str, Any], *, state: str = State.ACTIVE) -> Definition:
    """The same from plain values by field name (a form's, or a row of `values`); those left out take their default."""
    given = {name: value for name, value in said.items() if name in DEFINITION_FIELDS}
    given["shape"] = Shape(given["shape"])
    if "direction" in given:
        given["direction"] = Direction(given["direction"])
    given["curve"] = tuple((Decimal(x), Decimal(y)) for x, y in given.get("curve") or ())
    return Definition(state=State(state), **given)


UNFLAGGED: Final = frozenset({Status.PAUSED, Status.RETIRED, Status.INVALID, Status.NOT_STARTED})
"""What carries no flag of its readings."""


def flags_of(answer: Answer, *, restated: bool = False, overridden: bool = False) -> list[str]:
    """The flags of an answer as they are stored: with those that the record around the KPI adds."""
    found = {str(flag) for flag in answer.flags}
    if restated and answer.status not in UNFLAGGED:
        found.add(Flag.RESTATED.value)
    if overridden:
        found.add(Flag.OVERRIDDEN.value)
    return sorted(found)


Row = tuple[int, date, Decimal | None, datetime, int | None, bool]


def readings_of(rows: Iterable[Row]) -> list[Reading]:
    """Measurements read as `READING_FIELDS`."""
    return [Reading(*row) for row in rows]
