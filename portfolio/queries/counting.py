"""Counting the records themselves, by business unit: what a tally says, and what is read where none holds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.fields import DateField
from django.db.models.functions import Cast, Coalesce, RowNumber
from django.db.models.sql.compiler import SQLCompiler

from domain.ageing import MONTHS, months_before
from domain.stages import ORDER, Stage
from portfolio.models import BenefitEntry, Expenditure, Flag, Initiative, StageSpell
from portfolio.models.tallies import NO_UNIT
from portfolio.queries.listings import LEVELS, ROLLUP
from portfolio.queries.tally import Tally, Worst, latest, worst_first

ENDED = (Stage.STOPPED.value, Stage.RETIRED.value)
AHEAD = timedelta(days=21)
"""How long before its date a decision counts as due."""
NO_DATE_RULE = "R01"
LONG_IN_PILOT = 366
"""Days from which a pilot is older than twelve months of 30.44 days."""
MONEY = DecimalField(max_digits=24, decimal_places=2)
# Spend is expected from development on.
_BEFORE_SPEND = frozenset({Stage.IDEA.value, Stage.FRAMING.value, Stage.UNKNOWN.value, *ENDED})
_OF_INITIATIVE = "initiative__unit_id"


class DaysSince(Func):
    """Whole days from a date column to `day`; below zero for a day that has not come."""

    template, arg_joiner = "(%(expressions)s)", " - "
    output_field = IntegerField()

    def __init__(self, column: str, day: date) -> None:
        super().__init__(Value(day, output_field=DateField()), F(column))

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any) -> Any:
        days = "CAST(julianday(%(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=days, arg_joiner=") - julianday(", **more)


@dataclass(frozen=True, slots=True)
class Part:
    """Some initiatives, none twice, and some flags.

    `mine` says the same initiatives as a filter on a record that hangs on one, through its field `initiative`.
    """

    rows: QuerySet[Initiative]
    mine: Q
    flags: QuerySet[Flag]


def everything() -> Part:
    """Every initiative and every flag."""
    return Part(Initiative.objects.all(), Q(), Flag.objects.all())


def of_units(units: Iterable[int]) -> Part:
    """The initiatives and the flags of these units alone; NO_UNIT stands for flags of none."""
    ids = [unit for unit in units if unit != NO_UNIT]
    flags = Q(unit__in=ids)
    if len(ids) < len(list(units)):
        flags |= Q(unit=None)
    return Part(
        Initiative.objects.filter(unit__in=ids), Q(initiative__unit__in=ids), Flag.objects.filter(flags)
    )


def due_filter(today: date) -> Q:
    """Pilots whose decision waits: past its date, due in three weeks, said to have none, or in purgatory."""
    no_date = Flag.objects.filter(rule=NO_DATE_RULE, cleared_at=None, initiative__isnull=False)
    waits = (
        Q(decision_on__lte=today + AHEAD)
        | Q(pilot_level="purgatory")
        | Q(pk__in=no_date.order_by().values("initiative"))
    )
    return ~Q(pilot_level="") & waits


def count(part: Part, today: date) -> Mapping[int, Tally]:
    """The tally of each unit that has anything in this part, from the records. Eight statements, however many rows."""
    found: dict[int, Tally] = defaultdict(Tally)
    _initiatives(part.rows, today, found)
    _pilots(part.rows, today, found)
    spells = StageSpell.objects.filter(part.mine).exclude(
        pk__in=StageSpell.objects.filter(restates__isnull=False).order_by().values("restates")
    )
    _moves(spells, today, found)
    _lengths(spells, today, found)
    _planned(part.mine, today, found)
    _late(part, today, found)
    _flags(part.flags.filter(cleared_at=None), found)
    return found


_Found = dict[int, Tally]


def _initiatives(rows: QuerySet[Initiative], today: date, found: _Found) -> None:
    """By stage: how many, how many undated, how many older than each number of months; statuses and money."""
    older = {f"older_{n}": Count("pk", filter=Q(entered_on__lt=months_before(today, n))) for n in MONTHS}
    statuses = {f"is_{code}": Count("pk", filter=Q(kpi_status=code)) for code in ROLLUP}
    sums = {f"sum_{name}": Sum(name) for name in ("spent", "approved", "released", "claimed", "validated")}
    by_stage: Any = rows.order_by().values("unit_id", "stage")
    for row in by_stage.annotate(
        now=Count("pk"), undated=Count("pk", filter=Q(entered_on=None)),
        spendless=Count("pk", filter=Q(spent=None)), **older, **statuses, **sums,
    ):  # fmt: skip
        tally, stage = found[row["unit_id"]], row["stage"]
        for kind in ("now", "undated", *older):
            tally.add(kind, stage, row[kind])
        for name in sums:
            tally.add_sum(name.removeprefix("sum_"), row[name])
        if stage not in ENDED:
            tally.add("active", "", row["now"])
            tally.add("active", "undated", row["undated"])
            for code in ROLLUP:
                tally.add("status", code, row[f"is_{code}"])
        if stage not in _BEFORE_SPEND:
            tally.add("without", "spend", row["spendless"])


def _pilots(rows: QuerySet[Initiative], today: date, found: _Found) -> None:
    """Open pilots by level, those whose decision is due, and how long they have been pilots."""
    due, dated = due_filter(today), Q(entered_on__isnull=False)
    placed = dated & Q(pilot_planned_days__gt=0)
    counts = [
        ("due", "", due),
        ("due", "overdue", due & Q(decision_on__lt=today)),
        ("due", "undated", due & Q(decision_on=None)),
        ("without", "date", Q(decision_on=None)),
        ("pilots", "planned", Q(pilot_planned_days__gt=0)),
        ("pilots", "dated", dated),
        ("pilots", "placed", placed),
        ("pilots", "over", placed & Q(age__gt=F("pilot_planned_days"))),
        ("pilots", "twice", placed & Q(age__gt=F("pilot_planned_days") * 2)),
        ("pilots", "year", Q(age__gte=LONG_IN_PILOT)),
    ]
    named = {f"n{place}": Count("pk", filter=which) for place, (_, _, which) in enumerate(counts)}
    pilots = rows.exclude(pilot_level="").exclude(stage__in=ENDED).order_by()
    by_level: Any = pilots.annotate(age=DaysSince("entered_on", today)).values("unit_id", "pilot_level")
    for row in by_level.annotate(n=Count("pk"), **named):
        tally = found[row["unit_id"]]
        if row["pilot_level"] in LEVELS:
            tally.add("level", row["pilot_level"], row["n"])
        for place, (kind, code, _) in enumerate(counts):
            tally.add(kind, code, row[f"n{place}"])


def _moves(spells: QuerySet[StageSpell], today: date, found: _Found) -> None:
    """By stage, in the last twelve months: entered, left, and left for a later stage of the line."""
    after, place = months_before(today, 12), {stage.value: n for n, stage in enumerate(ORDER)}
    came = Q(entered_on__gt=after, entered_on__lte=today)
    went = Q(left_on__gt=after, left_on__lte=today)
    grouped = spells.filter(came | went).order_by().values_list(_OF_INITIATIVE, "from_stage", "stage")
    for unit, was, stage, entered, left in grouped.annotate(
        came=Count("pk", filter=came), went=Count("pk", filter=went)
    ):
        tally = found[unit]
        tally.add("entered", stage, entered)
        tally.add("left", stage, left)
        if was in place and stage in place and stage not in ENDED and place[stage] > place[was]:
            tally.add("forward", was, entered)


def _lengths(spells: QuerySet[StageSpell], today: date, found: _Found) -> None:
    """Days of the stays that ended in the last twelve months."""
    ended = spells.filter(
        left_on__gt=months_before(today, 12), left_on__lte=today, entered_on__isnull=False
    ).order_by()
    for unit, stage, entered, left in ended.values_list(_OF_INITIATIVE, "stage", "entered_on", "left_on"):
        found[unit].lengths.setdefault(stage, []).append((left - entered).days)


def _planned(mine: Q, today: date, found: _Found) -> None:
    """Value planned up to today, and all that finance rejected."""
    told = Q(kind=BenefitEntry.Kind.PLANNED, month__lte=today) | Q(kind=BenefitEntry.Kind.REJECTED)
    rows = BenefitEntry.objects.filter(told, mine).order_by()
    for unit, kind, amount in rows.values_list(_OF_INITIATIVE, "kind").annotate(total=Sum("amount")):
        found[unit].add_sum(kind, amount)


def _late(part: Part, today: date, found: _Found) -> None:
    """Spend after the decision date, of pilots that are past it."""
    past = Q(initiative__decision_on__lt=today, spent_on__gt=F("initiative__decision_on"))
    pilots = ~Q(initiative__pilot_level="") & ~Q(initiative__stage__in=ENDED)
    spends = Expenditure.objects.filter(part.mine, past, pilots).order_by()
    by_pilot: dict[int, list[tuple[Decimal, int]]] = defaultdict(list)
    for unit, pk, amount in spends.values_list(_OF_INITIATIVE, "initiative_id").annotate(total=Sum("amount")):
        by_pilot[unit].append((amount, pk))
    for unit, rows in by_pilot.items():
        found[unit].add("late", "", len(rows))
        found[unit].add_sum("late", sum((amount for amount, _ in rows), Decimal(0)))
        found[unit].late = latest(rows)


def _flags(flags: QuerySet[Flag], found: _Found) -> None:
    """How many flags stand open, and the worst of each initiative. Two statements."""
    for unit, n in flags.order_by().values_list("unit_id").annotate(n=Count("pk")):
        found[unit or NO_UNIT].add("flags", "", n)
    stake = Coalesce(F("initiative__planned_value"), Value(Decimal(0)), output_field=MONEY) * F("severity")
    alone = Q(initiative=None)
    subject: list[Any] = [
        F("unit_id"), F("initiative_id"),
        Case(When(alone, then=F("subject_type"))), Case(When(alone, then=F("subject_id"))),
    ]  # fmt: skip
    worst = flags.annotate(
        stake=Cast(stake, MONEY),
        place=Window(
            RowNumber(), partition_by=subject,
            order_by=[F("severity").desc(), F("since").asc(), F("pk").asc()],
        ),
    ).filter(place=1)  # fmt: skip
    fields = ("unit_id", "stake", "severity", "since", "pk", "initiative_id", "subject_type", "subject_id")
    by_unit: dict[int, list[Worst]] = defaultdict(list)
    for unit, at_stake, severity, since, pk, initiative, kind, subject_id in worst.order_by().values_list(
        *fields
    ):
        about = f"{kind} {subject_id}" if initiative is None else ""
        by_unit[unit or NO_UNIT].append(Worst(at_stake, severity, since.isoformat(), pk, initiative, about))
    for unit, rows in by_unit.items():
        found[unit].worst = worst_first(rows)
