"""Minutes on paper, from the document they are."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from core.wording import day, moment, plural
from domain.paper import Block, Facts, Paper, Points, Section, Table, Text
from governance.models import Minutes
from governance.models.council_items import CHOICES, RESULTS

KIND: Final = "Minutes"
_RESULTS: Final = dict(RESULTS)
_CHOICES: Final = dict(CHOICES)


def minutes_paper(row: Minutes, document: Mapping[str, Any]) -> Paper:
    """The minutes as far as `document` (council_minutes.shown_to) lets the reader see them."""
    meeting = document["meeting"]
    sections = [
        Section(f"{place}. {one['initiative']} {one['name']}", _item(one))
        for place, one in enumerate(document["items"], 1)
    ]
    if document["actions"]:
        rows = [
            (one["text"], one["owner"], day(date.fromisoformat(one["due_on"]))) for one in document["actions"]
        ]
        sections.append(Section("Actions", (Table("Actions", ("Action", "Owner", "Due"), rows),)))
    return Paper(
        KIND, f"AI council, {'meeting' if meeting['kind'] == 'meeting' else 'written procedure'} {meeting['number']}",
        _standing(row),
        [
            ("Planned for", _moment(meeting["begins_at"])), ("First item opened", _moment(meeting.get("began_at"))),
            ("Ended", _moment(meeting["ended_at"])), ("Place", meeting["place"] or "none"),
            ("Items", plural(len(document["items"]), "item")),
        ],
        sections, ((f"Minutes of {meeting['ref']}", row.seal),) if row.seal else (),
    )  # fmt: skip


def _standing(row: Minutes) -> str:
    if row.approved_at is None:
        return f"A draft, to be approved at the next meeting, by {day(row.due_on)} at the latest."
    by = row.approved_by.name if row.approved_by else "a person who left"
    return f"Approved on {day(row.approved_at.date())} by {by}. They stand."


def _item(one: Mapping[str, Any]) -> list[Block]:
    motion, numbers = one["motion"], one["numbers"]
    blocks: list[Block] = [
        Text(f"Motion: {str(motion['outcome']).replace('_', ' ')}. {motion['because']}", strong=True),
        Facts(
            [
                ("Result", _RESULTS.get(one["result"], "not voted")), ("Recorded as", _recorded(one)),
                *_attendance(one),
                ("Presided", one["presided"] or "nobody"), ("Presented by", one["presented_by"] or "nobody"),
                *([("Escalated to", one["escalated_to"])] if one["escalated_to"] else []),
                *([("Quorum", _quorum(numbers))] if numbers else []),
            ]
        ),
    ]  # fmt: skip
    if one.get("conditions"):
        set_ones = [
            (
                f"{c['ref']} {c['text']}", str(c["kind"]).replace("_", " ") + (", blocking" if c["blocking"] else ""), c["owner"],
                f"{c['verifier']}: {c['verification']}", day(date.fromisoformat(c["due_on"])),
            )
            for c in one["conditions"]
        ]  # fmt: skip
        blocks.append(Table("Conditions set", ("Condition", "Kind", "Owner", "Verified by", "Due"), set_ones))
    if one["recusals"]:
        blocks.append(Points([_recused(who) for who in one["recusals"]]))
    if one["ballots"]:
        rows = [
            (
                b["seat"], b["name"] + (" (delegate)" if b["by_delegate"] else ""), _CHOICES.get(b["choice"], b["choice"]),
                b["reason"] or "", "" if b["counted"] else f"not counted: {str(b['not_counted']).replace('_', ' ')}",
            )
            for b in one["ballots"]
        ]  # fmt: skip
        blocks.append(Table("Ballots", ("Seat", "Cast by", "Ballot", "Reason", ""), rows))
    for said in one["statements"]:
        blocks.append(Text(f"{said['name']}, {said['kind']}: {said['text']}", quote=True))
    return blocks


def _recorded(one: Mapping[str, Any]) -> str:
    """The decision's reference and outcome, which is not always the motion as it was put."""
    said = one.get("recorded")
    if one["decision"] is None or said is None:
        return one["decision"] or "no decision"
    words = str(said["outcome"]).replace("_", " ")
    return f"{one['decision']}, {words}{'' if said['carried'] else ', not carried'}"


def _attendance(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who was there, and who was not; nothing where the minutes were drafted before that was kept."""
    found = (("Present", one.get("present")), ("Absent", one.get("absent")))
    return [(label, ", ".join(names)) for label, names in found if names]


def _recused(who: Mapping[str, Any]) -> str:
    lifted = f" (lifted: {who['lifted']})" if who["lifted"] else ""
    return f"Recused: {who['name']}, {who['because']}{lifted}"


def _quorum(numbers: Mapping[str, Any]) -> str:
    return f"{numbers.get('present', 0)} present of {numbers.get('eligible', 0)} eligible, {numbers.get('needed', 0)} needed"


def _moment(value: str | None) -> str:
    if value is None:
        return "not on record"
    zone = ZoneInfo(settings.ORG_TIME_ZONE)
    return f"{moment(datetime.fromisoformat(value).astimezone(zone))} {zone.key}"
