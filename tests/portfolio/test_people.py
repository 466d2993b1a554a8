"""Stakeholders by function, working groups with their roles, meetings and what came of them."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import Problem
from core.models import AuditEvent, Notice
from core.reminders import owed_by, remind
from portfolio.models import GroupMember, Initiative, Stakeholder, WorkingAction, WorkingGroup, WorkingMeeting
from portfolio.queries.owed import actions
from portfolio.services.initiatives import create_initiative
from portfolio.services.members import add_member
from portfolio.services.stakeholders import add_stakeholder, edit_stakeholder, sign_off, take_off
from portfolio.services.working_groups import add_to_group, end_group, end_role, make_group
from portfolio.services.working_meetings import Said, Task, add_action, close_action, record_meeting
from tests.cast import AT, TODAY, Cast
from tests.governance.sitting import refused

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture
def row(cast: Cast, frozen: Any) -> Initiative:
    """Alice's; Bob works on it."""
    made = create_initiative(
        name="Motor triage", unit=cast.claims, lead=cast.alice, by=cast.actor("max"), at=AT
    )
    add_member(initiative_id=made.pk, user=cast.bob, by=cast.actor("max"), at=AT)
    return made


def staked(row: Initiative, cast: Cast, by: str = "alice", **more: Any) -> Stakeholder:
    said: dict[str, Any] = {"name": "" if "user" in more else "Ines", "function": "business", **more}
    return add_stakeholder(initiative_id=row.pk, by=cast.actor(by), at=AT, **said)


def kickoff(row: Initiative, cast: Cast, **more: Any) -> WorkingMeeting:
    said: dict[str, Any] = {
        "kind": "kickoff", "held_on": TODAY, "agenda": "Why we are here", "said": [Said("translator", "Cost is what counts", "Tove")],
        "decisions": ["Begin with motor"], "actions": [Task("Ask IT", cast.bob, TODAY + timedelta(days=7))], **more,
    }  # fmt: skip
    return record_meeting(initiative_id=row.pk, by=cast.actor("alice"), at=AT, **said)


def pointer(work: Any) -> str:
    with pytest.raises(Problem) as caught:
        work()
    return caught.value.items[0].pointer


# The register.


def test_a_name_and_a_person_are_put_on_the_register_once(row: Initiative, cast: Cast) -> None:
    staked(row, cast, interest="Faster claims", concern="Wrong ones")
    staked(row, cast, user=cast.bob, function="it")
    assert [one.called for one in row.stakeholders.all()] == ["Ines", "Bob"]
    assert refused(partial(staked, row, cast, name="ines")) == (409, "already_on_it")
    assert refused(partial(staked, row, cast, user=cast.bob)) == (409, "already_on_it")
    event = AuditEvent.objects.filter(action="stakeholder.added").order_by("pk")[0]
    assert event.after == {
        "name": "Ines",
        "function": "business",
        "interest": "Faster claims",
        "concern": "Wrong ones",
    }


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        ("bob", (403, "forbidden")),
        ("vera", (403, "forbidden")),
        ("charlie", (404, "not_found")),
        ("edith", (403, "forbidden")),
    ],
)
def test_only_who_runs_it_writes_the_register(
    row: Initiative, cast: Cast, who: str, answer: tuple[int, str]
) -> None:
    assert refused(partial(staked, row, cast, who)) == answer
    assert not Stakeholder.objects.exists()


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ({"name": ""}, (400, "required")),
        ({"name": "Ines", "user": "bob"}, (400, "contradiction")),
        ({"function": "sales"}, (400, "invalid_choice")),
        ({"concern": "x" * 501}, (400, "max_length")),
        ({"name": "", "user": "charlie"}, (400, "may_not_see")),
    ],
)
def test_a_wrong_entry_is_refused_and_nothing_is_written(
    row: Initiative, cast: Cast, facts: dict[str, Any], answer: tuple[int, str]
) -> None:
    if "user" in facts:
        facts = {**facts, "user": cast.people[facts["user"]]}
    assert refused(partial(staked, row, cast, **facts)) == answer
    assert not Stakeholder.objects.exists()


def test_a_person_signs_for_themselves_and_nobody_else_does(row: Initiative, cast: Cast) -> None:
    one = staked(row, cast, user=cast.bob, function="it")
    assert refused(lambda: sign_off(pk=one.pk, by=cast.actor("alice"), at=AT)) == (403, "not_yours")
    token = cast.actor("bob", via="api", token_id=1, scopes={"portfolio:write"})
    assert refused(lambda: sign_off(pk=one.pk, by=token, at=AT)) == (403, "only_a_person")
    yesterday = TODAY - timedelta(days=1)
    assert refused(lambda: sign_off(pk=one.pk, signed_on=yesterday, by=cast.actor("bob"), at=AT)) == (
        400,
        "invalid",
    )
    assert sign_off(pk=one.pk, by=cast.actor("bob"), at=AT).signed_on == TODAY
    assert refused(lambda: sign_off(pk=one.pk, by=cast.actor("bob"), at=AT)) == (409, "signed")


