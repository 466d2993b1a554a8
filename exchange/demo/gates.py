"""What waits in the demo: a pilot planned in full and asked for before the council, one its lead still plans, and a gate begun."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from core.access import system
from core.grants import grant_role
from core.models import Role
from domain.self_report import questions_of
from exchange.demo import promises
from exchange.demo.council import there
from exchange.demo.people import CHAIR, VALIDATOR
from exchange.demo.play import World
from exchange.demo.table import SPONSOR, Row
from governance.models import GateSubmission, Meeting
from governance.services.confidence import give_confidence
from governance.services.council_agenda import put_on_agenda
from governance.services.council_delegations import delegate_vote
from governance.services.evidence import Given, add_evidence
from governance.services.gate_draft import save_gate_draft
from governance.services.submit import submit_gate
from kpis.models import Kpi
from kpis.services.define import create_kpi
from pilots.services.plan import PlanFacts, save_plan

BEFORE_COUNCIL: Final = "Sanctions alert triage"
PLANNED: Final = "Subrogation finder"
BEGUN: Final = "Loss-photo estimating"
STANDS_IN, LENDS = "Tomás Herrera", "Grace Mbeki"


@dataclass(frozen=True, slots=True)
class Measured:
    """A further success criterion, of the class that a pilot needs beside the business one."""

    kind: str
    name: str
    unit: str
    baseline: int
    target: int
    why: str = ""


CRITERIA: Final[dict[str, tuple[Measured, ...]]] = {
    BEFORE_COUNCIL: (
        Measured("model_metric", "Real hits among the first fifth", "%", 61, 90,
                 "An alert that is ranked first is cleared first, so the real hits must be there."),
        Measured("user", "Analysts who follow the ranking", "%", 0, 80),
    ),
    PLANNED: (
        Measured("model_metric", "Precision of proposed recoveries", "%", 34, 60,
                 "A proposal that is wrong costs a handler the time it should have saved."),
    ),
}  # fmt: skip
_SANCTIONS: Final[PlanFacts] = {
    "scope_units": "Financial Crime", "scope_sites": "Rotterdam and Leeds", "scope_users": "26 first-line analysts",
    "scope_systems": "Screening hub, read only", "units_count": 1, "sites_count": 2, "users_count": 26, "systems_count": 1,
    "hypotheses": "Nine alerts of ten are cleared within a day.\nNo real hit is ranked below the first fifth.\n"
    "Analysts can say in one sentence why an alert stands where it does.",
    "sample": "All 11,400 alerts of three months, a tenth of them read twice",
    "stop_threshold": "One real hit cleared unread, or fewer than 70 % within a day after six weeks",
    "transition_run_cost": Decimal(96_000),
    "transition_integration": "Through the screening hub's queue, behind a switch the shift lead can throw.",
    "transition_support": "Second line by the platform team, round the clock.",
}  # fmt: skip
_RECOVERY: Final[PlanFacts] = {
    "scope_units": "Claims", "scope_sites": "Utrecht", "scope_users": "14 recovery handlers",
    "scope_systems": "Claims ledger", "units_count": 1, "sites_count": 1, "users_count": 14, "systems_count": 1,
    "hypotheses": "Recoveries per 1,000 claims rise by a quarter.\nHandlers take up three of four proposals.",
    "sample": "1,800 closed motor claims and every new one for ten weeks",
    "stop_threshold": "Fewer than half of the proposals lead to a letter after five weeks",
    "transition_run_cost": Decimal(24_000), "transition_integration": "A nightly list in the claims ledger.",
    "transition_support": "The claims automation team, office hours.",
}  # fmt: skip
_ASKS: Final[dict[str, Any]] = {
    "ask": "Pilot ranked sanctions alerts with 26 analysts at two sites for 91 days, up to 180,000",
    "alternatives": "Stopping; doing nothing and hiring six analysts; buying the vendor's ranking, which cannot say why",
    "stop_if": "One real hit is cleared unread, or fewer than 70 % of the alerts are cleared within a day after six weeks",
    "confidence": "amber_green", "confidence_because": "The reasons are shown now; month end is not rehearsed yet.",
    "ceiling_users": 26, "ceiling_sites": 2, "ceiling_spend": "180000",
    "ceiling_level": "proposes", "ceiling_autonomy": "It ranks. A person reads every alert and clears it.",
}  # fmt: skip
_BEGINS: Final[dict[str, Any]] = {
    "ask": "Bring photo estimates to all of property claims, 140 handlers, with 320,000",
    "alternatives": "Stopping; doing nothing; estimates for glass and water alone",
    "confidence": "amber",
}  # fmt: skip


def write(world: World, rows: tuple[Row, ...]) -> None:
    """Add to the script what waits now; the next meeting was planned three days ago."""
    known, script = {row.name: row for row in rows}, world.script
    for name, facts in ((BEFORE_COUNCIL, _SANCTIONS), (PLANNED, _RECOVERY)):
        script.on(script.back(24), partial(_plan, world, known[name], facts), hour=11)
        for one in CRITERIA[name]:
            made: list[Kpi] = []
            script.on(script.back(20), partial(_defined, world, known[name], one, made), hour=10)
            promises.stand_behind(world, known[name], made, script.back(17))
    script.on(script.back(6), partial(_assessed, world, known[BEFORE_COUNCIL]), hour=10)
    script.on(script.back(4), partial(_begun, world, known[BEGUN]), hour=16)
    script.on(script.back(3), partial(_asked, world, known[BEFORE_COUNCIL]), hour=11)
    script.on(script.back(2), partial(_listed, world), hour=9)
    script.on(script.back(2), partial(_viewed, world), hour=15)
    script.on(script.back(1), partial(_lent, world), hour=9)


def _plan(world: World, row: Row, facts: PlanFacts, at: datetime) -> None:
    today = world.script.today
    whole: PlanFacts = {
        **facts,
        "starts_on": today + timedelta(days=21), "ends_on": today + timedelta(days=112),
        "decision_on": today + timedelta(days=119), "transition_on": today + timedelta(days=180),
        "production_owner": world.people[SPONSOR[world.top(row.unit)]],
    }  # fmt: skip
    save_plan(initiative_id=world.initiatives[row.name].pk, by=world.who(row.lead), at=at, **whole)


def _defined(world: World, row: Row, one: Measured, made: list[Kpi], at: datetime) -> None:
    initiative, today = world.initiatives[row.name], world.script.day(at)
    facts: Any = {
        **promises.ENOUGH, "name": one.name, "kind": one.kind, "unit_of_measure": one.unit, "weight": Decimal("0.25"),
        "owner": world.people[row.lead], "definition": f"{one.name}, counted over all alerts and cases in scope.",
        "formula": "Cases that count over all cases in scope", "population": f"All cases of {row.unit} in the pilot",
    }  # fmt: skip
    if one.why:
        primary = Kpi.objects.filter(initiative=initiative, primary=True).first()
        facts |= {"serves": primary, "serves_because": one.why}
    success: Any = {
        "shape": "trajectory", "direction": "higher", "baseline": Decimal(one.baseline), "baseline_on": today,
        "baseline_source": "Count by hand, four weeks", "target": Decimal(one.target),
        "target_on": world.script.today + timedelta(days=112), "cadence_days": 30,
    }  # fmt: skip
    made.append(
        create_kpi(initiative_id=initiative.pk, facts=facts, success=success, by=world.who(row.lead), at=at)
    )


def _assessed(world: World, row: Row, at: datetime) -> None:
    given = Given(
        criterion="assessments", title="Impact on people and privacy, signed by conduct risk", passed=True,
        dated_on=world.script.back(9), url="https://files.calder.example/assessments/sanctions-alert-triage",
    )  # fmt: skip
    add_evidence(initiative_id=world.initiatives[row.name].pk, given=given, by=world.who(row.lead), at=at)


def _begun(world: World, row: Row, at: datetime) -> None:
    save_gate_draft(
        initiative_id=world.initiatives[row.name].pk, answers=_BEGINS, by=world.who(row.lead), at=at
    )


def _asked(world: World, row: Row, at: datetime) -> None:
    by, initiative = world.who(row.lead), world.initiatives[row.name]
    lapses = (world.script.today + timedelta(days=150)).isoformat()
    save_gate_draft(
        initiative_id=initiative.pk, answers={**_ASKS, "lapses_on": lapses, **_reports()}, by=by, at=at
    )
    submit_gate(initiative_id=initiative.pk, by=by, at=at)


def _reports() -> dict[str, str]:
    """What the lead answers about their own work at this gate: the first answer, which the record may contradict."""
    return {f"says_{one.code}": one.answers[0] for one in questions_of("G3")}


def _waits(world: World) -> GateSubmission:
    return GateSubmission.objects.get(initiative=world.initiatives[BEFORE_COUNCIL], state="open")


def _next() -> Meeting:
    return Meeting.objects.get(number=2)


def _listed(world: World, at: datetime) -> None:
    pack = _waits(world)
    put_on_agenda(
        meeting_id=_next().pk, initiative_id=pack.initiative_id, submission_id=pack.pk, because="submitted", minutes=25,
        motion=json.loads(pack.document)["motion"], by=world.who(CHAIR), at=at,
    )  # fmt: skip


def _viewed(world: World, at: datetime) -> None:
    give_confidence(
        submission_id=_waits(world).pk, confidence="amber", by=there(world, VALIDATOR), at=at,
        because="Ranking holds on last year's alerts. Month end, when the hub is slow, nobody has tried.",
    )  # fmt: skip


def _lent(world: World, at: datetime) -> None:
    """Who cannot come lends the vote for this meeting to somebody with a role that votes and without a seat."""
    person = world.people[STANDS_IN]
    grant_role(user=person, role=Role.COUNCIL_MEMBER, unit=None, by=system("command"), at=at)
    world.actors.pop(STANDS_IN, None)
    delegate_vote(delegate=person, meeting=_next(), by=there(world, LENDS), at=at)
