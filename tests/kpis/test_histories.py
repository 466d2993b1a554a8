"""Measurements read column by column say what they say row by row."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.bulk import insert_rows
from domain.kpi import Reading, fold
from kpis.models import Kpi, Measurement
from kpis.queries.histories import histories
from kpis.translate import READING_FIELDS, definition_of, readings_of
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, tamper, trajectory, version_of

pytestmark = pytest.mark.django_db
COLUMNS = ("kpi", "kpi_version", "observed_on", "value", "recorded_at", "source", "source_key", "supersedes", "void", "note", "evidence")  # fmt: skip


def write(kpi: Kpi, days: int, value: Any, *, hours: int = 0, supersedes: int | None = None, void: bool = False) -> int:  # fmt: skip
    """A row past the services, so that it may hold what a past release or another tool has left."""
    insert_rows(
        Measurement,
        COLUMNS,
        [
            (
                kpi.pk, kpi.current_id, TODAY - timedelta(days=days), None if value is None else Decimal(value),
                AT - timedelta(hours=hours), "", "", supersedes, void, "", "",
            )
        ],
    )  # fmt: skip
    return int(Measurement.objects.latest("pk").pk)


def read_row_by_row(kpi: Kpi, known_at: datetime | None = None) -> list[Reading]:
    rows = Measurement.objects.filter(kpi=kpi)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    return readings_of(rows.order_by("?").values_list(*READING_FIELDS))


@pytest.fixture
def kpi(cast: Cast) -> Kpi:
    return make_kpi(claims_triage(cast))


def test_every_row_comes_with_its_day_its_number_and_its_moment(kpi: Kpi) -> None:
    write(kpi, 3, "7.500", hours=5)
    write(kpi, 1, "-12345678901234567890.123456789012", hours=3)
    moment = datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    tamper(
        "UPDATE kpis_measurement SET recorded_at = %s WHERE observed_on = %s",
        [moment, TODAY - timedelta(days=3)],
    )
    ((pk, rows),) = histories([kpi.pk])
    assert pk == kpi.pk
    found = sorted((rows.days[place], str(rows.values[place]), rows.recorded[place]) for place in range(2))
    assert found == [
        (TODAY.toordinal() - 3, "7.5", moment),
        (TODAY.toordinal() - 1, "-12345678901234567890.123456789012", AT - timedelta(hours=3)),
    ]


def test_what_is_void_replaced_or_no_number_is_named(kpi: Kpi) -> None:
    first, empty = write(kpi, 5, 9), write(kpi, 4, None)
    correction = write(kpi, 5, 8, supersedes=first)
    withdrawal = write(kpi, 5, None, supersedes=correction, void=True)
    ((_, rows),) = histories([kpi.pk])
    assert rows.supersedes == {correction: first, withdrawal: correction}
    assert rows.void == {withdrawal}
    assert rows.unusable == {empty, withdrawal}
    if connection.vendor == "postgresql":
        tamper("UPDATE kpis_measurement SET value = 'NaN' WHERE id = %s", [first])
        ((_, rows),) = histories([kpi.pk])
        assert rows.unusable == {first, empty, withdrawal}


@pytest.mark.parametrize("seed", range(12))
def test_a_crowded_history_folds_alike_column_by_column_and_row_by_row(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    initiative = claims_triage(cast)
    band = {
        "shape": "band",
        "baseline_on": TODAY - timedelta(days=90),
        "lower": Decimal(4),
        "cadence_days": 7,
    }
    kpis = [
        make_kpi(initiative, "One", success=trajectory(confirm_worse=2)),
        make_kpi(initiative, "Two", success=band),
    ]
    for kpi in kpis:
        written: list[int] = []
        for _ in range(40):
            replaced = chance.choice(written) if written and chance.random() < 0.2 else None
            if replaced is not None:
                written.remove(replaced)
            written.append(
                write(
                    kpi,
                    chance.randint(-5, 100),
                    chance.choice([None, *range(2, 12)]),
                    hours=chance.randint(0, 4),
                    supersedes=replaced,
                    void=chance.random() < 0.1,
                )
            )
    for known_at in (None, AT - timedelta(hours=2)):
        found = dict(histories([kpi.pk for kpi in kpis], known_at=known_at))
        for kpi in kpis:
            definition = definition_of(version_of(kpi))
            rows = read_row_by_row(kpi, known_at)
            assert len(found[kpi.pk].ids) == len(rows)
            assert fold(definition, found[kpi.pk], as_of=TODAY) == fold(definition, rows, as_of=TODAY)


def test_a_kpi_without_measurements_is_left_out_and_the_rest_take_one_statement(cast: Cast) -> None:
    initiative = claims_triage(cast)
    kpis = [make_kpi(initiative, f"KPI {number}") for number in range(5)]
    for kpi in kpis[:-1]:
        write(kpi, 1, 7)
    with CaptureQueriesContext(connection) as seen:
        assert [pk for pk, _ in histories([kpi.pk for kpi in kpis])] == [kpi.pk for kpi in kpis[:-1]]
    assert len(seen) == 1
    assert list(histories([])) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite answers between two rows")
def test_a_statement_asked_between_two_histories_is_refused_where_it_would_wait_for_ever(kpi: Kpi) -> None:
    write(kpi, 1, "7")
    found = [(pk, _refused(pk)) for pk, _ in histories([kpi.pk])]
    assert found == [(kpi.pk, True)]
    assert Kpi.objects.filter(pk=kpi.pk).exists()


def _refused(pk: int) -> bool:
    with pytest.raises(RuntimeError, match="Asked while histories are being read"):
        Kpi.objects.get(pk=pk)
    return True
