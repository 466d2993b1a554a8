"""Who may do what with pilots.

claims: led by alice, bob works on it. cards: below retail, led by charlie; ursula leads the unit retail.
"""

from domain.review_board import DEFAULT
from pilots.models import Pilot, PilotPlan
from portfolio.models import Initiative, InitiativeMember
from portfolio.services.flags import Finding, Subject, sync_flags
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row
from tests.pilots.stored import bare_pilot

SEE_CLAIMS, NOT_CLAIMS = f"alice bob vera {WIDE}", "charlie mona ursula"
SEE_CARDS, NOT_CARDS = f"charlie ursula {WIDE}", "alice bob mona vera"
EDITS = {"claims": "alice max; 404: charlie ursula", "cards": "charlie ursula max; 404: alice"}
EDITORS = "alice charlie max ursula"
UNKNOWN = dict.fromkeys(("decision_said", "owner_said", "plan_said", "condition_said"), "unknown")
LONGER = {"days": 30, "reason_code": "data_late", "evidence": "A month more.", "decision_changes": "0.25"}


def furnish(world: World) -> None:
    """One open pilot in claims and one in cards, each with a finding."""
    cast = world.cast
    for at, lead, member in (("claims", cast.alice, cast.bob), ("cards", cast.charlie, None)):
        pilot: Pilot = bare_pilot(cast, name=f"Piloted in {at}", unit=getattr(cast, at), lead=lead)
        if member:
            InitiativeMember.objects.create(initiative=pilot.initiative, user=member, added_at=AT)
        subject = Subject("pilot", pilot.pk, pilot.initiative.name, pilot.initiative, pilot.initiative.unit)
        sync_flags(
            subject=subject, findings=[Finding("R02", 2, "Decision overdue", "Passed.", TODAY)],
            by=cast.actor("max"), at=AT, rules=frozenset({"R02"}),
        )  # fmt: skip
        finding = pilot.initiative.flags.get(rule="R02")
        world.ids |= {
            f"pilot.{at}": pilot.pk,
            f"piloted.{at}": pilot.initiative_id,
            f"finding.{at}": finding.pk,
        }
        ahead = Initiative.objects.create(
            name=f"Planned in {at}",
            unit=getattr(cast, at),
            lead=lead,
            stage="development",
            created_at=AT,
            updated_at=AT,
        )
        if member:
            InitiativeMember.objects.create(initiative=ahead, user=member, added_at=AT)
        PilotPlan.objects.create(initiative=ahead, sample="30 claims", begun_at=AT, updated_at=AT)
        world.ids[f"planning.{at}"] = ahead.pk


def seen(**args: str) -> Row:
    """A page or record of one pilot: read by whoever sees its initiative."""
    return row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        **args,
    )


def filed(post: dict[str, str], data: dict[str, object]) -> Row:
    """A page of a pilot's file, with one act of it."""
    return row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", post=post["claims"], data=data),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", post=post["cards"], data=data),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}", data=data),
        ref="pilot",
    )


def part(data: dict[str, object] | None = None) -> Row:
    """A sub-resource of one pilot, read by whoever sees it; with `data` it is added to by whoever edits it."""
    if data is None:
        return seen(pk="pilot")
    return row(
        Case(
            at="claims",
            get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}",
            post=f"201: {EDITS['claims']}",
            data=data,
        ),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", post=f"201: {EDITS['cards']}", data=data),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {EDITORS}", data=data),
        pk="pilot",
    )


def nothing_there(data: dict[str, object]) -> Row:
    return row(
        *(Case(at=at, post=f"404: {EDITORS}", data=data) for at in ("claims", "cards", "nowhere")), pk="pilot"
    )


PROMISE = {
    "days": 60, "simplest": "A rule", "kept_simple": "Letters", "proves": "The way to the desk", "measure": "Right, %",
}  # fmt: skip
RELEASED = {"released_on": TODAY.isoformat(), "changed": "Routes calls.", "learned": "Half are easy."}


def nothing_to_release() -> Row:
    """No pilot there is in the fast lane, which whoever may release hears."""
    return row(
        Case(at="claims", post="409: alice max; 404: charlie ursula", data=RELEASED),
        Case(at="cards", post="409: charlie ursula max; 404: alice", data=RELEASED),
        Case(at="nowhere", post=f"404: {EDITORS}", data=RELEASED),
        pk="pilot",
    )


