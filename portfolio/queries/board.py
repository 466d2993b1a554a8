"""Initiatives by stage, the worst of each first; and the stays of a page of them through time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from domain.stages import Stage
from portfolio.models import Initiative, StageSpell
from portfolio.queries.listings import LEVELS, WORST_FIRST, rank

SHOWN: Final = 8
"""So many cards to a column; the rest is a number that opens the list."""

ORDER: Final = (
    Stage.IDEA, Stage.FRAMING, Stage.DEVELOPMENT, Stage.PILOT, Stage.SCALE_UP, Stage.PRODUCTION, Stage.RETIRED,
    Stage.STOPPED, Stage.UNKNOWN,
)  # fmt: skip
ALWAYS: Final = ORDER[:6]
"""Columns that are there also when they are empty."""


@dataclass(slots=True)
class Column:
    """One stage: how many there are, what was spent on them (None: nobody recorded any), and the worst of them."""

    stage: Stage
    count: int = 0
    spent: Any = None
    unknown_spent: int = 0
    cards: list[Initiative] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


def by_stage(rows: QuerySet[Initiative]) -> list[Column]:
    """The columns of `rows` in the order of the line. Two statements, however many initiatives there are.

    Worst first: the pilot's level, then the status of the KPIs, then who has been there longest; undated comes last.
    """
    counted = (
        rows.order_by().values("stage").annotate(n=Count("pk"), total=Sum("spent"), known=Count("spent"))
    )
    columns = {stage: Column(stage) for stage in ALWAYS}
    for stage, count, total, known in counted.values_list("stage", "n", "total", "known"):
        columns[Stage(stage)] = Column(Stage(stage), count, total, count - known)
    place = Window(
        RowNumber(), partition_by="stage",
        order_by=[rank("pilot_level", LEVELS), rank("kpi_status", WORST_FIRST), F("entered_on").asc(nulls_last=True), F("pk").asc()],
    )  # fmt: skip
    worst = rows.order_by().annotate(place=place).filter(place__lte=SHOWN).order_by("place")
    for row in worst:
        columns[Stage(row.stage)].cards.append(row)
    return [columns[stage] for stage in ORDER if stage in columns]


def stays(rows: Iterable[Initiative]) -> dict[int, Sequence[StageSpell]]:
    """The stays of these initiatives, first to last, without those that were restated. One statement."""
    found: dict[int, list[StageSpell]] = {row.pk: [] for row in rows}
    for spell in StageSpell.objects.filter(initiative__in=list(found), restated_by=None).order_by(
        "initiative_id", "pk"
    ):
        found[spell.initiative_id].append(spell)
    return dict(found)
