"""Strict JSON in, plain JSON out."""

import json
from decimal import Decimal
from typing import IO, Any

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

MAX_DEPTH = 32
MAX_NODES = 100_000
MAX_DIGITS = 60


class Renderer(JSONRenderer):
    """JSON without a choice of format; problem documents keep their own media type."""

    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is not None and response.status_code >= 400:
            response["Content-Type"] = "application/problem+json"
        return bytes(super().render(data, accepted_media_type, renderer_context))


class Negotiation(DefaultContentNegotiation):
    """Where there is one renderer, most callers take what it gives; the others are heard as DRF hears them."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        if len(renderers) == 1:
            only: BaseRenderer = renderers[0]
            if request.META.get("HTTP_ACCEPT", "*/*") in {"*/*", only.media_type}:
                return only, str(only.media_type)
        found: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return found


class StrictParser(BaseParser):
    """JSON as RFC 8259 means it: UTF-8, no doubled keys, no NaN, no NUL, bounded depth and size. Numbers exact."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:  # noqa: ARG002
        charset = [
            p.strip() for p in (media_type or "").split(";")[1:] if p.strip().lower().startswith("charset")
        ]
        if charset and charset[0].split("=")[-1].strip('"').lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType(media_type or "", "JSON is read as UTF-8 only.")
        return loads(stream.read())


def loads(raw: bytes) -> Any:
    """Parse bytes strictly. Raises ParseError with one sentence."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 at byte {error.start}.") from error
    if not text.strip():
        raise ParseError("The body is empty. Send a JSON object.")
    if text.startswith("\ufeff"):
        raise ParseError("The body starts with a byte order mark. Leave it out.")
    try:
        value = json.loads(
            text, parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_pairs
        )
    except json.JSONDecodeError as error:
        raise ParseError(f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.") from error
    # UTF-8 holds neither half a surrogate pair nor, outside an escape, a NUL that JSON allows.
    _check(value, texts="\\u" in text)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ParseError(f"The key {key[:60]!r} stands twice in one object.")
            seen.add(key)
    return out


def _constant(name: str) -> Any:
    raise ParseError(f"{name} is not JSON. Leave the value out, or send null.")


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_DIGITS:
        raise ParseError(f"A number has more than {MAX_DIGITS} characters.")
    value = Decimal(text)
    if not -400 < value.adjusted() < 400:
        raise ParseError(f"The number {text} is outside what can be kept.")
    return value


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ParseError(f"A number has more than {MAX_DIGITS} characters.")
    return int(text)


def _check(value: Any, *, texts: bool) -> None:
    """Depth, count and, with `texts`, every text."""
    stack: list[tuple[Any, int]] = [([value], 0)]
    nodes = 0
    while stack:
        item, depth = stack.pop()
        parts = item.values() if isinstance(item, dict) else item
        nodes += len(parts)
        if depth >= MAX_DEPTH and parts:
            raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.")
        if nodes > MAX_NODES:
            raise ParseError(f"The body has more than {MAX_NODES} values.")
        stack += [(part, depth + 1) for part in parts if type(part) is dict or type(part) is list]
        if texts:
            for part in (*parts, *(item if isinstance(item, dict) else ())):
                if isinstance(part, str):
                    check_text(part)


def check_text(text: str) -> None:
    """Refuse what one database would keep and the other would not: NUL and lone surrogates."""
    if "\x00" in text:
        raise ParseError("A string holds a NUL character. Take it out.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ParseError("A string holds half of a surrogate pair. Send whole characters.") from error
