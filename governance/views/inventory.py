"""The model inventory: its list, one model, and an initiative's models."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from core import clock, vocabulary
from core.access import may, scope
from core.choices import in_tree_order
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view, today_only
from core.models import BusinessUnit, User
from core.roles import Action
from core.tables import Column, list_page
from domain.rule_sets import NOT_DETERMINED
from domain.rules import SHIPPED
from domain.staleness import Upcoming
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from governance.queries.facts import with_people
from governance.queries.inventory import CAUSES, MODELS
from governance.queries.policy import policy_on
from governance.queries.replay import verdict_on
from governance.queries.summary import summary
from governance.queries.words import FACTS, WHERE
from governance.views.model_frame import find_model, state_of
from governance.views.model_frame import frame as model_frame
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.models.initiatives import TIERS
from portfolio.views.frame import address, find_initiative, frame

CELLS = "governance/cells"
# A reader wants the stale first, the gravest and oldest on top, then what becomes stale soonest; a program says its order.
LISTING = replace(MODELS, default="status,stale_since,valid_until")
CALLED = {
    "orphan": "no business goal",
    "cause": "cause",
    "valid_until": "becomes stale after",
    "initiative": "serves",
    "kpi": "serves the KPI",
}


def _causes(rows: Sequence[AiModel], today: date) -> None:  # noqa: ARG001  the shape every loader has
    for row in rows:
        row.told = [(CAUSES[c["code"]], c["subject"], _day(c["since"])) for c in row.causes]  # type: ignore[attr-defined]


def _day(raw: str | None) -> date | None:
    return None if raw is None else date.fromisoformat(raw)


def _causes_text(row: AiModel) -> str:
    return "; ".join(f"{CAUSES[c['code']]}{' ' + c['subject'] if c['subject'] else ''}" for c in row.causes)


def _becomes(rows: Sequence[AiModel], today: date) -> None:  # noqa: ARG001  the shape every loader has
    for row in rows:
        last = row.valid_until
        row.stale_on = None if last is None else last + timedelta(days=1)  # type: ignore[attr-defined]


def _becomes_text(row: AiModel) -> Any:
    return "is stale" if row.status == "stale" else row.stale_on  # type: ignore[attr-defined]


def _dossier_text(row: AiModel) -> str | None:
    return None if row.dossier_whole is None else f"{row.dossier_done} of {row.dossier_whole}"


def _classes_of(row: AiModel) -> list[tuple[str, str]]:
    """Rule set and class in words, for those answered."""
    out = []
    for code, versions in SHIPPED.items():
        said = row.classes.get(code)
        if said:
            labels = {one.code: one.label for one in versions[-1].classes}
            out.append(
                (versions[-1].name, labels.get(said, "Not determined" if said == NOT_DETERMINED else said))
            )
    return out


def _classified(rows: Sequence[AiModel], today: date) -> None:  # noqa: ARG001  the shape every loader has
    for row in rows:
        row.classed = _classes_of(row)  # type: ignore[attr-defined]  # read by the cell


COLUMNS = (
    Column("name", "Model", f"{CELLS}/model.html", lambda r: f"{r.ref} {r.name}", sort="name"),
    Column("tier", "Tier", f"{CELLS}/tier.html", lambda r: r.risk_tier, sort="risk_tier"),
    Column("state", "State and causes", f"{CELLS}/state.html", lambda r: vocabulary.word("model", state_of(r)), sort="status",
           css="full", load=_causes),
    Column("severity", "Severity", f"{CELLS}/severity.html", lambda r: r.severity, css="nowrap hide-s"),
    Column("causes", "Causes", f"{CELLS}/causes.html", _causes_text, shown=False, load=_causes),
    Column("stale_on", "Becomes stale on", f"{CELLS}/stale_on.html", _becomes_text, sort="valid_until", css="num", load=_becomes),
    Column("review", "Next review", f"{CELLS}/review.html", lambda r: r.next_review_on, sort="next_review_on", css="num"),
    Column("dossier", "Dossier", f"{CELLS}/dossier.html", _dossier_text, css="nowrap hide-s"),
    Column("owner", "Owner", f"{CELLS}/owner.html", lambda r: r.owner.name if r.owner else ""),
    Column("stage", "Stage", f"{CELLS}/stage.html", lambda r: r.get_stage_display()),
    Column("champion", "Champion", f"{CELLS}/champion.html", lambda r: r.champion, shown=False),
    Column("contact", "Contact", f"{CELLS}/contact.html", lambda r: r.contact, shown=False),
    Column("unit", "Business unit", f"{CELLS}/unit.html", lambda r: r.unit.name, shown=False),
    Column("technique", "Technique", f"{CELLS}/technique.html", lambda r: r.get_technique_display(), shown=False),
    Column("classes", "Classification", f"{CELLS}/classes.html", lambda r: "; ".join(f"{n}: {c}" for n, c in _classes_of(r)), shown=False,
           load=_classified),
    Column("since", "Stale since", f"{CELLS}/since.html", lambda r: r.stale_since, sort="stale_since", css="num", shown=False),
)  # fmt: skip


def _classes(code: str) -> list[tuple[str, str]]:
    """The classes of a rule set as it ships, and the answer that there is none yet."""
    found = [(one.code, one.label) for one in SHIPPED[code][-1].classes]
    return [("", "Any class"), *found, (NOT_DETERMINED, "Not determined")]


class Filters(FilterForm):
    """Above the inventory."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, owner, vendor"})
    )
    status = forms.ChoiceField(
        label="State",
        choices=[("", "All states"), ("stale", "Stale"), ("current", "Current"), ("retired", "Retired")],
    )
    cause = forms.ChoiceField(label="Stale cause", choices=[("", "Any cause"), *CAUSES.items()])
    risk_tier = forms.ChoiceField(label="Tier", choices=[("", "All tiers"), *TIERS])
    stage = forms.ChoiceField(choices=[("", "All stages"), *AiModel.Stage.choices])
    owner = forms.ChoiceField()
    unit = forms.ChoiceField(label="Business unit")
    class_eu_ai_act = forms.ChoiceField(label="EU AI Act", choices=_classes("eu_ai_act"))
    class_omb_m_25_21 = forms.ChoiceField(label="OMB M-25-21", choices=_classes("omb_m_25_21"))
    severity = forms.ChoiceField(
        choices=[("", "Any severity"), ("3", "Severity 3"), ("2", "Severity 2"), ("1", "Severity 1")]
    )
    orphan = forms.ChoiceField(
        label="Goal", choices=[("", "Any"), ("true", "No business goal"), ("false", "Serves a goal")]
    )


