"""Registering, editing, reviewing and retiring models: what is taken, from whom, and what is refused."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import Problem
from core.models import AuditEvent, RoleGrant
from governance.models import AiModel, ModelReview
from governance.services.evaluate import evaluate_all
from governance.services.inventory import create_model, edit_model, retire_model
from governance.services.review import record_review
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back, initiative, reviewer, sound_model


def edit(cast: Cast, model: AiModel, who: str = "mona", **facts: Any) -> AiModel:
    return edit_model(pk=model.pk, by=cast.actor(who), at=AT, **facts)


def review(cast: Cast, model: AiModel, who: str = "rita", **more: Any) -> ModelReview:
    given = {"reviewed_on": TODAY, "outcome": "fit", **more}
    return record_review(model_id=model.pk, by=cast.actor(who), at=AT, **given)


def refused(problem: pytest.ExceptionInfo[Problem]) -> tuple[int, str, str]:
    error = problem.value
    first = error.items[0] if error.items else None
    return error.status, first.code if first else error.code, first.pointer if first else ""


def test_a_registered_model_is_judged_at_once(cast: Cast) -> None:
    row = create_model(
        by=cast.actor("max"), at=AT, unit=cast.claims, name=" Triage ranker ", owner=cast.mona, risk_tier=1,
        stage="production", in_production_since=back(10), initiatives=[initiative(cast)],
    )  # fmt: skip
    assert (row.name, row.status, row.orphan) == ("Triage ranker", "stale", False)
    assert [cause["code"] for cause in row.causes] == ["review_date_missing"]
    assert AuditEvent.objects.get(action="model.registered").after["name"] == "Triage ranker"


def test_a_lead_who_registers_a_model_becomes_its_owner(cast: Cast) -> None:
    assert create_model(by=cast.actor("alice"), at=AT, unit=cast.claims, name="Ranker").owner == cast.alice
    assert create_model(by=cast.actor("max"), at=AT, unit=cast.claims, name="Scorer").owner is None


@pytest.mark.parametrize("who", ["alice", "charlie", "dana", "mona", "vera", "nobody"])
def test_who_may_not_create_in_a_unit_is_refused(who: str, cast: Cast) -> None:
    with pytest.raises(Problem) as problem:
        create_model(
            by=cast.actor(who), at=AT, unit=cast.cards if who != "charlie" else cast.claims, name="Ranker"
        )
    assert problem.value.status == 403
    assert not AiModel.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("charlie", 404), ("nobody", 404), ("dana", 403), ("alice", 403), ("vera", 403)]
)
def test_a_model_is_edited_by_its_owner_and_the_managers(who: str, status: int, cast: Cast) -> None:
    model = sound_model(cast)
    assert edit(cast, model, vendor="Acme").vendor == "Acme"
    assert edit(cast, model, "max", vendor="Other").version == 3
    with pytest.raises(Problem) as problem:
        edit(cast, model, who, vendor="Mine")
    assert problem.value.status == status


def test_a_model_owner_edits_their_own_models_only(cast: Cast) -> None:
    other = sound_model(cast, owner=cast.max)
    with pytest.raises(Problem) as problem:
        edit(cast, other, vendor="Mine")
    assert problem.value.status == 404


def test_nothing_changed_writes_nothing(cast: Cast) -> None:
    model = sound_model(cast)
    evaluate_all(at=AT)
    events = AuditEvent.objects.count()
    same = edit(
        cast, model, name="Triage ranker", initiatives=list(model.initiatives.all()), expected_version=1
    )
    assert same.version == 1
    assert AuditEvent.objects.count() == events


def test_linking_initiatives_ends_being_an_orphan_and_is_on_the_record(cast: Cast) -> None:
    model = sound_model(cast, goal=False)
    evaluate_all(at=AT)
    row = edit(cast, model, initiatives=[initiative(cast)])
    assert (row.orphan, row.version) == (False, 2)
    event = AuditEvent.objects.get(action="model.edited")
    assert (event.before, event.after) == ({"initiatives": []}, {"initiatives": [row.initiatives.get().pk]})


@pytest.mark.parametrize(
    ("facts", "pointer", "code"),
    [
        ({"name": "  "}, "/name", "required"),
        ({"name": "x" * 301}, "/name", "max_length"),
        ({"vendor": "a\x00b"}, "/vendor", "invalid"),
        ({"technique": "magic"}, "/technique", "invalid_choice"),
        ({"stage": "retired"}, "/stage", "invalid_choice"),
        ({"monitoring_cadence_days": 0}, "/monitoring_cadence_days", "out_of_range"),
        ({"monitoring_cadence_days": 3651}, "/monitoring_cadence_days", "out_of_range"),
        ({"in_production_since": TODAY + timedelta(days=1)}, "/in_production_since", "in_the_future"),
    ],
)  # fmt: skip
def test_a_fact_that_cannot_be_is_refused_at_its_place(
    facts: dict[str, Any], pointer: str, code: str, cast: Cast
) -> None:
    model = sound_model(cast)
    with pytest.raises(Problem) as problem:
        edit(cast, model, **facts)
    assert refused(problem) == (400, code, pointer)
    assert AiModel.objects.get().version == 1


def test_an_owner_is_an_active_person_and_nobody_validates_their_own(cast: Cast) -> None:
    model = sound_model(cast)
    type(cast.bob).objects.filter(pk=cast.bob.pk).update(is_active=False)
    cast.bob.refresh_from_db()
    with pytest.raises(Problem) as problem:
        edit(cast, model, owner=cast.bob)
    assert refused(problem) == (400, "not_active", "/owner")
    with pytest.raises(Problem) as problem:
        edit(cast, model, validator=cast.mona)
    assert refused(problem) == (400, "four_eyes", "/validator")
    with pytest.raises(Problem) as problem:
        edit(cast, model, developer="vera", validator=cast.vera)
    assert refused(problem) == (400, "four_eyes", "/validator")


def test_models_do_not_supersede_each_other_in_a_circle(cast: Cast) -> None:
    first, second = sound_model(cast), sound_model(cast, "Second")
    row = edit(cast, first, superseded_by=second)
    assert row.superseded_on == TODAY
    with pytest.raises(Problem) as problem:
        edit(cast, second, superseded_by=row)
    assert refused(problem) == (400, "cycle", "/superseded_by")
    with pytest.raises(Problem):
        edit(cast, first, superseded_by=first)
    assert (
        edit(
            cast, sound_model(cast, "Third", stage="pilot", superseded_by=second), superseded_by=None
        ).superseded_on
        is None
    )


def test_a_source_s_key_is_given_once(cast: Cast) -> None:
    create_model(by=cast.actor("max"), at=AT, unit=cast.claims, name="A", source="mlflow", external_id="1")
    with pytest.raises(Problem) as problem:
        create_model(
            by=cast.actor("max"), at=AT, unit=cast.claims, name="B", source="mlflow", external_id="1"
        )
    assert (problem.value.status, problem.value.code) == (409, "taken")
    assert AiModel.objects.count() == 1


def test_a_retired_model_keeps_its_record_and_loses_its_flags(cast: Cast) -> None:
    model = sound_model(cast, stage="development", in_production_since=None, attestation_due_on=back(9))
    evaluate_all(at=AT)
    assert Flag.objects.filter(cleared_at=None).exists()
    row = retire_model(pk=model.pk, because="Replaced by rules.", by=cast.actor("mona"), at=AT)
    assert (row.status, row.stage, row.retired_on) == ("retired", "retired", TODAY)
    assert not Flag.objects.filter(cleared_at=None).exists()
    with pytest.raises(Problem) as problem:
        edit(cast, row, vendor="X")
    assert (problem.value.status, problem.value.code) == (409, "model_retired")
    with pytest.raises(Problem) as problem:
        retire_model(pk=row.pk, because="x", by=cast.actor("mona"), at=AT)
    assert (problem.value.status, problem.value.code) == (409, "model_retired")


def test_retiring_needs_a_reason_and_a_day_that_has_come(cast: Cast) -> None:
    model = sound_model(cast)
    for more, pointer in (({"because": " "}, "/because"), ({"because": "x", "on": TODAY + timedelta(days=1)}, "/retired_on"),
                          ({"because": "x", "on": back(301)}, "/retired_on")):  # fmt: skip
        with pytest.raises(Problem) as problem:
            retire_model(pk=model.pk, by=cast.actor("mona"), at=AT, orderly=True, **more)
        assert refused(problem)[2] == pointer


@pytest.mark.parametrize("facts", [{}, {"stage": "pilot"}, {"in_production_since": None}])
def test_a_model_that_ever_served_is_not_retired_by_a_word(facts: dict[str, Any], cast: Cast) -> None:
    model = sound_model(cast, **facts)
    with pytest.raises(Problem) as problem:
        retire_model(pk=model.pk, because="Replaced.", by=cast.actor("mona"), at=AT)
    assert (problem.value.status, problem.value.code) == (409, "retirement_needed")
    assert AiModel.objects.get().stage == model.stage


# Reviews


def test_a_review_sets_the_next_date_by_the_tier_s_cadence(cast: Cast) -> None:
    reviewer(cast)
    for tier, due in ((1, date(2027, 5, 24)), (2, date(2027, 11, 24)), (3, date(2028, 11, 24))):
        model = sound_model(cast, f"Tier {tier}", risk_tier=tier, next_review_on=back(3))
        row = review(cast, model)
        model.refresh_from_db()
        assert (row.next_review_on, model.next_review_on, model.last_review_on) == (due, due, TODAY)
        assert "review_overdue" not in model.cause_codes


def test_a_review_may_name_an_earlier_day_but_not_a_later_one(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast)
    assert review(cast, model, next_review_on=date(2027, 2, 1)).next_review_on == date(2027, 2, 1)
    with pytest.raises(Problem) as problem:
        review(cast, model, next_review_on=date(2027, 11, 25))
    assert refused(problem) == (400, "too_late", "/next_review_on")
    with pytest.raises(Problem) as problem:
        review(cast, model, next_review_on=TODAY)
    assert refused(problem) == (400, "too_early", "/next_review_on")


def test_without_a_tier_the_next_day_must_be_said(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast, risk_tier=None)
    with pytest.raises(Problem) as problem:
        review(cast, model)
    assert refused(problem) == (400, "required", "/next_review_on")
    assert review(cast, model, next_review_on=date(2030, 1, 1)).next_review_on == date(2030, 1, 1)


def test_nobody_reviews_a_model_they_own(cast: Cast) -> None:
    model = sound_model(cast, owner=reviewer(cast))
    with pytest.raises(Problem) as problem:
        review(cast, model)
    assert (problem.value.status, problem.value.code) == (403, "four_eyes")
    assert not ModelReview.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("mona", 403), ("max", 403), ("dana", 403), ("charlie", 404)])
def test_only_a_validator_reviews(who: str, status: int, cast: Cast) -> None:
    model = sound_model(cast)
    with pytest.raises(Problem) as problem:
        review(cast, model, who)
    assert problem.value.status == status


def test_a_service_account_never_reviews(cast: Cast) -> None:
    machine = reviewer(cast, "robot")
    type(machine).objects.filter(pk=machine.pk).update(is_service=True)
    cast.people["robot"].refresh_from_db()
    with pytest.raises(Problem) as problem:
        review(cast, sound_model(cast), "robot")
    assert problem.value.code == "four_eyes"


def test_a_review_recorded_late_leaves_the_newer_dates(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast, last_review_on=back(10), next_review_on=TODAY + timedelta(days=200))
    review(cast, model, reviewed_on=back(40))
    model.refresh_from_db()
    assert (model.last_review_on, model.next_review_on) == (back(10), TODAY + timedelta(days=200))


@pytest.mark.parametrize(
    ("more", "pointer"), [({"reviewed_on": TODAY + timedelta(days=1)}, "/reviewed_on"), ({"outcome": "great"}, "/outcome"),
                          ({"findings": "a\x00"}, "/findings")],
)  # fmt: skip
def test_a_review_that_cannot_be_is_refused(more: dict[str, Any], pointer: str, cast: Cast) -> None:
    reviewer(cast)
    with pytest.raises(Problem) as problem:
        review(cast, sound_model(cast), **more)
    assert refused(problem)[2] == pointer


def test_a_validator_of_another_unit_does_not_know_the_model(cast: Cast) -> None:
    rita = reviewer(cast)
    RoleGrant.objects.filter(user=rita).update(unit=cast.retail)
    with pytest.raises(Problem) as problem:
        review(cast, sound_model(cast))
    assert problem.value.status == 404
