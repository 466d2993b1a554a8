"""The register of data sources: what an organisation has, who answers for it, and how ready it is. Integrations beside it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction
from django.db.models import Min

from assurance.models import DataSource, Integration
from assurance.services.dossier import judge_dossier
from core import audit, clock
from core.access import Actor, require, require_in_unit
from core.errors import conflict, field_error, not_found, stale
from core.linked import with_unseen
from core.locks import hold
from core.models import BusinessUnit, User
from core.roles import Action
from core.text import clean
from domain.data_readiness import CHECKLIST, Answer, lacks_assessment, readiness
from governance.models import AiModel
from governance.services.data_readiness import Ready, push_readiness
from governance.services.model_facts import push_down
from portfolio.models import Initiative
from portfolio.services.initiatives import require_active
from portfolio.services.locks import lock_initiative

LOCK: Final = "data sources"
TEXTS: Final = {
    "name": 200, "system": 200, "lineage": 20_000, "quality": 20_000, "legal_basis": 500, "assessment_url": 500,
}  # fmt: skip
EDITED: Final = (
    *TEXTS, "unit", "owner", "personal", "classification", "assessed_on", "usable_until", "update_days", "checklist", "audited_on", "score",
    "gaps", "lacks_assessment",
)  # fmt: skip
INTEGRATION: Final = ("system", "kind", "owner", "status", "note")
MOST_DAYS: Final = 3_650


class SourceFacts(TypedDict, total=False):
    """What may be written of a source. `checklist`: item -> yes, partly, no, not_applicable, unknown; replaces the whole."""

    name: str
    system: str
    unit: BusinessUnit
    owner: User | None
    lineage: str
    quality: str
    personal: str
    classification: str
    legal_basis: str
    assessment_url: str
    assessed_on: date | None
    usable_until: date | None
    update_days: int | None
    checklist: Mapping[str, str]
    audited_on: date | None
    ai_models: Sequence[AiModel]
    initiatives: Sequence[Initiative]


class IntegrationFacts(TypedDict, total=False):
    system: str
    kind: str
    owner: User | None
    status: str
    note: str


def create_source(*, by: Actor, at: datetime, **facts: Unpack[SourceFacts]) -> DataSource:
    """Register a source in a unit. Raises Problem 400 by field, 403 outside the creator's units, 409 for a name that is taken."""
    unit = facts.get("unit")
    if unit is None:
        raise field_error("unit", "Say which business unit answers for it.", code="required")
    require_in_unit(by, Action.CREATE_MODEL, unit.path)
    with transaction.atomic():
        hold(LOCK)
        row = DataSource(unit=unit, recorded_by=by.user, recorded_at=at, updated_at=at)
        _write(row, {"name": "", **facts}, clock.day_of(at))
        row.save(force_insert=True)
        _link(row, facts, by)
        _push(row, (), at)
        _tell_models(row, (), by, at)
        audit.record(
            by=by, at=at, action="data_source.registered", obj=row, unit_path=unit.path, after=_snapshot(row)
        )
    return row


def edit_source(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[SourceFacts]
) -> DataSource:  # fmt: skip
    """Change what is given; the rest stays, and with it every link out of the actor's sight. Nothing changed writes nothing.

    Problem 400, 403, 404, 409, 412.
    """
    with transaction.atomic():
        hold(LOCK)
        row = DataSource.objects.select_related("unit").filter(pk=pk).first()
        if row is None:
            raise not_found()
        require(by, Action.EDIT_MODEL, row)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        unit = facts.get("unit")
        if unit is not None and unit.pk != row.unit_id:
            require_in_unit(by, Action.CREATE_MODEL, unit.path)
        before = _snapshot(row)
        _write(row, facts, clock.day_of(at))
        _link(row, facts, by)
        was, now = audit.difference(before, _snapshot(row))
        if now:
            row.updated_at, row.version = at, row.version + 1
            row.save(update_fields=[*EDITED, "updated_at", "version"])
            _push(row, before["initiatives"], at)
            if now.keys() & {"personal", "ai_models", "usable_until"}:
                _tell_models(row, before["ai_models"], by, at)
            audit.record(
                by=by, at=at, action="data_source.edited", obj=row, unit_path=row.unit.path, before=was, after=now
            )  # fmt: skip
    return row


