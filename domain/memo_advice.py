"""What the record speaks for: release the next tranche, hold it, stop, or no recommendation. A rule, and people decide.

In this order: a case that loses money as written, or a pilot whose rules propose to stop, speaks for stopping. A tranche that
is held on record is recommended to be held: the memo does not speak against a decision that stands, and says what is missing
beside it. What is missing (a case first of all) forbids a recommendation, because unknown is not green. A KPI off
track, a comparison in which today's process does better, a pilot in purgatory or a case that loses money after its own
haircut speaks for holding; so does the KPI that the next tranche waits for, off track or missed. Else for the release.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.finance.release import RED
from domain.kpi_codes import Status
from domain.memo_facts import MemoFacts, TrancheFacts
from domain.memo_figures import HORIZON, Figures
from domain.memo_text import Part, Sentence, of_awaited, of_kpi, say
from domain.money_words import money_exact
from domain.phrases import listed, shortened


class Advice(StrEnum):
    RELEASE = "release"
    HOLD = "hold"
    STOP = "stop"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`head`: the recommendation in one sentence. `reasons`: why. `missing`: what is to be recorded first.

    `numbers`: the figures the rule used, as (name, figure). `tranche`: the number of the one it is about, or None.
    """

    advice: Advice
    head: Sentence
    reasons: tuple[Sentence, ...]
    numbers: tuple[tuple[str, Part], ...]
    missing: tuple[str, ...] = ()
    tranche: int | None = None


def recommend(facts: MemoFacts, figures: Figures | None) -> Recommendation:
    """The recommendation. `figures`: those of the case in force, None where there is none."""
    numbers, waiting = _numbers(facts, figures), facts.next_tranche
    stopping = _stops(facts, figures)
    if stopping:
        head = say("Recommendation: stop, and return what is not released.")
        return Recommendation(Advice.STOP, head, (*stopping, *_held(waiting)), numbers)
    missing = _missing(facts, figures)
    if waiting is None or (missing and not waiting.held):
        head = say("No recommendation can be given. What is missing: {missing}.", missing=listed(missing))
        return Recommendation(Advice.NONE, head, (), numbers, missing)
    named = Part(f"tranche {waiting.number}, {money_exact(waiting.amount, facts.currency)}", "money")
    holding = (*_held(waiting), *_holds(facts, figures))
    if holding:
        head = say("Recommendation: hold {tranche}.", tranche=named)
        if missing:
            holding = (*holding, say("What is missing: {missing}.", missing=listed(missing)))
        return Recommendation(Advice.HOLD, head, holding, numbers, missing, waiting.number)
    head = say("Recommendation: release {tranche}.", tranche=named)
    return Recommendation(
        Advice.RELEASE, head, _speaks_for_it(facts, figures), numbers, tranche=waiting.number
    )


def _numbers(facts: MemoFacts, figures: Figures | None) -> tuple[tuple[str, Part], ...]:
    said: list[tuple[str, Part]] = []
    if figures is not None:
        said.append(("NPV as written", _money(facts, figures.written.npv)))
        if figures.conservative is not None:
            said.append(("NPV after the haircut", _money(facts, figures.conservative.npv)))
        if figures.written.three_years is not None:
            said.append((f"NPV over {HORIZON} years", _money(facts, figures.written.three_years)))
    if facts.kpis:
        bad, unknown = sum(kpi.bad for kpi in facts.kpis), sum(kpi.unknown for kpi in facts.kpis)
        of = len(facts.kpis)
        said.append(("Primary KPIs off track or missed", Part(f"{bad} of {of}", "kpis")))
        said.append(("Primary KPIs nobody can tell of", Part(f"{unknown} of {of}", "kpis")))
    if facts.pilot is not None and facts.pilot.level:
        said.append(("Level of the pilot", Part(facts.pilot.level, "pilot")))
    if (waiting := facts.next_tranche) is not None:
        said.append((f"Tranche {waiting.number}", Part(money_exact(waiting.amount, facts.currency), "money")))
        if (told := waiting.awaited) is not None:
            name = f"{told.ref}, which tranche {waiting.number} waits for"
            said.append((name, of_awaited(waiting, _word(told.status).capitalize())))
    return tuple(said)


