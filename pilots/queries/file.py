"""What stands in a pilot's file: charters, hypotheses, weeks of use, training, change, feedback, findings, likeness."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core import clock
from domain.feedback import WITHIN
from domain.kpi_figures import EXACT
from domain.likeness import ITEMS, Likeness, Side, likeness
from domain.scope import Scope, scope_of
from kpis.models import Kpi
from pilots.models import (
    AdoptionWeek,
    ChangeItem,
    CharterVersion,
    CheckAnswer,
    Feedback,
    FlagSnooze,
    LogEntry,
    Pilot,
    TrainingGroup,
)
from portfolio.models import Flag


def charters_of(pilot: Pilot) -> list[CharterVersion]:
    """Every version, the newest first, with its hypotheses. Two queries."""
    rows = CharterVersion.objects.filter(pilot=pilot).select_related("recorded_by")
    return list(rows.prefetch_related("hypotheses__kpi", "hypotheses__answered_by").order_by("-number"))


def scope_score(pilot: Pilot) -> Scope:
    """From the counts of its charter, its primary KPIs and its approved length. One query."""
    primaries = Kpi.objects.filter(initiative=pilot.initiative_id, primary=True).exclude(
        state=Kpi.State.RETIRED
    )
    kpis = primaries.count()
    return scope_of(
        {
            "units": pilot.units_count, "sites": pilot.sites_count, "users": pilot.users_count,
            "systems": pilot.systems_count, "kpis": kpis or None, "days": pilot.planned_days,
        }
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Week:
    """A week with its shares; None where one side was not counted or is 0."""

    row: AdoptionWeek
    share: Decimal | None
    overridden: Decimal | None
    bypassed: Decimal | None


def weeks_of(pilot: Pilot) -> list[Week]:
    """The latest word on each week, the latest week first. One query."""
    rows = AdoptionWeek.objects.filter(pilot=pilot).select_related("recorded_by").order_by("-week", "-pk")
    latest: dict[date, AdoptionWeek] = {}
    for row in rows:
        latest.setdefault(row.week, row)
    return [
        Week(row, _share(row.active, row.invited), _share(row.overridden, row.uses), _bypassed(row))
        for row in latest.values()
    ]


def _share(part: int | None, whole: int | None) -> Decimal | None:
    return None if part is None or not whole else EXACT.divide(Decimal(part), Decimal(whole))


def _bypassed(row: AdoptionWeek) -> Decimal | None:
    """Of the cases it was meant for, those done without it."""
    if row.uses is None or row.bypassed is None:
        return None
    return _share(row.bypassed, row.uses + row.bypassed)


@dataclass(frozen=True, slots=True)
class Trained:
    """All groups together; `share` None where no group was named."""

    groups: Sequence[TrainingGroup]
    people: int
    trained: int
    share: Decimal | None


def training_of(pilot: Pilot) -> Trained:
    """One query."""
    groups = list(TrainingGroup.objects.filter(pilot=pilot).order_by("pk"))
    people, trained = sum(one.people for one in groups), sum(one.trained for one in groups)
    return Trained(groups, people, trained, _share(trained, people))


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """`missing`: kinds of which nothing is said yet; with none missing it is a plan."""

    items: Sequence[ChangeItem]
    missing: Sequence[str]

    @property
    def complete(self) -> bool:
        return not self.missing


def change_of(pilot: Pilot) -> ChangePlan:
    """One query."""
    rows = list(ChangeItem.objects.filter(pilot=pilot).select_related("owner").order_by("kind", "pk"))
    said = {one.kind for one in rows}
    return ChangePlan(rows, [str(kind.label) for kind in ChangeItem.Kind if kind.value not in said])


@dataclass(frozen=True, slots=True)
class Said:
    """Feedback with how many whole days it waited, or has waited for its first answer."""

    row: Feedback
    days: int

    @property
    def late(self) -> bool:
        return self.days > WITHIN


def feedback_of(pilot: Pilot, now: datetime) -> list[Said]:
    """What nobody has answered first, the oldest of it first; then the answered, the latest first. One query."""
    rows = Feedback.objects.filter(pilot=pilot).select_related("recorded_by", "answered_by").order_by("pk")
    said = [
        Said(row, (clock.day_of(row.answered_at or now) - clock.day_of(row.recorded_at)).days) for row in rows
    ]
    waits = [one for one in said if one.row.answered_at is None]
    return [*waits, *reversed([one for one in said if one.row.answered_at is not None])]


@dataclass(frozen=True, slots=True)
class Checked:
    """One side of the checklist; `row` None: nobody answered."""

    side: Side
    row: CheckAnswer | None


def likeness_of(pilot: Pilot) -> tuple[Likeness, list[Checked]]:
    """The score and each side, as last answered. One query."""
    latest = latest_checks([pilot.pk]).get(pilot.pk, {})
    found = likeness({item: row.answer for item, row in latest.items()})
    return found, [Checked(side, latest.get(side.code)) for side in ITEMS]


def latest_checks(pilots: Iterable[int]) -> dict[int, dict[str, CheckAnswer]]:
    """By pilot and item, the latest answer. One query."""
    out: dict[int, dict[str, CheckAnswer]] = {}
    rows = CheckAnswer.objects.filter(pilot__in=list(pilots)).select_related("recorded_by").order_by("pk")
    for row in rows:
        out.setdefault(row.pilot_id, {})[row.item] = row
    return out


def log_of(pilot: Pilot) -> list[LogEntry]:
    """Open findings first, the worst first; then the roadmap by its day; then what is closed. One query."""
    rows = list(LogEntry.objects.filter(pilot=pilot).select_related("owner", "recorded_by"))
    order = {LogEntry.State.OPEN: 0, LogEntry.State.ROADMAP: 1, LogEntry.State.CLOSED: 2}
    return sorted(
        rows,
        key=lambda one: (
            order[LogEntry.State(one.state)],
            -one.severity,
            one.due_on or date.max,
            -one.number,
        ),
    )


def snoozes_of(flags: Iterable[Flag], today: date) -> dict[int, FlagSnooze]:
    """The snooze that runs, by flag. One query."""
    rows = FlagSnooze.objects.filter(flag__in=[one.pk for one in flags], ended_on=None, until__gte=today)
    return {row.flag_id: row for row in rows.select_related("recorded_by").order_by("pk")}


def cleared_of(pilot: Pilot) -> list[Flag]:
    """What was flagged of the pilot and has cleared, the latest first. One query."""
    rows = Flag.objects.filter(subject_type="pilot", subject_id=pilot.pk, cleared_at__isnull=False)
    return list(rows.order_by("-cleared_at", "-pk"))
