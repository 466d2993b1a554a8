"""From the opened item to the decision: who votes, what it comes to, and what nobody may see before."""

from datetime import timedelta
from typing import Any

import pytest

from core.errors import Problem
from core.models import AuditEvent
from domain.errors import RuleError
from governance.models import AgendaItem, Ballot, CouncilSeat, Decision, Recusal, SeatTerm
from governance.services.council_close import close_item, confirm_conditions, lapse
from governance.services.council_open import open_item
from governance.services.council_seats import seat_person, vacate
from governance.services.submit import withdraw_submission
from portfolio.models import Initiative, InitiativeMember
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import condition, idea, submitted
from tests.governance.sitting import LATER, asked, council, meeting, opened, planned, vote, votes, voting


def close(cast: Cast, item: AgendaItem, who: str = "cora", at: Any = LATER) -> AgendaItem:
    return close_item(item_id=item.pk, by=cast.actor(who), at=at)


def code(refused: pytest.ExceptionInfo[Problem]) -> tuple[int, str]:
    return refused.value.status, refused.value.code


def test_a_go_that_carries_moves_the_stage_and_stands_in_the_log(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyyn.")
    item = close(cast, item)
    assert (item.state, item.result, item.why) == ("closed", "adopted", "majority")
    assert (item.numbers["eligible"], item.numbers["needed"], item.numbers["present"]) == (5, 4, 4)
    row = Decision.objects.get()
    assert (row.outcome, row.to_stage, row.decided_by, row.pk) == (
        "go",
        "scale_up",
        cast.cora,
        item.decision_id,
    )
    assert Initiative.objects.get().stage == "scale_up"
    assert '"casting_vote":""' in row.document
    assert [row.counted for row in item.ballots.all()] == [True] * 4


def test_a_motion_that_fails_leaves_the_stage_unchanged(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "ynnn.")
    item = close(cast, item)
    assert item.result == "not_adopted"
    row = Decision.objects.get()
    assert (row.outcome, row.carried, row.to_stage) == ("go", False, "pilot")
    assert Initiative.objects.get().stage == "pilot"


def test_without_a_quorum_it_is_not_decided_and_the_submission_waits_on(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyy..")
    item = close(cast, item)
    assert (item.result, item.why) == ("not_decided", "inquorate")
    assert Decision.objects.get().outcome == "not_decided"
    assert item.submission is not None
    item.submission.refresh_from_db()
    assert item.submission.state == "open"
    again = opened(cast, item.initiative)
    votes(cast, again, "yyyy.")
    assert close(cast, again).result == "adopted"


def test_carried_with_conditions_waits_for_whoever_presided_to_confirm_them(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, ".cyy" + "y")
    item = close(cast, item)
    assert (item.state, item.presider, item.confirm_by) == (
        "confirming",
        cast.dirk,
        TODAY + timedelta(days=2),
    )
    assert not Decision.objects.exists()
    with pytest.raises(Problem) as refused:
        confirm_conditions(item_id=item.pk, conditions=[condition(cast)], by=cast.actor("cora"), at=LATER)
    assert code(refused) == (403, "forbidden")
    with pytest.raises(Problem) as refused:
        confirm_conditions(item_id=item.pk, conditions=[], by=cast.actor("dirk"), at=LATER)
    assert code(refused) == (400, "conditions_missing")
    done = confirm_conditions(item_id=item.pk, conditions=[condition(cast)], by=cast.actor("dirk"), at=LATER)
    assert (done.state, done.result) == ("closed", "adopted")
    row = Decision.objects.get()
    assert (row.outcome, row.conditions.count(), row.to_stage) == ("conditional_go", 1, "scale_up")


def test_conditions_nobody_confirmed_within_two_working_days_are_not_decided(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "cyyy.")
    item = close(cast, item)
    with pytest.raises(Problem) as refused:
        lapse(item_id=item.pk, by=cast.actor("cora"), at=LATER + timedelta(days=2))
    assert code(refused) == (409, "not_yet")
    late = LATER + timedelta(days=3)
    with pytest.raises(Problem) as refused:
        confirm_conditions(item_id=item.pk, conditions=[condition(cast)], by=cast.actor("cora"), at=late)
    assert code(refused) == (409, "too_late")
    done = lapse(item_id=item.pk, by=cast.actor("cora"), at=late)
    assert (done.result, done.why, Decision.objects.get().outcome) == (
        "not_decided",
        "not_confirmed",
        "not_decided",
    )


def test_a_conditional_motion_nobody_asked_conditions_of_is_a_go(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    item = opened(cast, initiative, outcome="conditional_go", conditions=[condition(cast)])
    votes(cast, item, "yyyy.")
    close(cast, item)
    assert (Decision.objects.get().outcome, Decision.objects.get().conditions.count()) == ("go", 0)


def test_a_veto_stops_it_with_its_reason(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yy.yy")
    with pytest.raises(RuleError):
        vote(cast, item, "sami", "n", veto=True)
    vote(cast, item, "sami", "n", veto=True, reason="Data leaves the region.")
    item = close(cast, item)
    assert (item.result, item.why) == ("not_adopted", "veto")


def test_one_seat_votes_once_and_changes_it_until_the_close(cast: Cast) -> None:
    item = voting(cast)
    first = vote(cast, item, "rosa", "n")
    assert first is not None
    with pytest.raises(Problem) as refused:
        vote(cast, item, "rosa", "y")
    assert code(refused) == (409, "already_voted")
    with pytest.raises(Problem) as refused:
        vote(cast, item, "rosa", "y", expected_version=7)
    assert code(refused) == (412, "stale_version")
    assert (vote(cast, item, "rosa", "a", expected_version=1) or first).choice == "abstain"
    votes(cast, item, "yyy")
    close(cast, item)
    with pytest.raises(Problem) as refused:
        vote(cast, item, "rosa", "y", expected_version=2)
    assert code(refused) == (409, "decision_closed")


def test_two_closers_one_close(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyyy.")
    close(cast, item)
    with pytest.raises(Problem) as refused:
        close(cast, item, "dirk")
    assert code(refused) == (409, "decision_closed")
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("who", ["sami", "vera", "edith", "alice"])
def test_only_who_presides_or_arranges_closes_an_item(cast: Cast, who: str) -> None:
    item = voting(cast)
    with pytest.raises(Problem) as refused:
        close(cast, item, who)
    assert refused.value.status == 403
    item.refresh_from_db()
    assert item.state == "open"


@pytest.mark.parametrize("who", ["max", "vera", "dana", "olga"])
def test_who_holds_no_seat_has_no_ballot(cast: Cast, who: str) -> None:
    item = voting(cast)
    with pytest.raises(Problem) as refused:
        vote(cast, item, who)
    assert refused.value.status == 403
    assert not Ballot.objects.exists()


def test_an_item_nobody_opened_takes_no_ballot(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    item = planned(cast, initiative)
    with pytest.raises(Problem) as refused:
        vote(cast, item, "rosa")
    assert code(refused) == (409, "not_open")


def test_nobody_learns_from_the_log_who_has_voted_before_the_close(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yn")
    told = AuditEvent.objects.filter(action="ballot.cast").order_by("pk")
    assert [(one.actor_id, one.after) for one in told] == [(None, {"cast": 1}), (None, {"cast": 2})]
    votes(cast, item, "..yy")
    close(cast, item)
    ballots = AuditEvent.objects.get(action="item.closed").after["ballots"]
    assert [(one["seat"], one["choice"]) for one in ballots][:2] == [
        ("Chair", "approve"),
        ("Deputy", "reject"),
    ]


# The roster is frozen


def test_a_seat_filled_after_the_opening_is_vacant_for_this_item(cast: Cast) -> None:
    seats = council(cast)
    vacate(seat_id=seats["rosa"].pk, because="She left.", by=cast.actor("cora"), at=AT)
    initiative, _ = asked(cast)
    item = opened(cast, initiative)
    seat_person(seat_id=seats["rosa"].pk, holder=cast.dana, by=cast.actor("cora"), at=LATER)
    with pytest.raises(Problem) as refused:
        vote(cast, item, "dana")
    assert code(refused) == (403, "not_on_roster")
    votes(cast, item, "yyy.")
    item = close(cast, item)
    assert (item.numbers["vacant"], item.numbers["eligible"], item.result) == (1, 4, "adopted")


def test_whoever_is_deactivated_before_the_close_does_not_count(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yyynn")
    cast.rosa.is_active = False
    cast.rosa.save()
    item = close(cast, item)
    assert (item.numbers["eligible"], item.numbers["reject"], item.result) == (4, 1, "adopted")
    assert Ballot.objects.get(cast_by=cast.rosa).counted is False


def test_removing_a_member_does_not_make_a_quorum_of_those_left(cast: Cast) -> None:
    seats = council(cast)
    initiative, _ = asked(cast)
    item = opened(cast, initiative)
    votes(cast, item, "yy...")
    for name in ("sami", "finn"):
        vacate(seat_id=seats[name].pk, because="Gone.", by=cast.actor("max"), at=LATER)
    item = close(cast, item)
    assert (item.numbers["seats"], item.numbers["eligible"], item.result) == (5, 3, "not_decided")


def test_with_fewer_than_three_eligible_the_sponsor_is_asked_and_nobody_votes(cast: Cast) -> None:
    seats = council(cast)
    for name in ("sami", "finn", "rosa"):
        vacate(seat_id=seats[name].pk, because="Gone.", by=cast.actor("max"), at=AT)
    initiative, _ = asked(cast)
    item = opened(cast, initiative)
    assert (item.state, item.result, item.why, item.escalated_to) == (
        "closed", "escalated", "too_few_eligible", cast.olga,
    )  # fmt: skip
    with pytest.raises(Problem) as refused:
        vote(cast, item, "cora")
    assert code(refused) == (409, "decision_closed")
    assert not Decision.objects.exists()


def test_chair_and_deputy_recused_is_escalated_past_a_sponsor_in_conflict(cast: Cast) -> None:
    council(cast)
    seat = CouncilSeat.objects.create(name="Board", kind="authority", position=2)
    SeatTerm.objects.create(
        seat=seat, holder=cast.audrey, from_on=TODAY, until_on=TODAY + timedelta(days=9), seated_at=AT
    )
    initiative, _ = asked(cast, sponsor=cast.olga)
    for name in ("cora", "dirk"):
        InitiativeMember.objects.create(initiative=initiative, user=cast.people[name], added_at=AT)
    item = opened(cast, initiative)
    assert (item.result, item.why, item.escalated_to) == ("escalated", "nobody_presides", cast.audrey)
    assert set(Recusal.objects.values_list("user__name", "because")) >= {
        ("Cora", "editor"),
        ("Dirk", "editor"),
    }


# What is asked for still stands


def test_an_approval_needs_a_submission_and_an_open_one_is_taken_along(cast: Cast) -> None:
    council(cast)
    initiative = idea(cast, stage="pilot", tier=2)
    with pytest.raises(Problem) as refused:
        planned(cast, initiative)
    assert code(refused) == (409, "submission_missing")
    stop = planned(cast, initiative, outcome="stop", reason_code="no_value", lessons="Ask first.")
    assert stop.submission is None
    other, submission = asked(cast, name="Other")
    assert planned(cast, other).submission == submission


def test_g1_is_never_the_council_s(cast: Cast) -> None:
    council(cast)
    with pytest.raises(Problem) as refused:
        planned(cast, idea(cast), outcome="stop", reason_code="no_value", lessons="Ask first.")
    assert code(refused) == (409, "wrong_body")


def test_a_withdrawn_submission_is_not_voted_on(cast: Cast) -> None:
    council(cast)
    initiative, submission = asked(cast)
    item = planned(cast, initiative)
    withdraw_submission(pk=submission.pk, because="Not yet.", by=cast.actor("alice"), at=AT)
    item.refresh_from_db()
    assert (item.state, item.off_because) == ("withdrawn", "Not yet.")
    with pytest.raises(Problem) as refused:
        open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    assert code(refused) == (409, "not_planned")
    assert planned(cast, initiative, outcome="hold", until="2027-01-12").submission is None


def test_a_submission_that_was_asked_anew_is_not_voted_on(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    item = planned(cast, initiative)
    again = submitted(initiative, cast)
    item.refresh_from_db()
    assert (item.state, item.off_because) == ("withdrawn", "The gate was asked for again.")
    with pytest.raises(Problem) as refused:
        open_item(item_id=item.pk, by=cast.actor("cora"), at=AT)
    assert code(refused) == (409, "not_planned")
    assert planned(cast, initiative).submission == again


def test_what_is_voted_on_is_not_asked_anew(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "ynn")
    with pytest.raises(Problem) as refused:
        submitted(item.initiative, cast, at=LATER)
    assert code(refused) == (409, "voting_open")
    item.refresh_from_db()
    assert item.submission is not None
    assert (item.state, item.submission.state) == ("open", "open")


def test_what_is_voted_on_is_not_withdrawn(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yn")
    assert item.submission is not None
    with pytest.raises(Problem) as refused:
        withdraw_submission(pk=item.submission.pk, because="It goes badly.", by=cast.actor("alice"), at=LATER)
    assert code(refused) == (409, "voting_open")
    item.submission.refresh_from_db()
    assert item.submission.state == "open"


def test_an_initiative_is_on_one_agenda_at_a_time(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    planned(cast, initiative)
    with pytest.raises(Problem) as refused:
        planned(cast, initiative, meeting(cast))
    assert code(refused) == (409, "on_an_agenda")


def test_a_motion_that_is_not_whole_is_refused_at_its_place(cast: Cast) -> None:
    council(cast)
    initiative, _ = asked(cast)
    with pytest.raises(Problem) as refused:
        planned(cast, initiative, outcome="hold")
    assert (refused.value.items[0].code, refused.value.items[0].pointer) == ("until_missing", "/motion/until")
