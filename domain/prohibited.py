"""A use that may not be: what a class of a rule set says of it, and which decisions it stands in the way of."""

from collections.abc import Mapping
from typing import Any, Final

from domain.gates import Gate
from domain.stage_words import APPROVALS, Outcome, Stage

CLASS: Final = "unacceptable"
"""The class by which every rule set calls a practice prohibited."""
REASON: Final = "prohibited_use"
"""The reason code of a stop, the code of the refusal, and what calls for the council."""
GOES_ON: Final = frozenset({Outcome.REOPEN, Outcome.EXTEND, Outcome.PIVOT})
"""What lets a use go on without being an approval of a gate."""


def prohibiting(classes: Mapping[str, str]) -> tuple[str, ...]:
    """The rule sets that prohibit a system of these classes (rule set -> class), by their code."""
    return tuple(sorted(code for code, found in classes.items() if found == CLASS))


def stands_in_the_way(outcome: Outcome, gate: Gate | None) -> bool:
    """Whether a prohibited use may not have this outcome: nothing that lets it go on. Stopping, holding, sending back and
    retiring may be; more time for its pilot, or another charter, may not.

    `gate` None: a decision of its own, of which a reopening lets it go on.
    """
    if outcome in GOES_ON:
        return True
    return outcome in APPROVALS and (gate is None or gate.to_stage is not Stage.RETIRED)


def drafted_stop(sentence: str) -> dict[str, Any]:
    """The motion that the record proposes: a stop for that reason."""
    return {
        "outcome": Outcome.STOP.value, "because": f"Its use is prohibited. {sentence}", "reason_code": REASON,
        "lessons": f"{sentence} The class is to be asked for before work begins.",
    }  # fmt: skip
