"""`manage.py seed_demo [--reset] [--size N]`: the demo portfolio, or thousands of initiatives for load."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core import clock
from core.errors import Problem
from core.wording import plural
from exchange.demo import ground
from exchange.demo.load import load
from exchange.demo.seed import SEED, seed
from portfolio.models import Initiative

MOST = 1_000_000


class Command(BaseCommand):
    help = "Make the demo portfolio in an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="throw the demo away and make it anew")
        parser.add_argument(
            "--size", type=int, help="so many initiatives for load, instead of the demo's sixty"
        )
        parser.add_argument("--seed", type=int, default=SEED, help="another number tells another story")

    def handle(self, *_args: Any, **options: Any) -> None:
        size = options["size"]
        if settings.PROD:
            raise CommandError(
                "Not made: the demo is for trying out, and never runs in production.", returncode=2
            )
        if size is not None and not 1 <= size <= MOST:
            raise CommandError(f"Not made: --size is a number from 1 to {MOST:,}.", returncode=2)
        try:
            self._clear(reset=options["reset"])
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        at = clock.now()
        if size is None:
            seed(at=at, seed=options["seed"])
        else:
            load(size=size, at=at, seed=options["seed"])
        self.stderr.write(
            f"Made {plural(Initiative.objects.count(), 'initiative')} as of {clock.day_of(at)}."
        )

    def _clear(self, *, reset: bool) -> None:
        if ground.is_empty():
            return
        if not reset:
            raise CommandError("Not made: this database holds records already. --reset makes a demo anew.")
        ground.require_only_a_demo()
        self.stderr.write("Throwing the old demo away …")
        ground.throw_away()
