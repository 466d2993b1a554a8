"""Imports that take long: a file received is read at once or by a worker, a preview committed likewise."""

import codecs
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from core import clock, outbox
from core.access import Actor, actor_for, require_anywhere
from core.errors import Problem, conflict
from core.lease import Lease, LeaseLostError
from core.models import Job, Outbox
from core.roles import Action
from exchange.mapping import MappingRefused, load_mapping
from exchange.models import ImportRow, ImportRun
from exchange.reading import FileRefused, read_table
from exchange.reading.archive import open_archive
from exchange.reading.limits import DEFAULT_LIMITS
from exchange.reading.reader import ZIP
from exchange.services.detecting import Options, detect_columns
from exchange.services.imports import (
    clean_name,
    commit_import,
    content_of,
    held_run,
    keep_file,
    require_committable,
    require_size,
    stage_import,
    store_plan,
)
from exchange.services.plan import read_plan, refusal

State = ImportRun.State
STAGE: Final = "import.stage"
DETECT: Final = "import.detect"
COMMIT: Final = "import.commit"
LONG_ROWS: Final = 2_000
LONG_CSV: Final = 1_000_000
LONG_XLSX: Final = 150_000
"""Bytes above which a file is read by a worker: about two thousand rows of a usual width."""


def takes_long(data: bytes) -> bool:
    """Whether reading the file would keep somebody waiting."""
    if data.startswith(ZIP):
        return len(data) > LONG_XLSX
    return len(data) > LONG_CSV or data.count(b"\n") > LONG_ROWS


def receive(
    *, data: bytes, filename: str, mapping: str | None, by: Actor, at: datetime, as_of: date | None = None,
    only_good_rows: bool = False,
) -> ImportRun:  # fmt: skip
    """Keep a file and read it through `mapping` (TOML), or look at its columns where there is none yet.

    A small one is read now; a large one by a worker, and the run says so (`job`). Raises Problem 403, 413, and 400 for a
    file or mapping that cannot be used; then nothing is kept.
    """
    require_anywhere(by, Action.IMPORT)
    name = clean_name(filename)
    require_size(len(data), name)
    if not takes_long(data):
        if mapping is not None:
            return stage_import(
                data=data, filename=name, mapping=mapping, by=by, at=at, as_of=as_of, only_good_rows=only_good_rows
            )  # fmt: skip
        found = detect_columns(data, filename=name)
        return ImportRun.objects.create(
            filename=name, file=keep_file(data), as_of=as_of, detected=found, created_at=at, created_by=by.user,
            only_good_rows=only_good_rows,
        )  # fmt: skip
    refuse_plainly_wrong(data, mapping)
    with transaction.atomic():
        run = ImportRun.objects.create(
            filename=name, file=keep_file(data), as_of=as_of, mapping_toml=mapping or "", created_at=at,
            created_by=by.user, only_good_rows=only_good_rows,
        )  # fmt: skip
        _begin(run, STAGE if mapping is not None else DETECT, at)
    return run


PLAIN: Final = frozenset(
    {"not_a_table", "wrong_kind", "wrong_column_count", "header_drift", "missing_column", "ambiguous_column",
     "too_many_columns", "empty"}
)  # fmt: skip
"""What the beginning of a text already tells for sure."""
BEGINNING: Final = 256 * 1024


def refuse_plainly_wrong(data: bytes, mapping: str | None) -> None:
    """Refuse a large file at once, 400, where its beginning (of a workbook: its directory) shows that it is no use."""
    try:
        rules = load_mapping(mapping.encode()) if mapping is not None else None
        if data.startswith(ZIP):
            open_archive(data, DEFAULT_LIMITS).close()
        elif not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            read_table(data[:BEGINNING].rpartition(b"\n")[0] or data[:BEGINNING], mapping=rules)
    except MappingRefused as refused:
        raise refusal(refused) from refused
    except FileRefused as refused:
        if data.startswith(ZIP) or refused.code in PLAIN:
            raise refusal(refused) from refused


def _require_mapping(mapping: str) -> None:
    try:
        load_mapping(mapping.encode())
    except MappingRefused as refused:
        raise refusal(refused) from refused


REMAPPED: Final = {State.UPLOADED, State.REFUSED, State.READY}
"""While nothing is committed a run can be mapped anew."""


