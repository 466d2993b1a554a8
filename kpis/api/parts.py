"""`kpis/{id}/parts`: the KPIs that break one down, and what they say together."""

from typing import Any

from rest_framework import serializers

from core import vocabulary
from core.api.shape import Exact
from kpis.models import Kpi
from kpis.queries import counted_as
from kpis.queries.tree import below


class PartShape(serializers.Serializer[Any]):
    """One KPI right below. `counts_as`: the declared status while a declaration stands, else the computed one."""

    id = serializers.IntegerField()
    ref = serializers.CharField()
    name = serializers.CharField()
    weight = Exact()
    computed_status = serializers.CharField()
    declared_status = serializers.CharField()
    counts_as = serializers.CharField()
    counts_as_display = serializers.CharField()
    reason = serializers.CharField()
    progress = Exact(places=6, allow_null=True)


class TogetherShape(serializers.Serializer[Any]):
    """`blind_share`: the share of the weight that is not seen. `worst`: the part furthest behind. Of `counted` parts."""

    way = serializers.CharField()
    status = serializers.CharField()
    status_display = serializers.CharField()
    progress = Exact(places=6, allow_null=True)
    blind_share = Exact(places=6, allow_null=True)
    worst = serializers.CharField(allow_null=True)
    counted = serializers.IntegerField()
    sentence = serializers.CharField()


class PartsShape(serializers.Serializer[Any]):
    """`together` is null where nothing lies below. `parent`: the KPI this one is a part of, with `parent_weight`."""

    kpi = serializers.IntegerField()
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    parent_weight = Exact()
    parts = PartShape(many=True)
    together = TogetherShape(allow_null=True)


def parts_of(kpi: Kpi) -> dict[str, Any]:
    """A KPI's parts as `PartsShape` reads them."""
    found = below(kpi)
    rolled = found.rolled
    together = rolled and {
        "way": kpi.rolls_up_by, "status": rolled.status.value, "status_display": vocabulary.word("rollup", rolled.status, ""),
        "progress": rolled.progress, "blind_share": rolled.blind_share, "worst": rolled.worst, "counted": rolled.counted,
        "sentence": rolled.sentence,
    }  # fmt: skip
    return {
        "kpi": kpi.pk, "parent": kpi.parent_id, "parent_weight": kpi.parent_weight, "together": together,
        "parts": [_part(one) for one in found.parts],
    }  # fmt: skip


def _part(kpi: Kpi) -> dict[str, Any]:
    counted, declared = counted_as(kpi), kpi.declared_status
    return {
        "id": kpi.pk, "ref": kpi.ref, "name": kpi.name, "weight": kpi.parent_weight, "computed_status": kpi.status,
        "declared_status": declared, "counts_as": counted, "reason": kpi.reason, "progress": kpi.progress,
        "counts_as_display": vocabulary.word("kpi", counted, "" if declared else kpi.reason),
    }  # fmt: skip
