"""`manage.py calculate KIND < cases.json`: a rule applied to a list of cases. No database is needed."""

import json
import sys
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from domain.calculate import CALCULATORS
from domain.errors import RuleError


class Command(BaseCommand):
    """Reads JSON from standard input, prints the answers as JSON. Exit 1: a case cannot be read; 2: a wrong call."""

    help = "Apply a rule to a list of cases, JSON in and JSON out; no database is needed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(CALCULATORS), help="which rule")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            cases = json.loads(sys.stdin.buffer.read().decode("utf-8"), parse_float=Decimal)
            answers = CALCULATORS[options["kind"]](cases)
        except UnicodeDecodeError as error:
            raise CommandError(f"Not UTF-8 at byte {error.start}.") from error
        except (json.JSONDecodeError, RecursionError) as error:
            raise CommandError(f"Not JSON: {error}") from error
        except RuleError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(answers, indent=2, ensure_ascii=False))
