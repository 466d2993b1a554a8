"""The direct manager of a person: on record, changed by who manages people, never the person themselves."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from core.errors import Problem
from core.models import AuditEvent, User
from core.people import edit_user
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db


def manage(cast: Cast, who: User, manager: User | None) -> User:
    who.refresh_from_db()
    return edit_user(pk=who.pk, expected_version=who.version, by=cast.actor("adam"), at=AT, manager=manager)


def test_it_is_on_record_and_in_the_log(cast: Cast) -> None:
    assert manage(cast, cast.alice, cast.edith).manager == cast.edith
    event = AuditEvent.objects.get(action="person.edited")
    assert (event.before, event.after) == ({"manager": None}, {"manager": cast.edith.pk})
    assert manage(cast, cast.alice, None).manager is None


@pytest.mark.parametrize(
    ("who", "code"), [("alice", "own_manager"), ("bob", "not_active"), ("vera", "not_active")]
)
def test_nobody_is_managed_by_themselves_by_who_left_or_by_a_machine(cast: Cast, who: str, code: str) -> None:
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    User.objects.filter(pk=cast.vera.pk).update(is_service=True)
    with pytest.raises(Problem) as refused:
        manage(cast, cast.alice, User.objects.get(pk=cast.people[who].pk))
    assert [(item.pointer, item.code) for item in refused.value.items] == [("/manager", code)]


def test_the_database_refuses_ones_own_manager_too(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.alice.pk).update(manager=cast.alice)


def test_it_is_set_on_the_page_and_by_the_api(
    cast: Cast, signed_in: Callable[[str], Client], api: Callable[[str], APIClient]
) -> None:
    page = signed_in("adam").post(
        f"/people/{cast.alice.pk}/edit/",
        {"name": "Alice", "title": "", "manager": cast.edith.pk, "version": cast.alice.version},
    )
    assert page.status_code == 302
    assert "reports to Edith" in signed_in("adam").get(f"/people/{cast.alice.pk}/").content.decode()
    client = api("adam")
    shown = client.get(f"/api/v1/users/{cast.alice.pk}/")
    assert shown.json()["manager"] == cast.edith.pk
    answer = client.patch(
        f"/api/v1/users/{cast.alice.pk}/",
        {"manager": cast.max.pk},
        format="json",
        headers={"If-Match": shown["ETag"]},
    )
    assert (answer.status_code, answer.json()["manager"]) == (200, cast.max.pk)


def test_who_does_not_manage_people_is_not_told_it(cast: Cast, api: Callable[[str], APIClient]) -> None:
    assert "manager" not in api("alice").get(f"/api/v1/users/{cast.bob.pk}/").json()
