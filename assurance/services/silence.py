"""Silence of a monitor is a finding of its own: data that did not come by its day is flagged once, and cleared by data.

A monitor that never sent anything is silent too. Another monitor of the model that does send hides nothing.
Time is heard by the sweep, whose cost follows what fell due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max, QuerySet

from assurance.models import Monitor, MonitorBaseline, MonitorObservation
from assurance.services.alerts import subject_of_monitor
from core import clock
from core.access import Actor, system
from core.locks import hold
from core.wording import day, plural
from domain.data_readiness import data_due, is_silent
from governance.models import AiModel
from governance.queries.policy import policy_on
from governance.services.evaluate import LOCK
from portfolio.models import Flag
from portfolio.services.flags import Finding, sync_flags

RULE: Final = "monitor_silent"
RULES: Final = frozenset({RULE})
CHUNK: Final = 250


@dataclass(frozen=True, slots=True)
class Heard:
    """What a pass of the sweep did."""

    changed: int


def follow_silence(*, monitor: Monitor, model: AiModel, by: Actor, at: datetime, hears: bool = False) -> None:
    """Bring the day by which data is due, and the flag of its silence, to what is on record.

    A silence begins in the sweep (`hears`), so that what is sent for days long past raises nothing on the way; it ends at
    once. Twice changes nothing. The caller holds the lock "models" and a transaction.
    """
    today, was = clock.day_of(at), (monitor.due_on, monitor.silent_since)
    watched = monitor.retired_at is None and model.stage != AiModel.Stage.RETIRED
    last = MonitorObservation.objects.filter(monitor=monitor).aggregate(last=Max("observed_on"))["last"]
    monitor.due_on = due = _due(monitor, last) if watched else None
    late = due is not None and is_silent(due, today)
    stands = due is not None and late and (hears or monitor.silent_since is not None)
    monitor.silent_since = due + timedelta(days=1) if due is not None and stands else None
    if was != (monitor.due_on, monitor.silent_since):
        monitor.save(update_fields=["due_on", "silent_since"])
    findings = [_finding(monitor, model, last, today)] if stands else []
    sync_flags(subject=subject_of_monitor(monitor, model), findings=findings, by=by, at=at, rules=RULES)


def hear_monitors(*, at: datetime, by: Actor | None = None) -> Heard:
    """Flag the monitors whose data did not come by its day; clear what is open of a retired model's. Safe to run twice or late."""
    today, actor = clock.day_of(at), by or system()
    due = Monitor.objects.filter(silent_since=None, due_on__lt=today)
    flagged = Flag.objects.open().filter(subject_type="monitor").order_by().values("subject_id")
    over = Monitor.objects.filter(pk__in=flagged, model__stage=AiModel.Stage.RETIRED)
    return Heard(_each(due, _heard, actor, at) + _each(over, _over, actor, at))


def _each(
    rows: QuerySet[Monitor], work: Callable[[Monitor, Actor, datetime], None], by: Actor, at: datetime
) -> int:
    """The work for each row that still is one, a chunk a transaction."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    done = 0
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            hold(LOCK)
            part = rows.filter(pk__in=ids[start : start + CHUNK]).select_related(
                "model__unit", "model__owner"
            )
            for row in part.order_by("pk"):
                work(row, by, at)
                done += 1
    return done


def _heard(row: Monitor, by: Actor, at: datetime) -> None:
    follow_silence(monitor=row, model=row.model, by=by, at=at, hears=True)


def _over(row: Monitor, by: Actor, at: datetime) -> None:
    row.due_on = row.silent_since = None
    row.save(update_fields=["due_on", "silent_since"])
    subject = subject_of_monitor(row, row.model)
    sync_flags(subject=subject, findings=[], by=by, at=at, because="The model is retired.")


def _due(monitor: Monitor, last: date | None) -> date | None:
    """None for one nobody expects anything of."""
    if monitor.cadence_days is None:
        return None
    fixed = (
        MonitorBaseline.objects.filter(monitor=monitor).order_by("-number").values_list("fixed_on", flat=True)
    )
    return data_due(
        monitor.cadence_days, since=clock.day_of(monitor.recorded_at), last=last, baseline=fixed.first()
    )


def _finding(monitor: Monitor, model: AiModel, last: date | None, today: date) -> Finding:
    said = "never sent data" if last is None else f"sent its last data on {day(last)}"
    every = plural(monitor.cadence_days or 0, "day")
    due = monitor.due_on or today
    return Finding(
        rule=RULE, severity=policy_on(today)[0].severity_of(model.risk_tier), cause="Monitor is silent", group="cause",
        sentence=f"{monitor.name} {said}; data is expected every {every}.", since=due + timedelta(days=1),
        clears_when="Data arrives, or the monitor is retired.", numbers={"last": last.isoformat()} if last else {},
    )  # fmt: skip
