"""The pilot review board: purgatory side by side, every other pilot below, and what they show together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from core import clock, vocabulary
from core.access import Actor, scope
from core.choices import in_tree_order
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit
from core.roles import Action
from core.tables import Column, list_page
from domain.purgatory_rules import RULES
from pilots.charts import Drawn, paths_of
from pilots.models import Pilot
from pilots.queries.board import PILOTS, seen_by, told
from pilots.queries.facts import Record, records, sponsor_last_act, with_people
from pilots.queries.indicators import BENCHMARK, indicators
from pilots.queries.policy import policy_on
from pilots.queries.summary import Summary, summary
from pilots.queries.words import MEANS, REMEDIES, causes, causes_words, remedy_words
from portfolio.models import Flag
from portfolio.models.initiatives import TIERS

CELLS = "pilots/cells"
# A reader wants the worst first; a program asks for what it wants.
LISTING = replace(PILOTS, default="level,decision_on")
SIDE_BY_SIDE = 4
CALLED = {"due": "decision waits", "decision_on": "decide by", "entered_on": "in pilot since", "level_since": "level since",
          "open": "still open", "no_decision_date": "said to have no date"}  # fmt: skip


def _ages(rows: Sequence[Pilot], today: date) -> None:
    for row in rows:
        entered = row.spell.entered_on
        row.days = None if entered is None else max((today - entered).days, 0)  # type: ignore[attr-defined]


def _paths(rows: Sequence[Pilot], today: date) -> None:
    found = paths_of([row.initiative_id for row in rows], today)
    for row in rows:
        row.drawn = found.get(row.initiative_id)  # type: ignore[attr-defined]


def _words(rows: Sequence[Pilot], today: date) -> None:  # noqa: ARG001  the shape every loader has
    for row in rows:
        row.causes = causes(row.rules)  # type: ignore[attr-defined]
        row.remedy_words = remedy_words(row.remedy, row.remedy_detail)  # type: ignore[attr-defined]


def _level(row: Pilot) -> str:
    return vocabulary.word("pilot", row.level) if row.level else "not judged yet"


COLUMNS = (
    Column("name", "Pilot", f"{CELLS}/pilot.html", lambda r: f"{r.initiative.ref} {r.initiative.name}", sort="name"),
    Column("level", "Level", f"{CELLS}/level.html", _level, sort="level"),
    Column("glide", "Glide path", f"{CELLS}/glide.html", lambda r: r.drawn.kpi.name if r.drawn else "", css="mid hide-s", load=_paths),
    Column("days", "Days of approved", f"{CELLS}/days.html", lambda r: r.days, sort="entered_on", css="num", load=_ages),
    Column("decision", "Decide by", f"{CELLS}/decision.html", lambda r: r.decision_on, sort="decision_on", css="num"),
    Column("causes", "Causes", f"{CELLS}/causes.html", lambda r: causes_words(r.rules), sort="findings", load=_words),
    Column("remedy", "Remedy", f"{CELLS}/remedy.html", lambda r: remedy_words(r.remedy, r.remedy_detail), load=_words),
    Column("unit", "Business unit", f"{CELLS}/unit.html", lambda r: r.initiative.unit.name, sort="unit", shown=False),
    Column("lead", "Lead", f"{CELLS}/lead.html", lambda r: r.initiative.lead.name if r.initiative.lead else "", shown=False),
    Column("tier", "Tier", f"{CELLS}/tier.html", lambda r: r.initiative.risk_tier, shown=False),
    Column("planned", "Approved length", f"{CELLS}/planned.html", lambda r: r.planned_days, sort="planned_days", css="num", shown=False),
    Column("since", "Level since", f"{CELLS}/since.html", lambda r: r.level_since, sort="level_since", css="num", shown=False),
    Column("spent", "Spent", f"{CELLS}/spent.html", lambda r: r.initiative.spent, sort="spent", css="num", shown=False),
)  # fmt: skip


class Filters(FilterForm):
    """Above the board."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, unit, lead"})
    )
    unit = forms.ChoiceField(label="Business unit")
    level = forms.ChoiceField(choices=[("", "All levels"), *vocabulary.choices("pilot")])
    rule = forms.ChoiceField(
        label="Cause", choices=[("", "Any cause"), *((r.code, f"{r.cause} {r.code}") for r in RULES)]
    )
    remedy = forms.ChoiceField(choices=[("", "Any remedy"), *REMEDIES.items()])
    risk_tier = forms.ChoiceField(label="Tier", choices=[("", "All tiers"), *TIERS])
    due = forms.ChoiceField(
        label="Decision", choices=[("", "Any"), ("true", "Waits"), ("false", "Does not wait")]
    )


