"""People come, change, hold roles, and leave."""

import contextlib
import threading
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from core import outbox
from core.access import Actor, may, system
from core.errors import Problem
from core.grants import grant_role, revoke_role
from core.models import ApiToken, AuditEvent, Outbox, Role, RoleGrant, User
from core.people import add_user, deactivate_user, edit_user, reactivate_user
from core.roles import Action
from core.tokens import create_token
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast, make_cast


def refused(status: int, code: str = "") -> Any:
    """A Problem of that status and code is expected."""
    return pytest.raises(Problem, check=lambda p: p.status == status and (not code or p.code == code))


@pytest.fixture
def adam(cast: Cast) -> Actor:
    return cast.actor("adam")


def test_an_added_person_signs_in_with_nothing_until_they_set_a_password(adam: Actor) -> None:
    row = add_user(name=" Zoë ", email="ZOE@Calder.example", by=adam, at=AT)
    assert (row.name, row.email, row.has_usable_password(), row.grants.count()) == (
        "Zoë",
        "zoe@calder.example",
        False,
        0,
    )
    event = AuditEvent.objects.get(action="person.added", object_id=row.pk)
    assert event.actor_label == "Adam"
    assert "password" not in str(event.after)


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"name": "", "email": "x@calder.example"}, "/name"),
        ({"name": "X", "email": "no address"}, "/email"),
        ({"name": "X", "email": "VERA@calder.example"}, "/email"),
        ({"name": "X\x00", "email": "x@calder.example"}, "/name"),
        ({"name": "\ud800", "email": "x@calder.example"}, "/name"),
        ({"name": "x" * 121, "email": "x@calder.example"}, "/name"),
    ],
)
def test_a_person_nobody_could_use_is_refused_at_the_place(adam: Actor, facts: Any, place: str) -> None:
    before = User.objects.count()
    with pytest.raises(Problem) as caught:
        add_user(by=adam, at=AT, **facts)
    assert [item.pointer for item in caught.value.items] == [place]
    assert User.objects.count() == before


@pytest.mark.parametrize("name", ["max", "vera", "audrey", "nobody"])
def test_only_who_manages_people_writes_them(cast: Cast, name: str) -> None:
    by = cast.actor(name)
    with refused(403):
        add_user(name="X", email="x@calder.example", by=by, at=AT)
    with refused(403):
        edit_user(pk=cast.vera.pk, expected_version=1, title="X", by=by, at=AT)
    with refused(403):
        deactivate_user(pk=cast.vera.pk, by=by, at=AT)
    with refused(403):
        grant_role(user=cast.vera, role=Role.VIEWER, unit=None, by=by, at=AT)


def test_an_edit_says_only_what_changed_and_a_no_op_says_nothing(cast: Cast, adam: Actor) -> None:
    edit_user(pk=cast.vera.pk, expected_version=1, title="Reader", name="Vera", by=adam, at=AT)
    event = AuditEvent.objects.get(action="person.edited")
    assert (event.before, event.after) == ({"title": ""}, {"title": "Reader"})
    row = edit_user(pk=cast.vera.pk, expected_version=2, title="Reader", by=adam, at=AT)
    assert row.version == 2
    assert AuditEvent.objects.filter(action="person.edited").count() == 1
    with refused(412):
        edit_user(pk=cast.vera.pk, expected_version=1, title="Other", by=adam, at=AT)


