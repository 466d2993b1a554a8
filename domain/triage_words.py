"""The sentences of triage: why, what would flip it, what today's allocation loses, and how a tie was decided."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.figure_words import percent
from domain.kpi_figures import EXACT
from domain.phrases import days, listed
from domain.triage import Call, Flip, Loss, Reason, Triage
from domain.triage_facts import Facts

NO_SINGLE_FACT: Final = "No single fact: more than one thing stands in the way."
_SHOWN: Final = 3
_LOSSES: Final = {
    Loss.VALUE_FOREGONE: "Value foregone: its value x (1 - the share of the cost to come that is approved).",
    Loss.MONEY_BURNT: "Money burnt if it goes on: approved and not spent.",
    Loss.MONEY_UNPROVEN: "Money that goes on unproven: approved and not spent.",
    Loss.MONEY_EARLY: "Money given before its turn: approved and not spent.",
}
_COMPETES: Final = frozenset({"case_worth_something", "some_value", "spend_recorded", "people_said"})
"""What they lead to depends on amounts nobody has said yet."""


@dataclass(frozen=True)
class Words:
    """Says things about one triage. `money` writes an amount in the organisation's currency."""

    triage: Triage
    money: Callable[[Decimal | None], str]

    def reason(self, call: Call) -> str:
        """The one reason with its numbers."""
        return _REASONS[call.reason](self, call)

    def flips(self, call: Call) -> tuple[str, ...]:
        """What would turn the call, each with the verdict that follows."""
        said = tuple(f"{self._flip(call, flip)}: {_then(flip)}." for flip in self.triage.flips(call))
        return said or (NO_SINGLE_FACT,)

    def tie(self, call: Call) -> str:
        """How the order was decided, where it was by a tie-break; empty where it was not."""
        if call.tie is None:
            return ""
        by = (
            "the smaller cost comes first"
            if call.tie.by == "cost"
            else "equal cost too, so the lower reference comes first"
        )
        return f"As much value for its cost as {call.tie.before}: {by}."

    def regret(self, call: Call) -> str:
        """What the amount of the regret is."""
        return _LOSSES[call.loss]

    def _value(self, facts: Facts) -> str:
        said = f"worth {self.money(facts.value)}"
        return (
            f"{said} after a haircut of {percent(facts.haircut)}"
            if facts.haircut is not None
            else f"{said}, not adjusted for risk"
        )

    def _place(self, call: Call) -> str:
        facts = call.facts
        ratio = f"{facts.ratio:.2f}" if facts.ratio is not None else ""
        said = self._value(facts)
        return (
            f"{said[:1].upper()}{said[1:]}, for {self.money(facts.to_go)} still to pay: {ratio} for each unit of "
            f"money, place {call.place}"
        )

    def _people(self, call: Call) -> str:
        if self.triage.people_limit is None or call.running_people is None:
            return ""
        return f" and {call.running_people:f} of {self.triage.people_limit:f} people"

    def within(self, call: Call) -> str:
        """Place, and what is taken of the limits with it."""
        return (
            f"{self._place(call)}. Up to it {self.money(call.running_cost)} of {self.money(self.triage.budget)}"
            f"{self._people(call)} are taken."
        )

    def below(self, call: Call) -> str:
        """Place, and what it would take up to it."""
        return (
            f"{self._place(call)}, below the line. Up to it {self.money(call.running_cost)} of "
            f"{self.money(self.triage.budget)}{self._people(call)} would be needed."
        )

    def overdue(self, facts: Facts) -> str:
        """How far past the decision date, where it is."""
        if facts.decision_on is None or facts.decision_on >= self.triage.day:
            return ""
        return f", its decision {days((self.triage.day - facts.decision_on).days)} over"

    def value(self, facts: Facts) -> str:
        """What the case says."""
        return self._value(facts)

    def _flip(self, call: Call, flip: Flip) -> str:
        facts, number = call.facts, flip.number
        if flip.code == "no_value":
            return self._value_falls(facts)
        if flip.code in {"first_reading", "back_on_track"}:
            which = _measures(facts) if flip.code == "first_reading" else ""
            return f"A first reading of {which} that is on track" if which else _FLIPS[flip.code]
        if number is None:
            return _FLIPS[flip.code]
        said = f"{number.normalize():f}" if "people" in flip.code else self.money(number)
        return _FLIPS[flip.code].format(said)

    def _value_falls(self, facts: Facts) -> str:
        fall = f"Its value falling by {self.money(facts.value)}"
        factor = facts.breaks_even
        if facts.haircut is not None or factor is None or not 0 <= factor < 1:
            return fall
        share = EXACT.multiply(EXACT.subtract(Decimal(1), factor), Decimal(100))
        return f"Benefits falling by {share:.2f} % or more"


