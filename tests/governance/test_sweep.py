"""The sweep: every room asked in order, safe to run twice, late and side by side, and to be killed in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, connections

from assurance import tasks as lives
from core.models import AuditEvent, Heartbeat
from governance import tasks
from governance.models import AiModel
from governance.services import evaluate as models_evaluate
from pilots.models import Pilot
from pilots.services import evaluate as pilots_evaluate
from portfolio.models import Flag, Initiative, UnitChange
from portfolio.services import tallies
from tests.cast import AT, Cast, make_cast
from tests.governance.stored import back, sound_model
from tests.pilots.stored import bare_pilot, new_initiative

ROOT = Path(__file__).resolve().parents[2]
PILOTS, MODELS = 24, 24

# Three pilots to a transaction, and a moment's pause inside each, so that a kill falls into the middle of one.
SLOWLY = """
import time
import django
django.setup()
from pilots.services import evaluate as pilots
from governance.services import evaluate as models
pilots.CHUNK = models.CHUNK = 3
def slowly(work):
    def run(**given):
        done = work(**given)
        print("judged", flush=True)
        time.sleep(0.2)
        return done
    return run
pilots.judge_records = slowly(pilots.judge_records)
models.judge_models = slowly(models.judge_models)
"""


def database_url() -> str:
    own = settings.DATABASES["default"]
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"postgres://{own['USER']}@{own['HOST']}:{own['PORT'] or 5432}/{name}"


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": database_url(), **more}


@pytest.fixture
def overdue(transactional_db: Any) -> Cast:
    """A portfolio nobody has judged yet: old pilots without a word about them, and models without an owner."""
    cast = make_cast()
    for number in range(PILOTS):
        new_initiative(cast, name=f"Pilot {number}", days=300, unit=cast.retail)
    Initiative.objects.create(name="Live", unit=cast.retail, stage="production", created_at=AT, updated_at=AT)
    for number in range(MODELS):
        sound_model(cast, f"Model {number}", owner=None)
    return cast


def everything_is_judged_once() -> None:
    """Each pilot in purgatory with its two findings, each model stale with its one; every event there once."""
    assert list(Pilot.objects.values_list("level", flat=True)) == ["purgatory"] * PILOTS
    assert list(AiModel.objects.values_list("status", flat=True)) == ["stale"] * MODELS
    raised = Flag.objects.filter(cleared_at=None)
    assert raised.filter(subject_type="pilot").count() == 2 * PILOTS
    assert raised.filter(subject_type="model").count() == MODELS
    assert Flag.objects.filter(cleared_at__isnull=False).count() == 0
    assert Initiative.objects.filter(pilot_level="purgatory").count() == PILOTS
    for action, count in (("pilot.opened", PILOTS), ("pilot.judged", PILOTS), ("model.judged", MODELS)):
        assert AuditEvent.objects.filter(action=action).count() == count
    assert not Pilot.objects.filter(due=True).exists()
    assert not AiModel.objects.filter(due=True).exists()


def test_the_sweep_asks_every_room_and_shows_that_it_did(
    cast: Cast, frozen: Callable[[datetime], None]
) -> None:
    pilot = bare_pilot(cast, days=300)
    model = sound_model(cast, owner=None)
    tasks.sweep()
    pilot.refresh_from_db()
    model.refresh_from_db()
    assert (pilot.level, model.status) == ("purgatory", "stale")
    beat = Heartbeat.objects.get(name="sweep")
    assert beat.at == AT
    assert beat.note == {
        "kpis": {"changed": 0},
        "approvals": {"changed": 0},
        "pilots": {"changed": 1},
        "models": {"changed": 1},
        "council": {"changed": 0},
        "stopped": {"changed": 0},
        **{name: {"changed": 0} for name, _ in lives.STEPS},
        "tallies": {"changed": 4},
    }


def test_a_sweep_after_a_sweep_changes_nothing(cast: Cast, frozen: Callable[[datetime], None]) -> None:
    bare_pilot(cast, days=300)
    sound_model(cast, owner=None)
    tasks.sweep()
    before = (AuditEvent.objects.count(), list(Flag.objects.values()), list(Pilot.objects.values()))
    tasks.sweep()
    assert before == (AuditEvent.objects.count(), list(Flag.objects.values()), list(Pilot.objects.values()))


def test_a_sweep_that_comes_days_late_gives_what_daily_sweeps_give(
    cast: Cast, frozen: Callable[[datetime], None]
) -> None:
    daily, late = bare_pilot(cast, days=262, name="Daily"), bare_pilot(cast, days=262, name="Late")
    Pilot.objects.filter(pk=late.pk).update(ended_on=AT.date())  # out of sight until the last day
    for day in range(15):
        frozen(AT + timedelta(days=day))
        tasks.sweep()
    Pilot.objects.filter(pk=late.pk).update(ended_on=None)
    tasks.sweep()
    rows = [Pilot.objects.get(pk=row.pk) for row in (daily, late)]
    assert rows[0].level == "purgatory"
    for name in ("level", "level_since", "rules", "remedy", "valid_until"):
        assert getattr(rows[0], name) == getattr(rows[1], name)
    told = [{f.rule: (f.since, f.sentence) for f in Flag.objects.filter(subject_id=row.pk)} for row in rows]
    assert told[0] == told[1]


def test_the_sweep_counts_for_the_dashboard_what_it_changed_itself(
    cast: Cast, frozen: Callable[[datetime], None]
) -> None:
    sound_model(cast, owner=None)  # becomes stale, which raises a flag
    tallies.refresh(at=AT)
    tasks.sweep()
    assert Flag.objects.filter(cleared_at=None).exists()
    assert not UnitChange.objects.exists()
    assert tallies.unlike_the_records(at=AT) == []
    assert Heartbeat.objects.get(name="sweep").note["tallies"] == {"changed": 1}
    tasks.sweep()
    assert Heartbeat.objects.get(name="sweep").note["tallies"] == {"changed": 0}


def test_a_room_that_fails_does_not_keep_the_others_waiting(
    cast: Cast, frozen: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*, at: datetime) -> Any:
        raise RuntimeError("no")

    model = sound_model(cast, owner=None)
    monkeypatch.setattr(tasks, "STEPS", (("kpis", fails), *tasks.STEPS[1:]))
    tasks.sweep()
    model.refresh_from_db()
    assert model.status == "stale"
    assert Heartbeat.objects.get(name="sweep").note["kpis"] == {"failed": "RuntimeError"}


def test_the_schedule_names_the_sweep() -> None:
    current_app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.sweep.name in named
    assert named <= set(current_app.tasks)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(overdue: Cast) -> None:
    """A process is killed with SIGKILL while it sweeps, twice; a third one finishes what is left."""
    code = SLOWLY + "from governance.tasks import sweep\nsweep()\n"
    for chunks in (3, 9):
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(chunks):
            assert process.stdout.readline() == "judged\n"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        process.stdout.close()
        done = Pilot.objects.exclude(level="").count() + AiModel.objects.exclude(status="").count()
        assert 0 < done < PILOTS + MODELS
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(),
        check=True,
        timeout=120,
        stdout=subprocess.PIPE,
    )
    everything_is_judged_once()


@pytest.mark.race
@pytest.mark.slow
def test_sweeps_side_by_side_do_each_thing_once(overdue: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time anyway")
    monkeypatch.setattr(pilots_evaluate, "CHUNK", 3)
    monkeypatch.setattr(models_evaluate, "CHUNK", 3)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            tasks.sweep()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    tasks.sweep()
    everything_is_judged_once()


@pytest.mark.services
@pytest.mark.slow
def test_a_celery_worker_killed_in_the_middle_is_followed_by_another(overdue: Cast) -> None:
    """The real worker on Redis, killed with its children; the next sweep message is done by a new one."""
    if not settings.REDIS_URL:
        pytest.skip("needs Redis")
    env = environment(REDIS_URL=settings.REDIS_URL, REDIS_PREFIX=f"kill-{os.getpid()}:")
    code = SLOWLY + "from config.celery import app\napp.worker_main(['worker', '-c', '1', '-l', 'ERROR'])\n"
    send = "from config.celery import app\napp.send_task('governance.tasks.sweep')\n"

    def worker() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=env, start_new_session=True, stdout=subprocess.DEVNULL
        )

    def wait_for(met: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not met():
            assert time.monotonic() < until
            time.sleep(0.1)

    subprocess.run([sys.executable, "-c", send], cwd=ROOT, env=env, check=True, timeout=60)
    first = worker()
    wait_for(lambda: Pilot.objects.exclude(level="").count() >= 6)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(timeout=10)
    assert Pilot.objects.filter(level="").exists()
    second = worker()
    try:
        subprocess.run([sys.executable, "-c", send], cwd=ROOT, env=env, check=True, timeout=60)
        wait_for(lambda: not AiModel.objects.filter(status="").exists())
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(timeout=60)
    everything_is_judged_once()


def test_what_the_sweep_left_out_of_sight_stays_due(cast: Cast, frozen: Callable[[datetime], None]) -> None:
    sound_model(cast, last_heartbeat_on=back(99))
    assert models_evaluate.evaluate_due(at=AT, limit=0).judged == 0
    assert AiModel.objects.get().due
