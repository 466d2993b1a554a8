"""Whose hands are on an initiative: who runs it, who ever did, who claimed value. None of them judges its money."""

from collections.abc import Collection

from core.models import AuditEvent
from domain.four_eyes import Near, too_near_to_money
from portfolio.models import BenefitEntry, Initiative, InitiativeMember

# Events that name a lead, a sponsor or a member who is one no longer.
_NAMING = (
    "initiative.created", "initiative.edited", "initiative.imported", "initiative.reimported", "initiative.sponsor_left",
    "member.removed",
)  # fmt: skip
_NAMED = ("lead", "sponsor", "user")


def runs(initiative: Initiative) -> set[int]:
    """Its lead, sponsor and members today. One query."""
    return runs_each([initiative])[initiative.pk]


def runs_each(initiatives: Collection[Initiative]) -> dict[int, set[int]]:
    """Initiative -> the same. One query, however many."""
    found = {
        one.pk: {person for person in (one.lead_id, one.sponsor_id) if person is not None}
        for one in initiatives
    }
    rows = InitiativeMember.objects.filter(initiative__in=found).order_by()
    for initiative, person in rows.values_list("initiative_id", "user_id"):
        found[initiative].add(person)
    return found


def ran(initiative: Initiative) -> set[int]:
    """Whoever the audit log names as its lead, sponsor or member before. One query."""
    return ran_each([initiative])[initiative.pk]


def ran_each(initiatives: Collection[Initiative]) -> dict[int, set[int]]:
    """Initiative -> the same. One query, however many."""
    found: dict[int, set[int]] = {one.pk: set() for one in initiatives}
    rows = AuditEvent.objects.filter(initiative_id__in=list(found), action__in=_NAMING).order_by()
    for initiative, *both in rows.values_list("initiative_id", "before", "after"):
        if initiative is not None:
            found[initiative] |= {
                side[name] for side in both for name in _NAMED if isinstance(side.get(name), int)
            }
    return found


def claimed(initiative: Initiative) -> set[int]:
    """Whoever recorded value claimed on it."""
    rows = BenefitEntry.objects.filter(
        initiative=initiative, kind=BenefitEntry.Kind.CLAIMED, recorded_by__isnull=False
    )
    return set(rows.order_by().values_list("recorded_by_id", flat=True))


def too_near(initiative: Initiative, person: int | None, *, to_value: bool = False) -> Near | None:
    """Why a person may not approve or release its money (`to_value`: or validate its value). Three queries at most.

    None when they may, and for the system itself, which is nobody's judge.
    """
    if person is None:
        return None
    return too_near_to_money(
        person, runs=runs(initiative), ran=ran(initiative), claimed=claimed(initiative) if to_value else frozenset()
    )  # fmt: skip
