"""An import as a person lives it: stage (and see the difference), then commit. Page, API and command share it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction

from core import audit, clock, outbox
from core.access import Actor, require_anywhere
from core.bulk import insert_objects
from core.errors import Problem, conflict, field_error, not_found, stale
from core.locks import try_hold
from core.models import User
from core.roles import Action
from exchange.mapping import load_mapping
from exchange.models import ImportFile, ImportRow, ImportRun
from exchange.queries.runs import is_stuck
from exchange.services.bring_dates import bring_decision_dates
from exchange.services.commit import create_rows, refresh_rows
from exchange.services.places import Places
from exchange.services.plan import CHUNK, Plan, Staged, Tell, read_plan
from exchange.services.summary import summary_of
from exchange.services.update import update_initiatives
from exchange.services.world import make_world
from pilots.services.opening import ensure_pilots
from portfolio.services.spend import bring_spend_to

T = TypeVar("T")
State, Outcome = ImportRun.State, ImportRow.Outcome
COMMITTED: Final = outbox.announces("import.committed")
FOLLOW: Final = "import.follow"
NEWER: Final = "Another import of this series was committed since this preview. Preview it again to see what it does now."


def clean_name(filename: str) -> str:
    """The name of a file as it is shown: no path, no control characters, at most 255 characters."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in name if sign.isprintable()).strip()[:255] or "file"


def require_size(size: int, filename: str) -> None:
    """Refuse, 413, a file over the limit."""
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 1_000_000
        raise Problem(
            413, "too_large", f"{filename} is larger than {limit} MB. Split it, or leave columns out."
        )


def keep_file(data: bytes) -> ImportFile:
    """The bytes, kept once however often they come."""
    digest = hashlib.sha256(data).hexdigest()
    known = ImportFile.objects.filter(sha256=digest).defer("content").first()
    if known is not None:
        return known
    made, _ = ImportFile.objects.get_or_create(sha256=digest, defaults={"content": data, "size": len(data)})
    return made


def content_of(file_id: int) -> bytes:
    """The bytes of a kept file."""
    return bytes(ImportFile.objects.values_list("content", flat=True).get(pk=file_id))


