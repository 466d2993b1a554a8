"""How a demo KPI went: from a story's name to a definition and dated readings. Pure, and the same every time."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from exchange.demo.table import GONE, PROD, SCALE, STOP, Row
from kpis.services.success import Success

CADENCE = 30
Knots = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A definition with its readings, oldest first. `state` is what it is in today: active, paused or retired."""

    success: Success
    readings: tuple[tuple[date, Decimal], ...]
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Plan:
    """`begun` days ago, target in `until` days, last read `silent` days ago.

    `gaps`: how far behind plan, in points of the way from baseline to target, at shares of the time until the last
    reading; straight between them; below zero is ahead.
    """

    begun: int
    until: int
    silent: int
    gaps: Knots


PLANS: dict[str, Plan] = {
    "track": Plan(300, 200, 6, ((0, 0.05), (1, 0.00))),
    "steady": Plan(280, 220, 4, ((0, 0.02), (1, 0.04))),
    "won": Plan(250, 110, 5, ((0, 0.0), (0.72, -0.53), (1, -0.37))),
    "arrived": Plan(260, 90, 5, ((0, 0.06), (0.8, -0.02), (1, -0.29))),
    "slow": Plan(260, 90, 5, ((0, 0.04), (1, 0.17))),
    "flat": Plan(180, 180, 4, ((0, 0.02), (0.6, -0.02), (1, 0.17))),
    "risk": Plan(330, 210, 4, ((0, 0.05), (1, 0.16))),
    "off": Plan(310, 200, 9, ((0, 0.12), (1, 0.39))),
    "worse": Plan(300, 60, 6, ((0, 0.20), (1, 0.95))),
    "achieved": Plan(500, 40, 5, ((0, 0.02), (1, -0.12))),
    "missed": Plan(460, -70, 75, ((0, 0.06), (1, 0.38))),
    "stale": Plan(330, 120, 99, ((0, 0.03), (1, 0.08))),
    "unverified": Plan(400, -45, 125, ((0, 0.03), (1, 0.05))),
    "retired": Plan(720, -380, 442, ((0, 0.05), (1, 0.02))),
    "paused": Plan(120, 240, 24, ((0, 0.02), (1, 0.04))),
}
BEFORE_LIVE = {PROD: 150, SCALE: 40, GONE: 570}
"""A baseline is taken so many days before the present stage begins: a scale-up comes before production."""
LATE = frozenset({"Quote abandonment nudges"})
"""Whose baseline nobody took in time."""
AWAITED = {"awaiting": 12, "overdue": 88}
"""Begun so many days ago, and never measured."""
LOOSE = {"track": 0, "steady": 0, "slow": 0, "risk": 0, "off": 0, "achieved": 0, "stale": -26}
"""Stories whose days differ from KPI to KPI, and by how many days the last reading may lie nearer."""


def course(row: Row, today: date, rng: random.Random) -> Course | None:
    """The primary KPI of a row, or None where it has none yet."""
    if row.story == "none" or not row.kpi:
        return None
    earlier = {STOP: row.days or 0, GONE: (row.days or 0) - 320}.get(row.stage, 60) - 60
    return trajectory(
        row.story, row.baseline, row.target, today, rng, earlier=earlier, begun_by=agreed_by(row)
    )


def agreed_by(row: Row) -> int:
    """How many days ago the KPIs of a row were agreed at the latest: before it went live. 0 where it did not."""
    if row.stage not in BEFORE_LIVE or row.name in LATE:
        return 0
    return (row.days or 0) + BEFORE_LIVE[row.stage]


def trajectory(
    story: str, baseline: float, target: float, today: date, rng: random.Random, *, earlier: int = 0, begun_by: int = 0
) -> Course:  # fmt: skip
    """A KPI that moves from a baseline to a target as its story says, the whole story so many days `earlier`.

    `begun_by`: it began at least so many days ago.
    """
    plan = _plan(story, earlier, rng)
    plan = replace(plan, begun=max(plan.begun, begun_by))
    begun, target_on = today - timedelta(days=plan.begun), today + timedelta(days=plan.until)
    success: Success = {
        "shape": "trajectory",
        "direction": "higher" if target > baseline else "lower",
        "baseline": _number(baseline),
        "baseline_on": begun,
        "baseline_source": "Operations report, the quarter before",
        "target": _number(target),
        "target_on": target_on,
        "cadence_days": CADENCE,
    }
    if story in AWAITED:
        return Course({**success, "baseline_on": today - timedelta(days=AWAITED[story])}, ())
    if story == "not_started":
        start = today + timedelta(days=26)
        return Course({**success, "baseline_on": start, "target_on": start + timedelta(days=300)}, ())
    if story == "invalid":
        return Course({**success, "target": None}, ())
    readings = _series(plan, baseline, target, today, begun, rng)
    if story == "no_baseline":
        return Course({**success, "baseline": None, "baseline_source": ""}, readings)
    return Course(success, readings, story if story in {"paused", "retired"} else "active")


def _plan(story: str, earlier: int, rng: random.Random) -> Plan:
    plan = PLANS.get(story, Plan(80, 220, 5, ((0, 0.0), (1, 0.0))))
    begun, until, silent = plan.begun + earlier, plan.until - earlier, plan.silent + earlier
    if story in LOOSE:
        begun, until = begun + rng.randint(-24, 20), until + rng.randint(-20, 24)
        silent += rng.randint(LOOSE[story], 5)
    return Plan(begun, until, silent, plan.gaps)


def _series(
    plan: Plan, baseline: float, target: float, today: date, begun: date, rng: random.Random
) -> tuple[tuple[date, Decimal], ...]:
    """A reading a month, as far from the plan as the knots say, with a little noise."""
    last = min(today - timedelta(days=plan.silent), today + timedelta(days=plan.until + 10))
    days = max((last - begun).days, 1)
    count = max(days // CADENCE, 1)
    span = plan.begun + plan.until
    out = []
    for step in range(1, count + 1):
        on = begun + timedelta(days=round(days * step / count))
        due = min((on - today).days + plan.begun, span) / span
        progress = due - between(plan.gaps, step / count) + rng.uniform(-0.012, 0.012)
        value = baseline + (target - baseline) * progress
        out.append((on, _number(round(value, _places(target - baseline)))))
    return tuple(out)


def between(knots: Knots, at: float) -> float:
    """The straight line through the knots, at a share of the time."""
    for (x0, y0), (x1, y1) in pairwise(knots):
        if at <= x1:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    return knots[-1][1]


def band(upper: float, start: float, slope: float, today: date, rng: random.Random) -> Course:
    """A side effect that must stay under its cap, read monthly for ten months; `slope` is its drift a month."""
    begun = today - timedelta(days=300)
    readings = tuple(
        (begun + timedelta(days=32 * i), _number(round(start + slope * i + rng.uniform(-0.08, 0.08), 2)))
        for i in range(1, 10)
    )
    success: Success = {
        "shape": "band",
        "baseline_on": begun,
        "upper": _number(upper),
        "warn_margin": _number(round(upper / 10, 2)),
        "cadence_days": CADENCE,
    }
    return Course(success, readings)


def _places(span: float) -> int:
    """Decimals a reading is told with: fewer where the way is long."""
    return 0 if abs(span) >= 60 else 1 if abs(span) >= 5 else 2


def _number(value: float) -> Decimal:
    return Decimal(str(value))
