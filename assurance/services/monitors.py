"""Setting up what is watched of a model: monitors, and the baselines they compare with. A baseline is never edited."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from assurance.models import ModelVersion, Monitor, MonitorBaseline
from assurance.services.alerts import end_alerts
from assurance.services.silence import follow_silence
from core import audit, clock
from core.access import Actor
from core.errors import conflict, field_error, from_rule, not_found, stale
from core.locks import hold
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.monitoring import Kind, Method, check_baseline, check_parameters
from domain.predicted_actual import NEEDS_POSITIVE, Metric
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model

TEXTS: Final = {"name": 200, "subject": 200, "positive": 200}
SOURCE, BECAUSE = 200, 300
MOST_DAYS: Final = 3_650
EDITED: Final = ("name", "smallest", "cadence_days")
TOLD: Final = (
    "kind", "name", "subject", "method", "parameters", "smallest", "metric", "positive", "cadence_days", "model_version",
)  # fmt: skip


class MonitorFacts(TypedDict, total=False):
    """What a monitor is set up with. `parameters`: those of the method; `metric`: what pairs are told by."""

    name: str
    kind: str
    subject: str
    method: str
    parameters: Mapping[str, Any]
    smallest: int
    metric: str
    positive: str
    cadence_days: int | None
    model_version: ModelVersion | None


class BaselineFacts(TypedDict, total=False):
    """A baseline: `data` as domain.monitoring.check_baseline takes it, the day it was fixed, where it is from, and why."""

    data: Mapping[str, Any]
    fixed_on: date
    source: str
    because: str


def create_monitor(
    *, model_id: int, by: Actor, at: datetime, baseline: BaselineFacts | None = None, **facts: Unpack[MonitorFacts]
) -> Monitor:  # fmt: skip
    """Watch something of a model. With a `baseline` it can judge from the first observation.

    Raises Problem 400 by field, 403, 404, 409 for a retired model or a name that is taken.
    """
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        row = Monitor(model=model, recorded_by=by.user, recorded_at=at, updated_at=at)
        _write(row, facts)
        if Monitor.objects.filter(model=model, name=row.name).exists():
            raise conflict("taken", f"{model.ref} has a monitor of that name. Choose another.")
        row.save(force_insert=True)
        audit.record(
            by=by, at=at, action="monitor.set_up", obj=row, unit_path=model.unit.path, after=audit.snapshot(row, TOLD)
        )  # fmt: skip
        if baseline is not None:
            _fix(row, model, baseline, by, at)
        follow_silence(monitor=row, model=model, by=by, at=at)
    return row


def edit_monitor(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[MonitorFacts]
) -> Monitor:  # fmt: skip
    """Change its name, smallest sample or cadence. What decides (kind, method, parameters) stands: set up another monitor.

    Raises Problem 400, 403, 404, 409, 412.
    """
    with transaction.atomic():
        hold(LOCK)
        row, model = held_monitor(pk, by=by, right=Action.EDIT_MODEL)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        before = audit.snapshot(row, EDITED)
        _write_editable(row, facts)
        if Monitor.objects.filter(model=model, name=row.name).exclude(pk=row.pk).exists():
            raise conflict("taken", f"{model.ref} has a monitor of that name. Choose another.")
        was, now = audit.difference(before, audit.snapshot(row, EDITED))
        if now:
            row.updated_at, row.version = at, row.version + 1
            row.save(update_fields=[*EDITED, "updated_at", "version"])
            audit.record(
                by=by,
                at=at,
                action="monitor.edited",
                obj=row,
                unit_path=model.unit.path,
                before=was,
                after=now,
            )
            follow_silence(monitor=row, model=model, by=by, at=at)
    return row


def retire_monitor(
    *, pk: int, because: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Monitor:  # fmt: skip
    """Stop watching, with the reason. What it recorded stays; its open alert is cleared. Problem 400, 403, 404, 409, 412."""
    because = clean("because", because, limit=BECAUSE, required="Say why it is watched no more.")
    with transaction.atomic():
        hold(LOCK)
        row, model = held_monitor(pk, by=by, right=Action.EDIT_MODEL)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        row.retired_at, row.updated_at, row.version = at, at, row.version + 1
        row.save(update_fields=["retired_at", "updated_at", "version"])
        audit.record(
            by=by, at=at, action="monitor.retired", obj=row, unit_path=model.unit.path, reason=because,
            after={"retired_at": at.isoformat()},
        )  # fmt: skip
        end_alerts(monitor=row, because="It is watched no more.", by=by, at=at)
        follow_silence(monitor=row, model=model, by=by, at=at)
    return row


def fix_baseline(*, pk: int, by: Actor, at: datetime, **given: Unpack[BaselineFacts]) -> MonitorBaseline:
    """Another baseline, from which on new observations are compared. Earlier ones keep what they were compared with.

    An open alert stays until data against the new baseline is stable. Raises Problem 400 by field, 403, 404, 409.
    """
    with transaction.atomic():
        hold(LOCK)
        row, model = held_monitor(pk, by=by, right=Action.EDIT_MODEL)
        baseline = _fix(row, model, given, by, at)
        follow_silence(monitor=row, model=model, by=by, at=at)
    return baseline


def held_monitor(pk: int, *, by: Actor, right: Action) -> tuple[Monitor, AiModel]:
    """A monitor in use and its model, if the actor may do this. The caller holds the lock "models".

    Raises Problem 404, 403, 409 `model_retired` or `monitor_retired`.
    """
    row = Monitor.objects.filter(pk=pk).first()
    if row is None:
        raise not_found()
    model = held_model(row.model_id, by=by, right=right, expected_version=None)
    if row.retired_at is not None:
        raise conflict("monitor_retired", "This is watched no more. Set up another monitor.")
    return row, model


def _fix(row: Monitor, model: AiModel, given: BaselineFacts, by: Actor, at: datetime) -> MonitorBaseline:
    today = clock.day_of(at)
    on = given.get("fixed_on") or today
    if on > today:
        raise field_error("fixed_on", "That day has not come yet.", code="in_the_future")
    source = clean(
        "source", given.get("source", ""), limit=SOURCE, required="Say where the baseline is from."
    )
    because = clean("because", given.get("because", ""), limit=BECAUSE)
    if row.baseline_number and not because:
        raise field_error("because", "Say why the baseline changes.", code="required")
    try:
        data = check_baseline(Method(row.method), given.get("data", {}))
    except RuleError as error:
        raise from_rule(error) from error
    row.baseline_number += 1
    baseline = MonitorBaseline.objects.create(
        monitor=row, number=row.baseline_number, fixed_on=on, source=source, because=because, data=data,
        recorded_by=by.user, recorded_at=at,
    )  # fmt: skip
    # What was told against another baseline says nothing against this one.
    row.band, row.band_since, row.observed_on, row.value, row.cases, row.sentence = (
        "",
        None,
        None,
        None,
        None,
        "",
    )
    row.updated_at, row.version = at, row.version + 1
    row.save(
        update_fields=[
            "baseline_number", "band", "band_since", "observed_on", "value", "cases", "sentence", "updated_at", "version",
        ]
    )  # fmt: skip
    audit.record(
        by=by, at=at, action="monitor.baseline_fixed", obj=row, unit_path=model.unit.path, reason=because,
        after={"baseline": row.baseline_number, "fixed_on": on.isoformat(), "source": source},
    )  # fmt: skip
    return baseline


def _write(row: Monitor, facts: MonitorFacts) -> None:
    for name, code in (("kind", Kind), ("method", Method)):
        said = facts.get(name, "")
        if said not in set(code):
            raise field_error(name, f"Choose one of: {', '.join(code)}.", code="invalid_choice")
        setattr(row, name, said)
    row.subject = clean(
        "subject", facts.get("subject", ""), limit=TEXTS["subject"], required="Name the feature or metric."
    )
    _write_editable(row, {**facts, "name": facts.get("name", "")})
    version = facts.get("model_version")
    if version is not None and version.model_id != row.model_id:
        raise field_error("model_version", "That is a version of another model.", code="does_not_exist")
    row.model_version = version
    try:
        row.parameters = check_parameters(Method(row.method), facts.get("parameters") or {})
    except RuleError as error:
        raise from_rule(error) from error
    _write_metric(row, facts)


def _write_metric(row: Monitor, facts: MonitorFacts) -> None:
    metric = facts.get("metric", "")
    if metric and metric not in set(Metric):
        raise field_error("metric", f"Choose one of: {', '.join(Metric)}.", code="invalid_choice")
    if metric and (row.kind != Kind.PERFORMANCE or row.method == Method.PSI):
        raise field_error("metric", "Predictions and outcomes feed a performance monitor of a series.")
    row.positive = clean("positive", facts.get("positive", ""), limit=TEXTS["positive"])
    if metric in NEEDS_POSITIVE and not row.positive:
        raise field_error("positive", "Name the positive class: the one that is looked for.", code="required")
    row.metric = metric


def _write_editable(row: Monitor, facts: MonitorFacts) -> None:
    if "name" in facts:
        row.name = clean("name", facts["name"], limit=TEXTS["name"], required="Give it a name.")
    if "smallest" in facts:
        if not 0 <= facts["smallest"] <= 10**9:
            raise field_error(
                "smallest", "A smallest sample is 0 to 1,000,000,000 cases.", code="out_of_range"
            )
        row.smallest = facts["smallest"]
    if "cadence_days" in facts:
        cadence = facts["cadence_days"]
        if cadence is not None and not 1 <= cadence <= MOST_DAYS:
            raise field_error("cadence_days", f"A cadence is 1 to {MOST_DAYS} days.", code="out_of_range")
        row.cadence_days = cadence
