"""Each rule fires from stored rows on its day and not the day before, and what nobody recorded fires nothing."""

from datetime import timedelta
from typing import Any

import pytest

from kpis.models import KpiVersion
from pilots.models import Pilot
from pilots.services.evaluate import evaluate_all
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import tamper
from tests.pilots.stored import HEALTHY, add_kpi, back, bare_pilot, read, sponsor, store

LATE = {"decision_due_in_days": 60}  # keeps the decision out of the way of rules about age

# rule, facts that differ from the healthy pilot, severity (0 = silent)
BOUNDARIES: list[tuple[str, dict[str, Any], int]] = [
    ("R01", {"decision_due_in_days": None, "days_in_stage": 0}, 1),
    ("R01", {"decision_due_in_days": None, "days_in_stage": 14}, 1),
    ("R01", {"decision_due_in_days": None, "days_in_stage": 15}, 3),
    ("R02", {"decision_due_in_days": 0}, 0),
    ("R02", {"decision_due_in_days": -1}, 1),
    ("R02", {"decision_due_in_days": -14}, 1),
    ("R02", {"decision_due_in_days": -15}, 2),
    ("R02", {"decision_due_in_days": -30}, 2),
    ("R02", {"decision_due_in_days": -31}, 3),
    ("R03", {"days_in_stage": 90}, 0),
    ("R03", {"days_in_stage": 91}, 1),
    ("R03", {"days_in_stage": 135}, 1),
    ("R03", {"days_in_stage": 136}, 2),
    ("R03", {"days_in_stage": 180}, 2),
    ("R03", {"days_in_stage": 181}, 3),
    ("R04", {"days_in_stage": 180, "planned_days": 400}, 0),
    ("R04", {"days_in_stage": 181, "planned_days": 400}, 1),
    ("R04", {"days_in_stage": 270, "planned_days": 400}, 1),
    ("R04", {"days_in_stage": 271, "planned_days": 400}, 2),
    ("R04", {"days_in_stage": 365, "planned_days": 400}, 2),
    ("R04", {"days_in_stage": 366, "planned_days": 400}, 3),
    ("R05", {"extensions": 0}, 0),
    ("R05", {"extensions": 1}, 1),
    ("R05", {"extensions": 2}, 2),
    ("R05", {"extensions": 2, "same_extension_reason": True}, 3),
    ("R05", {"extensions": 3}, 3),
    ("R06", {"deferrals": 0}, 0),
    ("R06", {"deferrals": 1}, 1),
    ("R06", {"deferrals": 2}, 2),
    ("R06", {"deferrals": 3}, 3),
    ("R07", {"success_criteria_agreed": True}, 0),
    ("R07", {"success_criteria_agreed": False}, 3),
    ("R08", {"primary_kpi_status": "at_risk"}, 0),
    ("R08", {"primary_kpi_status": "off_track", "primary_progress": "0.000001"}, 2),
    ("R08", {"primary_kpi_status": "off_track", "primary_progress": "0"}, 3),
    ("R08", {"primary_kpi_status": "off_track", "primary_progress": None}, 2),
    ("R08", {"primary_kpi_status": "missed"}, 3),
    ("R09", {"primary_kpi_status": "stale"}, 2),
    ("R09", {"primary_kpi_status": "unverified"}, 2),
    ("R09", {"primary_kpi_status": "invalid"}, 2),
    ("R09", {"primary_kpi_status": "no_baseline"}, 2),
    ("R09", {"primary_kpi_status": "paused"}, 2),
    ("R09", {"primary_kpi_status": "no_data"}, 2),
    ("R09", {"primary_kpi_status": "no_data", "primary_kpi_reason": "awaiting_first_measurement"}, 0),
    ("R09", {"primary_kpi_status": "stale", "success_criteria_agreed": False}, 0),
    ("R10", {"primary_progress_change_60d": "0.049999"}, 2),
    ("R10", {"primary_progress_change_60d": "0.05"}, 0),
    ("R10", {"primary_progress_change_60d": "-0.04"}, 2),
    ("R10", {"primary_progress_change_60d": "-0.05"}, 0),
    ("R10", {"primary_progress_change_60d": "0.01", "days_in_stage": 59}, 0),
    ("R10", {"primary_progress_change_60d": None}, 0),
    ("R11", {"sponsor_silent_days": 60}, 0),
    ("R11", {"sponsor_silent_days": 61}, 2),
    ("R11", {"sponsor_silent_days": None}, 3),
    ("R12", {"production_owner": False, "days_in_stage": 44}, 1),
    ("R12", {"production_owner": False, "days_in_stage": 45}, 2),
    ("R13", {"transition_plan": False, "days_in_stage": 44}, 0),
    ("R13", {"transition_plan": False, "days_in_stage": 45}, 2),
    ("R13", {"transition_plan": False, "decision_due_in_days": 1}, 2),
    ("R13", {"transition_plan": False, "decision_due_in_days": 0}, 3),
    ("R14", {"scope_change": "0.25"}, 0),
    ("R14", {"scope_change": "0.2501"}, 1),
    ("R14", {"scope_change": "0.50"}, 1),
    ("R14", {"scope_change": "0.5001"}, 2),
    ("R14", {"scope_change": "0", "scope_approved": False}, 2),
    ("R15", {"success_measure_changes": 1}, 2),
    ("R15", {"success_measure_changes": 2}, 3),
    ("R16", {"spend_ratio": "1.10"}, 0),
    ("R16", {"spend_ratio": "1.10001"}, 2),
    ("R16", {"spend_ratio": "1.25"}, 2),
    ("R16", {"spend_ratio": "1.25001"}, 3),
    ("R17", {"worst_condition_overdue_days": 0}, 0),
    ("R17", {"worst_condition_overdue_days": 1}, 1),
    ("R17", {"worst_condition_overdue_days": 30}, 1),
    ("R17", {"worst_condition_overdue_days": 31}, 2),
    ("R17", {"worst_condition_overdue_days": 1, "overdue_condition_blocks": True}, 3),
    ("R18", {"days_since_criteria_met": 29}, 0),
    ("R18", {"days_since_criteria_met": 30}, 2),
    ("R19", {"users_outside_charter": False}, 0),
    ("R19", {"users_outside_charter": True}, 3),
    ("R20", {"adoption": "0.20", "days_in_stage": 45}, 0),
    ("R20", {"adoption": "0.19", "days_in_stage": 44}, 0),
    ("R20", {"adoption": "0.19", "days_in_stage": 45}, 2),
    ("R20", {"adoption": None}, 0),
]  # fmt: skip
NAMES = [f"{rule}-{severity}-{'-'.join(map(str, facts.values()))}" for rule, facts, severity in BOUNDARIES]


