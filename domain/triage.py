"""Triage: what to do with each initiative under a limit of money and of people. Scale, stop, fix or wait.

A rule and not a score: each initiative gets the first row of the table that fits it (docs/adr/0027), and with it one
reason. Those that no row holds back compete for the money in the order of `domain.finance.frontier`. The day is given, the
order of the facts changes nothing. Words are in `domain.triage_words`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from domain.errors import RuleError
from domain.finance.frontier import Candidate, Point, frontier
from domain.kpi_figures import EXACT
from domain.stages import Stage
from domain.triage_facts import EARLY, Facts

_NOTHING: Final = Decimal(0)
CENT: Final = Decimal("0.01")
A_TENTH: Final = Decimal("0.1")
_ENOUGH: Final = Decimal("1e15")  # more than any amount that is kept


class Verdict(StrEnum):
    SCALE = "scale"
    STOP = "stop"
    FIX = "fix"
    WAIT = "wait"


class Reason(StrEnum):
    """Why, the rows of the table in their order."""

    NO_CASE = "no_case"
    NOTHING_ASKED = "nothing_asked"
    EARNS_STILL = "earns_still"
    WORTH_NOTHING = "worth_nothing"
    FAILING = "failing"
    OFF_TRACK = "off_track"
    BLIND = "blind"
    NO_KPI = "no_kpi"
    UNDATED = "undated"
    SPEND_UNKNOWN = "spend_unknown"
    OVERSPENT = "overspent"
    AT_RISK = "at_risk"
    PAID = "paid"
    PEOPLE_UNKNOWN = "people_unknown"
    WITHIN_LINE = "within_line"
    BELOW_LINE = "below_line"


VERDICTS: Final = {
    Reason.NO_CASE: Verdict.FIX,
    Reason.NOTHING_ASKED: Verdict.WAIT,
    Reason.EARNS_STILL: Verdict.WAIT,
    Reason.WORTH_NOTHING: Verdict.STOP,
    Reason.FAILING: Verdict.STOP,
    Reason.OFF_TRACK: Verdict.FIX,
    Reason.BLIND: Verdict.FIX,
    Reason.NO_KPI: Verdict.FIX,
    Reason.UNDATED: Verdict.FIX,
    Reason.SPEND_UNKNOWN: Verdict.FIX,
    Reason.OVERSPENT: Verdict.FIX,
    Reason.AT_RISK: Verdict.WAIT,
    Reason.PAID: Verdict.WAIT,
    Reason.PEOPLE_UNKNOWN: Verdict.FIX,
    Reason.WITHIN_LINE: Verdict.SCALE,
    Reason.BELOW_LINE: Verdict.WAIT,
}


class Loss(StrEnum):
    """What a regret is made of. Value and money are never added to each other."""

    VALUE_FOREGONE = "value_foregone"
    MONEY_BURNT = "money_burnt"
    MONEY_UNPROVEN = "money_unproven"
    MONEY_EARLY = "money_early"


_LOSSES: Final = {
    Verdict.SCALE: Loss.VALUE_FOREGONE,
    Verdict.STOP: Loss.MONEY_BURNT,
    Verdict.FIX: Loss.MONEY_UNPROVEN,
    Verdict.WAIT: Loss.MONEY_EARLY,
}


@dataclass(frozen=True, slots=True)
class Tie:
    """The one just before it in the order is worth as much for its cost. `by`: what decided, `cost` or `ref`."""

    before: str
    by: str


@dataclass(frozen=True, slots=True)
class Flip:
    """One recorded fact (or limit) that would turn the call. `changes`: fields of Facts, or `budget` or `people_limit`.

    code: what it is, for the words. number: the amount in it. into: the verdict then.
    """

    code: str
    changes: Mapping[str, Any]
    number: Decimal | None = None
    into: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What is said of one initiative. place, running_cost, running_people: in the order of those that compete."""

    facts: Facts
    reason: Reason
    place: int | None = None
    running_cost: Decimal | None = None
    running_people: Decimal | None = None
    tie: Tie | None = None

    @property
    def verdict(self) -> Verdict:
        return VERDICTS[self.reason]

    @property
    def loss(self) -> Loss:
        return _LOSSES[self.verdict]

    @property
    def regret(self) -> Decimal | None:
        """What today's allocation loses here. To scale: value x (1 - the share of its cost that is approved). Else: the
        money approved and not spent. None where the record does not say."""
        facts = self.facts
        if self.verdict is not Verdict.SCALE:
            return facts.allotted
        if facts.covered is None or facts.value is None:
            return None
        return EXACT.multiply(facts.value, EXACT.subtract(Decimal(1), facts.covered))


