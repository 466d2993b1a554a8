#!/usr/bin/env python3
"""One door to this repository, for a machine with nothing but Python 3.11 or newer.

    python3 dev.py run [--port N] [--no-demo] [--reset] ...   set up, fill with demo data, serve
    python3 dev.py test [--all] [pytest arguments]            the test suite on SQLite, with the browser tests
    python3 dev.py services [pytest arguments]                without a browser, with the races, on PostgreSQL and Redis
    python3 dev.py manage COMMAND ...                         any Django management command
    python3 dev.py lint                                       style, types, migrations and system checks
    python3 dev.py bench [NAME] [--scale S]                   measurements beside their floors

The first call makes .venv and installs the locked packages by hash; later calls start at once.
`services` reads DATABASE_URL and REDIS_URL (or DATABASE_URL_FILE and REDIS_URL_FILE).
`test` needs Chromium (CHROMIUM_PATH) for browser tests, else leaves them out and says so; alone, also what is slow: --all runs it.
Exit codes: those of the command run; 2 for wrong usage; 130 when stopped by Ctrl-C.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

if sys.version_info < (3, 11):  # noqa: UP036  an older interpreter may well be the one that is typed
    sys.exit(f"Throughline needs Python 3.11 or newer. This one is {sys.version.split()[0]}.")

if sys.platform != "win32":
    import fcntl

ROOT = Path(__file__).resolve().parent
LOCKS = {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}
STAMP = "locks.json"
OWN_CODE = ["domain", "core", "portfolio", "kpis", "pilots", "funding", "governance", "assurance", "exchange", "config", "bench"]  # fmt: skip
OWN_SCRIPTS = ("dev.py", "manage.py")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SERVICE_VARIABLES = ("DATABASE_URL", "REDIS_URL")
ALONE = ("race", "services")
ABREAST = ("-n", str(min(os.cpu_count() or 1, 8)))  # so many tests at a time, where all are run

NO_VENV_HINT = """\
Not set up: this Python cannot make a virtual environment. It comes without ensurepip,
and neither uv, virtualenv nor a recent pip was found to stand in for it.
  Debian or Ubuntu:  sudo apt-get install python3-venv
  elsewhere:         install uv or virtualenv
Then give the same command again."""

NO_INSTALL_HINT = """\
Not set up: the packages of {lock} were not installed; the lines above say why.
The usual reasons are no network, or a package index this machine's pip does not know
(look at: {python} -m pip config list). Then give the same command again."""


class RefusedError(Exception):
    """A command that cannot start. Carries the sentence for the reader and the exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


def say(message: str) -> None:
    """Print a message to stderr, so that stdout stays what the command itself has to say."""
    print(message, file=sys.stderr, flush=True)


# --- The virtual environment -------------------------------------------------------------------


def venv_python(venv: Path) -> Path:
    """Return the interpreter of a virtual environment, whether it exists or not."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def answers(argv: Sequence[str]) -> bool:
    """Whether a program can be started and ends with 0; its output is not shown."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def venv_version(venv: Path) -> str | None:
    """Return the Python version of a working environment ("3.11.7"), or None where it must be made anew.

    None also after the interpreter behind it moved to another minor version: its packages would be lost.
    """
    question = "import os, sys, sysconfig; print('%d.%d.%d' % sys.version_info[:3], os.path.isdir(sysconfig.get_path('purelib')))"
    try:
        answer = subprocess.run(
            [str(venv_python(venv)), "-I", "-c", question], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    version, has_packages = answer.stdout.split()
    new_enough = tuple(int(part) for part in version.split(".")[:2]) >= (3, 11)
    return version if has_packages == "True" and new_enough else None


def digest(lock: Path, python_version: str) -> str:
    """Name the state an environment is in after installing `lock` under that Python: sha256, hex."""
    return hashlib.sha256(lock.read_bytes() + b"\0" + python_version.encode()).hexdigest()


def read_stamp(venv: Path) -> dict[str, str]:
    """Return which locks are installed: group -> digest. Empty when nothing is, or when it cannot be read."""
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(root: Path, group: str, python_version: str) -> None:
    """Record that `group` is installed. The dev lock holds every pin of the runtime lock, never the reverse."""
    groups = ("runtime", "dev") if group == "dev" else (group,)
    stamp = {name: digest(root / LOCKS[name], python_version) for name in groups}
    target = root / ".venv" / STAMP
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(stamp), encoding="utf-8")
    draft.replace(target)


def is_ready(root: Path, group: str) -> bool:
    """Whether the environment stands and holds exactly the lock of `group`."""
    venv = root / ".venv"
    stamp = read_stamp(venv)
    if group not in stamp:
        return False
    version = venv_version(venv)
    return version is not None and stamp[group] == digest(root / LOCKS[group], version)


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Hold the repository's folder, so that `run` and `test` typed together do not install into each other."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(root, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks: better unlocked than unusable
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def make_ready(root: Path, group: str) -> Path:
    """Return the interpreter of .venv after making it and installing the lock of `group`, if need be.

    Raises RefusedError when no environment can be made or the packages cannot be installed.
    """
    venv = root / ".venv"
    if is_ready(root, group):
        return venv_python(venv)
    with one_at_a_time(root):
        if is_ready(root, group):
            return venv_python(venv)
        version = venv_version(venv)
        if version is None:
            say("Making .venv (once) ...")
            create_venv(venv)
            version = venv_version(venv)
        if version is None:
            raise RefusedError(NO_VENV_HINT, 1)
        (venv / STAMP).unlink(missing_ok=True)  # an install cut short must not look finished
        say(f"Installing {LOCKS[group]} by hash (once, under a minute) ...")
        install(root, group)
        write_stamp(root, group, version)
    return venv_python(venv)