def record_integration(
    *, initiative_id: int, by: Actor, at: datetime, **facts: Unpack[IntegrationFacts]
) -> Integration:  # fmt: skip
    """A system an initiative is joined with. Raises Problem 400 by field, 403, 404, 409 where it is on record."""
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.EDIT_INITIATIVE, initiative)
        row = Integration(initiative=initiative, recorded_at=at, updated_at=at)
        _write_integration(row, {"system": "", "kind": "", **facts})
        row.save(force_insert=True)
        audit.record(
            by=by, at=at, action="integration.recorded", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after=audit.snapshot(row, INTEGRATION),
        )  # fmt: skip
    return row


def edit_integration(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[IntegrationFacts]
) -> Integration:  # fmt: skip
    """Change what is given. Problem 400, 403, 404, 409, 412."""
    initiative_id = Integration.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        row = Integration.objects.get(pk=pk)
        require(by, Action.EDIT_INITIATIVE, row)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        before = audit.snapshot(row, INTEGRATION)
        _write_integration(row, facts)
        was, now = audit.difference(before, audit.snapshot(row, INTEGRATION))
        if now:
            row.updated_at, row.version = at, row.version + 1
            row.save(update_fields=[*INTEGRATION, "updated_at", "version"])
            audit.record(
                by=by, at=at, action="integration.edited", obj=row, initiative_id=initiative.pk,
                unit_path=initiative.unit.path, before=was, after=now,
            )  # fmt: skip
    return row


def _write(row: DataSource, facts: SourceFacts, today: date) -> None:
    said: dict[str, Any] = dict(facts)
    for name, limit in TEXTS.items():
        if name in said:
            needed = "Give it a name." if name == "name" else ""
            setattr(row, name, clean(name, said[name], limit=limit, required=needed))
    for name, choices in (("personal", DataSource.Personal), ("classification", DataSource.Classification)):
        if name in said:
            allowed = [*choices.values, *([""] if name == "classification" else [])]
            if said[name] not in allowed:
                raise field_error(name, f"Choose one of: {', '.join(choices.values)}.", code="invalid_choice")
            setattr(row, name, said[name])
    for name in ("assessed_on", "audited_on"):
        if name in said:
            if said[name] is not None and said[name] > today:
                raise field_error(name, "That day has not come yet.", code="in_the_future")
            setattr(row, name, said[name])
    if "usable_until" in said:
        row.usable_until = said["usable_until"]
    if "update_days" in said:
        if said["update_days"] is not None and not 1 <= said["update_days"] <= MOST_DAYS:
            raise field_error(
                "update_days", f"It is renewed every 1 to {MOST_DAYS} days.", code="out_of_range"
            )
        row.update_days = said["update_days"]
    if said.get("unit") is not None:
        if not said["unit"].active:
            raise field_error(
                "unit", f"{said['unit'].name} is closed. Choose an active unit.", code="unit_closed"
            )
        row.unit = said["unit"]
    if "owner" in said and (said["owner"].pk if said["owner"] else None) != row.owner_id:
        require_active("owner", said["owner"])
        row.owner = said["owner"]
    if "checklist" in said:
        _answer(row, said["checklist"])
    row.lacks_assessment = lacks_assessment(row.personal, row.assessed_on)
    if DataSource.objects.filter(unit=row.unit, name=row.name).exclude(pk=row.pk).exists():
        raise conflict("taken", f"{row.unit.name} has a data source of that name. Choose another.")


