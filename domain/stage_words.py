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
    """What a decision can be. `reopen`, `waive` and `redate` are decisions of their own, not outcomes of a gate."""

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


APPROVALS: Final = frozenset({Outcome.GO, Outcome.CONDITIONAL_GO})
BESIDE_GATES: Final = frozenset({Outcome.REOPEN, Outcome.WAIVE, Outcome.REDATE})
"""What no gate asks for: a stopped initiative taken up again, a condition set aside or given a new due date."""
DEFERRALS: Final = frozenset({Outcome.HOLD, Outcome.NOT_DECIDED})
"""What counts as a deferral at a gate (R06)."""

RESETS: Final = frozenset({Outcome.PIVOT, Outcome.RECYCLE})
"""What resets planned days, extensions and R15: a pivot with its new charter, a recycle at re-entry."""


class Body(StrEnum):
    """Who decides, from the milder to the stricter."""

    PORTFOLIO_MANAGER = "portfolio_manager"
    PORTFOLIO_MANAGER_WITH_SPECIALIST = "portfolio_manager_with_specialist"
    COUNCIL = "council"
