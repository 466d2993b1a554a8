"""What every chart gives the page."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Chart:
    """What components/chart.html draws."""

    id: str
    title: str
    summary: str
    spec: dict[str, Any]
    columns: list[tuple[str, bool]]
    rows: list[list[Any]]
    size: str = "h-l"
    facts: dict[str, Any] = field(default_factory=dict)
