"""The flag of what goes on after a stop: money spent on it, or KPIs of it read. Asked by the sweep, and put before the council."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from core.access import Actor, system
from domain.after_stop import CAUSE, CLEARS, RULE, SEVERITY, GoesOn, Read, Spent, goes_on, stopped_by
from domain.stages import Stage
from kpis.models import Kpi
from portfolio.models import Expenditure, Flag, Initiative
from portfolio.services.flags import Finding, Found, Subject, sync_many

RULES: Final = frozenset({RULE})


@dataclass(frozen=True, slots=True)
class Pass:
    """How many flags were raised, renewed or cleared."""

    changed: int = 0


def judge_stopped(*, at: datetime, by: Actor | None = None) -> Pass:
    """Flag the stopped initiatives that go on, and clear the flags of those that do no more. Safe to run twice.

    Nothing is stopped again by itself. Three statements where nothing goes on.
    """
    found = _going_on()
    flagged = Flag.objects.filter(subject_type="initiative", rule=RULE, cleared_at=None)
    known = set(flagged.order_by().values_list("subject_id", flat=True))
    asked = known | found.keys()
    if not asked:
        return Pass()
    rows = Initiative.objects.filter(pk__in=asked).select_related("unit", "lead", "sponsor").order_by("pk")
    told: list[Found] = [(_subject(row), _findings(found.get(row.pk))) for row in rows]
    try:
        with transaction.atomic():
            return Pass(sync_many(found=told, by=by or system(), at=at, rules=RULES))
    except IntegrityError:  # another worker raised the same flag in this moment
        return Pass()


def _going_on() -> dict[int, GoesOn]:
    """Initiative -> what is on record after its stop. Two statements, of rows that there should be none of."""
    stopped = Q(initiative__stage=Stage.STOPPED.value)
    entered = ("initiative_id", "initiative__entered_on", "initiative__entered_precision")
    spent: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    read: dict[int, list[Read]] = defaultdict(list)
    ends: dict[int, date] = {}
    spends = Expenditure.objects.filter(stopped, spent_on__gt=F("initiative__entered_on"))
    for pk, on, precision, day, amount in spends.order_by("spent_on").values_list(
        *entered, "spent_on", "amount"
    ):
        end = stopped_by(on, precision)
        if end is not None and day > end:
            ends[pk] = end
            spent[pk].append((day, amount))
    reads = Kpi.objects.filter(stopped, last_observed_on__gt=F("initiative__entered_on"))
    for pk, on, precision, kpi, name, day in reads.order_by("pk").values_list(
        *entered, "pk", "name", "last_observed_on"
    ):
        end = stopped_by(on, precision)
        if end is not None and day > end:
            ends[pk] = end
            read[pk].append(Read(f"{Kpi(pk=kpi).ref} {name}", day))
    said = {
        pk: goes_on(end, _sum(spent[pk]), tuple(read[pk]), settings.ORG_CURRENCY) for pk, end in ends.items()
    }
    return {pk: one for pk, one in said.items() if one is not None}


def _sum(rows: Sequence[tuple[date, Decimal]]) -> Spent | None:
    """The rows of one initiative, first to last day, added up."""
    if not rows:
        return None
    return Spent(sum((amount for _, amount in rows), Decimal(0)), rows[0][0], rows[-1][0])


def _subject(row: Initiative) -> Subject:
    return Subject("initiative", row.pk, row.name, row, row.unit, row.lead or row.sponsor)


def _findings(said: GoesOn | None) -> list[Finding]:
    """Before the council from the first day: whatever goes on does so against its decision."""
    if said is None:
        return []
    return [
        Finding(
            RULE, SEVERITY, CAUSE, said.sentence, said.since, CLEARS, "cause", said.numbers, escalates=True
        )
    ]
