"""What waits for the council: the queue with ages and rates, and what calls for a place on the next agenda."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import OuterRef, Q, QuerySet, Subquery

from core import clock
from core.access import Actor, scope
from core.roles import Action
from domain.after_stop import RULE as AFTER_STOP
from domain.conditions import TELLS
from domain.council_queue import Forecast, Undecided, forecast, longer_than, undecided
from domain.prohibited import REASON as PROHIBITED
from domain.stage_words import APPROVALS, Body, Outcome
from governance.models import AgendaItem, AiModel, Condition, Decision, GateSubmission
from governance.queries.prohibited import prohibited_among
from governance.queries.superseded import RULE as CHANGED
from portfolio.models import Flag, Initiative
from portfolio.models.standing import GateStanding
from portfolio.models.worth import CaseWorth

YEAR: Final = 365
UNFINISHED: Final = (AgendaItem.State.PLANNED, AgendaItem.State.OPEN, AgendaItem.State.CONFIRMING)
BECAUSE: Final = {
    PROHIBITED: "Prohibited use",
    AFTER_STOP: "Goes on after its stop",
    "submitted": "Gate asked for",
    "suspended": "Approval suspended",
    "evidence_changed": "Evidence changed since the decision",
    "purgatory": "In purgatory",
    "decision_due": "Decision due",
    "condition_overdue": "Condition overdue",
    "review_overdue": "Model review overdue",
    "red_flag": "Red flag before the council",
}
"""What brings an initiative before the council, in the order in which the first is told."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission that waits. `over`: days past its deadline, 0 in time. `delay`: what a month costs, None where no case says.

    `longer`: the share of the decisions at this gate so far that waited less; None of too few.
    """

    submission: GateSubmission
    age: int
    over: int
    delay: Decimal | None
    item: AgendaItem | None
    longer: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """`arrived`, `decided`: in a year, with a submission or without. `cost`: of the delay so far.

    `beside`: motions without a submission that wait on an agenda. `on_time`: of `dated`, those decided that had a day to be
    decided by. `passed`: what the passing of time decided.
    """

    waiting: tuple[Waiting, ...]
    arrived: int
    decided: int
    on_time: int
    dated: int
    beside: int
    passed: Undecided
    outlook: Forecast
    cost: Decimal | None
    unpriced: int

    @property
    def oldest(self) -> Waiting | None:
        return max(self.waiting, key=lambda one: one.age, default=None)


@dataclass(frozen=True, slots=True)
class Call:
    """An initiative that calls for the council, with every reason. `submission`: what it asks for, where it does.

    `condition`: the one of the council's that is overdue and calls by itself.
    """

    initiative: Initiative
    because: tuple[str, ...]
    delay: Decimal | None
    submission: GateSubmission | None
    condition: Condition | None = None

    @property
    def words(self) -> str:
        if self.condition is not None:
            return f"{BECAUSE[self.because[0]]}: {self.condition.ref} {self.condition.text}"
        return ", ".join(
            BECAUSE[one] if place == 0 else BECAUSE[one].lower() for place, one in enumerate(self.because)
        )


def queue_of(actor: Actor, today: date) -> Queue:
    """As far as the reader may see. A constant number of statements."""
    mine = GateSubmission.objects.visible_to(actor).filter(body=Body.COUNCIL)
    open_ones = list(
        mine.filter(state=GateSubmission.State.OPEN)
        .select_related("initiative__unit")
        .order_by("due_on", "pk")
    )
    delays = delays_of(row.initiative_id for row in open_ones)
    items = {
        row.initiative_id: row
        for row in AgendaItem.objects.filter(
            initiative__in=[one.initiative_id for one in open_ones], state__in=UNFINISHED, condition=None
        ).select_related("meeting")
    }
    history = _history({row.gate for row in open_ones})
    waiting = tuple(
        Waiting(
            row, age := (today - clock.day_of(row.submitted_at)).days, max((today - row.due_on).days, 0),
            delays.get(row.initiative_id), items.get(row.initiative_id), longer_than(age, history.get(row.gate, ())),
        )
        for row in open_ones
    )  # fmt: skip
    motions = AgendaItem.objects.visible_to(actor).filter(submission=None)
    beside = motions.filter(state__in=UNFINISHED).exclude(motion={}).count()
    since = today - timedelta(days=YEAR)
    arrived = mine.filter(submitted_at__date__gt=since).exclude(state=GateSubmission.State.SUPERSEDED).count()
    arrived += motions.filter(created_at__date__gt=since).exclude(state=AgendaItem.State.WITHDRAWN).count()
    answers = list(
        Decision.objects.visible_to(actor)
        .filter(body=Body.COUNCIL, decided_on__gt=since)
        .exclude(outcome=Outcome.NOT_DECIDED)
        .values_list("decided_on", "submission__due_on", "outcome")
    )
    dated = [(due, on) for on, due, _ in answers if due is not None]
    priced = [one for one in waiting if one.delay is not None]
    cost = sum((one.delay * one.age * 12 / YEAR for one in priced if one.delay is not None), Decimal(0))
    return Queue(
        waiting, arrived, len(answers), sum(on <= due for due, on in dated), len(dated), beside,
        undecided(
            [*dated, *((row.due_on, None) for row in open_ones)], [outcome for _, _, outcome in answers], today
        ),
        forecast(waiting=len(waiting) + beside, arrived=arrived, decided=len(answers), days=YEAR, today=today),
        cost.quantize(Decimal(1)) if priced else None, len(waiting) - len(priced),
    )  # fmt: skip


def _history(gates: Collection[str]) -> dict[str, list[int]]:
    """Gate -> how many days each of its submissions waited for its decision, of all that were ever decided. One statement."""
    found: dict[str, list[int]] = {}
    rows = Decision.objects.filter(submission__gate__in=gates).exclude(outcome=Outcome.NOT_DECIDED)
    for gate, asked, on in rows.order_by().values_list(
        "submission__gate", "submission__submitted_at", "decided_on"
    ):
        if asked is not None:
            found.setdefault(gate, []).append((on - clock.day_of(asked)).days)
    return found


def calls(actor: Actor, day: date) -> list[Call]:
    """What belongs on the next agenda and is on none: the dearest delay first, those without a price last.

    `day`: of the meeting; decisions due by then call for it. A constant number of statements.
    """
    found: dict[int, list[str]] = {}
    for because, ids in _causes(day):
        for pk in ids:
            found.setdefault(pk, []).append(because)
    on_agenda = AgendaItem.objects.filter(state__in=UNFINISHED, condition=None).values("initiative")
    rows = (
        Initiative.objects.visible_to(actor)
        .filter(pk__in=found)
        .exclude(pk__in=on_agenda)
        .exclude(stage__in=["idea", "retired", "unknown"])
        .exclude(~Q(pk__in=[pk for pk, why in found.items() if AFTER_STOP in why]), stage="stopped")
        .select_related("unit", "lead")
    )
    late = _overdue(actor, day)
    delays = delays_of({*found, *(row.initiative_id for row in late)})
    open_ones = {
        row.initiative_id: row
        for row in GateSubmission.objects.filter(initiative__in=found, state=GateSubmission.State.OPEN)
    }
    # What asks for a gate with a prohibited use is not put to the vote: it calls for its stop.
    out = [
        Call(
            row, tuple(found[row.pk]), delays.get(row.pk),
            None if PROHIBITED in found[row.pk] else open_ones.get(row.pk),
        )
        for row in rows
    ]  # fmt: skip
    out += [
        Call(row.initiative, ("condition_overdue",), delays.get(row.initiative_id), None, row) for row in late
    ]
    return sorted(out, key=_dearest_first)


def _dearest_first(one: Call) -> tuple[bool, Decimal, int, int]:
    """What calls for an initiative before what calls for one of its conditions."""
    return (
        one.delay is None,
        -(one.delay or Decimal(0)),
        one.initiative.pk,
        one.condition.pk if one.condition else 0,
    )


def _overdue(actor: Actor, day: date) -> list[Condition]:
    """Conditions the council set that are flagged as overdue by then, or block, and are on no agenda. One statement."""
    on_agenda = AgendaItem.objects.filter(state__in=UNFINISHED, condition__isnull=False).values("condition")
    flagged = Q(due_on__lt=day - timedelta(days=TELLS)) | Q(blocking=True, due_on__lt=day)
    rows = Condition.objects.filter(
        flagged, scope(actor, Action.VIEW, Condition), state=Condition.State.OPEN, decision__body=Body.COUNCIL
    )
    return list(rows.exclude(pk__in=on_agenda).select_related("initiative__unit", "initiative__lead"))


def _causes(day: date) -> list[tuple[str, Iterable[int]]]:
    pilots = Initiative.objects.exclude(pilot_level="")
    models = AiModel.objects.filter(next_review_on__lt=day).exclude(stage=AiModel.Stage.RETIRED)
    found = {
        "submitted": GateSubmission.objects.filter(
            state=GateSubmission.State.OPEN, body=Body.COUNCIL
        ).values_list("initiative", flat=True),
        "suspended": _suspended_of_the_council().values_list("initiative", flat=True),
        "evidence_changed": _changed_under_the_council().values_list("initiative", flat=True),
        "purgatory": pilots.filter(pilot_level="purgatory").values_list("pk", flat=True),
        "decision_due": pilots.filter(decision_on__lte=day).values_list("pk", flat=True),
        "condition_overdue": Initiative.objects.none().values_list("pk", flat=True),
        "review_overdue": models.filter(initiatives__isnull=False).values_list("initiatives", flat=True),
        "red_flag": Flag.objects.open()
        .filter(severity=3, escalated_on__isnull=False, initiative__isnull=False)
        .values_list("initiative", flat=True),
    }
    told = {because: list(rows.order_by().distinct()) for because, rows in found.items()}
    flagged = Flag.objects.open().filter(rule=AFTER_STOP, initiative__isnull=False)
    told[AFTER_STOP] = list(flagged.order_by().values_list("initiative", flat=True))
    told[PROHIBITED] = list(prohibited_among())
    return [(because, told[because]) for because in BECAUSE]


def _suspended_of_the_council() -> QuerySet[GateStanding]:
    """Suspended approvals return to the body that gave them (C4); what no decision of the log gave is the council's."""
    approvals = Decision.objects.filter(
        initiative=OuterRef("initiative"), carried=True, outcome__in=[one.value for one in APPROVALS]
    )
    rows = GateStanding.objects.filter(suspended_on__isnull=False)
    rows = rows.annotate(given_by=Subquery(approvals.order_by("-pk").values("body")[:1]))
    return rows.filter(Q(given_by=None) | Q(given_by=Body.COUNCIL))


def _changed_under_the_council() -> QuerySet[GateStanding]:
    """Approvals of the council's that were taken on facts that are different now: a re-review is theirs."""
    approvals = Decision.objects.filter(
        initiative=OuterRef("initiative"), carried=True, outcome__in=[one.value for one in APPROVALS]
    )
    rows = GateStanding.objects.filter(initiative__flags__rule=CHANGED, initiative__flags__cleared_at=None)
    rows = rows.annotate(given_by=Subquery(approvals.order_by("-pk").values("body")[:1]))
    return rows.filter(given_by=Body.COUNCIL)


def delays_of(initiatives: Iterable[int]) -> dict[int, Decimal]:
    rows = CaseWorth.objects.filter(initiative__in=list(initiatives))
    return dict(rows.order_by().values_list("initiative_id", "delay_a_month"))
