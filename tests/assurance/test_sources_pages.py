"""Where the register hears of models by itself: offered to whom it is not refused, in the units where it is not."""

from typing import Any

import pytest
from django.urls import reverse

from core.access import Actor, require_in_unit
from core.errors import Problem
from core.models import BusinessUnit
from core.reach import units_within
from core.roles import Action
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGES = [("registry-list", "registry-create"), ("look-list", "look-create")]


def may(by: Actor, action: Action, unit: BusinessUnit) -> bool:
    """What the service would say."""
    try:
        require_in_unit(by, action, unit.path)
    except Problem:
        return False
    return True


@pytest.mark.parametrize("action", [Action.REPORT_MODEL, Action.CREATE_MODEL, Action.CREATE_INITIATIVE])
def test_the_units_offered_are_those_where_the_act_is_not_refused(action: Action, cast: Cast) -> None:
    for who in cast.people:
        by = cast.actor(who)
        offered = set(BusinessUnit.objects.filter(units_within(by, action)))
        for unit in BusinessUnit.objects.all():
            assert (unit in offered) is may(by, action, unit), (who, unit)


@pytest.mark.parametrize(("listed", "form"), PAGES)
def test_a_model_owner_is_offered_nothing_that_would_be_refused(
    listed: str, form: str, cast: Cast, signed_in: Any, frozen: Any
) -> None:
    listed, form, client = reverse(listed), reverse(form), signed_in("mona")
    assert form not in client.get(listed).content.decode()
    assert client.get(form).status_code == 403


@pytest.mark.parametrize(("listed", "form"), PAGES)
def test_a_unit_s_lead_chooses_among_its_units_alone(
    listed: str, form: str, cast: Cast, signed_in: Any, frozen: Any
) -> None:
    listed, form, client = reverse(listed), reverse(form), signed_in("ursula")
    assert form in client.get(listed).content.decode()
    text = client.get(form).content.decode()
    assert f'value="{cast.cards.pk}"' in text
    assert f'value="{cast.claims.pk}"' not in text
