"""Ten thousand readings at once on one KPI, and declarations beside readings: all kept once, the answer right."""

import itertools
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from core.access import Actor, system
from core.errors import Problem
from kpis.models import Arrival, Kpi, KpiOverride, Measurement, StatusChange
from kpis.queries import discrepancies
from kpis.services import answers
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_due
from kpis.services.override import declare_status
from tests.cast import AT, TODAY, Cast, make_cast
from tests.kpis.build import claims_triage, make_kpi, read, trajectory
from tests.races.test_kpi_races import retried, side_by_side

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
READINGS, WRITERS = 10_000, 8
ONE_BY_ONE = (
    100  # every hundredth is judged at once; the others come as pipelines send them, one row a request
)


@pytest.fixture
def cast_here(transactional_db: None) -> Cast:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    return make_cast()


def test_ten_thousand_readings_at_once_of_one_kpi_are_stored_once_and_judged_right(cast_here: Cast) -> None:
    first = TODAY - timedelta(days=READINGS - 1)
    success = trajectory(baseline_on=first, target_on=TODAY + timedelta(days=400), confirm_worse=2)
    kpi = make_kpi(claims_triage(cast_here), success=success, at=AT)
    values = [Decimal(random.Random(n).randint(40, 110)) / 10 for n in range(READINGS)]
    numbers, lock = itertools.count(), threading.Lock()

    def write() -> None:
        while True:
            with lock:
                n = next(numbers)
            if n >= READINGS:
                return
            day = first + timedelta(days=n)
            if n % ONE_BY_ONE == 0:
                retried(lambda n=n, day=day: read(kpi, values[n], day, source="race", source_key=str(n)))  # type: ignore[misc]
                continue
            row: object = {
                "kpi": kpi.pk, "observed_on": day.isoformat(), "value": str(values[n]), "source": "race", "source_key": str(n),
            }  # fmt: skip
            (found,) = record_many(rows=[row], atomic=True, by=system(), at=AT)
            assert found.status == "created"

    assert side_by_side(*[write] * WRITERS) == []
    evaluate_due(at=AT)
    rows = Measurement.objects.filter(kpi=kpi).order_by("observed_on").values_list("source_key", "value")
    assert list(rows) == [(str(n), value) for n, value in enumerate(values)]
    assert not Arrival.objects.exists()
    kpi.refresh_from_db()
    assert (kpi.last_observed_on, kpi.last_value) == (TODAY, values[-1])
    assert list(discrepancies(as_of=TODAY)) == []
    assert answers.unlike_the_outlook(TODAY) == []
    ledger = StatusChange.objects.filter(kpi=kpi).order_by("pk").values_list("was", "now")
    assert all(now == was for (_, now), (was, _) in itertools.pairwise(ledger))


def test_declarations_and_readings_at_once_leave_one_declaration_at_most_and_the_answer_right(cast_here: Cast) -> None:  # fmt: skip
    kpi = make_kpi(claims_triage(cast_here), success=trajectory(target_on=TODAY + timedelta(days=200)))
    read(kpi, "7.8", TODAY - timedelta(days=60))

    def declaring(who: str, status: str, turn: int) -> Callable[[], None]:
        by: Actor = cast_here.actor(who)

        def work() -> None:
            try:
                declare_status(
                    kpi_id=kpi.pk, declared_as=status, because=f"Turn {turn}.", by=by, at=AT + timedelta(seconds=turn),
                    until=TODAY + timedelta(days=9),
                )  # fmt: skip
            except Problem as problem:
                assert problem.status in {400, 403, 409}  # noqa: PT017  what the reading just made senseless

        return work

    def reading(turn: int) -> Callable[[], None]:
        return lambda: _read(kpi, turn)

    for turn in range(30):
        failures = side_by_side(
            declaring("max", "on_track", turn), declaring("alice", "off_track", turn), reading(turn)
        )
        assert failures == []
        assert KpiOverride.objects.filter(kpi=kpi, ended_at=None).count() <= 1
        assert list(discrepancies(as_of=TODAY)) == []


def _read(kpi: Kpi, turn: int) -> None:
    read(kpi, Decimal(random.Random(turn).randint(60, 90)) / 10, TODAY - timedelta(days=59 - turn), at=AT + timedelta(seconds=turn))  # fmt: skip
