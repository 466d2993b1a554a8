"""Whether somebody may vote in another's place: one hop, dated, told in time, and never two votes for one person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.council_charter import DEFAULT, Charter
from domain.errors import RuleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A seat's vote lent out. Moments are aware. `until` is the first moment at which it has ended."""

    holder: int
    delegate: int
    begins: datetime
    until: datetime
    notified: datetime
    revoked: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether the holder cannot vote for themselves at this moment."""
        return self.begins <= at < self.until and (self.revoked is None or at < self.revoked)

    def covers(self, at: datetime, *, opened: datetime, charter: Charter = DEFAULT) -> bool:
        """Whether the delegate may cast a ballot at `at` on an item opened at `opened`: in force, and told in time.

        The notice lies before the window or the opening of the item, whichever is later.
        """
        notice = timedelta(minutes=charter.notice_minutes)
        return self.in_force(at) and self.notified + notice <= max(self.begins, opened)


def require_delegate(
    *, holder: int, delegate: int, members: frozenset[int], delegating: frozenset[int], lent_to: frozenset[int],
    conflicted: frozenset[int] = frozenset(),
) -> None:  # fmt: skip
    """Refuse a delegation that is no single hop between two people free to judge. Ids of people.

    `members`: who holds a vote of their own; `delegating`: who lends theirs in that time; `lent_to`: who has been lent one; `conflicted`: who is in conflict on
    an item the delegation would serve. Raises RuleError `delegates_to_self`, `two_votes`, `delegation_chain` or `delegation_conflict`.
    """
    if delegate == holder:
        raise RuleError("delegates_to_self", "Name somebody else.", "/delegate")
    if delegate in delegating or holder in lent_to:
        raise RuleError(
            "delegation_chain",
            "A vote is lent once: a delegate does not lend it on. Name somebody else.",
            "/delegate",
        )
    if delegate in members or delegate in lent_to:
        raise RuleError("two_votes", "They hold a vote already. Nobody holds two.", "/delegate")
    if delegate in conflicted or holder in conflicted:
        raise RuleError(
            "delegation_conflict",
            "A vote is not lent from or to somebody who is in conflict on what is decided.",
            "/delegate",
        )
