"""Recording a pilot's charter and facts, and extending it: what is taken, from whom, and what is refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.errors import Problem
from core.models import AuditEvent
from pilots.models import Pilot, PilotExtension
from pilots.services.charter import edit_pilot
from pilots.services.evaluate import evaluate_all
from pilots.services.extend import grant_extension
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import HEALTHY, back, bare_pilot, store


def edit(cast: Cast, pilot: Pilot, who: str = "alice", **facts: Any) -> Pilot:
    return edit_pilot(pk=pilot.pk, by=cast.actor(who), at=AT, **facts)


def refused(problem: pytest.ExceptionInfo[Problem]) -> tuple[int, str, str]:
    error = problem.value
    return (
        error.status,
        error.items[0].code if error.items else error.code,
        error.items[0].pointer if error.items else "",
    )


def test_a_lead_records_facts_of_their_own_pilot_and_it_is_judged_at_once(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=300)
    evaluate_all(at=AT)
    row = edit(cast, pilot, decision_on=TODAY + timedelta(days=20), success_criteria_agreed=True)
    assert (row.version, row.level) == (2, "watch")  # old, and no cause is known to be missing
    assert Initiative.objects.get().decision_on == TODAY + timedelta(days=20)
    event = AuditEvent.objects.get(action="pilot.edited")
    assert event.after == {"decision_on": "2026-12-14", "success_criteria_agreed": True}
    assert event.actor_label == "Alice"


def test_nothing_changed_writes_nothing(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    edit(cast, pilot, planned_days=90)
    events = AuditEvent.objects.count()
    row = edit(cast, pilot, planned_days=90, expected_version=2)
    assert row.version == 2
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(
    ("who", "status"), [("charlie", 404), ("nobody", 404), ("ursula", 404), ("dana", 403), ("edith", 403), ("vera", 403),
                        ("bob", 404), ("audrey", 403), ("adam", 403)],
)  # fmt: skip
def test_who_may_not_edit_is_told_403_or_nothing_at_all(who: str, status: int, cast: Cast) -> None:
    pilot = bare_pilot(cast)
    with pytest.raises(Problem) as problem:
        edit(cast, pilot, who, planned_days=90)
    assert problem.value.status == status
    assert Pilot.objects.get().planned_days is None


def test_an_old_version_is_refused(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    edit(cast, pilot, planned_days=90)
    with pytest.raises(Problem) as problem:
        edit(cast, pilot, deferrals=1, expected_version=1)
    assert problem.value.status == 412


@pytest.mark.parametrize(
    ("facts", "pointer", "code"),
    [
        ({"planned_days": 0}, "/planned_days", "out_of_range"),
        ({"planned_days": 3651}, "/planned_days", "out_of_range"),
        ({"decision_on": TODAY, "no_decision_date": True}, "/decision_on", "contradiction"),
        ({"transition_support": "Desk", "no_transition_plan": True}, "/transition_support", "contradiction"),
        ({"condition_due_on": TODAY, "no_open_condition": True}, "/condition_due_on", "contradiction"),
        ({"condition_blocks": True}, "/condition_due_on", "required"),
        ({"criteria_met_on": TODAY + timedelta(days=1)}, "/criteria_met_on", "in_the_future"),
        ({"gate_requested_on": TODAY + timedelta(days=1)}, "/gate_requested_on", "in_the_future"),
        ({"criteria_met_on": TODAY, "gate_requested_on": back(1)}, "/gate_requested_on", "too_early"),
        ({"invited_users": 4, "weekly_active_users": 5}, "/weekly_active_users", "more_than_invited"),
        ({"deferrals": -1}, "/deferrals", "out_of_range"),
        ({"deferrals": 1001}, "/deferrals", "out_of_range"),
        ({"scope_change": Decimal("-1.01")}, "/scope_change", "out_of_range"),
        ({"transition_run_cost": Decimal(-1)}, "/transition_run_cost", "out_of_range"),
        ({"sample": "x" * 201}, "/sample", "max_length"),
        ({"sample": "a\x00b"}, "/sample", "invalid"),
        ({"scope_units": "\ud800"}, "/scope_units", "invalid"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_at_its_place(
    facts: dict[str, Any], pointer: str, code: str, cast: Cast
) -> None:
    pilot = bare_pilot(cast)
    with pytest.raises(Problem) as problem:
        edit(cast, pilot, **facts)
    assert refused(problem) == (400, code, pointer)
    assert Pilot.objects.get().version == 1


def test_a_production_owner_is_an_active_person(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    type(cast.vera).objects.filter(pk=cast.vera.pk).update(is_active=False)
    gone = type(cast.vera).objects.get(pk=cast.vera.pk)
    with pytest.raises(Problem) as problem:
        edit(cast, pilot, production_owner=gone)
    assert refused(problem) == (400, "not_active", "/production_owner")


def test_saying_there_is_none_takes_the_fact_back_and_the_other_way_round(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    edit(cast, pilot, "max", production_owner=cast.mona, transition_support="Desk", decision_on=TODAY)
    row = edit(
        cast,
        pilot,
        "max",
        no_production_owner=True,
        no_transition_plan=True,
        no_decision_date=True,
        because="Gone",
    )
    assert (row.production_owner, row.transition_support, row.decision_on) == (None, "", None)
    row = edit(cast, pilot, "max", production_owner=cast.mona, transition_support="Desk", decision_on=TODAY)
    assert (row.no_production_owner, row.no_transition_plan, row.no_decision_date) == (False, False, False)


def test_a_fact_taken_back_is_unknown_again(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    edit(cast, pilot, deferrals=2)
    assert "deferrals" not in Pilot.objects.get().unknown
    edit(cast, pilot, deferrals=None)
    assert "deferrals" in Pilot.objects.get().unknown


def test_the_approved_length_is_not_the_lead_s_to_loosen(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=200)
    edit(cast, pilot, planned_days=90)
    assert Pilot.objects.get().planned_end_on == back(200 - 90)
    with pytest.raises(Problem) as problem:
        edit(cast, pilot, planned_days=400)
    assert (problem.value.status, problem.value.code) == (403, "approved_length")
    with pytest.raises(Problem) as problem:
        edit(cast, pilot, "max", planned_days=100)
    assert refused(problem) == (400, "required", "/because")
    row = edit(cast, pilot, "max", planned_days=100, because="A typing error.")
    assert (row.planned_days, row.charter_version) == (100, 2)
    assert AuditEvent.objects.filter(action="pilot.edited").latest("pk").reason == "A typing error."


def test_a_decision_date_is_brought_forward_by_the_lead_and_put_off_by_the_manager(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    edit(cast, pilot, decision_on=TODAY + timedelta(days=30))
    edit(cast, pilot, decision_on=TODAY + timedelta(days=10))
    for facts in (
        {"decision_on": TODAY + timedelta(days=11)},
        {"decision_on": None},
        {"no_decision_date": True},
    ):
        with pytest.raises(Problem) as problem:
            edit(cast, pilot, **facts)
        assert (problem.value.status, problem.value.code) == (403, "decision_date")
    edit(cast, pilot, "max", decision_on=TODAY + timedelta(days=40), because="The council moved.")


def test_an_ended_pilot_stays_as_it_was(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    Pilot.objects.update(ended_on=TODAY)
    with pytest.raises(Problem) as problem:
        edit(cast, pilot, planned_days=90)
    assert (problem.value.status, problem.value.code) == (409, "pilot_ended")


def test_a_charter_is_counted_by_its_versions(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    edit(cast, pilot, hypotheses="Simple claims are decided the same week.", planned_days=90)
    row = edit(cast, pilot, deferrals=0)
    assert row.charter_version == 1
    assert edit(cast, pilot, sample="400 claims").charter_version == 2


# Extensions


def extend(cast: Cast, pilot: Pilot, who: str = "max", **more: Any) -> PilotExtension:
    given = {
        "days": 30,
        "reason_code": "data_late",
        "evidence": "More.",
        "decision_changes": Decimal("0.25"),
        **more,
    }
    return grant_extension(pilot_id=pilot.pk, by=cast.actor(who), at=AT, **given)


def test_the_first_two_extensions_are_the_manager_s_and_the_third_the_council_s(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=60)
    edit(cast, pilot, planned_days=90)
    first = extend(cast, pilot)
    assert (first.number, first.new_end_on) == (1, TODAY + timedelta(days=30 + 30))
    second = extend(cast, pilot, reason_code="integration_late", new_decision_on=TODAY + timedelta(days=80))
    assert (second.number, second.new_end_on) == (2, TODAY + timedelta(days=90))
    row = Pilot.objects.get()
    assert row.rules["R05"] == 2
    assert row.decision_on == TODAY + timedelta(days=80)
    assert row.planned_days == 90  # the length first approved stands
    with pytest.raises(Problem) as problem:
        extend(cast, pilot, reason_code="results_unclear")
    assert (problem.value.status, problem.value.code) == (409, "council_decides")
    assert "AI council" in problem.value.detail
    assert PilotExtension.objects.count() == 2


def test_any_extension_at_tier_1_is_the_council_s(cast: Cast) -> None:
    pilot = bare_pilot(cast, risk_tier=1)
    with pytest.raises(Problem) as problem:
        extend(cast, pilot)
    assert problem.value.code == "council_decides"


def test_a_tier_1_model_makes_the_initiative_tier_1(cast: Cast) -> None:
    pilot = bare_pilot(cast, risk_tier=3)
    model = pilot.initiative.models.create(
        name="Ranker", unit=cast.claims, risk_tier=1, created_at=AT, updated_at=AT
    )
    with pytest.raises(Problem) as problem:
        extend(cast, pilot)
    assert problem.value.code == "council_decides"
    model.risk_tier = 2
    model.save()
    assert extend(cast, pilot).number == 1


def test_the_same_reason_twice_is_a_serial_extension(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    extend(cast, pilot)
    extend(cast, pilot)
    assert Pilot.objects.get().rules["R05"] == 3


def test_an_extension_granted_late_counts_from_today(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=200)
    edit(cast, pilot, planned_days=90)
    assert extend(cast, pilot).new_end_on == TODAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 403), ("dana", 403), ("charlie", 404), ("nobody", 404)]
)
def test_only_the_portfolio_manager_extends(who: str, status: int, cast: Cast) -> None:
    pilot = bare_pilot(cast)
    with pytest.raises(Problem) as problem:
        extend(cast, pilot, who)
    assert problem.value.status == status


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"days": 0}, "/days", "out_of_range"),
        ({"days": 366}, "/days", "out_of_range"),
        ({"reason_code": "because"}, "/reason_code", "invalid_choice"),
        ({"reason_code": "other"}, "/note", "required"),
        ({"note": "x" * 501}, "/note", "max_length"),
        ({"new_decision_on": TODAY}, "/new_decision_on", "too_early"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(
    more: dict[str, Any], pointer: str, code: str, cast: Cast
) -> None:
    pilot = bare_pilot(cast)
    with pytest.raises(Problem) as problem:
        extend(cast, pilot, **more)
    assert refused(problem) == (400, code, pointer)
    assert not PilotExtension.objects.exists()


def test_naming_a_sponsor_or_owner_clears_what_they_were_missing_for(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "production_owner": False, "transition_plan": False})
    evaluate_all(at=AT)
    assert {"R12", "R13"} <= set(Flag.objects.filter(cleared_at=None).values_list("rule", flat=True))
    edit(
        cast, pilot, production_owner=cast.mona, transition_run_cost=Decimal(100), transition_integration="Desk",
        transition_support="First line", transition_on=TODAY,
    )  # fmt: skip
    assert not Flag.objects.filter(cleared_at=None).exists()
