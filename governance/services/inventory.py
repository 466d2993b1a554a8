"""The model inventory: registering, editing and retiring AI models. Each write judges its model at once."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, TypedDict, Unpack

from django.db import IntegrityError, transaction

from core import audit, clock
from core.access import Actor, allows, require, require_in_unit
from core.errors import conflict, field_error, not_found, stale
from core.locks import hold
from core.models import BusinessUnit, User
from core.roles import CREATES, TABLE, Action, Reach
from core.text import clean
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from governance.services.evaluate import LOCK
from governance.services.judge import judge_one, subject_of
from governance.services.model_facts import touch_dossier
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.services.flags import sync_flags
from portfolio.services.locks import lock_initiatives

MOST_DAYS: Final = 3_650
TEXTS: Final = {
    "name": 300, "purpose": 20_000, "affected": 20_000, "developer": 200, "vendor": 200, "fallback_plan": 20_000,
    "decommission_criteria": 20_000, "contact": 254,
}  # fmt: skip
NOT_AFTER_TODAY: Final = {
    "in_production_since": "It is not in production before that day.",
    "last_validated_on": "A validation lies in the past.",
    "last_monitored_on": "Monitoring data lies in the past.",
    "last_heartbeat_on": "A heartbeat lies in the past.",
    "superseded_on": "Say so on the day it is superseded.",
    "fallback_tested_on": "A test lies in the past.",
    "attested_on": "An attestation lies in the past.",
}
PLAIN: Final = ("technique", "risk_tier", "next_review_on", "attestation_due_on", "monitoring_cadence_days")
EDITED: Final = (
    *TEXTS, *NOT_AFTER_TODAY, *PLAIN, "unit", "owner", "validator", "stage", "superseded_by", "dossier_sections",
)  # fmt: skip
_MAILBOX: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+").fullmatch
WORKING: Final = (AiModel.Stage.DEVELOPMENT.value, AiModel.Stage.PILOT.value, AiModel.Stage.PRODUCTION.value)


class ModelFacts(TypedDict, total=False):
    """What may be written of a model. None or "" takes a fact back: it was never recorded.

    `dossier_sections`: section code (governance.models.inventory.DOSSIER) -> day of its latest version.
    """

    name: str
    purpose: str
    affected: str
    contact: str
    unit: BusinessUnit
    initiatives: Sequence[Initiative]
    kpis: Sequence[Kpi]
    owner: User | None
    developer: str
    validator: User | None
    vendor: str
    technique: str
    risk_tier: int | None
    stage: str
    in_production_since: date | None
    next_review_on: date | None
    last_validated_on: date | None
    monitoring_cadence_days: int | None
    last_monitored_on: date | None
    last_heartbeat_on: date | None
    superseded_by: AiModel | None
    superseded_on: date | None
    fallback_plan: str
    fallback_tested_on: date | None
    dossier_sections: Mapping[str, date]
    attestation_due_on: date | None
    attested_on: date | None
    decommission_criteria: str


def create_model(
    *, by: Actor, at: datetime, source: str = "", external_id: str = "", **facts: Unpack[ModelFacts]
) -> AiModel:  # fmt: skip
    """Register a model. Who may only create in a unit, and names no owner, becomes its owner.

    Raises Problem 400 by field, 403 outside the creator's units, 409 for a source's key used before.
    """
    unit = facts.get("unit")
    if unit is None:
        raise field_error("unit", "Say which business unit answers for it.", code="required")
    require_in_unit(by, Action.CREATE_MODEL, unit.path)
    row = AiModel(
        unit=unit, created_at=at, updated_at=at, source=clean("source", source, limit=80),
        external_id=clean("external_id", external_id, limit=400),
    )  # fmt: skip
    if "owner" not in facts and _only_creates(by, unit.path):
        facts["owner"] = by.user
    try:
        with transaction.atomic():
            linked = _linked(facts)
            hold(LOCK)
            _write(row, facts, clock.day_of(at))
            if not row.name:
                raise field_error("name", "Give it a name.", code="required")
            row.save(force_insert=True)
            row.initiatives.set(linked)
            row.kpis.set(_measured(facts, row, by))
            audit.record(
                by=by, at=at, action="model.registered", obj=row, unit_path=unit.path, after=_snapshot(row)
            )
            return judge_one(model=row, by=by, at=at, as_of=clock.day_of(at))
    except IntegrityError as error:
        raise conflict(
            "taken", f"{row.source} has given the key {row.external_id} to another model."
        ) from error


def edit_model(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[ModelFacts]
) -> AiModel:  # fmt: skip
    """Change what is recorded of a model. Nothing changed writes nothing.

    Attesting ends the open round: its due date goes, unless the next one is given with it. Raises Problem 400 by
    field, 403, 404, 409 for a retired model, 412 for an old version.
    """
    with transaction.atomic():
        linked = _linked(facts)
        hold(LOCK)
        row = held_model(pk, by=by, right=Action.EDIT_MODEL, expected_version=expected_version)
        before = _snapshot(row)
        unit = facts.get("unit")
        if unit is not None and unit.pk != row.unit_id:
            require_in_unit(by, Action.CREATE_MODEL, unit.path)
        _write(row, facts, clock.day_of(at))
        if "initiatives" in facts:
            row.initiatives.set(linked)
        if "kpis" in facts:
            row.kpis.set(_measured(facts, row, by))
        was, now = audit.difference(before, _snapshot(row))
        if not now:
            return row
        if now.get("attested_on") is not None and "attestation_due_on" not in now:
            row.attestation_due_on = None
            was, now = audit.difference(before, _snapshot(row))
        row.updated_at, row.version = at, row.version + 1
        row.save(update_fields=[*EDITED, "updated_at", "version"])
        audit.record(
            by=by, at=at, action="model.edited", obj=row, unit_path=row.unit.path, before=was, after=now
        )
        if now.keys() & {"risk_tier", "dossier_sections"}:
            touch_dossier(row, at)
        return judge_one(model=row, by=by, at=at, as_of=clock.day_of(at))


def retire_model(
    *, pk: int, because: str, by: Actor, at: datetime, on: date | None = None, expected_version: int | None = None,
    orderly: bool = False,
) -> AiModel:  # fmt: skip
    """Take a model out of service, with the reason. It stays on record; its flags are cleared.

    `orderly`: its consumers were told, its data disposed of, access revoked, the rest archived (assurance.services.retirement).
    A model that was ever in production is retired only so. Raises Problem 400, 403, 404, 409 for one retired already and
    `retirement_needed`, 412.
    """
    today = clock.day_of(at)
    because = clean("because", because, limit=300, required="Say why it is retired.")
    day = on or today
    if day > today:
        raise field_error("retired_on", "Record it on the day it is retired.", code="in_the_future")
    with transaction.atomic():
        hold(LOCK)
        row = held_model(pk, by=by, right=Action.EDIT_MODEL, expected_version=expected_version)
        if not orderly and served(row):
            raise conflict(
                "retirement_needed",
                f"{row.ref} was in production. Begin its retirement: it is retired once consumers are told, data is disposed "
                "of, access revoked and the rest archived.",
            )  # fmt: skip
        if row.in_production_since is not None and day < row.in_production_since:
            raise field_error(
                "retired_on",
                f"It went into production on {row.in_production_since}, after that.",
                code="too_early",
            )
        before = audit.snapshot(row, ("stage", "retired_on"))
        row.stage, row.retired_on, row.retired_because = AiModel.Stage.RETIRED, day, because
        row.updated_at, row.version = at, row.version + 1
        row.save(update_fields=["stage", "retired_on", "retired_because", "updated_at", "version"])
        audit.record(
            by=by, at=at, action="model.retired", obj=row, unit_path=row.unit.path, reason=because, before=before,
            after=audit.snapshot(row, ("stage", "retired_on")),
        )  # fmt: skip
        judged = judge_one(model=row, by=by, at=at, as_of=today)
        sync_flags(subject=subject_of(judged), findings=(), by=by, at=at)  # whoever raised them
        return judged


def served(row: AiModel) -> bool:
    """Whether the model is or ever was in production."""
    return row.stage == AiModel.Stage.PRODUCTION or row.in_production_since is not None


def held_model(pk: int, *, by: Actor, right: Action, expected_version: int | None) -> AiModel:
    """A model in use, if the actor may do this to it. The caller holds the lock "models".

    Raises Problem 404 for what they may not know, 403, 409 `model_retired`, 412.
    """
    row = AiModel.objects.select_related("unit", "owner").filter(pk=pk).first()
    if row is None:
        raise not_found()
    require(by, right, row)
    if row.stage == AiModel.Stage.RETIRED:
        raise conflict(
            "model_retired", f"{row.ref} was retired on {row.retired_on}. Its record stays as it was."
        )
    if expected_version is not None and row.version != expected_version:
        raise stale()
    return row


def _linked(facts: ModelFacts) -> list[Initiative]:
    """The initiatives to link, held: their tier is the highest of their own and their models'."""
    return list(lock_initiatives([row.pk for row in facts.get("initiatives", ())]).values())


