"""The promises of dev.py: warm when nothing changed, a hint instead of a traceback, arguments passed on whole."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import dev

# Makes a Python that has lost the named modules, as Debian's has without python3-venv.
LOSE_MODULES = """\
import os, sys
class Lost:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in os.environ["LOST_MODULES"].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Lost())
"""
# Any program may stand for a browser.
ABREAST = str(min(os.cpu_count() or 1, 8))
QUIET = {"PYTHONDONTWRITEBYTECODE": "1", "CHROMIUM_PATH": sys.executable}


def call(
    house: Path, *args: str, python: str = sys.executable, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the copied dev.py in a fresh process with only these variables beside the machine's own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_URL", "REDIS_URL"))}
    return subprocess.run(
        [python, str(house / "dev.py"), *args],
        env={**kept, **QUIET, **env},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=house.parent,
    )


def started(house: Path, *args: str, **env: str) -> subprocess.Popen[str]:
    """Start the copied dev.py in a session of its own and do not wait for it."""
    return subprocess.Popen(
        [sys.executable, str(house / "dev.py"), *args],
        env={**os.environ, **QUIET, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def heard(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """What the called program says it was given."""
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


# --- Stamps ------------------------------------------------------------------------------------


def test_an_environment_without_a_stamp_is_not_ready(standing: Path) -> None:
    (standing / ".venv" / dev.STAMP).unlink()
    assert not dev.is_ready(standing, "runtime")


def test_a_stamp_holds_while_lock_and_python_stay(standing: Path) -> None:
    assert dev.is_ready(standing, "runtime")
    assert dev.is_ready(standing, "dev")


@pytest.mark.parametrize("group", ["runtime", "dev"])
def test_a_changed_lock_is_noticed(standing: Path, group: str) -> None:
    lock = standing / dev.LOCKS[group]
    lock.write_text(lock.read_text() + "# another line\n")
    assert not dev.is_ready(standing, group)


def test_another_python_is_another_state(house: Path) -> None:
    assert len({dev.digest(house / "requirements.txt", version) for version in ("3.11.2", "3.11.7")}) == 2


def test_the_runtime_packages_alone_are_not_enough_for_the_tests(standing: Path) -> None:
    version = dev.venv_version(standing / ".venv")
    assert version is not None
    dev.write_stamp(standing, "runtime", version)
    assert dev.is_ready(standing, "runtime")
    assert not dev.is_ready(standing, "dev")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"runtime": "0"}', "\x00\xff"])
def test_a_damaged_stamp_counts_as_none(standing: Path, damage: str) -> None:
    (standing / ".venv" / dev.STAMP).write_text(damage, encoding="latin-1")
    assert not dev.is_ready(standing, "runtime")


def test_an_environment_whose_interpreter_is_gone_is_made_anew(standing: Path) -> None:
    for name in ("python", "python3"):
        link = standing / ".venv" / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to("/nowhere/python3")
    assert dev.venv_version(standing / ".venv") is None
    done = call(standing, "manage", "check")
    assert done.returncode == 0, done.stderr
    assert "Making .venv" in done.stderr
    assert heard(done)["argv"] == ["check"]


def test_an_environment_left_by_another_minor_python_is_made_anew(standing: Path) -> None:
    library = next((standing / ".venv" / "lib").glob("python3.*"))
    library.rename(library.with_name("python3.7"))
    assert dev.venv_version(standing / ".venv") is None


def test_a_failed_install_leaves_no_stamp(standing: Path) -> None:
    (standing / "requirements.txt").write_text("nothing-by-this-name==1\n")
    done = call(standing, "manage", "check", PIP_NO_INDEX="1", UV_OFFLINE="1")
    assert done.returncode == 1
    assert "Not set up" in done.stderr
    assert "Traceback" not in done.stderr
    assert dev.read_stamp(standing / ".venv") == {}


def test_a_package_without_a_hash_is_not_installed(standing: Path) -> None:
    wheelhouse = standing / "wheelhouse"
    wheelhouse.mkdir()
    (standing / "requirements.txt").write_text(f"{wheelhouse}/thing-1-py3-none-any.whl\n")
    (wheelhouse / "thing-1-py3-none-any.whl").write_bytes(b"")
    done = call(standing, "manage", "check", PIP_NO_INDEX="1", UV_OFFLINE="1")
    assert done.returncode == 1
    assert "hash" in done.stderr


# --- From nothing ------------------------------------------------------------------------------


def test_the_first_call_sets_up_and_the_second_is_quiet(house: Path) -> None:
    first = call(house, "manage", "check")
    assert first.returncode == 0, first.stderr
    assert "Making .venv" in first.stderr
    assert "Installing requirements.txt by hash" in first.stderr
    second = call(house, "manage", "check")
    assert second.returncode == 0
    assert second.stderr == ""


def test_two_first_calls_at_once_make_one_environment(house: Path) -> None:
    both = [started(house, "manage", "check") for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Making .venv" in stderr for _, stderr in said) == 1


def poor_machine(house: Path, lost: str) -> dict[str, str]:
    """Variables of a machine without uv and virtualenv whose Python lacks the modules in `lost`."""
    site = house / "lost"
    site.mkdir()
    (site / "sitecustomize.py").write_text(LOSE_MODULES)
    empty = house / "empty"
    empty.mkdir()
    return {"PYTHONPATH": str(site), "LOST_MODULES": lost, "PATH": str(empty)}


def test_without_ensurepip_and_without_a_stand_in_there_is_a_hint_and_no_traceback(house: Path) -> None:
    done = call(house, "run", **poor_machine(house, "ensurepip,pip,virtualenv"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "apt-get install python3-venv" in done.stderr
    assert "uv or virtualenv" in done.stderr
    assert not (house / ".venv").exists()


def test_without_ensurepip_the_pip_of_the_machine_stands_in(house: Path) -> None:
    outside = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    if not dev.answers([str(outside), "-m", "pip", "--python", str(outside), "--version"]):
        pytest.skip(f"{outside} has no pip that could stand in")
    done = call(house, "manage", "check", python=str(outside), **poor_machine(house, "ensurepip"))
    assert done.returncode == 0, done.stderr
    assert heard(done)["argv"] == ["check"]


# --- Arguments, exit codes ---------------------------------------------------------------------


def test_run_is_quickstart_with_the_arguments_given(standing: Path) -> None:
    done = call(standing, "run", "--port", "8123", "--no-demo", "--reset")
    assert heard(done)["argv"] == ["quickstart", "--port", "8123", "--no-demo", "--reset"]
    assert heard(done)["cwd"] == str(standing)


def test_manage_passes_everything_on(standing: Path) -> None:
    done = call(standing, "manage", "import_portfolio", "a file.csv", "--mapping", "m.toml", "--json")
    assert heard(done)["argv"] == ["import_portfolio", "a file.csv", "--mapping", "m.toml", "--json"]


def test_bench_passes_name_and_scale_on(standing: Path) -> None:
    done = call(standing, "bench", "ingest", "--scale", "0.1", DATABASE_URL="postgres://here")
    told = heard(done)
    assert told["argv"] == ["ingest", "--scale", "0.1"]
    assert isinstance(told["env"], dict)
    assert told["env"]["DATABASE_URL"] == "postgres://here"


@pytest.mark.parametrize("code", [0, 1, 3, 5])
def test_the_exit_code_is_that_of_the_command(standing: Path, code: int) -> None:
    assert call(standing, "test", END_WITH=str(code)).returncode == code
    assert call(standing, "manage", "check", END_WITH=str(code)).returncode == code


def test_a_child_killed_by_a_signal_ends_as_in_a_shell() -> None:
    assert dev.exit_code(-signal.SIGTERM) == 143
    assert dev.exit_code(7) == 7


@pytest.mark.parametrize("argv", [[], ["serve"], ["--port", "1"]])
def test_an_unknown_command_is_wrong_usage(house: Path, argv: list[str]) -> None:
    done = call(house, *argv)
    assert done.returncode == 2
    assert "python3 dev.py run" in done.stderr
    assert not (house / ".venv").exists()


def test_help_goes_to_stdout(house: Path) -> None:
    done = call(house, "--help")
    assert done.returncode == 0
    assert all(f"dev.py {name}" in done.stdout for name in dev.COMMANDS)


def test_lint_takes_no_arguments(standing: Path) -> None:
    assert call(standing, "lint", "--fix").returncode == 2


def test_lint_goes_on_after_a_failure_and_names_it(standing: Path) -> None:
    for module in ("ruff", "mypy"):
        shutil.copy(standing / "pytest.py", standing / f"{module}.py")
    (standing / "manage.py").write_text("import sys\nsys.exit('check' in sys.argv)\n")
    done = call(standing, "lint")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "lint: failed: system checks"
    assert "--strict" in done.stdout
    (standing / "manage.py").write_text("")
    done = call(standing, "lint")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "lint: all clean")


def test_lint_looks_at_all_own_code(standing: Path) -> None:
    steps = dev.lint_steps(dev.ROOT, "python")
    packages = {
        path.parent.name for path in dev.ROOT.glob("*/__init__.py") if not path.parent.name.startswith(".")
    }
    assert packages | {"dev.py"} <= set(steps["mypy"])


def test_ctrl_c_stops_what_was_started_and_nothing_is_left(standing: Path) -> None:
    (standing / "manage.py").write_text(
        "import sys, time\ntry:\n    print('up', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    sys.exit(0)\n"
    )
    process = started(standing, "run")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_ctrl_c_during_the_set_up_is_a_word_and_not_a_traceback(standing: Path) -> None:
    slow = standing / "slow"
    slow.mkdir()
    (slow / "uv").write_text("#!/bin/sh\necho waiting >&2\nexec sleep 60\n")
    (slow / "uv").chmod(0o755)
    (standing / ".venv" / dev.STAMP).unlink()
    process = started(standing, "run", PATH=f"{slow}:{os.environ['PATH']}", UV_INDEX="any")
    assert process.stderr is not None
    said = ""
    while "waiting" not in said:
        said += process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)
    said += process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.endswith("Stopped.\n")


# --- What it is made of ------------------------------------------------------------------------


def test_dev_needs_nothing_but_the_standard_library(house: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(house / "dev.py"), "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_which_index_is_asked_is_left_to_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert dev.only_pip_knows_the_index()
    monkeypatch.setenv("UV_INDEX", "anything")
    assert not dev.only_pip_knows_the_index()
