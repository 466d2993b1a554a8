"""One reading: recorded, corrected or withdrawn, and judged in the same transaction.

Append-only. A correction is a new row that supersedes another; a withdrawal is one that says nothing in its place.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error, not_found
from core.prepared import read
from core.text import clean
from core.unless_there import insert_unless_there
from domain.kpi import Reading
from kpis.models import Kpi, Measurement
from kpis.services import limits, watch
from kpis.services.judge import judge
from kpis.services.judgement import require_on_scale, require_to_record
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative_of


@dataclass(frozen=True, slots=True)
class Recorded:
    """The row, and whether this call wrote it: a pipeline that repeats itself gets the first one back."""

    measurement: Measurement
    created: bool


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a reading comes from. `source_key` names it within its `source`, so that it is heard once."""

    source: str = ""
    source_key: str = ""
    note: str = ""
    evidence: str = ""


def record_measurement(
    *,
    kpi_id: int,
    observed_on: date,
    value: Decimal,
    by: Actor,
    at: datetime,
    provenance: Provenance = Provenance(),
    supersedes: int | None = None,
) -> Recorded:
    """Record that the KPI stood at `value` on `observed_on`, and judge it. A future day is kept and flagged.

    `supersedes` names the reading this one corrects; the note then says why. The same source key with the same
    reading gives the first row back.

    Raises Problem 404 for a KPI the actor may not know, 403 for one they may not measure (`not_the_judge` for one that
    another person judges), 400 for what cannot be kept or lies off the scale, 409 `source_key_used` when the key came with another reading, 409 for a retired KPI, and 409 when the
    corrected reading was replaced already.
    """
    value = limits.require_number("value", value)
    limits.require_day("observed_on", observed_on)
    said = _cleaned(provenance)
    with transaction.atomic():
        initiative, kpi = _hold(kpi_id, by)
        scale = kpi.current
        if scale is not None:
            require_on_scale(value, scale.scale_low, scale.scale_high, scale.scale_words)
        earlier = None if supersedes is None else _earlier(kpi, said)  # else the insert finds it
        if earlier is not None:
            return _same_again(earlier, observed_on, value, supersedes)
        old = _superseded(kpi, supersedes)
        if old is not None:
            if (old.observed_on, old.value) == (observed_on, value):
                return Recorded(old, created=False)
            if not said.note:
                raise field_error("note", "Say why the reading is corrected.", code="required")
        row = _new(kpi, said, by, at, observed_on=observed_on, value=value, supersedes=old)
        earlier = _insert(row, kpi, said)
        if earlier is not None:
            return _same_again(earlier, observed_on, value, supersedes)
        _judge(row, initiative, by, at)
        _record(row, initiative, by, at, "measurement.corrected" if old else "measurement.recorded", old)
    return Recorded(row, created=True)


def withdraw_measurement(*, pk: int, because: str, by: Actor, at: datetime) -> Recorded:
    """Take a reading back: a void row stands in its place, with the reason. Doing it twice changes nothing.

    Raises Problem 404, 403, 400 without a reason, 409 when the reading was corrected meanwhile.
    """
    because = clean("note", because, limit=limits.NOTE, required="Say why the reading is withdrawn.")
    kpi_id = Measurement.objects.filter(pk=pk).values_list("kpi_id", flat=True).first()
    if kpi_id is None:
        raise not_found()
    with transaction.atomic():
        initiative, kpi = _hold(kpi_id, by)
        old = Measurement.objects.select_related("kpi_version").get(pk=pk)
        after = Measurement.objects.filter(supersedes=old).first()
        if after is not None and after.void:
            return Recorded(after, created=False)
        _superseded(kpi, pk)
        row = _new(
            kpi, Provenance(note=because), by, at, observed_on=old.observed_on, value=None, supersedes=old
        )
        row.void = True
        row.save(force_insert=True)
        _judge(row, initiative, by, at)
        _record(row, initiative, by, at, "measurement.withdrawn", old)
    return Recorded(row, created=True)


def _hold(kpi_id: int, by: Actor) -> tuple[Initiative, Kpi]:
    """The locked initiative and the KPI, which the actor may measure."""
    initiative = lock_initiative_of(Kpi.objects.filter(pk=kpi_id).order_by().values("initiative_id"))
    [kpi] = read(Kpi.objects.select_related("current", "initiative__unit").filter(pk=kpi_id).order_by())
    require_to_record(by, kpi)
    if kpi.state == Kpi.State.RETIRED:
        raise conflict("kpi_retired", f"{kpi.ref} is retired. It takes no more readings.")
    return initiative, kpi


