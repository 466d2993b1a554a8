"""What the council decided: who is eligible, whether they are a quorum, and the result of the ballots.

Plain arithmetic on one item. A ballot is asked twice, when it is cast and when the item closes; who is eligible is known
only at the close, and is stored as numbers. Nothing here knows who is in conflict: that is domain.conflicts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from domain.council_charter import DEFAULT, Charter
from domain.errors import RuleError
from domain.motions import Motion
from domain.stage_words import APPROVALS, Outcome


class Choice(StrEnum):
    """What a ballot says. `recuse` is a declaration, and ends the ballot."""

    APPROVE = "approve"
    WITH_CONDITIONS = "approve_with_conditions"
    REJECT = "reject"
    ABSTAIN = "abstain"
    RECUSE = "recuse"


class Result(StrEnum):
    ADOPTED = "adopted"
    NOT_ADOPTED = "not_adopted"
    NOT_DECIDED = "not_decided"
    ESCALATED = "escalated"


class Why(StrEnum):
    """Why the result is what it is."""

    MAJORITY = "majority"
    CASTING_VOTE = "casting_vote"
    VETO = "veto"
    INQUORATE = "inquorate"
    NOBODY_DECIDED = "nobody_decided"
    TIE_LEFT = "tie_left"
    TOO_FEW_ELIGIBLE = "too_few_eligible"
    NOBODY_PRESIDES = "nobody_presides"


SUPPORTS: Final = frozenset({Choice.APPROVE, Choice.WITH_CONDITIONS})
VOTES: Final = SUPPORTS | {Choice.REJECT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A voting seat of the roster frozen when the item opened, with what is known of it now.

    `presides`: 1 the chair, 2 the deputy, None neither. `vacant`: nobody held it when the item opened, or whoever did has
    left it since; a seat filled later is vacant for this item. `recused`: its holder is, by the record or by declaration.
    `inactive`: its holder's account is not active any more.
    """

    seat: int
    presides: int | None = None
    may_veto: bool = False
    vacant: bool = False
    recused: bool = False
    inactive: bool = False

    @property
    def eligible(self) -> bool:
        return not (self.vacant or self.recused or self.inactive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """A ballot as cast. `barred`: who cast it, holder or delegate, may not vote on this by now: it is kept, not counted."""

    seat: int
    choice: Choice
    reason: str = ""
    by_delegate: bool = False
    barred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The arithmetic of one item, kept with it for ever. Counts of seats and ballots."""

    seats: int
    vacant: int
    inactive: int
    recused: int
    eligible: int
    needed: int
    present: int
    presider_present: bool
    quorate: bool
    approve: int
    approve_with_conditions: int
    reject: int
    abstain: int
    casting_vote: str = ""
    vetoed_by: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of an item. `presider`: the seat that presided. `counted`: the seats whose ballots counted.

    `with_conditions`: carried, and somebody asked for conditions, so whoever presides confirms them before it is decided.
    """

    result: Result
    why: Why
    numbers: Numbers
    presider: int | None = None
    with_conditions: bool = False
    counted: frozenset[int] = field(default_factory=frozenset)


def needed(eligible: int, charter: Charter = DEFAULT) -> int:
    """How many must be present: the charter's share of those eligible, rounded up, and at least its least."""
    share = -(-charter.share_numerator * eligible // charter.share_denominator)
    return max(share, charter.least_present)


def cannot_be_decided(places: Iterable[Place], charter: Charter = DEFAULT) -> Why | None:
    """Why no quorum is possible, however many come; None where one is. Asked when an item opens and when it closes."""
    able = [one for one in places if one.eligible]
    if len(able) < charter.least_present:
        return Why.TOO_FEW_ELIGIBLE
    if not any(one.presides for one in able):
        return Why.NOBODY_PRESIDES
    return None


def require_choice(choice: Choice, reason: str, outcome: Outcome, gate: str, *, veto: bool = False) -> None:
    """Refuse a choice that a motion of this outcome does not offer. `gate`: the code of the gate ahead. `veto`: meant as one.

    Raises RuleError `choice_not_offered`, or `reason_missing` for a veto or a recusal without its reason.
    """
    if choice is Choice.WITH_CONDITIONS and not offers_conditions(outcome, gate):
        raise RuleError(
            "choice_not_offered",
            "Conditions belong to a go, and never to a retirement. Approve or reject.",
            "/choice",
        )
    if choice is Choice.RECUSE and not reason.strip():
        raise RuleError("reason_missing", "Say what your interest is.", "/reason")
    if veto and not (choice is Choice.REJECT and reason.strip()):
        raise RuleError("reason_missing", "A veto is a reject with its reason.", "/reason")


def offers_conditions(outcome: Outcome, gate: str) -> bool:
    """Whether a motion can be approved with conditions: a go or a conditional go, and never at G6."""
    return outcome in APPROVALS and gate != "G6"


def turnout(ballots: Iterable[Ballot]) -> int:
    """How many have cast a ballot: all that is shown until the item closes."""
    return sum(one.choice is not Choice.RECUSE for one in ballots)


def decide(
    places: Iterable[Place], ballots: Iterable[Ballot], *, motion: Motion, charter: Charter = DEFAULT
) -> Answer:
    """The result of one item at its close.

    Escalated where no quorum is possible; not decided where there is none, where nobody voted for or against, or where
    whoever presides leaves a tie; not adopted by a majority or by a veto; else adopted. Raises RuleError `not_on_roster` or
    `two_ballots` for ballots that no roster explains.
    """
    roster = {one.seat: one for one in places}
    cast = _by_seat(ballots, roster)
    counted = {
        seat: one
        for seat, one in cast.items()
        if roster[seat].eligible and not one.barred and one.choice is not Choice.RECUSE
    }
    presider = _presider(roster, counted)
    numbers = _numbers(roster, counted, presider, charter)
    impossible = cannot_be_decided(roster.values(), charter)

    def answer(result: Result, why: Why, **more: Any) -> Answer:
        return Answer(
            result=result, why=why, presider=presider, counted=frozenset(counted),
            numbers=_with(numbers, **{key: more.pop(key) for key in ("casting_vote", "vetoed_by") if key in more}), **more,
        )  # fmt: skip

    if impossible is not None:
        return answer(Result.ESCALATED, impossible)
    if presider is None or not numbers.quorate:
        return answer(Result.NOT_DECIDED, Why.INQUORATE)
    veto = _veto(roster, counted)
    if veto is not None:
        return answer(Result.NOT_ADOPTED, Why.VETO, vetoed_by=veto)
    yes, no = numbers.approve + numbers.approve_with_conditions, numbers.reject
    conditional = numbers.approve_with_conditions > 0 and motion.outcome in APPROVALS
    if yes == no:
        return _tie(answer, yes, counted[presider].choice, conditional)
    if yes > no:
        return answer(Result.ADOPTED, Why.MAJORITY, with_conditions=conditional)
    return answer(Result.NOT_ADOPTED, Why.MAJORITY)


def _tie(answer: Any, each: int, own: Choice, conditional: bool) -> Answer:
    """The presider's own ballot decides a tie; one who abstained leaves it."""
    if each == 0:
        found: Answer = answer(Result.NOT_DECIDED, Why.NOBODY_DECIDED)
    elif own not in VOTES:
        found = answer(Result.NOT_DECIDED, Why.TIE_LEFT)
    elif own in SUPPORTS:
        found = answer(Result.ADOPTED, Why.CASTING_VOTE, casting_vote=own.value, with_conditions=conditional)
    else:
        found = answer(Result.NOT_ADOPTED, Why.CASTING_VOTE, casting_vote=own.value)
    return found


def _by_seat(ballots: Iterable[Ballot], roster: Mapping[int, Place]) -> dict[int, Ballot]:
    found: dict[int, Ballot] = {}
    for one in ballots:
        if one.seat not in roster:
            raise RuleError("not_on_roster", f"Seat {one.seat} is not on the roster of this item.")
        if one.seat in found:
            raise RuleError("two_ballots", f"Seat {one.seat} has two ballots.")
        found[one.seat] = one
    return found


def _presider(roster: Mapping[int, Place], counted: Mapping[int, Ballot]) -> int | None:
    """The chair, else the deputy, of those present in person: a delegate never presides."""
    here = [
        (place.presides, seat)
        for seat, place in roster.items()
        if place.presides and seat in counted and not counted[seat].by_delegate
    ]
    return min(here)[1] if here else None


def _veto(roster: Mapping[int, Place], counted: Mapping[int, Ballot]) -> int | None:
    """The first seat that rejects with a reason and holds a role the charter names for it."""
    vetoes = [
        seat
        for seat, one in counted.items()
        if roster[seat].may_veto and one.choice is Choice.REJECT and one.reason.strip()
    ]
    return min(vetoes, default=None)


def _numbers(
    roster: Mapping[int, Place], counted: Mapping[int, Ballot], presider: int | None, charter: Charter
) -> Numbers:
    """Each seat is taken off once: vacant first, then an account that is not active, then recused."""
    places = roster.values()
    vacant = sum(one.vacant for one in places)
    inactive = sum(one.inactive and not one.vacant for one in places)
    recused = sum(one.recused and not one.vacant and not one.inactive for one in places)
    eligible = len(roster) - vacant - inactive - recused
    present = len(counted)
    must = needed(eligible, charter)
    said = [one.choice for one in counted.values()]
    return Numbers(
        seats=len(roster), vacant=vacant, inactive=inactive, recused=recused, eligible=eligible, needed=must,
        present=present, presider_present=presider is not None, quorate=present >= must and presider is not None,
        approve=said.count(Choice.APPROVE), approve_with_conditions=said.count(Choice.WITH_CONDITIONS),
        reject=said.count(Choice.REJECT), abstain=said.count(Choice.ABSTAIN),
    )  # fmt: skip


def _with(numbers: Numbers, **more: Any) -> Numbers:
    return Numbers(**{**numbers.to_json(), **more})
