"""`calculate kpi-status` and `calculate kpi-rollup`: the KPI algebra from JSON to JSON."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from domain.calculate.document import (
    Place,
    day,
    inside,
    items,
    members,
    moment,
    number,
    number_or_nan,
    truth,
    whole,
    word,
)
from domain.kpi import Answer, Definition, Direction, Reading, Shape, State, Status, assess
from domain.kpi_definition import (
    AMBER,
    CONFIRM_WORSE,
    HYSTERESIS,
    RED,
    REQUIRED_COMPLIANCE,
    SETTLE_DAYS,
    WARN_FRACTION,
)
from domain.rollup import Item, Rollup, rollup

_CASE: Final = frozenset({"kpi", "measurements", "as_of"})
_CASE_TOO: Final = frozenset({"known_at"})
_KPI: Final = frozenset({"shape", "cadence_days"})
_KPI_TOO: Final = frozenset(
    {
        "direction",
        "baseline",
        "baseline_on",
        "target",
        "target_on",
        "curve",
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
        "state",
    }
)
_ROW: Final = frozenset({"id", "observed_on", "value"})
_ROW_TOO: Final = frozenset({"recorded_at", "supersedes", "void"})
_ITEM: Final = frozenset({"status", "reason", "weight", "primary"})

Members = dict[str, Place]


def kpi_status(document: object) -> list[dict[str, object]]:
    """Answers to a list of cases, each ``{kpi, measurements, as_of, known_at}``.

    Gives status, reason, progress, expected, shortfall, last_known, pending, flags, forecast, valid_until, and
    age_days where the answer is stale. Ratios are strings with 6 places, the forecast with 4, days YYYY-MM-DD.
    RuleError names the place by a JSON pointer.
    """
    return [_status_of(case) for case in items(Place(document, ""))]


def kpi_rollup(document: object) -> list[dict[str, object]]:
    """Roll-ups of a list of cases, each ``{kpis: [{status, reason, weight, primary}]}``: status, reason, share."""
    return [_rollup_of(case) for case in items(Place(document, ""))]


def _status_of(case: Place) -> dict[str, object]:
    said = members(case, required=_CASE, optional=_CASE_TOO)
    definition = _definition(said["kpi"])
    readings = _readings(said["measurements"])
    as_of, known_at = day(said["as_of"]), _moment_or_none(said, "known_at")
    return _answer_to_json(assess(definition, readings, as_of=as_of, known_at=known_at))


def _definition(place: Place) -> Definition:
    said = members(place, required=_KPI, optional=_KPI_TOO)
    shape = word(said["shape"], Shape)
    stale_after_days = said.get("stale_after_days")
    return Definition(
        shape=shape,
        direction=_direction(place, said, shape),
        baseline=_measure(said, "baseline"),
        baseline_on=_day_or_none(said, "baseline_on"),
        target=_measure(said, "target"),
        target_on=_day_or_none(said, "target_on"),
        curve=_curve(said),
        cadence_days=whole(said["cadence_days"]),
        stale_after_days=(
            None
            if stale_after_days is None or stale_after_days.value is None
            else whole(stale_after_days, at_least=0)
        ),
        settle_days=whole(said["settle_days"], at_least=0) if "settle_days" in said else SETTLE_DAYS,
        amber=_share(said, "amber", AMBER),
        red=_share(said, "red", RED),
        hysteresis=_share(said, "hysteresis", HYSTERESIS),
        confirm_worse=(
            whole(said["confirm_worse"], at_least=1) if "confirm_worse" in said else CONFIRM_WORSE
        ),
        lower=_measure(said, "lower"),
        upper=_measure(said, "upper"),
        warn_margin=_measure(said, "warn_margin"),
        warn_fraction=_share(said, "warn_fraction", WARN_FRACTION),
        required_compliance=_share(said, "required_compliance", REQUIRED_COMPLIANCE),
        state=word(said["state"], State) if "state" in said else State.ACTIVE,
    )


def _direction(place: Place, said: Members, shape: Shape) -> Direction:
    """A trajectory must say which way is better; for a band the word means nothing."""
    direction = said.get("direction")
    if direction is None or direction.value is None:
        if shape is Shape.BAND:
            return Direction.HIGHER
        raise place.refuse("direction_missing", "Add “direction”: higher or lower.")
    return word(direction, Direction)


def _measure(said: Members, name: str) -> Decimal | None:
    """A number in the KPI's unit; null and not-a-number are kept, because the algebra has an answer to them."""
    place = said.get(name)
    return None if place is None or place.value is None else number_or_nan(place)


