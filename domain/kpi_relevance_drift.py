"""Relevance drift: does a KPI still move with the outcome it stands for.

A KPI stands for an outcome (reply time for churn) as long as the two move together. Both series are read period by
period (the last reading of a period speaks for it), each period's change from the one right before it is taken, and
the changes of the same period are paired. Spearman's rank correlation of the pairs is told for two windows of equal
length: the newest pairs, and those right before them.

Changes, not levels, because two series that merely both grow correlate whatever they mean. Ranks, not values, because
one wild month must not decide. A change across a missing period, or across a break of either definition, is no change.

A correlation of few pairs is rough: of 8 pairs that have nothing to do with each other, about one set in ten shows 0.5.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.ageing import days_after
from domain.figure_words import counted, figure
from domain.kpi_drift_policy import DEFAULT, Policy
from domain.kpi_figures import EXACT, SIX_PLACES, rounded
from domain.kpi_rows import Reading
from domain.kpi_series import in_order
from domain.kpi_words import day
from domain.rank_correlation import spearman


class Relevance(StrEnum):
    HOLDS = "holds"
    LOST = "lost"
    UNKNOWN = "unknown"


class RelevanceReason(StrEnum):
    """Why there is no answer."""

    TOO_FEW_PAIRS = "too_few_pairs"
    PAIRS_TOO_OLD = "pairs_too_old"
    NOTHING_MOVED = "nothing_moved"
    NEVER_SHOWN = "never_shown"
    WEAKER = "weaker"


@dataclass(frozen=True, slots=True)
class Pair:
    """The changes of both series in one period against the period before; `on`: the day both are known for."""

    on: date
    kpi: Decimal
    outcome: Decimal


@dataclass(frozen=True, slots=True)
class Window:
    """A correlation (6 places, None where a side never varied) of the pairs from `first_on` to `last_on`.

    With an inverse relation its sign is turned, so that 1 always means "as it should".
    """

    pairs: int
    first_on: date
    last_on: date
    correlation: Decimal | None


@dataclass(frozen=True, slots=True)
class RelevanceDrift:
    """The answer. numbers: what the sentence says and the thresholds it was held against.

    pairs: how many there were in all. valid_until: the last day of this answer if nothing new is recorded; None = for
    ever. last_known: what was true before the pairs grew too old.
    """

    relevance: Relevance
    reason: RelevanceReason | None
    sentence: str
    clears_when: str | None
    earlier: Window | None
    recent: Window | None
    pairs: int
    numbers: Mapping[str, Decimal]
    last_known: Relevance | None
    valid_until: date | None


def relevance_drift(
    kpi: Iterable[Reading],
    outcome: Iterable[Reading],
    *,
    as_of: date,
    inverse: bool = False,
    kpi_breaks: Collection[date] = (),
    outcome_breaks: Collection[date] = (),
    policy: Policy = DEFAULT,
) -> RelevanceDrift:
    """Does the KPI still move with its outcome, as of a day.

    kpi, outcome: usable readings (`domain.kpi_series.usable`), in any order. inverse: the one should fall when the other
    rises. kpi_breaks, outcome_breaks: the days on which a definition broke (`DefinitionDrift.break_days`).
    Holds: the recent correlation reaches `holds_from`. Lost: it is below `lost_below` and the earlier one reached
    `holds_from`. Unknown, with the reason: everything else.
    RuleError names a reading that is no finite number or lies after `as_of`.
    """
    pairs = paired_changes(
        _periods(in_order(kpi, as_of), policy),
        _periods(in_order(outcome, as_of), policy),
        breaks=(kpi_breaks, outcome_breaks),
    )
    size = min(policy.window_pairs, len(pairs) // 2)
    if size < policy.fewest_pairs:
        return _unknown(
            RelevanceReason.TOO_FEW_PAIRS,
            f"The changes of both are known for {counted(len(pairs), 'period')}: {2 * policy.fewest_pairs} are needed, "
            f"{policy.fewest_pairs} in each of two windows.",
            pairs,
            policy,
        )
    earlier = _window(pairs[-2 * size : -size], inverse)
    recent = _window(pairs[-size:], inverse)
    found = _judge(earlier, recent, pairs, policy)
    until = days_after(recent.last_on, policy.recent_days)
    if until is None or as_of <= until:
        return replace(found, valid_until=until)
    return _unknown(
        RelevanceReason.PAIRS_TOO_OLD,
        f"The newest period both are known for ended on {day(recent.last_on)}, more than "
        f"{counted(policy.recent_days, 'day')} ago.",
        pairs,
        policy,
        windows=(earlier, recent),
        last_known=found.relevance,
    )


def paired_changes(
    kpi: Mapping[int, Reading],
    outcome: Mapping[int, Reading],
    *,
    breaks: tuple[Collection[date], Collection[date]] = ((), ()),
) -> tuple[Pair, ...]:
    """The changes of both in each period for which both have this reading and the one before, keyed by period."""
    pairs = []
    for period in sorted(kpi.keys() & outcome.keys()):
        a = _change(kpi, period, breaks[0])
        b = _change(outcome, period, breaks[1])
        if a is not None and b is not None:
            on = min(kpi[period].observed_on, outcome[period].observed_on)
            pairs.append(Pair(on, a, b))
    return tuple(pairs)


def _periods(readings: Sequence[Reading], policy: Policy) -> dict[int, Reading]:
    """The last reading of each period, by the number of the period."""
    return {
        (one.observed_on.year * 12 + one.observed_on.month - 1) // policy.period_months: one
        for one in readings
    }


def _change(series: Mapping[int, Reading], period: int, breaks: Collection[date]) -> Decimal | None:
    now, before = series[period], series.get(period - 1)
    if before is None or now.value is None or before.value is None:
        return None
    if any(before.observed_on < broken <= now.observed_on for broken in breaks):
        return None
    return EXACT.subtract(now.value, before.value)


def _window(pairs: Sequence[Pair], inverse: bool) -> Window:
    found = spearman([one.kpi for one in pairs], [one.outcome for one in pairs])
    if found is not None:
        found = rounded(found.copy_negate() if inverse else found, SIX_PLACES)
    return Window(len(pairs), pairs[0].on, pairs[-1].on, found)


def _judge(earlier: Window, recent: Window, pairs: Sequence[Pair], policy: Policy) -> RelevanceDrift:
    """The answer by the two correlations, compared as they are shown. Still without an expiry."""
    windows = earlier, recent
    told = f"{_told(recent)}, {_told(earlier)} before that"
    if recent.correlation is None:
        sentence = f"One of the two never changed differently from {_span(recent)}, so nothing can be seen to move along."
        return _unknown(RelevanceReason.NOTHING_MOVED, sentence, pairs, policy, windows=windows)
    if recent.correlation >= policy.holds_from:
        return RelevanceDrift(
            relevance=Relevance.HOLDS,
            reason=None,
            sentence=f"The KPI still moves with its outcome: {told} (it holds from {policy.holds_from:f}).",
            clears_when=None,
            earlier=earlier,
            recent=recent,
            pairs=len(pairs),
            numbers=_numbers(windows, policy),
            last_known=None,
            valid_until=None,
        )
    if earlier.correlation is None or earlier.correlation < policy.holds_from:
        sentence = f"The KPI has not been seen to move with its outcome: {told} (it holds from {policy.holds_from:f})."
        return _unknown(RelevanceReason.NEVER_SHOWN, sentence, pairs, policy, windows=windows)
    if recent.correlation >= policy.lost_below:
        sentence = (
            f"The KPI moves less with its outcome than before: {told} "
            f"(it holds from {policy.holds_from:f}, is lost below {policy.lost_below:f})."
        )
        return _unknown(RelevanceReason.WEAKER, sentence, pairs, policy, windows=windows)
    return RelevanceDrift(
        relevance=Relevance.LOST,
        reason=None,
        sentence=f"The KPI no longer moves with its outcome: {told} (it is lost below {policy.lost_below:f}).",
        clears_when="Review what the KPI stands for: keep it with a reason, define it anew, or retire it",
        earlier=earlier,
        recent=recent,
        pairs=len(pairs),
        numbers=_numbers(windows, policy),
        last_known=None,
        valid_until=None,
    )


def _told(window: Window) -> str:
    if window.correlation is None:
        return f"no correlation to be had from {_span(window)}"
    return f"rank correlation {figure(window.correlation, digits=2)} in {counted(window.pairs, 'pair')} from {_span(window)}"


def _span(window: Window) -> str:
    return f"{day(window.first_on)} to {day(window.last_on)}"


def _numbers(windows: Sequence[Window], policy: Policy) -> dict[str, Decimal]:
    numbers = {"holds_from": policy.holds_from, "lost_below": policy.lost_below}
    for name, window in zip(("earlier", "recent"), windows, strict=False):
        numbers[f"{name}_pairs"] = Decimal(window.pairs)
        if window.correlation is not None:
            numbers[f"{name}_correlation"] = window.correlation
    return numbers


def _unknown(
    reason: RelevanceReason,
    sentence: str,
    pairs: Sequence[Pair],
    policy: Policy,
    *,
    windows: tuple[Window, Window] | None = None,
    last_known: Relevance | None = None,
) -> RelevanceDrift:
    return RelevanceDrift(
        relevance=Relevance.UNKNOWN,
        reason=reason,
        sentence=sentence,
        clears_when=None,
        earlier=windows[0] if windows else None,
        recent=windows[1] if windows else None,
        pairs=len(pairs),
        numbers=_numbers(windows or (), policy) | {"fewest_pairs": Decimal(policy.fewest_pairs)},
        last_known=last_known,
        valid_until=None,
    )
