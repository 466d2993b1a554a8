"""Asking again how approvals stand: those whose answer has expired, and those with a ceiling whose use has changed.

One initiative, one transaction: safe to run twice, late, or to be killed in the middle.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from core import clock
from core.access import Actor, system
from governance.services.standing import settle_standing
from portfolio.models import GateStanding
from portfolio.services.locks import claim_initiatives

log = logging.getLogger(__name__)
MOST = 500
"""So many in one turn; the rest stays due."""


@dataclass(frozen=True, slots=True)
class Pass:
    """How many were asked again."""

    changed: int = 0


def evaluate_standings(*, at: datetime, by: Actor | None = None) -> Pass:
    """Those whose answer is not good for the day of `at` any more."""
    due = GateStanding.objects.filter(valid_until__lt=clock.day_of(at)).order_by("valid_until")
    return _ask(due.values_list("pk", flat=True)[:MOST], at=at, by=by or system())


def evaluate_limited(*, initiative_ids: Iterable[int], at: datetime, by: Actor | None = None) -> Pass:
    """Those of these initiatives whose approval names a ceiling or stands on evidence: facts, money or users of them changed."""
    rows = GateStanding.objects.filter(initiative__in=list(initiative_ids), limited=True)
    return _ask(rows.order_by("pk").values_list("pk", flat=True), at=at, by=by or system())


def _ask(ids: Iterable[int], *, at: datetime, by: Actor) -> Pass:
    """Each by itself, so that one nobody can judge keeps no other waiting; whoever holds one asks it anyway."""
    done = 0
    for pk in list(ids):
        try:
            with transaction.atomic():
                held = claim_initiatives(GateStanding.objects.filter(pk=pk).values("pk"), limit=1)
                for initiative in held.values():
                    settle_standing(initiative, by=by, at=at)
                    done += 1
        except (OperationalError, InterfaceError):
            raise  # the database is busy or away: the next pass finds the same due
        except Exception:
            log.exception("approvals of initiative %s not judged", pk)
    return Pass(done)
