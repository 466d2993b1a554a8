"""The address somebody signs in with is theirs: an administrator alone does not become them by changing it."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import transaction
from django.test import Client

from core.access import Actor
from core.addresses import change_own_address
from core.consent import confirm, decline
from core.models import AccessRequest, AuditEvent, User
from core.people import edit_user
from core.proposals import propose_address
from tests.cast import AT, PASSWORD, Cast
from tests.core.consenting import acting, browser, refused, second_administrator

WHY = "A new name"


@pytest.fixture
def adam(cast: Cast) -> Actor:
    return cast.actor("adam")


def proposed(cast: Cast, by: Actor, email: str = "dana@married.example") -> AccessRequest:
    return propose_address(user=cast.dana, email=email, because=WHY, by=by, at=AT)


def address_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def test_an_administrator_alone_changes_nobodys_address(cast: Cast, adam: Actor) -> None:
    for user in (cast.dana, cast.vera, cast.adam):
        with refused(403, "four_eyes"):
            edit_user(pk=user.pk, expected_version=1, email="mine@calder.example", by=adam, at=AT)
    edit_user(pk=cast.dana.pk, expected_version=1, email="DANA@calder.example", title="x", by=adam, at=AT)
    assert address_of(cast.dana) == "dana@calder.example"


def test_the_attempt_is_on_record_through_every_door(cast: Cast, api: Any, frozen: Any) -> None:
    answer = api("adam").patch(
        f"/api/v1/users/{cast.dana.pk}/", {"email": "mine@calder.example"}, headers={"If-Match": '"v1"'}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    event = AuditEvent.objects.get(action="address.refused")
    assert (event.actor_id, event.object_id) == (cast.adam.pk, cast.dana.pk)
    assert event.after == {"email": "mine@calder.example"}
    assert User.objects.get(pk=cast.dana.pk).version == 1


@pytest.mark.parametrize("who", ["dana", "beth"])
def test_the_person_or_a_second_administrator_consents(cast: Cast, adam: Actor, who: str) -> None:
    row = proposed(cast, adam)
    assert address_of(cast.dana) == "dana@calder.example"
    confirm(pk=row.pk, by=cast.actor("dana") if who == "dana" else acting(second_administrator()), at=AT)
    assert address_of(cast.dana) == "dana@married.example"
    event = AuditEvent.objects.get(action="person.edited")
    assert (event.before, event.after) == (
        {"email": "dana@calder.example"},
        {"email": "dana@married.example"},
    )


@pytest.mark.parametrize("who", ["adam", "vera", "max", "nobody"])
def test_nobody_else_consents(cast: Cast, adam: Actor, who: str) -> None:
    row = proposed(cast, adam)
    for answer in (confirm, decline):
        with refused(403, "four_eyes" if who == "adam" else "forbidden"):
            answer(pk=row.pk, by=cast.actor(who), at=AT)
    assert address_of(cast.dana) == "dana@calder.example"


def test_the_person_may_decline_and_a_token_of_theirs_may_not_consent(cast: Cast, adam: Actor) -> None:
    row = proposed(cast, adam)
    with refused(403):
        confirm(pk=row.pk, by=cast.actor("dana", via="token", token_id=1), at=AT)
    decline(pk=row.pk, by=cast.actor("dana"), at=AT)
    assert address_of(cast.dana) == "dana@calder.example"


@pytest.mark.parametrize(
    "email", ["VERA@calder.example", "no address", "", "dana@calder.example", "a\x00@b.example"]
)
def test_an_address_that_cannot_be_used_is_refused(cast: Cast, adam: Actor, email: str) -> None:
    with refused(400):
        proposed(cast, adam, email)


def test_an_address_taken_meanwhile_is_refused_when_it_is_confirmed(cast: Cast, adam: Actor) -> None:
    row = proposed(cast, adam)
    User.objects.filter(pk=cast.vera.pk).update(email="dana@married.example")
    with refused(400), transaction.atomic():
        confirm(pk=row.pk, by=cast.actor("dana"), at=AT)
    row.refresh_from_db()
    assert row.state == "waiting"


@pytest.mark.parametrize("who", ["max", "vera", "nobody"])
def test_only_who_manages_people_proposes(cast: Cast, who: str) -> None:
    with refused(403):
        proposed(cast, cast.actor(who))


def test_ones_own_address_is_changed_with_the_password(cast: Cast, signed_in: Any, frozen: Any) -> None:
    client = signed_in("dana")
    form = {"email": "Dana@Married.example", "password": "not the password"}
    wrong = client.post("/account/email/", form)
    assert wrong.status_code == 400
    assert "not your password" in wrong.content.decode()
    assert client.post("/account/email/", {**form, "password": PASSWORD}).status_code == 302
    assert address_of(cast.dana) == "dana@married.example"
    assert AuditEvent.objects.get(action="person.edited").actor_id == cast.dana.pk
    with refused(403):
        change_own_address(
            email="x@calder.example", password=PASSWORD, by=cast.actor("dana", via="token", token_id=1), at=AT
        )


def test_guessing_the_password_there_is_slowed(cast: Cast, signed_in: Any) -> None:
    client = signed_in("vera")
    form = {"email": "v@calder.example", "password": "a guess"}
    codes = [client.post("/account/email/", form).status_code for _ in range(12)]
    assert codes[0] == 400
    assert codes[-1] == 429
    assert client.post("/account/email/", {**form, "password": PASSWORD}).status_code == 429


def reset_mail(address: str) -> list[str]:
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": address})
    return [
        re.sub(r"https?://[^/]+", "", link)
        for one in mail.outbox
        for link in re.findall(r"https?://\S+key/\S+", str(one.body))
    ]


def test_links_and_sign_ins_with_the_old_address_are_dead(cast: Cast, adam: Actor) -> None:
    link = reset_mail("dana@calder.example")[0]
    assert EmailAddress.objects.filter(user=cast.dana).exists(), "the library keeps what it mailed"
    confirm(pk=proposed(cast, adam).pk, by=cast.actor("dana"), at=AT)
    assert not reset_mail("dana@calder.example")
    assert Client().get(link, follow=True).context["token_fail"]
    assert not Client().get(reset_mail("dana@married.example")[0], follow=True).context.get("token_fail")
    old = Client().post("/accounts/login/", {"login": "dana@calder.example", "password": PASSWORD})
    new = Client().post("/accounts/login/", {"login": "dana@married.example", "password": PASSWORD})
    assert (old.status_code, new.status_code) == (200, 302)


def test_the_librarys_own_page_of_addresses_is_closed(cast: Cast, signed_in: Any) -> None:
    """It would let anybody take a second address, also somebody else's, past our rules and our log."""
    client = signed_in("alice")
    for body in (
        {"action_add": "", "email": "dana@calder.example"},
        {"action_primary": "", "email": "x@x.example"},
    ):
        answer = client.post("/accounts/email/", body)
        assert (answer.status_code, answer["Location"]) == (302, "/account/email/")
    assert not EmailAddress.objects.exists()
    assert address_of(cast.alice) == "alice@calder.example"


