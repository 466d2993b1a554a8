"""Data that measuring or building needs: recorded, changed, and linked to the KPIs that need it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

from django.db import transaction

from core import audit
from core.access import Actor, require
from core.errors import field_error, not_found, stale
from core.models import User
from core.roles import Action
from core.text import clean
from kpis.models import DataNeed, Kpi
from portfolio.models import Initiative
from portfolio.services.initiatives import require_active
from portfolio.services.locks import lock_initiative

TEXTS: Final = {"name": 200, "system": 200, "note": 2_000}
EDITED: Final = ("name", "system", "owner", "available", "note")


class Facts(TypedDict, total=False):
    """What may be written of a data need. `kpis`: those of the same initiative that need it."""

    name: str
    system: str
    owner: User | None
    available: str
    note: str
    kpis: Sequence[Kpi]


def create_data_need(*, initiative_id: int, facts: Facts, by: Actor, at: datetime) -> DataNeed:
    """A new data need of an initiative. Raises Problem 404, 403, 400 at the field that is wrong."""
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.DEFINE_KPI, initiative)
        row = DataNeed(initiative=initiative, recorded_at=at, recorded_by=by.user)
        _write(row, {"name": "", **facts})
        kpis = require_of(initiative, facts.get("kpis", ()))
        row.save(force_insert=True)
        row.kpis.set(kpis)
        audit.record(
            by=by, at=at, action="data_need.recorded", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after=_snapshot(row),
        )  # fmt: skip
    return row


def edit_data_need(
    *, pk: int, expected_version: int | None, facts: Facts, by: Actor, at: datetime
) -> DataNeed:
    """Change what is given; the rest stays. Nothing changed writes nothing.

    Raises Problem 404, 403, 412 for an old version, 400 at the field that is wrong.
    """
    initiative_id = DataNeed.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        row = DataNeed.objects.get(pk=pk)
        require(by, Action.DEFINE_KPI, row)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        before = _snapshot(row)
        _write(row, facts)
        if "kpis" in facts:
            row.kpis.set(require_of(initiative, facts["kpis"]))
        was, now = audit.difference(before, _snapshot(row))
        if now:
            row.version += 1
            row.save(update_fields=[*EDITED, "version"])
            audit.record(
                by=by, at=at, action="data_need.edited", obj=row, initiative_id=initiative.pk,
                unit_path=initiative.unit.path, before=was, after=now,
            )  # fmt: skip
    return row


def require_of(initiative: Initiative, kpis: Sequence[Kpi]) -> list[Kpi]:
    """The KPIs, each of this initiative. Problem 400 at `kpis`."""
    for kpi in kpis:
        if kpi.initiative_id != initiative.pk:
            raise field_error("kpis", f"{kpi.ref} is not a KPI of this initiative.", code="does_not_exist")
    return list(kpis)


def _write(row: DataNeed, facts: Facts) -> None:
    said: dict[str, Any] = dict(facts)
    for name, limit in TEXTS.items():
        if name in said:
            needed = "Name the data." if name == "name" else ""
            setattr(row, name, clean(name, said[name], limit=limit, required=needed))
    if "available" in said:
        if said["available"] not in DataNeed.Availability.values:
            listed = ", ".join(DataNeed.Availability.values)
            raise field_error("available", f"Choose one of: {listed}.", code="invalid_choice")
        row.available = said["available"]
    if "owner" in said and (said["owner"].pk if said["owner"] else None) != row.owner_id:
        require_active("owner", said["owner"])
        row.owner = said["owner"]
    others = DataNeed.objects.filter(initiative=row.initiative, name=row.name).exclude(pk=row.pk)
    if others.exists():
        raise field_error(
            "name", "This initiative has that data on record. Choose another name.", code="taken"
        )


def _snapshot(row: DataNeed) -> dict[str, Any]:
    return {**audit.snapshot(row, EDITED), "kpis": sorted(row.kpis.values_list("pk", flat=True))}
