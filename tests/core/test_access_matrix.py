"""Every address by every person by every method, against the table. An address that is not in it fails."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core import roles
from core.models import Role
from core.roles import Action, Reach
from tests.cast import Cast
from tests.core.access_table import EVERYBODY, METHODS, NOWHERE, Case, Open, Row, World, table

TABLE = table()
ROWS = {name: one for name, one in TABLE.items() if isinstance(one, Row)}
# Rights that no address asks for yet. Each leaves this list with its first door.
WITHOUT_A_DOOR = {
    Action.MANAGE_POLICY, Action.EVALUATE,
}  # fmt: skip
ANYBODYS = {Action.VIEW, Action.OWN_TOKENS, Action.MEET_CONDITION, Action.ANSWER}
# Rights asked for behind the door of another right, and the address where that shows.
BEHIND = {Action.DECLARE_BETTER: (Action.DECLARE_WORSE, "api:kpi-overrides-list")}


def routes(resolver: Any = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named address of the project, with its namespace."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from routes(one, inner)
        else:
            yield f"{space}{one.name}", one


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals are the point here; each would be a line of the log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_address_stands_in_the_table_and_every_row_has_an_address() -> None:
    known = {name if not name.startswith("admin:") else "admin:*" for name, _ in routes()}
    assert known - set(TABLE) == set(), "add them to tests/<room>/access.py"
    assert set(TABLE) - known == set(), "these rows lead nowhere"


def test_an_address_nobody_wrote_down_is_seen() -> None:
    assert "surprise" not in TABLE
    assert "initiative-list" in {name for name, _ in routes()}


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ROWS))
def test_everybody_gets_the_answer_the_table_says(name: str, world: World) -> None:
    wrong = [
        f"{person} {method} {name} at {at or 'no target'}: {got} instead of {wanted}"
        for _, at, person, method, wanted, got in wrong_cells(name, ROWS[name], world, EVERYBODY, METHODS)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "name", sorted(n for n, one in TABLE.items() if isinstance(one, Open) and "*" not in n)
)
def test_an_open_address_tells_a_stranger_no_more_than_it_should(name: str, world: World) -> None:
    one = TABLE[name]
    assert isinstance(one, Open)
    assert one.why
    pattern = dict(routes())[name]
    kwargs = dict.fromkeys(pattern.pattern.regex.groupindex, "x-y")
    response = Client().get(reverse(name, kwargs=kwargs) if kwargs else reverse(name))
    assert response.status_code in one.statuses


def test_the_admin_site_is_closed_to_all_of_the_cast(world: World) -> None:
    for name in EVERYBODY:
        client = signed_in(world.cast, name)
        for route, pattern in routes():
            if route.startswith("admin:") and not pattern.pattern.regex.groupindex and pattern.name:
                response = client.get(reverse(route))
                assert response.status_code in {302, 404} or route == "admin:login", (name, route)


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("action", sorted(set(Action) - WITHOUT_A_DOOR - ANYBODYS - set(BEHIND)))
def test_giving_a_viewer_one_right_more_turns_a_cell_red(
    action: Action, world: World, monkeypatch: Any
) -> None:
    actions, reach = roles.TABLE[Role.VIEWER]
    monkeypatch.setitem(roles.TABLE, Role.VIEWER, (actions | {action}, reach))
    asked = (
        cell
        for name, one in ROWS.items()
        for cell in wrong_cells(name, one, world, ("vera",), ("GET", "POST", "PATCH"))
    )
    assert next(asked, None) is not None


@pytest.mark.parametrize("action", sorted(BEHIND))
def test_a_right_behind_a_door_turns_a_cell_that_the_door_alone_does_not(
    action: Action, world: World, monkeypatch: Any
) -> None:
    door, name = BEHIND[action]
    actions, reach = roles.TABLE[Role.VIEWER]
    monkeypatch.setitem(roles.TABLE, Role.VIEWER, (actions | {door}, reach))
    alone = set(wrong_cells(name, ROWS[name], world, ("vera",), ("POST",)))
    monkeypatch.setitem(roles.TABLE, Role.VIEWER, (actions | {door, action}, reach))
    assert set(wrong_cells(name, ROWS[name], world, ("vera",), ("POST",))) - alone


def test_a_lead_who_reached_the_whole_unit_would_turn_cells_red(world: World, monkeypatch: Any) -> None:
    actions, _ = roles.TABLE[Role.CONTRIBUTOR]
    monkeypatch.setitem(roles.TABLE, Role.CONTRIBUTOR, (actions | {Action.EDIT_INITIATIVE}, Reach.UNIT))
    assert list(wrong_cells("initiative-edit", ROWS["initiative-edit"], world, ("bob",), ("GET",)))


def wrong_cells(
    name: str, one: Row, world: World, people: tuple[str, ...], methods: tuple[str, ...]
) -> Iterator[tuple[str, str, str, str, int, int]]:
    """Cells whose answer is not the table's: (route, target, person, method, expected, got)."""
    api = name.startswith(("api:", "api-"))
    clients = {person: signed_in(world.cast, person) for person in people}
    for case in one.cases:
        url = address(name, one, case, world)
        for method in methods:
            expected = case.expected(method)
            for person, client in clients.items():
                wanted = 405 if expected is None else expected[person]
                got = ask(client, method, url, case, world, api)
                if got != wanted:
                    yield name, case.at, person, method, wanted, got
            if len(people) > 1:
                got = ask(Client(), method, url, case, world, api)
                if got != (401 if api else 302):
                    yield name, case.at, "anonymous", method, 401 if api else 302, got


def signed_in(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.people[name])
    return client


def address(name: str, one: Row, case: Case, world: World) -> str:
    kwargs: dict[str, Any] = {}
    for arg, kind in one.args.items():
        kwargs[arg] = kind[1:] if kind.startswith("=") else world.id(kind, case.at)
    return reverse(name, kwargs=kwargs) + one.query


def ask(client: Client, method: str, url: str, case: Case, world: World, api: bool) -> int:
    """One request, its effect taken back."""
    data = filled(case.data, case.at, world)
    more: dict[str, Any] = {}
    if method in {"POST", "PATCH", "PUT"}:
        sends = method != "POST" or data
        if api:
            more = {"data": json.dumps(data) if sends else "", "content_type": "application/json"}
        elif method == "POST":
            more = {"data": {key: "" if value is None else value for key, value in data.items()}}
    if api and method in {"PATCH", "PUT", "DELETE"}:
        more["headers"] = {"If-Match": '"v1"'}
    with transaction.atomic():
        status = int(getattr(client, method.lower())(url, **more).status_code)
        transaction.set_rollback(True)
    return status


def filled(data: Any, at: str, world: World) -> dict[str, Any]:
    out = {}
    for key, value in data.items():
        if isinstance(value, str) and value.startswith("$"):
            kind, _, where = value[1:].partition(".")
            value = world.ids.get(f"{kind}.{where or at}", NOWHERE)
        out[key] = value
    return out