def test_whoever_leaves_is_signed_out_and_their_tokens_die(cast: Cast, adam: Actor, frozen: Any) -> None:
    client, other = Client(), Client()
    client.force_login(cast.alice)
    other.force_login(cast.vera)
    _, secret = create_token(
        user=cast.alice, name="feed", scopes=["portfolio:read"], by=cast.actor("alice"), at=AT
    )
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/initiatives/", headers=headers).status_code == 200
    deactivate_user(pk=cast.alice.pk, by=adam, at=AT)
    assert client.get("/portfolio/initiatives/").status_code == 302
    assert Client().get("/api/v1/initiatives/", headers=headers).status_code == 401
    assert other.get("/portfolio/initiatives/").status_code == 200
    assert Session.objects.count() == 1
    reactivate_user(pk=cast.alice.pk, by=adam, at=AT)
    assert client.get("/portfolio/initiatives/").status_code == 302, "the old session stays dead"
    assert Client().get("/api/v1/initiatives/", headers=headers).status_code == 401, "and so does the token"
    assert ApiToken.objects.get().revoked_at == AT


def test_leaving_marks_what_depends_on_the_person_and_only_once(cast: Cast, adam: Actor) -> None:
    deactivate_user(pk=cast.edith.pk, by=adam, at=AT)
    deactivate_user(pk=cast.edith.pk, by=adam, at=AT)
    assert list(Outbox.objects.values_list("kind", "payload")) == [
        ("person.deactivated", {"user_id": cast.edith.pk})
    ]
    assert AuditEvent.objects.filter(action="person.deactivated").count() == 1


def test_a_sponsor_who_left_counts_as_none_and_stays_in_the_log(cast: Cast, adam: Actor, frozen: Any) -> None:
    row = Initiative.objects.create(
        name="x", unit=cast.claims, sponsor=cast.edith, sponsor_since=TODAY, created_at=AT, updated_at=AT
    )
    kept = Initiative.objects.create(
        name="y", unit=cast.claims, sponsor=cast.max, created_at=AT, updated_at=AT
    )
    deactivate_user(pk=cast.edith.pk, by=adam, at=AT)
    outbox.drain()
    row.refresh_from_db()
    kept.refresh_from_db()
    assert (row.sponsor_id, row.sponsor_since, row.sponsor_vacant_since) == (None, None, TODAY)
    assert kept.sponsor_id == cast.max.pk
    event = AuditEvent.objects.get(action="initiative.sponsor_left")
    assert event.before["sponsor"] == cast.edith.pk
    assert event.actor_label == "Throughline"
    assert Outbox.objects.filter(dead_at__isnull=False).count() == 0


def test_coming_back_before_the_work_is_done_keeps_the_sponsor(cast: Cast, adam: Actor, frozen: Any) -> None:
    row = Initiative.objects.create(
        name="x", unit=cast.claims, sponsor=cast.edith, created_at=AT, updated_at=AT
    )
    deactivate_user(pk=cast.edith.pk, by=adam, at=AT)
    reactivate_user(pk=cast.edith.pk, by=adam, at=AT)
    outbox.drain()
    row.refresh_from_db()
    assert row.sponsor_id == cast.edith.pk


def test_nobody_deactivates_themselves_and_the_last_administrator_stays(cast: Cast, adam: Actor) -> None:
    with refused(409, "own_account"):
        deactivate_user(pk=cast.adam.pk, by=adam, at=AT)
    with refused(409, "last_administrator"):
        deactivate_user(pk=cast.adam.pk, by=system(), at=AT)
    with refused(409, "last_administrator"):
        revoke_role(grant=RoleGrant.objects.get(user=cast.adam), by=adam, at=AT)
    grant_role(user=cast.max, role=Role.ADMIN, unit=None, by=system("command"), at=AT)
    revoke_role(grant=RoleGrant.objects.get(user=cast.adam), by=adam, at=AT)
    assert not may(cast.actor("adam"), Action.MANAGE_USERS)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LEAD, Role.VALIDATOR])
def test_an_administrator_does_not_make_themselves_more_than_they_are(
    cast: Cast, adam: Actor, role: str
) -> None:
    with refused(403, "escalation"):
        grant_role(user=cast.adam, role=role, unit=None, by=adam, at=AT)
    assert RoleGrant.objects.filter(user=cast.adam).count() == 1
    second = User.objects.create_user("second@calder.example", name="Second", created_at=AT)
    RoleGrant.objects.create(user=second, role=Role.ADMIN, granted_at=AT)
    grant_role(
        user=cast.adam, role=role, unit=None, by=Actor(second, cast.actor("adam").grants, "page"), at=AT
    )
    assert RoleGrant.objects.filter(user=cast.adam, role=role, granted_by=second).exists()