def create_venv(venv: Path) -> None:
    """Make an empty environment with whatever this machine offers for it. Raises RefusedError where nothing works."""
    if venv.exists():
        shutil.rmtree(venv)
    uv, virtualenv = shutil.which("uv"), shutil.which("virtualenv")
    ways: list[tuple[bool, list[str]]] = [
        (uv is not None, [uv or "uv", "venv", "--quiet", "--python", sys.executable, str(venv)]),
        (module_answers("ensurepip"), [sys.executable, "-m", "venv", str(venv)]),
        (virtualenv is not None, [virtualenv or "virtualenv", "--quiet", "-p", sys.executable, str(venv)]),
        (host_pip_serves(sys.executable), [sys.executable, "-m", "venv", "--without-pip", str(venv)]),
    ]
    for possible, argv in ways:
        if possible and subprocess.run(argv, stdin=subprocess.DEVNULL, check=False).returncode == 0:
            return
    shutil.rmtree(venv, ignore_errors=True)
    raise RefusedError(NO_VENV_HINT, 1)


def module_answers(module: str) -> bool:
    """Whether this Python has a module that answers: Debian ships some of them hollow, so asking is the only test."""
    return answers([sys.executable, "-m", module, "--version"])


def host_pip_serves(python: str) -> bool:
    """Whether the pip outside the environment can install into another interpreter (pip 22.3 and newer)."""
    return answers([sys.executable, "-m", "pip", "--python", python, "--version"])


def install(root: Path, group: str) -> None:
    """Install a lock into .venv, every package checked against its hash. Raises RefusedError when no installer manages."""
    python = venv_python(root / ".venv")
    for installer in installers(python):
        argv = [*installer, "--quiet", "--require-hashes", "-r", str(root / LOCKS[group])]
        # A user's pip configuration may ask for --user installs, which an environment refuses.
        env = {**os.environ, "PIP_USER": "0"}
        if subprocess.run(argv, stdin=subprocess.DEVNULL, env=env, check=False).returncode == 0:
            return
    raise RefusedError(NO_INSTALL_HINT.format(lock=LOCKS[group], python=python), 1)


