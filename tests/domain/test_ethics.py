"""Ethics reviews: which tier needs one, until when one is in date, and what stands in the way of a launch."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.deployment_gate import Approval, DeploymentFacts, Reason, may_deploy
from domain.errors import RuleError
from domain.ethics import EthicsFacts, Standing, in_date_until, judge_ethics
from domain.model_roles import VersionRole
from domain.staleness import DEFAULT, Policy

MONTHS = DEFAULT.ethics_months
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


def standing(on: date = TODAY, **facts: Any) -> str:
    return judge_ethics(EthicsFacts(**{"tier": 1, **facts}), MONTHS, on).standing.value


@pytest.mark.parametrize(("tier", "asked"), [(1, "never"), (2, "never"), (3, "not_needed"), (None, "never")])
def test_a_review_is_needed_by_the_tier_and_by_an_unknown_one(tier: int | None, asked: str) -> None:
    assert standing(tier=tier) == asked


@pytest.mark.parametrize(("tier", "passed_on"), [(1, date(2025, 11, 24)), (2, date(2024, 11, 24))])
def test_a_review_is_in_date_through_its_last_day(tier: int, passed_on: date) -> None:
    assert standing(TODAY - DAY, tier=tier, passed_on=passed_on) == "in_date"
    assert standing(TODAY, tier=tier, passed_on=passed_on) == "in_date"
    assert standing(TODAY + DAY, tier=tier, passed_on=passed_on) == "overdue"


def test_the_day_its_reviewer_set_counts_where_it_is_earlier_and_a_later_one_does_not() -> None:
    early = EthicsFacts(1, date(2026, 10, 1), date(2027, 1, 1))
    late = EthicsFacts(1, date(2026, 10, 1), date(2099, 1, 1))
    assert in_date_until(early, MONTHS) == date(2027, 1, 1)
    assert in_date_until(late, MONTHS) == date(2027, 10, 1)
    assert in_date_until(EthicsFacts(3, date(2026, 10, 1)), MONTHS) is None


def test_one_that_did_not_pass_counts_whatever_passed_before_and_for_every_tier() -> None:
    for tier in (1, 2, 3, None):
        answer = judge_ethics(EthicsFacts(tier, TODAY, None, TODAY), MONTHS, TODAY)
        assert (answer.standing, answer.stands_in_the_way) == (Standing.REFUSED, True)


def test_a_tier_that_needs_none_is_not_held_up_by_an_old_one() -> None:
    answer = judge_ethics(EthicsFacts(3, date(2020, 1, 1), date(2021, 1, 1)), MONTHS, TODAY)
    assert (answer.standing, answer.stands_in_the_way) == (Standing.OVERDUE, False)


def gate(environment: str = "production", tier: int | None = 1, **facts: Any) -> tuple[list[Reason], int]:
    ethics = judge_ethics(EthicsFacts(tier, **facts), MONTHS, TODAY)
    answer = may_deploy(
        DeploymentFacts(
            environment, "3", VersionRole.CHAMPION, open_critical=0, approvals=[Approval("AI-1", True)], ethics=ethics
        )
    )  # fmt: skip
    return [one.reason for one in answer.reasons], len(answer.unknown)


def test_production_is_refused_a_high_tier_without_a_passed_review_in_date() -> None:
    assert gate() == ([Reason.ETHICS], 0)
    assert gate(passed_on=date(2025, 11, 23)) == ([Reason.ETHICS], 0)
    assert gate(passed_on=date(2025, 11, 24)) == ([], 0)
    assert gate(passed_on=TODAY, refused_on=TODAY) == ([Reason.ETHICS], 0)


def test_a_low_tier_and_another_environment_are_not_asked_and_an_unknown_tier_is_told() -> None:
    assert gate(tier=3) == ([], 0)
    assert gate("staging") == ([], 0)
    assert gate(tier=None) == ([], 1)


def test_the_cadence_is_policy_and_null_is_no_review_at_all() -> None:
    policy = Policy.from_json({"ethics_months": {"1": 6, "2": None, "3": 48}})
    assert dict(policy.ethics_months) == {1: 6, 2: None, 3: 48}
    assert Policy.from_json(policy.to_json()) == policy


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({"1": 12, "2": 24}, "/ethics_months/3"), ({"1": 0, "2": 1, "3": None}, "/ethics_months/1"),
        ({"1": 1, "2": "12", "3": None}, "/ethics_months/2"), ({"1": 1, "2": 1, "3": 5000}, "/ethics_months/3"),
    ],
)  # fmt: skip
def test_a_cadence_that_cannot_be_meant_is_refused(row: dict[str, Any], pointer: str) -> None:
    with pytest.raises(RuleError) as caught:
        Policy.from_json({"ethics_months": row})
    assert caught.value.pointer == pointer
