"""Interventions: somebody acts on a flag by a day, and what nobody ended is before the council."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.access import actor_for
from core.errors import Problem
from core.models import AuditEvent, Outbox, User
from kpis.models import Intervention
from kpis.services.evaluate import sweep
from kpis.services.interventions import (
    assign_intervention,
    change_intervention,
    close_intervention,
    escalate_overdue,
)
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.acting import clear_flag, give, raise_flag
from tests.kpis.build import ask, claims_triage, make_initiative, promise

DAY = timedelta(days=1)


@pytest.fixture
def triage(cast: Cast, frozen: Any) -> Initiative:
    return claims_triage(cast)


@pytest.fixture
def flag(triage: Initiative) -> Flag:
    return raise_flag(triage)


def refused(code: str, status: int, work: Any, **said: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        work(**said)
    found = {caught.value.code, *(item.code for item in caught.value.items)}
    assert (code in found, caught.value.status) == (True, status), caught.value
    return caught.value


# Giving it to somebody


def test_a_person_is_given_a_flag_by_a_day_and_the_log_says_so(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    assert (row.assigned_to, row.assigned_by, row.due_on) == (cast.bob, cast.alice, TODAY + 7 * DAY)
    event = AuditEvent.objects.get(action="intervention.assigned")
    assert (event.initiative_id, event.after["assigned_to"]) == (flag.initiative_id, cast.bob.pk)


def test_a_flag_has_one_open_intervention_and_another_once_that_is_closed(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    said = refused("taken_up", 409, give, flag=flag, cast=cast, to=cast.alice)
    assert "Bob acts on it already" in said.detail
    with pytest.raises(IntegrityError), transaction.atomic():
        Intervention.objects.create(
            flag=flag, initiative=row.initiative, assigned_to=cast.alice, action="Twice", due_on=TODAY, recorded_at=AT
        )  # fmt: skip
    close_intervention(pk=row.pk, note="Asked.", by=cast.actor("bob"), at=AT)
    assert give(flag, cast).pk != row.pk


@pytest.mark.parametrize(
    ("ahead", "code"),
    [(-1, "due_before_opened"), (0, ""), (30, ""), (31, "too_late"), (400_000, "out_of_range")],
)
def test_the_day_lies_between_today_and_thirty_days_ahead(
    cast: Cast, flag: Flag, ahead: int, code: str
) -> None:
    due_on = TODAY + ahead * DAY if ahead < 400_000 else date(2999, 1, 1)
    if not code:
        assert give(flag, cast, due_on=due_on).due_on == due_on
    else:
        said = refused(code, 400, give, flag=flag, cast=cast, due_on=due_on)
        assert said.items[0].pointer == "/due_on"


@pytest.mark.parametrize(
    ("who", "code"), [("charlie", "may_not_see"), ("gone", "not_active"), ("robot", "not_active")]
)
def test_only_somebody_active_who_may_see_the_initiative_is_given_it(
    cast: Cast, flag: Flag, who: str, code: str
) -> None:
    person = cast.people.get(who) or User.objects.create_user(
        f"{who}@calder.example", name=who, created_at=AT, is_active=who != "gone", is_service=who == "robot"
    )
    said = refused(code, 400, give, flag=flag, cast=cast, to=person)
    assert said.items[0].pointer == "/assigned_to"
    assert not Intervention.objects.exists()


def test_what_is_to_be_done_is_said(cast: Cast, flag: Flag) -> None:
    said: dict[str, Any] = {
        "flag_id": flag.pk,
        "assigned_to": cast.bob,
        "due_on": TODAY,
        "by": cast.actor("alice"),
        "at": AT,
    }
    refused("required", 400, assign_intervention, action=" ", **said)
    refused("max_length", 400, assign_intervention, action="x" * 501, **said)


def test_a_flag_that_cleared_or_is_about_no_initiative_is_nobodys_to_act_on(cast: Cast, flag: Flag) -> None:
    clear_flag(flag)
    refused("flag_cleared", 409, give, flag=flag, cast=cast)
    of_a_unit = Flag.objects.create(
        subject_type="unit", subject_id=cast.claims.pk, subject_label="Claims", unit=cast.claims, rule="U1", severity=1,
        cause="x", sentence="x", since=TODAY, raised_at=AT, updated_at=AT,
    )  # fmt: skip
    refused("no_initiative", 409, give, flag=of_a_unit, cast=cast, by="max")
    refused("not_found", 404, give, flag=of_a_unit, cast=cast, by="charlie")


@pytest.mark.parametrize(
    ("who", "status"), [("bob", 403), ("vera", 403), ("dana", 403), ("charlie", 404), ("adam", 403)]
)
def test_who_does_not_run_the_initiative_gives_nobody_anything(
    cast: Cast, flag: Flag, who: str, status: int
) -> None:
    with pytest.raises(Problem) as caught:
        give(flag, cast, by=who)
    assert caught.value.status == status
    assert give(flag, cast, by="max").assigned_by == cast.max


# Changing it


def test_another_person_and_another_day_need_a_reason_and_stay_on_the_log(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    said: dict[str, Any] = {"pk": row.pk, "by": cast.actor("alice"), "at": AT}
    change: Any = {"assigned_to": cast.vera, "due_on": TODAY + 20 * DAY}
    refused("required", 400, change_intervention, expected_version=1, change=change, because=" ", **said)
    now = change_intervention(expected_version=1, change=change, because="Bob is on leave.", **said)
    assert (now.assigned_to, now.due_on, now.version) == (cast.vera, TODAY + 20 * DAY, 2)
    event = AuditEvent.objects.get(action="intervention.changed")
    assert (event.before["assigned_to"], event.after["assigned_to"]) == (cast.bob.pk, cast.vera.pk)
    assert event.reason == "Bob is on leave."
    refused("stale_version", 412, change_intervention, expected_version=1, change=change, because="x", **said)
    again = change_intervention(expected_version=2, change=change, because="", **said)
    assert again.version == 2


def test_the_day_is_never_moved_beyond_thirty_days_after_it_was_opened(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    later: dict[str, Any] = {
        "pk": row.pk,
        "expected_version": None,
        "because": "More time.",
        "by": cast.actor("alice"),
        "at": AT + 20 * DAY,
    }
    refused("too_late", 400, change_intervention, change={"due_on": TODAY + 31 * DAY}, **later)
    refused("due_before_opened", 400, change_intervention, change={"due_on": TODAY + 19 * DAY}, **later)
    assert change_intervention(change={"due_on": TODAY + 30 * DAY}, **later).due_on == TODAY + 30 * DAY


def test_who_was_given_it_does_not_give_it_away(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    said: Any = {
        "pk": row.pk,
        "expected_version": 1,
        "change": {"assigned_to": cast.alice},
        "because": "x",
        "at": AT,
    }
    refused("forbidden", 403, change_intervention, by=cast.actor("bob"), **said)
    refused("not_found", 404, change_intervention, by=cast.actor("charlie"), **said)


# Closing it


def test_the_person_closes_it_with_a_note_and_the_flag_stands(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    refused("required", 400, close_intervention, pk=row.pk, note=" ", by=cast.actor("bob"), at=AT)
    done = close_intervention(pk=row.pk, note="They use the old list.", by=cast.actor("bob"), at=AT)
    assert (done.closed_by, done.closure, done.version) == (cast.bob, "They use the old list.", 2)
    flag.refresh_from_db()
    assert flag.cleared_at is None
    refused("closed", 409, close_intervention, pk=row.pk, note="Twice.", by=cast.actor("bob"), at=AT)
    said: Any = {"change": {"due_on": TODAY}, "because": "x", "expected_version": None}
    refused("closed", 409, change_intervention, pk=row.pk, by=cast.actor("alice"), at=AT, **said)


@pytest.mark.parametrize(
    ("who", "code"),
    [("alice", ""), ("max", ""), ("vera", "not_yours"), ("dana", "not_yours"), ("charlie", "not_found")],
)
def test_nobody_closes_for_another_without_running_the_initiative(
    cast: Cast, flag: Flag, who: str, code: str
) -> None:
    row = give(flag, cast)
    if code:
        refused(
            code,
            404 if code == "not_found" else 403,
            close_intervention,
            pk=row.pk,
            note="x",
            by=cast.actor(who),
            at=AT,
        )
    else:
        assert (
            close_intervention(pk=row.pk, note="x", by=cast.actor(who), at=AT).closed_by == cast.people[who]
        )


def test_a_token_that_only_reads_closes_nothing(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    reading = cast.actor("bob", scopes=["kpis:read", "portfolio:read"])
    refused("token_scope", 403, close_intervention, pk=row.pk, note="x", by=reading, at=AT)
    writing = cast.actor("bob", scopes=["portfolio:write"])
    assert close_intervention(pk=row.pk, note="x", by=writing, at=AT).closed_at == AT


# The clock


@pytest.mark.parametrize(("days", "escalates"), [(6, False), (7, False), (8, True)])
def test_it_is_before_the_council_the_day_after_it_was_due(
    cast: Cast, flag: Flag, days: int, escalates: bool
) -> None:
    row = give(flag, cast)
    sweep(at=AT + days * DAY)
    row.refresh_from_db()
    flag.refresh_from_db()
    on = TODAY + days * DAY if escalates else None
    assert (row.escalated_on, flag.escalated_on) == (on, on)
    told = AuditEvent.objects.filter(action__in=["intervention.escalated", "flag.escalated"])
    assert sorted(told.values_list("action", flat=True)) == (
        ["flag.escalated", "intervention.escalated"] if escalates else []
    )
    assert Outbox.objects.filter(kind="intervention.escalated").count() == int(escalates)


def test_escalating_twice_or_late_changes_nothing_more(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    assert [escalate_overdue(at=AT + days * DAY) for days in (20, 20, 21)] == [1, 0, 0]
    row.refresh_from_db()
    assert row.escalated_on == TODAY + 20 * DAY
    assert AuditEvent.objects.filter(action="flag.escalated").count() == 1


def test_what_was_closed_in_time_escalates_no_more(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    close_intervention(pk=row.pk, note="Done.", by=cast.actor("bob"), at=AT)
    assert escalate_overdue(at=AT + 9 * DAY) == 0


def test_what_is_about_a_flag_that_cleared_is_closed_instead(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    clear_flag(flag)
    assert escalate_overdue(at=AT + 9 * DAY) == 0
    row.refresh_from_db()
    assert (row.closed_by, row.closure, row.escalated_on) == (
        None,
        "The flag cleared: its fact changed.",
        None,
    )


def test_it_escalates_although_the_person_has_left(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    gone = actor_for(User.objects.get(pk=cast.bob.pk), via="page")
    refused("not_found", 404, close_intervention, pk=row.pk, note="x", by=gone, at=AT)
    assert escalate_overdue(at=AT + 8 * DAY) == 1


def test_it_stays_before_the_council_when_it_is_given_another_day(cast: Cast, flag: Flag) -> None:
    row = give(flag, cast)
    escalate_overdue(at=AT + 8 * DAY)
    change_intervention(
        pk=row.pk, expected_version=None, change={"due_on": TODAY + 15 * DAY}, because="More time.",
        by=cast.actor("alice"), at=AT + 9 * DAY,
    )  # fmt: skip
    flag.refresh_from_db()
    row.refresh_from_db()
    assert (row.escalated_on, flag.escalated_on) == (TODAY + 8 * DAY, TODAY + 8 * DAY)


def test_the_sweep_asks_once_where_nothing_is_overdue_and_the_same_for_many(
    cast: Cast, triage: Initiative
) -> None:
    for n in range(3):
        give(raise_flag(triage, f"T{n}"), cast)
    with CaptureQueriesContext(
        connection,
    ) as quiet:
        escalate_overdue(at=AT)
    assert len(quiet) == 1
    counts = []
    for many in (1, 4):
        for n in range(many):
            other = make_initiative(cast.claims, f"Other {many} {n}", lead=cast.alice)
            give(raise_flag(other), cast, to=cast.alice)
        Intervention.objects.filter(initiative=triage).update(closed_at=AT, closure="x")
        with CaptureQueriesContext(connection) as taken:
            assert escalate_overdue(at=AT + 8 * DAY) == many
        counts.append(len(taken))
    assert counts[0] == counts[1]


# With the judge of early warnings, which has a day to act of its own


def warned(cast: Cast, triage: Initiative) -> Flag:
    """Nobody of the four has signed, since ten days ago: severity 2, to be acted on within fourteen days."""
    kpi = promise(triage, by=cast.actor("alice"), at=AT - 20 * DAY)
    ask(kpi, cast, at=AT - 10 * DAY)
    sweep(at=AT)
    return Flag.objects.get(initiative=triage, rule="warning_no_consensus")


def test_a_warning_is_before_the_council_when_nobody_acts_and_by_the_actions_day_when_somebody_does(
    cast: Cast, triage: Initiative
) -> None:
    flag = warned(cast, triage)
    assert flag.due_on == TODAY + 4 * DAY
    give(flag, cast, due_on=TODAY + 9 * DAY)
    for days, since in ((0, None), (5, None), (9, None), (10, 10)):
        sweep(at=AT + days * DAY)
        flag.refresh_from_db()
        on = None if since is None else TODAY + since * DAY
        assert (flag.due_on, flag.escalated_on) == (TODAY + 9 * DAY, on), days
    assert AuditEvent.objects.filter(action="flag.escalated").count() == 1


def test_closing_without_changing_the_fact_buys_a_warning_its_days_once_more(
    cast: Cast, triage: Initiative
) -> None:
    flag = warned(cast, triage)
    row = give(flag, cast, due_on=TODAY + 9 * DAY)
    close_intervention(pk=row.pk, note="Reminded them.", by=cast.actor("bob"), at=AT + 2 * DAY)
    for days, since in ((2, None), (16, None), (17, 17)):
        sweep(at=AT + days * DAY)
        flag.refresh_from_db()
        on = None if since is None else TODAY + since * DAY
        assert (flag.due_on, flag.escalated_on) == (TODAY + 16 * DAY, on), days