@dataclass(frozen=True)
class Triage:
    """All calls by reference, under one budget and one limit of people (None: not limited), on a day."""

    calls: tuple[Call, ...]
    budget: Decimal
    people_limit: Decimal | None
    day: date
    order: tuple[Call, ...] = field(repr=False)

    @cached_property
    def scaled(self) -> tuple[Call, ...]:
        """Those within the line, in their order."""
        return tuple(call for call in self.order if call.verdict is Verdict.SCALE)

    def flips(self, call: Call) -> tuple[Flip, ...]:
        """What would turn this call, each by itself. Only what was tried and does."""
        tried = ((flip, self._turned(call, flip)) for flip in self._tries(call))
        return tuple(replace(flip, into=into) for flip, into in tried if into is not call.verdict)

    def _tries(self, call: Call) -> Sequence[Flip]:
        if call.reason is Reason.WITHIN_LINE:
            return _out_of_the_line(call, self.people_limit)
        if call.reason is Reason.BELOW_LINE:
            return self._into_the_line(call)
        if call.reason is Reason.OVERSPENT and call.facts.paid is not None:
            enough = EXACT.add(call.facts.paid, CENT)
            return (Flip("new_case", {"cost": enough}, call.facts.paid), _WORTHLESS)
        return _CURES[call.reason]

    def _turned(self, call: Call, flip: Flip) -> Verdict:
        """The verdict with this change alone."""
        if flip.changes.keys() <= {"budget", "people_limit"}:  # counted from the order, which stays as it is
            return Verdict.WAIT if call.verdict is Verdict.SCALE else Verdict.SCALE
        changed = replace(call.facts, **flip.changes)
        reason = judge(changed, self.people_limit)
        if reason is not None:
            return VERDICTS[reason]
        return Verdict.SCALE if self._fits(changed) else Verdict.WAIT

    def _fits(self, facts: Facts) -> bool:
        """Whether one that is not within the line comes to lie within it with these facts."""
        return facts.to_go is not None and bisect_left(self._keys, _key(facts)) <= self._last_place(facts)

    def _last_place(self, facts: Facts) -> int:
        """The last place from which it still is within the line, 0 the first; -1: it is too dear for any."""
        room = EXACT.subtract(self.budget, facts.to_go or _NOTHING)
        place = bisect_right(self._costs, room) if room >= 0 else 0
        if self.people_limit is not None:
            free = EXACT.subtract(self.people_limit, facts.people or _NOTHING)
            if free < 0:
                return -1
            place = min(place, bisect_right(self._people, free))
        return place if room >= 0 else -1

    @cached_property
    def _keys(self) -> list[tuple[Decimal, Decimal, str]]:
        return [_key(call.facts) for call in self.order]

    @cached_property
    def _costs(self) -> list[Decimal]:
        return [call.running_cost or _NOTHING for call in self.scaled]

    @cached_property
    def _people(self) -> list[Decimal]:
        return [call.running_people or _NOTHING for call in self.scaled]

    def _into_the_line(self, call: Call) -> Sequence[Flip]:
        """More money, more people, or so much value that it comes before one that is within the line."""
        found: list[Flip] = []
        cost, people, limit = (
            call.running_cost or _NOTHING,
            call.running_people or _NOTHING,
            self.people_limit,
        )
        dear, tight = cost > self.budget, limit is not None and people > limit
        if dear and not tight:
            found.append(Flip("more_budget", {"budget": cost}, EXACT.subtract(cost, self.budget)))
        if tight and not dear and limit is not None:
            found.append(Flip("more_people", {"people_limit": people}, EXACT.subtract(people, limit)))
        place, to_go = self._last_place(call.facts), call.facts.to_go
        if place >= 0 and to_go is not None and (ratio := self.order[place].facts.ratio) is not None:
            wanted = EXACT.add(EXACT.quantize(EXACT.multiply(ratio, to_go), CENT), CENT)
            found.append(Flip("more_value", {"value": wanted}, wanted))
        return found


