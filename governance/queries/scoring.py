"""The scorecard of a submission: the spread of what gatekeepers gave, once it may be shown, and one's own before."""

from collections.abc import Sequence
from decimal import Decimal

from core.access import Actor, allows
from core.roles import Action
from domain.should_meets import ShouldMeet, Spread, spread_of, weighted
from governance.models import GateSubmission, Score
from governance.queries.conflicts import conflicted
from governance.queries.definition import gates_of


def criteria_of(row: GateSubmission) -> tuple[ShouldMeet, ...]:
    """The should-meets of the gate, by the definition it was submitted under."""
    return next(one.should_meets for one in gates_of(row.definition) if one.code == row.gate)


def spreads_of(row: GateSubmission) -> Sequence[Spread]:
    """One for each criterion, those nobody scored too. Nothing while the submission is open: scores are shown together."""
    return spreads_of_all([row]).get(row.pk, ())


def spreads_of_all(rows: Sequence[GateSubmission]) -> dict[int, Sequence[Spread]]:
    """Submission -> the same, for those that somebody scored and that are closed. One statement, and one for each definition."""
    closed = [row for row in rows if row.state != GateSubmission.State.OPEN]
    given: dict[int, dict[str, list[int]]] = {}
    scores = Score.objects.filter(submission__in=closed).order_by()
    for pk, code, score in scores.values_list("submission_id", "criterion", "score"):
        given.setdefault(pk, {}).setdefault(code, []).append(score)
    gates = {number: gates_of(number) for number in {row.definition for row in closed if row.pk in given}}
    return {
        row.pk: [
            spread_of(one, given[row.pk].get(one.code, ()))
            for gate in gates[row.definition]
            if gate.code == row.gate
            for one in gate.should_meets
        ]
        for row in closed
        if row.pk in given
    }


def total_of(spreads: Sequence[Spread]) -> Decimal | None:
    """The medians by their weights, 0 to 10; None where a criterion was scored by nobody."""
    return weighted(spreads) if spreads else None


def own_scores(row: GateSubmission, actor: Actor) -> dict[str, Score]:
    """What the reader gave, by criterion."""
    if actor.user is None:
        return {}
    return {one.criterion: one for one in Score.objects.filter(submission=row, person=actor.user)}


def may_score(row: GateSubmission, actor: Actor) -> bool:
    """Whether the scorecard is offered: who votes or decides, and is not in conflict. The service asks again."""
    if row.state != GateSubmission.State.OPEN or actor.user is None or actor.scopes is not None:
        return False
    initiative = row.initiative
    right = allows(actor, Action.VOTE, initiative) or allows(actor, Action.DECIDE_GATE, initiative)
    return right and actor.user.pk not in conflicted(initiative, row)
