"""Access said by units is access said as a filter: every record of an open unit, and of no other."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from core.access import scope, system
from core.ground import ground
from core.models import BusinessUnit, Role, RoleGrant
from core.roles import Action
from portfolio.models import Flag, Initiative
from tests.cast import AT, ROLES, Cast
from tests.core.access_table import World


@pytest.fixture
def cast(world: World) -> Iterator[Cast]:
    """The cast of the furnished world, two of them with a second role."""
    with transaction.atomic():
        RoleGrant.objects.create(user=world.cast.vera, role=Role.LEAD, unit=world.cast.retail, granted_at=AT)
        RoleGrant.objects.create(user=world.cast.dana, role=Role.CONTRIBUTOR, unit=None, granted_at=AT)
        yield world.cast
        transaction.set_rollback(True)


@pytest.mark.parametrize("action", Action)
def test_what_the_units_open_is_what_the_filter_opens(cast: Cast, action: Action) -> None:
    paths = dict(BusinessUnit.objects.values_list("pk", "path"))
    for actor in (system(), *(cast.actor(name) for name in ROLES)):
        open_to = ground(actor, action)
        whole = [pk for pk, path in paths.items() if open_to.covers(path)]
        for model in (Initiative, Flag):
            seen = set(model.objects.filter(scope(actor, action, model)))
            by_unit = set(model.objects.filter(unit__in=whole))
            assert by_unit <= seen
            if not open_to.named:
                assert by_unit == seen, (actor.label, action, model)


def test_a_token_that_does_not_cover_the_action_opens_nothing(cast: Cast) -> None:
    reads = cast.actor("max", scopes=["portfolio:read"])
    assert ground(reads, Action.VIEW).paths == ("",)
    assert ground(reads, Action.DECIDE_GATE).paths == ()
    assert not ground(reads, Action.DECIDE_GATE).named
