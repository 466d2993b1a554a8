"""Every error under /api as one RFC 9457 problem document."""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from core.errors import Item, Problem, from_rule
from core.refusals import keep
from domain.errors import RuleError

log = logging.getLogger(__name__)


def handler(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: always an answer, never HTML, never a traceback."""
    request = context.get("request")
    django_request = getattr(request, "_request", request)
    problem, headers = translate(error)
    keep(problem)
    if problem.status >= 500:
        log.exception("api error", exc_info=error, extra={"request_id": request_id(django_request)})
    response = Response(document(problem, django_request), status=problem.status, headers=headers)
    response["Content-Type"] = "application/problem+json"
    return response


def document(problem: Problem, request: HttpRequest | None) -> dict[str, Any]:
    """The body: type, title, status, detail, code, errors by place, request id; the right that is missing, where one is."""
    missing = {"right": problem.right} if problem.right else {}
    return {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [{"pointer": i.pointer, "code": i.code, "detail": i.detail} for i in problem.items],
        "request_id": request_id(request),
        **missing,
    }


def answer(problem: Problem, request: HttpRequest) -> JsonResponse:
    """The same document outside DRF (unknown addresses under /api, middleware refusals)."""
    return JsonResponse(
        document(problem, request), status=problem.status, content_type="application/problem+json"
    )


def request_id(request: Any) -> str:
    return str(getattr(request, "request_id", ""))


def translate(error: Exception) -> tuple[Problem, dict[str, str]]:
    """Any exception as a Problem and headers."""
    if isinstance(error, Problem):
        return error, {}
    if isinstance(error, RuleError):
        return from_rule(error), {}
    if isinstance(error, exceptions.ValidationError):
        found = tuple(_flatten(error.get_full_details(), ""))
        return Problem(400, found[0].code if len(found) == 1 else "invalid", _summary(found), found), {}
    if isinstance(error, DjangoValidationError):
        found = tuple(Item("", "invalid", message) for message in error.messages)
        return Problem(400, "invalid", _summary(found), found), {}
    if isinstance(error, exceptions.Throttled):
        wait = str(int(getattr(error, "wait", None) or 1) + 1)
        return Problem(429, "throttled", f"Too many requests. Try again in {wait} seconds."), {
            "Retry-After": wait
        }
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        headers = {"WWW-Authenticate": 'Bearer realm="api"'}
        return Problem(401, "not_authenticated", str(error.detail)), headers
    if isinstance(error, exceptions.APIException):
        code = {"error": "invalid"}.get(error.default_code, error.default_code)
        return Problem(error.status_code, str(code), str(error.detail)), {}
    if isinstance(error, Http404):
        return Problem(404, "not_found", "There is nothing here, or you may not see it."), {}
    if isinstance(error, PermissionDenied):
        return Problem(403, "forbidden", "You may not do this."), {}
    if isinstance(error, RequestDataTooBig):
        return Problem(413, "too_large", "The body is larger than 2.5 MB. Send it in parts."), {}
    if isinstance(error, TooManyFieldsSent | SuspiciousOperation | UnicodeError | RecursionError):
        return Problem(400, "invalid", "The request cannot be read."), {}
    return _database(error)


_MISTAKE = Problem(500, "server_error", "This is our mistake. Quote the request id when you tell us.")


def _database(error: Exception) -> tuple[Problem, dict[str, str]]:
    if isinstance(error, IntegrityError):
        return Problem(
            409, "conflict", "Another record stands in the way: the same key or name exists already."
        ), {}
    if isinstance(error, DataError):
        return Problem(400, "invalid", "A value is outside what can be kept."), {}
    if isinstance(error, OperationalError | InterfaceError):
        state = getattr(error.__cause__, "sqlstate", None)
        if state in {"55P03", "40P01", "40001"} or "locked" in str(error):
            return Problem(409, "busy", "Somebody is changing the same record. Try again."), {
                "Retry-After": "1"
            }
        if connection.vendor == "sqlite" and not _away(str(error)):
            return _MISTAKE, {}
        return Problem(503, "unavailable", "The database does not answer. Try again shortly."), {
            "Retry-After": "5"
        }
    return _MISTAKE, {}


def _away(said: str) -> bool:
    """Whether SQLite says that its file cannot be had; anything else it calls operational is a mistake of ours."""
    return any(words in said for words in ("unable to open", "disk", "readonly"))


def _flatten(details: Any, pointer: str) -> list[Item]:
    if (
        isinstance(details, dict)
        and "message" in details
        and "code" in details
        and not isinstance(details["message"], dict)
    ):
        return [Item(pointer, str(details["code"]), str(details["message"]))]
    if isinstance(details, dict):
        out: list[Item] = []
        for key, part in details.items():
            place = pointer if key == "non_field_errors" else f"{pointer}/{key}"
            out += _flatten(part, place)
        return out
    if isinstance(details, list):
        out = []
        for index, part in enumerate(details):
            leaf = isinstance(part, dict) and "message" in part
            out += _flatten(part, pointer if leaf else f"{pointer}/{index}")
        return out
    return [Item(pointer, "invalid", str(details))]


def _summary(items: tuple[Item, ...]) -> str:
    if len(items) == 1:
        place = items[0].pointer.lstrip("/")
        return f"{place}: {items[0].detail}" if place else items[0].detail
    return f"{len(items)} things are wrong; errors names each place."
