"""What can go wrong, said once: services raise these, the API and the pages tell them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from domain.errors import RuleError


@dataclass(frozen=True, slots=True)
class Item:
    """One thing wrong at one place. `pointer` is a JSON pointer (`/target_on`), empty for the whole."""

    pointer: str
    code: str
    detail: str


@dataclass
class Problem(Exception):  # noqa: N818  RFC 9457's word for it
    """A refusal with a status, a code, one sentence with the remedy, and its places.

    `event`: an unsaved audit event, where the attempt itself goes on record (core.refusals). `right`: the one that is missing, by
    its code, for callers of the API; `detail` says it in words.
    """

    status: int
    code: str
    detail: str
    items: Sequence[Item] = field(default_factory=tuple)
    event: Any = field(default=None, compare=False, repr=False)
    right: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


def invalid(detail: str, *items: Item, code: str = "invalid") -> Problem:
    """400: what was sent cannot be taken."""
    return Problem(400, code, detail, items)


def field_error(field_name: str, detail: str, *, code: str = "invalid") -> Problem:
    """400 about one field."""
    return Problem(400, "invalid", detail, (Item(f"/{field_name}", code, detail),))


def forbidden(detail: str = "You may not do this.", *, code: str = "forbidden", right: str = "") -> Problem:
    """403: the caller may know the thing, but not do this to it."""
    return Problem(403, code, detail, right=right)


def not_found(detail: str = "There is nothing here, or you may not see it.") -> Problem:
    """404: also for what the caller may not know."""
    return Problem(404, "not_found", detail)


def conflict(code: str, detail: str, *items: Item) -> Problem:
    """409: a wrong state, or another row in the way."""
    return Problem(409, code, detail, items)


def stale(detail: str = "Somebody saved a newer version. Read it again, then send your change.") -> Problem:
    """412: the version sent with If-Match is not the present one."""
    return Problem(412, "stale_version", detail)


def from_rule(error: RuleError) -> Problem:
    """A rule's refusal as 400, at the place the rule names."""
    return Problem(400, error.code, error.message, (Item(error.pointer or "", error.code, error.message),))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form whose token is missing or old."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
