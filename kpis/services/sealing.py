"""Four people stand behind a definition, one for each role; the fourth approval seals it.

What is sealed is the canonical document of the version (domain.seal) and the SHA-256 of it. The database refuses to
change a sealed version. A word given for a draft is forgotten when the draft is edited: it was about another text.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from core import audit
from core.access import Actor, actor_for, allows, require
from core.errors import Item, Problem, conflict, field_error, forbidden, from_rule, not_found
from core.models import User
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.phrases import listed
from domain.seal import canonical, digest
from kpis.models import KpiVersion, SignOff, SmartSignature
from kpis.queries.contract import lacks
from kpis.services import watch
from kpis.services.goalposts import find_goalposts
from kpis.services.signers import require_fit, require_still_fit
from kpis.services.versions import (
    Held,
    authors,
    hold,
    locked,
    require_alive,
    require_none_waiting,
    require_signing,
)
from kpis.translate import contract_of
from portfolio.models import Initiative
from portfolio.services.initiatives import require_active

ROLES: Final = tuple(SignOff.Role.values)
NOTE: Final = 500


def ask_sign_off(*, pk: int, people: Mapping[str, User], by: Actor, at: datetime) -> list[SignOff]:
    """Name who is to sign the definition in force, by role; again to name somebody else. Gives all who are asked.

    Raises Problem 404, 403, 400 at the role for somebody who cannot sign, 409 `not_ready` with what the definition
    lacks, `sealed`, `change_waits`, `already_signed` when that role has spoken.
    """
    with transaction.atomic():
        held = hold(pk, by)
        version = _require_open(held)
        asked = {
            one.role: one for one in SignOff.objects.filter(kpi_version=version).select_related("person")
        }
        _require_people(held, people, asked)
        new = {
            role: person
            for role, person in people.items()
            if role not in asked or asked[role].person_id != person.pk
        }
        if new:
            SignOff.objects.filter(kpi_version=version, role__in=new).delete()
            for role, person in new.items():
                SignOff.objects.create(
                    kpi_version=version, role=role, person=person, asked_by=by.user, asked_at=at
                )
            audit.record(
                by=by, at=at, action="kpi.sign_off_asked", obj=held.kpi, initiative_id=held.initiative.pk,
                unit_path=held.initiative.unit.path,
                before={role: asked[role].person_id for role in new if role in asked},
                after={"definition": version.number, **{role: person.pk for role, person in new.items()}},
            )  # fmt: skip
            watch.mark_due([held.initiative.pk])
        return list(SignOff.objects.filter(kpi_version=version).select_related("person").order_by("pk"))


def sign_off(*, pk: int, verdict: str, by: Actor, at: datetime, note: str = "") -> SignOff:
    """Say, as the person asked, that the definition is approved, or dissent and say why. Seals with the fourth approval.

    A word may be changed until then. Raises Problem 404, 403 for anybody but the person asked and for the author as
    executive, 400 for a dissent without a note, 409 `sealed`, `change_waits` or `not_in_force`.
    """
    note = clean("note", note, limit=NOTE)
    if verdict not in SignOff.Verdict.values:
        raise field_error(
            "verdict", f"Choose one of: {', '.join(SignOff.Verdict.values)}.", code="invalid_choice"
        )
    if verdict == SignOff.Verdict.DISSENTED and not note:
        raise field_error("note", "Say why: a dissent is there to be answered.", code="required")
    kpi_id = SignOff.objects.filter(pk=pk).values_list("kpi_version__kpi_id", flat=True).first()
    if kpi_id is None:
        raise not_found()
    with transaction.atomic():
        row, initiative = locked(kpi_id)
        require(by, Action.VIEW, row)
        require_signing(by)
        said = SignOff.objects.select_related("kpi_version", "person").filter(pk=pk).first()
        if said is None:
            raise not_found()
        version = said.kpi_version
        if by.user is None or by.user.pk != said.person_id:
            raise forbidden(
                f"{said.person.name} was asked to sign this, and nobody else can.", code="not_asked"
            )
        if version.pk != row.current_id:
            raise conflict("not_in_force", "This version is not in force any more. Sign the one that is.")
        _require_open(Held(row, version, initiative))
        if said.role == SignOff.Role.EXECUTIVE and said.person_id in authors(version):
            raise forbidden("Who wrote the definition does not sign it as the executive.", code="four_eyes")
        require_still_fit(said.role, said.person, row, initiative)
        if (said.verdict, said.note) == (verdict, note):
            return said
        before = audit.snapshot(said, ("verdict", "note"))
        said.verdict, said.note, said.signed_at = verdict, note, at
        said.save(update_fields=["verdict", "note", "signed_at"])
        word = "approved" if verdict == SignOff.Verdict.APPROVED else "dissented"
        audit.record(
            by=by, at=at, action=f"kpi.{word}", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            reason=note, before=before, after={"definition": version.number, "role": said.role, "verdict": verdict},
        )  # fmt: skip
        watch.mark_due([initiative.pk])
        approved = SignOff.objects.filter(kpi_version=version, verdict=SignOff.Verdict.APPROVED)
        if approved.count() == len(ROLES):
            seal_version(Held(row, version, initiative), by=by, at=at)
    return said


def seal_version(held: Held, *, by: Actor, at: datetime) -> None:
    """Write the canonical document of the version and its SHA-256. The first sealed version is what was promised.

    One that is sealed after its first reading, or once development had begun, is flagged for ever.
    """
    version, kpi = held.version, held.kpi
    try:
        version.sealed_document = canonical(contract_of(version))
    except RuleError as refused:
        raise from_rule(refused) from refused
    version.seal, version.sealed_at = digest(version.sealed_document), at
    version.save(update_fields=["seal", "sealed_at", "sealed_document"])
    first = kpi.promised_id is None
    if first:
        kpi.promised = version
    kpi.updated_at = at
    kpi.version += 1
    kpi.save(update_fields=["promised", "updated_at", "version"])
    audit.record(
        by=by, at=at, action="kpi.sealed", obj=kpi, initiative_id=held.initiative.pk,
        unit_path=held.initiative.unit.path,
        after={"definition": version.number, "seal": version.seal, "promised": first},
    )  # fmt: skip
    if first:
        find_goalposts({held.initiative.pk: held.initiative}, by=by, at=at)


def forget_words(version: KpiVersion, initiative: Initiative, *, by: Actor, at: datetime) -> None:
    """Take back what was signed for a draft that is now edited. Who was asked stays asked."""
    given = SignOff.objects.filter(kpi_version=version).exclude(verdict="")
    before: dict[str, str] = dict(given.values_list("role", "verdict"))
    signed = SmartSignature.objects.filter(kpi_version=version)
    before |= dict.fromkeys(signed.values_list("item", flat=True), "signed")
    if not before:
        return
    given.update(verdict="", note="", signed_at=None)
    signed.delete()
    audit.record(
        by=by, at=at, action="kpi.signatures_forgotten", obj=version.kpi, initiative_id=initiative.pk,
        unit_path=initiative.unit.path, reason="The definition was edited.", before=before,
    )  # fmt: skip


def _require_open(held: Held) -> KpiVersion:
    """The version in force, which can still be signed."""
    version = held.version
    require_alive(held.kpi)
    if version.seal:
        raise conflict("sealed", f"Version {version.number} of {held.kpi.ref} is sealed already.")
    require_none_waiting(held.kpi)
    missing = lacks(version)
    if missing:
        said = listed([words for _, words in missing])
        items = tuple(Item(f"/{name}", "required", f"Record {words}.") for name, words in missing)
        raise conflict("not_ready", f"Nobody can stand behind this definition yet. It lacks {said}.", *items)
    return version


def _require_people(held: Held, people: Mapping[str, User], asked: Mapping[str, SignOff]) -> None:
    """Each role a person of its own, who is active, may see the KPI, and whose role has not spoken yet."""
    if not people:
        raise Problem(400, "invalid", f"Name somebody for at least one role: {', '.join(ROLES)}.")
    wrote = authors(held.version)
    holders = {one.person_id: role for role, one in asked.items() if role not in people}
    for role, person in people.items():
        if role not in ROLES:
            raise field_error(role, f"Roles are: {', '.join(ROLES)}.", code="invalid_choice")
        was = asked.get(role)
        if was is not None and was.verdict and was.person_id != person.pk:
            raise conflict(
                "already_signed", f"{was.person.name} has spoken for this role. It cannot be given away."
            )
        require_active(role, person)
        if person.pk in holders:
            sentence = f"{person.name} is asked as {holders[person.pk].replace('_', ' ')} already: four roles are four people."
            raise field_error(role, sentence, code="one_role_each")
        holders[person.pk] = role
        if role == SignOff.Role.EXECUTIVE and person.pk in wrote:
            raise field_error(role, f"{person.name} wrote the definition. Somebody else signs it as the executive.", code="four_eyes")  # fmt: skip
        if not allows(actor_for(person, via="page"), Action.VIEW, held.kpi):
            sentence = f"{person.name} may not see this KPI. Choose somebody who may, or have them given a role first."
            raise field_error(role, sentence, code="may_not_see")
        require_fit(role, person, held.kpi, held.initiative)
