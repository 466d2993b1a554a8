"""What a decision paper says of the pilot: its charter, the way to production, and what is open of the first severity."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from core.wording import day, money, plural
from domain.paper import Block, Facts, Points, Text

UNKNOWN: Final = "never recorded"


def charter_blocks(pack: Mapping[str, Any]) -> list[Block]:
    """The plan of the pilot ahead, or the charter of the one that runs; nothing where a pack holds neither."""
    plan, pilot = pack.get("plan"), pack.get("pilot")
    one = plan or pilot
    if one is None:
        return []
    facts = [
        ("Hypotheses", _lines(one["hypotheses"]) or UNKNOWN),
        ("Scope", _scope(one)),
        ("Sample", one["sample"] or UNKNOWN),
        ("Stop threshold", one["stop_threshold"] or UNKNOWN),
        ("Time", _time(one) if plan else _length(one)),
        ("Decided by", _day(one["decision_on"])),
    ]
    return [Facts([*facts, *_handover(one)])]


def _handover(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Packs sealed before the transition plan was frozen name the owner alone."""
    owner = one["production_owner"]
    named = [("Production owner", owner["name"] if owner else UNKNOWN)]
    if "transition_run_cost" not in one:
        return named
    cost = one["transition_run_cost"]
    return [
        *named,
        ("Run cost a year", UNKNOWN if cost is None else money(Decimal(cost), settings.ORG_CURRENCY)),
        ("Integration", one["transition_integration"] or UNKNOWN),
        ("Support", one["transition_support"] or UNKNOWN),
        ("Handed over on", _day(one["transition_on"])),
    ]


def _lines(text: str) -> str:
    """One a line, told in one cell with their numbers; a single one has none."""
    told = [line.strip() for line in text.splitlines() if line.strip()]
    if len(told) < 2:
        return "".join(told)
    return " ".join(f"({number}) {line}" for number, line in enumerate(told, start=1))


def _scope(one: Mapping[str, Any]) -> str:
    said = [
        f"{words}: {one[name]}"
        for name, words in (
            ("scope_units", "units"), ("scope_sites", "sites"), ("scope_users", "users"), ("scope_systems", "systems"),
        )
        if one[name]
    ]  # fmt: skip
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}" if text else UNKNOWN


def _time(plan: Mapping[str, Any]) -> str:
    return f"{_day(plan['starts_on'])} to {_day(plan['ends_on'])}"


def _length(pilot: Mapping[str, Any]) -> str:
    if pilot["planned_days"] is None:
        return UNKNOWN
    return f"{plural(pilot['planned_days'], 'day')}, to {_day(pilot['planned_end_on'])}"


def finding_blocks(pack: Mapping[str, Any]) -> list[Block]:
    """The open findings of severity 3 by name. A pack that was sealed before they were asked for says nothing of them."""
    found: Sequence[Mapping[str, Any]] | None = pack.get("findings")
    if found is None or (pack.get("pilot") is None and not found):
        return []
    if not found:
        return [Text("None is open.")]
    return [
        Points(
            [
                f"{one['pilot']}, finding {one['number']}: {one['text']} Seen {_day(one['seen_on'])}."
                for one in found
            ]
        )
    ]


def report_seals(pack: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The report of the pilot as it was frozen, by its hash."""
    report = pack.get("report")
    return [(f"Report of {report['pilot']}", report["hash"])] if report else []


def _day(value: str | None) -> str:
    return day(date.fromisoformat(value)) if value else UNKNOWN
