"""What is refused of a draft whatever is still blank in it: numbers, days, words and people that cannot be right.

Everything is heard at once: the Problem lists each place with what to write there.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings

from core.access import Actor
from core.errors import Item, Problem, invalid
from core.models import User
from core.text import clean
from domain.finance.case import MOST_YEARS, BenefitType, CostCategory, Evidence
from domain.finance.flows import LARGEST
from domain.finance.present_value import HIGHEST_RATE, LOWEST_RATE
from funding.models import BusinessCase, CaseScenario
from funding.services.draft import YEARLY, Amounts, BenefitDraft, CaseDraft
from kpis.models import Kpi

FIRST_YEAR: Final = 1990
MOST_AHEAD: Final = 10  # years from today to the first flow
MOST_LINES: Final = 100
TEXT: Final = 300
_AMOUNT: Final = "Give an amount with at most two decimals, below 1,000,000,000,000,000."


class Wrong:
    """What is wrong so far, place by place."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def at(self, pointer: str, code: str, detail: str) -> None:
        self.items.append(Item(pointer, code, detail))

    def refuse(self) -> None:
        """Raise Problem 400 if anything is wrong; its sentence is that of the first place."""
        if self.items:
            raise invalid(self.items[0].detail, *self.items, code=self.items[0].code)

    def number(
        self, pointer: str, value: Decimal | None, *, low: Decimal | int, high: Decimal | int, places: int, said: str
    ) -> None:  # fmt: skip
        """A finite number from `low` to `high` with at most so many decimals; None is no answer yet."""
        if value is None:
            return
        if not value.is_finite() or not low <= value <= high:
            self.at(pointer, "out_of_range", said)
        elif _decimals(value) > places:
            self.at(pointer, "too_many_places", f"Give at most {places} decimals.")

    def word(self, pointer: str, value: str, known: Sequence[str], *, blank: bool = False) -> None:
        if value not in known and not (blank and not value):
            self.at(pointer, "invalid_choice", f"Choose one of: {', '.join(known)}.")

    def text(self, pointer: str, value: str) -> str:
        try:
            return clean(pointer.removeprefix("/"), value, limit=TEXT)
        except Problem as refused:
            self.items += refused.items
            return value

    def amounts(self, pointer: str, amounts: Amounts, years: int, *, signed: bool = False) -> None:
        """So many yearly amounts, or none."""
        if amounts and len(amounts) != years + 1:
            self.at(pointer, "years_differ", f"Give {years + 1} amounts: today and {years} years.")
            return
        low = -LARGEST if signed else Decimal(-1)
        for year, one in enumerate(amounts):
            if one is None:
                continue
            if not one.is_finite() or not low < one < LARGEST:
                self.at(f"{pointer}/{year}", "amount_out_of_range", _AMOUNT)
            elif one < 0 and not signed:
                self.at(f"{pointer}/{year}", "negative_amount", "Give a positive number.")
            elif _decimals(one) > 2:
                self.at(f"{pointer}/{year}", "too_many_places", _AMOUNT)


def require_sound(draft: CaseDraft, *, today: date, by: Actor) -> CaseDraft:
    """The draft with its texts cleaned. Raises Problem 400 with every place that is wrong."""
    wrong = Wrong()
    if not isinstance(draft.years, int) or not 1 <= draft.years <= MOST_YEARS:
        wrong.at("/years", "years_out_of_range", f"Give a horizon from 1 to {MOST_YEARS} years.")
        wrong.refuse()
    _frame(draft, wrong, today)
    _numbers(draft, wrong)
    _costs(draft, wrong)
    _benefits(draft, wrong, by)
    _scenarios(draft, wrong)
    cleaned = _cleaned(draft, wrong)
    wrong.refuse()
    return replace(cleaned, currency=settings.ORG_CURRENCY)


def _frame(draft: CaseDraft, wrong: Wrong, today: date) -> None:
    if draft.starts_on.year < FIRST_YEAR:
        wrong.at("/starts_on", "out_of_range", f"Write a day from {FIRST_YEAR} on.")
    elif draft.starts_on.year > today.year + MOST_AHEAD:
        said = f"Write a day up to {today.year + MOST_AHEAD}: money further out is no plan yet."
        wrong.at("/starts_on", "out_of_range", said)
    _currency(wrong, "/currency", draft.currency)
    wrong.word("/prices", draft.prices, BusinessCase.Prices.values)
    wrong.word("/delay_means", draft.delay_means, BusinessCase.Delay.values, blank=True)


def _currency(wrong: Wrong, pointer: str, currency: str) -> None:
    own = settings.ORG_CURRENCY
    if currency and currency != own:
        said = (
            f"Money here is in {own}. Another currency needs a rate and its day, which nobody recorded: convert the "
            "amounts, and say the rate in a note."
        )  # fmt: skip
        wrong.at(pointer, "other_currency", said)


def _numbers(draft: CaseDraft, wrong: Wrong) -> None:
    rate = "Give a rate per year from -0.99 to 10: 0.10 is 10 % a year."
    for name in ("rate", "finance_rate", "reinvest_rate"):
        wrong.number(
            f"/{name}", getattr(draft, name), low=LOWEST_RATE, high=HIGHEST_RATE, places=6, said=rate
        )
    for name in ("spread_benefits", "spread_outlay", "works"):
        said = "Give a share from 0 to 1."
        wrong.number(f"/{name}", getattr(draft, name), low=0, high=1, places=4, said=said)
    points = "Give points of the rate that leave it between -0.99 and 10: 0.04 is 4 points."
    wrong.number("/spread_rate", draft.spread_rate, low=0, high=9, places=4, said=points)
    if not wrong.items and not (
        draft.rate - draft.spread_rate >= LOWEST_RATE and draft.rate + draft.spread_rate <= HIGHEST_RATE
    ):
        wrong.at("/spread_rate", "out_of_range", points)
    wrong.amounts("/spread_running", (draft.spread_running,), 0)
    people = "Give full-time people from 0, below 100,000, with at most one decimal."
    wrong.number("/people", draft.people, low=0, high=Decimal("99999.9"), places=1, said=people)
    _late(wrong, "/spread_years_late", draft.spread_years_late)
    for name in YEARLY:
        wrong.amounts(f"/{name}", getattr(draft, name), draft.years, signed=True)


