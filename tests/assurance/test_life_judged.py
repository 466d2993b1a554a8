"""What is judged of a model: its tier, validations and findings, changes, exceptions. By somebody apart, and it stands."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from assurance import tasks  # noqa: F401  the worker loads it; it puts the step into the sweep
from assurance.models import ChangeRequest, ModelException, ModelFinding, RiskAssessment, Validation
from assurance.services import changes, validations
from core.models import AuditEvent, Policy, User
from governance.models import AiModel
from governance.tasks import sweep
from portfolio.models import Flag
from tests.assurance.living import (
    SOON,
    again,
    assessed,
    back,
    change,
    exception,
    found,
    living,
    refused,
    validated,
)
from tests.cast import AT, TODAY, Cast

pytestmark = pytest.mark.django_db


def codes(model: AiModel) -> list[str]:
    return [cause["code"] for cause in again(model).causes]


# Risk tier


def test_the_matrix_gives_the_tier_at_once_and_the_history_is_kept(cast: Cast) -> None:
    model = living(cast)
    assert assessed(cast, model).tier == again(model).risk_tier == 1
    assert assessed(cast, model, materiality="low", complexity="low").tier == again(model).risk_tier == 3
    history = RiskAssessment.objects.filter(model=model).order_by("pk")
    assert [row.computed for row in history] == [1, 3]


def test_the_matrix_is_the_policy_in_force(cast: Cast) -> None:
    model = living(cast)
    every = {one: {"high": 3, "medium": 3, "low": 3} for one in ("high", "medium", "low")}
    Policy.objects.create(
        kind="model_risk_tier", number=4, effective_on=back(1), data={"matrix": every}, recorded_at=AT
    )
    row = assessed(cast, model)
    assert (row.computed, row.policy_number) == (3, 4)


def test_an_override_waits_for_somebody_else_and_the_matrix_counts_until_then(cast: Cast) -> None:
    model = living(cast)
    row = assessed(cast, model, override=3, reasoning="Only drafts are written")
    assert (row.state, again(model).risk_tier) == ("proposed", 1)
    said: dict[str, Any] = {"pk": row.pk, "approve": True, "because": "Agreed", "at": AT}
    assert refused(lambda: changes.answer_override(by=cast.actor("mona"), **said))[0] == 403
    assert refused(lambda: changes.answer_override(by=cast.actor("rita"), **said))[0] == 403
    changes.answer_override(by=cast.actor("max"), **said)
    assert again(model).risk_tier == 3
    assert refused(lambda: changes.answer_override(by=cast.actor("max"), **said)) == (409, "decided")


def test_who_asked_for_an_override_does_not_approve_it(cast: Cast) -> None:
    model = living(cast)
    row = assessed(cast, model, "max", override=3, reasoning="Only drafts")
    said: dict[str, Any] = {"pk": row.pk, "approve": True, "because": "Mine", "at": AT}
    assert refused(lambda: changes.answer_override(by=cast.actor("max"), **said)) == (403, "four_eyes")
    mine = living(cast, "Second", owner=cast.max)
    other = assessed(cast, mine, "max", override=2, reasoning="x")
    said["pk"] = other.pk
    assert refused(lambda: changes.answer_override(by=cast.actor("max"), **said)) == (403, "four_eyes")


def test_an_override_needs_its_reason_and_one_waits_at_a_time(cast: Cast) -> None:
    model = living(cast)
    assert refused(lambda: assessed(cast, model, override=3)) == (400, "required")
    assert refused(lambda: assessed(cast, model, materiality="huge"))[0] == 400
    assessed(cast, model, override=3, reasoning="Drafts")
    assert refused(lambda: assessed(cast, model)) == (409, "override_waits")
    assert refused(lambda: assessed(cast, model, "vera"))[0] == 403
    assert refused(lambda: assessed(cast, model, "charlie"))[0] == 404


# Validations, tests, findings


def test_a_validation_makes_the_model_validated_and_one_that_ends_unfit_does_not(cast: Cast) -> None:
    model = living(cast, last_validated_on=back(900))
    validated(cast, model, outcome="not_fit")
    assert again(model).last_validated_on == back(900)
    validated(cast, model)
    row = again(model)
    assert (row.last_validated_on, row.status) == (TODAY, "current")


def test_a_record_wins_over_a_day_typed_by_hand(cast: Cast) -> None:
    model = living(cast, last_validated_on=back(1))
    validated(cast, model, started_on=back(40), finished_on=back(30))
    assert again(model).last_validated_on == back(30)


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 403), ("max", 403), ("vera", 403), ("charlie", 404), ("nobody", 404)]
)
def test_who_may_not_review_validates_nothing(who: str, status: int, cast: Cast) -> None:
    model = living(cast)
    assert refused(lambda: validated(cast, model, who))[0] == status
    assert not Validation.objects.exists()


def test_the_validator_is_neither_owner_nor_developer_in_the_service_and_in_the_database(cast: Cast) -> None:
    owned, built = living(cast), living(cast, "Second", developer=" RITA ")
    AiModel.objects.filter(pk=owned.pk).update(owner=cast.rita)
    for model in (owned, built):
        assert refused(partial(validated, cast, model)) == (403, "four_eyes")
        with pytest.raises(DatabaseError), transaction.atomic():
            Validation.objects.create(
                model=model, kind="validation", scope="x", started_on=TODAY, recorded_by=cast.rita, recorded_at=AT
            )  # fmt: skip


def test_nothing_looked_at_is_unknown_and_open_critical_findings_are_counted(cast: Cast) -> None:
    model = living(cast)
    assert again(model).open_critical is None
    looked = validated(cast, model, kind="red_team", outcome="fit_with_findings")
    assert again(model).open_critical == 0
    one, _ = found(cast, looked), found(cast, looked, severity="high")
    assert again(model).open_critical == 1
    validations.close_finding(pk=one.pk, evidence="Retested: no name leaks", by=cast.actor("rita"), at=AT)
    assert again(model).open_critical == 0


def test_a_test_of_security_makes_no_model_validated(cast: Cast) -> None:
    model = living(cast, last_validated_on=None)
    for kind in ("threat_assessment", "red_team", "leakage_test"):
        validated(cast, model, kind=kind)
    assert again(model).last_validated_on is None


def test_a_finding_is_closed_with_evidence_and_not_by_who_mends_it(cast: Cast) -> None:
    model = living(cast)
    looked = validated(cast, model, outcome="fit_with_findings")
    own = found(cast, looked, owner=cast.rita)
    said: dict[str, Any] = {"pk": own.pk, "at": AT, "by": cast.actor("rita")}
    assert refused(lambda: validations.close_finding(evidence=" ", **said)) == (400, "required")
    assert refused(lambda: validations.close_finding(evidence="Done", **said)) == (403, "four_eyes")
    with pytest.raises(DatabaseError), transaction.atomic():
        ModelFinding.objects.filter(pk=own.pk).update(closed_on=TODAY, closed_by=cast.rita, evidence="Mine")
    other = found(cast, looked)
    said["pk"] = other.pk
    validations.close_finding(evidence="Done", **said)
    assert refused(lambda: validations.close_finding(evidence="Again", **said)) == (409, "closed")


def test_a_validation_with_an_open_finding_does_not_end_simply_fit(cast: Cast) -> None:
    model = living(cast)
    row = validated(cast, model, finished_on=None, outcome="")
    assert again(model).open_critical is None
    one = found(cast, row)
    assert again(model).open_critical == 1
    said: dict[str, Any] = {"pk": row.pk, "finished_on": TODAY, "by": cast.actor("rita"), "at": AT}
    assert refused(lambda: validations.finish_validation(outcome="fit", **said)) == (409, "findings_open")
    validations.close_finding(pk=one.pk, evidence="Mended", by=cast.actor("rita"), at=AT)
    assert validations.finish_validation(outcome="fit", **said).outcome == "fit"
    assert refused(lambda: validations.finish_validation(outcome="fit", **said)) == (409, "finished")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "party"}, "invalid_choice"), ({"scope": " "}, "required"), ({"started_on": SOON}, "in_the_future"),
        ({"outcome": "great"}, "invalid_choice"), ({"finished_on": None}, "required"), ({"finished_on": SOON}, "in_the_future"),
        ({"started_on": TODAY, "finished_on": back(1)}, "too_early"),
    ],
)  # fmt: skip
def test_a_validation_that_cannot_be_is_refused_whole(change: dict[str, Any], code: str, cast: Cast) -> None:
    model = living(cast)
    assert refused(lambda: validated(cast, model, **change)) == (400, code)
    assert not Validation.objects.exists()
    assert again(model).version == 1


# Changes


def test_a_material_change_that_is_accepted_makes_a_validation_due_the_same_moment(cast: Cast) -> None:
    model = living(cast)
    row = change(cast, model)
    assert codes(model) == []
    changes.review_change(pk=row.pk, accept=True, because="Sound", by=cast.actor("rita"), at=AT)
    assert (codes(model), again(model).validation_needed_since) == (["validation_overdue"], TODAY)
    validated(cast, model, started_on=back(1), finished_on=TODAY)
    assert codes(model) == ["validation_overdue"], "a validation begun before the change did not look at it"
    validated(cast, model, started_on=TODAY)
    assert (codes(model), again(model).validation_needed_since) == ([], None)


@pytest.mark.parametrize(("materiality", "accept"), [("minor", True), ("material", False)])
def test_a_minor_or_rejected_change_asks_for_no_validation(
    materiality: str, accept: bool, cast: Cast
) -> None:
    model = living(cast)
    row = change(cast, model, materiality=materiality)
    changes.review_change(pk=row.pk, accept=accept, because="Seen", by=cast.actor("rita"), at=AT)
    assert codes(model) == []


def test_nobody_reviews_their_own_change_in_the_service_and_in_the_database(cast: Cast) -> None:
    model = living(cast)
    AiModel.objects.filter(pk=model.pk).update(owner=cast.rita)
    row = change(cast, model, "max")
    said: dict[str, Any] = {"pk": row.pk, "accept": True, "because": "Fine", "at": AT}
    assert refused(lambda: changes.review_change(by=cast.actor("rita"), **said)) == (403, "four_eyes")
    assert refused(lambda: changes.review_change(by=cast.actor("max"), **said))[0] == 403
    for who in (cast.max, cast.rita):
        with pytest.raises(DatabaseError), transaction.atomic():
            ChangeRequest.objects.filter(pk=row.pk).update(
                state="accepted", decided_by=who, decided_at=AT, because="x"
            )


def test_a_decided_change_is_decided(cast: Cast) -> None:
    model = living(cast)
    row = change(cast, model)
    withdraw: dict[str, Any] = {"pk": row.pk, "because": "No need", "at": AT}
    assert refused(lambda: changes.withdraw_change(by=cast.actor("max"), **withdraw)) == (
        403,
        "not_the_author",
    )
    assert changes.withdraw_change(by=cast.actor("mona"), **withdraw).state == "withdrawn"
    review: dict[str, Any] = {
        "pk": row.pk,
        "accept": True,
        "because": "x",
        "by": cast.actor("rita"),
        "at": AT,
    }
    assert refused(lambda: changes.review_change(**review)) == (409, "decided")


# Exceptions


def test_an_exception_is_approved_by_another_and_expires_the_day_after_its_last(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = living(cast)
    row = exception(cast, model)
    said: dict[str, Any] = {"pk": row.pk, "approve": True, "because": "Until she is back", "at": AT}
    assert refused(lambda: changes.answer_exception(by=cast.actor("mona"), **said))[0] == 403
    changes.answer_exception(by=cast.actor("max"), **said)

    def state(days: int) -> tuple[str, int]:
        changes.expire_due(at=AT + timedelta(days=days))
        flags = Flag.objects.filter(
            subject_type="model", subject_id=model.pk, cleared_at=None, group="exception"
        )
        return ModelException.objects.get(pk=row.pk).state, flags.count()

    assert [state(days) for days in (29, 30, 31, 32)] == [
        ("approved", 0), ("approved", 0), ("expired", 1), ("expired", 1),
    ]  # fmt: skip
    changes.end_exception(pk=row.pk, because="She is back", by=cast.actor("mona"), at=AT + timedelta(days=33))
    assert state(34) == ("ended", 0)


def test_judging_a_model_leaves_the_flag_of_an_expired_exception_alone(cast: Cast) -> None:
    model = living(cast)
    row = exception(cast, model)
    changes.answer_exception(pk=row.pk, approve=True, because="Yes", by=cast.actor("max"), at=AT)
    changes.expire_due(at=AT + timedelta(days=31))
    validated(cast, model)
    assert Flag.objects.filter(group="exception", cleared_at=None).count() == 1


def test_the_sweep_ends_exceptions(cast: Cast, frozen: Any) -> None:
    row = exception(cast, living(cast))
    changes.answer_exception(pk=row.pk, approve=True, because="Yes", by=cast.actor("max"), at=AT)
    frozen(AT + timedelta(days=31))
    sweep()
    assert ModelException.objects.get(pk=row.pk).state == "expired"


def test_who_answers_for_an_exception_does_not_approve_it(cast: Cast) -> None:
    model = living(cast)
    row = exception(cast, model, owner=cast.max)
    said: dict[str, Any] = {
        "pk": row.pk,
        "approve": True,
        "because": "Mine",
        "by": cast.actor("max"),
        "at": AT,
    }
    assert refused(lambda: changes.answer_exception(**said)) == (403, "four_eyes")
    with pytest.raises(DatabaseError), transaction.atomic():
        ModelException.objects.filter(pk=row.pk).update(
            state="approved", decided_by=cast.max, decided_at=AT, because="x"
        )


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"rule": ""}, "required"), ({"reason": ""}, "required"), ({"compensating_control": ""}, "required"),
        ({"owner": None}, "not_active"), ({"expires_on": TODAY}, "in_the_past"),
        ({"expires_on": TODAY + timedelta(days=367)}, "out_of_range"),
    ],
)  # fmt: skip
def test_an_exception_has_an_owner_a_reason_a_control_and_a_day(
    more: dict[str, Any], code: str, cast: Cast
) -> None:
    model = living(cast)
    assert refused(lambda: exception(cast, model, **more)) == (400, code)


# What stands


def test_what_was_written_is_neither_changed_nor_deleted_below_the_application(cast: Cast) -> None:
    model = living(cast)
    assessed(cast, model)
    looked = validated(cast, model, outcome="fit_with_findings")
    found(cast, looked)
    change(cast, model)
    exception(cast, model)
    tries: list[tuple[Any, dict[str, Any]]] = [
        (RiskAssessment, {"computed": 3}), (Validation, {"scope": "Less"}), (Validation, {"outcome": "not_fit"}),
        (ModelFinding, {"severity": "low"}), (ChangeRequest, {"materiality": "minor"}), (ModelException, {"expires_on": TODAY}),
    ]  # fmt: skip
    for kind, less in tries:
        with pytest.raises(DatabaseError), transaction.atomic():
            kind.objects.all().update(**less)
        with pytest.raises(DatabaseError), transaction.atomic():
            kind.objects.all()._raw_delete(using="default")


def test_every_act_is_in_the_log_of_the_model(cast: Cast) -> None:
    model = living(cast)
    assessed(cast, model)
    looked = validated(cast, model, outcome="fit_with_findings")
    validations.close_finding(pk=found(cast, looked).pk, evidence="Done", by=cast.actor("rita"), at=AT)
    changes.review_change(
        pk=change(cast, model).pk, accept=True, because="Sound", by=cast.actor("rita"), at=AT
    )
    said = list(
        AuditEvent.objects.filter(object_type="aimodel", object_id=model.pk)
        .exclude(action="model.judged")
        .order_by("pk")
        .values_list("action", flat=True)
    )
    assert said == [
        "model.risk_assessed", "model.validation_recorded", "model.finding_recorded", "model.finding_closed",
        "model.change_asked", "model.change_decided",
    ]  # fmt: skip


def test_a_retired_model_takes_nothing_more(cast: Cast) -> None:
    model = living(cast)
    looked = validated(cast, model, outcome="fit_with_findings")
    one = found(cast, looked)
    AiModel.objects.filter(pk=model.pk).update(stage="retired", retired_on=TODAY)
    rita = cast.actor("rita")
    for work in (
        lambda: assessed(cast, model), lambda: validated(cast, model), lambda: change(cast, model),
        lambda: exception(cast, model), lambda: validations.close_finding(pk=one.pk, evidence="x", by=rita, at=AT),
    ):  # fmt: skip
        assert refused(work) == (409, "model_retired")


def test_a_person_who_left_mends_nothing(cast: Cast) -> None:
    looked = validated(cast, living(cast), outcome="fit_with_findings")
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    cast.bob.refresh_from_db()
    assert refused(lambda: found(cast, looked)) == (400, "not_active")