@page_view(Action.VIEW)
def model_list(request: HttpRequest) -> HttpResponseBase:
    """Every model the reader may see, the stale first."""
    today_only(request)
    actor = actor_of(request)
    visible = AiModel.objects.visible_to(actor)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    owners = User.objects.filter(pk__in=visible.order_by().values("owner")).only("name")
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    form.offer_people("owner", owners, "All owners")
    may_create = may(actor, Action.CREATE_MODEL)
    whole = request.GET.get("format") != "csv" and not request.headers.get("HX-Request")
    served = Prefetch("initiatives", queryset=Initiative.objects.visible_to(actor).order_by("pk"))
    return list_page(
        request, rows=visible.select_related("owner", "unit").prefetch_related(served), listing=LISTING, columns=COLUMNS, template="governance/model_list.html",
        filename="models",
        context={
            "caption": "Models", "filters": form, "filters_set": chips(request, form, LISTING, CALLED),
            "may_create": may_create,
            "seen": summary(visible) if whole else None,
            "policy": policy_on(clock.day_of(moment_of(request)))[0] if whole else None,
            "empty": {
                "title": "No model is registered yet",
                "text": "Register each AI model that runs or is being built, with the person who answers for it.",
                "action": "Register a model", "url": reverse("model-create") if may_create else "",
            },
        },
    )  # fmt: skip


@page_view(Action.VIEW)
def model_detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One model: why it is stale, what comes next, who answers for it, and its reviews."""
    today_only(request)
    actor, today = actor_of(request), clock.day_of(moment_of(request))
    row = find_model(request, ref)
    upcoming = verdict_on(row, today).upcoming
    visible = set(row.initiatives.visible_to(actor).values_list("pk", flat=True))
    kpis = list(row.kpis.filter(scope(actor, Action.VIEW, Kpi)).order_by("name", "pk"))
    upstream = list(row.depends_on.visible_to(actor).order_by("name", "pk"))
    around = model_frame(request, row, "model-detail")
    context = around | {
        "causes": [
            {**cause, "word": CAUSES[cause["code"]], "since": _day(cause["since"]), "last": _day(cause["last"]),
             "where": WHERE[cause["code"]].words, "url": _where(cause["code"], row, around)}
            for cause in row.causes
        ],
        "upcoming": _ahead(upcoming, today),
        "unknown": [FACTS[name] for name in row.unknown if name in FACTS],
        "initiatives": [one for one in row.initiatives.all() if one.pk in visible],
        "kpis": kpis,
        "developers": list(row.developers.order_by("name", "pk")),
        "unseen_kpis": row.kpis.count() - len(kpis),
        "upstream": upstream, "unseen_upstream": row.depends_on.count() - len(upstream),
        "unseen": sum(one.pk not in visible for one in row.initiatives.all()),
        "reviews": list(row.reviews.select_related("reviewer")),
        "sections": [(code, label, _day(row.dossier_sections.get(code))) for code, label in DOSSIER.items()],
    }  # fmt: skip
    return render(request, "governance/model.html", context)


def _where(code: str, row: AiModel, around: Mapping[str, Any]) -> str:
    """Where the reader records what clears the cause, or empty where it is not theirs to record."""
    where = WHERE[code]
    page = address(where.page, row.ref) if around["may_review" if where.reviews else "may_edit"] else ""
    return page and f"{page}{where.query}"


def _ahead(upcoming: Sequence[Upcoming], day: date) -> list[dict[str, Any]]:
    """What comes next, soonest first; sections of the dossier in one line, at the day of the first, with the day of the last."""
    out: list[dict[str, Any]] = []
    of_sections: dict[str, Any] | None = None
    for one in upcoming:
        if one.subject and of_sections is not None:
            of_sections["subjects"].append(one.subject)
            of_sections["until"] = one.on
            continue
        line = {
            "code": one.code, "word": CAUSES[one.code.value], "on": one.on, "days": (one.on - day).days,
            "unless": one.unless, "last": one.last, "subjects": [one.subject] if one.subject else [], "until": one.on,
        }  # fmt: skip
        of_sections = line if one.subject else of_sections
        out.append(line)
    return out


@page_view(Action.VIEW)
def initiative_models(request: HttpRequest, ref: str) -> HttpResponse:
    """The models an initiative rests on."""
    today_only(request)
    actor = actor_of(request)
    initiative = find_initiative(request, ref)
    rows = list(
        with_people(AiModel.objects.visible_to(actor).filter(initiatives=initiative)).order_by("name", "pk")
    )
    today = clock.day_of(moment_of(request))
    _causes(rows, today)
    _becomes(rows, today)
    context = frame(request, initiative, "initiative-models") | {
        "rows": [(row, state_of(row)) for row in rows],
        "may_create": may(actor, Action.CREATE_MODEL),
    }
    return render(request, "governance/initiative_models.html", context)
