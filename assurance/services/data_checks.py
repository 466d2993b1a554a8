"""Checks of data sources that run by themselves: their results, and their silence, which is a finding too.

A result that did not come by its day is told once, as a flag, and cleared by the next result. Time is heard by the sweep,
whose cost follows what fell due.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from assurance.models import DataCheck, DataCheckResult, DataSource
from assurance.services.data_sources import LOCK
from core import audit, clock
from core.access import Actor, require, system
from core.errors import conflict, field_error, not_found
from core.locks import hold
from core.roles import Action
from core.text import clean
from core.wording import day, plural
from domain.data_readiness import expected_by, is_silent
from portfolio.services.flags import Finding, Subject, sync_flags

NAME, DETAIL, SOURCE, SOURCE_KEY = 200, 500, 80, 200
CHUNK: Final = 250
SEVERITY: Final = {"failed": 2, "warned": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run found. `rows` and `rows_failed` None: the check does not count."""

    ran_on: date
    outcome: str
    rows: int | None = None
    rows_failed: int | None = None
    detail: str = ""
    source: str = ""
    source_key: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a pass of the sweep did."""

    changed: int


def add_check(*, source_id: int, name: str, interval_days: int, by: Actor, at: datetime) -> DataCheck:
    """Expect a check's result every so many days, the first within that time from today.

    Raises Problem 400 by field, 403, 404, 409 for a name that is taken.
    """
    name = clean("name", name, limit=NAME, required="Name the check.")
    if not 1 <= interval_days <= 3_650:
        raise field_error("interval_days", "A check runs every 1 to 3,650 days.", code="out_of_range")
    with transaction.atomic():
        hold(LOCK)
        source = _held(source_id, by, Action.EDIT_MODEL)
        if DataCheck.objects.filter(data_source=source, name=name).exists():
            raise conflict("taken", f"{source.name} has a check of that name. Choose another.")
        row = DataCheck.objects.create(
            data_source=source, name=name, interval_days=interval_days, recorded_at=at,
            due_on=expected_by(clock.day_of(at), interval_days),
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="data_check.added", obj=row, unit_path=source.unit.path,
            after={"name": name, "interval_days": interval_days, "data_source": source.pk},
        )  # fmt: skip
    return row


def end_check(*, pk: int, because: str, by: Actor, at: datetime) -> DataCheck:
    """Expect no more results of a check, with the reason; its flags are cleared. Problem 400, 403, 404, 409."""
    because = clean("because", because, limit=300, required="Say why the check ends.")
    with transaction.atomic():
        hold(LOCK)
        row, source = _check(pk, by, Action.EDIT_MODEL)
        row.ended_at, row.silent, row.version = at, False, row.version + 1
        row.save(update_fields=["ended_at", "silent", "version"])
        audit.record(
            by=by, at=at, action="data_check.ended", obj=row, unit_path=source.unit.path, reason=because,
            after={"ended_at": at.isoformat()},
        )  # fmt: skip
        _flag(row, source, [], by, at)
    return row


def record_result(*, check_id: int, result: Result, by: Actor, at: datetime) -> tuple[DataCheckResult, bool]:
    """Record what a run found, once by its source key, and whether it is new. Ends a silence at once.

    Raises Problem 400 by field, 403, 404, 409 for a check that has ended or a source key that brought another result.
    """
    today = clock.day_of(at)
    if result.ran_on > today:
        raise field_error("ran_on", "That day has not come yet.", code="in_the_future")
    if result.outcome not in DataCheckResult.Outcome.values:
        listed = ", ".join(DataCheckResult.Outcome.values)
        raise field_error("outcome", f"Choose one of: {listed}.", code="invalid_choice")
    if result.rows is not None and result.rows_failed is not None and result.rows_failed > result.rows:
        raise field_error("rows_failed", "No more rows failed than there were.", code="out_of_range")
    detail = clean("detail", result.detail, limit=DETAIL)
    origin = clean("source", result.source, limit=SOURCE)
    key = clean("source_key", result.source_key, limit=SOURCE_KEY)
    with transaction.atomic():
        hold(LOCK)
        row, source = _check(check_id, by, Action.REPORT_MODEL)
        told: dict[str, Any] = {
            "ran_on": result.ran_on, "outcome": result.outcome, "rows": result.rows, "rows_failed": result.rows_failed,
            "detail": detail,
        }  # fmt: skip
        stood = (
            DataCheckResult.objects.filter(data_check=row, source=origin, source_key=key).first()
            if key
            else None
        )
        if stood is not None:
            if any(getattr(stood, name) != one for name, one in told.items()):
                raise conflict(
                    "source_key_used", f"The key {key[:60]} brought another result, of {stood.ran_on}."
                )
            return stood, False
        made = DataCheckResult.objects.create(
            data_check=row, source=origin, source_key=key, recorded_at=at, recorded_by=by.user, **told
        )
        audit.record(
            by=by, at=at, action="data_check.ran", obj=row, unit_path=source.unit.path,
            after={"result": made.pk, "outcome": result.outcome, "ran_on": result.ran_on.isoformat()},
        )  # fmt: skip
        if row.last_on is None or result.ran_on >= row.last_on:
            row.last_on, row.last_outcome = result.ran_on, result.outcome
            row.due_on = expected_by(result.ran_on, row.interval_days)
            row.silent = is_silent(row.due_on, today)
            row.save(update_fields=["last_on", "last_outcome", "due_on", "silent"])
            _flag(row, source, _findings(row, detail), by, at)
    return made, True


def hear_silence(*, at: datetime, by: Actor | None = None) -> Heard:
    """Flag the checks whose result did not come by its day. Safe to run twice, late, side by side."""
    actor, today = by or system(), clock.day_of(at)
    overdue = DataCheck.objects.filter(silent=False, ended_at=None, due_on__lt=today)
    ids = list(overdue.order_by("pk").values_list("pk", flat=True))
    done = 0
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            hold(LOCK)
            rows = overdue.filter(pk__in=ids[start : start + CHUNK]).select_related(
                "data_source__unit", "data_source__owner"
            )
            for row in rows.order_by("pk"):
                row.silent = True
                row.save(update_fields=["silent"])
                _flag(row, row.data_source, _findings(row, ""), actor, at)
                done += 1
    return Heard(done)


def _findings(row: DataCheck, detail: str) -> list[Finding]:
    out = []
    if row.silent:
        last = "never sent a result" if row.last_on is None else f"sent its last result on {day(row.last_on)}"
        out.append(Finding(
            rule=f"data_check_silent:{row.pk}", severity=2, cause="Data check is silent",
            sentence=f"{row.name} {last}; one is expected every {plural(row.interval_days, 'day')}, by {day(row.due_on)}.",
            clears_when="A result arrives.", group="cause", since=expected_by(row.due_on, 1),
        ))  # fmt: skip
    if row.last_outcome in SEVERITY and row.last_on is not None:
        said = f" {detail}" if detail else ""
        out.append(Finding(
            rule=f"data_check_failed:{row.pk}", severity=SEVERITY[row.last_outcome], cause=f"Data check {row.last_outcome}",
            sentence=f"{row.name} {row.last_outcome} on {day(row.last_on)}.{said}", clears_when="A later run passes.",
            group="cause", since=row.last_on,
        ))  # fmt: skip
    return out


def _flag(row: DataCheck, source: DataSource, findings: list[Finding], by: Actor, at: datetime) -> None:
    rules = frozenset({f"data_check_silent:{row.pk}", f"data_check_failed:{row.pk}"})
    owner = source.owner if source.owner is not None and source.owner.is_active else None
    subject = Subject(type="data_source", id=source.pk, label=source.name, unit=source.unit, owner=owner)
    sync_flags(subject=subject, findings=findings, by=by, at=at, rules=rules)


def _held(pk: int, by: Actor, right: Action) -> DataSource:
    source = DataSource.objects.select_related("unit", "owner").filter(pk=pk).first()
    if source is None:
        raise not_found()
    require(by, right, source)
    return source


def _check(pk: int, by: Actor, right: Action) -> tuple[DataCheck, DataSource]:
    row = DataCheck.objects.filter(pk=pk).first()
    if row is None:
        raise not_found()
    source = _held(row.data_source_id, by, right)
    if row.ended_at is not None:
        raise conflict("check_ended", "This check has ended. Add another.")
    return row, source
