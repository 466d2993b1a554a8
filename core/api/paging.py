"""Keyset paging with a signed cursor: no count, no offset, no gap under inserts."""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.listing import Listing
from core.prepared import read
from core.values import read_int, wrong

PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
PARAMS = ("cursor", "page_size", "fields", "expand")
_SIGNER = signing.Signer(salt="cursor", sep="~")


class Page:
    """One page of `rows`, in the listing's order. `next` and `previous` are addresses or None."""

    def __init__(self, request: Request, rows: QuerySet[Any], listing: Listing) -> None:
        params = request.query_params
        size = read_int("page_size", params.get("page_size", str(PAGE_SIZE)))
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise wrong("page_size", f"A page has 1 to {MAX_PAGE_SIZE} rows.")
        ordering = listing.ordering(params)
        self.shape = f"{rows.model._meta.label} {','.join(f'-{by}' if down else by for by, down in ordering)}"
        backwards, place = self._read(params.get("cursor"), ordering)
        rows = listing.prepare(rows, ordering)
        if place is not None:
            rows = rows.filter(_after(ordering, place, listing, backwards))
        found = read(rows.order_by(*listing.terms(ordering, reverse=backwards))[: size + 1])
        more = len(found) > size
        self.rows = found[:size]
        if backwards:
            self.rows.reverse()
        url = request.build_absolute_uri()
        last = self._link(url, ordering, self.rows[-1:], False) if more or backwards else None
        first = (
            self._link(url, ordering, self.rows[:1], True)
            if place is not None and (more or not backwards)
            else None
        )
        self.next, self.previous = last, first
        if place is not None and not self.rows:
            self.previous = remove_query_param(url, "cursor")

    def _link(
        self, url: str, ordering: list[tuple[str, bool]], edge: list[Any], backwards: bool
    ) -> str | None:
        if not edge:
            return None
        values = [_out(_get(edge[0], field)) for field, _ in ordering]
        text = json.dumps([1 if backwards else 0, self.shape, *values])
        return replace_query_param(url, "cursor", _SIGNER.sign_object(text))

    def _read(self, cursor: str | None, ordering: list[tuple[str, bool]]) -> tuple[bool, list[Any] | None]:
        if not cursor:
            return False, None
        try:
            backwards, shape, *values = json.loads(_SIGNER.unsign_object(cursor))
        except (signing.BadSignature, ValueError, TypeError, RecursionError) as error:
            raise wrong("cursor", "This cursor is not one of ours. Start again without it.") from error
        if shape != self.shape or len(values) != len(ordering):
            raise wrong("cursor", "This cursor belongs to another list or order. Start again without it.")
        return bool(backwards), [_in(v) for v in values]


def _after(ordering: list[tuple[str, bool]], place: list[Any], listing: Listing, backwards: bool) -> Q:
    """Rows strictly after `place` in the order (or before it), empty values last."""
    some, equal = Q(pk__in=[]), Q()
    for (field, descending), value in zip(ordering, place, strict=True):
        if value is None:
            step = Q(**{f"{field}__isnull": False}) if backwards else Q(pk__in=[])
            same = Q(**{f"{field}__isnull": True})
        else:
            step = Q(**{f"{field}__{'lt' if descending != backwards else 'gt'}": value})
            if field in listing.nullable and not backwards:
                step |= Q(**{f"{field}__isnull": True})
            same = Q(**{field: value})
        some |= equal & step
        equal &= same
    return some


def _get(row: Any, field: str) -> Any:
    if isinstance(row, dict):
        return row[field]
    for part in field.split("__"):
        row = None if row is None else getattr(row, part)
    return row


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Decimal):
        return {"n": str(value)}
    return value


_READ: dict[str, Callable[[str], Any]] = {"t": datetime.fromisoformat, "d": date.fromisoformat, "n": Decimal}


def _in(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _READ[kind](text)
    return value
