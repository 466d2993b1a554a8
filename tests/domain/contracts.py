"""An ordinary KPI contract for the tests of KPI discipline, and Hypothesis strategies around it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from domain.kpi import Direction, Shape
from domain.kpi_contract import Contract

WAITING = Contract(
    name="Waiting time",
    kind="business",
    definition="Days from order to delivery",
    formula="sum of days / orders",
    population="All customers",
    window="calendar month",
    unit="days",
    source="warehouse ledger",
    shape=Shape.TRAJECTORY,
    direction=Direction.LOWER,
    baseline=Decimal(40),
    baseline_method="mean of three months",
    baseline_from=date(2025, 10, 1),
    baseline_to=date(2025, 12, 31),
    baseline_on=date(2026, 1, 1),
    baseline_source="warehouse ledger 2025",
    target=Decimal(20),
    target_on=date(2026, 12, 31),
    curve=((Decimal("0.5"), Decimal("0.2")),),
    primary=True,
)
"""40 -> 20 days in the year 2026."""

UPTIME = Contract(
    name="Uptime",
    kind="operational",
    shape=Shape.BAND,
    lower=Decimal(90),
    upper=Decimal(100),
    baseline_on=date(2026, 1, 1),
)

# A value unlike the ordinary one for every sealed field.
OTHER_VALUES: dict[str, Any] = {
    "name": "Delay", "kind": "operational", "definition": "Hours late", "formula": "a / b",
    "population": "Customers in the north", "window": "week", "unit": "hours", "source": "survey",
    "shape": Shape.BAND, "direction": Direction.HIGHER, "baseline": Decimal(41), "baseline_method": "a guess",
    "baseline_from": date(2025, 11, 1), "baseline_to": None, "baseline_on": date(2026, 1, 2),
    "baseline_source": "", "target": Decimal(21), "target_percent": Decimal(-50), "target_on": date(2027, 1, 31),
    "lower": Decimal(1), "upper": Decimal(0), "curve": (), "cadence_days": 31, "stale_after_days": 45,
    "settle_days": 15, "amber": Decimal("0.11"), "red": Decimal("0.3"), "hysteresis": Decimal(0),
    "confirm_worse": 2, "warn_margin": Decimal(0), "warn_fraction": Decimal("0.2"),
    "required_compliance": Decimal("0.8"), "judged": True, "scale": ("bad", "good"), "judge": 7,
    "primary": False, "weight": Decimal(2), "parent": "K-0001", "roll_up": "worst_wins", "serves": "K-0002",
    "serves_because": "it does",
}  # fmt: skip


def with_(**changed: Any) -> Contract:
    return replace(WAITING, **changed)


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_numbers = st.one_of(st.none(), st.decimals(-1000, 1000, places=4))
_days = st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
_shares = st.decimals(0, 1, places=3)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """Any contract that can be sealed, sound or not."""
    texts: dict[str, Any] = {
        name: draw(_texts)
        for name in (
            "name",
            "kind",
            "definition",
            "formula",
            "population",
            "window",
            "unit",
            "source",
            "parent",
        )
    }
    return Contract(
        **texts,
        shape=draw(st.sampled_from(Shape)),
        direction=draw(st.sampled_from(Direction)),
        baseline=draw(_numbers),
        baseline_on=draw(_days),
        target=draw(_numbers),
        target_percent=draw(_numbers),
        target_on=draw(_days),
        lower=draw(_numbers),
        upper=draw(_numbers),
        curve=tuple(draw(st.lists(st.tuples(_shares, _shares), max_size=2))),
        amber=draw(_shares),
        cadence_days=draw(st.integers(1, 90)),
        stale_after_days=draw(st.one_of(st.none(), st.integers(0, 90))),
        judged=draw(st.booleans()),
        scale=tuple(draw(st.lists(_texts, max_size=2))),
        judge=draw(st.one_of(st.none(), st.integers(1, 9))),
        weight=draw(st.decimals(0, 9, places=2)),
    )
