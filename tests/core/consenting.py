"""A second administrator, and what tests of consent ask again and again."""

from typing import Any

import pytest
from django.test import Client

from core.access import Actor, actor_for
from core.errors import Problem
from core.models import Role, RoleGrant, User
from core.roles import APPROVES
from tests.cast import AT, PASSWORD


def refused(status: int, code: str = "") -> Any:
    """A Problem of that status and code is expected."""
    return pytest.raises(Problem, check=lambda p: p.status == status and (not code or p.code == code))


def somebody(name: str, *roles: tuple[str, Any]) -> User:
    """A person who is not of the cast, with roles as if set up on the machine."""
    user = User.objects.create_user(f"{name}@calder.example", PASSWORD, name=name.capitalize(), created_at=AT)
    for role, unit in roles:
        RoleGrant.objects.create(user=user, role=role, unit=unit, granted_at=AT)
    return user


def second_administrator() -> User:
    """Beth, beside the cast's Adam."""
    return somebody("beth", (Role.ADMIN, None))


def acting(user: User, **more: Any) -> Actor:
    return actor_for(User.objects.get(pk=user.pk), **{"via": "page", **more})


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def approvers() -> set[tuple[int, str, int | None]]:
    """Who holds a role that approves, and where; somebody who left holds nothing."""
    rows = RoleGrant.objects.filter(role__in=APPROVES, user__is_active=True)
    return set(rows.values_list("user_id", "role", "unit_id"))


def administrators() -> set[tuple[int, int | None]]:
    rows = RoleGrant.objects.filter(role=Role.ADMIN, user__is_active=True)
    return set(rows.values_list("user_id", "unit_id"))
