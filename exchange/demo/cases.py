"""Business cases of the demo: good ones and bad ones, one that borrows, some in several versions, drafts, a shared KPI.

Amounts are in thousands of the currency here, today's first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from domain.finance.case import CostCategory
from domain.stages import Stage
from exchange.demo.lives import Stay
from exchange.demo.play import World
from exchange.demo.table import DEV, GONE, PILOT, PROD, SCALE, SPONSOR, STOP, Row
from funding.models import CaseBenefit
from funding.services.cases import publish_case, save_draft
from funding.services.draft import Amounts, BenefitDraft, CaseDraft, CostDraft, ScenarioDraft
from kpis.models import Kpi

RATE: Final = Decimal("0.10")
"""The organisation's, in every case."""
SHARE: Final = 0.62
"""How many of those past framing have a case, beside the ones told of here."""
TRIAGE, PHOTOS = "Motor claims triage", "Loss-photo estimating"
LOSING: Final = ("Branch footfall forecasting", "Premium leakage finder", "Renewal churn alerts")
BORROWS: Final = "Group cash forecasting"
UNFINISHED: Final = "Complaint letter triage"
REOPENED: Final = "Chat deflection"
AGAIN: Final = {
    "Card fraud scoring": (1.35, "A year of losses is measured: the benefit is larger than planned."),
    "Mortgage document extraction": (
        0.75,
        "The pilot reads fewer documents unaided than the supplier promised.",
    ),
    "Fraud ring detection": (
        0.97,
        "Conditional go at G4: rings are confirmed later than the first case said.",
    ),
    PHOTOS: (0.95, "It moves the straight-through share too, as agreed with Motor claims triage."),
    "Call summarisation": (0.8, "Measured before and after in two teams: less is saved than was assumed."),
}
"""Published again: what comes of it against the first case, and why."""
TOLD: Final = {TRIAGE, *LOSING, BORROWS, REOPENED, *AGAIN}
PAST_FRAMING: Final = (DEV, PILOT, SCALE, PROD, GONE, STOP)


@dataclass(frozen=True, slots=True)
class Plan:
    """A case before it has people and days: costs by category and benefits, in thousands, today's first.

    `first`, `second`: type, evidence and amounts of the two benefits.
    """

    years: int
    costs: Mapping[CostCategory, Sequence[float]]
    first: tuple[str, str, Sequence[float]]
    second: tuple[str, str, Sequence[float]] | None = None
    haircut: str = "0.2"
    late: int = 0
    people: str = "2"


def write(world: World, rows: Sequence[Row], lives: Mapping[str, Sequence[Stay]]) -> None:
    """Add the acts to the script: a case before the build, again where something was learnt, drafts of today."""
    for row in rows:
        stays = lives[row.name]
        built = next((stay.entered_on for stay in stays if stay.stage is Stage.DEVELOPMENT), None)
        if built is None or row.stage not in PAST_FRAMING:
            continue
        if row.name == UNFINISHED:
            world.script.on(world.script.back(6), partial(_begin, world, row, _unfinished(row)), hour=16)
        elif row.name == TRIAGE:
            _triage(world, row, built)
        elif row.name in TOLD or world.chance(f"{row.name}: case").random() < SHARE:
            day = max(built - timedelta(days=5), stays[0].entered_on)
            world.script.on(day, partial(_publish, world, row, _plan(world, row), ""), hour=16)
            _afterwards(world, row)


def _afterwards(world: World, row: Row) -> None:
    script = world.script
    if row.name in AGAIN:
        more, because = AGAIN[row.name]
        learnt = replace(_plan(world, row, more=more), haircut="0.15")
        script.on(script.back(10), partial(_publish, world, row, learnt, because), hour=16)
    if row.name == REOPENED:
        script.on(script.back(3), partial(_begin, world, row, _plan(world, row, more=0.6)), hour=16)


