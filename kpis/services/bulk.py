"""Thousands of readings at once: read by hand, copied in, judged by a worker.

A reading is heard once by its source key. Each row gets its own outcome; with `atomic`, one refusal refuses all.
No initiative is locked: the rows only arrive here, and a mark beside each says that its KPI is to be folded. Their KPIs are
kept from being redefined or retired meanwhile (kpis.services.locks), so that no reading arrives under another definition.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import IntegrityError, connection, transaction

from core import audit
from core.access import Actor, scope
from core.among import among
from core.bulk import allot_ids, insert_rows
from core.errors import Item, Problem
from core.roles import Action
from kpis.models import Arrival, Kpi, KpiVersion, Measurement
from kpis.services.evaluate import owe_fold
from kpis.services.judgement import (
    NOT_THE_JUDGE,
    NOT_YOURS,
    OFF_THE_SCALE,
    is_judge,
    is_off_scale,
    scale_words,
)
from kpis.services.locks import keep_definitions
from kpis.services.measure import key_used
from kpis.services.reading_rows import Refused, Row, read_rows

MOST_ROWS: Final = 5_000
CREATED, UNCHANGED, REFUSED = "created", "unchanged", "refused"
_TRIES: Final = 3
_FIELDS: Final = (
    "id", "kpi", "kpi_version", "observed_on", "value", "recorded_at", "recorded_by", "source", "source_key",
    "supersedes", "void", "note", "evidence",
)  # fmt: skip
Key = tuple[int, str, str]
_KEY: Final = ("kpi_id", "source", "source_key")


class Outcome(NamedTuple):
    """What became of the row at `place`. `id`: the reading, written now or before. `error`: why it was refused."""

    place: int
    status: str
    id: int | None = None
    error: Item | None = None


def record_many(*, rows: Sequence[object], atomic: bool, by: Actor, at: datetime) -> list[Outcome]:
    """Record up to 5,000 readings, each an object with kpi, observed_on, value and, if wanted, source, source_key,
    note, evidence. One outcome for each, in order. What is recorded is judged within the second by a worker.

    Raises Problem 400 for more than 5,000 rows, and with `atomic` when any row is refused: then nothing is recorded. 403
    `not_the_judge` when every row is of a KPI that another person judges.
    """
    with transaction.atomic():
        read, refused = _taken(rows, by)
        found, inserted = _insert(read, refused, atomic, by, at)
        if inserted:
            _arrive(inserted)
            _record(inserted, by, at)
            owe_fold(at)
    out = [Outcome(index, *found[index]) for index in sorted(found)]
    out += [Outcome(item.place, REFUSED, None, item.error) for item in refused]
    return sorted(out, key=lambda outcome: outcome.place)


def foresee_many(*, rows: Sequence[object], by: Actor) -> list[Outcome]:
    """What `record_many` would make of these rows now, without recording anything. A new reading has no id yet."""
    with transaction.atomic():
        read, refused = _taken(rows, by)
        found, fresh = _told_apart(read, refused)
    out = [Outcome(index, status, pk if pk > 0 else None) for index, (status, pk) in found.items()]
    out += [Outcome(row.place, CREATED) for row in fresh]
    out += [Outcome(item.place, REFUSED, None, item.error) for item in refused]
    return sorted(out, key=lambda outcome: outcome.place)


def _arrive(inserted: list[tuple[int, int]]) -> None:
    """Mark each reading (its id, its KPI) as not folded yet. SQLite, whose one writer gave them ids in a row, copies them
    where they lie; that is half the time of sending them again.
    """
    if connection.vendor == "postgresql":
        insert_rows(Arrival, ("kpi", "measurement_id"), [(kpi, pk) for pk, kpi in inserted])
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kpis_arrival (kpi_id, measurement_id) SELECT kpi_id, id FROM kpis_measurement "
            "WHERE id BETWEEN %s AND %s",
            [inserted[0][0], inserted[-1][0]],
        )


def _taken(rows: Sequence[object], by: Actor) -> tuple[list[Row], list[Refused]]:
    """The rows that can be recorded, and those that cannot with the reason. Definitions stay until the transaction ends."""
    if len(rows) > MOST_ROWS:
        raise Problem(
            400, "too_many_rows", f"Send at most {MOST_ROWS:,} rows at a time; these are {len(rows):,}."
        )
    read, refused = read_rows(rows)
    read = _defined(_permitted(read, refused, by), refused, by)
    if refused and not read and all(item.error.code == NOT_THE_JUDGE for item in refused):
        raise Problem(403, NOT_THE_JUDGE, NOT_YOURS, tuple(item.error for item in refused[:100]))
    return read, refused


def _permitted(read: list[Row], refused: list[Refused], by: Actor) -> list[Row]:
    """The rows whose KPI the actor may measure. One query, and one more to tell 403 from 404."""
    asked = {row.kpi_id for row in read}
    rows = Kpi.objects.filter(scope(by, Action.MEASURE, Kpi), current__isnull=False, pk__in=among(asked))
    open_to = set(rows.order_by().values_list("pk", flat=True))
    closed = asked - open_to
    if not closed:
        return read
    seen = Kpi.objects.filter(scope(by, Action.VIEW, Kpi), pk__in=among(closed))
    known = set(seen.order_by().values_list("pk", flat=True))
    refused += [_not_open(row, known=row.kpi_id in known) for row in read if row.kpi_id in closed]
    return [row for row in read if row.kpi_id in open_to]


def _defined(read: list[Row], refused: list[Refused], by: Actor) -> list[Row]:
    """The rows that their KPI takes, with the version they are taken under, which stays until they are there."""
    kept = keep_definitions({row.kpi_id for row in read})
    scales = _scales({found.version for found in kept.values()})
    out = []
    for row in read:
        found = kept.get(row.kpi_id)
        if found is None:
            refused.append(_not_open(row, known=False))
        elif not is_judge(by, found.judge):
            refused.append(row.refused("kpi", NOT_THE_JUDGE, NOT_YOURS))
        elif found.state == Kpi.State.RETIRED:
            refused.append(
                row.refused("kpi", "kpi_retired", "This KPI is retired. It takes no more readings.")
            )
        elif found.version in scales and is_off_scale(row.value, *scales[found.version][:2]):
            refused.append(row.refused("value", OFF_THE_SCALE, scale_words(*scales[found.version])))
        else:
            out.append(row.under(found.version))
    return out


def _scales(versions: Iterable[int]) -> dict[int, tuple[Decimal | None, Decimal | None, str]]:
    """The scales of these versions (lowest, highest, words), of those that have one."""
    rows = KpiVersion.objects.filter(pk__in=among(versions)).exclude(scale_low=None, scale_high=None)
    names = ("pk", "scale_low", "scale_high", "scale_words")
    return {pk: (low, high, words) for pk, low, high, words in rows.order_by().values_list(*names)}


def _not_open(row: Row, *, known: bool) -> Refused:
    if known:
        return row.refused("kpi", "forbidden", "You may not record readings of this KPI.")
    return row.refused("kpi", "does_not_exist", "There is no such KPI, or you may not see it.")


def _insert(
    read: list[Row], refused: list[Refused], atomic: bool, by: Actor, at: datetime
) -> tuple[dict[int, tuple[str, int]], list[tuple[int, int]]]:
    """Insert what is new. Gives (status, id) by index, and (id, KPI) of what was inserted.

    Somebody may bring the same key at the same moment: then the database refuses, theirs is read, and ours is
    compared with it. In order of key, so that two such requests never wait for each other.
    """
    tries = 0
    while True:
        tries += 1
        turned: list[Refused] = []
        found, fresh = _told_apart(read, turned)
        if atomic and (refused or turned):
            raise _all_refused([*refused, *turned])
        ids = allot_ids(Measurement, len(fresh))
        try:
            with transaction.atomic():
                insert_rows(Measurement, _FIELDS, _measurements(fresh, ids, by, at))
            break
        except IntegrityError:
            if tries == _TRIES:
                raise
    refused += turned
    written = {row.place: pk for row, pk in zip(fresh, ids, strict=True)}
    for index, (status, pk) in found.items():
        found[index] = (
            status,
            written[-pk - 1] if pk < 0 else pk,
        )  # the same reading, earlier in this request
    found.update({index: (CREATED, pk) for index, pk in written.items()})
    return found, [(pk, row.kpi_id) for row, pk in zip(fresh, ids, strict=True)]


def _told_apart(read: Iterable[Row], turned: list[Refused]) -> tuple[dict[int, tuple[str, int]], list[Row]]:
    """Rows heard before, and new ones in order of key. One heard earlier in this request points there: -index - 1."""
    keyed = {row.key for row in read if row.source_key}
    heard: dict[Key, tuple[int, date, Decimal | None]] = _heard(keyed) if keyed else {}
    found: dict[int, tuple[str, int]] = {}
    fresh: list[Row] = []
    for row in read:
        earlier = heard.get(row.key) if row.source_key else None
        if earlier is None:
            fresh.append(row)
            if row.source_key:
                heard[row.key] = (-row.place - 1, row.observed_on, row.value)
        elif earlier[1:] == (row.observed_on, row.value):
            found[row.place] = (UNCHANGED, earlier[0])
        else:
            turned.append(row.refused("source_key", "source_key_used", key_used(earlier[1], earlier[2])))
    fresh.sort(key=lambda row: row.key)
    return found, fresh


def _heard(keys: Iterable[Key]) -> dict[Key, tuple[int, date, Decimal | None]]:
    """The readings recorded under these keys: id, day, value. Looked up key by key, whatever the KPIs hold besides."""
    wanted = list(keys)
    if connection.vendor == "postgresql":
        given = "unnest(%s::bigint[], %s::varchar[], %s::varchar[]) AS v (kpi_id, source, source_key)"
        asked: list[Any] = [list(part) for part in zip(*wanted, strict=True)]
    else:
        given = (
            "(SELECT json_extract(value, '$[0]') AS kpi_id, json_extract(value, '$[1]') AS source, "
            "json_extract(value, '$[2]') AS source_key FROM json_each(%s)) AS v"
        )
        asked = [json.dumps(wanted)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.id FROM {given} CROSS JOIN kpis_measurement m "  # noqa: S608  both are written above
            "WHERE m.kpi_id = v.kpi_id AND m.source = v.source AND m.source_key = v.source_key AND NOT (m.source_key = '')",
            asked,
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    if not ids:
        return {}
    rows = Measurement.objects.filter(pk__in=among(ids)).order_by()
    return {
        (kpi, source, key): (pk, on, value)
        for kpi, source, key, pk, on, value in rows.values_list(*_KEY, "pk", "observed_on", "value")
    }


def _measurements(fresh: Sequence[Row], ids: Sequence[int], by: Actor, at: datetime) -> list[tuple[Any, ...]]:
    person = by.user.pk if by.user else None
    return [
        (
            pk, row.kpi_id, row.version_id, row.observed_on, row.value, at, person, row.source, row.source_key,
            None, False, row.note, row.evidence,
        )
        for row, pk in zip(fresh, ids, strict=True)
    ]  # fmt: skip


def _record(inserted: Sequence[tuple[int, int]], by: Actor, at: datetime) -> None:
    ids = [pk for pk, _ in inserted]
    after = {
        "readings": len(ids),
        "kpis": len({kpi for _, kpi in inserted}),
        "first": min(ids),
        "last": max(ids),
    }
    audit.record(by=by, at=at, action="measurements.recorded", obj=Measurement(), after=after)


def _all_refused(refused: Sequence[Refused]) -> Problem:
    items = sorted((item.place, item.error) for item in refused)
    count = len(items)
    rows = "1 row is" if count == 1 else f"{count} rows are"
    return Problem(
        400, "rows_refused", f"Nothing was recorded: {rows} wrong, and atomic asks for all or none.",
        tuple(error for _, error in items[:100]),
    )  # fmt: skip
