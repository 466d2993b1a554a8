"""Writers of KPIs side by side on PostgreSQL: the roll-up is right, nothing is lost, nothing counts twice."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from core.access import system
from core.errors import Problem
from domain.kpi import assess
from domain.kpi_codes import Status
from domain.rollup import Item, rollup
from kpis.models import Arrival, Kpi, KpiVersion, Measurement, Restatement, StatusChange
from kpis.services import answers, bulk
from kpis.services.bulk import record_many
from kpis.services.define import edit_kpi
from kpis.services.evaluate import evaluate_all, evaluate_due, rebuild
from kpis.services.states import retire_kpi
from kpis.translate import READING_FIELDS, definition_of, flags_of, readings_of
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast, make_cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, version_of

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 150
DEFINED = 200


@pytest.fixture
def cast_here(transactional_db: None) -> Cast:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    return make_cast()


def side_by_side(*works: Callable[[], object]) -> list[BaseException]:
    """Run each in a thread of its own, begun at the same moment; what they raised."""
    start, failures = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(20)
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return failures


def require_right(initiatives: Sequence[Initiative]) -> None:
    """Every stored answer is the one of its facts, and every roll-up the one of its KPIs."""
    assert answers.unlike_the_outlook(TODAY) == []
    for initiative in initiatives:
        initiative.refresh_from_db()
        kpis = list(Kpi.objects.filter(initiative=initiative).select_related("current"))
        for kpi in kpis:
            rows = readings_of(Measurement.objects.filter(kpi=kpi).values_list(*READING_FIELDS))
            found = assess(definition_of(version_of(kpi), state=kpi.state), rows, as_of=TODAY)
            assert (kpi.status, kpi.progress, kpi.flags) == (
                found.status.value,
                found.progress,
                flags_of(found, restated=Restatement.objects.filter(kpi=kpi).exists()),
            )
        items = [Item(Status(k.status), k.reason or None, k.weight, k.primary) for k in kpis]
        assert initiative.kpi_status == rollup(items).status.value


def test_two_readings_at_once_on_two_kpis_of_one_initiative_leave_the_roll_up_right(cast_here: Cast) -> None:
    initiative = claims_triage(cast_here)
    one, two = make_kpi(initiative, "One"), make_kpi(initiative, "Two")
    chance = random.Random(1)
    wrong = 0
    for turn in range(ROUNDS):
        on = TODAY - timedelta(days=ROUNDS - turn)
        values = [chance.choice(["5.0", "6.5", "9.9"]) for _ in range(2)]
        failures = side_by_side(reading(one, values[0], on), reading(two, values[1], on))
        assert failures == []
        initiative.refresh_from_db()
        items = [Item(Status(k.status), k.reason or None, k.weight, k.primary) for k in Kpi.objects.all()]
        wrong += initiative.kpi_status != rollup(items).status.value
    assert wrong == 0
    require_right([initiative])


def test_many_readings_at_once_of_one_kpi_are_all_kept_and_the_last_day_speaks(cast_here: Cast) -> None:
    kpi = make_kpi(claims_triage(cast_here))

    def writer(number: int) -> Callable[[], None]:
        def work() -> None:
            for turn in range(20):
                read(kpi, "7.5", TODAY - timedelta(days=1 + number * 20 + turn))

        return work

    assert side_by_side(*(writer(number) for number in range(5))) == []
    assert Measurement.objects.filter(kpi=kpi).count() == 100
    kpi.refresh_from_db()
    assert kpi.last_observed_on == TODAY - timedelta(days=1)
    require_right([kpi.initiative])


def test_bulk_and_folding_side_by_side_lose_nothing(cast_here: Cast) -> None:
    initiatives = [make_initiative(cast_here.claims, f"Number {n}") for n in range(4)]
    kpis = [make_kpi(initiative, f"KPI {n}") for initiative in initiatives for n in range(3)]
    done = threading.Event()

    def sender(number: int) -> Callable[[], None]:
        def work() -> None:
            chance = random.Random(number)
            for turn in range(15):
                rows: list[object] = [
                    {
                        "kpi": kpi.pk, "observed_on": str(TODAY - timedelta(days=chance.randint(-3, 200))),
                        "value": str(chance.randint(40, 110) / Decimal(10)), "source": f"s{number}", "source_key": f"{turn}",
                    }
                    for kpi in chance.sample(kpis, len(kpis))
                ]  # fmt: skip
                found = record_many(rows=rows, atomic=False, by=system(), at=AT)
                assert {outcome.status for outcome in found} == {"created"}

        return work

    def folder() -> None:
        while not done.is_set():
            evaluate_due(at=AT)

    def single() -> None:
        chance = random.Random(99)
        for turn in range(20):
            retried(
                reading(chance.choice(kpis), "6.1", TODAY - timedelta(days=turn), source_key=f"single {turn}")
            )

    folders = [threading.Thread(target=closing(folder)) for _ in range(2)]
    for thread in folders:
        thread.start()
    failures = side_by_side(*(sender(n) for n in range(3)), single)
    done.set()
    for thread in folders:
        thread.join(60)
    assert failures == []
    evaluate_due(at=AT)
    assert not Arrival.objects.exists()
    assert Measurement.objects.count() == 3 * 15 * 12 + 20
    require_right(initiatives)


def test_the_same_bulk_request_sent_by_four_is_recorded_once(cast_here: Cast) -> None:
    kpis = [make_kpi(claims_triage(cast_here), f"KPI {n}") for n in range(5)]
    rows: list[object] = [
        {"kpi": kpi.pk, "observed_on": str(TODAY), "value": "6", "source": "p", "source_key": f"{n}"}
        for kpi in kpis
        for n in range(40)
    ]
    outcomes: list[str] = []

    def send(number: int) -> Callable[[], None]:
        def work() -> None:
            mine = random.Random(number).sample(rows, len(rows))
            outcomes.extend(o.status for o in record_many(rows=mine, atomic=False, by=system(), at=AT))

        return work

    assert side_by_side(*(send(n) for n in range(4))) == []
    assert Measurement.objects.count() == 200
    assert sorted(set(outcomes)) == ["created", "unchanged"]
    assert outcomes.count("created") == 200


def test_one_key_sent_singly_and_in_bulk_at_once_is_heard_once(cast_here: Cast) -> None:
    kpi = make_kpi(claims_triage(cast_here))
    for turn in range(40):
        on, key = TODAY - timedelta(days=turn), f"key {turn}"
        row: object = {"kpi": kpi.pk, "observed_on": str(on), "value": "6", "source": "p", "source_key": key}
        single = reading(kpi, 6, on, source="p", source_key=key)
        failures = side_by_side(sending([row]), single, single)
        assert failures == []
    assert Measurement.objects.count() == 40
    evaluate_due(at=AT)
    require_right([kpi.initiative])


def test_two_corrections_of_one_reading_leave_one(cast_here: Cast) -> None:
    kpi = make_kpi(claims_triage(cast_here))
    for turn in range(30):
        first = read(kpi, 9, TODAY - timedelta(days=turn)).measurement
        failures = side_by_side(
            *(reading(kpi, value, first.observed_on, supersedes=first.pk, note="typo") for value in (6, 7))
        )
        assert [getattr(failure, "code", failure) for failure in failures] == ["already_replaced"]
    assert Measurement.objects.count() == 60
    require_right([kpi.initiative])


def test_passes_side_by_side_write_each_change_once(cast_here: Cast) -> None:
    kpis = [make_kpi(make_initiative(cast_here.claims, f"Number {n}"), success=None) for n in range(12)]
    for kpi in kpis:
        read(kpi, 5.2)
    later = AT + timedelta(days=47)
    works = [
        lambda: evaluate_due(at=later),
        lambda: evaluate_due(at=later),
        lambda: evaluate_all(at=later),
        lambda: rebuild(at=later),
    ]
    failures = [f for f in side_by_side(*works) if not isinstance(f, OperationalError)]
    assert failures == []
    evaluate_all(at=later)
    assert StatusChange.objects.filter(now="stale").count() == 12
    assert answers.unlike_the_outlook(TODAY + timedelta(days=47)) == []
    assert set(Initiative.objects.values_list("kpi_status", flat=True)) == {"blind"}


def test_a_form_and_a_pipeline_on_one_kpi_leave_both(cast_here: Cast) -> None:
    kpi = make_kpi(claims_triage(cast_here))
    for turn in range(30):
        failures = side_by_side(reading(kpi, 6, TODAY - timedelta(days=turn)), editing(kpi, turn))
        assert failures == []
    kpi.refresh_from_db()
    assert (kpi.version, kpi.parent_weight) == (31, Decimal(29))
    require_right([kpi.initiative])


def test_a_definition_stays_as_it_is_while_readings_under_it_are_on_their_way(
    cast_here: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    initiatives = [make_initiative(cast_here.claims, f"Number {n}") for n in range(2)]
    redefined, retired = (make_kpi(initiative) for initiative in initiatives)
    chance, told = random.Random(3), list[str]()
    under: dict[int, tuple[object, str]] = {}
    record = bulk._record

    def watched(inserted: Sequence[tuple[int, int]], *rest: Any) -> None:
        """The readings are inserted and nobody else sees them yet: what are they being recorded under?"""
        rows = Kpi.objects.filter(pk__in=[kpi_id for _, kpi_id in inserted])
        found = rows.values_list("pk", "current__target", "state")
        under.update({pk: (target, state) for pk, target, state in found})
        time.sleep(chance.random() / 100)
        record(inserted, *rest)

    def send() -> None:
        kpis = chance.sample([redefined, retired], 2)
        rows: list[object] = [{"kpi": kpi.pk, "observed_on": str(TODAY), "value": "6"} for kpi in kpis]
        found = record_many(rows=rows, atomic=False, by=system(), at=AT)
        told.extend(outcome.error.code if outcome.error else outcome.status for outcome in found)

    def edit() -> None:
        success = {"target": Decimal(4)}
        edit_kpi(pk=redefined.pk, expected_version=None, success=success, by=system(), at=AT)  # type: ignore[arg-type]

    def retire() -> None:
        retire_kpi(pk=retired.pk, because="Done.", by=system(), at=AT)

    monkeypatch.setattr(bulk, "_record", watched)
    for _ in range(DEFINED):
        # As if nothing had been read yet.
        Measurement.objects.all().delete()
        KpiVersion.objects.update(target=Decimal(5))
        Kpi.objects.update(state="active")
        under.clear()
        failures = side_by_side(*chance.sample([send, edit, retire], 3))
        assert [getattr(failure, "code", failure) for failure in failures] in ([], ["definition_settled"])
        told += ["in_use"] * len(failures)
        for kpi in Kpi.objects.filter(pk__in=under).select_related("current"):
            assert under[kpi.pk][0] == version_of(kpi).target
            assert under[kpi.pk][1] == "active"
    # Each has come first in some rounds.
    assert {"created", "kpi_retired", "in_use"} <= set(told)
    assert told.count("in_use") < DEFINED
    rebuild(at=AT)
    require_right(initiatives)


def reading(kpi: Kpi, value: object, on: date, **more: Any) -> Callable[[], object]:
    return lambda: read(kpi, value, on, **more)


def sending(rows: Sequence[object]) -> Callable[[], object]:
    return lambda: record_many(rows=rows, atomic=False, by=system(), at=AT)


def editing(kpi: Kpi, turn: int) -> Callable[[], object]:
    """The form's save, from the version its reader saw."""
    return lambda: edit_kpi(
        pk=kpi.pk, expected_version=turn + 1, facts={"parent_weight": Decimal(turn)}, by=system(), at=AT
    )


def closing(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return run


def retried(work: Callable[[], object]) -> None:
    """As a caller does who is told 409 busy: again."""
    for _ in range(5):
        try:
            work()
        except OperationalError:
            continue
        except Problem:
            raise
        else:
            return
    raise AssertionError("busy five times in a row")
