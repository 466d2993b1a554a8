"""The six gates between the stages: what each demands, and which body decides. Data, because definitions change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.errors import RuleError
from domain.should_meets import DEFAULTS, ShouldMeet
from domain.stage_words import BESIDE_GATES, Body, Outcome, Stage

HIGH_TIERS: Final = frozenset({1, 2})
ALL_TIERS: Final = (1, 2, 3)
_STRICTNESS: Final = tuple(Body)
_BODY_OF_TIER: Final = {
    1: Body.COUNCIL,
    2: Body.PORTFOLIO_MANAGER_WITH_SPECIALIST,
    3: Body.PORTFOLIO_MANAGER,
}
WORKING_DAYS_TO_DECIDE: Final = {1: 10, 2: 5, 3: 2}
"""By tier, from the complete submission."""

MANAGERS_EXTENSIONS: Final = 2
"""So many extensions are the portfolio manager's; the next one goes to the council."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One must-meet: answered yes, no or unknown from the record, and unknown counts as no."""

    code: str
    text: str
    tiers: tuple[int, ...] = ALL_TIERS


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate of one definition version. `outcomes` is what may be recorded here, and all that is offered.

    `should_meets`: what gatekeepers score beside the must-meets.
    """

    code: str
    name: str
    from_stage: Stage
    to_stage: Stage
    decided_by: Body
    tier_may_tighten: bool
    criteria: tuple[Criterion, ...]
    outcomes: tuple[Outcome, ...]
    should_meets: tuple[ShouldMeet, ...] = ()

    def criteria_for(self, tier: int | None) -> tuple[Criterion, ...]:
        """The must-meets for a tier; with an unknown tier all of them."""
        return tuple(one for one in self.criteria if tier is None or tier in one.tiers)

    def unmet(self, answers: Mapping[str, bool | None], tier: int | None) -> tuple[Criterion, ...]:
        """The must-meets that stand in the way: every one not answered yes."""
        return tuple(one for one in self.criteria_for(tier) if answers.get(one.code) is not True)


_AT_A_GATE: Final = tuple(outcome for outcome in Outcome if outcome not in BESIDE_GATES)


def _at_gate_without(*left_out: Outcome) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome in _AT_A_GATE if outcome not in left_out)


_MUST: Final[tuple[Gate, ...]] = (
    Gate(
        "G1",
        "frame",
        Stage.IDEA,
        Stage.FRAMING,
        Body.PORTFOLIO_MANAGER,
        False,
        (
            Criterion("business_outcome", "Business outcome and problem statement"),
            Criterion("value_hypothesis", "One-sentence value hypothesis"),
            Criterion("business_unit", "Business unit"),
            Criterion("sponsor", "Sponsor who is an active person"),
            Criterion("strategic_objective", "Strategic objective"),
        ),
        _at_gate_without(Outcome.RECYCLE),
    ),
    Gate(
        "G2",
        "build",
        Stage.FRAMING,
        Stage.DEVELOPMENT,
        Body.PORTFOLIO_MANAGER,
        True,
        (
            Criterion(
                "business_kpi",
                "At least one business KPI approved by product, data science, engineering and executive roles, sealed, "
                "with definition, unit, baseline with date and source, target with date",
            ),
            Criterion("model_metric", "A model metric linked to it with a rationale"),
            Criterion("guard_kpi", "A guard KPI or a recorded reason for none"),
            Criterion("data_readiness", "Data readiness audit"),
            Criterion("risk_tier", "Risk tier"),
            Criterion("business_case", "Business case with no blank cost category"),
        ),
        _at_gate_without(),
    ),
    Gate(
        "G3",
        "pilot",
        Stage.DEVELOPMENT,
        Stage.PILOT,
        Body.PORTFOLIO_MANAGER,
        True,
        (
            Criterion(
                "charter",
                "Charter: scope (units, sites, users, systems), hypotheses, sample, start and end date, decision date, "
                "stop threshold",
            ),
            Criterion(
                "success_criteria", "Success criteria of all three classes (business, technical, adoption)"
            ),
            Criterion(
                "transition_plan",
                "Transition plan (production owner, run cost, integration, support, date)",
            ),
            Criterion("assessments", "Required assessments by tier"),
        ),
        _at_gate_without(),
    ),
    Gate(
        "G4",
        "scale",
        Stage.PILOT,
        Stage.SCALE_UP,
        Body.COUNCIL,
        True,
        (
            Criterion("pilot_report", "Pilot report"),
            Criterion("evidence_fresh", "Primary KPI evidence fresh"),
            Criterion("comparison", "Comparison with the champion or today's process"),
            Criterion(
                "business_case_rerun", "Business case re-run with pilot results and a conservative haircut"
            ),
            Criterion("production_owner", "Production owner"),
            Criterion("transition_plan_complete", "Transition plan complete"),
            Criterion("model_registered", "Model registered with owner"),
            Criterion("guards_on_track", "Guard KPIs not off track"),
            Criterion(
                "conditions_closed", "No open condition of the types before start and before next gate"
            ),
        ),
        _at_gate_without(),
    ),
    Gate(
        "G5",
        "launch",
        Stage.SCALE_UP,
        Stage.PRODUCTION,
        Body.COUNCIL,
        True,
        (
            Criterion(
                "operational_readiness",
                "Operational readiness evidence with dates (load, failover, security, logging, rollback)",
            ),
            Criterion("monitoring_plan", "Monitoring and retraining plan"),
            Criterion("fallback_tested", "Fallback tested"),
            Criterion("dossier_complete", "Dossier complete for its tier"),
            Criterion("rollout_waves", "Rollout waves"),
            Criterion("training_plan", "Training and change plan"),
            Criterion("ethics_review", "Ethics review", tuple(sorted(HIGH_TIERS))),
            Criterion("findings_closed", "No open critical finding"),
            Criterion("ownership", "Owner, next review date and decommission criteria set"),
        ),
        _at_gate_without(),
    ),
    Gate(
        "G6",
        "retire",
        Stage.PRODUCTION,
        Stage.RETIRED,
        Body.PORTFOLIO_MANAGER,
        True,
        (
            Criterion("reason", "Reason"),
            Criterion("consumers_told", "Consumers told"),
            Criterion("data_disposal", "Data disposal"),
            Criterion("access_revoked", "Access revoked"),
            Criterion("archive", "Archive"),
            Criterion("models_decommissioned", "Models decommissioned"),
        ),
        _at_gate_without(Outcome.CONDITIONAL_GO),
    ),
)
GATES: Final[tuple[Gate, ...]] = tuple(replace(gate, should_meets=DEFAULTS[gate.code]) for gate in _MUST)
"""The default definition. A later version is another such table, kept as a policy row (`gates_from_json`)."""


def next_gate(stage: Stage, gates: Iterable[Gate] = GATES) -> Gate | None:
    """The gate an initiative in this stage meets next; None from retired, stopped and unknown."""
    return next((gate for gate in gates if gate.from_stage is stage), None)


def deciding_body(gate: Gate, tier: int | None) -> Body:
    """Who decides at this gate: where gate and tier name two bodies the stricter; an unknown tier names none."""
    if not gate.tier_may_tighten or tier is None:
        return gate.decided_by
    return max(gate.decided_by, body_of_tier(tier), key=_STRICTNESS.index)


def extending_body(extensions: int, tier: int | None) -> Body:
    """Who decides the next extension, after so many: the third, and any at tier 1, is the council's."""
    if tier == 1 or extensions >= MANAGERS_EXTENSIONS:
        return Body.COUNCIL
    return Body.PORTFOLIO_MANAGER


def body_of_tier(tier: int) -> Body:
    if tier not in _BODY_OF_TIER:
        raise RuleError("unknown_tier", f"There is no risk tier {tier}: use 1 (highest risk), 2 or 3.")
    return _BODY_OF_TIER[tier]


def effective_tier(own: int | None, models: Iterable[int | None]) -> int | None:
    """The highest risk of the initiative's own tier and its models'; tier 1 is the highest. None = none recorded."""
    return min((tier for tier in (own, *models) if tier is not None), default=None)
