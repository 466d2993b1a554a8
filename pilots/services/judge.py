"""Judging pilots: the rules asked about stored facts, the answer stored, flagged and pushed down to the dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core import audit
from core.access import Actor
from core.bulk import update_rows
from core.models import AuditEvent
from core.wording import day, plural
from domain import fast_lane
from domain.fast_lane import late
from domain.feedback import CAUSE, CLEARS, LONG, RULE, WITHIN, waits
from domain.purgatory import Facts, Policy, Verdict, judge
from domain.purgatory_since import level_began
from pilots.models import Pilot
from pilots.queries.board import LEVELS
from pilots.queries.facts import Record, expires, facts_of, records, sponsor_last_act, with_people
from pilots.queries.policy import policy_on
from pilots.queries.since import since
from portfolio.services.flags import Finding, Found, Subject, sync_many
from portfolio.services.status import PilotLevel, set_pilot_levels

SILENT = 2
"""R11's severity for a sponsor who is there and silent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is stored of a verdict, field by field as on the pilot."""

    level: str
    level_rank: int
    level_since: date | None
    rules: dict[str, int]
    findings: int
    unknown: list[str]
    remedy: str
    remedy_detail: dict[str, Any]
    policy_number: int
    valid_until: date | None
    silent_sponsor_on: date | None


STORED = tuple(field.name for field in fields(Answer))
_TOLD = ("level", "remedy", "rules")


def judge_pilot(*, pilot: Pilot, by: Actor, at: datetime, as_of: date) -> Pilot:
    """Judge one pilot within the transaction that changed its facts. The caller holds its initiative's lock."""
    row = with_people(Pilot.objects.filter(pk=pilot.pk)).get()
    judge_records(found=records([row], as_of), as_of=as_of, by=by, at=at)
    return row


def judge_records(*, found: Sequence[Record], as_of: date, by: Actor, at: datetime) -> int:
    """Judge open pilots as of a day and write what changed; returns how many answers did.

    Flags follow the findings, the initiative shows level, remedy and decision date. The number of statements does not
    grow with the pilots. Judging twice writes nothing the second time. The caller holds the initiatives' locks.
    """
    policy, number = policy_on(as_of)
    changed: list[Pilot] = []
    same: list[int] = []
    flags: list[Found] = []
    events: list[AuditEvent] = []
    for record in found:
        pilot = record.pilot
        facts = facts_of(record, as_of)
        verdict = judge(facts, policy, as_of)
        since_day = _level_since(pilot, verdict.level.value, facts, policy, as_of)
        answer = _answer(record, verdict, number, since_day, as_of)
        flags.append((_subject(pilot), _findings(record, verdict, policy, as_of)))
        before = {name: getattr(pilot, name) for name in STORED}
        after = {name: getattr(answer, name) for name in STORED}
        if before != after:
            changed.append(_store(pilot, answer, as_of))
            if any(before[name] != after[name] for name in _TOLD):
                events.append(_event(pilot, before, after, by, at))
        elif pilot.due or pilot.judged_on != as_of:
            same.append(pilot.pk)
    update_rows(
        Pilot,
        [*STORED, "judged_on", "due"],
        [(pilot.pk, *(getattr(pilot, name) for name in STORED), as_of, False) for pilot in changed],
    )
    if same:
        Pilot.objects.filter(pk__in=same).update(judged_on=as_of, due=False)
    set_pilot_levels([_shown(record.pilot) for record in found])
    sync_many(found=flags, by=by, at=at)
    audit.record_many(events)
    return len(changed)


def _answer(record: Record, verdict: Verdict, number: int, level_since: date, as_of: date) -> Answer:
    return Answer(
        level=verdict.level.value,
        level_rank=LEVELS.index(verdict.level.value),
        level_since=level_since,
        rules=dict(verdict.rules),
        findings=len(verdict.rules),
        unknown=list(verdict.unknown),
        remedy=verdict.remedy.code.value,
        remedy_detail={k: v for k, v in verdict.remedy.to_json().items() if k != "code"},
        policy_number=number,
        valid_until=expires(record, verdict.valid_until, as_of),
        silent_sponsor_on=sponsor_last_act(record) if verdict.rules.get("R11") == SILENT else None,
    )


