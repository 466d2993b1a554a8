"""A pack, or the facts of today, as pages show it: numbers as numbers and days as days."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

_NUMBERS: Final = frozenset({"baseline", "target", "value", "lower", "upper"})
_PLANNED: Final = frozenset({"starts_on", "ends_on", "decision_on", "transition_on"})
_PRICES: Final = frozenset({"delay", "running", "total", "spent", "decision_changes"})
_DAYS: Final = frozenset({"read_on", "target_on"})


def shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same facts, ready for a template."""
    worth = facts["worth"]
    return {
        **facts,
        "kpis": [{name: _read(name, value) for name, value in one.items()} for one in facts["kpis"]],
        "plan": _planned(facts.get("plan")),
        "worth": None if worth is None else {name: _money(name, value) for name, value in worth.items()},
        "money": {name: None if value is None else Decimal(value) for name, value in facts["money"].items()},
    }


def item_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence of an item (governance.queries.item_pack), likewise."""
    price, pilot = facts.get("extension"), facts.get("pilot")
    return {
        **shown(facts),
        "conditions": [{**one, "due_on": date.fromisoformat(one["due_on"])} for one in facts["conditions"]],
        "decided_by": date.fromisoformat(pilot["decision_on"]) if pilot and pilot["decision_on"] else None,
        "extension": price_shown(price),
    }


def price_shown(price: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The price of an extension, its sums as numbers."""
    return None if price is None else {
        name: Decimal(value) if value is not None and name in _PRICES else value for name, value in price.items()
    }  # fmt: skip


def _planned(plan: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The plan of a pilot with its days as days; packs of before plans were kept have none."""
    return None if plan is None else {
        name: date.fromisoformat(value) if value and name in _PLANNED else value for name, value in plan.items()
    }  # fmt: skip


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _NUMBERS:
        return Decimal(value)
    return date.fromisoformat(value) if name in _DAYS else value


def _money(name: str, value: Any) -> Any:
    return Decimal(value) if value is not None and name != "case" else value
