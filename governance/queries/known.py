"""What the record knows of the things a lead reports on themselves at a gate."""

from datetime import date

from django.db.models import Sum

from domain.purgatory import UNKNOWN
from domain.self_report import Known
from kpis.models import Kpi
from pilots.models import Pilot
from pilots.queries.facts import facts_of, records, with_people
from portfolio.models import Expenditure, FundingTranche, Initiative


def known_of(initiative: Initiative, today: date) -> Known:
    """About a dozen statements, most of them the pilot's own facts."""
    readings = (
        Kpi.objects.filter(initiative=initiative, primary=True)
        .exclude(state=Kpi.State.RETIRED)
        .values_list("last_observed_on", flat=True)
    )
    days = [day for day in readings if day is not None]
    spent = Expenditure.objects.filter(initiative=initiative, spent_on__lte=today).aggregate(n=Sum("amount"))[
        "n"
    ]
    released = FundingTranche.objects.filter(initiative=initiative, released_on__lte=today).aggregate(
        n=Sum("amount")
    )["n"]
    pilot = with_people(Pilot.objects.filter(initiative=initiative, ended_on=None)).first()
    more = {} if pilot is None else _of_pilot(pilot, today)
    return Known(
        as_of=today, last_reading_on=min(days) if days else None, spent=spent, released=released,
        sponsor_silent_days=_silent(initiative, today), **more,
    )  # fmt: skip


def _of_pilot(pilot: Pilot, today: date) -> dict[str, int | None]:
    facts = facts_of(records([pilot], today)[0], today)
    told = {
        "criteria_changes": facts.success_measure_changes,
        "days_in_stage": facts.days_in_stage,
        "planned_days": facts.planned_days,
    }
    known = {name: None if value is UNKNOWN else value for name, value in told.items()}
    return {**known, "users_outside": pilot.users_outside_charter}


def _silent(initiative: Initiative, today: date) -> int | None:
    sponsor = initiative.sponsor
    if sponsor is None:
        return None
    heard = [day for day in (sponsor.last_active_on, initiative.sponsor_since) if day is not None]
    return (today - max(heard)).days if heard else None
