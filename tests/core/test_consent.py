"""A role that approves is given by two, and so is the role that gives roles."""

import contextlib
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.access import Actor, may, system
from core.consent import confirm, decline, withdraw
from core.grants import grant_role, revoke_role
from core.models import AccessRequest, AuditEvent, Role, RoleGrant, User
from core.models.people import BY_TWO
from core.people import deactivate_user, edit_user, reactivate_user
from core.proposals import propose_address, propose_role
from core.roles import APPROVES, GIVEN_BY_TWO, TABLE, Action
from core.tasks import housekeeping
from tests.cast import AT, Cast, make_cast
from tests.core.consenting import acting, refused, second_administrator, somebody

LATER = AT + timedelta(days=14)
WHY = "A seat is free"
ROLES_BY_TWO = sorted(GIVEN_BY_TWO)


@pytest.fixture
def adam(cast: Cast) -> Actor:
    return cast.actor("adam")


@pytest.fixture
def beth(cast: Cast) -> Actor:
    return acting(second_administrator())


def asked(
    cast: Cast, by: Actor, *, user: User | None = None, role: str = Role.COUNCIL_MEMBER
) -> AccessRequest:
    return propose_role(user=user or cast.vera, role=role, unit=None, because=WHY, by=by, at=AT)


def test_the_table_says_which_roles_two_give_and_the_database_knows_them() -> None:
    assert {Role.COUNCIL_MEMBER, Role.COUNCIL_CHAIR, Role.PORTFOLIO_MANAGER} == APPROVES
    assert APPROVES | {Role.ADMIN} == GIVEN_BY_TWO
    assert set(BY_TWO) == GIVEN_BY_TWO
    for role, (actions, _) in TABLE.items():
        decides = actions & {
            Action.APPROVE_MONEY,
            Action.DECIDE_GATE,
            Action.EXTEND_PILOT,
            Action.MANAGE_USERS,
        }
        assert not decides or role in GIVEN_BY_TWO, role


@pytest.mark.parametrize("role", ROLES_BY_TWO)
def test_one_administrator_alone_gives_none_of_them(cast: Cast, adam: Actor, role: str) -> None:
    for user in (cast.vera, cast.adam, cast.nobody):
        with refused(403, "four_eyes"):
            grant_role(user=user, role=role, unit=None, by=adam, at=AT)
    assert RoleGrant.objects.filter(granted_by=cast.adam).count() == 0


@pytest.mark.parametrize("role", ROLES_BY_TWO)
def test_proposed_by_one_and_confirmed_by_another_it_is_held(
    cast: Cast, adam: Actor, beth: Actor, role: str
) -> None:
    row = propose_role(user=cast.vera, role=role, unit=cast.claims, because=WHY, by=adam, at=AT)
    assert row.lapses_at == LATER
    assert not RoleGrant.objects.filter(user=cast.vera, role=role).exists(), "not before somebody consents"
    done = confirm(pk=row.pk, by=beth, at=AT)
    grant = RoleGrant.objects.get(user=cast.vera, role=role)
    assert (grant.unit, grant.granted_by, grant.confirmed_by) == (cast.claims, cast.adam, beth.user)
    assert (done.state, done.decided_by, done.decided_at) == ("confirmed", beth.user, AT)
    said = list(AuditEvent.objects.values_list("action", "actor_label", "reason"))
    assert said == [("role.proposed", "Adam", WHY), ("role.granted", "Beth", WHY)]


def test_an_administrator_sits_on_the_council_only_with_a_second_ones_consent(
    cast: Cast, adam: Actor, beth: Actor
) -> None:
    row = asked(cast, adam, user=cast.adam)
    with refused(403, "four_eyes"):
        confirm(pk=row.pk, by=adam, at=AT)
    confirm(pk=row.pk, by=beth, at=AT)
    assert RoleGrant.objects.filter(user=cast.adam, role=Role.COUNCIL_MEMBER).exists()


def test_neither_the_proposer_nor_the_receiver_consents(cast: Cast, adam: Actor, beth: Actor) -> None:
    for_beth = asked(cast, adam, user=beth.user)
    for answer in (confirm, decline):
        for by in (adam, beth):
            with refused(403, "four_eyes"):
                answer(pk=for_beth.pk, by=by, at=AT)
    for_beth.refresh_from_db()
    assert (for_beth.state, for_beth.decided_by) == ("waiting", None)