def test_the_sign_off_of_a_name_is_recorded_with_what_shows_it_by_who_runs_it(
    row: Initiative, cast: Cast
) -> None:
    one = staked(row, cast)
    alice = cast.actor("alice")
    assert refused(lambda: sign_off(pk=one.pk, basis="Mail", by=cast.actor("bob"), at=AT)) == (
        403,
        "forbidden",
    )
    assert refused(lambda: sign_off(pk=one.pk, by=alice, at=AT)) == (400, "required")
    tomorrow = TODAY + timedelta(days=1)
    assert refused(lambda: sign_off(pk=one.pk, signed_on=tomorrow, basis="Mail", by=alice, at=AT)) == (
        400,
        "in_future",
    )
    made = sign_off(pk=one.pk, signed_on=TODAY - timedelta(days=3), basis="Mail of Friday", by=alice, at=AT)
    assert (made.signed_on, made.basis) == (TODAY - timedelta(days=3), "Mail of Friday")


def test_a_change_of_what_was_signed_asks_for_the_sign_off_anew_and_tells_so(
    row: Initiative, cast: Cast
) -> None:
    one = staked(row, cast)
    sign_off(pk=one.pk, basis="Mail", by=cast.actor("alice"), at=AT)
    same = edit_stakeholder(pk=one.pk, function="business", by=cast.actor("alice"), at=AT)
    assert same.signed_on == TODAY
    changed = edit_stakeholder(pk=one.pk, concern="Jobs", by=cast.actor("alice"), at=AT)
    assert (changed.signed_on, changed.basis) == (None, "")
    event = AuditEvent.objects.get(action="stakeholder.changed")
    assert event.before["signed_on"] == TODAY.isoformat()
    assert refused(lambda: edit_stakeholder(pk=one.pk, concern="", by=cast.actor("alice"), at=AT, expected_version=1)) == (
        412, "stale_version",
    )  # fmt: skip


def test_who_is_taken_off_stays_on_record_and_may_come_back(row: Initiative, cast: Cast) -> None:
    one = staked(row, cast)
    assert refused(lambda: take_off(pk=one.pk, because=" ", by=cast.actor("alice"), at=AT)) == (
        400,
        "required",
    )
    take_off(pk=one.pk, because="Retired", by=cast.actor("alice"), at=AT)
    assert refused(lambda: sign_off(pk=one.pk, basis="Mail", by=cast.actor("alice"), at=AT)) == (
        409,
        "off_the_register",
    )
    staked(row, cast)
    assert Stakeholder.objects.count() == 2


# Working groups.


def test_a_person_may_hold_two_roles_in_a_group_and_one_twice_never(row: Initiative, cast: Cast) -> None:
    group = make_group(
        initiative_id=row.pk, name="Data", purpose="Where it comes from", by=cast.actor("alice"), at=AT
    )
    give = partial(add_to_group, pk=group.pk, user=cast.bob, by=cast.actor("alice"), at=AT)
    give(role="translator")
    give(role="data_science")
    assert refused(partial(give, role="translator")) == (409, "already_on_it")
    assert refused(partial(give, role="boss")) == (400, "invalid_choice")
    assert refused(partial(give, role="business", from_on=TODAY + timedelta(days=1))) == (400, "in_future")
    assert refused(partial(add_to_group, pk=group.pk, role="lead", name="X", by=cast.actor("bob"), at=AT)) == (
        403, "forbidden",
    )  # fmt: skip


def test_a_role_and_a_group_end_and_stay_on_record(row: Initiative, cast: Cast) -> None:
    alice = cast.actor("alice")
    group = make_group(initiative_id=row.pk, name="Data", by=alice, at=AT)
    assert refused(lambda: make_group(initiative_id=row.pk, name="data", by=alice, at=AT)) == (409, "taken")
    one = add_to_group(pk=group.pk, role="translator", name="Tove", by=alice, at=AT)
    two = add_to_group(pk=group.pk, role="business", name="Otto", by=alice, at=AT)
    end_role(pk=group.pk, member=one.pk, by=alice, at=AT)
    assert refused(lambda: end_role(pk=group.pk, member=one.pk, by=alice, at=AT)) == (409, "ended")
    assert refused(lambda: end_role(pk=group.pk, member=99, by=alice, at=AT)) == (404, "not_found")
    end_group(pk=group.pk, because="Done", by=alice, at=AT)
    two.refresh_from_db()
    assert (two.until_on, GroupMember.objects.count()) == (TODAY, 2)
    assert refused(lambda: add_to_group(pk=group.pk, role="lead", name="X", by=alice, at=AT)) == (
        409,
        "ended",
    )
    make_group(initiative_id=row.pk, name="Data", by=alice, at=AT)
    assert WorkingGroup.objects.count() == 2


# Meetings.


