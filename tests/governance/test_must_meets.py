"""Must-meets answered from the record: yes, no, and unknown, which counts as no; each with its fact and its address."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import User
from domain.gates import GATES
from funding.services.draft import ScenarioDraft
from governance.models import AiModel, GateEvidence
from governance.queries.must_meets import Answer, answers_at
from governance.services.evidence import Given, add_evidence
from kpis.models import Kpi, KpiVersion, SignOff
from pilots.models import Pilot
from pilots.services.opening import ensure_pilot
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.funding.build import published, worked
from tests.governance.asking import condition, decided, idea, manager, motion, submitted
from tests.governance.stored import sound_model
from tests.kpis.build import make_kpi, version_of

pytestmark = pytest.mark.django_db
GATE = {gate.code: gate for gate in GATES}
NO_SOURCE = "Without a source"
CAREFUL = (ScenarioDraft(name="conservative", haircut=Decimal("0.2"), years_late=0),)


def answered(row: Initiative, gate: str) -> dict[str, Answer]:
    row = Initiative.objects.select_related("unit", "sponsor", "lead").get(pk=row.pk)
    return {one.criterion.code: one for one in answers_at(row, GATE[gate], today=TODAY)}


def said(row: Initiative, gate: str) -> dict[str, str]:
    return {code: one.told.answer for code, one in answered(row, gate).items()}


def test_nothing_recorded_is_unknown_at_every_gate_and_never_yes(cast: Cast) -> None:
    row = Initiative.objects.create(name="Bare", unit=cast.claims, created_at=AT, updated_at=AT)
    known = {"business_unit", "conditions_closed", "findings_closed"}
    for code in GATE:
        found = {name: answer for name, answer in said(row, code).items() if name not in known}
        assert "yes" not in found.values(), (code, found)


def test_g1_is_met_by_a_whole_idea_and_each_gap_is_named(cast: Cast) -> None:
    row = idea(cast)
    assert set(said(row, "G1").values()) == {"yes"}
    gone = User.objects.create_user("gone@x.example", name="Gone", is_active=False, created_at=AT)
    Initiative.objects.filter(pk=row.pk).update(sponsor=gone, value_hypothesis="One. Two.", problem="")
    found = answered(row, "G1")
    assert (found["sponsor"].told.answer, found["sponsor"].told.fact) == ("no", "Gone has left")
    assert (found["value_hypothesis"].told.answer, found["value_hypothesis"].told.fact) == (
        "no",
        "more than one sentence",
    )
    assert (found["business_outcome"].told.answer, found["business_outcome"].told.fact) == (
        "unknown",
        "problem statement never recorded",
    )
    assert found["business_outcome"].told.url.endswith("/edit/#id_problem")


def promised(row: Initiative, kind: str = "business", name: str = "Days to decision", **more: Any) -> Kpi:
    """A KPI that is said whole, signed by four roles and sealed, written as rows."""
    kpi = make_kpi(row, name, kind=kind, definition="From letter to answer", unit_of_measure="days", **more)
    source = "" if name == NO_SOURCE else "Ledger 2025"
    KpiVersion.objects.filter(kpi=kpi).update(baseline_source=source, seal="s" * 64, sealed_at=AT)
    kpi.refresh_from_db()
    for role, person in zip(SignOff.Role.values, ("alice", "bob", "mona", "edith"), strict=True):
        SignOff.objects.create(
            kpi_version=version_of(kpi), role=role, person=cast_of(person), asked_at=AT, verdict="approved", signed_at=AT
        )  # fmt: skip
    return kpi


def cast_of(name: str) -> User:
    return User.objects.get(email=f"{name}@calder.example")


def test_g2_asks_a_kpi_that_four_roles_signed_and_that_is_sealed(cast: Cast) -> None:
    row = idea(cast, stage="framing")
    kpi = promised(row, name=NO_SOURCE)
    SignOff.objects.filter(kpi_version=kpi.current, role="executive").update(verdict="dissented")
    told = answered(row, "G2")["business_kpi"].told
    assert (told.answer, told.fact) == (
        "no", f"{kpi.ref} {NO_SOURCE} lacks the source of its baseline and the word of executive",
    )  # fmt: skip
    assert told.url == f"/kpis/initiative/{row.ref}/"
    promised(row)
    assert answered(row, "G2")["business_kpi"].met


def test_g2_asks_a_metric_with_a_reason_a_guard_or_why_none_and_a_case(cast: Cast) -> None:
    row = idea(cast, stage="framing")
    kpi = promised(row)
    assert said(row, "G2")["model_metric"] == "unknown"
    metric = make_kpi(row, "Recall", unit_of_measure="share", primary=False)
    Kpi.objects.filter(pk=metric.pk).update(kind="model_metric")
    assert said(row, "G2")["model_metric"] == "no"
    Kpi.objects.filter(pk=metric.pk).update(serves=kpi, serves_because="Missed claims are the cost.")
    assert said(row, "G2")["model_metric"] == "yes"
    assert (said(row, "G2")["guard_kpi"], said(row, "G2")["business_case"]) == ("unknown", "no")
    make_kpi(row, "Complaints", kind="guard", unit_of_measure="count", primary=False)
    published(row, worked(row.lead_id), by=cast.actor("alice"), at=AT)
    assert (said(row, "G2")["guard_kpi"], said(row, "G2")["business_case"]) == ("yes", "yes")


def test_what_no_record_answers_is_answered_by_evidence_that_is_dated_passed_and_not_expired(
    cast: Cast,
) -> None:
    row = idea(cast, stage="framing")

    def given(**more: Any) -> GateEvidence:
        facts = {"criterion": "data_readiness", "title": "Audit", "url": "https://x.example/a", **more}
        return add_evidence(initiative_id=row.pk, given=Given(**facts), by=cast.actor("alice"), at=AT)

    assert said(row, "G2")["data_readiness"] == "unknown"
    given()
    assert answered(row, "G2")["data_readiness"].told.fact == "Audit: not said of which day it is"
    given(dated_on=TODAY - timedelta(days=9), passed=False)
    assert said(row, "G2")["data_readiness"] == "no"
    given(dated_on=TODAY - timedelta(days=9), expires_on=TODAY)
    assert answered(row, "G2")["data_readiness"].told.fact == "Audit: expired on 24 Nov 2026"
    given(dated_on=TODAY - timedelta(days=9), expires_on=TODAY + timedelta(days=1))
    found = answered(row, "G2")["data_readiness"]
    assert (found.met, found.waivable, len(found.evidence)) == (True, True, 4)


def test_g3_asks_sealed_kpis_of_all_three_classes(cast: Cast) -> None:
    row = idea(cast, stage="development")
    promised(row)
    assert (
        answered(row, "G3")["success_criteria"].told.fact
        == "no sealed KPI of the class technical and adoption"
    )
    promised(row, "model_metric", "Recall")
    promised(row, "user", "Weekly users")
    assert said(row, "G3")["success_criteria"] == "yes"


def test_g4_reads_the_pilot_the_kpis_the_models_and_the_case(cast: Cast) -> None:
    row = idea(cast, stage="pilot")
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    assert pilot is not None
    kpi = promised(row)
    guard = make_kpi(row, "Complaints", kind="guard", unit_of_measure="count", primary=False)
    found = said(row, "G4")
    assert (found["evidence_fresh"], found["guards_on_track"], found["production_owner"]) == (
        "no",
        "unknown",
        "unknown",
    )
    Kpi.objects.filter(pk__in=[kpi.pk, guard.pk]).update(status="on_track", last_observed_on=TODAY)
    Pilot.objects.filter(pk=pilot.pk).update(
        production_owner=cast.mona, transition_run_cost=1, transition_integration="x", transition_support="y",
    )  # fmt: skip
    found = said(row, "G4")
    assert (found["evidence_fresh"], found["guards_on_track"], found["production_owner"]) == (
        "yes",
        "yes",
        "yes",
    )
    assert answered(row, "G4")["transition_plan_complete"].told.fact == "lacks a date"
    Kpi.objects.filter(pk=guard.pk).update(status="off_track")
    assert said(row, "G4")["guards_on_track"] == "no"
    model = sound_model(cast, owner=None, goal=False)
    model.initiatives.add(row)
    assert said(row, "G4")["model_registered"] == "no"
    AiModel.objects.filter(pk=model.pk).update(owner=cast.mona)
    assert said(row, "G4")["model_registered"] == "yes"


def test_g4_asks_a_case_run_again_in_the_pilot_with_a_haircut(cast: Cast) -> None:
    row = idea(cast, stage="pilot")
    assert said(row, "G4")["business_case_rerun"] == "no"
    published(row, worked(row.lead_id, scenarios=()), by=cast.actor("alice"), at=AT - timedelta(days=60))
    assert answered(row, "G4")["business_case_rerun"].told.fact.endswith("has no conservative haircut")
    published(
        row,
        worked(row.lead_id, scenarios=CAREFUL),
        by=cast.actor("alice"),
        at=AT - timedelta(days=40),
        because="Cut.",
    )
    assert answered(row, "G4")["business_case_rerun"].told.fact.endswith("is from before the pilot")
    published(
        row, worked(row.lead_id, scenarios=CAREFUL), by=cast.actor("alice"), at=AT, because="Pilot results."
    )
    assert said(row, "G4")["business_case_rerun"] == "yes"
    Initiative.objects.filter(pk=row.pk).update(entered_on=None)
    assert said(row, "G4")["business_case_rerun"] == "unknown"


def test_g4_and_g5_are_held_by_open_conditions_and_critical_findings(cast: Cast) -> None:
    row = idea(cast, stage="framing")
    asked = submitted(row, cast)
    decided(row, motion(row, "conditional_go", conditions=[condition(cast)]), manager(cast), submission=asked)
    assert said(row, "G4")["conditions_closed"] == "no"
    assert said(row, "G5")["findings_closed"] == "yes"
    Flag.objects.create(
        subject_type="initiative", subject_id=row.pk, initiative=row, unit=row.unit, rule="X", severity=3, cause="c",
        sentence="s", since=TODAY, raised_at=AT, updated_at=AT,
    )  # fmt: skip
    assert said(row, "G5")["findings_closed"] == "no"


def test_g5_is_held_by_critical_findings_of_its_models_and_by_models_nobody_looked_at(cast: Cast) -> None:
    row = idea(cast, stage="scale_up")
    model = sound_model(cast, owner=cast.mona, goal=False)
    model.initiatives.add(row)
    for critical, answer in ((None, "unknown"), (2, "no"), (0, "yes")):
        AiModel.objects.filter(pk=model.pk).update(open_critical=critical)
        assert said(row, "G5")["findings_closed"] == answer


def test_g5_asks_five_pieces_of_readiness_and_an_ethics_review_only_of_high_tiers(cast: Cast) -> None:
    row = idea(cast, stage="scale_up", tier=3)
    assert "ethics_review" not in said(row, "G5")
    for part in ("load", "failover", "security", "logging", "rollback"):
        assert said(row, "G5")["operational_readiness"] == "unknown"
        given = Given(
            criterion=f"operational_readiness.{part}",
            title=part,
            url="https://x.example/",
            dated_on=TODAY,
            passed=True,
        )
        add_evidence(initiative_id=row.pk, given=given, by=cast.actor("alice"), at=AT)
    assert said(row, "G5")["operational_readiness"] == "yes"
    Initiative.objects.filter(pk=row.pk).update(risk_tier=2)
    assert said(row, "G5")["ethics_review"] == "unknown"


def test_g6_asks_the_reason_and_that_no_model_runs_on(cast: Cast) -> None:
    row = idea(cast, stage="production")
    model = sound_model(cast, owner=cast.mona, goal=False)
    model.initiatives.add(row)
    assert (said(row, "G6")["reason"], said(row, "G6")["models_decommissioned"]) == ("unknown", "no")


def test_g6_reads_the_steps_of_a_model_s_retirement_and_leaves_the_rest_to_evidence(cast: Cast) -> None:
    row = idea(cast, stage="production")
    model = sound_model(cast, owner=cast.mona, goal=False)
    model.initiatives.add(row)
    assert said(row, "G6")["archive"] == "unknown"
    steps = {"begun": "2026-11-01", "archive": "2026-11-20"}
    AiModel.objects.filter(pk=model.pk).update(retirement_steps=steps)
    found = said(row, "G6")
    assert (found["archive"], found["access_revoked"]) == ("yes", "no")


@pytest.mark.parametrize("gate", sorted(GATE))
def test_a_gate_costs_a_constant_number_of_queries(cast: Cast, gate: str) -> None:
    row = idea(cast, stage="pilot")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            answered(row, gate)
        return len(found)

    promised(row)
    first = cost()
    promised(row, "user", "Weekly users")
    sound_model(cast, owner=cast.mona, goal=False).initiatives.add(row)
    assert cost() <= first + 1