def _level_since(pilot: Pilot, level: str, facts: Facts, policy: Policy, as_of: date) -> date:
    """The day the level began.

    A level that stays keeps its day. A new one began on the day the recorded facts tell, but not while the earlier
    answer was still good: then it was a changed fact that ended it, today.
    """
    if pilot.level == level and pilot.level_since is not None and pilot.level_since <= as_of:
        return pilot.level_since
    told = level_began(facts, policy, as_of) or min(pilot.created_at.date(), as_of)
    judged = pilot.judged_on
    if not pilot.level or judged is None or judged > as_of:
        return told
    if pilot.valid_until is None or pilot.valid_until >= as_of:
        return as_of
    return min(max(told, pilot.valid_until + timedelta(days=1)), as_of)


def _store(pilot: Pilot, answer: Answer, as_of: date) -> Pilot:
    for name in STORED:
        setattr(pilot, name, getattr(answer, name))
    pilot.judged_on, pilot.due = as_of, False
    return pilot


def _shown(pilot: Pilot) -> PilotLevel:
    return PilotLevel(pilot.initiative, pilot.level, pilot.remedy, pilot.decision_on, pilot.planned_days)


def _subject(pilot: Pilot) -> Subject:
    initiative = pilot.initiative
    return Subject(
        type="pilot", id=pilot.pk, label=initiative.name, initiative=initiative, unit=initiative.unit,
        owner=initiative.lead,
    )  # fmt: skip


def _findings(record: Record, verdict: Verdict, policy: Policy, as_of: date) -> list[Finding]:
    out = [
        Finding(
            rule=hit.rule, severity=hit.severity, cause=hit.cause, sentence=f"{hit.sentence}.",
            clears_when=f"{hit.clears_when}.", group=hit.group.value, since=since(hit, record, policy, as_of),
            numbers={name: _plain(number) for name, number in hit.numbers.items()},
        )
        for hit in verdict.hits
    ]  # fmt: skip
    slow = waits(record.unanswered_on, as_of)
    if slow is not None and record.unanswered_on is not None:
        sentence = f"Feedback of {day(record.unanswered_on)} has waited more than {LONG if slow.severity > 1 else WITHIN} days for an answer."
        out.append(
            Finding(
                RULE,
                slow.severity,
                CAUSE,
                sentence,
                slow.since,
                CLEARS,
                "cause",
                {"unanswered_since": record.unanswered_on.isoformat()},
            )
        )
    return out + _box_passed(record, as_of)


def _box_passed(record: Record, as_of: date) -> list[Finding]:
    """The finding of a time box that has passed with nothing released; where the record cannot tell, none."""
    box = record.box
    over = late(box.due_on, box.released, as_of) if box is not None else None
    if box is None or over is None or box.due_on is None:
        return []
    sentence = (
        f"The first release was due by {day(box.due_on)}; {plural(over.days, 'day')} later none is recorded."
    )
    numbers = {"due_on": box.due_on.isoformat(), "days": over.days}
    return [
        Finding(fast_lane.RULE, 2, fast_lane.CAUSE, sentence, over.since, fast_lane.CLEARS, "cause", numbers)
    ]


def _plain(number: int | Decimal) -> int | str:
    return str(number) if isinstance(number, Decimal) else number


def _event(
    pilot: Pilot, before: dict[str, Any], after: dict[str, Any], by: Actor, at: datetime
) -> AuditEvent:
    was, now = audit.difference({n: before[n] for n in _TOLD}, {n: after[n] for n in _TOLD})
    return audit.event(
        by=by, at=at, action="pilot.judged", obj=pilot, initiative_id=pilot.initiative_id,
        unit_path=pilot.initiative.unit.path, before=was, after=now,
    )  # fmt: skip