def judged(pilot: Pilot) -> Pilot:
    evaluate_all(at=AT)
    return Pilot.objects.get(pk=pilot.pk)


@pytest.mark.parametrize(("rule", "facts", "severity"), BOUNDARIES, ids=NAMES)
def test_a_rule_keeps_its_boundary_when_read_from_rows(
    rule: str, facts: dict[str, Any], severity: int, cast: Cast
) -> None:
    pilot = judged(store(cast, {**HEALTHY, **LATE, **facts}))
    assert pilot.rules.get(rule, 0) == severity


def test_the_healthy_pilot_fires_nothing_and_knows_everything(cast: Cast) -> None:
    pilot = judged(store(cast, HEALTHY))
    assert (pilot.level, pilot.rules, pilot.unknown, pilot.remedy) == ("healthy", {}, [], "continue")


@pytest.mark.parametrize("name", [name for name in HEALTHY if name != "days_in_stage"])
def test_a_fact_nobody_recorded_is_listed_and_fires_nothing(name: str, cast: Cast) -> None:
    """Leaving one fact out of the healthy pilot: no rule fires for want of it."""
    facts = {key: value for key, value in HEALTHY.items() if key != name}
    together = {
        "primary_kpi_status": {"primary_progress", "primary_progress_change_60d", "days_since_criteria_met",
                               "success_measure_changes"},
        "extensions": {"same_extension_reason"},
        "production_owner": {"transition_plan"},  # a plan without its owner is known to be incomplete
    }  # fmt: skip
    known_anyway = {"same_extension_reason", "overdue_condition_blocks", "days_since_criteria_met",
                    "primary_progress", "primary_progress_change_60d", "success_measure_changes"}  # fmt: skip
    for other in together.get(name, ()):
        facts.pop(other)
    pilot = judged(store(cast, facts))
    assert pilot.rules == {}
    if name not in known_anyway:
        assert name in pilot.unknown


@pytest.mark.parametrize(
    ("days", "level", "rules", "remedy"),
    [
        (271, "purgatory", {"R00": 2, "R04": 2}, "decide_at_next_council"),
        (270, "watch", {"R00": 2, "R04": 1}, "record_the_facts"),
        (180, "watch", {"R00": 2}, "record_the_facts"),
        (0, "watch", {"R00": 2}, "record_the_facts"),
        (None, "undated", {"R00": 2}, "record_the_facts"),
    ],
)
def test_a_pilot_that_knows_nothing_is_told_by_its_age_alone(
    days: int | None, level: str, rules: dict[str, int], remedy: str, cast: Cast
) -> None:
    pilot = judged(bare_pilot(cast, days=days))
    assert (pilot.level, pilot.rules, pilot.remedy) == (level, rules, remedy)
    assert len(pilot.unknown) == (22 if days is None else 21)


@pytest.mark.parametrize("fact", ["decision", "said none", "kpi", "sponsor", "vacant", "plan", "no plan"])
def test_one_fact_of_the_four_ends_nothing_on_record(fact: str, cast: Cast) -> None:
    people: dict[str, Any] = {}
    if fact == "sponsor":
        people = {"sponsor": sponsor(3)}
    elif fact == "vacant":
        people = {"sponsor_vacant_since": back(9)}
    pilot = bare_pilot(cast, days=30, **people)
    match fact:
        case "decision":
            Pilot.objects.update(decision_on=TODAY + timedelta(days=60))
        case "said none":
            Pilot.objects.update(no_decision_date=True)
        case "kpi":
            add_kpi(pilot.initiative, primary=False)
        case "plan":
            Pilot.objects.update(transition_support="First line")
        case "no plan":
            Pilot.objects.update(no_transition_plan=True)
    assert "R00" not in judged(pilot).rules


