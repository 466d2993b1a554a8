"""Versions of a model: registered, by people, pipelines and connectors."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, TypedDict, Unpack

from django.db import IntegrityError, transaction

from assurance.models import ModelVersion
from assurance.services.newer_versions import push_newer
from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error, forbidden, from_rule
from core.locks import hold
from core.models import User
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.images import read_image
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

NUMBER, RUN, COMMIT, NOTES, METRIC = 80, 400, 64, 20_000, 250
MOST_METRICS: Final = 500
_COMMIT: Final = re.compile(r"[0-9a-fA-F]{7,64}")
_NO_NUMBERS: Final = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity", "-inf": "-Infinity", "-infinity": "-Infinity"}  # fmt: skip
TOLD: Final = ("number", "source_run", "commit", "image", "image_digest", "trained_on")


class VersionFacts(TypedDict, total=False):
    """What may be said of a version. `metrics`: name -> value as text or number; "NaN" is kept as what it is."""

    source_run: str
    commit: str
    image: str
    image_digest: str
    trained_on: date | None
    metrics: Mapping[str, object]
    notes: str


def register_version(
    *, model_id: int, number: str, by: Actor, at: datetime, **facts: Unpack[VersionFacts]
) -> ModelVersion:  # fmt: skip
    """Register a version; it serves nobody until somebody gives it a role.

    Raises Problem 400 by field, 403, 404, 409 `version_taken` for a number of this model used before, `model_retired`.
    """
    person = person_of(by)
    row = ModelVersion(
        number=clean("number", number, limit=NUMBER, required="Say which version it is."), recorded_by=person,
        recorded_at=at, updated_at=at,
    )  # fmt: skip
    write_version(row, facts, clock.day_of(at))
    try:
        with transaction.atomic():
            hold(LOCK)
            model = held_model(model_id, by=by, right=Action.REPORT_MODEL, expected_version=None)
            row.model = model
            row.save(force_insert=True)
            push_newer(model_id=model.pk, by=by, at=at)
            audit.record(
                by=by, at=at, action="version.registered", obj=row, unit_path=model.unit.path,
                after={"model": model.ref, **audit.snapshot(row, TOLD)},
            )  # fmt: skip
    except IntegrityError as error:
        taken = ModelVersion.objects.filter(model=model_id, number=row.number).exists()
        if not taken:
            raise
        raise conflict("version_taken", f"This model has a version {row.number} already.") from error
    return row


def person_of(by: Actor) -> User:
    """Whoever acts, person or machine with an account. Raises Problem 403 for the system itself."""
    if by.user is None:
        raise forbidden("This is recorded by somebody with an account.")
    return by.user


def read_metrics(given: Mapping[str, object]) -> dict[str, str]:
    """Metrics as they are kept: name -> a decimal as text, "NaN" or "Infinity". Raises Problem 400 at `metrics`."""
    if len(given) > MOST_METRICS:
        raise field_error("metrics", f"Give at most {MOST_METRICS} metrics.", code="too_many")
    out = {}
    for name, value in given.items():
        clean("metrics", name, limit=METRIC, required="A metric needs a name.")
        said = metric_text(value)
        if said is None:
            raise field_error("metrics", f"{name[:60]}: write a number.", code="not_a_number")
        out[name] = said
    return out


def metric_text(value: object) -> str | None:
    """A metric's value as it is kept, None for what is no number. A float is written as the shortest text that is it."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = repr(value) if isinstance(value, float) else str(value).strip()
    if (named := _NO_NUMBERS.get(text.lower())) is not None:
        return named
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or len(text) > 60 or abs(number.adjusted()) > 400:
        return None
    return text


def write_version(row: ModelVersion, facts: VersionFacts, today: date) -> None:
    """Set on the row what is said of it. Nothing is saved. Raises Problem 400 at the field."""
    row.source_run = clean("source_run", facts.get("source_run", ""), limit=RUN)
    row.notes = clean("notes", facts.get("notes", ""), limit=NOTES)
    row.commit = read_commit(facts.get("commit", ""))
    row.image, row.image_digest = read_reference(facts.get("image", ""), facts.get("image_digest", ""))
    row.metrics = read_metrics(facts.get("metrics", {}))
    row.trained_on = facts.get("trained_on")
    if row.trained_on is not None and row.trained_on > today:
        raise field_error("trained_on", "This day has not come yet.", code="in_the_future")


def read_commit(text: str) -> str:
    """A commit by its hash, or nothing. Raises Problem 400."""
    commit = clean("commit", text, limit=COMMIT)
    if commit and not _COMMIT.fullmatch(commit):
        raise field_error("commit", "A commit is named by 7 to 64 hexadecimal digits.")
    return commit.lower()


def read_reference(image: str, digest: str) -> tuple[str, str]:
    """Image without its digest, and the digest. Raises Problem 400 at the field."""
    image, digest = clean("image", image, limit=400), clean("image_digest", digest, limit=80)
    try:
        found = read_image(image, digest)
    except RuleError as error:
        raise from_rule(error) from error
    return image.partition("@")[0], found.digest