def _answer(row: DataSource, answers: Mapping[str, str]) -> None:
    """The checklist as a whole, with the score and the gaps that follow. None answered: no audit, no score."""
    for code, said in answers.items():
        if code not in CHECKLIST:
            raise field_error("checklist", f"{str(code)[:40]} is no item. Use: {', '.join(CHECKLIST)}.")
        if said not in set(Answer):
            raise field_error(
                "checklist", f"{CHECKLIST[code]}: choose one of {', '.join(Answer)}.", code="invalid_choice"
            )
    row.checklist = {
        code: str(answers[code]) for code in CHECKLIST if code in answers and answers[code] != Answer.UNKNOWN
    }
    found = readiness(row.checklist)
    row.score, row.gaps = (found.score, list(found.gaps)) if row.checklist else (None, [])
    if row.score is not None:
        row.score = round(row.score, 4)


def _link(row: DataSource, facts: SourceFacts, by: Actor) -> None:
    if "ai_models" in facts:
        row.ai_models.set(with_unseen(row, "ai_models", facts["ai_models"], by))
    if "initiatives" in facts:
        row.initiatives.set(with_unseen(row, "initiatives", facts["initiatives"], by))


def _push(row: DataSource, before: Iterable[int], at: datetime) -> None:
    """Say to the gates of all initiatives that rest on it, or did, how ready their data is. Two statements, and one for each."""
    asked = {*before, *row.initiatives.order_by().values_list("pk", flat=True)}
    links = DataSource.initiatives.through.objects.filter(initiative__in=asked).select_related("datasource")
    by_initiative: dict[int, list[DataSource]] = {pk: [] for pk in asked}
    for link in links.order_by("datasource__name", "pk"):
        by_initiative[link.initiative_id].append(link.datasource)
    push_readiness(found={pk: _ready(rows) for pk, rows in by_initiative.items()}, at=at)


def _tell_models(row: DataSource, before: Iterable[int], by: Actor, at: datetime) -> None:
    """Whether a model handles personal data decides what its dossier is asked; the first of its sources to end, until when
    its data may be used."""
    for pk in sorted({*before, *row.ai_models.order_by().values_list("pk", flat=True)}):
        judge_dossier(model_id=pk, by=by, at=at)
        until = DataSource.objects.filter(ai_models=pk).aggregate(day=Min("usable_until"))["day"]
        push_down(model_id=pk, by=by, at=at, data_until=until)


def _ready(rows: Sequence[DataSource]) -> Ready:
    scores = [one.score for one in rows]
    known = [one for one in scores if one is not None]
    return Ready(
        sources=len(rows), score=min(known) if known and len(known) == len(scores) else None,
        gaps=tuple(f"{one.name}: {CHECKLIST[code].lower()}" for one in rows for code in one.gaps if code in CHECKLIST),
        unassessed=sum(one.lacks_assessment for one in rows),
    )  # fmt: skip


def _snapshot(row: DataSource) -> dict[str, Any]:
    linked = {
        name: sorted(getattr(row, name).order_by().values_list("pk", flat=True)) for name in ("ai_models", "initiatives")
    }  # fmt: skip
    told = audit.snapshot(row, EDITED)
    return {**told, "score": None if row.score is None else str(row.score), **linked}


def _write_integration(row: Integration, facts: IntegrationFacts) -> None:
    said: dict[str, Any] = dict(facts)
    if "system" in said:
        row.system = clean("system", said["system"], limit=200, required="Name the system.")
    if "note" in said:
        row.note = clean("note", said["note"], limit=500)
    for name, choices in (("kind", Integration.Kind), ("status", Integration.Status)):
        if name in said:
            if said[name] not in choices.values:
                raise field_error(name, f"Choose one of: {', '.join(choices.values)}.", code="invalid_choice")
            setattr(row, name, said[name])
    if "owner" in said and (said["owner"].pk if said["owner"] else None) != row.owner_id:
        require_active("owner", said["owner"])
        row.owner = said["owner"]
    others = Integration.objects.filter(initiative=row.initiative, system=row.system, kind=row.kind)
    if others.exclude(pk=row.pk).exists():
        raise conflict("taken", "This initiative has that integration on record. Change that one.")
