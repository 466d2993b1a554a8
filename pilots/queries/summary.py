"""What the board says of all pilots of a selection: by level, how long, spend past its date, units that never launch."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, QuerySet, Sum

from core.access import Actor
from domain.portfolio_rules import LevelShare, Spread, days_in_pilot, shares_by_level
from domain.purgatory import Level
from pilots.models import Pilot
from pilots.queries.board import UNIT_RULE
from portfolio.models import Expenditure, Flag


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The pilots of one level, with its shares of the judged ones. `spent` None: no row of spend was ever recorded."""

    level: str
    pilots: int
    spent: Decimal | None
    pilot_share: Decimal | None = None
    spend_share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    levels: list[LevelRow]
    unjudged: int
    age: Spread
    late_spend: Decimal | None
    late_pilots: int
    units: list[Flag]

    @property
    def pilots(self) -> int:
        return sum(row.pilots for row in self.levels) + self.unjudged

    @property
    def by_level(self) -> dict[str, int]:
        return {row.level: row.pilots for row in self.levels}


def summary(rows: QuerySet[Pilot], actor: Actor, today: date) -> Summary:
    """Of open pilots (a queryset without order). Three statements."""
    pilots = list(rows.order_by().values_list("level", "spell__entered_on", "initiative__spent"))
    shares = shares_by_level((Level(level), spent) for level, _, spent in pilots if level)
    late = Expenditure.objects.filter(
        initiative__in=rows.order_by().values("initiative"), spent_on__gt=F("initiative__decision_on"),
        initiative__decision_on__lt=today,
    ).aggregate(total=Sum("amount"), pilots=Count("initiative", distinct=True))  # fmt: skip
    units = Flag.objects.visible_to(actor).filter(subject_type="unit", rule=UNIT_RULE, cleared_at=None)
    return Summary(
        levels=[_row(one) for one in shares],
        unjudged=sum(not level for level, _, _ in pilots),
        age=days_in_pilot([entered for _, entered, _ in pilots], today),
        late_spend=late["total"],
        late_pilots=late["pilots"],
        units=list(units.select_related("unit").order_by("subject_label")),
    )


def _row(told: LevelShare) -> LevelRow:
    known = told.pilots > told.unpriced
    return LevelRow(
        told.level.value, told.pilots, told.spend if known else None, told.pilot_share,
        told.spend_share if known else None,
    )  # fmt: skip
