"""Making the demo portfolio: every fact through the service that owns it, at the moment it became known.

The whole runs in one transaction: it is there or it is not. The same seed on the same day gives the same records.
"""

from datetime import date, datetime, timedelta

from django.db import transaction

from assurance.services.data_checks import hear_silence
from core import outbox
from core.access import system
from core.models import Heartbeat, Outbox
from exchange.demo import (
    actions,
    cases,
    council,
    decisions,
    dossiers,
    gates,
    initiatives,
    inventory,
    measures,
    model_lives,
    organisation,
    practice,
    stakes,
    trials,
    versions,
    watching,
)
from exchange.demo.ground import leave_mark
from exchange.demo.play import Script, World
from exchange.demo.table import ROWS
from governance.services import evaluate as models
from governance.services.after_stop import judge_stopped
from governance.services.evaluate_standing import evaluate_standings
from kpis.services import evaluate as kpis
from kpis.services.drift import drift_due
from pilots.services import evaluate as pilots

SEED = 20_260_101
NEWS = (
    "initiative.changed", "initiative.facts_changed", "person.deactivated", "import.committed", "import.follow",
)  # fmt: skip
"""What other rooms tell the judges; all of them are asked again at the end."""


def seed(*, at: datetime, seed: int = SEED) -> None:
    """Write the demo as of `at` into an empty database. The caller has made sure that it is empty."""
    script = Script(at)
    world = World(script, seed)
    with transaction.atomic():
        lives = initiatives.write(world, ROWS)
        first = min(stays[0].entered_on for stays in lives.values() if stays)
        organisation.write(world, first - timedelta(days=30))
        measures.write(world, ROWS, lives)
        trials.write(world, ROWS, lives)
        inventory.write(world, ROWS, lives)
        model_lives.write(world)
        dossiers.write(world)
        versions.write(world)
        actions.write(world, ROWS)
        practice.write(world, ROWS)
        stakes.write(world, ROWS)
        cases.write(world, ROWS, lives)
        decisions.write(world, ROWS)
        council.write(world)
        gates.write(world, ROWS)
        watching.write(world)
        for day in _looked_at(script.today):
            script.on(day, sweep, hour=5)
        script.play()
        _catch_up(at)
        leave_mark(size=len(ROWS), seed=seed, at=at)


def _catch_up(at: datetime) -> None:
    """Ask everything as of now. What the acts owed as news is heard by that, and is nobody's news today."""
    by = system()
    kpis.ask_all(at=at, by=by)
    pilots.evaluate_all(at=at, by=by)
    models.evaluate_all(at=at, by=by)
    Outbox.objects.filter(kind__in=NEWS, done_at=None).update(done_at=at)
    outbox.drain()
    sweep(at)


def sweep(at: datetime) -> None:
    """Ask again what had expired by then, as the worker would have done that night."""
    by = system()
    kpis.sweep(at=at, by=by)
    drift_due(at=at, by=by, chunks=None)
    evaluate_standings(at=at, by=by)
    pilots.evaluate_due(at=at, by=by)
    models.evaluate_due(at=at, by=by)
    hear_silence(at=at, by=by)
    judge_stopped(at=at, by=by)
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": at})


def _looked_at(today: date) -> list[date]:
    """Every fourth week for two years, every week of the last two months, and this morning."""
    monthly = [today - timedelta(days=28 * n) for n in range(3, 27)]
    weekly = [today - timedelta(days=7 * n) for n in range(9)]
    return sorted({*monthly, *weekly})
