"""Where a version runs: which environments are production, what a report says of them, and what runs without approval."""

from datetime import timedelta
from typing import Any

import pytest

from assurance.services.deployments import beat, end_deployment
from assurance.services.unapproved import RULE, ask_due, ask_of_initiative
from core.errors import Problem
from domain.deployment_gate import may_deploy, read_policy
from domain.model_roles import VersionRole
from governance.models import AiModel
from portfolio.models import Flag
from tests.assurance.test_deployments import Api, approved, facts, ready, report
from tests.assurance.versioned import answered, asked, champion, model_of, version
from tests.cast import AT, TODAY, Cast

# Which environments are production


@pytest.mark.pure
@pytest.mark.parametrize(
    ("environment", "production"),
    [
        ("production", True), ("prod", True), ("prd", True), ("live", True), ("production-eu", True), ("eu-prod", True),
        ("test-prod", True), ("blue", True), ("staging", False), ("staging-eu", False), ("dev", False), ("qa-2", False),
        ("pre-prod", False), ("preproduction", False),
    ],
)  # fmt: skip
def test_an_environment_is_production_unless_the_policy_says_that_it_is_not(
    environment: str, production: bool
) -> None:
    answer = may_deploy(facts(environment=environment, role=VersionRole.REGISTERED))
    assert answer.allowed is not production


@pytest.mark.pure
def test_a_name_nobody_listed_counts_as_production_and_says_so() -> None:
    answer = may_deploy(facts(environment="blue"))
    assert answer.allowed
    assert answer.unknown == ("whether blue is production: no policy names it, so it counts as production",)
    policy = read_policy({"environments": {"blue": False, "Staging": True}})
    assert may_deploy(facts(environment="blue", role=VersionRole.SHADOW), policy).allowed
    assert not may_deploy(facts(environment="staging", role=VersionRole.SHADOW), policy).allowed


@pytest.mark.pure
@pytest.mark.parametrize("given", [["staging"], {"staging": "no"}, "staging"])
def test_a_policy_that_does_not_say_yes_or_no_of_an_environment_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="environments"):
        read_policy({"environments": given})


def test_a_pipeline_is_refused_in_prod_as_in_production(cast: Cast, api: Api, frozen: object) -> None:
    model = model_of(cast)
    version(cast, model, "1")
    asked = api("mona").get(
        f"/api/v1/models/{model.ref}/deployment-gate/", {"version": "1", "environment": "prod"}
    )
    assert (asked.json()["allowed"], {one["code"] for one in asked.json()["reasons"]}) == (
        False,
        {"role", "no_approval"},
    )
    with pytest.raises(Problem) as problem:
        report(cast, model, environment="prod")
    assert problem.value.code == "deployment_refused"


# What runs elsewhere says nothing of production


def test_a_deployment_elsewhere_is_no_heartbeat_of_what_serves(cast: Cast) -> None:
    model = ready(cast, last_heartbeat_on=TODAY - timedelta(days=40), in_production_since=None)
    row = report(cast, model, environment="staging").deployment
    beat(pk=row.pk, by=cast.actor("mona"), at=AT)
    model.refresh_from_db()
    assert (model.last_heartbeat_on, model.in_production_since) == (TODAY - timedelta(days=40), None)
    row = report(cast, model, environment="prod-eu").deployment
    model.refresh_from_db()
    assert (model.last_heartbeat_on, model.in_production_since) == (TODAY, TODAY)


# The same event twice


def test_the_same_report_without_a_moment_is_heard_once(cast: Cast, api: Api, frozen: Any) -> None:
    model = ready(cast)
    body = {
        "model": model.ref,
        "version": "1",
        "environment": "production",
        "source": "ci",
        "source_event": "42",
    }
    client = api("mona")
    first = client.post("/api/v1/deployments/", body)
    frozen(AT + timedelta(minutes=9))
    again = client.post("/api/v1/deployments/", body)
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    assert again.json()["deployed_at"] == first.json()["deployed_at"]
    other = client.post("/api/v1/deployments/", {**body, "deployed_at": "2026-11-23T08:00:00Z"})
    assert (other.status_code, other.json()["code"]) == (409, "event_used")


# What runs without approval


def flags_of(model: AiModel) -> list[tuple[str, int]]:
    rows = Flag.objects.filter(
        subject_type="model", subject_id=model.pk, rule="runs_without_approval", cleared_at=None
    )
    return list(rows.values_list("rule", "severity"))


def test_what_runs_without_approval_is_flagged_by_its_tier_until_it_ends(cast: Cast) -> None:
    model = model_of(cast, risk_tier=1)
    row = report(cast, model, "9", observed=True).deployment
    flag = Flag.objects.get(rule="runs_without_approval", cleared_at=None)
    assert (flag.severity, flag.owner, flag.since) == (3, cast.mona, TODAY)
    assert "version 9 in production" in flag.sentence
    end_deployment(pk=row.pk, because="Switched off.", by=cast.actor("mona"), at=AT)
    assert flags_of(model) == []


def test_what_runs_unapproved_elsewhere_is_the_least_of_flags_and_what_is_approved_none(cast: Cast) -> None:
    model = ready(cast, risk_tier=2)
    report(cast, model)
    assert flags_of(model) == []
    report(cast, model, "9", observed=True, environment="staging")
    assert flags_of(model) == [("runs_without_approval", 1)]


def test_a_role_that_is_given_approves_what_runs_already(cast: Cast) -> None:
    model = model_of(cast)
    approved(cast, model)
    asked_row = asked(cast, version(cast, model, "1"))
    row = report(cast, model, observed=True).deployment
    assert [one["code"] for one in row.objections] == ["role"]
    assert flags_of(model)
    answered(cast, asked_row)
    row.refresh_from_db()
    assert (row.unapproved, row.approved_at, flags_of(model)) == (False, AT, [])
    assert row.objections, "what stood against it stays on record"


def test_what_ran_before_its_version_was_registered_is_approved_with_the_role_of_that_version(
    cast: Cast,
) -> None:
    model = ready(cast)
    row = report(cast, model, "9", observed=True).deployment
    late = version(cast, model, "9")
    ask_due(at=AT + timedelta(days=1))
    row.refresh_from_db()
    assert row.unapproved, "registered, and without a role"
    answered(cast, asked(cast, late))
    row.refresh_from_db()
    assert (row.unapproved, row.version) == (False, None), "approved; what was reported stands"
    assert not Flag.objects.open().filter(rule=RULE).exists()


def test_a_decision_approves_what_runs_already_and_the_sweep_finds_it_by_itself(cast: Cast) -> None:
    model = model_of(cast)
    champion(cast, model, "1")
    report(cast, model, observed=True)
    later = AT + timedelta(hours=25)
    assert ask_due(at=later).changed == 0
    assert flags_of(model)
    goal = approved(cast, model)
    assert ask_of_initiative(initiative_id=goal.pk, at=later) == 1
    assert flags_of(model) == []
    assert ask_due(at=later + timedelta(days=2)).changed == 0


def test_the_sweep_asks_again_once_a_day_and_after_a_change_of_the_model(cast: Cast) -> None:
    model = model_of(cast)
    champion(cast, model, "1")
    row = report(cast, model, observed=True).deployment
    approved(cast, model)
    assert ask_due(at=AT + timedelta(hours=2)).changed == 0
    AiModel.objects.filter(pk=model.pk).update(updated_at=AT + timedelta(hours=1))
    assert ask_due(at=AT + timedelta(hours=2)).changed == 1
    row.refresh_from_db()
    assert not row.unapproved
