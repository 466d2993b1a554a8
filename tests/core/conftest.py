"""One furnished world for all requests of a file: building it costs more than a hundred refusals."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from core import clock
from tests.cast import AT, make_cast
from tests.core.access_table import World, furnished


@pytest.fixture(scope="module")
def world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[World]:
    """The records the access table speaks of, on a stopped clock, taken back after the file.

    Whoever changes it takes the change back (a transaction rolled back); no test beside it may ask for `db`, which
    closes the connection that holds it.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "now", lambda: AT)
    with django_db_blocker.unblock(), transaction.atomic():
        yield furnished(make_cast())
        transaction.set_rollback(True)
    patch.undo()
