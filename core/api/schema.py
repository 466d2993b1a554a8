"""OpenAPI: every operation says what it takes and which problems it answers with."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import is_list_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from core.listing import Filter, Listing

_TYPES: dict[str, Any] = {
    "date": OpenApiTypes.DATE,
    "bool": OpenApiTypes.BOOL,
    "null": OpenApiTypes.BOOL,
    "int": OpenApiTypes.INT,
}


class Schema(AutoSchema):
    """Adds the problem document to every operation, the headers writes take, and what lists offer."""

    def get_override_parameters(self) -> list[Any]:
        found: list[Any] = list(super().get_override_parameters())
        view: Any = self.view
        listed_by = getattr(view, "listing", None)
        if listed_by is None or self.method != "GET":
            return found
        if view.action == "list":
            found += _list_parameters(listed_by)
        if view.action in {"list", "retrieve"}:
            expandable = ", ".join(view.shape.expandable) or "nothing"
            found.append(OpenApiParameter("fields", str, description="Only these fields, comma-separated."))
            found.append(OpenApiParameter("expand", str, description=f"Nest these: {expandable}."))
        return found

    def _is_list_view(self, serializer: Any = None) -> bool:
        """A view without a listing answers with one thing, unless its shape says that it is many."""
        if getattr(self.view, "listing", None) is not None:
            return bool(super()._is_list_view(serializer))
        said = self.get_response_serializers() if serializer is None else serializer
        if isinstance(said, dict):
            said = said[min(said, key=str)]
        return bool(is_list_serializer(said))

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for status in ("400", "401", "403", "404", "405", "406", "409", "429", "503"):
            operation["responses"].setdefault(status, _PROBLEM)
        if self.method in {"POST", "PUT", "PATCH"}:
            for status in ("413", "415"):
                operation["responses"].setdefault(status, _PROBLEM)
        if self.method in {"PUT", "PATCH", "DELETE"}:
            for status in ("412", "428"):
                operation["responses"].setdefault(status, _PROBLEM)
            operation.setdefault("parameters", []).append(
                _header("If-Match", 'The version read, as `"v7"`.', True)
            )
        if self.method == "POST":
            operation["responses"].setdefault("422", _PROBLEM)
            operation.setdefault("parameters", []).append(
                _header("Idempotency-Key", "Repeat with the same key to get the first answer.", False)
            )
        if getattr(self.view, "listing", None) is not None:
            _describe(self.view, operation)
        return operation


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "core.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "core.tokens.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def _describe(view: Any, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path" and parameter["name"] == "id" and view.prefix:
            example = f"{view.prefix}-0042"
            parameter["schema"] = {"type": "string"}
            parameter["description"] = f"The id, or the name people use, as {example}."
    if view.action != "list":
        return
    for media in operation["responses"]["200"]["content"].values():
        url = {"type": ["string", "null"], "format": "uri"}
        media["schema"] = {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": media["schema"], "next": url, "previous": url},
        }


def _list_parameters(listing: Listing) -> list[OpenApiParameter]:
    found = [
        OpenApiParameter("page_size", int, description="Rows a page, 1 to 200; 50 unless given."),
        OpenApiParameter("cursor", str, description="From `next` or `previous` of the page before."),
        OpenApiParameter(
            "ordering",
            str,
            description=f"Comma-separated, - for descending: {', '.join((*listing.orders, 'id'))}.",
        ),
    ]
    if listing.search:
        found.append(OpenApiParameter("q", str, description="Words that each occur in the record."))
    for name, item in listing.filters.items():
        found += list(_filter_parameters(name, item))
    return found


def _filter_parameters(name: str, item: Filter) -> Iterator[OpenApiParameter]:
    for op in item.ops:
        kind = (
            OpenApiTypes.BOOL
            if op == "isnull"
            else OpenApiTypes.STR
            if op == "in"
            else _TYPES.get(item.kind, str)
        )
        choices = list(item.choices) if item.choices and op == "" else None
        words = {"in": "Any of these, comma-separated.", "isnull": "Whether it is empty."}.get(op, "")
        yield OpenApiParameter(f"{name}__{op}" if op else name, kind, description=words, enum=choices)


def _header(name: str, text: str, required: bool) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "description": text,
        "required": required,
        "schema": {"type": "string"},
    }


_PROBLEM = {
    "description": "A problem document (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