def test_a_kickoff_keeps_what_each_role_brought_what_was_decided_and_who_does_what(
    row: Initiative, cast: Cast
) -> None:
    made = kickoff(row, cast)
    made.refresh_from_db()
    assert made.said == [{"role": "translator", "name": "Tove", "text": "Cost is what counts"}]
    assert (made.decisions, [(one.text, one.owner) for one in made.actions.all()]) == (
        ["Begin with motor"], [("Ask IT", cast.bob)],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ({"kind": "party"}, "/kind"),
        ({"held_on": TODAY + timedelta(days=1)}, "/held_on"),
        ({"said": [Said("ghost", "Boo")]}, "/said/0/role"),
        ({"said": [Said("business", " ")]}, "/said/0/text"),
        ({"decisions": ["Go on", " "]}, "/decisions/1"),
        ({"agenda": "", "said": [], "decisions": [], "actions": []}, "/agenda"),
    ],
)
def test_a_wrong_record_of_a_meeting_names_its_place_and_writes_nothing(
    row: Initiative, cast: Cast, facts: dict[str, Any], where: str
) -> None:
    assert pointer(partial(kickoff, row, cast, **facts)) == where
    assert not WorkingMeeting.objects.exists()


def test_an_action_is_given_to_who_can_open_it_and_falls_due_after_the_meeting(
    row: Initiative, cast: Cast
) -> None:
    soon = TODAY + timedelta(days=3)
    assert (
        pointer(partial(kickoff, row, cast, actions=[Task("Ask", cast.charlie, soon)])) == "/actions/0/owner"
    )
    early = Task("Ask", cast.bob, TODAY - timedelta(days=1))
    assert pointer(partial(kickoff, row, cast, actions=[early])) == "/actions/0/due_on"
    assert not WorkingMeeting.objects.exists()


def test_a_group_of_another_initiative_does_not_meet_on_this_one(row: Initiative, cast: Cast) -> None:
    other = create_initiative(name="Other", unit=cast.claims, lead=cast.alice, by=cast.actor("max"), at=AT)
    group = make_group(initiative_id=other.pk, name="Data", by=cast.actor("alice"), at=AT)
    assert pointer(partial(kickoff, row, cast, group=group)) == "/group"


def test_a_meeting_on_record_is_not_changed_below_the_application_either(row: Initiative, cast: Cast) -> None:
    made = kickoff(row, cast)
    with pytest.raises(Error), transaction.atomic():
        WorkingMeeting.objects.filter(pk=made.pk).update(agenda="Something else")
    with pytest.raises(Error), transaction.atomic():
        WorkingMeeting.objects.filter(pk=made.pk).update(decisions=["Stop"])


def test_an_action_is_closed_once_by_its_owner_or_who_runs_the_initiative(
    row: Initiative, cast: Cast
) -> None:
    made = kickoff(row, cast)
    more = add_action(
        meeting_id=made.pk, task=Task("Ask data", cast.bob, TODAY), by=cast.actor("alice"), at=AT
    )
    one = made.actions.get(text="Ask IT")
    close = partial(close_action, meeting_id=made.pk, outcome="Done so", at=LATER)
    assert refused(partial(close, pk=one.pk, by=cast.actor("vera"))) == (403, "not_yours")
    assert refused(partial(close, pk=one.pk, by=cast.actor("charlie"))) == (404, "not_found")
    assert refused(partial(close_action, meeting_id=made.pk, pk=one.pk, outcome="", by=cast.actor("bob"), at=AT)) == (
        400, "required",
    )  # fmt: skip
    assert close(pk=one.pk, by=cast.actor("bob")).done_on == TODAY
    assert refused(partial(close, pk=one.pk, by=cast.actor("bob"))) == (409, "done")
    close(pk=more.pk, by=cast.actor("alice"))
    assert not WorkingAction.objects.filter(done_on=None).exists()


def test_a_reading_token_closes_nothing(row: Initiative, cast: Cast) -> None:
    made = kickoff(row, cast)
    token = cast.actor("bob", via="api", token_id=1, scopes={"portfolio:read"})
    with pytest.raises(Problem) as caught:
        close_action(meeting_id=made.pk, pk=made.actions.get().pk, outcome="Done", by=token, at=AT)
    assert caught.value.status == 403


def test_an_action_is_reminded_of_and_in_the_calendar_until_it_is_closed(
    row: Initiative, cast: Cast, signed_in: Any
) -> None:
    made = kickoff(row, cast)
    remind(at=AT)
    assert [one.title for one in Notice.objects.filter(user=cast.bob)] == ["Ask IT: due in 7 days"]
    assert [one.title for one in owed_by(cast.bob.pk, TODAY, TODAY + timedelta(days=30))] == ["Ask IT"]
    client = signed_in("bob")
    assert client.get(Notice.objects.get().url).status_code == 200
    assert b"Ask IT" in client.get("/account/due.ics").content
    close_action(
        meeting_id=made.pk, pk=made.actions.get().pk, outcome="Asked", by=cast.actor("bob"), at=LATER
    )
    assert remind(at=LATER).called_off == 1
    assert b"Ask IT" not in client.get("/account/due.ics").content


def test_what_is_due_costs_one_statement_however_much_it_is(row: Initiative, cast: Cast) -> None:
    for count in (2, 18):
        kickoff(row, cast, actions=[Task("Ask", cast.bob, TODAY)] * count)
        with CaptureQueriesContext(connection) as said:
            found = list(actions(TODAY, TODAY))
        assert len(said) == 1
    assert len(found) == 20
