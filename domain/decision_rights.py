"""Which body decides what, and what has to lie before it: asked once, by the page, the API and the log's one writer."""

from collections.abc import Sequence
from typing import Final

from domain.authority import Authority
from domain.errors import RuleError
from domain.gates import Gate, deciding_body, extending_body
from domain.stage_words import APPROVALS, Body, Outcome

WORDS: Final = {
    Body.PORTFOLIO_MANAGER: "the portfolio manager",
    Body.PORTFOLIO_MANAGER_WITH_SPECIALIST: "the portfolio manager with a named specialist",
    Body.COUNCIL: "the AI council",
}
_STRICTNESS: Final = tuple(Body)


def body_for(outcome: Outcome, gate: Gate, *, tier: int | None, extensions: int) -> Body:
    """Who decides this at this gate: an extension by its count, everything else by gate and tier."""
    if outcome is Outcome.EXTEND:
        return extending_body(extensions, tier)
    return deciding_body(gate, tier)


def require_body(
    authority: Authority, outcome: Outcome, gate: Gate, *, tier: int | None, extensions: int
) -> None:
    """Refuse a decision of a milder body than is asked for; a stricter one may always decide, except at G1.

    Raises RuleError `wrong_body`, `specialist_missing`, `item_missing`, and `councils_word` for what only the council's
    service records (`not_decided`).
    """
    if outcome is Outcome.NOT_DECIDED and authority.body is not Body.COUNCIL:
        raise RuleError(
            "councils_word", "Only the council leaves something undecided. Record a hold instead."
        )
    needed = body_for(outcome, gate, tier=tier, extensions=extensions)
    by_gate_alone = not gate.tier_may_tighten and outcome is not Outcome.EXTEND
    milder = _STRICTNESS.index(authority.body) < _STRICTNESS.index(needed)
    if milder or (by_gate_alone and authority.body is not needed):
        raise RuleError("wrong_body", f"This is decided by {WORDS[needed]}. {_remedy(needed)}")
    if authority.body is Body.PORTFOLIO_MANAGER_WITH_SPECIALIST and authority.specialist is None:
        raise RuleError("specialist_missing", "Name the specialist who agrees.", "/specialist")
    if authority.body is Body.COUNCIL and authority.item is None:
        raise RuleError("item_missing", "The council decides an item of a meeting or of a written procedure.")


def _remedy(needed: Body) -> str:
    if needed is Body.COUNCIL:
        return "Put it on its agenda."
    if needed is Body.PORTFOLIO_MANAGER_WITH_SPECIALIST:
        return "Name the specialist who agrees."
    return "It is not the council's."


def require_ready(outcome: Outcome, *, submitted: bool, open_conditions: Sequence[str]) -> None:
    """An approval answers a submission, and stands on no open condition of the first two types (C2).

    Everything else may be decided at any time. `open_conditions`: their references. Raises RuleError
    `submission_missing`, `conditions_open`.
    """
    if outcome not in APPROVALS:
        return
    if not submitted:
        raise RuleError("submission_missing", "An approval answers a submission. Ask for the gate first.")
    if open_conditions:
        named = ", ".join(open_conditions)
        raise RuleError("conditions_open", f"Still open: {named}. Discharge or waive each of them first.")
