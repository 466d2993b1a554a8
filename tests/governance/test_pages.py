"""The pages of the model inventory: what a reader sees, what a form takes and refuses, and what both cost."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domain.model_record import FROM_RECORDS
from governance.models import AiModel, ModelReview
from governance.services.evaluate import evaluate_all
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back, initiative, reviewer, sound_model

SignIn = Callable[[str], Client]
LIST = "/governance/models/"


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


def page(client: Client, url: str, **params: Any) -> str:
    answer = client.get(url, params)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def filled(client: Client, url: str) -> dict[str, Any]:
    """What the form sends when nothing is changed."""
    form = client.get(url).context["form"]
    out = {}
    for name in form.fields:
        value = form[name].value()
        out[name] = "" if value is None else value
    return out


def test_the_inventory_names_each_cause_and_the_day_the_others_go_stale(
    cast: Cast, signed_in: SignIn
) -> None:
    sound_model(
        cast,
        "Old one",
        last_heartbeat_on=back(40),
        risk_tier=1,
        last_review_on=back(9),
        last_validated_on=back(9),
    )
    sound_model(cast, "Sound one", last_heartbeat_on=back(20))
    sound_model(cast, "Lost one", goal=False, last_heartbeat_on=back(20))
    evaluate_all(at=AT)
    text = page(signed_in("max"), LIST)
    assert "<strong>One of 3 models is stale</strong>, one of them tier 1" in text
    assert "No heartbeat since 15 Nov" in text
    assert "5 Dec" in text  # thirty days after the last heartbeat, and one
    assert "No business goal" in text
    assert text.index("Old one") < text.index("Sound one")


def test_an_empty_inventory_says_what_to_do(cast: Cast, signed_in: SignIn) -> None:
    assert "Register a model" in page(signed_in("max"), LIST)
    assert "Register a model" not in page(signed_in("vera"), LIST)


def test_a_reader_sees_their_own_part_only(cast: Cast, signed_in: SignIn) -> None:
    sound_model(cast, "Theirs")
    evaluate_all(at=AT)
    for who, seen in (("vera", True), ("mona", True), ("alice", True), ("ursula", False), ("charlie", False)):
        assert ("Theirs" in page(signed_in(who), LIST)) is seen
    assert signed_in("nobody").get(LIST).status_code == 403
    assert Client().get(LIST).status_code == 302


@pytest.mark.parametrize(
    ("query", "seen"),
    [({"status": "stale"}, True), ({"status": "current"}, False), ({"cause": "no_heartbeat"}, True),
     ({"cause": "owner_missing"}, False), ({"risk_tier": "2"}, True), ({"q": "ranker"}, True), ({"orphan": "true"}, False)],
)  # fmt: skip
def test_the_inventory_is_filtered(query: dict[str, str], seen: bool, cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast, last_heartbeat_on=back(40))
    evaluate_all(at=AT)
    assert (model.ref in page(signed_in("max"), LIST, **query)) is seen


@pytest.mark.parametrize(
    "query", ["status=odd", "cause=boredom", "nonsense=1", "page=0", "columns=x", "as_of=2026-01-01"]
)
def test_a_wrong_parameter_is_refused_on_a_page(query: str, cast: Cast, signed_in: SignIn) -> None:
    assert signed_in("max").get(f"{LIST}?{query}").status_code in {400, 404}


def test_the_file_has_the_rows_of_the_selection(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast, last_heartbeat_on=back(40))
    sound_model(cast, "Other")
    evaluate_all(at=AT)
    answer = signed_in("max").get(f"{LIST}?format=csv&status=stale&columns=name,causes,stale_on")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines == ["Model,Causes,Becomes stale on", f"{model.ref} Triage ranker,No heartbeat,is stale"]


def test_the_inventory_costs_the_same_for_one_model_and_for_fifty(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("max")

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(LIST).status_code == 200
        return len(caught)

    sound_model(cast)
    cost()
    first = cost()
    for number in range(49):
        sound_model(cast, f"Model {number}", last_heartbeat_on=back(99))
    evaluate_all(at=AT)
    assert cost() == first <= 14


def test_a_model_s_page_says_why_since_and_what_comes_next(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast, last_heartbeat_on=back(40))
    evaluate_all(at=AT)
    url = f"{LIST}{model.ref}/"
    text = page(signed_in("mona"), url)
    for words in ("No heartbeat", "since <time datetime=\"2026-11-15\">15 Nov</time>", "Would clear it", "What comes next",
                  "No monitoring data", "eleven sections", f"{url}versions/"):  # fmt: skip
        assert words in text
    assert f"{url}edit/" not in page(signed_in("vera"), url)


def test_a_model_s_page_never_shows_today_under_a_past_date(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast)
    assert signed_in("mona").get(f"{LIST}{model.ref}/", {"as_of": back(12).isoformat()}).status_code == 400


def test_a_model_that_is_not_there_or_not_theirs_is_not_found(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast)
    assert signed_in("ursula").get(f"{LIST}{model.ref}/").status_code == 404
    assert signed_in("max").get(f"{LIST}M-9999/").status_code == 404
    assert signed_in("max").get(f"{LIST}AI-0001/").status_code == 404


def test_an_initiative_shows_its_models(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast, last_heartbeat_on=back(40))
    empty = initiative(cast, "Another")
    evaluate_all(at=AT)
    text = page(signed_in("alice"), f"/governance/initiative/{model.initiatives.get().ref}/models/")
    assert "Triage ranker" in text
    assert "No heartbeat since 15 Nov" in text
    assert "No model is linked yet" in page(signed_in("alice"), f"/governance/initiative/{empty.ref}/models/")
    assert signed_in("ursula").get(f"/governance/initiative/{empty.ref}/models/").status_code == 404


# Forms


def test_a_model_is_registered_by_form_with_its_initiative_filled_in(cast: Cast, signed_in: SignIn) -> None:
    goal = initiative(cast, risk_tier=2)
    client, url = signed_in("max"), f"{LIST}new/?initiative={goal.ref}"
    sent = filled(client, url) | {"name": "Ranker", "owner": cast.mona.pk}
    assert sent["initiatives"] == [goal.pk]
    answer = client.post(url, sent, follow=True)
    assert "is registered" in answer.content.decode()
    row = AiModel.objects.get()
    assert (row.name, row.unit, row.risk_tier) == ("Ranker", cast.claims, 2)
    assert list(row.initiatives.all()) == [goal]
    assert row.status == "current"


def test_nothing_changed_in_the_form_changes_nothing(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast)
    evaluate_all(at=AT)
    client, url = signed_in("mona"), f"{LIST}{model.ref}/edit/"
    before = AiModel.objects.values().get()
    assert client.post(url, filled(client, url)).status_code == 302
    assert AiModel.objects.values().get() == before


def test_an_owner_writes_what_is_said_and_no_day_that_a_record_writes(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast, last_heartbeat_on=back(40), attestation_due_on=back(3))
    evaluate_all(at=AT)
    client, url = signed_in("mona"), f"{LIST}{model.ref}/edit/"
    sent = filled(client, url)
    assert not sent.keys() & {*FROM_RECORDS, "risk_tier", "section_limits"}
    typed = {"vendor": "Acme", "last_heartbeat_on": TODAY.isoformat(), "attested_on": TODAY.isoformat(), "risk_tier": "3",
             "section_limits": TODAY.isoformat()}  # fmt: skip
    assert client.post(url, sent | typed).status_code == 302
    row = AiModel.objects.get()
    assert (row.vendor, row.status, row.risk_tier, row.attestation_due_on) == ("Acme", "stale", 2, back(3))
    assert row.dossier_sections["limits"] == back(30).isoformat()


def test_a_model_handed_over_ends_on_a_page_its_former_owner_may_see(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast, goal=False)
    client, url = signed_in("mona"), f"{LIST}{model.ref}/edit/"
    answer = client.post(url, filled(client, url) | {"owner": cast.max.pk}, follow=True)
    assert (answer.status_code, answer.redirect_chain) == (200, [(LIST, 302)])
    assert f"{model.ref} is saved" in answer.content.decode()


def test_a_model_in_production_is_not_left_without_an_owner(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast)
    client, url = signed_in("mona"), f"{LIST}{model.ref}/edit/"
    answer = client.post(url, filled(client, url) | {"owner": ""})
    assert answer.status_code == 400
    assert answer.context["form"].errors["owner"] == [
        "A model in production has an owner. Name an active person."
    ]


def test_a_reviewer_puts_a_record_right_on_its_page(cast: Cast, signed_in: SignIn) -> None:
    reviewer(cast)
    model = sound_model(cast, last_validated_on=None, in_production_since=date(2020, 1, 1))
    evaluate_all(at=AT)
    client, url = signed_in("rita"), f"{LIST}{model.ref}/correct/"
    assert url in page(client, f"{LIST}{model.ref}/")
    sent = filled(client, url) | {"last_validated_on": back(9).isoformat(), "section_limits": ""}
    assert client.post(url, sent).status_code == 400
    assert client.post(url, sent | {"because": "The report of last week is on paper."}).status_code == 302
    row = AiModel.objects.get()
    assert (row.last_validated_on, row.status) == (back(9), "current")
    assert "limits" not in row.dossier_sections
    assert "security" in row.dossier_sections
    assert row.in_production_since == date(2020, 1, 1)


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 403), ("vera", 403), ("max", 403), ("ursula", 403), ("charlie", 403)]
)
def test_who_may_not_review_gets_no_form_to_put_a_record_right(
    who: str, status: int, cast: Cast, signed_in: SignIn
) -> None:
    model = sound_model(cast)
    client, url = signed_in(who), f"{LIST}{model.ref}/correct/"
    assert "/correct/" not in client.get(f"{LIST}{model.ref}/").content.decode()
    assert client.get(url).status_code == status
    assert client.post(url, {"version": 1, "because": "x"}).status_code == status


def test_a_reviewer_who_developed_it_is_told_so_before_they_type(cast: Cast, signed_in: SignIn) -> None:
    reviewer(cast)
    model = sound_model(cast, developer="Rita")
    for act in ("correct", "review"):
        text = page(signed_in("rita"), f"{LIST}{model.ref}/{act}/")
        assert "Nobody judges a model they developed" in text


def test_the_gravest_stale_model_stands_first_and_says_how_grave(cast: Cast, signed_in: SignIn) -> None:
    old = {"last_review_on": back(9), "last_validated_on": back(9), "fallback_tested_on": back(9)}
    sound_model(cast, "Low and old", risk_tier=3, last_heartbeat_on=back(300), **old)
    sound_model(cast, "High and new", risk_tier=1, last_heartbeat_on=back(32), **old)
    sound_model(cast, "High and old", risk_tier=1, last_heartbeat_on=back(90), **old)
    sound_model(cast, "Current", risk_tier=1, **old)
    evaluate_all(at=AT)
    text = page(signed_in("max"), LIST)
    names = ["High and old", "High and new", "Low and old", "Current"]
    places = [text.index(f">{name}</a>") for name in names]
    assert places == sorted(places)
    found = page(signed_in("max"), LIST, severity="3")
    assert "High and old" in found
    assert "Low and old" not in found


def test_the_list_names_no_initiative_the_reader_may_not_see(cast: Cast, signed_in: SignIn) -> None:
    initiative(cast, "Secret plan", unit=cast.retail, lead=cast.charlie).models.add(
        sound_model(cast, goal=False)
    )
    evaluate_all(at=AT)
    text = page(signed_in("mona"), LIST)
    assert "Secret plan" not in text
    assert "serves no initiative you may see" in text
    assert "Secret plan" in page(signed_in("max"), LIST)


def test_links_an_editor_cannot_see_stay(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast)
    hidden = initiative(cast, "Hidden", unit=cast.retail, lead=cast.charlie)
    model.initiatives.add(hidden)
    seen = initiative(cast, "Seen")
    AiModel.objects.update(owner=cast.alice)
    type(cast.alice).objects.get(pk=cast.alice.pk).grants.create(
        role="model_owner", unit=cast.claims, granted_at=AT
    )
    client, url = signed_in("alice"), f"{LIST}{model.ref}/edit/"
    assert "Hidden" not in page(client, url)
    assert client.post(url, filled(client, url) | {"initiatives": [seen.pk]}).status_code == 302
    assert set(model.initiatives.all()) == {hidden, seen}


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": ""}, "name"), ({"owner": "99999"}, "owner"), ({"next_review_on": "soon"}, "next_review_on"),
     ({"in_production_since": "2027-01-01"}, "in_production_since"), ({"stage": "retired"}, "stage"),
     ({"monitoring_cadence_days": "0"}, "monitoring_cadence_days"),
     ({"unit": ""}, "unit"), ({"initiatives": ["9999"]}, "initiatives"), ({"purpose": "a\x00"}, "purpose")],
)  # fmt: skip
def test_a_wrong_form_keeps_what_was_typed(
    change: dict[str, Any], field: str, cast: Cast, signed_in: SignIn
) -> None:
    model = sound_model(cast)
    client, url = signed_in("mona"), f"{LIST}{model.ref}/edit/"
    answer = client.post(url, filled(client, url) | change)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert AiModel.objects.get().version == 1


def test_two_people_saving_the_same_model_see_both_versions(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast)
    mona, manager, url = signed_in("mona"), signed_in("max"), f"{LIST}{model.ref}/edit/"
    mine = filled(mona, url) | {"vendor": "Acme"}
    manager.post(url, filled(manager, url) | {"vendor": "Other"})
    answer = mona.post(url, mine)
    assert answer.status_code == 412
    assert "Max saved a newer version" in answer.content.decode()
    assert AiModel.objects.get().vendor == "Other"


@pytest.mark.parametrize(
    ("who", "status"), [("ursula", 404), ("charlie", 403), ("dana", 403), ("vera", 403), ("alice", 403)]
)
def test_who_may_not_edit_gets_no_form(who: str, status: int, cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast)
    client = signed_in(who)
    for act in ("edit", "retire"):
        assert client.get(f"{LIST}{model.ref}/{act}/").status_code == status
        assert client.post(f"{LIST}{model.ref}/{act}/", {"version": 1, "because": "x"}).status_code == status
    assert AiModel.objects.get().version == 1


def test_a_review_is_recorded_by_form(cast: Cast, signed_in: SignIn) -> None:
    reviewer(cast)
    model = sound_model(cast, next_review_on=back(3))
    evaluate_all(at=AT)
    client, url = signed_in("rita"), f"{LIST}{model.ref}/review/"
    assert "12 months" in page(client, url)
    sent = filled(client, url) | {"outcome": "fit", "findings": "Two segments looked at."}
    answer = client.post(url, sent, follow=True)
    assert "The next is due by 24 Nov 2027." in answer.content.decode()
    row = AiModel.objects.get()
    assert (row.status, row.last_review_on, row.next_review_on) == ("current", TODAY, date(2027, 11, 24))
    assert "Two segments looked at." in page(client, f"{LIST}{model.ref}/")


def test_an_owner_who_is_a_validator_too_is_refused_their_own(cast: Cast, signed_in: SignIn) -> None:
    rita = reviewer(cast)
    model = sound_model(cast, owner=rita)
    client, url = signed_in("rita"), f"{LIST}{model.ref}/review/"
    assert "Nobody judges a model they own" in page(client, url)
    sent = {"version": 1, "reviewed_on": TODAY.isoformat(), "outcome": "fit"}
    assert client.post(url, sent).status_code == 403
    assert not ModelReview.objects.exists()
    assert signed_in("mona").get(url).status_code == 403


@pytest.mark.parametrize("change", [{"outcome": ""}, {"outcome": "great"}, {"reviewed_on": "2027-01-01"}, {"reviewed_on": ""},
                                    {"next_review_on": "2020-01-01"}, {"next_review_on": "2040-01-01"}])  # fmt: skip
def test_a_wrong_review_is_refused_by_its_form(change: dict[str, str], cast: Cast, signed_in: SignIn) -> None:
    reviewer(cast)
    model = sound_model(cast)
    client, url = signed_in("rita"), f"{LIST}{model.ref}/review/"
    assert client.post(url, filled(client, url) | {"outcome": "fit"} | change).status_code == 400
    assert not ModelReview.objects.exists()


def test_a_model_is_retired_by_form_and_cannot_be_changed_after(cast: Cast, signed_in: SignIn) -> None:
    model = sound_model(cast, stage="pilot", in_production_since=None)
    client, url = signed_in("mona"), f"{LIST}{model.ref}/retire/"
    assert client.post(url, filled(client, url)).status_code == 400
    assert client.post(url, filled(client, url) | {"because": "Replaced by rules."}).status_code == 302
    text = page(client, f"{LIST}{model.ref}/")
    assert "Replaced by rules." in text
    assert "Record a review" not in text
    for act in ("edit", "retire"):
        assert client.get(f"{LIST}{model.ref}/{act}/").status_code == 409
    assert "retired" in page(client, LIST)


def test_a_model_owner_s_home_says_what_is_due(cast: Cast, signed_in: SignIn) -> None:
    sound_model(cast, next_review_on=back(3), attestation_due_on=TODAY)
    text = page(signed_in("mona"), "/portfolio/home/")
    assert "Have it reviewed: Triage ranker" in text
    assert "Attest: Triage ranker" in text
    assert "Triage ranker" not in page(signed_in("max"), "/portfolio/home/")
