"""What a reader with fresh eyes found at the council, kept mended."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from core.errors import Problem
from core.models import AuditEvent, User
from governance.models import AgendaItem, Ballot, Decision, Meeting
from governance.queries.definition import gate_of
from governance.queries.must_meets import answers_at
from governance.services.council_close import close_item
from governance.services.council_delegations import delegate_vote
from governance.services.council_recusals import declare
from governance.services.evidence import Given, add_evidence
from pilots.models import PilotExtension
from pilots.services.extend import grant_extension
from tests.cast import AT, Cast
from tests.governance.asking import CARRIED, condition, decided, idea, manager, motion, submitted
from tests.governance.sitting import LATER, council, meeting, opened, person, planned, vote, votes, voting
from tests.governance.stored import sound_model
from tests.pilots.stored import bare_pilot

pytestmark = pytest.mark.django_db
AFTER = LATER + timedelta(hours=1)


def confirming(cast: Cast) -> AgendaItem:
    """Carried with conditions, which whoever presided has still to confirm."""
    council(cast)
    initiative = idea(cast, stage="pilot", tier=2)
    submitted(initiative, cast)
    item = opened(cast, initiative, outcome="conditional_go", conditions=[condition(cast)])
    votes(cast, item, "cyyyn")
    item = close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    assert item.state == AgendaItem.State.CONFIRMING
    return item


def test_nobody_learns_how_the_others_voted_while_the_voting_may_open_again(cast: Cast, api: Any) -> None:
    item = confirming(cast)
    polled = AuditEvent.objects.get(action="item.polled")
    told = json.dumps([polled.before, polled.after])
    for word in ("ballots", "approve", "reject"):
        assert word not in told
    numbers = api("cora").get(f"/api/v1/agenda-items/{item.pk}/").json()["numbers"]
    assert numbers["eligible"] == 5
    assert not {"approve", "approve_with_conditions", "reject", "result"} & set(numbers)


def test_a_late_recusal_opens_the_voting_although_another_voter_has_left_meanwhile(cast: Cast) -> None:
    item = confirming(cast)
    User.objects.filter(pk=cast.finn.pk).update(is_active=False)
    declare(item_id=item.pk, because="A cousin works there.", by=cast.actor("rosa"), at=AFTER)
    item.refresh_from_db()
    assert item.state == AgendaItem.State.OPEN
    assert dict(Ballot.objects.values_list("cast_by__name", "counted")) == {
        "Cora": None, "Dirk": None, "Sami": None, "Finn": False, "Rosa": False,
    }  # fmt: skip


def test_who_had_no_ballot_cannot_undo_a_vote_by_declaring_an_interest(cast: Cast) -> None:
    item = confirming(cast)
    person(cast, "zoe", "council_member")
    declare(item_id=item.pk, because="A cousin works there.", by=cast.actor("zoe"), at=AFTER)
    item.refresh_from_db()
    assert item.state == AgendaItem.State.CONFIRMING


def test_no_vote_is_cast_after_a_written_procedure_has_ended_although_nobody_closed_it(cast: Cast) -> None:
    council(cast)
    initiative = idea(cast, stage="pilot", tier=2)
    submitted(initiative, cast)
    where = meeting(cast, kind="written", ends_at=AT + timedelta(days=2))
    item = opened(cast, initiative, where=where)
    vote(cast, item, "rosa", "y")
    with pytest.raises(Problem) as refused:
        vote(cast, item, "finn", "y", at=AT + timedelta(days=2))
    assert refused.value.code == "decision_closed"
    assert Meeting.objects.get().ended_at is None


def test_what_could_not_be_recorded_is_not_put_to_the_vote(cast: Cast) -> None:
    council(cast)
    initiative = idea(cast, stage="development", tier=1)
    with pytest.raises(Problem) as refused:
        planned(
            cast, initiative, outcome="pivot", charter="Another way", days=60, until="2027-01-20", **CARRIED
        )
    assert refused.value.code == "no_pilot"
    with pytest.raises(Problem) as long:
        planned(cast, initiative, outcome="hold", until="2027-03-01", because="x" * 1_001)
    assert long.value.status == 400
    assert not AgendaItem.objects.exists()


def test_a_vote_lent_for_one_meeting_is_not_cast_in_another(cast: Cast) -> None:
    council(cast)
    person(cast, "dele", "council_member")
    here, there = meeting(cast), meeting(cast, begins_at=AT + timedelta(hours=2))
    delegate_vote(delegate=cast.dele, meeting=there, by=cast.actor("rosa"), at=AT - timedelta(days=1))
    initiative = idea(cast, stage="pilot", tier=2)
    submitted(initiative, cast)
    item = opened(cast, initiative, where=here)
    during = AT + timedelta(hours=3)
    with pytest.raises(Problem) as refused:
        vote(cast, item, "dele", "y", at=during)
    assert refused.value.code == "not_on_roster"
    assert vote(cast, item, "rosa", "y", at=during) is not None


def test_whoever_stands_in_for_the_sponsor_does_not_decide(cast: Cast) -> None:
    seats = council(cast)
    initiative = idea(cast, sponsor=cast.people["rosa"])
    row = submitted(initiative, cast)
    manager(cast, "max")
    person(cast, "max", "council_member")
    delegate_vote(
        delegate=cast.max, begins_at=AT - timedelta(hours=2), until=AT + timedelta(days=9), by=cast.actor("rosa"),
        at=AT - timedelta(days=1),
    )  # fmt: skip
    assert seats
    with pytest.raises(Problem) as refused:
        decided(initiative, motion(initiative), cast.actor("max"), submission=row)
    assert (refused.value.status, refused.value.code) == (403, "four_eyes")


def test_the_database_refuses_a_decision_that_hides_its_submission(cast: Cast) -> None:
    council(cast)
    initiative = idea(cast, stage="pilot", tier=2)
    row = submitted(initiative, cast)
    opened(cast, initiative)
    assert row.conflicts.filter(user=cast.alice).exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.create(
            initiative=initiative, outcome="stop", from_stage="pilot", to_stage="stopped", body="council", decided_on=AT.date(),
            decided_by=cast.alice, recorded_at=AT, because="Mine.", document="{}", hash="0" * 64,
        )  # fmt: skip


def test_evidence_never_speaks_against_the_record(cast: Cast) -> None:
    initiative = idea(cast, stage="scale_up", tier=3)
    sound_model(cast, goal=False, dossier_sections={}).initiatives.add(initiative)
    gate, _ = gate_of("scale_up", AT.date())
    assert gate is not None
    given = Given(criterion="dossier_complete", title="Done", url="https://calder.example/dossier")
    add_evidence(initiative_id=initiative.pk, given=given, by=cast.actor("alice"), at=AT)
    [found] = [
        one
        for one in answers_at(initiative, gate, today=AT.date())
        if one.criterion.code == "dossier_complete"
    ]
    assert found.told.answer == "no"


def test_nobody_extends_the_pilot_they_run(cast: Cast) -> None:
    pilot = bare_pilot(cast, lead=cast.max)
    with pytest.raises(Problem) as refused:
        grant_extension(
            pilot_id=pilot.pk,
            days=30,
            reason_code="data_late",
            evidence="More.",
            decision_changes=Decimal("0.25"),
            by=cast.actor("max"),
            at=AT,
        )
    assert refused.value.code == "four_eyes"
    assert not PilotExtension.objects.exists()


def test_the_world_of_these_tests_votes(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyyyy")
    assert close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER).result == "adopted"
