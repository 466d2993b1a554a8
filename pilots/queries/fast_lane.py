"""The fast lane of a pilot as it stands, and how long initiatives took to their first user."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Min, Q, QuerySet

from core import clock
from core.policies import in_force
from domain.fast_lane import (
    Against,
    Days,
    FirstUser,
    Kept,
    Late,
    Policy,
    against,
    first_user,
    kept,
    late,
    release_by,
    together,
    work_began,
)
from domain.stages import Stage
from pilots.models import AdoptionWeek, FastLane, Iteration, Pilot
from portfolio.dashboard.selection import Selection
from portfolio.models import Initiative, StageSpell

KIND = "fast_lane"
_WORK = frozenset({Stage.DEVELOPMENT.value, Stage.PILOT.value})
Mine = Callable[[str], Q]
"""The rows of a part of the portfolio, by the path from them to their initiative."""


def policy_on(day: date) -> tuple[Policy, int]:
    """How long a time box may be at most, and the version that says so; 0 is the product's default."""
    row = in_force(KIND, day)
    return (Policy(), 0) if row is None else (Policy.from_json(row.data), row.number)


@dataclass(frozen=True, slots=True)
class Released:
    """One iteration beside the benchmark."""

    row: Iteration
    against: Against


@dataclass(frozen=True, slots=True)
class Lane:
    """A fast lane as it stands. `due_on` None: nobody recorded when the pilot began. `log`: the newest release first. `kept`: how
    the first release stands to the promise, None while there is none or nobody can tell."""

    row: FastLane
    starts_on: date | None
    due_on: date | None
    late: Late | None
    log: Sequence[Released]

    @property
    def kept(self) -> Kept | None:
        return kept(self.first_on, self.promised_on, self.due_on)

    @property
    def promised_on(self) -> date:
        return clock.day_of(self.row.recorded_at)

    @property
    def first_on(self) -> date | None:
        return self.log[-1].row.released_on if self.log else None


def lane_of(initiative: Initiative, pilot: Pilot | None, today: date) -> Lane | None:
    """The lane of this pilot, or of the one that is planned where `pilot` is None. Two statements, one more for a planned start."""
    rows = FastLane.objects.filter(initiative=initiative, pilot=pilot).select_related("recorded_by")
    row = rows.prefetch_related("iterations__recorded_by").first()
    if row is None:
        return None
    starts_on = pilot.spell.entered_on if pilot is not None else _planned_start(initiative)
    log = [
        Released(one, against(one.measured, row.benchmark, higher_is_better=row.higher_is_better))
        for one in row.iterations.all()
    ]
    due_on = release_by(starts_on, row.days)
    over = late(due_on, bool(log), today) if pilot is not None and pilot.ended_on is None else None
    return Lane(row, starts_on, due_on, over, log)


def _planned_start(initiative: Initiative) -> date | None:
    return initiative.pilot_plans.filter(pilot=None).values_list("starts_on", flat=True).first()


@dataclass(frozen=True, slots=True)
class Row:
    """An initiative in which development or a pilot ever began."""

    initiative: Initiative
    first: FirstUser


def first_users(chosen: Selection) -> list[Row]:
    """Each initiative of the selection in which work ever began: the longest known first, then the unknown, by name.

    Four statements, however many. Work began with the first stay in development or in the pilot, whichever was earlier.
    """
    found = _first_users(chosen.mine, chosen.today)
    initiatives = Initiative.objects.filter(pk__in=chosen.rows.order_by().values("pk")).select_related("unit")
    rows = [Row(one, found[one.pk]) for one in initiatives.order_by("name", "pk") if one.pk in found]
    return sorted(rows, key=lambda row: (row.first.days is None, -(row.first.days or 0)))


def first_user_of(initiative: Initiative, today: date) -> FirstUser | None:
    """The same of one initiative; None where no work ever began. Three statements."""
    return _first_users(lambda path: Q(**{path: initiative.pk}), today).get(initiative.pk)


def _first_users(mine: Mine, today: date) -> dict[int, FirstUser]:
    began = _began(mine)
    used = _first_weeks(AdoptionWeek.objects.filter(mine("pilot__initiative"), week__lte=today))
    released = dict(
        Iteration.objects.filter(mine("lane__initiative"), released_on__lte=today)
        .order_by().values_list("lane__initiative").annotate(first=Min("released_on"))
    )  # fmt: skip
    return {pk: first_user(entered, used.get(pk), released.get(pk)) for pk, entered in began.items()}


def summary_of(rows: Iterable[Row]) -> Days:
    """The figure of these rows."""
    return together(row.first for row in rows)


def _began(mine: Mine) -> dict[int, date | None]:
    """Initiative -> when its work began; None where that stay has no date. One statement."""
    said: dict[int, tuple[int, str, date | None]] = {}
    roots: dict[int, int] = {}
    names = ("pk", "restates_id", "initiative_id", "stage", "entered_on")
    for pk, restates, initiative, stage, entered in (
        StageSpell.objects.filter(mine("initiative")).order_by("pk").values_list(*names)
    ):
        # A stay whose date was put right keeps its place among the stays; its later word counts.
        root = roots[pk] = roots.get(restates, pk) if restates else pk
        said[root] = (initiative, stage, entered)
    stays: dict[int, list[tuple[str, date | None]]] = {}
    for root in sorted(said):
        initiative, stage, entered = said[root]
        if stage in _WORK:
            stays.setdefault(initiative, []).append((stage, entered))
    return {initiative: work_began(each) for initiative, each in stays.items()}


def _first_weeks(weeks: QuerySet[AdoptionWeek]) -> dict[int, date]:
    """Initiative -> the first week in which somebody used it, by the latest word on each week. One statement."""
    latest: dict[tuple[int, date], tuple[int, int | None]] = {}
    names = ("pilot_id", "week", "active", "pilot__initiative_id")
    for pilot, week, active, initiative in weeks.order_by("pk").values_list(*names):
        latest[pilot, week] = (initiative, active)
    found: dict[int, date] = {}
    for (_, week), (initiative, active) in latest.items():
        if active:
            found[initiative] = min(week, found.get(initiative, week))
    return found
