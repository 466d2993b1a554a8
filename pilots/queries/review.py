"""The review board: every open pilot a reader may see, scored on the stated criteria and ranked by the weights in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet

from core.policies import in_force
from domain.kpi_figures import EXACT
from domain.likeness import likeness
from domain.review_board import DEFAULT, Place, Sensitivity, rank, read_weights, scored, sensitivity
from domain.review_board import Pilot as Scored
from pilots.models import Pilot
from pilots.queries.facts import Record, records, with_people
from pilots.queries.file import latest_checks
from portfolio.models import CaseWorth

KIND: Final = "review_board"


@dataclass(frozen=True, slots=True)
class Weights:
    """What each criterion weighs. `number`: of the policy row, 0 the product's own; None where somebody only tries them."""

    weights: Mapping[str, Decimal]
    number: int | None
    because: str = ""
    recorded_by: str = ""
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One pilot with its facts, its scores, its place, and how far its rank moves with the weights."""

    record: Record
    scores: Mapping[str, Decimal | None]
    place: Place
    best: int
    worst: int

    @property
    def pilot(self) -> Pilot:
        return self.record.pilot


@dataclass(frozen=True, slots=True)
class Board:
    weights: Weights
    rows: Sequence[Row]
    sensitivity: Sensitivity

    @property
    def stable(self) -> bool:
        """Whether the same pilot comes first whatever weight is moved."""
        return not self.rows or not self.sensitivity.changes_first(self.rows[0].place.ref)


def weights_on(day: date) -> Weights:
    """The weights in force. One query, and one for who recorded them."""
    row = in_force(KIND, day)
    if row is None:
        return Weights(DEFAULT, 0)
    name = row.recorded_by.name if row.recorded_by else ""
    return Weights(read_weights(row.data), row.number, row.because, name, row.effective_on)


def board(pilots: QuerySet[Pilot], weights: Weights, today: date) -> Board:
    """The open ones of these pilots, the best first. A number of statements that does not grow with them."""
    found = records(list(with_people(pilots.filter(ended_on=None)).order_by("pk")), today)
    initiatives = [one.pilot.initiative_id for one in found]
    worths = {
        row.pk: row
        for row in CaseWorth.objects.filter(initiative__in=initiatives, lapsed_on=None).only("value", "cost")
    }
    checks = latest_checks([one.pilot.pk for one in found])
    scores = {}
    for one in found:
        answers = {item: row.answer for item, row in checks.get(one.pilot.pk, {}).items()}
        scores[one.pilot.ref] = _scores(
            one, worths.get(one.pilot.initiative_id), likeness(answers).share, today
        )
    told = [Scored(ref, said) for ref, said in scores.items()]
    by_ref, moved = {one.pilot.ref: one for one in found}, sensitivity(told, weights.weights)
    rows = [
        Row(by_ref[place.ref], scores[place.ref], place, *moved.spans[place.ref])
        for place in rank(told, weights.weights)
    ]
    return Board(weights, rows, moved)


def _scores(
    record: Record, worth: CaseWorth | None, like: Decimal | None, today: date
) -> dict[str, Decimal | None]:
    pilot, entered = record.pilot, record.pilot.spell.entered_on
    invited, active = pilot.invited_users, pilot.weekly_active_users
    recorded = record.plan_parts or pilot.no_transition_plan or pilot.no_production_owner
    return scored(
        status=None if record.speaker is None else record.speaker.status,
        value=None if worth is None else worth.value,
        cost=None if worth is None else worth.cost,
        use=None if not invited or active is None else EXACT.divide(Decimal(active), Decimal(invited)),
        plan_parts=record.plan_parts if recorded else None,
        likeness=like,
        days=None if entered is None else max((today - entered).days, 0),
        planned=pilot.planned_days,
    )
