"""The base of every record: rows from the database become instances without asking each field."""

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState


class Record(models.Model):
    """A model whose rows are read as they come.

    Django builds an instance of a row through `__init__`, which looks at every argument as if a person had given it; a
    list of fifty spends more on that than on its query. `from_db` is the place Django leaves for doing otherwise. A
    column that was not read stays out, and is read when it is asked for, as always.
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs tell of an argument of Django 6.1
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        new = cls.__new__(cls)
        state = ModelState()
        state.db, state.adding = db, False
        new.__dict__.update(zip(field_names, values, strict=True), _state=state)
        return new
