"""What of a model calls for somebody now, beside what makes it stale: alerts, raised retraining triggers, versions that run
without approval."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q

from assurance.models import Deployment, ModelVersion, MonitorAlert, RetrainingTrigger
from core import clock
from domain.monitoring import Band
from domain.retraining import Outcome

ORDER: Final = {"unapproved": 0, "alert": 1, "retrain": 2}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that calls. `page`: the URL name of the model's tab on which it is answered. `seen`: somebody said so."""

    model_id: int
    kind: str
    word: str
    severity: int
    since: date
    sentence: str
    page: str
    seen: bool = False


def alarms_of(model_ids: Collection[int]) -> list[Alarm]:
    """The gravest and oldest first. Four statements, whatever the number of models."""
    found = [*_unapproved(model_ids), *_alerts(model_ids), *_retraining(model_ids)]
    return sorted(
        found, key=lambda one: (-one.severity, one.since, ORDER[one.kind], one.model_id, one.sentence)
    )


def _unapproved(ids: Collection[int]) -> Iterator[Alarm]:
    rows = Deployment.objects.filter(model__in=ids, ended_at=None).select_related("model").order_by("pk")
    for row in rows:
        if row.unapproved:
            why = " ".join(str(one["sentence"]) for one in row.objections)
            yield Alarm(
                row.model_id, "unapproved", "Runs without approval", 3 if row.model.risk_tier == 1 else 2,
                clock.day_of(row.deployed_at), f"Version {row.version_number} in {row.environment}. {why}",
                "model-versions",
            )  # fmt: skip


def _alerts(ids: Collection[int]) -> Iterator[Alarm]:
    """The newest of each monitor: one that lasts, or that cleared before anybody said that they had seen it."""
    rows = MonitorAlert.objects.filter(
        Q(cleared_at=None) | Q(acknowledged_at=None), monitor__model__in=ids, monitor__retired_at=None
    )
    newest = {row.monitor_id: row for row in rows.select_related("monitor__model").order_by("pk")}
    for row in newest.values():
        monitor, worst = row.monitor, row.band == Band.SIGNIFICANT
        ended = "" if row.cleared_at is None else " It has cleared; nobody acknowledged it."
        yield Alarm(
            monitor.model_id, "alert", f"{monitor.get_kind_display()}, {row.band}",
            (3 if monitor.model.risk_tier == 1 else 2) if worst and row.cleared_at is None else 1, row.since,
            f"{monitor.name}: {row.sentence}{ended}", "model-monitoring", row.acknowledged_at is not None,
        )  # fmt: skip


def _retraining(ids: Collection[int]) -> Iterator[Alarm]:
    """The newest trigger raised of each rule that still asks, until another version serves."""
    champions = ModelVersion.objects.filter(model__in=ids, role=ModelVersion.Role.CHAMPION)
    since = dict(champions.values_list("model_id", "role_since"))
    rows = RetrainingTrigger.objects.filter(
        rule__monitor__model__in=ids, rule__ended_at=None, rule__monitor__retired_at=None, outcome=Outcome.RAISED.value
    )  # fmt: skip
    newest = {row.rule_id: row for row in rows.select_related("rule__monitor__model").order_by("on", "pk")}
    for row in newest.values():
        model = row.rule.monitor.model
        serves = since.get(model.pk)
        if serves is None or serves <= row.on:
            yield Alarm(
                model.pk, "retrain", "Retraining asked for", 3 if model.risk_tier == 1 else 2, row.on,
                f"{row.rule.monitor.name}: {row.sentence}", "model-monitoring",
            )  # fmt: skip
