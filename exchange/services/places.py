"""Business units a file names: found by code or name, made where they are missing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.access import Actor
from core.models import BusinessUnit
from core.units import create_unit

Said = tuple[str, str, str]
"""What a row says of its place: unit, the unit's full name, sub-unit. Empty where it says nothing."""


def said_of(fields: dict[str, Any]) -> Said:
    """The place in a row's fields."""
    return (
        str(fields.get("unit") or ""),
        str(fields.get("unit_name") or ""),
        str(fields.get("sub_unit") or ""),
    )


class Places:
    """The organisation's units by name, below each parent. Two names for one unit are the mapping's aliases."""

    def __init__(self) -> None:
        self.units = {unit.pk: unit for unit in BusinessUnit.objects.all()}
        self._found: dict[tuple[int | None, str], BusinessUnit] = {}
        for unit in self.units.values():
            self._learn(unit)

    def _learn(self, unit: BusinessUnit) -> None:
        self.units[unit.pk] = unit
        for word in (unit.name, unit.code):
            if word:
                self._found.setdefault((unit.parent_id, word.casefold()), unit)

    def path(self, unit_id: int) -> str:
        return self.units[unit_id].path

    def _find(self, above: int | None, *words: str) -> BusinessUnit | None:
        found = (self._found.get((above, word.casefold())) for word in words if word)
        return next((unit for unit in found if unit is not None), None)

    def missing(self, said: Iterable[Said]) -> list[str]:
        """Names of the units that placing these rows would make, top ones first."""
        tops: dict[str, str] = {}
        below: dict[tuple[str, str], str] = {}
        for short, full, sub in said:
            top = self._find(None, short, full)
            if top is None:
                tops.setdefault(short.casefold(), full or short)
            if _lies_below(short, full, sub) and (top is None or self._find(top.pk, sub) is None):
                below.setdefault((short.casefold(), sub.casefold()), f"{short}: {sub}")
        return [*sorted(tops.values()), *sorted(below.values())]

    def place(self, said: Said, *, by: Actor, at: datetime) -> BusinessUnit:
        """The unit a row belongs to: its sub-unit where it names one. The right to import covers making it."""
        short, full, sub = said
        # A token that may import need not be one that manages units: the import does this, within the person's rights.
        actor = replace(by, scopes=None)
        top = self._find(None, short, full) or self._make(None, short, full, actor, at)
        if not _lies_below(short, full, sub):
            return top
        return self._find(top.pk, sub) or self._make(top, sub, "", actor, at)

    def _make(
        self, parent: BusinessUnit | None, short: str, full: str, by: Actor, at: datetime
    ) -> BusinessUnit:
        coded = bool(full) and len(short) <= 40 and full.casefold() != short.casefold()
        unit = create_unit(
            name=(full if coded else short)[:200], code=short if coded else "", parent=parent, by=by, at=at
        )
        self._learn(unit)
        return unit


def _lies_below(short: str, full: str, sub: str) -> bool:
    return bool(sub) and sub.casefold() not in {short.casefold(), full.casefold()}
