"""An idea as it is compared with other work: typed and not on record yet, or recorded."""

from dataclasses import dataclass

from portfolio.models import Initiative


@dataclass(frozen=True, slots=True)
class Idea:
    """`text`: everything it says it is about. `unit`, `objectives`: ids; `initiative` None: it is not on record yet."""

    text: str
    unit: int | None = None
    objectives: frozenset[int] = frozenset()
    initiative: int | None = None


def idea_of(row: Initiative) -> Idea:
    """An initiative as it is compared. One statement."""
    return Idea(text_of(row), row.unit_id, frozenset(row.objectives.values_list("pk", flat=True)), row.pk)


def text_of(row: Initiative) -> str:
    """What it says it is about."""
    return " ".join((row.name, row.problem, row.outcome, row.value_hypothesis))
