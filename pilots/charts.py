"""The glide path of a pilot's primary KPI, small for a row or a card."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from core.plot.glide import Glide
from domain.purgatory_primary import Primary, worst
from kpis.charts import glide_of
from kpis.models import Kpi
from kpis.queries.series import point_of, recent_readings
from kpis.translate import definition_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """The primary KPI that speaks for a pilot, and its path (None: it cannot be drawn)."""

    kpi: Kpi
    path: Glide | None


def paths_of(initiative_ids: Collection[int], as_of: date) -> dict[int, Drawn]:
    """The worst primary KPI of each initiative with its path. Two statements, however many."""
    rows = Kpi.objects.filter(initiative__in=initiative_ids, primary=True).exclude(state=Kpi.State.RETIRED)
    own: dict[int, list[Kpi]] = {}
    for kpi in rows.select_related("current").order_by("pk"):
        own.setdefault(kpi.initiative_id, []).append(kpi)
    speaking = {pk: _speaker(kpis) for pk, kpis in own.items()}
    readings = recent_readings([kpi.pk for kpi in speaking.values()], as_of=as_of) if speaking else {}
    out = {}
    for pk, kpi in speaking.items():
        path = None
        if kpi.current is not None:
            definition = definition_of(kpi.current, state=kpi.state)
            points = [point_of(definition, reading) for reading in readings.get(kpi.pk, [])]
            path = glide_of(kpi, definition, points, as_of=as_of)
        out[pk] = Drawn(kpi, path)
    return out


def _speaker(kpis: list[Kpi]) -> Kpi:
    said = [Primary(k.status, k.reason, k.progress, k.status_since, k.valid_until) for k in kpis]
    found = worst(said)
    return next(kpi for kpi, one in zip(kpis, said, strict=True) if one is found)
