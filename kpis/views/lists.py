"""The list of KPIs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core import vocabulary
from core.access import may, scope
from core.choices import in_tree_order
from core.filtering import FilterForm, chips
from core.http import actor_of, page_view, today_only
from core.models import BusinessUnit, User
from core.plot.glide import describe
from core.roles import Action
from core.tables import Column, list_page
from kpis.charts import small_paths
from kpis.models import Kpi
from kpis.queries import KPIS
from kpis.queries.verdicts import verdicts_of_many

# A reader wants the worst first; a program asks for what it wants.
LISTING = replace(KPIS, default="status")
CELLS = "kpis/cells"
CALLED = {"ref": "reference", "initiative": "initiative", "serves": "serves", "target_on": "target date",
          "status_since": "since", "valid_until": "answer valid until", "last_observed_on": "last reading",
          "reason": "reason", "state": "state", "source": "source", "external_id": "key", "value_toward": "level moved",
          "value_since": "level moved since", "definition_drift": "definition", "relevance_review": "review of relevance"}  # fmt: skip


def load_paths(rows: Sequence[Kpi], today: date) -> None:
    """Put each row's small glide path on it. One statement."""
    found = small_paths(rows, today)
    for row in rows:
        row.path = found[row.pk]  # type: ignore[attr-defined]


def load_verdicts(rows: Sequence[Kpi], today: date) -> None:
    """Put both verdicts on the rows whose definition was changed since it was promised, once for both columns."""
    if all(hasattr(row, "both") for row in rows):
        return
    amended = [row for row in rows if row.current is not None and row.current.number > 1]
    found = {pk: one for pk, one in verdicts_of_many(amended, as_of=today).items() if one.differ}
    for row in rows:
        row.both = found[row.pk].both if row.pk in found else None  # type: ignore[attr-defined]


def _both(row: Any) -> str:
    return row.both.words if row.both else ""


def _picture(row: Any) -> str:
    return describe(row.path) if row.path else "cannot be drawn"


def _status(row: Kpi) -> str:
    return vocabulary.word("kpi", row.status, row.reason)


def _declared(row: Kpi) -> str:
    return vocabulary.word("kpi", row.declared_status) if row.declared_status else ""


COLUMNS = (
    Column("name", "KPI", f"{CELLS}/kpi.html", lambda r: f"{r.ref} {r.name}", sort="name", load=load_verdicts),
    Column("initiative", "Initiative", f"{CELLS}/initiative.html", lambda r: f"{r.initiative.ref} {r.initiative.name}", sort="initiative"),
    Column("status", "Status", f"{CELLS}/status.html", _status, sort="status"),
    Column("glide", "Glide path", f"{CELLS}/glide.html", _picture, css="mid hide-s", load=load_paths),
    Column("last", "Last reading", f"{CELLS}/last.html", lambda r: r.last_value, sort="last_observed_on", css="num"),
    Column("progress", "Progress of expected", f"{CELLS}/progress.html", lambda r: r.progress, css="num"),
    Column("target", "Target", f"{CELLS}/target.html", lambda r: r.current.target if r.current else None, sort="target_on", css="num"),
    Column("owner", "Owner", f"{CELLS}/owner.html", lambda r: r.owner.name if r.owner else ""),
    Column("kind", "Kind", f"{CELLS}/kind.html", lambda r: r.get_kind_display(), shown=False),
    Column("since", "Since", f"{CELLS}/since.html", lambda r: r.status_since, sort="status_since", css="num", shown=False),
    Column("observed", "Last observed on", f"{CELLS}/observed.html", lambda r: r.last_observed_on, css="num", shown=False),
    Column("expected", "Expected", f"{CELLS}/expected.html", lambda r: r.expected, css="num", shown=False),
    Column("valid", "Answer valid until", f"{CELLS}/valid.html", lambda r: r.valid_until, sort="valid_until", css="num", shown=False),
    Column("declared", "Declared", f"{CELLS}/declared.html", _declared, shown=False),
    Column("post_hoc", "Set", f"{CELLS}/post_hoc.html", lambda r: "post-hoc" if r.post_hoc else "", shown=False),
    Column("weight", "Weight", f"{CELLS}/weight.html", lambda r: r.weight, sort="weight", css="num", shown=False),
    Column("both", "As amended, as sealed", f"{CELLS}/both.html", _both, shown=False, load=load_verdicts),
    Column("unit", "Business unit", f"{CELLS}/unit.html", lambda r: r.initiative.unit.name, shown=False),
)  # fmt: skip
STATUSES = [choice for choice in vocabulary.choices("kpi") if choice[0] != "awaiting_first_measurement"]


class Filters(FilterForm):
    """Above the list."""

    rare = frozenset({"primary", "value_drift", "relevance", "initiative"})
    q = forms.CharField(
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, ref, initiative"}),
    )
    unit = forms.ChoiceField(label="Business unit")
    status = forms.ChoiceField(choices=[("", "All statuses"), *STATUSES])
    kind = forms.ChoiceField(choices=[("", "All kinds"), *Kpi.Kind.choices])
    primary = forms.ChoiceField(
        label="Counts as", choices=[("", "Primary or not"), ("true", "Primary"), ("false", "Not primary")]
    )
    value_drift = forms.ChoiceField(
        label="Level",
        choices=[("", "Any level"), ("drift", "Moved"), ("steady", "Steady"), ("unknown", "Unknown")],
    )
    relevance = forms.ChoiceField(
        choices=[("", "Any relevance"), ("lost", "Lost"), ("holds", "Holds"), ("unknown", "Unknown")]
    )
    owner = forms.ChoiceField()
    initiative = forms.CharField(widget=forms.TextInput(attrs={"placeholder": "AI-0042", "size": "8"}))


@page_view(Action.VIEW)
def kpi_list(request: HttpRequest) -> HttpResponseBase:
    """Every KPI the reader may see, the worst first."""
    today_only(request)
    actor = actor_of(request)
    visible = Kpi.objects.visible_to(actor)
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    owners = User.objects.filter(pk__in=visible.order_by().values("owner")).only("name")
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    form.offer_people("owner", owners, "All owners")
    rows = visible.select_related("current", "initiative__unit", "owner")
    return list_page(
        request, rows=rows, listing=LISTING, columns=COLUMNS, template="kpis/kpi_list.html", filename="kpis",
        context={
            "caption": "KPIs", "filters": form, "filters_set": chips(request, form, LISTING, CALLED),
            "may_define": may(actor, Action.DEFINE_KPI), "may_measure": may(actor, Action.MEASURE),
            "empty": {
                "title": "No KPI yet",
                "text": "A KPI is defined on its initiative: open one, and say there what success is, by when, and from which baseline.",
                "action": "The initiatives", "url": "/portfolio/initiatives/",
            },
        },
    )  # fmt: skip
