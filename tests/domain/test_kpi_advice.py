"""Advice on KPIs: each fires on its fact, stays silent without it, and unknown gives no advice."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.kpi import Direction
from domain.kpi_advice import (
    Advice,
    Benchmark,
    Comparison,
    Facts,
    Measure,
    advise,
    against_benchmark,
    gain_of,
    is_accuracy,
)

COST = Measure(ref="K-0001", name="Fraud losses", kind="business", objective=True, has_baseline=True)
GUARD = Measure(ref="K-0002", name="Customers turned away", kind="guard")
ACCURACY = Measure(
    ref="K-0003",
    name="Accuracy",
    kind="model_metric",
    metric="accuracy",
    serves="K-0001",
    serves_because="fewer misses",
)
SOUND = Facts(measures=(COST, GUARD, replace(ACCURACY, name="Recall", metric="recall")))


def told(facts: Facts) -> list[tuple[str, str | None]]:
    return [(one.code.value, one.subject) for one in advise(facts).advice]


def only(facts: Facts) -> Advice:
    [advice] = advise(facts).advice
    return advice


def with_measure(measure: Measure, **said: Any) -> Facts:
    return Facts(measures=(COST, GUARD, measure), **said)


def test_sound_kpis_get_no_advice() -> None:
    assert advise(SOUND).advice == ()
    assert advise(Facts(measures=())).advice == ()


# -- accuracy on a rare class --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "warned"),
    [
        ("0.03", True),
        ("0.0999", True),
        ("0.10", False),
        ("0.40", False),
        ("0.97", True),
        ("0.90", False),
        ("0", True),
    ],
)
def test_accuracy_alone_is_warned_of_where_one_class_is_rare(share: str, warned: bool) -> None:
    facts = with_measure(ACCURACY, minority_share=Decimal(share))
    assert told(facts) == ([("accuracy_on_rare_class", "K-0003")] if warned else [])


def test_the_warning_names_its_numbers_and_what_to_take_instead() -> None:
    advice = only(with_measure(ACCURACY, minority_share=Decimal("0.03")))
    assert advice.sentence == (
        "Accuracy is the only model metric, and 3 % of the cases are of the rarer class (threshold 10 %): "
        "a model that never finds one is right in 97 %."
    )
    assert advice.suggestions == ("recall", "precision", "PR-AUC", "cost of errors")


def test_accuracy_beside_another_metric_is_no_matter() -> None:
    recall = replace(ACCURACY, ref="K-0004", name="Recall", metric="recall")
    facts = Facts(measures=(COST, GUARD, ACCURACY, recall), minority_share=Decimal("0.03"))
    assert told(facts) == []
    twice = replace(
        facts, measures=(COST, GUARD, ACCURACY, replace(ACCURACY, ref="K-0004", name="Test accuracy"))
    )
    assert told(twice) == [("accuracy_on_rare_class", "K-0003")]


def test_a_share_nobody_stated_is_unknown_and_gives_no_advice() -> None:
    found = advise(with_measure(ACCURACY))
    assert (found.advice, found.unknown) == ((), ("minority_share",))
    assert advise(SOUND).unknown == ()


@pytest.mark.parametrize("share", ["-0.01", "1.01", "NaN", "3"])
def test_a_share_outside_nought_and_one_is_refused(share: str) -> None:
    with pytest.raises(RuleError) as refused:
        advise(with_measure(ACCURACY, minority_share=Decimal(share)))
    assert (refused.value.code, refused.value.pointer) == ("not_a_share", "/minority_share")


@pytest.mark.parametrize(
    ("name", "metric", "expected"),
    [
        ("Accuracy", "", True),
        ("Validation accuracy (top 1)", "", True),
        ("hold_out-accuracy", "", True),
        ("Whatever", "Accuracy ", True),
        ("Whatever", "acc", True),
        ("Balanced accuracy", "", False),
        ("Accuracy", "recall", False),
        ("Inaccuracy", "", False),
        ("Recall", "", False),
    ],
)
def test_accuracy_is_known_by_its_code_or_its_name(name: str, metric: str, expected: bool) -> None:
    assert is_accuracy(replace(ACCURACY, name=name, metric=metric)) is expected


# -- links, baselines, benchmarks, judges, guards ------------------------------------------------------------------


def test_an_improvement_claimed_without_a_baseline_is_the_gravest_advice() -> None:
    measure = replace(COST, ref="K-0009", claims_improvement=True, has_baseline=False)
    advice = only(with_measure(measure))
    assert (advice.code, advice.subject, advice.severity) == ("improvement_without_baseline", "K-0009", 3)
    assert told(with_measure(replace(measure, has_baseline=True))) == []
    assert told(with_measure(replace(measure, claims_improvement=False))) == []


def test_a_kpi_linked_to_nothing_is_vanity_and_any_one_link_is_enough() -> None:
    bare = Measure(ref="K-0009", name="Clicks", kind="user")
    assert told(with_measure(bare)) == [("vanity_kpi", "K-0009")]
    for link in ("objective", "money", "operation"):
        linked: dict[str, Any] = {link: True}
        assert told(with_measure(replace(bare, **linked))) == []
    for kind in ("guard", "compliance"):
        assert told(with_measure(replace(bare, kind=kind))) == []


def test_a_benchmark_without_a_source_is_named() -> None:
    measure = replace(COST, ref="K-0009", benchmark=Benchmark(Decimal(5), " "))
    assert told(with_measure(measure)) == [("benchmark_without_source", "K-0009")]
    assert told(with_measure(replace(measure, benchmark=Benchmark(Decimal(5), "Annual survey")))) == []


def test_a_judgement_needs_a_named_judge_and_a_scale() -> None:
    measure = replace(COST, ref="K-0009", judged=True)
    assert told(with_measure(measure)) == [("judge_missing", "K-0009"), ("scale_missing", "K-0009")]
    assert told(with_measure(replace(measure, judge=7, scale=("bad",)))) == [("scale_missing", "K-0009")]
    assert told(with_measure(replace(measure, judge=7, scale=("bad", "good")))) == []
    assert told(with_measure(replace(measure, judged=False))) == []


def test_no_guard_kpi_is_told_unless_a_reason_was_recorded() -> None:
    bare = Facts(measures=(COST,))
    assert told(bare) == [("no_guard_kpi", None)]
    assert told(replace(bare, no_guard_because="Nothing else is touched.")) == []
    assert told(replace(bare, no_guard_because="  ")) == [("no_guard_kpi", None)]


@pytest.mark.parametrize("serves", ["", "K-0404", "K-0003"])
def test_a_model_metric_that_serves_no_kpi_is_an_orphan(serves: str) -> None:
    assert told(with_measure(replace(ACCURACY, serves=serves), minority_share=Decimal("0.4"))) == [
        ("orphan_metric", "K-0003")
    ]


def test_a_metric_that_serves_another_metric_is_an_orphan_too_and_one_without_a_reason_is_told() -> None:
    other = replace(ACCURACY, ref="K-0004", serves="K-0003", metric="recall")
    facts = Facts(measures=(COST, GUARD, ACCURACY, other))
    assert told(facts) == [("orphan_metric", "K-0004")]
    silent = replace(ACCURACY, serves_because="", metric="recall")
    assert told(with_measure(silent)) == [("rationale_missing", "K-0003")]


# -- complexity ----------------------------------------------------------------------------------------------------

RMSE = Comparison(metric="RMSE", direction=Direction.LOWER, simple=Decimal(100), candidate=Decimal(96))


@pytest.mark.parametrize(
    ("candidate", "direction", "gain", "marginal"),
    [
        ("96", Direction.LOWER, "0.040000", True),
        ("95.0001", Direction.LOWER, "0.049999", True),
        ("95", Direction.LOWER, "0.050000", False),
        ("50", Direction.LOWER, "0.500000", False),
        ("104", Direction.LOWER, "-0.040000", True),
        ("104", Direction.HIGHER, "0.040000", True),
        ("105", Direction.HIGHER, "0.050000", False),
    ],
)
def test_a_marginal_gain_over_the_simple_model_is_told(
    candidate: str, direction: Direction, gain: str, marginal: bool
) -> None:
    it = replace(RMSE, candidate=Decimal(candidate), direction=direction)
    found = gain_of(it)
    assert (str(found.gain), found.marginal) == (gain, marginal)
    assert told(replace(SOUND, comparison=it)) == ([("marginal_gain", None)] if marginal else [])


def test_the_gain_is_said_with_its_threshold_and_policy_may_set_another() -> None:
    assert only(replace(SOUND, comparison=RMSE)).sentence == (
        "The candidate reaches 96 by RMSE, the simple model 100: a gain of 4 % (threshold 5 %)."
    )
    assert told(replace(SOUND, comparison=RMSE, least_gain=Decimal("0.04"))) == []


def test_a_simple_model_below_nought_is_compared_by_its_size() -> None:
    it = Comparison(metric="margin", direction=Direction.HIGHER, simple=Decimal(-10), candidate=Decimal(-8))
    assert str(gain_of(it).gain) == "0.200000"


def test_the_gain_for_each_unit_of_complexity_is_told_where_both_are_known() -> None:
    both = replace(RMSE, simple_complexity=Decimal(10), candidate_complexity=Decimal(50))
    assert str(gain_of(both).per_complexity) == "0.001000"
    for one in (replace(both, simple_complexity=None), replace(both, candidate_complexity=Decimal(10))):
        assert gain_of(one).per_complexity is None


@pytest.mark.parametrize(
    "fields", [{"simple": None}, {"candidate": None}, {"simple": Decimal(0)}, {"candidate": Decimal("NaN")}]
)
def test_a_gain_that_cannot_be_told_is_unknown_and_no_advice(fields: dict[str, Any]) -> None:
    it = replace(RMSE, **fields)
    assert (gain_of(it).gain, gain_of(it).marginal) == (None, None)
    found = advise(replace(SOUND, comparison=it))
    assert (found.advice, found.unknown) == ((), ("gain",))


# -- benchmarks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "direction", "said"),
    [
        ("4", Direction.LOWER, "is 1 % more ambitious than"),
        ("6", Direction.LOWER, "is 1 % less ambitious than"),
        ("6", Direction.HIGHER, "is 1 % more ambitious than"),
        ("5.0", Direction.HIGHER, "is equal to"),
    ],
)
def test_a_target_is_shown_beside_its_benchmark(target: str, direction: Direction, said: str) -> None:
    survey = Benchmark(Decimal(5), "Annual survey", date(2025, 12, 1))
    sentence = against_benchmark(Decimal(target), survey, direction, "%")
    assert said in sentence
    assert sentence.endswith("the benchmark of 5 % (Annual survey, 1 Dec 2025).")
    assert "undated" in against_benchmark(Decimal(target), replace(survey, on=None), direction)


def test_a_benchmark_without_a_source_is_refused_in_a_comparison() -> None:
    with pytest.raises(RuleError) as refused:
        against_benchmark(Decimal(4), Benchmark(Decimal(5)), Direction.LOWER)
    assert (refused.value.code, refused.value.pointer) == ("source_missing", "/benchmark/source")


_measures = st.builds(
    Measure,
    ref=st.sampled_from(["K-0001", "K-0002", "K-0003"]),
    name=st.sampled_from(["Accuracy", "Cost"]),
    kind=st.sampled_from(["business", "model_metric", "guard"]),
    serves=st.sampled_from(["", "K-0001"]),
    objective=st.booleans(),
    judged=st.booleans(),
    claims_improvement=st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_measures, max_size=5), st.one_of(st.none(), st.decimals(0, 1, places=2)))
def test_every_advice_says_its_reason_and_its_remedy(measures: list[Measure], share: Decimal | None) -> None:
    for one in advise(Facts(measures=tuple(measures), minority_share=share)).advice:
        assert one.sentence.endswith(".")
        assert one.clears_when.endswith(".")
        assert one.severity in {1, 2, 3}
        assert one.subject is None or one.subject in {measure.ref for measure in measures}
