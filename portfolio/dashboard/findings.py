"""What needs the reader: decisions due, exceptions, and the four figures."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value, Window
from django.db.models.functions import Cast, Coalesce, RowNumber

from core.access import Actor
from portfolio.dashboard.selection import ENDED, Selection
from portfolio.models import BenefitEntry, Expenditure, Flag, Initiative

AHEAD = timedelta(days=21)
MONEY = DecimalField(max_digits=24, decimal_places=2)
# remedy -> what the decision asks for. The remedies are domain.purgatory_remedy's; nothing here decides anything.
ASKS = {
    "regularise": "Regularise the users outside the charter",
    "scale": "Decide scale-up (G4)",
    "scale_with_conditions": "Decide scale-up (G4) with conditions",
    "hold_for_sponsor": "Name a sponsor, or hold",
    "pivot": "Pivot to a new charter",
    "pivot_or_stop": "Pivot or stop",
    "stop": "Stop",
    "extend_once": "Extend once, with a date",
    "stop_unless_recorded": "Stop unless the evidence is recorded",
    "decide_at_next_council": "Decide at the next council",
    "record_the_facts": "Record the facts",
    "continue": "Continue",
    "continue_and_clear_flags": "Continue and clear the flags",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision that waits. `amount` is approved money not yet released; None was never recorded."""

    initiative: Initiative
    ask: str
    amount: Decimal | None
    remedy: str
    because: str
    rule: str

    @property
    def days_over(self) -> int | None:
        on = self.initiative.decision_on
        return None if on is None else (self.today - on).days

    today: date = date.min


@dataclass(frozen=True, slots=True)
class DecisionsDue:
    rows: list[Decision]
    total: int
    overdue: int
    undated: int


def due_filter(today: date) -> Q:
    """Pilots whose decision waits: past its date, due in three weeks, said to have none, or in purgatory."""
    no_date = Flag.objects.filter(initiative=OuterRef("pk"), rule="R01", cleared_at=None)
    open_pilot = ~Q(pilot_level="")
    return open_pilot & (Q(decision_on__lte=today + AHEAD) | Q(pilot_level="purgatory") | Q(Exists(no_date)))


def decisions_due(chosen: Selection, limit: int = 9) -> DecisionsDue:
    """Those with the oldest date first, then those without one, by planned value. Two queries."""
    worst = Flag.objects.filter(initiative=OuterRef("pk"), subject_type="pilot", cleared_at=None)
    worst = worst.order_by("-severity", "since", "id")
    due = chosen.active.filter(due_filter(chosen.today))
    counted = due.order_by().aggregate(
        total=Count("pk", distinct=chosen.distinct),
        overdue=Count("pk", filter=Q(decision_on__lt=chosen.today), distinct=chosen.distinct),
        undated=Count("pk", filter=Q(decision_on=None), distinct=chosen.distinct),
    )
    found = due.distinct() if chosen.distinct else due
    rows = found.annotate(
        flag_sentence=Subquery(worst.values("sentence")[:1]), flag_rule=Subquery(worst.values("rule")[:1])
    ).order_by(
        F("decision_on").asc(nulls_last=True),
        F("planned_value").desc(nulls_last=True),
        F("entered_on").asc(nulls_last=True),
        "pk",
    )
    decisions = [
        Decision(
            initiative=row,
            ask=ASKS.get(row.pilot_remedy, "Decide"),
            amount=None if row.approved is None else row.approved - (row.released or Decimal(0)),
            remedy=row.pilot_remedy,
            because=row.flag_sentence or "",
            rule=row.flag_rule or "",
            today=chosen.today,
        )
        for row in rows[:limit]
    ]
    return DecisionsDue(decisions, counted["total"], counted["overdue"], counted["undated"])


@dataclass(frozen=True, slots=True)
class Exceptions:
    flags: list[Any]
    total: int


