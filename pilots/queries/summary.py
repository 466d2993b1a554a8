"""What the board says of all pilots of a selection: by level, how long, spend past its date, units that never launch."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from core.access import Actor
from domain.portfolio_rules import Spread, days_in_pilot
from pilots.models import Pilot
from pilots.queries.board import LEVELS, UNIT_RULE
from portfolio.models import Expenditure, Flag


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The pilots of one level. `spent` None: no row of spend was ever recorded."""

    level: str
    pilots: int
    spent: Decimal | None


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
    """Of open pilots (a queryset without order). Four statements."""
    counted = {
        level: (count, spent)
        for level, count, spent in rows.order_by()
        .values_list("level")
        .annotate(n=Count("pk"), spent=Sum("initiative__spent"))
    }
    entered = rows.order_by().values_list("spell__entered_on", flat=True)
    late = Expenditure.objects.filter(
        initiative__in=rows.order_by().values("initiative"), spent_on__gt=F("initiative__decision_on"),
        initiative__decision_on__lt=today,
    ).aggregate(total=Sum("amount"), pilots=Count("initiative", distinct=True))  # fmt: skip
    units = Flag.objects.visible_to(actor).filter(subject_type="unit", rule=UNIT_RULE, cleared_at=None)
    return Summary(
        levels=[LevelRow(level, *_known(counted.get(level))) for level in LEVELS],
        unjudged=counted.get("", (0, None))[0],
        age=days_in_pilot(list(entered), today),
        late_spend=late["total"],
        late_pilots=late["pilots"],
        units=list(units.select_related("unit").order_by("subject_label")),
    )


def _known(found: Any) -> tuple[int, Decimal | None]:
    return (0, None) if found is None else (found[0], found[1])
