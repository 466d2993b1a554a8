"""Who may sign, seal, amend and approve what a KPI promises. Read by tests/kpis/access.py.

promised: a draft in claims, led by alice, that dana (among others) was asked to sign. changed: a KPI with a reading, of
which the lead proposed a change.
"""

from decimal import Decimal
from typing import Any

from kpis.services.amend import propose_change
from kpis.services.sealing import sign_off
from tests.cast import AT
from tests.core.access_table import ROLED, WIDE, Case, Row, World, reads, row
from tests.kpis.build import ask, change, make_initiative, promise, read, slip

SEE_CLAIMS, NOT_CLAIMS = f"alice vera {WIDE}", "bob charlie mona ursula"
SEE_CARDS, NOT_CARDS = f"charlie ursula {WIDE}", "alice bob mona vera"
SEEN = {"claims": (SEE_CLAIMS, NOT_CLAIMS), "cards": (SEE_CARDS, NOT_CARDS)}
DEFINES = {"claims": "alice max; 404: charlie ursula", "cards": "charlie ursula max; 404: alice"}
EVERY_DEFINER = "alice charlie max ursula"
BECAUSE = {"because": "It was wrong."}
ACCEPTED = {**BECAUSE, "reason_code": "product"}
AUTHOR = {"claims": "alice", "cards": "charlie"}
# Not the author, and not somebody who only looks.
SMART = {"claims": "dana edith max", "cards": "dana edith max ursula"}
RELEVANT = {"item": "relevant", "because": "It is what hurts."}
EXPECTED = {"low": "-3", "likely": "-2", "high": "-1", "because": "A pilot elsewhere."}
MOVED = {"success": {"target": "6"}, "reason_code": "product", "because": "The product changed."}


def furnish(world: World) -> None:
    """A draft with four people asked, and a proposed change, in claims and in cards."""
    cast = world.cast
    for at, lead in (("claims", "alice"), ("cards", "charlie")):
        early = make_initiative(getattr(cast, at), f"Promised in {at}", lead=cast.people[lead])
        early.stage = "framing"
        early.save(update_fields=["stage"])
        draft = promise(early, "Promised", by=cast.actor(lead))
        asked = ask(
            draft, cast, by=lead, product=lead, data_science="dana", engineering="max", executive="edith"
        )
        later = make_initiative(getattr(cast, at), f"Changed in {at}", lead=cast.people[lead])
        changed = promise(later, "Changed", by=cast.actor(lead))
        read(changed, 9)
        proposal = propose_change(pk=changed.pk, change=change(target=Decimal(6)), by=cast.actor(lead), at=AT)
        sealed = promise(early, "Sealed", by=cast.actor(lead))
        four = {"product": lead, "data_science": "dana", "engineering": "max", "executive": "edith"}
        for role, one in ask(sealed, cast, by=lead, **dict[str, Any](four)).items():
            sign_off(pk=one.pk, verdict="approved", by=cast.actor(four[role]), at=AT)
        settled = promise(later, "Settled", by=cast.actor(lead))
        read(settled, 9)
        slipped = promise(later, "Slipped", by=cast.actor(lead))
        read(slipped, 9)
        slipped = slip(slipped, cast, by=lead, target=Decimal(6))
        world.ids |= {
            f"slipped.{at}": slipped.current_id or 0,
            f"promised.{at}": draft.pk,
            f"promised_version.{at}": draft.current_id or 0,
            f"sign_off.{at}": asked["data_science"].pk,
            f"proposal.{at}": proposal.pk,
            f"settled.{at}": settled.pk,
            f"sealed.{at}": sealed.pk,
            f"sealed_version.{at}": sealed.current_id or 0,
        }


def act(kind: str, data: dict[str, Any], status: int = 200, arg: str = "pk", get: bool = False) -> Row:
    """An act on a definition: by whoever may define it."""
    cases = []
    for at, who in DEFINES.items():
        see, hidden = SEEN[at]
        shown = f"200: {see}; 404: {hidden}" if get else ""
        cases.append(Case(at=at, get=shown, post=f"{status}: {who}", data=data))
    nowhere = Case(at="nowhere", get=f"404: {ROLED}" if get else "", post=f"404: {EVERY_DEFINER}", data=data)
    return row(*cases, nowhere, **{arg: kind})


def shown(kind: str, arg: str = "pk") -> Row:
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), **{arg: kind})


