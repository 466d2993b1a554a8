"""Monitors: setting them up, what they take and refuse, alerts told once, and what moves on the model."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assurance.models import Monitor, MonitorAlert, MonitorBaseline, MonitorObservation
from assurance.queries.monitoring import monitors_of
from assurance.services.alerts import acknowledge, tell_owner
from assurance.services.monitors import create_monitor, edit_monitor, fix_baseline, retire_monitor
from core import outbox
from core.errors import Problem
from core.models import AuditEvent, Notice
from governance.models import AiModel
from portfolio.models import Flag
from tests.assurance.watching import (
    MODERATE,
    QUARTERS,
    SIGNIFICANT,
    STABLE,
    back,
    monitor,
    performance,
    refused,
    send,
)
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import sound_model


@pytest.mark.parametrize(
    ("counts", "band"), [(STABLE, "stable"), (MODERATE, "moderate"), (SIGNIFICANT, "significant")]
)
def test_an_observation_is_judged_against_the_baseline_as_it_arrives(
    cast: Cast, counts: list[int], band: str
) -> None:
    row = monitor(cast)
    (done,) = send(cast, row, {"counts": counts})
    row.refresh_from_db()
    assert (done.observation.band, done.observation.cases) == (band, 1_000)
    assert (row.band, row.band_since, row.observed_on) == (band, TODAY, TODAY)
    assert "raised to it" in done.observation.sentence, "the convention stands beside the number"


def test_a_monitor_that_never_sent_data_is_unknown_and_not_stable(cast: Cast) -> None:
    row = monitor(cast)
    (seen,) = monitors_of(row.model, TODAY)
    assert (row.band, seen.never, seen.latest) == ("", True, None)


def test_raw_values_are_cut_at_the_edges_of_the_baseline_and_only_counts_are_kept(cast: Cast) -> None:
    row = monitor(cast, baseline={"data": {"values": list(range(1, 101)), "bins": 4}, "source": "Sample"})
    (done,) = send(cast, row, {"values": [Decimal("25.75"), 30, 99]})
    assert row.baselines.get().data == {"edges": ["103/4", "101/2", "301/4"], "counts": [25, 25, 25, 25]}
    assert done.observation.data == {"counts": [1, 1, 0, 1]}, "a value on an edge belongs to the lower bin"


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"counts": [1, 2, 3]}, "unequal_bins", "/counts"),
    ({"counts": [1, -2, 3, 4]}, "out_of_range", "/counts/1"),
    ({"counts": [0, 0, 0, 0]}, "empty", "/counts"),
    ({"counts": []}, "empty", "/counts"),
    ({"counts": [1, 2, 3, "NaN"]}, "not_a_whole_number", "/counts/3"),
    ({"values": ["NaN"]}, "no_edges", "/values"),
    ({"shares": [1, 0, 0, 0]}, "unlike_baseline", "/shares"),
    ({}, "one_of", "/value"),
    ({"counts": STABLE, "value": 1}, "one_of", "/value"),
    ({"counts": STABLE, "observed_on": TODAY + timedelta(days=1)}, "in_the_future", "/observed_on"),
    ({"counts": STABLE, "observed_on": "2026-02-30"}, "invalid", "/observed_on"),
    ({"counts": STABLE, "colour": 1}, "field_not_writable", "/colour"),
    ({"counts": STABLE, "source_key": "a\x00b"}, "invalid", "/source_key"),
]


@pytest.mark.parametrize(("sent", "code", "pointer"), REFUSED)
def test_what_cannot_be_taken_is_refused_at_its_place_and_nothing_is_written(
    cast: Cast, sent: dict[str, Any], code: str, pointer: str
) -> None:
    row = monitor(cast)
    with pytest.raises(Problem) as problem:
        send(cast, row, sent)
    assert refused(problem) == (400, code, pointer)
    with pytest.raises(Problem) as problem:
        send(cast, row, {"counts": STABLE, "observed_on": back(1)}, sent)
    assert refused(problem) == (400, code, f"/rows/1{pointer}")
    assert not MonitorObservation.objects.exists()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-inf", "", "1e30", True, [1]])
def test_a_reading_that_is_no_finite_number_is_refused(cast: Cast, value: Any) -> None:
    row = performance(cast)
    with pytest.raises(Problem) as problem:
        send(cast, row, {"value": value})
    assert refused(problem)[0::2] == (400, "/value")
    assert not MonitorObservation.objects.exists()


def test_a_source_key_is_heard_once_and_never_for_another_observation(cast: Cast) -> None:
    row = monitor(cast)
    sent = {"counts": STABLE, "source": "feed", "source_key": "w1"}
    (first,) = send(cast, row, sent)
    (again,) = send(cast, row, sent)
    twice = send(cast, row, {**sent, "source_key": "w2"}, {**sent, "source_key": "w2"})
    assert (first.created, again.created, again.observation.pk) == (True, False, first.observation.pk)
    assert [one.created for one in twice] == [True, False]
    with pytest.raises(Problem) as problem:
        send(cast, row, {**sent, "counts": MODERATE})
    assert refused(problem)[:2] == (409, "source_key_used")
    assert MonitorObservation.objects.count() == 2


def test_an_alert_is_raised_once_while_it_lasts_and_cleared_when_the_data_is_stable_again(cast: Cast) -> None:
    row = monitor(cast)
    for days, counts in ((20, STABLE), (13, SIGNIFICANT), (6, SIGNIFICANT)):
        send(cast, row, {"counts": counts, "observed_on": back(days)})
    alert = MonitorAlert.objects.get()
    assert (alert.band, alert.since, alert.cleared_at) == ("significant", back(13), None)
    flag = Flag.objects.get(subject_type="monitor")
    assert (flag.rule, flag.owner, flag.cleared_at) == ("input_drift", cast.mona, None)
    send(cast, row, {"counts": STABLE, "observed_on": TODAY})
    alert.refresh_from_db()
    assert alert.cleared_because == "The data is stable again."
    assert Flag.objects.get(pk=flag.pk).cleared_at is not None


def test_a_worse_condition_is_another_alert_and_history_is_kept(cast: Cast) -> None:
    row = monitor(cast)
    for days, counts in ((13, MODERATE), (6, SIGNIFICANT), (0, MODERATE)):
        send(cast, row, {"counts": counts, "observed_on": back(days)})
    told = list(MonitorAlert.objects.order_by("pk").values_list("band", "cleared_because"))
    assert told == [
        ("moderate", "It became significant."),
        ("significant", "It became moderate."),
        ("moderate", ""),
    ]
    assert Flag.objects.filter(subject_type="monitor", cleared_at=None).count() == 1


def test_three_kinds_give_three_alerts_apart(cast: Cast) -> None:
    model = sound_model(cast)
    rows = [
        monitor(cast, model),
        monitor(cast, model, name="Score", kind="prediction_drift", subject="score"),
        performance(cast, model),
    ]
    for row in rows:
        send(cast, row, {"value": "0.5"} if row.kind == "performance" else {"counts": SIGNIFICANT})
    assert set(Flag.objects.filter(subject_type="monitor").values_list("rule", flat=True)) == {
        "input_drift", "prediction_drift", "performance",
    }  # fmt: skip
    outbox.drain()
    titles = set(Notice.objects.filter(user=cast.mona).values_list("title", flat=True))
    assert {title.partition(",")[0] for title in titles} == {"Input drift", "Prediction drift", "Performance"}


def test_too_few_rows_neither_raise_nor_clear(cast: Cast) -> None:
    row = monitor(cast, smallest=500)
    send(cast, row, {"counts": [100, 0, 0, 0], "observed_on": back(20)})
    row.refresh_from_db()
    assert row.band == "too_few_rows"
    assert not MonitorAlert.objects.exists()
    send(cast, row, {"counts": SIGNIFICANT, "observed_on": back(10)})
    send(cast, row, {"counts": [25, 25, 25, 25], "observed_on": back(3)})
    assert MonitorAlert.objects.get().cleared_at is None


def test_another_word_about_the_past_does_not_change_how_it_stands_now(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": STABLE})
    send(cast, row, {"counts": SIGNIFICANT, "observed_on": back(30)})
    row.refresh_from_db()
    assert (row.band, row.observed_on) == ("stable", TODAY)
    assert not MonitorAlert.objects.exists()


def test_data_clears_the_staleness_of_the_model_in_the_same_moment(cast: Cast) -> None:
    model = sound_model(cast, last_monitored_on=back(40))
    row = monitor(cast, model)
    send(cast, row, {"counts": STABLE, "observed_on": back(2)})
    model.refresh_from_db()
    assert (model.last_monitored_on, model.status) == (back(2), "current")
    send(cast, row, {"counts": STABLE, "observed_on": back(9)})
    model.refresh_from_db()
    assert model.last_monitored_on == back(2)


def test_the_judge_of_staleness_leaves_the_flags_of_monitors_alone(cast: Cast) -> None:
    model = sound_model(cast, last_monitored_on=back(40))
    row = monitor(cast, model)
    send(cast, row, {"counts": SIGNIFICANT})
    edit_monitor(pk=row.pk, by=cast.actor("mona"), at=AT, name="Claim age")
    assert Flag.objects.get(subject_type="monitor").cleared_at is None


def test_an_alert_is_acknowledged_by_a_person_and_that_clears_nothing(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": SIGNIFICANT})
    alert = MonitorAlert.objects.get()
    for who, status in (("vera", 403), ("charlie", 404)):
        with pytest.raises(Problem) as problem:
            acknowledge(pk=alert.pk, note="Seen", by=cast.actor(who), at=AT)
        assert problem.value.status == status
    type(cast.max).objects.filter(pk=cast.max.pk).update(is_service=True)
    cast.max.refresh_from_db()
    with pytest.raises(Problem) as problem:
        acknowledge(pk=alert.pk, note="Seen", by=cast.actor("max"), at=AT)
    assert refused(problem)[:2] == (403, "not_a_person")
    done = acknowledge(pk=alert.pk, note="Looking into the feed", by=cast.actor("mona"), at=AT)
    assert (done.acknowledged_by, done.cleared_at) == (cast.mona, None)
    with pytest.raises(Problem) as problem:
        acknowledge(pk=alert.pk, note="Again", by=cast.actor("mona"), at=AT)
    assert refused(problem)[:2] == (409, "already_acknowledged")


def test_the_owner_hears_of_an_alert_once(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": SIGNIFICANT, "observed_on": back(7)})
    send(cast, row, {"counts": SIGNIFICANT})
    outbox.drain()
    told = Notice.objects.get(user=cast.mona)
    assert told.url == f"/governance/models/{row.model.ref}/monitoring/"
    assert tell_owner(alert_id=MonitorAlert.objects.get().pk, at=AT) == 0


def test_another_baseline_is_another_row_with_a_reason_and_old_answers_keep_theirs(cast: Cast) -> None:
    row = monitor(cast)
    (before,) = send(cast, row, {"counts": SIGNIFICANT, "observed_on": back(7)})
    with pytest.raises(Problem) as problem:
        fix_baseline(pk=row.pk, data=QUARTERS, source="Spring", by=cast.actor("mona"), at=AT)
    assert refused(problem) == (400, "required", "/because")
    fix_baseline(
        pk=row.pk, data={"counts": SIGNIFICANT}, source="Autumn", because="The product changed", by=cast.actor("mona"), at=AT
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.baseline_number, row.band, row.value) == (2, "", None)
    assert MonitorAlert.objects.get().cleared_at is None, "a new baseline hides no alert"
    (after,) = send(cast, row, {"counts": SIGNIFICANT})
    assert (before.observation.band, after.observation.band) == ("significant", "stable")
    assert MonitorAlert.objects.get().cleared_at is not None


def test_a_series_is_judged_with_what_came_before_it_however_it_arrives(cast: Cast) -> None:
    facts: dict[str, Any] = {
        "kind": "performance", "subject": "mae", "method": "cusum", "parameters": {"k": "0.5", "h": "5"},
        "baseline": {"data": {"target": 10}, "source": "Spring"},
    }  # fmt: skip
    model = sound_model(cast)
    together, apart = monitor(cast, model, name="A", **facts), monitor(cast, model, name="B", **facts)
    values = [9, 10, 12, 13, 12, 14, 11]
    rows = [{"value": value, "observed_on": back(30 - place)} for place, value in enumerate(values)]
    send(cast, together, *rows)
    for one in rows:
        send(cast, apart, one)
    told = [
        list(row.observations.order_by("observed_on").values_list("result", "band"))
        for row in (together, apart)
    ]
    assert told[0] == told[1]
    assert told[0][-1][1] == "significant"


def test_who_may_send_and_who_may_set_up(cast: Cast) -> None:
    row = monitor(cast)
    for who, status in (("vera", 403), ("alice", 403), ("charlie", 404), ("nobody", 404)):
        with pytest.raises(Problem) as problem:
            send(cast, row, {"counts": STABLE}, who=who)
        assert problem.value.status == status, who
        with pytest.raises(Problem) as problem:
            create_monitor(
                model_id=row.model_id,
                by=cast.actor(who),
                at=AT,
                name="X",
                kind="input_drift",
                subject="x",
                method="psi",
            )
        assert problem.value.status == status, who


def test_a_retired_monitor_or_model_takes_nothing_more(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": SIGNIFICANT})
    retire_monitor(pk=row.pk, because="The feature is gone", by=cast.actor("mona"), at=AT)
    assert MonitorAlert.objects.get().cleared_because == "It is watched no more."
    with pytest.raises(Problem) as problem:
        send(cast, row, {"counts": STABLE})
    assert refused(problem)[:2] == (409, "monitor_retired")
    other = monitor(cast, name="Other")
    AiModel.objects.filter(pk=other.model_id).update(stage="retired", retired_on=TODAY)
    with pytest.raises(Problem) as problem:
        send(cast, other, {"counts": STABLE})
    assert refused(problem)[:2] == (409, "model_retired")


def test_without_the_baseline_it_needs_a_monitor_takes_nothing(cast: Cast) -> None:
    row = monitor(cast, baseline=None)
    with pytest.raises(Problem) as problem:
        send(cast, row, {"counts": STABLE})
    assert refused(problem)[:2] == (409, "no_baseline")


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"kind": "mood"}, "/kind"),
        ({"method": "guess"}, "/method"),
        ({"parameters": {"eps": 2}}, "/parameters/eps"),
        ({"parameters": {"colour": 2}}, "/parameters/colour"),
        ({"method": "threshold", "parameters": {"limit": 1}}, "/parameters"),
        (
            {"method": "threshold", "parameters": {"limit": 1, "warn": 2, "worse": "above"}},
            "/parameters/warn",
        ),
        ({"method": "ewma", "parameters": {"lambda": 0, "L": 3}}, "/parameters/lambda"),
        ({"cadence_days": 0}, "/cadence_days"),
        ({"metric": "recall"}, "/metric"),
        ({"baseline": {"data": {"counts": [1]}, "source": ""}}, "/source"),
        ({"baseline": {"data": {"counts": [0]}, "source": "S"}}, "/counts"),
        ({"baseline": {"data": {"counts": [1, 2], "edges": [2, 1, 3]}, "source": "S"}}, "/edges"),
        ({"baseline": {"data": {}, "source": "S"}}, "/values"),
        ({"baseline": {"data": QUARTERS, "source": "S", "fixed_on": TODAY + timedelta(days=1)}}, "/fixed_on"),
    ],
)
def test_a_monitor_that_could_not_judge_is_refused_at_its_place(
    cast: Cast, facts: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Problem) as problem:
        monitor(cast, **facts)
    assert refused(problem)[0::2] == (400, pointer)
    assert not Monitor.objects.exists()


@pytest.mark.parametrize("table", [MonitorObservation, MonitorBaseline, MonitorAlert])
def test_the_database_refuses_to_rewrite_or_delete_what_arrived(cast: Cast, table: Any) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": SIGNIFICANT})
    changed: dict[Any, dict[str, Any]] = {
        MonitorObservation: {"band": "stable"},
        MonitorBaseline: {"data": {}},
        MonitorAlert: {"band": "stable"},
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.update(**changed[table])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table._meta.db_table}")


def test_a_thousand_observations_cost_the_statements_of_ten(cast: Cast) -> None:
    model = sound_model(cast)
    send(
        cast, monitor(cast, model, name="First of the day"), {"counts": STABLE}
    )  # the model hears of the day once
    costs = []
    for name, count in (("Ten", 10), ("Thousand", 1_000)):
        row = monitor(cast, model, name=name)
        rows = [{"counts": STABLE, "observed_on": back(n % 300), "source_key": f"k{n}"} for n in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            send(cast, row, *rows)
        costs.append(len(seen))
        assert row.observations.count() == count
    assert costs[0] == costs[1]


def test_the_page_reads_as_many_statements_for_one_monitor_as_for_ten(cast: Cast) -> None:
    model = sound_model(cast)
    costs: list[int] = []
    for number in range(10):
        row = monitor(cast, model, name=f"Monitor {number}")
        send(cast, row, {"counts": SIGNIFICANT}, {"counts": STABLE, "observed_on": back(3)})
        with CaptureQueriesContext(connection) as seen:
            assert len(monitors_of(model, TODAY)) == number + 1
        costs.append(len(seen))
    assert set(costs) == {costs[0]}


def test_every_act_is_in_the_log(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": SIGNIFICANT})
    acts = list(
        AuditEvent.objects.filter(object_type="monitor").order_by("pk").values_list("action", flat=True)
    )
    assert acts == ["monitor.set_up", "monitor.baseline_fixed", "monitor.observed", "monitor.alert_raised"]


def test_silence_is_twice_the_cadence_and_a_day(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": STABLE, "observed_on": back(20)})
    last = back(20)
    silent: list[date | None] = [
        monitors_of(row.model, last + timedelta(days=days))[0].silent_since for days in (13, 14, 15)
    ]
    assert silent == [None, None, last + timedelta(days=14)]
