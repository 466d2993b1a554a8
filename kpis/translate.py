"""From rows to what the rules read: a version as a definition, a measurement as a reading."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from domain.kpi import Answer, Definition, Direction, Reading, Shape, State, Status
from domain.kpi_codes import Flag
from domain.kpi_contract import Contract
from domain.kpi_figures import EXACT
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

_SAME_IN_A_CONTRACT: Final = (
    *DEFINITION_FIELDS,
    "name",
    "kind",
    "definition",
    "formula",
    "population",
    "window",
    "baseline_method",
    "baseline_from",
    "baseline_to",
    "baseline_source",
    "primary",
    "weight",
    "serves_because",
)
"""What a version and domain.kpi_contract.Contract call alike."""

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


def contract_of(version: KpiVersion) -> Contract:
    """All that this version promises, as it is sealed and compared."""
    said = {name: getattr(version, name) for name in _SAME_IN_A_CONTRACT}
    said["curve"] = tuple((Decimal(x), Decimal(y)) for x, y in version.curve or ())
    return Contract(
        **said,
        unit=version.unit_of_measure,
        source=version.data_source,
        target_percent=percent_of(version.target_change),
        judged=is_judged(version),
        scale=scale_of(version),
        judge=version.judge_id,
        parent=_ref(version.parent_id),
        roll_up=version.rolls_up_by,
        serves=_ref(version.serves_id),
    )


UNFLAGGED: Final = frozenset({Status.PAUSED, Status.RETIRED, Status.INVALID, Status.NOT_STARTED})
"""What carries no flag of its readings."""


def flags_of(
    answer: Answer, *, moved: bool = False, restated: bool = False, overridden: bool = False
) -> list[str]:
    """The flags of an answer as they are stored: with those that the record around the KPI adds."""
    found = {str(flag) for flag in answer.flags}
    if moved:
        found.add(Flag.GOALPOSTS_MOVED.value)
    if restated and answer.status not in UNFLAGGED:
        found.add(Flag.RESTATED.value)
    if overridden:
        found.add(Flag.OVERRIDDEN.value)
    return sorted(found)


def percent_of(change: Decimal | None) -> Decimal | None:
    """A relative target as the rules read it: -0.3 is -30 %."""
    return None if change is None else EXACT.multiply(change, Decimal(100))


def is_judged(version: KpiVersion) -> bool:
    """Whether readings are a person's judgement on a scale."""
    return version.judge_id is not None or version.scale_low is not None or version.scale_high is not None


def scale_of(version: KpiVersion) -> tuple[str, ...]:
    """The levels of the rating scale, the worst first: its lowest number, what the levels mean, its highest number."""
    if version.scale_low is None or version.scale_high is None:
        return ()
    words = [line.strip() for line in version.scale_words.splitlines() if line.strip()]
    return (f"{version.scale_low.normalize():f}", *words, f"{version.scale_high.normalize():f}")


def _ref(pk: int | None) -> str:
    return "" if pk is None else f"K-{pk:04d}"


Row = tuple[int, date, Decimal | None, datetime, int | None, bool]


def readings_of(rows: Iterable[Row]) -> list[Reading]:
    """Measurements read as `READING_FIELDS`."""
    return [Reading(*row) for row in rows]
