"""A prohibited use goes no further, through whichever door it is asked for."""

from collections.abc import Collection

from core.errors import Problem, conflict
from domain.gates import Gate
from domain.prohibited import REASON, stands_in_the_way
from domain.stage_words import Outcome
from governance.queries.prohibited import prohibited_among, prohibited_by
from pilots.services.more_time import before_more_time

REMEDY = "Stop it for that reason, retire the model, or answer the classification again where it is wrong."


def in_the_way(initiative_id: int, outcome: Outcome, gate: Gate | None) -> str:
    """Why it may not have this outcome; empty where it may. One statement at most."""
    return prohibited_by(initiative_id) if stands_in_the_way(outcome, gate) else ""


def require_permitted(initiative_id: int, outcome: Outcome, gate: Gate | None) -> None:
    """Refuse what lets a prohibited use go on. Raises Problem 409 `prohibited_use`. One statement at most."""
    sentence = in_the_way(initiative_id, outcome, gate)
    if sentence:
        raise _refusal(sentence)


@before_more_time
def no_more_time(initiatives: Collection[int]) -> dict[int, Problem]:
    """A portfolio manager's own extension lets it go on as much as the council's, and so does the later date of a source."""
    return {pk: _refusal(sentence) for pk, sentence in prohibited_among(initiatives).items()}


def _refusal(sentence: str) -> Problem:
    return conflict(REASON, f"Its use is prohibited. {sentence} {REMEDY}")