def test_what_one_holds_already_one_may_give_oneself_elsewhere(cast: Cast, adam: Actor) -> None:
    grant_role(user=cast.adam, role=Role.VIEWER, unit=cast.claims, by=adam, at=AT)
    assert RoleGrant.objects.filter(user=cast.adam).count() == 2


def test_a_units_administrator_reaches_no_further_than_the_unit(cast: Cast, adam: Actor) -> None:
    grant_role(user=cast.ursula, role=Role.ADMIN, unit=cast.retail, by=system("command"), at=AT)
    ursula = cast.actor("ursula")
    grant_role(user=cast.nobody, role=Role.VIEWER, unit=cast.cards, by=ursula, at=AT)
    for place in (None, cast.claims):
        with refused(403, "escalation"):
            grant_role(user=cast.nobody, role=Role.VIEWER, unit=place, by=ursula, at=AT)
    with refused(403, "escalation"):
        revoke_role(grant=RoleGrant.objects.get(user=cast.vera), by=ursula, at=AT)
    with refused(403):
        deactivate_user(pk=cast.vera.pk, by=ursula, at=AT)


def test_a_role_is_held_once_and_given_only_to_who_is_here(cast: Cast, adam: Actor) -> None:
    with refused(409, "already_granted"):
        grant_role(user=cast.vera, role=Role.VIEWER, unit=cast.claims, by=adam, at=AT)
    with refused(400):
        grant_role(user=cast.vera, role="emperor", unit=None, by=adam, at=AT)
    deactivate_user(pk=cast.vera.pk, by=adam, at=AT)
    with refused(409, "not_active"):
        grant_role(user=cast.vera, role=Role.EXECUTIVE, unit=None, by=adam, at=AT)


def test_a_role_taken_back_is_gone_at_the_next_request(cast: Cast, adam: Actor, frozen: Any) -> None:
    _, secret = create_token(
        user=cast.vera, name="feed", scopes=["portfolio:read"], by=cast.actor("vera"), at=AT
    )
    headers = {"Authorization": f"Bearer {secret}"}
    client, other = Client(), Client()
    client.force_login(cast.vera)
    other.force_login(cast.alice)
    assert client.get("/portfolio/initiatives/").status_code == 200
    revoke_role(grant=RoleGrant.objects.get(user=cast.vera), by=adam, at=AT)
    assert client.get("/portfolio/initiatives/").status_code == 302, (
        "signed out, also where another role is left"
    )
    assert other.get("/portfolio/initiatives/").status_code == 200
    assert Client().get("/api/v1/initiatives/", headers=headers).status_code == 401
    event = AuditEvent.objects.get(action="role.revoked")
    assert event.before == {"role": "viewer", "unit": cast.claims.pk, "where": "Claims"}
    assert event.after == {"sessions_ended": 1, "tokens_ended": 1}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_dismiss_each_other_at_once_leave_one() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    cast = make_cast()
    RoleGrant.objects.create(user=cast.max, role=Role.ADMIN, granted_at=AT)
    pairs = [(cast.actor("adam"), cast.max), (cast.actor("max"), cast.adam)]
    start = threading.Barrier(2)

    def dismiss(by: Actor, whom: User) -> None:
        start.wait(10)
        with contextlib.suppress(Problem):
            deactivate_user(pk=whom.pk, by=by, at=AT)
        connection.close()

    both = [threading.Thread(target=dismiss, args=pair) for pair in pairs]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    assert RoleGrant.objects.filter(role=Role.ADMIN, unit=None, user__is_active=True).count() == 1