def judge(facts: Facts, people_limit: Decimal | None = None) -> Reason | None:
    """The first row of the table that fits; None: nothing holds it back, and it competes for the money."""
    if facts.value is None:
        idle = facts.stage in EARLY or facts.stage == Stage.UNKNOWN
        return Reason.NOTHING_ASKED if idle and not facts.approved and not facts.spent else Reason.NO_CASE
    if facts.value <= 0:
        earns = facts.to_go == 0 and facts.delay_a_month is not None and facts.delay_a_month > 0
        return Reason.EARNS_STILL if earns else Reason.WORTH_NOTHING
    return _by_kpi(facts) or _by_record(facts, people_limit)


def _by_kpi(facts: Facts) -> Reason | None:
    if facts.kpi_status == "off_track":
        return Reason.FAILING if facts.pilot_level == "purgatory" else Reason.OFF_TRACK
    if facts.kpi_status == "blind":
        return Reason.BLIND
    return None if facts.kpi_status in {"on_track", "achieved", "at_risk"} else Reason.NO_KPI


def _by_record(facts: Facts, people_limit: Decimal | None) -> Reason | None:
    if facts.pilot_level and (facts.decision_on is None or facts.pilot_level == "undated"):
        return Reason.UNDATED
    if facts.cost is None or facts.paid is None:
        return Reason.SPEND_UNKNOWN
    if facts.paid > facts.cost:
        return Reason.OVERSPENT
    if facts.kpi_status == "at_risk":
        return Reason.AT_RISK
    if not facts.to_go:
        return Reason.PAID
    return Reason.PEOPLE_UNKNOWN if people_limit is not None and facts.people is None else None


def triage(
    facts: Sequence[Facts], *, budget: Decimal, day: date, people_limit: Decimal | None = None
) -> Triage:
    """A call for each. The line is drawn once, where the money or the people first do not suffice: what lies below it
    waits, even if it were small enough for what is left. RuleError for a limit below 0, and for a reference given twice.
    """
    for name, limit in (("budget", budget), ("people", people_limit)):
        if limit is not None and limit < 0:
            raise RuleError("limit_below_zero", "Give 0 or more.", f"/{name}")
    by_ref = {one.ref: one for one in facts}
    if len(by_ref) < len(facts):
        raise RuleError("given_twice", "Give each initiative once.", "")
    held = {ref: judge(one, people_limit) for ref, one in by_ref.items()}
    compete = [by_ref[ref] for ref, reason in held.items() if reason is None]
    order = _ordered(compete, budget, people_limit)
    calls = {call.facts.ref: call for call in order}
    for ref, reason in held.items():
        if reason is not None:
            calls[ref] = Call(by_ref[ref], reason)
    return Triage(tuple(calls[ref] for ref in sorted(calls)), budget, people_limit, day, order)


