"""Doors for the worker: imports that are read, looked at or committed in the background, and what follows a commit."""

from datetime import timedelta

from celery import shared_task

from core import clock, outbox
from core.access import system
from core.lease import Lease
from core.models import Outbox
from exchange.services import jobs
from exchange.services.evaluate import evaluate
from exchange.services.imports import FOLLOW, discard_old

KEPT = timedelta(days=30)


@outbox.works_long(jobs.STAGE)
@outbox.works_long(jobs.DETECT)
@outbox.works_long(jobs.COMMIT)
def work(row: Outbox, lease: Lease) -> None:
    """Read, look at or commit the file of a run. Safe to run twice: a run that waits for nothing is left alone."""
    jobs.work(row, lease)


@outbox.works_long(FOLLOW)
def follow(row: Outbox, lease: Lease) -> None:  # noqa: ARG001
    """Judge what an import brought, so that the dashboard knows it before the next sweep. Safe to run twice."""
    evaluate(at=clock.now(), by=system())
    lease.done()


@shared_task
def tidy() -> None:
    """Throw previews away that nobody committed within thirty days. Safe to run twice."""
    at = clock.now()
    discard_old(before=at - KEPT, by=system(), at=at)
