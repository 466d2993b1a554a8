"""What an endpoint asks of a request and of its rows beside the record itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model
from rest_framework.request import Request

from core.errors import Problem


def complete(model: type[Model], rows: Sequence[Any], beside: Mapping[str, Any]) -> None:
    """Give rows that come from a service, and not from a list's query, what stands `beside` them."""
    if not rows or beside.keys() <= rows[0].__dict__.keys():
        return
    bare = {row.pk: row for row in rows}
    found = model._default_manager.filter(pk__in=bare).annotate(**beside)
    for pk, *values in found.values_list("pk", *beside):
        bare[pk].__dict__.update(zip(beside, values, strict=True))


def version_in(request: Request) -> int:
    """The version in `If-Match`. 428 without the header, 412 when it can never match."""
    tag = str(request.META.get("HTTP_IF_MATCH", "")).strip()
    if not tag:
        raise Problem(428, "if_match_needed", 'Send If-Match with the ETag you read, as If-Match: "v7".')
    digits = tag.removeprefix("W/").strip('"').removeprefix("v")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Problem(412, "stale_version", f"{tag[:40]} is no version of ours. Read the record again.")
    return int(digits)
