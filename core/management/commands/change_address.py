"""`manage.py change_address EMAIL NEW --because WHY`: somebody's sign-in address from the machine itself, on record.

The way out where there is no second administrator to consent and the person cannot sign in.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from core.access import system
from core.addresses import change_address
from core.errors import Problem
from core.management.commands.grant_role import person


class Command(BaseCommand):
    help = (
        "Change the address somebody signs in with, without a second administrator. For whoever may run commands on "
        "this machine. The audit log keeps it, with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address they sign in with now")
        parser.add_argument("new", help="the address they sign in with from now on")
        parser.add_argument("--because", required=True, help="why, for the audit log")

    def handle(self, *_: Any, **options: Any) -> None:
        row = person(options["email"])
        try:
            change_address(
                user=row, email=options["new"], by=system("command"), at=clock.now(), because=options["because"]
            )  # fmt: skip
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        self.stderr.write(f"{row.name} signs in with {row.email} now.")
