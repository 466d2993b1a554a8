"""Creating and editing initiatives. The stage is moved elsewhere (stages.py), by a decision or an import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction

from core import audit, clock, outbox
from core.access import Actor, require, require_in_unit
from core.errors import conflict, field_error, stale
from core.models import BusinessUnit, User
from core.roles import CREATES, TABLE, Action, Reach
from core.text import clean
from domain.stages import Mover, Stage, require_move
from portfolio.models import Initiative, InitiativeMember, StrategicObjective
from portfolio.services.flags import move_flags
from portfolio.services.locks import lock_initiative
from portfolio.services.stages import CHANGED, open_first_spell
from portfolio.services.tallies import touch

IMPACTS = {"rights": "Rights", "safety": "Safety", "both": "Rights and safety", "neither": "Neither"}
LIMITS = {"name": 500, "problem": 20_000, "outcome": 20_000, "value_hypothesis": 400}
EDITED = (
    "name", "unit", "problem", "outcome", "value_hypothesis", "sponsor", "sponsor_since", "sponsor_vacant_since", "lead",
    "risk_tier", "impact", "planned_value", "facts", "attributes",
)  # fmt: skip


class Facts(TypedDict, total=False):
    """What may be written of an initiative.

    `no_sponsor` True says that there is none, which is not the same as nobody having recorded one.
    `planned_value` in the organisation's currency; `risk_tier` 1 (highest) to 3.
    """

    name: str
    unit: BusinessUnit
    problem: str
    outcome: str
    value_hypothesis: str
    sponsor: User | None
    no_sponsor: bool
    lead: User | None
    objectives: Sequence[StrategicObjective]
    risk_tier: int | None
    impact: str
    planned_value: Decimal | None
    facts: Mapping[str, Any]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a new record comes from. A person's starts as an idea, today; an import's stands where its source says."""

    mover: Mover = Mover.PERSON
    stage: Stage = Stage.IDEA
    entered_on: date | None = None
    precision: str = "day"
    because: str = ""
    basis: str = ""
    source: str = ""
    external_id: str = ""


def create_initiative(
    *, by: Actor, at: datetime, origin: Origin = Origin(), members: Sequence[User] = (), **facts: Unpack[Facts]
) -> Initiative:  # fmt: skip
    """A new initiative with its first stage spell. A person who may only create becomes its lead.

    Raises Problem 403 outside the creator's units, 400 for wrong facts, 409 for a source's key used before;
    RuleError `starts_as_idea` when a person names another stage.
    """
    unit = facts.get("unit")
    if unit is None:
        raise field_error("unit", "Say which business unit it belongs to.", code="required")
    require_in_unit(by, Action.CREATE_INITIATIVE, unit.path)
    require_move(mover=origin.mover, current=None, to=origin.stage)
    today = clock.day_of(at)
    entered = today if origin.mover is Mover.PERSON else origin.entered_on
    if "lead" not in facts and _creates_only(by, unit):
        facts["lead"] = by.user
    row = Initiative(
        created_at=at, created_by=by.user, updated_at=at, stage=origin.stage.value, entered_on=entered,
        entered_precision=origin.precision if entered else "unknown", source=origin.source, external_id=origin.external_id,
    )  # fmt: skip
    with transaction.atomic():
        _require_new_key(origin)
        _write(row, facts, today)
        row.save(force_insert=True)
        row.objectives.set(facts.get("objectives", ()))
        open_first_spell(
            initiative=row, entered_on=entered, precision=origin.precision, by=by, at=at,
            because=origin.because, basis=origin.basis,
        )  # fmt: skip
        _add_members(row, members, at)
        touch([row.unit_id])
        audit.record(
            by=by, at=at, action="initiative.created", obj=row, initiative_id=row.pk, unit_path=row.unit.path,
            after={**_filled(_snapshot(row)), "stage": row.stage},
        )  # fmt: skip
    return row


def edit_initiative(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[Facts]
) -> Initiative:
    """Change the facts given; the others stay. Nothing changed writes nothing.

    Raises Problem 404, 403, 412 for an old version, 400 for wrong facts.
    """
    with transaction.atomic():
        row = lock_initiative(pk)
        require(by, Action.EDIT_INITIATIVE, row)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        unit = facts.get("unit")
        if unit is not None and unit.pk != row.unit_id:
            require_in_unit(by, Action.CREATE_INITIATIVE, unit.path)
        before, was_in = _snapshot(row), row.unit_id
        _write(row, facts, clock.day_of(at))
        if "objectives" in facts:
            row.objectives.set(facts["objectives"])
        was, now = audit.difference(before, _snapshot(row))
        if not now:
            return row
        row.updated_at = at
        row.version += 1
        row.save(update_fields=[*EDITED, "updated_at", "version"])
        touch([was_in, row.unit_id])
        if "unit" in now:
            move_flags(initiatives=[row.pk], unit_id=row.unit_id)
        audit.record(
            by=by, at=at, action="initiative.edited", obj=row, initiative_id=row.pk, unit_path=row.unit.path,
            before=was, after=now,
        )  # fmt: skip
        outbox.owe(
            kind=CHANGED,
            payload={"initiative_id": row.pk, "fields": sorted(now)},
            at=at,
            key=f"initiative-{row.pk}",
        )
    return row


