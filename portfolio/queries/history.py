"""An initiative's audit events told as a story: who did what, and what changed from what to what."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any

from django.db.models import QuerySet

from core import wording
from core.models import AuditEvent, BusinessUnit, User
from portfolio.models import Initiative, StrategicObjective
from portfolio.models.initiatives import STAGES

# What is in braces is told in the sentence and not again below it.
SENTENCES = {
    "initiative.created": "recorded the initiative",
    "initiative.edited": "changed the record",
    "initiative.moved": "moved it from {was_stage} to {stage} on {entered_on}",
    "initiative.spell_restated": "corrected when it entered its stage",
    "initiative.sponsor_left": "left it without a sponsor",
    "member.added": "put {name} on it",
    "member.removed": "took {name} off it",
    "tranche.approved": "approved tranche {number}: {amount} on {approved_on}",
    "tranche.released": "released tranche {number}: {amount} from {released_on} on",
    "tranche.returned": "returned tranche {number}: {amount} on {returned_on}",
    "tranche.held": "held tranche {number}: {amount} on {held_on}",
    "tranches.held": "held everything not released, on {held_on}",
    "money.committed": "committed {amount} to {supplier} on {committed_on}",
    "commitment.cancelled": "cancelled the commitment of {amount} to {supplier} on {cancelled_on}",
    "tranche.refused": "tried to {act} {amount} and was refused",
    "benefit.refused": "tried to {act} a benefit of {amount} and was refused",
    "money.spent": "recorded {amount} spent on {spent_on}",
    "benefit.planned": "planned a benefit of {amount} for {month}",
    "benefit.claimed": "claimed a benefit of {amount} for {month}",
    "benefit.validated": "validated a benefit of {amount} for {month}",
    "benefit.rejected": "rejected a benefit of {amount} for {month}",
    "stakeholder.added": "put {name} on the stakeholder register",
    "stakeholder.changed": "changed what the stakeholder register says of {name}",
    "stakeholder.signed": "recorded the sign-off of {name} on {signed_on}",
    "stakeholder.left": "took {name} off the stakeholder register",
    "working_group.made": "made the working group {name}",
    "working_group.ended": "ended the working group {name}",
    "group_member.added": "gave {name} a role in {group}",
    "group_member.ended": "ended the role of {name} in {group}",
    "working_meeting.recorded": "recorded the meeting of {held_on}",
    "working_action.added": "asked for an action: {text}",
    "working_action.done": "closed an action: {text}",
    "flag.raised": "raised a flag, severity {severity}: {sentence}",
    "flag.escalated": "put a flag, severity {severity}, before the council: {sentence}",
    "flag.cleared": "cleared a flag, severity {severity}: {sentence}",
}
LABELS = {
    "unit": "business unit", "value_hypothesis": "value hypothesis", "sponsor_since": "sponsor since",
    "sponsor_vacant_since": "no sponsor since", "risk_tier": "risk tier", "planned_value": "planned value",
    "entered_on": "entered", "spent_on": "spent", "approved_on": "approved", "released_on": "released", "returned_on": "returned", "committed_on": "committed",
}  # fmt: skip
HIDDEN = frozenset({"user", "currency", "facts", "attributes", "kind"})
PEOPLE = frozenset({"sponsor", "lead", "owner", "production_owner", "reviewer", "assigned_to"})
CODE = re.compile(r"[a-z]+(_[a-z]+)+")
MONEY = frozenset({"amount", "ceiling", "npv", "planned_value", "transition_run_cost"})


JUDGED: frozenset[str] = frozenset({"flag.raised", "flag.escalated", "flag.cleared"})
"""What no person does: the record was judged, after whatever act of whoever it was."""
ALONE: set[str] = set(JUDGED)
"""Events whose sentence is all that is told: what changed is a document with a page of its own."""


def tells(action: str, sentence: str, *, alone: bool = False) -> None:
    """Say how an event of a room above is told: `tells("pilot.extended", "extended the pilot by {days} days")`."""
    SENTENCES[action] = sentence
    if alone:
        ALONE.add(action)


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

    @property
    def who(self) -> str:
        """Who did it. A flag is raised by nobody's hand."""
        return "Throughline" if self.event.action in JUDGED else self.event.actor_label


def events_of(initiative: Initiative) -> QuerySet[AuditEvent]:
    """Everything recorded on an initiative, newest first."""
    return AuditEvent.objects.filter(initiative_id=initiative.pk).order_by("-id")


def tell(events: Sequence[AuditEvent], currency: str) -> list[Told]:
    """The events in words. At most three queries for the names behind ids, whatever the number of events."""
    names = _names(events)
    return [_told(event, names, currency) for event in events]


def _told(event: AuditEvent, names: Mapping[str, Mapping[Any, str]], currency: str) -> Told:
    fields = [field for field in dict.fromkeys([*event.before, *event.after]) if field not in HIDDEN]
    was = {field: _words(field, event.before.get(field), names, currency) for field in fields}
    now = {field: _words(field, event.after.get(field), names, currency) for field in fields}
    words = {**{f"was_{field}": text for field, text in was.items()}, **{f: now[f] or was[f] for f in fields}}
    sentence, said = _sentence(event.action, words)
    changes = [
        Change(LABELS.get(field, field.replace("_", " ")), was[field], now[field])
        for field in fields
        if event.action not in ALONE and field not in said and was[field] != now[field]
    ]
    return Told(event, sentence, tuple(changes))


def _sentence(action: str, words: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """The sentence, and the fields it tells."""
    pattern = SENTENCES.get(action)
    if pattern is None:
        subject, _, verb = (part.replace("_", " ") for part in action.partition("."))
        if verb.endswith(" changed"):
            return f"changed the {verb.removesuffix(' changed')}", frozenset()
        return f"{verb} the {subject}", frozenset()
    asked = {name for _, name, _, _ in Formatter().parse(pattern) if name}
    if not all(words.get(name) for name in asked):
        return re.sub(r"( from| of|:)$", "", pattern.split(" {")[0]), frozenset()
    return pattern.format(**words).rstrip("."), frozenset(name.removeprefix("was_") for name in asked)


def _words(field: str, value: Any, names: Mapping[str, Mapping[Any, str]], currency: str) -> str:
    if value in (None, "", [], {}):
        return ""
    if field in names:
        values = value if isinstance(value, list) else [value]
        return ", ".join(names[field].get(v, f"no. {v}") for v in values)
    if field == "stage" or field.endswith("_stage"):
        return dict(STAGES).get(value, str(value))
    if field == "month":
        return wording.day(date.fromisoformat(str(value))).partition(" ")[2]
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
    if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
        return ", ".join(str(part) for part in value)
    if isinstance(value, dict | list):
        return ""  # a document: it has a page of its own, and its keys are nobody's words
    return text.replace("_", " ") if CODE.fullmatch(text) else text


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
