"""`manage.py export_data DATASET --format csv|xlsx|json`: every record of one kind, to stdout or a file."""

import os
import sys
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.http import QueryDict

from core.access import actor_for, system
from core.errors import Problem
from exchange.exports import DATASETS, as_csv, as_json, as_xlsx
from exchange.management.terminal import FINDING, USAGE
from exchange.services.imports import importer


class Command(BaseCommand):
    help = "Export one kind of record. Filters are those of its list: --where 'stage=pilot&ordering=name'."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", choices=tuple(DATASETS))
        parser.add_argument("--format", choices=("csv", "xlsx", "json"), required=True)
        parser.add_argument("--where", default="", help="filters and order, as in the address of the list")
        parser.add_argument("--out", type=Path, help="the file to write; stdout unless given")
        parser.add_argument("--by", help="e-mail of the person whose view it is (everything unless given)")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            self._write(options)
        except Problem as problem:
            self.stderr.write(problem.detail)
            sys.exit(FINDING)
        except BrokenPipeError:
            # Whoever reads has seen enough; nothing more is to be said to a closed pipe.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            self.stderr.write(f"{error.filename} cannot be written: {error.strerror}.")
            sys.exit(USAGE)

    def _write(self, options: dict[str, Any]) -> None:
        dataset, out = DATASETS[options["dataset"]], options["out"]
        actor = actor_for(importer(options["by"]), via="command") if options["by"] else system("command")
        rows = dataset.rows(actor, QueryDict(options["where"]))
        if options["format"] == "xlsx":
            if out is None:
                as_xlsx(dataset, rows, sys.stdout.buffer, options["dataset"])
                return
            with out.open("wb") as file:
                as_xlsx(dataset, rows, file, options["dataset"])
            return
        pieces = as_csv(dataset, rows) if options["format"] == "csv" else as_json(dataset, rows)
        if out is None:
            with closing(rows):
                for piece in pieces:
                    self.stdout.write(piece, ending="")
            return
        with out.open("w", encoding="utf-8", newline="") as file:
            for piece in pieces:
                file.write(piece)