def exceptions(chosen: Selection, actor: Actor, limit: int = 7) -> Exceptions:
    """The worst open flag of each initiative (or unit), by money at stake times severity. Three queries.

    `total` counts every open flag of the selection; a unit's own flag belongs to no narrower one than its unit.
    """
    flags = Flag.objects.visible_to(actor).open()
    if chosen.narrowed:
        flags = flags.filter(chosen.mine() | _of_unit(chosen))
    total = flags.count()
    stake = Coalesce(F("initiative__planned_value"), Value(Decimal(0)), output_field=MONEY)
    worst = (
        flags.annotate(
            stake=Cast(stake * F("severity"), MONEY),
            place=Window(
                RowNumber(),
                partition_by=[F("initiative_id"), Coalesce(F("initiative_id"), F("subject_id"))],
                order_by=[F("severity").desc(), F("since").asc(), F("pk").asc()],
            ),
        )
        .filter(place=1)
        .order_by("-stake", "-severity", F("initiative_id").asc(nulls_first=True), "since", "pk")
        .values_list("pk", flat=True)
    )
    order = list(worst[:limit])
    rows = Flag.objects.filter(pk__in=order).select_related("initiative", "owner", "unit")
    return Exceptions(sorted(rows, key=lambda row: order.index(row.pk)), total)


def _of_unit(chosen: Selection) -> Q:
    """Flags on the business unit asked for and below, where the selection asks for nothing else."""
    if set(chosen.narrowed) != {"unit"}:
        return Q(pk__in=[])
    return Q(initiative=None, unit__path__contains=f"/{chosen.narrowed['unit']}/")


@dataclass(frozen=True, slots=True)
class Figures:
    """Money in the organisation's currency. A sum is None when no row of it was ever recorded."""

    invested: Decimal | None
    without_spend: int
    approved: Decimal | None
    released: Decimal | None
    planned: Decimal | None
    claimed: Decimal | None
    validated: Decimal | None
    past_date: Decimal | None
    past_date_names: list[str]
    pilots_without_date: int


def figures(chosen: Selection) -> Figures:
    """The four figures of the dashboard, and what could not be counted. Four queries."""
    ids = (
        chosen.rows
        if not chosen.distinct
        else Initiative.objects.filter(pk__in=chosen.rows.order_by().values("pk"))
    )
    live = ~Q(stage__in=ENDED)
    sums = ids.order_by().aggregate(
        sum_spent=Sum("spent"), sum_approved=Sum("approved"), sum_released=Sum("released"),
        sum_claimed=Sum("claimed"), sum_validated=Sum("validated"),
        without_date=Count("pk", filter=live & ~Q(pilot_level="") & Q(decision_on=None)),
        without_spend=Count("pk", filter=live & Q(spent=None) & ~Q(stage__in=["idea", "framing", "unknown"])),
    )  # fmt: skip
    planned = BenefitEntry.objects.filter(
        chosen.mine(), kind=BenefitEntry.Kind.PLANNED, month__lte=chosen.today
    )
    over = Initiative.objects.filter(live, decision_on__lt=chosen.today).exclude(pilot_level="")
    if not chosen.whole:
        over = over.filter(pk__in=chosen.rows.order_by().values("pk"))
    spends = Expenditure.objects.filter(initiative__in=over, spent_on__gt=F("initiative__decision_on"))
    by_pilot = (
        spends.order_by().values_list("initiative_id", "initiative__name").annotate(total=Sum("amount"))
    )
    late = sorted(by_pilot, key=lambda row: (-row[2], row[0]))
    return Figures(
        invested=sums["sum_spent"], without_spend=sums["without_spend"], approved=sums["sum_approved"], released=sums["sum_released"],
        planned=planned.aggregate(total=Sum("amount"))["total"], claimed=sums["sum_claimed"], validated=sums["sum_validated"],
        past_date=sum((amount for _, _, amount in late), Decimal(0)) if late else None,
        past_date_names=[name for _, name, _ in late],
        pilots_without_date=sums["without_date"],
    )  # fmt: skip
