"""The words of stages and decisions, lower snake case as in JSON."""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    IDEA = "idea"
    FRAMING = "framing"
    DEVELOPMENT = "development"
    PILOT = "pilot"
    SCALE_UP = "scale_up"
    PRODUCTION = "production"
    RETIRED = "retired"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


ORDER: Final = (
    Stage.IDEA,
    Stage.FRAMING,
    Stage.DEVELOPMENT,
    Stage.PILOT,
    Stage.SCALE_UP,
    Stage.PRODUCTION,
    Stage.RETIRED,
)
"""The line an initiative walks; stopped and unknown stand beside it."""

PRE_PRODUCTION: Final = ORDER[:5]
IN_USE: Final = frozenset({Stage.SCALE_UP, Stage.PRODUCTION})
"""After the pilot: people use what it tried, and a rollout goes on."""
DECIDED: Final = frozenset({Stage.PRODUCTION, Stage.RETIRED, Stage.STOPPED})
"""Where nothing waits for a decision any more, so that no month of waiting costs anything."""


class Outcome(StrEnum):
    """What a decision can be. `reopen`, `confirm_stop`, `waive` and `redate` are decisions of their own, not outcomes of a gate.

    `confirm_stop`: what went on after a stop was looked at, and the stop stands.
    """

    GO = "go"
    CONDITIONAL_GO = "conditional_go"
    HOLD = "hold"
    RECYCLE = "recycle"
    PIVOT = "pivot"
    EXTEND = "extend"
    STOP = "stop"
    NOT_DECIDED = "not_decided"
    REOPEN = "reopen"
    WAIVE = "waive"
    REDATE = "redate"
    CONFIRM_STOP = "confirm_stop"


APPROVALS: Final = frozenset({Outcome.GO, Outcome.CONDITIONAL_GO})
OF_A_STOP: Final = frozenset({Outcome.REOPEN, Outcome.CONFIRM_STOP})
"""What is decided of a stopped initiative: it is taken up again, or its stop stands."""
BESIDE_GATES: Final = OF_A_STOP | {Outcome.WAIVE, Outcome.REDATE}
"""What no gate asks for: a stopped initiative decided on again, a condition set aside or given a new due date."""
DEFERRALS: Final = frozenset({Outcome.HOLD, Outcome.NOT_DECIDED})
"""What counts as a deferral at a gate (R06)."""

RESETS: Final = frozenset({Outcome.PIVOT, Outcome.RECYCLE})
"""What resets planned days, extensions and R15: a pivot with its new charter, a recycle at re-entry."""


class Body(StrEnum):
    """Who decides, from the milder to the stricter."""

    PORTFOLIO_MANAGER = "portfolio_manager"
    PORTFOLIO_MANAGER_WITH_SPECIALIST = "portfolio_manager_with_specialist"
    COUNCIL = "council"