def _triage(world: World, row: Row, built: date) -> None:
    """The first case on estimates; the second after the trial against first come, first served."""
    costs = _today(build=320, integration=90, training_and_change=60, compliance=30)
    early = Plan(4, costs, ("cashable", "assumed", (0, 150, 300, 340, 340)), haircut="0.5", late=1)
    world.script.on(built - timedelta(days=5), partial(_publish, world, row, early, ""), hour=16)
    measured = Plan(
        4, costs, ("cashable", "controlled", (0, 90, 170, 200, 200)),
        ("cost_avoidance", "estimated", (0, 30, 50, 60, 60)), haircut="0.4", late=1, people="3",
    )  # fmt: skip
    because = "Measured against first come, first served: a third less is saved than we assumed."
    world.script.on(world.script.back(12), partial(_publish, world, row, measured, because), hour=16)


def _today(*, years: int = 4, **said: float) -> dict[CostCategory, Sequence[float]]:
    """Every category: what it costs today, and nothing later."""
    return {one: (said.get(one.value, 0), *[0] * years) for one in CostCategory}


def _plan(world: World, row: Row, more: float = 1.0) -> Plan:
    """A case in proportion to what the initiative plans a year; `more` scales what comes of it."""
    chance = world.chance(f"{row.name}: plan")
    years, worth = chance.choice((3, 4, 4, 5)), max(row.planned, 100)
    outlay = worth * chance.uniform(0.9, 1.5) * (2.1 if row.name in LOSING else 1)
    running = round(worth * chance.uniform(0.03, 0.06))
    costs = _today(
        years=years, build=round(outlay * 0.6), integration=round(outlay * 0.25), training_and_change=round(outlay * 0.15)
    )  # fmt: skip
    for one, times in ((CostCategory.CLOUD, 2), (CostCategory.MONITORING, 1), (CostCategory.SUPPORT, 1)):
        costs[one] = (0, *[running * times] * years)
    ramp = (0, 0.4, 0.8, 1, 1, 1)[: years + 1]
    sure, less = ("before_after", "estimated") if row.stage in (PROD, SCALE) else ("estimated", "assumed")
    gains = [round(worth * part * more) for part in ramp]
    if row.name == BORROWS:
        costs = _today(years=years)
        costs[CostCategory.LICENCES] = (0, 0, *[round(worth * 0.75)] * (years - 1))
        return Plan(
            years, costs, ("cashable", sure, (0, round(worth * 1.4), *[0] * (years - 1))), haircut="0.1"
        )
    second = (
        "non_cashable" if chance.random() < 0.5 else "cost_avoidance",
        less,
        [one // 4 for one in gains],
    )
    kind = "revenue" if row.unit == "Retail Banking" else "cashable"
    people = f"{chance.choice((1, 1.5, 2, 3, 4)):g}"
    return Plan(years, costs, (kind, sure, [one - one // 4 for one in gains]), second, people=people)


def _unfinished(row: Row) -> Plan:
    return Plan(
        3,
        {CostCategory.BUILD: (180, 0, 0, 0), CostCategory.CLOUD: ()},
        ("cashable", "", (0, row.planned * 0.3)),
    )


def _draft(world: World, row: Row, plan: Plan, day: date) -> CaseDraft:
    kpi, owner = _kpi_of(world, row.name), world.people[SPONSOR[world.top(row.unit)]].pk
    first = BenefitDraft(
        key=None, description=row.outcome.rstrip("."), type=plan.first[0], evidence=plan.first[1], owner_id=owner,
        kpi_id=None if kpi is None else kpi.pk, attribution=Decimal("0.7") if row.name == TRIAGE else Decimal(1),
        attribution_method="Agreed with the lead of Loss-photo estimating." if row.name == TRIAGE else "",
        baseline=f"{row.kpi} at {row.baseline:g} {row.measure}".rstrip() if row.kpi else "",
        amounts=_amounts(plan.first[2], plan.years),
    )  # fmt: skip
    benefits = [first]
    if plan.second is not None:
        kind, evidence, amounts = plan.second
        second = BenefitDraft(
            description="Time freed in the teams around it", type=kind, evidence=evidence, owner_id=owner,
            amounts=_amounts(amounts, plan.years),
        )  # fmt: skip
        benefits.append(_shared(world, second) if row.name == PHOTOS else second)
        benefits.append(
            BenefitDraft(
                description="Fewer decisions that have to be explained twice", type="risk", evidence="assumed",
                owner_id=owner,
            )
        )  # fmt: skip
    known = plan.first[1] != ""
    return CaseDraft(
        starts_on=day, years=plan.years, rate=RATE, people=Decimal(plan.people), delay_means=_delay(row),
        spread_running=Decimal(30_000) if row.name == TRIAGE else Decimal(round(row.planned * 60)),
        costs=tuple(CostDraft(category=one.value, amounts=_amounts(said, plan.years)) for one, said in plan.costs.items()),
        benefits=tuple(benefits), scenarios=_scenarios(plan) if known else (),
        do_nothing=_amounts((0, -40, -60, -80, -100), 4) if row.name == TRIAGE else (),
        **_stake(world, row, plan),
    )  # fmt: skip


def _stake(world: World, row: Row, plan: Plan) -> dict[str, Any]:
    """What it loses where the first stage fails, for some that are not yet scaled: a fifth of the outlay when it stops at
    the gate; all its costs and a fifth of its benefits when it is carried on regardless."""
    chance = world.chance(f"{row.name}: stake")
    if row.stage not in (DEV, PILOT) or plan.second is None or chance.random() > 0.6:
        return {}
    gains = [one + two for one, two in zip(plan.first[2], plan.second[2], strict=True)]
    costs = [sum(said[year] for said in plan.costs.values()) for year in range(plan.years + 1)]
    stopped = (-round(costs[0] / 5), *[0] * plan.years)
    carried_on = [gain / 5 - cost for gain, cost in zip(gains, costs, strict=True)]
    return {
        "works": Decimal(chance.choice(("0.4", "0.5", "0.6"))),
        "if_stopped": _amounts(stopped, plan.years),
        "if_carried_on": _amounts(carried_on, plan.years),
    }


def _delay(row: Row) -> str:
    return "sliding" if row.tier == 3 else "fixed_horizon"


def _scenarios(plan: Plan) -> tuple[ScenarioDraft, ...]:
    quarter, half = Decimal("0.25"), Decimal("0.50")
    return (
        ScenarioDraft(
            name="conservative", haircut=Decimal(plan.haircut), years_late=plan.late, probability=quarter
        ),
        ScenarioDraft(name="pilot", haircut=Decimal(0), probability=half),
        ScenarioDraft(name="optimistic", haircut=Decimal("-0.25"), probability=quarter),
    )


def _kpi_of(world: World, name: str) -> Kpi | None:
    return Kpi.objects.filter(initiative=world.initiatives[name], primary=True).order_by("pk").first()


def _shared(world: World, benefit: BenefitDraft) -> BenefitDraft:
    """The photos claim a part of what the triage improves; both are led by one person, who sees both KPIs."""
    kpi = _kpi_of(world, TRIAGE) if TRIAGE in world.initiatives else None
    if kpi is None:
        return benefit
    method = "Agreed with Motor claims triage."
    return replace(benefit, kpi_id=kpi.pk, attribution=Decimal("0.3"), attribution_method=method)


def _amounts(said: Sequence[float], years: int) -> Amounts:
    """Thousands as amounts; blank where the plan says nothing of a year."""
    if not said:
        return (None,) * (years + 1)
    told = [Decimal(round(one * 1000)) for one in said]
    return (*told, *[None] * (years + 1 - len(told)))


def _begin(world: World, row: Row, plan: Plan, at: datetime) -> int:
    by, initiative = world.who(row.lead), world.initiatives[row.name]
    draft = _draft(world, row, plan, world.script.day(at))
    known = set(CaseBenefit.objects.filter(case__initiative=initiative).values_list("key", flat=True))
    kept = (replace(one, key=n if n in known else None) for n, one in enumerate(draft.benefits, start=1))
    draft = replace(draft, benefits=tuple(kept))  # the same benefits in every version
    return save_draft(initiative_id=initiative.pk, draft=draft, by=by, at=at).pk


def _publish(world: World, row: Row, plan: Plan, because: str, at: datetime) -> None:
    publish_case(pk=_begin(world, row, plan, at), because=because, by=world.who(row.lead), at=at)
