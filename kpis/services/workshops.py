"""Workshops in which KPIs were agreed: when, by whom in which role, and which. Added, never edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import models, transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import Item, Problem, field_error
from core.models import User
from core.roles import Action
from core.text import clean
from kpis.models import Kpi, Workshop
from kpis.services import limits
from kpis.services.data_needs import require_of
from portfolio.services.locks import lock_initiative


class Role(models.TextChoices):
    """In which role somebody was there: the four who agree KPIs, or another."""

    PRODUCT = "product", "Product"
    DATA_SCIENCE = "data_science", "Data science"
    ENGINEERING = "engineering", "Engineering"
    EXECUTIVE = "executive", "Executive"
    OTHER = "other", "Other"


ROLES: Final[dict[str, str]] = {one.value: str(one.label) for one in Role}
MOST_PEOPLE: Final = 100
NAME, NOTES = 200, 10_000


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who was there, in one of ROLES. `user` where they have an account; then the name is theirs."""

    role: str
    name: str = ""
    user: User | None = None


def record_workshop(
    *, initiative_id: int, held_on: date, attendees: Sequence[Attendee], by: Actor, at: datetime,
    kpis: Sequence[Kpi] = (), notes: str = "",
) -> Workshop:  # fmt: skip
    """Record a workshop that was held. Raises Problem 404, 403, 400 at the field that is wrong."""
    limits.require_day("held_on", held_on)
    if held_on > clock.day_of(at):
        raise field_error("held_on", "It was held: give today or an earlier day.", code="in_future")
    if not attendees:
        raise field_error("attendees", "Say who was there, one person at least.", code="required")
    if len(attendees) > MOST_PEOPLE:
        raise field_error("attendees", f"Name at most {MOST_PEOPLE} people.", code="max_length")
    people = [_person(one, place) for place, one in enumerate(attendees)]
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.DEFINE_KPI, initiative)
        agreed = require_of(initiative, kpis)
        row = Workshop.objects.create(
            initiative=initiative, held_on=held_on, attendees=people, notes=clean("notes", notes, limit=NOTES),
            recorded_at=at, recorded_by=by.user,
        )  # fmt: skip
        row.kpis.set(agreed)
        audit.record(
            by=by, at=at, action="workshop.recorded", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after={"held_on": held_on, "attendees": people, "kpis": sorted(kpi.pk for kpi in agreed)},
        )  # fmt: skip
    return row


def _person(one: Attendee, place: int) -> dict[str, object]:
    at = f"/attendees/{place}"
    if one.role not in ROLES:
        said = f"Choose one of: {', '.join(ROLES)}."
        raise Problem(400, "invalid", said, (Item(f"{at}/role", "invalid_choice", said),))
    name = one.user.name if one.user is not None else clean("name", one.name, limit=NAME)
    if not name:
        said = "Give a name, or a person of the register."
        raise Problem(400, "invalid", said, (Item(f"{at}/name", "required", said),))
    return {"name": name, "role": one.role, "user": one.user.pk if one.user is not None else None}