def _late(wrong: Wrong, pointer: str, years: int) -> None:
    if not 0 <= years <= MOST_YEARS:
        wrong.at(pointer, "out_of_range", f"Give whole years from 0 to {MOST_YEARS}.")


def _costs(draft: CaseDraft, wrong: Wrong) -> None:
    _few(wrong, "/costs", draft.costs)
    said: set[str] = set()
    for place, one in enumerate(draft.costs):
        pointer = f"/costs/{place}"
        wrong.word(f"{pointer}/category", one.category, list(CostCategory))
        if one.category in said:
            wrong.at(f"{pointer}/category", "cost_category_twice", "Each category stands once.")
        said.add(one.category)
        _currency(wrong, f"{pointer}/currency", one.currency)
        wrong.amounts(f"{pointer}/amounts", one.amounts, draft.years)


def _benefits(draft: CaseDraft, wrong: Wrong, by: Actor) -> None:
    _few(wrong, "/benefits", draft.benefits)
    people = set(User.objects.filter(pk__in=_named(draft, "owner_id")).values_list("pk", flat=True))
    asked = Kpi.objects.visible_to(by).filter(pk__in=_named(draft, "kpi_id"))
    kpis = set(asked.values_list("pk", flat=True))
    for place, one in enumerate(draft.benefits):
        pointer = f"/benefits/{place}"
        if one.owner_id is not None and one.owner_id not in people:
            wrong.at(
                f"{pointer}/owner", "unknown_person", "There is no such person. Choose somebody who is here."
            )
        if one.kpi_id is not None and one.kpi_id not in kpis:
            said = "There is no such KPI, or you may not see it. Choose one that you see."
            wrong.at(f"{pointer}/kpi", "unknown_kpi", said)
        _benefit(wrong, pointer, one, draft.years)


def _named(draft: CaseDraft, name: str) -> set[int]:
    return {found for one in draft.benefits if (found := getattr(one, name)) is not None}


def _benefit(wrong: Wrong, pointer: str, one: BenefitDraft, years: int) -> None:
    wrong.word(f"{pointer}/type", one.type, list(BenefitType), blank=True)
    wrong.word(f"{pointer}/evidence", one.evidence, list(Evidence), blank=True)
    share = "Give a share from 0 to 1: 0.5 claims half of the improvement."
    wrong.number(f"{pointer}/attribution", one.attribution, low=0, high=1, places=6, said=share)
    _currency(wrong, f"{pointer}/currency", one.currency)
    wrong.amounts(f"{pointer}/amounts", one.amounts, years)


def _scenarios(draft: CaseDraft, wrong: Wrong) -> None:
    said: set[str] = set()
    for place, one in enumerate(draft.scenarios):
        pointer = f"/scenarios/{place}"
        wrong.word(f"{pointer}/name", one.name, CaseScenario.Name.values)
        if one.name in said:
            wrong.at(f"{pointer}/name", "scenario_twice", "Each scenario stands once.")
        said.add(one.name)
        cut = "Give a haircut of at most 1, above -10: 0.5 plans half of what was seen, -0.25 a quarter more."
        wrong.number(f"{pointer}/haircut", one.haircut, low=Decimal("-9.9999"), high=1, places=4, said=cut)
        factor = "Give a factor from 0, below 100: 1 leaves the outlay as it is."
        wrong.number(
            f"{pointer}/outlay_factor",
            one.outlay_factor,
            low=0,
            high=Decimal("99.9999"),
            places=4,
            said=factor,
        )
        odds = "Give a probability from 0 to 1."
        wrong.number(f"{pointer}/probability", one.probability, low=0, high=1, places=4, said=odds)
        _late(wrong, f"{pointer}/years_late", one.years_late)


def _few(wrong: Wrong, pointer: str, lines: Sequence[object]) -> None:
    if len(lines) > MOST_LINES:
        wrong.at(pointer, "too_many_lines", f"Give at most {MOST_LINES} lines.")
        wrong.refuse()


def _cleaned(draft: CaseDraft, wrong: Wrong) -> CaseDraft:
    costs = tuple(
        replace(one, note=wrong.text(f"/costs/{place}/note", one.note))
        for place, one in enumerate(draft.costs)
    )
    benefits = tuple(
        replace(
            one,
            description=wrong.text(f"/benefits/{place}/description", one.description),
            attribution_method=wrong.text(f"/benefits/{place}/attribution_method", one.attribution_method),
            baseline=wrong.text(f"/benefits/{place}/baseline", one.baseline),
        )
        for place, one in enumerate(draft.benefits)
    )
    return replace(draft, costs=costs, benefits=benefits)


def _decimals(value: Decimal) -> int:
    """How many decimals it needs: 1.50 needs one. Exact, however many digits it has."""
    _, digits, exponent = value.as_tuple()
    kept = len(digits)
    while kept and not digits[kept - 1]:
        kept -= 1
    return max(0, -int(exponent) - (len(digits) - kept)) if kept else 0