def _to_map(run_id: int, expected_version: int | None) -> ImportRun:
    run = held_run(run_id, expected_version=expected_version)
    if run.state not in REMAPPED:
        raise conflict(
            "not_ready", f"This import is {run.get_state_display().lower()}: its mapping stays as it is."
        )
    return run


def keep_draft(*, run_id: int, draft: dict[str, Any], by: Actor, expected_version: int | None = None) -> None:
    """Keep what was clicked so far. Raises Problem 409, 412."""
    require_anywhere(by, Action.IMPORT)
    with transaction.atomic():
        run = _to_map(run_id, expected_version)
        run.draft = draft
        run.version += 1
        run.save(update_fields=["draft", "version"])


def restage(
    *, run_id: int, mapping: str, by: Actor, at: datetime, draft: dict[str, Any] | None = None,
    expected_version: int | None = None,
) -> ImportRun:  # fmt: skip
    """Read the file of a run through a mapping (TOML), now or by a worker; an earlier preview goes.

    Raises Problem 400 for a file that cannot be read so and leaves the run as it was, 409, 412.
    """
    require_anywhere(by, Action.IMPORT)
    _require_mapping(mapping)
    with transaction.atomic():
        run = _to_map(run_id, expected_version)
        ImportRow.objects.filter(run=run).delete()
        run.mapping_toml, run.draft = mapping, draft
        run.save(update_fields=["mapping_toml", "draft"])
        data = content_of(run.file_id)
        if takes_long(data):
            _begin(run, STAGE, at)
            return run
        with read_plan(
            data=data, filename=run.filename, mapping=mapping, as_of=run.as_of, today=clock.day_of(at)
        ) as plan:  # fmt: skip
            store_plan(plan=plan, run=run, by=by, at=at)
    return run


def look_again(*, run_id: int, options: Options, by: Actor, at: datetime) -> ImportRun:
    """Look at the columns anew, read with another encoding, header row or sheet. Raises Problem 400, 409."""
    require_anywhere(by, Action.IMPORT)
    with transaction.atomic():
        run = _to_map(run_id, None)
        ImportRow.objects.filter(run=run).delete()
        data = content_of(run.file_id)
        run.draft = None
        if takes_long(data):
            run.save(update_fields=["draft"])
            _begin(run, DETECT, at, options=options.to_json())
        else:
            run.detected = detect_columns(data, filename=run.filename, options=options)
            run.state, run.problem = State.UPLOADED, None
            run.version += 1
            run.save(update_fields=["draft", "detected", "state", "problem", "version"])
    return run


def begin_commit(
    *, run_id: int, by: Actor, at: datetime, only_good_rows: bool | None = None, expected_version: int | None = None
) -> ImportRun:  # fmt: skip
    """Commit now, or by a worker where there are many rows: then the run is `committing`. Raises as commit_import."""
    require_anywhere(by, Action.IMPORT)
    with transaction.atomic():
        run = held_run(run_id, expected_version=expected_version)
        good_only = run.only_good_rows if only_good_rows is None else only_good_rows
        if run.counts.get("rows", 0) <= LONG_ROWS:
            return commit_import(run_id=run_id, by=by, at=at, only_good_rows=good_only)
        require_committable(run, only_good_rows=good_only)
        run.only_good_rows, run.committed_by = good_only, by.user
        run.save(update_fields=["only_good_rows", "committed_by"])
        _begin(run, COMMIT, at)
    return run


TITLES: Final = {STAGE: "Reading {}", DETECT: "Looking at {}", COMMIT: "Committing {}"}


def _begin(run: ImportRun, kind: str, at: datetime, **more: Any) -> None:
    """Owe the work, with a job that shows how far it is. The caller holds the transaction."""
    who = run.committed_by if kind == COMMIT else run.created_by
    title = TITLES[kind].format(run.filename)[:200]
    total = run.counts.get("rows") if kind == COMMIT else None
    run.job = Job.objects.create(
        kind=kind, title=title, total=total, result={"import": run.pk}, created_at=at, created_by=who
    )
    run.state = State.COMMITTING if kind == COMMIT else State.STAGING
    run.problem = None
    run.version += 1
    run.save(update_fields=["job", "state", "problem", "version"])
    outbox.owe(kind=kind, key=f"import-{run.pk}", payload={"run": run.pk, **more}, at=at)


