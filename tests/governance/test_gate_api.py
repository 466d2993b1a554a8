"""Gates, decisions, conditions and evidence for programs."""

from typing import Any

import pytest

from governance.models import Condition, Decision, GateSubmission
from tests.cast import AT, Cast
from tests.governance.asking import WRITTEN, condition, decided, idea, manager, motion, submitted

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def put(client: Any, row: Any, answers: dict[str, Any], version: str) -> Any:
    return client.put(
        f"{V1}/initiatives/{row.ref}/gate-draft/", {"answers": answers}, format="json", headers={"If-Match": f'"v{version}"'}
    )  # fmt: skip


def test_a_program_writes_the_draft_asks_and_is_decided(cast: Cast, api: Any) -> None:
    row = idea(cast)
    lead = api("alice")
    read = lead.get(f"{V1}/initiatives/{row.ref}/gate-draft/")
    assert (read["ETag"], read.json()["gate"], read.json()["version"]) == ('"v0"', "G1", 0)
    assert {one["answer"] for one in read.json()["must_meets"]} == {"yes"}
    kept = put(lead, row, WRITTEN, "0")
    assert (kept.status_code, kept["ETag"], kept.json()["answers"]) == (200, '"v1"', WRITTEN)
    assert put(lead, row, WRITTEN, "0").status_code == 412
    made = lead.post(f"{V1}/gate-submissions/", {"initiative": row.ref, "draft_version": 1}, format="json")
    assert made.status_code == 201, made.json()
    body = made.json()
    assert (body["gate"], body["state"], body["document"]["motion"]["outcome"]) == ("G1", "open", "go")
    said = {
        "initiative": row.ref,
        "submission": body["id"],
        "motion": {"outcome": "go", "because": "Well prepared."},
    }
    done = api("max").post(f"{V1}/decisions/", said, format="json")
    assert done.status_code == 201, done.json()
    assert (done.json()["to_stage"], done.json()["superseded_evidence"]) == ("framing", [])
    assert done.json()["pack_seal"] == body["seal"]
    listed = lead.get(f"{V1}/decisions/?gate=G1&outcome=go").json()["results"]
    assert [one["ref"] for one in listed] == [done.json()["ref"]]
    assert "document" not in listed[0]


def test_what_is_missing_is_a_problem_with_every_place(cast: Cast, api: Any) -> None:
    row = idea(cast, sponsor=None)
    lead = api("alice")
    put(lead, row, {"ask": "Go on"}, "0")
    answer = lead.post(f"{V1}/gate-submissions/", {"initiative": row.ref}, format="json")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "gate_incomplete")
    places = {one["pointer"]: one["detail"] for one in body["errors"]}
    assert set(places) == {
        "/must_meets/sponsor",
        "/answers/alternatives",
        "/answers/stop_if",
        "/answers/confidence",
    }
    assert f"/portfolio/initiatives/{row.ref}/edit/#id_sponsor" in places["/must_meets/sponsor"]
    assert not GateSubmission.objects.exists()


def test_self_approval_is_refused_through_the_api(cast: Cast, api: Any) -> None:
    row = idea(cast)
    submitted(row, cast)
    manager(cast, "edith")
    said = {"initiative": row.ref, "motion": {"outcome": "go", "because": "Mine."}}
    answer = api("edith").post(f"{V1}/decisions/", said, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("said", "status", "code", "pointer"),
    [({"outcome": "hold", "because": "x"}, 400, "until_missing", "/motion/until"),
     ({"outcome": "go", "because": "x"}, 409, "submission_missing", None),
     ({"outcome": "not_decided", "because": "x"}, 400, "outcome_not_offered", "/motion/outcome"),
     ({"outcome": "stop", "because": "x\x07", "reason_code": "cost", "lessons": "l"}, 400, "invalid", "/motion/because"),
     ({"outcome": "extend", "because": "x", "days": 3, "reason_code": "other", "evidence": "x", "decision_changes": "0"}, 409, "no_pilot", None)],
)  # fmt: skip
def test_a_motion_that_is_not_whole_is_refused_at_its_place(
    cast: Cast, api: Any, said: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    row = idea(cast)
    answer = api("max").post(f"{V1}/decisions/", {"initiative": row.ref, "motion": said}, format="json")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    if pointer:
        assert body["errors"][0]["pointer"] == pointer
    assert not Decision.objects.exists()


def test_a_condition_is_shown_met_and_accepted_by_programs_too(cast: Cast, api: Any) -> None:
    row = idea(cast, stage="framing")
    said = motion(row, "conditional_go", conditions=[condition(cast)])
    decided(row, said, manager(cast), submission=submitted(row, cast))
    one = Condition.objects.get()
    at = f"{V1}/conditions/{one.ref}"
    assert api("bob").post(f"{at}/evidence/", {"because": "Report."}, format="json").status_code == 200
    assert api("bob").post(f"{at}/discharge/", {"because": "Fine."}, format="json").status_code == 403
    done = api("mona").post(f"{at}/discharge/", {"because": "Read it."}, format="json")
    assert (done.json()["state"], [act["act"] for act in done.json()["acts"]]) == (
        "discharged",
        ["evidence", "discharge"],
    )
    assert api("max").post(f"{at}/waive/", {"because": "x"}, format="json").json()["code"] == "closed"


def test_evidence_is_given_by_address_and_withdrawn(cast: Cast, api: Any) -> None:
    row = idea(cast, stage="framing")
    said = {
        "initiative": row.ref,
        "criterion": "data_readiness",
        "title": "Audit",
        "url": "https://calder.example/a",
    }
    made = api("alice").post(f"{V1}/gate-evidence/", said, format="json")
    assert made.status_code == 201, made.json()
    for wrong in ({"url": "javascript:alert(1)"}, {"criterion": "sponsor"}, {"title": " "}):
        assert api("alice").post(f"{V1}/gate-evidence/", {**said, **wrong}, format="json").status_code == 400
    gone = api("alice").post(
        f"{V1}/gate-evidence/{made.json()['id']}/withdraw/", {"because": "Old."}, format="json"
    )
    assert gone.json()["withdrawn_because"] == "Old."


def test_the_same_submission_asked_twice_with_one_key_is_made_once(cast: Cast, api: Any) -> None:
    row = idea(cast)
    lead = api("alice")
    put(lead, row, WRITTEN, "0")
    ask = {"path": f"{V1}/gate-submissions/", "data": {"initiative": row.ref}, "format": "json"}
    first, again = (lead.post(**ask, headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert GateSubmission.objects.count() == 1
