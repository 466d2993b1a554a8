"""Any number of ids as one parameter of a statement, on both databases."""

import json
from collections.abc import Iterable

from django.db import connection
from django.db.models.expressions import RawSQL


def among(ids: Iterable[int]) -> RawSQL:
    """Any number of ids as one parameter, for `pk__in` and the like: no list to be written out, no limit to run into."""
    return among_given(given(ids))


def given(ids: Iterable[int]) -> list[int] | str:
    """The ids as the one parameter, for a query that is prepared with `among_given`."""
    wanted = list(ids)
    return wanted if connection.vendor == "postgresql" else json.dumps(wanted)


def among_given(wanted: list[int] | str) -> RawSQL:
    """`among` of ids that `given` wrote."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [wanted])
    return RawSQL("SELECT value FROM json_each(%s)", [wanted])
