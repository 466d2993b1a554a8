"""`manage.py stage_ageing --as-of D`: initiatives before production by the age of their stage."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from core import clock
from core.access import system
from portfolio.dashboard.counts import ageing
from portfolio.dashboard.selection import select


class Command(BaseCommand):
    help = "Initiatives before production, by how long they have been in their stage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, help="a day, YYYY-MM-DD; today unless given")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        as_of = options["as_of"] or clock.today()
        found = ageing(select(system("command"), {}, as_of), as_of)
        if options["json"]:
            self.stdout.write(json.dumps(found.to_json()))
            return
        self.stdout.write(f"As of {as_of}: {found.pre_production} before production, {found.undated} undated")
        for months, older in found.older_than_months.items():
            stages = ", ".join(f"{stage} {count}" for stage, count in older.by_stage.items())
            self.stdout.write(f"  older than {months:>2} months: {older.total:>6}   {stages}")
