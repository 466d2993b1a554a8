"""One KPI: where it stands and why, its path, its readings, its ledger, and what it is held to. On any day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from core import clock, vocabulary
from core.access import allows
from core.errors import Problem, not_found
from core.export import csv_response
from core.http import actor_of, as_of, moment_of, page_view, paginate
from core.roles import Action
from core.wording import number
from domain.kpi import Definition
from domain.kpi_codes import Flag
from domain.rollup import BAD
from kpis.charts import path_of, series_chart
from kpis.models import Kpi, KpiVersion, Measurement, Outlook, StatusChange
from kpis.queries import (
    Point,
    Series,
    answer_as_of,
    counted_as,
    end_of,
    measurable,
    point_of,
    series_of,
    standing,
    why,
)
from kpis.queries.drift import drift_of
from kpis.queries.known import put_back
from kpis.queries.warned import diverges
from kpis.translate import READING_FIELDS, definition_of, readings_of
from kpis.views.beside import beside
from kpis.views.drift import drifting
from kpis.views.due import due_on
from kpis.views.find import find_kpi, head
from kpis.views.promise import history, promise
from kpis.views.words import flag_words, reason_words, tolerance

LEDGER = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which day the page speaks of, and what had been recorded by when. `past` None is today."""

    today: date
    past: date | None
    known_at: datetime | None

    @property
    def day(self) -> date:
        return self.past or self.today

    def shows(self, version: KpiVersion) -> bool:
        """Whether the version was there by the day, and known by the moment."""
        there = version.effective_on <= self.day or (self.past is None and version.in_force_at is None)
        return there and (self.known_at is None or version.recorded_at <= self.known_at)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table of readings. `point` None: it does not speak, and `silent` says why."""

    row: Measurement
    point: Point | None
    silent: str
    after: Measurement | None
    may_change: bool

    @property
    def behind(self) -> str:
        """Points behind plan, "17.1"; ahead is below zero."""
        gap = None if self.point is None else self.point.behind
        return "none" if gap is None else number(gap * 100, 1)

    @property
    def struck(self) -> bool:
        return self.after is not None or self.row.void


def asked(request: HttpRequest) -> Asked:
    """`as_of` and `known_at=that_day` of the page."""
    past, raw = as_of(request), request.GET.get("known_at", "")
    if raw not in {"", "that_day"}:
        raise Problem(400, "invalid_parameter", "known_at on a page is that_day or nothing.")
    today = clock.day_of(moment_of(request))
    return Asked(today, past, end_of(past) if past is not None and raw else None)


@page_view(Action.VIEW)
def kpi_detail(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The whole of one KPI. `?format=csv` gives its readings."""
    actor = actor_of(request)
    kpi, wanted = find_kpi(request, ref), asked(request)
    if request.GET.get("format") == "csv":
        return _csv(kpi, wanted)
    replay = {
        "replayable": True,
        "offers_known_at": True,
        "as_of": wanted.past,
        "known_that_day": wanted.known_at is not None,
    }
    if wanted.past is not None:
        stood = _then(kpi, wanted)
        if stood is None:
            return render(request, "kpis/not_yet.html", {**head(request, kpi), **replay}, status=404)
        kpi = stood
    version = kpi.current
    if version is None:
        raise not_found()
    definition = definition_of(version, state=kpi.state)
    every = _versions(kpi)
    own = [one.pk for one in every if one.series == version.series]
    series = series_of(
        kpi.pk, definition, as_of=wanted.day, known_at=wanted.known_at, versions=own if len(own) < len(every) else None
    )  # fmt: skip
    told = [one for one in every if wanted.shows(one)]
    put_back({kpi.pk: told}, as_of=wanted.past, known_at=wanted.known_at)
    now = wanted.past is None
    may_measure = now and kpi.state != Kpi.State.RETIRED and bool(measurable(actor, [kpi.pk]))
    may_define = now and allows(actor, Action.DEFINE_KPI, kpi)
    page = paginate(request, _readings(kpi, wanted))
    found = drift_of(kpi.pk, as_of=wanted.day, known_at=wanted.known_at)
    aside = beside(kpi, actor, wanted.day, wanted.known_at, now=now)
    context = {
        **head(request, kpi), "version": version, "tolerance": tolerance(version), "undrawn": _undrawn(version), "definition": definition, "series": series,
        "path": path_of(kpi, found, series, as_of=wanted.day) if found else None, "why": why(kpi),
        "chart": series_chart(kpi, found, as_of=wanted.day, restated=[one.cause_id for one in aside["restated"]]) if found else None,
        "role": vocabulary.status("kpi", kpi.status, kpi.reason).role,
        "flags": [*((flag_words(flag), flag != Flag.EXCEEDED) for flag in kpi.flags), *_diverging(kpi, now=now)], "due": due_on(kpi) if now else None,
        "outlook": _next(kpi) if now else None, "page": page,
        "lines": _lines(page.object_list, definition, series, wanted, may_measure, version.series),
        "ledger": _ledger(kpi, wanted), "history": history(told),
        "metrics": list(kpi.served_by.select_related("current").order_by("name", "pk")) if now else [],
        "may_measure": may_measure, "may_define": may_define,
        **aside, **drifting(kpi, found, actor, wanted.day, wanted.known_at, now=now),
        **promise(kpi, actor, wanted.day, wanted.known_at, now=now),
        **replay,
    }  # fmt: skip
    return render(request, "kpis/kpi_detail.html", context)


