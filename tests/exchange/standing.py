"""The demo, standing for all the tests of a file: in a transaction that is taken back at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction

from core import clock
from exchange.demo.seed import seed
from tests.cast import AT

ROOMS = ("core", "portfolio", "kpis", "pilots", "funding", "governance", "assurance", "exchange")
Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def taken_back(blocker: Any) -> Iterator[None]:
    """The moment of the cast, and a database whose rows are as before at the end."""
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "now", lambda: AT)
    with blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
        try:
            yield
        finally:
            transaction.set_rollback(True)
            whole.__exit__(None, None, None)
            patch.undo()


def sow() -> None:
    """The demo as of AT, its rows counted from one: PostgreSQL does not take its counters back with the rows."""
    with connection.cursor() as cursor:
        for model in records():
            for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(statement)
    seed(at=AT)


def records() -> list[type[models.Model]]:
    return [model for room in ROOMS for model in apps.get_app_config(room).get_models()]


def everything() -> Rows:
    """All rows of all rooms, by model; without the passwords, which are salted anew."""
    out: Rows = {}
    for model in records():
        names = [f.attname for f in model._meta.concrete_fields if f.attname != "password"]
        if model._meta.pk is not None:
            out[model._meta.label] = list(model._default_manager.order_by("pk").values_list(*names))
    return out
