"""A request id on every request, answer and log line."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware


class RequestIdMiddleware:
    """Takes a well-formed `X-Request-Id` from a proxy, or makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        well_formed = (
            len(given) <= 36 and given.replace("-", "").isascii() and given.replace("-", "").isalnum()
        )
        request.request_id = given if given and well_formed else str(uuid.uuid4())  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.setdefault("Cache-Control", "private, no-store")
        return response


class SlashMiddleware(CommonMiddleware):
    """Pages are reached without their last slash too; the API answers 404: a redirect would lose a body."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return not request.path_info.startswith("/api/") and super().should_redirect_with_slash(request)
