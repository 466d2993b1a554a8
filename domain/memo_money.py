"""The sections of a memo about money to come: projection, investment, return."""

from collections.abc import Sequence
from decimal import Decimal

from domain.finance.case import Evidence
from domain.kpi_words import amount
from domain.memo_facts import CaseFacts, MemoFacts
from domain.memo_figures import CONSERVATIVE, HORIZON, Figures, Look
from domain.memo_text import Part, Section, Sentence, Table, is_back, paid_back, say, share, years
from domain.money_words import money_exact
from domain.phrases import listed

_KNOWN = {
    Evidence.CONTROLLED: "measured against a control group",
    Evidence.BEFORE_AFTER: "measured before and after",
    Evidence.ESTIMATED: "estimated",
    Evidence.ASSUMED: "assumed",
}
_NOTHING = Decimal(0)
NO_CASE = "No business case is published, so this cannot be said."


def projection(facts: MemoFacts, figures: Figures | None) -> Section:
    """What full deployment brings: as written, after the haircut, and with half of it."""
    case = facts.case
    if case is None or figures is None:
        return Section("projection", "Projected benefits", (say(NO_CASE),))
    said = [
        say(
            "As written, the benefits of the last planned year are {amount}, {evidence}.",
            amount=_figure(case, figures.written.a_year), evidence=_evidence(case),
        )
    ]  # fmt: skip
    if figures.conservative is None or figures.haircut is None:
        said.append(
            say("The case states no conservative scenario: nothing here is adjusted for risk by a haircut.")
        )
    else:
        said.append(
            say(
                "The conservative scenario takes a haircut of {haircut} off the benefits{late}{outlay}: {amount} in that year, "
                "NPV {npv}.",
                haircut=Part(share(figures.haircut), "case"), late=_late(case), outlay=_outlay(case),
                amount=_figure(case, figures.conservative.a_year), npv=_figure(case, figures.conservative.npv),
            )
        )  # fmt: skip
    said.append(
        say(
            f"{_half(figures)} the NPV is {{npv}} and {{back}}.",
            npv=_figure(case, figures.half.npv),
            back=Part(is_back(figures.half.payback, case.case.years), "case"),
        )
    )
    breaks_even = case.appraisal.flips.benefits
    if breaks_even is not None:
        said.append(
            say("The case breaks even at {share} of the benefits.", share=Part(share(breaks_even), "case"))
        )
    return Section("projection", "Projected benefits", tuple(said))


def _half(figures: Figures) -> str:
    """Only what was measured has a rate that a pilot showed."""
    return "At half of the pilot rate" if figures.measured else "With half of the benefits as written"


def _late(case: CaseFacts) -> str:
    late = next((turn.years_late for turn in case.turns if turn.name == CONSERVATIVE), 0)
    return f", {years(Decimal(late))} late" if late else ""


def _outlay(case: CaseFacts) -> str:
    factor = next((turn.outlay for turn in case.turns if turn.name == CONSERVATIVE), Decimal(1))
    return f", with the outlay times {amount(factor)}" if factor != 1 else ""


def _evidence(case: CaseFacts) -> str:
    """How the benefits are known, each with its worth today: never added up."""
    worth = case.appraisal.worth_by_evidence
    known = [one for one in Evidence if worth[one]]
    if not known:
        return "none of them in money"
    if len(known) == 1:
        return _KNOWN[known[0]]
    said = [f"{money_exact(worth[one], case.case.currency)} {_KNOWN[one]}" for one in known]
    return f"worth today {listed(said)}"


def investment(facts: MemoFacts) -> Section:
    """What it takes, by the nine categories."""
    case = facts.case
    if case is None:
        return Section("investment", "Required investment", (say(NO_CASE),))
    said = [
        say(
            "It takes {today} today and {later} over the {years} years after it.",
            today=_figure(case, _sum(case, today=True)), later=_figure(case, _sum(case, today=False)),
            years=str(case.case.years),
        )
    ]  # fmt: skip
    if case.people is not None:
        said.append(
            say("It needs {people} full-time people while it runs.", people=Part(amount(case.people), "case"))
        )
    return Section("investment", "Required investment", tuple(said), _costs(case))


