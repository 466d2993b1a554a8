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
DECIDED: Final = frozenset({Stage.PRODUCTION, Stage.RETIRED, Stage.STOPPED})
"""Where nothing waits for a decision any more, so that no month of waiting costs anything."""


class Outcome(StrEnum):
    """What a decision can be. `reopen` is a decision of its own, not the outcome of a gate."""

    GO = "go"
    CONDITIONAL_GO = "conditional_go"
    HOLD = "hold"
    RECYCLE = "recycle"
    PIVOT = "pivot"
    EXTEND = "extend"
    STOP = "stop"
    NOT_DECIDED = "not_decided"
    REOPEN = "reopen"


APPROVALS: Final = frozenset({Outcome.GO, Outcome.CONDITIONAL_GO})
DEFERRALS: Final = frozenset({Outcome.HOLD, Outcome.NOT_DECIDED})
"""What counts as a deferral at a gate (R06)."""

RESETS: Final = frozenset({Outcome.PIVOT, Outcome.RECYCLE})
"""What resets planned days, extensions and R15: a pivot with its new charter, a recycle at re-entry."""


class Body(StrEnum):
    """Who decides, from the milder to the stricter."""

    PORTFOLIO_MANAGER = "portfolio_manager"
    PORTFOLIO_MANAGER_WITH_SPECIALIST = "portfolio_manager_with_specialist"
    COUNCIL = "council"
