"""The columns of the table of calls."""

from typing import Any, Final

from core import vocabulary
from core.tables import Column

CELLS: Final = "funding/triage"


def _rounded(value: Any) -> Any:
    return None if value is None else round(value, 2)


COLUMNS: Final = (
    Column("name", "Initiative", f"{CELLS}/initiative.html", lambda r: f"{r.row.ref} {r.row.name}", sort="name"),
    Column("call", "Call", f"{CELLS}/call.html", lambda r: vocabulary.word("triage", r.call.verdict), sort="call"),
    Column("because", "Because", f"{CELLS}/because.html", lambda r: r.because, css="full"),
    Column("flips", "What would flip it", f"{CELLS}/flips.html", lambda r: " ".join(r.flips), css="full"),
    Column("value", "Value", f"{CELLS}/value.html", lambda r: r.facts.value, sort="value", css="num"),
    Column("to_go", "Still to pay", f"{CELLS}/to_go.html", lambda r: r.facts.to_go, sort="to_go", css="num"),
    Column("regret", "Lost as money stands today", f"{CELLS}/regret.html", lambda r: _rounded(r.call.regret), sort="regret", css="num"),
    Column("freed", "Money freed if stopped", f"{CELLS}/freed.html", lambda r: r.facts.allotted, sort="freed", css="num"),
    Column("people", "People freed", f"{CELLS}/people.html", lambda r: r.facts.people, sort="people", css="num"),
    Column("reason", "Reason code", f"{CELLS}/reason.html", lambda r: r.call.reason.value, shown=False),
    Column("lost", "What is lost", f"{CELLS}/lost.html", lambda r: r.loss, shown=False),
    Column("ratio", "Value for cost", f"{CELLS}/ratio.html", lambda r: _rounded(r.facts.ratio), sort="ratio", css="num", shown=False),
    Column("place", "Place in the line", f"{CELLS}/place.html", lambda r: r.call.place, css="num", shown=False),
    Column("tie", "Tie", f"{CELLS}/tie.html", lambda r: r.tie, shown=False),
    Column("run", "Running costs a year", f"{CELLS}/run.html", lambda r: r.facts.run_cost, css="num", shown=False),
    Column("status", "Status", f"{CELLS}/status.html", lambda r: vocabulary.word("rollup", r.row.kpi_status, r.row.kpi_reason), shown=False),
    Column("unit", "Business unit", f"{CELLS}/unit.html", lambda r: r.row.unit, sort="unit", shown=False),
)  # fmt: skip
