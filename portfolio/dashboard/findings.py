"""What needs the reader: decisions due, exceptions, and the four figures."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Subquery

from portfolio.dashboard.counts import Seen
from portfolio.models import Flag, Initiative
from portfolio.queries.counting import due_filter

# What the page shows of an initiative whose decision is due, and of a flag: the rest of their rows is long.
SHOWN = ("name", "decision_on", "planned_value", "entered_on", "approved", "released", "pilot_remedy")
WORDS = (
    "subject_type", "subject_label", "rule", "severity", "cause", "sentence", "numbers", "clears_when", "since",
    "initiative__name", "initiative__planned_value", "owner__name",
)  # fmt: skip
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


def decisions_due(seen: Seen, limit: int = 9) -> DecisionsDue:
    """Those with the oldest date first, then those without one, by planned value. One query; none for the counts alone."""
    rows = _due_rows(seen, limit) if limit else []
    return DecisionsDue(rows, seen.all.n("due"), seen.all.n("due", "overdue"), seen.all.n("due", "undated"))


def _due_rows(seen: Seen, limit: int) -> list[Decision]:
    chosen = seen.chosen
    worst = Flag.objects.filter(initiative=OuterRef("pk"), subject_type="pilot", cleared_at=None)
    worst = worst.order_by("-severity", "since", "id")
    due = chosen.active.filter(due_filter(chosen.today)).only(*SHOWN)
    found = due.distinct() if chosen.distinct else due
    rows = found.annotate(
        flag_sentence=Subquery(worst.values("sentence")[:1]), flag_rule=Subquery(worst.values("rule")[:1])
    ).order_by(
        F("decision_on").asc(nulls_last=True),
        F("planned_value").desc(nulls_last=True),
        F("entered_on").asc(nulls_last=True),
        "pk",
    )
    return [
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


@dataclass(frozen=True, slots=True)
class Exceptions:
    flags: list[Any]
    total: int


def exceptions(seen: Seen) -> Exceptions:
    """The worst open flag of each initiative (or unit), by money at stake times severity. One query.

    `total` counts every open flag of the selection.
    """
    order = [row.flag for row in seen.all.worst]
    rows = Flag.objects.filter(pk__in=order).select_related("initiative", "owner").only(*WORDS)
    return Exceptions(sorted(rows, key=lambda row: order.index(row.pk)), open_flags(seen))


def open_flags(seen: Seen) -> int:
    """How many flags stand open."""
    return seen.all.n("flags")


@dataclass(frozen=True, slots=True)
class Figures:
    """Money in the organisation's currency. A sum is None when no row of it was ever recorded."""

    invested: Decimal | None
    approved: Decimal | None
    released: Decimal | None
    planned: Decimal | None
    claimed: Decimal | None
    validated: Decimal | None
    rejected: Decimal | None
    past_date: Decimal | None
    past_date_pilots: int
    without_spend: int
    pilots_without_date: int


def figures(seen: Seen) -> Figures:
    """The four figures of the dashboard, and what could not be counted."""
    sums, n = seen.all.sums, seen.all.n
    return Figures(
        invested=sums.get("spent"), approved=sums.get("approved"), released=sums.get("released"),
        planned=sums.get("planned"), claimed=sums.get("claimed"), validated=sums.get("validated"), rejected=sums.get("rejected"),
        past_date=sums.get("late"), past_date_pilots=n("late"),
        without_spend=n("without", "spend"), pilots_without_date=n("without", "date"),
    )  # fmt: skip


def spent_latest(seen: Seen) -> list[str]:
    """Names of the pilots that spent most past their decision date, the most first. One query."""
    order = [pk for _, pk in seen.all.late]
    names = dict(Initiative.objects.filter(pk__in=order).order_by().values_list("pk", "name"))
    return [names[pk] for pk in order if pk in names]