def _costs(case: CaseFacts) -> Table:
    rows = []
    for line in case.case.costs:
        today, later = line.amounts[0] or _NOTHING, _added(line.amounts[1:])
        name = Part(line.category.value.replace("_", " ").capitalize())
        rows.append((name, *(_figure(case, one) for one in (today, later, today + later))))
    today, later = _sum(case, today=True), _sum(case, today=False)
    rows.append((Part("In all"), *(_figure(case, one) for one in (today, later, today + later))))
    after = f"Years 1 to {case.case.years}" if case.case.years > 1 else "Year 1"
    return Table(
        "Costs by category",
        ("Category", "Today", after, "In all"),
        tuple(rows),
        frozenset({1, 2, 3}),
        total=True,
    )


def _sum(case: CaseFacts, *, today: bool) -> Decimal:
    return sum(
        (_added(line.amounts[:1] if today else line.amounts[1:]) for line in case.case.costs), _NOTHING
    )


def _added(amounts: Sequence[Decimal | None]) -> Decimal:
    return sum((one or _NOTHING for one in amounts), _NOTHING)


def returns(facts: MemoFacts, figures: Figures | None) -> Section:
    """NPV over three years beside the case's own horizon, and when the outlay is back."""
    case = facts.case
    if case is None or figures is None:
        return Section("return", "Return", (say(NO_CASE),))
    own, rate = case.case.years, Part(share(case.case.rate), "case")
    three = figures.written.three_years
    said: list[Sentence] = [
        say("Over its own {years} at {rate} a year the NPV is {npv}.", years=years(Decimal(own)), rate=rate,
            npv=_figure(case, figures.written.npv)),
        _three_years_said(case, three),
        _payback_said(case, figures.written),
        say("Flows lie at year ends, the first today, before tax, {prices}.", prices=case.prices or "price basis not said"),
    ]  # fmt: skip
    if case.mid_year:
        said.append(
            say("By the mid-year convention, which the case chose, the NPV is {npv}.",
                npv=_figure(case, case.appraisal.mid_year_npv))
        )  # fmt: skip
    said.append(
        say("Each month undecided costs {delay} (cost of delay).", delay=_figure(case, case.appraisal.delay_a_month))
    )  # fmt: skip
    return Section("return", "Return", tuple(said), _looks(case, figures))


def _three_years_said(case: CaseFacts, three: Decimal | None) -> Sentence:
    if three is None:
        return say(f"It covers fewer than {HORIZON} years, so no figure over {HORIZON} years can be given.")
    if case.case.years == HORIZON:
        return say(f"That is the horizon of {HORIZON} years.")
    return say(f"Cut to {HORIZON} years it is {{npv}}.", npv=_figure(case, three))


def _payback_said(case: CaseFacts, written: Look) -> Sentence:
    back = is_back(written.payback, case.case.years)
    return say("{back}.", back=Part(back[:1].upper() + back[1:], "case"))


def _looks(case: CaseFacts, figures: Figures) -> Table:
    named = [("As written", figures.written)]
    if figures.conservative is not None and figures.haircut is not None:
        named.append((f"Conservative, haircut {share(figures.haircut)}", figures.conservative))
    named.append(
        ("Half of the pilot rate" if figures.measured else "Half of the benefits as written", figures.half)
    )
    rows = []
    for name, look in named:
        three = Part("cannot be told") if look.three_years is None else _figure(case, look.three_years)
        back = Part(paid_back(look.payback, case.case.years), "case")
        rows.append((Part(name), _figure(case, look.npv), three, back))
    heads = (
        "If it goes",
        f"NPV over {years(Decimal(case.case.years))}",
        f"NPV over {HORIZON} years",
        "Payback",
    )
    return Table("Return by scenario", heads, tuple(rows), frozenset({1, 2, 3}))


def _figure(case: CaseFacts, value: Decimal) -> Part:
    return Part(money_exact(value, case.case.currency), "case")
