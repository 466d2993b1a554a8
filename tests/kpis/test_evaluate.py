"""Asking again: only what changed is written, nothing is lost when a worker dies, and one bad KPI keeps no other back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import outbox
from core.access import system
from core.models import AuditEvent, Heartbeat, Outbox
from kpis.models import Arrival, Kpi, KpiFold, Measurement, Outlook, StatusChange
from kpis.queries import discrepancies
from kpis.services import answers, claiming, evaluate, judge, publish
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_all, evaluate_due, owe_refold, rebuild, sweep
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, tamper, trajectory, version_of

pytestmark = pytest.mark.django_db


def statements(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        work()
    return [query["sql"] for query in seen.captured_queries]


def stored() -> list[tuple[Any, ...]]:
    """Everything an evaluation writes, but for the moments."""
    kpis = Kpi.objects.order_by("pk").values_list(
        "pk", "status", "reason", "progress", "valid_until", "status_since"
    )
    changes = StatusChange.objects.order_by("pk").values_list("kpi", "was", "now", "on")
    flags = Flag.objects.order_by("pk").values_list("rule", "sentence", "since", "cleared_because")
    rolled = Initiative.objects.order_by("pk").values_list("pk", "kpi_status", "kpi_reason", "kpi_since")
    return [*kpis, *changes, *flags, *rolled]


@pytest.fixture
def kpis(cast: Cast) -> list[Kpi]:
    """Six KPIs in three initiatives, each with a reading."""
    made = []
    for number in range(3):
        initiative = make_initiative(cast.claims, f"Number {number}", lead=cast.alice)
        for name, value in (("One", "5.5"), ("Two", "9.0")):
            kpi = make_kpi(
                initiative, name, primary=name == "One", success=trajectory(target_on=date(2027, 12, 31))
            )
            read(kpi, value, TODAY - timedelta(days=number))
            made.append(kpi)
    return made


def test_nothing_due_writes_nothing_and_asks_little(kpis: list[Kpi]) -> None:
    evaluate_due(at=AT)
    before = stored()
    asked = statements(lambda: evaluate_due(at=AT))
    assert stored() == before
    assert len([sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE"))]) <= 4
    assert not any(sql.startswith(("INSERT", "DELETE")) for sql in asked)


def test_what_expired_is_looked_up_without_reading_a_measurement(kpis: list[Kpi]) -> None:
    later = AT + timedelta(days=44)
    asked = statements(lambda: evaluate_due(at=later))
    assert not any("kpis_measurement" in sql or "kpis_kpifold" in sql for sql in asked)
    # Those last read two days before the others are stale, no other is.
    stale = set(Kpi.objects.filter(status="stale").values_list("pk", flat=True))
    assert stale == {kpis[4].pk, kpis[5].pk}


def test_the_sweep_costs_the_same_for_two_and_for_forty_that_expire(cast: Cast, at: datetime) -> None:
    counted = []
    for count, days in ((2, 36), (40, 41)):
        initiative = make_initiative(cast.claims, f"With {count}")
        for number in range(count):
            kpi = make_kpi(initiative, f"KPI {number}", success=trajectory(target_on=date(2028, 12, 31)))
            read(kpi, "9.0", TODAY - timedelta(days=46 - days))
        later = at + timedelta(days=days)
        counted.append(len(statements(lambda later=later: evaluate_due(at=later))))  # type: ignore[misc]
        assert Kpi.objects.filter(initiative=initiative, status="stale").count() == count
    # A prepared statement of SQLite counts once for each row it is given.
    assert counted[1] <= counted[0] + (0 if connection.vendor == "postgresql" else 4)


def test_evaluating_twice_late_or_side_by_side_gives_the_same(kpis: list[Kpi]) -> None:
    later = AT + timedelta(days=60)
    evaluate_due(at=later)
    once = stored()
    assert evaluate_due(at=later).changed == 0
    assert evaluate_all(at=later).changed == 0
    assert rebuild(at=later).changed == 0
    assert stored() == once


def test_evaluating_all_writes_only_what_differs(kpis: list[Kpi]) -> None:
    events = AuditEvent.objects.count()
    assert evaluate_all(at=AT).changed == 0
    assert AuditEvent.objects.count() == events
    done = evaluate_all(at=AT + timedelta(days=44))
    assert done.changed == 2


def test_a_past_day_is_looked_up_and_today_comes_back(kpis: list[Kpi]) -> None:
    today = stored()[:6]
    done = evaluate_all(at=AT, as_of=date(2026, 6, 1))
    assert done.folded == 6
    assert set(Kpi.objects.values_list("status", flat=True)) == {"no_data"}
    evaluate_due(at=AT)
    assert [row[:5] for row in stored()[:6]] == [row[:5] for row in today]


def test_a_kpi_that_was_never_judged_is_found_by_evaluating_all(kpis: list[Kpi]) -> None:
    KpiFold.objects.all().delete()
    Outlook.objects.all().delete()
    Kpi.objects.update(judged_on=None, status="not_started", valid_until=None)
    assert evaluate_all(at=AT).folded == 6
    assert Kpi.objects.filter(status="not_started").count() == 0
    assert answers.unlike_the_outlook(TODAY) == []


def test_an_answer_written_past_the_services_is_found_by_the_proof(kpis: list[Kpi]) -> None:
    assert answers.unlike_the_outlook(TODAY) == []
    Kpi.objects.filter(pk=kpis[2].pk).update(progress=Decimal("0.123456"))
    assert answers.unlike_the_outlook(TODAY) == [kpis[2].pk]


def test_a_fold_that_went_wrong_is_found_by_recomputing_everything(kpis: list[Kpi]) -> None:
    assert list(discrepancies(as_of=TODAY)) == []
    tamper("UPDATE kpis_measurement SET value = '5.0' WHERE kpi_id = %s", [kpis[3].pk])
    ((kpi, wrong),) = discrepancies(as_of=TODAY)
    assert kpi == kpis[3]
    assert {"status", "progress", "shortfall"} <= set(wrong)
    owe_refold([kpi.pk])
    assert list(discrepancies(as_of=TODAY)) == []
    evaluate_due(at=AT)
    assert list(discrepancies(as_of=TODAY)) == []


def test_readings_written_by_a_load_are_judged_once_it_says_so(kpis: list[Kpi]) -> None:
    kpi = kpis[0]
    Measurement.objects.create(
        kpi=kpi, kpi_version=version_of(kpi), observed_on=TODAY, value=Decimal("9.9"), recorded_at=AT
    )
    owe_refold([kpi.pk])
    assert evaluate_due(at=AT).folded == 1
    kpi.refresh_from_db()
    assert kpi.status == "off_track"


class TestDyingInTheMiddle:
    """A worker killed anywhere: what it had not committed is still owed, and nothing is done twice."""

    @pytest.mark.parametrize("place", ["publish", "_store", "insert_rows"])
    def test_of_folding(self, kpis: list[Kpi], monkeypatch: pytest.MonkeyPatch, place: str) -> None:
        rows: list[object] = [
            {
                "kpi": kpi.pk,
                "observed_on": str(TODAY),
                "value": "9.9",
                "source": "p",
                "source_key": str(kpi.pk),
            }
            for kpi in kpis
        ]
        record_many(rows=rows, atomic=False, by=system(), at=AT)
        before = stored()
        monkeypatch.setattr(claiming, "CHUNK", 1)
        self.die_at(monkeypatch, judge, place, after=2)
        with pytest.raises(KeyboardInterrupt):
            evaluate_due(at=AT)
        assert Arrival.objects.count() in {2, 4, 6}
        assert stored() != before or Arrival.objects.count() == 6
        monkeypatch.undo()
        evaluate_due(at=AT)
        assert not Arrival.objects.exists()
        assert set(Kpi.objects.values_list("status", flat=True)) == {"off_track"}
        once = stored()
        rebuild(at=AT)
        assert stored() == once
        assert answers.unlike_the_outlook(TODAY) == []

    @pytest.mark.parametrize("place", ["_flag", "_roll_up", "insert_rows"])
    def test_of_evaluating_all(self, kpis: list[Kpi], monkeypatch: pytest.MonkeyPatch, place: str) -> None:
        later = AT + timedelta(days=60)
        monkeypatch.setattr(evaluate, "CHUNK", 1)
        self.die_at(monkeypatch, publish, place, after=1)
        with pytest.raises(KeyboardInterrupt):
            evaluate_all(at=later)
        monkeypatch.undo()
        left = Kpi.objects.exclude(status="stale").count()
        assert 0 < left < 6
        assert evaluate_all(at=later).changed == left
        assert StatusChange.objects.filter(now="stale").count() == 6
        assert Flag.objects.filter(rule="kpi_stale", cleared_at=None).count() == 6
        assert set(Initiative.objects.values_list("kpi_status", flat=True)) == {"blind"}

    @staticmethod
    def die_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, after: int) -> None:
        real, seen = getattr(module, name), [0]

        def deadly(*args: Any, **kwargs: Any) -> Any:
            seen[0] += 1
            if seen[0] > after:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, deadly)


def test_one_that_cannot_be_judged_keeps_no_other_back(
    kpis: list[Kpi], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    owe_refold([kpi.pk for kpi in kpis])
    for kpi in kpis:
        Measurement.objects.create(
            kpi=kpi,
            kpi_version=version_of(kpi),
            observed_on=TODAY + timedelta(days=1),
            value=Decimal("9.9"),
            recorded_at=AT,
        )
    real = judge.outlook_rows

    def broken(case: Any, *rest: Any) -> Any:
        if case.kpi_id == kpis[3].pk:
            raise ArithmeticError("a case nobody thought of")
        return real(case, *rest)

    monkeypatch.setattr(judge, "outlook_rows", broken)
    evaluate_due(at=AT + timedelta(days=1))
    assert set(Arrival.objects.values_list("kpi", flat=True)) == {
        kpis[2].pk,
        kpis[3].pk,
    }  # one initiative, one transaction
    assert Kpi.objects.filter(status="off_track").count() == 4
    assert "not judged" in caplog.text
    monkeypatch.undo()
    evaluate_due(at=AT + timedelta(days=1))
    assert Kpi.objects.filter(status="off_track").count() == 6


def test_what_arrives_while_a_worker_folds_is_not_lost(
    kpis: list[Kpi], monkeypatch: pytest.MonkeyPatch
) -> None:
    kpi = kpis[0]
    record_many(
        rows=[{"kpi": kpi.pk, "observed_on": str(TODAY), "value": "6"}], atomic=False, by=system(), at=AT
    )
    real, late = judge._store, [True]

    def store(*args: Any) -> None:
        if late.pop() if late else False:
            row: object = {"kpi": kpi.pk, "observed_on": str(TODAY + timedelta(days=2)), "value": "9.9"}
            record_many(rows=[row], atomic=False, by=system(), at=AT)
        real(*args)

    monkeypatch.setattr(judge, "_store", store)
    evaluate.fold_arrivals(as_of=TODAY, by=system(), at=AT, chunks=1)
    assert Arrival.objects.count() == 1
    evaluate_due(at=AT + timedelta(days=2))
    kpi.refresh_from_db()
    assert (kpi.status, kpi.last_value) == ("off_track", Decimal("9.9"))


def test_a_reading_folded_with_all_others_and_then_once_more_counts_once(kpis: list[Kpi]) -> None:
    kpi = kpis[0]
    row: object = {"kpi": kpi.pk, "observed_on": str(TODAY + timedelta(days=9)), "value": "6"}
    record_many(rows=[row], atomic=False, by=system(), at=AT)
    arrival = Arrival.objects.get()
    evaluate_due(at=AT)
    arrival.save(force_insert=True)  # as if it had been committed while all rows were folded
    evaluate_due(at=AT)
    evaluate_due(at=AT + timedelta(days=9))
    kpi.refresh_from_db()
    assert "same_day_conflict" not in kpi.flags


def test_a_quiet_expiry_is_written_without_ledger_or_flag(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), primary=False, success=trajectory(target_on=date(2028, 1, 1)))
    read(kpi, 7.0)
    read(kpi, 6.9, TODAY + timedelta(days=5))
    changes, events = StatusChange.objects.count(), AuditEvent.objects.count()
    assert evaluate_due(at=AT + timedelta(days=5)).changed == 1
    kpi.refresh_from_db()
    assert (kpi.last_value, kpi.status, kpi.judged_on) == (
        Decimal("6.9"),
        "on_track",
        TODAY + timedelta(days=5),
    )
    assert (StatusChange.objects.count(), AuditEvent.objects.count()) == (changes, events)
    assert answers.unlike_the_outlook(TODAY + timedelta(days=5)) == []


@pytest.fixture
def sixty(cast: Cast) -> list[Kpi]:
    """Sixty KPIs of one initiative, stale after 45 days."""
    initiative = claims_triage(cast)
    kpis = [
        make_kpi(initiative, f"KPI {n}", success=trajectory(target_on=date(2028, 1, 1))) for n in range(60)
    ]
    for kpi in kpis:
        read(kpi, 9.0)
    return kpis


def test_flags_of_many_are_owed_to_a_worker_and_come_out_the_same(sixty: list[Kpi], frozen: Any) -> None:
    later = AT + timedelta(days=50)
    frozen(later)
    evaluate_due(at=later)
    assert Flag.objects.filter(rule="kpi_stale").count() == 0
    assert Outbox.objects.filter(kind="kpis.flag", done_at=None).count() == 1
    outbox.drain()
    assert Flag.objects.filter(rule="kpi_stale", cleared_at=None).count() == 60
    assert Outbox.objects.filter(kind="kpis.flag", done_at=None).count() == 0


def test_a_command_raises_the_flags_of_many_itself(sixty: list[Kpi]) -> None:
    evaluate_all(at=AT + timedelta(days=50), by=system("command"))
    assert Flag.objects.filter(rule="kpi_stale", cleared_at=None).count() == 60
    assert not Outbox.objects.filter(kind="kpis.flag").exists()


def test_the_days_swept_are_remembered_and_those_before_are_not_asked_again(kpis: list[Kpi]) -> None:
    later = AT + timedelta(days=60)
    sweep(at=later)
    assert Heartbeat.objects.get(name=answers.SWEPT).note == {"through": "2027-01-23"}
    read(kpis[0], 5.0, TODAY + timedelta(days=60), at=later)
    assert sweep(at=later).changed == 0
    assert sweep(at=later + timedelta(days=46)).changed == 1


def test_a_clock_behind_the_sweep_by_a_day_loses_nothing(kpis: list[Kpi]) -> None:
    """One node swept tomorrow already; another still records as of today."""
    sweep(at=AT + timedelta(days=1))
    kpi = kpis[0]
    read(kpi, 7.0, TODAY, at=AT)
    read(kpi, 9.9, TODAY + timedelta(days=1), at=AT)
    sweep(at=AT + timedelta(days=1))
    kpi.refresh_from_db()
    assert kpi.status == "off_track"


def test_a_pilots_room_is_told_when_a_primary_kpi_changes(cast: Cast) -> None:
    initiative = claims_triage(cast)
    Initiative.objects.filter(pk=initiative.pk).update(pilot_level="healthy")
    primary, other = make_kpi(initiative), make_kpi(initiative, "Other", primary=False)
    Outbox.objects.all().delete()
    read(other, 9.9)
    assert not Outbox.objects.filter(kind=publish.FACTS_CHANGED).exists()
    read(primary, 9.9)
    assert Outbox.objects.get(kind=publish.FACTS_CHANGED).payload == {"initiative_id": initiative.pk}
