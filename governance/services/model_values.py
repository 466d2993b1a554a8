"""What may be written of a model, fact by fact: read, checked for what it can be, and set on the row. Nothing is saved."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, TypedDict

from core.errors import field_error
from core.models import BusinessUnit, User
from core.text import clean
from domain.autonomy import Autonomy
from domain.model_record import FROM_RECORDS
from domain.model_roles import names_same_person
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from kpis.models import Kpi
from portfolio.models import Initiative

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
PLAIN: Final = (
    "technique",
    "autonomy",
    "risk_tier",
    "next_review_on",
    "attestation_due_on",
    "monitoring_cadence_days",
)
EDITED: Final = (
    *TEXTS, "technique", "autonomy", "unit", "owner", "validator", "stage", "in_production_since", "next_review_on",
    "monitoring_cadence_days", "superseded_by", "superseded_on",
)  # fmt: skip
"""What an edit may change."""
TOLD: Final = (*EDITED, "risk_tier", *FROM_RECORDS)
"""What an event of the record tells."""
_MAILBOX: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+").fullmatch
WORKING: Final = (AiModel.Stage.DEVELOPMENT.value, AiModel.Stage.PILOT.value, AiModel.Stage.PRODUCTION.value)


class ModelEdits(TypedDict, total=False):
    """What a hand may write of a model. None or "" takes a fact back: it was never recorded."""

    name: str
    purpose: str
    affected: str
    contact: str
    unit: BusinessUnit
    initiatives: Sequence[Initiative]
    kpis: Sequence[Kpi]
    depends_on: Sequence[AiModel]
    owner: User | None
    developer: str
    developers: Sequence[User]
    validator: User | None
    vendor: str
    technique: str
    autonomy: int | None
    stage: str
    in_production_since: date | None
    next_review_on: date | None
    monitoring_cadence_days: int | None
    superseded_by: AiModel | None
    superseded_on: date | None
    fallback_plan: str
    decommission_criteria: str


class TakenOver(TypedDict, total=False):
    """What records write, given by hand only where a model is taken over from elsewhere, or put right.

    `dossier_sections`: section code (governance.models.inventory.DOSSIER) -> day of its latest version.
    """

    last_validated_on: date | None
    last_monitored_on: date | None
    last_heartbeat_on: date | None
    fallback_tested_on: date | None
    dossier_sections: Mapping[str, date]
    attestation_due_on: date | None
    attested_on: date | None


class ModelFacts(ModelEdits, TakenOver, total=False):
    """What may be said of a model when it is registered. A tier given here stands until its risk is assessed."""

    risk_tier: int | None


def write_facts(row: AiModel, given: Mapping[str, Any], today: date) -> None:
    """Set on the row what is given. Raises Problem 400 at the field."""
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


def _write_choices(row: AiModel, given: Mapping[str, Any]) -> None:
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
    if row.autonomy not in {None, *Autonomy}:
        raise field_error("autonomy", "Give 1 (informs) to 4 (acts alone).", code="invalid_choice")
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


def _write_people(row: AiModel, given: Mapping[str, Any]) -> None:
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
    if row.validator is not None and names_same_person(row.validator.name, row.developer):
        raise field_error("validator", "Nobody validates a model they developed.", code="four_eyes")


def developers_of(row: AiModel, given: Mapping[str, Any]) -> list[User]:
    """Who is named as developing the model, as given or as on record. Raises Problem 400 at the field.

    Somebody named already may have left; whoever is added is an active person. Nobody validates what they develop.
    """
    known = list(row.developers.all()) if row.pk else []
    people = list(given["developers"]) if "developers" in given else known
    for one in people:
        if one not in known and (not one.is_active or one.is_service):
            raise field_error("developers", f"{one.name} is not an active person.", code="not_active")
    if row.validator is not None and row.validator in people:
        raise field_error(
            "developers" if "developers" in given else "validator",
            f"Nobody validates a model they developed: {row.validator.name} is its validator.",
            code="four_eyes",
        )
    return people


def _write_successor(row: AiModel, given: Mapping[str, Any], today: date) -> None:
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