def _diverging(kpi: Kpi, *, now: bool) -> list[tuple[str, bool]]:
    """Said at a bad KPI whose model is good by every metric."""
    bad = now and kpi.kind != Kpi.Kind.MODEL_METRIC and counted_as(kpi) in BAD
    return (
        [("every model metric is good while this is not", True)]
        if bad and diverges(kpi.initiative_id)
        else []
    )


def _then(kpi: Kpi, wanted: Asked) -> Kpi | None:
    """The KPI as it stood that day; None when it was not on record."""
    judged = answer_as_of(kpi, as_of=wanted.day, known_at=wanted.known_at)
    return None if judged is None else standing(kpi, judged, wanted.day)


def _next(kpi: Kpi) -> Outlook | None:
    """What it will be on the day after its answer expires, if nothing is recorded."""
    if kpi.valid_until is None:
        return None
    return Outlook.objects.filter(kpi=kpi.pk, valid_from__gt=kpi.valid_until).order_by("valid_from").first()


def _readings(kpi: Kpi, wanted: Asked) -> QuerySet[Measurement]:
    rows = Measurement.objects.filter(kpi=kpi.pk)
    if wanted.past is not None:
        rows = rows.filter(observed_on__lte=wanted.past)
    if wanted.known_at is not None:
        rows = rows.filter(recorded_at__lte=wanted.known_at)
    rows = rows.select_related("kpi_version", "recorded_by", "supersedes").prefetch_related("superseded_by")
    return rows.order_by("-observed_on", "-pk")


def _lines(
    rows: Iterable[Measurement],
    definition: Definition,
    series: Series,
    wanted: Asked,
    may_change: bool,
    measure: int,
) -> list[Line]:
    speaking = {point.reading.id: point for point in series.shown}
    oldest = series.shown[-1].reading.observed_on if series.shown else None
    beyond = series.spoken > len(series.shown)
    out = []
    for row in rows:
        after = next(
            (
                a
                for a in row.superseded_by.all()
                if wanted.known_at is None or a.recorded_at <= wanted.known_at
            ),
            None,
        )
        stands = after is None and not row.void
        point, silent = speaking.get(row.pk), ""
        if point is None and stands:
            silent = _silent(row, definition, wanted, measure)
            if not silent and beyond and oldest is not None and row.observed_on < oldest:
                (reading,) = readings_of([tuple(getattr(row, name) for name in READING_FIELDS)])
                point = point_of(definition, reading)
            elif not silent:
                silent = "another reading of the same day speaks"
        out.append(Line(row, point, silent, after, may_change and stands))
    return out


def _silent(row: Measurement, definition: Definition, wanted: Asked, measure: int) -> str:
    """Why a reading that stands does not speak, where it can be seen from itself."""
    if row.kpi_version.series != measure:
        return "of another measure: what is measured was changed"
    if row.value is None:
        return "holds no number"
    if row.observed_on > wanted.day:
        return "lies in the future"
    if definition.baseline_on is None:
        return "no start date is set"
    if row.observed_on < definition.baseline_on:
        return "before the baseline date"
    return ""


def _undrawn(version: KpiVersion) -> str:
    """What the path lacks, where there is none."""
    if version.baseline_on is None:
        return "a start date"
    if version.shape == KpiVersion.Shape.BAND:
        return "a floor or a cap"
    if version.baseline is None:
        return "a baseline"
    return "a target" if version.target is None else "a target date"


def _ledger(kpi: Kpi, wanted: Asked) -> list[tuple[StatusChange, str, str]]:
    """(change, its reason in words, the reason of what it was), newest first."""
    rows = StatusChange.objects.filter(kpi=kpi.pk, on__lte=wanted.day)
    if wanted.known_at is not None:
        rows = rows.filter(at__lte=wanted.known_at)
    found = list(rows.select_related("measurement", "kpi_version").order_by("-on", "-pk")[: LEDGER + 1])
    before = [*(one.reason for one in found[1:]), ""]
    return [(one, reason_words(one.reason), was) for one, was in zip(found, before, strict=False)][:LEDGER]


def _versions(kpi: Kpi) -> list[KpiVersion]:
    """Every version, also those proposed and declined."""
    rows = KpiVersion.objects.filter(kpi=kpi.pk).select_related("recorded_by", "approved_by")
    return list(rows.order_by("-number"))


def _csv(kpi: Kpi, wanted: Asked) -> HttpResponseBase:
    """Every reading of the same selection, those struck through too."""

    def row(one: Measurement) -> tuple[Any, ...]:
        after = next((a.pk for a in one.superseded_by.all()), None)
        value: Decimal | None = one.value
        who = one.recorded_by.name if one.recorded_by else ""
        return (
            one.pk, one.observed_on, value, one.kpi_version.number, one.recorded_at, who, one.source, one.supersedes_id,
            after, one.void, one.note, one.evidence,
        )  # fmt: skip

    heads = ["Reading", "Observed on", "Value", "Version", "Recorded at", "Recorded by", "Source", "Corrects", "Replaced by",
             "Withdraws", "Note", "Evidence"]  # fmt: skip
    return csv_response(f"{kpi.ref.lower()}-readings", heads, map(row, _readings(kpi, wanted).iterator(500)))
