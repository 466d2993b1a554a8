"""`manage.py import_portfolio FILE --mapping M.toml`: data to stdout, messages to stderr, exit 0, 1 or 2."""

import csv
import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from core import clock
from core.access import actor_for, system
from core.errors import Problem
from exchange.mapping import shipped_mappings
from exchange.services.imports import commit_import, importer, refused_rows, stage_import
from exchange.services.rejects import rejects_of

FINDING, USAGE = 1, 2


class Command(BaseCommand):
    help = "Import a portfolio from CSV or XLSX through a mapping."
    suppressed_base_arguments = {"--traceback", "--settings", "--pythonpath"}

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", required=True, help="a TOML file, or the name of a shipped mapping")
        parser.add_argument("--as-of", type=date.fromisoformat, help="the day the file speaks of, YYYY-MM-DD")
        parser.add_argument("--dry-run", action="store_true", help="show what it would do; write nothing")
        parser.add_argument(
            "--good-rows-only", action="store_true", help="write the good rows when some are refused"
        )
        parser.add_argument("--rejects", type=Path, help="write the refused rows to this CSV")
        parser.add_argument("--by", help="e-mail of the person it is done for (the system unless given)")
        parser.add_argument("--json", action="store_true", help="the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = self._run(options)
        except Problem as problem:
            self.stderr.write(problem.detail)
            sys.exit(FINDING)
        if code:
            sys.exit(code)

    def _run(self, options: dict[str, Any]) -> int:
        try:
            data, mapping = options["file"].read_bytes(), _mapping(options["mapping"])
        except OSError as error:
            self.stderr.write(f"{error.filename} cannot be read: {error.strerror}.")
            return USAGE
        at = clock.now()
        by = actor_for(importer(options["by"]), via="command") if options["by"] else system("command")
        with transaction.atomic():
            run = stage_import(
                data=data, filename=options["file"].name, mapping=mapping, by=by, at=at, as_of=options["as_of"],
                only_good_rows=options["good_rows_only"],
            )  # fmt: skip
            counts, refusals = dict(run.counts), refused_rows(run)
            if options["rejects"] and refusals:
                options["rejects"].write_bytes(rejects_of(run))
                self.stderr.write(f"{counts['refused']} refused rows are in {options['rejects']}.")
            writes = not options["dry_run"] and (not refusals or options["good_rows_only"])
            if options["dry_run"]:
                transaction.set_rollback(True)
            elif writes:
                commit_import(run_id=run.pk, by=by, at=at)
        self._say(counts, as_json=options["json"])
        if refusals and not writes:
            for refusal in refusals[:20]:
                self.stderr.write(f"row {refusal['row']}, {refusal['column']}: {refusal['reason']}")
            if not options["dry_run"]:
                self.stderr.write("Nothing was written. Mend the rows, or add --good-rows-only.")
            return FINDING
        if options["dry_run"]:
            self.stderr.write("Dry run: nothing was written.")
        return 0

    def _say(self, counts: dict[str, int], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        writer = csv.writer(self.stdout)
        for name, count in counts.items():
            writer.writerow([name.replace("_", " "), count])


def _mapping(given: str) -> str:
    shipped = shipped_mappings()
    path = shipped[given] if given in shipped else Path(given)
    return path.read_text(encoding="utf-8")
