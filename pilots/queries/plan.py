"""The plan of the pilot ahead, and what is still missing from its charter and its transition plan."""

from collections.abc import Mapping

from domain.charter import CHARTER, TRANSITION, lacking
from pilots.models import Pilot, PilotPlan
from portfolio.models import Initiative


def plan_ahead(initiative: Initiative) -> PilotPlan | None:
    """The plan no pilot has started from yet. One statement."""
    rows = PilotPlan.objects.filter(initiative=initiative, pilot=None)
    return rows.select_related("production_owner", "updated_by").first()


def charter_lacks(plan: PilotPlan | None) -> tuple[str, ...]:
    """The parts of the charter nobody has said, in their order; all of them without a plan."""
    return tuple(CHARTER) if plan is None else lacking(said_of(plan, CHARTER), CHARTER)


def transition_lacks(row: PilotPlan | Pilot | None) -> tuple[str, ...]:
    """The parts of the transition plan nobody has said; of a plan or of a running pilot."""
    return tuple(TRANSITION) if row is None else lacking(said_of(row, TRANSITION), TRANSITION)


def said_of(row: PilotPlan | Pilot, parts: Mapping[str, str]) -> dict[str, object]:
    """What the record says of these parts."""
    return {name: getattr(row, name) for name in parts}
