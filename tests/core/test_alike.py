"""A record reads alike in a list, alone, and as its fields say one by one; and a list takes few statements, always as many."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access import actor_for
from core.api.views import Endpoint
from core.tokens import AREAS, create_token
from tests.cast import AT
from tests.core.access_table import World, table
from tests.core.test_access_matrix import address, signed_in
from tests.core.test_hostile import ENDPOINTS, FILTERED

READERS = ("adam", "max", "audrey")
MOST_STATEMENTS = 6


def listed(world: World, name: str) -> str:
    """The address of a list, with the ids it needs."""
    row: Any = table()[name]
    return address(name, row, row.cases[0], world)


def rows_of(world: World, name: str) -> tuple[Client, list[dict[str, Any]]]:
    """The rows of a list, for the first of the readers who sees any."""
    for who in READERS:
        client = signed_in(world.cast, who)
        answer = client.get(listed(world, name), {"page_size": 200})
        if answer.status_code == 200 and answer.json()["results"]:
            return client, answer.json()["results"]
    pytest.skip("nothing of it stands in the furnished world")


@pytest.mark.parametrize("name", FILTERED)
def test_a_record_is_the_same_in_a_list_and_alone(world: World, name: str) -> None:
    client, rows = rows_of(world, name)
    if not hasattr(ENDPOINTS[name], "retrieve"):
        pytest.skip("it is not read alone")
    for row in rows[:20]:
        key = row.get("id", row.get("number"))
        alone = client.get(f"{listed(world, name)}{key}/").json()
        if ENDPOINTS[name].lists_less:
            assert alone.keys() > row.keys()
            alone = {field: alone[field] for field in row}
        assert alone == row


@pytest.mark.parametrize("name", FILTERED)
def test_a_record_is_written_as_its_fields_would_write_it_one_by_one(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, dict[str, Any], Any]] = []
    present = Endpoint.present

    def spied(self: Endpoint, row: Any, *, many: bool = False) -> Any:
        written = present(self, row, many=many)
        context = {"request": self.request, "view": self, "actor": self.actor}
        seen.extend((self.shown_as(), one, context) for one in (row if many else [row]))
        return written

    monkeypatch.setattr(Endpoint, "present", spied)
    _, rows = rows_of(world, name)
    assert len(seen) == len(rows)
    for (shape, record, context), row in zip(seen, rows, strict=True):
        for field_name, field in shape(context=context).fields.items():
            value = field.get_attribute(record)
            assert row[field_name] == (None if value is None else field.to_representation(value)), field_name


@pytest.mark.parametrize("name", FILTERED)
def test_a_list_by_token_takes_as_many_statements_for_one_row_as_for_fifty(world: World, name: str) -> None:
    _, rows = rows_of(world, name)
    with transaction.atomic():
        counts = []
        for who in READERS:
            user = world.cast.people[who]
            levels = ("read", "write", "admin")
            # A token makes and ends no token.
            scopes = [f"{area}:{level}" for area in AREAS for level in levels if area != "tokens"]
            _, secret = create_token(
                user=user, name="x", scopes=scopes, by=actor_for(user, via="page"), at=AT
            )
            bearer = {"Authorization": f"Bearer {secret}"}
            for size in (1, 1, 50):
                with CaptureQueriesContext(connection) as caught:
                    answer = Client().get(listed(world, name), {"page_size": size}, headers=bearer)
                counts.append(len(caught))
            if answer.status_code == 200 and answer.json()["results"]:
                break
            counts.clear()
        transaction.set_rollback(True)
    if not counts:
        pytest.skip("no token reads it")
    _, one, fifty = counts[-3:]
    assert one == fifty <= MOST_STATEMENTS
