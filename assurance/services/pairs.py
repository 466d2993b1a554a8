"""Predictions and what came true, paired by their key: the truth may arrive weeks later. What is complete becomes a reading.

A batch that completes pairs gives its monitor one observation: the metric over these pairs, on the day the last of them was
known, with the counts behind it and the middle lag. So the same engine, bands, alerts and retraining rules hear it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from assurance.models import Actual, Monitor, MonitorObservation, Prediction
from assurance.services.monitors import held_monitor
from assurance.services.observation_rows import Refusals
from assurance.services.observations import record_observations
from core import audit, clock
from core.access import Actor
from core.bulk import insert_objects
from core.errors import Problem, conflict, from_rule
from core.locks import hold
from core.roles import Action
from core.text import clean
from core.values import FIRST_DAY, day_of
from domain.errors import RuleError
from domain.predicted_actual import Errors, Metric, Pair, errors_of
from governance.services.evaluate import LOCK

MOST_ROWS: Final = 5_000
KNOWN: Final = ("key", "predicted", "predicted_on", "segment", "actual", "actual_on")
TEXTS: Final = {"key": 200, "predicted": 200, "segment": 120, "actual": 200}


@dataclass(frozen=True, slots=True)
class Case:
    """One row as sent; "" and None where it does not say."""

    place: int
    key: str
    predicted: str
    predicted_on: date | None
    segment: str
    actual: str
    actual_on: date | None


@dataclass(frozen=True, slots=True)
class Paired:
    """What became of a batch. `waiting`: predictions of it whose truth is not known yet. observation None: no pair was completed,
    or the metric is a share of nothing."""

    predictions: int
    actuals: int
    waiting: int
    unchanged: int
    observation: MonitorObservation | None


def record_pairs(*, monitor_id: int, rows: Sequence[object], by: Actor, at: datetime) -> Paired:
    """Record up to 5,000 predictions, outcomes, or both, each by its `key`. All or none.

    Raises Problem 400 with every place that is wrong, 403, 404, 409 for a monitor that takes no pairs, for a key that stood
    for another prediction, and for a truth that was known otherwise (record a correction).
    """
    cases = _read(rows, clock.day_of(at))
    with transaction.atomic():
        hold(LOCK)
        monitor, model = held_monitor(monitor_id, by=by, right=Action.REPORT_MODEL)
        if not monitor.metric:
            raise conflict(
                "no_metric", "This monitor takes readings, not pairs: it was set up without a metric."
            )
        stood = {row.key: row for row in _stood(monitor, cases)}
        _require_alike(cases, stood)
        new = [_prediction(monitor, one, at) for one in cases if one.key not in stood]
        insert_objects(new)
        by_key = {**stood, **{row.key: row for row in new}}
        known = _known([row.pk for row in stood.values()])
        done, unchanged = _completed(cases, by_key, known)
        observation = _told(monitor, done, by, at) if done else None
        insert_objects([
            Actual(
                prediction=row, actual=one.actual, actual_on=one.actual_on or row.predicted_on, observation=observation,
                recorded_at=at,
            )
            for one, row in done
        ])  # fmt: skip
        if new or done:
            audit.record(
                by=by, at=at, action="monitor.paired", obj=monitor, unit_path=model.unit.path,
                after={"predictions": len(new), "actuals": len(done)},
            )  # fmt: skip
    waiting = sum(not one.actual and by_key[one.key].pk not in known for one in cases)
    return Paired(len(new), len(done), waiting, unchanged, observation)


def _stood(monitor: Monitor, cases: Sequence[Case]) -> Sequence[Prediction]:
    return list(Prediction.objects.filter(monitor=monitor, key__in=[one.key for one in cases]))


def _known(predictions: Sequence[int]) -> dict[int, Actual]:
    return {row.prediction_id: row for row in Actual.objects.filter(prediction__in=predictions)}


def _require_alike(cases: Sequence[Case], stood: Mapping[str, Prediction]) -> None:
    """Refuse a key that stood for another prediction, and a truth without one."""
    wrong = Refusals(single=False)
    for one in cases:
        row = stood.get(one.key)
        if row is None:
            if not one.predicted or one.predicted_on is None:
                wrong.add(
                    one.place,
                    "/predicted",
                    "required",
                    "Nothing was predicted under this key: send predicted and predicted_on.",
                )
            elif one.actual_on is not None and one.actual_on < one.predicted_on:
                wrong.add(
                    one.place,
                    "/actual_on",
                    "too_early",
                    "The truth is known on the day of the prediction or later.",
                )
            continue
        if one.predicted and (one.predicted, one.predicted_on or row.predicted_on) != (
            row.predicted,
            row.predicted_on,
        ):
            raise conflict(
                "key_used", f"The key {one.key[:60]} stood for another prediction, of {row.predicted_on}."
            )
        if one.actual_on is not None and one.actual_on < row.predicted_on:
            wrong.add(
                one.place,
                "/actual_on",
                "too_early",
                "The truth is known on the day of the prediction or later.",
            )
    wrong.raise_any()


def _prediction(monitor: Monitor, one: Case, at: datetime) -> Prediction:
    if one.predicted_on is None:
        raise ValueError(one.key)  # _require_alike has refused it
    return Prediction(
        monitor=monitor, key=one.key, predicted=one.predicted, predicted_on=one.predicted_on, segment=one.segment,
        recorded_at=at,
    )  # fmt: skip


def _completed(
    cases: Sequence[Case], by_key: Mapping[str, Prediction], known: Mapping[int, Actual]
) -> tuple[list[tuple[Case, Prediction]], int]:
    done, unchanged = [], 0
    for one in cases:
        row = by_key[one.key]
        if not one.actual:
            continue
        before = known.get(row.pk)
        if before is None:
            done.append((one, row))
        elif (before.actual, before.actual_on) == (one.actual, one.actual_on):
            unchanged += 1
        else:
            raise conflict(
                "actual_known",
                f"The truth of {one.key[:60]} is on record since {before.actual_on}. Record a correction.",
            )
    return done, unchanged


def _told(
    monitor: Monitor, done: Sequence[tuple[Case, Prediction]], by: Actor, at: datetime
) -> MonitorObservation | None:
    """The observation these pairs make; None where the metric is a share of nothing."""
    pairs = [
        Pair(row.predicted, one.actual, row.predicted_on, one.actual_on or row.predicted_on, row.segment)
        for one, row in done
    ]
    metric = Metric(monitor.metric)
    try:
        found = errors_of(pairs, metric, monitor.positive)
    except RuleError as error:
        place = (error.pointer or "").split("/")
        pointer = f"/rows/{done[int(place[1])][0].place}/{place[2]}" if len(place) == 3 else ""
        raise from_rule(RuleError(error.code, error.message, pointer)) from error
    value = found.of(metric)
    if value is None:
        return None
    row: dict[str, Any] = {
        "observed_on": max(pair.actual_on for pair in pairs), "value": str(value), "cases": found.cases,
        "source": "predictions",
    }  # fmt: skip
    if metric is not Metric.BIAS and (segments := _segments(pairs, metric, monitor.positive)):
        row["segments"] = segments
    recorded = record_observations(
        monitor_id=monitor.pk, rows=[row], by=by, at=at, single=True, beside={"errors": errors_json(found)}
    )
    monitor.refresh_from_db()
    return recorded[0].observation


def _segments(pairs: Sequence[Pair], metric: Metric, positive: str) -> list[dict[str, Any]]:
    by_name: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.segment:
            by_name.setdefault(pair.segment, []).append(pair)
    out = []
    for name, those in sorted(by_name.items()):
        value = errors_of(those, metric, positive).of(metric)
        out.append({"segment": name, "n": len(those), "value": None if value is None else str(value)})
    return out


def errors_json(found: Errors) -> dict[str, Any]:
    """What the pairs showed, as kept beside the reading: rates as numbers, counts whole; what cannot be told is left out."""
    names = (
        "cases", "mae", "bias", "accuracy", "precision", "recall", "false_positive_rate", "true_positive", "false_positive",
        "false_negative", "true_negative", "lag_days",
    )  # fmt: skip
    told = {name: getattr(found, name) for name in names}
    return {
        name: one if isinstance(one, int) else float(one) for name, one in told.items() if one is not None
    }


def _read(rows: Sequence[object], today: date) -> list[Case]:
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Problem(400, "too_many_rows", f"Send 1 to {MOST_ROWS:,} pairs at a time.")
    wrong = Refusals(single=False)
    seen: set[str] = set()
    out = []
    for place, row in enumerate(rows):
        found = _case(place, row, today, wrong)
        if found is None:
            continue
        if found.key in seen:
            wrong.add(place, "/key", "twice", "This key is in the batch twice.")
        seen.add(found.key)
        out.append(found)
    wrong.raise_any()
    return out


def _case(place: int, row: object, today: date, wrong: Refusals) -> Case | None:
    if not isinstance(row, Mapping):
        wrong.add(place, "", "not_an_object", "Give an object.")
        return None
    before = len(wrong.items)
    for name in row:
        if name not in KNOWN:
            wrong.add(
                place, f"/{str(name)[:80]}", "field_not_writable", f"Remove it. Known: {', '.join(KNOWN)}."
            )
    texts = {name: _text(place, name, row.get(name), wrong) for name in TEXTS}
    days = {name: _day(place, name, row.get(name), today, wrong) for name in ("predicted_on", "actual_on")}
    if not texts["key"]:
        wrong.add(place, "/key", "required", "Give the key the case has at its source.")
    if bool(texts["actual"]) != (days["actual_on"] is not None):
        wrong.add(place, "/actual_on", "required", "Send actual and actual_on together.")
    if len(wrong.items) > before:
        return None
    return Case(
        place, texts["key"], texts["predicted"], days["predicted_on"], texts["segment"], texts["actual"],
        days["actual_on"],
    )  # fmt: skip


def _text(place: int, name: str, said: object, wrong: Refusals) -> str:
    """A class as text; a number is kept as it was written."""
    if said is None:
        return ""
    if isinstance(said, bool) or (not isinstance(said, str | int) and not hasattr(said, "as_tuple")):
        wrong.add(place, f"/{name}", "invalid", "Send text or a number.")
        return ""
    try:
        return clean(name, str(said), limit=TEXTS[name])
    except Problem as problem:
        wrong.add(place, f"/{name}", problem.items[0].code, problem.items[0].detail)
        return ""


def _day(place: int, name: str, said: object, today: date, wrong: Refusals) -> date | None:
    if said is None:
        return None
    on = said if isinstance(said, date) else day_of(said) if isinstance(said, str) else None
    if on is None or on < FIRST_DAY:
        wrong.add(place, f"/{name}", "invalid", "Write the day as YYYY-MM-DD, from 1900 on.")
    elif on > today:
        wrong.add(place, f"/{name}", "in_the_future", "That day has not come yet.")
        return None
    return on
