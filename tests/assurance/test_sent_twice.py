"""A form of an act that is sent twice is done once; sent with other words it asks; and without a key it works as ever."""

import re
from typing import Any

import pytest
from django.test import Client

from assurance.models import ChangeRequest, FallbackTest, Incident, IncidentClock
from core.models import IdempotencyKey
from governance.models import AiModel
from tests.assurance.living import living
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db
TEST: dict[str, str] = {
    "act": "fallback",
    "tested_on": "2026-11-20",
    "result": "worked",
    "evidence": "Drill of November.",
}
INCIDENT: dict[str, str] = {
    "act": "incident", "title": "Wrong payouts", "description": "Forty claims.", "severity": "3", "consequence": "serious",
    "detected_at": "2026-11-24T08:00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _stopped(frozen: Any) -> None:
    """Pages read the clock."""


def life(model: AiModel) -> str:
    return f"/governance/models/{model.ref}/life/"


def key_on(client: Client, url: str) -> str:
    found = re.search(r'name="once" value="([\w-]{16,64})"', client.get(url).content.decode())
    assert found, "the form carries a key"
    return found[1]


def test_a_form_is_shown_with_a_key_of_its_own(cast: Cast, signed_in: Any) -> None:
    client, url = signed_in("mona"), f"{life(living(cast))}?act=fallback"
    assert key_on(client, url) != key_on(client, url)


@pytest.mark.parametrize(("sent", "kind"), [(TEST, FallbackTest), (INCIDENT, Incident)])
def test_the_same_form_sent_twice_is_done_once_and_leads_to_the_same_page(
    sent: dict[str, str], kind: type[Any], cast: Cast, signed_in: Any
) -> None:
    model, client = living(cast), signed_in("mona")
    sent = {**sent, "once": key_on(client, f"{life(model)}?act={sent['act']}")}
    first, again = client.post(life(model), sent), client.post(life(model), sent)
    assert (first.status_code, again.status_code, again["Location"]) == (302, 302, first["Location"])
    assert kind.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1
    assert "This was sent before. It is on record once." in client.get(again["Location"]).content.decode()


def test_sent_twice_an_incident_has_one_set_of_clocks(cast: Cast, signed_in: Any) -> None:
    model, client = living(cast), signed_in("mona")
    sent = {**INCIDENT, "once": key_on(client, f"{life(model)}?act=incident")}
    client.post(life(model), sent)
    clocks = IncidentClock.objects.count()
    client.post(life(model), sent)
    assert clocks
    assert IncidentClock.objects.count() == clocks


def test_a_repeat_is_answered_even_where_the_record_would_refuse_the_act_by_now(
    cast: Cast, signed_in: Any
) -> None:
    model, client = living(cast), signed_in("mona")
    sent = {**TEST, "once": key_on(client, f"{life(model)}?act=fallback")}
    client.post(life(model), sent)
    AiModel.objects.filter(pk=model.pk).update(
        stage="retired", retired_on=AT.date(), retired_because="Replaced."
    )
    assert client.post(life(model), sent).status_code == 302
    assert FallbackTest.objects.count() == 1


def test_the_same_form_with_other_words_asks_and_sent_again_is_another(cast: Cast, signed_in: Any) -> None:
    model, client = living(cast), signed_in("mona")
    sent = {**TEST, "once": key_on(client, f"{life(model)}?act=fallback")}
    client.post(life(model), sent)
    asked = client.post(life(model), {**sent, "evidence": "Drill of December."})
    text = asked.content.decode()
    assert asked.status_code == 409
    assert "This form was sent before with other words" in text
    assert "Drill of December." in text, "what was typed is kept"
    assert FallbackTest.objects.count() == 1
    fresh = re.search(r'name="once" value="([\w-]+)"', text)
    assert fresh
    assert (
        client.post(life(model), {**sent, "evidence": "Drill of December.", "once": fresh[1]}).status_code
        == 302
    )
    assert FallbackTest.objects.count() == 2


def test_a_refused_form_keeps_no_key_and_may_be_mended(cast: Cast, signed_in: Any) -> None:
    model, client = living(cast), signed_in("mona")
    sent = {**TEST, "once": key_on(client, f"{life(model)}?act=fallback")}
    assert client.post(life(model), {**sent, "tested_on": "2027-01-01"}).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert client.post(life(model), sent).status_code == 302


def test_one_person_s_key_says_nothing_of_another_s_form(cast: Cast, signed_in: Any) -> None:
    model, mona = living(cast), signed_in("mona")
    sent = {**TEST, "once": key_on(mona, f"{life(model)}?act=fallback")}
    mona.post(life(model), sent)
    assert signed_in("max").post(life(model), sent).status_code == 302
    assert FallbackTest.objects.count() == 2


def test_a_form_without_a_key_is_done_as_often_as_it_is_sent(cast: Cast, signed_in: Any) -> None:
    model, client = living(cast), signed_in("mona")
    for _ in range(2):
        assert client.post(life(model), TEST).status_code == 302
    assert (FallbackTest.objects.count(), IdempotencyKey.objects.count()) == (2, 0)


@pytest.mark.parametrize("key", ["x" * 65, "a\x01b", "schlüssel"])
def test_what_is_no_form_s_key_is_refused_and_nothing_is_done(key: str, cast: Cast, signed_in: Any) -> None:
    model = living(cast)
    assert signed_in("mona").post(life(model), {**TEST, "once": key}).status_code == 400
    assert not FallbackTest.objects.exists()
    assert not ChangeRequest.objects.exists()
