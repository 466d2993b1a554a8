"""API tokens: what they open, and when they stop."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.errors import Problem
from core.models import ApiToken, AuditEvent
from core.tokens import create_token, digest_of, revoke_token
from tests.cast import AT, Cast

LIST = "/api/v1/initiatives/"


def ask(secret: str, path: str = LIST, method: str = "get", **more: Any) -> Any:
    return getattr(Client(), method)(path, headers={"Authorization": f"Bearer {secret}"}, **more)


def made(cast: Cast, name: str, *scopes: str, **more: Any) -> str:
    return create_token(
        user=cast.people[name], name="feed", scopes=scopes, by=cast.actor(name), at=AT, **more
    )[1]


def test_only_the_fingerprint_is_kept(cast: Cast) -> None:
    secret = made(cast, "alice", "kpis:write")
    row = ApiToken.objects.get()
    assert row.digest == digest_of(secret)
    assert secret not in {str(value) for value in row.__dict__.values()}
    assert len(secret) >= 43, "256 bits"
    assert secret not in str(AuditEvent.objects.get().after)


def test_a_token_opens_its_area_and_no_other(cast: Cast, frozen: Any) -> None:
    assert ask(made(cast, "max", "portfolio:read")).status_code == 200
    refused = ask(made(cast, "max", "kpis:write"))
    assert (refused.status_code, refused.json()["code"]) == (403, "token_scope")


def test_a_reading_token_does_not_write(cast: Cast, frozen: Any) -> None:
    body: dict[str, Any] = {
        "data": {"name": "x", "unit": cast.claims.pk},
        "content_type": "application/json",
        "method": "post",
    }
    assert ask(made(cast, "max", "portfolio:read"), **body).json()["code"] == "token_scope"
    assert ask(made(cast, "max", "portfolio:write"), **body).status_code == 201


def test_a_token_never_does_more_than_its_owner(cast: Cast, frozen: Any) -> None:
    body: dict[str, Any] = {
        "data": {"name": "x", "unit": cast.claims.pk},
        "content_type": "application/json",
        "method": "post",
    }
    refused = ask(made(cast, "vera", "portfolio:admin"), **body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_settings_need_the_admin_level(cast: Cast, frozen: Any) -> None:
    body: dict[str, Any] = {
        "data": {"name": "Treasury"},
        "content_type": "application/json",
        "method": "post",
    }
    assert (
        ask(
            made(cast, "adam", "units:write", "portfolio:read"), "/api/v1/business-units/", **body
        ).status_code
        == 403
    )
    assert (
        ask(
            made(cast, "adam", "units:admin", "portfolio:read"), "/api/v1/business-units/", **body
        ).status_code
        == 201
    )


TOKENS = "/api/v1/tokens/"


def test_tokens_are_read_with_the_scope_for_it_and_with_no_other(cast: Cast, frozen: Any) -> None:
    made(cast, "alice", "kpis:write")
    secret = made(cast, "max", "tokens:read")
    listed = ask(secret, TOKENS).json()["results"]
    assert [(one["scopes"], "secret" in one) for one in listed] == [(["tokens:read"], False)], (
        "one's own alone"
    )
    assert ask(secret, f"{TOKENS}{listed[0]['id']}/").status_code == 200
    assert ask(secret, f"{TOKENS}{ApiToken.objects.get(user=cast.alice).pk}/").status_code == 404
    assert ask(secret).status_code == 403
    for others in (["users:admin", "portfolio:admin"], ["users:read"], ["kpis:write"]):
        refused = ask(made(cast, "max", *others), TOKENS)
        assert (refused.status_code, refused.json()["code"]) == (403, "token_scope")
        assert "tokens:read" in refused.json()["detail"]


def test_no_token_makes_or_ends_a_token(cast: Cast, frozen: Any) -> None:
    secret = made(cast, "max", "users:admin", "portfolio:admin", "tokens:read")
    body: dict[str, Any] = {
        "data": {"name": "x", "scopes": ["kpis:write"]},
        "content_type": "application/json",
    }
    assert ask(secret, TOKENS, "post", **body).status_code == 403
    own = ApiToken.objects.get().pk
    assert ask(secret, f"{TOKENS}{own}/revoke/", "post", content_type="application/json").status_code == 403
    assert ApiToken.objects.get(revoked_at=None).pk == own


@pytest.mark.parametrize("level", ["write", "approve", "admin"])
def test_a_scope_to_make_tokens_cannot_be_given(cast: Cast, level: str) -> None:
    with pytest.raises(Problem, check=lambda p: p.status == 400 and p.items[0].pointer == "/scopes"):
        made(cast, "max", f"tokens:{level}")
    assert not ApiToken.objects.exists()


def test_a_token_ends_on_its_day(cast: Cast, frozen: Any) -> None:
    secret = made(cast, "max", "portfolio:read", days=30)
    frozen(AT + timedelta(days=30) - timedelta(seconds=1))
    assert ask(secret).status_code == 200
    frozen(AT + timedelta(days=30))
    assert ask(secret).status_code == 401


def test_a_revoked_token_is_dead_at_the_next_request_and_revoking_twice_changes_nothing(
    cast: Cast, frozen: Any
) -> None:
    secret = made(cast, "max", "portfolio:read")
    token = ApiToken.objects.get()
    revoke_token(token=token, by=cast.actor("max"), at=AT)
    revoke_token(token=token, by=cast.actor("max"), at=AT + timedelta(days=1))
    assert ask(secret).status_code == 401
    assert ApiToken.objects.get().revoked_at == AT
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_nobody_makes_or_revokes_a_token_for_somebody_else(cast: Cast) -> None:
    made(cast, "max", "portfolio:read")
    with pytest.raises(Problem, check=lambda p: p.status == 403):
        create_token(user=cast.max, name="x", scopes=["kpis:write"], by=cast.actor("adam"), at=AT)
    with pytest.raises(Problem, check=lambda p: p.status == 403):
        revoke_token(token=ApiToken.objects.get(), by=cast.actor("adam"), at=AT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "}, {"name": "a\x00"}, {"name": "x" * 81}, {"scopes": []}, {"scopes": ["kpis"]},
        {"scopes": ["kpis:own"]}, {"scopes": ["secrets:read"]}, {"days": 0}, {"days": 367},
    ],
)  # fmt: skip
def test_a_token_without_name_scope_or_end_is_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    facts = {"name": "feed", "scopes": ["kpis:write"], "days": 30, **wrong}
    with pytest.raises(Problem, check=lambda p: p.status == 400):
        create_token(user=cast.max, by=cast.actor("max"), at=AT, **facts)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer unknown", "Basic YWxpY2U6eA==", "tl_x", "Bearer \u00e9\udcff"]
)
def test_anything_but_a_good_bearer_is_401_and_says_how_to_sign_in(cast: Cast, header: str) -> None:
    response = Client().get(LIST, headers={"Authorization": header})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response["Content-Type"] == "application/problem+json"


def test_a_token_in_the_address_is_an_unknown_parameter(cast: Cast) -> None:
    assert Client().get(f"{LIST}?token={made(cast, 'max', 'portfolio:read')}").status_code == 401


def test_last_use_is_noted_without_a_write_each_time(cast: Cast, frozen: Any) -> None:
    secret = made(cast, "max", "portfolio:read")
    ask(secret)
    assert ApiToken.objects.get().last_used_at == AT
    frozen(AT + timedelta(minutes=1))
    with CaptureQueriesContext(connection) as captured:
        ask(secret)
    assert not [q for q in captured if q["sql"].startswith("UPDATE")]
    frozen(AT + timedelta(minutes=6))
    ask(secret)
    assert ApiToken.objects.get().last_used_at == AT + timedelta(minutes=6)


def test_the_page_shows_the_secret_once(cast: Cast, signed_in: Any) -> None:
    client = signed_in("alice")
    answer = client.post("/account/tokens/new/", {"name": "feed", "scopes": ["kpis:write"], "days": 30})
    secret = answer.context["secret"]
    assert answer.status_code == 201
    assert secret in answer.content.decode()
    assert secret not in client.get("/account/").content.decode()
    assert answer["Cache-Control"] == "private, no-store"


def test_the_api_shows_the_secret_once_even_to_a_repeat(cast: Cast, api: Any) -> None:
    client, body = api("alice"), {"name": "feed", "scopes": ["kpis:write"]}
    first = client.post("/api/v1/tokens/", body, headers={"Idempotency-Key": "one"})
    again = client.post("/api/v1/tokens/", body, headers={"Idempotency-Key": "one"})
    assert first.json()["secret"].startswith("tl_")
    assert "secret" not in again.json()
    assert again.json()["id"] == first.json()["id"]
    assert "secret" not in client.get(first["Location"]).json()
