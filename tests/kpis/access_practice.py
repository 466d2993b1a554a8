"""Who may do what with the practice around KPIs. Read by tests/kpis/access.py."""

from typing import Any

from kpis.models import DataNeed, Workshop
from kpis.services.comparisons import record_comparison
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, Case, Row, World, reads, row
from tests.kpis.access_pages import DEFINES, EVERY_DEFINER, EVERY_MEASURER, MEASURES, SEEN, form, opened

COMPARED = {"name": "Blue button", "design": "ab_test", "arm_1": "Grey", "arm_2": "Blue"}
COUNTED = {"looked_on": "2026-11-20", "successes_1": 4, "trials_1": 10, "successes_2": 5, "trials_2": 10}


def furnish(world: World) -> None:
    """A comparison of each KPI, a data need and a workshop of each initiative."""
    for at in ("claims", "cards"):
        found = record_comparison(
            kpi_id=world.ids[f"kpi.{at}"], facts={**COMPARED}, by=world.cast.actor("max"), at=AT  # type: ignore[typeddict-item]
        )  # fmt: skip
        world.ids[f"comparison.{at}"] = found.comparison.pk
        key = world.ids[f"measured.{at}"]
        world.ids[f"need.{at}"] = DataNeed.objects.create(initiative_id=key, name="Events", recorded_at=AT).pk
        world.ids[f"workshop.{at}"] = Workshop.objects.create(
            initiative_id=key, held_on=TODAY, recorded_at=AT
        ).pk


def seen(kind: str) -> Row:
    """A record read by whoever sees what it belongs to."""
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), pk=kind)


NEEDED = {"name": "Claim letters", "available": "partly"}
HELD = {"held_on": "2026-11-20", "name_0": "Ann", "role_0": "product"}
SENT = {"held_on": "2026-11-20", "attendees": [{"name": "Ann", "role": "product"}]}


def kept(data: dict[str, Any]) -> Row:
    """A list, and a new record of an initiative, which does not exist for who may not see it."""
    who = {"claims": "alice max; 400: charlie ursula", "cards": "charlie ursula max; 400: alice"}
    body = {**data, "initiative": "$measured"}
    return row(
        *(Case(at=at, get=f"200: {ROLED}", post=f"201: {people}", data=body) for at, people in who.items())
    )


PRACTICE: dict[str, Row] = {
    "kpi-templates": reads(ROLED),
    "api:kpi-templates-list": reads(ROLED),
    "initiative-data": opened("measured", "ref"),
    "data-need-create": form(DEFINES, EVERY_DEFINER, NEEDED, "measured"),
    "data-need-edit": form(DEFINES, EVERY_DEFINER, {**NEEDED, "version": "1"}, "need", "pk"),
    "initiative-workshops": opened("measured", "ref"),
    "workshop-create": form(DEFINES, EVERY_DEFINER, HELD, "measured"),
    "api:data-needs-list": kept(NEEDED),
    "api:data-needs-detail": row(
        *(
            Case(
                at=at,
                get=f"200: {see}; 404: {hidden}",
                patch=f"200: {DEFINES[at]}",
                data={"system": "Guidewire"},
            )
            for at, (see, hidden) in SEEN.items()
        ),
        Case(at="nowhere", get=f"404: {ROLED}", patch=f"404: {EVERY_DEFINER}", data={"system": "Guidewire"}),
        pk="need",
    ),
    "api:workshops-list": kept(SENT),
    "api:workshops-detail": seen("workshop"),
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
