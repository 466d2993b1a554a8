"""The evidence of an item that no submission stands behind, as one document: what is known when its voting opens, in plain JSON."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from governance.models import AgendaItem, Condition, ItemPack
from governance.queries.must_meets import tier_of
from governance.queries.pack import facts_now
from governance.queries.pilot_facts import report_of
from pilots.models import Pilot
from pilots.queries.pricing import given, pricing_of
from portfolio.models import Flag

FORM: Final = 1
"""The version of the list of what is frozen. A fact added later makes a new one."""


def evidence_now(item: AgendaItem, today: date) -> dict[str, Any]:
    """What the record says today, for an item that is not open yet. About fifteen statements."""
    initiative = item.initiative
    return {
        "form": FORM,
        "on": today.isoformat(),
        "item": item.ref,
        "because": item.because,
        "motion": dict(item.motion),
        **facts_now(initiative, tier=tier_of(initiative)),
        "conditions": _conditions(initiative.pk),
        "flags": _flags(initiative.pk),
        "condition": None if item.condition is None else _condition(item.condition),
        "extension": extension_now(item, today),
    }


def item_pack_of(item: AgendaItem, today: date) -> dict[str, Any]:
    """The same with the report of the running pilot, which is what is sealed. About thirty statements."""
    return {**evidence_now(item, today), "report": report_of(item.initiative, today)}


def evidence_of(item: AgendaItem, today: date) -> tuple[dict[str, Any], ItemPack | None]:
    """What the item was opened on, with its seal; what the record says today while nobody opened it, or where nothing was sealed."""
    pack = ItemPack.objects.filter(item=item).first()
    return (evidence_now(item, today), None) if pack is None else (json.loads(pack.document), pack)


def price_pack_of(item: AgendaItem, today: date) -> dict[str, Any] | None:
    """What is sealed of an item that answers a submission, which sealed everything else: the price of the extension that is moved.
    None where it moves none."""
    extension = extension_now(item, today)
    if extension is None:
        return None
    return {
        "form": FORM, "on": today.isoformat(), "item": item.ref, "because": item.because, "motion": dict(item.motion),
        "extension": extension,
    }  # fmt: skip


def extension_of(item: AgendaItem, today: date) -> tuple[dict[str, Any] | None, ItemPack | None]:
    """The price as it was when the item opened, with its seal; as it is today until then, and while it is voted on where nothing was
    sealed. Once it is decided nobody can say any more what it was, where it was not sealed."""
    pack = ItemPack.objects.filter(item=item).first()
    if pack is not None:
        return json.loads(pack.document)["extension"], pack
    return None if item.state == AgendaItem.State.CLOSED else extension_now(item, today), None


def extension_now(item: AgendaItem, today: date) -> dict[str, Any] | None:
    """What the extension that is moved, or drafted, would cost and bring. `number`: of the extensions that count, this one's."""
    said: Mapping[str, Any] = item.motion or item.draft or {}
    if said.get("outcome") != "extend" or not said.get("days"):
        return None
    pilot = Pilot.objects.filter(initiative=item.initiative, ended_on=None).first()
    found = pricing_of(item.initiative, today, (said["days"],))
    price = found.prices[0]
    return {
        "days": said["days"], "number": None if pilot is None else given(pilot) + 1, "case": found.case_ref,
        "delay": _number(price.delay), "running": _number(price.running), "total": _number(price.total),
        "spent": _number(found.spent), "over_days": found.lately, "evidence": said.get("evidence") or "",
        "decision_changes": said.get("decision_changes"),
    }  # fmt: skip


def _condition(row: Condition) -> dict[str, Any]:
    return {
        "ref": row.ref, "text": row.text, "kind": row.kind, "blocking": row.blocking, "verification": row.verification,
        "owner": {"id": row.owner_id, "name": row.owner.name}, "verifier": {"id": row.verifier_id, "name": row.verifier.name},
        "first_due_on": row.first_due_on.isoformat(), "due_on": row.due_on.isoformat(),
    }  # fmt: skip


def _conditions(initiative: int) -> list[dict[str, Any]]:
    rows = Condition.objects.filter(initiative=initiative, state=Condition.State.OPEN)
    return [
        {
            "ref": one.ref, "text": one.text, "kind": one.kind, "owner": one.owner.name,
            "due_on": one.due_on.isoformat(),
        }
        for one in rows.select_related("owner").order_by("due_on", "pk")
    ]  # fmt: skip


def _flags(initiative: int) -> list[dict[str, Any]]:
    rows = Flag.objects.open().filter(initiative=initiative).order_by("-severity", "pk")
    return [
        {
            "rule": one.rule, "cause": one.cause, "severity": one.severity, "subject": one.subject_label,
            "subject_type": one.subject_type, "sentence": one.sentence, "since": one.since.isoformat(),
        }
        for one in rows
    ]  # fmt: skip


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"
