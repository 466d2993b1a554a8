"""May this version of a model be deployed there? Answered from the record for a pipeline, with every reason that stands against it.

In production only what was approved runs: a version whose role the policy takes, of a model that is looked after, for an
initiative whose approval to go into production is in force. Elsewhere anything may run that is not retired or gone.
An environment counts as production unless the policy says that it is not: a name nobody thought of opens no door.
What nobody recorded does not stand in the way by itself; it is told beside the answer as unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from domain.ethics import EthicsAnswer
from domain.model_roles import VersionRole

PRODUCTION: Final = "production"
MOST_DAYS: Final = 30
_SERVING: Final = ("production", "prod", "prd", "live")
_ELSEWHERE: Final = (
    "development", "dev", "integration", "ci", "test", "testing", "qa", "uat", "acceptance", "staging", "stage", "stg",
    "sandbox", "preview", "local", "demo", "preproduction", "pre-production", "preprod", "pre-prod", "nonproduction",
    "non-production", "nonprod", "non-prod",
)  # fmt: skip
ENVIRONMENTS: Final = MappingProxyType({**dict.fromkeys(_SERVING, True), **dict.fromkeys(_ELSEWHERE, False)})
"""The product's own list: name of an environment, or the first part of it -> whether it is production."""


class Reason(StrEnum):
    """Why a deployment is not allowed."""

    MODEL_RETIRED = "model_retired"
    NOT_REGISTERED = "not_registered"
    VERSION_RETIRED = "version_retired"
    VERSION_GONE = "version_gone"
    ROLE = "role"
    STALE = "stale"
    CRITICAL_FINDING = "critical_finding"
    PROHIBITED = "prohibited"
    ETHICS = "ethics_review"
    NO_APPROVAL = "no_approval"
    APPROVAL_SUSPENDED = "approval_suspended"


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """`roles`: the roles that may run in production. `severity`: staleness of that severity or worse stands in the way.
    `environments`: which are production; a name that is not among them counts as production. `confirm_days`: so many days a
    second person has to confirm that somebody went back to the version before at once."""

    roles: tuple[VersionRole, ...] = (VersionRole.CHAMPION, VersionRole.CHALLENGER)
    severity: int = 3
    environments: Mapping[str, bool] = field(default_factory=lambda: ENVIRONMENTS)
    confirm_days: int = 3

    def is_production(self, environment: str) -> bool:
        """Whether what runs there serves. The whole name counts; else any part that is production; else its first part."""
        if environment in self.environments:
            return self.environments[environment]
        parts = environment.split("-")
        return any(self.environments.get(part, False) for part in parts) or self.environments.get(
            parts[0], True
        )

    def knows(self, environment: str) -> bool:
        """Whether the list says what the environment is, by its name or a part of it."""
        parts = environment.split("-")
        return (
            environment in self.environments
            or parts[0] in self.environments
            or any(self.environments.get(part, False) for part in parts)
        )


DEFAULT: Final = GatePolicy()


@dataclass(frozen=True, slots=True)
class Approval:
    """How an initiative the model serves stands. `given`: its approval to go into production is the last word of the log.
    `suspended`: why it does not hold, empty where it does."""

    ref: str
    given: bool
    suspended: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentFacts:
    """What the record says. `role` None: there is no such version. `stale`: cause -> severity, in words.

    `open_critical` None: nobody has looked. `ethics`: how its ethics review stands, None where that was not asked.
    `prohibited`: the rules by which it may not be used, in words.
    """

    environment: str
    version: str
    role: VersionRole | None
    gone: bool = False
    retired: bool = False
    stale: Mapping[str, int] = field(default_factory=dict)
    open_critical: int | None = None
    approvals: Sequence[Approval] = ()
    prohibited: Sequence[str] = ()
    ethics: EthicsAnswer | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    reason: Reason
    sentence: str


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """Allowed when nothing stands against it. `unknown`: what nobody recorded, in words."""

    reasons: tuple[Objection, ...]
    unknown: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        return not self.reasons


