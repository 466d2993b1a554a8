"""Nobody decides on their own work, and each decision is the body's it belongs to: refused by the service, and by the database."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, transaction

from core.errors import Problem
from core.models import User
from core.refusals import keep
from domain.stage_words import Body
from governance.models import Decision, GateConflict, GateSubmission
from governance.services.submit import withdraw_submission
from portfolio.models import InitiativeMember
from tests.cast import AT, Cast
from tests.governance.asking import decided, idea, manager, motion, submitted

pytestmark = pytest.mark.django_db


def refused(code: str, status: int, *args: Any, **named: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        decided(*args, **named)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert not Decision.objects.exists()
    return caught.value


@pytest.mark.parametrize("name", ["alice", "edith", "bob", "mona", "vera", "ursula"])
def test_self_approval_is_refused_whoever_is_near(cast: Cast, name: str) -> None:
    row = idea(cast)
    InitiativeMember.objects.create(initiative=row, user=cast.bob, added_at=AT)
    User.objects.filter(pk=cast.alice.pk).update(manager=cast.mona)
    GateConflict.objects.create(initiative=row, user=cast.vera, because="former", found_at=AT)
    by = manager(cast, name)
    asked = submitted(row, cast, by=manager(cast, "ursula"))
    problem = refused("four_eyes", 403, row, motion(row), by, submission=asked)
    keep(problem)
    assert problem.event is None


@pytest.mark.parametrize("name", ["alice", "edith"])
def test_self_approval_is_refused_by_the_database_with_the_check_switched_off(cast: Cast, name: str) -> None:
    row = idea(cast)
    asked = submitted(row, cast)
    off = patch("governance.services.decide.require_unconflicted", lambda *_, **__: None)
    with off, pytest.raises(DatabaseError, match="in conflict"), transaction.atomic():
        decided(row, motion(row), manager(cast, name), submission=asked)
    assert not Decision.objects.exists()


def test_only_who_may_decide_gates_decides(cast: Cast) -> None:
    row = idea(cast)
    refused("forbidden", 403, row, motion(row, "hold", until="2027-01-10"), cast.actor("audrey"))
    refused("not_found", 404, row, motion(row, "hold", until="2027-01-10"), cast.actor("charlie"))


def test_g1_is_the_managers_whatever_the_tier_and_not_the_councils(cast: Cast) -> None:
    row = idea(cast, tier=1)
    asked = submitted(row, cast)
    refused("wrong_body", 409, row, motion(row), manager(cast), submission=asked, body=Body.COUNCIL)
    decided(row, motion(row), manager(cast), submission=asked)


def test_tier_one_is_the_councils_from_g2_on(cast: Cast) -> None:
    row = idea(cast, tier=1, stage="framing")
    asked = submitted(row, cast)
    assert asked.body == Body.COUNCIL
    refused("wrong_body", 409, row, motion(row), manager(cast), submission=asked)


def test_tier_two_needs_a_named_specialist_who_is_somebody_else_and_not_in_conflict(cast: Cast) -> None:
    row = idea(cast, tier=2, stage="framing")
    asked = submitted(row, cast)
    with_one = Body.PORTFOLIO_MANAGER_WITH_SPECIALIST
    refused("wrong_body", 409, row, motion(row), manager(cast), submission=asked)
    refused("specialist_missing", 400, row, motion(row), manager(cast), submission=asked, body=with_one)
    refused(
        "invalid", 400, row, motion(row), manager(cast), submission=asked, body=with_one, specialist=cast.max
    )
    refused(
        "four_eyes",
        403,
        row,
        motion(row),
        manager(cast),
        submission=asked,
        body=with_one,
        specialist=cast.edith,
    )
    made = decided(row, motion(row), manager(cast), submission=asked, body=with_one, specialist=cast.audrey)
    assert made.body == with_one


def test_an_approval_answers_a_submission(cast: Cast) -> None:
    row = idea(cast)
    refused("submission_missing", 409, row, motion(row), manager(cast))


def test_a_withdrawn_submission_is_not_decided_on(cast: Cast) -> None:
    row = idea(cast)
    asked = submitted(row, cast)
    withdraw_submission(pk=asked.pk, because="Too early.", by=cast.actor("alice"), at=AT)
    refused("not_open", 409, row, motion(row), manager(cast), submission=asked)


def test_a_second_decision_on_one_submission_is_refused(cast: Cast) -> None:
    row = idea(cast)
    asked = submitted(row, cast)
    decided(row, motion(row, "hold", until="2027-01-10"), manager(cast), submission=asked)
    with pytest.raises(Problem, match="not_open"):
        decided(row, motion(row), manager(cast), submission=asked)


def test_asking_again_supersedes_what_is_open(cast: Cast) -> None:
    row = idea(cast)
    first, second = submitted(row, cast), submitted(row, cast, at=AT + timedelta(hours=1))
    first.refresh_from_db()
    assert (first.state, second.state, second.supersedes_id, second.number) == (
        "superseded",
        "open",
        first.pk,
        2,
    )
    assert GateSubmission.objects.filter(state="open").count() == 1
