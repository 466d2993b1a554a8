"""Drift on a KPI's page, and the forms by which people answer it: a new reference, a review, a change of the world."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, allows, require
from core.editing import submit
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from domain.kpi_drift import Relevance, ReviewStatus, ValueStatus
from kpis.forms import ReferenceForm, ReviewForm, WorldForm
from kpis.models import DriftReference, Kpi, RelevanceReview, WorldChange
from kpis.queries.drift import NO_OUTCOME, Drift, drift_of
from kpis.services.drift_words import record_review, record_world_change, state_reference
from kpis.views.find import find_kpi, head
from portfolio.views.frame import find_initiative, frame

SHOWN: Final = 20
_ROLES: Final = {
    ValueStatus.STEADY: "good", ValueStatus.DRIFT: "warn", ValueStatus.UNKNOWN: "unknown",
    Relevance.HOLDS: "good", Relevance.LOST: "bad", Relevance.UNKNOWN: "unknown",
}  # fmt: skip
_SHAPES: Final = {"good": "dot", "warn": "tri", "bad": "sq", "unknown": "hatch", "none": "dash"}
_VALUE_WORDS: Final = {"steady": "Steady", "drift": "Moved", "unknown": "Unknown"}
_DEFINITION_WORDS: Final = {"steady": "Unbroken", "broken": "Broken", "unknown": "Unknown"}
_RELEVANCE_WORDS: Final = {"holds": "Holds", "lost": "Lost", "unknown": "Unknown"}
_REVIEW_WORDS: Final = {"due": "Review due", "overdue": "Review overdue"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of drift in words: `more` are sentences on how it was found, `clears` what would clear it (empty: nothing)."""

    title: str
    asks: str
    word: str
    role: str
    sentence: str
    more: tuple[str, ...] = ()
    since: date | None = None
    clears: str = ""
    until: date | None = None

    @property
    def shape(self) -> str:
        return _SHAPES[self.role]


def drifting(
    kpi: Kpi, found: Drift | None, actor: Actor, day: date, known_at: datetime | None, *, now: bool
) -> dict[str, Any]:
    """The context of `kpis/_drift.html`. Two statements, one more with an outcome."""
    if found is None:
        return {"kinds": []}
    known = {} if known_at is None else {"recorded_at__lte": known_at}
    outcome = (
        Kpi.objects.select_related("current").filter(pk=found.outcome_id).first()
        if found.outcome_id
        else None
    )
    references = DriftReference.objects.filter(kpi=kpi.pk, stated_on__lte=day, **known)
    may = now and kpi.state != Kpi.State.RETIRED and allows(actor, Action.DEFINE_KPI, kpi)
    return {
        "kinds": [_value(found), _definition(found), _relevance(found)],
        "outcome": outcome,
        "inverse": found.inverse,
        "references": list(references.select_related("recorded_by").order_by("-pk")[:SHOWN]),
        "reviews": found.facts.reviews[::-1][:SHOWN],
        "review": found.review if found.asked else None,
        "review_word": _REVIEW_WORDS.get(found.review.status.value, ""),
        "review_overdue": found.review.status is ReviewStatus.OVERDUE,
        "drift_until": found.valid_until,
        "drift_policy": found.policy,
        "may_answer_drift": may,
        "lost": found.lost,
    }


def _value(found: Drift) -> Kind:
    value = found.value
    role = _ROLES[value.status]
    if value.status is ValueStatus.DRIFT and not found.alarming:
        role = "good"
    word = _VALUE_WORDS[value.status.value]
    if value.status is ValueStatus.DRIFT and found.toward:
        word = f"{word} for the {found.toward}"
    meant: tuple[str, ...] = ()
    if value.status is ValueStatus.DRIFT and not found.alarming:
        meant = ("A KPI is meant to get better, so no flag is raised for it.",)
    known = () if value.last_known is None else (f"Before that it was {value.last_known.value}.",)
    return Kind(
        "Value", "Have the readings left the level they had?", word, role, value.sentence,
        (*meant, *(hit.sentence for hit in value.hits), *known, *value.notes), found.value_since,
        found.value_clears, value.valid_until,
    )  # fmt: skip


