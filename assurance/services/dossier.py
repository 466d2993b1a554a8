"""Writing a model's dossier: each save is a version of its own, and nobody's is lost."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from assurance.models import DossierSection
from assurance.queries.dossier import told_of
from core import audit, clock
from core.access import Actor, system
from core.errors import Item, Problem, field_error, forbidden
from core.locks import hold
from core.roles import Action
from core.text import clean
from domain.dossier import BY_CODE, SECTIONS, Section
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model
from governance.services.model_facts import push_down

LONGEST: Final = 20_000
WRITTEN: Final = tuple(one.code for one in SECTIONS if one.written)


def write_section(
    *, model_id: int, code: str, parts: Mapping[str, str], follows: int, by: Actor, at: datetime
) -> DossierSection:
    """Write a version of a section after version `follows` (0: the first). The same text again writes nothing.

    Headings not named keep their text. Raises Problem 400 at the field, 403, 404, 409 for a retired model, and 412 where
    somebody wrote a version meanwhile: its items say, heading by heading, what stands and what was sent.
    """
    section = _section(code)
    said = _read(section, parts)
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        if by.user is None:
            raise forbidden("A section is written by a person.")
        last = DossierSection.objects.filter(model=model, code=code, newest=True).first()
        number = last.number if last else 0
        if follows != number:
            raise _overtaken(section, last, said)
        whole = {
            one.code: said.get(one.code, last.parts.get(one.code, "") if last else "")
            for one in section.parts
        }
        if last is not None and whole == {one.code: last.parts.get(one.code, "") for one in section.parts}:
            return last
        if last is None and not any(whole.values()):
            raise field_error("parts", "Write something first.", code="required")
        if last is not None:
            DossierSection.objects.filter(pk=last.pk).update(newest=False)
        row = DossierSection.objects.create(
            model=model, code=code, number=number + 1, parts=whole, written_at=at, written_by=by.user
        )
        audit.record(
            by=by, at=at, action="dossier.written", obj=row, unit_path=model.unit.path,
            after={"model": model.pk, "section": code, "number": row.number},
        )  # fmt: skip
        _push(model, by, at)
    return row


def judge_dossier(*, model_id: int, at: datetime, by: Actor | None = None) -> None:
    """Ask again which sections are complete, after the tier, a test or the personal data changed. Safe to run twice."""
    with transaction.atomic():
        hold(LOCK)
        model = AiModel.objects.filter(pk=model_id).exclude(stage=AiModel.Stage.RETIRED).first()
        if model is not None:
            _push(model, by or system(), at)


def _push(model: AiModel, by: Actor, at: datetime) -> None:
    rows = DossierSection.objects.filter(model=model, newest=True).values_list("code", "written_at")
    days = {code: clock.day_of(moment) for code, moment in rows}
    if days:
        told = told_of(model, clock.day_of(at), days)
        push_down(
            model_id=model.pk, by=by, at=at, dossier_sections=told.sections, dossier_done=told.done, dossier_whole=told.whole
        )  # fmt: skip


def _section(code: str) -> Section:
    section = BY_CODE.get(code)
    if section is None or not section.written:
        known = ", ".join(WRITTEN)
        raise field_error(
            "code", f"Choose one of: {known}. The change log writes itself.", code="invalid_choice"
        )
    return section


def _read(section: Section, parts: Mapping[str, str]) -> dict[str, str]:
    known = {one.code for one in section.parts}
    for name in parts:
        if name not in known:
            raise field_error("parts", f"{name[:40]} is no heading here. Known: {', '.join(known)}.")
    return {name: clean(f"parts/{name}", text, limit=LONGEST) for name, text in parts.items()}


def _overtaken(section: Section, last: DossierSection | None, said: Mapping[str, str]) -> Problem:
    stands = last.parts if last else {}
    items = tuple(
        Item(f"/parts/{one.code}", "differs", f"{one.label}: stands “{_short(stands.get(one.code, ''))}”, sent “{_short(said[one.code])}”.")
        for one in section.parts
        if one.code in said and said[one.code] != stands.get(one.code, "")
    )  # fmt: skip
    number = last.number if last else 0
    detail = f"Somebody wrote version {number} of this section meanwhile. Read it, then send yours after it."
    return Problem(412, "stale_version", detail, items)


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:299]}…"
