"""Counts: funnel, stage ageing, unit by status, pilots by level."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from core.models import BusinessUnit
from domain.ageing import MONTHS, StageAgeing, months_before, stage_ageing
from domain.stages import ORDER, PRE_PRODUCTION, Stage
from portfolio.dashboard.selection import Selection
from portfolio.models import StageSpell
from portfolio.models.tallies import NO_UNIT
from portfolio.queries.counting import ENDED, count
from portfolio.queries.tally import Tally, together
from portfolio.queries.told import added_up, kept

LINE = [s.value for s in ORDER if s.value not in ENDED]
STATUSES = ("achieved", "on_track", "at_risk", "off_track", "blind", "no_kpi")
LEVELS = ("purgatory", "drifting", "watch", "healthy", "undated")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a selection comes to, in all and by business unit (NO_UNIT: flags of none), without those below."""

    chosen: Selection
    all: Tally
    by_unit: Mapping[int, Tally]


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One stage. `entered`, `left`, `forward` count the trailing twelve months; `median_days` of those that left."""

    stage: str
    now: int
    entered: int
    left: int
    forward: int
    median_days: int | None
    older: tuple[int, ...] = ()
    undated: int = 0

    @property
    def conversion(self) -> float | None:
        """Share of those that left which went forward; None when nobody left."""
        return self.forward / self.left if self.left else None


@dataclass(frozen=True, slots=True)
class Funnel:
    rows: tuple[FunnelRow, ...]
    since: date
    ended: dict[str, int]
    unknown: int

    @property
    def active(self) -> int:
        return sum(r.now for r in self.rows) + self.unknown

    @property
    def pre_production(self) -> tuple[FunnelRow, ...]:
        return tuple(r for r in self.rows if r.stage in PRE_PRODUCTION)

    def totals(self) -> dict[str, Any]:
        """Pre-production: how many, undated, and older than each number of months."""
        rows = self.pre_production
        return {
            "count": sum(r.now for r in rows),
            "undated": sum(r.undated for r in rows),
            "older": [sum(r.older[i] for r in rows) for i in range(len(MONTHS))],
        }


def see(chosen: Selection) -> Seen:
    """Count a selection: the tallies that hold, and the rest from the records. One statement, or nine."""
    rows = kept(chosen.whole_units, chosen.today)
    told, by_unit = added_up(rows)
    left = chosen.part(without=by_unit)
    if left is None:
        return Seen(chosen, told, by_unit)
    found = count(left, chosen.today)
    return Seen(chosen, together([told, *found.values()]), {**by_unit, **found})


def funnel(seen: Seen) -> Funnel:
    """Stages with what is in them, what moved in twelve months, and how old what is in them is."""
    n = seen.all.n
    rows = tuple(
        FunnelRow(
            stage=stage,
            now=n("now", stage),
            entered=n("entered", stage),
            left=n("left", stage),
            forward=n("forward", stage),
            median_days=seen.all.median(stage),
            older=tuple(n(f"older_{months}", stage) for months in MONTHS),
            undated=n("undated", stage),
        )
        for stage in LINE
    )
    ended = {stage: n("now", stage) for stage in ENDED}
    return Funnel(rows, months_before(seen.chosen.today, 12), ended, n("now", Stage.UNKNOWN.value))


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A top-level unit. `undated` counts those whose present stage has no date, beside the statuses, not among them."""

    unit: BusinessUnit
    by_status: dict[str, int]
    undated: int
    total: int


def unit_by_status(seen: Seen) -> list[HeatRow]:
    """Active initiatives by top-level business unit and rolled-up status, largest unit first."""
    tops: dict[int, list[Tally]] = defaultdict(list)
    for unit, tally in seen.by_unit.items():
        if unit != NO_UNIT and tally.n("active"):
            tops[seen.chosen.top_of(unit).pk].append(tally)
    rows = [
        HeatRow(
            unit=seen.chosen.units[pk],
            by_status={status: sum(tally.n("status", status) for tally in tallies) for status in STATUSES},
            undated=sum(tally.n("active", "undated") for tally in tallies),
            total=sum(tally.n("active") for tally in tallies),
        )
        for pk, tallies in tops.items()
    ]
    return sorted(rows, key=lambda row: (-row.total, row.unit.name))


def levels(seen: Seen) -> dict[str, int]:
    """Open pilots by level."""
    return {level: seen.all.n("level", level) for level in LEVELS}


def ageing(chosen: Selection, as_of: date) -> StageAgeing:
    """Stage ageing on a day, by stage and top-level unit, for the API and the command. One query."""
    return stage_ageing(
        (
            (Stage(stage), chosen.top_of(unit).label, entered)
            for stage, unit, entered in _stood(chosen, as_of)
        ),
        as_of=as_of,
    )


def _stood(chosen: Selection, as_of: date) -> Iterator[tuple[str, int, date | None]]:
    """The spell each initiative stood in on a day: the first, in the order recorded, not left by then.

    One whose first spell began later had not begun, and is left out; an undated one cannot be told and stays.
    """
    spells = StageSpell.objects.filter(chosen.mine(), restated_by=None)
    spells = spells.filter(Q(left_on=None) | Q(left_on__gt=as_of)).order_by("initiative_id", "pk")
    last = None
    fields = ("initiative_id", "stage", "initiative__unit_id", "entered_on", "from_stage")
    for pk, stage, unit, entered, was in spells.values_list(*fields):
        if pk != last:
            last = pk
            if was or entered is None or entered <= as_of:
                yield stage, unit, entered
