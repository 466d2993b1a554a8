"""How KPIs of the demo came about: the workshop they were agreed in, the data they need, and what was tried against what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from domain.experiment_looks import Look
from exchange.demo.people import VALIDATOR
from exchange.demo.play import World
from exchange.demo.table import Row
from kpis.models import Kpi
from kpis.services.comparisons import record_comparison
from kpis.services.data_needs import create_data_need
from kpis.services.workshops import Attendee, record_workshop

Counts = tuple[int | None, int | None, int | None, int | None]
YES, PARTLY, NO, UNKNOWN = "yes", "partly", "no", "unknown"


@dataclass(frozen=True, slots=True)
class Met:
    """A workshop so many days ago: what was agreed, and guests of no account (role, name)."""

    days: int
    notes: str
    guests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Data the primary KPI needs (`linked`), or that nothing measured needs yet."""

    name: str
    system: str
    available: str
    note: str = ""
    linked: bool = True


@dataclass(frozen=True, slots=True)
class Tried:
    """A comparison begun `began` days ago, to end `ends` days ago (below 0: to come). `looks`: days ago and counts."""

    name: str
    design: str
    arms: tuple[str, str]
    began: int
    ends: int
    planned: int
    looks: tuple[tuple[int, Counts], ...]
    paired: bool = False
    note: str = ""


MET: Final[dict[str, Met]] = {
    "Branch cash ordering": Met(51, "Cash held over need, of all 41 branches, against the last quarter. Holidays are told apart.",
                                (("engineering", "Tessa Quill"), ("executive", "Beatrix Lindqvist"))),
    "Motor claims triage": Met(246, "Straight-through claims decide; complaints guard them. Injury claims stay with a person.",
                               (("product", "Maarten de Wit"), ("other", "Repairers' association"))),
    "Chat deflection": Met(505, "A chat counts as resolved when nobody calls about it within seven days.", (("product", "Femke Visser"),)),
    "Loss-photo estimating": Met(260, "Within 10 % of the invoice. Claims doubts that invoices arrive in time to measure by the month.",
                                 (("executive", "Sofia Marchetti"),)),
}  # fmt: skip
NEEDS: Final[dict[str, tuple[Need, ...]]] = {
    "Motor claims triage": (
        Need("Claim events", "Claims ledger", YES, "Pushed nightly; complete since 2023."),
        Need(
            "Complaints by claim",
            "Complaints register",
            PARTLY,
            "Complaints by telephone carry no claim number.",
        ),
        Need("Repair invoices", "Repairer portal", NO, "Two of nine networks deliver.", linked=False),
    ),
    "Chat deflection": (
        Need("Chat transcripts", "Contact centre platform", YES),
        Need("Calls by customer", "Telephony", YES, "To tell whether the same customer calls again."),
        Need("Reason of a complaint", "Complaints register", UNKNOWN),
    ),
    "Loss-photo estimating": (Need("Repair invoices", "Repairer portal", PARTLY, "Six weeks behind."),),
}
TRIED: Final[dict[str, tuple[Tried, ...]]] = {
    "Motor claims triage": (
        Tried("Triage against first come, first served", "ab_test", ("First come", "Triage"), 70, 14, 2400,
              ((56, (131, 480, 148, 482)), (35, (322, 1210, 388, 1204)), (14, (641, 2410, 779, 2404)))),
    ),
    "Chat deflection": (
        Tried("Shorter answers", "ab_test", ("Answers as they are", "Answers of two sentences"), 24, -20, 6000,
              ((17, (812, 1004, 818, 998)), (10, (1630, 2011, 1668, 2006)), (3, (2391, 2950, 2442, 2944))),
              note="Looked at every week: the result is not decided before its planned end."),
    ),
    "Claims document classification": (
        Tried("Keyword rules against the model", "simple_baseline", ("Keyword rules", "Model"), 130, 118, 1200,
              ((118, (41, 902, 173, 94)),), paired=True, note="The same documents, read by both."),
    ),
}  # fmt: skip


def write(world: World, rows: Sequence[Row]) -> None:
    """Add the acts to the script."""
    leads, script = {row.name: row.lead for row in rows}, world.script
    for name, met in MET.items():
        held = script.back(met.days)
        script.on(held + timedelta(days=2), partial(_met, world, name, leads[name], met, held), hour=9)
        needs = partial(_needed, world, name, leads[name])
        script.on(held + timedelta(days=6), needs, hour=15)
    for name, tries in TRIED.items():
        for tried in tries:
            known = min(days for days, _ in tried.looks)
            script.on(script.back(known), partial(_tried, world, name, leads[name], tried), hour=15)


def _primary(world: World, name: str) -> Kpi:
    return Kpi.objects.get(initiative=world.initiatives[name], primary=True)


def _met(world: World, name: str, lead: str, met: Met, held: date, at: datetime) -> None:
    known = [("product", lead), ("data_science", VALIDATOR)]
    people = [Attendee(role, user=world.people[one]) for role, one in known]
    record_workshop(
        initiative_id=world.initiatives[name].pk, held_on=held, notes=met.notes, kpis=[_primary(world, name)],
        attendees=[*people, *(_guest(world, role, one) for role, one in met.guests)], by=world.who(lead), at=at,
    )  # fmt: skip


def _guest(world: World, role: str, name: str) -> Attendee:
    return Attendee(role, user=world.people[name]) if name in world.people else Attendee(role, name)


def _needed(world: World, name: str, lead: str, at: datetime) -> None:
    kpi = _primary(world, name)
    for need in NEEDS.get(name, ()):
        create_data_need(
            initiative_id=kpi.initiative_id, by=world.who(lead), at=at,
            facts={
                "name": need.name, "system": need.system, "available": need.available, "note": need.note,
                "owner": world.people[lead], "kpis": [kpi] if need.linked else [],
            },
        )  # fmt: skip


def _tried(world: World, name: str, lead: str, tried: Tried, at: datetime) -> None:
    back = world.script.back
    record_comparison(
        kpi_id=_primary(world, name).pk, by=world.who(lead), at=at,
        looks=[Look(back(days), counts) for days, counts in tried.looks],
        facts={
            "name": tried.name, "design": tried.design, "paired": tried.paired, "arm_1": tried.arms[0], "arm_2": tried.arms[1],
            "started_on": back(tried.began), "ended_on": back(tried.ends), "planned_sample": tried.planned, "note": tried.note,
        },
    )  # fmt: skip
