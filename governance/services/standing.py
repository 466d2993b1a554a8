"""How the approvals of an initiative stand: conditions judged, ceilings and lapse dates asked, and the answer pushed down.

Asked in the transaction of whatever changes it (a decision, an act on a condition), by the sweep where a day changes it, and
by news of what is used of a ceiling.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db.models import Q, Sum

from core import audit, clock, outbox
from core.access import Actor
from core.locks import hold
from domain.autonomy import most
from domain.conditions import Overdue, Used, Verdict, exceeded, judge_condition, lapsed, standing
from domain.phrases import listed
from domain.stage_words import APPROVALS, Outcome
from governance.models import AiModel, Condition, Decision
from governance.queries.facts import with_people
from governance.queries.superseded import RULE, superseded
from governance.services.evaluate import LOCK
from governance.services.judge import judge_models
from pilots.queries.reach import reach
from pilots.services.decided import conditions_stand
from portfolio.models import Expenditure, Flag, Initiative
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.standing import Stands, set_standing

OVERDUE: Final = outbox.announces("condition.overdue")
SUSPENDED: Final = outbox.announces("approval.suspended")
CHANGED: Final = outbox.announces("approval.evidence_changed")
LATE, HALTED = "condition_overdue", "approval_suspended"
_RULES: Final = frozenset({LATE, HALTED, RULE})
_NAMED: Final = 4
"""So many changed facts are named in the sentence of the flag."""


def settle_standing(initiative: Initiative, *, by: Actor, at: datetime) -> None:
    """Judge the conditions, say whether the approval holds, and push it down. The caller holds the initiative.

    Twice on one day writes nothing the second time, but for the day it was asked.
    """
    today = clock.day_of(at)
    rows = list(Condition.objects.filter(initiative=initiative).select_related("owner").order_by("pk"))
    judged = {row.pk: _judge(row, today) for row in rows}
    _store(initiative, rows, judged, today, at)
    approval = approval_of(initiative)
    over = exceeded(approval.ceiling, used_of(initiative, approval)) if approval else ()
    ended = approval.lapses_on if approval and lapsed(approval.lapses_on, today) else None
    still = [row for row in rows if row.state == Condition.State.OPEN]
    answer = standing(((row.ref, judged[row.pk]) for row in still), over, lapsed_on=ended)
    days = [one.valid_until for one in judged.values() if one.valid_until is not None]
    if approval is not None and approval.lapses_on is not None and ended is None:
        days.append(approval.lapses_on)
    watched = approval is not None and (
        approval.submission_id is not None
        or any(approval.ceiling.get(name) for name in ("users", "sites", "spend", "level"))
    )
    if (
        watched
    ):  # news of its use and of its facts asks at once; whatever nobody announced is heard by tomorrow
        days.append(today)
    stands = Stands(
        before_start=[row.ref for row in still if row.kind == Condition.Kind.BEFORE_START], why=answer.why,
        limited=watched, valid_until=min(days) if days else None,
    )  # fmt: skip
    row, turned = set_standing(initiative=initiative, stands=stands, on=today)
    if turned:
        _tell_turned(initiative, row.suspended_because, by=by, at=at)
        _tell_models(initiative, by=by, at=at)
    if rows:
        _tell_pilot(initiative, still, by=by, at=at)
    late = [
        (one, judged[one.pk])
        for one in still
        if judged[one.pk].overdue in {Overdue.FLAGGED, Overdue.SUSPENDS}
    ]
    found = _findings(late, answer.why, row.suspended_on)
    if approval is not None and (one := _changed(initiative, approval, today)) is not None:
        found.append(one)
        _tell_changed(initiative, approval, at)
    sync_flags(subject=_subject(initiative), findings=found, by=by, at=at, rules=_RULES)


def approval_of(initiative: Initiative) -> Decision | None:
    """The approval in force: the last carried one, unless a stop or a recycle came after it. One statement."""
    ends = [*(one.value for one in APPROVALS), Outcome.STOP.value, Outcome.RECYCLE.value]
    last = (
        Decision.objects.filter(initiative=initiative, carried=True, outcome__in=ends).order_by("-pk").first()
    )
    return last if last is not None and last.outcome in APPROVALS else None


def _changed(initiative: Initiative, approval: Decision, today: date) -> Finding | None:
    """The approval was taken on facts that are materially different now: nothing lapses by itself, and it is said."""
    if initiative.stage in {"stopped", "retired"}:
        return None
    found = superseded(approval)
    if not found:
        return None
    named = listed([f"{one.fact} ({one.sealed}, now {one.now})" for one in found[:_NAMED]])
    more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return Finding(
        rule=RULE, severity=2, cause="Evidence changed", group="cause", since=today, numbers={"facts": len(found)},
        sentence=f"{approval.ref} was taken on facts that are different now: {named}{more}.",
        clears_when="Ask for the gate again, or have it decided anew on the facts of today.",
    )  # fmt: skip


def _tell_changed(initiative: Initiative, approval: Decision, at: datetime) -> None:
    """Lead, sponsor and whoever decided hear of it once, when it begins."""
    if Flag.objects.open().filter(initiative=initiative, rule=RULE).exists():
        return
    people = {initiative.lead_id, initiative.sponsor_id, approval.decided_by_id}
    payload = {
        "decision_id": approval.pk, "initiative_id": initiative.pk, "people": sorted(one for one in people if one is not None),
    }  # fmt: skip
    outbox.owe(kind=CHANGED, payload=payload, at=at)


def used_of(initiative: Initiative, approval: Decision) -> Used:
    """What is used of an approval: spend since it was given, and how far the use reaches, in the pilot and after, and
    the model that does most without a person. Five statements."""
    spent = Expenditure.objects.filter(initiative=initiative, spent_on__gte=approval.decided_on)
    total: Decimal | None = spent.aggregate(n=Sum("amount"))["n"]
    far = reach(initiative)
    working = initiative.models.exclude(stage=AiModel.Stage.RETIRED)
    levels = working.order_by().values_list("autonomy", flat=True)
    return Used(users=far.users, sites=far.sites, spend=total, autonomy=most(levels))


def _judge(row: Condition, today: date) -> Verdict:
    closed = row.state != Condition.State.OPEN
    return judge_condition(row.due_on, blocking=row.blocking, closed=closed, as_of=today)


def _store(
    initiative: Initiative, rows: Sequence[Condition], judged: dict[int, Verdict], today: date, at: datetime
) -> None:
    """The answer beside each condition; owner and sponsor hear of one that became overdue."""
    for row in rows:
        one = judged[row.pk]
        if (row.overdue, row.valid_until) == (one.overdue.value, one.valid_until) and row.judged_on == today:
            continue
        newly = not row.overdue and one.overdue is not Overdue.NONE
        row.overdue, row.valid_until, row.judged_on = one.overdue.value, one.valid_until, today
        row.save(update_fields=["overdue", "valid_until", "judged_on"])
        if newly:
            people = sorted({one for one in (row.owner_id, initiative.sponsor_id) if one is not None})
            payload = {"condition_id": row.pk, "initiative_id": initiative.pk, "people": people}
            outbox.owe(kind=OVERDUE, payload=payload, at=at)


def _tell_turned(initiative: Initiative, because: str, *, by: Actor, at: datetime) -> None:
    """The approval was suspended, or holds again: an event, and a notice to lead and sponsor."""
    suspended = bool(because)
    audit.record(
        by=by, at=at, action="approval.suspended" if suspended else "approval.restored", obj=initiative,
        initiative_id=initiative.pk, unit_path=initiative.unit.path, reason=because, after={"suspended": suspended},
    )  # fmt: skip
    people = sorted({one for one in (initiative.lead_id, initiative.sponsor_id) if one is not None})
    payload = {"initiative_id": initiative.pk, "suspended": suspended, "because": because, "people": people}
    outbox.owe(kind=SUSPENDED, payload=payload, at=at)


def _tell_models(initiative: Initiative, *, by: Actor, at: datetime) -> None:
    """What serves under this approval is judged again: a model under one that does not hold is stale."""
    hold(LOCK)
    served = Q(initiatives=initiative) | Q(kpis__initiative=initiative)
    found = AiModel.objects.filter(served).order_by().values("pk")
    rows = list(with_people(AiModel.objects.filter(pk__in=found)).order_by("pk"))
    judge_models(models=rows, as_of=clock.day_of(at), by=by, at=at)


def approval_changed(initiative: Initiative) -> None:
    """Another decision is the last word: the day its approval lapses is news to what serves under it. One statement."""
    hold(LOCK)
    served = Q(initiatives=initiative) | Q(kpis__initiative=initiative)
    found = AiModel.objects.filter(served).exclude(stage=AiModel.Stage.RETIRED).order_by().values("pk")
    AiModel.objects.filter(pk__in=found).update(due=True)


def _tell_pilot(initiative: Initiative, still: Sequence[Condition], *, by: Actor, at: datetime) -> None:
    """The earliest due date, and whether a condition of that day, or one that is overdue, blocks."""
    due_on, today = min((row.due_on for row in still), default=None), clock.day_of(at)
    asked = [row for row in still if row.due_on == due_on or row.due_on < today]
    blocks = None if due_on is None else any(row.blocking for row in asked)
    conditions_stand(initiative=initiative, due_on=due_on, blocks=blocks, by=by, at=at)


def _findings(
    late: Sequence[tuple[Condition, Verdict]], why: Sequence[str], since: date | None
) -> list[Finding]:
    found = []
    if late:
        named = listed([f"{row.ref} by {one.days} days" for row, one in late])
        worst = max(one.days for _, one in late)
        found.append(
            Finding(
                rule=LATE, severity=2, cause="Condition overdue", sentence=f"Overdue: {named}.", group="cause",
                since=min(row.due_on for row, _ in late), clears_when="Discharge it, or have a new date decided.",
                numbers={"days": worst},
            )
        )  # fmt: skip
    if why and since is not None:
        found.append(
            Finding(
                rule=HALTED, severity=3, cause="Approval suspended", sentence=f"Suspended: {listed(list(why))}.",
                group="cause", since=since, clears_when="Whoever approved it decides again, or the cause is gone.",
            )
        )  # fmt: skip
    return found


def _subject(initiative: Initiative) -> Subject:
    return Subject(
        type="initiative", id=initiative.pk, label=initiative.name, initiative=initiative, unit=initiative.unit,
        owner=initiative.lead,
    )  # fmt: skip