def _definition(found: Drift) -> Kind:
    said = found.definition
    more = (*(one.sentence for one in said.breaks), *(one.sentence for one in said.undetermined))
    if said.unknown and len(said.unknown) < 5:
        more = (*more, f"No version states its {', '.join(said.unknown)}.")
    role = "none" if said.breaks else "good" if said.status == "steady" else "unknown"
    clears = (
        "Nothing: a change of the definition stays on record, and is no reproach by itself."
        if said.breaks
        else ""
    )
    return Kind(
        "Definition", "Is one thing measured in one way?", _DEFINITION_WORDS[said.status.value], role, said.sentence,
        more, said.breaks[-1].on if said.breaks else None, clears, said.valid_until,
    )  # fmt: skip


def _relevance(found: Drift) -> Kind:
    asks, said = "Does it still move with the outcome it stands for?", found.relevance
    if said is None:
        return Kind("Relevance", asks, "Unknown", "unknown", NO_OUTCOME, (), None, found.relevance_clears)
    more = (
        ("It should fall when its outcome rises, so the sign of each correlation is turned.",)
        if found.inverse
        else ()
    )
    if found.answered and said.relevance is Relevance.LOST:
        more = (*more, "Somebody has looked since: see the reviews.")
    if said.last_known is not None:
        more = (*more, f"Before that it was {said.last_known.value}.")
    since = found.lost_since if said.relevance is Relevance.LOST else None
    return Kind(
        "Relevance", asks, _RELEVANCE_WORDS[said.relevance.value], _ROLES[said.relevance], said.sentence, more, since,
        found.relevance_clears, said.valid_until,
    )  # fmt: skip


@page_view(Action.DEFINE_KPI)
def reference(request: HttpRequest, ref: str) -> HttpResponse:
    """State a new reference of the KPI's level."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    kpi = find_kpi(request, ref)
    require(actor, Action.DEFINE_KPI, kpi)
    found = drift_of(kpi.pk, as_of=clock.day_of(at))
    initial = {"begins_on": found.value_since} if found is not None and found.value.hits else {}
    form = ReferenceForm(request.POST or None, initial=initial)

    def save(filled: ReferenceForm) -> DriftReference:
        return state_reference(kpi_id=kpi.pk, by=actor, at=at, **filled.cleaned_data)

    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, "On record. The level is watched by the new reference.")
        return redirect("kpi-detail", kpi.ref)
    context = {**head(request, kpi), "form": done.form, "kind": None if found is None else _value(found)}
    return render(request, "kpis/reference_form.html", context, status=done.status)


@page_view(Action.DEFINE_KPI)
def review(request: HttpRequest, ref: str) -> HttpResponse:
    """Record a review of the KPI's relevance."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    kpi = find_kpi(request, ref)
    require(actor, Action.DEFINE_KPI, kpi)
    form = ReviewForm(request.POST or None)

    def save(filled: ReviewForm) -> RelevanceReview:
        return record_review(kpi_id=kpi.pk, by=actor, at=at, **filled.cleaned_data)

    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, "The review is on record.")
        return redirect("kpi-detail", kpi.ref)
    found = drift_of(kpi.pk, as_of=clock.day_of(at))
    context = {
        **head(request, kpi), "form": done.form, "kind": None if found is None else _relevance(found),
        "review": found.review if found is not None and found.asked else None,
    }  # fmt: skip
    return render(request, "kpis/review_form.html", context, status=done.status)


@page_view(Action.DEFINE_KPI)
def world(request: HttpRequest, ref: str) -> HttpResponse:
    """Record a change around an initiative: its KPIs then ask for a review."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    initiative = find_initiative(request, ref)
    require(actor, Action.DEFINE_KPI, initiative)
    form = WorldForm(request.POST or None)

    def save(filled: WorldForm) -> WorldChange:
        return record_world_change(initiative_id=initiative.pk, by=actor, at=at, **filled.cleaned_data)

    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, "On record. Each KPI of the initiative asks for a review of its relevance.")
        return redirect("initiative-kpis", initiative.ref)
    recorded = WorldChange.objects.filter(initiative=initiative).select_related("recorded_by")[:SHOWN]
    context = frame(request, initiative, "initiative-kpis") | {"form": done.form, "recorded": list(recorded)}
    return render(request, "kpis/world_form.html", context, status=done.status)
