"""Production refuses to start on what would be unsafe, and says all of it at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "DJANGO_ENV": "prod",
    "SECRET_KEY": "k3Jd8fLq0Zx7Wm2Vb5Nc1Xs4Ag6Hj9Kl0Pq8Rt7Yu6Io5Pe4Wq3E",
    "ALLOWED_HOSTS": "throughline.example",
    "CSRF_TRUSTED_ORIGINS": "https://throughline.example",
    "SITE_URL": "https://throughline.example",
    "DATABASE_URL": "postgres://app@127.0.0.1:5432/app",
    "WEB_CONCURRENCY": "4",
}


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    """Load the settings as production would, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env={**kept, "DJANGO_SETTINGS_MODULE": "config.settings", **GOOD, **changes}, check=False,
    )  # fmt: skip


def test_production_starts_on_sound_settings() -> None:
    done = start()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        (
            {"SECRET_KEY": "throughline-development-key-never-use-in-production-0000000000"},
            "one from development",
        ),
        ({"SECRET_KEY": "short"}, "too weak"),
        ({"SECRET_KEY": "a" * 80}, "too weak"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is empty"),
        ({"ALLOWED_HOSTS": "*"}, "wildcard"),
        ({"ALLOWED_HOSTS": "*.example"}, "wildcard"),
        ({"CSRF_TRUSTED_ORIGINS": "https://*.example"}, "wildcard"),
        ({"DATABASE_URL": ""}, "SQLite serves one process"),
        (
            {"DATABASE_URL": "", "WEB_CONCURRENCY": "1", "REDIS_URL": "redis://127.0.0.1:6379/0"},
            "Use PostgreSQL",
        ),
        ({"SITE_URL": "http://throughline.example"}, "SITE_URL is not https"),
    ],
)
def test_production_refuses_what_is_unsafe(changes: dict[str, str], says: str) -> None:
    done = start(**changes)
    assert done.returncode != 0
    assert says in done.stderr


def test_every_fault_is_named_at_once() -> None:
    done = start(SECRET_KEY="", ALLOWED_HOSTS="*")
    assert "SECRET_KEY" in done.stderr
    assert "ALLOWED_HOSTS" in done.stderr


def test_development_starts_with_nothing_set() -> None:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env={**kept, "DJANGO_SETTINGS_MODULE": "config.settings"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
