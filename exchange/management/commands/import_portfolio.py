"""`manage.py import_portfolio FILE --mapping M.toml`: data to stdout, messages to stderr, exit 0, 1 or 2."""

import csv
import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from core import clock
from core.access import Actor, actor_for, require_anywhere, system
from core.errors import Problem
from core.roles import Action
from exchange.management.terminal import FINDING, USAGE, Bar, day
from exchange.models import ImportRun
from exchange.services.evaluate import evaluate
from exchange.services.imports import (
    SAID,
    changes,
    clean_name,
    commit_import,
    importer,
    keep_file,
    require_size,
    store_plan,
)
from exchange.services.mappings import mapping_from, mapping_text
from exchange.services.plan import Plan, read_plan


class Command(BaseCommand):
    help = "Import a portfolio from CSV or XLSX through a mapping."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", required=True, help="a TOML file, or the name of a shipped or saved mapping"
        )
        parser.add_argument("--as-of", type=day, help="the day the file speaks of, YYYY-MM-DD")
        parser.add_argument("--dry-run", action="store_true", help="show what it would do; write nothing")
        parser.add_argument(
            "--good-rows-only", action="store_true", help="write the good rows when some are refused"
        )
        parser.add_argument("--rejects", type=Path, help="write the refused rows to this CSV")
        parser.add_argument("--by", help="e-mail of the person it is done for (the system unless given)")
        parser.add_argument("--json", action="store_true", help="the counts as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            code = self._run(options)
        except Problem as problem:
            self.stderr.write(problem.detail)
            sys.exit(FINDING)
        if code:
            sys.exit(code)

    def _run(self, options: dict[str, Any]) -> int:
        path: Path = options["file"]
        try:
            require_size(path.stat().st_size, path.name)
            data, mapping = path.read_bytes(), _mapping(options["mapping"])
        except OSError as error:
            self.stderr.write(f"{error.filename} cannot be read: {error.strerror}.")
            return USAGE
        at = clock.now()
        by = actor_for(importer(options["by"]), via="command") if options["by"] else system("command")
        require_anywhere(by, Action.IMPORT)
        bar = Bar(self.stderr, "Reading")
        with read_plan(
            data=data, filename=clean_name(path.name), mapping=mapping, as_of=options["as_of"],
            today=clock.day_of(at), tell=bar.tell,
        ) as plan:  # fmt: skip
            bar.end()
            if options["rejects"] and plan.rejects is not None:
                options["rejects"].write_bytes(plan.rejects)
                self.stderr.write(f"{_refused(plan)} refused rows are in {options['rejects']}.")
            writes = not options["dry_run"] and (not plan.refusals or options["good_rows_only"])
            counts = self._stage(plan, data, mapping, by, at, writes=writes)
        self._say(counts, as_json=options["json"])
        return self._close(plan, options, writes=writes)

    def _stage(
        self, plan: Plan, data: bytes, mapping: str, by: Actor, at: datetime, *, writes: bool
    ) -> dict[str, int]:
        """Stage, and commit what is to be written; a run that would change nothing is not kept either."""
        bar = Bar(self.stderr, "Writing")
        with transaction.atomic():
            run = ImportRun.objects.create(
                filename=plan.table.filename, file=keep_file(data), mapping_toml=mapping, created_at=at,
                created_by=by.user,
            )  # fmt: skip
            store_plan(plan=plan, run=run, by=by, at=at)
            counts = {name: run.counts[name] for name in SAID}
            writes = writes and bool(changes(counts))
            if writes:
                total = counts["rows"]
                commit_import(
                    run_id=run.pk, by=by, at=at, only_good_rows=True, tell=lambda done: bar.tell(done, total)
                )
            else:
                transaction.set_rollback(True)
        bar.end()
        if writes:
            evaluate(at=at, by=system("command"))  # no worker need be running for the dashboard to know
        return counts

    def _close(self, plan: Plan, options: dict[str, Any], *, writes: bool) -> int:
        if options["dry_run"]:
            self.stderr.write("Dry run: nothing was written.")
        elif not writes:
            self.stderr.write("Nothing was written. Mend the rows, or add --good-rows-only.")
        if plan.refusals and not writes:
            for refusal in plan.refusals[:20]:
                self.stderr.write(f"row {refusal['row']}, {refusal['column']}: {refusal['reason']}")
            more = len(plan.refusals) - 20
            if more > 0:
                self.stderr.write(f"... and {more} more. --rejects FILE writes them all.")
            return FINDING
        return 0

    def _say(self, counts: dict[str, int], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        writer = csv.writer(self.stdout)
        for name, count in counts.items():
            writer.writerow([name.replace("_", " "), count])


def _refused(plan: Plan) -> int:
    return len({refusal["row"] for refusal in plan.refusals})


def _mapping(given: str) -> str:
    """The text of a mapping by path or by name. Raises OSError for a path that cannot be read."""
    known = mapping_text(given)
    return known if known is not None else mapping_from(Path(given).read_bytes())