def may_deploy(facts: DeploymentFacts, policy: GatePolicy = DEFAULT) -> GateAnswer:
    """Every reason against the deployment, in the order in which somebody would mend them."""
    found: list[Objection] = []
    unknown: list[str] = []
    if facts.retired:
        found.append(Objection(Reason.MODEL_RETIRED, "The model is retired."))
    found += _of_version(facts, policy)
    if policy.is_production(facts.environment):
        if not policy.knows(facts.environment):
            unknown.append(
                f"whether {facts.environment} is production: no policy names it, so it counts as production"
            )
        found += _of_model(facts, policy)
        if facts.ethics is not None:
            if facts.ethics.lacking:
                found.append(Objection(Reason.ETHICS, facts.ethics.lacking))
            if facts.ethics.is_unknown:
                unknown.append("whether an ethics review is needed: its risk tier was never recorded")
        found += _of_approvals(facts.approvals)
        if facts.open_critical is None:
            unknown.append("whether a critical finding is open: nobody has looked")
    return GateAnswer(tuple(found), tuple(unknown))


def _of_version(facts: DeploymentFacts, policy: GatePolicy) -> list[Objection]:
    said = f"Version {facts.version}"
    if facts.role is None:
        return [Objection(Reason.NOT_REGISTERED, f"{said} is not registered. Register it first.")]
    if facts.role is VersionRole.RETIRED:
        return [Objection(Reason.VERSION_RETIRED, f"{said} is retired.")]
    if facts.gone:
        return [Objection(Reason.VERSION_GONE, f"{said} is gone from the registry it came from.")]
    if policy.is_production(facts.environment) and facts.role not in policy.roles:
        wanted = " or ".join(role.value for role in policy.roles)
        return [
            Objection(
                Reason.ROLE,
                f"{said} is {facts.role.value}. In production runs what was approved as {wanted}.",
            )
        ]
    return []


def _of_model(facts: DeploymentFacts, policy: GatePolicy) -> list[Objection]:
    found = [
        Objection(Reason.PROHIBITED, f"{rules}: the practice is prohibited, so it may not be used.")
        for rules in facts.prohibited
    ]
    bad = [words for words, severity in facts.stale.items() if severity >= policy.severity]
    if bad:
        found.append(Objection(Reason.STALE, f"The model is stale: {', '.join(bad)}."))
    if facts.open_critical:
        words = (
            "a critical finding is"
            if facts.open_critical == 1
            else f"{facts.open_critical} critical findings are"
        )
        found.append(Objection(Reason.CRITICAL_FINDING, f"{words[0].upper()}{words[1:]} open."))
    return found


def _of_approvals(approvals: Sequence[Approval]) -> list[Objection]:
    if any(one.given and not one.suspended for one in approvals):
        return []
    if not approvals:
        return [
            Objection(Reason.NO_APPROVAL, "It serves no initiative, so nobody approved it for production.")
        ]
    held = [one for one in approvals if one.given]
    if held:
        return [
            Objection(Reason.APPROVAL_SUSPENDED, f"The approval of {one.ref} is suspended: {one.suspended}.") for one in held
        ]  # fmt: skip
    names = ", ".join(one.ref for one in approvals)
    return [Objection(Reason.NO_APPROVAL, f"{names}: no approval for production (G5) is in force.")]


def read_policy(data: Mapping[str, Any]) -> GatePolicy:
    """A policy row's data as the policy; what it does not say is the default. Raises ValueError."""
    roles = tuple(VersionRole(one) for one in data.get("roles", [one.value for one in DEFAULT.roles]))
    given = data.get("environments", {})
    if not isinstance(given, Mapping) or not all(isinstance(one, bool) for one in given.values()):
        raise ValueError("environments: name -> true where it is production, false where it is not")
    days = int(data.get("confirm_days", DEFAULT.confirm_days))
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"confirm_days: 1 to {MOST_DAYS} days")
    return GatePolicy(
        confirm_days=days,
        roles=roles, severity=int(data.get("severity", DEFAULT.severity)),
        environments={**ENVIRONMENTS, **{str(name).lower(): one for name, one in given.items()}},
    )  # fmt: skip
