"""Conditions of an approval: who does what of them, what being late does, and what a release of money asks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.access import system
from core.errors import Problem
from core.models import AuditEvent, Outbox
from domain.stage_words import Body
from funding.services.tranches import approve, release
from governance.models import Condition
from governance.services.condition_changes import redate, waive
from governance.services.conditions import discharge, give_evidence, refuse_evidence
from governance.services.evaluate_standing import evaluate_limited, evaluate_standings
from governance.services.standing import settle_standing
from pilots.models import Pilot
from pilots.services.opening import ensure_pilot
from portfolio.models import Expenditure, Flag, GateStanding, Initiative
from portfolio.services.locks import lock_initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import condition, decided, idea, manager, motion, submitted

pytestmark = pytest.mark.django_db
MANAGER = Body.PORTFOLIO_MANAGER


def approved(
    cast: Cast, stage: str = "framing", ceiling: dict[str, Any] | None = None, **more: Any
) -> tuple[Initiative, Condition]:
    """Alice's initiative, gone on under one condition of Bob's that Mona verifies."""
    row = idea(cast, stage=stage)
    asked = submitted(row, cast)
    said = motion(row, "conditional_go", conditions=[condition(cast, **more)], ceiling=ceiling)
    decided(row, said, manager(cast), submission=asked)
    row.refresh_from_db()
    return row, Condition.objects.get()


def later(row: Initiative, days: int) -> None:
    settle_standing(lock_initiative(row.pk), by=system(), at=AT + timedelta(days=days))


def refuses(code: str, status: int, act: Any, **named: Any) -> None:
    with pytest.raises(Problem) as caught:
        act(at=AT, **named)
    assert (caught.value.code, caught.value.status) == (code, status)


def test_the_owner_shows_and_the_verifier_accepts(cast: Cast) -> None:
    row, one = approved(cast)
    give_evidence(pk=one.pk, because="Report of 20 November.", by=cast.actor("bob"), at=AT)
    discharge(pk=one.pk, because="Read it; it holds.", by=cast.actor("mona"), at=AT)
    one.refresh_from_db()
    assert (one.state, one.closed_on) == ("discharged", TODAY)
    actions = AuditEvent.objects.filter(initiative_id=row.pk, object_type="condition").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "condition.set", "condition.evidence_given", "condition.discharged",
    ]  # fmt: skip


def test_evidence_that_is_not_accepted_leaves_it_open_and_is_given_anew(cast: Cast) -> None:
    _, one = approved(cast)
    refuses("no_evidence", 409, discharge, pk=one.pk, because="Fine.", by=cast.actor("mona"))
    give_evidence(pk=one.pk, because="A mail.", by=cast.actor("bob"), at=AT)
    refuse_evidence(pk=one.pk, because="A mail is no report.", by=cast.actor("mona"), at=AT)
    refuses("no_evidence", 409, discharge, pk=one.pk, because="Fine.", by=cast.actor("mona"))
    one.refresh_from_db()
    assert one.state == "open"
    assert list(one.acts.values_list("act", flat=True)) == ["evidence", "refuse"]


def test_nobody_but_the_owner_shows_and_nobody_but_the_verifier_accepts(cast: Cast) -> None:
    _, one = approved(cast)
    refuses("not_yours", 403, give_evidence, pk=one.pk, because="Done.", by=cast.actor("alice"))
    refuses("not_yours", 403, give_evidence, pk=one.pk, because="Done.", by=cast.actor("max"))
    give_evidence(pk=one.pk, because="Report.", by=cast.actor("bob"), at=AT)
    refuses("not_yours", 403, discharge, pk=one.pk, because="Fine.", by=cast.actor("bob"))
    refuses("not_found", 404, give_evidence, pk=one.pk, because="Done.", by=cast.actor("charlie"))


def test_waiving_is_the_bodys_and_never_its_owners_or_verifiers(cast: Cast) -> None:
    _, one = approved(cast)
    refuses(
        "wrong_body", 409, waive, pk=one.pk, because="Not needed.", by=cast.actor("dana"), body=Body.COUNCIL
    )
    refuses("four_eyes", 403, waive, pk=one.pk, because="Not needed.", by=manager(cast, "bob"), body=MANAGER)
    refuses("four_eyes", 403, waive, pk=one.pk, because="Not needed.", by=manager(cast, "mona"), body=MANAGER)
    refuses("forbidden", 403, waive, pk=one.pk, because="Not needed.", by=cast.actor("audrey"), body=MANAGER)
    waive(pk=one.pk, because="Not needed.", by=manager(cast), at=AT, body=MANAGER)
    one.refresh_from_db()
    assert one.state == "waived"
    refuses("closed", 409, waive, pk=one.pk, because="Again.", by=manager(cast), body=MANAGER)


def test_a_new_date_keeps_the_first_one_and_a_second_waits_to_be_confirmed(cast: Cast) -> None:
    _, one = approved(cast)
    move: dict[str, Any] = {"pk": one.pk, "because": "Vendor late.", "by": manager(cast), "body": MANAGER}
    refuses("invalid", 400, redate, due_on=TODAY, **move)
    redate(due_on=TODAY + timedelta(days=60), at=AT, **move)
    one.refresh_from_db()
    assert (one.first_due_on, one.due_on) == (TODAY + timedelta(days=30), TODAY + timedelta(days=60))
    redate(due_on=TODAY + timedelta(days=90), at=AT, **move)
    one.refresh_from_db()
    assert (one.due_on, one.proposed_due_on) == (TODAY + timedelta(days=60), TODAY + timedelta(days=90))
    assert [(act.act, act.confirmed_by) for act in one.acts.all()] == [("redate", None), ("propose", None)]


@pytest.mark.parametrize(
    ("days", "overdue", "flags", "suspended"),
    [(30, "", [], False), (31, "told", [], False), (44, "told", [], False), (45, "flagged", ["condition_overdue"], False),
     (60, "flagged", ["condition_overdue"], False), (61, "suspends", ["approval_suspended", "condition_overdue"], True)],
)  # fmt: skip
def test_being_late_tells_then_flags_then_suspends(
    cast: Cast, days: int, overdue: str, flags: list[str], suspended: bool
) -> None:
    row, one = approved(cast)
    later(row, days)
    one.refresh_from_db()
    assert one.overdue == overdue
    assert (
        sorted(Flag.objects.filter(initiative=row, cleared_at=None).values_list("rule", flat=True)) == flags
    )
    assert (GateStanding.objects.get().suspended_on is not None) is suspended
    assert Outbox.objects.filter(kind="condition.overdue").exists() is bool(overdue)


def test_one_that_blocks_suspends_from_the_first_day_and_meeting_it_restores_the_approval(cast: Cast) -> None:
    row, one = approved(cast, blocking=True)
    later(row, 31)
    assert GateStanding.objects.get().suspended_on == TODAY + timedelta(days=31)
    at = AT + timedelta(days=32)
    give_evidence(pk=one.pk, because="Report.", by=cast.actor("bob"), at=at)
    discharge(pk=one.pk, because="It holds.", by=cast.actor("mona"), at=at)
    assert GateStanding.objects.get().suspended_on is None
    assert not Flag.objects.filter(initiative=row, cleared_at=None).exists()
    events = AuditEvent.objects.filter(initiative_id=row.pk, action__startswith="approval.").order_by("pk")
    assert list(events.values_list("action", flat=True)) == ["approval.suspended", "approval.restored"]


def test_more_than_the_ceiling_suspends_and_the_stage_stays(cast: Cast) -> None:
    row, one = approved(cast, ceiling={"spend": "1000"}, kind="monitored")
    assert GateStanding.objects.get().limited
    for amount, suspended in ((1000, False), (1, True)):
        Expenditure.objects.create(
            initiative=row, spent_on=TODAY, amount=Decimal(amount), currency="EUR", category="build", recorded_at=AT
        )  # fmt: skip
        later(row, 0)
        assert (GateStanding.objects.get().suspended_on is not None) is suspended
    row.refresh_from_db()
    assert row.stage == "development"
    assert "1,001 spent of 1,000 approved" in GateStanding.objects.get().suspended_because


def test_no_tranche_is_released_while_a_condition_before_start_is_open(cast: Cast) -> None:
    row, one = approved(cast, kind="before_start")
    money = approve(
        initiative_id=row.pk, amount=Decimal(100), approved_on=TODAY, because="Agreed.", by=manager(cast), at=AT
    )  # fmt: skip
    with pytest.raises(Problem, match="condition_open: Tranche 1 waits for C-") as caught:
        release(pk=money.pk, released_on=TODAY, because="Start.", by=manager(cast), at=AT)
    assert caught.value.status == 409
    waive(pk=one.pk, because="Not needed.", by=manager(cast), at=AT, body=MANAGER)
    release(pk=money.pk, released_on=TODAY, because="Start.", by=manager(cast), at=AT)


def test_no_tranche_is_released_while_the_approval_is_suspended(cast: Cast) -> None:
    row, _ = approved(cast, blocking=True)
    money = approve(
        initiative_id=row.pk, amount=Decimal(100), approved_on=TODAY, because="Agreed.", by=manager(cast), at=AT
    )  # fmt: skip
    later(row, 31)
    with pytest.raises(Problem, match="approval_suspended"):
        release(pk=money.pk, released_on=TODAY, because="Start.", by=manager(cast), at=AT)


def test_a_tranche_that_names_a_gate_waits_for_its_go(cast: Cast) -> None:
    row = idea(cast, stage="framing")
    money = approve(
        initiative_id=row.pk, amount=Decimal(100), approved_on=TODAY, because="Agreed.", gate="G2", by=manager(cast), at=AT
    )  # fmt: skip
    with pytest.raises(Problem, match="gate_not_passed: Tranche 1 waits for a go at G2"):
        release(pk=money.pk, released_on=TODAY, because="Start.", by=manager(cast), at=AT)
    asked = submitted(row, cast)
    decided(row, motion(row), manager(cast), submission=asked)
    release(pk=money.pk, released_on=TODAY, because="Start.", by=manager(cast), at=AT)


def test_the_pilot_is_told_of_the_earliest_date(cast: Cast) -> None:
    row, one = approved(cast, stage="development")
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    assert pilot is not None
    later(row, 1)
    pilot.refresh_from_db()
    assert (pilot.condition_due_on, pilot.condition_blocks, pilot.no_open_condition) == (
        one.due_on,
        False,
        False,
    )
    waive(pk=one.pk, because="Not needed.", by=manager(cast), at=AT, body=MANAGER)
    assert Pilot.objects.get(pk=pilot.pk).no_open_condition


def test_the_sweep_asks_again_once_the_answer_has_expired(cast: Cast) -> None:
    row, one = approved(cast)
    # Asked once a day, because what it was taken on may have changed; due on the thirtieth, it is not overdue yet.
    assert evaluate_standings(at=AT + timedelta(days=30)).changed == 1
    one.refresh_from_db()
    assert one.overdue == ""
    assert evaluate_standings(at=AT + timedelta(days=31)).changed == 1
    assert evaluate_standings(at=AT + timedelta(days=31)).changed == 0
    one.refresh_from_db()
    assert one.overdue == "told"
    assert evaluate_standings(at=AT + timedelta(days=61)).changed == 1
    assert GateStanding.objects.get().suspended_on == TODAY + timedelta(days=61)


def test_spend_beyond_the_ceiling_is_heard_as_news(cast: Cast) -> None:
    row, _ = approved(cast, ceiling={"spend": "10"}, kind="monitored")
    Expenditure.objects.create(
        initiative=row, spent_on=TODAY, amount=Decimal(11), currency="EUR", category="build", recorded_at=AT
    )  # fmt: skip
    assert evaluate_limited(initiative_ids=[row.pk], at=AT).changed == 1
    assert GateStanding.objects.get().suspended_on == TODAY
