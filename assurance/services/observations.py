"""What arrives at a monitor: judged by the one engine, inserted once by its source key, its alert and triggers at once.

A number of statements that does not grow with the rows. All or nothing: where one row is wrong, none is recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from django.db import transaction

from assurance.models import Monitor, MonitorBaseline, MonitorObservation
from assurance.services.alerts import follow
from assurance.services.monitors import held_monitor
from assurance.services.observation_rows import Given, Refusals, read_rows
from assurance.services.retraining import ask_rules
from assurance.services.silence import follow_silence
from core import audit, clock
from core.access import Actor
from core.bulk import insert_objects
from core.errors import conflict
from core.locks import hold
from core.roles import Action
from domain.errors import RuleError
from domain.monitoring import (
    Band,
    Judged,
    Method,
    judge_distribution,
    judge_series,
    needs_baseline,
    reading,
    too_few,
)
from domain.segments import Disparity
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.model_facts import push_down

LARGEST: Final = Decimal("1e20")
_STEP: Final = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row's outcome: what stands for it, and whether it was written now. `place`: which row it was."""

    place: int
    observation: MonitorObservation
    created: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A row, judged: what would be written of it."""

    given: Given
    judged: Judged
    data: dict[str, Any]
    value: Decimal | None
    cases: int | None


def record_observations(
    *, monitor_id: int, rows: Sequence[object], by: Actor, at: datetime, single: bool = False,
    beside: Mapping[str, Any] | None = None,
) -> list[Recorded]:  # fmt: skip
    """Record up to 5,000 observations of one monitor, each an object with observed_on, one of value, values, counts, shares
    and score, and if wanted cases, segments, source and source_key. One outcome for each, in order.

    Raises Problem 400 with every place that is wrong, 403, 404, 409 for a retired model or monitor, for one without the
    baseline it needs, and for a source key that brought another observation before. Then nothing is recorded.
    `beside`: what stands beside the result of each, such as the counts behind a metric.
    """
    given = read_rows(rows, today=clock.day_of(at), single=single)
    with transaction.atomic():
        hold(LOCK)
        monitor, model = held_monitor(monitor_id, by=by, right=Action.REPORT_MODEL)
        baseline = require_baseline(monitor)
        kept = _judged(monitor, baseline, given, single)
        known, fresh = _told_apart(monitor, kept)
        new = [_row(monitor, baseline, one, beside or {}, by, at) for one in fresh]
        insert_objects(new)
        written = dict(zip((one.given.place for one in fresh), new, strict=True))
        if new:
            _followed(monitor, model, new, by, at)
    out = [Recorded(place, row, created=True) for place, row in written.items()]
    out += [
        Recorded(place, same if isinstance(same, MonitorObservation) else written[same], created=False)
        for place, same in known.items()
    ]
    return sorted(out, key=lambda one: one.place)


def foresee(*, monitor: Monitor, rows: Sequence[object], today: date) -> list[Kept]:
    """What recording these rows would say of each, without recording. Raises as `record_observations` does."""
    return _judged(
        monitor, require_baseline(monitor), read_rows(rows, today=today, single=False), single=False
    )


def require_baseline(monitor: Monitor) -> MonitorBaseline | None:
    """The baseline in force. Problem 409 `no_baseline` where the method needs one and none was fixed."""
    row = MonitorBaseline.objects.filter(monitor=monitor).order_by("-number").first()
    if row is None and needs_baseline(Method(monitor.method)):
        raise conflict("no_baseline", "Fix a baseline first: there is nothing to compare with.")
    return row


def _judged(
    monitor: Monitor, baseline: MonitorBaseline | None, given: Sequence[Given], single: bool
) -> list[Kept]:
    wrong = Refusals(single)
    judge = _distributions if monitor.method == Method.PSI else _readings
    out = judge(monitor, baseline, given, wrong)
    wrong.raise_any()
    return out


def _distributions(
    monitor: Monitor, baseline: MonitorBaseline | None, given: Sequence[Given], wrong: Refusals
) -> list[Kept]:
    stood = baseline.data if baseline else {}
    out = []
    for one in given:
        try:
            judged, data, counted = judge_distribution(stood, monitor.parameters, one.data)
        except RuleError as error:
            wrong.rule(one.place, error)
            continue
        cases = counted if counted is not None else one.cases
        value = None if judged.value == "inf" else _column(Decimal(judged.value))
        out.append(Kept(one, too_few(judged, cases, monitor.smallest), data, value, cases))
    return out


def _readings(
    monitor: Monitor, baseline: MonitorBaseline | None, given: Sequence[Given], wrong: Refusals
) -> list[Kept]:
    """A reading is judged with all that came before it in time. Those of too few cases stand aside: they move no chart."""
    read: list[tuple[Given, Decimal]] = []
    for one in given:
        try:
            if "value" not in one.data:
                raise RuleError("one_of", "Send value: this monitor takes one number a day.", "/value")
            value = reading(one.data["value"])
            if abs(value) > LARGEST:
                raise RuleError("out_of_range", "Give a number between -1e20 and 1e20.", "/value")
            read.append((one, value))
        except RuleError as error:
            wrong.rule(one.place, error)
    if wrong.items:
        return []
    few = [one for one in read if _is_few(one[0], monitor)]
    enough = [one for one in read if not _is_few(one[0], monitor)]
    stood = _series(monitor, baseline) if enough else []
    new = [((one.observed_on, 1, one.place), value, one) for one, value in enough]
    line = sorted([*stood, *new], key=lambda point: point[0])
    charted = judge_series(
        Method(monitor.method),
        baseline.data if baseline else {},
        monitor.parameters,
        [point[1] for point in line],
    )
    told = {point[2].place: said for point, said in zip(line, charted, strict=True) if point[2] is not None}
    alone = {
        one.place: too_few(
            Judged(Band.STABLE, float(value), {"value": float(value)}, ""), one.cases, monitor.smallest
        )
        for one, value in few
    }
    return [
        Kept(one, (told | alone)[one.place], {"value": str(one.data["value"])}, _column(value), one.cases)
        for one, value in read
    ]


def _is_few(one: Given, monitor: Monitor) -> bool:
    return one.cases is not None and one.cases < monitor.smallest


Point = tuple[tuple[date, int, int], Decimal, Given | None]


def _series(monitor: Monitor, baseline: MonitorBaseline | None) -> list[Point]:
    """The readings against this baseline so far, in time order. One statement."""
    rows = MonitorObservation.objects.filter(monitor=monitor, baseline=baseline).exclude(band=Band.TOO_FEW)
    found = rows.order_by("observed_on", "pk").values_list("observed_on", "pk", "data")
    return [((on, 0, pk), Decimal(data["value"]), None) for on, pk, data in found]


def _told_apart(
    monitor: Monitor, kept: Sequence[Kept]
) -> tuple[dict[int, MonitorObservation | int], list[Kept]]:
    """Rows heard before (by place: the row recorded, or the place of the same earlier in this request), and new ones."""
    keys = {one.given.source_key for one in kept if one.given.source_key}
    rows = MonitorObservation.objects.filter(monitor=monitor, source_key__in=keys) if keys else ()
    heard = {(row.source, row.source_key): row for row in rows}
    known: dict[int, MonitorObservation | int] = {}
    fresh: list[Kept] = []
    first: dict[tuple[str, str], Kept] = {}
    for one in kept:
        key = (one.given.source, one.given.source_key)
        if not one.given.source_key:
            fresh.append(one)
        elif key in heard:
            row = heard[key]
            _require_same(one, row.observed_on, row.data, row.cases)
            known[one.given.place] = row
        elif key in first:
            same = first[key]
            _require_same(one, same.given.observed_on, _data(same), same.cases)
            known[one.given.place] = same.given.place
        else:
            first[key] = one
            fresh.append(one)
    return known, fresh


def _require_same(one: Kept, on: date, data: dict[str, Any], cases: int | None) -> None:
    if (one.given.observed_on, _data(one), one.cases) != (on, data, cases):
        raise conflict(
            "source_key_used",
            f"The key {one.given.source_key[:60]} brought another observation, of {on}. Send this under a key of its own.",
        )


def _data(one: Kept) -> dict[str, Any]:
    segments = one.given.segments
    return one.data if segments is None else {**one.data, "segments": segments_json(segments)}


def _row(
    monitor: Monitor,
    baseline: MonitorBaseline | None,
    one: Kept,
    beside: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> MonitorObservation:
    result = {**one.judged.numbers, **beside}
    if one.given.segments is not None:
        result["disparity"] = disparity_json(one.given.segments)
    return MonitorObservation(
        monitor=monitor, baseline=baseline, observed_on=one.given.observed_on, band=one.judged.band.value,
        value=one.value, cases=one.cases, data=_data(one), result=result, sentence=one.judged.sentence,
        source=one.given.source, source_key=one.given.source_key, recorded_at=at, recorded_by=by.user,
    )  # fmt: skip


def _followed(
    monitor: Monitor, model: AiModel, new: Sequence[MonitorObservation], by: Actor, at: datetime
) -> None:
    """The monitor's answer, its alert and flag, its retraining rules and the model's day, after new observations."""
    ordered = sorted(new, key=lambda row: (row.observed_on, row.pk))
    for row in ordered:
        if monitor.observed_on is not None and row.observed_on < monitor.observed_on:
            continue  # another word about the past says nothing of how it stands now
        if row.band != monitor.band:
            monitor.band, monitor.band_since = row.band, row.observed_on
        monitor.observed_on, monitor.value, monitor.cases = row.observed_on, row.value, row.cases
        monitor.sentence = row.sentence
    monitor.updated_at = at
    monitor.save(
        update_fields=["band", "band_since", "observed_on", "value", "cases", "sentence", "updated_at"]
    )
    audit.record(
        by=by, at=at, action="monitor.observed", obj=monitor, unit_path=model.unit.path,
        after={
            "observations": len(new), "first": min(row.pk for row in new), "last": max(row.pk for row in new),
            "band": monitor.band,
        },
    )  # fmt: skip
    if ordered[-1].observed_on == monitor.observed_on:
        follow(monitor=monitor, model=model, latest=ordered[-1], by=by, at=at)
    follow_silence(monitor=monitor, model=model, by=by, at=at)
    ask_rules(monitor=monitor, model=model, observations=ordered, by=by, at=at)
    newest = ordered[-1].observed_on
    if model.last_monitored_on is None or newest > model.last_monitored_on:
        push_down(model_id=model.pk, by=by, at=at, last_monitored_on=newest)


def segments_json(found: Disparity) -> list[dict[str, Any]]:
    """Segments as kept: a suppressed one without its value."""
    return [
        {"segment": one.name, "n": one.cases, "value": None if one.value is None else str(one.value)}
        for one in found.segments
    ]


def disparity_json(found: Disparity) -> dict[str, Any]:
    return {
        "lowest": found.lowest.name if found.lowest else None,
        "highest": found.highest.name if found.highest else None,
        "ratio": None if found.ratio is None else float(found.ratio),
        "gap": None if found.gap is None else float(found.gap),
        "suppressed": [one.name for one in found.suppressed],
    }


def _column(value: Decimal) -> Decimal | None:
    """A number as its column keeps it; one larger than that is in the result alone."""
    return None if abs(value) > LARGEST else value.quantize(_STEP, ROUND_HALF_EVEN)
