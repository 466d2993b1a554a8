"""Who may look at what the portfolio's money buys: each answer is of what the caller may see anyway. Read by access.py."""

from tests.core.access_table import ROLED, Case, Row, reads, row
from tests.portfolio.access import NOT_CARDS, NOT_CLAIMS, SEE_CARDS, SEE_CLAIMS

PORTFOLIO: dict[str, Row] = {
    "funding-money": reads(ROLED),
    "funding-frontier": reads(ROLED),
    "optimism": reads(ROLED),
    "api:portfolio-triage-list": reads(ROLED),
    "api:portfolio-frontier-list": reads(ROLED),
    "api:portfolio-gate-value-list": reads(ROLED),
    "api:optimism-list": reads(ROLED),
    "api:reference-haircut-list": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        initiative_id="initiative",
    ),
}
