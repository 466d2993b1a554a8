"""What a person changed here since the source last spoke: the preview says so before an import writes over it."""

from typing import Any

from exchange.services.values import Change
from portfolio.models import Initiative

SIMPLE = ("name", "problem", "outcome", "value_hypothesis")


def edited_here(change: Change, initiative: Initiative) -> Any:
    """The value that stands here where it is not what the source said last; None where nobody touched it."""
    name, was = change["name"], change["was"]
    if change["of"] == "fact":
        return _other(initiative.facts.get(name), was)
    if change["of"] == "column":
        return _other(initiative.attributes.get(name), was)
    if name in SIMPLE:
        return _other(getattr(initiative, name), was or "")
    stands: dict[str, Any] = {
        "stage": initiative.stage,
        "impact": initiative.impact or "unknown",
        "risk_tier": str(initiative.risk_tier) if initiative.risk_tier else "unknown",
        "planned_value": format(initiative.planned_value, "f")
        if initiative.planned_value is not None
        else None,
        "entered_on": initiative.entered_on.isoformat() if initiative.entered_on else None,
    }
    return _other(stands[name], was) if name in stands else None


def _other(stands: Any, was: Any) -> Any:
    return None if stands == was else stands
