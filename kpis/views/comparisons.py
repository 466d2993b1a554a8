"""A KPI's comparisons: the list, one of them with its looks and verdict, a new one, and a further look."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.access import allows, require
from core.editing import submit
from core.errors import Problem, conflict, field_error, not_found
from core.http import actor_of, moment_of, page_view, paginate, today_only
from core.roles import Action
from core.uploads import require_within_limit
from core.values import read_ref
from core.wording import percent, plural
from domain.comparison import Interval
from domain.experiment import Outcome, Verdict
from domain.figure_words import chance, figure
from kpis.models import ArmCount, Comparison, Kpi
from kpis.queries.comparisons import Reached, reached
from kpis.services.comparisons import record_comparison, record_looks
from kpis.services.look_rows import MOST_BYTES, read_looks
from kpis.views.comparison_forms import ComparisonForm, LookForm
from kpis.views.find import find_kpi, head
from kpis.views.readings import PAGE

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Told:
    """A comparison as the pages say it. Empty words: it cannot be told."""

    row: Comparison
    looks: tuple[ArmCount, ...]
    verdict: Verdict | None

    @property
    def last(self) -> ArmCount | None:
        return self.looks[-1] if self.looks else None

    @property
    def word(self) -> str:
        if self.verdict is None:
            return "No look yet"
        better = {Outcome.ARM_1_BETTER: self.row.arm_1, Outcome.ARM_2_BETTER: self.row.arm_2}
        name = better.get(self.verdict.outcome)
        return f"{name} does better" if name else "Ambiguous"

    @property
    def role(self) -> str:
        if self.verdict is None:
            return "none"
        return "unknown" if self.verdict.ambiguous else "good"

    @property
    def shape(self) -> str:
        return {"none": "dash", "unknown": "hatch", "good": "check"}[self.role]

    @property
    def uplift(self) -> str:
        found = self.verdict
        if found is None or found.uplift is None:
            return ""
        return f"{'+' if found.uplift > 0 else ''}{percent(found.uplift, 1)}"

    @property
    def difference(self) -> str:
        """Arm 2 less arm 1, in points, with its interval."""
        found = self.verdict
        if found is None or found.difference is None:
            return ""
        said = f"{figure(-found.difference * 100, digits=3)} points"
        return f"{said}, 95 % interval {_turned(found.interval)}" if found.interval else said

    @property
    def p(self) -> str:
        return "" if self.verdict is None or self.verdict.p is None else chance(self.verdict.p)

    @property
    def p_alone(self) -> str:
        return self.p.removeprefix("p ")

    @property
    def early(self) -> bool:
        """Whether its result is of a day before the planned end."""
        end = self.row.ended_on
        return self.last is not None and end is not None and self.last.looked_on < end

    @property
    def sizes(self) -> str:
        found = self.verdict
        if found is None or found.n1 is None or found.n2 is None:
            return ""
        return plural(found.n1, "pair") if self.row.paired else f"{found.n1:,} and {found.n2:,}"


def _turned(interval: Interval) -> str:
    low, high = (figure(-edge * 100, digits=3) for edge in reversed(interval))
    return f"{low} to {high}"


def _told(row: Comparison) -> Told:
    found: Reached = reached(row)
    return Told(row, found.looks, found.verdict)


@page_view(Action.VIEW)
def comparison_list(request: HttpRequest, ref: str) -> HttpResponse:
    """What was compared on this KPI, the newest first."""
    today_only(request)
    kpi = find_kpi(request, ref)
    rows = Comparison.objects.filter(kpi=kpi).prefetch_related("looks").order_by("-pk")
    page = paginate(request, rows, per_page=PER_PAGE)
    context = {
        **head(request, kpi), "page": page, "told": [_told(row) for row in page.object_list],
        "may_measure": _may_measure(request, kpi),
    }  # fmt: skip
    return render(request, "kpis/practice/comparisons.html", context)


@page_view(Action.VIEW)
def comparison_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One comparison: the verdict and how far to trust it, and every look."""
    today_only(request)
    row = _find(request, pk)
    context = {
        **head(request, row.kpi), "one": _told(row), "may_measure": _may_measure(request, row.kpi),
    }  # fmt: skip
    return render(request, "kpis/practice/comparison.html", context)


