"""The decision paper: two pages on one submission, from the evidence as it was sealed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from core import clock, vocabulary
from core.models import User
from core.wording import day, money, number, percent, plural
from domain.autonomy import words_of
from domain.errors import RuleError
from domain.paper import Block, Facts, Paper, Points, Section, Table, Text
from domain.self_report import QUESTIONS
from domain.should_meets import Spread
from domain.stage_words import Outcome
from funding.models import BusinessCase
from funding.queries.cases import lines_of_all
from funding.translate import Lines, appraisal_of, careful_npv
from governance.models import GateSubmission, IndependentConfidence
from governance.models.gates import CONFIDENCES
from governance.queries.confidence import views_of_all
from governance.queries.papers.pilot import charter_blocks, finding_blocks, report_seals
from governance.queries.scoring import spreads_of_all, total_of
from kpis.models import Restatement

KIND: Final = "Decision paper"
NOT_SAID: Final = "not said"
UNKNOWN: Final = "never recorded"
ANSWERS: Final = {"yes": "Yes", "no": "No", "unknown": "Unknown, counts as no"}
CONDITION_KINDS: Final = {
    "before_start": "before start",
    "before_next_gate": "before next gate",
    "monitored": "monitored",
}


@dataclass(frozen=True, slots=True)
class Beside:
    """What papers read beside the sealed packs: restatements by KPI, scores by submission, lines by case, names of people,
    independent views of delivery by submission.
    """

    restated: Mapping[str, int]
    spreads: Mapping[int, Sequence[Spread]]
    lines: Mapping[int, Lines]
    names: Mapping[int, str]
    views: Mapping[int, Sequence[IndependentConfidence]]


def beside_of(rows: Sequence[GateSubmission]) -> Beside:
    """For all of these at once: about nine statements, however many there are."""
    packs = [json.loads(row.document) for row in rows]
    people = {
        one[key] for pack in packs for one in pack["motion"]["conditions"] for key in ("owner", "verifier")
    }
    return Beside(
        restated([one["ref"] for pack in packs for one in pack["kpis"]]),
        spreads_of_all(rows),
        lines_of_all([row.case for row in rows if row.case is not None]),
        dict(User.objects.filter(pk__in=people).values_list("pk", "name")) if people else {},
        views_of_all(rows),
    )


def decision_paper(row: GateSubmission, beside: Beside | None = None) -> Paper:
    """The paper of a submission. What was sealed is told as it was sealed. `beside`: read for many at once, where there are many."""
    beside = beside or beside_of([row])
    pack = json.loads(row.document)
    on = date.fromisoformat(pack["on"])
    said, motion = pack["said"], pack["motion"]
    sections = [
        Section("The ask", _ask(row, pack)),
        Section("Recommendation and alternatives", _alternatives(row, pack)),
        Section("KPIs, as known at submission", kpi_blocks(pack, on, beside.restated)),
        Section("Must-meets", _must_meets(pack)),
        Section("Scorecard", _scores(row, beside.spreads.get(row.pk, ()))),
        Section("What it is worth", _worth(row.case, pack, beside)),
        Section("Models", model_blocks(pack)),
        Section("The pilot, as planned" if pack.get("plan") else "The pilot", charter_blocks(pack)),
        Section("Open findings of severity 3", finding_blocks(pack)),
        Section("Conditions", _conditions(pack, motion, beside.names)),
        Section("What the record says against it", _against(pack)),
        Section("What would make us stop", (Text(said.get("stop_if") or NOT_SAID),)),
        Section("Delivery confidence", _confidence(row, said, beside.views.get(row.pk, ()))),
    ]
    return Paper(
        KIND, f"{row.gate} {pack['gate']['name']}: {pack['initiative']['name']}", row.ask, _meta(row, pack),
        [one for one in sections if one.blocks], ((f"{row.ref}, evidence as submitted", row.seal), *report_seals(pack)),
    )  # fmt: skip


def _meta(row: GateSubmission, pack: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = pack["initiative"]
    tier = pack["initiative"]["tier"]
    return [
        ("Initiative", f"{facts['ref']} {facts['name']}, {row.initiative.unit.name}"),
        ("Decided by", row.get_body_display()),
        ("Risk tier", str(tier) if tier else "not assessed"),
        ("Sponsor, lead", f"{_name(facts['sponsor'])}, {_name(facts['lead'])}"),
        (
            "Submitted",
            f"{day(clock.day_of(row.submitted_at))} by {row.submitted_by.name if row.submitted_by else UNKNOWN}",
        ),
        ("To be decided by", day(row.due_on)),
    ]


def _ask(row: GateSubmission, pack: Mapping[str, Any]) -> list[Block]:
    motion = pack["motion"]
    ceiling = motion["ceiling"]
    limits = [
        ("At most users", _count(ceiling["users"])), ("At most sites", _count(ceiling["sites"])),
        ("At most spend", _money(ceiling["spend"]) if ceiling["spend"] else ""), ("Autonomy", words_of(ceiling.get("level", ""))), ("That means", ceiling["autonomy"]),
        ("Lapses on", _day(motion["lapses_on"])),
    ]  # fmt: skip
    said = [(name, text) for name, text in limits if text]
    outcome = Outcome(motion["outcome"])
    words = f"Motion: {outcome.value.replace('_', ' ')}, from {row.get_from_stage_display().lower()} to {row.get_to_stage_display().lower()}."
    return [
        Text(words, strong=True),
        *([Facts(said)] if said else [Text("No ceiling and no day on which it lapses are asked for.")]),
    ]


def _alternatives(row: GateSubmission, pack: Mapping[str, Any]) -> list[Block]:
    worth = pack["worth"]
    rows = [
        (
            "As asked",
            _money(worth["value"] if worth and worth["value"] else worth["npv"] if worth else None),
            row.ask,
        ),
        *other_ways(pack),
    ]
    return [
        Text(pack["said"].get("alternatives") or NOT_SAID),
        Table("Alternatives", ("Alternative", "Worth", "What it would mean"), rows, (1,)),
    ]


def other_ways(pack: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Stop and do nothing, which are alternatives of everything: name, worth, what it would mean."""
    return [
        ("Stop", "0", f"{_stopped(pack['money'])} What was learned is kept."),
        ("Do nothing", _delay(pack["worth"]), "It stays in its stage, and the cost of delay runs on."),
    ]


