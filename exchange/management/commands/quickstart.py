"""`manage.py quickstart`: everything in one process. What `dev.py run` calls."""

import errno
import os
import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler, get_internal_wsgi_application
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core import embedded
from core.models import User
from exchange.demo.people import ORGANISATION, PASSWORD, SIGN_INS

INTERRUPTED = 130


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
        if settings.PROD:
            raise CommandError(
                "quickstart is for trying out. In production run web, worker and beat by themselves.",
                returncode=2,
            )
        # The port first: whoever has it is told before a minute's work, not after. Callers wait in its queue.
        talks = options["verbosity"] > 1
        with bound(options["host"], options["port"], WSGIRequestHandler if talks else Quiet) as server:
            try:
                self._prepare(demo=not options["no_demo"], reset=options["reset"])
            except KeyboardInterrupt:  # what was not finished is not there: the next start does it again
                self._stopped(INTERRUPTED)
            server.set_app(get_internal_wsgi_application())
            self._serve(server, options["host"])

    def _serve(self, server: ThreadedWSGIServer, host: str) -> None:
        """Until Ctrl-C or SIGTERM."""
        stop = Stop()
        self._greet(host, server.server_port)
        connection.close()
        running = embedded.start()
        threading.Thread(target=server.serve_forever, name="throughline-web", daemon=True).start()
        stop.wait()
        server.shutdown()
        clean = running.stop()
        self._stopped(stop.code, at_once=not clean)

    def _stopped(self, code: int, *, at_once: bool = False) -> None:
        self.stdout.write("Stopped.")
        self.stdout.flush()
        if at_once:
            os._exit(code)
        sys.exit(code)

    def _prepare(self, *, demo: bool, reset: bool) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stderr.write("Setting up the database …")
            call_command("migrate", verbosity=0, interactive=False)
        if demo and (reset or not User.objects.exists()):
            self.stderr.write("Making the demo portfolio (once) …")
            call_command("seed_demo", reset=reset)
        if not settings.ORG_NAME and _is_demo():
            settings.ORG_NAME = ORGANISATION

    def _greet(self, host: str, port: int) -> None:
        site = f"http://{host}:{port}"
        lines = ["", f"  Throughline is at {site}/", f"  Its API is described at {site}/api/v1/docs/", ""]
        if _is_demo():
            lines.append(f"  Sign in as one of these, password {PASSWORD}")
            lines += [f"    {email:<34} {what}" for email, what in SIGN_INS]
        elif not User.objects.exists():
            lines += [
                "  No people yet: python3 dev.py manage createsuperuser --email you@organisation.example --name 'Your Name'",
                "  then: python3 dev.py manage grant_role you@organisation.example admin --because 'The first one'",
            ]
        where = settings.DATABASES["default"]["NAME"]
        lines += ["", f"  Stop with Ctrl-C. Everything is kept in {where}.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _is_demo() -> bool:
    return User.objects.filter(email=SIGN_INS[0][0]).exists()


class Quiet(WSGIRequestHandler):
    """Tells only what failed; `--verbosity 2` tells every request."""

    def log_message(self, format: str, *args: Any) -> None:
        status = str(args[1]) if len(args) > 1 else ""
        if status.startswith("5"):
            super().log_message(format, *args)


class Stop:
    """Waits for Ctrl-C or a SIGTERM. `code`: 130 or 0, as a shell expects. Asked again while stopping, it goes on stopping."""

    def __init__(self) -> None:
        self.code = 0
        self._asked = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, _frame: object) -> None:
        if not self._asked.is_set():
            self.code = INTERRUPTED if number == signal.SIGINT else 0
            self._asked.set()

    def wait(self) -> None:
        self._asked.wait()


def bound(host: str, port: int, handler: type[WSGIRequestHandler]) -> ThreadedWSGIServer:
    """A server that holds the port and does not answer yet."""
    try:
        return ThreadedWSGIServer((host, port), handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(f"Port {port} on {host} is taken. Choose another with --port.") from error
        raise CommandError(f"{host}:{port} cannot be listened on: {error.strerror or error}.") from error
    except OverflowError as error:
        raise CommandError(f"{port} is no port. Choose one from 1 to 65535.") from error
