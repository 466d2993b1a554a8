"""Who may read a memo, and who may keep one. Read by tests/funding/access.py."""

from funding.services.memos import keep_memo
from tests.cast import AT
from tests.core.access_table import ROLED, WIDE, Case, Row, World, row
from tests.funding.telling import case_of
from tests.kpis.build import make_initiative

SEE = {
    "claims": (f"alice vera {WIDE}", "bob charlie mona ursula"),
    "cards": (f"charlie ursula {WIDE}", "alice bob mona vera"),
}
RECORDS = {"claims": "alice max; 404: charlie ursula", "cards": "charlie max ursula; 404: alice"}
RECORDERS = "alice charlie max ursula"


def furnish(world: World) -> None:
    """In claims and in cards an initiative with a case in force and a memo that was kept."""
    cast = world.cast
    for at, lead in (("claims", cast.alice), ("cards", cast.charlie)):
        initiative = make_initiative(getattr(cast, at), f"Asked for in {at}", lead=lead)
        case_of(initiative)
        memo = keep_memo(initiative_id=initiative.pk, by=cast.actor("max"), at=AT)
        world.ids |= {f"asked.{at}": initiative.pk, f"memo.{at}": memo.pk}


def read(kind: str, arg: str) -> Row:
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEE.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), **{arg: kind})


MEMOS: dict[str, Row] = {
    "initiative-memo": read("asked", "ref"),
    "initiative-memo-pdf": read("asked", "ref"),
    "memo-detail": read("memo", "ref"),
    "memo-pdf": read("memo", "ref"),
    "memo-keep": row(
        *(Case(at=at, post=f"302: {people}") for at, people in RECORDS.items()),
        Case(at="nowhere", post=f"404: {RECORDERS}"),
        ref="asked",
    ),
    "api:initiative-memo-list": read("asked", "initiative"),
    "api:initiative-memo-pdf": read("asked", "initiative"),
    "api:memos-list": row(
        *(
            Case(
                at=at,
                get=f"200: {ROLED}",
                post=f"201: {people.replace('404', '400')}",
                data={"initiative": "$asked"},
            )
            for at, people in RECORDS.items()
        )
    ),
    "api:memos-detail": read("memo", "pk"),
    "api:memos-pdf": read("memo", "pk"),
}
