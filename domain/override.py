"""Declaring a KPI's status by hand: worse at any time by its owner, better only by others, for a while, with a reason.

The computed status never goes away: it always stands beside the declared one. A declaration for the better stands on
the reading it was made about and on nothing else: another reading, its last day, or a status that no longer rests on a
reading ends it, because what is missing is never green.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.errors import RuleError
from domain.kpi_answer import Answer
from domain.kpi_codes import BEST_FIRST, Reason, Status
from domain.kpi_words import day
from domain.rollup import BLIND

MOST_DAYS: Final = 30


class Authority(StrEnum):
    """In which capacity somebody declares."""

    OWNER = "owner"
    PORTFOLIO_MANAGER = "portfolio_manager"
    COUNCIL = "council"


class Kind(StrEnum):
    WORSE = "worse"
    BETTER = "better"


MAY_BETTER: Final = frozenset({Authority.PORTFOLIO_MANAGER, Authority.COUNCIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A declaration as it was accepted. declared_at is a moment (aware, UTC), declared_on the organisation's day of it.

    over: the computed status at the time. expires_on: its last day; None = until it is withdrawn (worse only).
    """

    declared: Status
    over: Status
    kind: Kind
    authority: Authority
    person: str
    because: str
    declared_at: datetime
    declared_on: date
    expires_on: date | None = None
    withdrawn_on: date | None = None


class Ended(StrEnum):
    """Why a declaration no longer counts."""

    NOT_YET = "not_yet"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NEW_READING = "new_reading"
    NOT_STANDING = "not_standing"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Effective:
    """The status that counts, and both it was made from. declared: None without a declaration in force.

    since: the day the declaration began, None without one. ended: why an earlier one does not count.
    valid_until: until that day the same facts say the same; None = for ever.
    """

    status: Status
    computed: Status
    declared: Status | None
    overridden: bool
    ended: Ended | None
    sentence: str
    clears_when: str
    since: date | None
    valid_until: date | None


def declare(
    answer: Answer,
    declared: Status,
    *,
    authority: Authority,
    person: str,
    because: str,
    declared_at: datetime,
    declared_on: date,
    expires_on: date | None = None,
) -> Override:
    """A declaration against the computed `answer`, or the reason why it is refused.

    Worse may be declared by anybody named in `Authority`, with a note; better by a portfolio manager or the council,
    with a reason and a last day at most 30 days ahead. From a status nobody can see, only off track counts as worse;
    better would make missing green and is refused, as it is for a frozen outcome (whose only worse one is missed).

    RuleError: `note_missing`, `not_judged`, `cannot_be_declared`, `same_status`, `nothing_to_stand_on`,
    `outcome_frozen`, `not_yours_to_declare`, `expiry_missing`, `expiry_in_the_past`, `expiry_too_far`, `naive_moment`.
    """
    if declared_at.utcoffset() is None:
        raise RuleError("naive_moment", "Give the moment with its zone.", "/declared_at")
    if not because.strip():
        raise RuleError("note_missing", "Say why the status is declared.", "/because")
    kind = _kind(answer, declared)
    if kind is Kind.BETTER:
        _refuse_better(answer, authority, declared_on, expires_on)
    elif expires_on is not None and expires_on < declared_on:
        raise _past(declared_on)
    return Override(
        declared=declared,
        over=answer.status,
        kind=kind,
        authority=authority,
        person=person,
        because=because.strip(),
        declared_at=declared_at,
        declared_on=declared_on,
        expires_on=expires_on,
    )


def effective(
    answer: Answer, override: Override | None, *, as_of: date, last_recorded_at: datetime | None
) -> Effective:
    """The status that counts on `as_of`, from the computed answer of that day and the last declaration.

    last_recorded_at: the moment the newest reading was recorded, whatever day it is true of; None = there is none.
    """
    if override is None:
        return _computed(answer, None, "Nothing is declared.", None)
    ended = _ended(answer, override, as_of, last_recorded_at)
    if ended is not None:
        return _computed(answer, ended, _ENDS[ended], _until(override, ended))
    who = f"{override.person} ({override.authority.replace('_', ' ')})"
    last = f", until {day(override.expires_on)}" if override.expires_on is not None else ""
    return Effective(
        status=override.declared,
        computed=answer.status,
        declared=override.declared,
        overridden=True,
        ended=None,
        sentence=f"Declared {_said(override.declared)} by {who} on {day(override.declared_on)}{last}: "
        f"{override.because} Computed: {_said(answer.status)}.",
        clears_when=_CLEARS[override.kind],
        since=override.declared_on,
        valid_until=_earlier(answer.valid_until, _until(override, None)),
    )


def _until(override: Override, ended: Ended | None) -> date | None:
    """The last day of saying so about the declaration; what ended it for good is said for ever."""
    if ended is Ended.NOT_YET:
        return override.declared_on - timedelta(days=1)
    for_good = {Ended.NEW_READING, Ended.EXPIRED, Ended.WITHDRAWN}
    return None if ended in for_good else _last_day(override)