def _then(flip: Flip) -> str:
    return "it competes for the money" if flip.code in _COMPETES else str(flip.into)


def _measures(facts: Facts) -> str:
    shown = list(facts.to_measure[:_SHOWN])
    more = len(facts.to_measure) - len(shown)
    return listed([*shown, f"{more} more"] if more else shown)


_FLIPS: Final = {
    "case_worth_something": "A published case that is worth something",
    "case_worth_nothing": "A published case that is worth nothing or less",
    "earns_no_more": "Running costs that eat its benefits",
    "some_value": "A case in force that is worth more than 0",
    "back_on_track": "Its KPIs back on track",
    "first_reading": "A first reading that is on track",
    "goes_off_track": "Its KPIs going off track",
    "goes_blind": "Its KPIs going blind",
    "decided": "A decision that takes the pilot out of purgatory",
    "into_purgatory": "The pilot sliding into purgatory",
    "a_kpi": "A KPI that is on track",
    "decision_date": "A decision date",
    "start_date": "The day the pilot began",
    "spend_recorded": "What was spent, recorded",
    "new_case": "A new version of its case that costs more than {}",
    "people_said": "The people it needs, said in its case",
    "more_budget": "A budget {} larger",
    "less_budget": "A budget below {}",
    "more_people": "{} people more",
    "fewer_people": "Fewer than {} people in all",
    "more_value": "A value of {} or more",
}


def _no_case(words: Words, call: Call) -> str:
    facts = call.facts
    out = [
        f"{words.money(amount)} {said}"
        for amount, said in ((facts.approved, "is approved"), (facts.spent, "is spent"))
        if amount
    ]
    told = listed(out) if out else "It is past framing"
    return f"{told}, and no case says what it buys. Publish a case."


def _earns(words: Words, call: Call) -> str:
    facts = call.facts
    return (
        f"Its case is {words.value(facts)}, but its money is spent, and it still earns "
        f"{words.money(facts.delay_a_month)} a month."
    )


def _failing(words: Words, call: Call) -> str:
    facts = call.facts
    return f"Off track and in purgatory{words.overdue(facts)}. Its case says it is {words.value(facts)}; its KPIs do not show it."


def _off_track(words: Words, call: Call) -> str:
    return f"Off track{words.overdue(call.facts)}. Mend what it does, or write the case anew, before more money goes in."


def _blind(_words: Words, call: Call) -> str:
    which = _measures(call.facts)
    return f"Blind: nobody can see what it does. Measure {which or 'its KPIs'} first."


def _no_kpi(words: Words, call: Call) -> str:
    return (
        f"Its case is {words.value(call.facts)}, and no KPI can show it. Agree one and take a baseline first."
    )


def _undated(_words: Words, call: Call) -> str:
    missing = [
        word
        for word, gone in (
            ("decision date", call.facts.decision_on is None),
            ("first day", call.facts.pilot_level == "undated"),
        )
        if gone
    ]
    return f"A pilot without a {listed(missing)}: nobody knows when it is decided. Set it."


def _overspent(words: Words, call: Call) -> str:
    facts = call.facts
    over = None if facts.paid is None or facts.cost is None else EXACT.subtract(facts.paid, facts.cost)
    return f"{words.money(facts.paid)} is spent, {words.money(over)} more than its case costs: the case no longer holds."


_REASONS: Final[dict[Reason, Callable[[Words, Call], str]]] = {
    Reason.NO_CASE: _no_case,
    Reason.NOTHING_ASKED: lambda _words, _call: "No case and no money yet: there is nothing to decide.",
    Reason.EARNS_STILL: _earns,
    Reason.WORTH_NOTHING: lambda words, call: f"By its own case it is {words.value(call.facts)}.",
    Reason.FAILING: _failing,
    Reason.OFF_TRACK: _off_track,
    Reason.BLIND: _blind,
    Reason.NO_KPI: _no_kpi,
    Reason.UNDATED: _undated,
    Reason.SPEND_UNKNOWN: lambda _words, _call: "What it spent was never recorded, so nobody knows what is still to pay.",
    Reason.OVERSPENT: _overspent,
    Reason.AT_RISK: lambda words, call: f"At risk: behind its plan, not off it{words.overdue(call.facts)}. The next readings decide.",
    Reason.PAID: lambda words, call: f"The {words.money(call.facts.cost)} of its case are spent: nothing more is asked.",
    Reason.PEOPLE_UNKNOWN: lambda _words, _call: "People are limited, and its case does not say how many it needs.",
    Reason.WITHIN_LINE: Words.within,
    Reason.BELOW_LINE: Words.below,
}  # fmt: skip
