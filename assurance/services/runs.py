"""A run's exported files become metrics of a version, and readings of its model-metric KPIs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from assurance.models import ModelVersion
from assurance.services.registry_history import add_points, hand_to_kpis
from assurance.services.versions import MOST_METRICS
from core import audit
from core.access import Actor
from core.errors import field_error, from_rule, not_found
from core.locks import hold
from core.roles import Action
from domain.errors import RuleError
from domain.registry_answers import Point
from domain.run_files import RunFile, read_run_file
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

SOURCE: Final = "Weights & Biases export"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file brought: metrics set, points and readings added, and the keys that were left out because they are no numbers."""

    version: ModelVersion
    metrics: int
    points: int
    readings: int
    left_out: tuple[str, ...]


def import_run(*, version_id: int, filename: str, content: bytes, by: Actor, at: datetime) -> Taken:
    """Take a run's summary or history over into a version. The same file again changes nothing.

    Raises Problem 400 at `file`, 403, 404, 409 `model_retired`.
    """
    try:
        found = read_run_file(content, filename)
    except RuleError as error:
        raise from_rule(error) from error
    model_id = ModelVersion.objects.filter(pk=version_id).values_list("model_id", flat=True).first()
    if model_id is None:
        raise not_found()
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.REPORT_MODEL, expected_version=None)
        row = ModelVersion.objects.get(pk=version_id)
        metrics = {**row.metrics, **found.last}
        if len(metrics) > MOST_METRICS:
            raise field_error("file", f"With this file the version has more than {MOST_METRICS} metrics.", code="too_many")  # fmt: skip
        was, now = audit.difference({"metrics": row.metrics}, {"metrics": metrics})
        points = sum(add_points(row, name, points) for name, points in _points(found).items())
        if now or points:
            row.metrics, row.updated_at, row.version = metrics, at, row.version + 1
            row.save(update_fields=["metrics", "updated_at", "version"])
            told = {
                "model": model.ref,
                "number": row.number,
                "points": points,
                "left_out": list(found.left_out[:50]),
            }
            audit.record(
                by=by, at=at, action="version.run_imported", obj=row, unit_path=model.unit.path, before=was, after={**now, **told}
            )  # fmt: skip
    readings = hand_to_kpis(row, SOURCE, by=by, at=at) if found.history else 0
    return Taken(row, len(found.last), points, readings, found.left_out)


def _points(found: RunFile) -> dict[str, list[Point]]:
    out: dict[str, list[Point]] = {}
    for name, step, moment, value in found.history:
        out.setdefault(name, []).append(Point(step, moment, value))
    return out