def test_the_worst_primary_kpi_speaks_and_criteria_need_all_of_them(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "primary_kpi_status": "achieved"})
    Pilot.objects.update(gate_requested_on=None)
    add_kpi(pilot.initiative, name="Complaints", status="off_track", progress=None)
    assert judged(pilot).rules == {"R08": 2}


def test_a_retired_primary_and_a_secondary_kpi_do_not_speak(cast: Cast) -> None:
    pilot = store(cast, HEALTHY)
    add_kpi(pilot.initiative, name="Old measure", status="missed", state="retired")
    add_kpi(pilot.initiative, name="Side effect", status="off_track", primary=False)
    assert judged(pilot).rules == {}


def test_criteria_are_met_from_the_day_the_last_primary_was_achieved(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "primary_kpi_status": "achieved"})
    Pilot.objects.update(gate_requested_on=None)
    kpi = pilot.initiative.kpis.get()
    other = add_kpi(pilot.initiative, name="Complaints", status="achieved")
    type(kpi).objects.update(status_since=back(40))
    type(kpi).objects.filter(pk=other.pk).update(status_since=back(29))
    assert "R18" not in judged(pilot).rules
    type(kpi).objects.filter(pk=other.pk).update(status_since=back(30))
    assert judged(pilot).rules == {"R18": 2}


def test_a_requested_gate_ends_won_but_not_scaled(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "days_since_criteria_met": 45})
    assert judged(pilot).rules == {"R18": 2}
    Pilot.objects.update(gate_requested_on=back(1))
    assert judged(pilot).rules == {}


def test_movement_is_told_from_the_reading_that_stood_sixty_days_ago(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "primary_progress_change_60d": None})
    kpi = pilot.initiative.kpis.get()
    for days, value in ((90, 10), (59, 30), (2, 33)):
        read(kpi, days, value)
    assert judged(pilot).rules == {}  # 10 stood sixty days ago: it moved by 0.23
    tamper("UPDATE kpis_measurement SET void = %s WHERE value = '10'", [True])
    assert judged(pilot).rules == {}  # two readings tell no movement
    read(kpi, 30, 31)
    assert judged(pilot).rules == {"R10": 2}  # 0.30 to 0.33


def test_a_corrected_or_withdrawn_reading_does_not_move_a_pilot(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "primary_progress_change_60d": "0.01"})
    kpi = pilot.initiative.kpis.get()
    wrong = read(kpi, 0, 90)
    assert judged(pilot).rules == {}
    right = read(kpi, 0, 31)
    tamper("UPDATE kpis_measurement SET supersedes_id = %s WHERE id = %s", [wrong.pk, right.pk])
    assert judged(pilot).rules == {"R10": 2}


def test_a_kpi_that_stays_within_a_band_is_not_asked_to_move(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "primary_progress_change_60d": "0.01"})
    KpiVersion.objects.update(shape="band", lower=0, upper=100)
    assert judged(pilot).rules == {}


def test_goalposts_are_seen_in_a_kpi_s_versions(cast: Cast) -> None:
    pilot = store(cast, HEALTHY)
    first = KpiVersion.objects.get()
    for number, target, day in ((2, first.target, back(30)), (3, 80, back(70)), (4, 70, back(20))):
        later = KpiVersion.objects.get(pk=first.pk)
        later.pk, later.number, later.target, later.effective_on = None, number, target, day
        later.save(force_insert=True)
    pilot.initiative.kpis.update(current=KpiVersion.objects.get(number=4))
    # The second says the same target, the third came before the pilot: one change since.
    assert judged(pilot).rules == {"R15": 2}


def test_an_inactive_sponsor_counts_as_none(cast: Cast) -> None:
    person = sponsor(3)
    pilot = store(cast, {k: v for k, v in HEALTHY.items() if k != "sponsor_silent_days"})
    type(pilot.initiative).objects.update(sponsor=person)
    assert judged(pilot).rules == {}
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert judged(pilot).rules == {"R11": 3}


def test_a_new_sponsor_s_silence_counts_from_the_day_they_took_it_on(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "sponsor_silent_days": 100})
    assert judged(pilot).rules == {"R11": 2}
    type(pilot.initiative).objects.update(sponsor_since=back(60))
    assert judged(pilot).rules == {}
    type(pilot.initiative).objects.update(sponsor_since=back(61))
    assert judged(pilot).rules == {"R11": 2}


def test_money_counts_from_its_own_day(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "spend_ratio": "1.3"})
    assert judged(pilot).rules == {"R16": 3}
    pilot.initiative.expenditures.update(spent_on=TODAY + timedelta(days=1))
    assert judged(pilot).rules == {}
    pilot.initiative.expenditures.update(spent_on=TODAY)
    pilot.initiative.fundingtranches.update(released_on=None, release=None)
    row = judged(pilot)
    assert row.rules == {}
    assert "spend_ratio" not in row.unknown  # nothing released is a fact
