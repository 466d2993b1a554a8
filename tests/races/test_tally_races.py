"""Writers, counters and readers side by side on PostgreSQL: a look says what the records say at the same moment."""

import json
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction

from core.access import system
from core.locks import try_hold
from core.reading import one_moment
from portfolio.dashboard import counts
from portfolio.dashboard.selection import select
from portfolio.models import Initiative, UnitChange, UnitTally
from portfolio.queries import counting
from portfolio.queries.tally import together
from portfolio.queries.told import kept
from portfolio.services import tallies
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.initiatives import create_initiative, edit_initiative
from portfolio.services.locks import lock_initiative
from portfolio.services.money import record_benefit, record_expenditure
from portfolio.services.status import set_kpi_status
from tests.cast import AT, TODAY, Cast, make_cast

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BY = system()
Figures = dict[str, Any]
STATUSES = ("achieved", "at_risk", "off_track", "blind")


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    return make_cast()


def spawned(*works: Callable[[], object]) -> tuple[list[threading.Thread], list[BaseException]]:
    """Threads that have begun, and where what they raise is put."""
    failures = list[BaseException]()

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    return threads, failures


def two_looks() -> tuple[Figures, Figures]:
    """The whole as the dashboard sees it, and as its records say, of one moment."""
    with one_moment():
        chosen = select(system(), {}, TODAY)
        seen = counts.see(chosen).all
        records = together(counting.count(counting.everything(), TODAY).values())
    return json.loads(seen.to_json()), json.loads(records.to_json())


def blind(pk: int) -> None:
    """One write, as a service does it."""
    set_kpi_status(initiative=lock_initiative(pk), status="blind", reason="", on=TODAY)


@pytest.mark.parametrize("moment", ["before it counts", "after it counted"])
def test_a_change_that_commits_while_somebody_counts_keeps_its_mark(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    row = create_initiative(name="Triage", unit=cast.claims, by=BY, at=AT)
    tallies.refresh(at=AT)
    tallies.touch(
        [cast.claims.pk]
    )  # so that the counter has this very unit to count, and a mark to take away
    written, counting_now = threading.Event(), threading.Event()

    def writer() -> None:
        with transaction.atomic():
            blind(row.pk)
            written.set()
            assert counting_now.wait(20)

    threads, failures = spawned(writer)
    assert written.wait(20)
    real = counting.count

    def let_it_commit() -> None:
        counting_now.set()
        threads[0].join(20)

    def count(*given: Any) -> Any:
        if moment == "before it counts":
            let_it_commit()
        found = real(*given)
        if moment == "after it counted":
            let_it_commit()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(counting, "count", count)
        assert tallies.refresh(at=AT).changed == 1
    assert failures == []
    assert list(UnitChange.objects.values_list("unit", flat=True)) == [cast.claims.pk]
    assert [unit for unit, _ in kept([cast.claims.pk, cast.retail.pk], TODAY)] == [cast.retail.pk]
    seen, records = two_looks()
    assert seen == records
    assert seen["counts"]["status:blind"] == 1
    assert tallies.refresh(at=AT).changed == 1
    assert two_looks() == (records, records)
    assert tallies.unlike_the_records(at=AT) == []


def test_a_change_not_yet_committed_is_in_no_tally_and_no_look(cast: Cast) -> None:
    row = create_initiative(name="Triage", unit=cast.claims, by=BY, at=AT)
    written, looked = threading.Event(), threading.Event()

    def writer() -> None:
        with transaction.atomic():
            blind(row.pk)
            written.set()
            assert looked.wait(20)

    threads, failures = spawned(writer)
    assert written.wait(20)
    tallies.refresh(at=AT)
    assert [unit for unit, _ in kept([cast.claims.pk], TODAY)] == [cast.claims.pk]
    seen, records = two_looks()
    assert seen == records
    assert "status:blind" not in seen["counts"]
    looked.set()
    threads[0].join(20)
    assert failures == []
    seen, records = two_looks()
    assert seen == records
    assert seen["counts"]["status:blind"] == 1


def test_writers_in_one_unit_do_not_wait_for_each_other(cast: Cast) -> None:
    one, two = (create_initiative(name=name, unit=cast.claims, by=BY, at=AT) for name in ("One", "Two"))
    written, free = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            blind(one.pk)
            written.set()
            assert free.wait(20)

    threads, failures = spawned(first)
    assert written.wait(20)
    with transaction.atomic():
        blind(two.pk)  # were there a row to share, this would run into the lock's time limit
    free.set()
    threads[0].join(20)
    assert failures == []


def test_whoever_finds_another_counting_leaves_it_to_them(cast: Cast) -> None:
    holding, done = threading.Event(), threading.Event()

    def holder() -> None:
        with transaction.atomic():
            assert try_hold(tallies.LOCK)
            holding.set()
            assert done.wait(20)

    threads, failures = spawned(holder)
    assert holding.wait(20)
    assert tallies.refresh(at=AT).changed == 0
    assert not UnitTally.objects.exists()
    done.set()
    threads[0].join(20)
    assert failures == []
    assert tallies.refresh(at=AT).changed == 4


def test_every_look_among_writers_and_counters_says_what_the_records_say_at_its_moment(cast: Cast) -> None:
    units = [cast.claims, cast.cards, cast.retail]
    rows = [create_initiative(name=f"N{n}", unit=units[n % 3], by=BY, at=AT).pk for n in range(9)]
    stop = threading.Event()

    def writer(seed: int) -> Callable[[], None]:
        def work() -> None:
            chance = random.Random(seed)
            while not stop.is_set():
                write(chance, chance.choice(rows), units)

        return work

    def counter() -> None:
        while not stop.is_set():
            tallies.refresh(at=AT)

    threads, failures = spawned(*(writer(seed) for seed in range(3)), counter, counter)
    looks, from_tallies = [], 0
    try:
        for _ in range(120):
            with one_moment():
                from_tallies += len(kept([unit.pk for unit in units], TODAY))
            looks.append(two_looks())
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert failures == []
    assert [seen for seen, records in looks if seen != records] == []
    assert {seen["counts"]["active:"] for seen, _ in looks} == {len(rows)}
    assert len({str(seen) for seen, _ in looks}) > 20, "nothing changed between the looks"
    assert from_tallies > 0, "no look was answered from a tally"
    tallies.refresh(at=AT)
    assert not UnitChange.objects.exists()
    assert tallies.unlike_the_records(at=AT) == []


def write(chance: random.Random, pk: int, units: list[Any]) -> None:
    """Something that is counted changes, through a service."""
    match chance.randrange(5):
        case 0:
            edit_initiative(pk=pk, unit=chance.choice(units), by=BY, at=AT)
        case 1:
            with transaction.atomic():
                row = lock_initiative(pk)
                set_kpi_status(initiative=row, status=chance.choice(STATUSES), reason="", on=TODAY)
        case 2:
            with transaction.atomic():
                row = Initiative.objects.select_related("unit").get(pk=lock_initiative(pk).pk)
                found = [Finding("R02", chance.randint(1, 3), "c", "s", TODAY)] * chance.randint(0, 1)
                sync_flags(
                    subject=Subject("pilot", pk, row.name, row, row.unit), findings=found, by=BY, at=AT
                )
        case 3:
            on = TODAY - timedelta(days=1)
            record_expenditure(initiative_id=pk, amount=Decimal(1), spent_on=on, by=BY, at=AT)
        case _:
            record_benefit(
                evidence="Ledger.",
                initiative_id=pk,
                kind="planned",
                amount=Decimal(1),
                month=TODAY,
                by=BY,
                at=AT,
            )
