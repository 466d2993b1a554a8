"""Reads of the portfolio: what lists offer, and what a page of one initiative needs."""

from portfolio.queries.listings import (
    BENEFITS,
    COMMITMENTS,
    DECISIONS,
    EXPENDITURES,
    FLAGS,
    INITIATIVES,
    OBJECTIVES,
    SPELLS,
    TRANCHES,
)

__all__ = [
    "BENEFITS",
    "COMMITMENTS",
    "DECISIONS",
    "EXPENDITURES",
    "FLAGS",
    "INITIATIVES",
    "OBJECTIVES",
    "SPELLS",
    "TRANCHES",
]
