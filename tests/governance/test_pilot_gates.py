"""G3 and G4 answered from the pilot's plan and its file: yes, no and unknown, each part with where it is filled in."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.errors import Problem
from core.models import User
from domain.paper import digest, paper_to_json
from governance.models import GateEvidence, GateSubmission
from governance.queries.conflicts import conflicted
from governance.queries.papers.decision import decision_paper
from governance.queries.superseded import superseded
from governance.services.submit import submit_gate
from kpis.models import ArmCount, Comparison
from pilots.models import Hypothesis, Pilot, PilotPlan
from pilots.queries.report import pilot_report
from pilots.services.charter import edit_pilot
from pilots.services.log import close_finding, log_finding
from pilots.services.opening import ensure_pilot
from pilots.services.plan import save_plan
from pilots.services.versions import answer_hypothesis
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import decided, idea, manager, motion, submitted, written
from tests.governance.test_must_meets import answered, promised
from tests.kpis.build import make_kpi
from tests.pilots.test_plan import planned, whole

pytestmark = pytest.mark.django_db
KINDS = {"business": "business", "technical": "model_metric", "adoption": "user"}


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def criteria(row: Initiative, *classes: str) -> None:
    for name in classes:
        promised(row, kind=KINDS[name], name=f"{name} measure")


def told(row: Initiative, gate: str, code: str) -> tuple[str, str]:
    one = answered(row, gate)[code].told
    return one.answer, one.fact


def gaps(row: Initiative, gate: str, code: str) -> dict[str, str]:
    return {gap.code: gap.url for gap in answered(row, gate)[code].told.gaps}


# G3


def test_g3_without_a_plan_is_unknown_and_names_every_part(cast: Cast) -> None:
    row = idea(cast, stage="development")
    assert told(row, "G3", "charter") == ("unknown", "no charter is written yet")
    assert told(row, "G3", "transition_plan") == ("unknown", "never recorded")
    found = gaps(row, "G3", "charter")
    assert len(found) == 10
    assert found["stop_threshold"] == f"/pilots/initiative/{row.ref}/plan/#id_stop_threshold"
    assert set(gaps(row, "G3", "transition_plan")) == {
        "production_owner", "transition_run_cost", "transition_integration", "transition_support", "transition_on",
    }  # fmt: skip


def test_g3_is_met_by_a_whole_plan_and_no_evidence_file_is_asked_for(cast: Cast) -> None:
    row = idea(cast, stage="development")
    plan = planned(cast, row, **whole(cast))
    found = answered(row, "G3")
    for code in ("charter", "transition_plan"):
        assert (found[code].told.answer, found[code].waivable, found[code].told.gaps) == ("yes", False, ())
    assert found["charter"].told.fact == f"planned in whole for 90 days, version {plan.version}"


@pytest.mark.parametrize(
    "part", ["scope_units", "scope_sites", "scope_users", "scope_systems", "hypotheses", "sample", "stop_threshold",
             "starts_on", "ends_on", "decision_on"],
)  # fmt: skip
def test_one_missing_part_of_a_charter_is_no_and_named(cast: Cast, part: str) -> None:
    row = idea(cast, stage="development")
    facts = whole(cast)
    empty = "" if isinstance(facts[part], str) else None
    planned(cast, row, **{**facts, part: empty})
    assert told(row, "G3", "charter")[0] == "no"
    assert gaps(row, "G3", "charter") == {part: f"/pilots/initiative/{row.ref}/plan/#id_{part}"}
    assert told(row, "G3", "transition_plan")[0] == "yes"


def test_a_production_owner_who_left_takes_nothing_over(cast: Cast) -> None:
    row = idea(cast, stage="development")
    planned(cast, row, **whole(cast))
    User.objects.filter(pk=cast.mona.pk).update(is_active=False)
    answer, fact = told(row, "G3", "transition_plan")
    assert (answer, fact) == ("no", f"{cast.mona.name}, who was to take it over, has left")
    assert set(gaps(row, "G3", "transition_plan")) == {"production_owner"}


def test_a_file_of_evidence_does_not_stand_in_for_a_charter(cast: Cast) -> None:
    row = idea(cast, stage="development")
    GateEvidence.objects.create(
        initiative=row,
        gate="G3",
        criterion="charter",
        title="Charter.pdf",
        url="https://x.example/c",
        added_at=AT,
    )
    assert told(row, "G3", "charter")[0] == "unknown"


@pytest.mark.parametrize("missing", list(KINDS))
def test_g3_is_refused_while_a_class_of_success_criteria_is_missing(cast: Cast, missing: str) -> None:
    row = idea(cast, stage="development")
    criteria(row, *(name for name in KINDS if name != missing))
    answer, fact = told(row, "G3", "success_criteria")
    assert (answer, fact) == ("no", f"no sealed KPI of the class {missing}")
    assert gaps(row, "G3", "success_criteria") == {
        missing: f"/kpis/initiative/{row.ref}/new/?kind={KINDS[missing]}"
    }
    page = " ".join(gap.words for gap in answered(row, "G3")["success_criteria"].told.gaps)
    assert page == ("an adoption criterion" if missing == "adoption" else f"a {missing} criterion")
    criteria(row, missing)
    assert told(row, "G3", "success_criteria")[0] == "yes"


def test_a_criterion_that_is_only_drafted_lacks_its_seal(cast: Cast) -> None:
    row = idea(cast, stage="development")
    criteria(row, "business", "technical")
    kpi = make_kpi(row, "Weekly use", kind="user")
    assert gaps(row, "G3", "success_criteria") == {"adoption": f"/kpis/{kpi.ref}/"}


def test_the_refusal_lists_each_missing_part_with_its_address_on_page_and_api(
    cast: Cast, signed_in: Any, api: Any
) -> None:
    row = idea(cast, stage="development")
    planned(cast, row, **{**whole(cast), "sample": "", "stop_threshold": ""})
    criteria(row, "business", "technical")
    written(row, cast)
    with pytest.raises(Problem) as caught:
        submit_gate(initiative_id=row.pk, by=cast.actor("alice"), at=AT)
    pointers = {item.pointer for item in caught.value.items}
    assert {"/must_meets/charter/sample", "/must_meets/charter/stop_threshold"} <= pointers
    assert "/must_meets/success_criteria/adoption" in pointers
    assert not GateSubmission.objects.exists()
    page = signed_in("alice").get(f"/portfolio/initiatives/{row.ref}/gate/").content.decode()
    assert f'href="/pilots/initiative/{row.ref}/plan/#id_sample"' in page
    told_by_api = api("alice").get(f"/api/v1/initiatives/{row.ref}/gate-draft/").json()["must_meets"]
    charter = next(one for one in told_by_api if one["code"] == "charter")
    assert [one["code"] for one in charter["gaps"]] == ["sample", "stop_threshold"]


def test_the_plan_is_sealed_and_a_pilot_that_widens_it_shows_superseded_evidence(cast: Cast) -> None:
    row = idea(cast, stage="development")
    planned(cast, row, **whole(cast))
    pack = submitted(row, cast)
    assert json.loads(pack.document)["plan"]["scope_sites"] == "Utrecht"
    row.refresh_from_db()
    decision = decided(row, motion(row), manager(cast), submission=pack)
    pilot = Pilot.objects.get(initiative=row)
    assert (pilot.sample, pilot.charter_version) == ("400 claims", 1)
    row.refresh_from_db()
    assert superseded(decision) == ()
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, scope_sites="Utrecht, Leiden and Delft")
    (one,) = superseded(decision)
    assert (one.sealed, one.now) == ("Utrecht", "Utrecht, Leiden and Delft")


def test_who_plans_a_pilot_or_is_to_take_it_over_never_decides_on_it(cast: Cast) -> None:
    row = idea(cast, stage="development")
    by = manager(cast)
    save_plan(initiative_id=row.pk, by=by, at=AT, sample="400 claims", production_owner=cast.mona)
    found = conflicted(row)
    assert {cast.max.pk, cast.mona.pk} <= set(found)


# G4


def piloting(cast: Cast) -> tuple[Initiative, Pilot]:
    row = idea(cast, stage="pilot")
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    assert pilot is not None
    return row, pilot


def test_the_report_is_unknown_without_hypotheses_no_while_one_is_unanswered_and_then_generated(
    cast: Cast,
) -> None:
    row, pilot = piloting(cast)
    assert told(row, "G4", "pilot_report")[0] == "unknown"
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, hypotheses="Half the time\nNo more errors")
    assert told(row, "G4", "pilot_report") == ("no", "nobody has said what the pilot showed of 2 hypotheses")
    for one in Hypothesis.objects.order_by("number"):
        assert any(f"row={one.pk}" in url for url in gaps(row, "G4", "pilot_report").values())
        answer_hypothesis(pk=one.pk, answer="held", evidence="Ledger", by=cast.actor("alice"), at=AT)
    answer = answered(row, "G4")["pilot_report"]
    assert (answer.told.answer, answer.waivable) == ("yes", False)
    assert answer.told.url == f"/pilots/{pilot.ref}/report/"


def test_the_report_is_frozen_with_the_submission_and_its_hash_is_cited(cast: Cast, signed_in: Any) -> None:
    row, pilot = piloting(cast)
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, hypotheses="Half the time")
    pack = submitted(row, cast)
    report = json.loads(pack.document)["report"]
    pilot.refresh_from_db()
    assert report["hash"] == digest(report["document"])
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, hypotheses="A tenth of the time")
    pilot.refresh_from_db()
    assert digest(paper_to_json(pilot_report(pilot, TODAY))) != report["hash"]
    assert (f"Report of {pilot.ref}", report["hash"]) in decision_paper(pack).seals
    client = signed_in("alice")
    assert report["hash"] in client.get(f"/governance/submissions/{pack.ref}/").content.decode()
    page = client.get(f"/governance/submissions/{pack.ref}/report/").content.decode()
    assert "Half the time" in page
    assert "A tenth of the time" not in page
    assert (
        client.get(f"/governance/submissions/{submitted(idea(cast, 'Other'), cast).ref}/report/").status_code
        == 404
    )


def test_a_comparison_answers_with_its_verdict_and_says_no_while_nobody_looked(cast: Cast) -> None:
    row, _ = piloting(cast)
    assert answered(row, "G4")["comparison"].waivable is True
    kpi = make_kpi(row, "Right first time", kind="business")
    made = Comparison.objects.create(
        kpi=kpi, name="Rules against model", design="champion_challenger", arm_1="Rules of 2025", arm_2="Model 3",
        started_on=TODAY - timedelta(days=30), recorded_at=AT,
    )  # fmt: skip
    assert told(row, "G4", "comparison") == ("no", "Rules against model: nobody has looked yet")
    ArmCount.objects.create(
        comparison=made,
        looked_on=TODAY,
        successes_1=400,
        trials_1=1000,
        successes_2=520,
        trials_2=1000,
        recorded_at=AT,
    )
    answer, fact = told(row, "G4", "comparison")
    assert answer == "yes"
    assert "Rules of 2025" in fact
    assert answered(row, "G4")["comparison"].waivable is False


def test_the_transition_plan_of_g4_leads_to_the_field_of_the_pilot(cast: Cast) -> None:
    row, pilot = piloting(cast)
    assert told(row, "G4", "transition_plan_complete")[0] == "unknown"
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, transition_support="Second line")
    assert told(row, "G4", "transition_plan_complete")[0] == "no"
    found = gaps(row, "G4", "transition_plan_complete")
    assert found["transition_on"] == f"/pilots/{pilot.ref}/edit/#id_transition_on"
    assert "transition_support" not in found
    edit_pilot(pk=pilot.pk, by=cast.actor("alice"), at=AT, no_transition_plan=True)
    assert told(row, "G4", "transition_plan_complete") == ("no", "there is none")


def test_open_findings_of_severity_3_are_named_on_the_form_in_the_pack_and_on_the_paper(
    cast: Cast, signed_in: Any
) -> None:
    row, pilot = piloting(cast)
    by = cast.actor("alice")
    grave = log_finding(
        pilot_id=pilot.pk, kind="drift", severity=3, text="Wrong at night", seen_on=TODAY, by=by, at=AT
    )
    log_finding(pilot_id=pilot.pk, kind="drift", severity=2, text="Slow at noon", seen_on=TODAY, by=by, at=AT)
    page = signed_in("alice").get(f"/portfolio/initiatives/{row.ref}/gate/").content.decode()
    assert "Wrong at night" in page
    assert "Slow at noon" not in page
    pack = submitted(row, cast)
    assert [one["text"] for one in json.loads(pack.document)["findings"]] == ["Wrong at night"]
    assert "Wrong at night" in json.dumps(paper_to_json(decision_paper(pack)))
    assert "Wrong at night" in signed_in("alice").get(f"/governance/submissions/{pack.ref}/").content.decode()
    close_finding(pk=grave.pk, because="Mended", by=by, at=AT)
    assert json.loads(submitted(row, cast).document)["findings"] == []


def test_a_pack_sealed_before_plans_were_kept_is_still_read(cast: Cast, signed_in: Any) -> None:
    row, _ = piloting(cast)
    pack = submitted(row, cast)
    old = {k: v for k, v in json.loads(pack.document).items() if k not in {"plan", "findings", "report"}}
    old["form"] = 1
    clone = GateSubmission(
        **{f.attname: getattr(pack, f.attname) for f in GateSubmission._meta.concrete_fields}
    )
    clone.document = json.dumps(old)
    assert not any("Report of" in name for name, _ in decision_paper(clone).seals)
    assert PilotPlan.objects.count() == 0
