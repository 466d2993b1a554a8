"""The list of cases in force."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.access import scope
from core.choices import in_tree_order
from core.filtering import FilterForm, chips
from core.http import actor_of, page_view
from core.models import BusinessUnit
from core.roles import Action
from core.tables import Column, list_page
from domain.finance.payback import PaybackNote
from domain.stage_words import DECIDED
from funding.models import BusinessCase
from funding.queries.worths import CASES
from funding.views.figures import break_even_words, payback_words
from portfolio.models import Initiative
from portfolio.models.initiatives import STAGES
from portfolio.models.worth import CaseWorth

CELLS = "funding/cells"


def _said(row: CaseWorth, _today: Any = None) -> str:
    return break_even_words(row.breaks_even)


def _load(rows: Any, _today: Any) -> None:
    for row in rows:
        row.break_even = break_even_words(row.breaks_even)


def _load_payback(rows: Any, _today: Any) -> None:
    for row in rows:
        row.payback = payback_words(row.payback_years, row.payback_note)


def _payback(row: CaseWorth) -> Any:
    """The years, to reckon with, only where they tell all of it."""
    plain = row.payback_years is not None and row.payback_note == PaybackNote.RECOVERED
    return row.payback_years if plain else payback_words(row.payback_years, row.payback_note)


def _load_decided(rows: Any, _today: Any) -> None:
    for row in rows:
        row.decided = row.initiative.stage in DECIDED


COLUMNS = (
    Column("name", "Initiative", f"{CELLS}/initiative.html", lambda r: f"{r.initiative.ref} {r.initiative.name}", sort="name"),
    Column("npv", "NPV", f"{CELLS}/npv.html", lambda r: r.npv, sort="npv", css="num"),
    Column("value", "With the haircut", f"{CELLS}/value.html", lambda r: r.value if r.haircut is not None else "no haircut", sort="value", css="num"),
    Column("payback", "Payback", f"{CELLS}/payback.html", _payback, sort="payback", css="num", load=_load_payback),
    Column("break_even", "Break-even", f"{CELLS}/break_even.html", _said, sort="break_even", css="num", load=_load),
    Column("measured", "Measured", f"{CELLS}/measured.html", lambda r: r.measured_share, sort="measured", css="num"),
    Column("delay", "Cost of delay a month", f"{CELLS}/delay.html", lambda r: "decided" if r.decided else r.delay_a_month, sort="delay", css="num", load=_load_decided),
    Column("version", "Version", f"{CELLS}/version.html", lambda r: r.case_number, sort="published", css="num"),
    Column("outlay", "Outlay today", f"{CELLS}/outlay.html", lambda r: r.outlay, sort="outlay", css="num", shown=False),
    Column("rate", "Rate and horizon", f"{CELLS}/rate.html", lambda r: f"{r.rate} over {r.years}", css="num", shown=False),
    Column("stage", "Stage", f"{CELLS}/stage.html", lambda r: r.initiative.get_stage_display(), shown=False),
)  # fmt: skip
CALLED = {"npv": "NPV", "measured_share": "measured", "payback_years": "payback"}


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name, unit, ref"})
    )
    unit = forms.ChoiceField(label="Business unit")
    stage = forms.ChoiceField(choices=[("", "All stages"), *STAGES])
    npv__lte = forms.ChoiceField(label="Worth", choices=[("", "Any"), ("0", "Worth nothing, or loses")])
    haircut__isnull = forms.ChoiceField(
        label="Adjusted for risk", choices=[("", "All"), ("false", "With a haircut"), ("true", "No haircut said")]
    )  # fmt: skip


@page_view(Action.VIEW)
def case_list(request: HttpRequest) -> HttpResponseBase:
    """Every case in force that the reader may see, the most valuable first."""
    actor = actor_of(request)
    visible = CaseWorth.objects.filter(scope(actor, Action.VIEW, CaseWorth))
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    seen = Initiative.objects.visible_to(actor)
    drafts = BusinessCase.objects.filter(
        initiative__in=seen.order_by().values("pk"), state=BusinessCase.State.DRAFT
    )
    return list_page(
        request, rows=visible.select_related("initiative__unit"), listing=CASES, columns=COLUMNS,
        template="funding/case_list.html", filename="business-cases",
        context={
            "caption": "Business cases", "filters": form, "filters_set": chips(request, form, CASES, CALLED),
            "drafts": list(drafts.select_related("initiative").order_by("-updated_at")[:12]),
            "empty": {
                "title": "No case is published yet",
                "text": "A case is written on its initiative, on the tab Case, and stands once it is published.",
                "action": "", "url": "",
            },
        },
    )  # fmt: skip
