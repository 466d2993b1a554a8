"""The rule of access said by units: where everything is open, so that counts kept by unit may be added up."""

from dataclasses import dataclass

from core.access import Actor, everywhere, may
from core.roles import TABLE, Action, Reach


@dataclass(frozen=True, slots=True)
class Ground:
    """Where an actor holds an action on every record of a unit: the `paths` of those units, each with what is below it.

    "" among them is the whole organisation. `named`: and, elsewhere, on what names the person.
    """

    paths: tuple[str, ...]
    named: bool

    def covers(self, path: str) -> bool:
        """Whether everything in the unit with this path is open."""
        return path.startswith(self.paths)


def ground(actor: Actor, action: Action) -> Ground:
    """`core.access.scope()` for a model whose records have a unit and people: what it opens, and nothing else."""
    if everywhere(actor, action):
        return Ground(("",), named=False)
    held = [grant for grant in actor.grants if action in TABLE[grant.role][0]] if may(actor, action) else []
    whole = tuple(grant.path for grant in held if TABLE[grant.role][1] is Reach.UNIT)
    return Ground(whole, named=len(whole) < len(held))
