"""Requests to the product as a server hands them over: the WSGI application, by token, in this process."""

import io
import json
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings

from core.access import actor_for
from core.models import Role, RoleGrant, User
from core.tokens import create_token

Application = Callable[..., Any]


@cache
def application() -> Application:
    settings.ALLOWED_HOSTS = ["*"]
    app: Application = import_module("config.wsgi").application
    return app


def pipeline(at: datetime) -> tuple[User, str]:
    """Somebody who may measure every KPI, and the secret of their token."""
    person = User.objects.create_user(
        f"{uuid.uuid4().hex}@bench.example", None, name="Pipeline", created_at=at
    )
    RoleGrant.objects.create(user=person, role=Role.PORTFOLIO_MANAGER, unit=None, granted_at=at)
    by = actor_for(person, via="command")
    _, secret = create_token(user=person, name="bench", scopes=["kpis:write", "kpis:read"], by=by, at=at)
    return person, secret


def post(path: str, body: bytes, secret: str) -> dict[str, Any]:
    """The answer to a POST of JSON; RuntimeError when it is no success."""
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
        "wsgi.run_once": False, "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "HTTP_AUTHORIZATION": f"Bearer {secret}",
    }  # fmt: skip
    answer = application()(environ, lambda line, _headers, *_: status.append(line))
    content = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    if not status[0].startswith("2"):
        raise RuntimeError(f"{status[0]}: {content[:300]!r}")
    found: dict[str, Any] = json.loads(content)
    return found
