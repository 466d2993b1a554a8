"""`Idempotency-Key`: the answer and the effect are one transaction, so a repeat finds both or neither."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.errors import Problem
from core.locks import try_hold
from core.models import IdempotencyKey
from core.prepared import Prepared

KEPT = timedelta(hours=24)
REPLAYED_HEADERS = ("Content-Type", "Location", "ETag")
_COLUMNS = tuple(field.attname for field in IdempotencyKey._meta.concrete_fields)
_FOUND = Prepared(
    lambda caller, key: (
        IdempotencyKey.objects.filter(caller=caller, key=key).order_by().values_list(*_COLUMNS)
    )
)


def once(
    request: Request, caller: str, work: Callable[[], Response], *, body: bytes | None = None
) -> HttpResponse:
    """Do `work` once per caller and key; a repeat with the same body gets the stored bytes.

    `body` stands for the request's own where that was streamed away (an upload: its fields and its file's hash).
    Raises Problem 422 when the key came with another body, 409 while the first is in flight.
    Failed work leaves nothing: the repeat tries again.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not key:
        return work()
    if len(key) > 255 or not key.isprintable():
        raise Problem(400, "invalid_idempotency_key", "An Idempotency-Key has 1 to 255 printable characters.")
    at = clock.now()
    address = f"{request.method} {request.get_full_path()}\n".encode()
    fingerprint = hashlib.sha256(address + (request._request.body if body is None else body)).hexdigest()
    with transaction.atomic():
        if not try_hold(f"idempotency {caller} {key}"):
            raise Problem(
                409, "idempotency_in_flight", "The first request with this Idempotency-Key is still at work."
            )
        earlier = _earlier(caller, key)
        if earlier is not None and earlier.created_at < at - KEPT:
            earlier.delete()
        elif earlier is not None:
            if earlier.fingerprint != fingerprint:
                raise Problem(
                    422, "idempotency_mismatch", "This Idempotency-Key came with another request before."
                )
            return _replay(earlier)
        response = work()
        if response.status_code >= 400:
            transaction.set_rollback(True)
            return response
        content = response.rendered_content
        IdempotencyKey.objects.create(
            caller=caller,
            key=key,
            fingerprint=fingerprint,
            status=response.status_code,
            headers={h: response[h] for h in REPLAYED_HEADERS if h in response},
            body=content,
            created_at=at,
        )
    return response


def _earlier(caller: str, key: str) -> IdempotencyKey | None:
    rows = _FOUND(caller, key)
    return IdempotencyKey.from_db(DEFAULT_DB_ALIAS, _COLUMNS, rows[0]) if rows else None


def _replay(earlier: IdempotencyKey) -> HttpResponse:
    headers = dict(earlier.headers)
    answer = HttpResponse(bytes(earlier.body or b""), status=earlier.status)
    for name, value in headers.items():
        answer[name] = value
    answer["Idempotency-Replayed"] = "true"
    return answer
