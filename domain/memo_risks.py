"""The risks of a memo: what could change its figures, each with its numbers and what would answer it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from domain.finance.sensitivity import Bar
from domain.memo_facts import CaseFacts, FlagFacts, MemoFacts
from domain.memo_text import Part, Section, Table, of_kpi, say
from domain.money_words import money_exact
from domain.phrases import shortened

MOST_FLAGS: Final = 4
SEVERE: Final = 2
_FACTORS: Final = {
    "benefits": "less benefit than planned",
    "outlay": "a dearer build",
    "delay": "a late start",
    "rate": "a higher discount rate",
    "running": "dearer running",
}
_TURNED: Final = {
    "delay": "a start as planned: a later one is worth more",
    "rate": "a lower discount rate",
}
"""Where the end that is usually the better has the lower NPV."""
Row = tuple[Part, Part, Part]


def risks(facts: MemoFacts) -> Section:
    """From the case's own sensitivity, its KPIs, its pilot and what is open against it."""
    found = [*_widest(facts.case), *_kpis(facts), *_transition(facts), *_flags(facts.flags)]
    if not found:
        said = (
            say(
                "No risk is on record. That is not to say that there is none: nobody recorded what would show one."
            ),
        )
        return Section("risks", "Risks", said)
    number = "One risk follows" if len(found) == 1 else f"{len(found)} risks follow"
    phased = (
        " Phases limit them: the money is released tranche by tranche." if len(facts.tranches) > 1 else ""
    )
    said = (say(f"{number} from the record.{phased}"),)
    table = Table("Risks", ("Risk", "What the record says", "What would answer it"), tuple(found))
    return Section("risks", "Risks", said, table)


def _widest(case: CaseFacts | None) -> Iterator[Row]:
    if case is None:
        return
    bar = next((one for one in case.appraisal.tornado if one.swing), None)
    if bar is None:
        return
    yield (
        Part(f"Widest factor: {_worse(bar)}"),
        Part(f"NPV from {_money(case, bar.low)} to {_money(case, bar.high)}", "case"),
        Part(_answer(bar)),
    )


def _worse(bar: Bar) -> str:
    """The end of the factor at which the NPV is the lower."""
    usual = _FACTORS.get(bar.factor, bar.factor)
    return _TURNED.get(bar.factor, usual) if bar.turned else usual


def _answer(bar: Bar) -> str:
    if bar.factor == "benefits":
        return "Release by tranche, on what the KPI shows"
    if bar.factor == "delay" and bar.turned:
        return "Say in the case why it starts now"
    return "Say in the case how it is bounded" if bar.low < 0 else "Watch it: the case stays above 0"


def _kpis(facts: MemoFacts) -> Iterator[Row]:
    for kpi in facts.kpis:
        named = of_kpi(kpi, f"{kpi.ref} {shortened(kpi.name)}")
        if kpi.bad:
            yield named, of_kpi(kpi, kpi.word), Part("Bring it back, or stop")
        elif kpi.unknown:
            yield (
                named,
                of_kpi(kpi, f"{kpi.word}: nobody can tell how it stands"),
                Part("Record a reading that can be judged"),
            )
        elif kpi.heads is not None:
            yield (
                named,
                of_kpi(kpi, f"{kpi.heads[0]}, {kpi.heads[1].lower()}"),
                Part("Decide by the first promise"),
            )
    if not facts.kpis:
        yield (
            Part("No primary KPI"),
            Part("Nothing says whether it works", "kpis"),
            Part("Agree on one before money moves"),
        )


def _transition(facts: MemoFacts) -> Iterator[Row]:
    if facts.pilot is None or facts.pilot.has_owner:
        return
    said = "There is none" if facts.pilot.has_owner is False else "Nobody recorded whether there is one"
    yield Part("Owner for production"), Part(said, "pilot"), Part("Name one before the release")


def _flags(flags: tuple[FlagFacts, ...]) -> Iterator[Row]:
    """The worst open findings. Those of the owner for production stand above already."""
    shown = [flag for flag in flags if flag.severity >= SEVERE and flag.rule != "R12"]
    for flag in shown[:MOST_FLAGS]:
        yield (
            Part(f"{flag.about}, {flag.cause.lower() or flag.rule}"),
            Part(flag.sentence, "flags"),
            Part(flag.clears_when or "never recorded"),
        )
    if len(shown) > MOST_FLAGS:
        yield (
            Part("More findings"),
            Part(f"{len(shown) - MOST_FLAGS} more are open", "flags"),
            Part("See the flags"),
        )


def _money(case: CaseFacts, value: Decimal) -> str:
    return money_exact(value, case.case.currency)