def stage_import(
    *, data: bytes, filename: str, mapping: str, by: Actor, at: datetime, as_of: date | None = None,
    only_good_rows: bool = False, tell: Tell | None = None,
) -> ImportRun:  # fmt: skip
    """Keep the file, map it, and keep every row's outcome with the difference to what is there. Nothing else is written.

    `mapping` is TOML. Raises Problem 403 without the right, 413 for a file over the limit, 400 for a file or mapping
    that cannot be used, with one sentence naming the place and the remedy; then nothing is kept.
    """
    require_anywhere(by, Action.IMPORT)
    name = clean_name(filename)
    require_size(len(data), name)
    today = clock.day_of(at)
    with read_plan(
        data=data, filename=name, mapping=mapping, as_of=as_of, today=today, tell=tell
    ) as plan, transaction.atomic():  # fmt: skip
        run = ImportRun.objects.create(
            filename=name, file=keep_file(data), mapping_toml=mapping, state=State.STAGING,
            only_good_rows=only_good_rows, created_at=at, created_by=by.user,
        )  # fmt: skip
        store_plan(plan=plan, run=run, by=by, at=at)
    return run


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do, told and not kept."""

    as_of: date
    counts: dict[str, int]
    refusals: list[dict[str, Any]]
    warnings: list[dict[str, Any]]


def preview(
    *, data: bytes, filename: str, mapping: str, by: Actor, at: datetime, as_of: date | None = None
) -> Preview:
    """The same without keeping anything. Raises as `stage_import`."""
    require_anywhere(by, Action.IMPORT)
    name = clean_name(filename)
    require_size(len(data), name)
    with read_plan(
        data=data, filename=name, mapping=mapping, as_of=as_of, today=clock.day_of(at)
    ) as plan:  # fmt: skip
        rows = list(plan.staged())
        warnings = [warning for row in rows for warning in row.warnings]
        ends = Counter(row.outcome for row in rows)
        return Preview(plan.as_of, _counts(plan, ends, len(warnings)), plan.refusals, warnings)


def _counts(plan: Plan, ends: Counter[str], warnings: int) -> dict[str, int]:
    return {
        "rows": plan.rows,
        **{outcome.value: ends[outcome.value] for outcome in Outcome},
        "cell_warnings": warnings,
        "not_in_file": plan.not_in_file,
    }


def store_plan(*, plan: Plan, run: ImportRun, by: Actor, at: datetime) -> None:
    """Keep a plan as the preview of a run, ready to commit. The caller holds the transaction."""
    ends: Counter[str] = Counter()
    warnings = 0
    rows = plan.staged()
    while part := list(islice(rows, CHUNK)):
        insert_objects([_row(run, staged) for staged in part])
        ends.update(staged.outcome for staged in part)
        warnings += sum(len(staged.warnings) for staged in part)
    run.counts = _counts(plan, ends, warnings)
    run.mapping_name, run.series, run.as_of = plan.rules.name, plan.rules.series, plan.as_of
    run.encoding = plan.table.encoding
    run.base = latest(run.series)
    run.summary = summary_of(plan, new_units=Places().missing(plan.places), base=run.base)
    run.rejects = keep_file(plan.rejects) if plan.rejects else None
    run.state, run.problem = State.READY, None
    run.version += 1
    run.save(
        update_fields=[
            "counts", "mapping_name", "series", "as_of", "encoding", "base", "summary", "rejects", "state", "problem",
            "version",
        ]
    )  # fmt: skip
    if changes(run.counts) or run.counts["refused"]:
        told = {name: run.counts[name] for name in SAID}
        audit.record(by=by, at=at, action="import.staged", obj=run, after={"file": run.filename, **told})


SAID: Final = ("rows", "created", "updated", "unchanged", "refused", "cell_warnings")
"""What an import says of itself everywhere: in the log, on the command line, through the API."""


def changes(counts: dict[str, int]) -> int:
    """How many rows a run writes."""
    return counts["created"] + counts["updated"]


def latest(series: str) -> ImportRun | None:
    """The import of a series that was committed last."""
    done = ImportRun.objects.filter(series=series, state=State.COMMITTED)
    return done.order_by("-committed_at", "-pk").first()


def _row(run: ImportRun, staged: Staged) -> ImportRow:
    return ImportRow(
        run=run, number=staged.number, outcome=staged.outcome, label=staged.label, changes=staged.changes,
        warnings=staged.warnings, refusals=staged.refusals, warned=bool(staged.warnings), staged=staged.said,
        record_id=staged.record_id, initiative_id=staged.initiative_id,
    )  # fmt: skip


def held_run(pk: int, *, expected_version: int | None = None) -> ImportRun:
    """The run, with imports held until the transaction ends. Raises Problem 409 while another is written, 404, 412."""
    if not try_hold("import"):
        raise conflict("another_import", "Another import is being written. Try again when it is done.")
    run = ImportRun.objects.filter(pk=pk).first()
    if run is None:
        raise not_found()
    if expected_version is not None and run.version != expected_version:
        raise stale("Somebody worked on this import meanwhile. Read it again.")
    return run


def require_committable(run: ImportRun, *, only_good_rows: bool, begun: bool = False) -> None:
    """Refuse, 409, a run that is not ready, that has refused rows, or whose preview is no longer true."""
    if run.state != (State.COMMITTING if begun else State.READY):
        raise conflict(
            "not_ready", f"This import is {run.get_state_display().lower()}. There is nothing to commit."
        )
    if run.counts["refused"] and not only_good_rows:
        raise conflict(
            "rows_refused",
            f"Nothing was written: {run.counts['refused']} of {run.counts['rows']} rows are refused. "
            "Mend them, or commit the good rows only.",
        )
    now = latest(run.series)
    gone = ImportRow.objects.filter(run=run, outcome__in=[Outcome.UPDATED, Outcome.UNCHANGED])
    if (now.pk if now else None) != run.base_id or gone.filter(record=None).exists():
        raise conflict("preview_outdated", NEWER)


def commit_import(
    *, run_id: int, by: Actor, at: datetime, only_good_rows: bool | None = None, expected_version: int | None = None,
    begun: bool = False, tell: Callable[[int], None] | None = None,
) -> ImportRun:  # fmt: skip
    """Write what the preview showed, in one transaction. Doing it twice writes once.

    `begun`: a worker commits what somebody asked for (services.jobs); `tell` hears how many rows are written. All rows or none, unless `only_good_rows`. A run that changes nothing is closed and leaves no trace in the log.
    Raises Problem 409 when the run was committed already, when rows were refused and the good ones alone were not
    asked for, or when another import of the series came in between.
    """
    require_anywhere(by, Action.IMPORT)
    try:
        with transaction.atomic():
            run = held_run(run_id, expected_version=expected_version)
            good_only = run.only_good_rows if only_good_rows is None else only_good_rows
            require_committable(run, only_good_rows=good_only, begun=begun)
            _write(run, by, at, tell)
            run.state, run.committed_at, run.committed_by = State.COMMITTED, at, by.user
            run.only_good_rows, run.problem = good_only, None
            run.version += 1
            run.save(
                update_fields=[
                    "state", "committed_at", "committed_by", "only_good_rows", "problem", "version",
                ]
            )  # fmt: skip
            if changes(run.counts):
                told: dict[str, Any] = {name: run.counts[name] for name in SAID}
                audit.record(by=by, at=at, action="import.committed", obj=run, after=told)
                outbox.owe(kind=COMMITTED, key=f"import-{run.pk}", payload={"run": run.pk}, at=at)
                outbox.owe(kind=FOLLOW, key="import", payload={"run": run.pk}, at=at)
    except IntegrityError as error:
        raise conflict(
            "key_taken", "A record with the key of one of these rows exists already, from elsewhere."
        ) from error
    return run


def _write(run: ImportRun, by: Actor, at: datetime, tell: Callable[[int], None] | None) -> None:
    world = make_world(run, load_mapping(run.mapping_toml), by, at)
    world.tell = tell
    create_rows(world)
    update_initiatives(world)
    refresh_rows(world)
    ensure_pilots(initiative_ids=world.stays, by=by, at=at)
    because = f"Import {run.pk} of {run.filename}"[:300]
    for dates in chunks(world.decisions):
        bring_decision_dates(run=run, dates=dates, because=because, by=by, at=at)
    for totals in chunks(world.spent):
        bring_spend_to(totals=totals, on=world.as_of, note=f"Spent to date. {because}", by=by, at=at)


def chunks(told: Mapping[int, T]) -> Iterator[dict[int, T]]:
    """What is told of initiatives, a thousand at a time in the order of their ids."""
    pairs = iter(sorted(told.items()))
    while part := dict(islice(pairs, CHUNK)):
        yield part


def discard_import(*, run_id: int, by: Actor, at: datetime, expected_version: int | None = None) -> ImportRun:
    """Throw a preview away: its rows go, that it was looked at stays on record. Raises Problem 409 once it is written."""
    require_anywhere(by, Action.IMPORT)
    with transaction.atomic():
        run = held_run(run_id, expected_version=expected_version)
        if run.state not in {State.READY, State.UPLOADED, State.REFUSED} and not is_stuck(run):
            raise conflict(
                "not_ready",
                f"This import is {run.get_state_display().lower()}. There is nothing to discard.",
            )
        ImportRow.objects.filter(run=run).delete()
        run.state, run.draft, run.detected = State.DISCARDED, None, None
        run.version += 1
        run.save(update_fields=["state", "draft", "detected", "version"])
        audit.record(by=by, at=at, action="import.discarded", obj=run)
    return run


def discard_old(*, before: datetime, by: Actor, at: datetime) -> int:
    """Discard what nobody committed and nobody touched since; returns how many."""
    left = ImportRun.objects.filter(
        state__in=[State.READY, State.UPLOADED, State.REFUSED], created_at__lt=before
    )
    ids = list(left.order_by("pk").values_list("pk", flat=True))
    for pk in ids:
        discard_import(run_id=pk, by=by, at=at)
    return len(ids)


def importer(email: str) -> User:
    """The person an import on the command line is done for. Raises Problem 400 for an unknown address."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise field_error("by", f"Nobody active has the address {email}.")
    return user
