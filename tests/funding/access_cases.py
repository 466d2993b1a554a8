"""Who may read, write and publish cases through the API. Read by tests/funding/access.py.

claims: led by alice, bob works on it. cards: below retail, led by charlie; ursula leads the unit retail.
"""

from funding.services.cases import save_draft
from portfolio.models import InitiativeMember
from tests.cast import AT
from tests.core.access_table import ROLED, WIDE, Case, Row, World, row
from tests.funding.build import published, worked
from tests.kpis.build import make_initiative

SEEN = {
    "claims": (f"alice bob vera {WIDE}", "charlie mona ursula"),
    "cards": (f"charlie ursula {WIDE}", "alice bob mona vera"),
}
WRITES = {
    "claims": ("alice", "charlie ursula"),
    "cards": ("charlie ursula", "alice"),
}
EVERY_WRITER = "alice charlie max ursula"
DRAFT = {"starts_on": "2027-01-01", "years": 4, "rate": "0.1"}


def furnish(world: World) -> None:
    """In claims and in cards an initiative without a case, and one with a case in force and a draft."""
    cast = world.cast
    for at, lead, member in (("claims", cast.alice, cast.bob), ("cards", cast.charlie, None)):
        for kind in ("bare", "cased"):
            initiative = make_initiative(getattr(cast, at), f"{kind} in {at}", lead=lead)
            if member:
                InitiativeMember.objects.create(initiative=initiative, user=member, added_at=AT)
            world.ids[f"{kind}.{at}"] = initiative.pk
        world.ids[f"case.{at}"] = published(initiative, worked(lead.pk), by=cast.actor("max")).pk
        second = published(
            initiative, worked(lead.pk), by=cast.actor("max"), because="The rate was looked at again"
        )
        world.ids[f"second.{at}"] = second.pk
        draft = save_draft(initiative_id=initiative.pk, draft=worked(lead.pk), by=cast.actor("max"), at=AT)
        world.ids[f"draft.{at}"] = draft.pk


def seen(kind: str, *, only: str = "pk") -> Row:
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), **{only: kind})


def sent(kind: str) -> Row:
    """An act on a version, sent without If-Match: who may do it is asked for that first."""
    return row(
        *(
            Case(at=at, post=f"428: {who} max; 404: {hidden}")
            for at, (who, hidden) in WRITES.items()
        ),
        Case(at="nowhere", post=f"404: {EVERY_WRITER}"),
        pk=kind,
    )  # fmt: skip


CASES: dict[str, Row] = {
    "api:business-cases-list": row(
        *(
            Case(
                at=at,
                get=f"200: {ROLED}",
                post=f"201: {who} max; 400: {hidden}",
                data={**DRAFT, "initiative": "$bare"},
            )
            for at, (who, hidden) in WRITES.items()
        )
    ),
    "api:business-cases-detail": row(
        *(
            Case(
                at=at,
                get=f"200: {see}; 404: {hidden}",
                patch=f"200: {WRITES[at][0]} max; 404: {WRITES[at][1]}",
                data={"rate": "0.12"},
            )
            for at, (see, hidden) in SEEN.items()
        ),
        Case(at="nowhere", get=f"404: {ROLED}", patch=f"404: {EVERY_WRITER}", data={"rate": "0.12"}),
        pk="draft",
    ),
    "api:business-cases-publish": sent("draft"),
    "api:business-cases-discard": sent("draft"),
    "api:business-cases-compare": seen("second"),
    "api:business-cases-citations": seen("case"),
    "api:initiative-business-case-list": seen("cased", only="initiative_id"),
}
