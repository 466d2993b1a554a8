"""Asking again: what arrived, what has expired, everything, or all from the beginning.

Each works chunk by chunk, a chunk of initiatives claimed under their locks and written in one transaction. So it can be
killed anywhere and started again, run twice, late, or side by side: what is not written is still owed.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core import clock, outbox
from core.access import Actor, system
from core.bulk import insert_rows
from kpis.models import Arrival, Kpi, Outlook
from kpis.services import answers
from kpis.services.amend import come_into_force
from kpis.services.claiming import CHUNK, READ, Pass, claimed
from kpis.services.declared import end_expired
from kpis.services.drift import drift_due
from kpis.services.findings import flag_kpis
from kpis.services.interventions import escalate_overdue
from kpis.services.judge import judge
from kpis.services.publish import publish
from kpis.services.states import lift_pauses
from kpis.services.watch import judge_all, judge_due
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiatives

REFOLD = "kpis.refold"
OVERLAP = timedelta(days=2)


def sweep(*, at: datetime, by: Actor | None = None) -> Pass:
    """What the worker asks every half minute: what arrived and what has expired, what somebody was to do by now, what
    drifts, and what is to be warned of.
    """
    done = evaluate_due(at=at, by=by) + Pass(changed=escalate_overdue(at=at, by=by))
    return done + drift_due(at=at, by=by) + judge_due(at=at, by=by)


def ask_all(*, at: datetime, by: Actor | None = None) -> Pass:
    """All there is asked again: the KPIs, then what is to be warned of and what drifts, which are judged from them."""
    actor = by or system("command")
    done = evaluate_all(at=at, by=actor) + Pass(changed=escalate_overdue(at=at, by=actor))
    return done + drift_due(at=at, by=actor, chunks=None) + judge_all(at=at, by=actor)


def evaluate_due(*, at: datetime, as_of: date | None = None, by: Actor | None = None) -> Pass:
    """Fold what arrived, then look up the day for the answers that have expired. Its cost follows what changes."""
    actor, day = by or system(), as_of or clock.day_of(at)
    over, changes, arrivals, swept = answers.anything_new(day)
    if over:
        lift_pauses(as_of=day, by=actor, at=at)
        end_expired(as_of=day, by=actor, at=at)
    if changes:
        come_into_force(as_of=day, by=actor, at=at)
    done = fold_arrivals(as_of=day, by=actor, at=at) if arrivals else Pass()
    return done + expire(as_of=day, swept=swept, by=actor, at=at)


def evaluate_all(*, at: datetime, as_of: date | None = None, by: Actor | None = None) -> Pass:
    """The same, and every other KPI asked whether its stored answer speaks for the day; only what differs is written.

    A KPI whose outlook says nothing of the day (it was never judged, or the day lies before its last fold) is folded
    anew.
    """
    actor, day = by or system(), as_of or clock.day_of(at)
    lift_pauses(as_of=day, by=actor, at=at)
    come_into_force(as_of=day, by=actor, at=at)
    end_expired(as_of=day, by=actor, at=at)
    done = fold_arrivals(as_of=day, by=actor, at=at)
    found = answers.outdated(day)
    grouped = [(pk, [kpi for _, kpi in own]) for pk, own in groupby(found, key=itemgetter(0))]
    for start in range(0, len(grouped), CHUNK):
        part = grouped[start : start + CHUNK]
        with transaction.atomic():
            held = lock_initiatives((pk for pk, _ in part), only=READ)
            kpis = [kpi for pk, own in part if pk in held for kpi in own]
            done += _looked_up(kpis, held, day, actor, at)
    answers.remember(day, at)
    return done


def rebuild(
    *, at: datetime, kpi_ids: Iterable[int] | None = None, as_of: date | None = None, by: Actor | None = None
) -> Pass:
    """Fold these KPIs (or all) from the beginning. What is to be done is written down first, so a kill loses nothing."""
    actor, day = by or system("command"), as_of or clock.day_of(at)
    owe_refold(Kpi.objects.values_list("pk", flat=True).iterator() if kpi_ids is None else kpi_ids)
    return fold_arrivals(as_of=day, by=actor, at=at)


def owe_refold(kpi_ids: Iterable[int]) -> None:
    """Write down that all measurements of these KPIs are to be folded again. For writers that bring facts by the thousand."""
    insert_rows(Arrival, ("kpi", "measurement_id"), [(pk, None) for pk in kpi_ids])


def fold_arrivals(*, as_of: date, by: Actor, at: datetime, chunks: int | None = None) -> Pass:
    """Fold what arrived, at most `chunks` chunks (all when None), and publish what changed."""

    def waiting(skipped: Collection[int]) -> QuerySet[Any, Any]:
        rows = Arrival.objects.exclude(kpi__initiative__in=skipped) if skipped else Arrival.objects.all()
        return rows.order_by().values("kpi__initiative")

    def work(held: dict[int, Initiative]) -> Pass:
        kpis = set(Arrival.objects.filter(kpi__initiative__in=held).values_list("kpi", flat=True))
        return Pass(len(kpis), judge(kpis, initiatives=held, as_of=as_of, by=by, at=at)) if kpis else Pass()

    return claimed(waiting, work, chunks)


def expire(*, as_of: date, swept: date | None, by: Actor, at: datetime) -> Pass:
    """Look up the day for every answer that has expired: no algebra, no measurement read.

    `swept`: the last day that left nothing. Only stretches that begin later are looked at (and those of two days before,
    for clocks that differ); None looks at all. The day is remembered by a pass that leaves nothing.
    """
    after = (swept or date.min + OVERLAP) - OVERLAP

    def waiting(skipped: Collection[int]) -> QuerySet[Any, Any]:
        begun = Outlook.objects.filter(due_on__gt=after, due_on__lte=as_of, kpi__valid_until__lt=as_of)
        rows = begun.exclude(kpi__initiative__in=skipped) if skipped else begun
        return rows.order_by().values("kpi__initiative")

    def work(held: dict[int, Initiative]) -> Pass:
        return _looked_up(answers.expired(held, as_of), held, as_of, by, at)

    with transaction.atomic():
        begun, quiet = answers.expire_quietly(after, as_of)
        if begun == quiet and swept != as_of:
            answers.remember(as_of, at)
    done = Pass(changed=quiet)
    if begun > quiet:
        done += claimed(waiting, work, None)
        if swept != as_of and not waiting(()).exists():
            answers.remember(as_of, at)
    return done


def flag_owed(*, kpi_ids: Collection[int], by: Actor, at: datetime) -> None:
    """Make the flags of these KPIs those their answers call for: the part of a large publication left to a worker."""
    ids = Kpi.objects.filter(pk__in=kpi_ids).order_by().values_list("initiative_id", flat=True)
    with transaction.atomic():
        flag_kpis(kpi_ids, initiatives=lock_initiatives(ids, only=READ), by=by, at=at)


def _looked_up(
    kpis: Collection[int], held: dict[int, Initiative], day: date, by: Actor, at: datetime
) -> Pass:
    done = Pass(changed=publish(kpis, initiatives=held, as_of=day, by=by, at=at))
    if done.changed == len(kpis):
        return done
    left = answers.unforeseen(kpis, day)
    if left:
        changed = judge(left, initiatives=held, as_of=day, by=by, at=at, anew=True)
        done += Pass(len(left), changed)
    return done


def owe_fold(at: datetime) -> None:
    """Ask a worker, once this transaction is committed, to fold what arrived."""
    outbox.owe(kind=REFOLD, payload={}, at=at)  # no key: askers share no lock
