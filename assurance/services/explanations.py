"""Bringing explanations to a model: SHAP values that add up, LIME lists of single decisions."""

from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.db import transaction

from assurance.models import LimeExplanation, ModelVersion, ShapFile
from core import audit
from core.access import Actor
from core.errors import conflict, field_error, forbidden, from_rule
from core.locks import hold
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.evidence_file import safe_name
from domain.explanations import TOLERANCE, read_lime, read_shap
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

MOST_FILES: Final = 200
MOST_LIME: Final = 5_000
DECISION, OUTCOME = 200, 200


def add_shap(
    *, model_id: int, content: bytes, filename: str, by: Actor, at: datetime, version: ModelVersion | None = None
) -> ShapFile:  # fmt: skip
    """Keep a file of SHAP values after checking that each row adds up: base + values = prediction.

    Nothing of a file that does not is kept. Raises Problem 400 naming the first row that is wrong, 403, 404, 409 for a
    retired model or a file that is on record already.
    """
    try:
        found = read_shap(content, filename)
    except RuleError as error:
        raise from_rule(error) from error
    digest = sha256(content).hexdigest()
    ending = "json" if content.lstrip()[:1] in (b"{", b"[") else "csv"
    with transaction.atomic():
        model, person = _held(model_id, by, version)
        if ShapFile.objects.filter(model=model, sha256=digest).exists():
            raise conflict("on_record", "This file is on record already.")
        if ShapFile.objects.filter(model=model).count() >= MOST_FILES:
            raise conflict("too_many", f"There are {MOST_FILES} files already.")
        row = ShapFile.objects.create(
            model=model, version=version, filename=safe_name(filename, ending), sha256=digest, size=len(content),
            content=content, rows=len(found.rows), features=len(found.features),
            importance=[[name, format(mean, "f")] for name, mean in found.importance], tolerance=format(TOLERANCE, "f"),
            largest_gap=format(found.largest_gap, "f"), added_at=at, added_by=person,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="shap.added", obj=row, unit_path=model.unit.path,
            after={"model": model.pk, "file": row.filename, "sha256": digest, "rows": row.rows},
        )  # fmt: skip
    return row


def add_lime(
    *, model_id: int, decision: str, items: Any, by: Actor, at: datetime, outcome: str = "",
    version: ModelVersion | None = None,
) -> LimeExplanation:  # fmt: skip
    """Keep LIME's `as_list()` for one decision. What it says is text and stays text. Raises Problem 400, 403, 404, 409."""
    decision = clean("decision", decision, limit=DECISION, required="Say which decision it explains.")
    outcome = clean("outcome", outcome, limit=OUTCOME)
    try:
        found = read_lime(items)
    except RuleError as error:
        raise from_rule(error) from error
    with transaction.atomic():
        model, person = _held(model_id, by, version)
        if LimeExplanation.objects.filter(model=model).count() >= MOST_LIME:
            raise conflict("too_many", f"There are {MOST_LIME} explanations already. A sample is enough.")
        row = LimeExplanation.objects.create(
            model=model, version=version, decision=decision, outcome=outcome, items=[list(pair) for pair in found],
            added_at=at, added_by=person,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="lime.added", obj=row, unit_path=model.unit.path,
            after={"model": model.pk, "decision": decision, "items": len(found)},
        )  # fmt: skip
    return row


def _held(model_id: int, by: Actor, version: ModelVersion | None) -> tuple[AiModel, Any]:
    hold(LOCK)
    model = held_model(model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
    if by.user is None:
        raise forbidden("An explanation is brought by a person or their token.")
    if version is not None and version.model_id != model.pk:
        raise field_error("version", "This version is of another model.", code="invalid_choice")
    return model, by.user
