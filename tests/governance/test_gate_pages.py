"""The gate on its pages: a lead fills it in and asks, a manager decides, and everybody reads what was sealed."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import AuditEvent
from domain.gate_form import fields_of
from governance.models import Condition, Decision, GateDraft, GateEvidence, GateSubmission
from tests.cast import AT, Cast
from tests.governance.asking import GATE_OF, WRITTEN, condition, decided, idea, manager, motion, submitted

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n"


def gate_of(row: Any) -> str:
    return f"/portfolio/initiatives/{row.ref}/gate/"


def typed(stage: str = "idea", **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = dict(WRITTEN)
    for field in fields_of(GATE_OF[stage]):
        if field.required and field.code not in said:
            said[field.code] = field.options[0][0] if field.options else "Said"
    return {**said, "version": 0, "rows": 1, **more}


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def test_a_lead_asks_on_the_page_and_a_manager_decides_on_the_page(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    lead, max_ = signed_in("alice"), signed_in("max")
    page = lead.get(gate_of(row)).content.decode()
    assert "5 of 5 yes" in page
    assert "Claims are decided the same day" in page
    asked = lead.post(gate_of(row), {**typed(), "act": "submit"})
    pack = GateSubmission.objects.get()
    assert asked["Location"] == f"/governance/submissions/{pack.ref}/"
    assert "Hash matches" in max_.get(asked["Location"]).content.decode()
    decide = f"/portfolio/initiatives/{row.ref}/decide/"
    assert pack.ref in max_.get(decide).content.decode()
    done = max_.post(decide, {"outcome": "go", "because": "Well prepared.", "submission": pack.pk, "rows": 1})
    decision = Decision.objects.get()
    assert done["Location"] == f"/governance/decisions/{decision.ref}/"
    shown = lead.get(done["Location"]).content.decode()
    assert "In force" in shown
    assert "It follows the entry before it" in shown
    row.refresh_from_db()
    assert row.stage == "framing"


def test_what_is_missing_is_listed_with_where_it_is_filled_in(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, sponsor=None)
    page = signed_in("alice").post(gate_of(row), {**typed(), "alternatives": "", "act": "submit"})
    text = page.content.decode()
    assert page.status_code == 409
    assert "Not submitted: 2 things missing" in text
    assert f'href="/portfolio/initiatives/{row.ref}/edit/#id_sponsor"' in text
    assert 'href="#id_alternatives"' in text
    assert not GateSubmission.objects.exists()
    assert GateDraft.objects.get().answers["ask"] == WRITTEN["ask"]


def test_a_draft_saves_at_any_time_and_itself(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    lead = signed_in("alice")
    kept = lead.post(f"{gate_of(row)}keep/", {"ask": "Half a sent", "version": 0, "rows": 0})
    assert "Draft kept" in kept.content.decode()
    assert GateDraft.objects.get().answers == {"ask": "Half a sent"}
    again = lead.post(gate_of(row), {"ask": "Half a sentence", "version": 1, "rows": 0, "act": "save"})
    assert again["Location"] == gate_of(row)
    assert "Half a sentence" in lead.get(gate_of(row)).content.decode()


def test_two_tabs_get_both_versions(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    lead = signed_in("alice")
    lead.post(gate_of(row), {"ask": "Mine", "version": 0, "rows": 0, "act": "save"})
    other = lead.post(gate_of(row), {"ask": "Of the other tab", "version": 0, "rows": 0, "act": "save"})
    text = other.content.decode()
    assert other.status_code == 412
    assert "Not saved" in text
    assert "Mine" in text
    assert "Of the other tab" in text
    assert GateDraft.objects.get().answers == {"ask": "Mine"}


def test_self_approval_is_refused_on_the_page_and_goes_on_record(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    submitted(row, cast)
    manager(cast, "edith")
    page = signed_in("edith").post(
        f"/portfolio/initiatives/{row.ref}/decide/", {"outcome": "go", "because": "Mine.", "rows": 0}
    )
    assert page.status_code == 403
    assert "Edith sponsors the initiative" in page.content.decode()
    event = AuditEvent.objects.get(action="decision.refused")
    assert (event.actor_id, event.after["outcome"]) == (cast.edith.pk, "go")


def test_stopping_keeps_its_lessons_where_they_are_found(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    page = signed_in("max").post(
        f"/portfolio/initiatives/{row.ref}/decide/",
        {"outcome": "stop", "because": "No value.", "stop_reason": "no_value", "lessons": "Ask the clerks first.", "rows": 0},
    )  # fmt: skip
    assert page.status_code == 302
    found = (
        signed_in("alice")
        .get("/governance/decisions/?outcome=stop&q=clerks&columns=ref,lessons")
        .content.decode()
    )
    assert "Ask the clerks first." in found
    page = signed_in("max").post(
        f"/portfolio/initiatives/{row.ref}/reopen/", {"stage": "framing", "because": "New data."}
    )
    assert page.status_code == 302
    row.refresh_from_db()
    assert row.stage == "framing"


def test_a_stop_without_lessons_is_put_at_its_field(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    page = signed_in("max").post(
        f"/portfolio/initiatives/{row.ref}/decide/", {"outcome": "stop", "because": "x", "stop_reason": "cost", "rows": 0}
    )  # fmt: skip
    assert page.status_code == 400
    assert 'href="#id_lessons"' in page.content.decode()


def test_a_condition_goes_from_its_owner_to_its_verifier_on_its_page(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, stage="framing")
    decided(
        row,
        motion(row, "conditional_go", conditions=[condition(cast)]),
        manager(cast),
        submission=submitted(row, cast),
    )
    one = Condition.objects.get()
    at = f"/governance/conditions/{one.ref}/"
    assert "Say what meets it" in signed_in("bob").get(at).content.decode()
    assert signed_in("bob").post(at, {"act": "evidence", "because": "Report."}).status_code == 302
    assert "Accept it as met" in signed_in("mona").get(at).content.decode()
    assert signed_in("mona").post(at, {"act": "discharge", "because": "Read it."}).status_code == 302
    one.refresh_from_db()
    assert one.state == "discharged"
    assert one.ref in signed_in("alice").get("/governance/conditions/").content.decode()


def test_evidence_is_given_downloaded_safely_and_withdrawn(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, stage="framing")
    lead = signed_in("alice")
    file = SimpleUploadedFile("../../au\u202edit.exe", PDF, content_type="text/html")
    given = lead.post(
        f"{gate_of(row)}evidence/", {"criterion": "data_readiness", "title": "Audit", "file": file, "dated_on": "2026-11-01"}
    )  # fmt: skip
    assert given.status_code == 302, given.content.decode()
    one = GateEvidence.objects.get()
    assert (one.filename, one.content_type, one.size) == ("audit.pdf", "application/pdf", len(PDF))
    answer = signed_in("vera").get(f"/governance/evidence/{one.pk}/")
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith('attachment; filename="audit.pdf"')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert signed_in("charlie").get(f"/governance/evidence/{one.pk}/").status_code == 404
    assert "Data readiness audit" in lead.get(gate_of(row)).content.decode()
    assert lead.post(f"/governance/evidence/{one.pk}/withdraw/", {"because": "Old."}).status_code == 302
    assert GateEvidence.objects.get().withdrawn_because == "Old."


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.svg", b"<svg onload=x>"), ("a.html", b"<html>"), ("a.pdf", b"<!doctype html>"), ("a.png", b"\x89PNG\r\n\x1a\n<script>"),
     ("a.txt", b"\x00\x01"), ("a.exe", b"MZ"), ("a.zip", b"PK\x03\x04 no office file"), ("a.csv", b"\xff\xfe")],
)  # fmt: skip
def test_a_file_that_a_browser_might_run_is_refused(
    cast: Cast, signed_in: Any, name: str, content: bytes
) -> None:
    row = idea(cast, stage="framing")
    page = signed_in("alice").post(
        f"{gate_of(row)}evidence/", {"criterion": "data_readiness", "title": "x", "file": SimpleUploadedFile(name, content)}
    )  # fmt: skip
    assert page.status_code == 400
    assert not GateEvidence.objects.exists()


def test_a_must_meet_is_waived_by_the_manager_and_not_by_the_lead(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, stage="framing")
    at = f"{gate_of(row)}waive/"
    said = {"criterion": "data_readiness", "because": "No data of its own."}
    assert signed_in("alice").post(at, said).status_code == 403
    assert signed_in("max").post(at, said).status_code == 302
    assert "waived by Max" in signed_in("alice").get(gate_of(row)).content.decode()
    record = signed_in("max").post(at, {"criterion": "risk_tier", "because": "Trust me."})
    assert record.status_code == 409


def test_the_initiative_shows_the_gate_ahead_and_leads_to_its_form(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    page = signed_in("alice").get(f"/portfolio/initiatives/{row.ref}/").content.decode()
    assert "Next gate: G1 frame" in page
    assert gate_of(row) in page
    assert "5 of 5" in page


def test_what_changed_since_the_decision_is_shown_beside_what_was_sealed(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    decision = decided(row, motion(row), manager(cast), submission=submitted(row, cast))
    row.refresh_from_db()
    row.risk_tier, row.sponsor = 1, cast.dana
    row.save()
    page = signed_in("alice").get(f"/governance/decisions/{decision.ref}/").content.decode()
    assert "Evidence changed" in page
    assert "tier 3" in page
    assert "<strong>tier 1</strong>" in page
    assert "<strong>Dana</strong>" in page


@pytest.mark.parametrize("stage", ["retired", "unknown", "stopped"])
def test_where_no_gate_leads_on_the_page_says_so(cast: Cast, signed_in: Any, stage: str) -> None:
    row = idea(cast, stage=stage)
    page = signed_in("alice").get(gate_of(row))
    assert page.status_code == 404
    assert "no gate leads on" in page.content.decode()


def test_a_submission_is_withdrawn_and_its_record_stays(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    pack = submitted(row, cast)
    lead = signed_in("alice")
    assert (
        lead.post(f"/governance/submissions/{pack.ref}/withdraw/", {"because": "Too early."}).status_code
        == 302
    )
    page = lead.get(f"/governance/submissions/{pack.ref}/").content.decode()
    assert "Withdrawn" in page
    assert "Too early." in page
    listed = lead.get("/governance/submissions/").content.decode()
    assert pack.ref in listed


def test_lists_come_as_csv(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    decided(row, motion(row), manager(cast), submission=submitted(row, cast))
    for name in ("decisions", "submissions", "conditions"):
        answer = signed_in("max").get(f"/governance/{name}/?format=csv")
        assert answer.status_code == 200


def test_what_an_outcome_needs_is_not_called_optional(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, stage="framing")
    page = signed_in("max").get(f"/portfolio/initiatives/{row.ref}/decide/").content.decode()
    for label, words in (
        ("What was learned", "for a stop"),
        ("Until", "for a hold or a pivot"),
        ("Back to", "for a recycle"),
    ):
        assert f'{label} <span class="opt">{words}</span>' in page


def test_a_decision_sent_twice_is_recorded_once_and_the_second_shows_the_first(
    cast: Cast, signed_in: Any
) -> None:
    row = idea(cast, stage="development")
    decide, max_ = f"/portfolio/initiatives/{row.ref}/decide/", signed_in("max")
    manager(cast)
    typed_in = {
        "outcome": "hold",
        "because": "Nobody sponsors it.",
        "until": "2027-01-15",
        "rows": 1,
        "after": 0,
    }
    assert 'name="after" value="0"' in max_.get(decide).content.decode()
    assert max_.post(decide, typed_in).status_code == 302
    again = max_.post(decide, typed_in)
    first = Decision.objects.get()
    assert again.status_code == 412
    text = again.content.decode()
    assert f"/governance/decisions/{first.ref}/" in text
    assert "Nobody sponsors it." in text
    assert f'name="after" value="{first.pk}"' in text
    assert max_.post(decide, {**typed_in, "after": first.pk}).status_code == 302
    assert Decision.objects.count() == 2


def test_a_stop_sent_twice_is_recorded_once_and_leads_to_it(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, stage="development")
    decide, max_ = f"/portfolio/initiatives/{row.ref}/decide/", signed_in("max")
    manager(cast)
    typed_in = {
        "outcome": "stop", "because": "It costs too much.", "stop_reason": "cost", "lessons": "Ask for the price.",
        "rows": 0, "after": 0,
    }  # fmt: skip
    assert max_.post(decide, typed_in).status_code == 302
    again = max_.post(decide, typed_in, follow=True)
    assert "Nothing was recorded by this form" in again.content.decode()
    assert Decision.objects.count() == 1
