"""Who never decides on an initiative, and why: its sponsor, lead and owners, who edited or submitted it, and who is near them.

Admin is no exception. What is computed here nobody lifts; a self-declared interest is another thing (council.md, Recusal).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Conflict(StrEnum):
    """Why a person's judgement would be about their own work. The first that fits is told."""

    SPONSOR = "sponsor"
    LEAD = "lead"
    OWNER = "owner"
    SUBMITTER = "submitter"
    EDITOR = "editor"
    FORMER = "former"
    CONDITION = "condition"
    MANAGER = "line_manager"
    DELEGATE = "delegate"


@dataclass(frozen=True, slots=True)
class Involved:
    """Who is involved in one initiative and one submission. Ids of people.

    `owners`: of its models and KPIs, and who takes the pilot over. `editors`: who wrote the submission's draft, the case it
    cites, or works on the initiative. `former`: who ever was one of these. `conditions`: owners and verifiers of the
    conditions at stake.
    """

    sponsor: int | None = None
    lead: int | None = None
    owners: frozenset[int] = frozenset()
    submitter: int | None = None
    editors: frozenset[int] = frozenset()
    former: frozenset[int] = frozenset()
    conditions: frozenset[int] = frozenset()


def named(involved: Involved) -> frozenset[int]:
    """Everybody in it, by whatever tie."""
    one = {involved.sponsor, involved.lead, involved.submitter} - {None}
    return frozenset(person for person in one if person is not None).union(
        involved.owners, involved.editors, involved.former, involved.conditions
    )


def conflicts(
    involved: Involved, *, managers: Mapping[int, int], delegates: Mapping[int, Iterable[int]]
) -> dict[int, Conflict]:
    """Person -> why they may not decide. `managers`: person -> direct manager; `delegates`: person -> who votes for them.

    Whoever is directly named is told by that; a manager or a delegate of somebody named comes after.
    """
    found: dict[int, Conflict] = {}
    for why, people in (
        (Conflict.SPONSOR, {involved.sponsor}),
        (Conflict.LEAD, {involved.lead}),
        (Conflict.OWNER, involved.owners),
        (Conflict.SUBMITTER, {involved.submitter}),
        (Conflict.EDITOR, involved.editors),
        (Conflict.FORMER, involved.former),
        (Conflict.CONDITION, involved.conditions),
    ):
        for person in people:
            if person is not None:
                found.setdefault(person, why)
    direct = sorted(found)
    for person in direct:
        if person in managers:
            found.setdefault(managers[person], Conflict.MANAGER)
    for person in direct:
        for delegate in delegates.get(person, ()):
            found.setdefault(delegate, Conflict.DELEGATE)
    return found
