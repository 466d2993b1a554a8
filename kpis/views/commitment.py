"""Standing behind a definition: naming who signs, signing, the two of SMART, the baseline's lock, what is expected."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock
from core.access import Actor, require
from core.editing import submit
from core.errors import conflict, forbidden, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.values import read_ref
from kpis.forms import AskForm, InfluenceForm, SmartForm, VerdictForm
from kpis.models import ExpectedInfluence, KpiVersion, SignOff, SmartSignature
from kpis.queries.advice import expected_of, smart_of
from kpis.queries.contract import check_seal, lacks
from kpis.services.baseline import lock_baseline
from kpis.services.influence import expect_influence
from kpis.services.sealing import ask_sign_off, sign_off
from kpis.services.smart import sign_smart
from kpis.views.find import find_kpi, head
from kpis.views.promise import ROLES, open_items
from kpis.views.words import tolerance


def find_version(request: HttpRequest, pk: str) -> KpiVersion:
    """One version with its KPI, found through the KPI, so that both are hidden from the same people."""
    rows = KpiVersion.objects.select_related("recorded_by", "approved_by")
    row = rows.filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    row.kpi = find_kpi(request, str(row.kpi_id))
    return row


@page_view(Action.DEFINE_KPI)
def ask(request: HttpRequest, ref: str) -> HttpResponse:
    """Name the person for each role."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    kpi = find_kpi(request, ref)
    require(actor, Action.DEFINE_KPI, kpi)
    version = kpi.current
    if version is None or version.seal:
        raise conflict("sealed", f"{kpi.ref} is sealed. What is sealed is signed.")
    asked = {one.role: one for one in version.sign_offs.select_related("person")}
    form = AskForm(request.POST or None, asked=asked)
    done = submit(request, form, lambda f: ask_sign_off(pk=kpi.pk, people=f.people(), by=actor, at=at))
    if done.row is not None:
        messages.success(request, f"Asked: {', '.join(one.person.name for one in done.row)}.")
        return redirect("kpi-detail", kpi.ref)
    context = {**head(request, kpi), "form": done.form, "lacks": [words for _, words in lacks(version)]}
    return render(request, "kpis/ask_form.html", context, status=done.status)


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def sign(request: HttpRequest, pk: str) -> HttpResponse:
    """Approve the definition or dissent: only the person asked."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    row = SignOff.objects.select_related("kpi_version", "person").filter(pk=read_ref(pk, "")).first()
    if row is None:
        raise not_found()
    kpi = find_kpi(request, str(row.kpi_version.kpi_id))
    if actor.user is None or actor.user.pk != row.person_id:
        raise forbidden(f"{row.person.name} was asked to sign this, and nobody else can.", code="not_asked")
    if row.kpi_version_id != kpi.current_id or row.kpi_version.seal:
        raise conflict("sealed", "There is nothing to sign here any more.")
    initial = {"verdict": row.verdict, "note": row.note}
    form = VerdictForm(request.POST or None, initial=initial)

    def save(filled: VerdictForm) -> SignOff:
        said = filled.cleaned_data
        return sign_off(pk=row.pk, verdict=said["verdict"], note=said["note"], by=actor, at=at)

    done = submit(request, form, save)
    if done.row is not None:
        sealed = KpiVersion.objects.filter(pk=row.kpi_version_id).exclude(seal="").exists()
        words = "All four approve: the definition is sealed." if sealed else "Your word is on record."
        messages.success(request, words)
        return redirect("kpi-detail", kpi.ref)
    version = row.kpi_version
    others = [
        (label, one)
        for role, label in ROLES
        for one in version.sign_offs.select_related("person")
        if one.role == role
    ]
    context = {
        **head(request, kpi), "form": done.form, "sign_off": row, "version": version, "tolerance": tolerance(version),
        "others": others,
    }  # fmt: skip
    return render(request, "kpis/sign_form.html", context, status=done.status)


@page_view(Action.DEFINE_KPI)
def lock(request: HttpRequest, ref: str) -> HttpResponse:
    """Lock the baseline; what that means is said first."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    kpi = find_kpi(request, ref)
    require(actor, Action.DEFINE_KPI, kpi)
    if request.method == "POST":
        row = lock_baseline(pk=kpi.pk, by=actor, at=at)
        messages.success(request, f"The baseline of {row.ref} is locked.")
        return redirect("kpi-detail", kpi.ref)
    return render(request, "kpis/lock_form.html", {**head(request, kpi), "version": kpi.current})


@page_view(Action.VIEW, methods=("GET", "HEAD", "POST"))
def smart(request: HttpRequest, pk: str) -> HttpResponse:
    """Sign that the target is achievable, or relevant."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    version = find_version(request, pk)
    left = _left_to_sign(version, actor)
    form = SmartForm(request.POST or None, open_items=left)

    def save(filled: SmartForm) -> SmartSignature:
        said = filled.cleaned_data
        return sign_smart(pk=version.pk, item=said["item"], because=said["because"], by=actor, at=at)

    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, f"Signed: {done.row.get_item_display().lower()}.")
        return redirect("kpi-detail", version.kpi.ref)
    context = {
        **head(request, version.kpi), "form": done.form, "version": version, "tolerance": tolerance(version),
        "smart": smart_of(version, as_of=clock.day_of(at)),
    }  # fmt: skip
    return render(request, "kpis/smart_form.html", context, status=done.status)


def _left_to_sign(version: KpiVersion, actor: Actor) -> list[tuple[str, str]]:
    left = open_items(version, actor)
    if not left:
        raise forbidden("There is nothing here for you to sign: it is signed, or not yours to sign.")
    return left


@page_view(Action.DEFINE_KPI)
def expect(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what the initiative is expected to do to the KPI, before development begins."""
    today_only(request)
    actor, at = actor_of(request), moment_of(request)
    kpi = find_kpi(request, ref)
    require(actor, Action.DEFINE_KPI, kpi)
    found = expected_of(kpi)
    initial = {}
    if found.row is not None:
        initial = {name: getattr(found.row, name) for name in ("low", "likely", "high", "because")}
    form = InfluenceForm(request.POST or None, initial=initial)

    def save(filled: InfluenceForm) -> ExpectedInfluence:
        return expect_influence(pk=kpi.pk, by=actor, at=at, **filled.cleaned_data)

    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, "On record. It is frozen when development begins.")
        return redirect("kpi-detail", kpi.ref)
    context = {**head(request, kpi), "form": done.form, "expected_influence": found}
    return render(request, "kpis/influence_form.html", context, status=done.status)


@page_view(Action.VIEW)
def seal(request: HttpRequest, pk: str) -> HttpResponse:
    """Compute a seal again: a part for htmx, a page by itself."""
    version = find_version(request, pk)
    found = check_seal(version)
    if found is None:
        raise conflict("not_sealed", "This version is not sealed. Four people sign it first.")
    template = "kpis/_seal_check.html" if request.headers.get("HX-Request") else "kpis/seal.html"
    response = render(request, template, {**head(request, version.kpi), "version": version, "check": found})
    response["Vary"] = "HX-Request"
    return response