def _share(said: Members, name: str, default: Decimal) -> Decimal:
    return number(said[name]) if name in said else default


def _day_or_none(said: Members, name: str) -> date | None:
    place = said.get(name)
    return None if place is None or place.value is None else day(place)


def _moment_or_none(said: Members, name: str) -> datetime | None:
    place = said.get(name)
    return None if place is None or place.value is None else moment(place)


def _curve(said: Members) -> tuple[tuple[Decimal, Decimal], ...]:
    place = said.get("curve")
    if place is None or place.value is None:
        return ()
    points = []
    for point in items(place):
        pair = items(point)
        if len(pair) != 2:
            raise point.refuse(
                "not_a_point", "Give two numbers: the share of the time, the share of the way."
            )
        points.append((number(pair[0]), number(pair[1])))
    return tuple(points)


def _readings(place: Place) -> list[Reading]:
    readings: list[Reading] = []
    ids: set[int] = set()
    for row in items(place):
        said = members(row, required=_ROW, optional=_ROW_TOO)
        number_of_row = whole(said["id"])
        if number_of_row in ids:
            raise said["id"].refuse("id_twice", "Two measurements have this id. Give each its own.")
        ids.add(number_of_row)
        readings.append(
            Reading(
                id=number_of_row,
                observed_on=day(said["observed_on"]),
                value=_measure(said, "value"),
                recorded_at=_moment_or_none(said, "recorded_at"),
                supersedes=_supersedes(said, number_of_row),
                void=truth(said["void"]) if "void" in said else False,
            )
        )
    return readings


def _supersedes(said: Members, number_of_row: int) -> int | None:
    place = said.get("supersedes")
    if place is None or place.value is None:
        return None
    other = whole(place)
    if other == number_of_row:
        raise place.refuse("supersedes_itself", "Give the id of the measurement this one replaces.")
    return other


def _answer_to_json(answer: Answer) -> dict[str, object]:
    said: dict[str, object] = {
        "status": answer.status.value,
        "reason": None if answer.reason is None else str(answer.reason),
        "progress": _text(answer.progress),
        "expected": _text(answer.expected),
        "shortfall": _text(answer.shortfall),
        "last_known": None if answer.last_known is None else answer.last_known.value,
        "pending": None if answer.pending is None else answer.pending.value,
        "flags": [str(flag) for flag in answer.flags],
        "forecast": _text(answer.forecast),
        "valid_until": None if answer.valid_until is None else answer.valid_until.isoformat(),
    }
    if answer.age_days is not None:
        said["age_days"] = answer.age_days
    return said


def _rollup_of(case: Place) -> dict[str, object]:
    kpis = members(case, required=frozenset({"kpis"}), optional=frozenset())["kpis"]
    parts = [_item(kpi) for kpi in items(kpis)]
    with inside(kpis):
        return _rollup_to_json(rollup(parts))


def _item(place: Place) -> Item:
    said = members(place, required=_ITEM, optional=frozenset())
    reason = said["reason"]
    if reason.value is not None and not isinstance(reason.value, str):
        raise reason.refuse("not_a_known_word", "Give the status's reason as a text, or null.")
    return Item(
        status=word(said["status"], Status),
        reason=reason.value,
        weight=number(said["weight"]),
        primary=truth(said["primary"]),
    )


def _rollup_to_json(found: Rollup) -> dict[str, object]:
    return {
        "status": found.status.value,
        "reason": None if found.reason is None else found.reason.value,
        "share": _text(found.share),
    }


def _text(number_or_none: Decimal | None) -> str | None:
    return None if number_or_none is None else f"{number_or_none:f}"
