"""The demo's pilots: chartered on the day they begin, and what became of them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from domain.stages import Stage
from exchange.demo import fast_lanes, files
from exchange.demo.lives import Stay
from exchange.demo.people import MANAGER
from exchange.demo.play import World
from exchange.demo.table import GOOD, SPONSOR, Row
from pilots.models import Pilot
from pilots.services.charter import PilotFacts, edit_pilot
from pilots.services.extend import grant_extension


def write(world: World, rows: Sequence[Row], lives: dict[str, tuple[Stay, ...]]) -> None:
    """Add every pilot's acts to the script. An undated pilot has none: nobody recorded anything."""
    for row in rows:
        for stay in lives[row.name]:
            if stay.stage is not Stage.PILOT:
                continue
            if stay.left_on is None:
                _present(world, row, stay.entered_on)
            else:
                _past(world, row, stay.entered_on, stay.left_on)


def _past(world: World, row: Row, entered: date, left: date) -> None:
    """A pilot that ended: chartered for nine tenths of the time it took, complete where it went on to scale."""
    planned = (left - entered).days * 9 // 10
    told = {**GOOD, "planned_days": planned}
    world.script.on(
        entered, partial(_chartered, world, row, told, entered + timedelta(days=planned)), hour=14
    )


def _present(world: World, row: Row, entered: date) -> None:
    script, told = world.script, row.pilot
    ends = script.today + timedelta(days=told["decide_in"]) if "decide_in" in told else None
    reasons = told.get("extended", ())
    planned_end = entered + timedelta(days=told["planned_days"])
    first = planned_end if reasons else ends
    script.on(entered, partial(_chartered, world, row, told, first), hour=14)
    granted = [_extended_on(world, entered, told["planned_days"], n) for n in range(len(reasons))]
    for place, (day, code) in enumerate(zip(granted, reasons, strict=True)):
        decided = granted[place + 1] + timedelta(days=4) if place + 1 < len(granted) else ends
        script.on(day, partial(_extended, world, row, code, decided), hour=12)
    _later(world, row, entered, told)


def _extended_on(world: World, entered: date, planned: int, number: int) -> date:
    """Shortly before the planned end, then every 71 days; never after the last fortnight."""
    day = entered + timedelta(days=planned - 4 + 71 * number)
    return min(day, world.script.back(12))


def _later(world: World, row: Row, entered: date, told: dict[str, Any]) -> None:
    """What was recorded after the start, each fact on a day it could have been known."""
    script = world.script
    days = (script.today - entered).days

    def note(back: int, facts: PilotFacts, by: str = row.lead) -> None:
        script.on(max(script.back(back), entered), partial(_edited, world, row, facts, by), hour=15)

    if told.get("invited"):
        note(days - int(days * 0.3), {"weekly_active_users": round(told["active"] * 0.75)})
    files.write(world, row, entered, told)
    fast_lanes.write(world, row, entered)
    if told.get("outside"):
        note(21, {"users_outside_charter": told["outside"]})
    if told.get("deferrals"):
        note(28, {"deferrals": told["deferrals"]}, MANAGER)
    if told.get("changes"):
        note(days - 60, {"success_measure_changes": told["changes"]}, MANAGER)
    if told.get("scope"):
        approved = bool(told.get("scope_approved"))
        note(45, {"scope_change": Decimal(str(told["scope"])), "scope_approved": approved})
    if told.get("requested"):
        note(told["requested"], {"gate_requested_on": script.back(told["requested"])})
    if told.get("condition"):
        due = script.today + timedelta(days=told["condition"])
        note(days, {"condition_due_on": due, "condition_blocks": True}, MANAGER)


def _charter(world: World, row: Row, told: dict[str, Any], decision_on: date | None) -> PilotFacts:
    """What the charter says on the first day."""
    invited = told.get("invited", 60)
    facts: PilotFacts = {
        "scope_units": row.unit,
        "scope_sites": "One site" if row.tier == 1 else "Two sites",
        "scope_users": f"{invited} people, invited by name",
        "scope_systems": "The case system, read only" if row.tier == 1 else "The case system",
        "units_count": 1,
        "sites_count": 1 if row.tier == 1 else 2,
        "users_count": invited,
        "systems_count": 1,
        "hypotheses": f"{row.kpi or 'The measure'} reaches {row.target:g} {row.measure}".rstrip()
        + ".\nPeople who are invited use it every week.",
        "sample": f"{invited * 40:,} cases",
        "stop_threshold": f"No better than {row.baseline:g} {row.measure}".rstrip() + " after half the time",
        "planned_days": told["planned_days"],
        "success_criteria_agreed": told["success_criteria_agreed"],
        "success_measure_changes": 0,
        "deferrals": 0,
        "scope_change": Decimal(0),
        "scope_approved": True,
        "users_outside_charter": 0,
        "invited_users": invited,
        "no_open_condition": True,
    }
    if told.get("no_date"):
        facts["no_decision_date"] = True
    else:
        facts["decision_on"] = decision_on
    return {**facts, **_handover(world, row, told, decision_on)}


def _handover(world: World, row: Row, told: dict[str, Any], decision_on: date | None) -> PilotFacts:
    """Who takes it over and how, or that nobody knows."""
    out: PilotFacts = {}
    if told["owner"]:
        out["production_owner"] = world.people[SPONSOR[world.top(row.unit)]]
    else:
        out["no_production_owner"] = True
    if told["plan"]:
        out["transition_run_cost"] = Decimal(max(row.planned // 12, 8) * 1000)
        out["transition_integration"] = "Through the case system's interface, behind a switch."
        out["transition_support"] = "Second line by the platform team, office hours."
        out["transition_on"] = (decision_on or world.script.today) + timedelta(days=90)
    else:
        out["no_transition_plan"] = True
    return out


def _chartered(world: World, row: Row, told: dict[str, Any], decision_on: date | None, at: datetime) -> None:
    _edited(world, row, _charter(world, row, told, decision_on), row.lead, at)


def _edited(world: World, row: Row, facts: PilotFacts, by: str, at: datetime) -> None:
    edit_pilot(pk=_open(world, row).pk, by=world.who(by), at=at, **facts)


def _extended(world: World, row: Row, code: str, decided: date | None, at: datetime) -> None:
    grant_extension(
        pilot_id=_open(world, row).pk, days=75, reason_code=code, new_decision_on=decided, evidence="What a longer sample shows that the first could not.", decision_changes=Decimal("0.25"), by=world.who(MANAGER), at=at
    )  # fmt: skip


def _open(world: World, row: Row) -> Pilot:
    return Pilot.objects.get(initiative=world.initiatives[row.name], ended_on=None)
