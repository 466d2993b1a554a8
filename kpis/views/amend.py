"""Changing a definition in use: the form, the answer to a proposal, and one version beside the one before it."""

from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, allows, require
from core.editing import in_words, submit
from core.errors import conflict, forbidden
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.wording import day
from kpis.forms import AmendForm, AnswerForm, WithdrawForm, facts_of
from kpis.models import Kpi, KpiVersion
from kpis.queries.contract import differences
from kpis.queries.stand import as_said
from kpis.services.accept import may_be_accepted
from kpis.services.amend import approve_change, change_without_approval, decline_change, propose_change
from kpis.services.success import FIELDS
from kpis.services.versions import authors, development_began, settled
from kpis.translate import READING_FIELDS, readings_of
from kpis.views.commitment import find_version
from kpis.views.find import find_kpi, head
from kpis.views.preview import of_definition, readings_case, shown, speaking
from kpis.views.words import tolerance

GROUPS: Final = (
    ("Baseline and target", "what success is, and by when",
     ("target", "target_change", "target_on", "baseline", "baseline_on", "baseline_source", "baseline_method",
      "baseline_from", "baseline_to", "direction", "shape")),
    ("Floor and cap", "for a band", ("lower", "upper", "warn_margin", "warn_fraction", "required_compliance")),
    ("What is measured", "another formula, population, window, unit or source begins a new series of readings",
     ("name", "kind", "definition", "formula", "population", "population_size", "window", "unit_of_measure", "data_source")),
    ("Decision rule", "tolerances, rhythm and curve",
     ("amber", "red", "hysteresis", "confirm_worse", "settle_days", "cadence_days", "stale_after_days", "curve")),
    ("How it counts", "weight, and its place among the KPIs",
     ("primary", "weight", "parent", "rolls_up_by", "serves", "serves_because")),
    ("Judgement and benchmark", "who judges, on which scale; what others reach",
     ("judge", "scale_low", "scale_high", "scale_words", "benchmark", "benchmark_source", "benchmark_on")),
)  # fmt: skip


