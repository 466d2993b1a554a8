"""A KPI's status on a day, from its folded history: the decision table, first match wins, and when the answer expires."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from domain.errors import RuleError
from domain.kpi_codes import Direction, Flag, Reason, State, Status
from domain.kpi_definition import Definition, Plan
from domain.kpi_figures import EXACT, FOUR_PLACES, NOTHING, ratio, rounded
from domain.kpi_fold import Fold, due, fold
from domain.kpi_judge import expected_on, progress_of
from domain.kpi_rows import History, Reading

FORECAST_FROM: Final = Decimal("0.20")
FORECAST_READINGS: Final = 3
_ONE_DAY: Final = timedelta(days=1)
_LAST_ORDINAL: Final = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the record says on a day, and until when it goes on saying so.

    reason: a `Reason` or `Defect` code. progress, expected, shortfall: ratios with 6 places (0.25 = a quarter of the
    way) of the last usable reading, `reading_id`; for a band progress is the share of periods met. last_known: the
    folded status, beside an answer that no longer trusts it. pending: a worse status that needs confirming. flags:
    `Flag` codes, sorted. forecast: progress / expected, 4 places, information only. age_days: only when stale.
    valid_until: the last day on which the same facts give the same answer, age_days aside; None = for ever.
    """

    status: Status
    reason: str | None = None
    progress: Decimal | None = None
    expected: Decimal | None = None
    shortfall: Decimal | None = None
    last_known: Status | None = None
    pending: Status | None = None
    flags: tuple[str, ...] = ()
    forecast: Decimal | None = None
    age_days: int | None = None
    reading_id: int | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """From `valid_from` to `answer.valid_until` the answer stands. Its `age_days` is that of the first day."""

    valid_from: date
    answer: Answer


