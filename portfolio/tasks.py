"""Doors for the worker: fetch nothing, decide nothing, call the service."""

from core import clock, outbox
from core.access import system
from core.models import Outbox
from portfolio.queries import owed as owed  # registers what is due, for reminders
from portfolio.services.departures import release_sponsorships


@outbox.handles("person.deactivated")
def person_left(row: Outbox) -> None:
    """Safe to run twice: initiatives without that sponsor are passed over."""
    release_sponsorships(user_id=row.payload["user_id"], by=system(), at=clock.now())
