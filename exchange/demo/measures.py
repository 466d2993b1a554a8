"""The demo's KPIs: defined, measured month by month, and here and there corrected, paused or retired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from core.access import system
from domain.ageing import months_after
from domain.stages import Stage
from exchange.demo import drifting, promises
from exchange.demo.lives import Stay
from exchange.demo.people import MANAGER
from exchange.demo.play import Script, World
from exchange.demo.stories import LATE, Course, agreed_by, band, course, trajectory
from exchange.demo.table import Row
from exchange.demo.texts import GUARDS
from kpis.models import Kpi, Measurement
from kpis.services.bulk import record_many
from kpis.services.define import create_kpi
from kpis.services.evaluate import fold_arrivals
from kpis.services.facts import Facts
from kpis.services.measure import Provenance, record_measurement, withdraw_measurement
from kpis.services.states import pause_kpi, retire_kpi

Kind = Kpi.Kind


@dataclass(frozen=True, slots=True)
class Extra:
    """A further KPI of an initiative. A model metric says in `why` how it serves the primary KPI."""

    initiative: str
    kind: str
    name: str
    unit: str
    baseline: float
    target: float
    story: str
    why: str = ""


EXTRAS: tuple[Extra, ...] = (
    Extra("Card fraud scoring", Kind.MODEL_METRIC, "Recall at 1 % alerts", "", 0.61, 0.8, "achieved",
          "Every point of recall stops money before it moves."),
    Extra("Claims document classification", Kind.MODEL_METRIC, "Macro F1", "", 0.72, 0.9, "achieved",
          "A document in the right class needs no handler."),
    Extra("Motor claims triage", Kind.MODEL_METRIC, "Precision of simple claims", "", 0.78, 0.95, "steady",
          "A simple claim wrongly routed comes back as a complaint."),
    Extra("Mortgage document extraction", Kind.MODEL_METRIC, "Field accuracy", "%", 81, 97, "steady",
          "A field read right is a field nobody corrects."),
    Extra("Affordability pre-check", Kind.MODEL_METRIC, "Gini coefficient", "", 0.42, 0.55, "stale",
          "A sharper score is overturned less often."),
    Extra("Fraud ring detection", Kind.MODEL_METRIC, "Precision of ring alerts", "%", 22, 45, "steady",
          "Investigators confirm rings only when the alerts are worth opening."),
    Extra("Telematics risk score", Kind.MODEL_METRIC, "Lift in the best decile", "", 1.4, 2.2, "track",
          "The better the score tells drivers apart, the lower the loss ratio of those who stay."),
    Extra("Arrears early warning", Kind.MODEL_METRIC, "Recall at 60 days", "", 0.55, 0.75, "steady",
          "An account seen early can still be helped."),
    Extra("Chat deflection", Kind.MODEL_METRIC, "Answers judged correct", "%", 68, 90, "achieved",
          "A correct answer should be one the customer need not ask for again."),
    Extra("Flood exposure scoring", Kind.MODEL_METRIC, "Rank agreement with past claims", "", 0.4, 0.7, "steady",
          "A score that ranks addresses as past claims do can be priced by."),
    Extra("Customer intent routing", Kind.OPERATIONAL, "Calls routed by intent", "%", 35, 80, "achieved"),
    Extra("Repair network routing", Kind.OPERATIONAL, "Garages connected", "", 40, 160, "track"),
    Extra("Group cash forecasting", Kind.OPERATIONAL, "Accounts covered", "%", 55, 95, "steady"),
    Extra("Chat deflection", Kind.USER, "Customers satisfied with the answer", "%", 58, 75, "risk"),
    Extra("Call summarisation", Kind.USER, "Agents who keep the summary", "%", 30, 85, "steady"),
    Extra("HR policy assistant", Kind.USER, "Answers marked helpful", "%", 45, 80, "track"),
    Extra("Candidate screening", Kind.COMPLIANCE, "Rejections explained", "%", 20, 100, "track"),
    Extra("Adverse media screening", Kind.COMPLIANCE, "Closures with a recorded reason", "%", 60, 100, "steady"),
)  # fmt: skip
AFTERWARDS = LATE | {"Flood exposure scoring"}
"""Whose goals were set after the fact, and are set right."""
REPORT, PIPELINE = "Monthly report", "Monitoring pipeline"
QUARTER = Decimal("0.25")
BENT: dict[str, str] = {"Motor claims triage": "corrected", "Repair network routing": "withdrawn"}
"""Whose last reading but two was recorded wrong."""


class Sheet:
    """A delivery of the pipeline that reads guards and model metrics: what it brings on the first of each month."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.by_day: dict[date, list[tuple[list[Kpi], date, Decimal]]] = {}

    def bring(self, made: list[Kpi], observed_on: date, value: Decimal, after: date) -> None:
        first = months_after(observed_on.replace(day=1), 1)
        day = max(min(first, self.script.back(1)), after)
        self.by_day.setdefault(day, []).append((made, observed_on, value))


