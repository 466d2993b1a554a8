"""Signs of neglect across the portfolio: every early warning, and what has long been live without showing its value."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core import clock
from core.access import scope
from core.choices import in_tree_order
from core.filtering import FilterForm, chips
from core.http import actor_of, moment_of, page_view
from core.models import BusinessUnit, User
from core.roles import Action
from core.tables import Column, list_page
from domain.kpi_warnings import Code
from domain.phrases import days
from kpis.queries.value import NOT_SHOWN, load_value, not_shown
from kpis.queries.warned import CAUSES, rule_of
from kpis.queries.warnings import RULES
from kpis.queries.watch_policy import policy_on
from portfolio.models import Flag, Initiative
from portfolio.queries import FLAGS

FLAG_CELLS, CELLS, SHARED = "portfolio/cells", "kpis/cells", "portfolio/cells"
LISTING = replace(FLAGS, default="-severity,due_on")
COLUMNS = (
    Column("warning", "Warning", f"{CELLS}/warning.html", lambda r: r.cause, sort="cause"),
    Column("about", "About", f"{CELLS}/warned.html", lambda r: r.subject_label, sort="subject"),
    Column("sentence", "Because", f"{FLAG_CELLS}/flag_sentence.html", lambda r: r.sentence, css="full"),
    Column("since", "Since", f"{FLAG_CELLS}/flag_since.html", lambda r: r.since, sort="since", css="num"),
    Column("due", "Act by", f"{FLAG_CELLS}/flag_due.html", lambda r: r.due_on, sort="due_on", css="num"),
    Column("escalated", "With the council since", f"{CELLS}/escalated.html", lambda r: r.escalated_on, sort="escalated_on", css="num", shown=False),
    Column("owner", "Owner", f"{FLAG_CELLS}/flag_owner.html", lambda r: r.owner.name if r.owner else "", sort="owner"),
    Column("clears", "Would clear it", f"{FLAG_CELLS}/flag_clears.html", lambda r: r.clears_when, css="full"),
    Column("unit", "Business unit", f"{CELLS}/unit.html", lambda r: r.initiative.unit.name if r.initiative else "", shown=False),
)  # fmt: skip
CALLED = {"escalated_on": "with the council", "rule": "warning"}


def _sponsor(row: Initiative) -> str:
    return row.sponsor.name if row.sponsor else ""


def _valued(rows: Sequence[Initiative], today: date) -> None:
    if rows and not hasattr(rows[0], "not_shown_since"):
        load_value(rows, today, policy_on(today)[0])


def _last(row: Any) -> Any:
    return row.last_business_on


def _since(row: Any) -> Any:
    return row.not_shown_since


VALUE_COLUMNS = (
    Column("name", "Initiative", f"{SHARED}/initiative.html", lambda r: f"{r.ref} {r.name}", sort="name"),
    Column("unit", "Business unit", f"{SHARED}/unit.html", lambda r: r.unit.name, sort="unit", shown=False),
    Column("production", "In production since", f"{SHARED}/entered.html", lambda r: r.entered_on, sort="production_since", css="num"),
    Column("last", "Last business reading", f"{CELLS}/last_business.html", _last, css="num", load=_valued),
    Column("since", "Value not shown since", f"{CELLS}/not_shown.html", _since, css="num", load=_valued),
    Column("spent", "Spent", f"{SHARED}/spent.html", lambda r: r.spent, sort="spent", css="num"),
    Column("planned", "Planned value", f"{SHARED}/planned.html", lambda r: r.planned_value, sort="planned_value", css="num"),
    Column("sponsor", "Sponsor", f"{CELLS}/sponsor.html", _sponsor, sort="sponsor"),
)  # fmt: skip


class Filters(FilterForm):
    """Above the list of warnings."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Subject, cause"})
    )
    unit = forms.ChoiceField(label="Business unit")
    rule = forms.ChoiceField(
        label="Warning", choices=[("", "All warnings"), *((rule_of(code), CAUSES[code]) for code in Code)]
    )
    severity = forms.ChoiceField(choices=[("", "All"), ("3", "3, the highest"), ("2", "2"), ("1", "1")])
    owner = forms.ChoiceField()
    escalated_on__isnull = forms.ChoiceField(
        label="Council", choices=[("", "With the council or not"), ("false", "With the council"), ("true", "Not yet")]
    )  # fmt: skip


class ValueFilters(FilterForm):
    """Above the list of those without a value shown."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, ref, person"})
    )
    unit = forms.ChoiceField(label="Business unit")
    sponsor = forms.ChoiceField()


@page_view(Action.VIEW)
def warning_list(request: HttpRequest) -> HttpResponseBase:
    """Every open early warning the reader may see, the gravest and most urgent first."""
    actor = actor_of(request)
    rows = Flag.objects.visible_to(actor).open().filter(rule__in=RULES)
    form = Filters(request)
    _offer_units(form, request)
    owners = User.objects.filter(pk__in=rows.order_by().values("owner")).only("name")
    form.offer_people("owner", owners, "All owners")
    return list_page(
        request, rows=rows.select_related("initiative__unit", "owner"), listing=LISTING, columns=COLUMNS,
        template="kpis/warning_list.html", filename="early-warnings",
        context={
            "caption": "Early warnings", "filters": form, "filters_set": chips(request, form, LISTING, CALLED),
            "empty": {
                "title": "Nothing warns of neglect",
                "text": "A warning appears when people have not agreed on success, when it is changed after a gate, when nobody measures it, or when nobody looks.",
            },
        },
    )  # fmt: skip


@page_view(Action.VIEW)
def value_list(request: HttpRequest) -> HttpResponseBase:
    """Initiatives long in production whose value nobody has shown, the longest first."""
    today = clock.day_of(moment_of(request))
    policy, _ = policy_on(today)
    visible = Initiative.objects.visible_to(actor_of(request))
    rows = not_shown(visible, as_of=today, policy=policy).select_related("unit", "sponsor", "lead")
    form = ValueFilters(request)
    _offer_units(form, request)
    sponsors = User.objects.filter(pk__in=rows.order_by().values("sponsor")).only("name")
    form.offer_people("sponsor", sponsors, "All sponsors")
    limit = days(policy.value_days)
    return list_page(
        request, rows=rows, listing=NOT_SHOWN, columns=VALUE_COLUMNS, template="kpis/value_list.html",
        filename="value-not-shown",
        context={
            "caption": "Value not shown", "filters": form, "limit": limit,
            "filters_set": chips(request, form, NOT_SHOWN, {"production_since": "in production since"}),
            "empty": {
                "title": "Everything live has shown its value lately",
                "text": f"Listed is what has been in production for more than {limit} without a reading of a business KPI in that time.",
            },
        },
    )  # fmt: skip


def _offer_units(form: FilterForm, request: HttpRequest) -> None:
    units = BusinessUnit.objects.filter(scope(actor_of(request), Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
