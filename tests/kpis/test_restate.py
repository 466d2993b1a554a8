"""Restatements: what had been published stays on record beside what the record says now."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.access import system
from core.models import AuditEvent
from kpis.models import Kpi, Measurement, Restatement, StatusChange
from kpis.queries import answer_as_of, discrepancies
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_due, rebuild
from kpis.services.measure import withdraw_measurement
from kpis.services.states import pause_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, read, slip, trajectory

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
# 100 -> 200 in 100 days from 1 January 2026.
RISING: dict[str, Any] = {
    "shape": "trajectory", "direction": "higher", "baseline": Decimal(100), "baseline_on": date(2026, 1, 1),
    "target": Decimal(200), "target_on": date(2026, 4, 11), "cadence_days": 30,
}  # fmt: skip


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def rows(kpi: Kpi) -> list[tuple[date, str, str, Decimal | None, Decimal | None, int]]:
    found = Restatement.objects.filter(kpi=kpi).order_by("pk")
    return list(found.values_list("on", "was", "now", "was_value", "now_value", "cause_id"))


@pytest.fixture
def kpi(cast: Cast) -> Kpi:
    return make_kpi(claims_triage(cast), success=RISING, at=at(date(2026, 1, 1)))


def test_a_back_dated_bad_reading_restates_today_through_the_hysteresis(
    cast: Cast, api: Api, kpi: Kpi
) -> None:
    spoken, learnt = date(2026, 2, 20), date(2026, 2, 25)
    read(kpi, 141, spoken, at=at(spoken), by=cast.actor("alice"))
    kpi.refresh_from_db()
    assert (kpi.status, kpi.flags) == ("on_track", [])
    cause = read(kpi, 125, date(2026, 2, 10), at=at(learnt), by=cast.actor("bob")).measurement
    kpi.refresh_from_db()
    assert (kpi.status, kpi.flags) == ("at_risk", ["restated"])
    assert rows(kpi) == [(spoken, "on_track", "at_risk", Decimal(141), Decimal(141), cause.pk)]
    row = Restatement.objects.get()
    assert (row.recorded_at, row.recorded_by) == (at(learnt), cast.bob)
    shown = api("vera").get(f"/api/v1/kpis/{kpi.ref}/restatements/").json()["results"]
    assert [(one["on"], one["was"], one["now"], one["was_value"], one["cause"], one["recorded_by"]) for one in shown] == [
        ("2026-02-20", "on_track", "at_risk", "141", cause.pk, cast.bob.pk)
    ]  # fmt: skip
    # What was known before the reading came is told as it was, for ever.
    before = answer_as_of(kpi, as_of=date(2026, 2, 24), known_at=at(date(2026, 2, 24)))
    assert before is not None
    assert (before.answer.status, before.flags) == ("on_track", ())
    assert list(discrepancies(as_of=learnt)) == []


def test_the_ledger_is_added_to_and_never_rewritten(cast: Cast, kpi: Kpi) -> None:
    read(kpi, 141, date(2026, 2, 20), at=at(date(2026, 2, 20)))
    before = list(StatusChange.objects.order_by("pk").values())
    read(kpi, 125, date(2026, 2, 10), at=at(date(2026, 2, 25)))
    assert list(StatusChange.objects.order_by("pk").values())[: len(before)] == before
    assert list(StatusChange.objects.filter(kpi=kpi).order_by("pk").values_list("was", "now"))[-1] == ("on_track", "at_risk")  # fmt: skip


def test_a_correction_that_turns_a_status_names_both_values(cast: Cast, kpi: Kpi) -> None:
    day = date(2026, 2, 20)
    wrong = read(kpi, 100, day, at=at(day)).measurement
    right = read(kpi, 151, day, at=at(day, 11), supersedes=wrong.pk, note="wrong row").measurement
    assert rows(kpi) == [(day, "off_track", "on_track", Decimal(100), Decimal(151), right.pk)]


def test_a_correction_that_turns_no_status_restates_none(cast: Cast, kpi: Kpi) -> None:
    day = date(2026, 2, 20)
    wrong = read(kpi, 150, day, at=at(day)).measurement
    read(kpi, 151, day, at=at(day, 11), supersedes=wrong.pk, note="wrong row")
    assert rows(kpi) == []


def test_a_withdrawal_restates_its_day_and_its_cause_is_the_void_row(cast: Cast, api: Api, kpi: Kpi) -> None:
    day = date(2026, 2, 20)
    wrong = read(kpi, 100, day, at=at(day)).measurement
    void = withdraw_measurement(
        pk=wrong.pk, because="wrong", by=cast.actor("alice"), at=at(day, 12)
    ).measurement
    assert rows(kpi) == [(day, "off_track", "no_data", Decimal(100), None, void.pk)]


def test_a_newer_reading_restates_nothing_however_late_it_comes(cast: Cast, kpi: Kpi) -> None:
    read(kpi, 110, date(2026, 1, 11), at=at(date(2026, 1, 11)))
    read(kpi, 100, date(2026, 1, 31), at=at(date(2026, 3, 31)))
    assert rows(kpi) == []


def test_a_reading_of_the_window_that_comes_after_closing_restates_the_outcome(cast: Cast, kpi: Kpi) -> None:
    read(kpi, 190, date(2026, 4, 5), at=at(date(2026, 4, 5)))
    evaluate_due(at=at(date(2026, 5, 4)))
    kpi.refresh_from_db()
    assert (kpi.status, kpi.reason) == ("missed", "closed")
    late = read(kpi, 201, date(2026, 4, 20), at=at(date(2026, 5, 5))).measurement
    kpi.refresh_from_db()
    assert (kpi.status, kpi.flags) == ("achieved", ["exceeded", "restated"])
    assert rows(kpi) == [(date(2026, 4, 26), "missed", "achieved", Decimal(190), Decimal(201), late.pk)]


def test_readings_in_bulk_restate_when_they_are_folded_and_name_who_sent_them(cast: Cast, kpi: Kpi) -> None:
    read(kpi, 141, date(2026, 2, 20), at=at(date(2026, 2, 20)))
    sent: list[object] = [
        {"kpi": kpi.pk, "observed_on": f"2026-02-{day}", "value": value} for day, value in (("05", 136), (10, 125))
    ]  # fmt: skip
    found = record_many(rows=sent, atomic=True, by=cast.actor("bob"), at=at(date(2026, 2, 25)))
    assert rows(kpi) == []
    evaluate_due(at=at(date(2026, 2, 25), 10))
    assert rows(kpi) == [(date(2026, 2, 20), "on_track", "at_risk", Decimal(141), Decimal(141), found[1].id)]
    row = Restatement.objects.get()
    assert (row.recorded_by, row.recorded_at) == (cast.bob, at(date(2026, 2, 25)))
    rebuild(at=at(date(2026, 2, 26)))
    assert len(rows(kpi)) == 1
    kpi.refresh_from_db()
    assert kpi.flags == ["restated"]


def test_a_first_load_of_a_history_restates_nothing(cast: Cast, kpi: Kpi) -> None:
    sent: list[object] = [
        {"kpi": kpi.pk, "observed_on": str(date(2026, 3, 1) - timedelta(days=n)), "value": 100 + n % 40}
        for n in range(50)
    ]
    record_many(rows=sent, atomic=True, by=system(), at=at(date(2026, 3, 2)))
    evaluate_due(at=at(date(2026, 3, 2), 10))
    assert rows(kpi) == []


def test_days_of_a_pause_are_not_restated(cast: Cast, kpi: Kpi) -> None:
    read(kpi, 125, date(2026, 2, 1), at=at(date(2026, 2, 1)))
    pause_kpi(
        pk=kpi.pk, until=date(2026, 2, 28), because="moving", by=cast.actor("alice"), at=at(date(2026, 2, 10))
    )
    wrong = read(kpi, 100, date(2026, 2, 20), at=at(date(2026, 2, 20))).measurement
    evaluate_due(at=at(date(2026, 3, 2)))
    read(kpi, 151, date(2026, 2, 20), at=at(date(2026, 3, 2)), supersedes=wrong.pk, note="typo")
    assert rows(kpi) == []


def test_correcting_back_restates_again_and_nothing_is_taken_away(cast: Cast, kpi: Kpi) -> None:
    day = date(2026, 2, 20)
    one = read(kpi, 151, day, at=at(day)).measurement
    two = read(kpi, 100, day, at=at(day, 10), supersedes=one.pk, note="typo").measurement
    read(kpi, 151, day, at=at(day, 11), supersedes=two.pk, note="it was right")
    assert [(was, now) for _, was, now, *_ in rows(kpi)] == [
        ("on_track", "off_track"),
        ("off_track", "on_track"),
    ]


def test_a_second_reading_of_a_day_restates_it(cast: Cast, kpi: Kpi) -> None:
    day = date(2026, 2, 20)
    read(kpi, 100, day, at=at(day))
    again = read(kpi, 151, day, at=at(day, 11)).measurement
    assert rows(kpi) == [(day, "off_track", "on_track", Decimal(100), Decimal(151), again.pk)]


def test_a_correction_under_an_earlier_measure_restates_the_days_that_were_judged_by_it(
    cast: Cast, kpi: Kpi
) -> None:
    wrong = read(kpi, 100, date(2026, 2, 1), at=at(date(2026, 2, 1))).measurement
    slip(kpi, cast, at=at(date(2026, 2, 10)), formula="counted otherwise")
    read(kpi, 151, date(2026, 2, 20), at=at(date(2026, 2, 20)))
    right = read(
        kpi, 140, date(2026, 2, 1), at=at(date(2026, 2, 21)), supersedes=wrong.pk, note="typo"
    ).measurement
    assert rows(kpi) == [(date(2026, 2, 1), "off_track", "on_track", Decimal(100), Decimal(140), right.pk)]
    kpi.refresh_from_db()
    assert (kpi.status, kpi.last_value) == ("on_track", Decimal(151))
    assert list(discrepancies(as_of=date(2026, 2, 21))) == []


def test_a_restatement_is_told_on_the_log_of_the_initiative(cast: Cast, kpi: Kpi) -> None:
    day = date(2026, 2, 20)
    wrong = read(kpi, 100, day, at=at(day), by=cast.actor("alice")).measurement
    read(kpi, 151, day, at=at(day, 11), by=cast.actor("bob"), supersedes=wrong.pk, note="typo")
    event = AuditEvent.objects.get(action="kpi.restated")
    assert (event.before["status"], event.after["status"], event.after["on"]) == (
        "off_track",
        "on_track",
        str(day),
    )
    assert (event.actor_id, event.initiative_id) == (cast.bob.pk, kpi.initiative_id)


def test_a_restatement_may_only_be_read(cast: Cast, api: Api, kpi: Kpi) -> None:
    url = f"/api/v1/kpis/{kpi.ref}/restatements/"
    for method in ("post", "put", "patch", "delete"):
        assert getattr(api("max"), method)(url, {}).status_code in {403, 405}
    assert api("charlie").get(url).status_code == 404
    assert api("vera").get(f"{url}?on__gte=tomorrow").status_code == 400


def test_the_reading_that_restated_cannot_be_deleted_from_under_it(cast: Cast, kpi: Kpi) -> None:
    day = date(2026, 2, 20)
    wrong = read(kpi, 100, day, at=at(day)).measurement
    read(kpi, 151, day, at=at(day, 11), supersedes=wrong.pk, note="typo")
    assert Measurement.objects.filter(pk=Restatement.objects.get().cause_id).exists()
    on_delete: Any = Restatement._meta.get_field("cause").remote_field.on_delete
    assert on_delete.__name__ == "PROTECT"


def test_a_status_turned_today_through_the_usual_kpi(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), success=trajectory())
    wrong = read(kpi, "9.9", TODAY).measurement
    read(kpi, "5.4", TODAY, supersedes=wrong.pk, note="typo", at=AT + timedelta(minutes=1))
    assert [(on, was, now) for on, was, now, *_ in rows(kpi)] == [(TODAY, "off_track", "on_track")]
