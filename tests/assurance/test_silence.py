"""A monitor that fell silent, or never spoke, is flagged; an alert nobody saw stays until a person says that they did."""

from datetime import timedelta
from typing import Any

import pytest

from assurance.models import Monitor, MonitorAlert
from assurance.services.alerts import acknowledge
from assurance.services.monitors import edit_monitor, fix_baseline, retire_monitor
from assurance.services.silence import hear_monitors
from core.errors import Problem
from domain.data_readiness import data_due
from governance.services.inventory import retire_model
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

SILENT, UNSEEN = "monitor_silent", "alert_unacknowledged"


def later(days: int) -> Any:
    return AT + timedelta(days=days)


def flags(rule: str, row: Monitor | None = None) -> list[Flag]:
    rows = Flag.objects.open().filter(subject_type="monitor", rule=rule)
    return list(rows.filter(subject_id=row.pk) if row else rows)


# Silence


@pytest.mark.pure
def test_data_is_due_twice_its_cadence_after_the_last_or_after_watching_began() -> None:
    assert data_due(7, since=back(30), last=back(10)) == back(10) + timedelta(days=14)
    assert data_due(7, since=back(30)) == back(16)
    assert data_due(7, since=back(30), baseline=back(20)) == back(6)
    assert data_due(7, since=back(30), baseline=back(200)) == back(16)


@pytest.mark.parametrize(("days", "silent"), [(14, False), (15, True)])
def test_a_monitor_that_never_sent_anything_is_silent_by_its_day(days: int, silent: bool, cast: Cast) -> None:
    row = monitor(cast, sound_model(cast, risk_tier=1))
    hear_monitors(at=later(days))
    row.refresh_from_db()
    assert bool(flags(SILENT)) is silent
    assert (row.silent_since == TODAY + timedelta(days=15)) is silent
    if silent:
        flag = flags(SILENT)[0]
        assert (flag.severity, flag.owner, flag.since) == (3, cast.mona, TODAY + timedelta(days=15))
        assert flag.sentence == "Age of the claim never sent data; data is expected every 7 days."


def test_another_monitor_that_speaks_hides_no_silence(cast: Cast) -> None:
    model = sound_model(cast)
    quiet, loud = monitor(cast, model), performance(cast, model)
    send(cast, quiet, {"counts": STABLE})
    send(cast, loud, {"value": "0.95", "observed_on": TODAY + timedelta(days=20)}, at=later(20))
    assert hear_monitors(at=later(20)).changed == 1
    assert flags(SILENT, quiet)
    assert not flags(SILENT, loud)
    assert hear_monitors(at=later(20)).changed == 0


def test_data_ends_a_silence_and_data_of_long_past_days_does_not(cast: Cast) -> None:
    row = monitor(cast)
    hear_monitors(at=later(20))
    send(cast, row, {"counts": STABLE, "observed_on": TODAY + timedelta(days=1)}, at=later(20))
    assert flags(SILENT)
    send(cast, row, {"counts": SIGNIFICANT, "observed_on": TODAY + timedelta(days=20)}, at=later(20))
    assert not flags(SILENT)
    assert flags("input_drift"), "its alert is a flag of its own"
    row.refresh_from_db()
    assert (row.silent_since, row.due_on) == (None, TODAY + timedelta(days=34))


def test_a_silent_monitor_that_sends_an_alarm_of_an_old_day_has_both_flags(cast: Cast) -> None:
    row = monitor(cast)
    hear_monitors(at=later(30))
    send(cast, row, {"counts": SIGNIFICANT, "observed_on": TODAY + timedelta(days=1)}, at=later(30))
    assert flags(SILENT)
    assert flags("input_drift")


