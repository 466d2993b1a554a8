"""What the page of one initiative says: what is missing, its spells, its next gate."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.gates import Gate, deciding_body, next_gate
from domain.stage_words import Body
from domain.stages import PRE_PRODUCTION, Stage
from portfolio.models import Initiative, StageSpell

BODIES = {
    Body.PORTFOLIO_MANAGER: "the portfolio manager",
    Body.PORTFOLIO_MANAGER_WITH_SPECIALIST: "the portfolio manager with a specialist",
    Body.COUNCIL: "the AI council",
}
WITHOUT_KPI = frozenset({Stage.IDEA.value, Stage.STOPPED.value, Stage.RETIRED.value})


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact the record lacks. `answer` is no (it is known that there is none) or unknown (nobody recorded it)."""

    code: str
    words: str
    fact: str
    answer: str
    act: str
    minutes: int


def missing(initiative: Initiative, *, has_objective: bool) -> list[Missing]:
    """What is missing, in the order in which it is asked for. Reads only what stands beside the initiative."""
    found: list[Missing] = []
    sponsor, lead = initiative.sponsor, initiative.lead
    if sponsor is None:
        vacant = initiative.sponsor_vacant_since
        fact = "none since then" if vacant else "never recorded"
        found.append(Missing("sponsor", "Sponsor", fact, "no" if vacant else "unknown", "Name one", 1))
    elif not sponsor.is_active:
        found.append(Missing("sponsor", "Sponsor", f"{sponsor.name} has left", "no", "Name another", 1))
    if lead is None:
        found.append(Missing("lead", "Lead", "never recorded", "unknown", "Name one", 1))
    elif not lead.is_active:
        found.append(Missing("lead", "Lead", f"{lead.name} has left", "no", "Name another", 1))
    for code, words, text in (
        ("problem", "Problem statement", initiative.problem),
        ("outcome", "Business outcome", initiative.outcome),
        ("value_hypothesis", "Value hypothesis", initiative.value_hypothesis),
    ):
        if not text:
            found.append(Missing(code, words, "never recorded", "unknown", "Write it", 5))
    if not has_objective:
        found.append(
            Missing("objectives", "Strategic objective", "serves none on record", "unknown", "Choose one", 1)
        )
    if initiative.kpi_status == "no_kpi" and initiative.stage not in WITHOUT_KPI:
        found.append(Missing("kpi", "KPI", "none that can be judged", "unknown", "Define one", 15))
    if initiative.pilot_level and initiative.decision_on is None:
        found.append(Missing("decision_on", "Pilot decision date", "no date", "unknown", "Set a date", 1))
    return found


@dataclass(frozen=True, slots=True)
class Next:
    """The gate ahead, and who decides at it."""

    gate: Gate
    body: str


def gate_ahead(initiative: Initiative) -> Next | None:
    """The next gate by stage and own tier; None from retired, stopped and unknown. What it asks the rooms above answer."""
    gate = next_gate(Stage(initiative.stage))
    return None if gate is None else Next(gate, BODIES[deciding_body(gate, initiative.risk_tier)])


def spells_of(initiative: Initiative) -> list[StageSpell]:
    """Every stay, first to last, without those that were restated. One query."""
    return list(initiative.spells.filter(restated_by=None).order_by("id"))


def limits_of(initiative: Initiative) -> list[tuple[str, date]]:
    """Days that bound the present stay: the end as approved, and the decision date."""
    found = []
    if initiative.entered_on and initiative.pilot_planned_days and initiative.pilot_level:
        found.append(("approved end", initiative.entered_on + timedelta(days=initiative.pilot_planned_days)))
    if initiative.decision_on and initiative.pilot_level:
        found.append(("decision date", initiative.decision_on))
    return sorted(found, key=lambda limit: limit[1])


def days_in_stage(initiative: Initiative, today: date) -> int | None:
    """Whole days since the present stage was entered; None is undated."""
    return None if initiative.entered_on is None else (today - initiative.entered_on).days


def ages(initiative: Initiative) -> bool:
    """Whether stage ageing looks at it: everything before production."""
    return Stage(initiative.stage) in PRE_PRODUCTION
