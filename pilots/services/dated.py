"""Decision dates of pilots as a source tells them, many at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.db import transaction

from core import audit
from core.access import Actor
from core.bulk import update_rows
from core.models import AuditEvent
from pilots.models import Pilot
from pilots.services.more_time import against_more_time

OF_A_SOURCE: Final = "pilot.dated"
"""The date a source told. Every other event that puts a date off is a decision: of the council, or of a portfolio manager."""
DECIDED: Final = ("pilot.began_as_planned", "pilot.extended", "pilot.deferred", "pilot.pivoted")
EDITED: Final = "pilot.edited"


@dataclass(frozen=True, slots=True)
class Dated:
    """How many pilots were given their date. `kept`: initiative -> the day that stands, and why, where the source's later one
    puts off what it may not."""

    changed: int
    kept: Mapping[int, "Kept"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    on: date
    why: str


def set_decision_dates(*, dates: Mapping[int, date], because: str, by: Actor, at: datetime) -> Dated:
    """Give the open pilots of these initiatives, by id, their decision dates.

    A date later than the one that stands is more time by another name: it is not taken where a decision set one, nor where
    a room above has something against more time. The caller (an import, whose right covers it) holds the initiatives and
    says what was kept. The pilots wait to be judged (`due`). In a number of statements that does not grow with them; a date
    that is there already writes nothing.
    """
    with transaction.atomic():
        open_ones = Pilot.objects.filter(initiative__in=list(dates), ended_on=None)
        pilots = list(open_ones.select_related("initiative__unit").order_by("pk"))
        kept = _kept(pilots, dates)
        changed, events = [], []
        for pilot in pilots:
            day = dates[pilot.initiative_id]
            if pilot.decision_on == day or pilot.initiative_id in kept:
                continue
            changed.append((pilot.pk, day, False, True, at, pilot.version + 1))
            events.append(
                audit.event(
                    by=by, at=at, action=OF_A_SOURCE, obj=pilot, initiative_id=pilot.initiative_id, reason=because,
                    unit_path=pilot.initiative.unit.path, before={"decision_on": pilot.decision_on},
                    after={"decision_on": day},
                )
            )  # fmt: skip
        update_rows(Pilot, ("decision_on", "no_decision_date", "due", "updated_at", "version"), changed)
        audit.record_many(events)
    return Dated(len(changed), kept)


def _kept(pilots: list[Pilot], dates: Mapping[int, date]) -> dict[int, Kept]:
    """Initiative -> what stands, where its date may not be put off. Two statements and the rooms', where any is later."""
    later = {
        row.initiative_id: (row.pk, row.decision_on)
        for row in pilots
        if row.decision_on is not None and row.decision_on < dates[row.initiative_id]
    }
    if not later:
        return {}
    decided = _decided([pilot for pilot, _ in later.values()])
    against = against_more_time(list(later))
    found: dict[int, Kept] = {}
    for initiative, (pilot, stands) in later.items():
        if pilot in decided:
            found[initiative] = Kept(stands, "It was decided on, and a source does not put it off.")
        elif initiative in against:
            found[initiative] = Kept(stands, against[initiative].detail)
    return found


def _decided(pilots: list[int]) -> set[int]:
    """The pilots, by id, whose decision date was ever set by a decision or put off by whoever may. One statement."""
    events = AuditEvent.objects.filter(
        object_type=Pilot._meta.model_name, object_id__in=pilots, action__in=(*DECIDED, EDITED), after__has_key="decision_on"
    )  # fmt: skip
    found = set[int]()
    for pilot, action, before, after in events.order_by().values_list(
        "object_id", "action", "before", "after"
    ):
        was, now = before.get("decision_on"), after["decision_on"]
        # Days as text, YYYY-MM-DD: the later is the greater. Whoever runs a pilot brings its date forward, no more.
        if action in DECIDED or (was is not None and (now is None or now > was)):
            found.add(pilot or 0)
    return found
