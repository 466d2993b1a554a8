"""A process killed in the middle of an import leaves nothing, and whoever begins again finishes it once."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from core import clock, outbox
from core.access import system
from core.models import AuditEvent, BusinessUnit, Job, Outbox
from exchange.models import ImportedRecord, ImportRow, ImportRun
from exchange.services.evaluate import evaluate
from exchange.services.jobs import begin_commit, receive
from pilots.models import Pilot
from portfolio.models import Flag, Initiative, StageSpell
from tests.cast import Cast
from tests.exchange.staged import FEW, few, load

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
COUNT = 2_050
DIES = """
import os, signal, sys
import django
django.setup()
import core.bulk
from exchange.services import commit, imports
real, calls = core.bulk.insert_objects, [0]
def insert_objects(objects):
    calls[0] += 1
    if calls[0] == {at}:
        os.kill(os.getpid(), signal.SIGKILL)
    real(objects)
commit.insert_objects = imports.insert_objects = insert_objects
if {late}:
    imports.ensure_pilots = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
{work}
"""
BY_COMMAND = """
from django.core.management import call_command
call_command("import_portfolio", {file!r}, "--mapping", {mapping!r})
"""
BY_WORKER = """
from core import outbox
outbox.drain()
"""
NEVER = 10_000


def address() -> str:
    """The database of this test, for another process."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"


def run_until_killed(script: str) -> None:
    """Run it in a process of its own, which must end by SIGKILL."""
    connection.close()
    env = {
        **os.environ,
        "DATABASE_URL": address(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REDIS_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def left() -> dict[str, int]:
    """What stands in the tables an import writes."""
    tables: tuple[Any, ...] = (Initiative, StageSpell, ImportedRecord, Pilot)
    return {table.__name__: table.objects.count() for table in tables}


NOTHING = {"Initiative": 0, "StageSpell": 0, "ImportedRecord": 0, "Pilot": 0}
WHOLE = {"Initiative": COUNT, "StageSpell": COUNT, "ImportedRecord": COUNT, "Pilot": COUNT}


def file() -> bytes:
    return few("Name,Unit,Stage", *(f"Use case {n},Unit {n % 7},pilot" for n in range(COUNT)))


# The rows of the preview are three inserts, then each thousand is initiatives, spells and records.
@pytest.mark.parametrize(("at", "late"), [(2, False), (8, False), (NEVER, True)])
def test_a_command_killed_half_way_leaves_nothing_and_can_be_run_again(
    cast: Cast, tmp_path: Path, at: int, late: bool
) -> None:
    (tmp_path / "a.csv").write_bytes(file())
    (tmp_path / "few.toml").write_text(FEW)
    units, events = BusinessUnit.objects.count(), AuditEvent.objects.count()
    command = BY_COMMAND.format(file=str(tmp_path / "a.csv"), mapping=str(tmp_path / "few.toml"))
    run_until_killed(DIES.format(at=at, late=late, work=command))
    assert left() == NOTHING
    assert (ImportRun.objects.count(), ImportRow.objects.count(), Outbox.objects.count()) == (0, 0, 0)
    assert (BusinessUnit.objects.count(), AuditEvent.objects.count()) == (units, events)


@pytest.mark.parametrize(("at", "late"), [(5, False), (NEVER, True)])
def test_a_worker_killed_half_way_is_followed_by_one_that_finishes_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, at: int, late: bool
) -> None:
    now = clock.now()
    run = receive(data=file(), filename="a.csv", mapping=FEW, by=cast.actor("max"), at=now)
    outbox.drain()
    begin_commit(run_id=run.pk, by=cast.actor("max"), at=now)
    run_until_killed(DIES.format(at=at, late=late, work=BY_WORKER))
    assert left() == NOTHING
    run.refresh_from_db()
    assert run.state == "committing"
    assert Job.objects.get(kind="import.commit").state == "running"
    owed = Outbox.objects.get(kind="import.commit")
    assert (owed.attempts, owed.done_at) == (1, None)
    # Nobody takes it before the lease has run out; then the next worker does.
    assert outbox.drain() == 0
    later = clock.now() + timedelta(minutes=1)  # than the worker died, however long it took to start
    monkeypatch.setattr(clock, "now", lambda: later)
    outbox.drain()
    run.refresh_from_db()
    assert run.state == "committed"
    assert left() == WHOLE
    assert Job.objects.get(kind="import.commit").state == "done"
    assert AuditEvent.objects.filter(action="initiative.imported").count() == COUNT


EVALUATE_DIES = """
import os, signal
import django
django.setup()
from pilots.services import evaluate
real, calls = evaluate.judge_records, [0]
def judge_records(**given):
    calls[0] += 1
    done = real(**given)
    if calls[0] == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
evaluate.judge_records = judge_records
from django.core.management import call_command
call_command("evaluate", "--all")
"""


def test_evaluate_all_killed_half_way_loses_nothing_and_doubles_nothing(cast: Cast) -> None:
    rows = (f"Use case {n},Claims,pilot,2025-01-{n % 28 + 1:02d}" for n in range(600))
    load(cast, few("Name,Unit,Stage,Since", *rows), FEW)
    Outbox.objects.all().delete()
    run_until_killed(EVALUATE_DIES)
    # One chunk is stored whole; the one it died in is not begun.
    assert Pilot.objects.exclude(level="").count() == 250
    evaluate(at=clock.now(), by=system("command"), everything=True)
    assert Pilot.objects.filter(level="purgatory").count() == 600
    judged = AuditEvent.objects.filter(action="pilot.judged").values_list("object_id", flat=True)
    assert len(judged) == len(set(judged)) == 600
    assert Flag.objects.filter(cleared_at=None, subject_type="pilot", rule="R00").count() == 600
    assert evaluate(at=clock.now(), by=system("command"), everything=True).changed == 0
