"""Who may do what with KPIs and readings.

claims: led by alice, bob works on it. cards: below retail, led by charlie; ursula leads the unit retail.
"""

from datetime import timedelta

from kpis.models import Restatement
from kpis.services.override import declare_status
from portfolio.models import InitiativeMember
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row
from tests.kpis import access_actions, access_commitment, access_drift, access_practice
from tests.kpis.access_pages import PAGES
from tests.kpis.build import make_initiative, make_kpi, read

SEE_CLAIMS, NOT_CLAIMS = f"alice bob vera {WIDE}", "charlie mona ursula"
SEE_CARDS, NOT_CARDS = f"charlie ursula {WIDE}", "alice bob mona vera"
DEFINES = {"claims": "alice max; 404: charlie ursula", "cards": "charlie ursula max; 404: alice"}
MEASURES = {
    "claims": "alice bob max; 404: charlie mona ursula",
    "cards": "charlie ursula max; 404: alice bob mona",
}
READING = {"kpi": "$kpi", "observed_on": TODAY.isoformat(), "value": "5.5"}
BECAUSE = {"because": "It measured the wrong thing."}


def furnish(world: World) -> None:
    """In claims and in cards a KPI with a reading, and one that was restated and declared worse by max."""
    cast = world.cast
    for at, lead, member in (("claims", cast.alice, cast.bob), ("cards", cast.charlie, None)):
        initiative = make_initiative(getattr(cast, at), f"Measured in {at}", lead=lead)
        if member:
            InitiativeMember.objects.create(initiative=initiative, user=member, added_at=AT)
        unshown = make_initiative(getattr(cast, at), f"Live in {at}", lead=lead)
        unshown.stage, unshown.entered_on = "production", TODAY - timedelta(days=200)
        unshown.save()
        if member:
            InitiativeMember.objects.create(initiative=unshown, user=member, added_at=AT)
        kpi = make_kpi(initiative)
        reading = read(kpi, 9.9).measurement
        change = kpi.changes.latest("id")
        world.ids |= {
            f"measured.{at}": initiative.pk,
            f"unshown.{at}": unshown.pk,
            f"kpi.{at}": kpi.pk,
            f"kpi_version.{at}": kpi.current_id or 0,
            f"reading.{at}": reading.pk,
            f"change.{at}": change.pk,
        }
        told = make_kpi(initiative, "Told otherwise")
        wrong = read(told, 9.9).measurement
        read(told, 5.4, supersedes=wrong.pk, note="Counted twice.")
        read(told, 5.4, TODAY, at=AT + timedelta(hours=1))
        override = declare_status(
            kpi_id=told.pk, declared_as="off_track", because="The vendor leaves.", by=cast.actor("max"), at=AT
        )  # fmt: skip
        world.ids |= {
            f"told.{at}": told.pk,
            f"override.{at}": override.pk,
            f"restatement.{at}": Restatement.objects.filter(kpi=told).latest("pk").pk,
        }
    access_practice.furnish(world)
    access_drift.furnish(world)
    access_commitment.furnish(world)
    access_actions.furnish(world)


def seen(arg: str) -> Row:
    """A record of a KPI: read by whoever sees the KPI."""
    return row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        pk=arg,
    )


def defined(data: dict[str, str]) -> Row:
    """An act on a KPI's definition."""
    return row(
        *(Case(at=at, post=f"200: {who}", data=data) for at, who in DEFINES.items()),
        Case(at="nowhere", post="404: alice charlie max ursula", data=data),
        pk="kpi",
    )


DECLARED = {
    "declared": "on_track",
    "because": "Half of the feed is missing.",
    "until": str(TODAY + timedelta(days=9)),
}
DECLARES = {"claims": "dana max; 404: charlie mona ursula", "cards": "dana max; 404: alice bob mona"}


def below(arg: str) -> Row:
    """A record below its KPI."""
    return row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        kpi_id="told", pk=arg,
    )  # fmt: skip


ROWS: dict[str, Row | Open] = {
    **PAGES,
    # Better than computed: for the council and a portfolio manager, not for whoever leads it.
    "api:kpi-overrides-list": row(
        Case(
            at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", post=f"201: {DECLARES['claims']}", data=DECLARED
        ),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", post=f"201: {DECLARES['cards']}", data=DECLARED),
        kpi_id="kpi",
    ),
    "api:kpi-overrides-detail": below("override"),
    "api:kpi-overrides-end": row(
        *(Case(at=at, post=f"200: {who}", data=BECAUSE) for at, who in DECLARES.items()), kpi_id="told", pk="override"
    ),
    "api:kpi-restatements-list": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        kpi_id="told",
    ),
    "api:kpi-restatements-detail": below("restatement"),
    "warning-list": reads(ROLED),
    "value-list": reads(ROLED),
    "api:value-not-shown-list": reads(ROLED),
    "api:value-not-shown-detail": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        pk="unshown",
    ),
    "api:initiative-warnings-list": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        initiative_id="measured",
    ),
    "api:initiative-kpi-rollup-list": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        initiative_id="measured",
    ),
    **access_practice.PRACTICE,
    **access_drift.DRIFT,
    **access_commitment.COMMITMENT,
    **access_actions.ACTIONS,
    "api:kpis-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="201: alice max; 400: charlie ursula",
            data={"initiative": "$measured", "name": "Reopened claims"},
        ),
    ),
    "api:kpis-detail": row(
        *(
            Case(at=at, get=f"200: {see}; 404: {hidden}", patch=f"200: {DEFINES[at]}", data={"parent_weight": "2"})
            for at, see, hidden in (("claims", SEE_CLAIMS, NOT_CLAIMS), ("cards", SEE_CARDS, NOT_CARDS))
        ),
        Case(at="nowhere", get=f"404: {ROLED}", patch="404: alice charlie max ursula", data={"parent_weight": "2"}),
        pk="kpi",
    ),
    "api:kpis-pause": defined({"until": "2027-01-31", "because": "The source system moves."}),
    "api:kpis-resume": defined(BECAUSE),
    "api:kpis-retire": defined(BECAUSE),
    "api:kpi-versions-list": reads(ROLED),
    "api:kpi-versions-detail": seen("kpi_version"),
    "api:measurements-list": row(
        *(Case(at=at, get=f"200: {ROLED}", post=f"201: {who}", data=READING) for at, who in MEASURES.items()),
    ),
    "api:measurements-bulk": row(Case(at="claims", post="200: alice bob charlie max mona ursula", data={"rows": [READING]})),
    "api:measurements-detail": seen("reading"),
    "api:measurements-withdraw": row(
        *(Case(at=at, post=f"201: {who}", data=BECAUSE) for at, who in MEASURES.items()),
        Case(at="nowhere", post="404: alice bob charlie max mona ursula", data=BECAUSE),
        pk="reading",
    ),
    "api:status-changes-list": reads(ROLED),
    "api:status-changes-detail": seen("change"),
}  # fmt: skip