def installers(python: Path) -> Iterator[list[str]]:
    """Yield the beginnings of install commands to try, the quickest first."""
    uv = shutil.which("uv")
    if uv is not None and not only_pip_knows_the_index():
        yield [uv, "pip", "install", "--python", str(python)]
    if answers([str(python), "-m", "pip", "--version"]) or answers([str(python), "-m", "ensurepip"]):
        yield [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    elif host_pip_serves(str(python)):
        yield [sys.executable, "-m", "pip", "--python", str(python), "install", "--disable-pip-version-check"]


def only_pip_knows_the_index() -> bool:
    """Whether this machine tells pip, but not uv, where packages come from: uv does not read pip's settings."""
    if any(map(os.environ.get, ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE"))):
        return False
    asking = [sys.executable, "-m", "pip", "config", "list"]
    asked = subprocess.run(asking, capture_output=True, text=True, check=False)
    keys = [line.partition("=")[0].rpartition(".")[2] for line in asked.stdout.splitlines()]
    named = any(os.environ.get(name) for name in ("PIP_INDEX_URL", "PIP_NO_INDEX"))
    return named or "index-url" in keys or "no-index" in keys


# --- The commands ------------------------------------------------------------------------------


def become(argv: Sequence[str], env: Mapping[str, str], root: Path) -> int:
    """Hand over to a program: exit code, signals and terminal are then its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":  # there an exec would return to the terminal before the program ends
        return exit_code(subprocess.run(argv, env=dict(env), cwd=root, check=False).returncode)
    return replace_process(argv, env, root)


def replace_process(argv: Sequence[str], env: Mapping[str, str], root: Path) -> NoReturn:
    """Go on as another program, in the repository's folder."""
    os.chdir(root)
    os.execve(argv[0], list(argv), dict(env))  # noqa: S606  no shell is wanted


def exit_code(returncode: int) -> int:
    """Translate the end of a child into an exit code as a shell does: killed by signal n is 128 + n."""
    return 128 - returncode if returncode < 0 else returncode


def without_services(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a test environment that names no database and no Redis: the embedded default."""
    dropped = {name for base in SERVICE_VARIABLES for name in (base, f"{base}_FILE")}
    return {**{k: v for k, v in environ.items() if k not in dropped}, "DJANGO_ENV": "test"}


def with_browser(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with CHROMIUM_PATH set where a browser is found; say so where none is."""
    named = environ.get("CHROMIUM_PATH")
    if named and shutil.which(named) is None:
        raise RefusedError(f"Not started: CHROMIUM_PATH is {named}, and there is no such program.")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        say(
            "Browser tests are left out: no Chromium found. Install it "
            "(Debian: apt-get install chromium) or set CHROMIUM_PATH."
        )
        return dict(environ)
    return {**environ, "CHROMIUM_PATH": found}


def selection(env: Mapping[str, str], *left_out: str) -> list[str]:
    """Return pytest's -m for everything but these marks, and but the browser tests where there is no browser."""
    marks = [*left_out, *([] if env.get("CHROMIUM_PATH") else ["e2e"])]
    return ["-m", " and ".join(f"not {mark}" for mark in marks)] if marks else []


def services_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for the tests on real services. Raises RefusedError where they are not named."""
    missing = [n for n in SERVICE_VARIABLES if not environ.get(n) and not environ.get(f"{n}_FILE")]
    if missing:
        raise RefusedError(
            f"Not started: services needs {' and '.join(missing)}, for example "
            "DATABASE_URL=postgres://postgres@127.0.0.1:5432/throughline REDIS_URL=redis://127.0.0.1:6379/1"
        )
    if environ.get("DATABASE_URL", "postgres").partition(":")[0] not in ("postgres", "postgresql"):
        raise RefusedError(
            "Not started: services runs on PostgreSQL, and DATABASE_URL names another database."
        )
    return {**environ, "DJANGO_ENV": "test"}


def run(root: Path, args: Sequence[str]) -> int:
    """Serve: migrate, seed, then web, worker and beat in one process. Arguments go to `quickstart`."""
    return become([str(make_ready(root, "runtime")), "manage.py", "quickstart", *args], os.environ, root)


def manage(root: Path, args: Sequence[str]) -> int:
    """Pass everything on to manage.py."""
    return become([str(make_ready(root, "runtime")), "manage.py", *args], os.environ, root)


def test(root: Path, args: Sequence[str]) -> int:
    """Run the suite on SQLite. A later -m among the arguments replaces the selection made here."""
    env = with_browser(without_services(os.environ))
    python = make_ready(root, "dev")
    asked, slow = [arg for arg in args if arg != "--all"], () if args else ("slow",)
    return become(
        [str(python), "-m", "pytest", *selection(env, *ALONE, *slow), *(asked or ABREAST)], env, root
    )


def services(root: Path, args: Sequence[str]) -> int:
    """Run the suite on PostgreSQL and Redis, pages and what no other database can answer otherwise left to `test`; then, without arguments, the races."""
    env = with_browser(services_environment(os.environ))
    python = str(make_ready(root, "dev"))
    if args:
        return become([python, "-m", "pytest", *selection(env), *args], env, root)
    first = [python, "-m", "pytest", *selection({}, *ALONE, "pure", "once"), *ABREAST]
    code = subprocess.run(first, cwd=root, env=env, stdin=subprocess.DEVNULL, check=False).returncode
    return exit_code(code) or become([python, "-m", "pytest", "-m", " or ".join(ALONE)], env, root)


def bench(root: Path, args: Sequence[str]) -> int:
    """Measure. Arguments go to the bench package, which reads DATABASE_URL itself."""
    return become([str(make_ready(root, "dev")), "-m", "bench", *args], os.environ, root)


def lint_steps(root: Path, python: str) -> dict[str, list[str]]:
    """Return the checks of `lint`: title -> command."""
    own = [name for name in (*OWN_CODE, *OWN_SCRIPTS, "tests") if (root / name).exists()]
    return {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy", "--strict", *own],
        "migrations in step": [python, "manage.py", "makemigrations", "--check", "--dry-run"],
        "system checks": [python, "manage.py", "check"],
    }


def lint(root: Path, args: Sequence[str]) -> int:
    """Run every check, also after one has failed, and name those that failed. Exit 0 or 1."""
    if args:
        raise RefusedError("Not started: lint takes no arguments.")
    python = str(make_ready(root, "dev"))
    env = without_services(os.environ)
    failed = []
    for title, argv in lint_steps(root, python).items():
        say(f"-- {title}")
        if subprocess.run(argv, cwd=root, env=env, stdin=subprocess.DEVNULL, check=False).returncode != 0:
            failed.append(title)
    say(f"lint: failed: {', '.join(failed)}" if failed else "lint: all clean")
    return 1 if failed else 0


COMMANDS: dict[str, Callable[[Path, Sequence[str]], int]] = {
    "run": run,
    "test": test,
    "services": services,
    "manage": manage,
    "lint": lint,
    "bench": bench,
}


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    """Look at the first word and pass the rest on. Returns the exit code."""
    if argv and argv[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if not argv or argv[0] not in COMMANDS:
        say(f"Not a command: {argv[0]}\n\n{__doc__}" if argv else str(__doc__))
        return 2
    try:
        return COMMANDS[argv[0]](root, argv[1:])
    except RefusedError as refusal:
        say(str(refusal))
        return refusal.code
    except OSError as error:  # a full disk, a folder that may not be written: a sentence, not a traceback
        say(f"Not done: {error}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
