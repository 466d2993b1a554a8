"""Locking a baseline: who said so and when. What is locked is not edited, and a relative target becomes its number."""

from datetime import datetime

from django.db import transaction

from core import audit
from core.access import Actor
from core.errors import conflict, field_error
from domain.kpi_codes import Defect
from kpis.models import Kpi
from kpis.services.sealing import forget_words
from kpis.services.success import built, refusal, resolve_target
from kpis.services.versions import LOCK, hold, judged, require_alive, require_none_waiting

_BEFORE_A_TARGET = {
    Defect.TARGET_MISSING_OR_NOT_A_NUMBER,
    Defect.TARGET_DATE_MISSING,
    Defect.BASELINE_DATE_MISSING,
}


def lock_baseline(*, pk: int, by: Actor, at: datetime, expected_version: int | None = None) -> Kpi:
    """Lock the baseline of the definition in force. Doing it twice changes nothing.

    Raises Problem 404, 403, 412, 400 at `baseline`, `baseline_on` or `baseline_source` where that was never recorded,
    400 where the relative target makes no number, 409 `sealed`, `change_waits`, `kpi_retired`.
    """
    with transaction.atomic():
        held = hold(pk, by, expected_version=expected_version)
        row, version, initiative = held.kpi, held.version, held.initiative
        require_alive(row)
        if version.baseline_locked_at is not None:
            return row
        if version.seal:
            raise conflict("sealed", "The definition is sealed, and its baseline with it.")
        require_none_waiting(row)
        for name, words in (("baseline", "value"), ("baseline_on", "day"), ("baseline_source", "source")):
            if getattr(version, name) in {None, ""}:
                raise field_error(
                    name, f"Record the baseline's {words} before it is locked.", code="required"
                )
        before = audit.snapshot(version, ("target", *LOCK))
        version.baseline_locked_at, version.baseline_locked_by = at, by.user
        resolve_target(version)
        defect = built(version).defect
        if defect is not None and defect not in _BEFORE_A_TARGET:
            raise refusal(defect)
        version.save(update_fields=["target", *LOCK])
        was, now = audit.difference(before, audit.snapshot(version, ("target", *LOCK)))
        if "target" in now:
            forget_words(version, initiative, by=by, at=at)
        row.updated_at = at
        row.version += 1
        row.save(update_fields=["updated_at", "version"])
        audit.record(
            by=by, at=at, action="kpi.baseline_locked", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, before=was, after=now,
        )  # fmt: skip
        return judged(row, initiative, by, at, rolled=True, anew="target" in now) if "target" in now else row
