"""The dossier of a model: its sections, their versions, explanations, and the forms in which it leaves."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from assurance.forms.dossier import LimeForm, SectionForm, ShapForm
from assurance.models import DossierSection, ShapFile
from assurance.queries.dossier import change_log, compared, dossier_of, versions_of
from assurance.queries.model_exports.files import FORMATS, made
from assurance.queries.model_exports.omb import source_row
from assurance.queries.model_exports.paper import dossier_paper
from assurance.queries.model_exports.record import model_record
from assurance.services.dossier import write_section
from assurance.services.explanations import add_lime, add_shap
from assurance.views.shap_chart import importance_chart
from core import clock
from core.access import require
from core.editing import submit
from core.errors import conflict, not_found
from core.http import actor_of, moment_of, page_view, today_only
from core.roles import Action
from core.security_headers import CSP_HEADER
from core.typeset import paper_pdf, unheld
from core.uploads import require_within_limit
from core.values import read_int
from domain.dossier import BY_CODE, Section, label_of
from domain.paper import digest, paper_to_json
from governance.models import AiModel
from governance.views.evidence import SANDBOX
from governance.views.model_frame import find_model, frame

NO_SOURCE = ("source-row", "source-row-json")


@page_view(Action.VIEW)
def model_dossier(request: HttpRequest, ref: str) -> HttpResponse:
    """Every section with its latest text, how complete the whole is, explanations, exports, and the change log."""
    today_only(request)
    row, today = find_model(request, ref), clock.day_of(moment_of(request))
    found = dossier_of(row, today)
    left_out = () if source_row(row) is not None else NO_SOURCE
    context = frame(request, row, "model-dossier") | {
        "dossier": found, "missing": [label_of(key) for key in found.standing.missing],
        "chart": importance_chart(found.shap[0]) if found.shap else None,
        "log": change_log(row)[:30],
        "exports": [(name, one) for name, one in FORMATS.items() if name not in left_out],
        "retired": row.stage == AiModel.Stage.RETIRED,
    }  # fmt: skip
    return render(request, "assurance/dossier.html", context)


@page_view(Action.VIEW)
def model_dossier_section(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Every version of a section; `?from=1&to=3` puts two side by side."""
    today_only(request)
    row, section = find_model(request, ref), _section(code)
    versions = versions_of(row, code)
    later, earlier = _two(request, versions)
    context = frame(request, row, "model-dossier") | {
        "section": section, "versions": [(one, _texts(section, one)) for one in versions],
        "later": later, "earlier": earlier, "lines": compared(earlier, later) if earlier and later else [],
        "retired": row.stage == AiModel.Stage.RETIRED,
    }  # fmt: skip
    return render(request, "assurance/dossier_section.html", context)


def _two(
    request: HttpRequest, versions: list[DossierSection]
) -> tuple[DossierSection | None, DossierSection | None]:
    """The later and the earlier version asked for; without asking the last two."""
    by_number = {one.number: one for one in versions}
    if "from" in request.GET or "to" in request.GET:
        numbers = sorted(read_int(name, request.GET.get(name, "")) for name in ("from", "to"))
        if not set(numbers) <= set(by_number):
            raise not_found("There is no such version of this section.")
        return by_number[numbers[1]], by_number[numbers[0]]
    return (versions[0], versions[1]) if len(versions) > 1 else (None, None)


def _texts(section: Section, row: DossierSection) -> list[tuple[str, str]]:
    return [(part.label, row.parts.get(part.code, "")) for part in section.parts]


