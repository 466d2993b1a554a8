"""Reads of monitors: their lists, and what a model's monitoring page shows, in a number of statements that stays the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from assurance.models import (
    Monitor,
    MonitorAlert,
    MonitorBaseline,
    MonitorObservation,
    RetrainingRule,
    RetrainingTrigger,
)
from assurance.models.monitoring import KINDS, METHODS, TRIGGERED
from assurance.queries.retraining import resting_until, rule_of
from core.listing import Filter, Listing
from domain.data_readiness import is_silent
from domain.monitoring import Band, Method, needs_baseline
from domain.retraining import in_words
from governance.models import AiModel

BANDS: Final = tuple(band.value for band in Band)
DRAWN: Final = 60
"""How many observations of each monitor its chart shows, the latest."""

MONITORS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "kind": Filter("kind", "choice", choices=tuple(code for code, _ in KINDS)),
        "method": Filter("method", "choice", choices=tuple(code for code, _ in METHODS)),
        "band": Filter("band", "choice", choices=BANDS),
        "subject": Filter("subject", "text"),
        "retired": Filter("retired_at__isnull", "bool", ops=("",)),
        "observed_on": Filter("observed_on", "date", ops=("", "gte", "lte", "isnull")),
        "unit": Filter("model__unit__path", "subtree", ops=("",)),
    },
    orders={"name": "name", "observed_on": "observed_on", "updated_at": "updated_at"},
    search=("name", "subject", "model__name"),
    nullable=frozenset({"observed_on"}),
)
OBSERVATIONS = Listing(
    filters={
        "observed_on": Filter("observed_on", "date", ops=("", "gte", "lte")),
        "band": Filter("band", "choice", choices=BANDS),
        "source": Filter("source", "text"),
        "source_key": Filter("source_key", "text"),
    },
    orders={"observed_on": "observed_on"},
    default="-observed_on,-id",
)
PREDICTIONS = Listing(
    filters={
        "key": Filter("key", "text"),
        "waiting": Filter("actual__isnull", "bool", ops=("",)),
        "predicted_on": Filter("predicted_on", "date", ops=("", "gte", "lte")),
        "segment": Filter("segment", "text"),
    },
    orders={"predicted_on": "predicted_on"},
)
BASELINES = Listing(
    filters={"fixed_on": Filter("fixed_on", "date", ops=("", "gte", "lte"))}, orders={"number": "number"}
)
ALERTS = Listing(
    filters={
        "model": Filter("monitor__model", "ref", prefix="M"),
        "monitor": Filter("monitor", "id"),
        "kind": Filter("monitor__kind", "choice", choices=tuple(code for code, _ in KINDS)),
        "band": Filter("band", "choice", choices=BANDS),
        "open": Filter("cleared_at", "null", ops=("",)),
        "unacknowledged": Filter("acknowledged_at", "null", ops=("",)),
        "since": Filter("since", "date", ops=("", "gte", "lte")),
        "unit": Filter("monitor__model__unit__path", "subtree", ops=("",)),
    },
    orders={"since": "since", "raised_at": "raised_at"},
)
RULES = Listing(
    filters={
        "model": Filter("monitor__model", "ref", prefix="M"),
        "monitor": Filter("monitor", "id"),
        "ended": Filter("ended_at__isnull", "bool", ops=("",)),
    },
    orders={"recorded_at": "recorded_at"},
)
TRIGGERS = Listing(
    filters={
        "model": Filter("rule__monitor__model", "ref", prefix="M"),
        "rule": Filter("rule", "id"),
        "outcome": Filter("outcome", "choice", choices=tuple(code for code, _ in TRIGGERED)),
        "on": Filter("on", "date", ops=("", "gte", "lte")),
    },
    orders={"on": "on"},
)


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """A retraining rule: its words, its last trigger, and until when it rests (None: it is awake)."""

    row: RetrainingRule
    words: str
    last: RetrainingTrigger | None
    rests_until: date | None
    logged: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A monitor as its page shows it. `observations`: the latest DRAWN, in time order. `silent_since`: the day after which
    data was overdue by its cadence, None where it is not; `never`: nothing was ever sent."""

    row: Monitor
    baseline: MonitorBaseline | None
    observations: Sequence[MonitorObservation]
    alert: MonitorAlert | None
    alerts: Sequence[MonitorAlert]
    unseen: Sequence[MonitorAlert]
    rules: Sequence[RuleSeen]
    silent_since: date | None
    needs_baseline: bool

    @property
    def never(self) -> bool:
        return not self.observations

    @property
    def latest(self) -> MonitorObservation | None:
        return self.observations[-1] if self.observations else None


