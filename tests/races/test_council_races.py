"""A vote against the close, two who close, two tabs that vote: exactly one order, and nothing lost. Two hundred rounds each."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from core.errors import Problem
from domain.council import Choice
from governance.models import AgendaItem, Ballot, Decision
from governance.services.council_close import close_item
from governance.services.council_open import open_item
from governance.services.council_vote import cast_vote
from portfolio.models import Initiative
from tests.cast import AT, Cast, make_cast
from tests.governance.asking import idea, manager, submitted
from tests.governance.sitting import LATER, MEMBERS, council, meeting, planned, vote

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 200
Work = Callable[[], object]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    made = make_cast()
    council(made)
    return made


def round_of(cast: Cast, place: int, said: str) -> AgendaItem:
    """An open item of its own, with these ballots of chair, deputy, security and finance."""
    row = idea(cast, f"Pilot {place}", stage="pilot", tier=2)
    submitted(row, cast, manager(cast))
    item = open_item(item_id=planned(cast, row, meeting(cast)).pk, by=cast.actor("cora"), at=AT)
    for name, one in zip(MEMBERS, said, strict=False):
        vote(cast, item, name, one)
    return item


def together(*works: Work) -> list[str]:
    """What came of each, in the order given: `done` or the code of the refusal. All begin at the same moment."""
    came: list[str] = ["" for _ in works]
    gate = threading.Barrier(len(works))

    def run(place: int, work: Work) -> None:
        try:
            gate.wait(20)
            work()
            came[place] = "done"
        except Problem as problem:
            came[place] = problem.code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return came


def closing(item: AgendaItem, by: Any) -> Work:
    return lambda: close_item(item_id=item.pk, by=by, at=LATER)


def voting(item: AgendaItem, by: Any, choice: Choice = Choice.REJECT) -> Work:
    return lambda: cast_vote(item_id=item.pk, choice=choice, by=by, at=LATER + timedelta(seconds=1))


def test_a_vote_and_the_close_come_in_exactly_one_order(cast: Cast) -> None:
    rosa, cora = cast.actor("rosa"), cast.actor("cora")
    orders = set()
    for place in range(ROUNDS):
        item = round_of(cast, place, "yynn")  # a tie that the chair carries, unless Rosa's ballot is in time
        works = (voting(item, rosa), closing(item, cora))
        came = together(*(works if place % 2 else reversed(works)))
        voted, closed = came if place % 2 else came[::-1]
        item.refresh_from_db()
        assert closed == "done"
        counted = item.numbers["reject"]
        assert (voted, counted, item.result) in {
            ("done", 3, "not_adopted"),
            ("decision_closed", 2, "adopted"),
        }
        assert item.ballots.count() == 2 + counted
        assert not item.ballots.filter(counted=None).exists()
        orders.add(voted)
    assert Decision.objects.count() == ROUNDS
    assert orders <= {"done", "decision_closed"}


def test_two_who_close_an_item_record_one_decision(cast: Cast) -> None:
    closers = (cast.actor("cora"), cast.actor("dirk"))
    for place in range(ROUNDS):
        item = round_of(cast, place, "yyyy")
        came = together(*(closing(item, by) for by in closers))
        assert sorted(came) == ["decision_closed", "done"]
        row = Decision.objects.get(initiative=item.initiative_id)
        item.refresh_from_db()
        assert (item.decision_id, item.result) == (row.pk, "adopted")
        assert Initiative.objects.get(pk=item.initiative_id).stage == "scale_up"
    assert Decision.objects.count() == ROUNDS


def test_two_tabs_of_one_member_cast_one_ballot(cast: Cast) -> None:
    rosa = cast.actor("rosa")
    for place in range(ROUNDS):
        item = round_of(cast, place, "")
        came = together(voting(item, rosa, Choice.APPROVE), voting(item, rosa, Choice.REJECT))
        assert sorted(came) == ["already_voted", "done"]
        kept = Ballot.objects.get(item=item)
        assert kept.choice == ("approve" if came[0] == "done" else "reject")
