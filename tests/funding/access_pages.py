"""Who may open and send the pages of cases. Read by tests/funding/access.py."""

from tests.cast import TODAY
from tests.core.access_table import ROLED, WIDE, Case, Row, World, reads, row
from tests.funding.writing import draft, published, worked
from tests.kpis.build import claims_triage, make_initiative

SEEN = {
    "claims": (f"alice bob vera {WIDE}", "charlie mona ursula"),
    "cards": (f"charlie ursula {WIDE}", "alice bob mona vera"),
}
WRITES = {"claims": "alice max; 404: charlie ursula", "cards": "charlie max ursula; 404: alice"}
EVERY_WRITER = "alice charlie max ursula"
TYPED = {
    "version": "1", "lines": "", "starts_on": TODAY.isoformat(), "years": "4", "rate": "10", "prices": "nominal",
    "spread_benefits": "20", "spread_outlay": "20", "spread_years_late": "1", "spread_rate": "4",
}  # fmt: skip
PUBLISHED = {"version": "1", "because": "The pilot was measured."}


def furnish(world: World) -> None:
    """In claims and in cards an initiative with a version in force and a draft of the next."""
    cast = world.cast
    for at, initiative in (
        ("claims", claims_triage(cast, "Cased in claims")),
        ("cards", make_initiative(cast.cards, "Cased in cards", lead=cast.charlie)),
    ):
        published(initiative, cast)
        draft(initiative, cast, worked(cast, years=4))
        world.ids[f"cased.{at}"] = initiative.pk


def opened() -> Row:
    """A page read by whoever sees the initiative."""
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), ref="cased")


def written(data: dict[str, str], status: int = 302, *, page: bool = True) -> Row:
    """A form of whoever writes the case; `page` False: it is only sent."""
    cases = [
        Case(at=at, get=f"200: {who}" if page else "", post=f"{status}: {who}", data=data)
        for at, who in WRITES.items()
    ]
    nowhere = f"404: {EVERY_WRITER}"
    return row(*cases, Case(at="nowhere", get=nowhere if page else "", post=nowhere, data=data), ref="cased")


PAGES: dict[str, Row] = {
    "case-list": reads(ROLED),
    "initiative-case": opened(),
    "case-versions": opened(),
    "case-compare": opened(),
    "initiative-case-edit": written(TYPED),
    "case-live": written(TYPED, 200, page=False),
    "case-autosave": written(TYPED, 200, page=False),
    "case-discard": written({}),
    "case-publish": written(PUBLISHED),
}
