"""The rows behind the dashboard's numbers that no list shows yet: stage spells and money."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from core import clock, vocabulary
from core.access import scope
from core.errors import not_found
from core.http import actor_of, moment_of, page_view
from core.listing import Filter, Listing
from core.roles import Action
from core.tables import Column, list_page
from portfolio.models import BenefitEntry, Commitment, Expenditure, FundingTranche, StageSpell
from portfolio.models.money import MoneyRow
from portfolio.queries.listings import BENEFITS, COMMITMENTS, EXPENDITURES, SPELLS, TRANCHES

_NARROW = {
    "objective": Filter("initiative__objectives", "id", ops=("",), many=True),
    "sponsor": Filter("initiative__sponsor", "id", ops=("",)),
    "risk_tier": Filter("initiative__risk_tier", "choice", choices=("1", "2", "3"), ops=("",)),
}


CRUMBS = [("Portfolio", "/portfolio/")]


def _wider(listing: Listing) -> Listing:
    """The same list, narrowed by whatever the dashboard can be narrowed by."""
    return replace(listing, filters={**listing.filters, **_NARROW})


INITIATIVE = Column(
    "initiative", "Initiative", "portfolio/cells/of_initiative.html", lambda r: r.initiative.name
)
UNIT = Column(
    "unit", "Business unit", "portfolio/cells/of_unit.html", lambda r: r.initiative.unit.name, css="hide-s"
)
AMOUNT = Column(
    "amount", "Amount", "portfolio/cells/amount.html", lambda r: r.amount, sort="amount", css="num"
)
NOTE = Column("note", "Note", "portfolio/cells/note.html", lambda r: r.note)

SPELL_COLUMNS = (
    INITIATIVE,
    UNIT,
    Column("stage", "Stage", "portfolio/cells/spell_stage.html", lambda r: vocabulary.word("stage", r.stage)),
    Column("from", "From", "portfolio/cells/spell_from.html",
           lambda r: vocabulary.word("stage", r.from_stage) if r.from_stage else ""),
    Column("entered_on", "Entered", "portfolio/cells/spell_entered.html", lambda r: r.entered_on, sort="entered_on", css="num"),
    Column("left_on", "Left", "portfolio/cells/spell_left.html", lambda r: r.left_on, sort="left_on", css="num"),
    Column("because", "Because", "portfolio/cells/spell_because.html", lambda r: r.because),
)  # fmt: skip


@page_view(Action.VIEW)
def spell_list(request: HttpRequest) -> HttpResponseBase:
    """Stays in a stage. What was restated is left out, as in every count, unless asked for."""
    rows = StageSpell.objects.filter(scope(actor_of(request), Action.VIEW, StageSpell))
    if "restated" not in request.GET:
        rows = rows.filter(restated_by=None)
    return list_page(
        request, rows=rows.select_related("initiative__unit"), listing=_wider(SPELLS), columns=SPELL_COLUMNS,
        template="portfolio/rows.html", filename="stage-spells",
        context={"heading": "Stage spells", "caption": "Stage spells", "crumbs": CRUMBS, "lede": "Every stay of an initiative in a stage. "
                 "A spell is never re-dated, only closed or restated."},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ledger:
    """One kind of money: its rows, its columns, and the words above them."""

    model: type[MoneyRow]
    listing: Listing
    columns: tuple[Column, ...]
    heading: str
    lede: str


def _day(key: str, label: str, read: Callable[[Any], Any]) -> Column:
    return Column(key, label, f"portfolio/cells/{key}.html", read, sort=key, css="num")


LEDGERS = {
    "spend": Ledger(
        Expenditure, _wider(EXPENDITURES),
        (INITIATIVE, UNIT, _day("spent_on", "Spent", lambda r: r.spent_on), AMOUNT, NOTE),
        "Spend", "Money spent, dated. A correction is a row with the opposite sign.",
    ),
    "commitments": Ledger(
        Commitment, _wider(COMMITMENTS),
        (INITIATIVE, UNIT, Column("supplier", "Supplier", "portfolio/cells/supplier.html", lambda r: r.supplier, sort="supplier"),
         _day("committed_on", "Committed", lambda r: r.committed_on), _day("until", "Until", lambda r: r.until), AMOUNT,
         Column("cancelled_on", "Cancelled", "portfolio/cells/cancelled_on.html", lambda r: r.cancelled_on, css="num"), NOTE),
        "Commitments", "Money promised to suppliers, as it was ordered. What is paid of it stands under Spend.",
    ),
    "tranches": Ledger(
        FundingTranche, _wider(TRANCHES),
        (INITIATIVE, UNIT, _day("approved_on", "Approved", lambda r: r.approved_on),
         _day("released_on", "Released", lambda r: r.released_on), AMOUNT, NOTE),
        "Tranches", "Money approved, and when it was released. What was returned is budget no more.",
    ),
    "benefits": Ledger(
        BenefitEntry, _wider(BENEFITS),
        (INITIATIVE, UNIT, Column("kind", "Kind", "portfolio/cells/kind.html", lambda r: r.get_kind_display()),
         _day("month", "Month", lambda r: r.month), AMOUNT, NOTE),
        "Benefits", "Value planned, claimed by the initiative, and validated or rejected by finance. They are never added.",
    ),
}  # fmt: skip


def _sum_of(kind: str) -> Case | F:
    """What a row is summed under. Returned money is budget no more, so it is not in the sum of what is approved."""
    if kind == "commitments":
        return Case(When(cancelled_on=None, then=Value("Ordered")), default=Value("Cancelled"))
    if kind != "tranches":
        return F("kind" if kind == "benefits" else "currency")
    return Case(When(returned_on=None, then=Value("Approved")), default=Value("Returned"))


def _label(kind: str, of: str) -> str:
    if kind == "benefits":
        return BenefitEntry.Kind(of).label
    return "In all" if kind == "spend" else of


@page_view(Action.VIEW)
def ledger(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Money rows, with their sum. `past_decision=true`: spent after the pilot's decision date."""
    found = LEDGERS.get(kind)
    if found is None:
        raise not_found()
    rows: QuerySet[Any] = found.model._default_manager.filter(
        scope(actor_of(request), Action.VIEW, found.model)
    )
    params = request.GET.copy()
    if kind == "spend" and "past_decision" in params:
        del params["past_decision"]
        today = clock.day_of(moment_of(request))
        late = Q(initiative__decision_on__lt=today, spent_on__gt=F("initiative__decision_on"))
        rows = rows.filter(late & ~Q(initiative__pilot_level="")).exclude(
            initiative__stage__in=("stopped", "retired")
        )
    selected = found.listing.apply(rows, params, ignore=("page", "columns", "format")).order_by()
    sums = list(
        selected.annotate(of=_sum_of(kind)).values_list("of").annotate(total=Sum("amount")).order_by("of")
    )
    return list_page(
        request, rows=rows.select_related("initiative__unit"),
        listing=found.listing, ignore=("past_decision",), columns=found.columns,
        template="portfolio/rows.html", filename=kind,
        context={"heading": found.heading, "caption": found.heading, "lede": found.lede, "crumbs": CRUMBS, "sums": [(_label(kind, name), total) for name, total in sums],
                 "tabs": [(entry.heading, reverse("ledger", args=[name]), None, name == kind) for name, entry in LEDGERS.items()]},
    )  # fmt: skip