def _delay(worth: Mapping[str, Any] | None) -> str:
    if worth is None or worth["delay_a_month"] is None:
        return UNKNOWN
    return f"{_money(str(-Decimal(worth['delay_a_month'])))} a month"


def _stopped(sums: Mapping[str, Any]) -> str:
    """What is gone and what comes back; unknown is said, and is not nothing."""
    gone = (
        "What was spent was never recorded."
        if sums["spent"] is None
        else f"{_money(sums['spent'])} is spent."
    )
    if sums["approved"] is None:
        return gone
    left = Decimal(sums["approved"]) - Decimal(sums["released"] or 0)
    return f"{gone} {_money(str(left))} that was not released is returned." if left > 0 else gone


def kpi_blocks(pack: Mapping[str, Any], on: date, turned: Mapping[str, int]) -> list[Block]:
    for_people = [one for one in pack["kpis"] if one["kind"] != "model_metric"]
    metrics = [one for one in pack["kpis"] if one["kind"] == "model_metric"]
    blocks: list[Block] = (
        [_kpi_table("KPIs", for_people, on, turned)] if for_people else [Text("No KPI is on record.")]
    )
    if metrics:  # apart everywhere: they say how the model does, not whether the business gains
        blocks.append(_kpi_table("Model metrics", metrics, on, turned))
    return blocks


