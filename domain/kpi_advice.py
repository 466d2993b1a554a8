"""Advice on a set of KPIs: choices that are allowed and often regretted. Nothing here stops anybody.

Each advice names the KPI it is about, says why with its numbers, and what would clear it. A fact nobody recorded gives
no advice and is listed as unknown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from re import findall
from typing import Final

from domain.errors import RuleError
from domain.kpi_codes import Direction
from domain.kpi_contract import Kind
from domain.kpi_figures import EXACT, ratio
from domain.kpi_words import amount, day, points
from domain.phrases import listed

RARE_BELOW: Final = Decimal("0.10")
"""Of a class rarer than this, accuracy says little: always answering "no" is right nine times in ten."""

LEAST_GAIN: Final = Decimal("0.05")
"""The share by which a candidate must beat the simple model to be worth its complexity; policy may say otherwise."""

INSTEAD_OF_ACCURACY: Final = ("recall", "precision", "PR-AUC", "cost of errors")


class Code(StrEnum):
    ACCURACY_ON_RARE_CLASS = "accuracy_on_rare_class"
    IMPROVEMENT_WITHOUT_BASELINE = "improvement_without_baseline"
    VANITY_KPI = "vanity_kpi"
    BENCHMARK_WITHOUT_SOURCE = "benchmark_without_source"
    MARGINAL_GAIN = "marginal_gain"
    JUDGE_MISSING = "judge_missing"
    SCALE_MISSING = "scale_missing"
    NO_GUARD_KPI = "no_guard_kpi"
    ORPHAN_METRIC = "orphan_metric"
    RATIONALE_MISSING = "rationale_missing"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What others or earlier years reach, where that is from, and of which day; None or blank = never recorded."""

    value: Decimal
    source: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One active KPI or model metric, as far as advice is concerned.

    metric: the code of a known model metric ("accuracy"), "" where only the name says it. serves: the reference of the
    KPI a model metric stands for. objective, money, operation: whether it is linked to a strategic objective, to an
    amount of money, to a figure of daily work. claims_improvement: somebody claims that it got better.
    """

    ref: str
    name: str
    kind: str
    metric: str = ""
    serves: str = ""
    serves_because: str = ""
    objective: bool = False
    money: bool = False
    operation: bool = False
    has_baseline: bool = False
    claims_improvement: bool = False
    benchmark: Benchmark | None = None
    judged: bool = False
    judge: int | None = None
    scale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A candidate against the simple baseline model, by one metric. Complexities are in any one unit, 0 or more.

    complexity: of the simple model and of the candidate, such as the number of parameters; None = never recorded.
    """

    metric: str
    direction: Direction
    simple: Decimal | None
    candidate: Decimal | None
    simple_complexity: Decimal | None = None
    candidate_complexity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The measures of one initiative and what was said about them.

    minority_share: the share of the rarer class among the cases, 0 to 1 (0.97 means the other one is rare), None =
    never stated. no_guard_because: the recorded reason for having no guard KPI.
    """

    measures: tuple[Measure, ...]
    minority_share: Decimal | None = None
    no_guard_because: str = ""
    comparison: Comparison | None = None
    least_gain: Decimal = LEAST_GAIN


@dataclass(frozen=True, slots=True)
class Advice:
    """`subject` is the reference of the KPI, None where it is about all of them. severity: 1 to 3."""

    code: Code
    severity: int
    subject: str | None
    sentence: str
    clears_when: str
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advised:
    """The advice in the order of `Code`, and the facts without which an advice could not be judged. Stands for ever."""

    advice: tuple[Advice, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gain:
    """gain: the share by which the candidate is better (0.05 = 5 %), 6 places; negative = worse, None = unknown.

    per_complexity: the gain for each unit of complexity added; None where unknown or none was added. marginal: whether
    the gain lies below the limit, None = unknown.
    """

    gain: Decimal | None
    per_complexity: Decimal | None
    marginal: bool | None
    sentence: str


def advise(facts: Facts) -> Advised:
    """All advice on these facts. RuleError `not_a_share` for a minority share outside 0 to 1."""
    share = facts.minority_share
    if share is not None and not (share.is_finite() and 0 <= share <= 1):
        raise RuleError(
            "not_a_share", "Give the share of the rarer class between 0 and 1.", "/minority_share"
        )
    found = [advice for rule in _RULES for advice in rule(facts)]
    unknown = []
    if share is None and _only_accuracy(facts):
        unknown.append("minority_share")
    if facts.comparison is not None and gain_of(facts.comparison, facts.least_gain).gain is None:
        unknown.append("gain")
    return Advised(tuple(found), tuple(unknown))


def gain_of(it: Comparison, least_gain: Decimal = LEAST_GAIN) -> Gain:
    """What the candidate gains over the simple model, relative to the simple one; a gain of just the limit is enough."""
    if it.simple is None or it.candidate is None or not (it.simple.is_finite() and it.candidate.is_finite()):
        sentence = (
            f"Simple model and candidate were not both measured, so the gain by {it.metric} is unknown."
        )
        return Gain(None, None, None, sentence)
    if not it.simple:
        return Gain(
            None, None, None, f"The simple model scores 0, so the gain by {it.metric} is no share of it."
        )
    better = 1 if it.direction is Direction.HIGHER else -1
    gain = ratio(EXACT.multiply(EXACT.subtract(it.candidate, it.simple), Decimal(better)), abs(it.simple))
    marginal = gain < least_gain
    sentence = (
        f"The candidate reaches {amount(it.candidate)} by {it.metric}, the simple model {amount(it.simple)}: "
        f"a gain of {points(gain)} % (threshold {points(least_gain)} %)."
    )
    return Gain(gain, _per_complexity(it, gain), marginal, sentence)


def _per_complexity(it: Comparison, gain: Decimal) -> Decimal | None:
    if it.simple_complexity is None or it.candidate_complexity is None:
        return None
    added = EXACT.subtract(it.candidate_complexity, it.simple_complexity)
    return ratio(gain, added) if added > 0 else None


def against_benchmark(target: Decimal, benchmark: Benchmark, direction: Direction, unit: str = "") -> str:
    """The target beside the benchmark, in a sentence. RuleError `source_missing` without a source."""
    if not benchmark.source.strip():
        raise RuleError("source_missing", "Say where the benchmark is from.", "/benchmark/source")
    apart = EXACT.subtract(target, benchmark.value)
    if not apart:
        how = "equal to"
    else:
        ambitious = (apart > 0) is (direction is Direction.HIGHER)
        how = f"{amount(abs(apart), unit)} {'more' if ambitious else 'less'} ambitious than"
    of = f", {day(benchmark.on)}" if benchmark.on is not None else ", undated"
    return (
        f"The target of {amount(target, unit)} is {how} the benchmark of {amount(benchmark.value, unit)} "
        f"({benchmark.source.strip()}{of})."
    )


def is_accuracy(measure: Measure) -> bool:
    """Plain accuracy by its code or, without a code, by its name; balanced accuracy is another metric."""
    if measure.metric.strip():
        return measure.metric.strip().casefold() in {"accuracy", "acc"}
    words = findall("[a-z]+", measure.name.casefold())
    return "accuracy" in words and "balanced" not in words


def _metrics(facts: Facts) -> list[Measure]:
    return [measure for measure in facts.measures if measure.kind == Kind.MODEL_METRIC]


def _only_accuracy(facts: Facts) -> bool:
    metrics = _metrics(facts)
    return bool(metrics) and all(is_accuracy(metric) for metric in metrics)


def _accuracy(facts: Facts) -> Iterator[Advice]:
    if facts.minority_share is None or not _only_accuracy(facts):
        return
    rare = min(facts.minority_share, 1 - facts.minority_share)
    if rare < RARE_BELOW:
        sentence = (
            f"Accuracy is the only model metric, and {amount(rare * 100)} % of the cases are of the rarer class "
            f"(threshold {points(RARE_BELOW)} %): a model that never finds one is right in {amount(100 - rare * 100)} %."
        )
        clears = f"A second model metric, such as {listed(INSTEAD_OF_ACCURACY)}."
        yield Advice(
            Code.ACCURACY_ON_RARE_CLASS, 2, _metrics(facts)[0].ref, sentence, clears, INSTEAD_OF_ACCURACY
        )


def _baseline(facts: Facts) -> Iterator[Advice]:
    for one in facts.measures:
        if one.claims_improvement and not one.has_baseline:
            yield Advice(
                Code.IMPROVEMENT_WITHOUT_BASELINE, 3, one.ref,
                f"{one.name} is said to have improved, and no baseline is recorded to compare with.",
                "A baseline with its value, day and source, or the claim is taken back.",
            )  # fmt: skip


def _vanity(facts: Facts) -> Iterator[Advice]:
    """Metrics are led to a KPI, guards and compliance protect: neither has to earn anything."""
    for one in facts.measures:
        spared = one.kind in {Kind.MODEL_METRIC, Kind.GUARD, Kind.COMPLIANCE}
        if not spared and not (one.objective or one.money or one.operation):
            yield Advice(
                Code.VANITY_KPI, 2, one.ref,
                f"{one.name} is linked to no objective, no amount of money and no figure of daily work.",
                "A link to a strategic objective, to money or to an operational figure.",
            )  # fmt: skip


def _benchmark(facts: Facts) -> Iterator[Advice]:
    for one in facts.measures:
        if one.benchmark is not None and not one.benchmark.source.strip():
            yield Advice(
                Code.BENCHMARK_WITHOUT_SOURCE, 1, one.ref,
                f"{one.name} is compared with a benchmark of {amount(one.benchmark.value)} that names no source.",
                "The source of the benchmark, or no benchmark.",
            )  # fmt: skip


def _complexity(facts: Facts) -> Iterator[Advice]:
    if facts.comparison is None:
        return
    gain = gain_of(facts.comparison, facts.least_gain)
    if gain.marginal:
        yield Advice(
            Code.MARGINAL_GAIN, 2, None, gain.sentence,
            f"A gain of at least {points(facts.least_gain)} %, or the simple model, which is easier to explain.",
        )  # fmt: skip


def _judge(facts: Facts) -> Iterator[Advice]:
    for one in facts.measures:
        if one.judged and one.judge is None:
            yield Advice(
                Code.JUDGE_MISSING, 3, one.ref,
                f"{one.name} is a judgement, and nobody is named who makes it.",
                "A named person who judges.",
            )  # fmt: skip
        if one.judged and len(one.scale) < 2:
            yield Advice(
                Code.SCALE_MISSING, 2, one.ref,
                f"{one.name} is a judgement without a rating scale.",
                "A scale of at least two levels, worst first.",
            )  # fmt: skip


def _guard(facts: Facts) -> Iterator[Advice]:
    if any(one.kind == Kind.GUARD for one in facts.measures) or facts.no_guard_because.strip():
        return
    if facts.measures:
        yield Advice(
            Code.NO_GUARD_KPI, 2, None,
            f"None of the {len(facts.measures)} KPIs guards against a side effect."
            if len(facts.measures) > 1
            else "The only KPI does not guard against a side effect.",
            "A guard KPI, or a recorded reason for none.",
        )  # fmt: skip


def _orphan(facts: Facts) -> Iterator[Advice]:
    business = {one.ref for one in facts.measures if one.kind != Kind.MODEL_METRIC}
    for one in _metrics(facts):
        if one.serves not in business:
            said = f"names {one.serves}, which is no KPI here" if one.serves else "serves no KPI"
            yield Advice(
                Code.ORPHAN_METRIC, 2, one.ref,
                f"The model metric {one.name} {said}.", "A link to the KPI it stands for, with the reason.",
            )  # fmt: skip
        elif not one.serves_because.strip():
            yield Advice(
                Code.RATIONALE_MISSING, 1, one.ref,
                f"The model metric {one.name} serves {one.serves}, and nobody wrote down why.",
                "A sentence that says why a better metric means a better KPI.",
            )  # fmt: skip


_RULES: Final[tuple[Callable[[Facts], Iterator[Advice]], ...]] = (
    _accuracy,
    _baseline,
    _vanity,
    _benchmark,
    _complexity,
    _judge,
    _guard,
    _orphan,
)
