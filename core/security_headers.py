"""Headers that tell the browser what a page may do, with Django 6's setting name, so an upgrade can drop the CSP part.

A response that already says more (an evidence file's sandbox) keeps what it says.
"""

from collections.abc import Callable, Iterable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

CSP_HEADER = "Content-Security-Policy"
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
Policy = Mapping[str, Iterable[str] | str | bool]


def written(policy: Policy) -> str:
    """A policy as one header: `{"script-src": ["'self'"]}` -> "script-src 'self'". False and None leave one out."""
    parts = []
    for name, sources in policy.items():
        if sources is True:
            parts.append(name)
        elif sources:
            parts.append(f"{name} {sources if isinstance(sources, str) else ' '.join(sources)}")
    return "; ".join(parts)


class SecurityHeadersMiddleware:
    """Sends `SECURE_CSP` and the permissions policy with every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.csp = written(getattr(settings, "SECURE_CSP", {}))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if self.csp:
            response.headers.setdefault(CSP_HEADER, self.csp)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
