"""Asking again: what is due, everything, or what news of the left says has changed.

How an answer comes to be asked again (docs/adr/0004):

- a write in this room judges its pilot in its own transaction;
- a room to the left that changes an input owes the news in its own transaction (`initiative.changed`,
  `initiative.facts_changed`, `person.deactivated`); `pilots.tasks` hears it and judges those pilots. The outbox is
  drained within a second;
- the sweep asks what has expired (`valid_until`), what is marked `due`, findings once a day because their sentences
  count days, and pilots whose silent sponsor has acted. It also follows the stage spells;
- once a day the sweep asks every open pilot, so that an input whose writer owed no news is heard by tomorrow.

Every pass works in chunks of a few hundred pilots, each its own transaction under the initiatives' locks, with a
constant number of statements. A worker killed in the middle loses the chunk it was at, which stays due.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from core import clock
from core.access import Actor, system
from core.models import PeriodicRun
from pilots.models import Pilot
from pilots.queries.facts import records, with_people
from pilots.services.judge import judge_records
from pilots.services.opening import ensure_pilots, hear_sponsors
from pilots.services.units import judge_units
from portfolio.services.locks import claim_initiatives, lock_initiatives

log = logging.getLogger(__name__)
CHUNK = 250


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass did: pilots asked, answers (and unit findings) that changed."""

    judged: int = 0
    changed: int = 0

    def __add__(self, other: "Pass") -> "Pass":
        return Pass(self.judged + other.judged, self.changed + other.changed)


def due_filter(day: date) -> Q:
    """Open pilots whose stored answer no longer stands for `day`."""
    told = Q(findings__gt=0, judged_on__lt=day)
    return Q(ended_on=None) & (Q(due=True) | Q(valid_until__lt=day) | told)


def evaluate_due(*, at: datetime, by: Actor | None = None, limit: int | None = None) -> Pass:
    """Follow the stage spells, then judge what is due on the day of `at`, at most `limit` pilots.

    Safe to run twice, late or side by side: what is due is read again under the locks, and a pilot whose initiative
    somebody else holds is left for the next time.
    """
    actor, day = by or system(), clock.day_of(at)
    ensure_pilots(by=actor, at=at)
    hear_sponsors()
    _daily(at, day)
    ids = list(Pilot.objects.filter(due_filter(day)).order_by("pk").values_list("pk", flat=True)[:limit])
    done = _in_chunks(ids, only=due_filter(day), as_of=day, by=actor, at=at, wait=False)
    return done + Pass(changed=judge_units(as_of=day, by=actor, at=at))


def evaluate_all(*, at: datetime, as_of: date | None = None, by: Actor | None = None) -> Pass:
    """Judge every open pilot as of a day (today unless given) from the facts as recorded now; then the units."""
    actor, day = by or system("command"), as_of or clock.day_of(at)
    ensure_pilots(by=actor, at=at)
    ids = list(Pilot.objects.filter(ended_on=None).order_by("pk").values_list("pk", flat=True))
    done = _in_chunks(ids, only=Q(ended_on=None), as_of=day, by=actor, at=at)
    return done + Pass(changed=judge_units(as_of=day, by=actor, at=at))


def evaluate_initiatives(*, initiative_ids: Iterable[int], at: datetime, by: Actor | None = None) -> Pass:
    """Follow the spells of these initiatives and judge their open pilots, whatever was due."""
    actor, ids = by or system(), sorted(set(initiative_ids))
    ensure_pilots(initiative_ids=ids, by=actor, at=at)
    done = Pass()
    for start in range(0, len(ids), CHUNK):
        part = Pilot.objects.filter(initiative__in=ids[start : start + CHUNK], ended_on=None).order_by("pk")
        pks = list(part.values_list("pk", flat=True))
        done += _in_chunks(pks, only=Q(ended_on=None), as_of=clock.day_of(at), by=actor, at=at)
    return done


def evaluate_held_by(*, user_id: int, at: datetime, by: Actor | None = None) -> Pass:
    """Judge the open pilots a person sponsors or is to take over: who left no longer counts."""
    held = Pilot.objects.filter(Q(initiative__sponsor=user_id) | Q(production_owner=user_id), ended_on=None)
    ids = list(held.order_by().values_list("initiative_id", flat=True))
    return evaluate_initiatives(initiative_ids=ids, at=at, by=by)


def _in_chunks(ids: list[int], *, only: Q, as_of: date, by: Actor, at: datetime, wait: bool = True) -> Pass:
    """Chunk by chunk; where one fails, pilot by pilot, so that a record nobody can judge keeps no other waiting."""
    done = Pass()
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        try:
            with transaction.atomic():
                done += _chunk(part, only=only, as_of=as_of, by=by, at=at, wait=wait)
        except (OperationalError, InterfaceError):
            raise  # the database is busy or away: the next pass finds the same pilots due
        except Exception:
            log.exception("pilots %s to %s not judged", part[0], part[-1])
            if len(part) > 1:
                for pk in part:
                    done += _in_chunks([pk], only=only, as_of=as_of, by=by, at=at, wait=wait)
    return done


def _chunk(ids: list[int], *, only: Q, as_of: date, by: Actor, at: datetime, wait: bool) -> Pass:
    """One transaction: lock the initiatives, read again which pilots are still to be judged, judge them."""
    initiatives = Pilot.objects.filter(pk__in=ids).order_by().values_list("initiative_id", flat=True)
    held = lock_initiatives(list(initiatives)) if wait else claim_initiatives(initiatives, limit=len(ids))
    pilots = Pilot.objects.filter(only, pk__in=ids, initiative__in=list(held))
    rows = list(with_people(pilots).order_by("pk"))
    changed = judge_records(found=records(rows, as_of), as_of=as_of, by=by, at=at) if rows else 0
    return Pass(len(rows), changed)


def _daily(at: datetime, day: date) -> None:
    """Once a day every open pilot is due: the backstop for an input whose change nobody announced."""
    with transaction.atomic():
        _, first = PeriodicRun.objects.get_or_create(
            job="pilots.daily", period=day.isoformat(), defaults={"at": at}
        )
        if first:
            old = Q(judged_on__lt=day) | Q(judged_on=None)
            Pilot.objects.filter(old, ended_on=None, due=False).update(due=True)
