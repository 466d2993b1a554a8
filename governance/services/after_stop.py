"""The flag of what goes on after a stop: money spent on it, KPIs of it read, or something that serves for it alone still runs.

Asked by the sweep, and put before the council, which takes it up again or says that the stop stands.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from core import clock
from core.access import Actor, system
from domain.after_stop import (
    CAUSE,
    CLEARS,
    RULE,
    SEVERITY,
    Ended,
    GoesOn,
    Read,
    Runs,
    Spent,
    goes_on,
    still_runs,
    stopped_by,
)
from domain.stage_words import Outcome
from domain.stages import Stage
from governance.models import Decision
from governance.queries.after_stop import running
from kpis.models import Kpi
from portfolio.models import Expenditure, Flag, Initiative
from portfolio.services.flags import Finding, Found, Subject, sync_many

RULES: Final = frozenset({RULE})


@dataclass(frozen=True, slots=True)
class Pass:
    """How many flags were raised, renewed or cleared."""

    changed: int = 0


@dataclass(slots=True)
class _Rows:
    """What is on record of one initiative after the day its stop was entered. `spent`: day, amount, when it was recorded."""

    spent: list[tuple[date, Decimal, datetime]] = field(default_factory=list)
    read: list[Read] = field(default_factory=list)
    runs: list[Runs] = field(default_factory=list)


def judge_stopped(*, at: datetime, by: Actor | None = None, only: int | None = None) -> Pass:
    """Flag the stopped initiatives that go on, and clear the flags of those that do no more. Safe to run twice.

    `only`: one initiative, by who holds it. Nothing is stopped again by itself. Five statements where nothing goes on.
    """
    today = clock.day_of(at)
    found = _on_record(today, only)
    flagged = Flag.objects.filter(subject_type="initiative", rule=RULE, cleared_at=None)
    if only is not None:
        flagged = flagged.filter(subject_id=only)
    asked = set(flagged.order_by().values_list("subject_id", flat=True)) | found.keys()
    if not asked:
        return Pass()
    confirmed = _confirmed(asked)
    rows = Initiative.objects.filter(pk__in=asked).select_related("unit", "lead", "sponsor").order_by("pk")
    told: list[Found] = [
        (_subject(row), _findings(_asked(row, found.get(row.pk), confirmed.get(row.pk), today)))
        for row in rows
    ]
    try:
        with transaction.atomic():
            return Pass(sync_many(found=told, by=by or system(), at=at, rules=RULES))
    except IntegrityError:  # another worker raised the same flag in this moment
        return Pass()


def _on_record(today: date, only: int | None) -> dict[int, _Rows]:
    """Initiative -> what is on record after its stop, of rows that there should be none of."""
    stopped = Q(initiative__stage=Stage.STOPPED.value)
    if only is not None:
        stopped &= Q(initiative=only)
    found: dict[int, _Rows] = defaultdict(_Rows)
    spends = Expenditure.objects.filter(stopped, spent_on__gt=F("initiative__entered_on"))
    told = spends.order_by("spent_on").values_list("initiative_id", "spent_on", "amount", "recorded_at")
    for pk, day, amount, recorded in told:
        found[pk].spent.append((day, amount, recorded))
    reads = Kpi.objects.filter(stopped, last_observed_on__gt=F("initiative__entered_on"))
    for pk, kpi, name, last in reads.order_by("pk").values_list(
        "initiative_id", "pk", "name", "last_observed_on"
    ):
        if last is not None:
            found[pk].read.append(Read(f"{Kpi(pk=kpi).ref} {name}", last))
    for pk, rows in running(today).items():
        if only is None or pk == only:
            found[pk].runs += rows
    return found


def _confirmed(asked: set[int]) -> dict[int, Decision]:
    """The council's last word on each that the stop stands. One statement."""
    rows = Decision.objects.filter(
        initiative__in=asked, outcome=Outcome.CONFIRM_STOP.value, carried=True
    ).only("initiative_id", "decided_on", "recorded_at")
    return {row.initiative_id: row for row in rows.order_by("pk")}


def _asked(row: Initiative, said: _Rows | None, confirmed: Decision | None, today: date) -> GoesOn | None:
    stopped = stopped_by(row.entered_on, row.entered_precision)
    if said is None or stopped is None or row.stage != Stage.STOPPED.value:
        return None
    ended = Ended(stopped, confirmed.decided_on if confirmed else None)
    read = tuple(one for one in said.read if one.last_on > ended.last)
    runs = still_runs(tuple(said.runs), ended, today)
    return goes_on(ended, _spent(said, ended, confirmed), read, settings.ORG_CURRENCY, runs)


def _spent(said: _Rows, ended: Ended, confirmed: Decision | None) -> Spent | None:
    """Added up. What was recorded only after the stop was confirmed had nobody seen by then, whatever its day; and corrections
    of what had been seen take nothing off what is new.
    """
    new = [(day, amount) for day, amount, _ in said.spent if day > ended.last]
    late = [
        (day, amount)
        for day, amount, recorded in said.spent
        if confirmed is not None and ended.stopped < day <= ended.last and recorded > confirmed.recorded_at
    ]
    if sum((amount for _, amount in late), Decimal(0)) > 0:
        new = late + new
    if not new:
        return None
    return Spent(sum((amount for _, amount in new), Decimal(0)), new[0][0], new[-1][0])


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
