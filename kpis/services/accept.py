"""Accepting a change that nobody had approved: said afterwards, by somebody other than its author, with a reason.

What was found stays found: only the early warning of it clears.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from core import audit
from core.access import Actor, require
from core.errors import conflict, field_error, forbidden, not_found
from core.roles import Action
from core.text import clean
from kpis.models import KpiVersion
from kpis.services import watch
from kpis.services.amend import BECAUSE
from kpis.services.goalposts import find_goalposts
from kpis.services.versions import authors, hold

FIRST: Final = 1


def accept_change(*, pk: int, reason_code: str, because: str, by: Actor, at: datetime) -> KpiVersion:
    """Accept a version that came into force without approval. It says from then on who did, when, and for which reason.

    Raises Problem 404, 403 (`four_eyes` for its author), 400 without one of the three reasons or without saying why, 409
    `nothing_to_accept` for a version that is not in force, was the first, or was approved. Sealed since or not: a seal is four words for what it says, and none for the change.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why it is accepted.")
    if reason_code not in KpiVersion.ReasonCode.values:
        known = ", ".join(KpiVersion.ReasonCode.values)
        raise field_error("reason_code", f"Choose one of: {known}.", code="invalid_choice")
    kpi_id = KpiVersion.objects.filter(pk=pk).values_list("kpi_id", flat=True).first()
    if kpi_id is None:
        raise not_found()
    with transaction.atomic():
        held = hold(kpi_id, by, Action.VIEW)
        require(by, Action.APPROVE_KPI, held.kpi)
        version = KpiVersion.objects.select_related("recorded_by", "kpi").get(pk=pk)
        if not may_be_accepted(version):
            raise conflict("nothing_to_accept", "Nobody is asked to accept this version.")
        if by.user is None or by.user.pk in authors(version):
            raise forbidden("Who made a change does not accept it. Somebody else does.", code="four_eyes")
        before = audit.snapshot(version, ("reason_code",))
        version.approved_by, version.approved_at, version.reason_code = by.user, at, reason_code
        version.save(update_fields=["approved_by", "approved_at", "reason_code"])
        audit.record(
            by=by, at=at, action="kpi.change_accepted", obj=held.kpi, initiative_id=held.initiative.pk,
            unit_path=held.initiative.unit.path, reason=because, before=before,
            after={"definition": version.number, "reason_code": reason_code},
        )  # fmt: skip
        watch.mark_due([held.initiative.pk])
        find_goalposts({held.initiative.pk: held.initiative}, by=by, at=at)
    return version


def may_be_accepted(version: KpiVersion) -> bool:
    """Whether the version changed an earlier one, is or was in force, and nobody approved it."""
    return version.number > FIRST and version.in_force_at is not None and version.approved_at is None