def _kpi_table(caption: str, rows: Sequence[Mapping[str, Any]], on: date, turned: Mapping[str, int]) -> Table:
    return Table(
        caption,
        (caption, "Baseline", "Target", "Value", "Status", "Read"),
        [
            (
                f"{one['name']}{' (guard)' if one['kind'] == 'guard' else ' (primary)' if one['primary'] else ''}",
                _value(one["baseline"], one["unit"]), _goal(one), _value(one["value"], one["unit"]),
                vocabulary.word("kpi", one["status"], one["reason"]) + _restatements(turned.get(one["ref"], 0)),
                _read(one["read_on"], on),
            )
            for one in rows
        ],
        (1, 2, 3),
    )  # fmt: skip


def _goal(one: Mapping[str, Any]) -> str:
    if one["lower"] is not None or one["upper"] is not None:
        return f"{_value(one['lower'], '')} to {_value(one['upper'], one['unit'])}"
    return _value(one["target"], one["unit"])


def restated(refs: Sequence[str]) -> dict[str, int]:
    ids = [int(ref.rpartition("-")[2]) for ref in refs]
    found: dict[str, int] = {}
    for pk in Restatement.objects.filter(kpi__in=ids).order_by().values_list("kpi_id", flat=True):
        found[f"K-{pk:04d}"] = found.get(f"K-{pk:04d}", 0) + 1
    return found


def _restatements(count: int) -> str:
    return f", {plural(count, 'restatement')}" if count else ""


def _read(stored: str | None, on: date) -> str:
    if stored is None:
        return "never"
    read_on = date.fromisoformat(stored)
    return f"{day(read_on, on)}, {plural((on - read_on).days, 'day')} old"


def _must_meets(pack: Mapping[str, Any]) -> list[Block]:
    rows = [
        (ANSWERS.get(one["answer"], one["answer"]), one["text"], one["fact"]) for one in pack["must_meets"]
    ]
    return [Table("Must-meets", ("Answer", "Criterion", "The fact"), rows)] if rows else []


def _scores(row: GateSubmission, spreads: Sequence[Spread]) -> list[Block]:
    """Minimum, median and maximum, once the item is closed; before that nobody's score is shown to anybody."""
    if row.state == GateSubmission.State.OPEN:
        return [Text("Scores are shown together when the item closes.")]
    if not spreads:
        return [Text("Nobody scored it.")]
    rows = [
        (
            one.criterion.text,
            f"{one.criterion.weight} %",
            _score(one.least),
            _score(one.median),
            _score(one.most),
            str(one.scores),
        )
        for one in spreads
    ]
    total = total_of(spreads)
    heads = ("Should-meet", "Weight", "Least", "Median", "Most", "Scored by")
    whole = Text(
        "A criterion has no score, so there is no whole."
        if total is None
        else f"Medians by weight: {number(total, 1)} of 10."
    )
    return [Table("Scorecard", heads, rows, (1, 2, 3, 4, 5)), whole]


def _score(value: Decimal | int | None) -> str:
    return "none" if value is None else number(Decimal(value))


def _worth(case: BusinessCase | None, pack: Mapping[str, Any], beside: Beside) -> list[Block]:
    worth = pack["worth"]
    if case is None or worth is None:
        return [Text("No published business case stands behind it.")]
    lines = beside.lines[case.pk]
    try:
        found = appraisal_of(lines)
    except RuleError as error:
        return [Text(f"The case cannot be counted: {error.message}")]
    careful = careful_npv(lines, found)
    ways = [one.npv for one in found.scenarios]
    gains = found.flips.benefits
    facts = [
        ("Case", f"{case.ref}, version {case.number}"),
        ("NPV as written", _exact(found.measures.npv)),
        ("NPV, conservative", UNKNOWN if careful is None else _exact(careful)),
        ("Range of the scenarios", f"{_exact(min(ways))} to {_exact(max(ways))}" if ways else UNKNOWN),
        ("Breaks even at", "no level of benefits" if gains is None else f"{percent(gains)} of the benefits"),
        ("Cost of delay", f"{_exact(found.delay_a_month)} a month"),
        (
            "Measured share of the benefits",
            UNKNOWN if worth["measured_share"] is None else percent(Decimal(worth["measured_share"])),
        ),
    ]
    return [Facts(facts)]