@pytest.mark.parametrize("name", ["vera", "max", "edith", "dana", "nobody"])
def test_nobody_but_an_administrator_consents(cast: Cast, adam: Actor, name: str) -> None:
    row = asked(cast, adam, user=cast.audrey)
    for answer in (confirm, decline, withdraw):
        with refused(403):
            answer(pk=row.pk, by=cast.actor(name), at=AT)


def test_no_token_no_machine_and_no_command_consents(cast: Cast, adam: Actor, beth: Actor) -> None:
    row = asked(cast, adam)
    assert beth.user is not None
    by_token = acting(beth.user, via="token", token_id=1, scopes=["users:admin"])
    machine = somebody("robot", (Role.ADMIN, None))
    User.objects.filter(pk=machine.pk).update(is_service=True)
    for by in (by_token, acting(machine), system("command"), system("task")):
        with refused(403, "forbidden"):
            confirm(pk=row.pk, by=by, at=AT)
    assert not RoleGrant.objects.filter(user=cast.vera, role=Role.COUNCIL_MEMBER).exists()


def test_a_units_administrator_consents_for_the_unit_and_no_further(cast: Cast, adam: Actor) -> None:
    una = acting(somebody("una", (Role.ADMIN, cast.retail)))
    inside = propose_role(
        user=cast.vera, role=Role.COUNCIL_MEMBER, unit=cast.cards, because=WHY, by=adam, at=AT
    )
    outside = propose_role(user=cast.vera, role=Role.COUNCIL_MEMBER, unit=None, because=WHY, by=adam, at=AT)
    beside = propose_role(
        user=cast.vera, role=Role.COUNCIL_MEMBER, unit=cast.claims, because=WHY, by=adam, at=AT
    )
    for row in (outside, beside):
        with refused(403):
            confirm(pk=row.pk, by=una, at=AT)
    confirm(pk=inside.pk, by=una, at=AT)
    with refused(403, "escalation"):
        propose_role(user=cast.nobody, role=Role.COUNCIL_MEMBER, unit=None, because=WHY, by=una, at=AT)


def test_what_nobody_consented_to_in_time_has_lapsed(
    cast: Cast, adam: Actor, beth: Actor, frozen: Any
) -> None:
    row = asked(cast, adam)
    for answer in (confirm, decline):
        with refused(409, "lapsed"):
            answer(pk=row.pk, by=beth, at=LATER)
    with refused(409, "already_asked"):
        asked(cast, adam)
    again = propose_role(user=cast.vera, role=Role.COUNCIL_MEMBER, unit=None, because=WHY, by=adam, at=LATER)
    row.refresh_from_db()
    assert (row.state, again.state) == ("lapsed", "waiting")
    confirm(pk=again.pk, by=beth, at=LATER + timedelta(days=14) - timedelta(seconds=1))
    frozen(LATER)
    other = asked(cast, adam, role=Role.COUNCIL_CHAIR)
    housekeeping()
    other.refresh_from_db()
    assert other.state == "lapsed"


def test_it_is_answered_once(cast: Cast, adam: Actor, beth: Actor) -> None:
    row = asked(cast, adam)
    decline(pk=row.pk, by=beth, at=AT)
    for answer, by in ((confirm, beth), (decline, beth), (withdraw, adam)):
        with refused(409, "already_answered"):
            answer(pk=row.pk, by=by, at=AT)
    assert not RoleGrant.objects.filter(user=cast.vera, role=Role.COUNCIL_MEMBER).exists()
    assert AuditEvent.objects.filter(action="role.declined").count() == 1


def test_only_the_proposer_takes_it_back(cast: Cast, adam: Actor, beth: Actor) -> None:
    row = asked(cast, adam)
    with refused(403):
        withdraw(pk=row.pk, by=beth, at=AT)
    withdraw(pk=row.pk, by=adam, at=AT)
    with refused(409, "already_answered"):
        confirm(pk=row.pk, by=beth, at=AT)
    asked(cast, adam)


