"""All measurements of many KPIs, KPI by KPI, as what the rules read. Streamed: memory follows the longest history alone.

A row of ten million costs the database its share of a sort and Python a few machine words: each KPI comes as a handful of
packed columns, and a number is read from its text only when a rule asks for it.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from struct import Struct
from typing import Any, Final

from django.db import connection
from psycopg.sql import SQL

from domain.kpi import History, Reading, history
from kpis.models import Measurement
from kpis.translate import READING_FIELDS

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's, as binary dates and moments count
_EPOCH_DAY: Final = _EPOCH.date().toordinal()
_HEADER: Final = 20  # bytes before the first element of an array of one dimension
# array_agg gathers the columns of a KPI in one order, so that a place names the same row in each.
_PACKED: Final = """
    COPY (
        SELECT kpi_id, array_agg(id), array_agg(observed_on), string_agg(coalesce(trim_scale(value)::text, ''), ','),
            array_agg(recorded_at), array_agg(id) FILTER (WHERE supersedes_id IS NOT NULL),
            array_agg(supersedes_id) FILTER (WHERE supersedes_id IS NOT NULL), array_agg(id) FILTER (WHERE void),
            array_agg(id) FILTER (WHERE value IS NULL OR value = 'NaN')
        FROM kpis_measurement WHERE kpi_id = ANY({kpi_ids}) AND recorded_at <= {known_at} AND {speaks}
        GROUP BY kpi_id
    ) TO STDOUT (FORMAT BINARY)
"""


def histories(
    kpi_ids: Collection[int], *, known_at: datetime | None = None, silent: Collection[int] = ()
) -> Iterator[tuple[int, History]]:
    """Each of these KPIs that has measurements, with all of them (recorded by `known_at`, when given). One statement.

    `silent`: versions whose readings are left out, because they measure something else than the version in force.
    On PostgreSQL the connection takes no other statement until the last is read, and refuses one with a RuntimeError.
    """
    if connection.vendor == "postgresql":
        yield from _packed(list(kpi_ids), known_at, list(silent))
        return
    rows = Measurement.objects.filter(kpi__in=kpi_ids).order_by("kpi_id")
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    if silent:
        rows = rows.exclude(kpi_version__in=silent)
    found = rows.values_list("kpi_id", *READING_FIELDS).iterator(5_000)
    for kpi_id, own in groupby(found, key=itemgetter(0)):
        yield kpi_id, history([Reading(*row[1:]) for row in own])


class _Numbers:
    """Numbers as the database writes them, made a Decimal when asked for."""

    __slots__ = ("texts",)

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, place: int, /) -> Decimal | None:
        text = self.texts[place]
        return Decimal(text) if text else None


class _Moments:
    """Moments as microseconds since 2000, made a datetime when asked for."""

    __slots__ = ("packed",)

    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    def __len__(self) -> int:
        return (len(self.packed) - _HEADER) // 12

    def __getitem__(self, place: int, /) -> datetime:
        (microseconds,) = _ONE_LONG.unpack_from(self.packed, _HEADER + 12 * place)
        return _EPOCH + timedelta(microseconds=microseconds)


_ONE_LONG: Final = Struct(">4xq")


@lru_cache(maxsize=1024)
def _array(kind: str, count: int) -> Struct:
    """`count` elements of a binary array, each after its length in four bytes."""
    return Struct(">" + f"4x{kind}" * count)


def _longs(packed: bytes | None) -> tuple[int, ...]:
    if packed is None:
        return ()
    return _array("q", (len(packed) - _HEADER) // 12).unpack_from(packed, _HEADER)


def _days(packed: bytes) -> list[int]:
    since = _array("i", (len(packed) - _HEADER) // 8).unpack_from(packed, _HEADER)
    return [_EPOCH_DAY + day for day in since]


def _packed(
    kpi_ids: list[int], known_at: datetime | None, silent: list[int]
) -> Iterator[tuple[int, History]]:
    speaks = SQL("kpi_version_id <> ALL({})").format(silent) if silent else SQL("TRUE")
    asked = SQL(_PACKED).format(kpi_ids=kpi_ids, known_at=known_at or "infinity", speaks=speaks)
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(asked.as_string(cursor.connection)) as copy,
        connection.execute_wrapper(_refuse),
    ):
        for row in copy.rows():
            yield int.from_bytes(row[0]), _unpacked(*row[1:])


def _refuse(_execute: Any, sql: str, *_: Any) -> Any:
    """In place of a statement asked between two histories: sent to a connection that is copying, it would wait for ever."""
    raise RuntimeError(f"Asked while histories are being read; ask before or after: {sql[:200]}")


def _unpacked(
    ids: bytes, days: bytes, values: bytes, recorded: bytes, newer: Any, older: Any, void: Any, unusable: Any
) -> History:
    return History(
        _longs(ids),
        _days(days),
        _Numbers(values.decode("ascii").split(",")),
        _Moments(recorded),
        dict(zip(_longs(newer), _longs(older), strict=True)) if newer is not None else {},
        set(_longs(void)) if void is not None else frozenset(),
        set(_longs(unusable)) if unusable is not None else frozenset(),
    )
