"""`manage.py grant_role EMAIL ROLE [--unit UNIT] --because WHY`: a role from the machine itself, on record.

The way in where there is no second administrator to consent: the first one, and the second.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from core import clock
from core.access import system
from core.errors import Problem
from core.grants import grant_role
from core.models import BusinessUnit, Role, User

USAGE = 2


class Command(BaseCommand):
    help = (
        "Give somebody a role, without a second administrator. For whoever may run commands on this machine: to make "
        "the first administrators, and where only one is left. The audit log keeps it, with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person, by the address they sign in with")
        parser.add_argument("role", choices=Role.values, metavar="role", help=", ".join(Role.values))
        parser.add_argument("--unit", help="its name or short name; the whole organisation unless given")
        parser.add_argument("--because", required=True, help="why, for the audit log")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            row = grant_role(
                user=person(options["email"]), role=options["role"], unit=_unit(options["unit"]),
                by=system("command"), at=clock.now(), because=options["because"],
            )  # fmt: skip
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        where = row.unit.name if row.unit else "the whole organisation"
        self.stderr.write(f"{row.user.name} is {row.get_role_display().lower()} in {where} now.")


def person(email: str) -> User:
    """The person with that address, whatever its case."""
    row = User.objects.filter(email__iexact=email).first()
    if row is None:
        raise CommandError(f"Nobody signs in with {email}.", returncode=USAGE)
    return row


def _unit(named: str | None) -> BusinessUnit | None:
    if named is None:
        return None
    found = list(BusinessUnit.objects.filter(Q(name__iexact=named) | Q(code__iexact=named))[:2])
    if len(found) != 1:
        raise CommandError(
            f"{'More than one' if found else 'No'} business unit is called {named}.", returncode=USAGE
        )
    return found[0]
