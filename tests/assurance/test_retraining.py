"""Retraining: the unit is said, equality is said, few cases tell nothing, and in the cooldown a trigger is logged."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from assurance.models import RetrainingRule, RetrainingTrigger
from assurance.services.retraining import end_rule, set_rule
from core import outbox
from core.errors import Problem
from core.models import Notice
from domain.errors import RuleError
from domain.retraining import Direction, Equality, Outcome, Rule, Unit, ask, check
from tests.assurance.watching import back, monitor, performance, refused, send
from tests.cast import AT, TODAY, Cast

DROP = Rule(Direction.DROP, Decimal(3), Unit.POINTS, Equality.AT_LEAST, 100, 30, 91)
ON = date(2026, 11, 24)


def asked(
    rule: Rule,
    value: str,
    *,
    reference: str | None = "0.92",
    sample: int | None = 500,
    last: date | None = None,
) -> Any:
    return ask(
        rule, reference=None if reference is None else Decimal(reference), value=Decimal(value), sample=sample, on=ON,
        last_raised_on=last,
    )  # fmt: skip


def with_(**more: Any) -> Rule:
    said = {name: getattr(DROP, name) for name in DROP.__dataclass_fields__}
    return Rule(**{**said, **more})


def test_three_points_and_three_per_cent_are_different_drops() -> None:
    relative = with_(unit=Unit.RELATIVE)
    assert (asked(DROP, "0.8924").outcome, asked(relative, "0.8924").outcome) == (
        Outcome.QUIET,
        Outcome.RAISED,
    )
    assert asked(DROP, "0.89").outcome is Outcome.RAISED
    assert asked(relative, "0.8924").change == 3


@pytest.mark.parametrize(
    ("value", "at_least", "more_than"),
    [
        ("0.8901", Outcome.QUIET, Outcome.QUIET),
        ("0.89", Outcome.RAISED, Outcome.QUIET),
        ("0.8899", Outcome.RAISED, Outcome.RAISED),
    ],
)
def test_a_change_of_exactly_the_amount_triggers_as_the_rule_says(
    value: str, at_least: Outcome, more_than: Outcome
) -> None:
    assert asked(DROP, value).outcome is at_least
    assert asked(with_(equality=Equality.MORE_THAN), value).outcome is more_than


def test_a_rise_of_ten_per_cent_in_false_positives_is_relative_to_the_reference() -> None:
    rule = with_(direction=Direction.RISE, amount=Decimal(10), unit=Unit.RELATIVE)
    told = [asked(rule, value, reference="0.12").outcome for value in ("0.1319", "0.132", "0.1", "0.22")]
    assert told == [Outcome.QUIET, Outcome.RAISED, Outcome.QUIET, Outcome.RAISED]


def test_an_improvement_never_triggers() -> None:
    assert asked(DROP, "0.99").outcome is Outcome.QUIET


@pytest.mark.parametrize(
    ("sample", "outcome"),
    [(99, Outcome.TOO_FEW), (100, Outcome.RAISED), (101, Outcome.RAISED), (None, Outcome.TOO_FEW)],
)
def test_fewer_cases_than_the_smallest_sample_tell_nothing(sample: int | None, outcome: Outcome) -> None:
    assert asked(DROP, "0.5", sample=sample).outcome is outcome


@pytest.mark.parametrize(
    ("days", "outcome"), [(29, Outcome.IN_COOLDOWN), (30, Outcome.RAISED), (31, Outcome.RAISED)]
)
def test_in_the_cooldown_a_trigger_is_logged_and_on_the_day_it_ends_it_may_be_raised(
    days: int, outcome: Outcome
) -> None:
    found = asked(DROP, "0.5", last=ON - timedelta(days=days))
    assert (found.outcome, found.triggered) == (outcome, True)


def test_without_a_reference_it_cannot_be_told() -> None:
    assert asked(DROP, "0.5", reference=None).outcome is Outcome.UNKNOWN
    assert asked(with_(unit=Unit.RELATIVE), "0.5", reference="0").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"amount": Decimal(0)}, "/amount"), ({"amount": Decimal("NaN")}, "/amount"), ({"minimum_sample": 0}, "/minimum_sample"),
        ({"cooldown_days": -1}, "/cooldown_days"), ({"window_days": 0}, "/window_days"),
    ],
)  # fmt: skip
def test_a_rule_that_could_never_be_asked_is_refused(more: dict[str, Any], pointer: str) -> None:
    with pytest.raises(RuleError) as error:
        check(with_(**more))
    assert error.value.pointer == pointer


def ruled(cast: Cast) -> RetrainingRule:
    return set_rule(monitor_id=performance(cast).pk, rule=DROP, by=cast.actor("mona"), at=AT)


def test_a_reading_raises_a_trigger_and_the_next_in_the_cooldown_is_logged_only(cast: Cast) -> None:
    rule = ruled(cast)
    for days in (40, 33, 11, 10, 0):
        send(cast, rule.monitor, {"value": "0.88", "cases": 400, "observed_on": back(days)})
    told = list(RetrainingTrigger.objects.order_by("pk").values_list("on", "outcome"))
    assert told == [
        (back(40), "raised"), (back(33), "in_cooldown"), (back(11), "in_cooldown"), (back(10), "raised"), (TODAY, "in_cooldown"),
    ]  # fmt: skip
    outbox.drain()
    asked_for = Notice.objects.filter(user=cast.mona, title__startswith="Retraining")
    assert asked_for.count() == 2, "each trigger raised is told once, those logged are not"


def test_a_history_sent_at_once_triggers_as_it_would_have_day_by_day(cast: Cast) -> None:
    rule = ruled(cast)
    send(
        cast,
        rule.monitor,
        *({"value": "0.88", "cases": 400, "observed_on": back(days)} for days in (40, 33, 10)),
    )
    assert list(RetrainingTrigger.objects.order_by("on").values_list("outcome", flat=True)) == [
        "raised",
        "in_cooldown",
        "raised",
    ]
    outbox.drain()
    assert Notice.objects.filter(title__startswith="Retraining").count() == 1


def test_a_rule_that_ended_asks_no_more(cast: Cast) -> None:
    rule = ruled(cast)
    end_rule(pk=rule.pk, because="Retrained monthly now", by=cast.actor("mona"), at=AT)
    send(cast, rule.monitor, {"value": "0.5", "cases": 400})
    assert not RetrainingTrigger.objects.exists()
    with pytest.raises(Problem) as problem:
        end_rule(pk=rule.pk, because="Again", by=cast.actor("mona"), at=AT)
    assert refused(problem)[:2] == (409, "rule_ended")


def test_a_rule_is_set_by_whoever_edits_the_model_on_a_performance_monitor(cast: Cast) -> None:
    row = performance(cast)
    for who, status in (("vera", 403), ("charlie", 404)):
        with pytest.raises(Problem) as problem:
            set_rule(monitor_id=row.pk, rule=DROP, by=cast.actor(who), at=AT)
        assert problem.value.status == status
    drift = monitor(cast)
    with pytest.raises(Problem) as problem:
        set_rule(monitor_id=drift.pk, rule=DROP, by=cast.actor("mona"), at=AT)
    assert refused(problem)[:2] == (409, "no_readings")
    bare = performance(cast, row.model, name="Bare", baseline=None)
    with pytest.raises(Problem) as problem:
        set_rule(monitor_id=bare.pk, rule=DROP, by=cast.actor("mona"), at=AT)
    assert refused(problem) == (400, "required", "/reference")
