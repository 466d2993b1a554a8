"""Which models a model depends on: named by hand, and never in a circle."""

from collections.abc import Sequence

from core.access import Actor, allows
from core.errors import field_error
from core.roles import Action
from governance.models import AiModel


def upstream_of(row: AiModel, named: Sequence[AiModel], by: Actor) -> list[AiModel]:
    """The models to link: those linked already, and any other the actor may see that is not retired.

    Raises Problem 400 at `depends_on`, also where one of them depends on this model, however far. One statement, and one for each
    step of the way. The caller holds the lock "models".
    """
    known = set(row.depends_on.order_by().values_list("pk", flat=True))
    for one in named:
        if one.pk in known:
            continue
        if not allows(by, Action.VIEW, one):
            raise field_error(
                "depends_on", "There is no such model, or you may not see it.", code="does_not_exist"
            )
        if one.stage == AiModel.Stage.RETIRED:
            raise field_error(
                "depends_on", f"{one.ref} is retired. Choose a model that works.", code="retired"
            )
    ahead, seen = {one.pk for one in named}, set[int]()
    while ahead:
        if row.pk in ahead:
            raise field_error("depends_on", "One of them depends on this model.", code="cycle")
        seen |= ahead
        further = AiModel.objects.filter(feeds__in=ahead).order_by().values_list("pk", flat=True)
        ahead = set(further) - seen
    return list(named)
