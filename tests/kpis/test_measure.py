"""One reading: what it changes, who may record it, and what is refused."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from core.models import AuditEvent
from domain.kpi import Flag
from kpis.models import Kpi, Measurement, StatusChange
from kpis.services.measure import record_measurement
from kpis.services.states import retire_kpi
from portfolio.models import Flag as OpenFlag
from portfolio.models import Initiative
from portfolio.services import tallies
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, trajectory, version_of

URL = "/api/v1/measurements/"
Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


def body(kpi: Kpi, **more: object) -> dict[str, object]:
    return {"kpi": kpi.ref, "observed_on": "2026-11-20", "value": "5.8", **more}


def test_a_reading_changes_the_kpi_the_initiative_and_the_flags_in_one_request(
    cast: Cast, api: Api, frozen: object
) -> None:
    initiative = claims_triage(cast)
    kpi = make_kpi(initiative)
    answer = api("alice").post(URL, body(kpi, value="9.5"))
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"{URL}{answer.json()['id']}/")
    kpi.refresh_from_db()
    initiative.refresh_from_db()
    assert (kpi.status, kpi.last_value, kpi.last_observed_on) == (
        "off_track",
        Decimal("9.5"),
        date(2026, 11, 20),
    )
    assert (initiative.kpi_status, initiative.kpi_reason) == ("off_track", "primary_kpi_off_track")
    flag = OpenFlag.objects.get(subject_type="kpi", subject_id=kpi.pk, cleared_at=None)
    assert flag.rule == "kpi_off_track"
    assert flag.severity == 3
    assert "points behind plan" in flag.sentence
    assert flag.owner == cast.alice


def test_a_reading_stands_in_the_summary_at_once_though_everything_was_counted_before(
    cast: Cast, api: Api, frozen: object
) -> None:
    kpi = make_kpi(claims_triage(cast))
    tallies.refresh(at=AT)
    before = api("edith").get("/api/v1/portfolio/summary/").json()
    assert api("alice").post(URL, body(kpi, value="9.5")).status_code == 201
    after = api("edith").get("/api/v1/portfolio/summary/").json()
    assert (before["kpi_status"]["off_track"], after["kpi_status"]["off_track"]) == (0, 1)
    assert tallies.unlike_the_records(at=AT) == []


def test_a_better_reading_clears_the_flag_and_keeps_it_as_history(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    read(kpi, 9.5, TODAY - timedelta(days=20))
    read(kpi, 5.0)
    assert not OpenFlag.objects.filter(subject_id=kpi.pk, subject_type="kpi", cleared_at=None).exists()
    assert OpenFlag.objects.filter(subject_id=kpi.pk, rule="kpi_off_track").count() == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("alice", 201),
        ("bob", 201),
        ("charlie", 404),
        ("dana", 403),
        ("edith", 403),
        ("max", 201),
        ("vera", 403),
    ],
)
def test_only_those_who_work_on_it_measure(cast: Cast, api: Api, who: str, status: int) -> None:
    kpi = make_kpi(claims_triage(cast))
    make_initiative(cast.retail, "Something else", lead=cast.charlie)
    answer = api(who).post(URL, body(kpi))
    assert answer.status_code == status
    assert Measurement.objects.count() == (1 if status == 201 else 0)


def test_nobody_measures_without_signing_in(cast: Cast) -> None:
    assert APIClient().post(URL, body(make_kpi(claims_triage(cast)))).status_code == 401


def test_a_hidden_kpi_and_an_unknown_one_are_refused_alike(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    make_initiative(cast.retail, "Something else", lead=cast.charlie)
    hidden = api("charlie").post(URL, body(kpi)).json()
    unknown = api("charlie").post(URL, {**body(kpi), "kpi": 987_654}).json()
    for answer in (hidden, unknown):
        answer.pop("request_id")
    assert hidden == unknown


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"value": "NaN"}, "/value"),
        ({"value": "Infinity"}, "/value"),
        ({"value": "1e400"}, "/value"),
        ({"value": "1e308"}, "/value"),
        ({"value": "1e-400"}, "/value"),
        ({"value": "0.0000000000001"}, "/value"),
        ({"value": "123456789012345678901234567"}, "/value"),
        ({"value": "1_000"}, "/value"),
        ({"value": "twelve"}, "/value"),
        ({"value": True}, "/value"),
        ({"value": None}, "/value"),
        ({"value": []}, "/value"),
        ({"observed_on": "0001-01-01"}, "/observed_on"),
        ({"observed_on": "9999-12-31"}, "/observed_on"),
        ({"observed_on": "2026-02-29"}, "/observed_on"),
        ({"observed_on": "24.11.2026"}, "/observed_on"),
        ({"observed_on": "2026-11-20T10:00:00Z"}, "/observed_on"),
        ({"kpi": "AI-0001"}, "/kpi"),
        ({"kpi": -1}, "/kpi"),
        ({"kpi": 10**30}, "/kpi"),
        ({"kpi": True}, "/kpi"),
        ({"source_key": "x" * 201}, "/source_key"),
        ({"note": "\x00"}, ""),
        ({"recorded_at": "2026-01-01T00:00:00Z"}, "/recorded_at"),
        ({"void": True}, "/void"),
        ({"recorded_by": 1}, "/recorded_by"),
        ({"supersedes": 10**30}, "/supersedes"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(
    cast: Cast, api: Api, wrong: dict[str, object], pointer: str
) -> None:
    kpi = make_kpi(claims_triage(cast))
    answer = api("alice").post(URL, {**body(kpi), **wrong})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert pointer in {error["pointer"] for error in answer.json()["errors"]} | {""}
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("missing", ["kpi", "observed_on", "value"])
def test_what_is_missing_is_named(cast: Cast, api: Api, missing: str) -> None:
    said = body(make_kpi(claims_triage(cast)))
    said.pop(missing)
    answer = api("alice").post(URL, said)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{missing}"


@pytest.mark.parametrize(
    "value",
    ["12345678901234567890123456.123456789012", "-0.000000000001", "0.3", "1E+3", "1000000.5000", "-0"],
)
def test_a_number_comes_back_exactly(cast: Cast, api: Api, value: str) -> None:
    kpi = make_kpi(claims_triage(cast))
    made = api("alice").post(URL, body(kpi, value=value))
    assert made.status_code == 201
    stored = Measurement.objects.get().value
    assert stored == Decimal(value)
    shown = api("alice").get(f"{URL}{made.json()['id']}/").json()["value"]
    assert Decimal(shown) == Decimal(value)
    assert "E" not in shown
    kpi.refresh_from_db()
    assert kpi.last_value == Decimal(value)


def test_a_json_number_is_read_as_written_and_never_as_a_binary_float(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    raw = f'{{"kpi": {kpi.pk}, "observed_on": "2026-11-20", "value": 0.1234567890123}}'
    assert api("alice").post(URL, raw, content_type="application/json").status_code == 400  # 13 places
    raw = raw.replace("0.1234567890123", "0.123456789012")
    assert api("alice").post(URL, raw, content_type="application/json").json()["value"] == "0.123456789012"


def test_a_future_reading_is_kept_and_flagged_and_speaks_on_its_day(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    read(kpi, 6.5, TODAY - timedelta(days=5))
    read(kpi, 9.9, TODAY + timedelta(days=10))
    kpi.refresh_from_db()
    assert kpi.status == "at_risk"
    assert Flag.FUTURE_DATED in kpi.flags
    assert kpi.valid_until == TODAY + timedelta(days=9)


def test_the_same_reading_sent_twice_is_heard_once(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    said = body(kpi, source="guidewire", source_key="2026-11-20")
    first = api("alice").post(URL, said)
    again = api("bob").post(URL, {**said, "value": "5.80"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Measurement.objects.count() == 1
    assert AuditEvent.objects.filter(action="measurement.recorded").count() == 1


@pytest.mark.parametrize("other", [{"value": "5.9"}, {"observed_on": "2026-11-19"}])
def test_the_same_key_with_another_reading_is_refused(cast: Cast, api: Api, other: dict[str, str]) -> None:
    kpi = make_kpi(claims_triage(cast))
    said = body(kpi, source="guidewire", source_key="2026-11-20")
    api("alice").post(URL, said)
    answer = api("alice").post(URL, {**said, **other})
    assert answer.status_code == 409
    assert answer.json()["code"] == "source_key_used"
    assert "5.8 on 2026-11-20" in answer.json()["detail"]
    assert Measurement.objects.count() == 1


def test_one_key_may_name_readings_of_two_kpis_and_of_two_sources(cast: Cast) -> None:
    initiative = claims_triage(cast)
    one, two = make_kpi(initiative), make_kpi(initiative, "Another")
    for kpi, source in ((one, "a"), (one, "b"), (two, "a")):
        assert read(kpi, 5, source=source, source_key="k").created


def test_an_idempotency_key_gives_the_first_answer_again(cast: Cast, api: Api) -> None:
    said = body(make_kpi(claims_triage(cast)))
    first = api("alice").post(URL, said, headers={"Idempotency-Key": "one"})
    again = api("alice").post(URL, said, headers={"Idempotency-Key": "one"})
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert Measurement.objects.count() == 1


def test_a_correction_replaces_a_reading_and_both_stay(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    first = api("alice").post(URL, body(kpi, value="9.9")).json()
    answer = api("alice").post(
        URL, body(kpi, value="5.4", supersedes=first["id"], note="Typed the wrong row.")
    )
    assert answer.status_code == 201
    kpi.refresh_from_db()
    assert (kpi.last_value, kpi.status) == (Decimal("5.4"), "on_track")
    assert Measurement.objects.count() == 2
    assert api("alice").get(f"{URL}{first['id']}/").json()["superseded_by"] == answer.json()["id"]
    event = AuditEvent.objects.get(action="measurement.corrected")
    assert event.reason == "Typed the wrong row."
    assert event.before["value"] == "9.9" or Decimal(event.before["value"]) == Decimal("9.9")


def test_a_correction_says_why(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    first = read(kpi, 9.9).measurement
    answer = api("alice").post(URL, body(kpi, supersedes=first.pk))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/note"


def test_a_correction_that_changes_nothing_writes_nothing(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    first = read(kpi, 9.9).measurement
    again = read(kpi, 9.9, supersedes=first.pk, note="the same")
    assert not again.created
    assert again.measurement == first


def test_a_reading_is_corrected_once_and_then_its_correction_is(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    first = read(kpi, 9.9).measurement
    second = read(kpi, 8.8, supersedes=first.pk, note="typo").measurement
    with pytest.raises(Problem) as refused:
        read(kpi, 7.7, supersedes=first.pk, note="typo")
    assert (refused.value.status, refused.value.code) == (409, "already_replaced")
    assert str(second.pk) in refused.value.detail
    assert read(kpi, 7.7, supersedes=second.pk, note="typo").created


def test_another_kpis_reading_cannot_be_corrected_through_this_one(cast: Cast) -> None:
    initiative = claims_triage(cast)
    one, two = make_kpi(initiative), make_kpi(initiative, "Another")
    foreign = read(two, 5).measurement
    with pytest.raises(Problem) as refused:
        read(one, 4, supersedes=foreign.pk, note="typo")
    assert (refused.value.status, refused.value.items[0].code) == (400, "does_not_exist")


def test_a_retired_kpi_takes_no_more_readings(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    retire_kpi(pk=kpi.pk, because="The process is gone.", by=system(), at=AT)
    with pytest.raises(Problem) as refused:
        read(kpi, 5)
    assert (refused.value.status, refused.value.code) == (409, "kpi_retired")


def test_every_reading_is_on_the_audit_log_with_who_and_through_which_door(cast: Cast, api: Api) -> None:
    kpi = make_kpi(claims_triage(cast))
    api("bob").post(URL, body(kpi))
    event = AuditEvent.objects.get(action="measurement.recorded")
    assert (event.actor_id, event.via, event.initiative_id) == (cast.bob.pk, "api", kpi.initiative_id)
    assert event.after["kpi"] == kpi.ref


def test_the_ledger_names_reading_and_version(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    reading = read(kpi, 9.9).measurement
    row = StatusChange.objects.filter(kpi=kpi).first()
    assert row is not None
    assert (row.was, row.now, row.on) == ("no_data", "off_track", TODAY)
    assert (row.measurement_id, row.kpi_version_id) == (reading.pk, kpi.current_id)


def test_a_reading_without_effect_on_the_status_leaves_no_row_in_the_ledger(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    read(kpi, 9.9, TODAY - timedelta(days=1))
    count = StatusChange.objects.count()
    read(kpi, 9.8)
    assert StatusChange.objects.count() == count


def test_one_more_reading_costs_the_same_after_three_and_after_three_hundred(
    cast: Cast, at: datetime
) -> None:
    initiative = claims_triage(cast)
    few, many = make_kpi(initiative, "Few"), make_kpi(initiative, "Many")
    days = [TODAY - timedelta(days=back) for back in range(300, 0, -1)]
    for kpi, past in ((few, days[-3:]), (many, days)):
        Measurement.objects.bulk_create(
            Measurement(
                kpi=kpi, kpi_version=version_of(kpi), observed_on=on, value=Decimal("5.5"), recorded_at=at
            )
            for on in past
        )
        read(kpi, 5.5, days[-1], source_key="refold")
    counted = []
    for kpi in (few, many):
        rows = counting(lambda kpi=kpi: read(kpi, 5.4))  # type: ignore[misc]
        assert not any(
            "ORDER BY" in sql and "kpis_measurement" in sql and "supersedes_id" in sql for sql in rows
        )
        counted.append(len(rows))
    assert counted[0] == counted[1]


def counting(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        work()
    return [query["sql"] for query in seen.captured_queries]


def test_two_kpis_of_one_initiative_are_rolled_up_together(cast: Cast) -> None:
    initiative = claims_triage(cast)
    first = make_kpi(initiative)
    second = make_kpi(
        initiative,
        "Reopened claims",
        primary=False,
        success=trajectory(direction="higher", target=Decimal(20)),
    )
    read(first, 5.2)
    read(second, 20)
    initiative.refresh_from_db()
    assert initiative.kpi_status == "on_track"
    read(first, 5.0, note="better", supersedes=Measurement.objects.get(kpi=first).pk)
    initiative.refresh_from_db()
    assert initiative.kpi_status == "achieved"
    assert Initiative.objects.get(pk=initiative.pk).kpi_since == TODAY


def test_the_service_asks_for_the_right_itself(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    for who, status in (("charlie", 404), ("dana", 403)):
        with pytest.raises(Problem) as refused:
            record_measurement(kpi_id=kpi.pk, observed_on=TODAY, value=Decimal(1), by=cast.actor(who), at=AT)
        assert refused.value.status == status
