"""Who may open and send the pages of KPIs. Read by tests/kpis/access.py."""

from typing import Any

from tests.cast import TODAY
from tests.core.access_table import ROLED, WIDE, Case, Row, reads, row

SEEN = {
    "claims": (f"alice bob vera {WIDE}", "charlie mona ursula"),
    "cards": (f"charlie ursula {WIDE}", "alice bob mona vera"),
}
DEFINES = {"claims": "alice max; 404: charlie ursula", "cards": "charlie ursula max; 404: alice"}
MEASURES = {
    "claims": "alice bob max; 404: charlie mona ursula",
    "cards": "charlie ursula max; 404: alice bob mona",
}
EVERY_DEFINER, EVERY_MEASURER = "alice charlie max ursula", "alice bob charlie max mona ursula"
DEFINED = {
    "name": "Reopened claims", "kind": "guard", "weight": "1", "shape": "band", "direction": "higher", "upper": "5",
    "cadence_days": "30", "settle_days": "14", "amber": "0.10", "red": "0.25", "hysteresis": "0.02", "confirm_worse": "1",
    "warn_fraction": "0.10", "required_compliance": "0.90", "parent_weight": "1", "rolls_up_by": "weighted_mean", "baseline_on": TODAY.isoformat(),
}  # fmt: skip
READING = {"observed_on": TODAY.isoformat(), "value": "9.8", "note": "Counted again."}


def opened(kind: str, arg: str) -> Row:
    """A page read by whoever sees the KPI."""
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), **{arg: kind})


def form(who: dict[str, str], everybody: str, data: dict[str, Any], kind: str, arg: str = "ref") -> Row:
    """A form: whoever may send it may open it."""
    cases = [
        Case(at=at, get=f"200: {people}", post=f"302: {people}", data=data) for at, people in who.items()
    ]
    nowhere = Case(at="nowhere", get=f"404: {everybody}", post=f"404: {everybody}", data=data)
    return row(*cases, nowhere, **{arg: kind})


DECLARED = {"declared": "on_track", "because": "Half of the feed is missing.", "until": "2026-12-03"}
DECLARERS = "alice bob charlie dana max mona ursula"


PAGES: dict[str, Row] = {
    # Whoever answers for it may open the form and declare worse; this asks for better.
    "kpi-declare": row(
        Case(
            at="claims", get="200: alice dana max; 404: charlie mona ursula", data=DECLARED,
            post="302: dana max; 404: charlie mona ursula",
        ),
        Case(
            at="cards", get="200: charlie dana max ursula; 404: alice bob mona", data=DECLARED,
            post="302: dana max; 404: alice bob mona",
        ),
        Case(at="nowhere", get=f"404: {DECLARERS}", post=f"404: {DECLARERS}", data=DECLARED),
        ref="kpi",
    ),
    # What a portfolio manager declared is not the lead's to take back.
    "declaration-end": row(
        Case(
            at="claims", get="200: alice dana max; 404: charlie mona ursula", data={"because": "Settled."},
            post="302: dana max; 404: charlie mona ursula",
        ),
        Case(
            at="cards", get="200: charlie dana max ursula; 404: alice bob mona", data={"because": "Settled."},
            post="302: dana max; 404: alice bob mona",
        ),
        Case(at="nowhere", get=f"404: {DECLARERS}", post=f"404: {DECLARERS}", data={"because": "Settled."}),
        pk="override",
    ),
    "check-in": row(Case(get=f"200: {EVERY_MEASURER}", post=f"400: {EVERY_MEASURER}", data={})),
    "kpi-list": reads(ROLED),
    "initiative-kpis": opened("measured", "ref"),
    "initiative-glide": opened("measured", "ref"),
    "kpi-detail": opened("kpi", "ref"),
    "kpi-create": form(DEFINES, EVERY_DEFINER, DEFINED, "measured"),
    "kpi-edit": form(
        DEFINES, EVERY_DEFINER, {"parent_weight": "2", "version": "1"}, "kpi"
    ),
    "kpi-state": form(
        DEFINES, EVERY_DEFINER,
        {"state": "paused", "until": "2027-01-31", "because": "The source system moves.", "version": "1"}, "kpi",
    ),
    "measurement-create": form(MEASURES, EVERY_MEASURER, READING, "kpi"),
    "measurement-correct": form(MEASURES, EVERY_MEASURER, READING, "reading", "pk"),
    "measurement-withdraw": form(MEASURES, EVERY_MEASURER, {"note": "Counted twice."}, "reading", "pk"),
    # Nothing filled in is refused on the page itself, by whoever may open it.
    "initiative-check-in": row(
        *(
            Case(at=at, get=f"200: {people}", post=f"400: {people}", data={})
            for at, people in MEASURES.items()
        ),
        Case(at="nowhere", get=f"404: {EVERY_MEASURER}", post=f"404: {EVERY_MEASURER}", data={}),
        ref="measured",
    ),
}  # fmt: skip
