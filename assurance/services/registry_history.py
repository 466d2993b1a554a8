"""The history of a model's metrics, from the run behind the version that speaks for it, to its model-metric KPIs."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db import transaction

from assurance.models import ModelVersion, VersionMetric
from assurance.services.registry_reader import Reader
from assurance.services.registry_versions import Place
from assurance.services.versions import METRIC, metric_text
from core import clock
from core.access import Actor
from core.bulk import insert_objects
from core.errors import Problem
from core.locks import hold
from domain.registry_answers import Point
from governance.models import AiModel
from governance.services.evaluate import LOCK
from kpis.models import Kpi, Measurement
from kpis.services.measure import Provenance, record_measurement

_LARGEST: Final = Decimal(10) ** 20
MOST_METRICS, MOST_POINTS, MOST_READINGS = 50, 10_000, 1_000


def read_histories(place: Place, reader: Reader, counts: Counter[str]) -> None:
    """Take over the history of every metric of the version that speaks for the model, and hand it to the KPIs.

    The champion speaks; while there is none, the newest version.
    """
    version = speaks_for(place.row.model, place.source)
    if version is None or not version.source_run:
        return
    for name in list(version.metrics)[:MOST_METRICS]:
        taken = 0
        for page in reader.history(version.source_run, name):
            counts["points"] += add_points(version, name, page)
            taken += len(page)
            if taken >= MOST_POINTS:
                break
    counts["readings"] += hand_to_kpis(version, place.source_words, by=place.by, at=place.at)


def speaks_for(model: AiModel, source: str) -> ModelVersion | None:
    """The champion, or the newest version its source still has."""
    rows = ModelVersion.objects.filter(model=model, source=source)
    champion = rows.filter(role=ModelVersion.Role.CHAMPION).first()
    return champion or rows.filter(gone_at=None).order_by("-pk").first()


def add_points(version: ModelVersion, name: str, points: Sequence[Point]) -> int:
    """Keep the points that are not there yet; returns how many."""
    wanted = {
        (one.step, one.at, text): VersionMetric(
            version=version, name=name[:METRIC], step=one.step, at=one.at, value=text
        )
        for one in points
        if (text := metric_text(one.value)) is not None
    }
    if not wanted:
        return 0
    with transaction.atomic():
        hold(LOCK)
        known = VersionMetric.objects.filter(
            version=version, name=name[:METRIC], step__gte=min(key[0] for key in wanted),
            step__lte=max(key[0] for key in wanted),
        )  # fmt: skip
        there = set(known.values_list("step", "at", "value"))
        new = [row for key, row in wanted.items() if key not in there]
        insert_objects(new)
    return len(new)


def hand_to_kpis(version: ModelVersion, source: str, *, by: Actor, at: datetime) -> int:
    """Record the history as readings of the model-metric KPIs the model serves, each point once; returns how many are new.

    A KPI takes the metric of its name or of its kind of metric. What it cannot take (NaN, off its scale, not the caller's to
    record) stays in the version's history alone.
    """
    model: AiModel = version.model
    wanted = list(model.kpis.filter(kind=Kpi.Kind.MODEL_METRIC, state=Kpi.State.ACTIVE).order_by("pk"))
    if not wanted:
        return 0
    names = list(
        VersionMetric.objects.filter(version=version).order_by().values_list("name", flat=True).distinct()
    )
    done = 0
    for kpi in wanted:
        for name in names:
            if plain_name(name) in {plain_name(kpi.name), kpi.metric}:
                rows = VersionMetric.objects.filter(version=version, name=name).order_by("step", "at", "pk")
                done += _record(kpi, version, rows, source, by, at)
                break
    return done


def plain_name(text: str) -> str:
    """A metric's name without its dress: `ROC-AUC` is `roc_auc`."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def _record(
    kpi: Kpi, version: ModelVersion, rows: Iterable[VersionMetric], source: str, by: Actor, at: datetime
) -> int:
    known = set(Measurement.objects.filter(kpi=kpi, source=source).exclude(source_key="").values_list("source_key", flat=True))  # fmt: skip
    done = 0
    for row in rows:
        key = f"{version.source_run or version.pk}:{row.name}:{row.step}:{row.at}"[-200:]
        value = _number(row.value)
        # A point without a moment is of no day.
        if key in known or value is None or row.at <= 0 or done >= MOST_READINGS:
            continue
        said = Provenance(source=source, source_key=key, note=f"Version {version.number}, step {row.step}")
        try:
            heard = record_measurement(
                kpi_id=kpi.pk, observed_on=_day(row.at, at), value=value, by=by, at=at, provenance=said
            )
        except Problem as problem:
            if problem.status in {403, 404, 409}:  # nobody's to record here: no other point would be
                return done
            continue
        done += heard.created
    return done


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= _LARGEST:
        return None
    return round(value, 12)


def _day(milliseconds: int, at: datetime) -> date:
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC) if 0 < milliseconds < 4 * 10**12 else at
    return clock.day_of(min(moment, at))