OFF = {"flag": 999_999, "until": TODAY.isoformat(), "because": "Later."}
WRITE = {
    "claims": f"302: alice max; 404: {NOT_CLAIMS}",
    "cards": f"302: charlie ursula max; 404: {NOT_CARDS}",
}
SAY = {"claims": f"302: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", "cards": f"302: {SEE_CARDS}; 404: {NOT_CARDS}"}
MISS = {"claims": f"404: alice max {NOT_CLAIMS}", "cards": f"404: charlie ursula max {NOT_CARDS}"}
PUT_OFF = {"claims": f"404: max {NOT_CLAIMS}", "cards": f"404: max {NOT_CARDS}"}
FOUND = {
    "act": "found",
    "kind": "drift",
    "severity": 1,
    "text": "Slower at noon.",
    "seen_on": TODAY.isoformat(),
}
WEIGHTS = {code: f"{weight}" for code, weight in DEFAULT.items()}
ROWS: dict[str, Row | Open] = {
    "pilot-charter": filed(MISS, {"act": "answer", "row": 999_999}),
    "pilot-rollout": filed(WRITE, {"act": "plan", "name": "Two teams"}),
    "pilot-use": filed(SAY, {"act": "feedback", "text": "It is slow at noon."}),
    "pilot-log": filed(WRITE, FOUND),
    "pilot-report": seen(ref="pilot"),
    "pilot-report-pdf": seen(ref="pilot"),
    "pilot-flags": filed(PUT_OFF, {"act": "snooze", "row": 999_999}),
    "pilot-fast-lane": filed(WRITE, {"act": "enter", **PROMISE, "better": "higher"}),
    "fast-lane-plan": row(
        *(Case(at=at, get=f"200: {who}", post=f"302: {who}", data={**PROMISE, "better": "higher"}) for at, who in EDITS.items()),
        Case(at="nowhere", get=f"404: {EDITORS}", post=f"404: {EDITORS}"),
        ref="planning",
    ),
    "first-users": reads(ROLED),
    "api:portfolio-first-users-list": reads(ROLED),
    "api:pilots-fast-lane": part(PROMISE),
    "api:pilots-iterations": nothing_to_release(),
    "pilot-list": reads(ROLED),
    "pilot-thresholds": reads(ROLED),
    "pilot-review": row(Case(get=f"200: {ROLED}", post="302: max", data={**WEIGHTS, "because": "Agreed."})),
    "initiative-pilot": seen(ref="piloted"),
    # The present pilot is read on the initiative's own tab; the address of the pilot leads there.
    "pilot-detail": row(
        Case(at="claims", get=f"302: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"302: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        ref="pilot",
    ),
    "pilot-plan": row(
        *(Case(at=at, get=f"200: {who}", post=f"302: {who}", data={"version": 1, "sample": "40"}) for at, who in EDITS.items()),
        Case(at="nowhere", get=f"404: {EDITORS}", post=f"404: {EDITORS}"),
        ref="planning",
    ),
    "pilot-edit": row(
        *(Case(at=at, get=f"200: {who}", post=f"302: {who}", data={**UNKNOWN, "version": 1}) for at, who in EDITS.items()),
        Case(at="nowhere", get=f"404: {EDITORS}", post=f"404: {EDITORS}"),
        ref="pilot",
    ),
    # The first two extensions are the portfolio manager's.
    "pilot-extend": row(
        *(Case(at=at, get="200: max", post="302: max", data={**LONGER, "version": 1}) for at in EDITS),
        Case(at="nowhere", get="404: max", post="404: max"),
        ref="pilot",
    ),
    "api:pilots-list": reads(ROLED),
    "api:pilots-detail": row(
        Case(
            at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", patch=f"200: {EDITS['claims']}", data={"sample": "40 claims"},
        ),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", patch=f"200: {EDITS['cards']}", data={"sample": "40 cards"}),
        Case(at="nowhere", get=f"404: {ROLED}", patch=f"404: {EDITORS}", data={"sample": "40"}),
        pk="pilot",
    ),
    "api:pilots-extensions": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", post="201: max", data=LONGER),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", post="201: max", data=LONGER),
        Case(at="nowhere", get=f"404: {ROLED}", post="404: max", data=LONGER),
        pk="pilot",
    ),
    "api:initiative-pilot-plan": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", patch=f"200: {EDITS['claims']}", data={"sample": "40"}),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", patch=f"200: {EDITS['cards']}", data={"sample": "40"}),
        Case(at="nowhere", get=f"404: {ROLED}", patch=f"404: {EDITORS}", data={"sample": "40"}),
        initiative_id="planning",
    ),
    "api:pilots-review": reads(ROLED),
    "api:pilots-charters": part(),
    "api:pilots-waves": part({"name": "Two teams", "criteria": ["Used weekly"]}),
    # There is no such wave: whoever may say it is told so.
    "api:pilots-begin-wave": nothing_there({"number": 99, "on": TODAY.isoformat()}),
    "api:pilots-judge-wave": nothing_there({"number": 99, "criterion": 1, "met": True, "evidence": "Counted."}),
    "api:pilots-weeks": part({"week": TODAY.isoformat(), "active": 3}),
    "api:pilots-log": part({"kind": "drift", "severity": 1, "text": "Slower at noon.", "seen_on": TODAY.isoformat()}),
    "api:pilots-likeness": part({"item": "users", "answer": "partly"}),
    "api:pilots-snoozes": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", post="404: max", data=OFF),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", post="404: max", data=OFF),
        Case(at="nowhere", get=f"404: {ROLED}", post="404: max", data=OFF),
        pk="pilot",
    ),
    "api:pilot-findings-list": reads(ROLED),
    "api:pilot-findings-detail": seen(pk="finding"),
}  # fmt: skip
