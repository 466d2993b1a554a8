"""Data needs and workshops as lists, and what a workshop's day says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from core.listing import Filter, Listing
from domain.stages import Stage
from kpis.models import DataNeed, Workshop
from portfolio.models import StageSpell

DATA_NEEDS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "kpi": Filter("kpis", "ref", prefix="K", many=True),
        "unlinked": Filter("kpis", "null", ops=("",), many=True),
        "available": Filter("available", "choice", choices=tuple(DataNeed.Availability.values)),
        "owner": Filter("owner", "id", ops=("", "in", "isnull")),
    },
    orders={"name": "name"},
    search=("name", "system", "initiative__name"),
)
WORKSHOPS: Final = Listing(
    filters={
        "id": Filter("pk", "id"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "kpi": Filter("kpis", "ref", prefix="K", many=True),
        "held_on": Filter("held_on", "date", ops=("", "gte", "lte")),
    },
    orders={"held_on": "held_on"},
    search=("notes", "initiative__name"),
)
# From development on something is being built: a KPI agreed later was not there to design for.
BUILT: Final = (Stage.DEVELOPMENT, Stage.PILOT, Stage.SCALE_UP, Stage.PRODUCTION)


@dataclass(frozen=True, slots=True)
class Timing:
    """Whether a workshop was held before development began. `late` None: nobody recorded when that was, or it has not begun.

    began_on: the first day of development, None where it has not begun or is undated.
    """

    late: bool | None
    began_on: date | None
    words: str


def _told(initiative_ids: list[int], known_at: datetime | None) -> QuerySet[StageSpell]:
    """The stays of initiatives, as far as recorded by then and not restated by then."""
    spells = StageSpell.objects.filter(initiative__in=initiative_ids)
    if known_at is None:
        return spells.filter(restated_by=None)
    restating = StageSpell.objects.filter(restates=OuterRef("pk"), recorded_at__lte=known_at)
    return spells.filter(~Exists(restating), recorded_at__lte=known_at)


def staged_by(initiative_ids: list[int], known_at: datetime) -> dict[int, str]:
    """The stage in which each initiative was known to be. Absent: none was on record. One statement."""
    return dict(_told(initiative_ids, known_at).order_by("pk").values_list("initiative_id", "stage"))


def development_began(
    initiative_ids: list[int], *, known_at: datetime | None = None
) -> dict[int, date | None]:
    """The first day on which each initiative was in development or beyond; None undated. Absent: not begun. One statement."""
    spells = _told(initiative_ids, known_at).filter(stage__in=[stage.value for stage in BUILT])
    found: dict[int, date | None] = {}
    for key, entered_on in spells.order_by("pk").values_list("initiative_id", "entered_on"):
        if key not in found:
            found[key] = entered_on
        elif (known := found[key]) is not None and entered_on is not None:
            found[key] = min(known, entered_on)
    return found


def timing(row: Workshop, began: dict[int, date | None], stages: Mapping[int, str] | None = None) -> Timing:
    """What the workshop's day says. Needs its initiative beside it. `began` as from `development_began`.

    `stages`: those known at another moment, as from `staged_by`; None asks the initiative for its own.
    """
    if row.initiative_id not in began:
        stage = row.initiative.stage if stages is None else stages.get(row.initiative_id, "")
        if stage in {Stage.IDEA.value, Stage.FRAMING.value}:
            return Timing(False, None, "before development, which has not begun")
        return Timing(
            None, None, "when development began is not recorded, so whether it came first is not known"
        )
    begun = began[row.initiative_id]
    if begun is None:
        return Timing(None, None, "development is undated, so whether it came first is not known")
    if row.held_on < begun:
        return Timing(False, begun, "before development began")
    days = (row.held_on - begun).days
    if not days:
        return Timing(True, begun, "on the day development began")
    return Timing(True, begun, f"{days:,} {'day' if days == 1 else 'days'} after development began")
