"""Early warnings kept up: who is to be asked again, and the flags that follow from the facts.

How an initiative comes to be asked again: a writer marks it in its own transaction (`mark_due`, and `mark_heard`,
`mark_turned` where most of what is written cannot matter); its answer expires; a business owner who was silent acts. What
is marked is claimed like everything else, so a pass can be killed anywhere, run twice, late or side by side.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core import clock
from core.access import Actor, system
from core.among import among
from core.bulk import put_rows
from core.models import AuditEvent, PeriodicRun
from domain.kpi_warnings import Code, Warned, warn
from kpis.models import Kpi, Watch
from kpis.queries.acts import LOOKED_AFTER, heard_to
from kpis.queries.warnings import Record, is_metric, records
from kpis.queries.watch_policy import policy_on
from kpis.services.claiming import Pass, claimed
from kpis.services.warned import LED, SPONSORED, found_of
from portfolio.models import Initiative
from portfolio.services.flags import sync_many

DAILY: Final = "kpis.watch"
_AMONG: Final = {
    "postgresql": "= ANY(%s)",
    "sqlite": "IN (SELECT value FROM json_each(%s))",
}
_STORED: Final = (
    "initiative", "judged_on", "valid_until", "policy_number", "hears_readings", "compares", "heard_to",
)  # fmt: skip
_CLEARED_BY_A_READING: Final = frozenset(
    {Code.ONLY_MODEL_METRICS, Code.VALUE_NOT_SHOWN, Code.BUSINESS_OWNER_SILENT}
)


def mark_due(initiative_ids: Iterable[int]) -> None:
    """Have these initiatives asked again, those that can be warned about. One statement, however many.

    In the transaction that changes the facts, whether or not it holds the initiatives: the mark is taken away before
    the facts are read, and who marks meanwhile waits for that.
    """
    ids = sorted(set(initiative_ids))
    if ids:
        _write(f"i.id {_AMONG[connection.vendor]}", ids, "DO UPDATE SET due = true")


def ensure_watches() -> None:
    """Watch every initiative that has KPIs or is in production. For whatever was brought past the services."""
    _write("NOT EXISTS (SELECT 1 FROM kpis_watch w WHERE w.initiative_id = i.id)", None, "DO NOTHING")


def mark_heard(initiative_ids: Collection[int]) -> None:
    """The same after readings, of those where one more could change the answer. The caller holds the initiatives."""
    Watch.objects.filter(initiative__in=among(initiative_ids), hears_readings=True, due=False).update(
        due=True
    )


def mark_turned(initiative_ids: Collection[int]) -> None:
    """The same after statuses turned, of those that have both classes of KPIs. The caller holds the initiatives."""
    Watch.objects.filter(initiative__in=among(initiative_ids), compares=True, due=False).update(due=True)


def judge_due(*, at: datetime, as_of: date | None = None, by: Actor | None = None) -> Pass:
    """Ask again the initiatives that were marked, or whose answer has expired. Its cost follows what changes."""
    day = as_of or clock.day_of(at)
    _daily(at, day)
    _hear_owners()
    return _judge_waiting(Q(due=True) | Q(valid_until__lt=day), day, by or system(), at)


def judge_all(*, at: datetime, as_of: date | None = None, by: Actor | None = None) -> Pass:
    """Ask every initiative that can be warned about; only what differs is written."""
    ensure_watches()
    # Marked first, so that a kill loses nothing.
    Watch.objects.filter(due=False).update(due=True)
    return _judge_waiting(Q(due=True), as_of or clock.day_of(at), by or system("command"), at)


def _judge_waiting(due: Q, as_of: date, by: Actor, at: datetime) -> Pass:
    def waiting(skipped: Collection[int]) -> QuerySet[Any, Any]:
        rows = Watch.objects.filter(due)
        return (rows.exclude(initiative__in=skipped) if skipped else rows).order_by().values("initiative")

    def work(held: dict[int, Initiative]) -> Pass:
        return Pass(changed=_judge(held, as_of=as_of, by=by, at=at))

    return claimed(waiting, work, None)


def _judge(held: Collection[int], *, as_of: date, by: Actor, at: datetime) -> int:
    """Make the flags of these initiatives, which the caller holds, those their facts call for."""
    # First of all: who marks from here on waits for the end of this, and is asked again.
    Watch.objects.filter(initiative__in=held, due=True).update(due=False)
    policy, number = policy_on(as_of)
    told = heard_to(held)
    found = records(held, as_of=as_of, policy=policy)
    warned = [(one, warn(one.settled, as_of=as_of, policy=policy)) for one in found]
    to_sponsors, to_leads = found_of(warned, as_of)
    said = "The fact changed: nothing warns of it any more."
    changed = sync_many(found=to_sponsors, by=by, at=at, rules=SPONSORED, because=said)
    changed += sync_many(found=to_leads, by=by, at=at, rules=LED, because=said)
    put_rows(Watch, _STORED, [_stored(one, said, as_of, number, told) for one, said in warned])
    return changed


def _stored(record: Record, warned: Warned, as_of: date, number: int, told: dict[int, int]) -> Sequence[Any]:
    codes = {one.code for one in warned.warnings}
    metrics = sum(is_metric(kpi) for kpi in record.kpis)
    facts = record.facts
    unread = facts.first_model_reading_on is None and facts.last_business_reading_on is None
    hears = bool(codes & _CLEARED_BY_A_READING) or (metrics > 0 and unread)
    compares = 0 < metrics < len(record.kpis)
    ends = [day for day in (warned.valid_until, record.turns_before) if day is not None]
    pk = record.initiative.pk
    heard = told.get(pk, 0) if Code.BUSINESS_OWNER_SILENT in codes else None
    return (pk, as_of, min(ends, default=None), number, hears, compares, heard)


def _daily(at: datetime, day: date) -> None:
    """Once a day: watch what nobody announced, and ask all who were judged by other thresholds than today's."""
    with transaction.atomic():
        _, first = PeriodicRun.objects.get_or_create(job=DAILY, period=day.isoformat(), defaults={"at": at})
        if first:
            ensure_watches()
            _, number = policy_on(day)
            Watch.objects.filter(due=False).exclude(policy_number=number).update(due=True)


