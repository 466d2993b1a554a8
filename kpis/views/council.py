"""What is before the council: flags that nobody acted on in time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.access import Actor, scope
from core.choices import in_tree_order
from core.filtering import FilterForm, chips
from core.http import actor_of, page_view
from core.models import BusinessUnit
from core.roles import Action
from core.tables import Column, list_page
from kpis.models import Intervention
from portfolio.models import Flag
from portfolio.queries import FLAGS
from portfolio.views.slots import put_beside

LISTING = replace(FLAGS, default="-severity,escalated_on")
PORTFOLIO, CELLS = "portfolio/cells", "kpis/actions/cells"


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Subject, cause"})
    )
    unit = forms.ChoiceField(label="Business unit")
    severity = forms.ChoiceField(choices=[("", "All"), ("3", "3, the highest"), ("2", "2"), ("1", "1")])


def columns_for(actor: Actor) -> list[Column]:
    """The columns, as one reader sees them."""

    def load(rows: Sequence[Flag], today: date) -> None:
        put_beside(rows, actor, today)

    return [
        Column("cause", "Finding", f"{CELLS}/finding.html", lambda r: f"{r.rule} {r.cause}", sort="severity"),
        Column("subject", "About", f"{CELLS}/about.html", lambda r: r.subject_label, sort="subject"),
        Column("sentence", "Because", f"{PORTFOLIO}/flag_sentence.html", lambda r: r.sentence, css="full"),
        Column("since", "Since", f"{PORTFOLIO}/flag_since.html", lambda r: r.since, sort="since", css="num"),
        Column("before", "Before the council", f"{CELLS}/before.html", lambda r: r.escalated_on, sort="escalated_on", css="num"),
        Column("acts", "Who was to act", f"{PORTFOLIO}/flag_acts.html", lambda r: "; ".join(one.words for one in r.beside), load=load),
        Column("clears", "Would clear it", f"{PORTFOLIO}/flag_clears.html", lambda r: r.clears_when, css="full"),
        Column("owner", "Owner", f"{PORTFOLIO}/flag_owner.html", lambda r: r.owner.name if r.owner else "", sort="owner"),
    ]  # fmt: skip


@page_view(Action.VIEW)
def council_list(request: HttpRequest) -> HttpResponseBase:
    """Open flags whose day to act has passed: nobody acted, or what somebody was to do is overdue."""
    actor = actor_of(request)
    late = Intervention.objects.filter(flag=OuterRef("pk"), closed_at=None, escalated_on__isnull=False)
    rows = (
        Flag.objects.visible_to(actor).open()
        .filter(Q(escalated_on__isnull=False) | Exists(late)).select_related("initiative", "owner")
    )  # fmt: skip
    form = Filters(request)
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    return list_page(
        request, rows=rows, listing=LISTING, columns=columns_for(actor), template="kpis/actions/council_list.html",
        filename="for-the-council",
        context={
            "caption": "For the council", "filters": form,
            "filters_set": chips(request, form, LISTING, {"rule": "rule"}),
            "empty": {
                "title": "Nothing is before the council",
                "text": "A flag comes here the day after its day to act has passed, or after somebody who was to act did not.",
            },
        },
    )  # fmt: skip
