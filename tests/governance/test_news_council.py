"""Who hears what the council asks of them: a vote lent and taken back, voting by writing, conditions to confirm, answers from above."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from core import clock, outbox
from core.models import AuditEvent, Notice
from core.reminders import EARLIEST, LATEST, Owed, remind
from governance.models import AgendaItem, Condition
from governance.queries.owed_council import ballots, confirmations, escalations
from governance.services.conditions import discharge, give_evidence, refuse_evidence
from governance.services.council_above import decide_above
from governance.services.council_close import close_item, confirm_conditions
from governance.services.council_delegations import delegate_vote, take_back
from governance.services.council_recusals import declare
from governance.services.council_seats import vacate
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import condition, decided, idea, manager, motion, submitted
from tests.governance.sitting import (
    LATER,
    act,
    asked,
    council,
    meeting,
    opened,
    person,
    planned,
    vote,
    votes,
    voting,
)

pytestmark = pytest.mark.django_db
SPAN = (TODAY - EARLIEST, TODAY + LATEST)
LENT: dict[str, Any] = {"begins_at": AT + timedelta(hours=2), "until": AT + timedelta(days=30)}


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    """The outbox works an hour after the moment of the cast."""
    frozen(AT + timedelta(hours=1))


def heard() -> set[tuple[str, str]]:
    """What stands, without the news that a gate is asked for."""
    outbox.drain()
    rows = Notice.objects.filter(over_at=None).exclude(title__contains="is asked for").select_related("user")
    return {(one.user.name, one.title) for one in rows}


def named(owed: Any) -> set[int]:
    rows: list[Owed] = list(owed)
    return {one.user_id for one in rows}


def by_writing(cast: Cast) -> AgendaItem:
    """A council and an item that is voted on by writing until the end of Thursday."""
    council(cast)
    where = meeting(cast, kind="written", ends_at=AT + timedelta(days=2, hours=9, minutes=40))
    initiative, _ = asked(cast)
    return opened(cast, initiative, where=where)


def test_a_delegate_hears_of_the_vote_lent_to_them_and_that_it_is_taken_back(cast: Cast) -> None:
    council(cast)
    dana = person(cast, "dana")
    row = delegate_vote(delegate=dana, by=cast.actor("finn"), at=AT, **LENT)
    assert heard() == {("Dana", "Finn lends you a vote: Finance")}
    assert "until 24 Dec 2026 14:20" in Notice.objects.get().body
    take_back(delegation_id=row.pk, by=cast.actor("finn"), at=LATER)
    assert ("Dana", "Finn takes the vote back: Finance") in heard()


def test_whoever_lent_a_vote_hears_that_it_is_given_back(cast: Cast) -> None:
    council(cast)
    row = delegate_vote(delegate=cast.dana, by=cast.actor("finn"), at=AT, **LENT)
    take_back(delegation_id=row.pk, by=cast.actor("dana"), at=LATER)
    assert heard() == {("Finn", "Dana gives the vote back: Finance")}


def test_a_written_procedure_is_told_to_everybody_who_may_vote_as_it_opens(cast: Cast) -> None:
    by_writing(cast)
    title = "Cast your ballot on Claims triage by 26 Nov 2026"
    assert heard() == {(name, title) for name in ("Cora", "Dirk", "Sami", "Finn", "Rosa")}
    assert heard() == {(name, title) for name in ("Cora", "Dirk", "Sami", "Finn", "Rosa")}


def test_voting_in_a_meeting_is_told_to_nobody(cast: Cast) -> None:
    voting(cast)
    assert heard() == set()
    assert named(ballots(*SPAN)) == set()


def test_only_who_has_not_voted_is_reminded_before_the_end_and_who_votes_is_asked_no_more(cast: Cast) -> None:
    item = by_writing(cast)
    heard()
    vote(cast, item, "dirk")
    assert named(ballots(*SPAN)) == {cast.cora.pk, cast.sami.pk, cast.finn.pk, cast.rosa.pk}
    remind(at=AT + timedelta(days=1))
    late = {name for name, title in heard() if title.endswith("due tomorrow")}
    assert late == {"Cora", "Sami", "Finn", "Rosa"}
    assert "Dirk" not in {name for name, _ in heard()}
    vote(cast, item, "sami", at=AT + timedelta(days=1))
    remind(at=AT + timedelta(days=1, hours=1))
    assert {name for name, _ in heard()} == {"Cora", "Finn", "Rosa"}


def test_nothing_on_record_says_who_is_reminded_of_a_ballot(cast: Cast) -> None:
    item = by_writing(cast)
    vote(cast, item, "dirk")
    before = AuditEvent.objects.count()
    heard()
    remind(at=AT + timedelta(days=1))
    assert AuditEvent.objects.count() == before
    mine = Notice.objects.filter(subject=f"ballot-{item.pk}")
    others = [one.name for one in cast.people.values()]
    assert not any(name in f"{one.title} {one.body}" for one in mine for name in others)


def test_whoever_is_recused_or_has_lost_the_seat_is_asked_for_no_ballot(cast: Cast) -> None:
    item = by_writing(cast)
    act(cast, declare, "rosa", item_id=item.pk, because="My brother works there.")
    seat = item.roster.get(holder=cast.finn).seat_id
    act(cast, vacate, "max", AT, seat_id=seat, because="Gone.")
    assert named(ballots(*SPAN)) == {cast.cora.pk, cast.dirk.pk, cast.sami.pk}


def test_a_lent_vote_is_asked_of_the_delegate_and_of_its_holder_once_it_is_taken_back(cast: Cast) -> None:
    council(cast)
    row = delegate_vote(
        delegate=cast.dana,
        by=cast.actor("finn"),
        at=AT - timedelta(hours=4),
        begins_at=AT,
        until=LENT["until"],
    )
    where = meeting(cast, kind="written", ends_at=AT + timedelta(days=2))
    opened(cast, asked(cast)[0], where=where)
    assert (cast.dana.pk in named(ballots(*SPAN)), cast.finn.pk in named(ballots(*SPAN))) == (True, False)
    take_back(delegation_id=row.pk, by=cast.actor("dana"), at=LATER)
    assert (cast.dana.pk in named(ballots(*SPAN)), cast.finn.pk in named(ballots(*SPAN))) == (False, True)


def test_a_procedure_that_runs_for_weeks_keeps_its_first_word_until_it_ends(cast: Cast) -> None:
    council(cast)
    where = meeting(cast, kind="written", ends_at=AT + timedelta(days=40))
    opened(cast, asked(cast)[0], where=where)
    assert len(heard()) == 5
    assert remind(at=AT).called_off == 0


def test_whoever_presided_hears_that_conditions_are_to_be_confirmed_and_by_when(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yccy.")
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    assert heard() == {("Cora", "Confirm the conditions of Claims triage by 26 Nov 2026")}
    assert [(one.user_id, one.due_on) for one in confirmations(*SPAN)] == [
        (cast.cora.pk, TODAY + timedelta(days=2))
    ]
    remind(at=AT + timedelta(days=2))
    assert ("Cora", "Confirm the conditions of Claims triage: due today") in heard()
    confirm_conditions(
        item_id=item.pk, conditions=[condition(cast)], by=cast.actor("cora"), at=AT + timedelta(days=2)
    )
    assert remind(at=AT + timedelta(days=2, hours=1)).called_off == 2


def test_a_recusal_that_opens_the_vote_again_calls_the_confirmation_off(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yccyy")
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    heard()
    act(cast, declare, "rosa", item_id=item.pk, because="My brother works there.")
    assert remind(at=LATER).called_off == 1
    assert list(confirmations(*SPAN)) == []


def test_the_authority_above_hears_of_what_is_escalated_and_is_reminded_until_it_decides(cast: Cast) -> None:
    seats = council(cast)
    for name in ("finn", "rosa", "sami"):
        act(cast, vacate, "max", AT, seat_id=seats[name].pk, because="Gone.")
    initiative, submission = asked(cast)
    item = opened(cast, initiative)
    due = submission.due_on
    assert {name for name, title in heard() if title.startswith("Decide on Claims triage by")} == {"Olga"}
    for days in (0, 7, 14):
        remind(at=AT + (due - TODAY) + timedelta(days=days))
    assert {title.split(": ")[1] for name, title in heard() if name == "Olga" and ": " in title} == {
        "due today", "7 days overdue", "14 days overdue",
    }  # fmt: skip
    answer = {"item_id": item.pk, "carried": True, "because": "The evidence is plain."}
    act(cast, decide_above, "olga", **answer)
    assert list(escalations(due - EARLIEST, due + LATEST)) == []
    remind(at=AT + (due - TODAY) + timedelta(days=15))
    assert not [title for name, title in heard() if name == "Olga"]


def test_an_item_that_nobody_above_may_answer_is_told_to_the_managers_and_stands_on_the_councils_page(
    cast: Cast, signed_in: Any
) -> None:
    seats = council(cast, authority=False)
    for name in ("finn", "rosa", "sami"):
        act(cast, vacate, "max", AT, seat_id=seats[name].pk, because="Gone.")
    item = opened(cast, asked(cast)[0])
    assert item.escalated_to is None
    assert heard() == {("Max", "Nobody is free to decide on Claims triage")}
    home = "/governance/council/"
    assert "Nobody is free to decide" in signed_in("max").get(home).content.decode()
    planned(cast, item.initiative)
    assert "Nobody is free to decide" not in signed_in("max").get(home).content.decode()


def test_a_verifier_hears_when_a_condition_waits_for_them_and_not_what_they_answered_already(
    cast: Cast,
) -> None:
    initiative = idea(cast, stage="framing")
    said = motion(initiative, "conditional_go", conditions=[condition(cast)])
    decided(initiative, said, manager(cast), submission=submitted(initiative, cast))
    row = Condition.objects.get()
    heard()
    Notice.objects.all().delete()
    shows = partial(give_evidence, pk=row.pk, by=cast.actor("bob"), at=LATER)
    shows(because="The report of the test.")
    assert heard() == {("Mona", f"Verify {row.ref}: Claims triage")}
    assert Notice.objects.get().body == "Bob: The report of the test."
    refuse_evidence(pk=row.pk, because="Nothing on failover.", by=cast.actor("mona"), at=LATER)
    shows(because="The whole report.")
    discharge(pk=row.pk, because="Read.", by=cast.actor("mona"), at=LATER)
    assert len(heard()) == 1


def test_every_address_that_the_council_tells_opens(cast: Cast, client: Any) -> None:
    by_writing(cast)
    delegate_vote(delegate=cast.dana, by=cast.actor("finn"), at=AT, **LENT)
    heard()
    client.force_login(cast.dana)
    found = {one.url for one in Notice.objects.all()}
    assert len(found) == 3
    assert [client.get(url).status_code for url in found] == [200] * 3


def test_the_day_of_a_written_procedure_that_ends_at_midnight_is_the_day_before(cast: Cast) -> None:
    council(cast)
    where = meeting(cast, kind="written")
    opened(cast, asked(cast)[0], where=where)
    (day,) = {one.due_on for one in ballots(TODAY, TODAY + timedelta(days=20))}
    assert day == clock.day_of(where.ends_at) - timedelta(days=1)
