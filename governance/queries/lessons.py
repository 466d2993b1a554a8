"""What ended work taught, suggested where a new idea resembles it; as far as the reader may see."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from core.access import Actor
from core.models import BusinessUnit
from domain.lessons import Ended, Work, similar
from domain.motions import REASONS
from domain.stage_words import Outcome
from governance.models import AiModel, Decision
from governance.queries.post_mortem import cause_words, written
from portfolio.models import Initiative
from portfolio.queries.intake import Idea, text_of

NEWEST: Final = 500
"""So many ended initiatives are compared, the latest first: older ones are found by search."""
ENDED: Final = Q(carried=True) & (Q(outcome="stop") | Q(gate="G6", outcome="go"))
_REASON: Final = REASONS[Outcome.STOP]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One suggestion: the decision that ended the work, what it taught, and why it is suggested."""

    decision: Decision
    points: int
    reasons: tuple[str, ...]

    @property
    def words(self) -> str:
        """What was learned: by the post-mortem, else as said with the stop; of what was retired, why it was."""
        after = written(self.decision)
        return (after.learned if after else "") or self.decision.lessons or self.decision.because

    @property
    def causes(self) -> list[str]:
        """The root causes that its post-mortem names."""
        after = written(self.decision)
        return cause_words(after) if after else []

    @property
    def reusable(self) -> str:
        after = written(self.decision)
        return after.reusable if after else ""

    @property
    def cause(self) -> str:
        return _REASON.get(self.decision.reason_code, "")


def lessons_for(idea: Idea, actor: Actor) -> tuple[Lesson, ...]:
    """Of the ended initiatives the reader may see. Five statements at most, however many there are."""
    unit = (
        BusinessUnit.objects.filter(pk=idea.unit).values_list("path", flat=True).first()
        if idea.unit
        else None
    )
    new = Work(
        idea.text,
        unit or "",
        idea.objectives,
        _techniques([idea.initiative]).get(idea.initiative, frozenset()),
    )
    rows = _ended(actor, idea.initiative)
    ids = [row.initiative_id for row in rows]
    serves, made = _objectives(ids), _techniques(ids)
    known = [
        Ended(
            row.pk, row.decided_on,
            Work(
                text_of(row.initiative), row.initiative.unit.path, serves.get(row.initiative_id, frozenset()),
                made.get(row.initiative_id, frozenset()),
            ),
        )
        for row in rows
    ]  # fmt: skip
    by_id = {row.pk: row for row in rows}
    return tuple(Lesson(by_id[one.ended.id], one.points, one.reasons) for one in similar(new, known))


def _ended(actor: Actor, own: int | None) -> list[Decision]:
    """The decision that ended each, where it is still ended; without the idea itself."""
    rows = (
        Decision.objects.visible_to(actor)
        .filter(ENDED, initiative__stage__in=("stopped", "retired"))
        .exclude(initiative=own)
        .select_related("initiative__unit", "post_mortem")
        .defer("document", "motion")
        .order_by("-decided_on", "-pk")
    )
    found: dict[int, Decision] = {}
    for row in rows[:NEWEST]:
        found.setdefault(row.initiative_id, row)
    return list(found.values())


def _objectives(initiatives: Collection[int]) -> dict[int, frozenset[int]]:
    rows = Initiative.objectives.through.objects.filter(initiative__in=initiatives)
    return _sets(rows.values_list("initiative_id", "strategicobjective_id"))


def _techniques(initiatives: Collection[int | None]) -> dict[int | None, frozenset[str]]:
    known = [one for one in initiatives if one is not None]
    if not known:
        return {}
    rows = AiModel.objects.filter(initiatives__in=known).exclude(technique="")
    return _sets(rows.order_by().values_list("initiatives", "technique"))


def _sets(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, frozenset[Any]]:
    found: dict[Any, set[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}
