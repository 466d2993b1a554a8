"""Requests per caller and minute, counted with an atomic increment."""

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from core import clock
from core.cache import count


class CallerThrottle(BaseThrottle):
    """A fixed window of a minute per token, user or address."""

    def allow_request(self, request: Request, view: object) -> bool:  # noqa: ARG002
        at = clock.now()
        signed_in = bool(request.user and request.user.is_authenticated)
        rate = api_settings.DEFAULT_THROTTLE_RATES["user" if signed_in else "anon"]
        limit = int(str(rate).split("/")[0])
        token = getattr(request, "auth", None)
        caller = (
            f"t{token.pk}" if token else f"u{request.user.pk}" if signed_in else f"a{self.get_ident(request)}"
        )
        key = f"rate:{caller}:{at:%Y%m%d%H%M}"
        self.left = 60 - at.second
        return count(key, seconds=90) <= limit

    def wait(self) -> float:
        return float(self.left)
