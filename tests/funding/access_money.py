"""Who may do what with decisions on money and with commitments. Read by tests/portfolio/access.py, which makes the records."""

from collections.abc import Mapping

from tests.core.access_table import ROLED, WIDE, Case, Open, Row, reads, row

SEEN = {
    "claims": (f"alice bob vera {WIDE}", "charlie mona ursula"),
    "cards": (f"charlie ursula {WIDE}", "alice bob mona vera"),
}
RECORDS = {"claims": "alice max; 404: charlie ursula", "cards": "charlie max ursula; 404: alice"}
APPROVED = {"amount": "10", "approved_on": "2026-11-01", "because": "Agreed."}
HELD = {"held_on": "2026-11-24", "because": "Not now."}
RETURNED = {"returned_on": "2026-11-24", "because": "Not wanted."}
CANCELLED = {"cancelled_on": "2026-11-24", "because": "Not needed."}
COMMITTED = {"amount": "100.00", "supplier": "Acme", "committed_on": "2026-11-01"}


def decided(data: Mapping[str, object], **args: str) -> Row:
    """A page that decides: the portfolio manager's, and not of what they sponsor."""
    return row(
        *(Case(at=at, get="200: max", post="302: max", data=data) for at in ("claims", "cards")),
        Case(at="maxs", get="403: max", post="403: max", data=data),
        ref="initiative", **args,
    )  # fmt: skip


def acted(data: Mapping[str, object], status: int = 200) -> Row:
    """The same by API."""
    return row(
        *(Case(at=at, post=f"{status}: max", data=data) for at in ("claims", "cards")),
        Case(at="maxs", post="403: max", data=data),
        pk="tranche",
    )


def seen(kind: str) -> Row:
    """A record read by whoever sees its initiative."""
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), pk=kind)


def tab(**args: str) -> Row:
    """What is read of one initiative."""
    cases = [Case(at=at, get=f"200: {see}; 404: {hidden}") for at, (see, hidden) in SEEN.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), **args)


MONEY: dict[str, Row | Open] = {
    "realisation": reads(ROLED),
    "initiative-realisation": tab(ref="initiative"),
    "api:initiative-realisation-list": tab(initiative_id="initiative"),
    "tranche-create": decided(APPROVED),
    "tranches-hold": decided(HELD),
    "tranche-hold": decided(HELD, pk="tranche"),
    "tranche-return": decided(RETURNED, pk="tranche"),
    "commitment-cancel": row(
        *(
            Case(at=at, get=f"200: {who}", post=f"302: {who}", data=CANCELLED)
            for at, who in RECORDS.items()
        ),
        ref="initiative", pk="commitment",
    ),
    "api:tranches-hold": acted(HELD, 201),
    "api:tranches-return": acted(RETURNED),
    "api:funding-decisions-list": row(
        *(
            Case(at=at, get=f"200: {ROLED}", post="201: max", data={"initiative": "$initiative", **HELD})
            for at in ("claims", "cards")
        ),
        Case(at="maxs", get=f"200: {ROLED}", post="403: max", data={"initiative": "$initiative", **HELD}),
    ),
    "api:funding-decisions-detail": seen("decision"),
    "api:commitments-list": row(
        *(
            Case(at=at, get=f"200: {ROLED}", post=f"201: {who}", data={"initiative": "$initiative", **COMMITTED})
            for at, who in (("claims", "alice max; 400: charlie ursula"), ("cards", "charlie max ursula; 400: alice"))
        )
    ),
    "api:commitments-detail": seen("commitment"),
    "api:commitments-cancel": row(
        *(Case(at=at, post=f"200: {who}", data=CANCELLED) for at, who in RECORDS.items()), pk="commitment"
    ),
}  # fmt: skip
