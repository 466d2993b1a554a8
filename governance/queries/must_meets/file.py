"""A charter and a transition plan, answered part by part: of the pilot that is planned, or of the one that runs."""

from collections.abc import Callable, Sequence
from typing import Final

from domain.charter import CHARTER, TRANSITION
from domain.phrases import listed
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Gap, Told
from pilots.models import Pilot, PilotPlan
from pilots.queries.plan import charter_lacks, transition_lacks

Where = Callable[[str], str]
"""Field -> the address where it is filled in."""
OWNER: Final = "production_owner"
_WORDS: Final = {**CHARTER, **TRANSITION}


def charter(plan: PilotPlan | None, at: str, where: Where) -> Told:
    """The charter of the pilot ahead. Begun and not whole is no; nothing written is unknown."""
    lacks = charter_lacks(plan)
    if plan is None or len(lacks) == len(CHARTER):
        return Told(UNKNOWN, "no charter is written yet", where(next(iter(CHARTER))), _gaps(lacks, where))
    if lacks:
        return Told(
            NO, f"lacks {listed([CHARTER[one] for one in lacks])}", where(lacks[0]), _gaps(lacks, where)
        )
    days = (plan.ends_on - plan.starts_on).days if plan.ends_on and plan.starts_on else 0
    return Told(YES, f"planned in whole for {days} days, version {plan.version}", at)


def transition(row: PilotPlan | Pilot | None, at: str, where: Where) -> Told:
    """The transition plan. An owner who has left takes nothing over: that part is missing again."""
    if isinstance(row, Pilot) and row.no_transition_plan:
        return Told(NO, "there is none", where("transition_run_cost"))
    lacks = list(transition_lacks(row))
    owner = row.production_owner if row is not None else None
    if owner is not None and not owner.is_active:
        gone = Gap(OWNER, f"a production owner who is here: {owner.name} has left", where(OWNER))
        gaps = (gone, *_gaps(lacks, where))
        return Told(NO, f"{owner.name}, who was to take it over, has left", where(OWNER), gaps)
    if not lacks:
        return Told(YES, "all five parts on record", at)
    if len(lacks) == len(TRANSITION):
        return Told(UNKNOWN, "never recorded", where(OWNER), _gaps(lacks, where))
    fact = f"lacks {listed([TRANSITION[one] for one in lacks])}"
    return Told(NO, fact, where(lacks[0]), _gaps(lacks, where))


def _gaps(lacks: Sequence[str], where: Where) -> tuple[Gap, ...]:
    return tuple(Gap(one, _WORDS[one], where(one)) for one in lacks)
