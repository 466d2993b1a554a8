"""Doors for the worker. What this room asks again by time is a step of the sweep (`governance.tasks.STEPS`)."""

from dataclasses import dataclass
from datetime import datetime

from assurance.models import ModelRegistry
from assurance.services.clusters import tidy_previews
from assurance.services.registries import KIND, owe_due
from assurance.services.registry_sync import sync_registry
from core import clock, outbox
from core.access import system
from core.lease import Lease
from core.models import Outbox
from governance.tasks import STEPS


@dataclass(frozen=True, slots=True)
class Due:
    """What a step did, as the sweep asks."""

    changed: int


def registries_due(*, at: datetime) -> Due:
    """Owe the reading of registries whose time has come, and forget previews nobody kept."""
    return Due(owe_due(at=at) + tidy_previews(at=at))


STEPS.insert(
    next(place for place, (name, _) in enumerate(STEPS) if name == "tallies"), ("registries", registries_due)
)


@outbox.works_long(KIND)
def read_registry(row: Outbox, lease: Lease) -> None:  # noqa: ARG001  the end of the work is its own last transaction
    """Read one registry. Safe to run twice; what fails is on the registry, and tried again when its time comes."""
    registry = ModelRegistry.objects.select_related("unit", "created_by").filter(pk=row.payload["registry_id"]).first()  # fmt: skip
    if registry is not None and registry.active:
        sync_registry(registry=registry, by=system(), at=clock.now())
