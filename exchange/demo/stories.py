"""How a demo KPI went: from a story's name to a definition and dated readings. Pure, and the same every time."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from exchange.demo.table import Row

CADENCE = 30


@dataclass(frozen=True, slots=True)
class Course:
    """A definition (fields of kpis.models.KpiVersion) with its readings, oldest first. `state`: active, paused ..."""

    version: dict[str, Any]
    readings: tuple[tuple[date, Decimal], ...]
    state: str = "active"
    facts: dict[str, Any] = field(default_factory=dict)


# story -> (begun days ago, target in days, gap to plan at first and now, silent for days); a gap is in points of
# the way from baseline to target, above zero = behind
_PLANS: dict[str, tuple[int, int, float, float, int]] = {
    "track": (300, 200, 0.05, 0.00, 6),
    "won": (250, 110, 0.00, -0.40, 5),
    "slow": (260, 90, 0.04, 0.17, 5),
    "risk": (330, 210, 0.05, 0.16, 4),
    "off": (310, 200, 0.12, 0.39, 9),
    "worse": (300, 60, 0.20, 0.95, 6),
    "achieved": (500, 40, 0.02, -0.12, 5),
    "missed": (460, -70, 0.06, 0.38, 75),
    "stale": (330, 120, 0.03, 0.08, 99),
    "retired": (600, -200, 0.05, 0.05, 210),
}


def course(row: Row, today: date, rng: random.Random) -> Course | None:
    """The KPI of a row, or None where it has none."""
    if row.story == "none" or not row.kpi:
        return None
    begun, until, gap_then, gap_now, silent = _PLANS.get(row.story, (80, 220, 0.0, 0.0, 5))
    begun_on, target_on = today - timedelta(days=begun), today + timedelta(days=until)
    version: dict[str, Any] = {
        "shape": "trajectory",
        "direction": "higher" if row.target > row.baseline else "lower",
        "baseline": _number(row.baseline),
        "baseline_on": begun_on,
        "baseline_source": "Operations report, the quarter before",
        "target": _number(row.target),
        "target_on": target_on,
        "cadence_days": CADENCE,
    }
    if row.story in {"awaiting", "overdue"}:
        start = today - timedelta(days=12 if row.story == "awaiting" else 88)
        return Course({**version, "baseline_on": start}, ())
    if row.story == "no_baseline":
        readings = _series(row, begun_on, target_on, today, (0.05, 0.05, 6), rng)
        return Course({**version, "baseline": None, "baseline_source": ""}, readings)
    if row.story == "invalid":
        return Course({**version, "target": None}, ())
    readings = _series(row, begun_on, target_on, today, (gap_then, gap_now, silent), rng)
    state = {"paused": "paused", "retired": "retired"}.get(row.story, "active")
    facts = {"paused_until": today + timedelta(days=45)} if state == "paused" else {}
    return Course(version, readings, state, facts)


def _series(
    row: Row, begun: date, until: date, today: date, gaps: tuple[float, float, int], rng: random.Random
) -> tuple[tuple[date, Decimal], ...]:
    """A reading a month, its distance from the plan moving from the first gap to the last, with a little noise."""
    gap_then, gap_now, silent = gaps
    last = min(today - timedelta(days=silent), until + timedelta(days=10))
    days = max((last - begun).days, 1)
    count = max(days // CADENCE, 1)
    span = (until - begun).days
    out = []
    for step in range(1, count + 1):
        on = begun + timedelta(days=round(days * step / count))
        plan = min((on - begun).days / span, 1.0)
        progress = plan - (gap_then + (gap_now - gap_then) * step / count) + rng.uniform(-0.012, 0.012)
        value = row.baseline + (row.target - row.baseline) * progress
        out.append((on, _number(round(value, 3 if abs(row.target - row.baseline) < 5 else 1))))
    return tuple(out)


def guard(row: Row, today: date, rng: random.Random) -> Course | None:
    """A side effect that must stay under its cap; over it where the story went off."""
    if not row.guard:
        return None
    begun = today - timedelta(days=300)
    over = row.story == "off"
    values = [4.0 + (0.28 if over else 0.05) * i + rng.uniform(-0.2, 0.2) for i in range(1, 10)]
    readings = tuple(
        (begun + timedelta(days=32 * i), _number(round(v, 2))) for i, v in enumerate(values, start=1)
    )
    return Course(
        {"shape": "band", "baseline_on": begun, "upper": Decimal("5.5"), "cadence_days": CADENCE}, readings
    )


def _number(value: float) -> Decimal:
    return Decimal(str(value))
