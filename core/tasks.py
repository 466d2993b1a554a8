"""Doors for the worker: fetch nothing, decide nothing, call the service."""

from datetime import timedelta

from celery import shared_task

from core import clock, outbox
from core.models import Heartbeat, IdempotencyKey, Outbox, PeriodicRun, ProcessedEvent
from core.post import send_mails
from core.proposals import end_lapsed
from core.reminders import remind


# No time limit of the whole: one row may be an import of minutes, and each keeps its own lease fresh.
@shared_task(soft_time_limit=3600, time_limit=3660)
def drain_outbox() -> None:
    """Do what is owed. Safe to run twice, late or side by side: rows are leased."""
    at = clock.now()
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": at})
    outbox.drain()


@shared_task
def remind_people() -> None:
    """Tell people what is due, call off what is due no more, and send the mail of it. Safe to run twice or side by side."""
    at = clock.now()
    done = remind(at=at)
    note = {"told": done.changed, "called_off": done.called_off, "mails": send_mails(at=at)}
    Heartbeat.objects.update_or_create(name="reminders", defaults={"at": at, "note": note})


@shared_task
def housekeeping() -> None:
    """Drop answers kept for repeats (24 h), finished work and markers (30 days); end what nobody consented to in time."""
    at = clock.now()
    IdempotencyKey.objects.filter(created_at__lt=at - timedelta(hours=24)).delete()
    Outbox.objects.filter(done_at__lt=at - timedelta(days=30)).delete()
    ProcessedEvent.objects.filter(at__lt=at - timedelta(days=30)).delete()
    PeriodicRun.objects.filter(at__lt=at - timedelta(days=400)).delete()
    end_lapsed(at)
