"""The deployment run for real, short of the container engine.

The tree is put together as the Dockerfile does it, PostgreSQL and Redis are set up as docker-compose.yml says, and
web, worker and beat are started by its own command lines and asked by its own health checks.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from redis import Redis
from redis.exceptions import NoPermissionError, ResponseError

from config.celery import app
from tests.house.real import Real, free_port, own_postgres, postgres_programs, status
from tests.house.test_compose import ROOT, compose, filled, recipe, service
from tests.house.test_image import instructions

pytestmark = [pytest.mark.services, pytest.mark.slow]
HOST = "throughline.example"


class Stack:
    """What compose would run, with its folders and addresses moved onto this machine."""

    def __init__(self, folder: Path, postgres: int, redis: int) -> None:
        self.folder, self.postgres, self.redis, self.web = folder, postgres, redis, free_port()
        self.app = folder / "app"
        self.tmp = folder / "tmp"
        self.tmp.mkdir()
        self.moved = {
            "/run/secrets": str(folder / "secrets"),
            "/srv/media": str(folder / "media"),
            "/data": str(folder),
            "/tmp": str(self.tmp),
            "0.0.0.0:8000": f"127.0.0.1:{self.web}",
            "127.0.0.1:8000": f"127.0.0.1:{self.web}",
            "$(hostname)": socket.gethostname(),
        }

    def here(self, text: str) -> str:
        """A text of the file as compose fills it in, then with this machine's folders and ports."""
        text = filled(text, SITE_URL=f"https://{HOST}", ALLOWED_HOSTS=HOST)
        for there, here in self.moved.items():
            if there not in text:
                continue
            text = text.replace(there, here)
            break
        return text

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a service, and the PATH on which its programs lie."""
        given = {k: self.here(str(v)) for k, v in service(name)["environment"].items() if v is not None}
        return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(self.folder), **given}

    def argv(self, name: str) -> list[str]:
        """The command of a service."""
        command = [self.here(part) for part in service(name)["command"]]
        program = shutil.which(command[0], path=f"{Path(sys.executable).parent}:/usr/bin:/bin")
        assert program, f"{command[0]} is not installed"
        return [program, *command[1:]]

    def start(self, name: str, *, ready: str = "", port: int = 0) -> Real:
        """Start a service and wait until it says or does what shows that it is up."""
        log = self.folder / f"{name}.log"
        return Real(
            self.argv(name), log=log, ready=ready, port=port, env=self.environment(name), cwd=self.app
        )

    def healthy(self, name: str) -> bool:
        """Ask a service's own health check."""
        kind, *check = service(name)["healthcheck"]["test"]
        check = [self.here(part) for part in check]
        argv = ["sh", "-c", *check] if kind == "CMD-SHELL" else check
        done = subprocess.run(
            argv, env=self.environment(name), cwd=self.app, capture_output=True, check=False
        )
        return done.returncode == 0

    def worker_was_there(self) -> bool:
        """Whether a task has written the worker's sign of life into the database."""
        with self.link() as link:
            return link.execute("SELECT 1 FROM core_heartbeat WHERE name = 'worker'").fetchone() is not None

    def link(self) -> psycopg.Connection:
        """A connection as the product's own role."""
        return psycopg.connect((self.folder / "secrets/database_url").read_text())


def left_out(path: Path, patterns: list[str]) -> bool:
    """Whether .dockerignore keeps a path, relative to the repository, out of the image."""
    names, anywhere = [path.parts[0]], [p.removeprefix("**/") for p in patterns if p.startswith("**/")]
    top = [p for p in patterns if not p.startswith(("**/", "!"))]
    return any(fnmatch(name, p) for name in names for p in top) or any(
        fnmatch(name, p) for name in path.parts for p in anywhere
    )


