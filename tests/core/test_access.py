"""The one rule: as a filter, about one row, and against a plain reading of the table."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.access import Actor, Grant, actor_for, allows, may, require, require_in_unit, scope, system
from core.errors import Problem
from core.models import BusinessUnit, Role, RoleGrant, User
from core.roles import TABLE, Action, Reach
from portfolio.models import Flag, Initiative, InitiativeMember, StageSpell
from tests.cast import AT, Cast, unit
from tests.core.access_table import furnished


def plainly(actor: Actor, action: Action, row: Initiative) -> bool:
    """The table read aloud: a grant with the action reaches the row by its unit, or by the person on it.

    Whoever is named on it looks and measures; only its lead and sponsor change it, and only in the grant's unit.
    """
    runs = {row.lead_id, row.sponsor_id}
    named = {*runs, *row.members.values_list("user", flat=True)}
    for grant in actor.grants:
        actions, reach = TABLE[grant.role]
        if action not in actions:
            continue
        here = row.unit.path.startswith(grant.path)
        if reach is Reach.UNIT and here:
            return True
        if reach is Reach.ASSIGNED and actor.user is not None:
            looks = action in {Action.VIEW, Action.MEASURE}
            if actor.user.pk in named if looks else actor.user.pk in runs and here:
                return True
    return False


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_tree_any_grants_any_people_read_as_the_table_says(data: st.DataObject, db: Any) -> None:
    with transaction.atomic():
        units = [unit("top")]
        for number in range(data.draw(st.integers(0, 5))):
            units.append(unit(f"u{number}", data.draw(st.sampled_from([None, *units]))))
        people = [User.objects.create_user(f"p{i}@x.example", name=f"P{i}", created_at=AT) for i in range(3)]
        reader = people[0]
        places = st.sampled_from([None, *units])
        for role, place in data.draw(
            st.lists(st.tuples(st.sampled_from(Role.values), places), max_size=4, unique=True)
        ):
            RoleGrant.objects.create(user=reader, role=role, unit=place, granted_at=AT)
        someone = st.sampled_from([None, *people])
        for number in range(data.draw(st.integers(1, 5))):
            row = Initiative.objects.create(
                name=f"I{number}", unit=data.draw(st.sampled_from(units)), lead=data.draw(someone),
                sponsor=data.draw(someone), created_at=AT, updated_at=AT,
            )  # fmt: skip
            for member in data.draw(st.lists(st.sampled_from(people), unique=True, max_size=2)):
                InitiativeMember.objects.create(initiative=row, user=member, added_at=AT)
        actor = actor_for(reader, via="page")
        for action in (Action.VIEW, Action.EDIT_INITIATIVE, Action.MEASURE, Action.IMPORT):
            expected = {row.pk for row in Initiative.objects.all() if plainly(actor, action, row)}
            assert (
                set(Initiative.objects.filter(scope(actor, action, Initiative)).values_list("pk", flat=True))
                == expected
            )
            through = StageSpell.objects.filter(scope(actor, action, Initiative, "initiative__"))
            assert {s.initiative_id for s in through} <= expected
            assert {row.pk for row in Initiative.objects.all() if allows(actor, action, row)} == expected
        transaction.set_rollback(True)


def test_a_member_looks_and_measures_but_changes_nothing(cast: Cast) -> None:
    row = Initiative.objects.create(name="x", unit=cast.claims, created_at=AT, updated_at=AT)
    InitiativeMember.objects.create(initiative=row, user=cast.alice, added_at=AT)
    alice = cast.actor("alice")  # leads others in this very unit
    assert allows(alice, Action.VIEW, row)
    assert allows(alice, Action.MEASURE, row)
    assert not allows(alice, Action.EDIT_INITIATIVE, row)
    assert not allows(alice, Action.RECORD_MONEY, row)


def test_a_lead_named_on_a_record_of_another_unit_does_not_change_it(cast: Cast) -> None:
    row = Initiative.objects.create(name="x", unit=cast.retail, lead=cast.alice, created_at=AT, updated_at=AT)
    assert allows(cast.actor("alice"), Action.VIEW, row)
    assert not allows(cast.actor("alice"), Action.EDIT_INITIATIVE, row)


def test_a_member_on_several_roles_of_one_initiative_sees_it_once(cast: Cast) -> None:
    row = Initiative.objects.create(
        name="x", unit=cast.claims, lead=cast.bob, sponsor=cast.bob, created_at=AT, updated_at=AT
    )
    InitiativeMember.objects.create(initiative=row, user=cast.bob, added_at=AT)
    assert Initiative.objects.visible_to(cast.actor("bob")).count() == 1


def test_somebody_who_left_may_do_nothing_at_their_next_request(cast: Cast) -> None:
    User.objects.filter(pk=cast.max.pk).update(is_active=False)
    cast.max.refresh_from_db()
    assert not any(may(cast.actor("max"), action) for action in Action)


def test_what_one_may_not_know_is_404_and_what_one_may_not_do_is_403(cast: Cast) -> None:
    row = Initiative.objects.create(name="x", unit=cast.claims, created_at=AT, updated_at=AT)
    with pytest.raises(Problem) as unknown:
        require(cast.actor("charlie"), Action.EDIT_INITIATIVE, row)
    with pytest.raises(Problem) as refused:
        require(cast.actor("edith"), Action.EDIT_INITIATIVE, row)
    assert (unknown.value.status, refused.value.status) == (404, 403)


def test_a_unit_whose_path_only_begins_alike_is_not_below(cast: Cast) -> None:
    near = unit("Near")
    BusinessUnit.objects.filter(pk=near.pk).update(path=cast.claims.path.rstrip("/") + "9/")
    row = Initiative.objects.create(name="x", unit=near, created_at=AT, updated_at=AT)
    assert not allows(cast.actor("vera"), Action.VIEW, row)


def test_a_lead_may_create_in_their_unit_and_not_beside_it(cast: Cast) -> None:
    require_in_unit(cast.actor("alice"), Action.CREATE_INITIATIVE, cast.claims.path)
    with pytest.raises(Problem):
        require_in_unit(cast.actor("alice"), Action.CREATE_INITIATIVE, cast.retail.path)
    with pytest.raises(Problem):
        require_in_unit(cast.actor("alice"), Action.EDIT_INITIATIVE, cast.claims.path)


def test_a_token_takes_away_and_never_adds(cast: Cast) -> None:
    narrow = replace(cast.actor("max"), scopes=frozenset({"kpis:write"}))
    assert may(narrow, Action.MEASURE)
    assert not may(narrow, Action.EDIT_INITIATIVE)
    wide = replace(cast.actor("vera"), scopes=frozenset({"portfolio:admin", "users:admin"}))
    assert not may(wide, Action.EDIT_INITIATIVE)
    assert not may(wide, Action.MANAGE_USERS)


def test_the_system_acts_only_through_a_task_or_a_command(cast: Cast) -> None:
    assert may(system("task"), Action.EVALUATE)
    assert not may(Actor(user=None, grants=(Grant(Role.VIEWER, ""),), via="api"), Action.EVALUATE)


def test_every_role_stands_in_the_table() -> None:
    assert set(TABLE) == set(Role.values)


def test_flags_follow_their_initiative_into_another_unit(cast: Cast) -> None:
    from_claims = furnished(cast).ids["initiative.claims"]
    row = Initiative.objects.get(pk=from_claims)
    assert Flag.objects.visible_to(cast.actor("vera")).filter(initiative=row).exists()
