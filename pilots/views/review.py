"""The review board: all open pilots side by side on stated criteria, and how far their order hangs on the weights."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from core import clock
from core.access import everywhere
from core.editing import submit
from core.errors import Problem
from core.export import csv_response
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref, wrong
from domain.errors import RuleError
from domain.review_board import CODES, CRITERIA, read_weights
from pilots.models import Pilot
from pilots.queries.board import seen_by
from pilots.queries.review import Board, Row, Weights, board, weights_on
from pilots.queries.words import remedy_words
from pilots.services.weights import record_weights

WORDS: Final = {one.code: one.words for one in CRITERIA}


class WeightsForm(forms.Form):
    """A weight for each criterion. Tried by GET, recorded by POST with a reason."""

    because = forms.CharField(
        label="Why these weights",
        max_length=300,
        required=False,
        help_text="Needed to record them as policy.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in CRITERIA:
            self.fields[one.code] = forms.DecimalField(
                label=one.words, min_value=0, max_value=1_000, max_digits=7, decimal_places=3,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "size": "5"}),
            )  # fmt: skip
        self.order_fields([*CODES, "because"])

    @property
    def weights(self) -> dict[str, Decimal]:
        return {code: self.cleaned_data[code] for code in CODES}


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def review(request: HttpRequest) -> HttpResponseBase:
    """The ranking by the weights in force, or by those in the query string; POST records them. `?format=csv` as a file."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    today = clock.day_of(at)
    standing = weights_on(today)
    said = _initial(standing)
    form, status = WeightsForm(request.POST or None, initial=said), 200
    if request.method == "POST":
        done = submit(
            request, form,
            lambda typed: (record_weights(weights=typed.weights, because=typed.cleaned_data["because"], by=actor, at=at),),
        )  # fmt: skip
        if done.row is not None:
            kept = done.row[0]
            messages.success(
                request,
                f"Version {kept.number} of the weights is in force."
                if kept
                else "They are in force already.",
            )
            return redirect("pilot-review")
        form, status = done.form, done.status
    tried = _tried(request, standing)
    if tried is not standing and request.method != "POST":
        form = WeightsForm(initial=_initial(tried))
    shown = board(_chosen(request, seen_by(actor, today)), tried, today)
    if request.GET.get("format", "csv") != "csv":
        raise wrong("format", "This list comes as a page, or as csv.")
    if "format" in request.GET and request.method != "POST":
        return csv_response("pilot-review", _heads(), (_cells(one) for one in shown.rows))
    return render(request, "pilots/review.html", {**_context(shown), "form": form, "tried": tried.number is None,
                  "standing": standing, "may_record": everywhere(actor, Action.EXTEND_PILOT)}, status=status)  # fmt: skip


def _initial(weights: Weights) -> dict[str, str]:
    return {code: f"{value.normalize():f}" for code, value in weights.weights.items()}


def _tried(request: HttpRequest, standing: Weights) -> Weights:
    """The weights of the query string, where it names any; Problem 400 at the one that is wrong."""
    named = {code: request.GET[code].strip() for code in CODES if request.GET.get(code, "").strip()}
    for name in request.GET:
        if name not in {*CODES, "only", "format"}:
            raise wrong(name, f"There is no parameter {name[:60]!r} here.")
    if not named:
        return standing
    try:
        found = read_weights({**{code: f"{value:f}" for code, value in standing.weights.items()}, **named})
    except RuleError as refused:
        raise wrong((refused.pointer or "/weights").strip("/"), refused.message) from refused
    return standing if found == dict(standing.weights) else Weights(found, None)


def _chosen(request: HttpRequest, rows: Any) -> Any:
    """All of them, or those named by `only`, separated by commas."""
    raw = request.GET.get("only", "").strip()
    if not raw:
        return rows
    names = [one for one in raw.split(",") if one.strip()]
    if len(names) > 100:
        raise Problem(400, "invalid", "Name at most 100 pilots.")
    return rows.filter(pk__in=[read_ref(one.strip(), "P") for one in names])


def _context(shown: Board) -> dict[str, Any]:
    first = shown.rows[0].place.ref if shown.rows else ""
    names = {one.place.ref: one.pilot.initiative.name for one in shown.rows}
    whole = sum(shown.weights.weights.values(), Decimal(0))
    return {
        "board": shown,
        "criteria": [(one, shown.weights.weights[one.code] / whole) for one in CRITERIA],
        "rows": [_line(one) for one in shown.rows],
        "flips": [
            (WORDS.get(one.code, ""), one.how, names[one.order[0]]) for one in shown.sensitivity.changes_first(first)
        ],
        "tried_count": len(shown.sensitivity.moved),
    }  # fmt: skip


def _line(one: Row) -> dict[str, Any]:
    return {
        "row": one, "pilot": one.pilot, "cells": [(criterion.words, one.scores[criterion.code]) for criterion in CRITERIA],
        "remedy": _remedy(one.pilot), "moves": one.best != one.worst,
    }  # fmt: skip


def _remedy(pilot: Pilot) -> str:
    return remedy_words(pilot.remedy, pilot.remedy_detail) if pilot.remedy else "not judged yet"


def _heads() -> list[str]:
    return [
        "Rank", "Pilot", "Initiative", "Business unit", *(one.words for one in CRITERIA), "Score", "At most", "Known",
        "Best rank", "Worst rank", "Remedy", "Tie",
    ]  # fmt: skip


def _cells(one: Row) -> list[Any]:
    pilot, place = one.pilot, one.place
    return [
        place.rank, pilot.ref, pilot.initiative.name, pilot.initiative.unit.name,
        *("" if one.scores[code] is None else f"{one.scores[code]:.4f}" for code in CODES),
        f"{place.score:.4f}", f"{place.most:.4f}", f"{place.known:.4f}", one.best, one.worst, _remedy(pilot), place.tie,
    ]  # fmt: skip
