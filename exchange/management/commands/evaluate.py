"""`manage.py evaluate [--as-of D] [--all] [--json]`: how KPIs, pilots and models stand; data to stdout."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core import clock
from core.access import system
from core.errors import Problem
from core.wording import day as in_words
from exchange.management.terminal import USAGE, day
from exchange.services.evaluate import Evaluated, evaluate


class Command(BaseCommand):
    help = (
        "Judge KPIs, pilots and models: what is due today, or with --all everything. For a past day the answers are "
        "worked out from the recorded facts and printed; nothing is stored, so the dashboard keeps showing today."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=day, help="a day, YYYY-MM-DD; today unless given")
        parser.add_argument("--all", action="store_true", help="everything, not only what is due")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            done = evaluate(
                at=clock.now(), by=system("command"), as_of=options["as_of"], everything=options["all"]
            )
        except Problem as problem:
            self.stderr.write(problem.detail)
            sys.exit(USAGE)
        if options["json"]:
            self.stdout.write(json.dumps(done.to_json()))
        else:
            self._say(done)

    def _say(self, done: Evaluated) -> None:
        figures = done.figures
        self.stdout.write(f"As of {in_words(done.as_of)}: {done.changed} stored answers changed")
        for title, counts in (
            ("pilots", figures.pilots), ("KPIs", figures.kpis), ("models", figures.models),
        ):  # fmt: skip
            said = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items())
            self.stdout.write(f"  {title}: {said or 'none'}")
        units = ", ".join(figures.units) or "none"
        self.stdout.write(f"  units with five or more pilots and nothing in production: {units}")