def assess(
    definition: Definition,
    rows: Iterable[Reading] | History,
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> Answer:
    """The status of a KPI on `as_of`, from all its rows in any order, as far as known at `known_at` (aware, UTC)."""
    return answer(definition, fold(definition, rows, as_of=as_of, known_at=known_at), as_of=as_of)


def answer(definition: Definition, held: Fold, *, as_of: date) -> Answer:
    """The status on `as_of` from the folded history: the same as `assess` on all rows.

    RuleError when the fold already holds readings later than `as_of`: for a day in the past use `assess`.
    """
    if definition.state is not State.ACTIVE:
        return Answer(Status(definition.state.value))
    plan = definition.plan
    if plan is None:
        return Answer(Status.INVALID, definition.defect)
    today = as_of.toordinal()
    if today < plan.start:
        return Answer(Status.NOT_STARTED, valid_until=_day(plan.start - 1))
    if today < held.known_through:
        raise RuleError(
            "fold_is_later",
            "The folded history reaches beyond this day. Assess all readings for a day in the past.",
        )
    if not held.waiting:
        return _judge(definition, plan, held, today)
    held = due(definition, plan, held, today)
    found = _judge(definition, plan, held, today)
    return replace(found, valid_until=_expiry(definition, plan, held, found))


def outlook(definition: Definition, held: Fold, *, since: date) -> tuple[Segment, ...]:
    """What the status will be on `since` and every later day if no new fact arrives: adjoining stretches of days.

    The last segment's answer has valid_until None: for ever.
    """
    segments: list[Segment] = []
    day: date | None = since
    while day is not None:
        found = answer(definition, held, as_of=day)
        segments.append(Segment(day, found))
        day = None if found.valid_until is None else found.valid_until + _ONE_DAY
    return tuple(segments)


def _judge(definition: Definition, plan: Plan, held: Fold, today: int) -> Answer:
    """Rows 4 to 18 of the decision table. `valid_until` as if no reading were waiting."""
    if not plan.band and plan.baseline is None:
        return _without_baseline(definition, held)
    folded = held.now.status
    if folded is None:
        return _without_reading(plan, held, today)
    progress, expected, shortfall, forecast = _figures(definition, plan, held)
    status, reason, last_known, pending, age = folded, None, None, None, None
    until = plan.close
    if plan.close is not None and today > plan.close:
        until = None
        if plan.target_day is not None and plan.target_day - held.day > plan.stale_after:
            status, last_known = Status.UNVERIFIED, folded
            reason = Reason.NO_MEASUREMENT_NEAR_TARGET_DATE
        else:
            enough = definition.required_compliance if plan.band else 1
            status = Status.ACHIEVED if progress >= enough else Status.MISSED
            reason = Reason.CLOSED
    elif today - held.day > plan.stale_after:
        status, last_known, age = Status.STALE, folded, today - held.day
        reason = Reason.MEASUREMENT_TOO_OLD
    else:
        pending = held.now.pending
        until = _earlier(held.day + plan.stale_after, plan.close)
    return Answer(
        status=status,
        reason=reason,
        progress=progress,
        expected=expected,
        shortfall=shortfall,
        last_known=last_known,
        pending=pending,
        flags=_flags(definition, plan, held, progress),
        forecast=forecast,
        age_days=age,
        reading_id=held.reading_id,
        valid_until=_day(until),
    )


def _without_baseline(definition: Definition, held: Fold) -> Answer:
    """No progress is claimed, even with the value past the target (D10). Only a new fact can change that."""
    flags = _row_flags(held)
    value, target = held.value, definition.target
    if value is not None and target is not None:
        met = value >= target if definition.direction is Direction.HIGHER else value <= target
        if met:
            flags.append(Flag.TARGET_VALUE_MET_BUT_UNATTRIBUTABLE)
    return Answer(
        status=Status.NO_BASELINE,
        reason=Reason.PROGRESS_CANNOT_BE_COMPUTED,
        flags=tuple(sorted(flags)),
        reading_id=held.reading_id,
    )


def _without_reading(plan: Plan, held: Fold, today: int) -> Answer:
    """Nobody has measured: not yet due, overdue, or too late for ever."""
    status, until = Status.NO_DATA, plan.close
    if plan.close is not None and today > plan.close:
        status, reason, until = Status.UNVERIFIED, Reason.NO_EVIDENCE, None
    elif today - plan.start > plan.stale_after:
        reason = Reason.FIRST_MEASUREMENT_OVERDUE
    else:
        reason = Reason.AWAITING_FIRST_MEASUREMENT
        until = _earlier(plan.start + plan.stale_after, plan.close)
    return Answer(
        status=status, reason=reason, flags=tuple(sorted(_row_flags(held))), valid_until=_day(until)
    )


def _figures(
    definition: Definition, plan: Plan, held: Fold
) -> tuple[Decimal, Decimal | None, Decimal | None, Decimal | None]:
    """Progress, expected, shortfall and forecast of the last usable reading; for a band compliance alone."""
    if plan.band:
        return ratio(Decimal(held.now.met + held.now.period_met), Decimal(held.now.period)), None, None, None
    progress = progress_of(plan, held.value or NOTHING)
    expected = expected_on(definition, plan, held.day)
    forecast = None
    if held.count >= FORECAST_READINGS and held.day > plan.start and expected >= FORECAST_FROM:
        forecast = rounded(EXACT.divide(progress, expected), FOUR_PLACES)
    return progress, expected, EXACT.subtract(expected, progress), forecast


def _flags(definition: Definition, plan: Plan, held: Fold, progress: Decimal) -> tuple[str, ...]:
    """The flags of the rows left out and of the last usable reading."""
    flags = _row_flags(held)
    if not plan.band:
        if progress < 0:
            flags.append(Flag.WORSE_THAN_BASELINE)
        elif progress > 1:
            flags.append(Flag.EXCEEDED)
    baseline = definition.baseline
    if held.day == plan.start and baseline is not None and baseline.is_finite() and held.value != baseline:
        flags.append(Flag.BASELINE_MISMATCH)
    return tuple(sorted(flags)) if flags else ()


def _row_flags(held: Fold) -> list[str]:
    flags: list[str] = []
    if held.rejected:
        flags.append(Flag.REJECTED_VALUE)
    if held.before_baseline:
        flags.append(Flag.BEFORE_BASELINE)
    if held.conflict:
        flags.append(Flag.SAME_DAY_CONFLICT)
    if held.late_day:
        flags.append(Flag.LATE_VALUE_AFTER_CLOSE)
    if held.waiting:
        flags.append(Flag.FUTURE_DATED)
    return flags


def _expiry(definition: Definition, plan: Plan, held: Fold, found: Answer) -> date | None:
    """The last day of `found` when readings wait: their days may change it, or may pass unnoticed."""
    until = found.valid_until  # what passes unnoticed does not move it: only rows after the window do
    while held.waiting:
        arrival = held.waiting[0].observed_on
        if until is not None and arrival > until:
            break
        held = due(definition, plan, held, arrival.toordinal())
        later = _judge(definition, plan, held, arrival.toordinal())
        if replace(later, age_days=None, valid_until=None) != replace(found, age_days=None, valid_until=None):
            return arrival - _ONE_DAY
    return until


def _earlier(day: int, close: int | None) -> int:
    return day if close is None or day < close else close


def _day(ordinal: int | None) -> date | None:
    """The calendar day; None when there is none or it lies beyond the calendar: for ever."""
    if ordinal is None or ordinal >= _LAST_ORDINAL:
        return None
    return date.fromordinal(ordinal)