def test_a_proposal_falls_with_the_proposers_own_role(cast: Cast, adam: Actor, beth: Actor) -> None:
    row = asked(cast, beth)
    assert beth.user is not None
    carl = acting(somebody("carl", (Role.ADMIN, None)))
    revoke_role(grant=RoleGrant.objects.get(user=beth.user), by=adam, at=AT)
    with refused(409, "proposer_gone"):
        confirm(pk=row.pk, by=carl, at=AT)


def test_somebody_whose_role_was_taken_while_they_waited_does_not_consent(
    cast: Cast, adam: Actor, beth: Actor
) -> None:
    """The actor was read when the request began; what counts is what they hold when their turn comes."""
    row = asked(cast, adam)
    assert beth.user is not None
    RoleGrant.objects.filter(user=beth.user).delete()
    with refused(403):
        confirm(pk=row.pk, by=beth, at=AT)


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"because": " "}, 400, "invalid"),
        ({"because": "x" * 301}, 400, "invalid"),
        ({"role": Role.VIEWER}, 400, "invalid"),
        ({"role": "emperor"}, 400, "invalid"),
    ],
)
def test_a_proposal_nobody_could_judge_is_refused(
    cast: Cast, adam: Actor, facts: Any, status: int, code: str
) -> None:
    with refused(status, code):
        propose_role(
            **{"user": cast.edith, "role": Role.COUNCIL_MEMBER, "unit": None, "because": WHY, **facts},
            by=adam,
            at=AT,
        )
    assert not AccessRequest.objects.exists()


def test_who_left_who_holds_it_and_a_machine_are_not_proposed(cast: Cast, adam: Actor, beth: Actor) -> None:
    with refused(409, "already_granted"):
        asked(cast, adam, user=cast.dana)
    User.objects.filter(pk=cast.edith.pk).update(is_active=False)
    with refused(409, "not_active"):
        asked(cast, adam, user=cast.edith)
    row = asked(cast, adam)
    edit_user(pk=cast.vera.pk, expected_version=1, is_service=True, by=adam, at=AT)
    with refused(400):
        confirm(pk=row.pk, by=beth, at=AT)
    with refused(400):
        asked(cast, adam, role=Role.COUNCIL_CHAIR)
    with refused(409, "approves"):
        edit_user(pk=cast.dana.pk, expected_version=1, is_service=True, by=adam, at=AT)


def test_the_command_line_gives_alone_and_says_so(cast: Cast) -> None:
    by = system("command")
    row = grant_role(user=cast.vera, role=Role.ADMIN, unit=None, by=by, at=AT, because="Only one is left")
    assert (row.granted_by, row.confirmed_by) == (None, None)
    event = AuditEvent.objects.get(action="role.granted")
    assert (event.via, event.actor_label, event.reason) == ("command", "Throughline", "Only one is left")
    assert may(acting(cast.vera), Action.MANAGE_USERS)


@pytest.mark.parametrize("role", ROLES_BY_TWO)
@pytest.mark.parametrize("confirmed_by", ["nobody there", "the granter", "the receiver"])
def test_the_database_refuses_such_a_role_given_by_one(cast: Cast, role: str, confirmed_by: str) -> None:
    second = {"nobody there": None, "the granter": cast.adam, "the receiver": cast.vera}[confirmed_by]
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(
            user=cast.vera, role=role, granted_by=cast.adam, confirmed_by=second, granted_at=AT
        )
    RoleGrant.objects.create(
        user=cast.vera, role=role, granted_by=cast.adam, confirmed_by=cast.max, granted_at=AT
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "confirmed", "decided_by": "adam", "decided_at": AT},
        {"state": "confirmed", "decided_by": "vera", "decided_at": AT},
        {"state": "declined", "decided_by": "adam", "decided_at": AT},
        {"state": "confirmed", "decided_by": None, "decided_at": AT},
        {"state": "confirmed"},
        {"state": "waiting", "decided_by": "max", "decided_at": AT},
        {"state": "withdrawn", "decided_by": "max", "decided_at": AT},
        {"kind": "email"},
        {"email": "x@calder.example"},
    ],
    ids=str,
)
def test_the_database_refuses_a_request_answered_by_the_wrong_person(
    cast: Cast, adam: Actor, facts: dict[str, Any]
) -> None:
    row = asked(cast, adam)
    if facts.get("decided_by"):
        facts = {**facts, "decided_by": cast.people[facts["decided_by"]]}
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRequest.objects.filter(pk=row.pk).update(**facts)
    AccessRequest.objects.filter(pk=row.pk).update(state="confirmed", decided_by=cast.max, decided_at=AT)


