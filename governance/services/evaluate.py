"""Asking again: models whose answer has expired, that are marked due, or whose owner came or went.

A write in this room judges its model at once. Time is heard by `valid_until`; a person who leaves by news
(`person.deactivated`, heard in governance.tasks); an owner counted as absent who signs in again by `hear_owners`.
Chunks of a few hundred, each its own transaction under the lock "models": safe to run twice, late, side by side, or
killed in the middle, because what is due stays due until its answer is stored.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from core import clock
from core.access import Actor, system
from core.locks import hold
from governance.models import AiModel
from governance.queries.facts import with_people
from governance.services.judge import judge_models

log = logging.getLogger(__name__)
CHUNK = 250
LOCK = "models"


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass did: models asked, answers that changed."""

    judged: int = 0
    changed: int = 0

    def __add__(self, other: "Pass") -> "Pass":
        return Pass(self.judged + other.judged, self.changed + other.changed)


def due_filter(day: date) -> Q:
    """Models whose stored answer no longer stands for `day`."""
    return Q(due=True) | Q(valid_until__lt=day)


def evaluate_due(*, at: datetime, by: Actor | None = None, limit: int | None = None) -> Pass:
    """Judge what is due on the day of `at`, at most `limit` models."""
    actor, day = by or system(), clock.day_of(at)
    hear_owners()
    ids = list(AiModel.objects.filter(due_filter(day)).order_by("pk").values_list("pk", flat=True)[:limit])
    return _in_chunks(ids, only=due_filter(day), as_of=day, by=actor, at=at)


def evaluate_all(*, at: datetime, as_of: date | None = None, by: Actor | None = None) -> Pass:
    """Judge every model as of a day (today unless given) from the facts as recorded now."""
    actor, day = by or system("command"), as_of or clock.day_of(at)
    ids = list(AiModel.objects.order_by("pk").values_list("pk", flat=True))
    return _in_chunks(ids, only=Q(), as_of=day, by=actor, at=at)


def evaluate_owned_by(*, user_id: int, at: datetime, by: Actor | None = None) -> Pass:
    """Judge the models a person owns, at once."""
    ids = list(AiModel.objects.filter(owner=user_id).order_by("pk").values_list("pk", flat=True))
    return _in_chunks(ids, only=Q(), as_of=clock.day_of(at), by=by or system(), at=at)


def hear_owners() -> int:
    """Mark the models due whose absent owner has signed in since; returns how many. One statement."""
    heard = AiModel.objects.filter(
        due=False, absent_owner_on__isnull=False, owner__last_active_on__gt=F("absent_owner_on")
    )
    return AiModel.objects.filter(pk__in=heard.order_by().values("pk")).update(due=True)


def _in_chunks(ids: list[int], *, only: Q, as_of: date, by: Actor, at: datetime) -> Pass:
    """Chunk by chunk; where one fails, model by model, so that a record nobody can judge keeps no other waiting."""
    done = Pass()
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        try:
            with transaction.atomic():
                done += _chunk(part, only=only, as_of=as_of, by=by, at=at)
        except (OperationalError, InterfaceError):
            raise  # the database is busy or away: the next pass finds the same models due
        except Exception:
            log.exception("models %s to %s not judged", part[0], part[-1])
            if len(part) > 1:
                for pk in part:
                    done += _in_chunks([pk], only=only, as_of=as_of, by=by, at=at)
    return done


def _chunk(ids: list[int], *, only: Q, as_of: date, by: Actor, at: datetime) -> Pass:
    hold(LOCK)
    rows = list(with_people(AiModel.objects.filter(only, pk__in=ids)).order_by("pk"))
    changed = judge_models(models=rows, as_of=as_of, by=by, at=at) if rows else 0
    return Pass(len(rows), changed)
