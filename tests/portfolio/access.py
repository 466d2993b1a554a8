"""Who may do what with initiatives, objectives, flags and money.

claims: led by alice, bob works on it. cards: below retail, led by charlie. ursula leads the unit retail.
maxs: in claims, sponsored by max, who manages the portfolio.
"""

from core.access import system
from funding.services.tranches import approve as approve_tranche
from funding.services.tranches import release as release_tranche
from portfolio.models import Flag, FundingDecision, StageSpell
from portfolio.services.commitments import record_commitment
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.initiatives import create_initiative
from portfolio.services.members import add_member
from portfolio.services.money import record_benefit, record_expenditure
from portfolio.services.objectives import create_objective
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row
from tests.funding.access_money import MONEY
from tests.portfolio.access_people import PEOPLE, furnish_people
from tests.portfolio.amounts import euro

SEE_CLAIMS, NOT_CLAIMS = f"alice bob vera {WIDE}", "charlie mona ursula"
SEE_CARDS, NOT_CARDS = f"charlie ursula {WIDE}", "alice bob mona vera"
CREATES = "alice charlie max ursula"
IDEA = {"name": "Call summaries", "unit": "$unit.claims"}
RELEASED = {"released_on": "2026-11-24", "because": "Agreed."}
VALIDATED = {"amount": "100.00", "kind": "validated", "month": "2026-11-01", "evidence": "Ledger."}
TO_CARDS = {"name": "Card limits", "unit": "$unit.cards"}


def furnish(world: World) -> None:
    """One initiative in claims and one in cards, each with a member, a flag, a tranche, spend and a benefit."""
    cast = world.cast
    max_ = cast.actor("max")
    objective = create_objective(name="Lower cost", by=max_, at=AT)
    world.ids["objective.cost"] = objective.pk
    for at, lead, member in (("claims", cast.alice, cast.bob), ("cards", cast.charlie, cast.ursula)):
        unit = getattr(cast, at)
        initiative = create_initiative(name=f"Triage in {at}", unit=unit, lead=lead, by=max_, at=AT)
        add_member(initiative_id=initiative.pk, user=member, by=max_, at=AT)
        finding = Finding("R02", 2, "Decision overdue", "The decision date passed 20 days ago.", TODAY)
        sync_flags(
            subject=Subject("pilot", initiative.pk, initiative.name, initiative, unit),
            findings=[finding],
            by=max_,
            at=AT,
        )
        freed = approve_tranche(
            because="Agreed.",
            initiative_id=initiative.pk,
            amount=euro(500),
            approved_on=TODAY,
            by=max_,
            at=AT,
        )
        release_tranche(because="Agreed.", pk=freed.pk, released_on=TODAY, by=max_, at=AT)
        committed = record_commitment(
            initiative_id=initiative.pk, amount=euro(7), committed_on=TODAY, supplier="Acme", by=max_, at=AT
        )
        tranche = approve_tranche(
            because="Agreed.",
            initiative_id=initiative.pk,
            amount=euro(500),
            approved_on=TODAY,
            by=max_,
            at=AT,
        )
        spent = record_expenditure(
            initiative_id=initiative.pk, amount=euro(10), spent_on=TODAY, by=max_, at=AT
        )
        benefit = record_benefit(
            evidence="Ledger.",
            initiative_id=initiative.pk,
            kind="planned",
            amount=euro(9),
            month=TODAY,
            by=max_,
            at=AT,
        )
        world.ids |= {
            f"initiative.{at}": initiative.pk, f"member.{at}": member.pk, f"tranche.{at}": tranche.pk,
            f"expenditure.{at}": spent.pk, f"benefit.{at}": benefit.pk,
            f"commitment.{at}": committed.pk, f"decision.{at}": FundingDecision.objects.filter(tranche=tranche).get().pk,
            f"flag.{at}": Flag.objects.get(initiative=initiative).pk, f"spell.{at}": StageSpell.objects.get(initiative=initiative).pk,
        }  # fmt: skip
        furnish_people(world, at, initiative)

    sponsored = create_initiative(name="Sponsored by max", unit=cast.claims, sponsor=cast.max, by=max_, at=AT)
    waits = approve_tranche(
        because="Agreed.",
        initiative_id=sponsored.pk,
        amount=euro(5),
        approved_on=TODAY,
        by=system("command"),
        at=AT,
    )
    world.ids |= {"initiative.maxs": sponsored.pk, "tranche.maxs": waits.pk}