def form(kind: str, data: dict[str, Any], arg: str = "ref", sent: int = 302) -> Row:
    """A page of whoever may define it."""
    cases = [Case(at=at, get=f"200: {who}", post=f"{sent}: {who}", data=data) for at, who in DEFINES.items()]
    nowhere = Case(at="nowhere", get=f"404: {EVERY_DEFINER}", post=f"404: {EVERY_DEFINER}", data=data)
    return row(*cases, nowhere, **{arg: kind})


COMMITMENT: dict[str, Row] = {
    "api:sign-offs-list": reads(ROLED),
    "api:sign-offs-detail": shown("sign_off"),
    "api:sign-offs-sign": row(
        *(
            Case(at=at, post=f"200: dana; 404: {hidden}", data={"verdict": "approved"})
            for at, (_, hidden) in SEEN.items()
        ),
        Case(at="nowhere", post=f"404: {ROLED}", data={"verdict": "approved"}),
        pk="sign_off",
    ),
    "api:kpis-sign-offs": act("promised", {"engineering": "$user.max"}, get=True),
    "api:kpis-quality": shown("promised"),
    "api:kpis-expected-influence": act("promised", EXPECTED, 201, get=True),
    "api:kpis-lock": act("promised", {}),
    "api:kpis-propose": act("settled", MOVED, 201),
    "api:kpis-change-silently": act("settled", {"success": {"target": "6"}, "because": "Quickly."}),
    "api:kpis-amendments": shown("promised"),
    "api:kpis-verdicts": shown("sealed"),
    "api:kpis-parts": shown("sealed"),
    "api:kpi-versions-approve": row(
        Case(at="claims", post="200: max"),
        Case(at="cards", post="200: max"),
        pk="proposal",
    ),
    # Whoever proposed it takes it back.
    "api:kpi-versions-decline": row(
        *(
            Case(at=at, post=f"200: {AUTHOR[at]} max; 404: {hidden}", data=BECAUSE) for at, (_, hidden) in SEEN.items()
        ),
        pk="proposal",
    ),
    "api:kpi-versions-sign-smart": row(
        *(Case(at=at, post=f"201: {SMART[at]}; 404: {hidden}", data=RELEVANT) for at, (_, hidden) in SEEN.items()),
        pk="promised_version",
    ),
    "api:kpi-versions-check": shown("sealed_version"),
    # Nothing filled in is refused on the page itself, by whoever may open it.
    "kpi-amend": form("settled", {}, sent=400),
    "kpi-ask-sign-off": form("promised", {"engineering": "$user.max"}),
    "kpi-baseline-lock": form("promised", {}),
    "kpi-expected": form("promised", EXPECTED),
    "kpi-version": shown("promised_version"),
    "kpi-seal": shown("sealed_version"),
    "kpi-smart": row(
        *(
            Case(at=at, get=f"200: {SMART[at]}; 404: {hidden}", post=f"302: {SMART[at]}; 404: {hidden}", data=RELEVANT)
            for at, (_, hidden) in SEEN.items()
        ),
        pk="promised_version",
    ),
    "kpi-change-answer": row(
        Case(at="claims", get="200: max", post="302: max", data={"answer": "approve"}),
        Case(at="cards", get="200: max", post="302: max", data={"answer": "approve"}),
        pk="proposal",
    ),
    # Who made it may not, and max, who may, is somebody else.
    "kpi-change-accept": row(
        Case(at="claims", get="200: max", post="302: max", data=ACCEPTED),
        Case(at="cards", get="200: max", post="302: max", data=ACCEPTED),
        pk="slipped",
    ),
    "api:kpi-versions-accept": row(
        Case(at="claims", post="200: max", data=ACCEPTED),
        Case(at="cards", post="200: max", data=ACCEPTED),
        pk="slipped",
    ),
    "kpi-change-withdraw": row(
        Case(at="claims", get="200: alice; 404: charlie ursula", post="302: alice; 404: charlie ursula", data=BECAUSE),
        Case(at="cards", get="200: charlie; 404: alice", post="302: charlie; 404: alice", data=BECAUSE),
        pk="proposal",
    ),
    "kpi-sign": row(
        *(
            Case(at=at, get=f"200: dana; 404: {hidden}", post=f"302: dana; 404: {hidden}", data={"verdict": "approved"})
            for at, (_, hidden) in SEEN.items()
        ),
        pk="sign_off",
    ),
}  # fmt: skip
