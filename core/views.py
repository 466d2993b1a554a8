"""Pages that belong to no room: home, health, errors."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from core.api.problems import answer
from core.errors import Problem, not_found
from core.http import actor_of
from core.models import Role

# Who works on something lands on it, who votes on the council's home with the open votes, an auditor on the log; who looks
# at everything lands on the dashboard. Whoever holds roles of both kinds looks at everything. Nobody has to know the menu.
LEADS = frozenset({Role.LEAD, Role.CONTRIBUTOR})
COUNCIL = frozenset({Role.COUNCIL_MEMBER, Role.COUNCIL_CHAIR})
# Whose day is the whole portfolio: they start there, a seat on the council or not.
LOOKS_AT_ALL = frozenset({Role.EXECUTIVE, Role.PORTFOLIO_MANAGER})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where a person starts, by the roles they hold."""
    roles = {grant.role for grant in actor_of(request).grants}
    if roles and roles <= LEADS | {Role.MODEL_OWNER}:
        if roles & LEADS:
            return HttpResponseRedirect(reverse("lead-home"))
        return HttpResponseRedirect(reverse("model-mine"))
    if roles & COUNCIL and not roles & LOOKS_AT_ALL:
        return HttpResponseRedirect(reverse("council-home"))
    if roles == {Role.AUDITOR}:
        return HttpResponseRedirect(reverse("event-list"))
    if roles == {Role.ADMIN}:
        return HttpResponseRedirect(reverse("person-list"))
    return HttpResponseRedirect(reverse("dashboard"))


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Alive: this process answers. Asks nothing else."""
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Ready: database reachable and migrated. The broker is named but does not fail it: work waits as rows."""
    checks: dict[str, str] = {}
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["database"], checks["migrations"] = "ok", "fail" if behind else "ok"
    except DatabaseError:
        checks["database"] = "fail"
    if settings.REDIS_URL:
        checks["broker"] = "ok" if _redis_answers() else "delayed"
    ok = "fail" not in checks.values()
    return JsonResponse({"status": "ok" if ok else "fail", "checks": checks}, status=200 if ok else 503)


def _redis_answers() -> bool:
    known = cache.get("broker-answers")
    if known is not None:
        return bool(known)
    try:
        client = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
        ok = bool(client.ping())
        client.close()
    except (RedisError, OSError):
        ok = False
    return ok


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """404 as a page, or as a problem document under /api."""
    if request.path.startswith("/api/"):
        return answer(not_found("There is no such address in this API."), request)
    return render(
        request, "404.html", {"detail": "There is nothing here, or you may not see it."}, status=404
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without a word of what went wrong inside; the request id finds it in the log."""
    problem = Problem(500, "server_error", "This is our mistake. Quote the request id when you tell us.")
    if request.path.startswith("/api/"):
        return answer(problem, request)
    return render(request, "500.html", {"request_id": getattr(request, "request_id", "")}, status=500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """400 for what Django itself refuses."""
    problem = Problem(400, "invalid", "The request cannot be read.")
    if request.path.startswith("/api/"):
        return answer(problem, request)
    return render(request, "400.html", {"detail": problem.detail}, status=400)
