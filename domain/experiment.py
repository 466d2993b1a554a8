"""The verdict on an A/B or champion-challenger result: which arm does better, how surely, and what speaks against it.

Arm 1 is the champion (or A), arm 2 the challenger (or B). The verdict is **ambiguous** unless the record is complete,
the sample large enough for its test, the test significant (p below 0.05) and the interval of the difference clear of zero.

**Peeking.** A p is true of one look, planned beforehand. Who looks again and again and stops when it looks good sees
differences that are not there: with five looks 14 of 100 equal arms seem to differ at 5 % (Armitage, McPherson, Rowe
1969, Journal of the Royal Statistical Society A 132). So looks before the planned end are counted and told, with what
p may be at worst: p times the number of looks (Bonferroni).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.comparison import (
    SIGNIFICANCE,
    Interval,
    PairedShares,
    TwoMeans,
    TwoShares,
    paired_shares,
    two_means,
    two_shares,
)
from domain.experiment_policy import DEFAULT, Doubt, Outcome, Plan, Policy
from domain.experiment_words import Told, clears, missing_sentence, notes_of, sentence_of
from domain.kpi_codes import Direction
from domain.series import Number

__all__ = [
    "DEFAULT",
    "Doubt",
    "Outcome",
    "Plan",
    "Policy",
    "Verdict",
    "judge_counts",
    "judge_means",
    "judge_pairs",
]

_UNPLANNED: Final = Plan()
NAMES: Final = ("champion", "challenger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict. Figures are None where the record or the sample does not give them.

    difference and interval (95 %) are of arm 1 less arm 2, uplift of arm 2 over arm 1; shares as 0.04. n1, n2: sizes
    of the arms, the number of pairs twice where they share their cases. p_at_worst: p after the looks counted.
    short_of_plan: cases (pairs) still missing, in both arms together. missing: the figures nobody recorded.
    test: its name. notes: sentences on how far to trust it. clears_when: what would end each doubt.
    valid_until: the day before the planned end, which changes the verdict's notes; None = for ever on this record.
    """

    outcome: Outcome
    doubts: tuple[Doubt, ...]
    significant: bool | None
    sentence: str
    notes: tuple[str, ...]
    clears_when: tuple[str, ...]
    test: str
    missing: tuple[str, ...]
    n1: int | None
    n2: int | None
    difference: float | None
    uplift: float | None
    interval: Interval | None
    p: float | None
    p_at_worst: float | None
    looks: int | None
    short_of_plan: int | None
    policy: Policy
    valid_until: date | None

    @property
    def ambiguous(self) -> bool:
        return self.outcome is Outcome.AMBIGUOUS


def judge_counts(
    x1: int | None,
    n1: int | None,
    x2: int | None,
    n2: int | None,
    *,
    as_of: date,
    plan: Plan = _UNPLANNED,
    better: Direction = Direction.HIGHER,
    names: tuple[str, str] = NAMES,
    policy: Policy = DEFAULT,
) -> Verdict:
    """The verdict on successes in two independent arms: x1 of n1 against x2 of n2; None = not recorded.

    better: whether more or fewer successes are better. RuleError names /x1, /n1, /x2 or /n2.
    """
    told = Told(names, better, "pooled z test", shares=True)
    given = {"x1": x1, "n1": n1, "x2": x2, "n2": n2}
    if x1 is None or n1 is None or x2 is None or n2 is None:
        return _incomplete(given, told, plan, policy, as_of, (n1, n2))
    found = two_shares(x1, n1, x2, n2)
    smaller, pooled = min(n1, n2), (x1 + x2) / (n1 + n2)
    few = smaller < policy.fewest_cases or smaller * min(pooled, 1 - pooled) < policy.fewest_expected
    return _verdict(found, few, told, plan, policy, as_of)


def judge_pairs(
    both: int | None,
    only_1: int | None,
    only_2: int | None,
    neither: int | None,
    *,
    as_of: date,
    plan: Plan = _UNPLANNED,
    better: Direction = Direction.HIGHER,
    names: tuple[str, str] = NAMES,
    policy: Policy = DEFAULT,
) -> Verdict:
    """The verdict on two arms that judged the same cases: how many both had right, only one of them, neither.

    RuleError names /both_right, /only_champion_right, /only_challenger_right or /both_wrong.
    """
    told = Told(names, better, "exact test of the discordant pairs", paired=True)
    given = {
        "both_right": both,
        "only_champion_right": only_1,
        "only_challenger_right": only_2,
        "both_wrong": neither,
    }
    if both is None or only_1 is None or only_2 is None or neither is None:
        return _incomplete(given, told, plan, policy, as_of, (None, None))
    found = paired_shares(both, only_1, only_2, neither)
    few = found.pairs < policy.fewest_cases or found.discordant < policy.fewest_discordant
    return _verdict(found, few, told, plan, policy, as_of)


