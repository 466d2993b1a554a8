"""`Idempotency-Key`: the answer and the effect are one transaction, so a repeat finds both or neither."""

import hashlib
from collections.abc import Callable

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.errors import Problem
from core.locks import try_hold
from core.models import IdempotencyKey
from core.repeats import earlier, lock_of

REPLAYED_HEADERS = ("Content-Type", "Location", "ETag")


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
        if not try_hold(lock_of(caller, key)):
            raise Problem(
                409, "idempotency_in_flight", "The first request with this Idempotency-Key is still at work."
            )
        first = earlier(caller, key, at)
        if first is not None:
            if first.fingerprint != fingerprint:
                raise Problem(
                    422, "idempotency_mismatch", "This Idempotency-Key came with another request before."
                )
            return _replay(first)
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


def _replay(first: IdempotencyKey) -> HttpResponse:
    headers = dict(first.headers)
    answer = HttpResponse(bytes(first.body or b""), status=first.status)
    for name, value in headers.items():
        answer[name] = value
    answer["Idempotency-Replayed"] = "true"
    return answer
