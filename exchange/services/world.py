"""What every part of a commit is told: the run, the mapping, who writes and when, and what rows refer to by name."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models.functions import Lower

from core.access import Actor
from core.models import User
from exchange.mapping import Mapping
from exchange.models import ImportRow, ImportRun
from exchange.services.objectives import Objectives
from exchange.services.places import Places
from exchange.services.values import Values


@dataclass
class World:
    """What rows refer to by name, read once for the whole file; who writes, and when."""

    run: ImportRun
    rules: Mapping
    by: Actor
    at: datetime
    units: Places = field(default_factory=Places)
    objectives: Objectives = field(default_factory=Objectives)
    people: dict[str, int] = field(default_factory=dict)
    # Initiatives whose stay in a stage is new or told anew; and what their source says of their pilot and their spend.
    stays: list[int] = field(default_factory=list)
    decisions: dict[int, date] = field(default_factory=dict)
    spent: dict[int, Decimal] = field(default_factory=dict)
    done: int = 0
    tell: Callable[[int], None] | None = None

    @property
    def as_of(self) -> date:
        assert self.run.as_of is not None  # noqa: S101  a run that can be committed has its day
        return self.run.as_of

    def person(self, fields: Values, name: str) -> int | None:
        return self.people.get(str(fields.get(name) or ""))

    def hear(self, initiative_id: int, facts: Values, names: Container[str]) -> None:
        """Note the facts among `names` that other rooms keep: the decision date and the spend to date."""
        decision = facts.get("decision_on") or {}
        if "decision_on" in names and decision.get("date"):
            self.decisions[initiative_id] = date.fromisoformat(decision["date"])
        if "spent" in names and facts.get("spent"):
            self.spent[initiative_id] = Decimal(facts["spent"])

    def count(self, rows: int) -> None:
        self.done += rows
        if self.tell is not None:
            self.tell(self.done)


def make_world(run: ImportRun, rules: Mapping, by: Actor, at: datetime) -> World:
    """Read units, people and objectives. Four statements."""
    users = User.objects.filter(is_active=True, is_service=False).order_by()
    people = dict(users.values_list(Lower("email"), "pk"))
    return World(run=run, rules=rules, by=by, at=at, people=people)


def staged_in(row: ImportRow) -> dict[str, Any]:
    """What a row waits to write."""
    staged: dict[str, Any] | None = row.staged
    assert staged is not None  # noqa: S101  every row with something to write keeps it until it is written
    return staged


def because(row: ImportRow, world: World) -> str:
    """Where a change came from, for the audit log."""
    return f"Import {world.run.pk}, row {row.number} of {world.run.filename}"