def _measured(facts: ModelFacts, row: AiModel, by: Actor) -> list[Kpi]:
    """The KPIs to link: those linked already, and any other the actor may see that is not retired."""
    kpis = list(facts.get("kpis", ()))
    known = set(row.kpis.order_by().values_list("pk", flat=True))
    for one in kpis:
        if one.pk in known:
            continue
        if not allows(by, Action.VIEW, one):
            raise field_error("kpis", "There is no such KPI, or you may not see it.", code="does_not_exist")
        if one.state == Kpi.State.RETIRED:
            raise field_error("kpis", f"{one.ref} is retired. Choose a KPI that is measured.", code="retired")
    return kpis


def _snapshot(row: AiModel) -> dict[str, Any]:
    linked = sorted(row.initiatives.order_by().values_list("pk", flat=True))
    kpis = sorted(row.kpis.order_by().values_list("pk", flat=True))
    return {**audit.snapshot(row, EDITED), "initiatives": linked, "kpis": kpis}


def _only_creates(by: Actor, unit_path: str) -> bool:
    """Whether the right to create comes from roles that reach only what is assigned."""
    there = [TABLE[g.role] for g in by.grants if unit_path.startswith(g.path)]
    held = [reach for actions, reach in there if Action.CREATE_MODEL in actions & CREATES]
    return bool(held) and all(reach is Reach.ASSIGNED for reach in held)


