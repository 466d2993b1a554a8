"""What a body may say, exactly; and what a token sees through an expansion."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.tokens import create_token
from kpis.models import Kpi
from portfolio.models import Initiative
from tests.cast import AT, Cast


@pytest.mark.parametrize("word", ["yes", "true", 1, "on", "t"])
def test_true_is_true_and_no_word_for_it(api: Callable[[str], APIClient], cast: Cast, word: Any) -> None:
    body = {"name": "x", "unit": cast.claims.pk, "no_sponsor": word}
    answer = api("max").post("/api/v1/initiatives/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/no_sponsor"


@pytest.mark.parametrize("name", ["ctl\x07", "\x1b[31m", "\u200b", "\u202e\u200d"])
def test_text_that_cannot_be_seen_or_should_not_be_is_refused(
    api: Callable[[str], APIClient], cast: Cast, name: str
) -> None:
    answer = api("max").post("/api/v1/initiatives/", {"name": name, "unit": cast.claims.pk}, format="json")
    assert answer.status_code == 400
    assert not Initiative.objects.exists()


def test_emoji_and_lines_are_text(api: Callable[[str], APIClient], cast: Cast) -> None:
    body = {"name": "Chat 👩‍🚀", "unit": cast.claims.pk, "problem": "one\ntwo\tthree"}
    answer = api("max").post("/api/v1/initiatives/", body, format="json")
    assert answer.status_code == 201
    assert answer.json()["name"] == "Chat 👩‍🚀"


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_api_never_redirects_to_a_slash(signed_in: Callable[[str], Client], method: str) -> None:
    answer = getattr(signed_in("max"), method)("/api/v1/kpis")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_expands_only_what_it_may_read(cast: Cast, at: Any, frozen: Any) -> None:
    row = Initiative.objects.create(name="Hidden name", unit=cast.claims, created_at=AT, updated_at=AT)
    Kpi.objects.create(initiative=row, name="k", kind="business", created_at=AT, updated_at=AT)
    for scopes, status in ((["kpis:read"], 403), (["kpis:read", "portfolio:read"], 200)):
        _, secret = create_token(
            user=cast.max, name="t", scopes=scopes, by=cast.actor("max"), at=AT - timedelta(minutes=1)
        )
        client = APIClient(headers={"Authorization": f"Bearer {secret}"})
        answer = client.get("/api/v1/kpis/?expand=initiative")
        assert answer.status_code == status
        assert ("Hidden name" in answer.content.decode()) == (status == 200)
