"""An initiative's audit events told as a story: who did what, and what changed from what to what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet

from core import wording
from core.models import AuditEvent, BusinessUnit, User
from portfolio.models import Initiative, StrategicObjective
from portfolio.models.initiatives import STAGES

SENTENCES = {
    "initiative.created": "recorded the initiative",
    "initiative.edited": "changed the record",
    "initiative.moved": "moved it to another stage",
    "initiative.spell_restated": "corrected when it entered its stage",
    "initiative.sponsor_left": "left it without a sponsor",
    "member.added": "put somebody on it",
    "member.removed": "took somebody off it",
    "tranche.approved": "approved a tranche",
    "tranche.released": "released a tranche",
    "money.spent": "recorded money spent",
    "benefit.planned": "planned a benefit",
    "benefit.claimed": "claimed a benefit",
    "benefit.validated": "validated a benefit",
    "flag.raised": "raised a flag",
    "flag.cleared": "cleared a flag",
}
LABELS = {
    "unit": "business unit", "value_hypothesis": "value hypothesis", "sponsor_since": "sponsor since",
    "sponsor_vacant_since": "no sponsor since", "risk_tier": "risk tier", "planned_value": "planned value",
    "entered_on": "entered", "spent_on": "spent", "approved_on": "approved", "released_on": "released",
}  # fmt: skip
HIDDEN = frozenset({"user", "currency", "facts", "attributes"})
PEOPLE = frozenset({"sponsor", "lead", "owner", "production_owner", "reviewer"})
MONEY = frozenset({"amount", "planned_value", "transition_run_cost"})


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it is read. `changes` are in words; an empty `was` or `now` was nothing."""

    event: AuditEvent
    sentence: str
    changes: tuple[Change, ...]


def events_of(initiative: Initiative) -> QuerySet[AuditEvent]:
    """Everything recorded on an initiative, newest first."""
    return AuditEvent.objects.filter(initiative_id=initiative.pk).order_by("-id")


def tell(events: Sequence[AuditEvent], currency: str) -> list[Told]:
    """The events in words. At most three queries for the names behind ids, whatever the number of events."""
    names = _names(events)
    return [Told(event, _sentence(event.action), tuple(_changes(event, names, currency))) for event in events]


def _sentence(action: str) -> str:
    known = SENTENCES.get(action)
    if known:
        return known
    subject, _, verb = action.partition(".")
    return f"{verb.replace('_', ' ')}: {subject.replace('_', ' ')}"


def _changes(event: AuditEvent, names: Mapping[str, Mapping[Any, str]], currency: str) -> Iterable[Change]:
    for field in dict.fromkeys([*event.before, *event.after]):
        if field in HIDDEN:
            continue
        was, now = (_words(field, side.get(field), names, currency) for side in (event.before, event.after))
        if was != now:
            yield Change(LABELS.get(field, field.replace("_", " ")), was, now)


def _words(field: str, value: Any, names: Mapping[str, Mapping[Any, str]], currency: str) -> str:
    if value in (None, "", [], {}):
        return ""
    if field in names:
        values = value if isinstance(value, list) else [value]
        return ", ".join(names[field].get(v, f"no. {v}") for v in values)
    if field == "stage" or field.endswith("_stage"):
        return dict(STAGES).get(value, str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field in MONEY:
        try:
            return wording.money_exact(Decimal(str(value)), currency)
        except InvalidOperation:
            return str(value)
    return _day_or_text(value)


def _day_or_text(value: Any) -> str:
    text = str(value)
    try:
        if len(text) == 10:
            return wording.day(date.fromisoformat(text))
        if len(text) > 18 and text[4:5] == "-" and "T" in text:
            return wording.moment(datetime.fromisoformat(text))
    except ValueError:
        pass
    if isinstance(value, dict | list):
        return ", ".join(str(part) for part in value)
    return text


def _names(events: Sequence[AuditEvent]) -> dict[str, dict[Any, str]]:
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        for side in (event.before, event.after):
            for field, value in side.items():
                if field in PEOPLE and isinstance(value, int):
                    ids["people"].add(value)
                elif field == "unit" and isinstance(value, int):
                    ids["units"].add(value)
                elif field == "objectives" and isinstance(value, list):
                    ids["objectives"].update(v for v in value if isinstance(v, int))
    people = (
        dict(User.objects.filter(pk__in=ids["people"]).values_list("pk", "name")) if ids["people"] else {}
    )
    units = (
        dict(BusinessUnit.objects.filter(pk__in=ids["units"]).values_list("pk", "name"))
        if ids["units"]
        else {}
    )
    aims = StrategicObjective.objects.filter(pk__in=ids["objectives"]) if ids["objectives"] else None
    objectives = dict(aims.values_list("pk", "name")) if aims is not None else {}
    return {**dict.fromkeys(PEOPLE, people), "unit": units, "objectives": objectives}
