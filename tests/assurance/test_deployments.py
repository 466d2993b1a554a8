"""Deployments: what the gate says before, what is recorded after, and what a cluster's own list says beside it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from assurance.models import ClusterLook, Deployment
from assurance.services.clusters import keep_look, preview_look, tidy_previews
from assurance.services.deployments import Heard, Reported, beat, end_deployment, report_deployment
from core.errors import Problem
from domain.deployment_gate import Approval, DeploymentFacts, GatePolicy, Reason, may_deploy, read_policy
from domain.errors import RuleError
from domain.images import Registered, read_image, read_workloads, reconcile
from domain.model_roles import VersionRole
from governance.models import AiModel, Decision
from governance.services.evaluate import evaluate_all
from portfolio.models import GateStanding, Initiative
from tests.assurance.versioned import DIGEST, OTHER, champion, model_of, version
from tests.cast import AT, TODAY, Cast

Api = Callable[[str], APIClient]
GOOD = DeploymentFacts(
    "production", "1", VersionRole.CHAMPION, open_critical=0, approvals=[Approval("AI-0001", True)]
)


def facts(**changed: Any) -> DeploymentFacts:
    kept = {name: getattr(GOOD, name) for name in GOOD.__slots__}
    return DeploymentFacts(**{**kept, **changed})


# The rule


@pytest.mark.pure
def test_an_approved_champion_of_an_approved_initiative_may_be_deployed() -> None:
    assert may_deploy(GOOD).allowed
    assert may_deploy(facts(role=VersionRole.CHALLENGER)).allowed


@pytest.mark.pure
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"retired": True}, Reason.MODEL_RETIRED),
        ({"role": None}, Reason.NOT_REGISTERED),
        ({"role": VersionRole.RETIRED}, Reason.VERSION_RETIRED),
        ({"gone": True}, Reason.VERSION_GONE),
        ({"role": VersionRole.REGISTERED}, Reason.ROLE),
        ({"role": VersionRole.SHADOW}, Reason.ROLE),
        ({"stale": {"review overdue": 3}}, Reason.STALE),
        ({"open_critical": 2}, Reason.CRITICAL_FINDING),
        ({"approvals": []}, Reason.NO_APPROVAL),
        ({"approvals": [Approval("AI-0001", False)]}, Reason.NO_APPROVAL),
        ({"approvals": [Approval("AI-0001", True, "C-1 is overdue")]}, Reason.APPROVAL_SUSPENDED),
    ],
)
def test_each_reason_stands_against_production_by_itself(changed: dict[str, Any], reason: Reason) -> None:
    answer = may_deploy(facts(**changed))
    assert [one.reason for one in answer.reasons] == [reason]
    assert all(one.sentence.endswith(".") for one in answer.reasons)


@pytest.mark.pure
def test_elsewhere_runs_what_is_neither_retired_nor_gone() -> None:
    lax = {
        "environment": "staging",
        "role": VersionRole.REGISTERED,
        "stale": {"x": 3},
        "open_critical": 1,
        "approvals": [],
    }
    assert may_deploy(facts(**lax)).allowed
    assert not may_deploy(facts(**{**lax, "role": VersionRole.RETIRED})).allowed


@pytest.mark.pure
def test_what_nobody_looked_at_is_told_as_unknown_and_one_good_approval_is_enough() -> None:
    answer = may_deploy(
        facts(open_critical=None, approvals=[Approval("AI-0001", False), Approval("AI-0002", True)])
    )
    assert answer.allowed
    assert answer.unknown == ("whether a critical finding is open: nobody has looked",)


@pytest.mark.pure
def test_the_policy_says_which_roles_and_how_stale() -> None:
    policy = read_policy({"roles": ["champion"], "severity": 2})
    assert policy == GatePolicy((VersionRole.CHAMPION,), 2)
    assert not may_deploy(facts(role=VersionRole.CHALLENGER), policy).allowed
    assert not may_deploy(facts(stale={"fallback untested": 2}), policy).allowed
    assert may_deploy(facts(stale={"fallback untested": 2})).allowed


# Images


@pytest.mark.pure
def test_an_image_is_taken_apart_and_a_tag_alone_is_warned_of() -> None:
    one = read_image(f"reg.example:5000/team/ranker:1.4@{DIGEST}")
    assert (one.repository, one.tag, one.digest, one.warning) == (
        "reg.example:5000/team/ranker",
        "1.4",
        DIGEST,
        "",
    )
    assert read_image("ranker").warning.startswith("By tag alone (latest)")
    assert read_image("reg.example:5000/ranker").tag == ""


@pytest.mark.pure
@pytest.mark.parametrize(("text", "digest"), [("a b", ""), ("x" * 401, ""), ("r@sha256:12", ""), (f"r@{DIGEST}", OTHER), ("<script>", "")])  # fmt: skip
def test_no_other_text_is_an_image(text: str, digest: str) -> None:
    with pytest.raises(RuleError):
        read_image(text, digest)


def workload(name: str, image: str, **more: Any) -> dict[str, Any]:
    spec = {
        "replicas": more.get("replicas", 1),
        "template": {"spec": {"containers": [{"name": "main", "image": image}]}},
    }
    return {"metadata": {"namespace": "claims", "name": name}, "spec": spec}


@pytest.mark.pure
def test_what_runs_is_matched_by_digest_then_tag_then_repository() -> None:
    running = read_workloads({"items": [
        workload("by-digest", f"other/name@{DIGEST}"), workload("by-tag", "reg/b:2"), workload("by-repository", "reg/c:9"),
        workload("stranger", "reg/d:1"), workload("off", "reg/e:1", replicas=0), workload("moved", f"reg/f:1@{OTHER}"),
    ]})  # fmt: skip
    known = [
        Registered(1, "a", read_image("reg/a:1", DIGEST)), Registered(2, "b", read_image("reg/b:2")),
        Registered(3, "c", read_image("reg/c:8")), Registered(4, "e", read_image("reg/e:1")),
        Registered(5, "f", read_image("reg/f:1", "sha256:" + "c" * 64)),
    ]  # fmt: skip
    found = reconcile(running, known)
    assert [(one.workload, row.pk, how) for one, row, how in found.matched] == [
        ("by-digest", 1, "digest"), ("by-tag", 2, "tag"), ("by-repository", 3, "repository"),
    ]  # fmt: skip
    assert [one.workload for one in found.running] == ["stranger", "moved"]
    assert [one.pk for one in found.registered] == [4, 5]


# Recording


def approved(cast: Cast, model: AiModel) -> Initiative:
    """The initiative the model serves went through G5 and its approval holds. The model is looked after."""
    goal = model.initiatives.get()
    Decision.objects.create(
        initiative=goal, gate="G5", outcome="go", from_stage="scale_up", to_stage="production", body="council",
        decided_on=TODAY, recorded_at=AT, because="It works.", document="{}", hash=f"{goal.pk:064d}",
    )  # fmt: skip
    evaluate_all(at=AT)
    model.refresh_from_db()
    return goal


def report(cast: Cast, model: AiModel, number: str = "1", who: str = "mona", **more: Any) -> Heard:
    said = {"environment": "production", "deployed_at": AT, "image": f"reg/ranker:{number}@{DIGEST}", **more}
    return report_deployment(
        model_id=model.pk, said=Reported(version=number, **said), by=cast.actor(who), at=AT
    )


def ready(cast: Cast, **more: Any) -> AiModel:
    model = model_of(cast, **more)
    approved(cast, model)
    champion(cast, model, "1")
    model.refresh_from_db()
    return model


def test_the_first_into_production_says_since_when_the_model_serves_and_shows_life(cast: Cast) -> None:
    model = ready(cast, in_production_since=None, last_heartbeat_on=None)
    row = report(cast, model).deployment
    model.refresh_from_db()
    assert (model.in_production_since, model.last_heartbeat_on) == (TODAY, TODAY)
    assert (row.version_number, row.image, row.image_digest, row.objections) == (
        "1",
        "reg/ranker:1",
        DIGEST,
        [],
    )


def test_the_same_event_again_is_not_recorded_again(cast: Cast) -> None:
    model = ready(cast)
    first = report(cast, model, source="ci", event="run 42")
    again = report(cast, model, source="ci", event="run 42")
    assert (first.created, again.created, again.deployment.pk) == (True, False, first.deployment.pk)
    with pytest.raises(Problem) as problem:
        report(cast, model, source="ci", event="run 42", environment="staging")
    assert problem.value.code == "event_used"
    assert Deployment.objects.count() == 1


def test_an_unapproved_version_is_refused_with_every_reason_and_nothing_is_kept(cast: Cast) -> None:
    model = model_of(cast)
    version(cast, model, "1")
    with pytest.raises(Problem) as problem:
        report(cast, model)
    assert (problem.value.status, problem.value.code) == (409, "deployment_refused")
    assert {one.code for one in problem.value.items} == {"role", "no_approval"}
    assert not Deployment.objects.exists()


def test_what_runs_all_the_same_is_kept_and_flagged(cast: Cast) -> None:
    model = model_of(cast)
    row = report(cast, model, "9", observed=True).deployment
    assert row.version is None
    assert row.unapproved
    assert [one["code"] for one in row.objections] == ["not_registered", "no_approval"]


def test_a_suspended_approval_stands_against_it(cast: Cast) -> None:
    model = ready(cast)
    goal = model.initiatives.get()
    GateStanding.objects.update_or_create(
        initiative=goal,
        defaults={"suspended_on": TODAY, "suspended_because": "C-1 is overdue", "judged_on": TODAY},
    )
    with pytest.raises(Problem) as problem:
        report(cast, model)
    assert [one.code for one in problem.value.items] == ["approval_suspended"]


def test_another_takes_its_place_and_the_one_before_is_kept_to_go_back_to(cast: Cast) -> None:
    model = ready(cast)
    first = report(cast, model).deployment
    champion(cast, model, "2")
    second = report(cast, model, "2", deployed_at=AT + timedelta(minutes=1)).deployment
    first.refresh_from_db()
    assert (first.ended_at, first.ended_because) == (second.deployed_at, "Replaced by version 2.")
    assert second.previous is not None
    assert second.previous.number == "1"
    third = report(cast, model, "2", beside=True, deployed_at=AT + timedelta(minutes=2)).deployment
    second.refresh_from_db()
    assert (second.ended_at, third.ended_at) == (None, None)


def test_a_heartbeat_is_heard_until_the_end(cast: Cast) -> None:
    model = ready(cast)
    row = report(cast, model).deployment
    later = AT + timedelta(days=3)
    beat(pk=row.pk, by=cast.actor("mona"), at=later)
    model.refresh_from_db()
    row.refresh_from_db()
    assert (model.last_heartbeat_on, row.last_heartbeat_at) == (later.date(), later)
    end_deployment(pk=row.pk, because="Switched off.", by=cast.actor("mona"), at=later)
    with pytest.raises(Problem) as problem:
        beat(pk=row.pk, by=cast.actor("mona"), at=later)
    assert (problem.value.status, problem.value.code) == (409, "ended")


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"environment": "The Cloud"}, "/environment"),
        ({"deployed_at": AT + timedelta(hours=1)}, "/deployed_at"),
        ({"image": "a b"}, "/image"),
        ({"commit": "main"}, "/commit"),
        ({"previous": "0.9"}, "/previous"),
        ({"number": " ", "image": ""}, "/version"),
    ],
)
def test_what_cannot_be_true_of_a_deployment_is_refused_at_its_field(said: dict[str, Any], pointer: str, cast: Cast) -> None:  # fmt: skip
    with pytest.raises(Problem) as problem:
        report(cast, ready(cast), **said)
    assert [one.pointer for one in problem.value.items] == [pointer]


@pytest.mark.parametrize(("who", "status"), [("charlie", 404), ("alice", 403), ("vera", 403), ("dana", 403)])
def test_a_deployment_is_reported_by_who_runs_the_model(who: str, status: int, cast: Cast) -> None:
    with pytest.raises(Problem) as problem:
        report(cast, ready(cast), who=who)
    assert problem.value.status == status


def test_the_database_keeps_what_was_reported(cast: Cast) -> None:
    row = report(cast, ready(cast)).deployment
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.filter(pk=row.pk).update(version_number="2")
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.filter(pk=row.pk).delete()


# Through the API


def test_a_pipeline_asks_the_gate_and_reports(cast: Cast, api: Api, frozen: object) -> None:
    model = ready(cast)
    client = api("mona")
    url = f"/api/v1/models/{model.ref}/deployment-gate/"
    asked = client.get(url, {"version": "1", "environment": "production"})
    assert (asked.status_code, asked.json()["allowed"], asked.json()["reasons"]) == (200, True, [])
    no = client.get(url, {"version": "2"}).json()
    assert (no["allowed"], no["environment"], [one["code"] for one in no["reasons"]]) == (
        False,
        "production",
        ["not_registered"],
    )
    body = {"model": model.ref, "version": "1", "environment": "production", "image": "reg/ranker:1", "source": "ci", "source_event": "7"}  # fmt: skip
    made = client.post("/api/v1/deployments/", body, HTTP_IDEMPOTENCY_KEY="k")
    assert (made.status_code, made.json()["warning"][:12]) == (201, "By tag alone")
    assert client.post("/api/v1/deployments/", body, HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    again = client.post("/api/v1/deployments/", {**body, "deployed_at": made.json()["deployed_at"]})
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    assert client.post(f"/api/v1/deployments/{made.json()['id']}/heartbeat/").status_code == 200
    refused = client.post("/api/v1/deployments/", {**body, "version": "2", "source_event": "8"})
    assert (refused.status_code, refused.json()["code"]) == (409, "deployment_refused")
    assert [one["code"] for one in refused.json()["errors"]] == ["not_registered"]


@pytest.mark.parametrize(
    "query", [{}, {"version": ""}, {"version": "1", "environment": "A B"}, {"version": "1", "x": "1"}]
)
def test_a_gate_that_cannot_be_asked_is_an_error(query: dict[str, str], cast: Cast, api: Api) -> None:
    model = model_of(cast)
    assert api("mona").get(f"/api/v1/models/{model.pk}/deployment-gate/", query).status_code == 400
    assert (
        api("charlie").get(f"/api/v1/models/{model.pk}/deployment-gate/", {"version": "1"}).status_code == 404
    )


# Clusters


def look(cast: Cast, items: object, who: str = "max", **more: Any) -> ClusterLook:
    content = more.pop("content", None) or json.dumps({"items": items}).encode()
    return preview_look(
        unit=more.pop("unit", cast.claims), cluster="prod-eu", environment="production", content=content,
        by=cast.actor(who), at=AT, **more,
    )  # fmt: skip


def test_a_look_at_a_cluster_is_previewed_then_kept_and_stands(cast: Cast) -> None:
    report(cast, ready(cast))
    row = look(cast, [workload("ranker", f"reg/ranker:1@{DIGEST}"), workload("stray", "reg/stray:1")])
    assert (row.containers, row.matched, row.running, row.registered) == (2, 1, 1, 0)
    assert row.found["running"][0]["workload"] == "stray"
    with pytest.raises(Problem):
        keep_look(pk=row.pk, by=cast.actor("dana"), at=AT)
    keep_look(pk=row.pk, by=cast.actor("max"), at=AT)
    assert tidy_previews(at=AT + timedelta(days=9)) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        ClusterLook.objects.filter(pk=row.pk).update(running=0)


def test_a_preview_nobody_keeps_is_forgotten_after_a_day(cast: Cast) -> None:
    look(cast, [])
    assert tidy_previews(at=AT + timedelta(hours=23)) == 0
    assert tidy_previews(at=AT + timedelta(hours=25)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no json", b"[]", b'{"items": 3}', b'{"items": [1]}', b'{"items": [{"metadata": {}}]}', b"\xff\xfe", b"[" * 100_000,
        json.dumps({"items": [workload("a b", "r:1")]}).encode(), json.dumps({"items": [workload("a", "<b>")]}).encode(),
        json.dumps({"items": [workload("a", "r:1", replicas=-1)]}).encode(),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_of_deployments_gets_one_clear_error(content: bytes, cast: Cast) -> None:
    with pytest.raises(Problem) as problem:
        look(cast, None, content=content or b" ")
    assert problem.value.status == 400
    assert len(problem.value.items) == 1
    assert problem.value.items[0].pointer.startswith("/file")
    assert not ClusterLook.objects.exists()


def test_a_cluster_is_looked_at_by_who_manages_models_there(cast: Cast) -> None:
    for who in ("mona", "alice", "dana", "vera", "ursula"):
        with pytest.raises(Problem) as problem:
            look(cast, [], who)
        assert problem.value.status == 403
    assert look(cast, [], "ursula", unit=cast.cards).pk


def test_a_list_is_uploaded_and_kept_through_the_api(cast: Cast, api: Api, tmp_path: Any) -> None:
    file = tmp_path / "deploy.json"
    file.write_text(json.dumps({"items": [workload("ranker", "reg/ranker:1")]}))
    client = api("max")
    with file.open("rb") as sent:
        said = {"file": sent, "cluster": "prod-eu", "environment": "production", "unit": cast.claims.pk}
        made = client.post("/api/v1/cluster-looks/", said, format="multipart")
    assert (made.status_code, made.json()["running"], made.json()["kept_at"]) == (201, 1, None)
    kept = client.post(f"/api/v1/cluster-looks/{made.json()['id']}/keep/")
    assert (kept.status_code, kept.json()["kept_at"] is not None) == (200, True)
    assert client.post(f"/api/v1/cluster-looks/{made.json()['id']}/keep/").status_code == 409