def _held(waiting: TrancheFacts | None) -> tuple[Sentence, ...]:
    """The hold on record, in the words of who decided it."""
    if waiting is None or not waiting.held:
        return ()
    because = " ".join(waiting.held.split())
    end = "" if because[-1:] in ".!?…" else "."
    return (
        say("{tranche} was held on record: {because}{end}",
            tranche=Part(f"Tranche {waiting.number}", "money"), because=Part(because, "money"), end=end),
    )  # fmt: skip


def _word(status: Status) -> str:
    return status.value.replace("_", " ")


def _stops(facts: MemoFacts, figures: Figures | None) -> tuple[Sentence, ...]:
    said = []
    if figures is not None and figures.written.npv < 0:
        said.append(
            say("The case loses money as written: its NPV is {npv}.", npv=_money(facts, figures.written.npv))
        )
    if facts.pilot is not None and facts.pilot.stops:
        said.append(
            say("The rules of the pilot propose: {remedy}.", remedy=Part(facts.pilot.remedy, "pilot"))
        )
    return tuple(said)


def _missing(facts: MemoFacts, figures: Figures | None) -> tuple[str, ...]:
    said = []
    if figures is None:
        said.append("a published business case")
    elif figures.conservative is None:
        said.append("a conservative scenario with its haircut")
    if not facts.kpis:
        said.append("a primary KPI")
    said += [f"a reading of {kpi.ref} that can be judged" for kpi in facts.kpis if kpi.unknown]
    waiting = facts.next_tranche
    if waiting is None:
        said.append("a tranche that waits to be released")
    elif waiting.awaited is not None and not waiting.awaited.known:
        said.append(f"a reading of {waiting.awaited.ref} that can be judged")
    return tuple(dict.fromkeys(said))


def _holds(facts: MemoFacts, figures: Figures | None) -> tuple[Sentence, ...]:
    said = [
        say("{kpi} is {word}.", kpi=of_kpi(kpi, f"{kpi.ref} {shortened(kpi.name)}"), word=kpi.word.lower())
        for kpi in facts.kpis
        if kpi.bad
    ]
    waiting = facts.next_tranche
    if waiting is not None and waiting.awaited is not None and waiting.awaited.status in RED:
        told = waiting.awaited
        said.append(
            say(
                "{tranche} waits for {kpi}, which is {word}.", tranche=Part(f"Tranche {waiting.number}", "money"),
                kpi=of_awaited(waiting, f"{told.ref} {shortened(told.name)}"), word=_word(told.status),
            )
        )  # fmt: skip
    latest = {one.kpi: one for one in reversed(facts.comparisons) if one.sentence}
    said += [
        say("By {comparison} what is done today does better.",
            comparison=Part(f"“{shortened(one.name)}” on {one.kpi}", f"comparison:{one.key}"))
        for one in latest.values()
        if one.against
    ]  # fmt: skip
    if figures is not None and figures.conservative is not None and figures.conservative.npv < 0:
        said.append(
            say("After its own haircut the case is worth {npv}.", npv=_money(facts, figures.conservative.npv))
        )
    if facts.pilot is not None and facts.pilot.stuck:
        said.append(
            say("The pilot stands in purgatory; its rules propose: {remedy}.", remedy=Part(facts.pilot.remedy, "pilot"))
        )  # fmt: skip
    return tuple(said)


def _speaks_for_it(facts: MemoFacts, figures: Figures | None) -> tuple[Sentence, ...]:
    if figures is None or figures.conservative is None:
        return ()
    said = [
        say(
            "No primary KPI is off track or unknown, and the case is worth {npv} even after its haircut.",
            npv=_money(facts, figures.conservative.npv),
        )
    ]
    three = figures.written.three_years
    if three is not None and three < 0:
        said.append(
            say(f"It needs more than {HORIZON} years: cut to {HORIZON} it is worth {{npv}}.", npv=_money(facts, three))
        )  # fmt: skip
    said += [
        say("{kpi} is at risk, and is to be watched.", kpi=of_kpi(kpi, f"{kpi.ref} {shortened(kpi.name)}"))
        for kpi in facts.kpis
        if kpi.status is Status.AT_RISK
    ]
    return tuple(said)


def _money(facts: MemoFacts, value: Decimal) -> Part:
    currency = facts.case.case.currency if facts.case is not None else facts.currency
    return Part(money_exact(value, currency), "case")
