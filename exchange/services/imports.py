"""An import as a person lives it: stage (and see the difference), then commit. Page, API and command share it."""

import hashlib
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from core import audit, clock, outbox
from core.access import Actor, require_anywhere
from core.errors import Problem, conflict, field_error
from core.locks import hold
from core.models import User
from core.roles import Action
from exchange.models import ImportFile, ImportRow, ImportRun
from exchange.services.commit import write
from exchange.services.plan import Plan, make_plan, told

BATCH = 1000
COMMITTED = outbox.announces("import.committed")


def stage_import(
    *, data: bytes, filename: str, mapping: str, by: Actor, at: datetime, as_of: date | None = None,
    only_good_rows: bool = False,
) -> ImportRun:  # fmt: skip
    """Keep the file, map it, and keep every row's outcome with the difference to what is there. Nothing else is written.

    `mapping` is TOML. Raises Problem 403 without the right, 413 for a file over the limit, 400 for a file or mapping
    that cannot be used, with one sentence naming the place and the remedy.
    """
    require_anywhere(by, Action.IMPORT)
    if len(data) > settings.IMPORT_MAX_BYTES:
        limit = settings.IMPORT_MAX_BYTES // 1_000_000
        raise Problem(
            413, "too_large", f"{filename} is larger than {limit} MB. Split it, or leave columns out."
        )
    name = filename.replace("\x00", "").rsplit("/")[-1].rsplit("\\")[-1][:255] or "file"
    plan = make_plan(data=data, filename=name, mapping=mapping, as_of=as_of, today=clock.day_of(at))
    with transaction.atomic():
        file, _ = ImportFile.objects.get_or_create(
            sha256=hashlib.sha256(data).hexdigest(), defaults={"content": data}
        )
        run = ImportRun.objects.create(
            filename=name, file=file, mapping_name=plan.mapping.name, mapping_toml=mapping, series=plan.mapping.series,
            as_of=plan.as_of, state=ImportRun.State.READY, encoding=plan.table.encoding or "", counts=plan.counts,
            only_good_rows=only_good_rows, created_at=at, created_by=by.user,
        )  # fmt: skip
        _stage_rows(run, plan)
        audit.record(by=by, at=at, action="import.staged", obj=run, after={"file": name, **plan.counts})
    return run


def _stage_rows(run: ImportRun, plan: Plan) -> None:
    ImportRow.objects.bulk_create(
        (
            ImportRow(
                run=run, number=row.result.number, outcome=row.outcome,
                label=str(row.values.get("name") or row.result.raw.get("name") or "")[:300], changes=row.changes,
                warnings=told(row.result.warnings), refusals=told(row.result.refusals),
                initiative_id=row.record.initiative_id if row.record else None,
            )
            for row in plan.rows
        ),
        batch_size=BATCH,
    )  # fmt: skip


def commit_import(
    *,
    run_id: int,
    by: Actor,
    at: datetime,
    only_good_rows: bool | None = None,
    expected_version: int | None = None,
) -> ImportRun:
    """Write what the preview showed, in one transaction. Doing it twice writes once.

    All rows or none, unless `only_good_rows`. Raises Problem 409 when the run was committed already, when rows were
    refused and the good ones alone were not asked for, or when the portfolio changed since the preview.
    """
    require_anywhere(by, Action.IMPORT)
    with transaction.atomic():
        hold("import")
        run = ImportRun.objects.select_related("file").get(pk=run_id)
        if expected_version is not None and run.version != expected_version:
            raise Problem(412, "stale_version", "Somebody worked on this import meanwhile. Read it again.")
        if run.state != ImportRun.State.READY:
            raise conflict(
                "not_ready", f"This import is {run.get_state_display().lower()}; there is nothing to commit."
            )
        good_only = run.only_good_rows if only_good_rows is None else only_good_rows
        plan = make_plan(
            data=bytes(run.file.content),
            filename=run.filename,
            mapping=run.mapping_toml,
            as_of=run.as_of,
            today=run.as_of,
        )
        if plan.counts != run.counts:
            raise conflict(
                "preview_outdated",
                "The portfolio changed since this preview. Upload the file again to see the new one.",
            )
        if plan.counts["refused"] and not good_only:
            raise conflict(
                "rows_refused",
                f"Nothing was written: {plan.counts['refused']} of {plan.counts['rows']} rows are refused. "
                "Mend them, or commit the good rows only.",
            )
        write(plan=plan, run=run, by=by, at=at)
        run.state, run.committed_at, run.only_good_rows = ImportRun.State.COMMITTED, at, good_only
        run.version += 1
        run.save(update_fields=["state", "committed_at", "only_good_rows", "version"])
        audit.record(by=by, at=at, action="import.committed", obj=run, after=dict(run.counts))
        outbox.owe(kind=COMMITTED, key=str(run.pk), payload={"run": run.pk}, at=at)
    return run


def discard_import(*, run_id: int, by: Actor, at: datetime) -> None:
    """Throw a preview away; the file and its outcome stay on record."""
    require_anywhere(by, Action.IMPORT)
    with transaction.atomic():
        hold("import")
        run = ImportRun.objects.get(pk=run_id)
        if run.state != ImportRun.State.READY:
            raise conflict("not_ready", f"This import is {run.get_state_display().lower()}.")
        run.state = ImportRun.State.REFUSED
        run.version += 1
        run.save(update_fields=["state", "version"])
        audit.record(by=by, at=at, action="import.discarded", obj=run)


def importer(email: str) -> User:
    """The person an import on the command line is done for. Raises Problem 400 for an unknown address."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise field_error("by", f"Nobody active has the address {email}.")
    return user


def refused_rows(run: ImportRun) -> list[dict[str, Any]]:
    """Every refusal of a run: row, column, value, reason."""
    rows = ImportRow.objects.filter(run=run, outcome=ImportRow.Outcome.REFUSED).values_list(
        "refusals", flat=True
    )
    return [refusal for refusals in rows for refusal in refusals]
