"""Defining KPIs: creating one with version 1 of its definition, and editing it while it is a draft."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import conflict
from core.roles import Action
from core.text import clean
from kpis.models import Kpi, KpiVersion
from kpis.services import watch
from kpis.services.facts import FREE, REPEATED, Facts, require_new, write_facts
from kpis.services.findings import flag_kpis
from kpis.services.goalposts import find_goalposts
from kpis.services.late import edit_in_development
from kpis.services.sealing import forget_words
from kpis.services.success import BASELINE, FIELDS, Success, write_success
from kpis.services.versions import DEFINED, development_began, hold, judged, repeat, settled
from portfolio.services.locks import lock_initiative


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a KPI comes from outside; the key is unique within its source."""

    source: str = ""
    external_id: str = ""


_ROLLED: Final = {"primary", "weight"}
_SHOWN_IN_FLAGS: Final = {"name", "unit_of_measure", "owner", "primary", "kind"}
CHANGE_IT: Final = (
    "Propose a change: somebody else approves it, and it becomes a new version. What may still be edited: owner, "
    "metric, minority_share, parent_weight."
)


def create_kpi(
    *, initiative_id: int, facts: Facts, success: Success, by: Actor, at: datetime,
    origin: Origin = Origin(), because: str = "", effective_on: date | None = None,
) -> Kpi:  # fmt: skip
    """A new KPI with version 1 of its definition, judged at once.

    Raises Problem 404 for an initiative the actor may not know, 403 for one they may not define KPIs in, 400 at the
    field that is wrong, 409 for an outside key used before.
    """
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.DEFINE_KPI, initiative)
        row = Kpi(
            initiative=initiative, created_at=at, created_by=by.user, updated_at=at,
            source=clean("source", origin.source, limit=80), external_id=clean("external_id", origin.external_id, limit=200),
        )  # fmt: skip
        version = KpiVersion(
            number=1, effective_on=effective_on or clock.day_of(at), recorded_at=at, recorded_by=by.user,
            because=clean("because", because, limit=300), in_force_at=at,
        )  # fmt: skip
        write_facts(version, row, {"kind": Kpi.Kind.BUSINESS, **facts})
        write_success(version, success)
        require_new(version, row)
        repeat(version, row)
        row.save(force_insert=True)
        version.kpi = row
        version.save(force_insert=True)
        row.current = version
        row.save(update_fields=["current"])
        audit.record(
            by=by, at=at, action="kpi.created", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after={**audit.snapshot(row, (*REPEATED, *FREE)), "definition_v1": audit.snapshot(version, FIELDS)},
        )  # fmt: skip
        row = judged(row, initiative, by, at, rolled=True)
        find_goalposts({initiative.pk: initiative}, by=by, at=at)
    return row


def edit_kpi(
    *, pk: int, expected_version: int | None, by: Actor, at: datetime,
    facts: Facts | None = None, success: Success | None = None,
) -> Kpi:  # fmt: skip
    """Change what is given; the rest stays. Nothing changed writes nothing. Once development has begun, what is to be
    defined otherwise makes a new version, which nobody approved.

    Raises Problem 404, 403, 412 for an old version, 400 at the field that is wrong, 409 `definition_settled` when the
    definition is to change and is sealed or has readings, 409 `baseline_locked` for a locked baseline.
    """
    with transaction.atomic():
        held = hold(pk, by, expected_version=expected_version)
        row, version, initiative = held.kpi, held.version, held.initiative
        before = {**audit.snapshot(row, FREE), **audit.snapshot(version, DEFINED)}
        write_facts(version, row, facts or {})
        write_success(version, success or {})
        after = {**audit.snapshot(row, FREE), **audit.snapshot(version, DEFINED)}
        was, now = audit.difference(before, after)
        if not now:
            return row
        redefined = sorted(set(now) & set(DEFINED))
        if redefined:
            _require_draft(version, redefined)
            began = development_began(initiative.pk, clock.day_of(at))
            if began is not None:
                row = edit_in_development(held, redefined, began, was=was, now=now, by=by, at=at)
                if _SHOWN_IN_FLAGS & set(now):
                    flag_kpis([row.pk], initiatives={initiative.pk: initiative}, by=by, at=at)
                return row
            require_new(version, row)
            version.save(update_fields=redefined)
            repeat(version, row)
            forget_words(version, initiative, by=by, at=at)
        row.updated_at = at
        row.version += 1
        row.save(update_fields=[*REPEATED, *FREE, "updated_at", "version"])
        audit.record(
            by=by, at=at, action="kpi.edited", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            before=was, after=now,
        )  # fmt: skip
        watch.mark_due([initiative.pk])
        if set(redefined) & {*FIELDS, *_ROLLED}:
            row = judged(row, initiative, by, at, rolled=True, anew=bool(set(redefined) & set(FIELDS)))
        if _SHOWN_IN_FLAGS & set(now):
            flag_kpis([row.pk], initiatives={initiative.pk: initiative}, by=by, at=at)
        if set(redefined) & set(BASELINE):
            find_goalposts({initiative.pk: initiative}, by=by, at=at)
    return row


def _require_draft(version: KpiVersion, redefined: list[str]) -> None:
    because = settled(version)
    if because:
        raise conflict("definition_settled", f"{because} {CHANGE_IT}")
    if version.baseline_locked_at is not None and set(redefined) & set(BASELINE):
        raise conflict(
            "baseline_locked", "The baseline is locked. Propose a change: somebody else approves the new one."
        )
