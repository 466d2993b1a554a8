"""A webhook of Weights & Biases tells of a version: it is registered, once, and what it is called is kept beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from assurance.models import ModelVersion
from assurance.services.versions import NUMBER, person_of, read_metrics
from core import audit
from core.access import Actor
from core.errors import conflict, from_rule
from core.locks import hold
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.wandb_event import WandbEvent, read_wandb_event
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

SOURCE: Final = "wandb"
ALIAS: Final = 128
MOST_ALIASES: Final = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """The version, and whether it was registered by this event."""

    version: ModelVersion
    created: bool


def hear_wandb(
    *, model_id: int, said: Mapping[str, str], metrics: Mapping[str, object], by: Actor, at: datetime
) -> Heard:
    """Register the artifact's version of that model unless it is there, and keep its alias. The same event again changes nothing.

    An alias proposes; a role is given by people. Raises Problem 400 by field, 403, 404, 409 `model_retired`,
    `version_taken` for a number somebody registered otherwise, `artifact_taken` for an artifact of another model.
    """
    person = person_of(by)
    try:
        event = read_wandb_event(said)
    except RuleError as error:
        raise from_rule(error) from error
    number = clean("artifact_version_string", event.number, limit=NUMBER)
    alias = clean("alias", event.alias, limit=ALIAS)
    told = read_metrics(metrics)
    try:
        with transaction.atomic():
            hold(LOCK)
            model = held_model(model_id, by=by, right=Action.REPORT_MODEL, expected_version=None)
            row = ModelVersion.objects.filter(source=SOURCE, external_id=event.artifact).first()
            if row is not None and row.model_id != model.pk:
                raise conflict("artifact_taken", "This artifact is a version of another model.")
            if row is not None:
                return Heard(_changed(row, model, alias, told, by, at), created=False)
            row = ModelVersion.objects.create(
                model=model, number=number, source=SOURCE, external_id=event.artifact, metrics=told,
                source_run=event.collection, aliases=[alias] if alias else [], recorded_by=person, recorded_at=at, updated_at=at,
            )  # fmt: skip
            _tell("version.registered", row, model, by, at, {"number": number, **_said(event)})
            return Heard(row, created=True)
    except IntegrityError as error:
        raise conflict(
            "version_taken", f"This model has a version {number} that was registered otherwise."
        ) from error


def _changed(
    row: ModelVersion, model: AiModel, alias: str, told: Mapping[str, str], by: Actor, at: datetime
) -> ModelVersion:
    aliases = [*row.aliases, alias] if alias and alias not in row.aliases else row.aliases
    metrics = {**row.metrics, **told}
    if (aliases, metrics) == (row.aliases, row.metrics):
        return row
    before = {"aliases": row.aliases, "metrics": row.metrics}
    row.aliases, row.metrics = aliases[-MOST_ALIASES:], read_metrics(metrics)
    row.updated_at, row.version = at, row.version + 1
    row.save(update_fields=["aliases", "metrics", "updated_at", "version"])
    was, now = audit.difference(before, {"aliases": row.aliases, "metrics": row.metrics})
    _tell("version.heard_of", row, model, by, at, {"number": row.number, **now}, was)
    return row


def _said(event: WandbEvent) -> dict[str, object]:
    return {"collection": event.collection, **({"aliases": [event.alias]} if event.alias else {})}


def _tell(
    act: str, row: ModelVersion, model: AiModel, by: Actor, at: datetime, after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    audit.record(
        by=by, at=at, action=act, obj=row, unit_path=model.unit.path, before=dict(before or {}),
        after={"model": model.ref, **after},
    )  # fmt: skip
