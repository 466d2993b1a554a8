"""How often somebody may ask, and in which words they may ask for JSON."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.settings import api_settings

from core.access import actor_for
from core.cache import count
from core.tokens import create_token
from tests.cast import AT, Cast

LIST = "/api/v1/initiatives/"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


def bearer(cast: Cast, name: str) -> dict[str, str]:
    user = cast.people[name]
    _, secret = create_token(
        user=user, name="feed", scopes=["portfolio:read"], by=actor_for(user, via="page"), at=AT
    )
    return {"Authorization": f"Bearer {secret}"}


def test_each_call_counts_once_and_each_key_for_itself() -> None:
    assert [count("a", seconds=90) for _ in range(3)] == [1, 2, 3]
    assert count("b", seconds=90) == 1


def test_a_count_is_forgotten_after_its_time() -> None:
    assert count("a", seconds=90) == 1
    cache.touch("a", 0)
    assert count("a", seconds=90) == 1


def test_who_asks_too_often_is_told_when_to_ask_again_and_nobody_else_is(
    cast: Cast, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", {"user": "3/min", "anon": "2/min"})
    max_, vera = bearer(cast, "max"), bearer(cast, "vera")
    statuses = [Client().get(LIST, headers=max_).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = Client().get(LIST, headers=max_)
    assert int(refused["Retry-After"]) >= 1
    assert refused["Content-Type"] == "application/problem+json"
    assert Client().get(LIST, headers=vera).status_code == 200
    frozen(AT.replace(minute=AT.minute + 1))
    assert Client().get(LIST, headers=max_).status_code == 200


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200), ("*/*", 200), ("application/json", 200), ("application/*", 200), ("text/html,*/*;q=0.8", 200),
        ("application/json;q=0.9", 200), ("text/html", 406), ("text/csv", 406), ("application/xml", 406),
    ],
)  # fmt: skip
def test_who_takes_json_gets_it_and_who_does_not_is_told(cast: Cast, accept: str | None, status: int) -> None:
    headers = bearer(cast, "max") | ({"Accept": accept} if accept else {})
    answer = Client().get(LIST, headers=headers)
    assert answer.status_code == status
    assert answer["Content-Type"] == ("application/json" if status == 200 else "application/problem+json")


def test_who_asks_for_indented_json_gets_it(cast: Cast) -> None:
    headers = bearer(cast, "max") | {"Accept": "application/json; indent=2"}
    answer = Client().get(LIST, headers=headers)
    assert b'\n  "results"' in answer.content