def build(app: Path) -> None:
    """Fill a folder as the Dockerfile fills /app: what .dockerignore leaves, and the static files collected."""
    patterns = [p for p in (ROOT / ".dockerignore").read_text().split("\n") if p and not p.startswith("#")]

    def unwanted(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if left_out((Path(folder) / name).relative_to(ROOT), patterns)]

    shutil.copytree(ROOT, app, ignore=unwanted)
    (command,) = [rest for word, rest in instructions() if word == "RUN" and "collectstatic" in rest]
    command = command.replace("/opt/venv/bin/python", sys.executable).replace("/app", str(app))
    done = subprocess.run(
        ["sh", "-euc", command], cwd=app, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """PostgreSQL and Redis as compose sets them up, the database migrated by compose's own command."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server on this machine (Debian: apt-get install redis-server)")
    postgres_programs()
    # Not pytest's folder: PostgreSQL will not run as root, and nobody else may enter that one.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        recipe(folder)
        (folder / "cluster").mkdir(mode=0o700)
        with own_postgres(
            folder / "cluster", (folder / "secrets/postgres_password").read_text().strip()
        ) as postgres:
            this = Stack(folder, postgres, free_port())
            for secret, there, port in (
                ("database_url", "db:5432", postgres),
                ("redis_url", "redis:6379", this.redis),
            ):
                path = folder / "secrets" / secret
                moved = path.read_text().replace(f"@{there}", f"@127.0.0.1:{port}")
                path.chmod(0o600)
                path.write_text(moved)
            make_role(this)
            build(this.app)
            command = [server, *this.argv("redis")[1:], "--port", str(this.redis), "--bind", "127.0.0.1"]
            redis = Real(command, log=folder / "redis.log", port=this.redis, cwd=folder)
            try:
                env = this.environment("migrate")
                done = subprocess.run(
                    this.argv("migrate"), env=env, cwd=this.app, capture_output=True, text=True
                )
                assert done.returncode == 0, done.stdout + done.stderr
                yield this
            finally:
                redis.stop()


def make_role(this: Stack) -> None:
    """Run the script that compose puts into a new database."""
    script = compose()["configs"]["application_role"]["content"].replace("$$", "$")
    secrets = this.folder / "secrets"
    env = {
        "PATH": f"{postgres_programs()}:/usr/bin:/bin",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(this.postgres),
        "PGPASSWORD": (secrets / "postgres_password").read_text().strip(),
        "SECRETS": str(secrets),
    }
    subprocess.run(["bash", "-euc", script], env=env, check=True, capture_output=True)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether something comes true in that time; asked again and again, not timed."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def web(stack: Stack) -> Iterator[Real]:
    """The web process, up."""
    process = stack.start("web", ready="Listening at", port=stack.web)
    yield process
    process.stop()


@pytest.fixture
def worker(stack: Stack) -> Iterator[Real]:
    """The worker, ready for tasks."""
    process = stack.start("worker", ready=" ready.")
    yield process
    process.stop()


def test_web_is_alive_and_ready_and_stops_when_asked(stack: Stack, web: Real) -> None:
    here = f"http://127.0.0.1:{stack.web}"
    assert status(f"{here}/healthz", Host=HOST) == 200
    assert status(f"{here}/readyz", Host=HOST) == 200
    assert stack.healthy("web")
    assert web.stop(signal.SIGTERM) == 0
    assert "Traceback" not in web.said()


def test_web_answers_for_its_own_host_over_https_only(stack: Stack, web: Real) -> None:
    here = f"http://127.0.0.1:{stack.web}"
    assert status(f"{here}/accounts/login/", Host="elsewhere.example") == 400
    assert status(f"{here}/accounts/login/", Host=HOST) == 301
    assert status(f"{here}/healthz", Host="elsewhere.example") == 400


def test_web_without_its_database_is_alive_but_not_ready(stack: Stack) -> None:
    environment = {
        **stack.environment("web"),
        "DATABASE_URL": "postgres://throughline@127.0.0.1:1/throughline",
    }
    del environment["DATABASE_URL_FILE"]
    process = Real(
        stack.argv("web"),
        log=stack.folder / "blind.log",
        port=stack.web,
        env=environment,
        cwd=ROOT,
        ready="Listening",
    )
    try:
        here = f"http://127.0.0.1:{stack.web}"
        assert status(f"{here}/healthz", Host=HOST) == 200
        assert status(f"{here}/readyz", Host=HOST) == 503
        assert not stack.healthy("web")
    finally:
        process.stop()


def test_a_worker_answers_its_health_check_and_stops_when_asked(stack: Stack, worker: Real) -> None:
    assert stack.healthy("worker")
    assert worker.stop(signal.SIGTERM) == 0
    assert "Traceback" not in worker.said()
    assert not stack.healthy("worker")


def test_beat_ticks_and_the_worker_does_the_work(stack: Stack, worker: Real) -> None:
    beat = stack.start("beat", ready="beat: Starting")
    try:
        assert within(30, lambda: stack.healthy("beat"))
        assert within(60, lambda: "Sending due task" in beat.said())
        assert within(60, stack.worker_was_there), worker.said()
        assert beat.stop(signal.SIGTERM) == 0
    finally:
        beat.stop()
    assert "Traceback" not in beat.said() + worker.said()


def test_the_worker_knows_every_task_that_beat_sends() -> None:
    app.loader.import_default_modules()
    sent = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert sent
    assert sent <= set(app.tasks)


def test_beat_that_no_longer_writes_its_schedule_is_not_healthy(stack: Stack) -> None:
    old = stack.tmp / "beat-schedule"
    for path in stack.tmp.glob("beat-schedule*"):
        path.unlink()
    assert not stack.healthy("beat")
    old.touch()
    assert stack.healthy("beat")
    os.utime(old, (0, 0))
    assert not stack.healthy("beat")
    old.unlink()


def test_the_product_is_no_superuser_of_its_database(stack: Stack) -> None:
    with stack.link() as link:
        row = link.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert row.fetchone() == (False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            link.execute("CREATE ROLE another")


def test_a_wrong_password_is_not_let_in(stack: Stack) -> None:
    url = (stack.folder / "secrets/database_url").read_text().replace("throughline:", "throughline:0")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url)


def test_redis_says_nothing_but_pong_to_a_stranger(stack: Stack) -> None:
    stranger = Redis(port=stack.redis)
    assert stranger.ping()
    for verb in ("GET x", "SET x 1", "KEYS *", "CONFIG GET dir", "FLUSHALL"):
        with pytest.raises(NoPermissionError):
            stranger.execute_command(*verb.split())  # type: ignore[no-untyped-call]
    stranger.close()


def test_the_product_cannot_empty_or_reconfigure_its_redis(stack: Stack) -> None:
    own = Redis.from_url((stack.folder / "secrets/redis_url").read_text())
    own.set("kept", "1")
    for verb in ("FLUSHALL", "FLUSHDB", "CONFIG SET appendonly no", "SHUTDOWN NOSAVE", "DEBUG SLEEP 0"):
        with pytest.raises((NoPermissionError, ResponseError)):
            own.execute_command(*verb.split())  # type: ignore[no-untyped-call]
    assert own.get("kept") == b"1"
    assert own.info("persistence")["aof_enabled"] == 1
    assert own.info("memory")["maxmemory_policy"] == "noeviction"
    own.close()