def _write(row: AiModel, facts: ModelFacts, today: date) -> None:
    given: dict[str, Any] = dict(facts)
    for name, limit in TEXTS.items():
        if name in given:
            needed = "Give it a name." if name == "name" else ""
            setattr(row, name, clean(name, given[name], limit=limit, required=needed))
    if row.contact and not _MAILBOX(row.contact):
        raise field_error("contact", "Write one mail address, as team@example.org.")
    for name, why in NOT_AFTER_TODAY.items():
        if name in given:
            if given[name] is not None and given[name] > today:
                raise field_error(name, f"This day has not come yet. {why}", code="in_the_future")
            setattr(row, name, given[name])
    for name in PLAIN:
        if name in given:
            setattr(row, name, given[name])
    _write_choices(row, given)
    _write_people(row, given)
    _write_successor(row, given, today)
    if "dossier_sections" in given:
        row.dossier_sections = _sections(given["dossier_sections"], today)


def _write_choices(row: AiModel, given: dict[str, Any]) -> None:
    if given.get("unit") is not None:
        if not given["unit"].active:
            raise field_error(
                "unit", f"{given['unit'].name} is closed. Choose an active unit.", code="unit_closed"
            )
        row.unit = given["unit"]
    if row.risk_tier not in {None, 1, 2, 3}:
        raise field_error("risk_tier", "A risk tier is 1 (the highest), 2 or 3.", code="invalid_choice")
    if row.technique not in {"", *AiModel.Technique.values}:
        raise field_error(
            "technique", f"Choose one of: {', '.join(AiModel.Technique.values)}.", code="invalid_choice"
        )
    cadence = row.monitoring_cadence_days
    if cadence is not None and not 1 <= cadence <= MOST_DAYS:
        raise field_error(
            "monitoring_cadence_days", f"A cadence is 1 to {MOST_DAYS} days.", code="out_of_range"
        )
    if "stage" in given:
        if given["stage"] not in WORKING:
            raise field_error(
                "stage",
                f"Choose one of: {', '.join(WORKING)}. Retiring is an act of its own.",
                code="invalid_choice",
            )
        row.stage = given["stage"]


def _write_people(row: AiModel, given: dict[str, Any]) -> None:
    for name, words in (("owner", "An owner"), ("validator", "A validator")):
        person = given.get(name)
        if person is not None and (not person.is_active or person.is_service):
            raise field_error(
                name, f"{words} is an active person. A mailbox is a contact.", code="not_active"
            )
        if name in given:
            setattr(row, name, person)
    if row.validator is not None and row.validator_id == row.owner_id:
        raise field_error("validator", "Nobody validates a model they own.", code="four_eyes")
    if row.validator is not None and row.validator.name.casefold() == row.developer.casefold():
        raise field_error("validator", "Nobody validates a model they developed.", code="four_eyes")


def _write_successor(row: AiModel, given: dict[str, Any], today: date) -> None:
    if "superseded_by" in given:
        successor: AiModel | None = given["superseded_by"]
        after, seen = successor, {row.pk}
        while after is not None:
            if after.pk in seen:
                raise field_error("superseded_by", "That one is superseded by this model.", code="cycle")
            seen.add(after.pk)
            after = after.superseded_by
        row.superseded_by = successor
        if successor is None:
            row.superseded_on = None
        elif row.superseded_on is None:
            row.superseded_on = today


def _sections(given: Mapping[str, date], today: date) -> dict[str, str]:
    for code, day in given.items():
        if code not in DOSSIER:
            raise field_error("dossier_sections", f"{code[:40]} is no section. Use: {', '.join(DOSSIER)}.")
        if day > today:
            raise field_error(
                "dossier_sections", f"{DOSSIER[code]}: that day has not come yet.", code="in_the_future"
            )
    return {code: given[code].isoformat() for code in DOSSIER if code in given}
