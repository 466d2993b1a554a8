"""The demo's KPIs that drift: a level that moved while its status stayed good, a measure that lost its outcome, and what
people said about it. The broken series are those of `promises`.
"""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Final

from exchange.demo.people import MANAGER
from exchange.demo.play import World
from exchange.demo.stories import CADENCE, Course
from exchange.demo.table import Row
from kpis.models import Kpi
from kpis.services.drift_words import record_review, record_world_change
from kpis.services.facts import Facts

MOVED: Final = "Customer intent routing"
LOST: Final = "Password-reset assistant"
STEADY: Final = 9
"""Readings before the level moves."""


def beside(row: Row, primary: Course, today: date, chance: random.Random) -> list[tuple[Facts, Course]]:
    """The drifting KPIs of a row, with their readings."""
    if row.name == MOVED:
        return [_moved(primary, chance)]
    return [_lost(primary, today, chance)] if row.name == LOST else []


def answer(world: World, row: Row, made: Sequence[Kpi]) -> None:
    """What changed around an initiative, and what came of a review."""
    script = world.script
    if row.name == LOST:
        script.on(script.back(19), partial(_changed, world, row), hour=9)
    if row.name == "Repair network routing":
        script.on(script.back(70), partial(_reviewed, world, made), hour=14)


def _moved(primary: Course, chance: random.Random) -> tuple[Facts, Course]:
    """Held well under its cap, a third of the year higher than it was: the status is green, the level has moved."""
    facts: Facts = {
        "name": "Seconds until the caller is heard", "kind": Kpi.Kind.OPERATIONAL, "unit_of_measure": "s",
        "weight": Decimal("0.25"), "definition": "Mean time from the first ring to the first answer of the router.",
        "formula": "Mean of (answered - rung), all calls", "population": "All calls to the service numbers",
        "window": "Calendar month", "data_source": "Telephony log",
    }  # fmt: skip
    readings = tuple(
        (on, _tenth((41 if place < STEADY else 45.5 + 0.5 * (place - STEADY)) + chance.uniform(-0.7, 0.7)))
        for place, (on, _) in enumerate(primary.readings)
    )
    begun = primary.success["baseline_on"]
    return facts, Course(
        {"shape": "band", "baseline_on": begun, "upper": Decimal(60), "warn_margin": Decimal(6), "cadence_days": CADENCE},
        readings,
    )  # fmt: skip


def _lost(primary: Course, today: date, chance: random.Random) -> tuple[Facts, Course]:
    """It rose as the tickets fell, for half of the time; since then it rises most where they fall least."""
    facts: Facts = {
        "name": "Staff who begin with the assistant", "kind": Kpi.Kind.OPERATIONAL, "unit_of_measure": "%",
        "weight": Decimal("0.25"), "definition": "Of those who ask for a new password, who ask the assistant first.",
        "formula": "Sessions begun there / all requests", "population": "All staff with an account",
        "window": "Calendar month", "data_source": "Monitoring pipeline",
    }  # fmt: skip
    steps = [float(b - a) for (_, a), (_, b) in pairwise(primary.readings)]
    usual, spread = sum(steps) / len(steps), max(steps) - min(steps) or 1.0
    value, readings = 38.0, []
    for place, (on, _) in enumerate(primary.readings):
        if place:
            away = (steps[place - 1] - usual) / spread
            turned = 1 if place > len(steps) // 2 else -1
            value += 1.5 + turned * 2.2 * away + chance.uniform(-0.55, 0.55)
        readings.append((on, _tenth(value)))
    begun = primary.success["baseline_on"]
    return facts, Course(
        {
            "shape": "trajectory", "direction": "higher", "baseline": Decimal(38), "baseline_on": begun,
            "baseline_source": "Service desk, the quarter before", "target": Decimal(80),
            "target_on": today + timedelta(days=150), "cadence_days": CADENCE,
        },
        tuple(readings),
    )  # fmt: skip


def _changed(world: World, row: Row, at: datetime) -> None:
    record_world_change(
        initiative_id=world.initiatives[row.name].pk, kind="behaviour", on=world.script.day(at) - timedelta(days=9),
        what="Since single sign-on most staff no longer type a password at all.", by=world.who(row.lead), at=at,
    )  # fmt: skip


def _reviewed(world: World, made: Sequence[Kpi], at: datetime) -> None:
    record_review(
        kpi_id=made[0].pk, verdict="keep", by=world.who(MANAGER), at=at,
        because="Glass was a tenth of the repairs and never went through the garages this is about.",
    )  # fmt: skip


def _tenth(value: float) -> Decimal:
    return Decimal(str(round(value, 1)))