def test_nobody_sets_anybodys_password(cast: Cast, api: Any, signed_in: Any) -> None:
    before = User.objects.get(pk=cast.dana.pk).password
    answer = api("adam").patch(
        f"/api/v1/users/{cast.dana.pk}/", {"password": "a long new password"}, headers={"If-Match": '"v1"'}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "field_not_writable")
    signed_in("adam").post(
        f"/people/{cast.dana.pk}/edit/", {"name": "Dana", "password": "a long new one", "version": 1}
    )
    assert User.objects.get(pk=cast.dana.pk).password == before


def test_an_address_typed_into_the_form_of_a_person_changes_nothing(cast: Cast, signed_in: Any) -> None:
    client = signed_in("adam")
    client.post(
        f"/people/{cast.dana.pk}/edit/", {"name": "Dana", "email": "mine@calder.example", "version": 1}
    )
    assert address_of(cast.dana) == "dana@calder.example"


def test_by_page_it_is_proposed_shown_to_the_person_and_confirmed(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    adam, dana = signed_in("adam"), signed_in("dana")
    form = {"email": "dana@married.example", "because": "Married in May"}
    assert adam.post(f"/people/{cast.dana.pk}/email/", form).status_code == 302
    row = AccessRequest.objects.get()
    page = adam.get(f"/people/{cast.dana.pk}/").content.decode()
    assert "You proposed it yourself" in page
    assert 'value="confirm"' not in page
    page = dana.get("/account/").content.decode()
    for words in ("dana@married.example", "Married in May", "Adam", 'value="confirm"'):
        assert words in page
    assert browser(cast.vera).post(f"/account/requests/{row.pk}/", {"answer": "confirm"}).status_code == 404
    assert dana.post(f"/account/requests/{row.pk}/", {"answer": "nonsense"}).status_code == 400
    assert dana.post(f"/account/requests/{row.pk}/", {"answer": "confirm"}).status_code == 302
    assert address_of(cast.dana) == "dana@married.example"
    assert "is proposed for you" not in dana.get("/account/").content.decode()
