"""What was recorded wrongly of a version is put right, as long as nobody has judged or run it by what was said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Model, Q

from assurance.models import (
    ChangeRequest,
    Deployment,
    LimeExplanation,
    ModelVersion,
    Monitor,
    ShapFile,
    Validation,
    VersionPromotion,
)
from assurance.services.newer_versions import push_newer
from assurance.services.versions import NUMBER, TOLD, VersionFacts, write_version
from core import audit, clock
from core.access import Actor
from core.errors import conflict, not_found, stale
from core.locks import hold
from core.roles import Action
from core.text import clean
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

BECAUSE: Final = 2_000
CORRECTED: Final = (*TOLD, "metrics", "notes")

JUDGED: Final[tuple[tuple[type[Model], str], ...]] = (
    (Validation, "model_version"), (ChangeRequest, "model_version"), (ShapFile, "version"), (LimeExplanation, "version"),
    (Monitor, "model_version"),
)  # fmt: skip
"""What names the version it looked at, by which field."""


class VersionCorrection(VersionFacts, total=False):
    """The same, with the number."""

    number: str


def correct_version(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[VersionCorrection]
) -> ModelVersion:  # fmt: skip
    """Put right what is said of a version, with the reason. What is not given stays; nothing changed writes nothing.

    Once a role was asked for or given, it was deployed or judged, people relied on what was said: then only its notes change. What a
    registry says of its own version is put right there. Raises Problem 400 by field, 403, 404, 409 `version_stands`,
    `version_taken`, `model_retired`, 412.
    """
    because = clean("because", because, limit=BECAUSE, required="Say what was wrong, and how you know.")
    model_id = ModelVersion.objects.filter(pk=pk).values_list("model_id", flat=True).first()
    if model_id is None:
        raise not_found()
    try:
        with transaction.atomic():
            hold(LOCK)
            model = held_model(model_id, by=by, right=Action.REPORT_MODEL, expected_version=None)
            row = ModelVersion.objects.get(pk=pk)
            if expected_version is not None and row.version != expected_version:
                raise stale()
            before = audit.snapshot(row, CORRECTED)
            _write(row, facts, at)
            was, now = audit.difference(before, audit.snapshot(row, CORRECTED))
            if not now:
                return row
            _require_free(row, now)
            row.updated_at, row.version = at, row.version + 1
            row.save(update_fields=[*CORRECTED, "updated_at", "version"])
            push_newer(model_id=model.pk, by=by, at=at)
            audit.record(
                by=by, at=at, action="version.corrected", obj=row, unit_path=model.unit.path, reason=because,
                before=was, after={**now, "model": model.ref},
            )  # fmt: skip
    except IntegrityError as error:
        raise conflict("version_taken", "This model has a version of that number already.") from error
    return row


def why_it_stands(row: ModelVersion) -> str:
    """Why what is said of the version on record is not changed any more, or empty. At most seven statements."""
    if row.source:
        return f"{row.source} says this of its own version. Put it right there; it is read again."
    if row.role != ModelVersion.Role.REGISTERED or VersionPromotion.objects.filter(version=row).exists():
        return "A role was asked for or given by what is said of it. Register another version; notes may be added."
    number = ModelVersion.objects.filter(pk=row.pk).values(
        "number"
    )  # as on record: the row may carry another already
    by_number = Q(
        model=row.model_id, version_number__in=number
    )  # what was reported before it was registered names no row
    if Deployment.objects.filter(Q(version=row) | Q(previous=row) | by_number).exists():
        return "It was deployed as what is said of it. Register another version; notes may be added."
    if any(kind._default_manager.filter(**{name: row}).exists() for kind, name in JUDGED):
        return "It was judged as what is said of it. Register another version; notes may be added."
    return ""


def _require_free(row: ModelVersion, changed: Mapping[str, object]) -> None:
    if set(changed) - {"notes"} and (why := why_it_stands(row)):
        raise conflict("version_stands", why)


def _write(row: ModelVersion, facts: VersionCorrection, at: datetime) -> None:
    if "number" in facts:
        row.number = clean("number", facts["number"], limit=NUMBER, required="Say which version it is.")
    stands: VersionFacts = {
        "source_run": row.source_run, "commit": row.commit, "image": row.image, "image_digest": row.image_digest,
        "trained_on": row.trained_on, "metrics": row.metrics, "notes": row.notes,
    }  # fmt: skip
    if "image" in facts and "image_digest" not in facts:
        stands["image_digest"] = ""
    given: VersionFacts = {**stands, **{name: value for name, value in facts.items() if name != "number"}}  # type: ignore[typeddict-item]
    write_version(row, given, clock.day_of(at))
