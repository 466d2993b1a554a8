"""What cases put on the pages of the portfolio: their figures in the Money section of an overview."""

from datetime import date

from django.conf import settings
from django.urls import reverse

from core.access import Actor, allows
from core.roles import Action
from core.wording import plural
from domain.stage_words import DECIDED
from funding.views.figures import break_even_words, payback_words, rate_words
from portfolio.models import Initiative
from portfolio.models.worth import CaseWorth
from portfolio.queries.history import tells
from portfolio.views.slots import Panel, Worth, in_money

TEMPLATE = "funding/_money_panel.html"
tells("case.begun", "began version {number} of the business case", alone=True)
tells("case.changed", "changed the draft of the business case", alone=True)
tells("case.discarded", "discarded the draft of version {number} of the business case", alone=True)
tells("case.published", "published the business case, worth {npv}", alone=True)
tells("case.cited", "cited the business case in {cited_by} {ref}", alone=True)


@in_money
def worth(initiative: Initiative, actor: Actor, _today: date) -> Worth | None:
    """The figures of the case in force, or that there is none. Two queries."""
    row = CaseWorth.objects.filter(initiative=initiative).first()
    url = reverse("initiative-case", args=[initiative.ref])
    if row is None:
        may_write = allows(actor, Action.RECORD_MONEY, initiative)
        return Worth(
            Panel(TEMPLATE, {"worth": None}), "Write the case" if may_write else "Case, none yet", url
        )
    context = {
        "worth": row,
        "rate": rate_words(row.rate),
        "break_even": break_even_words(row.breaks_even),
        "payback": payback_words(row.payback_years, row.payback_note),
        "decided": initiative.stage in DECIDED,
        "lapsed": initiative.stage not in DECIDED and row.lapsed_on is not None,
        "case_url": url,
        "conventions": (
            "Annual flows at year end",
            f"{settings.ORG_CURRENCY}, before tax, {plural(row.years, 'year')}",
            "Against doing nothing",
        ),
    }
    return Worth(Panel(TEMPLATE, context), f"Case, version {row.case_number}", url)
