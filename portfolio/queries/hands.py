"""Whose hands are on an initiative: who runs it, who ever did, who claimed value. None of them judges its money."""

from core.models import AuditEvent
from domain.four_eyes import Near, too_near_to_money
from portfolio.models import BenefitEntry, Initiative

# Events that name a lead, a sponsor or a member who is one no longer.
_NAMING = (
    "initiative.created", "initiative.edited", "initiative.imported", "initiative.reimported", "initiative.sponsor_left",
    "member.removed",
)  # fmt: skip
_NAMED = ("lead", "sponsor", "user")


def runs(initiative: Initiative) -> set[int]:
    """Its lead, sponsor and members today."""
    people = {
        initiative.lead_id,
        initiative.sponsor_id,
        *initiative.members.values_list("user_id", flat=True),
    }
    return {one for one in people if one is not None}


def ran(initiative: Initiative) -> set[int]:
    """Whoever the audit log names as its lead, sponsor or member before."""
    sides = AuditEvent.objects.filter(initiative_id=initiative.pk, action__in=_NAMING).values_list(
        "before", "after"
    )
    return {
        side[name] for both in sides for side in both for name in _NAMED if isinstance(side.get(name), int)
    }


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
