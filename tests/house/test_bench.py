"""The benches run on the schema as it is. What they measure is nobody's to assert here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).parents[2]


def run(*names: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bench", *names, "--scale", "0.01"], cwd=ROOT, env={**os.environ, **environment},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, (
        done.stderr
    )  # 1: a goal was not reached, which a small world says nothing of
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_those_of_the_default_database_run(tmp_path: Path) -> None:
    lines = run(DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3")
    assert sum("goal" in line for line in lines) == 4


@pytest.mark.services
def test_those_of_postgresql_run() -> None:
    given = settings.DATABASES["default"]
    url = f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT'] or 5432}/postgres"
    lines = run("evaluate", "ingest", DATABASE_URL=url)
    assert sum("goal" in line for line in lines) == 5


def test_a_bench_nobody_knows_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "nothing"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "No bench is called nothing. Known: evaluate, ingest, triage." in done.stderr
