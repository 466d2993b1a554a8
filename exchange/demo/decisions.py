"""Gates of the demo that were asked for and decided: by the lead's own words, the manager, and with conditions that run."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from domain.authority import Authority
from domain.gates import next_gate
from domain.motions import read_motion
from domain.stage_words import Body, Stage
from exchange.demo.people import MANAGER, VALIDATOR
from exchange.demo.play import World
from exchange.demo.table import Row
from governance.models import Condition, GateSubmission
from governance.services.conditions import discharge, give_evidence
from governance.services.decide import record_decision
from governance.services.gate_draft import save_gate_draft
from governance.services.submit import submit_gate
from portfolio.models import Initiative
from portfolio.services.initiatives import edit_initiative

ASKED_BEFORE: Final = 3
"""So many days before it was decided the gate was asked for."""


@dataclass(frozen=True, slots=True)
class Hangs:
    """A condition of a decision: due so many days after it. `met`: the day after the decision on which it was, 0 = open."""

    text: str
    kind: str
    due: int
    verification: str
    met: int = 0


@dataclass(frozen=True, slots=True)
class Framed:
    """How G1 was asked for and decided, for one that is in framing now."""

    ask: str
    alternatives: str
    stop_if: str
    because: str
    confidence: str = "amber_green"
    conditions: tuple[Hangs, ...] = ()


FRAMED: Final[dict[str, Framed]] = {
    "Branch cash ordering": Framed(
        "Frame cash ordering for 41 branches, two analysts until the end of the year",
        "Stopping; a fixed buffer for each branch; buying the vendor's forecast",
        "Held cash does not fall by a fifth in the first ten branches",
        "A clear problem, owned by the branches, with data at hand.", "green",
    ),
    "Dynamic fraud questions": Framed(
        "Frame risk-based questions for card holders, with 80,000 for a prototype",
        "Stopping; asking everybody the same five questions; waiting for the network's own service",
        "More customers are wrongly blocked than today in any month",
        "Worth framing, once it is clear whom it would burden.",
        conditions=(
            Hangs("Say which customers would be asked more often, by age and language", "before_next_gate", 35, "Report read by model validation"),
            Hangs("Name an owner in card operations", "monitored", 20, "Name on the record", met=12),
        ),
    ),
    "Service e-mail replies": Framed(
        "Frame drafted replies for service mail, nothing sent without a person",
        "Stopping; templates alone; doing nothing until the contact centre has moved",
        "Agents rewrite more than half of what is drafted",
        "Go on framing, with the works council heard first.", "amber",
        conditions=(
            Hangs("The works council has been heard", "before_next_gate", 17, "Minutes of the hearing"),
            Hangs("Count how many drafts are sent unchanged, weekly", "monitored", 60, "Readings of the KPI"),
        ),
    ),
    "Interview note taking": Framed(
        "Frame note taking in interviews, with consent and deletion after 30 days",
        "Stopping; typing notes as today", "One candidate objects and cannot be left out",
        "Small, and worth knowing early whether it may be done at all.", "amber_red",
    ),
}  # fmt: skip
HELD: Final = "Roof damage from above"
OPEN: Final = "Meeting assistant"


def decides(name: str, stage: str) -> bool:
    """Whether this movement of the demo is a decision written here."""
    return stage == Stage.FRAMING and name in FRAMED


def frame(world: World, row: Row, on: date) -> None:
    """G1 asked for, decided on the day the stage was entered, and what followed from its conditions."""
    told, script = FRAMED[row.name], world.script
    script.on(on - timedelta(days=ASKED_BEFORE), partial(_ask, world, row, told), hour=9)
    script.on(on, partial(_frame, world, row, told), hour=11)
    for place, one in enumerate(told.conditions):
        if one.met:
            script.on(on + timedelta(days=one.met), partial(_meet, world, row, place + 1), hour=10)


def write(world: World, rows: tuple[Row, ...]) -> None:
    """What was decided between gates, and what is asked for now."""
    known = {row.name: row for row in rows}
    world.script.on(world.script.back(20), partial(_hold, world, HELD), hour=14)
    world.script.on(world.script.back(8), partial(_say, world, known[OPEN]), hour=10)
    world.script.on(world.script.back(1), partial(_ask, world, known[OPEN], _ASKS), hour=15)


_ASKS: Final = Framed(
    "Frame minutes for meetings of the management board, 20 people, no recording kept",
    "Stopping; a person who takes minutes; the tool the office suite offers",
    "Minutes need more than ten minutes of mending",
    "", "green",
)  # fmt: skip


def _ask(world: World, row: Row, told: Framed, at: datetime) -> None:
    by, initiative = world.who(row.lead), world.initiatives[row.name]
    answers = {
        "ask": told.ask, "alternatives": told.alternatives, "stop_if": told.stop_if, "confidence": told.confidence,
    }  # fmt: skip
    save_gate_draft(initiative_id=initiative.pk, answers=answers, by=by, at=at)
    submit_gate(initiative_id=initiative.pk, by=by, at=at)


def _frame(world: World, row: Row, told: Framed, at: datetime) -> None:
    today = world.script.day(at)
    conditions = [
        {
            "text": one.text, "kind": one.kind, "blocking": False, "owner": world.people[row.lead].pk,
            "verifier": world.people[VALIDATOR].pk, "verification": one.verification,
            "due_on": (today + timedelta(days=one.due)).isoformat(),
        }
        for one in told.conditions
    ]  # fmt: skip
    said = {
        "outcome": "conditional_go" if conditions else "go",
        "because": told.because,
        "conditions": conditions,
    }
    _decide(world, row.name, said, Body.PORTFOLIO_MANAGER, at)


def _meet(world: World, row: Row, number: int, at: datetime) -> None:
    one = Condition.objects.get(initiative=world.initiatives[row.name], number=number)
    give_evidence(pk=one.pk, because="Named in the record of the unit.", by=world.who(row.lead), at=at)
    discharge(pk=one.pk, because="Asked her: she answers for it.", by=world.who(VALIDATOR), at=at)


def _hold(world: World, name: str, at: datetime) -> None:
    until = world.script.today + timedelta(days=25)
    said = {
        "outcome": "hold", "until": until.isoformat(),
        "because": "The air pictures are licensed for 2025 only. Ask again when the licence is signed.",
    }  # fmt: skip
    _decide(world, name, said, Body.PORTFOLIO_MANAGER_WITH_SPECIALIST, at)


def _say(world: World, row: Row, at: datetime) -> None:
    """The hypothesis G1 asks for, written when the lead read what was missing."""
    edit_initiative(
        pk=world.initiatives[row.name].pk, by=world.who(row.lead), at=at,
        value_hypothesis="With it, minutes are out the same day and cost an hour less each.",
    )  # fmt: skip


def _decide(world: World, name: str, said: dict[str, Any], body: Body, at: datetime) -> None:
    initiative = Initiative.objects.get(pk=world.initiatives[name].pk)
    gate = next_gate(Stage(initiative.stage))
    assert gate is not None  # noqa: S101  the demo decides where a gate is ahead
    alone = body is Body.PORTFOLIO_MANAGER
    pack = GateSubmission.objects.filter(initiative=initiative, state="open").first()
    record_decision(
        initiative_id=initiative.pk, motion=read_motion(said, gate=gate, today=world.script.day(at)),
        authority=Authority(body=body, specialist=None if alone else world.people[VALIDATOR].pk),
        submission_id=pack.pk if pack else None, by=world.who(MANAGER), at=at,
    )  # fmt: skip
