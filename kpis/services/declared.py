"""Declarations as the judgement finds them: which stand, and which a new reading or their last day has ended.

Making one is kpis.services.override; this part is called by the judgement itself.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from core import audit
from core.access import Actor
from domain.override import Override
from kpis.models import Kpi, KpiOverride, Measurement
from kpis.queries.in_force import as_declared
from portfolio.services.locks import lock_initiative

EXPIRED: Final = "Its last day has passed."


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A new reading of a KPI: what ends a declaration for the better."""

    pk: int
    recorded_at: datetime


def standing(kpi_ids: Collection[int]) -> dict[int, KpiOverride]:
    """The declaration of each KPI that nothing has ended. It may stand and not count."""
    if not kpi_ids:
        return {}
    rows = KpiOverride.objects.filter(kpi__in=kpi_ids, ended_at=None)
    return {row.kpi_id: row for row in rows.select_related("recorded_by", "kpi__initiative__unit")}


def in_force(fresh: Mapping[int, set[int]], *, by: Actor, at: datetime) -> dict[int, Override]:
    """The declarations of these KPIs as the rules read them, once new readings (`fresh`, ids by KPI) have ended those
    for the better. A withdrawal is no reading. The caller holds the initiatives and judges.
    """
    rows = standing(list(fresh))
    better = [row for row in rows.values() if row.better and fresh[row.kpi_id]]
    arrived = _first_readings(better, fresh)
    for row in better:
        if (reading := arrived.get(row.kpi_id)) is not None:
            end(
                row, because=f"Reading {reading.pk} was recorded.", ended_at=reading.recorded_at, by=by, at=at
            )
            del rows[row.kpi_id]
    return {kpi_id: as_declared(row) for kpi_id, row in rows.items()}


def _first_readings(better: Collection[KpiOverride], fresh: Mapping[int, set[int]]) -> dict[int, _Arrived]:
    """The first reading of each KPI that was recorded since its declaration."""
    if not better:
        return {}
    declared_at = {row.kpi_id: row.recorded_at for row in better}
    ids = [pk for kpi_id in declared_at for pk in fresh[kpi_id]]
    rows = Measurement.objects.filter(pk__in=ids, void=False).order_by("recorded_at", "pk")
    found: dict[int, _Arrived] = {}
    for pk, kpi_id, recorded_at in rows.values_list("pk", "kpi_id", "recorded_at"):
        if recorded_at >= declared_at[kpi_id]:
            found.setdefault(kpi_id, _Arrived(pk, recorded_at))
    return found


def end(row: KpiOverride, *, because: str, ended_at: datetime, by: Actor, at: datetime) -> None:
    """End a declaration. The caller holds the initiative and judges the KPI. Needs kpi__initiative__unit beside it."""
    row.ended_at, row.ended_because = ended_at, because[:200]
    row.save(update_fields=["ended_at", "ended_because"])
    Kpi.objects.filter(pk=row.kpi_id).update(declared_until=None)
    kpi = row.kpi
    audit.record(
        by=by, at=at, action="kpi.declaration_ended", obj=kpi, initiative_id=kpi.initiative_id,
        unit_path=kpi.initiative.unit.path, reason=because,
        before={"declared": row.declared, "computed": row.computed}, after={"name": kpi.name},
    )  # fmt: skip


def end_expired(*, as_of: date, by: Actor, at: datetime) -> int:
    """End what stood until a day that has passed; returns how many. The outlook says already what counts without it."""
    ended = 0
    over: Iterable[tuple[int, int]] = (
        Kpi.objects.filter(declared_until__lt=as_of).order_by("initiative_id", "pk").values_list("pk", "initiative_id")
    )  # fmt: skip
    for pk, initiative_id in list(over):
        with transaction.atomic():
            lock_initiative(initiative_id)
            row = standing([pk]).get(pk)
            if row is not None and row.until is not None and row.until < as_of:
                end(row, because=EXPIRED, ended_at=at, by=by, at=at)
                ended += 1
    return ended
