"""The style page: every component once, with invented facts, so that a new page starts from what is there.

Open to signed-in staff only. What a page needs and this one lacks is added here first.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core import clock, vocabulary
from core.plot.bars import Part, Spell
from core.plot.glide import Glide, Reading, Version
from core.plot.palette import LIGHT

KINDS = {
    "kpi": "KPI", "rollup": "Initiative roll-up", "pilot": "Pilot level", "gate_outcome": "Gate outcome",
    "must_meet": "Must-meet", "condition": "Condition", "decision": "Decision", "submission": "Submission",
    "model": "Model", "drift": "Drift", "value": "Value evidence", "confidence": "Delivery confidence",
    "import_row": "Import row", "seat": "Council seat", "job": "Job", "intervention": "Intervention", "triage": "Triage",
    "asked": "Gate asked for", "reopening": "Beside the gates", "severity": "Finding", "portfolio_rule": "Portfolio rule",
}  # fmt: skip


COLUMNS = [
    {"key": word.lower(), "label": word} for word in ("Initiative", "Status", "Stage", "Spent", "Tier")
]


class SampleForm(forms.Form):
    """One of each control; it is never saved."""

    name = forms.CharField(help_text="As people say it. Up to 80 characters.", max_length=80)
    target_on = forms.DateField(
        label="Target date",
        error_messages={"invalid": "No such day. Write 28.02.2027 or 2027-02-28."},
    )
    tier = forms.ChoiceField(label="Risk tier", choices=[("1", "1, the highest"), ("2", "2"), ("3", "3")])
    ref = forms.CharField(label="Reference", disabled=True, initial="AI-0042")
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    direction = forms.ChoiceField(
        choices=[("lower", "Lower is better"), ("higher", "Higher is better")], widget=forms.RadioSelect
    )
    good_rows = forms.BooleanField(
        label="Commit good rows only; keep the rest in the refused file", required=False
    )


def style(request: HttpRequest) -> HttpResponse:
    """The page; 403 for whoever is not staff."""
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied("The style page is for staff.")
    return render(request, "core/style.html", sample(request, clock.today()))


def sample(request: HttpRequest, today: date) -> dict[str, Any]:
    """The invented facts of the page."""
    typed = {"name": "Motor claims triage", "target_on": "31.02.2027", "tier": "2", "direction": "lower"}
    return {
        "form": SampleForm(typed),
        "kinds": [(words, kind, list(vocabulary.TABLE[kind])) for kind, words in KINDS.items()],
        "paths": sample_paths(today),
        "amended": amended(today),
        "capped": capped(today),
        "replayable": True,
        "offers_known_at": True,
        "known_that_day": request.GET.get("known_at") == "that_day",
        "all_columns": COLUMNS,
        "columns": COLUMNS[:3],
        "swatches": sorted(LIGHT),
        "since": today - timedelta(days=53),
        "spells": _spells(today),
        "limits": [
            ("approved end", today - timedelta(days=133)),
            ("extended end", today - timedelta(days=55)),
        ],
        "figure": _figure(),
        "chart": _chart(),
        "why": _why(today),
    }


def sample_paths(today: date) -> list[Glide]:
    """One trajectory per verdict, from a formula."""
    ends = {"on_track": 0.60, "at_risk": 0.46, "off_track": 0.06, "achieved": 1.03, "stale": 0.42}
    paths = [_trajectory(code, end, today) for code, end in ends.items()]
    empty = Version(today - timedelta(days=110), today + timedelta(days=64))
    return [*paths, Glide("Hours per wording review", "no_baseline", today, (empty,))]


def _trajectory(code: str, end: float, today: date) -> Glide:
    start, last = today - timedelta(days=200), 120 if code == "stale" else 194
    goal = today + timedelta(days=6 if code == "achieved" else 130)
    version = Version(start, goal, Decimal("9.4"), Decimal("5.0"))
    readings = []
    for step in range(1, 14):
        share = Decimal(str(round(end * step / 13 + (0.02 if step % 3 == 0 else -0.01), 4)))
        on = start + timedelta(days=last * step // 13)
        readings.append(Reading(on, Decimal("9.4") - share * Decimal("4.4"), share))
    return Glide("Median days to first claim decision", code, today, (version,), tuple(readings), "days")


def amended(today: date) -> Glide:
    """A KPI whose target was moved: two versions, the line never drawn across."""
    start, moved, end = today - timedelta(days=253), today - timedelta(days=102), today - timedelta(days=55)
    base = Decimal("9.4")
    first = Version(start, end, base, Decimal("5.0"))
    second = Version(start, end, base, Decimal("6.0"), moved)
    readings = []
    for step in range(1, 18):
        on = start + timedelta(days=14 * step)
        value = base - Decimal("0.24") * min(step, 15)
        index = 0 if on < moved else 1
        goal = (first, second)[index].target or base
        counts = on <= end + timedelta(days=14)
        readings.append(Reading(on, value, (value - base) / (goal - base), index, counts))
    return Glide("K-0107", "achieved", today, (first, second), tuple(readings), "days")


def capped(today: date) -> Glide:
    """A guard KPI: a cap with a warn zone, shown with up as better."""
    start = today - timedelta(days=180)
    version = Version(start, upper=Decimal("5.0"), warn=Decimal("0.5"))
    values = ("3.9", "4.0", "4.2", "4.1", "4.4", "4.3", "4.6", "4.1")
    readings = tuple(Reading(start + timedelta(days=20 * (i + 1)), Decimal(v)) for i, v in enumerate(values))
    return Glide("Claims reopened within 30 days", "stale", today, (version,), readings, "%")


def _spells(today: date) -> list[Spell]:
    days = [today - timedelta(days=n) for n in (554, 428, 365, 253)]
    ends = [*days[1:], None]
    return [
        Spell(name, on, end)
        for name, on, end in zip(("Idea", "Framing", "Development", "Pilot"), days, ends, strict=True)
    ]


def _figure() -> dict[str, Any]:
    return {
        "title": "Value validated against planned", "value": "€5.67m", "of": "€10.5m", "url": "#figures", "whole": 10.46,
        "parts": [Part(8.44, "out"), Part(5.67, "acc"), Part(10.46, tick=True)],
        "bar_label": "validated €5.67m, claimed €8.44m, planned €10.46m",
        "text": "54 % validated by finance. Another €2.78m is claimed, not yet validated, and not added.",
        "unknown": "One pilot has no case: it cannot be counted.",
    }  # fmt: skip


def _why(today: date) -> dict[str, Any]:
    return {
        "role": "unknown",
        "rule": "Blind: more than 34 % of KPI weight is stale, without data, without baseline, invalid or unverified.",
        "numbers": "Blind weight 0.60 of 1.00: K-0041 (0.40) and K-0043 (0.20) stale.",
        "since": today - timedelta(days=53),
        "clears": "A reading of K-0041, last 17 Aug, cadence 30 days.",
        "flips": "K-0041 alone: blind weight falls to 0.20.",
        "actions": [("Record a reading", "#why")],
    }


def _chart() -> dict[str, Any]:
    quarters = ["Q0", "Q1", "Q2", "Q3", "Q4"]
    lines = {
        "planned": ([0, 20, 60, 120, 200], {"color": LIGHT["ink-3"], "dash": "dash", "width": 1.25}),
        "realised": ([0, 5, 30, 75, 118], {"color": LIGHT["accent"], "width": 2.5}),
        "spent": ([80, 180, 290, 380, 440], {"color": LIGHT["ink"], "width": 2}),
    }
    labels = [
        {"x": "Q4", "y": y[-1], "text": f"{name} {y[-1]}", "showarrow": False, "xanchor": "left", "xshift": 8,
         "font": {"size": 11, "color": line["color"]}}
        for name, (y, line) in lines.items()
    ]  # fmt: skip
    return {
        "id": "theme", "title": "Spend against realised value", "size": "h-s",
        "summary": "Spent 440, planned 200 and realised 118 thousand euro by Q4",
        "spec": {
            "data": [{"type": "scatter", "mode": "lines", "x": quarters, "y": y, "line": line} for y, line in lines.values()],
            "layout": {"height": 230, "margin": {"l": 36, "r": 90, "t": 8, "b": 28}, "xaxis": {"showgrid": False},
                       "yaxis": {"rangemode": "tozero", "nticks": 4}, "annotations": labels},
        },
        "columns": [("Quarter", False), *((name.capitalize(), True) for name in lines)],
        "rows": [[q, *(y[i] for y, _ in lines.values())] for i, q in enumerate(quarters)],
    }  # fmt: skip
