"""Whatever one administrator does alone, with every account they can make or get into, nobody becomes an approver."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.access import Actor
from core.consent import confirm, decline, withdraw
from core.errors import Problem
from core.grants import grant_role, revoke_role
from core.models import AccessRequest, ApiToken, BusinessUnit, Role, RoleGrant, User
from core.people import add_user, deactivate_user, edit_user, reactivate_user
from core.proposals import propose_address, propose_role
from core.tokens import create_token
from tests.cast import AT, Cast, make_cast
from tests.core.consenting import acting, administrators, approvers

WHY = "Because I say so"
Act = Callable[["Plot", Any], object]


class Plot:
    """One administrator's attempt. `hands`: accounts they act through: their own, and those they made."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.hands = [cast.adam.pk]

    def actor(self, draw: Any) -> Actor:
        user = User.objects.get(pk=draw(st.sampled_from(self.hands)))
        scopes = ["users:admin", "portfolio:admin"] if draw(st.booleans()) and draw(st.booleans()) else None
        return acting(user, token_id=1 if scopes else None, scopes=scopes)

    def person(self, draw: Any) -> User:
        known = [self.cast.vera.pk, self.cast.dana.pk, self.cast.edith.pk, self.cast.max.pk, *self.hands]
        return User.objects.get(pk=draw(st.sampled_from(known)))

    def place(self, draw: Any) -> BusinessUnit | None:
        place: BusinessUnit | None = draw(st.sampled_from([None, self.cast.retail, self.cast.claims]))
        return place

    def role(self, draw: Any) -> str:
        return str(draw(st.sampled_from([*Role.values, Role.ADMIN, Role.COUNCIL_CHAIR])))


def adds_an_account(plot: Plot, draw: Any) -> None:
    number = User.objects.count()
    made = add_user(
        name=f"Puppet {number}", email=f"puppet{number}@mine.example", is_service=draw(st.booleans()),
        by=plot.actor(draw), at=AT,
    )  # fmt: skip
    plot.hands.append(made.pk)


def gives_a_role(plot: Plot, draw: Any) -> None:
    grant_role(
        user=plot.person(draw), role=plot.role(draw), unit=plot.place(draw), by=plot.actor(draw), at=AT
    )


def proposes_a_role(plot: Plot, draw: Any) -> None:
    propose_role(
        user=plot.person(draw), role=plot.role(draw), unit=plot.place(draw), because=WHY, by=plot.actor(draw), at=AT
    )  # fmt: skip


def proposes_an_address(plot: Plot, draw: Any) -> None:
    address = f"mine{AccessRequest.objects.count()}@mine.example"
    propose_address(user=plot.person(draw), email=address, because=WHY, by=plot.actor(draw), at=AT)


def writes_an_address(plot: Plot, draw: Any) -> None:
    person = plot.person(draw)
    edit_user(
        pk=person.pk, expected_version=person.version, email=f"mine{person.pk}@mine.example", by=plot.actor(draw), at=AT
    )  # fmt: skip


def answers(plot: Plot, draw: Any) -> None:
    rows = list(AccessRequest.objects.order_by("pk").values_list("pk", flat=True))
    if rows:
        draw(st.sampled_from([confirm, confirm, decline, withdraw]))(
            pk=draw(st.sampled_from(rows)), by=plot.actor(draw), at=AT
        )


def takes_a_role(plot: Plot, draw: Any) -> None:
    rows = list(RoleGrant.objects.filter(user=plot.person(draw)).order_by("pk"))
    if rows:
        revoke_role(grant=draw(st.sampled_from(rows)), by=plot.actor(draw), at=AT)


def sends_away(plot: Plot, draw: Any) -> None:
    deactivate_user(pk=plot.person(draw).pk, by=plot.actor(draw), at=AT)


def brings_back(plot: Plot, draw: Any) -> None:
    reactivate_user(pk=plot.person(draw).pk, by=plot.actor(draw), at=AT)


def turns_person_into_machine_or_back(plot: Plot, draw: Any) -> None:
    person = plot.person(draw)
    edit_user(
        pk=person.pk, expected_version=person.version, is_service=not person.is_service, by=plot.actor(draw), at=AT
    )  # fmt: skip


def makes_a_token_for_another(plot: Plot, draw: Any) -> None:
    create_token(
        user=plot.person(draw), name="x", scopes=["portfolio:approve"], by=plot.actor(draw), at=AT
    )  # fmt: skip


ACTS: list[Act] = [
    adds_an_account, gives_a_role, gives_a_role, proposes_a_role, proposes_a_role, proposes_an_address,
    writes_an_address, answers, answers, answers, takes_a_role, sends_away, brings_back, turns_person_into_machine_or_back,
    makes_a_token_for_another,
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_sequence_of_acts_by_one_administrator_makes_an_approver(data: st.DataObject, db: Any) -> None:
    with transaction.atomic():
        cast = make_cast()
        # Had they a second administrator to ask, they would not be alone; one who has left is nobody to ask.
        plot = Plot(cast)
        approve, administer = approvers(), administrators()
        addresses = dict(User.objects.values_list("pk", "email"))
        for act in data.draw(st.lists(st.sampled_from(ACTS), min_size=3, max_size=14)):
            with suppress(Problem), transaction.atomic():
                act(plot, data.draw)
            assert approvers() <= approve, act
            assert administrators() <= administer, act
            now = dict(User.objects.filter(pk__in=addresses).values_list("pk", "email"))
            assert now == addresses, act
            assert set(ApiToken.objects.values_list("user_id", flat=True)) <= set(plot.hands)
        transaction.set_rollback(True)


@pytest.mark.parametrize("through", ["a new account", "an old one brought back", "an address of their own"])
def test_the_ways_that_look_open_are_closed(cast: Cast, through: str) -> None:
    """The same by hand, so that it is seen which door closes each."""
    adam = cast.actor("adam")
    before = approvers()
    codes = []
    if through == "a new account":
        puppet = add_user(name="Puppet", email="p@mine.example", by=adam, at=AT)
        tries: list[Callable[[], object]] = [
            lambda: grant_role(user=puppet, role=Role.ADMIN, unit=None, by=adam, at=AT),
            lambda: grant_role(user=puppet, role=Role.PORTFOLIO_MANAGER, unit=cast.claims, by=adam, at=AT),
        ]
    elif through == "an old one brought back":
        deactivate_user(pk=cast.dana.pk, by=adam, at=AT)
        before = approvers()
        reactivate_user(pk=cast.dana.pk, by=adam, at=AT)
        waits = AccessRequest.objects.get(user=cast.dana).pk
        tries = [lambda: confirm(pk=waits, by=adam, at=AT)]
    else:
        row = propose_address(user=cast.dana, email="d@mine.example", because=WHY, by=adam, at=AT)
        tries = [
            lambda: confirm(pk=row.pk, by=adam, at=AT),
            lambda: edit_user(pk=cast.dana.pk, expected_version=1, email="d@mine.example", by=adam, at=AT),
        ]
    for attempt in tries:
        with pytest.raises(Problem) as caught:
            attempt()
        codes.append((caught.value.status, caught.value.code))
    assert set(codes) == {(403, "four_eyes")}
    assert approvers() == before
