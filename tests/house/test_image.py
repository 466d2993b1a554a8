"""The Dockerfile: two stages, locked packages, nobody's secrets, and the same user and server as compose says."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def web() -> dict[str, Any]:
    """The web service of docker-compose.yml."""
    found = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["web"]
    assert isinstance(found, dict)
    return found


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    lines = [line.strip() for line in re.sub(r"\\\n", " ", kept).splitlines() if line.strip()]
    parts = [line.partition(" ") for line in lines]
    return [(word, rest.strip()) for word, _, rest in parts]


def last_stage() -> list[tuple[str, str]]:
    """The instructions of the stage that becomes the image."""
    steps = instructions()
    start = max(i for i, (word, _) in enumerate(steps) if word == "FROM")
    return steps[start:]


def test_the_dockerfile_consists_of_known_instructions() -> None:
    known = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "STOPSIGNAL", "CMD"}
    assert {word for word, _ in instructions()} == known


def test_the_image_is_built_in_two_stages_on_the_python_it_was_tried_on() -> None:
    bases = [rest for word, rest in instructions() if word == "FROM"]
    assert bases == ["python:3.11-slim AS build", "python:3.11-slim"]
    copied = [rest for word, rest in last_stage() if word == "COPY"]
    assert all(rest.startswith("--from=build ") for rest in copied)


def test_the_image_installs_by_hash_and_collects_static_files_at_build() -> None:
    runs = [rest for word, rest in instructions() if word == "RUN"]
    installs = [rest for rest in runs if "pip install" in rest]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    assert "requirements.txt" in installs[0]
    assert any("collectstatic --noinput" in rest for rest in runs)
    assert not any("curl" in rest or "wget" in rest or "apt" in rest for rest in runs)


def test_the_image_runs_as_the_user_that_compose_names() -> None:
    users = [rest for word, rest in last_stage() if word == "USER"]
    assert users == [web()["user"]]
    after = [word for word, _ in last_stage()]
    assert "RUN" not in after[after.index("USER") :]
    assert "COPY" not in after[after.index("USER") :]


def test_uploads_have_a_folder_that_the_user_may_write() -> None:
    runs = " ".join(rest for word, rest in last_stage() if word == "RUN")
    assert f"-o 10001 -g 10001 -m 0750 {web()['environment']['MEDIA_ROOT']}" in runs


def test_the_image_starts_the_same_server_without_compose() -> None:
    (command,) = [rest for word, rest in last_stage() if word == "CMD"]
    assert json.loads(command)[:2] == web()["command"][:2]
    assert shlex.join(json.loads(command)).startswith("gunicorn config.wsgi:application --bind 0.0.0.0:8000")


@pytest.mark.parametrize("name", [".env", ".git", ".venv", "secrets", "var", "tests"])
def test_what_the_image_must_not_hold_is_left_out(name: str) -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert name in patterns or (name.startswith(".") and ".*" in patterns)


def test_what_the_image_needs_is_not_left_out() -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    needed = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    needed |= {"templates", "static", "manage.py", "requirements.txt"}
    assert not needed & set(patterns)
