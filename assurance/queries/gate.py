"""The facts behind the question whether a version may be deployed, in a few statements."""

from datetime import date
from typing import Final

from assurance.models import Classification, ModelVersion
from core.policies import in_force
from domain.deployment_gate import (
    DEFAULT,
    Approval,
    DeploymentFacts,
    GateAnswer,
    GatePolicy,
    may_deploy,
    read_policy,
)
from domain.model_roles import VersionRole
from domain.rule_sets import NOT_DETERMINED, PROHIBITED
from domain.stage_words import APPROVALS, Outcome
from governance.models import AiModel, Decision
from governance.queries.facts import ethics_of
from governance.queries.inventory import CAUSES
from governance.queries.policy import policy_on
from portfolio.models import GateStanding, Initiative

KIND: Final = "deployment_gate"
GATE: Final = "G5"
# What may follow an approval and takes it back, or takes its place.
_LAST: Final = [*(one.value for one in APPROVALS), Outcome.STOP.value, Outcome.RECYCLE.value]


def gate_policy_on(day: date) -> GatePolicy:
    """The policy in force, or the product's own."""
    row = in_force(KIND, day)
    return DEFAULT if row is None else read_policy(row.data)


def gate_of(model: AiModel, number: str, environment: str, day: date) -> GateAnswer:
    """Whether that version of the model may be deployed there. Six statements at most."""
    version = ModelVersion.objects.filter(model=model, number=number).first()
    return answer_of(model, version, number, environment, day)


def answer_of(
    model: AiModel, version: ModelVersion | None, number: str, environment: str, day: date
) -> GateAnswer:
    """The same, where the version is at hand."""
    facts = DeploymentFacts(
        environment=environment,
        version=number,
        role=VersionRole(version.role) if version else None,
        gone=version is not None and version.gone_at is not None,
        retired=model.stage == AiModel.Stage.RETIRED,
        stale={CAUSES[code].lower(): severity for code, severity in model.cause_codes.items()},
        open_critical=model.open_critical,
        approvals=approvals_of(model),
        prohibited=prohibited_by(model),
        ethics=ethics_of(model, policy_on(day)[0], day),
    )
    return may_deploy(facts, gate_policy_on(day))


def prohibited_by(model: AiModel) -> list[str]:
    """The rules by which it may not be used, by the last answers that determined a class: not knowing any more lifts nothing.

    One statement, none for a model nobody classified.
    """
    if not model.classes:
        return []
    rows = Classification.objects.filter(model=model).exclude(class_code=NOT_DETERMINED).order_by("pk")
    last = {row.rule_set: row for row in rows.only("rule_set", "class_code")}
    return [row.get_rule_set_display() for _, row in sorted(last.items()) if row.class_code == PROHIBITED]


def approvals_of(model: AiModel) -> list[Approval]:
    """How the initiatives that the model serves, or whose KPIs it serves, stand. Three statements."""
    served = model.initiatives.order_by().values("pk").union(model.kpis.order_by().values("initiative"))
    initiatives = list(Initiative.objects.filter(pk__in=served).only("pk").order_by("pk"))
    ids = [one.pk for one in initiatives]
    last: dict[int, Decision] = {}
    decided = Decision.objects.filter(initiative__in=ids, carried=True, outcome__in=_LAST)
    for row in decided.only("initiative_id", "gate", "outcome").order_by("pk"):
        last[row.initiative_id] = row
    held = GateStanding.objects.filter(initiative__in=ids, suspended_on__isnull=False)
    suspended = dict(held.values_list("initiative_id", "suspended_because"))
    given = {pk for pk, row in last.items() if row.gate == GATE and row.outcome in APPROVALS}
    return [Approval(one.ref, one.pk in given, suspended.get(one.pk, "")) for one in initiatives]
