"""Alerts of monitors: raised once while a condition lasts, acknowledged by a person, cleared by data that is stable again."""

from datetime import datetime
from typing import Final

from django.db import transaction

from assurance.models import Monitor, MonitorAlert, MonitorObservation
from assurance.models.monitoring import BECAME
from core import audit, outbox
from core.access import Actor
from core.errors import conflict, forbidden, not_found, stale
from core.locks import hold
from core.notices import Word, tell
from core.roles import Action
from core.text import clean
from core.wording import day
from domain.monitoring import Band
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model
from portfolio.services.flags import Finding, Subject, sync_flags

NOTE: Final = 500
RAISED: Final = "monitor.alert_raised"
CLEARED: Final = "The data is stable again."
UNSEEN: Final = "alert_unacknowledged"
ALARMING: Final = frozenset({Band.MODERATE.value, Band.SIGNIFICANT.value})
_CLEARS: Final = {
    "input_drift": "Data that is distributed as at the baseline, or a new baseline and stable data against it",
    "prediction_drift": "Predictions that are distributed as at the baseline",
    "performance": "A reading that is back within its limits",
}


def follow(
    *, monitor: Monitor, model: AiModel, latest: MonitorObservation, by: Actor, at: datetime
) -> MonitorAlert | None:  # fmt: skip
    """Make the monitor's open alert and flag equal what its latest observation says. Twice changes nothing.

    Too few rows neither raise nor clear. The caller holds the lock "models" and a transaction.
    """
    if latest.band == Band.TOO_FEW:
        return None
    standing = MonitorAlert.objects.filter(monitor=monitor, cleared_at=None).first()
    if latest.band not in ALARMING:
        end_alerts(monitor=monitor, because=CLEARED, by=by, at=at)
        return None
    if standing is None or standing.band != latest.band:
        if standing is not None:
            _clear(standing, BECAME[latest.band], at)
        standing = _raise(monitor, model, latest, by, at)
    sync_flags(
        subject=subject_of_monitor(monitor, model), findings=[_finding(monitor, model, standing, latest)], by=by, at=at,
        rules=frozenset({monitor.kind}),
    )  # fmt: skip
    return standing


def end_alerts(*, monitor: Monitor, because: str, by: Actor, at: datetime) -> None:
    """Clear the open alert and the flag of a monitor, if there are any. They stay as history."""
    standing = MonitorAlert.objects.filter(monitor=monitor, cleared_at=None).first()
    if standing is None:
        return
    _clear(standing, because, at)
    model = AiModel.objects.select_related("unit", "owner").get(pk=monitor.model_id)
    audit.record(
        by=by, at=at, action="monitor.alert_cleared", obj=monitor, unit_path=model.unit.path, reason=because,
        before={"alert": standing.pk, "band": standing.band},
    )  # fmt: skip
    rules = frozenset({monitor.kind})
    sync_flags(
        subject=subject_of_monitor(monitor, model), findings=[], by=by, at=at, rules=rules, because=because
    )
    _follow_unseen(monitor, model, by, at)


