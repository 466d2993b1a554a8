"""What a paper says of an item that no submission stands behind: the record, as it is today or as it was sealed."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from core.wording import day, money, percent, plural
from domain.paper import Block, Facts, Section, Table, Text
from governance.models import Condition
from governance.queries.papers.decision import NOT_SAID, kpi_blocks, model_blocks, other_ways, restated
from governance.queries.papers.pilot import charter_blocks, finding_blocks

UNKNOWN: Final = "never recorded"
KINDS: Final = dict(Condition.Kind.choices)


def facts_sections(
    facts: Mapping[str, Any], said: Mapping[str, Any], *, moved: bool, known: str = "today", level: int = 3
) -> list[Section]:
    """The parts of a decision paper that no submission answers, from the evidence of an item (governance.queries.item_pack).

    `said`: the motion, or what is drafted where nobody `moved` one. `known`: when the facts were. One statement.
    """
    on = date.fromisoformat(facts["on"])
    turned = restated([one["ref"] for one in facts["kpis"]])
    parts: list[tuple[str, Sequence[Block]]] = [
        ("What the extension costs and brings", extension_blocks(facts.get("extension"))),
        ("Alternatives", _alternatives(facts, said, moved=moved)),
        (f"KPIs, as known {known}", kpi_blocks(facts, on, turned)),
        ("What it is worth", _worth(facts)),
        ("Models", model_blocks(facts)),
        ("The pilot, as planned" if facts.get("plan") else "The pilot", charter_blocks(facts)),
        ("Open findings of severity 3", finding_blocks(facts)),
        ("Open conditions", _conditions(facts["conditions"])),
        ("What the record says against it", _flags(facts["flags"])),
    ]
    return [Section(title, blocks, level=level) for title, blocks in parts if blocks]


def extension_blocks(one: Mapping[str, Any] | None) -> list[Block]:
    """Its price, what it is to bring, and how likely that changes the decision; what is not known is said."""
    if one is None:
        return []
    number, chance = one["number"], one["decision_changes"]
    delay = _money(one["delay"]) if one["delay"] is not None else "not known: no case is in force"
    pace = f"not known: no spend is recorded in the last {plural(one['over_days'], 'day')}"
    return [
        Facts(
            [
                ("Longer by", plural(one["days"], "day")),
                ("It would be", UNKNOWN if number is None else f"extension number {number}"),
                ("Cost of delay", f"{delay}, as {one['case']} says" if one["case"] and one["delay"] is not None else delay),
                ("Running spend meanwhile", pace if one["running"] is None else _money(one["running"])),
                ("Price", "cannot be counted: half a price is none" if one["total"] is None else _money(one["total"])),
                ("New evidence it brings", one["evidence"] or NOT_SAID),
                ("That changes the decision", NOT_SAID if chance is None else f"with a probability of {percent(Decimal(chance))}"),
            ]
        )
    ]  # fmt: skip


def _alternatives(pack: Mapping[str, Any], said: Mapping[str, Any], *, moved: bool) -> list[Block]:
    if pack["initiative"]["stage"] == "stopped":
        return []  # it is stopped: there is no other way to weigh it against
    rows = [one for one in other_ways(pack) if one[0].lower() != said.get("outcome")]
    if said:
        ways = {name.lower(): worth for name, worth, _ in other_ways(pack)}
        asked = "As moved" if moved else "As drafted"
        rows.insert(0, (asked, ways.get(said["outcome"], _asked_worth(pack)), said["because"]))
    return [Table("Alternatives", ("Alternative", "Worth", "What it would mean"), rows, (1,))]


def _asked_worth(facts: Mapping[str, Any]) -> str:
    """An extension is worth less than nothing by its price; what another motion is worth, nothing on record says."""
    price = facts.get("extension")
    if price is None or price["total"] is None:
        return "not counted"
    return _money(str(-Decimal(price["total"])))


def _worth(pack: Mapping[str, Any]) -> list[Block]:
    sums, worth = pack["money"], pack["worth"]
    facts = [("Spent of released", f"{_money(sums['spent'])} of {_money(sums['released'])}")]
    if worth is None:
        return [Text("No published business case stands behind it."), Facts(facts)]
    return [
        Facts(
            [
                ("Case", worth["case"]), ("NPV as written", _money(worth["npv"])),
                ("NPV, conservative", _money(worth["value"])), ("Cost of delay a month", _money(worth["delay_a_month"])),
                *facts,
            ]
        )
    ]  # fmt: skip


def _conditions(rows: Sequence[Mapping[str, Any]]) -> list[Block]:
    lines = [
        (
            one["ref"],
            one["text"],
            str(KINDS[one["kind"]]),
            one["owner"],
            day(date.fromisoformat(one["due_on"])),
        )
        for one in rows
    ]
    heads = ("Open", "Condition", "Type", "Owner", "Due")
    return [Table("Open conditions", heads, lines)] if lines else [Text("None is open.")]


def _flags(rows: Sequence[Mapping[str, Any]]) -> list[Block]:
    lines = [
        (one["cause"], one["subject"], f"{one['sentence']} Since {day(date.fromisoformat(one['since']))}.") for one in rows
    ]  # fmt: skip
    if not lines:
        return [Text("Nothing: no flag is open.")]
    return [Table("Open flags", ("Cause", "About", "What the record says"), lines)]


def _money(value: str | None) -> str:
    return UNKNOWN if value is None else money(Decimal(value), settings.ORG_CURRENCY)
