"""Real programs for tests: started on a free port, waited for, and ended by their own process group."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest


def free_port() -> int:
    """A port on loopback that nothing listens on at this moment."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def listens(port: int) -> bool:
    """Whether something takes connections on that port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def status(url: str, **headers: str) -> int:
    """The HTTP status of a GET, 0 when nobody answers. Redirects are answers, not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class Real:
    """One program in a session of its own, with its output in a file.

    `ready` is text the log must hold before the start counts as done. Raises AssertionError with the end of the
    log when the program ends or says nothing within `timeout` seconds.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        ready: str = "",
        port: int = 0,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 90,
    ) -> None:
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                argv,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=dict(env) if env is not None else None,
                cwd=cwd,
            )
        end = time.monotonic() + timeout
        while not (ready in self.said() and (port == 0 or listens(port))):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop(signal.SIGKILL)
                raise AssertionError(f"{argv[0]} did not start:\n{self.said()[-3000:]}")
            time.sleep(0.05)

    def said(self) -> str:
        """Everything the program has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, sig: signal.Signals = signal.SIGTERM, timeout: float = 60) -> int | None:
        """Ask the main process to end, wait, and make sure that its whole group is gone. Returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout)
        code = self.process.poll()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        return code


def unprivileged() -> list[str]:
    """The beginning of a command that must not run as root: empty when the tests do not either."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]


def postgres_programs() -> Path:
    """The folder of initdb, postgres and psql. Skips where PostgreSQL's server is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt-get install postgresql)")
    return Path(on_path).parent


@contextlib.contextmanager
def own_postgres(folder: Path, password: str) -> Iterator[int]:
    """A PostgreSQL cluster that exists for the length of the block; user postgres, that password. Yields its port."""
    programs, port = postgres_programs(), free_port()
    word = folder / "word"
    word.write_text(password)
    if os.geteuid() == 0:
        for path in (folder, word):
            os.chown(path, 65534, 65534)
    quiet = {**os.environ, "LC_ALL": "C.UTF-8"}
    make = [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "scram-sha-256", "--no-sync"]
    argv = [*unprivileged(), *map(str, make), f"--pwfile={word}", "--encoding=UTF8", "--no-instructions"]
    subprocess.run(argv, check=True, env=quiet, capture_output=True)
    serve = [programs / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), "-k", folder]
    settings = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB"]
    log = folder.parent / "postgres.log"
    server = Real([*unprivileged(), *map(str, serve), *settings], log=log, port=port, env=quiet)
    try:
        yield port
    finally:
        server.stop(signal.SIGINT)
