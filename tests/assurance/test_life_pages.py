"""Pages of a model's life, worked through: what an owner clears, what is offered to whom, the calendar; and the API beside them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from assurance.models import Attestation, FallbackTest, Incident, Retirement
from assurance.queries.life import story_of
from assurance.services import duties
from core.models import AuditEvent, RoleGrant
from governance.models import AiModel
from governance.services.corrections import correct_facts
from governance.services.evaluate import evaluate_all
from governance.services.model_facts import push_down
from tests.assurance.living import (
    SOON,
    a_round,
    again,
    assessed,
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
SignIn = Callable[[str], Client]
Api = Callable[[str], APIClient]
MINE, CALENDAR = "/governance/models/mine/", "/governance/models/calendar/"


@pytest.fixture(autouse=True)
def _stopped(frozen: Callable[..., None]) -> None:
    """Pages read the clock."""


def life(model: AiModel) -> str:
    return f"/governance/models/{model.ref}/life/"


def page(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return answer.content.decode()


def full(cast: Cast) -> AiModel:
    """A model with one of everything, most of it open."""
    model = living(cast)
    assessed(cast, model, override=3, reasoning="Only drafts are written")
    looked = validated(cast, model, outcome="fit_with_findings")
    found(cast, looked)
    change(cast, model)
    exception(cast, model)
    incident(cast, model)
    a_round(cast)
    tried(cast, model)
    step(cast, retiring(cast, model), "archive")
    return model


def test_the_life_of_a_model_is_one_story_with_what_is_open_on_top(cast: Cast, signed_in: SignIn) -> None:
    model = full(cast)
    text = page(signed_in("vera"), life(model))
    for words in (
        "Wrong payouts", "22 hours left", "Tier 3 is asked for", "Leaks names", "New features", "Review every six months",
        "Is the record true?", "Retirement under way", "Fit for use, with findings", "Tier 1: materiality high",
    ):  # fmt: skip
        assert words in text, words
    assert "?act=" not in text.split('id="h-open"')[1].split("The story so far")[0], (
        "a viewer is offered nothing"
    )


def test_acts_are_offered_to_whoever_may_do_them(cast: Cast, signed_in: SignIn) -> None:
    model = full(cast)
    owner, validator, manager = (page(signed_in(who), life(model)) for who in ("mona", "rita", "max"))
    assert "Ask for a change" in owner
    assert "?act=review" not in owner, "nobody reviews their own change"
    assert "?act=review" in validator
    assert "?act=close" in validator
    assert "Ask for a change" not in validator
    assert "?act=override" in manager
    assert "?act=answer" in manager


def test_an_empty_life_says_what_was_never_done(cast: Cast, signed_in: SignIn) -> None:
    model = living(cast)
    text = page(signed_in("vera"), life(model))
    assert "Nothing waits for anybody" in text
    assert "nobody has looked" in text
    assert "nobody said whether it handles personal data" in text


def test_a_page_costs_the_same_for_a_model_with_much_and_with_more(cast: Cast, signed_in: SignIn) -> None:
    model = full(cast)
    client = signed_in("mona")
    page(client, life(model))
    with CaptureQueriesContext(connection) as first:
        page(client, life(model))
    for _ in range(3):
        incident(cast, model)
        found(cast, validated(cast, model, outcome="fit_with_findings"))
    with CaptureQueriesContext(connection) as second:
        page(client, life(model))
    assert len(second) <= len(first) + 1


def test_a_refused_act_stays_in_its_form_with_its_reason(cast: Cast, signed_in: SignIn) -> None:
    model = living(cast)
    client = signed_in("mona")
    assert 'id="act"' in page(client, f"{life(model)}?act=fallback")
    answer = client.post(
        life(model),
        {"act": "fallback", "tested_on": "2027-01-01", "result": "worked", "evidence": "Kept words"},
    )
    assert answer.status_code == 400
    assert "Kept words" in answer.content.decode()
    assert not FallbackTest.objects.exists()
    assert client.post(life(model), {"act": "party"}).status_code == 404
    assert client.post(life(model), {"act": "validate"}).status_code == 403


def test_an_act_on_a_row_of_another_model_is_not_found(cast: Cast, signed_in: SignIn) -> None:
    model, other = living(cast), living(cast, "Second")
    row = change(cast, other)
    answer = signed_in("rita").post(
        life(model), {"act": "review", "row": row.pk, "accept": "yes", "because": "x"}
    )
    assert answer.status_code == 404


def test_an_owner_works_through_their_causes_in_order_of_severity_and_date(
    cast: Cast, signed_in: SignIn
) -> None:
    grave = living(cast, "Grave", risk_tier=1, last_heartbeat_on=back(50), fallback_tested_on=back(10), last_review_on=back(20),
                   last_validated_on=back(20), next_review_on=SOON)  # fmt: skip
    mild = living(cast, "Mild", fallback_tested_on=back(500))
    evaluate_all(at=AT)
    client = signed_in("mona")
    text = page(client, MINE)
    assert "Two causes make" in text
    assert text.index("No heartbeat") < text.index("Fallback untested")
    assert 'name="tested_on"' in page(client, f"{MINE}?act=fallback&model={mild.ref}")
    done = client.post(
        MINE, {"act": "fallback", "model": mild.ref, "tested_on": "2026-11-24", "result": "worked", "evidence": "An hour off"}
    )  # fmt: skip
    assert done.status_code == 302
    assert again(mild).status == "current"
    assert f"/governance/models/{grave.ref}/versions/" in page(client, MINE)
    push_down(model_id=grave.pk, by=cast.actor("mona"), at=AT, last_heartbeat_on=TODAY)
    assert "None of your" in page(client, MINE)


@pytest.mark.parametrize(
    ("facts", "act", "typed"),
    [
        ({"next_review_on": None}, "review-date", {"next_review_on": "2027-01-10"}),
        ({"attestation_due_on": back(3)}, "attest", {"attests": "yes"}),
    ],
)  # fmt: skip
def test_each_cause_of_an_owner_s_is_cleared_in_its_place(
    facts: dict[str, Any], act: str, typed: dict[str, str], cast: Cast, signed_in: SignIn
) -> None:
    model = living(cast, **facts)
    evaluate_all(at=AT)
    assert again(model).status == "stale"
    client = signed_in("mona")
    assert f"act={act}" in page(client, MINE)
    assert client.post(MINE, {"act": act, "model": model.ref, **typed}).status_code == 302
    assert again(model).status == "current"


@pytest.mark.parametrize(
    ("facts", "words", "where"),
    [
        ({"last_monitored_on": back(60)}, "Send monitoring data", "monitoring/"),
        ({"last_heartbeat_on": back(60)}, "Report its deployment", "versions/"),
        ({"dossier_sections": {"limits": "2020-01-01"}}, "Write the section", "dossier/limits/write/"),
        ({"dossier_sections": {"change_log": "2020-01-01"}}, "See the dossier", "dossier/"),
    ],
)  # fmt: skip
def test_what_a_record_clears_is_a_link_to_where_it_is_made_and_no_day_to_type(
    facts: dict[str, Any], words: str, where: str, cast: Cast, signed_in: SignIn
) -> None:
    model = living(cast, **facts)
    evaluate_all(at=AT)
    client = signed_in("mona")
    text = page(client, MINE)
    assert f'href="/governance/models/{model.ref}/{where}">{words}' in text
    assert "Record the day" not in text
    for act in ("monitored", "heartbeat", "section"):
        said = {"act": act, "model": model.ref, "on": "2026-11-24", "row": "7"}
        assert client.post(MINE, said).status_code == 404
    assert again(model).status == "stale"
    assert client.get(f"/governance/models/{model.ref}/{where}").status_code == 200


def test_a_due_day_taken_over_is_answered_once_and_by_the_owner_only(cast: Cast) -> None:
    model = living(cast, attestation_due_on=back(3))
    assert refused(lambda: alone(cast, model, "max")) == (403, "not_the_owner")
    assert refused(lambda: alone(cast, model, attests=False)) == (400, "required")
    alone(cast, model, attests=False, note="The purpose is out of date.")
    assert again(model).attestation_due_on == back(3), "an owner who does not attest ends no question"
    alone(cast, model)
    assert (again(model).attested_on, again(model).attestation_due_on) == (TODAY, None)
    assert AuditEvent.objects.filter(action="model.attested").count() == 2
    correct_facts(
        pk=model.pk, because="It was June.", by=cast.actor("rita"), at=AT, last_validated_on=back(160)
    )
    told = {(one.words, one.said) for one in story_of(again(model))}
    assert told >= {
        ("Attested", ""),
        ("Not attested", "The purpose is out of date."),
        ("Put right: last validated on", "It was June."),
    }
    assert refused(lambda: alone(cast, model)) == (409, "nothing_asked")
    a_round(cast)
    assert refused(lambda: alone(cast, model)) == (409, "round_open")


def alone(cast: Cast, model: AiModel, who: str = "mona", **more: Any) -> AiModel:
    return duties.answer_without_round(
        model_id=model.pk, by=cast.actor(who), at=AT, **{"attests": True, **more}
    )


def test_a_round_that_is_not_due_yet_is_answered_on_the_same_page(cast: Cast, signed_in: SignIn) -> None:
    model = living(cast)
    a_round(cast)
    evaluate_all(at=AT)
    row = Attestation.objects.get()
    client, act = signed_in("mona"), {"act": "attest", "model": model.ref, "row": str(row.pk)}
    assert page(client, f"{MINE}?act=attest&model={model.ref}&row={row.pk}").count('name="attests"') == 2
    assert client.post(MINE, {**act, "attests": "no"}).status_code == 400
    assert client.post(MINE, {**act, "attests": "yes"}).status_code == 302
    assert again(model).attested_on == TODAY
    assert "To attest" not in page(client, MINE)


def test_what_another_must_do_is_asked_for_and_told(cast: Cast, signed_in: SignIn) -> None:
    model = living(cast, next_review_on=back(3))
    evaluate_all(at=AT)
    client = signed_in("mona")
    assert (
        client.post(MINE, {"act": "ask-review", "model": model.ref, "words": "Before Friday"}).status_code
        == 302
    )
    assert again(model).status == "stale", "asking is not looking"


def test_nobody_works_through_another_s_models(cast: Cast, signed_in: SignIn) -> None:
    model = living(cast, owner=cast.max)
    client = signed_in("mona")
    assert model.name not in page(client, MINE)
    assert client.post(MINE, {"act": "retire", "model": model.ref, "because": "x"}).status_code == 404
    assert client.post(MINE, {"act": "retire"}).status_code == 404
    assert "You own no model" in page(signed_in("vera"), MINE)


def test_a_model_owner_lands_on_their_own_models(cast: Cast, signed_in: SignIn) -> None:
    assert signed_in("mona").get("/").headers["Location"] == MINE


def test_an_incident_is_reported_moved_and_read_on_its_page(cast: Cast, signed_in: SignIn) -> None:
    model = living(cast)
    client = signed_in("mona")
    said = {
        "act": "incident", "title": "Wrong payouts", "description": "Forty", "severity": "3", "consequence": "serious",
        "detected_at": "2026-11-24T10:00",
    }  # fmt: skip
    assert client.post(life(model), said).status_code == 302
    row = Incident.objects.get()
    url = f"/governance/incidents/{row.ref}/"
    assert "Article 73(2)" in page(client, url)
    moved = {"act": "contain", "happened_at": "2026-11-24T11:00", "said": "Switched off"}
    assert client.post(url, moved).status_code == 302
    assert client.post(url, moved).status_code == 409
    assert "Switched off" in page(signed_in("vera"), url)
    assert "Wrong payouts" in page(signed_in("vera"), "/governance/incidents/")
    page(signed_in("charlie"), url, 404)
    assert "Wrong payouts" not in page(signed_in("charlie"), "/governance/incidents/")


def test_a_round_is_opened_and_counted_for_whoever_sees_its_models(cast: Cast, signed_in: SignIn) -> None:
    living(cast)
    living(cast, "In cards", unit=cast.cards, owner=None, goal=False)
    client = signed_in("max")
    said = {"question": "Is it true?", "due_on": SOON.isoformat(), "tiers": ["2"]}
    assert client.post("/governance/attestations/open/", said).status_code == 302
    assert Attestation.objects.count() == 2
    assert "2 models" in page(client, "/governance/attestations/")
    assert "1 of them yours to see" in page(signed_in("vera"), "/governance/attestations/")


def test_the_calendar_shows_a_month_of_what_the_reader_may_see(cast: Cast, signed_in: SignIn) -> None:
    model = living(
        cast, next_review_on=TODAY + timedelta(days=2), attestation_due_on=TODAY + timedelta(days=3)
    )
    found(cast, validated(cast, model, outcome="fit_with_findings"), due_on=TODAY + timedelta(days=4))
    incident(cast, model)
    text = page(signed_in("vera"), CALENDAR)
    for words in ("Review", "Attestation", "Finding to mend", "Clock of an incident"):
        assert words in text.split('id="h-month"')[1]
    only = page(signed_in("vera"), f"{CALENDAR}?kind=review").split('id="h-month"')[1]
    assert "Finding to mend" not in only
    assert model.name not in page(signed_in("charlie"), CALENDAR)
    for wrong in ("?month=soon", "?month=2026-13", "?kind=party", "?other=1", "?unit=x"):
        page(signed_in("vera"), CALENDAR + wrong, 400)


def test_the_calendar_goes_into_a_calendar(cast: Cast, signed_in: SignIn) -> None:
    model = living(cast, next_review_on=TODAY + timedelta(days=2))
    leave = exception(cast, model)
    assert leave.state == "proposed"
    answer = signed_in("vera").get("/governance/models/calendar.ics")
    text = answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert "SUMMARY:Review: Triage ranker" in text
    assert "DTSTART;VALUE=DATE:20261126" in text
    assert "exception" not in text, "what is not in force has no end"
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT")


# The API


def test_the_api_does_what_pages_do_and_refuses_alike(cast: Cast, api: Api) -> None:
    model = living(cast)
    mona, rita, top = api("mona"), api("rita"), "/api/v1"
    made = mona.post(
        f"{top}/change-requests/", {"model": model.ref, "title": "T", "description": "D", "materiality": "material"}, format="json"
    )  # fmt: skip
    assert (made.status_code, made.json()["state"]) == (201, "open")
    act = f"{top}/change-requests/{made.json()['id']}/review/"
    said = {"accept": True, "because": "Sound"}
    assert mona.post(act, said, format="json").status_code == 403
    assert rita.post(act, said, format="json").json()["state"] == "accepted"
    again_ = rita.post(act, said, format="json")
    assert (again_.status_code, again_.json()["code"]) == (409, "decided")
    found_ = rita.get(f"{top}/change-requests/?model={model.ref}&state=accepted").json()["results"]
    assert [one["id"] for one in found_] == [made.json()["id"]]
    assert rita.get(f"{top}/change-requests/?colour=red").status_code == 400


def test_the_api_tells_an_incident_with_its_clocks_and_its_course(cast: Cast, api: Api) -> None:
    row = incident(cast, living(cast), consequence="death")
    body = api("vera").get(f"/api/v1/incidents/{row.ref}/").json()
    assert {one["words"] for one in body["clocks"]} >= {"Contain it", "Hold the post-mortem"}
    assert [one["kind"] for one in body["events"]] == ["detected"]
    listed = api("vera").get("/api/v1/incidents/?open=true").json()["results"]
    assert [one["ref"] for one in listed] == [row.ref]
    assert "clocks" not in listed[0]


def test_a_repeated_post_with_one_key_is_done_once(cast: Cast, api: Api) -> None:
    model = living(cast)
    body = {"model": model.pk, "because": "No use"}
    answers = [
        api("mona").post("/api/v1/retirements/", body, format="json", headers={"Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert Retirement.objects.count() == 1


def test_a_validator_elsewhere_knows_nothing_of_it(cast: Cast, api: Api) -> None:
    model = living(cast)
    validated(cast, model)
    RoleGrant.objects.create(user=cast.charlie, role="validator", unit=cast.retail, granted_at=AT)
    body = {"model": model.pk, "kind": "validation", "scope": "All", "started_on": "2026-11-20"}
    assert api("charlie").post("/api/v1/model-validations/", body, format="json").status_code == 400
    assert api("charlie").get("/api/v1/model-validations/").json()["results"] == []
