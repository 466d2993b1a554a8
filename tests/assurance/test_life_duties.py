"""Incidents with their clocks, attestations, fallback tests, and the orderly end of a model."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assurance import tasks  # noqa: F401  the worker loads it; it hears the news
from assurance.models import Attestation, FallbackTest, Incident, RetirementStep
from assurance.services import changes, duties, incidents
from core import outbox
from core.models import Notice, User
from core.people import deactivate_user
from core.reminders import owed_by, remind
from governance.models import AiModel
from governance.services.evaluate import evaluate_due
from governance.services.inventory import retire_model
from tests.assurance.living import (
    SOON,
    a_round,
    again,
    asked_of,
    back,
    change,
    exception,
    found,
    incident,
    living,
    refused,
    retiring,
    step,
    tried,
    validated,
)
from tests.cast import AT, TODAY, Cast

pytestmark = pytest.mark.django_db
Frozen = Callable[[datetime], None]
ORDER = ("consumers_told", "data_disposal", "access_revoked", "archive")


def codes(model: AiModel) -> list[str]:
    return [cause["code"] for cause in again(model).causes]


def moved(cast: Cast, row: Incident, service: Any, *, hours: int = 0, **more: Any) -> Incident:
    at = AT + timedelta(hours=hours)
    given: dict[str, Any] = {"happened_at": at, "said": "As written", **more}
    done: Incident = service(pk=row.pk, by=cast.actor("mona"), at=at, **given)
    return done


def told(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def test_a_clock_a_finding_and_an_exception_are_owed_and_reminded_until_they_are_met(cast: Cast) -> None:
    model = living(cast)
    row = incident(cast, model, lead=cast.alice)
    looked = validated(cast, model, outcome="fit_with_findings")
    found(cast, looked, owner=cast.alice, due_on=TODAY + timedelta(days=1))
    leave = exception(cast, model, expires_on=TODAY + timedelta(days=1))
    changes.answer_exception(pk=leave.pk, approve=True, because="Yes", by=cast.actor("max"), at=AT)
    last = TODAY + timedelta(days=2)
    owed = [one.title.split(",")[0] for one in owed_by(cast.alice.pk, back(1), last)]
    assert sorted(owed) == ["An exception ends", "Contain it: Wrong payouts", "Mend a critical finding"]
    remind(at=AT)
    assert any("Contain it" in title for title in told(cast.alice))
    moved(cast, row, incidents.contain)
    owed = [one.title for one in owed_by(cast.alice.pk, back(1), last)]
    assert not any("Contain it" in title for title in owed)


def test_the_validator_owes_the_validation_on_its_day(cast: Cast) -> None:
    living(cast, validator=None)
    model = living(cast, "Second", last_validated_on=date(2024, 11, 30))
    AiModel.objects.filter(pk=model.pk).update(validator=cast.rita)
    owed = owed_by(cast.rita.pk, TODAY, TODAY + timedelta(days=7))
    assert [(one.title, one.due_on) for one in owed] == [("Validate Second", date(2026, 11, 30))]


# Attestations


def test_a_round_asks_every_model_the_filters_find_in_a_constant_number_of_statements(cast: Cast) -> None:
    for number in range(3):
        living(cast, f"Model {number}")
    with CaptureQueriesContext(connection) as few:
        assert a_round(cast).asked == 3
    for number in range(30):
        living(cast, f"More {number}")
    living(cast, "Gone", stage="retired")
    living(cast, "Tier 1", risk_tier=1)
    with CaptureQueriesContext(connection) as many:
        assert a_round(cast, tiers=(2,)).asked == 33
    assert len(many) <= len(few) + 2
    assert Attestation.objects.count() == 36


def test_who_may_not_approve_opens_no_round_and_nobody_found_is_said(cast: Cast) -> None:
    living(cast)
    assert refused(lambda: a_round(cast, "mona"))[0] == 403
    assert refused(lambda: a_round(cast, "vera"))[0] == 403
    assert refused(lambda: a_round(cast, unit=cast.cards)) == (400, "nobody")
    assert refused(lambda: a_round(cast, due_on=TODAY)) == (400, "in_the_past")
    assert refused(lambda: a_round(cast, stages=("retired",))) == (400, "invalid_choice")


@pytest.mark.parametrize(("days", "expected"), [(29, []), (30, []), (31, ["attestation_missed"])])
def test_a_round_is_missed_the_day_after_its_last(days: int, expected: list[str], cast: Cast) -> None:
    model = living(cast, last_monitored_on=TODAY + timedelta(days=30), last_heartbeat_on=TODAY + timedelta(days=20),
                   next_review_on=TODAY + timedelta(days=90))  # fmt: skip
    a_round(cast)
    User.objects.filter(pk=cast.mona.pk).update(last_active_on=TODAY + timedelta(days=31))
    evaluate_due(at=AT)
    evaluate_due(at=AT + timedelta(days=days))
    assert [one for one in codes(model) if one == "attestation_missed"] == expected


def test_the_owner_answers_once_and_nobody_for_them(cast: Cast) -> None:
    model = living(cast)
    a_round(cast)
    row = asked_of(model)
    said: dict[str, Any] = {"pk": row.pk, "at": AT}
    assert refused(lambda: duties.answer_attestation(attests=True, by=cast.actor("max"), **said)) == (
        403,
        "not_the_owner",
    )
    assert refused(lambda: duties.answer_attestation(attests=False, by=cast.actor("mona"), **said)) == (
        400,
        "required",
    )
    duties.answer_attestation(attests=True, by=cast.actor("mona"), **said)
    kept = again(model)
    assert (kept.attested_on, kept.attestation_due_on) == (TODAY, None)
    assert refused(lambda: duties.answer_attestation(attests=True, by=cast.actor("mona"), **said)) == (
        409,
        "answered",
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        Attestation.objects.filter(pk=row.pk).update(answer="does_not", note="x")


def test_of_two_rounds_the_earlier_one_stands_until_it_is_answered(cast: Cast) -> None:
    model = living(cast)
    a_round(cast)
    a_round(cast, due_on=TODAY + timedelta(days=5))
    assert again(model).attestation_due_on == TODAY + timedelta(days=5)
    first = Attestation.objects.get(model=model, round__due_on=TODAY + timedelta(days=5))
    duties.answer_attestation(pk=first.pk, attests=True, by=cast.actor("mona"), at=AT)
    assert again(model).attestation_due_on == SOON


def test_an_owner_who_does_not_attest_is_heard_by_who_may_act(cast: Cast, frozen: Frozen) -> None:
    model = living(cast)
    a_round(cast)
    duties.answer_attestation(
        pk=asked_of(model).pk, attests=False, note="The data changed", by=cast.actor("mona"), at=AT
    )
    outbox.drain()
    assert any(title.startswith("Not attested: Triage ranker") for title in told(cast.max))
    assert again(model).attested_on is None


def test_whoever_may_review_hears_of_a_change_and_of_what_an_owner_asks_for(
    cast: Cast, frozen: Frozen
) -> None:
    model = living(cast)
    change(cast, model)
    outbox.drain()
    assert told(cast.rita) == ["A change waits for its review: Triage ranker"]


# Fallback


def test_only_a_fallback_that_worked_counts_as_tested(cast: Cast) -> None:
    model = living(cast, fallback_tested_on=back(500))
    tried(cast, model, result="failed")
    assert again(model).fallback_tested_on == back(500)
    tried(cast, model)
    assert (again(model).fallback_tested_on, codes(model)) == (TODAY, [])
    assert refused(lambda: tried(cast, model, tested_on=SOON)) == (400, "in_the_future")
    assert refused(lambda: tried(cast, model, evidence="")) == (400, "required")
    assert refused(lambda: tried(cast, model, "vera"))[0] == 403
    with pytest.raises(DatabaseError), transaction.atomic():
        FallbackTest.objects.update(result="worked")


# Retirement


def test_a_model_that_was_in_production_is_retired_by_its_whole_checklist(cast: Cast) -> None:
    model = living(cast)
    said: dict[str, Any] = {"pk": model.pk, "because": "Replaced", "by": cast.actor("mona"), "at": AT}
    assert refused(lambda: retire_model(**said)) == (409, "retirement_needed")
    row = retiring(cast, model)
    for code in ORDER[:3]:
        step(cast, row, code)
        assert again(model).stage == "production"
    assert refused(lambda: step(cast, row, ORDER[0])) == (409, "step_done")
    step(cast, row, ORDER[3])
    kept = again(model)
    assert (kept.stage, kept.retired_on, kept.retired_because) == ("retired", TODAY, "Replaced by rules.")
    assert set(kept.retirement_steps) == {"begun", *ORDER}
    assert refused(lambda: step(cast, row, ORDER[3])) == (409, "retirement_ended")


def test_a_model_that_never_served_is_retired_at_once(cast: Cast) -> None:
    model = living(cast, stage="development", in_production_since=None)
    row = retire_model(pk=model.pk, because="Never built", by=cast.actor("mona"), at=AT)
    assert row.stage == "retired"


def test_a_retirement_that_is_called_off_leaves_its_steps_on_record(cast: Cast) -> None:
    model = living(cast)
    row = retiring(cast, model)
    step(cast, row, "archive")
    assert refused(lambda: retiring(cast, model)) == (409, "retirement_open")
    duties.cancel_retirement(pk=row.pk, because="Needed till spring", by=cast.actor("mona"), at=AT)
    assert again(model).retirement_steps == {}
    assert RetirementStep.objects.count() == 1
    assert retiring(cast, model).state == "open"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"evidence": ""}, "required"),
        ({"done_on": SOON}, "in_the_future"),
        ({"code": "party"}, "invalid_choice"),
    ],
)
def test_a_step_needs_its_day_and_its_evidence(more: dict[str, Any], code: str, cast: Cast) -> None:
    row = retiring(cast, living(cast))
    said: dict[str, Any] = {"code": "archive", **more}
    assert refused(lambda: step(cast, row, **said)) == (400, code)
    assert not RetirementStep.objects.exists()


def test_no_model_is_deleted_and_no_number_is_used_again(cast: Cast) -> None:
    first = living(cast)
    with pytest.raises(DatabaseError), transaction.atomic():
        AiModel.objects.filter(pk=first.pk)._raw_delete(using="default")
    with pytest.raises(DatabaseError), transaction.atomic():
        AiModel.objects.filter(pk=first.pk).update(id=first.pk + 1)
    assert living(cast, "Second").pk > first.pk


# The owner


def test_an_owner_whose_account_is_closed_leaves_stale_models_the_same_minute(
    cast: Cast, frozen: Frozen
) -> None:
    model = living(cast)
    evaluate_due(at=AT)
    deactivate_user(pk=cast.mona.pk, by=cast.actor("adam"), at=AT)
    outbox.drain()
    assert (codes(model), again(model).stale_since) == (["owner_deactivated"], TODAY)
