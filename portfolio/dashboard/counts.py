"""Counts: funnel, stage ageing, unit by status, pilots by level."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from core.models import BusinessUnit
from domain.ageing import MONTHS, StageAgeing, months_before, stage_ageing
from domain.stages import ORDER, PRE_PRODUCTION, Stage
from portfolio.dashboard.selection import ENDED, Selection
from portfolio.models import StageSpell

LINE = [s.value for s in ORDER if s.value not in ENDED]
STATUSES = ("achieved", "on_track", "at_risk", "off_track", "blind", "no_kpi")
LEVELS = ("purgatory", "drifting", "watch", "healthy", "undated")


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


def funnel(chosen: Selection) -> Funnel:
    """Stages with what is in them, what moved in twelve months, and how old what is in them is. Three queries."""
    now, year_ago = _now(chosen), months_before(chosen.today, 12)
    spells = StageSpell.objects.filter(chosen.mine(), restated_by=None)
    entered, left, forward = _moves(spells, year_ago, chosen.today)
    medians = _median_days(spells, year_ago, chosen.today)
    empty: Any = defaultdict(int)
    rows = tuple(
        FunnelRow(
            stage=stage,
            now=now.get(stage, empty)["now"],
            entered=entered[stage],
            left=left[stage],
            forward=forward[stage],
            median_days=medians.get(stage),
            older=tuple(now.get(stage, empty)[f"older_{i}"] for i in range(len(MONTHS))),
            undated=now.get(stage, empty)["undated"],
        )
        for stage in LINE
    )
    ended = {stage: now.get(stage, empty)["now"] for stage in ENDED}
    return Funnel(rows, year_ago, ended, now.get(Stage.UNKNOWN.value, empty)["now"])


def _now(chosen: Selection) -> dict[str, Any]:
    """By stage: how many, how many undated, and how many older than each number of months."""
    count = partial(Count, "pk", distinct=chosen.distinct)
    cutoffs = [months_before(chosen.today, n) for n in MONTHS]
    older = {f"older_{i}": count(filter=Q(entered_on__lt=day)) for i, day in enumerate(cutoffs)}
    grouped = chosen.rows.order_by().values("stage")
    return {
        row["stage"]: row
        for row in grouped.annotate(now=count(), undated=count(filter=Q(entered_on=None)), **older)
    }


_Counts = dict[str, int]


def _moves(spells: QuerySet[StageSpell], after: date, until: date) -> tuple[_Counts, _Counts, _Counts]:
    """By stage: entered, left, and left for a later stage of the line. One query."""
    place = {stage.value: i for i, stage in enumerate(ORDER)}
    entered: _Counts = defaultdict(int)
    left: _Counts = defaultdict(int)
    forward: _Counts = defaultdict(int)
    grouped = spells.order_by().values_list("from_stage", "stage").annotate(
        came=Count("pk", filter=Q(entered_on__gt=after, entered_on__lte=until)),
        went=Count("pk", filter=Q(left_on__gt=after, left_on__lte=until)),
    )  # fmt: skip
    for was, stage, came, went in grouped:
        entered[stage] += came
        left[stage] += went
        if was in place and stage in place and stage not in ENDED and place[stage] > place[was]:
            forward[was] += came
    return entered, left, forward


def _median_days(spells: Any, after: date, until: date) -> dict[str, int]:
    """Days of the spells that ended, by nearest rank, picked by the database."""
    ended = spells.filter(left_on__gt=after, left_on__lte=until, entered_on__isnull=False).annotate(
        days=F("left_on") - F("entered_on")
    )
    ranked = ended.annotate(
        place=Window(RowNumber(), partition_by="stage", order_by=F("days").asc()),
        total=Window(Count("pk"), partition_by="stage"),
    ).filter(place=(F("total") + 1) / 2)
    return {stage: _days(days) for stage, days in ranked.order_by().values_list("stage", "days")}


def _days(value: timedelta | int) -> int:
    return value.days if isinstance(value, timedelta) else int(value)


@dataclass(frozen=True, slots=True)
class HeatRow:
    unit: BusinessUnit
    by_status: dict[str, int]
    undated: int

    @property
    def total(self) -> int:
        return sum(self.by_status.values())


def unit_by_status(chosen: Selection) -> list[HeatRow]:
    """Active initiatives by top-level business unit and rolled-up status, largest unit first. One query.

    `undated` counts those whose present stage has no date, beside the statuses, not among them.
    """
    cells: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATUSES, 0))
    undated: dict[int, int] = defaultdict(int)
    grouped = chosen.active.order_by().values_list("unit", "kpi_status").annotate(
        n=Count("pk", distinct=chosen.distinct), u=Count("pk", filter=Q(entered_on=None), distinct=chosen.distinct)
    )  # fmt: skip
    for unit, status, count, without in grouped:
        top = chosen.top_of(unit).pk
        cells[top][status] = cells[top].get(status, 0) + count
        undated[top] += without
    rows = [HeatRow(chosen.units[pk], statuses, undated[pk]) for pk, statuses in cells.items()]
    return sorted(rows, key=lambda row: (-row.total, row.unit.name))


def levels(chosen: Selection) -> dict[str, int]:
    """Open pilots by level. One query."""
    found = dict(
        chosen.active.exclude(pilot_level="")
        .order_by()
        .values_list("pilot_level")
        .annotate(n=Count("pk", distinct=chosen.distinct))
    )
    return {level: found.get(level, 0) for level in LEVELS}


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