@dataclass(frozen=True, slots=True)
class Card:
    """One pilot in purgatory, with what a council asks of it."""

    record: Record
    flags: list[Flag]
    drawn: Drawn | None
    days: int | None
    sponsor_act: date | None
    remedy: str
    may_edit: bool

    @property
    def pilot(self) -> Pilot:
        return self.record.pilot


@page_view(Action.VIEW)
def board(request: HttpRequest) -> HttpResponseBase:
    """Every open pilot the reader may see, the worst first."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    rows = with_people(seen_by(actor, today))
    if not request.GET.get("open"):
        rows = rows.filter(ended_on=None)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    whole = request.GET.get("format") != "csv" and not request.headers.get("HX-Request")
    return list_page(
        request, rows=rows, listing=LISTING, columns=COLUMNS, template="pilots/board.html", filename="pilots",
        context={
            "caption": "Pilots", "filters": form, "filters_set": chips(request, form, LISTING, CALLED),
            "empty": {"title": "No pilot", "text": "An initiative shows here from the day it enters the pilot stage."},
            **(_together(request, actor, today, rows) if whole else {}),
        },
    )  # fmt: skip


def _together(request: HttpRequest, actor: Actor, today: date, rows: QuerySet[Pilot]) -> dict[str, Any]:
    """Cards and sums of the same selection; the level itself left out of the sums, so that each can be opened."""
    found = PILOTS.apply(rows, request.GET, ignore=("page", "columns", "as_of", "known_at", "format"))
    params = request.GET.copy()
    params.pop("level", None)
    everything = PILOTS.apply(rows, params, ignore=("page", "columns", "as_of", "known_at", "format"))
    seen = summary(everything, actor, today)
    return {
        "cards": _cards(found, actor, today),
        "seen": seen,
        "means": MEANS,
        "findings": _findings(seen),
        "indicators": indicators(actor, today),
        "benchmark": BENCHMARK,
        "policy_version": policy_on(today)[1],
    }


def _cards(found: QuerySet[Pilot], actor: Actor, today: date) -> list[Card]:
    """The pilots in purgatory with the oldest decision date, side by side: the first of the table, read by its index."""
    worst = found.filter(level="purgatory").order_by(
        "level_rank", F("decision_on").asc(nulls_last=True), "pk"
    )
    pilots = list(worst[:SIDE_BY_SIDE])
    if not pilots:
        return []
    flags, drawn = told(pilots), paths_of([p.initiative_id for p in pilots], today)
    editable = Pilot.objects.filter(scope(actor, Action.EDIT_PILOT, Pilot), pk__in=[p.pk for p in pilots])
    own = set(editable.values_list("pk", flat=True))
    _ages(pilots, today)
    return [
        Card(
            record=record, flags=flags[record.pilot.pk], drawn=drawn.get(record.pilot.initiative_id),
            days=getattr(record.pilot, "days", None), sponsor_act=sponsor_last_act(record),
            remedy=remedy_words(record.pilot.remedy, record.pilot.remedy_detail), may_edit=record.pilot.pk in own,
        )
        for record in records(pilots, today)
    ]  # fmt: skip


def _findings(seen: Summary) -> list[tuple[str, str]]:
    """The portfolio rules: (code of the vocabulary, sentence)."""
    out = [("fired", flag.sentence) for flag in seen.units]
    if not out:
        out.append(("clear", "No top-level unit has five pilots and nothing in production."))
    if seen.age.median is not None:
        out.append(("clear", f"Median {seen.age.median} days in pilot, 90th percentile {seen.age.p90}."))
    if seen.age.undated:
        words = "One pilot is" if seen.age.undated == 1 else f"{seen.age.undated} pilots are"
        out.append(("cannot_tell", f"{words} undated, not in the median."))
    return out


@page_view(Action.VIEW)
def thresholds(request: HttpRequest) -> HttpResponse:
    """The limits in force, rule by rule, and the version they come from."""
    today_only(request)
    policy, number = policy_on(clock.day_of(moment_of(request)))
    context = {
        "number": number,
        "rows": [(name.replace("_", " "), _limits(value)) for name, value in policy.to_json().items()],
        "currency": settings.ORG_CURRENCY,
    }
    return render(request, "pilots/thresholds.html", context)


def _limits(value: Any) -> str:
    return " / ".join(map(str, value)) if isinstance(value, list) else str(value)
