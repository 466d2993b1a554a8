"""The demo portfolio: everything the product can find is in it, and all of it is true.

It is made once for the module, twice over, in a transaction that is taken back at the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.db import models, transaction

from core.models import AccessRequest, AuditEvent, Outbox, RoleGrant, User
from domain.kpi import Status
from domain.purgatory import Level
from domain.purgatory_remedy import RemedyCode
from domain.purgatory_rules import RULES
from domain.stages import Stage
from domain.staleness import CauseCode
from exchange.demo.people import LEFT, PASSWORD, SIGN_INS, email
from exchange.demo.play import Script, World
from exchange.demo.seed import SEED
from exchange.demo.stories import course
from exchange.demo.table import ROWS
from governance.models import AiModel
from kpis.models import (
    Arrival,
    Comparison,
    DataNeed,
    DriftWatch,
    Intervention,
    Kpi,
    Measurement,
    RelevanceReview,
    Remediation,
    Workshop,
)
from kpis.queries.warnings import RULES as WARNINGS
from kpis.services.drift import RULES as DRIFT
from pilots.models import Pilot
from pilots.queries.board import UNIT_RULE
from portfolio.models import (
    BenefitEntry,
    Flag,
    FundingDecision,
    FundingTranche,
    Initiative,
    StageSpell,
)
from tests.cast import AT, TODAY
from tests.exchange.recomputed import kpis_that_disagree, models_that_disagree, pilots_that_disagree
from tests.exchange.standing import Rows, everything, records, sow, taken_back

# The mark lets the module fixture find the test database; each test then runs in a transaction inside its own.
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@dataclass(frozen=True, slots=True)
class Twice:
    """All rows of the two demos, by model."""

    first: Rows
    second: Rows


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[Twice]:
    """The demo as of AT, made a second time after the first was taken back. Its rows stand for the module."""
    with taken_back(django_db_blocker):
        again = transaction.savepoint()
        sow()
        first = everything()
        transaction.savepoint_rollback(again)
        sow()
        yield Twice(first, everything())


def test_two_demos_of_one_day_are_the_same_to_the_last_row(demo: Twice) -> None:
    assert demo.first.keys() == demo.second.keys()
    for label, rows in demo.first.items():
        assert rows == demo.second[label], label
    assert len(demo.first["core.AuditEvent"]) > 2_000


def test_it_is_a_portfolio_of_sixty_over_eight_units(demo: Twice) -> None:
    assert Initiative.objects.count() == len(ROWS) == 60
    tops = set(Initiative.objects.values_list("unit__path", flat=True))
    assert len({path.split("/")[1] for path in tops}) == 8
    assert set(Initiative.objects.values_list("stage", flat=True)) == {s.value for s in Stage} - {"unknown"}
    assert not Initiative.objects.filter(objectives=None).exists()
    assert 38 <= AiModel.objects.count() <= 45


def test_it_goes_back_at_least_two_years(demo: Twice) -> None:
    assert StageSpell.objects.filter(entered_on__lt=TODAY - timedelta(days=730)).count() > 20
    assert Flag.objects.exclude(cleared_at=None).count() > 20


def test_every_status_of_a_kpi_is_there(demo: Twice) -> None:
    assert set(Kpi.objects.values_list("status", flat=True)) == {s.value for s in Status}
    reasons = set(Kpi.objects.filter(status="no_data").values_list("reason", flat=True))
    assert reasons == {"awaiting_first_measurement", "first_measurement_overdue"}


def test_every_status_of_an_initiative_is_there(demo: Twice) -> None:
    found = set(Initiative.objects.values_list("kpi_status", flat=True))
    assert found == {"achieved", "on_track", "at_risk", "off_track", "blind", "no_kpi"}


def test_one_guard_is_over_its_cap_and_one_close_to_it(demo: Twice) -> None:
    guards = Kpi.objects.filter(kind=Kpi.Kind.GUARD).values_list("status", flat=True)
    assert {"on_track", "at_risk", "off_track"} == set(guards)


def test_every_rule_of_purgatory_has_fired_on_a_pilot_that_runs(demo: Twice) -> None:
    found = {code for rules in _open_pilots().values_list("rules", flat=True) for code in rules}
    assert found == {rule.code for rule in RULES}
    assert Flag.objects.filter(rule=UNIT_RULE, cleared_at=None).exists()


def test_every_level_and_every_remedy_is_there(demo: Twice) -> None:
    assert set(_open_pilots().values_list("level", flat=True)) == {level.value for level in Level}
    assert set(_open_pilots().values_list("remedy", flat=True)) == {code.value for code in RemedyCode}


def test_every_cause_of_staleness_is_there(demo: Twice) -> None:
    causes = {cause["code"] for row in AiModel.objects.values_list("causes", flat=True) for cause in row}
    # Every approval of the demo holds, nobody owns more than fifteen models, and none depends on a retired one.
    not_there = {CauseCode.APPROVAL_LAPSED, CauseCode.OWNER_OVERLOADED, CauseCode.UPSTREAM_RETIRED}
    assert causes == {code.value for code in CauseCode if code not in not_there}
    assert set(AiModel.objects.values_list("status", flat=True)) == {"current", "stale", "retired"}
    assert AiModel.objects.filter(orphan=True).exists()
    assert AiModel.objects.filter(stage="production", status="current", orphan=False).exists()


def _open_pilots() -> models.QuerySet[Pilot]:
    return Pilot.objects.filter(ended_on=None)


# Days that speak of what is to come, and say so by their name.
AHEAD = {
    "core.AccessRequest": {"lapses_at"},
    "core.Notice": {"mail_at", "due_on"},
    "kpis.Kpi": {"valid_until", "paused_until"},
    "kpis.KpiVersion": {"target_on", "baseline_on"},
    "kpis.KpiSpell": {"until"},
    "kpis.Comparison": {"ended_on"},
    "kpis.Intervention": {"due_on"},
    "kpis.Watch": {"valid_until"},
    "portfolio.Flag": {"due_on"},
    "kpis.DriftWatch": {"due_on", "valid_until", "review_due_by"},
    "kpis.Outlook": {"valid_from", "valid_until", "since", "due_on"},
    "pilots.Pilot": {"planned_end_on", "decision_on", "transition_on", "valid_until"},
    "pilots.PilotExtension": {"new_end_on", "new_decision_on"},
    "pilots.CharterVersion": {"ends_on", "decision_on"},
    "pilots.Wave": {"planned_on"},
    "pilots.LogEntry": {"due_on"},
    "pilots.TrainingGroup": {"due_on"},
    "portfolio.Initiative": {"decision_on"},
    "portfolio.BenefitEntry": {"month"},
    "portfolio.Commitment": {"until"},
    "governance.AiModel": {"next_review_on", "attestation_due_on", "valid_until"},
    "governance.ModelReview": {"next_review_on"},
    "assurance.ModelFinding": {"due_on"},
    "assurance.Monitor": {"due_on"},
    "assurance.ModelException": {"expires_on"},
    "assurance.IncidentClock": {"due_at"},
    "assurance.AttestationRound": {"due_on"},
    "governance.SeatTerm": {"until_on"},
    "governance.Meeting": {"begins_at", "ends_at"},
    "governance.Delegation": {"begins_at", "until"},
    "governance.MeetingAction": {"due_on"},
    "governance.Minutes": {"due_on"},
    "governance.GateSubmission": {"due_on"},
    "governance.Decision": {"until", "lapses_on"},
    "governance.Condition": {"due_on", "first_due_on", "valid_until"},
    "portfolio.GateStanding": {"valid_until"},
    "pilots.PilotPlan": {"starts_on", "ends_on", "decision_on", "transition_on"},
    "assurance.Classification": {"applies_from"},
    "assurance.Obligation": {"applies_from", "due_on"},
    "assurance.ObligationAct": {"due_on"},
    "assurance.DataCheck": {"due_on"},
    "assurance.ModelRegistry": {"next_try_at"},
    "portfolio.GroupMember": {"until_on"},
    "portfolio.WorkingAction": {"due_on"},
}


def test_each_kind_of_drift_is_there_with_its_flag_and_an_answer(demo: Twice) -> None:
    assert DriftWatch.objects.filter(value="drift", toward="worse", kpi__status="on_track").exists()
    assert DriftWatch.objects.filter(definition="broken").exists()
    assert DriftWatch.objects.filter(relevance="lost").exists()
    standing = Flag.objects.filter(cleared_at=None, rule__in=DRIFT).values_list("rule", flat=True)
    assert set(standing) == DRIFT
    assert RelevanceReview.objects.filter(verdict="keep").exists()


def test_no_fact_lies_in_the_future(demo: Twice) -> None:
    for model in records():
        for field in model._meta.concrete_fields:
            if field.name in AHEAD.get(model._meta.label, ()):
                continue
            latest: Any = AT if isinstance(field, models.DateTimeField) else TODAY
            if isinstance(field, models.DateField):
                late = model._default_manager.filter(**{f"{field.name}__gt": latest})
                assert not late.exists(), f"{model._meta.label}.{field.name}"
    assert not BenefitEntry.objects.exclude(kind="planned").filter(month__gt=TODAY).exists()
    assert (
        Kpi.objects.filter(current__baseline_on__gt=TODAY).values_list("status", flat=True).get()
        == "not_started"
    )


def test_it_shows_how_kpis_came_about(demo: Twice) -> None:
    assert set(Comparison.objects.values_list("design", flat=True)) <= set(Comparison.Design.values)
    assert Comparison.objects.filter(paired=True).exists()
    assert Comparison.objects.filter(ended_on__gt=TODAY).exists(), "one is not over"
    assert set(DataNeed.objects.values_list("available", flat=True)) == set(DataNeed.Availability.values)
    assert DataNeed.objects.filter(kpis=None).exists(), "one is linked to no KPI"
    assert Workshop.objects.filter(initiative__stage="framing").exists(), "one was held in time"


def test_what_is_before_the_council_is_not_one_thing_over_and_over(demo: Twice) -> None:
    late = Flag.objects.filter(cleared_at=None, escalated_on__isnull=False)
    told = [*late.values_list("rule", flat=True)]
    assert len(told) <= 15
    assert max(told.count(rule) for rule in told) <= len(told) / 2


def test_every_early_warning_is_told_and_most_are_not(demo: Twice) -> None:
    told = Flag.objects.filter(rule__in=WARNINGS, cleared_at=None)
    assert set(told.values_list("rule", flat=True)) == WARNINGS
    assert told.count() < 30
    assert not told.filter(owner=None).exists()
    assert 0 < told.filter(escalated_on__isnull=False).count() < told.count()


def test_nobody_in_it_judges_their_own_work(demo: Twice) -> None:
    runs = dict(Initiative.objects.values_list("pk", "lead"))
    for row in FundingTranche.objects.all():
        assert row.recorded_by_id not in {None, runs[row.initiative_id]}
        assert row.released_by_id != runs[row.initiative_id]
    for decision in FundingDecision.objects.exclude(act="return"):
        assert decision.decided_by_id not in {None, runs[decision.initiative_id]}
    claims = set(BenefitEntry.objects.filter(kind="claimed").values_list("initiative", "recorded_by"))
    validations = set(BenefitEntry.objects.filter(kind="validated").values_list("initiative", "recorded_by"))
    assert claims
    assert validations
    assert not claims & validations
    waits = AccessRequest.objects.get(state="waiting")
    assert waits.proposed_by_id != waits.user_id
    assert RoleGrant.objects.filter(role="admin", user__is_active=True).count() == 2, "somebody to consent"


def test_an_act_on_a_day_to_come_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot act on 2026-11-25"):
        Script(AT).on(TODAY + timedelta(days=1), lambda at: at)


def test_acts_of_today_happen_before_now_and_in_the_order_they_were_written() -> None:
    done: list[tuple[int, datetime]] = []

    def note(number: int, at: datetime) -> None:
        done.append((number, at))

    script = Script(AT)
    for number in range(3):
        script.on(TODAY, partial(note, number), hour=23 - number)
    script.on(date(2026, 11, 1), partial(note, 9))
    script.play()
    assert [number for number, _ in done] == [9, 0, 1, 2]
    assert all(at <= AT for _, at in done)


def test_the_log_tells_the_story_in_the_order_it_happened(demo: Twice) -> None:
    moments = list(AuditEvent.objects.order_by("id").values_list("at", flat=True))
    assert moments == sorted(moments)
    people = AuditEvent.objects.exclude(actor_id=None).values_list("actor_label", flat=True)
    assert {"Miriam Okafor", "Leila Haddad", "Sanne Vermeer", "Adam Novak"} <= set(people)


def test_spells_follow_on_each_other_and_end_in_the_present_stage(demo: Twice) -> None:
    for row in Initiative.objects.all():
        spells = list(StageSpell.objects.filter(initiative=row).order_by("id"))
        assert spells[-1].stage == row.stage
        assert (spells[-1].entered_on, spells[-1].closed_at) == (row.entered_on, None)
        for before, after in pairwise(spells):
            assert (before.stage, before.left_on) == (after.from_stage, after.entered_on)
            assert after.because


def test_each_kpi_says_what_all_its_readings_say(demo: Twice) -> None:
    assert kpis_that_disagree(TODAY) == []
    assert not Arrival.objects.exists()


def test_each_pilot_says_what_its_facts_say(demo: Twice) -> None:
    assert pilots_that_disagree(TODAY) == []


def test_each_model_says_what_its_facts_say(demo: Twice) -> None:
    assert models_that_disagree(TODAY) == []


def test_nothing_is_left_owed_and_nothing_failed(demo: Twice) -> None:
    assert not Outbox.objects.filter(done_at=None).exists()
    assert not Outbox.objects.exclude(error="").exists()


def test_everybody_named_at_the_start_can_sign_in_and_who_left_cannot(demo: Twice) -> None:
    for address, _ in SIGN_INS:
        user = User.objects.get(email=address, is_active=True)
        assert check_password(PASSWORD, user.password)
        assert RoleGrant.objects.filter(user=user).exists()
    for name in LEFT:
        assert not User.objects.get(email=email(name)).is_active
    assert Initiative.objects.get(name="Collections voice agent").sponsor is None


def test_another_number_tells_another_story() -> None:
    one, two = World(Script(AT), SEED), World(Script(AT), SEED + 1)
    told = [course(ROWS[0], TODAY, world.chance("a KPI")) for world in (one, one, two)]
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize("name", ["Motor claims triage", "Repair network routing"])
def test_a_wrong_reading_stands_beside_its_correction(demo: Twice, name: str) -> None:
    replaced = Measurement.objects.filter(kpi__initiative__name=name, supersedes__isnull=False).get()
    assert replaced.note
    assert replaced.supersedes is not None
    assert replaced.supersedes.recorded_at < replaced.recorded_at


def test_somebody_acts_in_time_somebody_too_late_and_somebody_has(demo: Twice) -> None:
    rows = Intervention.objects.all()
    assert rows.filter(closed_at=None, escalated_on=None, due_on__gte=TODAY).count() >= 3
    assert rows.filter(closed_at=None, due_on__lt=TODAY).exclude(escalated_on=None).count() >= 2
    assert not rows.filter(closed_at=None, due_on__lt=TODAY, escalated_on=None).exists()
    assert rows.exclude(closure="").count() >= 2
    assert Flag.objects.filter(cleared_at=None, escalated_on__isnull=False).count() >= 2


def test_kpis_were_set_right_once_and_are_being_set_right_once(demo: Twice) -> None:
    reached = {row.closed_at is None: row.steps.count() for row in Remediation.objects.all()}
    assert reached == {True: 2, False: 4}
    assert Kpi.objects.filter(remediation__isnull=False).count() == 2
