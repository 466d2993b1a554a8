"""Strategic objectives a file names: found by name whatever its case, made where they are missing, linked in bulk."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from core.access import Actor
from portfolio.models import Initiative, StrategicObjective
from portfolio.services.objectives import create_objective

LONGEST = 200


class Objectives:
    """The organisation's objectives by name."""

    def __init__(self) -> None:
        rows = StrategicObjective.objects.order_by("pk").values_list("name", "pk")
        self._found = {name.casefold(): pk for name, pk in rows}

    def _id(self, name: str, by: Actor, at: datetime) -> int:
        text = name[:LONGEST].strip()
        known = self._found.get(text.casefold())
        if known is None:
            # The right to import covers what the file names, also for a token.
            made = create_objective(name=text, by=replace(by, scopes=None), at=at)
            known = self._found[text.casefold()] = made.pk
        return known

    def link(self, named: Mapping[int, Iterable[str]], *, by: Actor, at: datetime) -> None:
        """Give initiatives, by id, the objectives named; those they have already stay."""
        through = Initiative.objectives.through
        rows = [
            through(initiative_id=pk, strategicobjective_id=objective)
            for pk, names in named.items()
            for objective in dict.fromkeys(self._id(name, by, at) for name in names)
        ]
        through._default_manager.bulk_create(rows, ignore_conflicts=True)

    def exchange(self, named: Mapping[int, Iterable[str]], *, by: Actor, at: datetime) -> None:
        """Give initiatives these objectives instead of the ones they have."""
        Initiative.objectives.through._default_manager.filter(initiative__in=list(named)).delete()
        self.link(named, by=by, at=at)
