"""The suite by dev.py: what it leaves out, what runs side by side, and the browser it finds."""

import json
from pathlib import Path

import pytest

from tests.house.test_dev import ABREAST, call, heard


def test_test_leaves_out_what_needs_services_and_forgets_their_addresses(standing: Path) -> None:
    named = {
        "DATABASE_URL": "postgres://x",
        "DATABASE_URL_FILE": "f",
        "REDIS_URL": "redis://x",
        "REDIS_URL_FILE": "f",
    }
    done = call(standing, "test", "-k", "purgatory", "-x", "tests/domain", **named)
    told = heard(done)
    assert told["argv"] == ["-m", "not race and not services", "-k", "purgatory", "-x", "tests/domain"]
    assert isinstance(told["env"], dict)
    assert not set(named) & set(told["env"])
    assert told["env"]["DJANGO_ENV"] == "test"


def test_test_by_itself_leaves_out_what_is_slow_and_all_of_it_does_not(standing: Path) -> None:
    without = {"PATH": str(standing / "empty"), "CHROMIUM_PATH": ""}
    alone, whole = (heard(call(standing, "test", *more, **without)) for more in ((), ("--all",)))
    assert "not slow" in str(alone["argv"])
    assert whole["argv"] == ["-m", "not race and not services and not e2e", "-n", ABREAST]


def test_services_runs_everything_on_what_is_named(standing: Path) -> None:
    named = {"DATABASE_URL": "postgres://127.0.0.1/x", "REDIS_URL": "redis://127.0.0.1/1"}
    told = heard(call(standing, "services", "-k", "race", **named))
    assert told["argv"] == ["-k", "race"]
    assert isinstance(told["env"], dict)
    assert named.items() <= told["env"].items()


def test_services_runs_all_but_the_browser_side_by_side_and_the_races_by_themselves(standing: Path) -> None:
    named = {"DATABASE_URL": "postgres://127.0.0.1/x", "REDIS_URL": "redis://127.0.0.1/1"}
    first, second = [json.loads(line) for line in call(standing, "services", **named).stdout.splitlines()]
    assert first["argv"] == [
        "-m",
        "not race and not services and not pure and not once and not e2e",
        "-n",
        ABREAST,
    ]
    assert second["argv"] == ["-m", "race or services"]


def test_services_stops_where_the_first_part_fails(standing: Path) -> None:
    named = {"DATABASE_URL": "postgres://127.0.0.1/x", "REDIS_URL": "redis://127.0.0.1/1"}
    done = call(standing, "services", END_WITH="1", **named)
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({}, "DATABASE_URL and REDIS_URL"),
        ({"DATABASE_URL": "postgres://x"}, "needs REDIS_URL"),
        ({"REDIS_URL": "redis://x"}, "needs DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:////x", "REDIS_URL": "redis://x"}, "names another database"),
    ],
)
def test_services_refuses_to_run_on_less(standing: Path, named: dict[str, str], sentence: str) -> None:
    done = call(standing, "services", **named)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stdout == ""


def test_a_browser_on_the_path_is_handed_to_the_tests(standing: Path) -> None:
    programs = standing / "programs"
    programs.mkdir()
    (programs / "chromium").write_text("#!/bin/sh\n")
    (programs / "chromium").chmod(0o755)
    told = heard(call(standing, "test", PATH=str(programs), CHROMIUM_PATH=""))
    assert isinstance(told["env"], dict)
    assert told["env"]["CHROMIUM_PATH"] == str(programs / "chromium")


def test_without_a_browser_the_tests_run_and_the_reason_is_told(standing: Path) -> None:
    done = call(standing, "test", PATH=str(standing / "empty"), CHROMIUM_PATH="")
    assert done.returncode == 0
    assert heard(done)["argv"] == ["-m", "not race and not services and not slow and not e2e", "-n", ABREAST]
    assert "Browser tests are left out" in done.stderr


def test_a_browser_that_is_named_and_missing_is_an_error(standing: Path) -> None:
    done = call(standing, "test", CHROMIUM_PATH="/nowhere/chromium")
    assert done.returncode == 2
    assert "/nowhere/chromium" in done.stderr