def _ordered(compete: Sequence[Facts], budget: Decimal, people_limit: Decimal | None) -> tuple[Call, ...]:
    facts = {one.ref: one for one in compete}
    candidates = [
        Candidate(one.ref, one.to_go, one.value)
        for one in compete
        if one.to_go is not None and one.value is not None
    ]
    out: list[Call] = []
    people, within, last = _NOTHING, True, None
    for point in frontier(candidates, budget):
        one = facts[point.candidate.ref]
        people = EXACT.add(people, one.people or _NOTHING)
        within = within and point.funded and (people_limit is None or people <= people_limit)
        reason = Reason.WITHIN_LINE if within else Reason.BELOW_LINE
        out.append(Call(one, reason, point.place, point.cost, people, _tie(last, point)))
        last = point
    return tuple(out)


def _tie(last: Point | None, point: Point) -> Tie | None:
    if last is None:
        return None
    first, second = last.candidate, point.candidate
    if EXACT.divide(first.value, first.cost) != EXACT.divide(second.value, second.cost):
        return None
    return Tie(first.ref, "ref" if first.cost == second.cost else "cost")


def _key(facts: Facts) -> tuple[Decimal, Decimal, str]:
    """The order of `frontier`."""
    return -(facts.ratio or _NOTHING), facts.to_go or _NOTHING, facts.ref


def _out_of_the_line(call: Call, people_limit: Decimal | None) -> Sequence[Flip]:
    facts = call.facts
    found = [
        Flip("no_value", {"value": _NOTHING}, facts.value),
        Flip("goes_off_track", {"kpi_status": "off_track"}),
        Flip("goes_blind", {"kpi_status": "blind"}),
    ]
    if call.running_cost:
        found.append(
            Flip("less_budget", {"budget": EXACT.subtract(call.running_cost, CENT)}, call.running_cost)
        )
    if people_limit is not None and call.running_people:
        fewer = EXACT.subtract(call.running_people, A_TENTH)
        found.append(Flip("fewer_people", {"people_limit": fewer}, call.running_people))
    return found


_WORTHLESS: Final = Flip("no_value", {"value": _NOTHING})
_ON_TRACK: Final = Flip("back_on_track", {"kpi_status": "on_track"})
_OFF_TRACK: Final = Flip("goes_off_track", {"kpi_status": "off_track"})
_CURES: Final[dict[Reason, tuple[Flip, ...]]] = {
    Reason.NO_CASE: (
        Flip("case_worth_something", {"value": CENT, "cost": _ENOUGH}),
        Flip("case_worth_nothing", {"value": _NOTHING, "cost": _ENOUGH}),
    ),
    Reason.NOTHING_ASKED: (Flip("case_worth_nothing", {"value": _NOTHING, "cost": CENT}),),
    Reason.EARNS_STILL: (Flip("earns_no_more", {"delay_a_month": _NOTHING}),),
    Reason.WORTH_NOTHING: (Flip("some_value", {"value": CENT}),),
    Reason.FAILING: (_ON_TRACK, Flip("decided", {"pilot_level": "healthy"})),
    Reason.OFF_TRACK: (_ON_TRACK, Flip("into_purgatory", {"pilot_level": "purgatory"}), _WORTHLESS),
    Reason.BLIND: (Flip("first_reading", {"kpi_status": "on_track"}), _WORTHLESS),
    Reason.NO_KPI: (Flip("a_kpi", {"kpi_status": "on_track"}), _WORTHLESS),
    Reason.UNDATED: (
        Flip("decision_date", {"decision_on": date.max}), Flip("start_date", {"pilot_level": "healthy"}), _WORTHLESS,
    ),
    Reason.SPEND_UNKNOWN: (Flip("spend_recorded", {"spent": _NOTHING}), _WORTHLESS),
    Reason.AT_RISK: (_ON_TRACK, _OFF_TRACK, _WORTHLESS),
    Reason.PAID: (_OFF_TRACK, _WORTHLESS),
    Reason.PEOPLE_UNKNOWN: (Flip("people_said", {"people": _NOTHING}), _WORTHLESS),
}  # fmt: skip
