"""A person's word on the two items of SMART that no field can tell: achievable, and relevant."""

from datetime import datetime
from typing import Final

from django.db import transaction

from core import audit
from core.access import Actor, allows, require
from core.errors import conflict, field_error, forbidden, not_found
from core.roles import Action
from core.text import clean
from kpis.models import KpiVersion, SignOff, SmartSignature
from kpis.services.versions import authors, locked, require_alive, require_signing

BECAUSE: Final = 500


def sign_smart(*, pk: int, item: str, because: str, by: Actor, at: datetime) -> SmartSignature:
    """Sign that a version in force is achievable, or relevant, and why. Once an item; by somebody who did not write it.

    May sign: who may define or approve KPIs there, and who is asked to sign the definition. Raises Problem 404, 403
    (`four_eyes` for the author), 400, 409 `already_signed`, `not_in_force`, `kpi_retired`.
    """
    if item not in SmartSignature.Item.values:
        known = ", ".join(SmartSignature.Item.values)
        raise field_error("item", f"Only these are signed: {known}. The others are read off the record.", code="invalid_choice")  # fmt: skip
    because = clean("because", because, limit=BECAUSE, required="Say what makes you think so.")
    kpi_id = KpiVersion.objects.filter(pk=pk).values_list("kpi_id", flat=True).first()
    if kpi_id is None:
        raise not_found()
    with transaction.atomic():
        row, initiative = locked(kpi_id)
        require(by, Action.VIEW, row)
        require_signing(by)
        version = row.current
        if by.user is None or version is None or not _may_sign(by, version):
            raise forbidden(f"{by.label} may not sign this: it is for whoever may define or approve KPIs here, or is asked to sign.")  # fmt: skip
        if version.pk != pk:
            raise conflict("not_in_force", "This version is not in force. Sign the one that is.")
        require_alive(row)
        if by.user.pk in authors(version):
            raise forbidden(
                "Who wrote the definition does not sign it. Somebody else does.", code="four_eyes"
            )
        if SmartSignature.objects.filter(kpi_version=version, item=item).exists():
            raise conflict("already_signed", "This was signed already.")
        signed = SmartSignature.objects.create(
            kpi_version=version, item=item, person=by.user, because=because, signed_at=at
        )
        audit.record(
            by=by, at=at, action="kpi.smart_signed", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, reason=because, after={"definition": version.number, "item": item},
        )  # fmt: skip
    return signed


def _may_sign(by: Actor, version: KpiVersion) -> bool:
    if allows(by, Action.DEFINE_KPI, version.kpi) or allows(by, Action.APPROVE_KPI, version.kpi):
        return True
    person = by.user.pk if by.user else None
    return SignOff.objects.filter(kpi_version=version, person=person).exists()