def model_blocks(pack: Mapping[str, Any]) -> list[Block]:
    rows = [
        (
            f"{one['ref']} {one['name']}",
            str(one["tier"] or "not assessed"),
            _name(one["owner"]),
            vocabulary.word("model", one["status"]),
        )
        for one in pack["models"]
    ]
    return (
        [Table("Models", ("Model", "Tier", "Owner", "State"), rows)]
        if rows
        else [Text("No model is registered.")]
    )


def _conditions(pack: Mapping[str, Any], motion: Mapping[str, Any], names: Mapping[int, str]) -> list[Block]:
    blocks: list[Block] = []
    if motion["conditions"]:
        blocks.append(
            Table(
                "Proposed with the motion", ("Proposed", "Type", "Owner", "Verifier", "Due"),
                [
                    (
                        one["text"], CONDITION_KINDS[one["kind"]] + (", blocking" if one["blocking"] else ""),
                        names.get(one["owner"], UNKNOWN), names.get(one["verifier"], UNKNOWN), _day(one["due_on"]),
                    )
                    for one in motion["conditions"]
                ],
            )
        )  # fmt: skip
    if pack["conditions"]:
        rows = [
            (one["ref"], one["text"], CONDITION_KINDS[one["kind"]], _day(one["due_on"]))
            for one in pack["conditions"]
        ]
        blocks.append(Table("Open", ("Open", "Condition", "Type", "Due"), rows))
    return blocks or [Text("None is open, none is proposed.")]


def _against(pack: Mapping[str, Any]) -> list[Block]:
    asked = {one.code: one.text for one in QUESTIONS}
    found = [
        f"{asked.get(one['question'], one['question'])} They wrote: {one['said']}. The record: {one['fact']}"
        for one in pack["contradictions"]
    ]
    like = pack.get("likeness")
    found += [like["sentence"]] if like and like["warns"] else []
    found += [one["sentence"] for one in pack["flags"]]
    return (
        [Points(found)]
        if found
        else [Text("Nothing: no open flag, and what was written agrees with the record.")]
    )


def _confidence(
    row: GateSubmission, said: Mapping[str, Any], views: Sequence[IndependentConfidence]
) -> list[Block]:
    words = dict(CONFIDENCES)
    own = words.get(row.confidence, NOT_SAID)
    because = said.get("confidence_because")
    independent = [_view(one) for one in views[:1]] or ["none given"]
    earlier = [("Before that", _view(one)) for one in views[1:]]
    return [
        Facts(
            (
                ("The lead's own", f"{own}{f'. {because}' if because else ''}"),
                ("Independent", independent[0]),
                *earlier,
            )
        )
    ]


def _view(one: IndependentConfidence) -> str:
    who = one.given_by.name if one.given_by else "somebody who has left"
    return f"{one.get_confidence_display()}. {one.because} {who}, {day(clock.day_of(one.given_at))}"


def _name(person: Mapping[str, Any] | None) -> str:
    return person["name"] if person else "nobody"


def _count(value: int | None) -> str:
    return "" if value is None else number(value)


def _money(value: str | None) -> str:
    return UNKNOWN if value is None else money(Decimal(value), settings.ORG_CURRENCY)


def _exact(value: Decimal) -> str:
    return money(value, settings.ORG_CURRENCY)


def _value(value: str | None, unit: str) -> str:
    return "none" if value is None else f"{number(Decimal(value))}{f' {unit}' if unit else ''}"


def _day(value: str | None) -> str:
    return day(date.fromisoformat(value)) if value else ""