def _cleaned(said: Provenance) -> Provenance:
    return Provenance(
        source=clean("source", said.source, limit=limits.SOURCE),
        source_key=clean("source_key", said.source_key, limit=limits.SOURCE_KEY),
        note=clean("note", said.note, limit=limits.NOTE),
        evidence=clean("evidence", said.evidence, limit=limits.EVIDENCE),
    )


def _earlier(kpi: Kpi, said: Provenance) -> Measurement | None:
    if not said.source_key:
        return None
    rows = Measurement.objects.filter(kpi=kpi, source=said.source, source_key=said.source_key)
    return rows.first()


def _same_again(first: Measurement, observed_on: date, value: Decimal, supersedes: int | None) -> Recorded:
    if (first.observed_on, first.value, first.supersedes_id) != (observed_on, value, supersedes):
        raise conflict("source_key_used", key_used(first.observed_on, first.value))
    return Recorded(first, created=False)


def key_used(observed_on: date, value: Decimal | None) -> str:
    """The sentence for a source key that came with another reading before."""
    said = "no number" if value is None else f"{value.normalize():f}"
    return (
        f"This source key was recorded before, with {said} on {observed_on}. "
        "Send a correction that supersedes that reading, or another key."
    )


def _insert(row: Measurement, kpi: Kpi, said: Provenance) -> Measurement | None:
    """Insert the row; or give the one that stands under its key, also when a bulk request, which locks no initiative,
    brought that just now."""
    if not said.source_key:
        row.save(force_insert=True)
        return None
    if row.supersedes_id is None:
        return None if insert_unless_there(row) else _earlier(kpi, said)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        earlier = _earlier(kpi, said)
        if earlier is None:
            raise
        return earlier
    return None


def _superseded(kpi: Kpi, pk: int | None) -> Measurement | None:
    """The reading to be replaced, which must be this KPI's and still stand."""
    if pk is None:
        return None
    old = Measurement.objects.select_related("kpi_version").filter(pk=pk, kpi=kpi).first()
    if old is None:
        raise field_error("supersedes", f"{kpi.ref} has no reading {pk}.", code="does_not_exist")
    if old.void:
        raise conflict(
            "already_withdrawn", "This reading was withdrawn. Record the right one as a new reading."
        )
    after = Measurement.objects.filter(supersedes=old).first()
    if after is not None:
        raise conflict(
            "already_replaced", f"This reading was replaced by reading {after.pk}. Correct that one."
        )
    return old


def _new(
    kpi: Kpi,
    said: Provenance,
    by: Actor,
    at: datetime,
    *,
    observed_on: date,
    value: Decimal | None,
    supersedes: Measurement | None,
) -> Measurement:
    # A correction stands where the corrected reading stood: it answers the question that one answered.
    version = kpi.current if supersedes is None else supersedes.kpi_version
    return Measurement(
        kpi=kpi, kpi_version=version, observed_on=observed_on, value=value, recorded_at=at,
        recorded_by=by.user, source=said.source, source_key=said.source_key, supersedes=supersedes,
        note=said.note, evidence=said.evidence,
    )  # fmt: skip


def _judge(row: Measurement, initiative: Initiative, by: Actor, at: datetime) -> None:
    if row.supersedes_id is not None:  # what was measured may be measured no more
        watch.mark_due([initiative.pk])
    reading = Reading(row.pk, row.observed_on, row.value, row.recorded_at, row.supersedes_id, row.void)
    current = row.kpi.current
    speaks = current is None or row.kpi_version.series == current.series
    judge(
        [row.kpi_id], initiatives={initiative.pk: initiative}, as_of=clock.day_of(at), by=by, at=at,
        new={row.kpi_id: [reading]} if speaks else None, unheard=None if speaks else {row.kpi_id: row.pk},
    )  # fmt: skip


def _record(
    row: Measurement, initiative: Initiative, by: Actor, at: datetime, action: str, old: Measurement | None
) -> None:
    after = {"kpi": row.kpi.ref, "observed_on": row.observed_on, "value": row.value}
    before = {} if old is None else {"reading": old.pk, "observed_on": old.observed_on, "value": old.value}
    audit.record(
        by=by, at=at, action=action, obj=row, initiative_id=initiative.pk,
        unit_path=row.kpi.initiative.unit.path, before=before, after=after, reason=row.note,
    )  # fmt: skip
