"""Editing a definition once development has begun: it is no draft any more, so what is said becomes a version of its own.

Nobody approved it, which is found and told for ever, as after a first reading.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from core import audit, clock
from core.access import Actor
from domain.kpi_words import day
from kpis.models import Kpi, KpiVersion
from kpis.services.facts import FREE
from kpis.services.goalposts import find_goalposts
from kpis.services.publish import tell_of
from kpis.services.versions import Held, put_in_force, require_alive, require_none_waiting, successor


def edit_in_development(
    held: Held, redefined: Collection[str], began: date, *, was: dict[str, Any], now: dict[str, Any], by: Actor, at: datetime
) -> Kpi:  # fmt: skip
    """Put in force what the held KPI and its version say by now, unsaved: `redefined` in a new version.

    `was`, `now`: what the edit changed. Raises Problem 409 `kpi_retired`, `change_waits`, and as `put_in_force`.
    """
    row, said, initiative = held.kpi, held.version, held.initiative
    require_alive(row)
    require_none_waiting(row)
    old = KpiVersion.objects.get(pk=said.pk)
    new = successor(old, by=by, at=at)
    for name in redefined:
        setattr(new, name, getattr(said, name))
    new.because = f"Edited after development began on {day(began)}."
    new.save(force_insert=True)
    around = [name for name in FREE if name in now]
    if around:
        row.save(update_fields=around)
        audit.record(
            by=by, at=at, action="kpi.edited", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            before={name: was.get(name) for name in around}, after={name: now[name] for name in around},
        )  # fmt: skip
    row = put_in_force(
        Held(row, old, initiative), new, effective_on=clock.day_of(at), by=by, at=at,
        action="kpi.changed_without_approval", reason=new.because,
    )  # fmt: skip
    find_goalposts({initiative.pk: initiative}, by=by, at=at)
    tell_of(initiative, at)
    return row
