"""The list of flags."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.access import Actor, scope
from core.choices import in_tree_order
from core.filtering import FilterForm, chips
from core.http import actor_of, page_view
from core.models import BusinessUnit
from core.roles import Action
from core.tables import Column, list_page
from portfolio.models import Flag
from portfolio.queries import FLAGS
from portfolio.views.slots import put_beside

LISTING = replace(FLAGS, default="-severity")
CELLS = "portfolio/cells"
COLUMNS = (
    Column("cause", "Finding", f"{CELLS}/flag_cause.html", lambda r: f"{r.rule} {r.cause}", sort="cause"),
    Column("severity", "Severity", f"{CELLS}/flag_severity.html", lambda r: r.severity, sort="severity"),
    Column("subject", "About", f"{CELLS}/flag_subject.html", lambda r: r.subject_label, sort="subject"),
    Column("sentence", "Because", f"{CELLS}/flag_sentence.html", lambda r: r.sentence, css="full"),
    Column("since", "Since", f"{CELLS}/flag_since.html", lambda r: r.since, sort="since", css="num"),
    Column("due", "Act by", f"{CELLS}/flag_due.html", lambda r: r.due_on, sort="due_on", css="num"),
    Column("acts", "Who acts", f"{CELLS}/flag_acts.html", lambda r: "; ".join(one.words for one in r.beside)),
    Column("clears", "Would clear it", f"{CELLS}/flag_clears.html", lambda r: r.clears_when, css="full"),
    Column("owner", "Owner", f"{CELLS}/flag_owner.html", lambda r: r.owner.name if r.owner else "", sort="owner"),
    Column("cleared", "Cleared", f"{CELLS}/flag_cleared.html", lambda r: r.cleared_at, sort="cleared_at", css="num", shown=False),
)  # fmt: skip


def columns_for(actor: Actor) -> list[Column]:
    """The columns, as one reader sees them: what the rooms above say beside a flag depends on who reads."""

    def load(rows: Sequence[Flag], today: date) -> None:
        put_beside(rows, actor, today)

    return [replace(column, load=load) if column.key == "acts" else column for column in COLUMNS]


class Filters(FilterForm):
    """Above the list."""

    q = forms.CharField(
        label="Search", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Subject, cause"})
    )
    unit = forms.ChoiceField(label="Business unit")
    subject_type = forms.ChoiceField(label="About", choices=[("", "Everything"), *Flag.SUBJECTS])
    severity = forms.ChoiceField(choices=[("", "All"), ("3", "3, the highest"), ("2", "2"), ("1", "1")])
    open = forms.ChoiceField(
        label="State", choices=[("", "Open and cleared"), ("true", "Open"), ("false", "Cleared")]
    )


@page_view(Action.VIEW)
def flag_list(request: HttpRequest) -> HttpResponseBase:
    """Open findings, the worst first; cleared ones too when asked for."""
    actor = actor_of(request)
    rows = Flag.objects.visible_to(actor).select_related("initiative", "owner")
    if "open" not in request.GET:
        rows = rows.open()
    form = Filters(request)
    if "open" not in request.GET:
        form.initial["open"] = "true"
    units = BusinessUnit.objects.filter(scope(actor, Action.VIEW, BusinessUnit))
    form.offer("unit", [("", "All units"), *((u.pk, "\u2003" * d + u.name) for u, d in in_tree_order(units))])
    return list_page(
        request, rows=rows, listing=LISTING, columns=columns_for(actor), template="portfolio/flag_list.html", filename="flags",
        context={
            "caption": "Flags", "filters": form, "filters_set": chips(request, form, LISTING, {"rule": "rule"}),
            "empty": {"title": "Nothing is flagged", "text": "Findings appear here as soon as a rule holds."},
        },
    )  # fmt: skip
