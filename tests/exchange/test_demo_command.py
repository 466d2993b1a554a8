"""`seed_demo`: where it may run, what a reset throws away and what it refuses to, and the portfolio for load."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from core.models import AuditEvent, Outbox, User
from exchange.demo import ground
from exchange.demo.load import load
from kpis.models import Arrival, Kpi, Measurement
from pilots.models import Pilot
from portfolio.models import Expenditure, Initiative, StageSpell
from tests.cast import AT, TODAY, Cast, unit
from tests.exchange.recomputed import kpis_that_disagree, models_that_disagree, pilots_that_disagree

ROOT = Path(__file__).resolve().parents[2]
Stop = Callable[[datetime], None]


def seed_demo(**options: Any) -> None:
    call_command("seed_demo", **options)


def test_it_never_runs_in_production(db: None, settings: Any) -> None:
    settings.PROD = True
    with pytest.raises(CommandError, match="never runs in production") as refused:
        seed_demo()
    assert refused.value.returncode == 2
    assert not User.objects.exists()


@pytest.mark.parametrize("size", [0, -1, 1_000_001])
def test_a_size_that_makes_no_sense_is_refused(db: None, size: int) -> None:
    with pytest.raises(CommandError, match="from 1 to 1,000,000"):
        seed_demo(size=size)


def test_it_adds_nothing_to_records_that_are_there(cast: Cast) -> None:
    with pytest.raises(CommandError, match="holds records already"):
        seed_demo()
    assert not Initiative.objects.exists()


def test_a_reset_refuses_a_database_in_which_no_demo_was_made(cast: Cast) -> None:
    with pytest.raises(CommandError, match="these records are no demo"):
        seed_demo(reset=True)
    assert User.objects.count() == len(cast.people)


def test_a_reset_refuses_to_throw_away_what_somebody_added_to_the_demo(db: None, frozen: Stop) -> None:
    load(size=3, at=AT, seed=1)
    unit("Our own unit")
    User.objects.create_user("me@bank.example", name="Me", created_at=AT)
    with pytest.raises(CommandError, match="1 business unit, 1 person") as refused:
        seed_demo(reset=True)
    assert "DATABASE_URL" in str(refused.value)
    assert Initiative.objects.count() == 3


def test_what_readers_do_with_a_demo_does_not_stand_in_the_way_of_a_reset(db: None, frozen: Stop) -> None:
    load(size=3, at=AT, seed=1)
    Initiative.objects.update(name=F("id"))
    kpi = Kpi.objects.exclude(current=None).select_related("current").order_by("pk")[0]
    assert kpi.current is not None
    Measurement.objects.create(kpi=kpi, kpi_version=kpi.current, observed_on=TODAY, value=1, recorded_at=AT)
    ground.require_only_a_demo()


def test_the_portfolio_for_load_is_as_consistent_as_the_small_one(db: None, frozen: Stop) -> None:
    load(size=120, at=AT, seed=7)
    assert Initiative.objects.count() == 120
    assert kpis_that_disagree(TODAY) == []
    assert pilots_that_disagree(TODAY) == []
    assert models_that_disagree(TODAY) == []
    assert not Arrival.objects.exists()
    assert not Outbox.objects.filter(done_at=None).exists()
    current = StageSpell.objects.filter(closed_at=None)
    assert current.count() == 120
    assert not current.exclude(stage=F("initiative__stage")).exists()
    assert not current.exclude(entered_on=F("initiative__entered_on")).exists()
    piloting = Initiative.objects.filter(stage="pilot")
    assert Pilot.objects.filter(ended_on=None).count() == piloting.count() > 10
    assert not piloting.filter(pilot_level="").exists()
    assert set(Kpi.objects.values_list("current__kpi", flat=True)) == set(
        Kpi.objects.values_list("pk", flat=True)
    )
    assert not Measurement.objects.filter(recorded_at__gt=AT).exists()
    assert not Expenditure.objects.filter(spent_on__gt=TODAY).exists()


def test_two_portfolios_for_load_of_one_number_are_the_same(db: None, frozen: Stop) -> None:
    def told() -> list[Any]:
        kpis = Kpi.objects.order_by("pk").values_list("initiative__name", "name", "status", "progress")
        return [*Initiative.objects.order_by("pk").values_list("name", "stage", "entered_on", "spent"), *kpis]

    before = transaction.savepoint()
    load(size=30, at=AT, seed=7)
    first = told()
    transaction.savepoint_rollback(before)
    load(size=30, at=AT, seed=7)
    assert told() == first
    assert len(first) > 40


@pytest.mark.slow
def test_a_reset_begins_anew_from_the_first_record_and_the_log_still_refuses_change(tmp_path: Path) -> None:
    path = tmp_path / "demo.sqlite3"
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{path}", "DJANGO_ENV": "dev"}

    def manage(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    manage("migrate", "-v0")
    assert "Made 12 initiatives" in manage("seed_demo", "--size", "12")
    before = _told(path)
    said = manage("seed_demo", "--reset", "--size", "12")
    assert "Throwing the old demo away" in said
    assert _told(path) == before
    with sqlite3.connect(path) as link, pytest.raises(sqlite3.DatabaseError, match="append-only"):
        link.execute("DELETE FROM core_auditevent")


def _told(path: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as link:
        rows = link.execute("SELECT id, name, stage FROM portfolio_initiative ORDER BY id").fetchall()
        rows += link.execute("SELECT count(*), min(id), max(id) FROM core_auditevent").fetchall()
    return rows


def test_the_log_says_that_a_demo_was_made(db: None, frozen: Stop) -> None:
    load(size=2, at=AT, seed=1)
    event = AuditEvent.objects.get(action="demo.seeded")
    assert (event.after["size"], event.after["day"], event.after["last"]["initiative"]) == (
        2,
        "2026-11-24",
        Initiative.objects.order_by("-pk")[0].pk,
    )
