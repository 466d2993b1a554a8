"""Who may do what with the practice around KPIs. Read by tests/kpis/access.py."""

from kpis.services.comparisons import record_comparison
from tests.cast import AT
from tests.core.access_table import ROLED, Case, Row, World, row
from tests.kpis.access_pages import EVERY_MEASURER, MEASURES, SEEN, form, opened

COMPARED = {"name": "Blue button", "design": "ab_test", "arm_1": "Grey", "arm_2": "Blue"}
COUNTED = {"looked_on": "2026-11-20", "successes_1": 4, "trials_1": 10, "successes_2": 5, "trials_2": 10}


def furnish(world: World) -> None:
    """A comparison of each KPI."""
    for at in ("claims", "cards"):
        found = record_comparison(
            kpi_id=world.ids[f"kpi.{at}"], facts={**COMPARED}, by=world.cast.actor("max"), at=AT  # type: ignore[typeddict-item]
        )  # fmt: skip
        world.ids[f"comparison.{at}"] = found.comparison.pk


def seen(kind: str) -> Row:
    """A record read by whoever sees what it belongs to."""
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), pk=kind)


PRACTICE: dict[str, Row] = {
    "comparison-list": opened("kpi", "ref"),
    "comparison-detail": opened("comparison", "pk"),
    "comparison-create": form(MEASURES, EVERY_MEASURER, COMPARED, "kpi"),
    "comparison-look": form(MEASURES, EVERY_MEASURER, COUNTED, "comparison", "pk"),
    "api:comparisons-list": row(
        *(
            Case(at=at, get=f"200: {ROLED}", post=f"201: {who}", data={**COMPARED, "kpi": "$kpi"})
            for at, who in MEASURES.items()
        ),
    ),
    "api:comparisons-detail": seen("comparison"),
    "api:comparisons-look": row(
        *(Case(at=at, post=f"201: {who}", data=COUNTED) for at, who in MEASURES.items()),
        Case(at="nowhere", post=f"404: {EVERY_MEASURER}", data=COUNTED),
        pk="comparison",
    ),
}
