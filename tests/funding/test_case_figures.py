"""A stored case and the calculator: the same numbers give the same figures, whatever the numbers."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calculate.case_appraisal import case_appraisal
from domain.finance.case import BenefitType, CostCategory, Evidence
from funding.api.figures import appraisal_of
from funding.models import BusinessCase
from funding.services.draft import PLAIN, YEARLY, CaseDraft, draft_from, numbered, rows_of, stored
from funding.services.draft import BenefitDraft as Benefit
from funding.services.draft import CostDraft as Cost
from funding.services.draft import ScenarioDraft as Scenario
from funding.translate import Lines

BLANK_OR_MONEY = st.none() | st.decimals(0, 10**12, places=2)
SIGNED = st.none() | st.decimals(-(10**9), 10**9, places=2)
SHARE = st.decimals(0, 1, places=4)


def yearly(years: int, one: Any) -> Any:
    return st.just(()) | st.lists(one, min_size=years + 1, max_size=years + 1).map(tuple)


@st.composite
def drafts(draw: Any) -> CaseDraft:
    """Drafts as they come: some whole, most with blanks."""
    years = draw(st.integers(1, 6))
    full = st.decimals(0, 10**9, places=2)
    amount = draw(st.sampled_from([full, full, BLANK_OR_MONEY]))
    categories = draw(st.sampled_from([list(CostCategory), list(CostCategory), list(CostCategory)[:4]]))
    gained = yearly(years, amount).map(lambda one: (Decimal(0), *one[1:]) if one else one)
    benefits = st.builds(
        Benefit,
        description=st.sampled_from(["", "Hours saved"]),
        type=st.sampled_from(["", *BenefitType]),
        evidence=st.sampled_from([*Evidence]),
        attribution=SHARE,
        amounts=draw(st.sampled_from([gained, gained, gained, yearly(years, amount)])),
    )
    names = draw(st.lists(st.sampled_from(["pilot", "conservative", "worst"]), unique=True))
    odds = draw(st.sampled_from([None, Decimal(1) / 2]))
    return CaseDraft(
        starts_on=date(2027, 1, 1),
        years=years,
        rate=draw(st.decimals("-0.5", 3, places=6)),
        currency="EUR",
        prices=draw(st.sampled_from(["nominal", "real"])),
        mid_year=draw(st.booleans()),
        delay_means=draw(st.sampled_from(["", "sliding", "fixed_horizon"])),
        finance_rate=draw(st.none() | st.decimals(0, 1, places=6)),
        spread_rate=draw(st.decimals(0, "0.4", places=4)),
        do_nothing=draw(yearly(years, SIGNED)),
        works=draw(st.none() | SHARE),
        if_stopped=draw(yearly(years, SIGNED)),
        if_carried_on=draw(yearly(years, SIGNED)),
        costs=tuple(Cost(category=one, amounts=draw(yearly(years, amount))) for one in categories),
        benefits=tuple(draw(st.lists(benefits, max_size=3))),
        scenarios=tuple(
            Scenario(name=one, haircut=draw(SHARE), years_late=draw(st.integers(0, 2)), probability=odds) for one in names
        ),
    )  # fmt: skip


def lines_of(draft: CaseDraft) -> Lines:
    """The draft as records, not saved."""
    row = BusinessCase(initiative_id=1, number=1)
    for name in PLAIN:
        setattr(row, name, getattr(draft, name))
    for name in YEARLY:
        setattr(row, name, stored(getattr(draft, name)))
    return Lines(row, *rows_of(numbered(draft, set()), row))


def said(value: Any) -> Any:
    return [said(one) for one in value] if isinstance(value, tuple) else None if value is None else str(value)


def document_of(draft: CaseDraft) -> dict[str, Any]:
    """The same as somebody would send it to the calculator."""
    names = {*PLAIN, *YEARLY} - {
        "starts_on",
        "people",
        "mid_year",
        "years",
        "spread_years_late",
        "delay_means",
    }
    plain = {name: said(getattr(draft, name)) for name in names}
    benefits = [
        {"description": one.description, "type": one.type or None, "evidence": one.evidence, "amounts": said(one.amounts),
         "attribution": said(one.attribution)}
        for one in draft.benefits
    ]  # fmt: skip
    scenarios = [
        {"name": one.name, "haircut": said(one.haircut), "years_late": one.years_late, "probability": said(one.probability)}
        for one in draft.scenarios
    ]  # fmt: skip
    return {
        **plain, "years": draft.years, "mid_year": draft.mid_year, "delay_means": draft.delay_means or None,
        "spread_years_late": draft.spread_years_late, "benefits": benefits, "scenarios": scenarios,
        "costs": [{"category": one.category, "amounts": said(one.amounts)} for one in draft.costs],
    }  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(draft=drafts())
def test_a_stored_case_says_what_the_calculator_says_of_the_same_numbers(draft: CaseDraft) -> None:
    assert appraisal_of(lines_of(draft)) == case_appraisal([document_of(draft)])[0]


@settings(deadline=None, max_examples=40)
@given(draft=drafts())
def test_a_draft_kept_as_records_is_the_draft_that_was_written(draft: CaseDraft) -> None:
    assert draft_from(lines_of(draft)) == numbered(draft, set())