def judge_means(
    mean1: Number | None,
    sd1: Number | None,
    n1: int | None,
    mean2: Number | None,
    sd2: Number | None,
    n2: int | None,
    *,
    as_of: date,
    plan: Plan = _UNPLANNED,
    better: Direction = Direction.HIGHER,
    names: tuple[str, str] = NAMES,
    policy: Policy = DEFAULT,
) -> Verdict:
    """The verdict on the means of two independent arms, with their standard deviations (n - 1) and sizes.

    RuleError names /mean1, /sd1, /n1, /mean2, /sd2 or /n2.
    """
    told = Told(names, better, "Welch's t test")
    given = {"mean1": mean1, "sd1": sd1, "n1": n1, "mean2": mean2, "sd2": sd2, "n2": n2}
    if mean1 is None or sd1 is None or n1 is None or mean2 is None or sd2 is None or n2 is None:
        return _incomplete(given, told, plan, policy, as_of, (n1, n2))
    found = two_means(mean1, sd1, n1, mean2, sd2, n2)
    return _verdict(found, min(n1, n2) < policy.fewest_cases, told, plan, policy, as_of)


def _verdict(
    found: TwoShares | PairedShares | TwoMeans, few: bool, told: Told, plan: Plan, policy: Policy, as_of: date
) -> Verdict:
    n1, n2 = (found.pairs, found.pairs) if isinstance(found, PairedShares) else (found.n1, found.n2)
    doubts = _doubts(found.interval, found.p, few)
    outcome = Outcome.AMBIGUOUS
    if not doubts:
        first_is_better = (found.difference > 0) is (told.better is Direction.HIGHER)
        outcome = Outcome.ARM_1_BETTER if first_is_better else Outcome.ARM_2_BETTER
    looks, early = plan.looks_before_end, _early(plan, as_of)
    worst = None if found.p is None or looks is None else min(1.0, found.p * (looks + 1))
    return Verdict(
        outcome=outcome,
        doubts=doubts,
        significant=found.significant,
        sentence=sentence_of(told, found, doubts, outcome),
        notes=notes_of(told, plan, early=early, sizes=(n1, n2), p=found.p, worst=worst),
        clears_when=clears(told, doubts, (), policy),
        test=told.test,
        missing=(),
        n1=n1,
        n2=n2,
        difference=found.difference,
        uplift=found.uplift,
        interval=found.interval,
        p=found.p,
        p_at_worst=worst,
        looks=looks,
        short_of_plan=_short(plan, told, (n1, n2)),
        policy=policy,
        valid_until=_until(plan, early),
    )


def _incomplete(
    given: Mapping[str, object],
    told: Told,
    plan: Plan,
    policy: Policy,
    as_of: date,
    sizes: tuple[int | None, int | None],
) -> Verdict:
    """The verdict on a record with holes: ambiguous, and which figures are missing."""
    missing = tuple(name for name, value in given.items() if value is None)
    early = _early(plan, as_of)
    known = None if sizes[0] is None or sizes[1] is None else (sizes[0], sizes[1])
    return Verdict(
        outcome=Outcome.AMBIGUOUS,
        doubts=(Doubt.DATA_MISSING,),
        significant=None,
        sentence=missing_sentence(told, missing),
        notes=notes_of(told, plan, early=early, sizes=known, p=None, worst=None),
        clears_when=clears(told, (Doubt.DATA_MISSING,), missing, policy),
        test=told.test,
        missing=missing,
        n1=sizes[0],
        n2=sizes[1],
        difference=None,
        uplift=None,
        interval=None,
        p=None,
        p_at_worst=None,
        looks=plan.looks_before_end,
        short_of_plan=None if known is None else _short(plan, told, known),
        policy=policy,
        valid_until=_until(plan, early),
    )


def _doubts(interval: Interval | None, p: float | None, few: bool) -> tuple[Doubt, ...]:
    found = [Doubt.TOO_FEW_CASES] if few else []
    if interval is None or p is None:
        return (*found, Doubt.NO_SPREAD)
    if interval[0] <= 0 <= interval[1]:
        found.append(Doubt.INTERVAL_SPANS_ZERO)
    if p >= SIGNIFICANCE:
        found.append(Doubt.NOT_SIGNIFICANT)
    return tuple(found)


def _early(plan: Plan, as_of: date) -> bool:
    return plan.ends_on is not None and as_of < plan.ends_on


def _until(plan: Plan, early: bool) -> date | None:
    return plan.ends_on - timedelta(days=1) if early and plan.ends_on is not None else None


def _short(plan: Plan, told: Told, sizes: tuple[int, int]) -> int | None:
    if plan.per_arm is None:
        return None
    arms = sizes[:1] if told.paired else sizes
    return sum(max(0, plan.per_arm - size) for size in arms)
