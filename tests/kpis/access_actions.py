"""Who may give, change and end interventions, and set KPIs right after the fact. Read by tests/kpis/access.py."""

from kpis.services.remediation import open_remediation
from portfolio.models import Initiative
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, Case, Row, World, reads, row
from tests.kpis.access_pages import DEFINES, EVERY_DEFINER, SEEN, form, opened
from tests.kpis.acting import give, raise_flag
from tests.kpis.build import make_initiative

DAY = TODAY.isoformat()
GIVEN = {"flag": "$untaken", "action": "Ask the claims team.", "due_on": DAY}
CLOSES = {
    "claims": "alice bob max; 404: charlie mona ursula",
    "cards": "charlie max ursula; 404: alice bob mona vera",
}
STEP = {"step": "retrospective", "finding": "Handlers save an hour."}


def furnish(world: World) -> None:
    """In claims and in cards a flag nobody acts on, one somebody acts on, a remediation, and what needs one."""
    cast = world.cast
    for at, lead in (("claims", cast.alice), ("cards", cast.charlie)):
        measured = Initiative.objects.get(pk=world.ids[f"measured.{at}"])
        world.ids[f"untaken.{at}"] = raise_flag(measured, "T01").pk
        taken = give(
            raise_flag(measured, "T02"), cast, to=cast.bob if at == "claims" else lead, by="max", due_on=TODAY
        )
        world.ids[f"intervention.{at}"] = taken.pk
        other = make_initiative(getattr(cast, at), f"Set right in {at}", lead=lead)
        late = open_remediation(initiative_id=other.pk, because="None agreed.", by=cast.actor("max"), at=AT)
        world.ids[f"remediation.{at}"] = late.pk
        world.ids[f"person.{at}"] = lead.pk


_CHANGED = {"assigned_to": "$person", "because": "On leave."}
_ASKED = {"assigned_to": "$person", "action": "Ask the claims team.", "due_on": DAY}
_NOTE = {"note": "Asked."}
# Bob was given it in claims; whoever else sees it may not close it.
_CLOSED = {
    "claims": ("alice bob max", "charlie mona ursula"),
    "cards": ("charlie max ursula", "alice bob mona vera"),
}
ACTIONS: dict[str, Row] = {
    "intervention-list": reads(ROLED),
    "council-list": reads(ROLED),
    "intervention-detail": opened("intervention", "pk"),
    "intervention-create": form(DEFINES, EVERY_DEFINER, _ASKED, "untaken", "pk"),
    "intervention-edit": form(
        {"claims": "alice max; 404: charlie ursula", "cards": "charlie max ursula; 404: alice"}, EVERY_DEFINER,
        {"assigned_to": "$person", "due_on": DAY, "because": "On leave.", "version": "1"}, "intervention", "pk",
    ),
    "intervention-close": row(
        *(
            Case(at=at, get=f"200: {who}; 404: {hidden}", post=f"302: {who}; 404: {hidden}", data=_NOTE)
            for at, (who, hidden) in _CLOSED.items()
        ),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}", data=_NOTE),
        pk="intervention",
    ),
    "initiative-remediation": opened("measured", "ref"),
    "remediation-open": row(
        *(
            Case(at=at, get=f"302: {who}", post=f"302: {who}", data={"because": "None agreed."})
            for at, who in DEFINES.items()
        ),
        Case(at="nowhere", get=f"404: {EVERY_DEFINER}", post=f"404: {EVERY_DEFINER}", data={"because": "None agreed."}),
        ref="measured",
    ),
    "remediation-step": row(
        *(
            Case(at=at, get=f"302: {who}", post=f"302: {who}", data={"finding": "Handlers save an hour."})
            for at, who in DEFINES.items()
        ),
        Case(at="nowhere", get=f"404: {EVERY_DEFINER}", post=f"404: {EVERY_DEFINER}", data={"finding": "x"}),
        pk="remediation", step="=retrospective",
    ),
    "api:interventions-list": row(
        Case(at="claims", get=f"200: {ROLED}", post="201: alice max; 400: charlie ursula", data={**GIVEN, "assigned_to": "$person"}),
        Case(at="cards", get=f"200: {ROLED}", post="201: charlie max ursula; 400: alice", data={**GIVEN, "assigned_to": "$person"}),
    ),
    "api:interventions-detail": row(
        *(
            Case(at=at, get=f"200: {see}; 404: {hidden}", patch=f"200: {DEFINES[at]}", data=_CHANGED)
            for at, (see, hidden) in SEEN.items()
        ),
        Case(at="nowhere", get=f"404: {ROLED}", patch=f"404: {EVERY_DEFINER}", data=_CHANGED),
        pk="intervention",
    ),
    "api:interventions-close": row(
        *(Case(at=at, post=f"200: {who}", data={"note": "Asked."}) for at, who in CLOSES.items()),
        Case(at="nowhere", post=f"404: {ROLED}", data={"note": "Asked."}),
        pk="intervention",
    ),
    "api:remediations-list": row(
        *(
            Case(at=at, get=f"200: {ROLED}", post=f"201: {who}", data={"initiative": "$measured", "because": "None agreed."})
            for at, who in (("claims", "alice max; 400: charlie ursula"), ("cards", "charlie max ursula; 400: alice"))
        ),
    ),
    "api:remediations-detail": row(
        *(
            Case(at=at, get=f"200: {see}; 404: {hidden}")
            for at, (see, hidden) in (
                ("claims", ("alice vera dana edith max audrey adam", "bob charlie mona ursula")),
                ("cards", ("charlie ursula dana edith max audrey adam", "alice bob mona vera")),
            )
        ),
        Case(at="nowhere", get=f"404: {ROLED}"),
        pk="remediation",
    ),
    "api:remediations-step": row(
        *(Case(at=at, post=f"201: {who}", data=STEP) for at, who in DEFINES.items()),
        Case(at="nowhere", post=f"404: {EVERY_DEFINER}", data=STEP),
        pk="remediation",
    ),
}  # fmt: skip
