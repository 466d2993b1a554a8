"""Cases for the tests of pages: the worked example, half written ones, and what a browser would send of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from domain.finance.case import CostCategory
from funding.models import BusinessCase
from funding.queries.cases import lines_of
from funding.services.cases import publish_case, save_draft
from funding.services.draft import BenefitDraft, CaseDraft, CostDraft, ScenarioDraft, draft_from
from kpis.models import Kpi
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast

ZERO = (Decimal(0),) * 5


def amounts(*values: int | str) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in values)


def costs(build: int = 500_000) -> tuple[CostDraft, ...]:
    """All nine, and all the money is spent on building today."""
    return tuple(
        CostDraft(
            category=one.value,
            amounts=amounts(build, 0, 0, 0, 0) if one is CostCategory.BUILD else ZERO,
            note="Two teams for a year." if one is CostCategory.BUILD else "",
        )
        for one in CostCategory
    )


def worked(cast: Cast, kpi: Kpi | None = None, **more: Any) -> CaseDraft:
    """The worked example of the specification: 500,000 today for 120, 220, 260 and 260 thousand at 10 %: 163,834.44."""
    handled = BenefitDraft(
        description="Fewer hours for each claim", type="cashable", evidence="before_after", owner_id=cast.bob.pk,
        kpi_id=kpi.pk if kpi else None, attribution=Decimal("0.6") if kpi else Decimal(1),
        attribution_method="Two of three teams use it." if kpi else "",
        baseline="9.4 days, claims ledger 2025", amounts=amounts(0, 80_000, 150_000, 180_000, 180_000),
    )  # fmt: skip
    saved = BenefitDraft(
        description="Less paid to outside assessors", type="cost_avoidance", evidence="estimated", owner_id=cast.edith.pk,
        amounts=amounts(0, 40_000, 70_000, 80_000, 80_000),
    )  # fmt: skip
    calm = BenefitDraft(
        description="Customers wait with less worry",
        type="non_cashable",
        evidence="assumed",
        owner_id=cast.edith.pk,
    )
    said: dict[str, Any] = {
        "starts_on": TODAY, "years": 4, "rate": Decimal("0.10"), "costs": costs(), "benefits": (handled, saved, calm),
        "spread_running": Decimal(30_000), "delay_means": "fixed_horizon",
        "do_nothing": amounts(0, -40_000, -60_000, -80_000, -100_000),
        "works": Decimal("0.40"), "if_stopped": amounts(-80_000, 0, 0, 0, 0),
        "if_carried_on": amounts(-80_000, -420_000, 20_000, 20_000, 20_000), "people": Decimal("2.5"),
        "scenarios": (
            ScenarioDraft(name="pilot", haircut=Decimal(0), probability=Decimal("0.50")),
            ScenarioDraft(name="conservative", haircut=Decimal("0.40"), years_late=1, probability=Decimal("0.25")),
            ScenarioDraft(name="optimistic", haircut=Decimal("-0.25"), probability=Decimal("0.25")),
        ),
    }  # fmt: skip
    return CaseDraft(**said | more)


def draft(initiative: Initiative, cast: Cast, written: CaseDraft | None = None) -> BusinessCase:
    return save_draft(initiative_id=initiative.pk, draft=written or worked(cast), by=cast.actor("max"), at=AT)


def published(
    initiative: Initiative, cast: Cast, written: CaseDraft | None = None, because: str = ""
) -> BusinessCase:
    row = draft(initiative, cast, written)
    return publish_case(pk=row.pk, because=because, by=cast.actor("max"), at=AT)


def following(row: BusinessCase, **more: Any) -> CaseDraft:
    """The next version as a browser begins it: the same lines with their numbers, but what is named."""
    return replace(draft_from(lines_of(row)), **more)


def half_written() -> CaseDraft:
    """A draft as people leave it: costs of building known for two years, one benefit nobody answers for."""
    return CaseDraft(
        starts_on=date(2027, 1, 1), years=4, rate=Decimal("0.10"),
        costs=(CostDraft(category="build", amounts=(Decimal(80_000), Decimal(20_000), None, None, None)),),
        benefits=(BenefitDraft(description="Fewer hours", amounts=(Decimal(0), Decimal(90_000), None, None, None)),),
    )  # fmt: skip


class _Fields(HTMLParser):
    """Inputs and selects with what they hold."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("name") or ""
        if tag == "input" and name and said.get("type") not in {"checkbox", "radio"}:
            self.found[name] = said.get("value") or ""
        elif tag == "input" and name and said.get("type") == "checkbox" and "checked" in said:
            self.found[name] = said.get("value") or "on"
        elif tag == "select":
            self.select, self.found[name] = name, ""
        elif tag == "option" and self.select and "selected" in said:
            self.found[self.select] = said.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


def sent(html: str) -> dict[str, str]:
    """What a browser would send of the case's form on a page: every named field with its value."""
    parser = _Fields()
    parser.feed(html[html.index('id="case-form"') :])
    return parser.found
