"""The pilot report: results, gaps, money, time, the way to production, and what must be complied with, from the record."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings

from core import vocabulary
from core.wording import day, money, number, percent, plural
from domain.paper import Block, Facts, Paper, Points, Section, Table, Text
from domain.stages import effective_tier
from kpis.models import Comparison, Kpi
from kpis.queries.comparisons import reached
from pilots.models import LogEntry, Pilot
from pilots.queries.board import tiers_of
from pilots.queries.file import charters_of, likeness_of, weeks_of
from pilots.queries.words import remedy_words
from portfolio.models import Flag

KIND: Final = "Pilot report"
UNKNOWN: Final = "never recorded"
Source = Callable[[Pilot], Sequence[Block]]
_also: list[Source] = []


def in_compliance(source: Source) -> Source:
    """Register what a room above says of compliance in the report of a pilot. A few statements at most."""
    _also.append(source)
    return source


def pilot_report(pilot: Pilot, today: date) -> Paper:
    """As the record has it on a day; about fifteen statements. Its figures are those of the pages and the API."""
    initiative = pilot.initiative
    level = vocabulary.word("pilot", pilot.level) if pilot.level else "not judged"
    sections = [
        Section("Results", _results(pilot)),
        Section("Hypotheses", _hypotheses(pilot)),
        Section("Comparisons", _comparisons(pilot)),
        Section("Use", _use(pilot)),
        Section("Gaps: what went wrong and is open", _gaps(pilot)),
        Section("Likeness to production", _likeness(pilot)),
        Section("Money", _money(pilot)),
        Section("Time", _time(pilot, today)),
        Section("The way to production", _way(pilot)),
        Section("Compliance", _compliance(pilot)),
        Section("Judgement", _judgement(pilot)),
    ]
    return Paper(
        KIND, f"{initiative.name}: pilot report", f"{level}. {_remedy(pilot)}",
        [
            ("Pilot", f"{pilot.ref}, {initiative.ref} {initiative.name}"), ("Business unit", initiative.unit.name),
            ("Sponsor, lead", f"{_name(initiative.sponsor)}, {_name(initiative.lead)}"), ("Record of", day(today)),
        ],
        sections,
    )  # fmt: skip


def _remedy(pilot: Pilot) -> str:
    if not pilot.remedy:
        return "No remedy is proposed."
    words = remedy_words(pilot.remedy, pilot.remedy_detail)
    return f"Proposed: {words[:1].lower()}{words[1:]}."


def _results(pilot: Pilot) -> list[Block]:
    rows = list(
        Kpi.objects.filter(initiative=pilot.initiative_id).exclude(state=Kpi.State.RETIRED)
        .select_related("current").order_by("-primary", "pk")
    )  # fmt: skip
    business = [one for one in rows if one.kind != Kpi.Kind.MODEL_METRIC]
    metrics = [one for one in rows if one.kind == Kpi.Kind.MODEL_METRIC]
    blocks: list[Block] = [_kpis("KPIs", business) if business else Text("No KPI is on record.")]
    if metrics:
        blocks.append(_kpis("Model metrics", metrics))
    return blocks


def _kpis(caption: str, rows: Sequence[Kpi]) -> Table:
    return Table(
        caption, (caption, "Baseline", "Target", "Value", "Status", "Read"),
        [
            (
                f"{one.ref} {one.name}{' (guard)' if one.kind == Kpi.Kind.GUARD else ''}",
                _value(one.current.baseline if one.current else None, one.unit_of_measure),
                _value(one.current.target if one.current else None, one.unit_of_measure),
                _value(one.last_value, one.unit_of_measure), vocabulary.word("kpi", one.status, one.reason),
                day(one.last_observed_on) if one.last_observed_on else "never",
            )
            for one in rows
        ],
        (1, 2, 3),
    )  # fmt: skip


def _hypotheses(pilot: Pilot) -> list[Block]:
    found = [
        (one.text, one.get_answer_display() if one.answer else "not answered", one.evidence)
        for version in charters_of(pilot)[:1]
        for one in version.hypotheses.all()
    ]
    if found:
        return [Table("Hypotheses", ("Hypothesis", "Answer", "Evidence"), found)]
    return [Text(pilot.hypotheses or f"Hypotheses: {UNKNOWN}.")]


def _comparisons(pilot: Pilot) -> list[Block]:
    rows = (
        Comparison.objects.filter(kpi__initiative=pilot.initiative_id)
        .prefetch_related("looks")
        .select_related("kpi")
    )
    found = [(one.name, one.get_design_display(), _verdict(one)) for one in rows.order_by("pk")]
    return (
        [Table("Comparisons", ("Comparison", "Design", "What it says"), found)]
        if found
        else [Text("Nothing was compared with today's process or a champion.")]
    )


def _verdict(row: Comparison) -> str:
    verdict = reached(row).verdict
    return "nobody has looked yet" if verdict is None else verdict.sentence


def _use(pilot: Pilot) -> list[Block]:
    weeks = weeks_of(pilot)[:6]
    if not weeks:
        return [Text(f"Invited and active users: {UNKNOWN}.")]
    rows = [
        (day(one.row.week), _count(one.row.invited), _count(one.row.active), UNKNOWN if one.share is None else percent(one.share),
         UNKNOWN if one.overridden is None else percent(one.overridden))
        for one in weeks
    ]  # fmt: skip
    return [
        Table("Use by week", ("Week of", "Invited", "Active", "Adoption", "Overridden"), rows, (1, 2, 3, 4))
    ]


def _gaps(pilot: Pilot) -> list[Block]:
    rows = (
        LogEntry.objects.filter(pilot=pilot)
        .exclude(state=LogEntry.State.CLOSED)
        .select_related("owner")
        .order_by("-severity", "number")
    )
    found = [
        (
            str(one.number),
            one.text,
            one.get_kind_display(),
            one.todo or "nothing planned",
            _name(one.owner),
            day(one.due_on) if one.due_on else "no date",
        )
        for one in rows
    ]
    return (
        [Table("Open findings", ("No.", "Finding", "Kind", "To do", "Owner", "Due"), found)]
        if found
        else [Text("No finding is open.")]
    )


def _likeness(pilot: Pilot) -> list[Block]:
    like, _ = likeness_of(pilot)
    if like.share is None:
        return [Text(f"Likeness to production: {UNKNOWN}.")]
    open_ones = f" {plural(len(like.unknown), 'item')} not answered." if like.unknown else ""
    return [Text(f"{percent(like.share)} of all points, {like.points} of {like.most}.{open_ones}")]


def _money(pilot: Pilot) -> list[Block]:
    one = pilot.initiative
    sums = (
        ("Spent", one.spent),
        ("Released", one.released),
        ("Approved", one.approved),
        ("Value claimed", one.claimed),
        ("Value validated", one.validated),
    )
    return [
        Facts(
            [
                (words, UNKNOWN if amount is None else money(amount, settings.ORG_CURRENCY))
                for words, amount in sums
            ]
        )
    ]


def _time(pilot: Pilot, today: date) -> list[Block]:
    entered = pilot.spell.entered_on
    facts = [
        ("Began", day(entered) if entered else "undated"),
        ("Days", number((today - entered).days) if entered else "undated"),
        ("Length as approved", plural(pilot.planned_days, "day") if pilot.planned_days else UNKNOWN),
        ("End as approved", day(pilot.planned_end_on) if pilot.planned_end_on else UNKNOWN),
        (
            "To be decided on",
            day(pilot.decision_on) if pilot.decision_on else "no date" if pilot.no_decision_date else UNKNOWN,
        ),
    ]
    longer = [
        f"Extension {one.number}: {plural(one.days, 'day')}, {one.get_reason_code_display().lower()}. {one.note}".strip()
        for one in pilot.extensions.order_by("number")
    ]
    return [Facts(facts), *([Points(longer)] if longer else [Text("It was never extended.")])]


def _way(pilot: Pilot) -> list[Block]:
    owner = (
        _name(pilot.production_owner)
        if pilot.production_owner
        else "none"
        if pilot.no_production_owner
        else UNKNOWN
    )
    facts = [
        ("Production owner", owner),
        ("Run cost a year", UNKNOWN if pilot.transition_run_cost is None else money(pilot.transition_run_cost, settings.ORG_CURRENCY)),
        ("Integration", pilot.transition_integration or UNKNOWN), ("Support", pilot.transition_support or UNKNOWN),
        ("On", day(pilot.transition_on) if pilot.transition_on else UNKNOWN),
    ]  # fmt: skip
    waves = [
        (
            str(one.number),
            one.name,
            one.unit.name if one.unit else "not said",
            _count(one.users),
            day(one.planned_on) if one.planned_on else "no date",
        )
        for one in pilot.waves.select_related("unit").order_by("number")
    ]
    blocks: list[Block] = [Facts(facts)]
    if waves:
        blocks.append(Table("Rollout", ("Wave", "What", "Unit", "Users", "Planned"), waves, (3,)))
    return blocks


def _compliance(pilot: Pilot) -> list[Block]:
    """The risk tier, and what the rooms above say must be complied with."""
    tier = effective_tier(pilot.initiative.risk_tier, tiers_of(pilot.initiative_id))
    known = Facts([("Risk tier", f"Tier {tier}" if tier else "not assessed")])
    return [known, *(block for source in _also for block in source(pilot))]


def _judgement(pilot: Pilot) -> list[Block]:
    """Each rule that fired with its stored sentence."""
    rows = Flag.objects.open().filter(subject_type="pilot", subject_id=pilot.pk)
    flags = {flag.rule: flag for flag in rows}
    rules = [
        f"{code}, severity {severity}. {flags[code].cause}: {flags[code].sentence}" if code in flags else f"{code}, severity {severity}"
        for code, severity in sorted(pilot.rules.items())
    ]  # fmt: skip
    unknown = (
        [f"Never recorded: {', '.join(str(one).replace('_', ' ') for one in pilot.unknown)}."]
        if pilot.unknown
        else []
    )
    return (
        [Points([*rules, *unknown])]
        if rules or unknown
        else [Text("No rule of purgatory fires, and nothing it asks for is unknown.")]
    )


def _name(person: object) -> str:
    return getattr(person, "name", "") or "nobody"


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else number(value)


def _value(value: Decimal | None, unit: str) -> str:
    return "none" if value is None else f"{number(value)}{f' {unit}' if unit else ''}"