def _kind(answer: Answer, declared: Status) -> Kind:
    computed = answer.status
    if computed in {Status.PAUSED, Status.RETIRED}:
        raise RuleError(
            "not_judged", f"The KPI is {_said(computed)}: there is no status to declare.", "/declared"
        )
    allowed = {Status.MISSED} if _frozen(answer) else set(BEST_FIRST)
    if computed is declared:
        raise RuleError("same_status", f"It is computed as {_said(computed)} already.", "/declared")
    if _frozen(answer) and declared in BEST_FIRST:
        raise RuleError(
            "outcome_frozen",
            "The outcome is frozen. Record a reading true of a day in the window, late, as a correction.",
            "/declared",
        )
    if declared not in allowed:
        words = ", ".join(status.value for status in BEST_FIRST if status in allowed) or Status.MISSED.value
        raise RuleError("cannot_be_declared", f"Declare one of: {words}.", "/declared")
    return Kind.WORSE if _rank(declared) > _rank(computed) else Kind.BETTER


def _refuse_better(answer: Answer, authority: Authority, declared_on: date, expires_on: date | None) -> None:
    if answer.status not in BEST_FIRST:
        raise RuleError(
            "nothing_to_stand_on",
            f"It is {_said(answer.status)}: nobody knows that it stands better. Record a reading instead.",
            "/declared",
        )
    if authority not in MAY_BETTER:
        raise RuleError(
            "not_yours_to_declare",
            "An owner may declare worse. For better ask a portfolio manager or the council.",
            "/authority",
        )
    if expires_on is None:
        raise RuleError("expiry_missing", f"Give a last day at most {MOST_DAYS} days ahead.", "/expires_on")
    if expires_on < declared_on:
        raise _past(declared_on)
    latest = declared_on + timedelta(days=MOST_DAYS)
    if expires_on > latest:
        raise RuleError(
            "expiry_too_far", f"It may stand until {day(latest)} at most, {MOST_DAYS} days.", "/expires_on"
        )


def _past(declared_on: date) -> RuleError:
    return RuleError("expiry_in_the_past", f"Give a last day from {day(declared_on)} on.", "/expires_on")


def _ended(
    answer: Answer, override: Override, as_of: date, last_recorded_at: datetime | None
) -> Ended | None:
    """Why the declaration does not count. What ends it for good is asked before what only stands in its way today."""
    better = override.kind is Kind.BETTER
    if as_of < override.declared_on:
        return Ended.NOT_YET
    if better and last_recorded_at is not None and last_recorded_at > override.declared_at:
        return Ended.NEW_READING
    last = _last_day(override)
    if last is not None and as_of > last:
        return Ended.EXPIRED if last == override.expires_on else Ended.WITHDRAWN
    if answer.status in {Status.PAUSED, Status.RETIRED}:
        return Ended.NOT_STANDING
    if better and (answer.status not in BEST_FIRST or _frozen(answer)):
        return Ended.NOT_STANDING
    computed, declared = _rank(answer.status), _rank(override.declared)
    overtaken = computed <= declared if better else computed >= declared
    return Ended.OVERTAKEN if overtaken else None


def _last_day(override: Override) -> date | None:
    """The last day it may count, by its own terms or by its withdrawal."""
    gone = override.withdrawn_on
    return _earlier(override.expires_on, None if gone is None else gone - timedelta(days=1))


def _computed(answer: Answer, ended: Ended | None, why: str, until: date | None) -> Effective:
    return Effective(
        status=answer.status,
        computed=answer.status,
        declared=None,
        overridden=False,
        ended=ended,
        sentence=f"{why} Computed: {_said(answer.status)}.",
        clears_when="Nothing to clear.",
        since=None,
        valid_until=_earlier(answer.valid_until, until),
    )


def _frozen(answer: Answer) -> bool:
    return answer.status is Status.MISSED or answer.reason in {
        Reason.CLOSED,
        Reason.NO_EVIDENCE,
        Reason.NO_MEASUREMENT_NEAR_TARGET_DATE,
    }


def _rank(status: Status) -> int:
    """Higher is worse. What cannot be seen lies above at risk: to call it that would hide that nobody looked."""
    if status in BLIND or status is Status.NOT_STARTED:
        return 3
    return {Status.ACHIEVED: 0, Status.ON_TRACK: 1, Status.AT_RISK: 2}.get(status, 4)


def _earlier(one: date | None, other: date | None) -> date | None:
    days = [day for day in (one, other) if day is not None]
    return min(days) if days else None


def _said(status: Status) -> str:
    return status.value.replace("_", " ")


_CLEARS: Final = {
    Kind.WORSE: "Whoever declared it withdraws it, or its last day passes.",
    Kind.BETTER: "A new reading, its last day, or its withdrawal.",
}
_ENDS: Final = {
    Ended.NOT_YET: "The declaration had not been made yet.",
    Ended.WITHDRAWN: "The declaration was withdrawn.",
    Ended.EXPIRED: "The declaration has expired.",
    Ended.NEW_READING: "A new reading ended the declaration.",
    Ended.NOT_STANDING: "The declaration does not count: the status no longer rests on a current reading.",
    Ended.OVERTAKEN: "The declaration does not count: the computed status has caught up with it.",
}