def write(world: World, rows: Sequence[Row], lives: dict[str, tuple[Stay, ...]]) -> None:
    """Add every KPI and reading to the script."""
    sheet = Sheet(world.script)
    for row in rows:
        told = course(row, world.script.today, world.chance(f"{row.name}: {row.kpi}"))
        if told is not None:
            stays = lives[row.name]
            known = stays[0].entered_on + timedelta(days=14) if stays else world.script.back(200)
            defined = _primary(world, row, stays, told, known)
            _beside(world, row, sheet, defined, told)
        else:
            promises.frame(world, row, lives[row.name])
    for day, readings in sheet.by_day.items():
        world.script.on(day, partial(_delivered, world, readings), hour=6)


def _primary(world: World, row: Row, stays: Sequence[Stay], told: Course, known: date) -> date:
    """The primary KPI: defined on the day of its baseline, each reading recorded by the lead on the evening of its day.

    Returns the day it was defined.
    """
    script, made = world.script, list[Kpi]()
    facts: Facts = {
        "name": row.kpi, "kind": Kind.BUSINESS, "unit_of_measure": row.measure, "primary": True, "weight": Decimal(1),
        "definition": f"{row.kpi}, all cases in scope, counted at month's end.", "population": f"All cases of {row.unit}",
    }  # fmt: skip
    begun = next((stay.entered_on for stay in stays if stay.stage == Stage.DEVELOPMENT), None)
    # Agreed before it is built, where nobody set it after the fact: a fortnight is enough for four to sign.
    agreed = None if begun is None or row.name in AFTERWARDS else begun - timedelta(days=16)
    defined = _define(world, row, {**facts, **promises.enough(row)}, told, made, known, agreed=agreed)
    promises.write(world, row, made, defined)
    drifting.answer(world, row, made)
    how = BENT.get(row.name, "")
    slip = len(told.readings) - 3 if how else -1
    for place, (observed_on, value) in enumerate(told.readings):
        day, said = max(observed_on, defined), value
        if place == slip:
            said = value * 24 if how == "withdrawn" else value - 3
            mend = partial(_mended, world, row, made, observed_on, value, how)
            script.on(day + timedelta(days=3), mend, hour=11)
        script.on(day, partial(_measured, world, row, made, observed_on, said), hour=17)
    if told.state == "paused":
        until = script.today + timedelta(days=45)
        script.on(script.back(20), partial(_paused, world, row, made, until), hour=15)
    if told.state == "retired":
        script.on(stays[-1].entered_on, partial(_retired, world, made), hour=16)
    return defined


def _beside(world: World, row: Row, sheet: Sheet, after: date, primary: Course) -> None:
    """What stands beside the primary KPI: its guard, model metrics and others, each a quarter of its weight."""
    told: list[tuple[Facts, Course, str]] = []
    if row.guard:
        facts: Facts = {
            "name": row.guard, "kind": Kind.GUARD, "unit_of_measure": "" if "per 1,000" in row.guard else "%",
            "weight": QUARTER, "definition": f"{row.guard}. What {row.name} must not make worse.",
        }  # fmt: skip
        held = band(*GUARDS[row.name], world.script.today, world.chance(f"{row.name}: {row.guard}"))
        told.append((facts, held, ""))
    for extra in EXTRAS:
        if extra.initiative == row.name:
            chance = world.chance(f"{extra.initiative}: {extra.name}")
            facts = {
                "name": extra.name, "kind": extra.kind, "unit_of_measure": extra.unit, "weight": QUARTER
            }  # fmt: skip
            way = trajectory(
                extra.story, extra.baseline, extra.target, world.script.today, chance, begun_by=agreed_by(row)
            )
            told.append((facts, way, extra.why))
    chance = world.chance(f"{row.name}: drift")
    told += [(facts, way, "") for facts, way in drifting.beside(row, primary, world.script.today, chance)]
    for facts, way, why in told:
        made: list[Kpi] = []
        defined = _define(world, row, facts, way, made, after, serves=why)
        read = {_month_end(observed_on, world.script.back(4)): value for observed_on, value in way.readings}
        for observed_on, value in read.items():
            sheet.bring(made, observed_on, value, defined + timedelta(days=1))


