"""A journey for each outcome: the lead fills the gate, somebody else decides, and the record follows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import AuditEvent, Outbox
from domain.errors import RuleError
from domain.stage_words import Body
from governance.models import Condition, Decision
from pilots.models import Pilot
from pilots.queries.facts import with_people
from pilots.queries.replay import as_of
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import CARRIED, condition, decided, idea, manager, motion, submitted

pytestmark = pytest.mark.django_db
BRINGS = {"evidence": "A month with all four teams.", "decision_changes": "0.25"}
"""What an extension is to bring."""


def told(initiative: Initiative, *actions: str) -> list[str]:
    """The audit events of it in order, those asked for."""
    rows = AuditEvent.objects.filter(initiative_id=initiative.pk).order_by("pk")
    found = list(rows.values_list("action", flat=True))
    return [one for one in found if not actions or one in actions]


def piloted(cast: Cast, **more: Any) -> tuple[Initiative, Pilot]:
    row = idea(cast, stage="pilot", **more)
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    assert pilot is not None
    return row, pilot


def test_go_moves_the_idea_to_framing_and_tells_lead_and_sponsor(cast: Cast) -> None:
    row = idea(cast)
    asked = submitted(row, cast)
    decision = decided(row, motion(row), manager(cast), submission=asked)
    row.refresh_from_db()
    asked.refresh_from_db()
    assert (row.stage, asked.state, decision.outcome) == ("framing", "decided", "go")
    assert told(row) == ["gate.draft_saved", "gate.submitted", "decision.recorded", "initiative.moved"]
    notice = Outbox.objects.get(kind="gate.decided")
    assert notice.payload["people"] == sorted([cast.alice.pk, cast.edith.pk])
    assert decision.pack_seal == asked.seal


def test_conditional_go_writes_its_conditions_and_the_next_gate_waits_for_them(cast: Cast) -> None:
    row = idea(cast, stage="framing")
    asked = submitted(row, cast)
    said = motion(row, "conditional_go", conditions=[condition(cast)])
    decided(row, said, manager(cast), submission=asked)
    row.refresh_from_db()
    made = Condition.objects.get()
    assert (row.stage, made.owner, made.verifier, made.due_on) == (
        "development", cast.bob, cast.mona, TODAY + timedelta(days=30),
    )  # fmt: skip
    assert told(row)[-3:] == ["decision.recorded", "condition.set", "initiative.moved"]
    again = submitted(row, cast)
    with pytest.raises(Exception, match="conditions_open: Still open: C-"):
        decided(row, motion(row), manager(cast), submission=again)


def test_hold_counts_as_a_deferral_and_says_until_when(cast: Cast) -> None:
    row, pilot = piloted(cast)
    until = TODAY + timedelta(days=20)
    decided(row, motion(row, "hold", until=until.isoformat()), manager(cast), body=Body.COUNCIL)
    pilot.refresh_from_db()
    row.refresh_from_db()
    assert (row.stage, pilot.deferrals, pilot.decision_on) == ("pilot", 1, until)
    assert told(row)[:3] == ["pilot.opened", "decision.recorded", "pilot.deferred"]


def test_recycle_leads_back_to_the_named_stage(cast: Cast) -> None:
    row = idea(cast, stage="development")
    decided(row, motion(row, "recycle", stage="framing", rework="Measure a baseline."), manager(cast))
    row.refresh_from_db()
    assert row.stage == "framing"
    assert told(row) == ["decision.recorded", "initiative.moved"]


def test_pivot_gives_a_new_charter_and_counts_anew(cast: Cast) -> None:
    row, pilot = piloted(cast)
    Pilot.objects.filter(pk=pilot.pk).update(
        planned_days=90, success_measure_changes=2, criteria_met_on=TODAY
    )
    for _ in range(2):
        decided(row, motion(row, "extend", days=10, reason_code="data_late", **BRINGS), manager(cast))
    later, by_then = AT + timedelta(hours=1), TODAY + timedelta(days=70)
    decided(
        row,
        motion(
            row, "pivot", charter="Letters instead of calls.", days=60, until=by_then.isoformat(), **CARRIED
        ),
        manager(cast),
        body=Body.COUNCIL,
        at=later,
    )
    pilot.refresh_from_db()
    # It has run thirty days, and is given sixty: what it is measured by is both.
    assert (pilot.planned_days, pilot.planned_end_on, pilot.decision_on) == (
        90, TODAY + timedelta(days=60), by_then,
    )  # fmt: skip
    assert (pilot.success_measure_changes, pilot.hypotheses) == (None, "Letters instead of calls.")
    # What was recorded of its facts is no business of a new charter.
    assert pilot.criteria_met_on == TODAY
    assert "pilot.pivoted" in told(row)
    # The third extension would be the council's; after the pivot the manager's two begin anew.
    decided(
        row,
        motion(row, "extend", days=10, reason_code="data_late", **BRINGS),
        manager(cast),
        at=later + timedelta(hours=1),
    )
    assert pilot.extensions.count() == 3


def test_a_pilot_is_as_answerable_after_a_pivot_as_before(cast: Cast) -> None:
    row, pilot = piloted(cast)
    Pilot.objects.filter(pk=pilot.pk).update(
        planned_days=40, decision_on=TODAY + timedelta(days=30), invited_users=100, weekly_active_users=13,
        success_criteria_agreed=True,
    )  # fmt: skip
    by_then = TODAY + timedelta(days=50)
    said = motion(row, "pivot", charter="Letters.", days=45, until=by_then.isoformat(), **CARRIED)
    decided(row, said, manager(cast), body=Body.COUNCIL)
    pilot = with_people(Pilot.objects.all()).get()

    def fired(days: int) -> dict[str, int]:
        return {one.rule: one.severity for one in as_of(pilot, TODAY + timedelta(days=days))}

    assert "R01" not in fired(0)
    assert fired(20)["R20"] == 2, "few of those invited use it, and a new charter does not change that"
    assert "R03" not in fired(45)
    assert fired(46)["R03"] == 1, "the length that was decided on has passed"
    assert fired(51)["R02"] == 1, "the day that was decided on has passed"


@pytest.mark.parametrize(
    ("lacking", "code"),
    [("days", "days_missing"), ("until", "until_missing"), ("charter", "charter_missing")],
)
def test_a_pivot_without_a_length_or_a_decision_date_is_refused(cast: Cast, lacking: str, code: str) -> None:
    row, _ = piloted(cast)
    said: dict[str, Any] = {
        "charter": "Letters.",
        "days": 45,
        "until": (TODAY + timedelta(days=50)).isoformat(),
        **CARRIED,
    }
    del said[lacking]
    with pytest.raises(RuleError) as refused:
        motion(row, "pivot", **said)
    assert (refused.value.code, refused.value.pointer) == (code, f"/{lacking}")


def test_extend_writes_the_extension_and_the_third_is_the_councils(cast: Cast) -> None:
    row, pilot = piloted(cast)
    for days in (10, 20):
        decided(row, motion(row, "extend", days=days, reason_code="data_late", **BRINGS), manager(cast))
    assert list(pilot.extensions.values_list("number", "days")) == [(1, 10), (2, 20)]
    assert set(pilot.extensions.values_list("evidence", "decision_changes")) == {
        (BRINGS["evidence"], Decimal("0.25"))
    }
    assert told(row, "decision.recorded", "pilot.extended") == ["decision.recorded", "pilot.extended"] * 2
    third = motion(row, "extend", days=5, reason_code="data_late", **BRINGS)
    with pytest.raises(Exception, match="wrong_body: This is decided by the AI council"):
        decided(row, third, manager(cast))
    decided(row, third, manager(cast), body=Body.COUNCIL)
    assert pilot.extensions.count() == 3


def test_stop_ends_it_with_its_lessons(cast: Cast) -> None:
    row = idea(cast, stage="framing")
    decision = decided(
        row, motion(row, "stop", reason_code="no_value", lessons="The saving was a guess."), manager(cast)
    )
    row.refresh_from_db()
    assert (row.stage, decision.reason_code, decision.motion["lessons"]) == (
        "stopped",
        "no_value",
        "The saving was a guess.",
    )
    assert told(row) == ["decision.recorded", "initiative.moved"]


def test_not_decided_is_the_councils_word_counts_and_leaves_the_submission_open(cast: Cast) -> None:
    row, pilot = piloted(cast)
    asked = submitted(row, cast)
    said = motion(row, "go")
    undecided = type(said)(outcome=type(said.outcome).NOT_DECIDED, because="Inquorate.")
    with pytest.raises(Exception, match="councils_word"):
        decided(row, undecided, manager(cast), submission=asked)
    decided(row, undecided, manager(cast), submission=asked, body=Body.COUNCIL)
    pilot.refresh_from_db()
    asked.refresh_from_db()
    assert (asked.state, pilot.deferrals) == ("open", 1)
    decided(row, said, manager(cast), submission=asked, body=Body.COUNCIL)
    row.refresh_from_db()
    assert row.stage == "scale_up"


def test_a_motion_that_failed_is_written_and_moves_nothing(cast: Cast) -> None:
    row, _ = piloted(cast)
    asked = submitted(row, cast)
    decision = decided(row, motion(row), manager(cast), submission=asked, body=Body.COUNCIL, carried=False)
    row.refresh_from_db()
    assert (row.stage, decision.carried, decision.to_stage) == ("pilot", False, "pilot")
    assert Decision.objects.count() == 1
