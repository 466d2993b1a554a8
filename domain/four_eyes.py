"""Nobody judges their own work: who stands too near to consent, to approve money, or to accept a value."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

CONSENT_WITHIN: Final = timedelta(days=14)
"""What nobody consented to within this time after it was proposed has lapsed."""


class Near(StrEnum):
    """Why a person's judgement would be about their own work."""

    PROPOSED = "proposed"
    RECEIVES = "receives"
    RUNS = "runs"
    RAN = "ran"
    CLAIMED = "claimed"


def too_near_to_consent(
    person: int, *, proposer: int, receiver: int, receiver_consents: bool = False
) -> Near | None:
    """Why `person` may not answer what `proposer` proposed for `receiver`; None when they may. Ids of people.

    `receiver_consents`: the matter is the receiver's own (their address), so they may answer, but never to what
    they proposed themselves.
    """
    if person == proposer:
        return Near.PROPOSED
    if person == receiver and not receiver_consents:
        return Near.RECEIVES
    return None


def lapses_at(proposed_at: datetime) -> datetime:
    """The moment from which nobody can consent any more."""
    return proposed_at + CONSENT_WITHIN


def has_lapsed(lapses: datetime, at: datetime) -> bool:
    """Whether it is too late at `at`. The moment itself is too late."""
    return at >= lapses


def too_near_to_money(
    person: int, *, runs: AbstractSet[int], ran: AbstractSet[int], claimed: AbstractSet[int] = frozenset()
) -> Near | None:
    """Why `person` may not approve or release money, or accept a value; None when they may. Ids of people.

    `runs`: lead, sponsor and members today; `ran`: those who ever were, so that handing the work over first changes
    nothing; `claimed`: who claimed value on it, where value is to be accepted.
    """
    if person in runs:
        return Near.RUNS
    if person in ran:
        return Near.RAN
    if person in claimed:
        return Near.CLAIMED
    return None