def _month_end(day: date, latest: date) -> date:
    """When a pipeline reads: on the 28th, or today's month's reading as late as it can be."""
    return min(day.replace(day=28), latest)


def _define(
    world: World, row: Row, facts: Facts, told: Course, made: list[Kpi], after: date, serves: str = "",
    *, agreed: date | None = None,
) -> date:  # fmt: skip
    """Define it on the day of its baseline or when it was `agreed`, or on the first day it could be; returns that day."""
    baseline_on = told.success["baseline_on"]
    assert baseline_on is not None  # noqa: S101  every story has one
    day = min(max(min(baseline_on, agreed or baseline_on), after), world.script.back(6))
    world.script.on(day, partial(_defined, world, row, facts, told, serves, made), hour=10)
    return day


def _defined(
    world: World, row: Row, facts: Facts, told: Course, serves: str, made: list[Kpi], at: datetime
) -> None:
    initiative = world.initiatives[row.name]
    facts = {**facts, "owner": world.people[row.lead]}
    primary = Kpi.objects.filter(initiative=initiative, primary=True).first()
    if serves:
        facts = {**facts, "serves": primary, "serves_because": serves}
    elif facts["kind"] == Kind.OPERATIONAL:
        facts = {**facts, "parent": primary}
    made.append(
        create_kpi(
            initiative_id=initiative.pk, facts=facts, success=told.success, by=world.who(row.lead), at=at
        )
    )


def _measured(
    world: World, row: Row, made: list[Kpi], observed_on: date, value: Decimal, at: datetime
) -> None:
    record_measurement(
        kpi_id=made[0].pk, observed_on=observed_on, value=value, by=world.who(row.lead), at=at,
        provenance=Provenance(source=REPORT),
    )  # fmt: skip


def _delivered(world: World, readings: Sequence[tuple[list[Kpi], date, Decimal]], at: datetime) -> None:
    """A month's readings at once, each under a key of its own so that a second delivery changes nothing."""
    rows = [
        {
            "kpi": made[0].pk, "observed_on": observed_on.isoformat(), "value": f"{value:f}", "source": PIPELINE,
            "source_key": f"{observed_on:%Y-%m-%d}",
        }
        for made, observed_on, value in readings
    ]  # fmt: skip
    record_many(rows=rows, atomic=True, by=world.who(MANAGER), at=at)
    fold_arrivals(as_of=world.script.day(at), by=system(), at=at)


def _mended(
    world: World, row: Row, made: list[Kpi], observed_on: date, value: Decimal, how: str, at: datetime
) -> None:
    """The reading of that day was wrong: corrected, or taken back."""
    wrong = Measurement.objects.get(kpi=made[0], observed_on=observed_on)
    by = world.who(row.lead)
    if how == "withdrawn":
        withdraw_measurement(pk=wrong.pk, because="Reported in hours, not in days.", by=by, at=at)
        return
    note = Provenance(source=REPORT, note="Claims closed on the last day of the month were missing.")
    record_measurement(
        kpi_id=made[0].pk, observed_on=observed_on, value=value, by=by, at=at, provenance=note, supersedes=wrong.pk
    )  # fmt: skip


def _paused(world: World, row: Row, made: list[Kpi], until: date, at: datetime) -> None:
    pause_kpi(
        pk=made[0].pk, until=until, because="The letter templates are being rewritten.", by=world.who(row.lead), at=at
    )  # fmt: skip


def _retired(world: World, made: list[Kpi], at: datetime) -> None:
    retire_kpi(pk=made[0].pk, because="The system was retired.", by=world.who(MANAGER), at=at)
