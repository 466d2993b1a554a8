"""Benefits as they come in, by month or quarter: planned, claimed, validated and rejected apart, beside what was spent."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from domain.ageing import months_after
from domain.finance.realisation import Period, Realised, SoFar, course, realisation
from domain.kpi_figures import EXACT
from portfolio.models import BenefitEntry, Expenditure, Initiative

EVERY: Final = {"quarter": 3, "month": 1}
KINDS: Final = ("planned", "claimed", "validated", "rejected")
MOST_PERIODS: Final = 400
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Realisation:
    """The periods up to the day that was asked about, oldest first, and the sums after each.

    at_completion: planned in all, None where nothing ever was. waiting: claims finance has not answered, and their sum.
    """

    starts: tuple[date, ...]
    periods: tuple[Period, ...]
    so_far: tuple[SoFar, ...]
    at_completion: Decimal | None
    waiting: int
    waiting_amount: Decimal

    @property
    def now(self) -> SoFar | None:
        return self.so_far[-1] if self.so_far else None


def realised(mine: Q, *, today: date, by: str = "quarter", known_at: datetime | None = None) -> Realisation:
    """`mine`: the initiatives, as a filter on a record of theirs. Periods run from the first with a record to that of `today`.
    Three statements."""
    known = Q() if known_at is None else Q(recorded_at__lte=known_at)
    rows = BenefitEntry.objects.filter(mine, known).order_by()
    sums: dict[str, dict[date, Decimal]] = defaultdict(dict)
    at_completion: Decimal | None = None
    for kind, month, amount in rows.values_list("kind", "month").annotate(total=Sum("amount")):
        if kind == "planned":
            at_completion = EXACT.add(at_completion or _NOTHING, amount)
        if month <= today:
            _add(sums[kind], _start(month, by), amount)
    spend = Expenditure.objects.filter(mine, known, spent_on__lte=today).order_by()
    for month, amount in (
        spend.annotate(month=TruncMonth(F("spent_on"))).values_list("month").annotate(total=Sum("amount"))
    ):
        _add(sums["spent"], _start(month, by), amount)
    answered = BenefitEntry.objects.filter(known, answers__isnull=False).order_by().values("answers")
    waits = rows.filter(kind=BenefitEntry.Kind.CLAIMED, month__lte=today).exclude(pk__in=answered)
    waiting = waits.aggregate(n=Count("pk"), total=Sum("amount"))
    starts = tuple(_starts(sums, today, by))
    periods = tuple(
        Period(label=_label(start, by), **{name: sums[name].get(start) for name in (*KINDS, "spent")})
        for start in starts
    )
    return Realisation(
        starts=starts, periods=periods, so_far=course(periods, at_completion=at_completion or _NOTHING),
        at_completion=at_completion, waiting=waiting["n"], waiting_amount=waiting["total"] or _NOTHING,
    )  # fmt: skip


def of_initiative(initiative: Initiative) -> Q:
    return Q(initiative=initiative)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOne:
    """One initiative in the list of the portfolio. planned: up to today; the others: all there is."""

    row: Initiative
    planned: Decimal | None
    claimed: Decimal | None
    validated: Decimal | None
    rejected: Decimal | None
    said: Realised


def by_initiative(rows: QuerySet[Initiative], *, today: date) -> list[OfOne]:
    """Those with any benefit on record, the most planned first. Two statements, whatever their number."""
    sums: dict[int, dict[str, Decimal]] = defaultdict(dict)
    entries = BenefitEntry.objects.filter(initiative__in=rows.order_by().values("pk")).order_by()
    whole, past = Sum("amount"), Sum("amount", filter=Q(month__lte=today))
    for pk, kind, total, by_now in entries.values_list("initiative", "kind").annotate(whole=whole, past=past):
        sums[pk][kind] = by_now
        if kind == "planned":
            sums[pk]["in_all"] = total
    found = Initiative.objects.filter(pk__in=sums).select_related("unit")
    out = [_of_one(row, sums[row.pk]) for row in found]
    return sorted(out, key=lambda one: (-(one.planned or _NOTHING), one.row.pk))


def _of_one(row: Initiative, sums: Mapping[str, Decimal | None]) -> OfOne:
    said = realisation(
        planned=sums.get("planned") or _NOTHING, realised=sums.get("validated") or _NOTHING, spent=row.spent or _NOTHING,
        at_completion=sums.get("in_all") or _NOTHING,
    )  # fmt: skip
    return OfOne(row=row, said=said, **{kind: sums.get(kind) for kind in KINDS})


def _add(sums: dict[date, Decimal], key: date, amount: Decimal) -> None:
    sums[key] = EXACT.add(sums.get(key, _NOTHING), amount)


def _start(day: date, by: str) -> date:
    return day.replace(month=day.month - (day.month - 1) % EVERY[by], day=1)


def _starts(sums: Mapping[str, Mapping[date, Any]], today: date, by: str) -> Iterator[date]:
    """Every period from the first that holds anything; the latest where they would be too many to read."""
    first = min((start for series in sums.values() for start in series), default=None)
    if first is None:
        return
    last, every = _start(today, by), EVERY[by]
    first = max(first, months_after(last, -every * (MOST_PERIODS - 1)))
    while first <= last:
        yield first
        first = months_after(first, every)


def _label(start: date, by: str) -> str:
    return f"{start:%b %Y}" if by == "month" else f"Q{(start.month + 2) // 3} {start.year}"
