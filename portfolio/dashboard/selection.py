"""Which initiatives a reader looks at: what they may see, narrowed by unit, objective, sponsor, tier."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from core.access import Actor
from core.ground import Ground, ground
from core.listing import Filter, Listing
from core.models import BusinessUnit
from core.roles import Action
from portfolio.models import Flag, Initiative
from portfolio.models.tallies import NO_UNIT
from portfolio.queries import FLAGS
from portfolio.queries.counting import ENDED, Part, everything, of_units

NARROWED = Listing(
    filters={
        "unit": Filter("unit__path", "subtree", ops=("",)),
        "objective": Filter("objectives", "id", ops=("",)),
        "sponsor": Filter("sponsor", "id", ops=("",)),
        "risk_tier": Filter("risk_tier", "choice", choices=("1", "2", "3"), ops=("",)),
    },
    orders={},
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows, the day, and the filters as they stand in every link that opens rows."""

    rows: QuerySet[Initiative]
    flags: QuerySet[Flag]
    today: date
    narrowed: dict[str, str]
    units: dict[int, BusinessUnit]
    open: Ground

    @property
    def whole(self) -> bool:
        """Every initiative there is: nothing narrows it, and the reader may see all."""
        return not self.narrowed and "" in self.open.paths

    @property
    def whole_units(self) -> frozenset[int]:
        """Units all of whose initiatives and flags are in the selection; NO_UNIT stands for flags of none."""
        if not self.narrowed.keys() <= {"unit"}:
            return frozenset()
        asked = f"/{int(self.narrowed['unit'])}/" if self.narrowed else "/"
        found = {pk for pk, unit in self.units.items() if asked in unit.path and self.open.covers(unit.path)}
        return frozenset(found | {NO_UNIT} if self.whole else found)

    def part(self, *, without: Collection[int]) -> Part | None:
        """What is left of the selection without these of its whole units; None when that is nothing."""
        left = self.whole_units - set(without)
        if self.whole and not without:
            return everything()
        if self.narrowed.keys() <= {"unit"} and not self.open.named:
            return of_units(left) if left else None
        rows = self.rows.exclude(unit__in=list(without))
        if self.distinct:
            rows = Initiative.objects.filter(pk__in=rows.order_by().values("pk"))
        mine = Q(initiative__in=rows.order_by().values("pk"))
        flags = self.flags.exclude(unit__in=list(without)) if without else self.flags
        return Part(rows, mine, flags)

    @property
    def active(self) -> QuerySet[Initiative]:
        """All but the stopped and the retired."""
        return self.rows.exclude(stage__in=ENDED)

    @property
    def distinct(self) -> bool:
        """Whether counting must look for doubles: an initiative may serve two of the objectives asked for."""
        return "objective" in self.narrowed

    def mine(self, path: str = "initiative", *, active: bool = False) -> Q:
        """Rows of another record that belong to the selection, as a filter; none is needed for the whole."""
        ended = ~Q(**{f"{path}__stage__in": ENDED}) if active else Q()
        if self.whole:
            return ended
        return ended & Q(**{f"{path}__in": self.rows.order_by().values("pk")})

    def link(self, address: str, **filters: object) -> str:
        """`address` with the selection's filters and these; a None is left out."""
        pairs = {**self.narrowed, **{k: v for k, v in filters.items() if v is not None}}
        return f"{address}?{'&'.join(_pair(k, str(v)) for k, v in pairs.items())}" if pairs else address

    def top_of(self, unit_id: int) -> BusinessUnit:
        """The top-level unit a unit belongs to."""
        return self.units[int(self.units[unit_id].path.split("/")[1])]


@lru_cache(maxsize=4096)
def _pair(name: str, value: str) -> str:
    """One filter in a query string: a page has five hundred links made of the same hundred."""
    return urlencode({name: value})


def select(actor: Actor, params: dict[str, str], today: date) -> Selection:
    """The selection for a reader. Wrong parameters are a Problem 400. One query, for the units."""
    kept = {name: params[name] for name in NARROWED.filters if params.get(name)}
    rows = Initiative.objects.visible_to(actor)
    flags = Flag.objects.visible_to(actor).open()
    for name, value in kept.items():
        rows = rows.filter(NARROWED.one(name, [value]))
        # A flag belongs where the list of flags finds it: the unit is its own, the rest its initiative's.
        flags = flags.filter(FLAGS.one(name, [value]))
    units = {unit.pk: unit for unit in BusinessUnit.objects.all()}
    return Selection(rows, flags, today, kept, units, ground(actor, Action.VIEW))
