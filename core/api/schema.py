"""OpenAPI: every operation says which problems it answers with."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):  # type: ignore[misc]
    """Adds the problem document to every operation, and the headers writes take."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for status in ("400", "401", "403", "404", "406", "409", "429"):
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
        return operation


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
