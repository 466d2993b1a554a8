"""A drift report as Evidently writes it: each column's score goes to the monitor of that feature, the rest is told as unread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from assurance.models import Monitor, MonitorObservation
from assurance.services.observations import record_observations
from core.access import Actor
from core.errors import Item, Problem
from core.locks import hold
from core.roles import Action
from domain.errors import RuleError
from domain.evidently_report import Column, Unread, read_report
from domain.monitoring import Kind, Method
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

SOURCE = "evidently"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report: an observation for each column that is watched, and what was not taken, with the reason."""

    observations: Sequence[tuple[Column, MonitorObservation, bool]]
    unread: Sequence[Unread]


def record_report(
    *, model_id: int, report: object, observed_on: date | None, source_key: str, by: Actor, at: datetime
) -> Taken:  # fmt: skip
    """Record the scores of one report, of which `observed_on` is the day. Sent again under its key it is heard once.

    A score of PSI goes to a PSI monitor of that feature; of another test to a threshold monitor named for the test by its name
    or subject, because no band of PSI says anything of a p-value. Raises RuleError for what is no report, Problem 400 where no
    column is watched, 403, 404, 409.
    """
    if observed_on is None:
        raise Problem(
            400,
            "invalid",
            "Say of which day the report is.",
            (Item("/observed_on", "required", "Say of which day it is."),),
        )
    try:
        found = read_report(report)
    except RuleError as error:
        raise RuleError(error.code, error.message, f"/report{error.pointer or ''}") from error
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.REPORT_MODEL, expected_version=None)
        watched = _watched(model.pk)
        taken: list[tuple[Column, MonitorObservation, bool]] = []
        unread = list(found.unread)
        for column in found.columns:
            monitor = watched.get((column.name, Method.PSI if column.is_psi else Method.THRESHOLD))
            if monitor is None:
                unread.append(
                    Unread(column.pointer, f"{column.name}, {column.test or 'no test named'}", _why(column))
                )
                continue
            key = f"{source_key}:{column.name}"[:200] if source_key else ""
            row = {"observed_on": observed_on, "source": SOURCE, "source_key": key, **_said(column)}
            (done,) = record_observations(monitor_id=monitor.pk, rows=[row], by=by, at=at, single=True)
            taken.append((column, done.observation, done.created))
        if not taken:
            raise Problem(
                400, "nothing_watched", "No column of this report is watched. Set up a monitor for one of its features.",
                tuple(Item(one.pointer, "not_watched", one.why) for one in unread[:100]),
            )  # fmt: skip
    return Taken(taken, unread)


def _watched(model_id: int) -> dict[tuple[str, Method], Monitor]:
    rows = Monitor.objects.filter(
        model=model_id, retired_at=None, kind__in=[Kind.INPUT_DRIFT, Kind.PREDICTION_DRIFT]
    ).order_by("pk")
    return {(row.subject, Method(row.method)): row for row in rows}


def _said(column: Column) -> dict[str, Any]:
    return {"score": str(column.score)} if column.is_psi else {"value": str(column.score)}


def _why(column: Column) -> str:
    method = "PSI" if column.is_psi else "threshold"
    return f"No {method} monitor watches the feature {column.name[:80]}."
