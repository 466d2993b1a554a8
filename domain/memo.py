"""The memo to CFO and CIO about one initiative: every sentence from the record, and what is not on record said so.

The assignment it answers asks for pilot results, projected benefits, the investment, an NPV over three years with its
payback, risks, and a recommendation. Its figures are those of the case in force; nothing is estimated here.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.kpi_words import amount, day
from domain.memo_advice import Advice, Recommendation, recommend
from domain.memo_facts import ComparisonFacts, KpiFacts, MemoFacts, PilotFacts, TrancheFacts
from domain.memo_figures import Figures, figures_of
from domain.memo_money import investment, projection, returns
from domain.memo_risks import risks
from domain.memo_text import Part, Section, Sentence, Table, of_kpi, say, words_in
from domain.money_words import money_exact
from domain.phrases import listed, shortened

__all__ = ["Advice", "Memo", "Recommendation", "memo_of"]
MOST_COMPARISONS: Final = 2
NO_COMPARISON: Final = "No comparison with today's process is on record."
PROPOSES: Final = "Throughline proposes, people decide: money moves by a recorded decision of somebody who does not run this initiative."


@dataclass(frozen=True, slots=True)
class Memo:
    """`words`: how many its sentences have. `figures`: None where no case is published."""

    title: str
    sections: tuple[Section, ...]
    recommendation: Recommendation
    figures: Figures | None
    words: int


def memo_of(facts: MemoFacts) -> Memo:
    """The memo the record gives on its day."""
    figures = None if facts.case is None else figures_of(facts.case)
    advice = recommend(facts, figures)
    sections = (
        _ask(facts),
        _results(facts),
        projection(facts, figures),
        investment(facts),
        returns(facts, figures),
        risks(facts),
        _rollout(facts),
        _recommendation(facts, advice),
    )
    title = f"Funding of {facts.ref} {shortened(facts.name)}"
    return Memo(title, sections, advice, figures, words_in(sections))


def _ask(facts: MemoFacts) -> Section:
    named, about, waiting = shortened(facts.name), f"{facts.ref}, {facts.unit}", facts.next_tranche
    if waiting is not None:
        asked = say(
            "This memo asks for the release of {tranche} for {name} ({about}).", name=named, about=about,
            tranche=Part(f"tranche {waiting.number}, {_money(facts, waiting.amount)}", "money"),
        )  # fmt: skip
    elif facts.tranches:
        asked = say(
            "No tranche of {name} ({about}) waits to be released, so this memo asks for no money.",
            name=named,
            about=about,
        )
    else:
        asked = say(
            "No money is approved on record for {name} ({about}), so no amount can be asked for.",
            name=named,
            about=about,
        )
    said = [asked]
    if facts.tranches:
        said.append(
            say("So far {approved} is approved, {released}.",
                approved=Part(_money(facts, facts.approved), "money"),
                released=Part("nothing of it released" if facts.released is None
                              else f"{_money(facts, facts.released)} of it released", "money"))
        )  # fmt: skip
    sponsor = f"Sponsor: {facts.sponsor}." if facts.sponsor else "No sponsor is on record."
    lead = f"Lead: {facts.lead}." if facts.lead else "No lead is on record."
    said.append(say("{sponsor} {lead}", sponsor=sponsor, lead=lead))
    return Section("ask", "The ask", tuple(said))


def _results(facts: MemoFacts) -> Section:
    said = [_pilot(facts.pilot)]
    if facts.spent is None:
        said.append(say("What was spent on it was never recorded."))
    else:
        said.append(say("Spent on it so far: {spent}.", spent=Part(_money(facts, facts.spent), "money")))
    said += _measured(facts.kpis)
    said += _compared(facts.comparisons)
    return Section("results", "Pilot results", tuple(said), _kpi_table(facts.kpis))


def _pilot(pilot: PilotFacts | None) -> Sentence:
    if pilot is None:
        return say("No pilot is on record.")
    ref = Part(pilot.ref, "pilot")
    began = f"began on {day(pilot.began_on)}" if pilot.began_on else "began on a day nobody recorded"
    ended = f" and ended on {day(pilot.ended_on)}" if pilot.ended_on else ""
    if not pilot.level:
        return say("The pilot {ref} {began}{ended}. Its rules were not asked yet.", ref=ref, began=began, ended=ended)  # fmt: skip
    return say(
        "The pilot {ref} {began}{ended}. Its level is {level}.",
        ref=ref,
        began=began,
        ended=ended,
        level=Part(pilot.level.lower(), "pilot"),
    )


def _measured(kpis: tuple[KpiFacts, ...]) -> list[Sentence]:
    if not kpis:
        return [say("No primary KPI is on record, so nothing says whether it worked.")]
    said = []
    for kpi in kpis[:MOST_COMPARISONS]:
        named = of_kpi(kpi, shortened(kpi.name))
        if kpi.value is None:
            said.append(say("{name} was never measured.", name=named))
            continue
        baseline = (
            f"from a baseline of {amount(kpi.baseline, kpi.unit)}"
            if kpi.baseline is not None
            else "with no baseline on record"
        )
        declared = ", as declared" if kpi.declared else ""
        said.append(
            say("{name} stood at {value} on {on}, {baseline}: {word}{declared}.", name=named, baseline=baseline,
                value=of_kpi(kpi, amount(kpi.value, kpi.unit)), on=day(kpi.observed_on), word=kpi.word.lower(),
                declared=declared)
        )  # fmt: skip
    return said


def _compared(comparisons: tuple[ComparisonFacts, ...]) -> list[Sentence]:
    """The latest that somebody looked at."""
    looked = [one for one in comparisons if one.sentence][:MOST_COMPARISONS]
    if not looked:
        return [say(NO_COMPARISON)]
    return [
        say("Compared ({name}, {kpi}): {sentence}", kpi=one.kpi, sentence=one.sentence,
            name=Part(shortened(one.name), f"comparison:{one.key}"))
        for one in looked
    ]  # fmt: skip


def _kpi_table(kpis: tuple[KpiFacts, ...]) -> Table | None:
    if not kpis:
        return None
    rows = []
    for kpi in kpis:
        by = f" by {day(kpi.target_on)}" if kpi.target_on else ""
        target = kpi.band or f"{amount(kpi.target, kpi.unit)}{by if kpi.target is not None else ''}"
        word = kpi.word + (", set after the fact" if kpi.post_hoc else "")
        rows.append(
            (of_kpi(kpi, f"{kpi.ref} {shortened(kpi.name)}"), Part(amount(kpi.baseline, kpi.unit)),
             of_kpi(kpi, amount(kpi.value, kpi.unit)), Part(target), Part(word))
        )  # fmt: skip
    return Table(
        "Primary KPIs",
        ("KPI", "Baseline", "Last reading", "Target", "Status"),
        tuple(rows),
        frozenset({1, 2, 3}),
    )


def _rollout(facts: MemoFacts) -> Section:
    if not facts.tranches:
        return Section("rollout", "Phased rollout", (say("No tranche is on record, so no phase can be shown."),))  # fmt: skip
    tranches = sorted(facts.tranches, key=lambda one: one.number)
    count = len(tranches)
    phases = "in one tranche" if count == 1 else f"in {count} tranches, in this order"
    said = [say(f"The money comes {phases}; each is released by a recorded decision.")]
    gate = None if facts.case is None else facts.case.appraisal.gate
    if gate is not None and facts.case is not None:
        said.append(
            say("Deciding again at the gate is worth {worth}.",
                worth=Part(money_exact(gate.worth, facts.case.case.currency), "case"))
        )  # fmt: skip
    rows = tuple(
        (Part(f"Tranche {one.number}"), Part(_money(facts, one.amount), "money"), Part(one.gate or "not said"),
         Part(one.condition or "not said"), Part(_stands(one), "money"))
        for one in tranches
    )  # fmt: skip
    table = Table("Tranches", ("Phase", "Amount", "Gate", "Condition", "State"), rows, frozenset({1}))
    return Section("rollout", "Phased rollout", tuple(said), table)


def _stands(one: TrancheFacts) -> str:
    if one.released_on is not None:
        return f"Released {day(one.released_on)}"
    if one.returned_on is not None:
        return f"Returned {day(one.returned_on)}"
    return "Held" if one.held else "Waits"


def _recommendation(facts: MemoFacts, advice: Recommendation) -> Section:
    said = [advice.head, *advice.reasons]
    apart = () if facts.case is None else facts.case.case.without_money()
    if apart:
        said.append(
            say("Beside the money, and in no sum: {benefits}.",
                benefits=Part(listed([shortened(one.description) for one in apart]), "case"))
        )  # fmt: skip
    said.append(say(PROPOSES))
    rows = tuple((Part(name), figure) for name, figure in advice.numbers)
    table = Table("What the rule used", ("Figure", "Value"), rows, frozenset({1})) if rows else None
    return Section("recommendation", "Recommendation", tuple(said), table)


def _money(facts: MemoFacts, value: Decimal | None) -> str:
    return money_exact(value, facts.currency)
