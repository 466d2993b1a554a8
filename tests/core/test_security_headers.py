"""What the browser is told it may do, on every answer."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from core.security_headers import CSP_HEADER, Policy, SecurityHeadersMiddleware, written

STRICT = {"default-src": ["'none'"], "script-src": ["'self'"], "style-src": ["'self'"]}


def answered(response: HttpResponse) -> HttpResponse:
    def view(_request: HttpRequest) -> HttpResponse:
        return response

    out = SecurityHeadersMiddleware(view)(RequestFactory().get("/"))
    assert isinstance(out, HttpResponse)
    return out


def test_a_policy_is_written_as_one_header() -> None:
    policy: Policy = {
        "script-src": ["'self'", "blob:"],
        "sandbox": True,
        "img-src": "'self'",
        "font-src": False,
    }
    assert written(policy) == "script-src 'self' blob:; sandbox; img-src 'self'"


def test_every_answer_carries_the_policy(settings: Any) -> None:
    settings.SECURE_CSP = STRICT
    sent = answered(HttpResponse("x"))
    assert sent.headers[CSP_HEADER] == "default-src 'none'; script-src 'self'; style-src 'self'"
    assert "camera=()" in sent.headers["Permissions-Policy"]


def test_a_stricter_answer_keeps_its_own_policy(settings: Any) -> None:
    settings.SECURE_CSP = STRICT
    sent = answered(HttpResponse("x", headers={CSP_HEADER: "sandbox; default-src 'none'"}))
    assert sent.headers[CSP_HEADER] == "sandbox; default-src 'none'"


def test_without_a_policy_nothing_is_sent(settings: Any) -> None:
    settings.SECURE_CSP = {}
    assert CSP_HEADER not in answered(HttpResponse("x")).headers


@pytest.mark.parametrize("directive", ["script-src", "style-src"])
def test_the_product_allows_no_inline_script_or_style(settings: Any, directive: str) -> None:
    assert list(settings.SECURE_CSP[directive]) == ["'self'"]


@pytest.mark.parametrize("directive", ["default-src", "object-src", "frame-ancestors", "base-uri"])
def test_the_product_allows_no_frames_plugins_or_base(settings: Any, directive: str) -> None:
    assert list(settings.SECURE_CSP[directive]) == ["'none'"]
