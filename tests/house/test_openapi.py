"""The published description of the API is true, and within v1 there are only additions."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
REMEDY = "Run: python3 dev.py manage spectacular --validate --fail-on-warn --format openapi-json --file openapi.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command("spectacular", file=str(file), format="openapi-json", validate=True, fail_on_warn=True)
    read: dict[str, Any] = json.loads(file.read_text())
    return read


def test_the_committed_schema_is_the_one_the_code_makes_without_a_warning(made: dict[str, Any]) -> None:
    assert json.loads((ROOT / "openapi.json").read_text()) == made, REMEDY


def test_it_is_openapi_3_1(made: dict[str, Any]) -> None:
    assert made["openapi"].startswith("3.1")


def test_every_write_says_how_it_is_repeated_or_guarded(made: dict[str, Any]) -> None:
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            headers = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
            if method == "post":
                assert "Idempotency-Key" in headers, path
            if method in {"put", "patch", "delete"}:
                assert "If-Match" in headers, path


def test_every_operation_answers_with_problem_documents(made: dict[str, Any]) -> None:
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            for status in ("400", "401", "403", "404", "429"):
                content = operation["responses"][status]["content"]
                assert "application/problem+json" in content, (path, method, status)