def work(row: Outbox, lease: Lease) -> None:
    """Do what a run waits for. What stands in its way is told on the run, not tried again; a crash is tried again."""
    run = (
        ImportRun.objects.select_related("job", "created_by", "committed_by")
        .filter(pk=row.payload["run"])
        .first()
    )
    wanted = State.COMMITTING if row.kind == COMMIT else State.STAGING
    if run is None or run.state != wanted or run.job is None:
        return
    last = row.attempts >= outbox.MAX_ATTEMPTS
    try:
        who = run.committed_by if row.kind == COMMIT else run.created_by
        if who is None:
            raise Problem(403, "forbidden", "Whoever began this import is gone.")
        by = actor_for(who, via="import")
        require_anywhere(by, Action.IMPORT)
        progress = _Progress(run.job.pk)
        progress.tell(0, run.job.total)
        _DO[row.kind](run, row, by, lease, progress)
    except Problem as problem:
        if problem.code == "another_import" and not last:
            raise
        with transaction.atomic():
            give_up(run.pk, wanted, problem, clock.now())
            lease.done()
    except LeaseLostError:
        raise
    except Exception:
        if last:
            ours = Problem(
                500, "server_error", "This could not be done. It is our mistake, and nothing was written."
            )
            give_up(run.pk, wanted, ours, clock.now())
        raise


def give_up(run_id: int, state: str, problem: Problem, at: datetime) -> None:
    """Tell on the run why it came to nothing. A preview stays as it was; a file that cannot be used is refused."""
    said = {
        "code": problem.code,
        "detail": problem.detail,
        "errors": [{"pointer": i.pointer, "code": i.code, "detail": i.detail} for i in problem.items],
    }
    back = State.READY if state == State.COMMITTING else State.REFUSED
    with transaction.atomic():
        ImportRun.objects.filter(pk=run_id, state=state).update(
            state=back, problem=said, version=F("version") + 1
        )
        Job.objects.filter(import_run=run_id).update(state=Job.State.FAILED, problem=said, finished_at=at)


class _Progress:
    """How far a job is, written where others see it: between transactions, or from the lease's own thread."""

    def __init__(self, job_id: int) -> None:
        self.job_id, self.done = job_id, 0

    def tell(self, done: int, total: int | None = None) -> None:
        facts = {"done": done, "state": Job.State.RUNNING, **({"total": total} if total else {})}
        Job.objects.filter(pk=self.job_id).exclude(state=Job.State.DONE).update(**facts)

    def note(self, done: int) -> None:
        self.done = done

    def pulse(self) -> None:
        self.tell(self.done)

    def finish(self, at: datetime, total: int) -> None:
        Job.objects.filter(pk=self.job_id).update(
            state=Job.State.DONE, done=total, total=total, finished_at=at, problem=None
        )


def _stage(run: ImportRun, row: Outbox, by: Actor, lease: Lease, progress: _Progress) -> None:  # noqa: ARG001
    at = clock.now()
    data = content_of(run.file_id)
    with read_plan(
        data=data, filename=run.filename, mapping=run.mapping_toml, as_of=run.as_of, today=clock.day_of(at),
        tell=progress.tell,
    ) as plan, transaction.atomic():  # fmt: skip
        store_plan(plan=plan, run=run, by=by, at=at)
        progress.finish(at, plan.rows)
        lease.done()


def _detect(run: ImportRun, row: Outbox, by: Actor, lease: Lease, progress: _Progress) -> None:  # noqa: ARG001
    at = clock.now()
    given = row.payload.get("options")
    options = Options.from_json(given) if given else None
    found = detect_columns(content_of(run.file_id), filename=run.filename, options=options)
    with transaction.atomic():
        run.detected, run.state = found, State.UPLOADED
        run.version += 1
        run.save(update_fields=["detected", "state", "version"])
        progress.finish(at, found["rows"])
        lease.done()


def _commit(run: ImportRun, row: Outbox, by: Actor, lease: Lease, progress: _Progress) -> None:  # noqa: ARG001
    at = clock.now()
    lease.each(progress.pulse)
    with transaction.atomic():
        commit_import(run_id=run.pk, by=by, at=at, begun=True, tell=progress.note)
        progress.finish(at, run.counts["rows"])
        lease.done()


_DO: Final[dict[str, Callable[[ImportRun, Outbox, Actor, Lease, _Progress], None]]] = {
    STAGE: _stage,
    DETECT: _detect,
    COMMIT: _commit,
}
