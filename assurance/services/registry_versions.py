"""One page of a model's versions in a registry, written here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from assurance.models import ModelRegistry, ModelVersion, RegisteredModel
from assurance.services.registry_reader import Reader
from assurance.services.versions import METRIC, MOST_METRICS, metric_text
from core import audit, clock
from core.access import Actor
from core.bulk import insert_objects
from core.locks import hold
from core.models import AuditEvent
from domain.registry_answers import FoundModel, FoundRun, FoundVersion
from governance.services.evaluate import LOCK

CHANGES = (
    "aliases", "source_stage", "source_updated", "source_run", "run_ended", "metrics", "commit", "gone_at", "notes",
)  # fmt: skip
NO_ROLE = {ModelVersion.Role.REGISTERED.value, ModelVersion.Role.RETIRED.value}


@dataclass(frozen=True, slots=True)
class Place:
    """Which model is read, from where, by whom and when."""

    registry: ModelRegistry
    row: RegisteredModel
    found: FoundModel
    by: Actor
    at: datetime

    @property
    def source(self) -> str:
        return f"registry:{self.registry.pk}"

    @property
    def source_words(self) -> str:
        """The source of readings, as people know it. A renamed registry keeps its readings: the name never changes."""
        return f"MLflow: {self.registry.name}"[:80]

    def aliases_of(self, number: str) -> list[str]:
        return sorted(alias for alias, version in self.found.aliases.items() if version == number)


def write_page(place: Place, page: Sequence[FoundVersion], reader: Reader, counts: Counter[str]) -> None:
    """Add the versions that are new and change what changed. Runs are asked for first, outside the transaction."""
    numbers = [one.number for one in page]
    known = {
        row.number: row for row in ModelVersion.objects.filter(model=place.row.model, number__in=numbers)
    }
    runs = {
        one.run_id: reader.run(one.run_id)
        for one in page
        if one.run_id and _to_be_read(known.get(one.number), one, place)
    }
    with transaction.atomic():
        hold(LOCK)
        known = {
            row.number: row for row in ModelVersion.objects.filter(model=place.row.model, number__in=numbers)
        }
        new, events = [], []
        for one in page:
            row = known.get(one.number)
            if row is None:
                new.append(_told(_new(place, one), place, one, runs))
            elif row.source == place.source:  # one registered by hand under that number is left as it is
                events += _change(row, place, one, runs)
            else:
                counts["by_hand"] += 1
        insert_objects(new)
        events += [_event(row, place, "version.registered", {"number": row.number}) for row in new]
        audit.record_many(events)
        counts["versions"] += len(new)
        counts["changed"] += len(events) - len(new)


def _to_be_read(row: ModelVersion | None, one: FoundVersion, place: Place) -> bool:
    """A run that has ended is read once; one behind a version with a role or an alias each time."""
    if row is None or not row.run_ended or row.source_updated != one.updated:
        return True
    return row.role not in NO_ROLE or bool(place.aliases_of(one.number))


def _new(place: Place, one: FoundVersion) -> ModelVersion:
    moment = datetime.fromtimestamp(one.born / 1000, tz=UTC) if 0 < one.born < 4 * 10**12 else place.at
    day = min(clock.day_of(moment), clock.day_of(place.at))
    return ModelVersion(
        model=place.row.model, number=one.number[:80], trained_on=day, source=place.source,
        external_id=f"{place.found.born}:{one.number}:{one.born}", recorded_by=place.by.user or place.registry.created_by,
        recorded_at=place.at, updated_at=place.at,
    )  # fmt: skip


def _told(
    row: ModelVersion, place: Place, one: FoundVersion, runs: Mapping[str, FoundRun | None]
) -> ModelVersion:
    row.aliases, row.source_stage = place.aliases_of(one.number), one.stage
    row.source_updated, row.source_run, row.gone_at = one.updated, one.run_id, None
    row.notes = _plain(one.description)
    run = runs.get(one.run_id)
    if run is not None:
        row.metrics = _metrics(run)
        row.run_ended = run.ended
        commit = run.commit.lower()
        row.commit = (
            commit if 7 <= len(commit) <= 64 and all(c in "0123456789abcdef" for c in commit) else row.commit
        )
    elif not one.run_id:
        row.run_ended = True  # there is none to wait for
    return row


def _change(
    row: ModelVersion, place: Place, one: FoundVersion, runs: Mapping[str, FoundRun | None]
) -> list[AuditEvent]:
    before = {name: getattr(row, name) for name in CHANGES}
    _told(row, place, one, runs)
    was, now = audit.difference(before, {name: getattr(row, name) for name in CHANGES})
    if not now:
        return []
    row.updated_at, row.version = place.at, row.version + 1
    row.save(update_fields=[*CHANGES, "updated_at", "version"])
    return [_event(row, place, "version.changed", now, was)]


def _event(
    row: ModelVersion, place: Place, action: str, after: dict[str, Any], before: dict[str, Any] | None = None
) -> AuditEvent:
    model = place.row.model
    return audit.event(
        by=place.by, at=place.at, action=action, obj=row, unit_path=model.unit.path, before=before,
        after={"model": model.ref, **after},
    )  # fmt: skip


def _metrics(run: FoundRun) -> dict[str, str]:
    """The last values that are numbers, as the registry says them."""
    said = ((name, metric_text(value)) for name, value in list(run.metrics.items())[:MOST_METRICS])
    return {name[:METRIC]: text for name, text in said if text is not None}


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable() or c in "\n\t")[:20_000].strip()
