"""The pack as it was issued: what of it a reader may see, and what has changed on the record since."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from core.access import Actor, everywhere
from core.roles import Action
from core.wording import plural
from domain.paper import paper_to_json
from governance.models import Meeting, PackIssue
from governance.queries.our_time import in_our_time
from governance.queries.papers.council_pack import pack_parts
from portfolio.models import Initiative

LEFT_OUT: Final = "Parts about initiatives that you may not see are left out."


def pack_document(meeting: Meeting, actor: Actor, at: datetime) -> dict[str, Any]:
    """What is sealed: the paper as JSON, and of each section the initiative it is about."""
    paper, about = pack_parts(meeting, actor, at)
    return {"paper": paper_to_json(paper), "about": about}


def changed_since(row: PackIssue, actor: Actor) -> list[str]:
    """What the papers would say otherwise now, part by part; counted on the day of the issue, so that no age differs by itself."""
    now = pack_document(row.meeting, actor, row.issued_at)
    return differences(json.loads(row.document)["paper"], now["paper"])


def issued(row: PackIssue, actor: Actor, *, since: bool) -> dict[str, Any]:
    """The paper of an issue, as JSON, for a reader. `since`: with what has changed on the record since then.

    Who does not read the whole organisation gets the papers of the items they may see, and nothing of what has changed.
    """
    document = json.loads(row.document)
    paper = dict(document["paper"])
    whole = everywhere(actor, Action.VIEW)
    if not whole:
        paper = _for(paper, document["about"], actor)
    by = row.issued_by.name if row.issued_by else "somebody who has left"
    paper["meta"] = [*paper["meta"], ["Issued", f"Issue {row.number}, {in_our_time(row.issued_at)}, by {by}"]]
    if since and whole:
        paper["sections"] = [_since(changed_since(row, actor)), *paper["sections"]]
    paper["seals"] = [[f"Issue {row.number}, whole", row.seal], *paper["seals"]]
    return paper


def _for(paper: dict[str, Any], about: list[int | None], actor: Actor) -> dict[str, Any]:
    seen = set(
        Initiative.objects.visible_to(actor).filter(pk__in=[one for one in about if one is not None])
        .order_by().values_list("pk", flat=True)
    )  # fmt: skip
    parts = [part for part, one in zip(paper["sections"], about, strict=True) if one in seen]
    note = {"title": "Not shown", "level": 2, "new_page": False, "blocks": [_text(LEFT_OUT)]}
    seals = [pair for pair in paper["seals"] if any(pair[0].endswith(f", {name}") for name in _names(seen))]
    return {**paper, "lede": "The items you may see.", "sections": [*parts, note], "seals": seals}


def _names(seen: set[int]) -> list[str]:
    return list(Initiative.objects.filter(pk__in=seen).values_list("name", flat=True))


def _since(changed: list[str]) -> dict[str, Any]:
    blocks = (
        [_text(f"{plural(len(changed), 'part')} would read otherwise today. The papers stand as they were issued.", strong=True),
         {"kind": "points", "items": changed}]
        if changed else [_text("Nothing: issued today, the papers would say the same.")]
    )  # fmt: skip
    return {"title": "Changed since it was issued", "level": 2, "new_page": False, "blocks": blocks}


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The parts that differ between two packs, by their titles; a part of an item is told under its item."""
    before, after = _parts(was), _parts(now)
    changed = [
        f"{title}: changed" for title, blocks in before.items() if title in after and after[title] != blocks
    ]
    gone = [f"{title}: no longer there" for title in before if title not in after]
    added = [f"{title}: new" for title in after if title not in before]
    cover = ["Time or place of the meeting: changed"] if was["meta"] != now["meta"] else []
    return [*cover, *changed, *added, *gone]


def _parts(paper: Mapping[str, Any]) -> dict[str, Any]:
    """Title -> blocks, those of an item under the item. An item is known by its initiative, whatever its place; and its facts whenever
    they were known."""
    found: dict[str, Any] = {}
    under = ""
    for one in paper["sections"]:
        if one["level"] == 2:
            _, item, name = one["title"].partition(": ")
            under = name if item and one["title"].startswith("Item ") else one["title"]
            found[under] = one["blocks"]
        else:
            found[f"{under}, {one['title'].lower().partition(', as known ')[0]}"] = one["blocks"]
    return found


def _text(words: str, *, strong: bool = False) -> dict[str, Any]:
    return {"kind": "text", "text": words, "strong": strong, "quote": False}