def vacate_sponsor(*, initiative: Initiative, by: Actor, at: datetime, reason: str) -> None:
    """The sponsor left: there is none from today. Who it was stays in the audit log. The caller holds the lock."""
    before = audit.snapshot(initiative, ("sponsor", "sponsor_since"))
    initiative.sponsor, initiative.sponsor_since = None, None
    initiative.sponsor_vacant_since = clock.day_of(at)
    initiative.updated_at = at
    initiative.version += 1
    initiative.save(
        update_fields=["sponsor", "sponsor_since", "sponsor_vacant_since", "updated_at", "version"]
    )
    audit.record(
        by=by, at=at, action="initiative.sponsor_left", obj=initiative, initiative_id=initiative.pk,
        unit_path=initiative.unit.path, reason=reason, before=before,
        after={"sponsor": None, "sponsor_vacant_since": initiative.sponsor_vacant_since},
    )  # fmt: skip
    outbox.owe(
        kind=CHANGED,
        payload={"initiative_id": initiative.pk, "fields": ["sponsor"]},
        at=at,
        key=f"initiative-{initiative.pk}",
    )


def require_active(field: str, user: User | None) -> None:
    """Refuse, 400, somebody who has left, or a machine, where an accountable person is meant."""
    if user is not None and (not user.is_active or user.is_service):
        raise field_error(
            field, f"{user.name} is not an active person. Choose somebody who is.", code="not_active"
        )


def _write(row: Initiative, facts: Facts, today: date) -> None:
    for field, limit in LIMITS.items():
        if field in facts:
            needed = "Give it a name." if field == "name" else ""
            setattr(row, field, clean(field, str(facts[field]), limit=limit, required=needed))  # type: ignore[literal-required]
    if not row.name:
        raise field_error("name", "Give it a name.", code="required")
    unit = facts.get("unit")
    if unit is not None and unit.pk != row.unit_id:
        if not unit.active:
            raise field_error("unit", f"{unit.name} is closed. Choose an active unit.", code="unit_closed")
        row.unit = unit
    _write_people(row, facts, today)
    for field in ("risk_tier", "planned_value"):
        if field in facts:
            setattr(row, field, facts[field])  # type: ignore[literal-required]
    if row.planned_value is not None and row.planned_value < 0:
        raise field_error("planned_value", "A planned value is not below zero.", code="min_value")
    if row.risk_tier not in {None, 1, 2, 3}:
        raise field_error("risk_tier", "A risk tier is 1 (the highest), 2 or 3.", code="invalid_choice")
    if "impact" in facts:
        if facts["impact"] not in {"", *IMPACTS}:
            raise field_error("impact", f"Choose one of: {', '.join(IMPACTS)}.", code="invalid_choice")
        row.impact = facts["impact"]
    if "facts" in facts:
        row.facts = dict(facts["facts"])
    if "attributes" in facts:
        row.attributes = dict(facts["attributes"])


def _write_people(row: Initiative, facts: Facts, today: date) -> None:
    if "lead" in facts:
        lead = facts["lead"]
        if lead is not None and lead.pk != row.lead_id:
            require_active("lead", lead)
        row.lead = lead
    if "sponsor" in facts:
        sponsor = facts["sponsor"]
        if sponsor is not None and sponsor.pk != row.sponsor_id:
            require_active("sponsor", sponsor)
            row.sponsor_since = today
        elif sponsor is None and row.sponsor_id is not None:
            row.sponsor_since, row.sponsor_vacant_since = None, today
        row.sponsor = sponsor
        if sponsor is not None:
            row.sponsor_vacant_since = None
    if "no_sponsor" in facts:
        if facts["no_sponsor"] and row.sponsor_id is not None:
            raise field_error(
                "no_sponsor", "It has a sponsor. Take the name away, or this tick.", code="contradiction"
            )
        if facts["no_sponsor"]:
            row.sponsor_vacant_since = row.sponsor_vacant_since or today
        elif row.sponsor_id is None and "sponsor" not in facts:
            row.sponsor_vacant_since = None


def _add_members(row: Initiative, members: Sequence[User], at: datetime) -> None:
    for user in members:
        require_active("members", user)
    InitiativeMember.objects.bulk_create(
        [InitiativeMember(initiative=row, user=user, added_at=at) for user in members]
    )


def _require_new_key(origin: Origin) -> None:
    taken = Initiative.objects.filter(source=origin.source, external_id=origin.external_id)
    if origin.external_id and taken.exists():
        raise conflict(
            "external_id_taken", f"{origin.source} has a record with the key {origin.external_id} already."
        )


def _creates_only(by: Actor, unit: BusinessUnit) -> bool:
    """Whether the actor may create here only as a lead, so that without a lead the new record would be lost to them."""
    held = [TABLE[g.role] for g in by.grants if unit.path.startswith(g.path) and TABLE[g.role][0] & CREATES]
    return by.user is not None and bool(held) and all(reach is Reach.ASSIGNED for _, reach in held)


def _snapshot(row: Initiative) -> dict[str, Any]:
    known = list(row.objectives.order_by("pk").values_list("pk", flat=True)) if row.pk else []
    return {**audit.snapshot(row, EDITED), "objectives": known}


def _filled(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value not in (None, "", [], {})}
