"""The stored answer: since when, until when, flags with their history, and what a second asking changes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import outbox
from core.models import AuditEvent, Policy, User
from domain.purgatory import judge
from kpis.models import Kpi
from kpis.services.evaluate import rebuild
from pilots.models import Pilot
from pilots.queries.facts import facts_of, records, with_people
from pilots.services.evaluate import evaluate_all, evaluate_due, evaluate_initiatives
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import HEALTHY, add_kpi, back, bare_pilot, read, sponsor, store


def again(pilot: Pilot) -> Pilot:
    return Pilot.objects.get(pk=pilot.pk)


def later(days: int) -> datetime:
    return AT + timedelta(days=days)


def flags(pilot: Pilot) -> dict[str, Flag]:
    rows = Flag.objects.filter(subject_type="pilot", subject_id=pilot.pk, cleared_at=None)
    return {flag.rule: flag for flag in rows}


def test_an_answer_names_rule_numbers_since_and_what_clears_it(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "decision_due_in_days": -20, "days_in_stage": 100})
    evaluate_all(at=AT)
    overdue = flags(pilot)["R02"]
    assert overdue.sentence == "Decision overdue by 20 days (limit 14)."
    assert overdue.numbers == {"overdue_days": 20, "limit": 14}
    assert (overdue.severity, overdue.cause, overdue.group) == (2, "Decision overdue", "time")
    assert overdue.since == back(19)  # the first day after the date
    assert overdue.clears_when == "Record the decision."
    assert (overdue.initiative, overdue.unit, overdue.owner) == (pilot.initiative, cast.claims, cast.alice)


def test_the_level_began_on_the_day_the_facts_tell(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=300)
    evaluate_all(at=AT)
    pilot = again(pilot)
    assert pilot.level == "purgatory"
    assert pilot.level_since == back(300 - 271)  # day 271 of the pilot
    assert flags(pilot)["R04"].since == back(300 - 181)
    assert flags(pilot)["R00"].since == back(300)


def test_the_initiative_shows_level_remedy_date_and_length(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "decision_due_in_days": -40, "days_in_stage": 130})
    evaluate_all(at=AT)
    row = Initiative.objects.get(pk=pilot.initiative_id)
    assert (row.pilot_level, row.pilot_remedy) == ("drifting", "decide_at_next_council")
    assert (row.decision_on, row.pilot_planned_days) == (back(40), 90)


def test_asking_twice_writes_nothing(cast: Cast) -> None:
    store(cast, {**HEALTHY, "decision_due_in_days": -40})
    bare_pilot(cast, days=300, name="Old")
    evaluate_all(at=AT)
    before = (AuditEvent.objects.count(), Flag.objects.count(), list(Pilot.objects.values()))
    done = evaluate_all(at=AT)
    assert (done.judged, done.changed) == (2, 0)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        evaluate_all(at=AT)
    wrote = [q["sql"] for q in caught if q["sql"].startswith(("INSERT", "UPDATE"))]
    assert wrote == []
    assert before == (AuditEvent.objects.count(), Flag.objects.count(), list(Pilot.objects.values()))


def test_a_cleared_flag_stays_as_history_and_a_new_one_is_a_new_row(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "decision_due_in_days": -5})
    evaluate_all(at=AT)
    Pilot.objects.update(decision_on=TODAY + timedelta(days=30))
    evaluate_all(at=later(0))
    assert flags(pilot) == {}
    old = Flag.objects.get(rule="R02")
    assert (old.cleared_at, old.cleared_because) == (AT, "The fact changed.")
    Pilot.objects.update(decision_on=back(1))
    evaluate_all(at=AT)
    assert Flag.objects.filter(rule="R02").count() == 2
    assert list(AuditEvent.objects.filter(object_type="flag").order_by("pk").values_list("action", flat=True)) == [
        "flag.raised", "flag.cleared", "flag.raised",
    ]  # fmt: skip


def test_a_flag_keeps_its_since_and_counts_on(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "decision_due_in_days": -5})
    evaluate_all(at=AT)
    first = flags(pilot)["R02"]
    evaluate_due(at=later(12))
    second = flags(pilot)["R02"]
    assert second.pk == first.pk
    assert second.since == first.since == back(4)
    assert (second.severity, second.sentence) == (2, "Decision overdue by 17 days (limit 14).")


def test_what_has_expired_is_asked_again_and_nothing_else(cast: Cast) -> None:
    due = store(cast, {**HEALTHY, "decision_due_in_days": 3, "days_in_stage": 20}, name="Due soon")
    store(cast, {**HEALTHY, "days_in_stage": 20}, name="Not due")
    evaluate_due(at=AT)
    assert again(due).valid_until == TODAY + timedelta(days=3)
    evaluate_due(at=later(0))
    done = evaluate_due(at=later(0))
    assert done.judged == 0
    Pilot.objects.update(judged_on=later(4).date())  # as if the daily round had been there
    assert evaluate_due(at=later(4)).judged == 1
    assert again(due).rules["R02"] == 1


def test_once_a_day_every_open_pilot_is_asked(cast: Cast) -> None:
    store(cast, {**HEALTHY, "days_in_stage": 20})
    evaluate_due(at=AT)
    assert evaluate_due(at=AT).judged == 0
    assert evaluate_due(at=later(1)).judged == 1
    assert evaluate_due(at=later(1)).judged == 0


def test_the_answer_lasts_no_longer_than_its_kpi_s(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "days_in_stage": 1, "decision_due_in_days": 80})
    Kpi.objects.update(valid_until=TODAY + timedelta(days=2))
    evaluate_all(at=AT)
    assert again(pilot).valid_until == TODAY + timedelta(days=2)


def test_the_answer_lasts_until_a_condition_is_due(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "days_in_stage": 20})
    on = TODAY + timedelta(days=4)
    Pilot.objects.update(condition_due_on=on, condition_blocks=False, no_open_condition=False)
    evaluate_all(at=AT)
    assert again(pilot).valid_until == on
    evaluate_all(at=AT, as_of=on)
    assert again(pilot).rules == {}
    evaluate_all(at=AT, as_of=on + timedelta(days=1))
    assert again(pilot).rules == {"R17": 1}


def test_a_fact_that_changes_today_starts_the_level_today(cast: Cast) -> None:
    pilot = store(cast, HEALTHY)
    evaluate_all(at=AT)
    Initiative.objects.update(sponsor=None, sponsor_vacant_since=back(0))
    evaluate_all(at=AT)
    pilot = again(pilot)
    assert (pilot.level, pilot.level_since) == ("drifting", TODAY)


def test_time_that_passes_starts_the_level_on_its_day_however_late_it_is_asked(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "decision_due_in_days": 0, "days_in_stage": 20})
    evaluate_all(at=AT)
    evaluate_all(at=later(40))
    pilot = again(pilot)
    assert pilot.level == "drifting"
    assert pilot.level_since == TODAY + timedelta(days=31)


def test_news_of_the_left_is_heard_at_once(cast: Cast, frozen: Callable[[datetime], None]) -> None:
    pilot = store(cast, HEALTHY)
    evaluate_all(at=AT)
    Initiative.objects.update(sponsor=None, sponsor_vacant_since=TODAY)
    outbox.owe(kind="initiative.facts_changed", payload={"initiative_ids": [pilot.initiative_id]}, at=AT)
    outbox.drain()
    assert again(pilot).rules == {"R11": 3}


def test_a_silent_sponsor_who_acts_is_heard_by_the_next_sweep(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "sponsor_silent_days": 70})
    evaluate_due(at=AT)
    assert again(pilot).rules == {"R11": 2}
    User.objects.filter(sponsored=pilot.initiative_id).update(last_active_on=TODAY)
    evaluate_due(at=AT)
    assert again(pilot).rules == {}
    assert again(pilot).silent_sponsor_on is None


def test_a_sponsor_who_leaves_no_longer_counts_the_same_minute(
    cast: Cast, frozen: Callable[[datetime], None]
) -> None:
    person = sponsor(3)
    pilot = store(cast, HEALTHY)
    Initiative.objects.update(sponsor=person)
    Pilot.objects.update(production_owner=person)
    evaluate_all(at=AT)
    assert again(pilot).rules == {}
    User.objects.filter(pk=person.pk).update(is_active=False)
    outbox.owe(kind="person.deactivated", payload={"user_id": person.pk}, at=AT)
    outbox.drain()
    assert again(pilot).rules == {"R11": 3, "R12": 2}


def test_the_thresholds_are_the_policy_in_force_and_named(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "days_in_stage": 120, "planned_days": 400})
    evaluate_all(at=AT)
    assert (again(pilot).rules, again(pilot).policy_number) == ({}, 0)
    data = {"age_days": [100, 200, 300]}
    for number, on in ((1, TODAY), (2, TODAY + timedelta(days=1))):
        Policy.objects.create(kind="purgatory", number=number, effective_on=on, data=data, recorded_at=AT)
    evaluate_all(at=AT)
    assert (again(pilot).rules, again(pilot).policy_number) == ({"R04": 1}, 1)


def test_one_pilot_nobody_can_judge_keeps_no_other_waiting(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad = bare_pilot(cast, days=300, name="Bad")
    good = bare_pilot(cast, days=300, name="Good")
    Pilot.objects.filter(pk=bad.pk).update(invited_users=5, weekly_active_users=2)
    monkeypatch.setattr("pilots.queries.facts._adoption", _refusing)
    evaluate_due(at=AT)
    assert again(good).level == "purgatory"
    assert again(bad).due
    assert "not judged" in caplog.text


def _refusing(pilot: Pilot) -> Any:
    if pilot.invited_users:
        raise ValueError("cannot be read")
    return None


def queries(work: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as caught:
        work()
    return [q["sql"] for q in caught]


def test_a_pass_costs_the_same_for_one_pilot_and_for_twenty(cast: Cast) -> None:
    def many(count: int, prefix: str) -> None:
        for number in range(count):
            row = store(
                cast, {**HEALTHY, "decision_due_in_days": -20, "extensions": 1}, name=f"{prefix} {number}"
            )
            add_kpi(row.initiative, name="Other", status="stale")

    Initiative.objects.create(name="Live", unit=cast.claims, stage="production", created_at=AT, updated_at=AT)
    many(1, "one")
    first = queries(lambda: evaluate_all(at=AT))
    many(19, "more")
    Pilot.objects.update(level="", rules={}, due=True)
    Flag.objects.update(cleared_at=AT)
    assert len(queries(lambda: evaluate_all(at=AT))) == len(first)
    # The last of them marks what the dashboard has to count again; one asks what was first measured under which promise.
    assert len(queries(lambda: evaluate_all(at=AT))) <= 27


def test_evaluate_as_of_a_past_day_asks_the_facts_on_that_day(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=300)
    evaluate_all(at=AT, as_of=back(100))
    pilot = again(pilot)
    assert (pilot.level, pilot.judged_on) == ("watch", back(100))
    evaluate_due(at=AT)
    assert (again(pilot).level, again(pilot).judged_on) == ("purgatory", TODAY)


def test_a_past_day_is_asked_what_its_kpi_said_then(cast: Cast) -> None:
    pilot = store(cast, {**HEALTHY, "primary_progress_change_60d": None})
    kpi = pilot.initiative.kpis.get()
    for days, value in ((50, 80), (20, 81), (1, -4)):
        read(kpi, days, value)
    rebuild(at=AT)
    evaluate_all(at=AT)
    assert again(pilot).rules == {"R08": 3}
    (record,) = records([with_people(Pilot.objects.all()).get()], back(10))
    assert record.speaker is not None
    assert record.speaker.status == "on_track"
    assert judge(facts_of(record, back(10))).rules == {}
    assert again(pilot).rules == {"R08": 3}


def test_an_entry_day_in_the_future_is_day_zero(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=None, entered_on=TODAY + timedelta(days=10))
    evaluate_all(at=AT)
    assert again(pilot).level == "watch"
    assert flags(pilot)["R00"].since <= TODAY


def test_two_passes_over_the_same_initiative_agree(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=300)
    evaluate_initiatives(initiative_ids=[pilot.initiative_id], at=AT)
    evaluate_due(at=AT)
    assert Flag.objects.filter(subject_type="pilot").count() == 2
    assert date.fromisoformat(str(again(pilot).level_since)) == back(29)
