"""Business units a file names: found by code or name, made where they are missing."""

from datetime import datetime
from typing import Any

from core.access import Actor
from core.models import BusinessUnit
from core.units import create_unit


class Places:
    """The organisation's units by name, below each parent. Two names for one unit are the mapping's aliases."""

    def __init__(self, *, by: Actor, at: datetime) -> None:
        self.by, self.at = by, at
        self.units = {unit.pk: unit for unit in BusinessUnit.objects.all()}
        self.found: dict[tuple[int | None, str], BusinessUnit] = {}
        for unit in self.units.values():
            self._learn(unit)

    def _learn(self, unit: BusinessUnit) -> None:
        self.units[unit.pk] = unit
        for word in (unit.name, unit.code):
            if word:
                self.found.setdefault((unit.parent_id, word.casefold()), unit)

    def path(self, unit_id: int) -> str:
        return self.units[unit_id].path

    def place(self, said: dict[str, Any]) -> BusinessUnit:
        """The unit a row belongs to: its sub-unit where it names one."""
        short, full = str(said.get("unit") or ""), str(said.get("unit_name") or "")
        top = self._get(None, short, full)
        sub = str(said.get("sub_unit") or "")
        return (
            self._get(top, sub, "")
            if sub and sub.casefold() not in {short.casefold(), full.casefold()}
            else top
        )

    def _get(self, parent: BusinessUnit | None, short: str, full: str) -> BusinessUnit:
        above = parent.pk if parent else None
        for word in (short, full):
            known = self.found.get((above, word.casefold())) if word else None
            if known is not None:
                return known
        coded = bool(full) and len(short) <= 40
        unit = create_unit(
            name=(full if coded else short)[:200],
            code=short if coded else "",
            parent=parent,
            by=self.by,
            at=self.at,
        )
        self._learn(unit)
        return unit
