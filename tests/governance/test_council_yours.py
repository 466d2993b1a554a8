"""A member starts at the council's home, which says first what waits for them, and for nobody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import Role, RoleGrant
from governance.queries.council_yours import yours
from governance.services.council_close import close_item
from governance.services.council_delegations import delegate_vote
from governance.services.council_recusals import declare
from tests.cast import AT, Cast
from tests.governance.sitting import LATER, act, asked, council, meeting, opened, vote, votes, voting

pytestmark = pytest.mark.django_db
HOME = "/governance/council/"
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[object], None]) -> None:
    frozen(LATER)


def home(signed_in: SignIn, name: str) -> str:
    return signed_in(name).get(HOME).content.decode()


def test_an_open_ballot_stands_first_until_it_is_cast(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    assert signed_in("finn").get("/")["Location"] == HOME
    text = home(signed_in, "finn")
    assert "1 ballot</strong> to cast" in text
    assert f"Cast your ballot: {item.initiative.name}" in text
    vote(cast, item, "finn")
    assert "You have no ballot to cast" in home(signed_in, "finn")
    assert "1 ballot</strong> to cast" in home(signed_in, "dirk")


def test_who_has_no_seat_reads_nothing_of_ballots(cast: Cast, signed_in: SignIn) -> None:
    voting(cast)
    for name in ("edith", "vera", "audrey"):
        assert "h-yours" not in home(signed_in, name)


def test_who_is_recused_has_no_ballot(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    act(cast, declare, "finn", item_id=item.pk, because="Owns shares")
    assert "You have no ballot to cast" in home(signed_in, "finn")


def test_a_lent_ballot_is_its_delegate_s(cast: Cast) -> None:
    council(cast)
    RoleGrant.objects.get_or_create(
        user=cast.vera, role=Role.COUNCIL_MEMBER, unit=None, defaults={"granted_at": AT}
    )
    begins = AT + timedelta(hours=2)
    delegate_vote(
        delegate=cast.vera, by=cast.actor("finn"), at=AT, begins_at=begins, until=AT + timedelta(days=9)
    )
    initiative, _ = asked(cast)
    item = opened(cast, initiative, at=begins + timedelta(hours=1))
    now = begins + timedelta(hours=2)
    assert yours(cast.actor("vera"), now).ballots == (item,)
    assert yours(cast.actor("finn"), now).ballots == ()


def test_who_presided_is_told_what_to_confirm(cast: Cast, signed_in: SignIn) -> None:
    item = voting(cast)
    votes(cast, item, "cyyyy")
    act(cast, close_item, "cora", item_id=item.pk)
    assert f"Confirm the conditions: {item.initiative.name}" in home(signed_in, "cora")
    assert "Confirm the conditions" not in home(signed_in, "dirk")


def test_it_costs_the_same_with_one_item_open_and_with_nine(cast: Cast) -> None:
    council(cast)
    where = meeting(cast)
    counts = []
    for number in range(9):
        opened(cast, asked(cast, name=f"Triage {number}")[0], where=where)
        with CaptureQueriesContext(connection) as said:
            assert len(yours(cast.actor("finn"), LATER).ballots) == number + 1
        counts.append(len(said))
    assert counts[0] == counts[-1]