@page_view(Action.MEASURE)
def comparison_create(request: HttpRequest, ref: str) -> HttpResponse:
    """Record a comparison; its counts are the next page's."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    kpi = find_kpi(request, ref)
    require(actor, Action.MEASURE, kpi)
    _require_active(kpi)

    def save(form: ComparisonForm) -> Comparison:
        said: dict[str, Any] = dict(form.cleaned_data)
        key = said.pop("key")
        facts: Any = {**said, "source": PAGE if key else "", "source_key": key}
        return record_comparison(kpi_id=kpi.pk, facts=facts, by=actor, at=at).comparison

    done = submit(request, ComparisonForm(request.POST or None), save)
    if done.row is not None:
        messages.success(request, f"“{done.row.name}” is on record. Add the counts.")
        return redirect("comparison-look", done.row.pk)
    return render(
        request,
        "kpis/practice/comparison_form.html",
        {**head(request, kpi), "form": done.form},
        status=done.status,
    )


@page_view(Action.MEASURE)
def comparison_look(request: HttpRequest, pk: str) -> HttpResponse:
    """Add looks: one typed in, or rows pasted or uploaded. All of them or none."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = _find(request, pk)
    require(actor, Action.MEASURE, row.kpi)
    _require_active(row.kpi)

    def save(form: LookForm) -> int:
        require_within_limit(request)
        said = form.cleaned_data
        if said["rows"].strip() or said["file"]:
            place = "file" if said["file"] else "rows"
            text = _decoded(said["file"]) if said["file"] else said["rows"]
            try:
                return record_looks(pk=row.pk, looks=read_looks(text, row, place), by=actor, at=at)
            except Problem as problem:
                raise _in_text(problem, place) from problem
        return record_looks(pk=row.pk, looks=[form.one_look()], listed=False, by=actor, at=at)

    posted = request.method == "POST"
    form = LookForm(*((request.POST, request.FILES) if posted else ()), comparison=row)
    done = submit(request, form, save)
    if done.row is not None:
        added = plural(done.row, "look")
        messages.success(
            request, f"{added} on record." if done.row else "Nothing was added: all of it is on record."
        )
        return redirect("comparison-detail", row.pk)
    context = {**head(request, row.kpi), "form": done.form, "one": _told(row)}
    return render(request, "kpis/practice/look_form.html", context, status=done.status)


def _in_text(problem: Problem, place: str) -> Problem:
    """A refusal of one look among rows, told at the field the rows came through, with the look's number."""
    for item in problem.items:
        _, _, rest = item.pointer.partition("/looks/")
        number, _, name = rest.partition("/")
        if number.isdigit():
            return field_error(place, f"Look {int(number) + 1}, {name}: {item.detail}", code=item.code)
    return problem


def _decoded(file: Any) -> str:
    if file.size > MOST_BYTES:
        raise field_error(
            "file", "The file is larger than 500 kB. Leave out what is on record.", code="too_large"
        )
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise field_error(
            "file", "The file is not UTF-8 text. Save it as CSV in UTF-8.", code="not_text"
        ) from error


def _find(request: HttpRequest, pk: str) -> Comparison:
    """The comparison, found through its KPI, so that both are hidden from the same people."""
    row = (
        Comparison.objects.select_related("recorded_by").prefetch_related("looks__recorded_by")
        .filter(pk=read_ref(pk, "")).first()
    )  # fmt: skip
    if row is None:
        raise not_found()
    row.kpi = find_kpi(request, str(row.kpi_id))
    return row


def _may_measure(request: HttpRequest, kpi: Kpi) -> bool:
    return kpi.state != Kpi.State.RETIRED and allows(actor_of(request), Action.MEASURE, kpi)


def _require_active(kpi: Kpi) -> None:
    if kpi.state == Kpi.State.RETIRED:
        raise conflict("kpi_retired", f"{kpi.ref} is retired. It takes no more comparisons.")
