"""The one rule of access says the same as a filter and about one row, of every record there is."""

import pytest
from django.apps import apps
from django.db import models
from django.db.models import Q

from core.access import Paths, allows, scope
from core.roles import Action
from tests.cast import ROLES
from tests.core.access_table import World

SCOPED = [model for model in apps.get_models() if isinstance(getattr(model, "ACCESS", None), Paths)]


@pytest.mark.slow
@pytest.mark.parametrize("model", SCOPED, ids=lambda m: m.__name__)
def test_the_filter_and_the_question_about_one_row_agree_for_every_role(
    model: type[models.Model], world: World
) -> None:
    rows = list(model._default_manager.all())
    asked: list[tuple[Q, set[int]]] = []  # the same filter opens the same rows, whichever right it is for
    for name in ROLES:
        actor = world.cast.actor(name)
        for action in Action:
            rule = scope(actor, action, model)
            found = next((seen for known, seen in asked if known == rule), None)
            if found is None:
                found = set(model._default_manager.filter(rule).values_list("pk", flat=True))
                asked.append((rule, found))
            assert found == {row.pk for row in rows if allows(actor, action, row)}, (name, action)


def test_no_grant_no_row(world: World) -> None:
    for model in SCOPED:
        opened = scope(world.cast.actor("nobody"), Action.VIEW, model)
        assert not model._default_manager.filter(opened).exists()
