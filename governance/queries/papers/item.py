"""The decision paper of an item that no submission stands behind: from what was sealed when it opened, or from the record until then."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from core.wording import day, plural
from domain.paper import Block, Facts, Paper, Section, Text
from governance.models import AgendaItem, ItemPack
from governance.queries.charter_words import charter_words
from governance.queries.council_queue import BECAUSE
from governance.queries.item_pack import evidence_of, extension_of
from governance.queries.our_time import in_our_time
from governance.queries.papers.decision import CONDITION_KINDS, KIND
from governance.queries.papers.from_record import extension_blocks, facts_sections
from governance.queries.papers.pilot import report_seals


def item_paper(item: AgendaItem, today: date) -> Paper:
    """What is moved, or drafted while nobody moved it, beside the facts. About fifteen statements, two once they are sealed."""
    facts, pack = evidence_of(item, today)
    said = item.motion or item.draft or {}
    outcome = str(said.get("outcome", "")).replace("_", " ")
    sections = [
        Section("The ask", _ask(item, said, outcome)),
        *([] if item.condition is None else [Section("The condition", _condition(facts["condition"]))]),
        *facts_sections(
            facts, said, moved=bool(item.motion), known="when it opened" if pack else "today", level=2
        ),
    ]
    what = outcome.capitalize() if outcome else "No motion yet"
    seals = [(f"{item.ref}, evidence when it opened", pack.seal)] if pack else []
    return Paper(
        KIND, f"{what}: {item.initiative.name}", said.get("because", "") or BECAUSE.get(item.because, "Put on the agenda"),
        _meta(item, facts, pack), sections, (*seals, *report_seals(facts)),
    )  # fmt: skip


def with_motion(paper: Paper, item: AgendaItem, today: date) -> Paper:
    """The paper of a submission which the council is moved to answer by an extension or a pivot, with what that costs, brings or
    changes. Two statements where it is extended, and at most four more until it opens."""
    said = item.motion or item.draft or {}
    outcome, first, rest = said.get("outcome"), paper.sections[0], paper.sections[1:]
    if outcome == "pivot":
        facts = pivot_facts(said)
        return (
            replace(paper, sections=[first, Section("What the pivot changes", [Facts(facts)]), *rest])
            if facts
            else paper
        )
    if outcome != "extend":
        return paper
    price, pack = extension_of(item, today)
    blocks = extension_blocks(price)
    if not blocks:
        return paper
    seals = [(f"{item.ref}, price when it opened, {item.initiative.name}", pack.seal)] if pack else []
    sections = [first, Section("What the extension costs and brings", blocks), *rest]
    return replace(paper, sections=sections, seals=(*paper.seals, *seals))


def pivot_facts(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a pivot tries instead, how long, until when, and each part of the charter that is new or carried; else nothing."""
    if said.get("outcome") != "pivot":
        return []
    found = (
        ("Tried instead", said.get("charter")), ("Runs from the decision", plural(said["days"], "day") if said.get("days") else ""),
        ("Decided by", _day(said.get("until"))), *charter_words(said),
    )  # fmt: skip
    return [(label, text) for label, text in found if text]


def _meta(item: AgendaItem, facts: Mapping[str, Any], pack: ItemPack | None) -> list[tuple[str, str]]:
    about, tier = facts["initiative"], facts["initiative"]["tier"]
    names = [one["name"] if one else "nobody" for one in (about["sponsor"], about["lead"])]
    return [
        ("Initiative", f"{about['ref']} {about['name']}, {item.initiative.unit.name}"),
        ("Item", f"{item.ref}, {item.meeting.get_kind_display().lower()} {item.meeting.number}"),
        ("Decided by", "AI council"),
        ("Risk tier", str(tier) if tier else "not assessed"),
        ("Sponsor, lead", ", ".join(names)),
        ("Facts", f"sealed {in_our_time(pack.sealed_at)}" if pack else f"of {day(date.fromisoformat(facts['on']))}, not sealed yet"),
    ]  # fmt: skip


def _ask(item: AgendaItem, said: Mapping[str, Any], outcome: str) -> list[Block]:
    if not said:
        return [Text(f"No motion yet. {BECAUSE.get(item.because, 'Put on the agenda')}.", strong=True)]
    words = f"Motion: {outcome}." if item.motion else f"No motion yet. Drafted from the record: {outcome}."
    pivot = pivot_facts(said)
    facts = [
        (label, text)
        for label, text in (
            ("Until", "" if pivot else _day(said.get("until"))), ("New due date", _day(said.get("due_on"))),
            ("To", str(said.get("stage") or "").replace("_", "-").capitalize()),
            ("For", plural(said["days"], "day") if said.get("days") and not pivot else ""),
            ("Done again", said.get("rework")), *pivot, ("Lessons", said.get("lessons")),
        )
        if text
    ]  # fmt: skip
    return [Text(words, strong=True), Text(said["because"]), *([Facts(facts)] if facts else [])]


def _condition(one: Mapping[str, Any]) -> list[Block]:
    due = _day(one["due_on"])
    if one["due_on"] != one["first_due_on"]:
        due += f", first {_day(one['first_due_on'])}"
    return [
        Facts(
            [
                (one["ref"], one["text"]),
                ("Type", CONDITION_KINDS[one["kind"]] + (", blocking" if one["blocking"] else "")),
                ("Owner, verifier", f"{one['owner']['name']}, {one['verifier']['name']}"),
                ("Verified by", one["verification"]), ("Due", due),
            ]
        )
    ]  # fmt: skip


def _day(value: str | None) -> str:
    return day(date.fromisoformat(value)) if value else ""