@page_view(Action.EDIT_MODEL)
def model_dossier_write(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Write a version. Where somebody wrote one meanwhile, both are shown and nothing typed is lost."""
    today_only(request)
    row, section = find_model(request, ref), _section(code)
    by, at = actor_of(request), moment_of(request)
    require(by, Action.EDIT_MODEL, row)
    _require_working(row)
    last = DossierSection.objects.filter(model=row, code=code, newest=True).first()
    if last is not None:
        last.version = last.number + 1  # type: ignore[attr-defined]  # what the form calls it
    initial = {"version": (last.number if last else 0) + 1, **(last.parts if last else {})}

    def save(form: SectionForm) -> DossierSection:
        return write_section(
            model_id=row.pk, code=code, parts=form.parts(), follows=form.follows, by=by, at=at
        )

    done = submit(request, SectionForm(request.POST or None, initial=initial, section=section), save, last)
    if done.row is not None:
        messages.success(request, f"{section.label}, version {done.row.number}, is on record.")
        return redirect(reverse("model-dossier", args=[row.ref]) + f"#s-{code}")
    context = {"form": done.form, "row": row, "section": section, "conflict": done.conflict, "last": last}
    return render(request, "assurance/dossier_write.html", context, status=done.status)


@page_view(Action.EDIT_MODEL)
def model_explain(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """Bring SHAP values, or LIME's list of one decision."""
    today_only(request)
    row, by, at = find_model(request, ref), actor_of(request), moment_of(request)
    require(by, Action.EDIT_MODEL, row)
    _require_working(row)
    posted = request.method == "POST"
    if posted:
        require_within_limit(request)
    sent = (request.POST, request.FILES) if posted else ()

    def save(form: Any) -> Any:
        said = dict(form.cleaned_data)
        if kind == "shap":
            file = said["file"]
            return add_shap(
                model_id=row.pk,
                content=file.read(),
                filename=file.name,
                version=said["version"],
                by=by,
                at=at,
            )
        return add_lime(model_id=row.pk, by=by, at=at, **said)

    form: Any = (ShapForm if kind == "shap" else LimeForm)(*sent, model=row)
    done = submit(request, form, save)
    if done.row is not None:
        messages.success(request, "It adds up, and is on record." if kind == "shap" else "It is on record.")
        return redirect(reverse("model-dossier", args=[row.ref]) + "#h-explained")
    context = {"form": done.form, "row": row, "kind": kind}
    return render(request, "assurance/explain.html", context, status=done.status)


@page_view(Action.VIEW)
def model_shap_file(request: HttpRequest, ref: str, pk: str) -> HttpResponse:
    """The file as it was brought, as a download that no browser runs."""
    today_only(request)
    row = find_model(request, ref)
    found = ShapFile.objects.filter(model=row, pk=read_int("file", pk)).first()
    if found is None:
        raise not_found()
    kind = "application/json" if found.filename.endswith(".json") else "text/csv; charset=utf-8"
    return _download(
        bytes(found.content), kind, f"{row.ref}-shap-{found.pk}.{found.filename.rpartition('.')[2]}"
    )


@page_view(Action.VIEW)
def model_export(request: HttpRequest, ref: str, name: str) -> HttpResponse:
    """The record in one of its forms, as a file."""
    today_only(request)
    row, actor = find_model(request, ref), actor_of(request)
    known = FORMATS.get(name)
    text = made(name, row, actor, clock.day_of(moment_of(request))) if known else None
    if known is None or text is None:
        raise not_found("This model has no export of that name.")
    return _download(text.encode(), known.content_type, known.filename(row))


@page_view(Action.VIEW)
def model_dossier_paper(request: HttpRequest, ref: str, kind: str) -> HttpResponse:
    """The dossier as a paper to be read here, or as a tagged PDF."""
    today_only(request)
    row, actor, at = find_model(request, ref), actor_of(request), moment_of(request)
    document = paper_to_json(dossier_paper(model_record(row, actor, clock.day_of(at))))
    if kind == "pdf":
        return _download(
            paper_pdf(document, at=at, by=actor.label), "application/pdf", f"{row.ref}-dossier.pdf"
        )
    context: dict[str, Any] = {
        "paper": document, "hash": digest(document), "named": unheld(document),
        "path": [("Models", reverse("model-list")), (f"{row.ref} {row.name}", reverse("model-dossier", args=[row.ref]))],
        "pdf": reverse("model-dossier-pdf", args=[row.ref]),
    }  # fmt: skip
    return render(request, "core/paper.html", context)


def _download(content: bytes, content_type: str, filename: str) -> HttpResponse:
    """`filename` is ours and ASCII."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer[CSP_HEADER] = SANDBOX
    return answer


def _section(code: str) -> Section:
    section = BY_CODE.get(code)
    if section is None or not section.written:
        raise not_found("There is no such section.")
    return section


def _require_working(row: AiModel) -> None:
    if row.stage == AiModel.Stage.RETIRED:
        raise conflict(
            "model_retired", f"{row.ref} was retired on {row.retired_on}. Its record stays as it was."
        )
