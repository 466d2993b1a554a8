"""The days that stand before models, month by month, and the same for a calendar."""

from datetime import date, timedelta
from functools import partial

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assurance.queries.life_dates import A_PAGE, KINDS, Dated, dates_of
from core import clock
from core.access import scope
from core.calendar import calendar_of, of_day
from core.choices import in_tree_order
from core.errors import invalid
from core.filtering import FilterForm
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit
from core.roles import Action
from core.values import read_bool, read_int
from domain.ageing import months_after
from governance.models import AiModel

LATE = timedelta(days=92)
AHEAD = timedelta(days=366)


class Filters(FilterForm):
    """Above the days."""

    kind = forms.ChoiceField(label="What", choices=[("", "Everything"), *KINDS.items()])
    unit = forms.ChoiceField(label="Business unit")
    mine = forms.ChoiceField(label="Whose", choices=[("", "Every model"), ("true", "Those you own")])


@page_view(Action.VIEW)
def model_calendar(request: HttpRequest) -> HttpResponse:
    """One month of reviews, validations, ethics audits, attestations, findings, exceptions and clocks; before it, what is late."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    first = _month(request.GET.get("month", ""), today)
    last = months_after(first, 1) - timedelta(days=1)
    kinds, mine, unit = _asked(request)
    rows = AiModel.objects.filter(unit__path__contains=f"/{unit}/") if unit else None
    ask = partial(dates_of, actor, kinds=kinds, mine=mine, rows=rows, most=A_PAGE)
    found, more = ask(first, last)
    late: list[Dated] = []
    more_late = False
    if first <= today <= last:
        late, more_late = ask(first - LATE, first - timedelta(days=1))
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form = Filters(request, kept=("month",))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    context = {
        "first": first, "before": months_after(first, -1), "after": months_after(first, 1), "found": found, "late": late,
        "more": more, "more_late": more_late, "filters": form, "today": today,
    }  # fmt: skip
    return render(request, "assurance/calendar.html", context)


@page_view(Action.VIEW)
def model_calendar_ics(request: HttpRequest) -> HttpResponse:
    """The same for a calendar: the quarter past and the year to come."""
    actor, at = actor_of(request), moment_of(request)
    today = clock.day_of(at)
    kinds, mine, unit = _asked(request)
    rows = AiModel.objects.filter(unit__path__contains=f"/{unit}/") if unit else None
    found, _ = dates_of(actor, today - LATE, today + AHEAD, kinds=kinds, mine=mine, rows=rows)
    entries = [
        of_day(
            one.uid, one.on, f"{one.label}: {one.model.name}", description=f"{one.words} ({one.who or 'nobody yet'})",
            url=f"{settings.SITE_URL}{one.url}",
        )
        for one in found
    ]  # fmt: skip
    answer = HttpResponse(
        calendar_of(entries, at, "Throughline: models"), content_type="text/calendar; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="throughline-models.ics"'
    return answer


def _month(raw: str, today: date) -> date:
    if not raw:
        return today.replace(day=1)
    try:
        found = date.fromisoformat(f"{raw}-01")
    except ValueError:
        raise invalid("Write a month as 2026-11.") from None
    if not 2000 <= found.year <= 2199:
        raise invalid("Write a month from 2000-01 to 2199-12.")
    return found


def _asked(request: HttpRequest) -> tuple[frozenset[str], bool, int]:
    """Kinds, whether only the reader's own, and the unit (0: any). Problem 400 for what cannot be read."""
    for name in request.GET:
        if name not in {"month", "kind", "mine", "unit"}:
            raise invalid(f"There is no parameter {name[:40]!r} here.")
    kind = request.GET.get("kind", "")
    if kind and kind not in KINDS:
        raise invalid(f"There is no kind {kind[:40]!r}. Known: {', '.join(KINDS)}.")
    mine, unit = request.GET.get("mine", ""), request.GET.get("unit", "")
    return (
        frozenset({kind} if kind else KINDS),
        bool(mine) and read_bool("mine", mine),
        read_int("unit", unit) if unit else 0,
    )
