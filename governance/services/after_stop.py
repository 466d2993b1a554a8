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
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

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
    spent_unseen,
    still_runs,
    stopped_by,
)
from domain.stage_words import Outcome
from domain.stages import Stage
from governance.models import Decision, ItemPack
from governance.queries.after_stop import running
from kpis.models import Kpi, Measurement
from portfolio.models import Expenditure, Flag, Initiative
from portfolio.services.flags import Finding, Found, Subject, sync_many

RULES: Final = frozenset({RULE})


@dataclass(frozen=True, slots=True)
class Pass:
    """How many flags were raised, renewed or cleared."""

    changed: int = 0


@dataclass(slots=True)
class _Rows:
    """What is on record of one initiative after the day its stop was entered. `spent`: day, amount, when it was recorded.
    `read`: by KPI."""

    spent: list[tuple[date, Decimal, datetime]] = field(default_factory=list)
    read: dict[int, Read] = field(default_factory=dict)
    runs: list[Runs] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Confirmed:
    """The council's word that a stop stands: its day, and until when the council had seen the record it stands on."""

    on: date
    seen_until: datetime


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
    unseen = _read_unseen(found, confirmed, today)
    rows = Initiative.objects.filter(pk__in=asked).select_related("unit", "lead", "sponsor").order_by("pk")
    told: list[Found] = [
        (_subject(row), _findings(_asked(row, found.get(row.pk), confirmed.get(row.pk), unseen, today)))
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
            found[pk].read[kpi] = Read(f"{Kpi(pk=kpi).ref} {name}", last)
    for pk, rows in running(today).items():
        if only is None or pk == only:
            found[pk].runs += rows
    return found


def _confirmed(asked: set[int]) -> dict[int, _Confirmed]:
    """The council's last word on each that the stop stands. One statement.

    The entry names the seal before the item names its entry: it is asked while that is written."""
    packs = ItemPack.objects.filter(item__initiative=OuterRef("initiative"), seal=OuterRef("pack_seal"))
    sealed = packs.order_by().values("sealed_at")[:1]
    rows = Decision.objects.filter(
        initiative__in=asked, outcome=Outcome.CONFIRM_STOP.value, carried=True
    ).annotate(seen_until=Coalesce(Subquery(sealed), F("recorded_at")))
    told = rows.order_by("pk").values_list("initiative_id", "decided_on", "seen_until")
    return {pk: _Confirmed(on, seen_until) for pk, on, seen_until in told}


def _read_unseen(
    found: dict[int, _Rows], confirmed: dict[int, _Confirmed], today: date
) -> dict[int, list[date]]:
    """KPI -> the days of readings recorded since the council last saw them; a reading that corrects one it had seen is none of
    these, and one withdrawn since is none. One statement, none where no stop was confirmed.
    """
    cuts = {
        kpi: confirmed[pk].seen_until for pk, rows in found.items() if pk in confirmed for kpi in rows.read
    }
    if not cuts:
        return {}
    rows = Measurement.objects.filter(kpi__in=cuts, recorded_at__gt=min(cuts.values())).order_by("pk")
    firsts: dict[int, int] = {}
    stands: dict[int, tuple[int, date | None]] = {}
    for pk, kpi, on, value, recorded, old in rows.values_list(
        "pk", "kpi_id", "observed_on", "value", "recorded_at", "supersedes_id"
    ):
        first = firsts.get(old) if old is not None else pk if recorded > cuts[kpi] else None
        if first is not None:
            firsts[pk] = first
            stands[first] = kpi, on if value is not None and on <= today else None
    days: dict[int, list[date]] = defaultdict(list)
    for kpi, day in stands.values():
        if day is not None:
            days[kpi].append(day)
    return days


def _asked(
    row: Initiative, said: _Rows | None, confirmed: _Confirmed | None, unseen: dict[int, list[date]], today: date
) -> GoesOn | None:  # fmt: skip
    stopped = stopped_by(row.entered_on, row.entered_precision)
    if said is None or stopped is None or row.stage != Stage.STOPPED.value:
        return None
    ended = Ended(stopped, confirmed.on if confirmed else None)
    read = []
    for kpi, one in said.read.items():
        days = [one.last_on, *unseen.get(kpi, ())] if one.last_on > ended.last else unseen.get(kpi, [])
        told = [day for day in days if day > stopped]
        if told:
            read.append(Read(one.label, max(told)))
    runs = still_runs(tuple(said.runs), ended, today)
    return goes_on(ended, _spent(said, ended, confirmed), tuple(read), settings.ORG_CURRENCY, runs)


def _spent(said: _Rows, ended: Ended, confirmed: _Confirmed | None) -> Spent | None:
    """Added up. What was recorded only after the council saw the rest had nobody seen by then, whatever its day."""
    after = [one for one in said.spent if one[0] > ended.stopped]
    if confirmed is None or confirmed.on < ended.stopped:
        rows = [(day, amount) for day, amount, _ in after]
    else:
        new = [day > ended.last or recorded > confirmed.seen_until for day, _, recorded in after]
        seen = [(day, amount) for (day, amount, _), is_new in zip(after, new, strict=True) if not is_new]
        late = [(day, amount) for (day, amount, _), is_new in zip(after, new, strict=True) if is_new]
        rows = list(spent_unseen(seen, late))
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