def _hear_owners() -> None:
    """Mark the initiatives whose silent business owner has done something since. One statement."""
    owns = Kpi.objects.filter(initiative=OuterRef(OuterRef("initiative_id")), owner=OuterRef("actor_id"))
    acts = AuditEvent.objects.filter(
        LOOKED_AFTER, initiative_id=OuterRef("initiative_id"), pk__gt=OuterRef("heard_to")
    ).filter(
        Q(actor_id=OuterRef("initiative__sponsor_id")) | Exists(owns.exclude(kind=Kpi.Kind.MODEL_METRIC))
    )
    heard = Watch.objects.filter(Exists(acts), heard_to__isnull=False, due=False)
    Watch.objects.filter(pk__in=heard.order_by().values("pk")).update(due=True)


def _write(which: str, ids: list[int] | None, conflict: str) -> None:
    parameters: list[Any] = []
    if ids is not None:
        parameters.append(ids if connection.vendor == "postgresql" else str(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kpis_watch (initiative_id, due) SELECT i.id, true FROM portfolio_initiative i "  # noqa: S608  text of this file, values are parameters
            f"WHERE {which} AND (i.stage = 'production' "
            "OR EXISTS (SELECT 1 FROM kpis_kpi k WHERE k.initiative_id = i.id) "
            "OR EXISTS (SELECT 1 FROM kpis_watch w WHERE w.initiative_id = i.id)) "
            f"ORDER BY i.id ON CONFLICT (initiative_id) {conflict}",
            parameters,
        )
