"""Ethics reviews on record: held by somebody apart, repeated by the tier, and asked before anything is launched."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from rest_framework.test import APIClient

from assurance.models import EthicsReview, ModelVersion
from assurance.queries.gate import gate_of
from assurance.queries.life import story_of
from assurance.queries.life_dates import dates_of, ethics_due
from assurance.queries.life_owed import ethics_audits
from assurance.services.asking import ask_for
from assurance.services.ethics import record_ethics_review
from core.models import AuditEvent, Policy
from governance.models import AiModel
from governance.queries.must_meets.launch import told
from governance.queries.must_meets.told import asked_of
from governance.services.evaluate import evaluate_all
from governance.services.inventory import create_model, edit_model
from portfolio.models import Flag
from tests.assurance.living import SOON, again, back, living, refused
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import initiative

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def reviewed(cast: Cast, model: AiModel, who: str = "rita", **more: Any) -> EthicsReview:
    given: dict[str, Any] = {"kind": "periodic_audit", "reviewed_on": TODAY, "outcome": "passed"}
    return record_ethics_review(model_id=model.pk, by=cast.actor(who), at=AT, **{**given, **more})


def bare(cast: Cast, name: str = "Triage ranker", **more: Any) -> AiModel:
    """A model nobody reviewed for its ethics."""
    return living(cast, name, **{"ethics_passed_on": None, **more})


def answer(model: AiModel) -> tuple[str, str]:
    """What G5 is answered of the ethics of what the initiative runs."""
    goal = model.initiatives.get()
    found = told(asked_of(goal, 2, TODAY))
    one = found.get("ethics_review")
    return ("", "") if one is None else (one.answer, one.fact)


def reasons(model: AiModel, environment: str = "production") -> list[str]:
    return [one.reason.value for one in gate_of(again(model), "1", environment, TODAY).reasons]


def champion(cast: Cast, model: AiModel) -> None:
    ModelVersion.objects.create(
        model=model,
        number="1",
        role="champion",
        role_since=TODAY,
        recorded_by=cast.max,
        recorded_at=AT,
        updated_at=AT,
    )


# The record


def test_a_review_that_passes_is_the_models_and_sets_its_next_day(cast: Cast) -> None:
    model = bare(cast)
    reviewed(cast, model, next_due_on=SOON)
    row = again(model)
    assert (row.ethics_passed_on, row.ethics_due_on, row.ethics_refused_on) == (TODAY, SOON, None)
    event = AuditEvent.objects.get(action="model.ethics_reviewed", object_id=model.pk)
    assert (event.actor_id, event.after["outcome"]) == (cast.rita.pk, "passed")
    assert "Periodic audit: passed" in [one.words.partition(",")[0] for one in story_of(row)]


def test_one_that_does_not_pass_makes_what_serves_stale_until_one_passes(cast: Cast) -> None:
    model = living(cast)
    reviewed(cast, model, outcome="not_passed", findings="Declines follow the postcode")
    assert [(one["code"], one["since"]) for one in again(model).causes] == [
        ("ethics_audit_overdue", TODAY.isoformat())
    ]
    assert Flag.objects.open().filter(subject_id=model.pk, rule="ethics_audit_overdue").exists()
    reviewed(cast, model, outcome="passed_with_conditions", findings="Without the postcode, from today")
    row = again(model)
    assert (row.causes, row.ethics_refused_on, row.ethics_passed_on) == ([], None, TODAY)


def test_an_earlier_review_recorded_later_takes_nothing_back(cast: Cast) -> None:
    model = bare(cast)
    reviewed(cast, model)
    reviewed(cast, model, outcome="not_passed", findings="Before it was mended", reviewed_on=back(90))
    assert (again(model).ethics_passed_on, again(model).ethics_refused_on) == (TODAY, None)


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 403), ("max", 403), ("vera", 403), ("charlie", 404), ("nobody", 404)]
)
def test_who_may_not_review_records_none(who: str, status: int, cast: Cast) -> None:
    model = bare(cast)
    assert refused(lambda: reviewed(cast, model, who))[0] == status
    assert not EthicsReview.objects.exists()


def test_nobody_reviews_what_they_own_or_developed_now_or_before(cast: Cast) -> None:
    owned, built, before = bare(cast), bare(cast, "Second", developer=" RITA "), bare(cast, "Third")
    AiModel.objects.filter(pk=owned.pk).update(owner=cast.rita)
    AuditEvent.objects.create(
        at=AT, actor_label="Max", via="page", object_type="aimodel", object_id=before.pk, action="model.edited",
        before={"developer": "Rita"}, after={"developer": "Lin"},
    )  # fmt: skip
    for model in (owned, built, before):
        assert refused(partial(reviewed, cast, model)) == (403, "four_eyes")
    for model in (owned, built):
        with pytest.raises(DatabaseError), transaction.atomic():
            EthicsReview.objects.create(
                model=model, kind="before_launch", reviewed_on=TODAY, outcome="passed", recorded_by=cast.rita, recorded_at=AT
            )  # fmt: skip


def test_who_asked_for_the_review_does_not_hold_it(cast: Cast) -> None:
    model = bare(cast)
    AuditEvent.objects.create(
        at=AT, actor_id=cast.rita.pk, actor_label="Rita", via="page", object_type="aimodel", object_id=model.pk,
        action="model.look_wanted", after={"what": "ethics_review"},
    )  # fmt: skip
    assert refused(lambda: reviewed(cast, model)) == (403, "four_eyes")
    other = bare(cast, "Second")
    ask_for(model_id=other.pk, what="ethics_review", by=cast.actor("mona"), at=AT)
    assert reviewed(cast, other).recorded_by == cast.rita


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "party"}, "invalid_choice"), ({"outcome": "fine"}, "invalid_choice"),
        ({"reviewed_on": TODAY + DAY}, "in_the_future"), ({"next_due_on": TODAY}, "in_the_past"),
        ({"outcome": "not_passed"}, "required"), ({"outcome": "passed_with_conditions", "findings": " "}, "required"),
        ({"outcome": "not_passed", "findings": "x", "next_due_on": SOON}, "invalid"),
        ({"evidence_url": "javascript:alert(1)"}, "invalid"),
    ],
)  # fmt: skip
def test_a_review_that_cannot_be_is_refused_whole(change: dict[str, Any], code: str, cast: Cast) -> None:
    model = bare(cast)
    assert refused(lambda: reviewed(cast, model, **change)) == (400, code)
    assert not EthicsReview.objects.exists()
    assert again(model).version == 1


def test_what_was_recorded_stands_also_in_the_database(cast: Cast) -> None:
    row = reviewed(cast, bare(cast))
    for work in (
        lambda: EthicsReview.objects.filter(pk=row.pk).update(outcome="not_passed", findings="x"),
        lambda: EthicsReview.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            work()


# Gates


def test_g5_is_answered_from_the_record_of_the_models_the_initiative_runs(cast: Cast) -> None:
    model = bare(cast)
    assert answer(model)[0] == "unknown"
    reviewed(cast, model)
    said, fact = answer(model)
    assert (said, model.ref in fact) == ("yes", True)
    reviewed(cast, model, outcome="not_passed", findings="Unfair")
    assert answer(model)[0] == "no"


def test_g5_holds_every_model_of_a_high_tier_and_only_those(cast: Cast) -> None:
    first = living(cast)
    second = bare(cast, "Low", risk_tier=3)
    assert answer(first)[0] == "yes"
    AiModel.objects.filter(pk=second.pk).update(risk_tier=1)
    said, fact = answer(first)
    assert (said, second.ref in fact) == ("unknown", True)
    AiModel.objects.update(risk_tier=3, ethics_passed_on=None)
    assert answer(first) == ("", ""), "no model needs one: evidence answers"


def test_g5_without_a_model_is_left_to_evidence(cast: Cast) -> None:
    assert "ethics_review" not in told(asked_of(initiative(cast, "Bare"), 1, TODAY))


def test_a_retired_predecessor_holds_up_no_launch(cast: Cast) -> None:
    """Its record stays as it was: nobody reviews it any more, names its owner or mends what it lacks."""
    model = living(cast, decommission_criteria="Three months off track")
    old = bare(
        cast,
        "Predecessor",
        owner=None,
        fallback_tested_on=None,
        dossier_sections={},
        monitoring_cadence_days=None,
    )
    AiModel.objects.filter(pk=old.pk).update(stage="retired", retired_on=back(1), retired_because="Replaced")
    asked = partial(asked_of, model.initiatives.get(), 2, TODAY)
    found = told(asked())
    for code in ("ethics_review", "ownership", "monitoring_plan", "fallback_tested", "dossier_complete"):
        assert (found[code].answer, old.ref in found[code].fact) == ("yes", False), code
    AiModel.objects.filter(pk=model.pk).update(
        stage="retired", retired_on=back(1), retired_because="Replaced"
    )
    found = told(asked())
    assert (found["ownership"].answer, "ethics_review" in found) == ("unknown", False), "none is left"


def test_a_review_out_of_date_does_not_carry_a_launch(cast: Cast) -> None:
    model = living(cast, ethics_passed_on=date(2024, 11, 23))
    assert answer(model)[0] == "no"
    AiModel.objects.filter(pk=model.pk).update(ethics_passed_on=date(2024, 11, 24))
    assert answer(model)[0] == "yes"


def test_a_pipeline_is_told_that_a_high_tier_lacks_its_review(cast: Cast) -> None:
    model = bare(cast, in_production_since=TODAY)
    champion(cast, model)
    assert "ethics_review" in reasons(model)
    assert "ethics_review" not in reasons(model, "staging")
    reviewed(cast, model)
    assert "ethics_review" not in reasons(model)


def test_a_high_tier_does_not_enter_production_by_hand_without_its_review(cast: Cast) -> None:
    more: dict[str, Any] = {
        "stage": "pilot", "in_production_since": None, "decommission_criteria": "Three months off track",
    }  # fmt: skip
    model, low = bare(cast, **more), bare(cast, "Low", risk_tier=3, **more)
    said: dict[str, Any] = {"stage": "production", "by": cast.actor("mona"), "at": AT}
    assert refused(lambda: edit_model(pk=model.pk, **said)) == (400, "ethics_review")
    assert again(model).stage == "pilot"
    assert edit_model(pk=low.pk, **said).stage == "production"
    reviewed(cast, model, kind="before_launch", outcome="not_passed", findings="Unfair")
    assert refused(lambda: edit_model(pk=model.pk, **said)) == (400, "ethics_review")
    reviewed(cast, model, kind="before_launch")
    assert edit_model(pk=model.pk, **said).stage == "production"


def test_nobody_registers_their_own_model_as_serving_already(cast: Cast) -> None:
    """Entering production asks for the ethics review; registering a model that serves would ask nothing."""
    said: dict[str, Any] = {"at": AT, "unit": cast.claims, "name": "Ranker", "risk_tier": 1}
    owners: list[Any] = [{}, {"owner": cast.alice}]
    for owner in owners:
        work = partial(create_model, by=cast.actor("alice"), stage="production", **said, **owner)
        assert refused(work) == (400, "four_eyes")
    assert not AiModel.objects.exists()
    assert create_model(by=cast.actor("alice"), stage="pilot", **said).owner == cast.alice
    assert (
        create_model(by=cast.actor("max"), stage="production", owner=cast.alice, **said).stage == "production"
    )


def test_a_model_whose_risk_nobody_assessed_does_not_enter_production_by_hand(cast: Cast) -> None:
    """Otherwise the tier that asks for the review would come after the door it is asked at."""
    model = bare(
        cast, stage="pilot", in_production_since=None, decommission_criteria="Three months off track", risk_tier=None
    )  # fmt: skip
    said: dict[str, Any] = {"stage": "production", "by": cast.actor("mona"), "at": AT}
    assert refused(lambda: edit_model(pk=model.pk, **said)) == (400, "tier_unknown")
    AiModel.objects.filter(pk=model.pk).update(risk_tier=3)
    assert edit_model(pk=model.pk, **said).stage == "production"


# Time


def test_an_audit_is_late_the_day_after_its_last_day_by_the_cadence_of_the_tier(cast: Cast) -> None:
    model = living(cast, ethics_passed_on=date(2024, 11, 30))
    for day, late in ((TODAY, False), (date(2026, 11, 30), False), (date(2026, 12, 1), True)):
        evaluate_all(at=AT, as_of=day)
        assert ("ethics_audit_overdue" in again(model).cause_codes) is late
    evaluate_all(at=AT, as_of=TODAY)
    assert again(model).valid_until is not None


def test_the_cadence_is_the_policy_in_force(cast: Cast) -> None:
    model = living(cast, ethics_passed_on=back(100))
    months = {"ethics_months": {"1": 3, "2": 3, "3": None}}
    Policy.objects.create(kind="staleness", number=7, effective_on=back(1), data=months, recorded_at=AT)
    evaluate_all(at=AT)
    row = again(model)
    assert ("ethics_audit_overdue" in row.cause_codes, row.policy_number) == (True, 7)


def test_a_due_audit_is_on_the_calendar_and_its_owner_is_reminded(cast: Cast) -> None:
    by_cadence = living(cast, ethics_passed_on=date(2024, 12, 10))
    by_hand = living(cast, "Second", ethics_due_on=date(2026, 12, 20))
    never = bare(cast, "Third", in_production_since=date(2024, 12, 5))
    living(cast, "Fourth", stage="development", in_production_since=None, ethics_passed_on=date(2024, 12, 10))
    found, _ = dates_of(cast.actor("max"), TODAY, date(2026, 12, 31), kinds=frozenset({"ethics"}))
    days = {one.model.pk: one.on for one in found}
    assert days == {
        by_cadence.pk: date(2026, 12, 10), by_hand.pk: date(2026, 12, 20), never.pk: date(2026, 12, 5)
    }  # fmt: skip
    owed = list(ethics_audits(TODAY, date(2026, 12, 31)))
    assert {(one.user_id, one.due_on) for one in owed} == {(cast.mona.pk, day) for day in days.values()}


def test_the_calendar_keeps_the_earliest_audits_and_counts_a_refusal_from_its_day(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    late, early = (living(cast, name, ethics_passed_on=on) for name, on in (("Late", date(2024, 12, 20)), ("Early", date(2024, 12, 1))))  # fmt: skip
    refused_ = living(cast, "Refused", risk_tier=3)
    reviewed(cast, refused_, outcome="not_passed", findings="Unfair")
    once = living(cast, "Refused, due by its cadence", ethics_passed_on=date(2024, 12, 9))
    AiModel.objects.filter(pk=once.pk).update(ethics_refused_on=back(40))
    most: Any = {"kinds": frozenset({"ethics"}), "most": 2}
    found, more = dates_of(cast.actor("max"), TODAY, date(2026, 12, 31), **most)
    assert ([(one.model.pk, one.on) for one in found], more) == (
        [(refused_.pk, TODAY), (early.pk, date(2026, 12, 1))], True
    )  # fmt: skip
    with django_assert_num_queries(3):
        days = [
            (row.pk, on, row.owner.name) for row, on in ethics_due(back(60), date(2026, 12, 31)) if row.owner
        ]
    assert days == [
        (once.pk, back(40), "Mona"), (refused_.pk, TODAY, "Mona"), (early.pk, date(2026, 12, 1), "Mona"),
        (late.pk, date(2026, 12, 20), "Mona"),
    ]  # fmt: skip


# Pages and API


def page_of(model: AiModel) -> str:
    return f"/governance/models/{model.ref}/life/"


@pytest.fixture
def stopped(frozen: Callable[..., None]) -> None:
    """Pages read the clock."""


@pytest.mark.usefixtures("stopped")
def test_a_reviewer_records_one_on_the_models_page_and_its_owner_is_not_offered_it(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    model = bare(cast)
    assert "?act=ethics#act" not in signed_in("mona").get(page_of(model)).content.decode()
    client = signed_in("rita")
    said = client.get(page_of(model)).content.decode()
    assert "?act=ethics#act" in said
    assert "Needed, and never passed" in said
    assert "audited every 24 months" in said
    form = {"act": "ethics", "kind": "before_launch", "reviewed_on": TODAY.isoformat(), "outcome": "passed"}
    assert client.post(page_of(model), form).status_code == 302
    said = client.get(page_of(model)).content.decode()
    assert "Before launch: passed" in said
    assert "Needed, and never passed" not in said


@pytest.mark.usefixtures("stopped")
def test_an_owner_asks_for_the_audit_that_is_overdue(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    model = living(cast, ethics_passed_on=date(2024, 11, 1))
    evaluate_all(at=AT)
    client = signed_in("mona")
    url = "/governance/models/mine/"
    assert "Ask for an ethics review" in client.get(url).content.decode()
    form = {"act": "ask-ethics", "model": model.ref, "words": "It is late"}
    assert client.post(url, form).status_code == 302
    event = AuditEvent.objects.get(action="model.look_wanted")
    assert (event.actor_id, event.after) == (cast.mona.pk, {"what": "ethics_review"})


@pytest.mark.usefixtures("stopped")
def test_the_api_records_and_lists_reviews_and_refuses_the_owner(
    cast: Cast, api: Callable[[str], APIClient]
) -> None:
    model = bare(cast)
    body = {
        "model": model.pk, "kind": "before_launch", "reviewed_on": TODAY.isoformat(), "outcome": "passed_with_conditions",
        "findings": "Only with a second reader", "evidence_url": "https://ethics.calder.example/41",
    }  # fmt: skip
    made = api("rita").post("/api/v1/ethics-reviews/", body, format="json")
    assert (made.status_code, made.json()["outcome"], made.json()["recorded_by"]) == (
        201, "passed_with_conditions", cast.rita.pk
    )  # fmt: skip
    assert api("mona").post("/api/v1/ethics-reviews/", body, format="json").status_code == 403
    (row,) = api("mona").get("/api/v1/ethics-reviews/?outcome=passed_with_conditions").json()["results"]
    assert row["findings"] == "Only with a second reader"
    assert api("charlie").get("/api/v1/ethics-reviews/").json()["results"] == []
    told_of = api("mona").get(f"/api/v1/models/{model.pk}/").json()
    assert told_of["ethics_passed_on"] == TODAY.isoformat()
