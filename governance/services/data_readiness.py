"""What the register of data sources pushes down for the gate that asks whether data is ready."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from governance.models import DataReadiness


@dataclass(frozen=True, slots=True)
class Ready:
    """Of one initiative: how many sources, the score of the least ready (None: one was never audited), gaps in words."""

    sources: int
    score: Decimal | None
    gaps: tuple[str, ...]
    unassessed: int


def push_readiness(*, found: Mapping[int, Ready], at: datetime) -> None:
    """Write what is known of the data of initiatives, by id; without a source the row goes. The caller holds a transaction."""
    DataReadiness.objects.filter(initiative__in=[pk for pk, one in found.items() if not one.sources]).delete()
    for pk, one in found.items():
        if one.sources:
            told = {
                "sources": one.sources, "score": one.score, "gaps": list(one.gaps), "unassessed": one.unassessed,
                "updated_at": at,
            }  # fmt: skip
            DataReadiness.objects.update_or_create(initiative_id=pk, defaults=told)
