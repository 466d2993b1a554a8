"""The demo's initiatives: created as ideas, moved stage by stage, with their people and their money."""

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction

from domain.ageing import months_after
from domain.stages import Stage
from exchange.demo import decisions
from exchange.demo.lives import Stay, life
from exchange.demo.people import CHAIR, LEFT, MANAGER, PEOPLE, email
from exchange.demo.play import World
from exchange.demo.stories import course
from exchange.demo.table import DEV, PILOT, PROD, SCALE, SPONSOR, STOP, Row
from exchange.demo.texts import IMPACT, PROBLEM
from exchange.mapping import shipped_mappings
from exchange.services.imports import commit_import, stage_import
from exchange.writing import csv_bytes
from funding.services.tranches import approve, hold, release
from kpis.models import Kpi
from kpis.services.watch import mark_due
from pilots.services.opening import ensure_pilots
from portfolio.models import BenefitEntry, FundingTranche, Initiative
from portfolio.services.commitments import record_commitment
from portfolio.services.initiatives import Facts, create_initiative
from portfolio.services.locks import lock_initiative
from portfolio.services.members import add_member
from portfolio.services.money import record_benefit, record_expenditure
from portfolio.services.stages import move_stage

FUNCTIONS = ("Data science", "Data engineering", "Conduct and compliance", "Operations")
IMPORTED_BACK = 240
REGISTER = "claims-innovation-register.csv"
COUNCIL = (SCALE, PROD)
"""Stages the council's chair moves an initiative to; the portfolio manager moves the others."""
TREND = {DEV: 1.0, PILOT: 1.25, SCALE: 1.5, PROD: 0.6}
GATE = {DEV: "G2", PILOT: "G3", SCALE: "G4", PROD: "G5"}
"""The gate that releases the money of a stage."""
NEXT_GATE = {DEV: "G3", PILOT: "G4", SCALE: "G5", PROD: "G6"}
HELD = "HR policy assistant"
"""Where somebody decided not to release what waits."""
REJECTED = ("Chat deflection", 84_000)
"""A claim that finance did not accept."""
EVIDENCE = {
    "planned": "",
    "claimed": "Workforce planning: hours saved times the cost of an hour.",
    "validated": "Cost centre report of the month, checked by finance.",
}
SUPPLIERS = ("Nordwind Cloud", "Lumen Data Services", "Halden Systems", "Brightline Support")
CATEGORY = {DEV: "build", PILOT: "integration", SCALE: "cloud", PROD: "support"}


def write(world: World, rows: Sequence[Row]) -> dict[str, tuple[Stay, ...]]:
    """Add the life of every row to the script; returns the stays by name (none where undated)."""
    lives: dict[str, tuple[Stay, ...]] = {}
    for row in rows:
        chance = world.chance(row.name)
        if row.days is None:
            world.script.on(world.script.back(IMPORTED_BACK), partial(_imported, world, row))
            _spend(world, row, (), chance)
            lives[row.name] = ()
            continue
        told = course(row, world.script.today, world.chance(f"{row.name}: {row.kpi}"))
        known_by = told.success["baseline_on"] if told is not None else None
        stays = life(row, world.script.today, chance, known_by=known_by)
        lives[row.name] = stays
        _live(world, row, stays, chance)
    return lives


def _live(world: World, row: Row, stays: Sequence[Stay], chance: random.Random) -> None:
    script = world.script
    script.on(stays[0].entered_on, partial(_created, world, row), hour=9)
    for stay in stays[1:]:
        if decisions.decides(row.name, stay.stage):
            decisions.frame(world, row, stay.entered_on)
            continue
        script.on(stay.entered_on, partial(_moved, world, row.name, stay), hour=11)
    helpers = [p.name for p in PEOPLE if p.role == "contributor"]
    for function, name in zip(FUNCTIONS, chance.sample(helpers, chance.randint(1, 3)), strict=False):
        day = min(stays[0].entered_on + timedelta(days=chance.randint(3, 25)), script.back(2))
        script.on(max(day, stays[0].entered_on), partial(_joined, world, row, name, function), hour=12)
    _fund(world, row, stays)
    _spend(world, row, stays, chance)
    _earn(world, row, stays, chance)


