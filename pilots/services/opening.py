"""A pilot for every stay in the pilot stage: opened, carried over and ended as the stage spells say.

Spells are written to the left of this room, by decisions and imports, so pilots follow them: `ensure_pilots` compares
the two and mends what differs. It is asked after an import, when news of a move arrives, and by every sweep.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from core import audit, clock
from core.access import Actor
from core.bulk import insert_objects
from core.models import AuditEvent
from domain.stages import Stage
from pilots.models import Pilot
from pilots.services.fast_lane import take_lanes_along
from pilots.services.plan import start_from_plans
from portfolio.models import Initiative, StageSpell
from portfolio.services.flags import Found, Subject, sync_many
from portfolio.services.locks import lock_initiatives
from portfolio.services.status import PilotLevel, set_pilot_levels

CHUNK = 500
ENDED = "The pilot stage was left."


def ensure_pilot(*, initiative: Initiative, by: Actor, at: datetime) -> Pilot | None:
    """The open pilot of an initiative in stage pilot, opened where it is missing; None in any other stage."""
    ensure_pilots(initiative_ids=[initiative.pk], by=by, at=at)
    return Pilot.objects.filter(initiative=initiative, ended_on=None).first()


def ensure_pilots(*, initiative_ids: Iterable[int] | None = None, by: Actor, at: datetime) -> int:
    """Make pilots equal the open spells in stage pilot, of these initiatives or of all; returns how many changed.

    Set-based, five hundred initiatives to a transaction. A spell that restates the date of another keeps its pilot.
    New pilots wait to be judged (`due`). Running it twice changes nothing.
    """
    changed = 0
    asked = None if initiative_ids is None else sorted(set(initiative_ids))
    parts = [None] if asked is None else [asked[i : i + CHUNK] for i in range(0, len(asked), CHUNK)]
    for part in parts:
        wrong = sorted(set(_unlike(part)))
        for start in range(0, len(wrong), CHUNK):
            with transaction.atomic():
                changed += _mend(wrong[start : start + CHUNK], by=by, at=at)
    return changed


def _unlike(initiatives: list[int] | None) -> Iterable[int]:
    """Initiatives whose spell and pilot do not go together. Two statements."""
    spells = StageSpell.objects.filter(stage=Stage.PILOT.value, closed_at=None, pilot=None)
    pilots = Pilot.objects.filter(
        Q(spell__closed_at__isnull=False) | ~Q(spell__stage=Stage.PILOT.value), ended_on=None
    )
    if initiatives is not None:
        spells, pilots = spells.filter(initiative__in=initiatives), pilots.filter(initiative__in=initiatives)
    yield from spells.order_by().values_list("initiative_id", flat=True)
    yield from pilots.order_by().values_list("initiative_id", flat=True)


def _mend(initiatives: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Carry over, end and open the pilots of a few hundred initiatives, held by their locks."""
    held = lock_initiatives(initiatives)
    spells = {
        spell.initiative_id: spell
        for spell in StageSpell.objects.filter(initiative__in=held, stage=Stage.PILOT.value, closed_at=None)
    }
    carried: list[Pilot] = []
    ended: list[Pilot] = []
    for pilot in Pilot.objects.filter(initiative__in=held, ended_on=None).select_related(
        "spell", "initiative__unit"
    ):
        spell = spells.get(pilot.initiative_id)
        if spell is not None and spell.pk == pilot.spell_id:
            del spells[pilot.initiative_id]
        elif spell is not None and spell.restates_id == pilot.spell_id:
            pilot.spell = spells.pop(pilot.initiative_id)
            carried.append(pilot)
        else:
            ended.append(pilot)
    for pilot in carried:
        pilot.due = True
    Pilot.objects.bulk_update(carried, ["spell", "due"])
    _end(ended, by=by, at=at)
    opened = _open(list(spells.values()), by=by, at=at)
    return len(carried) + len(ended) + opened


def _open(spells: Sequence[StageSpell], *, by: Actor, at: datetime) -> int:
    rows = [
        Pilot(initiative_id=spell.initiative_id, spell=spell, created_at=at, updated_at=at)
        for spell in spells
    ]
    insert_objects(rows)
    units = dict(
        Initiative.objects.filter(pk__in=[row.initiative_id for row in rows])
        .order_by()
        .values_list("pk", "unit__path")
    )
    audit.record_many(
        audit.event(
            by=by, at=at, action="pilot.opened", obj=row, initiative_id=row.initiative_id,
            unit_path=units[row.initiative_id], after={"entered_on": row.spell.entered_on},
        )
        for row in rows
    )  # fmt: skip
    start_from_plans(rows, by=by, at=at)
    take_lanes_along(rows)
    return len(rows)


def _end(pilots: Sequence[Pilot], *, by: Actor, at: datetime) -> None:
    """The pilots stay as they were last judged; what they raised is cleared, and nothing of them shows any more."""
    if not pilots:
        return
    day = clock.day_of(at)
    events: list[AuditEvent] = []
    found: list[Found] = []
    for pilot in pilots:
        pilot.ended_on = pilot.spell.left_on or day
        pilot.due, pilot.silent_sponsor_on = False, None
        initiative = pilot.initiative
        found.append((Subject("pilot", pilot.pk, initiative.name, initiative, initiative.unit), ()))
        events.append(
            audit.event(
                by=by, at=at, action="pilot.ended", obj=pilot, initiative_id=initiative.pk,
                unit_path=initiative.unit.path, after={"ended_on": pilot.ended_on}, reason=ENDED,
            )
        )  # fmt: skip
    Pilot.objects.bulk_update(pilots, ["ended_on", "due", "silent_sponsor_on"])
    sync_many(found=found, by=by, at=at, because=ENDED)
    set_pilot_levels([PilotLevel(pilot.initiative) for pilot in pilots])
    audit.record_many(events)


def hear_sponsors() -> int:
    """Mark the pilots due whose silent sponsor has acted since; returns how many. One statement."""
    heard = Pilot.objects.filter(
        ended_on=None, due=False, silent_sponsor_on__isnull=False,
        initiative__sponsor__last_active_on__gt=F("silent_sponsor_on"),
    )  # fmt: skip
    return Pilot.objects.filter(pk__in=heard.order_by().values("pk")).update(due=True)
