"""Value drift: have a KPI's readings left the level they had in a stated reference time, by which chart, since when.

The readings before the reference ends give the level (their mean) and the spread (their standard deviation, n - 1).
EWMA and CUSUM watch the readings from then on; Page-Hinkley, which learns its own mean, runs through both and is heard
from then on. A chart that signals is a hit. Nothing takes a hit away but a new reference: a level that moved and came
back has still moved, and somebody should say why.

**A short reference** knows its level and spread badly, and charts drawn from it cry wolf: with 8 readings and 12 to
watch, 21 of 100 steady series signalled. So the spread is widened by t / 3 sqrt(1 + 1 / n), where t is the point that
Student's t with n - 1 degrees of freedom passes as rarely as a normal value passes 3 sigma. Of 4,000 simulated steady
series then 4 to 5 of 100 signalled over 12 readings and 7 to 9 over 24, whatever the reference; a move of two sigmas was
seen in 86 of 100 with 8 reference readings and in 99 with 20. Readings that depend on the one before signal more often.

A KPI that is meant to move from its baseline to its target will leave its level: `better` says whether it left upward
or downward for the good. Readings of one definition only: see `domain.kpi_definition_drift`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from domain.ageing import days_after
from domain.control_chart import Side, cusum, ewma, page_hinkley
from domain.figure_words import counted
from domain.kpi_codes import Direction
from domain.kpi_drift_policy import DEFAULT, Policy
from domain.kpi_figures import EXACT, SIX_PLACES, rounded
from domain.kpi_rows import Reading, one_a_day
from domain.kpi_series import in_order
from domain.kpi_value_hits import Hit, Method, Reference, Words
from domain.kpi_words import amount, day
from domain.series import count
from domain.student import point

_THREE_SIGMA: Final = math.erfc(3 / math.sqrt(2))


class ValueStatus(StrEnum):
    STEADY = "steady"
    DRIFT = "drift"
    UNKNOWN = "unknown"


class ValueReason(StrEnum):
    """Why there is no answer."""

    TOO_FEW_REFERENCE_READINGS = "too_few_reference_readings"
    REFERENCE_WITHOUT_SPREAD = "reference_without_spread"
    TOO_FEW_READINGS_SINCE = "too_few_readings_since"
    READINGS_TOO_OLD = "readings_too_old"


@dataclass(frozen=True, slots=True)
class ValueDrift:
    """The answer. reason: why it is unknown. hits: one per chart that signalled, earliest first.

    watched: readings since the reference ended. notes: sentences on how far to trust it. last_known: what was true
    before the readings grew too old. valid_until: the last day of this answer if nothing new is recorded; None = for ever.
    """

    status: ValueStatus
    reason: ValueReason | None
    sentence: str
    hits: tuple[Hit, ...]
    reference: Reference | None
    watched: int
    notes: tuple[str, ...]
    last_known: ValueStatus | None
    valid_until: date | None


def value_drift(
    readings: Iterable[Reading],
    *,
    reference_ends_on: date,
    as_of: date,
    better: Direction | None = None,
    stale_after_days: int | None = None,
    unit: str = "",
    policy: Policy = DEFAULT,
) -> ValueDrift:
    """Has the level moved since the reference, as of a day.

    readings: the usable ones (`domain.kpi_series.usable`), in any order; of two on a day the last word counts.
    reference_ends_on: the first day that is watched; readings before it are the reference. better: which way is
    better, if either. stale_after_days: how old the last reading may be; None = any age.
    RuleError names a reading that is no finite number or lies after `as_of`.
    """
    if stale_after_days is not None:
        count(stale_after_days, "/stale_after_days")
    spoken = in_order(readings, as_of)
    before = [one for one in spoken if one.observed_on < reference_ends_on]
    since = spoken[len(before) :]
    missing = _missing(before, since, reference_ends_on, policy)
    if missing is not None:
        return _unknown(*missing, watched=len(since))
    reference = _reference(before, reference_ends_on)
    if not reference.sigma:
        sentence = (
            f"All {len(before)} readings before {day(reference_ends_on)} are {amount(before[0].value, unit)}: "
            "without spread no limits can be drawn."
        )
        return _unknown(
            ValueReason.REFERENCE_WITHOUT_SPREAD, sentence, watched=len(since), reference=reference
        )
    return _judge(before, since, Words(reference, better, unit, policy), as_of, stale_after_days)


def _judge(
    before: Sequence[Reading],
    since: Sequence[Reading],
    words: Words,
    as_of: date,
    stale_after_days: int | None,
) -> ValueDrift:
    """The answer by the charts, as long as the last reading is not too old to speak for today."""
    hits, notes = _hits(before, since, words)
    status = ValueStatus.DRIFT if hits else ValueStatus.STEADY
    found = ValueDrift(
        status=status,
        reason=None,
        sentence=words.answer(hits, len(since)),
        hits=hits,
        reference=words.reference,
        watched=len(since),
        notes=notes,
        last_known=None,
        valid_until=None,
    )
    if stale_after_days is None:
        return found
    last = since[-1].observed_on
    until = days_after(last, stale_after_days)
    if until is None or as_of <= until:
        return replace(found, valid_until=until)
    return replace(
        found,
        status=ValueStatus.UNKNOWN,
        reason=ValueReason.READINGS_TOO_OLD,
        sentence=f"The last reading, of {day(last)}, is more than {counted(stale_after_days, 'day')} old.",
        last_known=status,
    )


def usual_reference_end(readings: Iterable[Reading], *, policy: Policy = DEFAULT) -> date | None:
    """The first day after the earliest `fewest_reference` readings: the reference when nobody has stated one.

    None while there are not so many.
    """
    spoken, _ = one_a_day(list(readings))
    if len(spoken) < policy.fewest_reference:
        return None
    return days_after(spoken[policy.fewest_reference - 1].observed_on, 1)


def _missing(
    before: Sequence[Reading], since: Sequence[Reading], ends_on: date, policy: Policy
) -> tuple[ValueReason, str] | None:
    if len(before) < policy.fewest_reference:
        return (
            ValueReason.TOO_FEW_REFERENCE_READINGS,
            f"{counted(len(before), 'reading')} before {day(ends_on)}: {policy.fewest_reference} are needed "
            "to know the level and its spread.",
        )
    if len(since) < policy.fewest_watched:
        return (
            ValueReason.TOO_FEW_READINGS_SINCE,
            f"{counted(len(since), 'reading')} since {day(ends_on)}: {policy.fewest_watched} are needed "
            "to say whether the level moved.",
        )
    return None


def _unknown(
    reason: ValueReason, sentence: str, *, watched: int, reference: Reference | None = None
) -> ValueDrift:
    return ValueDrift(ValueStatus.UNKNOWN, reason, sentence, (), reference, watched, (), None, None)


def _values(readings: Sequence[Reading]) -> list[Decimal]:
    return [one.value for one in readings if one.value is not None]


def _reference(before: Sequence[Reading], ends_on: date) -> Reference:
    values = _values(before)
    held = Decimal(len(values))
    total = squares = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    mean = EXACT.divide(total, held)
    if all(
        value == values[0] for value in values
    ):  # else a mean of 60 digits would find a spread in its rounding
        mean = values[0]
    for value in values:
        away = EXACT.subtract(value, mean)
        squares = EXACT.add(squares, EXACT.multiply(away, away))
    sigma = EXACT.sqrt(EXACT.divide(squares, held - 1))
    widened = widening(len(values))
    return Reference(ends_on, len(values), mean, sigma, widened, EXACT.multiply(sigma, widened))


@lru_cache(maxsize=1024)
def widening(readings: int) -> Decimal:
    """By how much the spread of so few reference readings is widened, 6 places: 1.6 of 8, 1.18 of 20, 1.06 of 50."""
    factor = point(_THREE_SIGMA, readings - 1) / 3 * math.sqrt(1 + 1 / readings)
    return rounded(Decimal(str(factor)), SIX_PLACES)


def _hits(
    before: Sequence[Reading], since: Sequence[Reading], words: Words
) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
    """What each chart found, earliest first, and what it found in the reference itself."""
    policy, reference = words.policy, words.reference
    watched = _values(since)
    hits: list[Hit] = []
    smooth = ewma(
        watched,
        target=reference.mean,
        sigma=reference.spread,
        lambda_=policy.ewma_lambda,
        width=policy.ewma_width,
    )
    if smooth.signals:
        at = smooth.signals[0]
        side = Side.UP if smooth.statistic[at] > reference.mean else Side.DOWN
        limit = (smooth.upper if side is Side.UP else smooth.lower)[at]
        still = smooth.signals[-1] == len(watched) - 1
        hits.append(words.of_ewma(since[at], side, smooth.statistic[at], limit, still))
    slack, interval = words.scaled(policy.cusum_slack), words.scaled(policy.cusum_interval)
    sums = cusum(watched, target=reference.mean, k=slack, h=interval)
    if sums.first_signal is not None:
        at = sums.first_signal
        side = Side.UP if at in sums.signals_high else Side.DOWN
        still = max(sums.high[-1], sums.low[-1]) > interval
        statistic = (sums.high if side is Side.UP else sums.low)[at]
        hits.append(words.of_sum(Method.CUSUM, since[at], side, statistic, still))
    hinkley = page_hinkley(
        _values(before) + watched,
        min_instances=policy.fewest_reference,
        delta=words.scaled(policy.page_hinkley_slack),
        threshold=words.scaled(policy.page_hinkley_threshold),
        alpha=1,
    )
    heard = [one for one in hinkley.detections if one.index >= len(before)]
    if heard:
        reading = since[heard[0].index - len(before)]
        hits.append(words.of_sum(Method.PAGE_HINKLEY, reading, heard[0].side, heard[0].statistic, None))
    early = [one for one in hinkley.detections if one.index < len(before)]
    notes = tuple(
        f"The reference itself moved {one.side} on {day(before[one.index].observed_on)}: state a steadier one."
        for one in early
    )
    return tuple(sorted(hits, key=lambda hit: hit.observed_on)), notes
