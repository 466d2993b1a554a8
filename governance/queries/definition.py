"""The gate definition in force on a day, the number that names it, and the definition of an earlier number."""

from datetime import date

from core.models import Policy
from core.policies import in_force
from domain.gate_policy import gates_from_json
from domain.gates import GATES, Gate, next_gate
from domain.stages import Stage

KIND = "gates"


def gates_on(day: date) -> tuple[tuple[Gate, ...], int]:
    """The six gates and their version number; 0 is the product's own definition."""
    row = in_force(KIND, day)
    return (GATES, 0) if row is None else (gates_from_json(row.data), row.number)


def gates_of(number: int) -> tuple[Gate, ...]:
    """The definition a submission was made under."""
    row = Policy.objects.filter(kind=KIND, number=number).first()
    return GATES if row is None else gates_from_json(row.data)


def gate_of(stage: str, day: date) -> tuple[Gate | None, int]:
    """The gate an initiative in this stage meets next, and the number of its definition."""
    gates, number = gates_on(day)
    return next_gate(Stage(stage), gates), number
