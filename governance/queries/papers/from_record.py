"""What a paper says of an item that no submission stands behind: the record itself, as it is when the paper is made."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from core.wording import day, money
from domain.paper import Block, Facts, Section, Table, Text
from governance.models import AgendaItem, Condition
from governance.queries.must_meets import tier_of
from governance.queries.pack import facts_now
from governance.queries.papers.decision import kpi_blocks, model_blocks, other_ways, restated
from governance.queries.papers.pilot import charter_blocks, finding_blocks
from portfolio.models import Flag

UNKNOWN: Final = "never recorded"
KINDS: Final = dict(Condition.Kind.choices)


def facts_sections(item: AgendaItem, today: date) -> list[Section]:
    """The parts of a decision paper that the record answers without a submission. About a dozen statements."""
    initiative = item.initiative
    pack = facts_now(initiative, tier=tier_of(initiative))
    parts: list[tuple[str, Sequence[Block]]] = [
        ("Alternatives", _alternatives(item, pack)),
        ("KPIs, as known today", kpi_blocks(pack, today, restated([one["ref"] for one in pack["kpis"]]))),
        ("What it is worth", _worth(pack)),
        ("Models", model_blocks(pack)),
        ("The pilot, as planned" if pack.get("plan") else "The pilot", charter_blocks(pack)),
        ("Open findings of severity 3", finding_blocks(pack)),
        ("Open conditions", _conditions(item)),
        ("What the record says against it", _flags(item)),
    ]
    return [Section(title, blocks, level=3) for title, blocks in parts if blocks]


def _alternatives(item: AgendaItem, pack: Mapping[str, Any]) -> list[Block]:
    said = item.motion or item.draft or {}
    rows = [one for one in other_ways(pack) if one[0].lower() != said.get("outcome")]
    if said:
        asked = "As moved" if item.motion else "As drafted"
        ways = {name.lower(): worth for name, worth, _ in other_ways(pack)}
        rows.insert(0, (asked, ways.get(said["outcome"], UNKNOWN), said["because"]))
    return [Table("Alternatives", ("Alternative", "Worth", "What it would mean"), rows, (1,))]


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


def _conditions(item: AgendaItem) -> list[Block]:
    rows = Condition.objects.filter(initiative=item.initiative_id, state=Condition.State.OPEN)
    lines = [
        (one.ref, one.text, str(KINDS[one.kind]), one.owner.name, day(one.due_on))
        for one in rows.select_related("owner").order_by("due_on", "pk")
    ]
    heads = ("Open", "Condition", "Type", "Owner", "Due")
    return [Table("Open conditions", heads, lines)] if lines else [Text("None is open.")]


def _flags(item: AgendaItem) -> list[Block]:
    rows = Flag.objects.open().filter(initiative=item.initiative_id).order_by("-severity", "pk")
    lines = [(one.cause, one.subject_label, f"{one.sentence} Since {day(one.since)}.") for one in rows]
    if not lines:
        return [Text("Nothing: no flag is open.")]
    return [Table("Open flags", ("Cause", "About", "What the record says"), lines)]


def _money(value: str | None) -> str:
    return UNKNOWN if value is None else money(Decimal(value), settings.ORG_CURRENCY)