def test_sending_days_long_past_raises_no_silence_on_the_way(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": STABLE, "observed_on": back(60)})
    assert not flags(SILENT)
    hear_monitors(at=AT)
    assert flags(SILENT), "its data is sixty days old"


@pytest.mark.parametrize("how", ["retired", "no cadence", "a longer cadence"])
def test_whoever_expects_no_data_any_more_ends_the_silence(how: str, cast: Cast) -> None:
    row = monitor(cast)
    hear_monitors(at=later(20))
    assert flags(SILENT)
    if how == "retired":
        retire_monitor(pk=row.pk, because="Feature dropped.", by=cast.actor("mona"), at=later(20))
    else:
        cadence = None if how == "no cadence" else 30
        edit_monitor(pk=row.pk, by=cast.actor("mona"), at=later(20), cadence_days=cadence)
    assert not flags(SILENT)
    assert hear_monitors(at=later(20)).changed == 0


def test_another_baseline_does_not_make_a_monitor_forget_its_last_data(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": STABLE, "observed_on": back(5)})
    given: Any = {"data": QUARTERS, "fixed_on": back(40), "source": "Autumn", "because": "New season."}
    fix_baseline(pk=row.pk, by=cast.actor("mona"), at=AT, **given)
    row.refresh_from_db()
    assert (row.observed_on, row.due_on) == (None, back(5) + timedelta(days=14))


def test_flags_of_the_monitors_of_a_retired_model_are_cleared(cast: Cast) -> None:
    model = sound_model(cast)
    monitor(cast, model)
    hear_monitors(at=later(20))
    retire_model(pk=model.pk, because="Replaced.", by=cast.actor("max"), at=later(20), orderly=True)
    assert hear_monitors(at=later(20)).changed == 1
    assert not flags(SILENT)
    assert hear_monitors(at=later(40)).changed == 0


def test_the_monitoring_page_says_that_nothing_ever_came(cast: Cast, signed_in: Any, frozen: Any) -> None:
    row = monitor(cast)
    frozen(later(20))
    text = signed_in("mona").get(f"/governance/models/{row.model.ref}/monitoring/").content.decode()
    assert "is silent: nothing ever came, expected every 7 days" in text


# Alerts nobody saw


def test_an_alert_that_clears_unseen_stays_flagged_until_somebody_acknowledges_it(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": SIGNIFICANT})
    assert not flags(UNSEEN)
    send(cast, row, {"counts": STABLE})
    alert = MonitorAlert.objects.get()
    flag = flags(UNSEEN)[0]
    assert (alert.cleared_because, flag.severity, flag.owner) == ("The data is stable again.", 2, cast.mona)
    done = acknowledge(pk=alert.pk, note="A load ran twice that day.", by=cast.actor("mona"), at=AT)
    assert (done.acknowledged_by, bool(flags(UNSEEN))) == (cast.mona, False)
    with pytest.raises(Problem) as problem:
        acknowledge(pk=alert.pk, note="Again", by=cast.actor("mona"), at=AT)
    assert refused(problem)[:2] == (409, "already_acknowledged")


def test_an_alert_seen_in_time_leaves_no_flag_and_stages_of_one_condition_are_seen_together(
    cast: Cast,
) -> None:
    row = monitor(cast)
    for days, counts in ((13, MODERATE), (6, SIGNIFICANT)):
        send(cast, row, {"counts": counts, "observed_on": back(days)})
    acknowledge(pk=MonitorAlert.objects.latest("pk").pk, note="On it.", by=cast.actor("mona"), at=AT)
    send(cast, row, {"counts": STABLE})
    assert not flags(UNSEEN)


def test_retiring_a_monitor_hides_no_alert_nobody_saw(cast: Cast) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": MODERATE})
    retire_monitor(pk=row.pk, because="Feature dropped.", by=cast.actor("mona"), at=AT)
    assert [flag.severity for flag in flags(UNSEEN)] == [1]
    acknowledge(pk=MonitorAlert.objects.get().pk, note="Dropped for that.", by=cast.actor("mona"), at=AT)
    assert not flags(UNSEEN)


def test_the_page_offers_to_acknowledge_what_cleared_unseen(cast: Cast, signed_in: Any, frozen: Any) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": SIGNIFICANT})
    send(cast, row, {"counts": STABLE})
    alert = MonitorAlert.objects.get()
    address = f"/governance/models/{row.model.ref}/monitoring/"
    client = signed_in("mona")
    link = f"?act=acknowledge&amp;row={alert.pk}#act"
    assert link in client.get(address).content.decode()
    sent = client.post(address, {"act": "acknowledge", "row": alert.pk, "note": "A load ran twice."})
    assert sent.status_code == 302
    assert link not in client.get(address).content.decode()