def test_whoever_comes_back_approves_again_only_with_a_second_consent(
    cast: Cast, adam: Actor, beth: Actor
) -> None:
    RoleGrant.objects.create(user=cast.dana, role=Role.VIEWER, unit=cast.claims, granted_at=AT)
    deactivate_user(pk=cast.dana.pk, by=adam, at=AT)
    reactivate_user(pk=cast.dana.pk, by=adam, at=AT)
    assert list(cast.dana.grants.values_list("role", flat=True)) == [Role.VIEWER]
    row = AccessRequest.objects.get(user=cast.dana)
    with refused(403, "four_eyes"):
        confirm(pk=row.pk, by=adam, at=AT)
    confirm(pk=row.pk, by=beth, at=AT)
    assert set(cast.dana.grants.values_list("role", flat=True)) == {Role.VIEWER, Role.COUNCIL_MEMBER}
    deactivate_user(pk=cast.dana.pk, by=adam, at=AT)
    reactivate_user(pk=cast.dana.pk, by=system("command"), at=AT)
    assert cast.dana.grants.filter(role=Role.COUNCIL_MEMBER).exists(), "the machine's own command asks nobody"


def test_leaving_and_coming_back_twice_asks_once(cast: Cast, adam: Actor) -> None:
    asked(cast, adam, user=cast.edith)
    RoleGrant.objects.create(user=cast.edith, role=Role.COUNCIL_MEMBER, granted_at=AT)
    for _ in range(2):
        deactivate_user(pk=cast.edith.pk, by=adam, at=AT)
        reactivate_user(pk=cast.edith.pk, by=adam, at=AT)
    assert AccessRequest.objects.filter(user=cast.edith, state="waiting").count() == 1


def test_an_address_is_asked_for_one_at_a_time(cast: Cast, adam: Actor) -> None:
    first = propose_address(user=cast.vera, email="v@calder.example", because=WHY, by=adam, at=AT)
    with refused(409, "already_asked"):
        propose_address(user=cast.vera, email="w@calder.example", because=WHY, by=adam, at=AT)
    withdraw(pk=first.pk, by=adam, at=AT)
    propose_address(user=cast.vera, email="w@calder.example", because=WHY, by=adam, at=AT)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_once_answer_once() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    cast = make_cast()
    row = asked(cast, cast.actor("adam"))
    answerers = [acting(somebody(name, (Role.ADMIN, None))) for name in ("beth", "carl", "dora")]
    start = threading.Barrier(3)

    def answer(by: Actor, how: Any) -> None:
        start.wait(10)
        with contextlib.suppress(Exception):
            how(pk=row.pk, by=by, at=AT)
        connection.close()

    work = [
        threading.Thread(target=answer, args=one)
        for one in zip(answerers, (confirm, decline, confirm), strict=True)
    ]
    for one in work:
        one.start()
    for one in work:
        one.join(20)
    row.refresh_from_db()
    grants = RoleGrant.objects.filter(user=cast.vera, role=Role.COUNCIL_MEMBER)
    assert grants.count() == (1 if row.state == "confirmed" else 0)
    told = AuditEvent.objects.filter(action__in=["role.granted", "role.declined"])
    assert told.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_consent_and_the_loss_of_the_right_to_it_happen_in_one_order() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    cast = make_cast()
    row, beth = asked(cast, cast.actor("adam")), second_administrator()
    by, start = acting(beth), threading.Barrier(2)
    given = RoleGrant.objects.get(user=beth)

    def consent() -> None:
        start.wait(10)
        with contextlib.suppress(Exception):
            confirm(pk=row.pk, by=by, at=AT)
        connection.close()

    def dismiss() -> None:
        start.wait(10)
        revoke_role(grant=given, by=cast.actor("adam"), at=AT)
        connection.close()

    work = [threading.Thread(target=consent), threading.Thread(target=dismiss)]
    for one in work:
        one.start()
    for one in work:
        one.join(20)
    order = list(
        AuditEvent.objects.filter(action__in=["role.granted", "role.revoked"])
        .order_by("id")
        .values_list("action", flat=True)
    )
    assert order in (["role.granted", "role.revoked"], ["role.revoked"])