def tab() -> Row:
    """A page of one initiative: read by whoever sees it."""
    return row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        ref="initiative",
    )


def record(kind: str) -> Row:
    """A record on an initiative, read only."""
    return row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        pk=kind,
    )


def approved_list(data: dict[str, object]) -> Row:
    """Money rows that approve: the portfolio manager adds them, and nobody who runs the initiative."""
    return row(
        *(
            Case(at=at, get=f"200: {ROLED}", post="201: max", data={"initiative": "$initiative", **data})
            for at in ("claims", "cards")
        ),
        # A portfolio manager who sponsors it does not approve its money.
        Case(at="maxs", get=f"200: {ROLED}", post="403: max", data={"initiative": "$initiative", **data}),
    )


def money_list(data: dict[str, object]) -> Row:
    """Money rows: a lead, a unit lead and a portfolio manager add them; on a foreign initiative there is none."""
    return row(
        Case(
            at="claims",
            get=f"200: {ROLED}",
            post="201: alice max; 400: charlie ursula",
            data={"initiative": "$initiative", **data},
        ),
        Case(
            at="cards",
            get=f"200: {ROLED}",
            post="201: charlie max ursula; 400: alice",
            data={"initiative": "$initiative", **data},
        ),
    )


ROWS: dict[str, Row | Open] = {
    # The dashboard and the rows behind its numbers.
    "dashboard": reads(ROLED),
    "value": reads(ROLED),
    "spell-list": reads(ROLED),
    "ledger": row(Case(get=f"200: {ROLED}"), kind="=spend"),
    "api:portfolio-summary": reads(ROLED),
    "api:portfolio-stage-ageing": reads(ROLED),
    # The register.
    "lead-home": reads(ROLED),
    "initiative-list": reads(ROLED),
    "initiative-board": reads(ROLED),
    "initiative-timeline": reads(ROLED),
    "initiative-create": row(
        Case(get=f"200: {CREATES}", post="302: alice max; 400: charlie ursula", data=IDEA),
        Case(get=f"200: {CREATES}", post="302: charlie max ursula; 400: alice", data=TO_CARDS),
    ),
    "initiative-intake": row(Case(post=f"200: {CREATES}", data=IDEA)),
    "initiative-detail": tab(),
    "initiative-flags": tab(),
    "initiative-history": tab(),
    "initiative-money": tab(),
    "initiative-edit": row(
        Case(
            at="claims", get="200: alice max; 404: charlie ursula", post="302: alice max; 404: charlie ursula",
            data={"name": "Triage", "unit": "$unit.claims", "version": 1},
        ),
        Case(
            at="cards", get="200: charlie max ursula; 404: alice", post="302: charlie max ursula; 404: alice",
            data={"name": "Triage", "unit": "$unit.cards", "version": 1},
        ),
        Case(at="nowhere", get=f"404: {CREATES}", post=f"404: {CREATES}"),
        ref="initiative",
    ),
    "member-add": row(
        Case(at="claims", post="302: alice max; 404: charlie ursula", data={"user": "$user.vera"}),
        Case(at="cards", post="302: charlie max ursula; 404: alice", data={"user": "$user.vera"}),
        ref="initiative",
    ),
    "member-remove": row(
        Case(at="claims", post="302: alice max; 404: charlie ursula", data={"user": "$member"}),
        Case(at="cards", post="302: charlie max ursula; 404: alice", data={"user": "$member"}),
        ref="initiative",
    ),
    "money-add": row(
        Case(
            at="claims", get="200: alice max; 404: charlie ursula", post="302: alice max; 404: charlie ursula",
            data={"amount": "10", "spent_on": "2026-11-01"},
        ),
        Case(
            at="cards", get="200: charlie max ursula; 404: alice", post="302: charlie max ursula; 404: alice",
            data={"amount": "10", "spent_on": "2026-11-01"},
        ),
        ref="initiative", kind="=spend",
    ),
    "tranche-release": row(
        Case(at="claims", get="200: max", post="302: max", data=RELEASED),
        Case(at="cards", get="200: max", post="302: max", data=RELEASED),
        Case(at="maxs", get="403: max", post="403: max", data=RELEASED),
        ref="initiative", pk="tranche",
    ),
    "flag-list": reads(ROLED),
    "objective-list": reads(ROLED),
    "objective-create": row(Case(get="200: max", post="302: max", data={"name": "Grow"})),
    "objective-edit": row(
        Case(at="cost", get="200: max", post="302: max", data={"name": "Lower cost of claims", "version": 1}), pk="objective"
    ),
    # API
    "api:initiatives-list": row(
        Case(get=f"200: {ROLED}", post="201: alice max; 400: charlie ursula", data=IDEA),
        Case(get=f"200: {ROLED}", post="201: charlie max ursula; 400: alice", data=TO_CARDS),
    ),
    "api:initiatives-detail": row(
        Case(
            at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", patch="200: alice max; 404: charlie ursula",
            data={"outcome": "Faster"},
        ),
        Case(
            at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", patch="200: charlie max ursula; 404: alice",
            data={"outcome": "Faster"},
        ),
        Case(at="nowhere", get=f"404: {ROLED}", patch=f"404: {CREATES}", data={"outcome": "Faster"}),
        pk="initiative",
    ),
    "api:initiatives-members": row(
        Case(
            at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", post="201: alice max; 404: charlie ursula",
            data={"user": "$user.vera"},
        ),
        Case(
            at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", post="201: charlie max ursula; 404: alice",
            data={"user": "$user.vera"},
        ),
        pk="initiative",
    ),
    "api:initiatives-remove": row(
        Case(at="claims", post="200: alice max; 404: charlie ursula"),
        Case(at="cards", post="200: charlie max ursula; 404: alice"),
        pk="initiative", user_id="member",
    ),
    "api:objectives-list": row(Case(get=f"200: {ROLED}", post="201: max", data={"name": "Grow"})),
    "api:objectives-detail": row(
        Case(at="cost", get=f"200: {ROLED}", patch="200: max", data={"name": "Lower cost of claims"}),
        Case(at="nowhere", get=f"404: {ROLED}", patch="404: max", data={"name": "Lower cost of claims"}),
        pk="objective",
    ),
    "api:stage-spells-list": reads(ROLED),
    "api:stage-spells-detail": record("spell"),
    "api:flags-list": reads(ROLED),
    "api:flags-detail": record("flag"),
    "api:tranches-list": approved_list({"amount": "100.00", "approved_on": "2026-11-01", "because": "Agreed."}),
    "api:tranches-detail": record("tranche"),
    "api:tranches-release": row(
        Case(at="claims", post="200: max", data=RELEASED),
        Case(at="cards", post="200: max", data=RELEASED),
        Case(at="maxs", post="403: max", data=RELEASED),
        pk="tranche",
    ),
    "api:expenditures-list": money_list({"amount": "100.00", "spent_on": "2026-11-01"}),
    "api:expenditures-detail": record("expenditure"),
    "api:benefits-list": Row(
        (
            *money_list({"amount": "100.00", "kind": "claimed", "month": "2026-11-01", "evidence": "Ledger."}).cases,
            *(
                Case(at=at, get=f"200: {ROLED}", post=post, data={"initiative": "$initiative", **VALIDATED})
                for at, post in (
                    ("claims", "201: max; 400: charlie ursula"),
                    ("cards", "201: max; 400: alice"),
                    ("maxs", "400: alice charlie ursula"),
                )
            ),
        )
    ),
    "api:benefits-detail": record("benefit"),
    **MONEY,
    **PEOPLE,
}  # fmt: skip
