"""Consent through pages and API: seen by those who may answer, refused to the others, and on record."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import AccessRequest, AuditEvent, Role, RoleGrant, User
from core.proposals import propose_role
from core.tokens import create_token
from tests.cast import AT, PASSWORD, Cast
from tests.core.consenting import acting, browser, second_administrator, somebody

SEAT = {"role": "council_member", "unit": None, "because": "A seat is free"}


@pytest.fixture
def beth(cast: Cast) -> User:
    return second_administrator()


def seat(cast: Cast, by: str = "adam") -> AccessRequest:
    return propose_role(
        user=cast.vera, role="council_member", unit=None, because="Free", by=cast.actor(by), at=AT
    )


def test_a_role_that_two_give_is_proposed_by_the_form_seen_and_confirmed(
    cast: Cast, beth: User, signed_in: Any, frozen: Any
) -> None:
    adam, other = signed_in("adam"), browser(beth)
    form = {"role": "council_member", "unit": "", "because": "A seat is free"}
    assert adam.post(f"/people/{cast.vera.pk}/", form).status_code == 302
    row = AccessRequest.objects.get()
    own, theirs = (client.get(f"/people/{cast.vera.pk}/").content.decode() for client in (adam, other))
    assert "You proposed it yourself" in own
    assert 'value="confirm"' not in own
    assert 'value="withdraw"' in own
    assert 'value="confirm"' in theirs
    assert 'value="withdraw"' not in theirs
    assert "A seat is free" in theirs
    assert "council member everywhere" in other.get("/people/").content.decode()
    assert adam.post(f"/people/{cast.vera.pk}/requests/{row.pk}/", {"answer": "confirm"}).status_code == 403
    assert other.post(f"/people/{cast.vera.pk}/requests/{row.pk}/", {"answer": "confirm"}).status_code == 302
    page = other.get(f"/people/{cast.vera.pk}/").content.decode()
    assert "Adam, with Beth" in page
    assert "Waits for a second person" not in other.get("/people/").content.decode()


def test_the_form_asks_why_for_a_role_that_two_give_and_only_then(cast: Cast, signed_in: Any) -> None:
    client = signed_in("adam")
    refused = client.post(f"/people/{cast.vera.pk}/", {"role": "council_chair", "unit": ""})
    assert refused.status_code == 400
    assert "Say why" in refused.content.decode()
    assert client.post(f"/people/{cast.vera.pk}/", {"role": "executive", "unit": ""}).status_code == 302
    assert RoleGrant.objects.filter(user=cast.vera, role="executive", granted_by=cast.adam).exists()


def test_the_receiver_finds_no_button_for_a_role_of_their_own(cast: Cast, beth: User, signed_in: Any) -> None:
    propose_role(user=beth, role="council_chair", unit=None, because="Free", by=cast.actor("adam"), at=AT)
    page = browser(beth).get(f"/people/{beth.pk}/").content.decode()
    assert "It is for yourself" in page
    assert 'value="confirm"' not in page


def test_a_lapsed_one_says_so_and_offers_nothing(cast: Cast, beth: User, frozen: Any) -> None:
    seat(cast)
    frozen(AT + timedelta(days=14))
    client = browser(beth)
    page = client.get(f"/people/{cast.vera.pk}/").content.decode()
    assert "Lapsed" in page
    assert 'value="confirm"' not in page
    assert "Waits for a second person" not in client.get("/people/").content.decode()


def test_an_attempt_to_consent_to_ones_own_proposal_is_on_record(
    cast: Cast, signed_in: Any, api: Any, frozen: Any
) -> None:
    row = seat(cast)
    signed_in("adam").post(f"/people/{cast.vera.pk}/requests/{row.pk}/", {"answer": "confirm"})
    answer = api("adam").post(
        f"/api/v1/users/{cast.vera.pk}/grant-requests/{row.pk}/confirm/", headers={"Idempotency-Key": "k"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    events = AuditEvent.objects.filter(action="role.refused")
    assert [(e.actor_id, e.object_id, e.via) for e in events] == [
        (cast.adam.pk, cast.vera.pk, "page"),
        (cast.adam.pk, cast.vera.pk, "api"),
    ]
    assert events[0].after == {"role": "council_member", "unit": None, "where": "everywhere"}
    assert not RoleGrant.objects.filter(user=cast.vera, role="council_member").exists()


def test_the_api_refuses_to_give_it_alone_and_says_where_to_propose_it(
    cast: Cast, api: Any, frozen: Any
) -> None:
    client, url = api("adam"), f"/api/v1/users/{cast.vera.pk}/grants/"
    answer = client.post(url, {"role": "council_chair", "unit": None})
    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    assert "propose" in answer.json()["detail"]
    assert AuditEvent.objects.get(action="role.refused").after["role"] == "council_chair"
    assert client.post(url, {"role": "executive", "unit": None}).status_code == 201


def test_through_the_api_it_is_proposed_listed_answered_and_held(
    cast: Cast, beth: User, api: Any, frozen: Any
) -> None:
    client, other = api("adam"), browser(beth)
    url = f"/api/v1/users/{cast.vera.pk}/grant-requests/"
    made = client.post(url, SEAT, headers={"Idempotency-Key": "one"})
    again = client.post(url, SEAT, headers={"Idempotency-Key": "one"})
    assert (made.status_code, again.status_code) == (201, 201)
    assert again.json() == made.json()
    row = made.json()
    assert (row["state"], row["proposed_by"], row["lapses_at"]) == (
        "waiting",
        cast.adam.pk,
        "2026-12-08T14:20:00Z",
    )
    assert client.post(url, SEAT).json()["code"] == "already_asked"
    listed = other.get(url).json()["results"]
    assert [one["id"] for one in listed] == [row["id"]]
    waiting = other.get("/api/v1/users/?requests=waiting").json()["results"]
    assert [one["id"] for one in waiting] == [cast.vera.pk]
    done = other.post(f"{url}{row['id']}/confirm/", {}, content_type="application/json")
    assert (done.status_code, done.json()["state"], done.json()["decided_by"]) == (200, "confirmed", beth.pk)
    grants = other.get(f"/api/v1/users/{cast.vera.pk}/grants/").json()["results"]
    assert (grants[-1]["granted_by"], grants[-1]["confirmed_by"]) == (cast.adam.pk, beth.pk)
    late = other.post(f"{url}{row['id']}/decline/", {}, content_type="application/json")
    assert late.json()["code"] == "already_answered"


def test_an_answer_for_somebody_elses_request_is_not_found(cast: Cast, beth: User, api: Any) -> None:
    row, client = seat(cast), browser(beth)
    for url in (
        f"/api/v1/users/{cast.bob.pk}/grant-requests/{row.pk}/confirm/",
        f"/api/v1/users/{cast.vera.pk}/email-changes/{row.pk}/confirm/",
        f"/api/v1/users/{cast.vera.pk}/grant-requests/{row.pk}/approve/",
        f"/people/{cast.bob.pk}/requests/{row.pk}/",
    ):
        body: dict[str, Any] = {} if "api" in url else {"answer": "confirm"}
        more: dict[str, Any] = {"content_type": "application/json"} if "api" in url else {}
        assert client.post(url, body, **more).status_code == 404, url
    row.refresh_from_db()
    assert row.state == "waiting"


def test_a_token_proposes_and_does_not_consent(cast: Cast, beth: User, frozen: Any) -> None:
    def bearer(user: User) -> dict[str, str]:
        _, secret = create_token(user=user, name="t", scopes=["users:admin"], by=acting(user), at=AT)
        return {"Authorization": f"Bearer {secret}"}

    url = f"/api/v1/users/{cast.vera.pk}/grant-requests/"
    made = Client().post(url, SEAT, content_type="application/json", headers=bearer(cast.adam))
    assert made.status_code == 201
    answer = Client().post(
        f"{url}{made.json()['id']}/confirm/", {}, content_type="application/json", headers=bearer(beth)
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "signed in" in answer.json()["detail"]


def test_a_units_administrator_reads_only_what_reaches_their_unit(cast: Cast) -> None:
    una = somebody("una", (Role.ADMIN, cast.retail))
    seat(cast)
    inside = propose_role(
        user=cast.vera, role="council_member", unit=cast.cards, because="Free", by=cast.actor("adam"), at=AT
    )
    url = f"/api/v1/users/{cast.vera.pk}"
    assert [r["id"] for r in browser(una).get(f"{url}/grant-requests/").json()["results"]] == [inside.pk]
    assert browser(una).get(f"{url}/email-changes/").status_code == 403


def test_the_people_page_costs_the_same_for_many_waiting(cast: Cast, signed_in: Any) -> None:
    client = signed_in("adam")
    seat(cast)
    client.get("/people/")
    with CaptureQueriesContext(connection) as few:
        client.get("/people/")
    for name in ("alice", "bob", "charlie", "mona", "audrey"):
        propose_role(
            user=cast.people[name],
            role="council_chair",
            unit=cast.claims,
            because="Free",
            by=cast.actor("adam"),
            at=AT,
        )
    with CaptureQueriesContext(connection) as many:
        client.get("/people/")
    assert len(few) == len(many)


def told(command: str, *words: str) -> str:
    said = StringIO()
    call_command(command, *words, stderr=said)
    return said.getvalue()


def test_the_first_administrators_are_made_on_the_machine(db: Any) -> None:
    call_command(
        "createsuperuser", interactive=False, email="first@calder.example", name="First", stdout=StringIO()
    )
    user = User.objects.get()
    assert "administrator in the whole organisation" in told(
        "grant_role", "FIRST@calder.example", "admin", "--because", "The first one"
    )
    event = AuditEvent.objects.get()
    assert (event.action, event.via, event.reason, event.object_id) == (
        "role.granted",
        "command",
        "The first one",
        user.pk,
    )
    assert browser(user).get("/people/").status_code == 200


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nobody.here@calder.example", "viewer"), "Nobody signs in"),
        (("vera@calder.example", "viewer", "--unit", "Mars"), "No business unit"),
        (("vera@calder.example", "viewer", "--unit", "clm"), "already"),
        (("vera@calder.example", "emperor"), "invalid choice"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_and_writes_nothing(cast: Cast, words: Any, says: str) -> None:
    before = RoleGrant.objects.count()
    with pytest.raises(CommandError, match=says):
        told("grant_role", *words, "--because", "x")
    with pytest.raises(CommandError, match="because"):
        told("grant_role", "vera@calder.example", "executive")
    assert RoleGrant.objects.count() == before
    assert not AuditEvent.objects.exists()


def test_an_address_nobody_is_left_to_consent_to_is_changed_on_the_machine(cast: Cast) -> None:
    assert "adam@new.example" in told(
        "change_address", "adam@calder.example", "adam@new.example", "--because", "Typo"
    )
    assert User.objects.get(pk=cast.adam.pk).email == "adam@new.example"
    assert AuditEvent.objects.get().reason == "Typo"
    for bad in ("vera@calder.example", "nonsense"):
        with pytest.raises(CommandError):
            told("change_address", "adam@new.example", bad, "--because", "x")


def test_a_new_password_signs_out_everywhere_else_and_signing_out_ends_the_session(cast: Cast) -> None:
    here, there = browser(cast.vera), browser(cast.vera)
    stolen = Client()
    stolen.cookies["sessionid"] = here.cookies["sessionid"].value
    new = "another long enough one"
    answer = here.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    assert here.get("/account/").status_code == 200
    for other in (there, stolen):
        assert other.get("/account/").status_code == 302
    kept = here.cookies["sessionid"].value
    here.post("/accounts/logout/")
    stolen.cookies["sessionid"] = kept
    assert stolen.get("/account/").status_code == 302


def test_a_session_is_a_new_one_after_signing_in(cast: Cast) -> None:
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before or ""
    client.post("/accounts/login/", {"login": "vera@calder.example", "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
