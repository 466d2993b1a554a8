"""What grows with the record costs the same number of statements: a check of a delegation, and what is due."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.reminders import EARLIEST, LATEST
from governance.models import AgendaItem, Meeting
from governance.queries.conflicts import conflicted, conflicted_each
from governance.queries.owed import meetings
from governance.queries.owed_council import ballots
from governance.services.council_delegations import delegate_vote, take_back
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea, submitted
from tests.governance.sitting import council, meeting, opened

pytestmark = pytest.mark.django_db
SPAN = (TODAY - EARLIEST, TODAY + LATEST)


def many(cast: Cast, count: int, where: Meeting, first: int = 0) -> list[AgendaItem]:
    """So many items open in one meeting, each of its own initiative."""
    found = []
    for number in range(first, first + count):
        initiative = idea(cast, f"Claims triage {number}", stage="pilot", tier=2)
        submitted(initiative, cast)
        found.append(opened(cast, initiative, where=where))
    return found


def counts(cast: Cast, where: Meeting) -> Iterator[CaptureQueriesContext]:
    """Twice a context that counts statements: with 2 items open, and with 20."""
    many(cast, 2, where)
    with CaptureQueriesContext(connection) as few:
        yield few
    many(cast, 18, where, 2)
    with CaptureQueriesContext(connection) as more:
        yield more
    assert (few.final_queries or 0) - few.initial_queries == (more.final_queries or 0) - more.initial_queries


def test_lending_a_vote_costs_the_same_with_two_items_open_and_with_twenty(cast: Cast) -> None:
    council(cast)
    for _ in counts(cast, meeting(cast)):
        row = delegate_vote(
            delegate=cast.dana, by=cast.actor("finn"), at=AT, begins_at=AT + timedelta(hours=2), until=AT + timedelta(days=9)
        )  # fmt: skip
        take_back(delegation_id=row.pk, by=cast.actor("finn"), at=AT)


def test_ballots_that_are_due_cost_the_same_with_two_items_open_and_with_twenty(cast: Cast) -> None:
    council(cast)
    for _ in counts(cast, meeting(cast, kind="written", ends_at=AT + timedelta(days=2))):
        assert len(list(ballots(*SPAN))) == 5 * AgendaItem.objects.count()


def test_coming_meetings_cost_the_same_with_two_and_with_twenty(cast: Cast) -> None:
    council(cast)
    seen = []
    for days in (range(1, 3), range(3, 21)):
        for day in days:
            meeting(cast, begins_at=AT + timedelta(days=day))
        with CaptureQueriesContext(connection) as said:
            found = list(meetings(TODAY, TODAY + timedelta(days=30)))
        seen.append((len(found), len(said)))
    assert seen == [(10, 3), (100, 3)]


def test_conflicts_asked_together_are_those_asked_one_by_one(cast: Cast) -> None:
    council(cast)
    items = many(cast, 3, meeting(cast))
    type(items[0].initiative).objects.filter(pk=items[0].initiative_id).update(lead=cast.max)
    pairs = [
        (item.initiative, item.submission)
        for item in AgendaItem.objects.select_related("initiative", "submission").order_by("pk")
    ]
    together = conflicted_each(pairs)
    assert together == [conflicted(*pair) for pair in pairs]
    assert (cast.max.pk in together[0], cast.max.pk in together[1]) == (True, False)
    assert conflicted_each([]) == []
