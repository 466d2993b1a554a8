"""What a case as typed would be worth, by the same rules as when it is saved. Reads people and KPIs, writes nothing."""

from datetime import date
from typing import Any

from django.conf import settings

from core.models import User
from core.wording import money_exact
from domain.stage_words import DECIDED
from funding.forms import DraftForm
from funding.forms.filling import draft_typed
from funding.models import BusinessCase
from funding.queries.gaps import gaps_of
from funding.services.draft import PLAIN, YEARLY, CaseDraft, rows_of, stored
from funding.translate import Lines, careful_npv, so_far_of
from funding.views.appraised import Headline, headline
from kpis.models import Kpi
from portfolio.models import Initiative

LIVE = ("starts_on", "rate", "spread_benefits", "spread_outlay", "spread_years_late", "spread_rate")


def live_of(form: DraftForm, initiative: Initiative) -> dict[str, Any]:
    """What funding/_live.html needs: the figures where they can be told, else what is missing."""
    if form.is_bound:
        unread = [(form[name], str(found[0])) for name, found in form.errors.items() if name in form.fields]
        draft = draft_typed(form, set(form.keys)) if hasattr(form, "cleaned_data") else None
    else:
        again = DraftForm(_as_sent(form), initial=form.initial, offered=form.offered)
        again.is_valid()
        unread, draft = [], draft_typed(again, set(again.keys))
    if draft is None or any(getattr(draft, name) is None for name in LIVE):
        return {"live": None, "live_gaps": [], "unread": unread}
    lines = typed_lines(draft, initiative)
    gaps = [gap for gap in gaps_of(lines) if gap.stops]
    decided = initiative.stage in DECIDED
    return {
        "live": None if unread else _told(lines),
        "decided": decided,
        "live_gaps": [] if unread else gaps,
        "unread": unread,
    }


def _as_sent(form: DraftForm) -> dict[str, str]:
    """What the browser would send of the form as it was filled."""
    out = {}
    for name, field in form.fields.items():
        value = field.prepare_value(form.get_initial_for_field(field, name))
        out[name] = "" if value in (None, False) else str(value)
    return out


def typed_lines(draft: CaseDraft, initiative: Initiative) -> Lines:
    """The draft as records that are not saved, with the people and KPIs they name. Two statements."""
    row = BusinessCase(initiative=initiative, number=0)
    for name in PLAIN:
        value = getattr(draft, name)
        if value is not None or name in {"finance_rate", "reinvest_rate", "works", "people"}:
            setattr(row, name, value)
    row.starts_on, row.currency = draft.starts_on or date.min, settings.ORG_CURRENCY
    for name in YEARLY:
        setattr(row, name, stored(getattr(draft, name)))
    costs, benefits, scenarios = rows_of(draft, row)
    people = User.objects.in_bulk({one.owner_id for one in benefits if one.owner_id})
    kpis = Kpi.objects.in_bulk({one.kpi_id for one in benefits if one.kpi_id})
    for one in benefits:
        one.owner = people.get(one.owner_id) if one.owner_id else None
        one.kpi = kpis.get(one.kpi_id) if one.kpi_id else None
    return Lines(row, costs, benefits, scenarios)


def _told(lines: Lines) -> dict[str, Any] | None:
    """The figures of the panel; None where the rules cannot answer yet."""
    so_far = so_far_of(lines)
    case, found = so_far.case, so_far.appraisal
    if case is None or found is None:
        return None
    said: Headline = headline(lines, case, found)
    careful = careful_npv(lines, found)
    late = found.measures.npv - found.delayed.fixed_horizon
    return {
        "said": said,
        "careful": None if careful is None else money_exact(careful, case.currency),
        "late": money_exact(late, case.currency),
        "late_loses": late < 0,
    }
