"""API tokens: shown once, kept as SHA-256 of 256 random bits, named, scoped, expiring, revocable."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from core import audit, clock
from core.access import Actor
from core.errors import field_error, forbidden
from core.models import ApiToken, User
from core.prepared import Prepared
from core.text import clean

AREAS = (
    "portfolio",
    "kpis",
    "pilots",
    "governance",
    "exchange",
    "audit",
    "users",
    "units",
    "policy",
    "tokens",
)
LEVELS = ("read", "write", "approve", "admin")
DEFAULT_DAYS = 90
MAX_DAYS = 366
SEEN_EVERY = timedelta(minutes=5)
_TOKEN = tuple(field.attname for field in ApiToken._meta.concrete_fields)
_USER = tuple(field.attname for field in User._meta.concrete_fields)
_FOUND = Prepared(
    lambda digest: (
        ApiToken.objects.filter(digest=digest)
        .order_by()
        .values_list(
            *_TOKEN, *(f"user__{name}" for name in _USER), "user__grants__role", "user__grants__unit__path"
        )
    )
)


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <token>`. One query finds token, person and roles; token and person must still be good."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = str(request.META.get("HTTP_AUTHORIZATION", ""))
        if not header:
            return None
        kind, _, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise exceptions.AuthenticationFailed("Send Authorization: Bearer <token>.")
        at = clock.now()
        token = _token(digest_of(secret.strip()))
        if token is None or token.revoked_at or token.expires_at <= at or not token.user.is_active:
            raise exceptions.AuthenticationFailed(
                "This token is unknown, revoked or expired, or its owner has left."
            )
        if token.last_used_at is None or at - token.last_used_at > SEEN_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF; an inactive person is nobody."""

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="api"'


def _token(digest: str) -> ApiToken | None:
    """The token with its person and the roles they hold."""
    rows = _FOUND(digest)
    if not rows:
        return None
    first, middle = rows[0], len(_TOKEN)
    token = ApiToken.from_db(DEFAULT_DB_ALIAS, _TOKEN, first[:middle])
    token.user = User.from_db(DEFAULT_DB_ALIAS, _USER, first[middle:-2])
    token.held = tuple((role, path) for *_, role, path in rows if role is not None)
    return token


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def create_token(
    *, user: User, name: str, scopes: Sequence[str], by: Actor, at: datetime, days: int = DEFAULT_DAYS
) -> tuple[ApiToken, str]:
    """Make a token for `user` (oneself, or anybody by an administrator). Returns it and the secret, shown once.

    Raises Problem 400 for an unknown scope or a life over a year, 403 for somebody else's token.
    """
    own = by.user is not None and by.user.pk == user.pk
    if not (own or by.is_system):
        raise forbidden("A token is made by the person it acts for.")
    name = clean("name", name, limit=80, required="Name the token after what will use it.")
    for scope in scopes:
        area, _, level = scope.partition(":")
        if area not in AREAS or level not in LEVELS:
            raise field_error("scopes", f"{scope} is no scope. Use area:level, as kpis:write.")
        if area == "tokens" and level != "read":
            raise field_error("scopes", "A token makes and ends no token; it can only be given tokens:read.")
    if not scopes:
        raise field_error("scopes", "Give at least one scope, as kpis:write.", code="required")
    if not 1 <= days <= MAX_DAYS:
        raise field_error("days", f"A token lives 1 to {MAX_DAYS} days.")
    secret = f"tl_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user, name=name, prefix=secret[:10], digest=digest_of(secret),
            scopes=sorted(set(scopes)), created_at=at, created_by=by.user, expires_at=at + timedelta(days=days),
        )  # fmt: skip
        audit.record(
            by=by,
            at=at,
            action="token.created",
            obj=token,
            after={"name": token.name, "scopes": token.scopes},
        )
    return token, secret


def revoke_token(*, token: ApiToken, by: Actor, at: datetime) -> None:
    """End a token now. Doing it twice changes nothing."""
    if not (by.is_system or (by.user is not None and by.user.pk == token.user_id)):
        raise forbidden("A token is revoked by the person it acts for.")
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
            audit.record(by=by, at=at, action="token.revoked", obj=token, after={"name": token.name})


def describe(token: ApiToken) -> dict[str, Any]:
    """What may be shown of a token: never the secret."""
    return {
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "expires_at": token.expires_at,
    }
