"""KPI status: a pure function of a definition, the recorded rows and two clocks, which also says when it expires.

`assess` reads all rows. `fold`, `advance` and `answer` do the same from a stored state, so that one more reading costs
the same whatever the history. `outlook` says what the answer will be on every later day if nothing new is recorded.
The parts live in the `kpi_*` modules beside this one; this is their front door.
"""

from domain.kpi_answer import Answer, Segment, answer, assess, outlook
from domain.kpi_codes import BEST_FIRST, Defect, Direction, Flag, Reason, Shape, State, Status
from domain.kpi_definition import Definition, definition_error
from domain.kpi_fold import Fold, advance, fold
from domain.kpi_rows import History, Reading, history

__all__ = [
    "BEST_FIRST",
    "Answer",
    "Defect",
    "Definition",
    "Direction",
    "Flag",
    "Fold",
    "History",
    "Reading",
    "Reason",
    "Segment",
    "Shape",
    "State",
    "Status",
    "advance",
    "answer",
    "assess",
    "definition_error",
    "fold",
    "history",
    "outlook",
]
