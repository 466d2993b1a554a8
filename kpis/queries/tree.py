"""A KPI and those that break it down: who lies below, and what they say together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.kpi_codes import Status
from domain.kpi_tree import Node, Rolled, Standing, Way, roll_up
from kpis.models import Kpi
from kpis.queries.together import counted_as

_WAYS: Final = {
    Kpi.RollsUpBy.WEIGHTED_MEAN.value: Way.WEIGHTED_MEAN,
    Kpi.RollsUpBy.WORST.value: Way.WORST_WINS,
}


@dataclass(frozen=True, slots=True)
class Below:
    """`parts`: the KPIs right below; `rolled`: what they say together (None: there are none)."""

    parts: Sequence[Kpi]
    rolled: Rolled | None


def below(kpi: Kpi) -> Below:
    """What lies below a KPI, as stored. One statement, for the whole tree of the initiative."""
    rows = list(
        Kpi.objects.filter(initiative=kpi.initiative_id)
        .exclude(kind=Kpi.Kind.MODEL_METRIC)
        .select_related("current")
        .order_by("pk")
    )
    parts = [row for row in rows if row.parent_id == kpi.pk]
    if not parts:
        return Below((), None)
    known, above = {row.pk: row for row in rows}, {row.parent_id for row in rows}
    nodes = [_node(row, known, has_parts=row.pk in above) for row in rows]
    return Below(parts, roll_up(nodes).get(kpi.ref))


def _node(row: Kpi, known: dict[int, Kpi], *, has_parts: bool) -> Node:
    """A KPI that was never read is what its parts say; one without parts says that it was never read. What somebody
    declared of one counts in its place, as it does for the initiative."""
    parent = known.get(row.parent_id or 0)
    silent = has_parts and row.last_measurement_id is None and not row.declared_status
    reason = None if row.declared_status else row.reason or None
    standing = None if silent else Standing(Status(counted_as(row)), reason, row.progress)
    return Node(
        ref=row.ref, parent=None if parent is None else parent.ref, weight=row.parent_weight, primary=row.primary,
        way=_WAYS[row.rolls_up_by], standing=standing,
    )  # fmt: skip
