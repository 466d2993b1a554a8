"""What every page needs: who acts, when, as of which day; and one way to show a problem."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render

from core import clock
from core.access import Actor, actor_for, may
from core.errors import Problem, forbidden, from_rule
from core.lacking import lacks
from core.models import User
from core.refusals import keep
from core.roles import Action
from core.values import read_int, read_past_day
from domain.errors import RuleError

PAGE_ROWS = 50
FURTHEST = 1_000_000


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person with their grants, read once per request."""
    actor: Actor | None = getattr(request, "_actor", None)
    if actor is None:
        user = request.user
        if not isinstance(user, User):
            raise forbidden("Sign in first.")
        actor = actor_for(user, via="page", request_id=str(getattr(request, "request_id", "")))
        today = clock.day_of(moment_of(request))
        if user.last_active_on != today:
            User.objects.filter(pk=user.pk).update(last_active_on=today)
        request._actor = actor  # type: ignore[attr-defined]
    return actor


def moment_of(request: HttpRequest) -> datetime:
    """The clock, read once per request."""
    at: datetime | None = getattr(request, "_at", None)
    if at is None:
        at = clock.now()
        request._at = at  # type: ignore[attr-defined]
    return at


def as_of(request: HttpRequest) -> date | None:
    """The past day a page is asked for, or None for today. A future day is refused."""
    raw = request.GET.get("as_of", "")
    today = clock.day_of(moment_of(request))
    if not raw or raw == today.isoformat():
        return None
    return read_past_day("as_of", raw, today)


def today_only(request: HttpRequest) -> None:
    """Refuse another day on a page that cannot be replayed: it must never show today under a past date."""
    if as_of(request) is not None:
        raise Problem(400, "not_replayable", "This page shows today only. Take as_of out of the address.")


View = Callable[..., HttpResponseBase]


READS = frozenset({Action.VIEW, Action.READ_AUDIT})


def page_view(action: Action, *, methods: tuple[str, ...] = ()) -> Callable[[View], View]:
    """A page open to whoever may do `action` somewhere; problems become pages of their own.

    Answers GET and HEAD, and POST where the action writes; `methods` says otherwise. Any other is 405.
    """
    offered = methods or (("GET", "HEAD") if action in READS else ("GET", "HEAD", "POST"))

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in offered:
                return HttpResponseNotAllowed(offered)
            try:
                if not may(actor_of(request), action):
                    raise lacks(action, "Your roles do not include the right")
                return view(request, *args, **kwargs)
            except Problem as problem:
                return show_problem(request, problem)
            except RuleError as error:
                return show_problem(request, from_rule(error))

        guarded.right = action  # type: ignore[attr-defined]
        return guarded

    return wrap


def show_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as a page with its status; nothing was changed."""
    keep(problem)
    template = f"{problem.status}.html" if problem.status in {400, 403, 404, 409} else "400.html"
    return render(request, template, {"problem": problem, "detail": problem.detail}, status=problem.status)


def paginate(
    request: HttpRequest, rows: QuerySet[Any], *, per_page: int = PAGE_ROWS, counted: bool = False
) -> Page[Any]:
    """The page named by `?page=`, one count and one select. `counted`: of ids alone, and both in one statement, for rows that
    are dear to find, as by words."""
    number = read_int("page", request.GET.get("page", "1") or "1")
    pages = Paginator(rows, per_page)
    if counted and 1 <= number < FURTHEST:
        start = (number - 1) * per_page
        beside = rows.annotate(whole=Window(Count("pk"))).values_list("pk", "whole")
        found = list(beside[start : start + per_page])
        if found or number == 1:
            pages.count = found[0][1] if found else 0  # a cached property: it is not asked for again
            return Page([pk for pk, _ in found], number, pages)  # any sequence will do
    if number < 1 or (number > pages.num_pages and number != 1):
        raise Problem(404, "not_found", f"There is no page {number}. The last is {pages.num_pages}.")
    return pages.page(number)


def form_problem(form: Any, problem: Problem) -> None:
    """Put a service's refusal on the form: by field where the pointer names one, else at the top."""
    keep(problem)
    if not problem.items:
        form.add_error(None, problem.detail)
    for item in problem.items:
        name = item.pointer.strip("/")
        form.add_error(name if name in form.fields else None, item.detail)