@page_view(Action.DEFINE_KPI)
def amend(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what the definition is to be. The button `preview` shows what that would make of the KPI, and saves nothing."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    kpi = find_kpi(request, ref)
    require(actor, Action.DEFINE_KPI, kpi)
    version = kpi.current
    if version is None or kpi.state == Kpi.State.RETIRED:
        raise conflict("kpi_retired", f"{kpi.ref} is retired, and stays so. Define a new KPI.")
    draft = not settled(version) and version.baseline_locked_at is None
    if draft and development_began(kpi.initiative_id, clock.day_of(at)) is None:
        return redirect("kpi-edit", kpi.ref)
    form = AmendForm(request.POST or None, record=kpi, initiative_id=kpi.initiative_id, initial=facts_of(kpi))
    if request.method == "POST" and "preview" in request.POST:
        return _previewed(request, form, kpi, version)

    def save(filled: AmendForm) -> KpiVersion | Kpi:
        known: dict[str, Any] = {
            "pk": kpi.pk, "change": filled.change(), "by": actor, "at": at, "expected_version": filled.expected_version,
        }  # fmt: skip
        if filled.cleaned_data["how"] == "silent":
            return change_without_approval(**known)
        return propose_change(**known)

    done = submit(request, form, save, kpi)
    if isinstance(done.row, KpiVersion):
        messages.success(request, f"Version {done.row.number} is proposed. Somebody else approves it.")
        return redirect("kpi-detail", kpi.ref)
    if done.row is not None:
        messages.success(request, "Changed, without approval. That stays on this page.")
        return redirect("kpi-detail", kpi.ref)
    return _form(request, done.form, kpi, version, conflict=done.conflict, status=done.status)


def _previewed(request: HttpRequest, form: AmendForm, kpi: Kpi, version: KpiVersion) -> HttpResponse:
    preview = None
    form.is_valid()
    if not any(name in form.errors for name in (*FIELDS, "try_value", "try_on")):
        today = clock.day_of(moment_of(request))
        readings = readings_of(speaking(kpi).order_by().values_list(*READING_FIELDS).iterator(5_000))
        unit = str(form.cleaned_data.get("unit_of_measure", ""))
        preview = of_definition(form.success(), readings, unit, today)
    return _form(request, form, kpi, version, preview=preview, status=200 if preview else 400)


def _form(request: HttpRequest, form: AmendForm, kpi: Kpi, version: KpiVersion, **more: Any) -> HttpResponse:
    status = more.pop("status", 200)
    context = {
        **head(request, kpi), **shown(), "form": form, "version": version, "readings": readings_case(kpi),
        "groups": _groups(form), **more,
    }  # fmt: skip
    return render(request, "kpis/amend_form.html", context, status=status)


def _groups(form: AmendForm) -> list[tuple[str, str, bool, list[tuple[Any, str]]]]:
    """The fields by what they are about, each with what the definition says now; open where something is typed."""
    changed = {*form.changed_data, *form.errors} if form.is_bound else set()
    out = []
    for title, note, names in GROUPS:
        fields = [(form[name], _said(form, name)) for name in names]
        out.append((title, note, names is GROUPS[0][2] or bool(changed & set(names)), fields))
    return out


def _said(form: AmendForm, name: str) -> str:
    """What the definition says now, in words; empty where that was never recorded."""
    value = form[name].initial
    if isinstance(value, date):
        return day(value)
    if isinstance(value, list):
        return "\n".join(f"{way} of the way at {time} of the time" for time, way in value)
    return in_words(form.fields[name], value)


@page_view(Action.VIEW)
def version_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One version: what it says, and what it changed of the one before."""
    version = find_version(request, pk)
    before = _before(version)
    context = {
        **head(request, version.kpi), "version": version, "tolerance": tolerance(version), "before": before,
        "changes": None if before is None else differences(before, version), "said": as_said(version.kpi, version),
        "old": f"Version {before.number}" if before is not None else "", "new": f"Version {version.number}",
        "may_accept": may_be_accepted(version) and _may_accept(actor_of(request), version),
        "sign_offs": version.sign_offs.select_related("person").order_by("pk"),
    }  # fmt: skip
    return render(request, "kpis/version.html", context)


def _may_accept(actor: Actor, version: KpiVersion) -> bool:
    other = actor.user is not None and actor.user.pk not in authors(version)
    return other and allows(actor, Action.APPROVE_KPI, version.kpi)


def _before(version: KpiVersion) -> KpiVersion | None:
    """The version that was in force when this one was written."""
    earlier = KpiVersion.objects.filter(
        kpi=version.kpi_id, number__lt=version.number, in_force_at__isnull=False
    )
    return earlier.order_by("-number").first()


@page_view(Action.APPROVE_KPI)
def answer(request: HttpRequest, pk: str) -> HttpResponse:
    """Approve a proposed change or decline it, by somebody other than its author."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    version = find_version(request, pk)
    require(actor, Action.APPROVE_KPI, version.kpi)
    if actor.user is not None and actor.user.pk in authors(version):
        raise forbidden("Who proposed a change does not answer it. Somebody else does.", code="four_eyes")
    _require_unanswered(version)
    form = AnswerForm(request.POST or None)

    def save(filled: AnswerForm) -> Kpi | KpiVersion:
        said = filled.cleaned_data
        if said["answer"] == "approve":
            return approve_change(pk=version.pk, by=actor, at=at)
        return decline_change(pk=version.pk, because=said["because"], by=actor, at=at)

    done = submit(request, form, save)
    if done.row is not None:
        today = clock.day_of(at)
        if isinstance(done.row, KpiVersion):
            told = "Declined. The proposal stays on record."
        elif version.effective_on > today:
            told = f"Approved. It comes into force on {day(version.effective_on, today)}."
        else:
            told = "Approved, and in force."
        messages.success(request, told)
        return redirect("kpi-detail", version.kpi.ref)
    return _answering(request, version, done.form, done.status, withdraws=False)


@page_view(Action.DEFINE_KPI)
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Take one's own proposal back."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    version = find_version(request, pk)
    require(actor, Action.DEFINE_KPI, version.kpi)
    if actor.user is None or actor.user.pk not in authors(version):
        raise forbidden("Only who proposed a change takes it back.", code="not_yours")
    _require_unanswered(version)
    form = WithdrawForm(request.POST or None)
    done = submit(
        request,
        form,
        lambda f: decline_change(pk=version.pk, because=f.cleaned_data["because"], by=actor, at=at),
    )
    if done.row is not None:
        messages.success(request, "Taken back. The definition stays as it is.")
        return redirect("kpi-detail", version.kpi.ref)
    return _answering(request, version, done.form, done.status, withdraws=True)


def _answering(
    request: HttpRequest, version: KpiVersion, form: Any, status: int, *, withdraws: bool
) -> HttpResponse:
    before = _before(version)
    context = {
        **head(request, version.kpi), "version": version, "before": before, "form": form, "withdraws": withdraws,
        "changes": [] if before is None else differences(before, version),
    }  # fmt: skip
    return render(request, "kpis/answer_form.html", context, status=status)


def _require_unanswered(version: KpiVersion) -> None:
    if version.in_force_at is not None or version.declined_at is not None or version.approved_at is not None:
        raise conflict("already_answered", "This change was answered already.")