def monitors_of(model: AiModel, today: date) -> list[Seen]:
    """What is watched of a model, the retired left out, in order of kind. Six statements, whatever there is."""
    rows = list(Monitor.objects.filter(model=model, retired_at=None).order_by("pk"))
    order = [code for code, _ in KINDS]
    rows.sort(key=lambda row: (order.index(row.kind), row.pk))
    baselines = {
        row.monitor_id: row for row in MonitorBaseline.objects.filter(monitor__in=rows).order_by("number")
    }
    observed = _by_monitor(_latest(rows), reverse=True)
    alerts = _by_monitor(
        MonitorAlert.objects.filter(monitor__in=rows).select_related("acknowledged_by").order_by("-pk")[:200]
    )
    rules = _rules_of(rows, today)
    return [
        Seen(
            row, baselines.get(row.pk), observed.get(row.pk, ()),
            next((one for one in alerts.get(row.pk, ()) if one.cleared_at is None), None), alerts.get(row.pk, ())[:5],
            [one for one in alerts.get(row.pk, ()) if one.unseen],
            rules.get(row.pk, ()), _silent_since(row, today), needs_baseline(Method(row.method)),
        )
        for row in rows
    ]  # fmt: skip


def _latest(rows: Sequence[Monitor]) -> list[MonitorObservation]:
    """The latest observations of each, newest first. One statement."""
    numbered = MonitorObservation.objects.filter(monitor__in=rows).annotate(
        place=Window(
            RowNumber(), partition_by=F("monitor"), order_by=[F("observed_on").desc(), F("pk").desc()]
        )
    )
    return list(numbered.filter(place__lte=DRAWN).order_by("monitor", "place"))


def _by_monitor(rows: Any, *, reverse: bool = False) -> dict[int, list[Any]]:
    out: dict[int, list[Any]] = {}
    for row in rows:
        out.setdefault(row.monitor_id, []).append(row)
    if reverse:
        for found in out.values():
            found.reverse()
    return out


def _silent_since(row: Monitor, today: date) -> date | None:
    """A monitor with a cadence is silent after twice that without data, as the model is; also one that never sent any."""
    return row.due_on if row.due_on is not None and is_silent(row.due_on, today) else None


def _rules_of(rows: Sequence[Monitor], today: date) -> dict[int, list[RuleSeen]]:
    rules = list(RetrainingRule.objects.filter(monitor__in=rows, ended_at=None).order_by("pk"))
    numbered = RetrainingTrigger.objects.filter(rule__in=rules).annotate(
        place=Window(RowNumber(), partition_by=F("rule"), order_by=[F("on").desc(), F("pk").desc()])
    )
    seen: dict[int, list[RetrainingTrigger]] = {}
    for one in numbered.filter(place__lte=50).order_by("rule", "place"):
        seen.setdefault(one.rule_id, []).append(one)
    out: dict[int, list[RuleSeen]] = {}
    for row in rules:
        triggers, until = seen.get(row.pk, []), resting_until(row)
        raised = next((one for one in triggers if one.outcome == "raised"), None)
        logged = sum(one.outcome != "raised" and one.on >= (row.last_raised_on or one.on) for one in triggers)
        rests = until if until is not None and today < until else None
        out.setdefault(row.monitor_id, []).append(
            RuleSeen(row, in_words(rule_of(row)), raised, rests, logged)
        )
    return out
