"""The flag of spend over a ceiling: raised with the row that goes over it, cleared with the one that brings it back."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import Max

from core import clock
from core.access import Actor
from domain.finance.ceiling import CAUSE, CLEARS, RULE, over
from domain.finance.release import Released, Room, ceiling_of
from portfolio.models import Expenditure, FundingTranche, Initiative
from portfolio.services.flags import Finding, Found, Subject, sync_many

RULES: Final = frozenset({RULE})
BECAUSE: Final = "Spend is within the ceiling."


def judge_ceilings(initiatives: Collection[int], *, by: Actor, at: datetime) -> int:
    """Raise, renew or clear the flag of these initiatives, held by the caller, whose sums are up to date.

    Where nothing was ever released there is no ceiling to be over: that is unknown, and R16 and the pages say so. In a number
    of statements that does not grow with the initiatives. Returns how many flags changed.
    """
    rows = list(
        Initiative.objects.filter(pk__in=initiatives).select_related("unit", "lead", "sponsor").order_by("pk")
    )
    released: dict[int, list[Released]] = defaultdict(list)
    for pk, number, amount, ceiling in FundingTranche.objects.filter(
        initiative__in=initiatives, released_on__isnull=False
    ).order_by().values_list("initiative", "number", "amount", "ceiling"):  # fmt: skip
        released[pk].append(Released(number=number, amount=amount, ceiling=ceiling))
    lately: Any = Expenditure.objects.filter(initiative__in=initiatives).order_by().values("initiative")
    days = dict(lately.annotate(last=Max("spent_on")).values_list("initiative", "last"))
    today = clock.day_of(at)
    found: list[Found] = [
        (_subject(row), _findings(row, released[row.pk], days.get(row.pk) or today)) for row in rows
    ]
    return sync_many(found=found, by=by, at=at, rules=RULES, because=BECAUSE)


def _subject(row: Initiative) -> Subject:
    """Who leads it answers for it; where nobody does, its sponsor."""
    return Subject("initiative", row.pk, row.name, row, row.unit, row.lead or row.sponsor)


def _findings(row: Initiative, released: list[Released], since: date) -> list[Finding]:
    if not released or row.spent is None:
        return []
    room = Room(ceiling=ceiling_of(released), spent=row.spent, committed=Decimal(0))
    said = over(room, settings.ORG_CURRENCY)
    if said is None:
        return []
    numbers = {"spent": f"{room.spent:.2f}", "ceiling": f"{room.ceiling:.2f}", "over": f"{said.by:.2f}"}
    return [Finding(RULE, said.severity, CAUSE, said.sentence, since, CLEARS, "cause", numbers)]