def _facts(world: World, row: Row) -> Facts:
    sponsor = SPONSOR[world.top(row.unit)] if row.sponsor == "unit" else row.sponsor
    goal = f"{row.kpi} will go from {_said(row.baseline, row)} to {_said(row.target, row)}"
    return {
        "name": row.name,
        "unit": world.units[row.unit],
        "problem": PROBLEM[row.name],
        "outcome": row.outcome,
        "value_hypothesis": f"With it, {goal[0].lower()}{goal[1:]}." if row.kpi else "",
        "lead": world.people[row.lead],
        "sponsor": world.people[next(iter(LEFT)) if row.sponsor == "left" else sponsor],
        "objectives": [world.objectives[row.objective]],
        "risk_tier": row.tier,
        "impact": IMPACT.get(row.name, "neither"),
        "planned_value": Decimal(row.planned * 1000) if row.planned else None,
    }


def _said(value: float, row: Row) -> str:
    """`12 %`, `4 d`, `0.7`."""
    return f"{value:g} {row.measure}".rstrip()


def _created(world: World, row: Row, at: datetime) -> None:
    facts = _facts(world, row)
    world.initiatives[row.name] = create_initiative(by=world.who(MANAGER), at=at, **facts)


def _imported(world: World, row: Row, at: datetime) -> None:
    """A row of an older register: a name, a unit and a stage, and nothing else anybody knows."""
    said = {
        "External id": "CIR-017", "Name": row.name, "Unit": row.unit, "Stage": "Pilot", "Lead email": email(row.lead),
        "Problem": PROBLEM[row.name], "Outcome": row.outcome, "Objective": world.objectives[row.objective].name,
        "Planned value": str(row.planned * 1000),
    }  # fmt: skip
    mapping = shipped_mappings()["throughline-portfolio"].read_text(encoding="utf-8")
    by = world.who(MANAGER)
    run = stage_import(
        data=csv_bytes(list(said), [list(said.values())]), filename=REGISTER, mapping=mapping, by=by, at=at
    )
    commit_import(run_id=run.pk, by=by, at=at)
    world.initiatives[row.name] = Initiative.objects.get(name=row.name)


def _moved(world: World, name: str, stay: Stay, at: datetime) -> None:
    by = world.who(CHAIR if stay.stage in COUNCIL else MANAGER)
    with transaction.atomic():
        row = lock_initiative(world.initiatives[name].pk)
        move_stage(initiative=row, to=stay.stage, on=stay.entered_on, by=by, at=at, because=stay.because)
    ensure_pilots(initiative_ids=[row.pk], by=by, at=at)
    mark_due([row.pk])


def _joined(world: World, row: Row, name: str, function: str, at: datetime) -> None:
    add_member(
        initiative_id=world.initiatives[row.name].pk, user=world.people[name], function=function,
        by=world.who(row.lead), at=at,
    )  # fmt: skip


