"""Fields to choose a unit or a person by."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator

from core.models import BusinessUnit, User

if TYPE_CHECKING:  # generic in the type stubs alone; at work Django's classes take no parameter
    RecordField = forms.ModelChoiceField[Any]
    RecordsField = forms.ModelMultipleChoiceField[Any]
    _Iterator = ModelChoiceIterator[Any]
else:
    RecordField, RecordsField, _Iterator = (
        forms.ModelChoiceField,
        forms.ModelMultipleChoiceField,
        ModelChoiceIterator,
    )


def in_tree_order(units: Iterable[BusinessUnit]) -> list[tuple[BusinessUnit, int]]:
    """Units as a tree is read, each below its parent, with its depth among those given."""
    rows = list(units)
    known = {unit.pk for unit in rows}
    below: dict[int | None, list[BusinessUnit]] = {}
    for unit in rows:
        below.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)
    out: list[tuple[BusinessUnit, int]] = []

    def walk(parent: int | None, depth: int) -> None:
        for unit in sorted(below.get(parent, ()), key=lambda u: (u.name.casefold(), u.pk)):
            out.append((unit, depth))
            walk(unit.pk, depth + 1)

    walk(None, 0)
    return out


class _TreeIterator(_Iterator):
    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for unit, depth in in_tree_order(self.queryset):
            value, label = self.choice(unit)
            yield value, "\u2003" * depth + str(label)


class UnitField(RecordField):
    """A business unit among `queryset`, shown as the tree it is."""

    iterator = _TreeIterator

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class PersonField(RecordField):
    """An active person; `also` keeps somebody offered who has left but is on the record."""

    def __init__(self, *, also: User | None = None, empty: str = "Nobody yet", **kwargs: Any) -> None:
        super().__init__(queryset=active_people(also), empty_label=empty, **kwargs)

    def offer(self, also: User | None) -> None:
        """Offer this person too."""
        self.queryset = active_people(also)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}{'' if obj.is_active else ' (left)'}"


class PeopleField(RecordsField):
    """Several active people; those on the record who have left stay offered."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}{'' if obj.is_active else ' (left)'}"


def active_people(also: User | None = None) -> QuerySet[User]:
    """Those who can be made accountable: active, and no machine."""
    rows = User.objects.filter(is_active=True, is_service=False)
    return (rows | User.objects.filter(pk=also.pk)) if also is not None else rows
