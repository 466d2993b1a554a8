"""What an experiment's verdict says: the figures, the doubts, and how far the looks and the sample are to be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.comparison import Interval, PairedShares, TwoMeans, TwoShares
from domain.experiment_policy import Doubt, Outcome, Plan, Policy
from domain.figure_words import chance, counted, figure, percent
from domain.kpi_codes import Direction
from domain.kpi_words import day

Found = TwoShares | PairedShares | TwoMeans


@dataclass(frozen=True, slots=True)
class Told:
    """How to speak of one comparison. names: of arm 1 and arm 2. shares: the arms are independent
    shares of successes. paired: they share their cases."""

    names: tuple[str, str]
    better: Direction
    test: str
    shares: bool = False
    paired: bool = False


_FIGURES: Final = {
    "x1": "the successes of the {0}",
    "n1": "the cases of the {0}",
    "x2": "the successes of the {1}",
    "n2": "the cases of the {1}",
    "mean1": "the mean of the {0}",
    "sd1": "the standard deviation of the {0}",
    "mean2": "the mean of the {1}",
    "sd2": "the standard deviation of the {1}",
    "both_right": "the cases both had right",
    "only_champion_right": "the cases only the {0} had right",
    "only_challenger_right": "the cases only the {1} had right",
    "both_wrong": "the cases neither had right",
}
_WHY: Final = {
    Doubt.DATA_MISSING: "figures are missing",
    Doubt.TOO_FEW_CASES: "there are too few cases",
    Doubt.NO_SPREAD: "neither arm has any spread to measure by",
    Doubt.INTERVAL_SPANS_ZERO: "the interval spans zero",
    Doubt.NOT_SIGNIFICANT: "p is not below 0.05",
}


def sentence_of(told: Told, found: Found, doubts: Sequence[Doubt], outcome: Outcome) -> str:
    """Both arms with their sizes, the uplift, the difference of arm 2 less arm 1, p and what follows."""
    first, second = told.names
    head = f"{_capital(second)} {_level(found, 2)}, {first} {_level(found, 1)}"
    if isinstance(found, PairedShares):
        head += f" of the same {counted(found.pairs, 'pair')}, {found.discordant:,} judged differently"
    parts = [head, _uplift(found.uplift, first), _difference(found)]
    if found.p is not None:
        parts.append(f"{chance(found.p)} ({told.test})")
    figures = ", ".join(part for part in parts if part)
    if doubts:
        return f"{figures}. Ambiguous: {' and '.join(_WHY[doubt] for doubt in doubts)}."
    name = first if outcome is Outcome.ARM_1_BETTER else second
    return f"{figures}. The {name} does better."


def missing_sentence(told: Told, missing: Sequence[str]) -> str:
    """What a record with holes says."""
    return f"Ambiguous: never recorded were {_figures(told, missing)}."


def notes_of(
    told: Told,
    plan: Plan,
    *,
    early: bool,
    sizes: tuple[int, int] | None,
    p: float | None,
    worst: float | None,
) -> tuple[str, ...]:
    """How far to trust it: the looks before the planned end, and the planned sample."""
    return tuple(note for note in (*_looks(plan, early, p, worst), *_sample(told, plan, sizes)) if note)


def clears(told: Told, doubts: Sequence[Doubt], missing: Sequence[str], policy: Policy) -> tuple[str, ...]:
    """What would end each doubt. A doubt about chance ends with more cases, or not at all."""
    enough = (
        f"Reach {policy.fewest_cases} pairs, {policy.fewest_discordant} of them judged differently"
        if told.paired
        else f"Reach {policy.fewest_cases} cases in each arm"
    )
    if told.shares:
        enough += f", and {policy.fewest_expected} expected successes and failures in the smaller one"
    gather = "Gather the cases planned and then stop: there may be no difference to find"
    said = {
        Doubt.DATA_MISSING: f"Record {_figures(told, missing)}",
        Doubt.TOO_FEW_CASES: enough,
        Doubt.NO_SPREAD: "Record standard deviations above 0, unless every case truly came out the same",
        Doubt.INTERVAL_SPANS_ZERO: gather,
        Doubt.NOT_SIGNIFICANT: gather,
    }
    return tuple(dict.fromkeys(said[doubt] for doubt in doubts))


def _figures(told: Told, names: Sequence[str]) -> str:
    """The missing figures as people call them."""
    return ", ".join(_FIGURES[name].format(*told.names) for name in names)


def _level(found: Found, arm: int) -> str:
    if isinstance(found, TwoMeans):
        mean, size = (found.mean1, found.n1) if arm == 1 else (found.mean2, found.n2)
        return f"{figure(mean)} on average of {size:,}"
    share = found.p1 if arm == 1 else found.p2
    if isinstance(found, PairedShares):
        return percent(share)
    return f"{percent(share)} of {found.n1 if arm == 1 else found.n2:,}"


def _uplift(uplift: float | None, first: str) -> str:
    if uplift is None:
        return f"no uplift to be told over the {first}"
    if not uplift:
        return "no uplift"
    return f"{percent(abs(uplift))} {'more' if uplift > 0 else 'less'}"


def _difference(found: Found) -> str:
    """The difference as people say it, of arm 2 less arm 1, so its interval is turned round."""
    scale, unit = (1, "") if isinstance(found, TwoMeans) else (100, "points")
    said = f"difference {figure(-found.difference * scale, unit, digits=3)}"
    if found.interval is None:
        return said
    low, high = _turned(found.interval)
    return f"{said} (95 % interval {figure(low * scale, digits=3)} to {figure(high * scale, digits=3)})"


def _turned(interval: Interval) -> Interval:
    return -interval[1], -interval[0]


def _looks(plan: Plan, early: bool, p: float | None, worst: float | None) -> list[str]:
    end = "any planned end" if plan.ends_on is None else f"the planned end on {day(plan.ends_on)}"
    if plan.looks_before_end is None:
        return [f"How often it was looked at before {end} is not recorded, so p may be optimistic."]
    looks = plan.looks_before_end + early
    if not looks:
        return []
    said = f"Looked at {_times(looks)} before {end}"
    if p is None or worst is None:
        return [f"{said}."]
    if not plan.looks_before_end:
        return [f"{said}: wait for it, because p grows optimistic with each look."]
    return [
        f"{said}: {chance(p)} is optimistic, at worst it is {figure(worst, digits=2)} (p times the number of looks)."
    ]


def _sample(told: Told, plan: Plan, sizes: tuple[int, int] | None) -> list[str]:
    if plan.per_arm is None:
        return ["No planned sample is recorded."]
    if sizes is None:
        return []
    if told.paired:
        short = plan.per_arm - sizes[0]
        return [f"Of the {plan.per_arm:,} pairs planned, {short:,} are missing."] if short > 0 else []
    return [
        f"Of the {plan.per_arm:,} cases planned, the {name} lacks {plan.per_arm - size:,}."
        for name, size in zip(told.names, sizes, strict=True)
        if size < plan.per_arm
    ]


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