def acknowledge(
    *, pk: int, note: str, by: Actor, at: datetime, expected_version: int | None = None
) -> MonitorAlert:  # fmt: skip
    """A person says that they have seen it, and what they do about it. It clears nothing.

    Also of one that has cleared: that the data is stable again does not say that anybody saw it. What it followed on, of the
    same condition, is seen with it. Raises Problem 400 without a note, 403 (also for a program: only a person sees), 404,
    409 for one acknowledged already, 412.
    """
    note = clean("note", note, limit=NOTE, required="Say what you do about it.")
    with transaction.atomic():
        hold(LOCK)
        row = MonitorAlert.objects.select_related("monitor").filter(pk=pk).first()
        if row is None:
            raise not_found()
        model = held_model(row.monitor.model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        if by.user is None or by.user.is_service:
            raise forbidden("An alert is acknowledged by a person.", code="not_a_person")
        if expected_version is not None and row.version != expected_version:
            raise stale()
        if row.acknowledged_at is not None:
            raise conflict("already_acknowledged", "Somebody has acknowledged this alert.")
        row.acknowledged_at, row.acknowledged_by, row.note, row.version = at, by.user, note, row.version + 1
        row.save(update_fields=["acknowledged_at", "acknowledged_by", "note", "version"])
        audit.record(
            by=by, at=at, action="monitor.alert_acknowledged", obj=row.monitor, unit_path=model.unit.path, reason=note,
            after={"alert": row.pk, "band": row.band},
        )  # fmt: skip
        _follow_unseen(row.monitor, model, by, at)
    return row


def unseen(monitor: Monitor) -> list[MonitorAlert]:
    """Alerts that cleared before anybody acknowledged them, the latest first; of one condition that grew or shrank, its last."""
    rows = MonitorAlert.objects.filter(monitor=monitor, acknowledged_at=None, cleared_at__isnull=False)
    return [row for row in rows.order_by("-pk") if row.unseen]


def _follow_unseen(monitor: Monitor, model: AiModel, by: Actor, at: datetime) -> None:
    """The flag of alerts nobody saw: it stands until a person acknowledges each."""
    rows = unseen(monitor)
    findings = []
    if rows:
        worst = any(row.band == Band.SIGNIFICANT for row in rows)
        words = "An alert" if len(rows) == 1 else f"{len(rows)} alerts"
        findings.append(Finding(
            rule=UNSEEN, severity=2 if worst else 1, cause="Alert nobody acknowledged", group="cause",
            sentence=f"{monitor.name}: {words} cleared before anybody acknowledged. {rows[0].sentence}", since=rows[-1].since,
            clears_when="A person acknowledges it and says what was done.", numbers={"alerts": [row.pk for row in rows]},
        ))  # fmt: skip
    sync_flags(
        subject=subject_of_monitor(monitor, model), findings=findings, by=by, at=at, rules=frozenset({UNSEEN}),
        because="Somebody acknowledged it.",
    )  # fmt: skip


def tell_owner(*, alert_id: int, at: datetime) -> int:
    """The model's owner hears of an alert, by a notice and by mail as they chose. Safe to run twice."""
    row = MonitorAlert.objects.select_related("monitor__model").filter(pk=alert_id).first()
    if row is None or row.monitor.model.owner_id is None:
        return 0
    monitor, model = row.monitor, row.monitor.model
    word = Word(
        marker=f"monitor-alert-{row.pk}",
        title=f"{monitor.get_kind_display()}, {row.band}: {model.name}",
        body=f"{monitor.name}, since {day(row.since)}. {row.sentence}",
        url=f"/governance/models/{model.ref}/monitoring/",
    )
    return tell(words=[(row.monitor.model.owner_id, word)], at=at)


def _raise(
    monitor: Monitor, model: AiModel, latest: MonitorObservation, by: Actor, at: datetime
) -> MonitorAlert:
    row = MonitorAlert.objects.create(
        monitor=monitor, observation=latest, band=latest.band, since=monitor.band_since or latest.observed_on,
        sentence=latest.sentence, raised_at=at,
    )  # fmt: skip
    audit.record(
        by=by, at=at, action="monitor.alert_raised", obj=monitor, unit_path=model.unit.path,
        after={"alert": row.pk, "band": row.band, "sentence": row.sentence},
    )  # fmt: skip
    outbox.owe(kind=RAISED, payload={"alert_id": row.pk}, at=at)
    return row


def _clear(row: MonitorAlert, because: str, at: datetime) -> None:
    row.cleared_at, row.cleared_because, row.version = at, because, row.version + 1
    row.save(update_fields=["cleared_at", "cleared_because", "version"])


def _finding(
    monitor: Monitor, model: AiModel, alert: MonitorAlert, latest: MonitorObservation
) -> Finding:  # fmt: skip
    worst = latest.band == Band.SIGNIFICANT
    return Finding(
        rule=monitor.kind, severity=(3 if model.risk_tier == 1 else 2) if worst else 1,
        cause=f"{monitor.get_kind_display()}, {latest.band}", sentence=f"{monitor.name}: {latest.sentence}",
        clears_when=f"{_CLEARS[monitor.kind]}.", group="cause", since=alert.since,
        numbers={"observed_on": latest.observed_on.isoformat()},
    )  # fmt: skip


def subject_of_monitor(monitor: Monitor, model: AiModel) -> Subject:
    served = list(model.initiatives.order_by("pk")[:2])
    owner = model.owner if model.owner is not None and model.owner.is_active else None
    return Subject(
        type="monitor", id=monitor.pk, label=f"{model.name}: {monitor.name}", unit=model.unit,
        initiative=served[0] if len(served) == 1 else None, owner=owner,
    )  # fmt: skip
