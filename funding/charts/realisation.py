"""Benefits against plan and spend as lines, cumulative, with the same numbers as a table."""

from decimal import Decimal

from core.wording import money
from funding.queries.realisation import Realisation
from portfolio.dashboard.charts.chart import Chart
from portfolio.dashboard.charts.value import value_spec

LINES = ("spent", "planned", "claimed", "validated")
COLUMNS = (*LINES, "rejected")


def drawn(found: Realisation, currency: str) -> Chart | None:
    """None where fewer than two periods are on record: there is no line to draw."""
    if len(found.so_far) < 2:
        return None
    sums: dict[str, list[Decimal]] = {name: [getattr(one, name) for one in found.so_far] for name in LINES}
    most = max(value for row in sums.values() for value in row)
    scale = Decimal(1_000_000) if most >= 2_000_000 else Decimal(1_000)
    told = ", ".join(f"{name} {money(sums[name][-1], currency)}" for name in LINES)
    return Chart(
        "realisation", "Benefits against plan and spend, cumulative", f"Lines of cumulative money by period: {told}",
        value_spec(list(found.starts), sums, scale, "million" if scale > 1_000 else "thousand", currency),
        [("Period", False), *((name.capitalize(), True) for name in COLUMNS)],
        [[one.label, *(money(getattr(one, name), currency) for name in COLUMNS)] for one in found.so_far],
        size="h-m",
    )  # fmt: skip