def _fund(world: World, row: Row, stays: Sequence[Stay]) -> None:
    """A tranche at every gate from G2 on, released five days later; the next one asked for waits."""
    reached = [stay for stay in stays if stay.stage in TREND]
    if row.spent is None or not reached:
        return
    fixed = row.pilot.get("release")
    total = int(fixed) if fixed else -(-row.spent * 118 // 1000) * 10
    shares = [TREND[stay.stage] for stay in reached]
    left = total
    for place, stay in enumerate(reached):
        last = place == len(reached) - 1
        part = left if last else int(total * shares[place] / sum(shares) / 10) * 10
        left -= part
        if part > 0:
            funded = partial(_funded, world, row.name, stay.stage.value, Decimal(part * 1000), stay.because)
            world.script.on(stay.entered_on, funded, hour=13)
    if row.stage in {DEV, PILOT, SCALE} and row.planned:
        day = max(reached[-1].entered_on, world.script.back(40))
        world.script.on(day, _waits(world, row, row.stage), hour=15)
        if row.name == HELD:
            world.script.on(world.script.back(9), partial(_held, world, row.name), hour=15)
    if row.stage == STOP and row.planned and reached[-1].entered_on < stays[-1].entered_on:
        # What waited when it was stopped went back.
        world.script.on(reached[-1].entered_on, _waits(world, row, reached[-1].stage.value), hour=15)
    _commit(world, row)


def _waits(world: World, row: Row, stage: str) -> Callable[[datetime], None]:
    return partial(_approved, world, row.name, stage, Decimal(int(row.planned * 5 / 100) * 10_000))


def _approved(world: World, name: str, stage: str, amount: Decimal, at: datetime) -> None:
    """Money for the next stage, which waits for the KPI that was promised."""
    row = world.initiatives[name]
    kpi = Kpi.objects.filter(initiative=row, primary=True, current__isnull=False).order_by("pk").first()
    approve(
        initiative_id=row.pk, amount=amount, approved_on=world.script.day(at), gate=NEXT_GATE[stage],
        kpi_id=kpi.pk if kpi else None, condition="Two months on track, and the line has named an owner.",
        because="Set aside at the last gate, so that a good result need not wait for the budget round.",
        note="Waits behind the next gate", by=world.who(MANAGER), at=at,
    )  # fmt: skip


def _held(world: World, name: str, at: datetime) -> None:
    waiting = FundingTranche.objects.filter(
        initiative=world.initiatives[name].pk, released_on=None, returned_on=None
    )
    for row in waiting.order_by("number"):
        because = "The works council has not answered yet. Ask again when it has."
        hold(pk=row.pk, held_on=world.script.day(at), because=because, by=world.who(MANAGER), at=at)


def _funded(world: World, name: str, stage: str, amount: Decimal, note: str, at: datetime) -> None:
    day, by = world.script.day(at), world.who(MANAGER)
    row = approve(
        initiative_id=world.initiatives[name].pk, amount=amount, approved_on=day, gate=GATE[stage],
        because=f"{note}. The money follows the gate.", by=by, at=at, note=note,
    )  # fmt: skip
    release(pk=row.pk, released_on=day, because="The gate was passed.", by=by, at=at)


def _commit(world: World, row: Row) -> None:
    """An order that is not paid yet, at a few that spend."""
    chance = world.chance(f"{row.name}: order")
    spends = row.stage in {PILOT, SCALE, PROD} and row.spent is not None and row.spent >= 300
    if not spends or row.pilot.get("release") or chance.random() < 0.5:
        return
    amount = Decimal(round((row.spent or 0) * 40 / 1000) * 1000)
    order = partial(_ordered, world, row.name, chance.choice(SUPPLIERS), amount)
    world.script.on(world.script.back(chance.randint(12, 40)), order, hour=16)


def _ordered(world: World, name: str, supplier: str, amount: Decimal, at: datetime) -> None:
    day = world.script.day(at)
    record_commitment(
        initiative_id=world.initiatives[name].pk, amount=amount, committed_on=day, supplier=supplier,
        until=months_after(day.replace(day=1), 6), by=world.who(MANAGER), at=at,
    )  # fmt: skip


def _spend(world: World, row: Row, stays: Sequence[Stay], chance: random.Random) -> None:
    """A row a month from development on (a quarter, long ago), adding up to what the table says was spent."""
    if row.spent is None:
        return
    today = world.script.today
    begun = next((s.entered_on for s in stays if s.stage is Stage.DEVELOPMENT), None)
    begun = begun or world.script.back(IMPORTED_BACK - 20)
    ended = stays[-1].entered_on if stays and row.stage in {"stopped", "retired"} else today
    days = list(_month_ends(begun, min(ended, today - timedelta(days=2))))
    weights = [TREND.get(_stage_on(stays, day), 1.0) * chance.uniform(0.8, 1.2) for day in days]
    left = row.spent * 1000
    for place, day in enumerate(days):
        part = left if place == len(days) - 1 else round(row.spent * 10 * weights[place] / sum(weights)) * 100
        left -= part
        category = CATEGORY.get(_stage_on(stays, day), "licences")
        if part:
            world.script.on(day, partial(_spent, world, row, Decimal(part), category), hour=17)


def _spent(world: World, row: Row, amount: Decimal, category: str, at: datetime) -> None:
    record_expenditure(
        initiative_id=world.initiatives[row.name].pk, amount=amount, spent_on=world.script.day(at), category=category,
        by=world.who(MANAGER), at=at,
    )  # fmt: skip


def _earn(world: World, row: Row, stays: Sequence[Stay], chance: random.Random) -> None:
    """Value by month since production: planned for a year on launch, claimed monthly, validated by quarter."""
    began = next((s.entered_on for s in stays if s.stage is Stage.PRODUCTION), None)
    if began is None or not row.planned:
        if row.validated:
            claimed = partial(_valued, world, row, "claimed", row.validated * 1200)
            world.script.on(world.script.back(34), claimed)
            world.script.on(
                world.script.back(20), partial(_valued, world, row, "validated", row.validated * 1000)
            )
        return
    today = world.script.today
    ended = stays[-1].entered_on if row.stage == "retired" else today
    months = [months_after(began.replace(day=1), n) for n in range(1, 40)]
    past = [month for month in months if months_after(month, 1) < ended]
    for month in months[:12]:
        plan = partial(_benefit, world, row, "planned", Decimal(round(row.planned * 1000 / 12)), month)
        world.script.on(began, plan, hour=14)
    quarters = [past[i : i + 3] for i in range(0, len(past) - 1, 3)]
    left = row.validated * 1000
    for place, quarter in enumerate(quarters):
        last = place == len(quarters) - 1
        part = left if last else round(row.validated * 10 * len(quarter) / len(past)) * 100
        left -= part
        claim = round(part * chance.uniform(1.1, 1.45) / len(quarter) / 100) * 100
        for month in quarter:
            told = min(months_after(month, 1) + timedelta(days=4), today - timedelta(days=1))
            if claim:
                world.script.on(told, partial(_benefit, world, row, "claimed", Decimal(claim), month))
        seen = min(months_after(quarter[-1], 1) + timedelta(days=20), today - timedelta(days=1))
        if part:
            world.script.on(seen, partial(_accepted, world, row, Decimal(part), tuple(quarter)))
    if row.name == REJECTED[0] and past:
        month = past[-1]
        world.script.on(
            today - timedelta(days=16), partial(_benefit, world, row, "claimed", Decimal(REJECTED[1]), month)
        )
        world.script.on(today - timedelta(days=6), partial(_rejected, world, row, month))


def _valued(world: World, row: Row, kind: str, amount: int, at: datetime) -> None:
    _benefit(world, row, kind, Decimal(amount), world.script.day(at), at)


def _benefit(world: World, row: Row, kind: str, amount: Decimal, month: date, at: datetime) -> None:
    """The lead plans and claims; the portfolio manager, who leads nothing, validates."""
    by = world.who(MANAGER if kind == "validated" else row.lead)
    record_benefit(
        initiative_id=world.initiatives[row.name].pk, kind=kind, amount=amount, month=month, by=by, at=at,
        evidence=EVIDENCE[kind],
    )  # fmt: skip


def _accepted(world: World, row: Row, amount: Decimal, quarter: Sequence[date], at: datetime) -> None:
    """Finance answers the claims of a quarter one by one, and accepts a part of each."""
    claims = list(
        BenefitEntry.objects.filter(
            initiative=world.initiatives[row.name].pk, kind="claimed", month__in=quarter, answered_by=None
        )
        .exclude(amount=REJECTED[1])
        .order_by("month", "pk")
    )
    share = (amount / max(len(claims), 1)).quantize(Decimal(1))
    parts = [*[share] * (len(claims) - 1), amount - share * (len(claims) - 1)]
    if not claims or any(part > claim.amount for part, claim in zip(parts, claims, strict=True)):
        _benefit(world, row, "validated", amount, quarter[-1], at)
        return
    for part, claim in zip(parts, claims, strict=True):
        record_benefit(
            initiative_id=claim.initiative_id, kind="validated", amount=part, month=claim.month, by=world.who(MANAGER), at=at,
            evidence=EVIDENCE["validated"], answers_id=claim.pk,
        )  # fmt: skip


def _rejected(world: World, row: Row, month: date, at: datetime) -> None:
    claim = BenefitEntry.objects.get(
        initiative=world.initiatives[row.name].pk, kind="claimed", month=month, amount=REJECTED[1]
    )
    record_benefit(
        initiative_id=claim.initiative_id, kind="rejected", amount=claim.amount, month=month, by=world.who(MANAGER), at=at,
        evidence="Counts calls that moved to another line. The cost centre shows no fewer hours.", answers_id=claim.pk,
    )  # fmt: skip


def _month_ends(begun: date, ended: date) -> list[date]:
    """The 28th of every month in between (every third, until fifteen months before the end), and the last day."""
    days = []
    month, recent = begun.replace(day=28), months_after(ended, -15)
    while month < ended:
        if month > begun:
            days.append(month)
        month = months_after(month, 3 if months_after(month, 3) < recent else 1)
    return [*days, ended] if not days or (ended - days[-1]).days > 9 else days


def _stage_on(stays: Sequence[Stay], day: date) -> str:
    return next((s.stage.value for s in reversed(stays) if s.entered_on <= day), "")
