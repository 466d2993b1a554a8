"""Doors for the worker: fetch nothing, decide nothing, call the service."""

from celery import shared_task

from core import clock, outbox
from core.access import system
from core.models import Outbox
from kpis.models import Arrival
from kpis.queries import owed as owed  # registers what is due, for reminders
from kpis.services.evaluate import REFOLD, ask_all, flag_owed, fold_arrivals, owe_fold, sweep
from kpis.services.goalposts import find_around, find_in_initiatives
from kpis.services.influence import freeze_influences
from kpis.services.publish import FLAG, GOALPOSTS
from kpis.services.watch import ensure_watches, mark_due

CHUNKS = 4  # a turn is one transaction under one lease: short enough that nobody waits for its locks


@outbox.handles(REFOLD)
def fold_what_arrived(_row: Outbox) -> None:
    """Fold some of what arrived, and ask for another turn if more waits. Safe to run twice, late or side by side."""
    at = clock.now()
    fold_arrivals(as_of=clock.day_of(at), by=system(), at=at, chunks=CHUNKS)
    if Arrival.objects.exists():
        owe_fold(at)


@outbox.handles(FLAG)
def flag_what_changed(row: Outbox) -> None:
    """The flags of many KPIs published at once. Safe to run twice: flags are compared with what stands open."""
    flag_owed(kpi_ids=row.payload["kpi_ids"], by=system(), at=clock.now())


@outbox.handles(GOALPOSTS)
def find_what_readings_bring(row: Outbox) -> None:
    """Readings that may be true of a day before a change, or a target reached. Safe to run twice: flags are compared."""
    find_around(kpi_ids=row.payload["kpi_ids"], by=system(), at=clock.now())


@outbox.handles("initiative.changed")
def initiative_changed(row: Outbox) -> None:
    """A stage was entered or dated anew: what was expected is frozen when development begins, and a go-live or a gate
    puts changed promises in another light. Safe to run twice: what is frozen stays, what was found is compared.
    """
    at = clock.now()
    ids = [*row.payload.get("initiative_ids", []), *filter(None, [row.payload.get("initiative_id")])]
    freeze_influences(initiative_ids=ids, as_of=clock.day_of(at), by=system(), at=at)
    find_in_initiatives(initiative_ids=ids, by=system(), at=at)
    mark_due(ids)


@outbox.handles("import.committed")
def import_committed(_row: Outbox) -> None:
    """What an import brought into production can be warned about. Safe to run twice: what is watched is left alone."""
    ensure_watches()


@shared_task
def evaluate_what_is_due() -> None:
    """What has expired or arrived. `governance.tasks.sweep` calls the same service on its beat."""
    sweep(at=clock.now())


@shared_task
def evaluate_everything() -> None:
    """Every stored answer asked again."""
    ask_all(at=clock.now(), by=system())
