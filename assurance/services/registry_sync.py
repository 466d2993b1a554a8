"""Reading a registry: its models, versions and runs become models, versions and metrics here.

Safe to run twice, late, side by side or killed in the middle: asking happens outside transactions, each page is written in
one of its own under the lock "models", and every row is found again by the registry's own key. What the list no longer has is
asked for by name before it is marked as gone: pages move under a reader's hands. Nothing is deleted, and no alias gives a
role. A registry that cannot be read is marked stale with the reason, and asked again after a while that grows.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from assurance.models import ModelRegistry, ModelVersion, RegisteredModel
from assurance.services.newer_versions import push_newer
from assurance.services.registries import EVERY
from assurance.services.registry_history import read_histories
from assurance.services.registry_reader import Reader, server_of
from assurance.services.registry_versions import Place, write_page
from core import audit
from core.access import Actor
from core.errors import Problem
from core.locks import hold
from core.outgoing import OutgoingError, Server
from domain.errors import RuleError
from domain.registry_answers import FoundModel, FoundVersion, renamed
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import create_model

log = logging.getLogger(__name__)
MOST_MODELS: Final = 20_000
MOST_ASKED: Final = 200
"""So many that are missing from the list are asked for by name in one reading; the rest in the next."""
LONGEST_WAIT: Final = timedelta(hours=6)
Key = tuple[str, int]


@dataclass(slots=True)
class Synced:
    """What a reading did: counts by what happened, and why it ended early where it did."""

    counts: Counter[str] = field(default_factory=Counter)
    failure: str = ""


def sync_registry(
    *, registry: ModelRegistry, by: Actor, at: datetime, server: Server | None = None
) -> Synced:
    """Read the whole registry. Never raises for what the other side does: that is its stale mark."""
    done = Synced()
    try:
        _read(registry, Reader(server or server_of(registry)), done.counts, by, at)
    except (OutgoingError, RuleError) as error:
        done.failure = (error.message if isinstance(error, RuleError) else str(error))[:500]
    except Problem as problem:  # what it holds cannot be kept here
        log.warning("registry %s not read: %s", registry.pk, problem.code)
        done.failure = f"What it holds cannot be kept: {problem.detail}"[:500]
    _mark(registry, done, by, at)
    return done


def _read(registry: ModelRegistry, reader: Reader, counts: Counter[str], by: Actor, at: datetime) -> None:
    found: dict[Key, FoundModel] = {}
    for one in reader.models(registry.name_filter):
        if one.name.startswith(registry.name_filter):
            found[one.name, one.born] = one
        if len(found) > MOST_MODELS:
            raise OutgoingError(f"The registry has more than {MOST_MODELS} models. Read it by a name filter.")
    rows = _known(registry, found, counts, by, at)
    for key, one in found.items():
        _read_model(Place(registry, rows[key], one, by, at), reader, counts)
    _missing_models(registry, reader, set(found), counts, by, at)


def _known(
    registry: ModelRegistry, found: dict[Key, FoundModel], counts: Counter[str], by: Actor, at: datetime
) -> dict[Key, RegisteredModel]:
    """A row for each model found: known, known by another name, or registered now."""
    with transaction.atomic():
        hold(LOCK)
        rows = {
            (row.name, row.born): row
            for row in RegisteredModel.objects.filter(registry=registry).select_related("model__unit")
        }
        for key, name in renamed(rows, found.values()).items():
            row = rows.pop(key)
            row.name = name
            row.save(update_fields=["name"])
            rows[name, row.born] = row
            counts["renamed"] += 1
            audit.record(
                by=by, at=at, action="registry.renamed", obj=row.model, unit_path=row.model.unit.path, before={"name": key[0]},
                after={"name": name},
            )  # fmt: skip
    for key, one in found.items():
        if key not in rows:
            rows[key] = _register(registry, one, by, at)
            counts["models"] += 1
        _seen(rows[key], one, at)
    return rows


def _register(registry: ModelRegistry, one: FoundModel, by: Actor, at: datetime) -> RegisteredModel:
    """A model of its own in the unit of the registry; nobody owns it until somebody says so."""
    with transaction.atomic():
        model = create_model(
            by=by, at=at, name=one.name, unit=registry.unit, purpose=one.description[:20_000], owner=None,
            source=f"registry:{registry.pk}", external_id=f"{one.born}:{one.name}"[:400],
        )  # fmt: skip
        return RegisteredModel.objects.create(
            registry=registry, model=model, name=one.name, born=one.born, seen_at=at
        )


def _seen(row: RegisteredModel, one: FoundModel, at: datetime) -> None:
    aliases = dict(one.aliases)
    if row.aliases != aliases or row.gone_at is not None:
        row.aliases, row.gone_at, row.seen_at = aliases, None, at
        row.save(update_fields=["aliases", "gone_at", "seen_at"])


def _read_model(place: Place, reader: Reader, counts: Counter[str]) -> None:
    """Its versions page by page, then what is missing, then the history of the one that speaks for it."""
    if place.row.model.stage == AiModel.Stage.RETIRED:
        counts["retired"] += 1
        return
    seen: set[str] = set()
    for page in reader.versions(place.found.name):
        once: dict[str, FoundVersion] = {one.number: one for one in page}
        seen |= set(once)
        write_page(place, list(once.values()), reader, counts)
    known = ModelVersion.objects.filter(model=place.row.model, source=place.source, gone_at=None)
    missing = [row for row in known.order_by("pk").only("pk", "number").iterator() if row.number not in seen]
    for row in missing[:MOST_ASKED]:
        if not reader.has_version(place.found.name, row.number):
            _gone(row.pk, place.by, place.at)
            counts["gone"] += 1
    _tell_newer(place.row.model_id, place.by, place.at)
    read_histories(place, reader, counts)


def _missing_models(
    registry: ModelRegistry, reader: Reader, found: set[Key], counts: Counter[str], by: Actor, at: datetime
) -> None:
    """Models the list no longer has: asked for by name, and marked where the registry says that there is none."""
    rows = RegisteredModel.objects.filter(
        registry=registry, gone_at=None, name__startswith=registry.name_filter
    )
    missing = [row for row in rows.order_by("pk") if (row.name, row.born) not in found]
    for row in missing[:MOST_ASKED]:
        if reader.model_born(row.name) == row.born:
            continue
        row.gone_at = at
        row.save(update_fields=["gone_at"])
        counts["gone"] += 1
        versions = ModelVersion.objects.filter(
            model=row.model_id, source=f"registry:{registry.pk}", gone_at=None
        )
        for pk in versions.order_by("pk").values_list("pk", flat=True):
            _gone(pk, by, at)
        _tell_newer(row.model_id, by, at)


def _tell_newer(model_id: int, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        hold(LOCK)
        push_newer(model_id=model_id, by=by, at=at)


def _gone(pk: int, by: Actor, at: datetime) -> None:
    """Mark a version its source no longer has. Its role stands until a person changes it."""
    with transaction.atomic():
        hold(LOCK)
        row = ModelVersion.objects.select_related("model__unit").get(pk=pk)
        row.gone_at, row.aliases, row.updated_at, row.version = at, [], at, row.version + 1
        row.save(update_fields=["gone_at", "aliases", "updated_at", "version"])
        audit.record(
            by=by, at=at, action="version.gone", obj=row, unit_path=row.model.unit.path,
            after={"model": row.model.ref, "number": row.number},
        )  # fmt: skip


def _mark(registry: ModelRegistry, done: Synced, by: Actor, at: datetime) -> None:
    """How it ended, on the registry; on record where it began to fail, healed, or brought something."""
    was = registry.failing_since
    registry.tried_at = at
    if done.failure:
        registry.failures = min(registry.failures + 1, 1_000)
        registry.failing_since, registry.failure = was or at, done.failure
        registry.next_try_at = at + wait_after(registry.failures)
    else:
        registry.synced_at, registry.failures, registry.failing_since, registry.failure = at, 0, None, ""
        registry.next_try_at, registry.counts = at + EVERY, dict(done.counts)
    registry.save(
        update_fields=[
            "tried_at",
            "failures",
            "failing_since",
            "failure",
            "next_try_at",
            "synced_at",
            "counts",
        ]
    )
    if (was is None) != (registry.failing_since is None) or any(done.counts.values()):
        action = "registry.failed" if done.failure else "registry.synced"
        audit.record(
            by=by, at=at, action=action, obj=registry, unit_path=registry.unit.path, after=dict(done.counts), reason=done.failure
        )  # fmt: skip


def wait_after(failures: int) -> timedelta:
    """How long until the next try: a minute, then twice as long each time, at most six hours."""
    return min(timedelta(minutes=2 ** min(failures - 1, 12)), LONGEST_WAIT)
