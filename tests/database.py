"""The test database on SQLite begins as a copy of the last one made from the same migrations: making it takes a minute."""

import hashlib
import os
import shutil
import sqlite3
from pathlib import Path

import django
from django.conf import settings
from django.db import connection

LEFT_BEHIND = ("", "-wal", "-shm", "-journal")


def _file() -> Path | None:
    """Where the test database is to lie; None where it is no file."""
    if connection.vendor != "sqlite":
        return None
    of_tests: dict[str, str] = connection.settings_dict["TEST"]
    return Path(of_tests["NAME"])


def _pattern() -> Path:
    """A database as these migrations and this Django leave it, before any test."""
    digest = hashlib.sha256(f"{django.__version__} {sqlite3.sqlite_version}".encode())
    for file in sorted(Path(settings.BASE_DIR).glob("*/migrations/*.py")):
        digest.update(file.read_bytes())
    return Path(settings.BASE_DIR) / "var" / f"test-made-{digest.hexdigest()[:16]}.sqlite3"


def laid_out() -> bool:
    """Whether the test database was begun as such a copy; Django then has nothing left to migrate."""
    file, pattern = _file(), _pattern()
    if file is None or not pattern.exists():
        return False
    shutil.copyfile(pattern, file)
    return True


def keep_for_the_next() -> None:
    """Keep the database as it is now as the pattern of later runs, and no other."""
    if _file() is None:
        return
    pattern = _pattern()
    half = pattern.with_suffix(f".{os.getpid()}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(half)])
    for old in pattern.parent.glob("test-made-*.sqlite3"):
        old.unlink(missing_ok=True)
    half.replace(pattern)


def put_away() -> None:
    """Nothing of the test database is left, kept or not."""
    if file := _file():
        for end in LEFT_BEHIND:
            file.with_name(f"{file.name}{end}").unlink(missing_ok=True)
