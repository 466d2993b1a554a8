"""What a hand may write of a model: what is said of it, and never what its records say."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import Problem
from core.models import AuditEvent
from domain.model_record import FROM_RECORDS
from governance.models import AiModel, ModelReview
from governance.services.corrections import correct_facts
from governance.services.evaluate import evaluate_all
from governance.services.inventory import create_model, edit_model, retire_model
from governance.services.review import record_review
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back, reviewer, sound_model

pytestmark = pytest.mark.django_db
SECTIONS = {"limits": back(3)}


def edit(cast: Cast, model: AiModel, who: str = "mona", **facts: Any) -> AiModel:
    return edit_model(pk=model.pk, by=cast.actor(who), at=AT, **facts)


def correct(cast: Cast, model: AiModel, who: str = "rita", **facts: Any) -> AiModel:
    given: dict[str, Any] = {"because": "The old tool had it wrong.", **facts}
    return correct_facts(pk=model.pk, by=cast.actor(who), at=AT, **given)


def refused(caught: pytest.ExceptionInfo[Problem]) -> tuple[int, str, str]:
    error = caught.value
    first = error.items[0] if error.items else None
    return error.status, first.code if first else error.code, first.pointer if first else ""


def taken(name: str) -> Any:
    return SECTIONS if name == "dossier_sections" else back(2)


# What records write


@pytest.mark.parametrize("name", [*FROM_RECORDS, "risk_tier"])
@pytest.mark.parametrize("who", ["mona", "max"])
def test_what_a_record_writes_is_typed_by_nobody(name: str, who: str, cast: Cast) -> None:
    model = sound_model(cast)
    for value in (3 if name == "risk_tier" else taken(name), None):
        with pytest.raises(Problem) as caught:
            edit(cast, model, who, **{name: value})
        assert refused(caught) == (400, "from_records", f"/{name}")
    assert AiModel.objects.get().version == 1


def test_a_model_taken_over_brings_the_days_its_old_inventory_kept(cast: Cast) -> None:
    row = create_model(
        by=cast.actor("max"), at=AT, unit=cast.claims, name="Ranker", owner=cast.mona, risk_tier=2,
        last_validated_on=back(30), dossier_sections=SECTIONS,
    )  # fmt: skip
    assert (row.last_validated_on, row.risk_tier) == (back(30), 2)
    assert row.dossier_sections == {"limits": back(3).isoformat()}


@pytest.mark.parametrize("name", FROM_RECORDS)
def test_nobody_vouches_for_a_model_they_register_for_themselves(name: str, cast: Cast) -> None:
    owners: list[Any] = [{}, {"owner": cast.alice}]
    for owner in owners:
        with pytest.raises(Problem) as caught:
            create_model(
                by=cast.actor("alice"), at=AT, unit=cast.claims, name="Ranker", **owner, **{name: taken(name)}
            )
        assert refused(caught) == (400, "four_eyes", f"/{name}")
    assert not AiModel.objects.exists()


def test_a_fact_taken_over_that_cannot_be_is_refused_at_its_place(cast: Cast) -> None:
    wrong: list[tuple[Any, str, str]] = [
        ({"last_monitored_on": TODAY + timedelta(days=1)}, "in_the_future", "/last_monitored_on"),
        ({"dossier_sections": {"poetry": TODAY}}, "invalid", "/dossier_sections"),
        ({"dossier_sections": {"limits": TODAY + timedelta(days=1)}}, "in_the_future", "/dossier_sections"),
        ({"risk_tier": 4}, "invalid_choice", "/risk_tier"),
    ]
    for facts, code, pointer in wrong:
        with pytest.raises(Problem) as caught:
            create_model(by=cast.actor("max"), at=AT, unit=cast.claims, name="Ranker", **facts)
        assert refused(caught) == (400, code, pointer)


# What is asked of a model


@pytest.mark.parametrize(
    ("stood", "facts", "code", "field"),
    [
        ({}, {"next_review_on": date(2099, 12, 31)}, "put_off", "next_review_on"),
        ({}, {"next_review_on": None}, "required_in_production", "next_review_on"),
        ({}, {"monitoring_cadence_days": None}, "kept", "monitoring_cadence_days"),
        ({}, {"monitoring_cadence_days": 3650}, "put_off", "monitoring_cadence_days"),
        ({}, {"in_production_since": None}, "kept", "in_production_since"),
        ({}, {"in_production_since": TODAY}, "put_off", "in_production_since"),
        ({"superseded_on": back(9)}, {"superseded_on": None}, "kept", "superseded_on"),
        ({}, {"stage": "development"}, "in_production", "stage"),
        ({}, {"stage": "pilot"}, "in_production", "stage"),
        ({}, {"owner": None}, "required_in_production", "owner"),
        ({"decommission_criteria": "Off track."}, {"decommission_criteria": ""}, "required_in_production",
         "decommission_criteria"),
        ({"next_review_on": None, "last_review_on": None}, {"next_review_on": date(2099, 12, 31)}, "too_late",
         "next_review_on"),
    ],
)  # fmt: skip
def test_an_owner_ends_no_question_by_taking_it_away_or_putting_it_off(
    stood: dict[str, Any], facts: dict[str, Any], code: str, field: str, cast: Cast
) -> None:
    model = sound_model(cast, **stood)
    with pytest.raises(Problem) as caught:
        edit(cast, model, **facts)
    assert refused(caught) == (400, code, f"/{field}")
    assert AiModel.objects.get().version == 1


def test_a_look_may_be_asked_for_sooner(cast: Cast) -> None:
    model = sound_model(cast)
    row = edit(
        cast,
        model,
        next_review_on=TODAY + timedelta(days=9),
        monitoring_cadence_days=1,
        in_production_since=back(400),
    )
    assert (row.next_review_on, row.monitoring_cadence_days) == (TODAY + timedelta(days=9), 1)
    assert row.in_production_since == back(400)


def test_a_model_goes_into_production_with_what_is_asked_there_and_from_today(cast: Cast) -> None:
    model = sound_model(cast, stage="pilot", in_production_since=None, next_review_on=None)
    wanted: dict[str, Any] = {
        "stage": "production",
        "decommission_criteria": "Off track.",
        "next_review_on": TODAY + timedelta(days=30),
    }
    for lacking in ("decommission_criteria", "next_review_on"):
        with pytest.raises(Problem) as caught:
            edit(cast, model, **{name: value for name, value in wanted.items() if name != lacking})
        assert refused(caught) == (400, "required_in_production", f"/{lacking}")
    row = edit(cast, model, **wanted)
    assert (row.stage, row.in_production_since) == ("production", TODAY)


def test_an_open_critical_finding_keeps_a_model_out_of_production(cast: Cast) -> None:
    model = sound_model(
        cast, stage="pilot", in_production_since=None, open_critical=1, decommission_criteria="Off track."
    )
    with pytest.raises(Problem) as caught:
        edit(cast, model, stage="production")
    assert refused(caught) == (400, "open_critical", "/stage")
    AiModel.objects.update(open_critical=0)
    assert edit(cast, model, stage="production").stage == "production"


def test_the_orderly_retirement_is_not_walked_round(cast: Cast) -> None:
    model = sound_model(cast)
    for facts in (
        {"stage": "development"},
        {"in_production_since": None},
        {"stage": "pilot", "in_production_since": None},
    ):
        with pytest.raises(Problem):
            edit(cast, model, **facts)
    with pytest.raises(Problem) as caught:
        retire_model(pk=model.pk, because="Replaced.", by=cast.actor("mona"), at=AT)
    assert caught.value.code == "retirement_needed"


def test_erasing_is_no_way_to_be_current(cast: Cast) -> None:
    """Days that were never recorded count from the day it began to serve."""
    model = sound_model(
        cast, last_heartbeat_on=None, last_validated_on=None, last_monitored_on=None, fallback_tested_on=None,
        last_review_on=None, in_production_since=date(2020, 1, 1), next_review_on=TODAY + timedelta(days=60),
    )  # fmt: skip
    evaluate_all(at=AT)
    assert set(AiModel.objects.get(pk=model.pk).cause_codes) == {
        "review_overdue", "validation_overdue", "no_monitoring_data", "no_heartbeat", "fallback_untested",
    }  # fmt: skip


def test_a_model_registered_as_serving_counts_from_that_day_where_nobody_said_since_when(cast: Cast) -> None:
    model = sound_model(cast, in_production_since=None, last_heartbeat_on=None)
    AiModel.objects.update(created_at=AT - timedelta(days=31))
    evaluate_all(at=AT)
    (cause,) = AiModel.objects.get(pk=model.pk).causes
    assert (cause["code"], cause["since"]) == ("no_heartbeat", TODAY.isoformat())


# Who judges


def test_a_developer_reviews_no_model_of_theirs_however_the_name_is_written(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast, developer="Rita (Model team)")
    with pytest.raises(Problem) as caught:
        record_review(model_id=model.pk, reviewed_on=TODAY, outcome="fit", by=cast.actor("rita"), at=AT)
    assert (caught.value.status, caught.value.code) == (403, "four_eyes")
    assert not ModelReview.objects.exists()


def test_writing_another_developer_makes_nobody_apart_from_their_own_work(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast, developer="Rita")
    edit(cast, model, developer="Somebody else")
    with pytest.raises(Problem) as caught:
        record_review(model_id=model.pk, reviewed_on=TODAY, outcome="fit", by=cast.actor("rita"), at=AT)
    assert caught.value.code == "four_eyes"
    other = sound_model(cast, "Another", developer="Lin Zhao")
    edit(cast, other, developer="Somebody else")
    assert record_review(model_id=other.pk, reviewed_on=TODAY, outcome="fit", by=cast.actor("rita"), at=AT).pk


# Putting right


@pytest.mark.parametrize("name", FROM_RECORDS)
def test_a_reviewer_puts_a_day_right_with_the_reason_on_record(name: str, cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast)
    row = correct(cast, model, **{name: taken(name)})
    stands = getattr(row, name)
    assert stands == ({"limits": back(3).isoformat()} if name == "dossier_sections" else back(2))
    event = AuditEvent.objects.get(action="model.corrected")
    assert (event.reason, list(event.after)) == ("The old tool had it wrong.", [name])
    assert correct(cast, model, **{name: taken(name)}).version == 2, "the same again writes nothing"


def test_a_correction_may_put_off_and_take_away_what_an_edit_may_not(cast: Cast) -> None:
    reviewer(cast)
    successor = sound_model(cast, "Successor")
    model = sound_model(cast, superseded_by=successor, superseded_on=back(3))
    row = correct(
        cast, model, stage="pilot", in_production_since=None, monitoring_cadence_days=30, superseded_on=None,
        next_review_on=TODAY + timedelta(days=200),
    )  # fmt: skip
    assert (row.stage, row.in_production_since, row.monitoring_cadence_days) == ("pilot", None, 30)
    assert (row.superseded_by, row.superseded_on) == (None, None)


@pytest.mark.parametrize(("who", "status"), [("mona", 403), ("max", 403), ("vera", 403), ("charlie", 404)])
def test_who_may_not_review_puts_nothing_right(who: str, status: int, cast: Cast) -> None:
    model = sound_model(cast)
    with pytest.raises(Problem) as caught:
        correct(cast, model, who, last_validated_on=TODAY)
    assert caught.value.status == status


@pytest.mark.parametrize("near", ["owner", "developer"])
def test_an_owner_or_developer_who_is_a_reviewer_puts_nothing_of_theirs_right(near: str, cast: Cast) -> None:
    rita = reviewer(cast)
    said: Any = {near: rita if near == "owner" else "Rita"}
    model = sound_model(cast, **said)
    with pytest.raises(Problem) as caught:
        correct(cast, model, last_validated_on=TODAY)
    assert (caught.value.status, caught.value.code) == (403, "four_eyes")


def test_a_correction_needs_its_reason_and_days_that_can_be(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast)
    wrong: list[tuple[Any, str, str]] = [
        ({"because": " "}, "required", "/because"),
        ({"last_validated_on": TODAY + timedelta(days=1)}, "in_the_future", "/last_validated_on"),
        ({"risk_tier": 3}, "not_corrected", "/risk_tier"),
        ({"stage": "retired"}, "invalid_choice", "/stage"),
    ]
    for facts, code, pointer in wrong:
        with pytest.raises(Problem) as caught:
            correct(cast, model, **facts)
        assert refused(caught) == (400, code, pointer)
    assert AiModel.objects.get().version == 1
