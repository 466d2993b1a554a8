"""Recusals, votes that are lent, written procedures, statements, minutes: what is taken, and what is refused."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.models import AuditEvent
from governance.models import Ballot, Decision, Delegation, Dissent, Meeting, Minutes, Recusal
from governance.services.council_close import close_item
from governance.services.council_delegations import delegate_vote, take_back
from governance.services.council_due import settle_due
from governance.services.council_meetings import cancel_meeting, end_meeting
from governance.services.council_minutes import approve_minutes, draft_minutes
from governance.services.council_open import open_item
from governance.services.council_recusals import add, declare, lift
from governance.services.council_statements import add_action, finish_action, state
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea, submitted
from tests.governance.sitting import (
    LATER,
    act,
    asked,
    council,
    meeting,
    opened,
    planned,
    refused,
    vote,
    votes,
    voting,
)

HOUR = timedelta(hours=1)


# Recusals


def test_a_declared_recusal_is_lifted_by_the_chair_alone_and_the_chair_s_by_the_deputy(cast: Cast) -> None:
    item = voting(cast)
    rosas = act(cast, declare, "rosa", item_id=item.pk, because="My brother sells it.")
    chairs = act(cast, declare, "cora", item_id=item.pk, because="I advised them.")
    for who in ("rosa", "dirk", "sami", "max"):
        assert refused(partial(act, cast, lift, who, recusal_id=rosas.pk, because="Gone.")) == (
            403,
            "forbidden",
        )
    assert refused(lambda: act(cast, lift, "cora", recusal_id=chairs.pk, because="Gone.")) == (
        403,
        "forbidden",
    )
    assert refused(lambda: act(cast, lift, "cora", recusal_id=rosas.pk, because="Gone.")) == (403, "recused")
    act(cast, lift, "dirk", recusal_id=chairs.pk, because="It was years ago.")
    act(cast, lift, "cora", recusal_id=rosas.pk, because="He left that firm.")
    assert refused(lambda: act(cast, lift, "cora", recusal_id=rosas.pk, because="Gone.")) == (409, "lifted")
    assert vote(cast, item, "rosa") is not None


def test_a_computed_recusal_is_lifted_by_nobody_not_even_by_sql(cast: Cast) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2, sponsor=cast.people["rosa"])
    submitted(row, cast)
    opened(cast, row)
    computed = Recusal.objects.get(user=cast.rosa)
    assert (computed.kind, computed.because) == ("computed", "sponsor")
    assert refused(lambda: act(cast, lift, "cora", recusal_id=computed.pk, because="Gone.")) == (
        409,
        "computed",
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Recusal.objects.filter(pk=computed.pk).update(lifted_at=LATER, lifted_because="Gone.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Recusal.objects.filter(pk=computed.pk).delete()


def test_a_recusal_after_the_vote_voids_it_at_the_close(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyynn")
    act(cast, declare, "rosa", item_id=item.pk, because="I found an interest.")
    assert refused(lambda: vote(cast, item, "rosa", expected_version=1)) == (403, "recused")
    item = act(cast, close_item, "cora", item_id=item.pk)
    assert (item.numbers["recused"], item.numbers["reject"], item.result) == (1, 1, "adopted")
    kept = Ballot.objects.get(cast_by=cast.rosa)
    assert (kept.counted, kept.not_counted) == (False, "recused")


def test_a_recusal_before_the_decision_is_recorded_opens_the_item_again_and_after_it_comes_too_late(
    cast: Cast,
) -> None:
    item = voting(cast)
    votes(cast, item, "cyyny")
    assert act(cast, close_item, "cora", item_id=item.pk).state == "confirming"
    act(cast, declare, "cora", item_id=item.pk, because="I found an interest.")
    item.refresh_from_db()
    assert (item.state, item.presider, item.confirm_by) == ("open", None, None)
    assert AuditEvent.objects.filter(action="item.reopened").count() == 1
    item = act(cast, close_item, "dirk", item_id=item.pk)
    assert (item.result, item.presider, item.numbers["approve_with_conditions"]) == ("adopted", cast.dirk, 0)
    assert refused(lambda: act(cast, declare, "dirk", item_id=item.pk, because="Late.")) == (
        409,
        "decision_closed",
    )


def test_the_chair_recuses_a_member_and_a_member_recuses_by_ballot(cast: Cast) -> None:
    item = voting(cast)
    assert refused(lambda: act(cast, add, "sami", item_id=item.pk, user=cast.finn, because="His firm.")) == (
        403,
        "forbidden",
    )
    assert act(cast, add, "cora", item_id=item.pk, user=cast.finn, because="His firm.").kind == "added"
    assert refused(lambda: vote(cast, item, "finn")) == (403, "recused")
    assert vote(cast, item, "rosa", "recuse", reason="My firm.") is None
    assert not Ballot.objects.exists()
    assert Recusal.objects.filter(lifted_at=None).count() == 2


# Votes that are lent


def lend(cast: Cast, who: str = "rosa", to: str = "dana", at: Any = AT, **more: Any) -> Delegation:
    given = more or {"begins_at": AT + HOUR, "until": AT + 9 * HOUR}
    made: Delegation = act(cast, delegate_vote, who, at, delegate=cast.people[to], **given)
    return made


def test_a_delegate_votes_in_the_window_and_the_holder_does_not_until_they_take_it_back(cast: Cast) -> None:
    council(cast)
    loan = lend(cast)
    initiative, _ = asked(cast)
    item = opened(cast, initiative)
    assert refused(lambda: vote(cast, item, "dana")) == (403, "not_on_roster")
    inside = AT + 2 * HOUR
    assert refused(lambda: vote(cast, item, "rosa", at=inside)) == (403, "vote_is_lent")
    cast_ = vote(cast, item, "dana", at=inside)
    assert cast_ is not None
    assert cast_.delegation == loan
    assert refused(lambda: vote(cast, item, "dana", at=AT + 9 * HOUR, expected_version=1)) == (
        403,
        "not_on_roster",
    )
    act(cast, take_back, "rosa", inside + HOUR, delegation_id=loan.pk)
    again = vote(cast, item, "rosa", "n", at=inside + HOUR, expected_version=1)
    assert again is not None
    assert (again.cast_by, again.delegation) == (cast.rosa, None)
    assert refused(lambda: act(cast, take_back, "rosa", inside + HOUR, delegation_id=loan.pk)) == (
        409,
        "taken_back",
    )


def test_an_expired_delegation_leaves_the_earlier_vote(cast: Cast) -> None:
    council(cast)
    lend(cast)
    initiative, _ = asked(cast)
    item = opened(cast, initiative)
    votes(cast, item, "yyy..")
    vote(cast, item, "dana", at=AT + 2 * HOUR)
    item = act(cast, close_item, "cora", AT + 20 * HOUR, item_id=item.pk)
    assert (item.numbers["present"], item.result) == (4, "adopted")


@pytest.mark.parametrize(
    ("who", "to", "more", "answer"),
    [
        ("rosa", "finn", {}, (409, "two_votes")),
        ("rosa", "rosa", {}, (400, "delegates_to_self")),
        ("rosa", "vera", {}, (400, "may_not_vote")),
        ("max", "dana", {}, (403, "forbidden")),
        ("rosa", "dana", {"begins_at": AT + HOUR - timedelta(seconds=1), "until": AT + 9 * HOUR}, (400, "too_late")),
        ("rosa", "dana", {"begins_at": AT + 3 * HOUR, "until": AT + 2 * HOUR}, (400, "too_early")),
    ],
)  # fmt: skip
def test_a_vote_is_not_lent_to_just_anybody_nor_at_the_last_minute(
    cast: Cast, who: str, to: str, more: dict[str, Any], answer: tuple[int, str]
) -> None:
    council(cast)
    assert refused(lambda: lend(cast, who, to, **more)) == answer
    assert not Delegation.objects.exists()


def test_nobody_holds_two_votes_and_no_vote_is_lent_on(cast: Cast) -> None:
    council(cast)
    lend(cast)
    assert refused(lambda: lend(cast, "finn", "dana")) == (409, "two_votes")
    assert refused(lambda: lend(cast, "rosa", "dana")) == (409, "already_lent")


def test_a_vote_is_not_lent_to_whoever_is_near_to_what_is_open(cast: Cast) -> None:
    """Also not to a second account of theirs that works on it."""
    council(cast)
    row = idea(cast, stage="pilot", tier=2, sponsor=cast.dana)
    submitted(row, cast)
    opened(cast, row)
    assert refused(lambda: lend(cast)) == (403, "delegation_conflict")


def test_a_delegate_inherits_the_recusals_of_both(cast: Cast) -> None:
    council(cast)
    lend(cast)
    row = idea(cast, stage="pilot", tier=2, sponsor=cast.dana)
    submitted(row, cast)
    item = opened(cast, row)
    assert refused(lambda: vote(cast, item, "dana", at=AT + 2 * HOUR)) == (403, "four_eyes")
    votes(cast, item, "yyy..")
    item = act(cast, close_item, "cora", AT + 3 * HOUR, item_id=item.pk)
    assert (item.numbers["eligible"], item.numbers["present"], item.result) == (5, 3, "not_decided")


# Written procedures


def test_a_written_procedure_opens_and_closes_by_its_time(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    where = meeting(cast, kind="written", begins_at=AT + HOUR)
    assert where.ends_at.date() == TODAY + timedelta(days=8)  # five working days, to the end of the last
    item = planned(cast, initiative, where)
    assert refused(lambda: act(cast, open_item, "cora", AT, item_id=item.pk)) == (409, "not_begun")
    assert settle_due(at=AT).changed == 0
    assert settle_due(at=AT + HOUR).changed == 1
    votes(cast, item, "yyyn.")
    assert refused(lambda: act(cast, close_item, "cora", AT + 2 * HOUR, item_id=item.pk)) == (
        409,
        "still_running",
    )
    assert settle_due(at=where.ends_at - HOUR).changed == 0
    assert settle_due(at=where.ends_at).changed == 2  # the item, and the procedure with it
    item.refresh_from_db()
    assert (item.result, Decision.objects.get().decided_by) == ("adopted", cast.cora)
    where.refresh_from_db()
    assert where.state == Meeting.State.HELD
    assert settle_due(at=where.ends_at).changed == 0


def test_a_written_procedure_in_which_everybody_voted_is_closed_early(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    item = planned(cast, initiative, meeting(cast, kind="written", begins_at=AT))
    act(cast, open_item, "cora", AT, item_id=item.pk)
    votes(cast, item, "yyyny")
    assert act(cast, close_item, "cora", item_id=item.pk).result == "adopted"


def test_conditions_nobody_confirmed_lapse_by_themselves(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "cyyy.")
    act(cast, close_item, "cora", item_id=item.pk)
    assert settle_due(at=LATER + timedelta(days=2)).changed == 0
    assert settle_due(at=LATER + timedelta(days=3)).changed == 1
    item.refresh_from_db()
    assert (item.result, item.why) == ("not_decided", "not_confirmed")


# Statements, minutes, actions


def test_a_statement_is_its_author_s_for_ever_and_nobody_s_after_the_minutes(cast: Cast) -> None:
    item = voting(cast)
    for who in ("max", "vera", "dana"):
        assert refused(partial(act, cast, state, who, item_id=item.pk, kind="dissenting", text="No.")) == (
            403,
            "forbidden",
        )
    made = act(cast, state, "finn", item_id=item.pk, kind="dissenting", text="The sample is too small.")
    votes(cast, item, "yyyn.")
    act(cast, close_item, "cora", item_id=item.pk)
    assert "The sample is too small." in Decision.objects.get().document
    act(cast, state, "dirk", item_id=item.pk, kind="consenting", text="For another reason.")
    for change in (lambda: Dissent.objects.filter(pk=made.pk).update(text="Fine."), lambda: made.delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    where = item.meeting
    act(cast, end_meeting, "cora", meeting_id=where.pk)
    act(cast, draft_minutes, "cora", meeting_id=where.pk)
    later = meeting(cast, begins_at=AT + HOUR)
    assert refused(
        lambda: act(cast, approve_minutes, "cora", meeting_id=where.pk, in_meeting_id=where.pk)
    ) == (409, "not_the_next")
    assert refused(
        lambda: act(cast, approve_minutes, "cora", meeting_id=where.pk, in_meeting_id=later.pk)
    ) == (409, "not_begun")
    row = act(cast, approve_minutes, "cora", AT + HOUR, meeting_id=where.pk, in_meeting_id=later.pk)
    assert "For another reason." in row.document
    late = {"item_id": item.pk, "kind": "dissenting", "text": "Too late."}
    assert refused(lambda: act(cast, state, "finn", AT + HOUR, **late)) == (409, "minutes_approved")
    with pytest.raises(IntegrityError), transaction.atomic():
        Dissent.objects.create(item=item, author=cast.finn, kind="dissenting", text="Too late.", at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Minutes.objects.update(document="{}")


def test_minutes_are_due_ten_working_days_after_the_meeting_and_drafted_after_it(cast: Cast) -> None:
    council(cast)
    where = meeting(cast)
    assert refused(lambda: act(cast, draft_minutes, "cora", meeting_id=where.pk)) == (409, "not_held")
    act(cast, end_meeting, "cora", meeting_id=where.pk)
    assert act(cast, draft_minutes, "cora", meeting_id=where.pk).due_on == TODAY + timedelta(days=14)
    assert refused(lambda: act(cast, end_meeting, "cora", meeting_id=where.pk)) == (409, "over")


def test_nothing_is_opened_ended_or_approved_in_a_meeting_that_has_not_taken_place(cast: Cast) -> None:
    council(cast)
    first = meeting(cast)
    act(cast, end_meeting, "cora", meeting_id=first.pk)
    act(cast, draft_minutes, "cora", meeting_id=first.pk)
    where = meeting(cast, begins_at=AT + timedelta(days=8))
    item = planned(cast, asked(cast)[0], where)
    for work in (
        lambda: act(cast, open_item, "cora", item_id=item.pk),
        lambda: act(cast, end_meeting, "cora", meeting_id=where.pk),
        lambda: act(cast, approve_minutes, "cora", meeting_id=first.pk, in_meeting_id=where.pk),
    ):
        assert refused(work) == (409, "not_begun")
    item.refresh_from_db()
    where.refresh_from_db()
    assert (item.state, where.state, Minutes.objects.get().approved_at) == ("planned", "planned", None)


def test_a_meeting_may_begin_a_quarter_of_an_hour_early_and_a_written_procedure_not(cast: Cast) -> None:
    council(cast)
    begins, early = AT + timedelta(days=8), timedelta(minutes=15)
    item = planned(cast, asked(cast)[0], meeting(cast, begins_at=begins))
    assert refused(
        lambda: act(cast, open_item, "cora", begins - early - timedelta(minutes=1), item_id=item.pk)
    ) == (409, "not_begun")
    assert act(cast, open_item, "cora", begins - early, item_id=item.pk).state == "open"
    other = planned(cast, asked(cast, name="Other")[0], meeting(cast, begins_at=begins, kind="written"))
    assert refused(lambda: act(cast, open_item, "cora", begins - early, item_id=other.pk)) == (
        409,
        "not_begun",
    )


def test_a_meeting_is_not_ended_over_an_open_item_nor_cancelled_once_begun(cast: Cast) -> None:
    item = voting(cast)
    where = item.meeting.pk
    assert refused(lambda: act(cast, end_meeting, "cora", meeting_id=where)) == (409, "item_open")
    assert refused(lambda: act(cast, cancel_meeting, "cora", meeting_id=where, because="Ill.")) == (
        409,
        "begun",
    )
    other = meeting(cast, begins_at=AT + HOUR)
    act(cast, cancel_meeting, "cora", meeting_id=other.pk, because="Too few can come.")
    assert refused(lambda: planned(cast, item.initiative, other)) == (409, "over")


def test_an_action_is_its_owner_s_to_finish(cast: Cast) -> None:
    council(cast)
    where = meeting(cast)
    row = act(
        cast,
        add_action,
        "cora",
        meeting_id=where.pk,
        text="Ask legal",
        owner=cast.bob,
        due_on=TODAY + timedelta(days=5),
    )
    assert refused(lambda: act(cast, finish_action, "vera", action_id=row.pk, note="Asked.")) == (
        403,
        "forbidden",
    )
    assert refused(lambda: act(cast, finish_action, "bob", action_id=row.pk, note=" ")) == (400, "required")
    done = act(cast, finish_action, "bob", action_id=row.pk, note="Legal agrees.")
    assert (done.done_on, done.done_by, done.note) == (TODAY, cast.bob, "Legal agrees.")
    assert refused(lambda: act(cast, finish_action, "bob", action_id=row.pk, note="Again.")) == (409, "done")
