"""`manage.py quickstart`: everything in one process. What `dev.py run` calls."""

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from core import embedded
from core.models import User
from exchange.demo.people import PASSWORD, SIGN_INS


class Command(BaseCommand):
    help = "Set up, migrate, seed the demo portfolio and serve web, worker and beat in one process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="start with an empty portfolio")
        parser.add_argument(
            "--reset", action="store_true", help="throw the demo portfolio away and seed it anew"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if settings.PROD:
            raise CommandError(
                "quickstart is for trying out. In production run web, worker and beat by themselves."
            )
        _refuse_taken_port(host, port)
        call_command("migrate", verbosity=0, interactive=False)
        if not options["no_demo"] and (options["reset"] or not User.objects.exists()):
            self.stderr.write("Making the demo portfolio …")
            call_command("seed_demo", reset=options["reset"])
        self._greet(host, port, demo=User.objects.filter(email=SIGN_INS[0][0]).exists())
        connection.close()
        running = embedded.start()
        try:
            call_command("runserver", f"{host}:{port}", use_reloader=False, verbosity=0, skip_checks=True)
        finally:
            running.stop()

    def _greet(self, host: str, port: int, *, demo: bool) -> None:
        lines = ["", f"  Throughline is at http://{host}:{port}/", ""]
        if demo:
            lines.append(f"  Sign in as one of these, password {PASSWORD}")
            lines += [f"    {email:<34} {what}" for email, what in SIGN_INS]
        else:
            lines.append("  No people yet: python3 dev.py manage createsuperuser, then grant a role.")
        lines += ["", "  Stop with Ctrl-C. Everything is kept in var/.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Port {port} on {host} is taken. Choose another with --port.") from error
