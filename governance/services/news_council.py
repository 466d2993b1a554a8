"""Telling people what the council asks of them as it begins; the reminders that follow are asked of the record.

What is told with a subject is called off with its reminders, once the record says it is owed no more.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from core import clock
from core.models import User
from core.notices import Word, tell
from core.reminders import Owed
from core.wording import day, moment
from domain.council import Result
from governance.models import AgendaItem, Condition, ConditionAct, Delegation, Meeting, PackIssue
from governance.queries.council import seats_on
from governance.queries.council_voters import awaited
from governance.queries.owed_council import ballot, confirmation, escalation
from governance.services.news import managers_of

ITEMS = AgendaItem.objects.select_related("meeting", "initiative__unit", "submission")


def tell_voting_open(*, item_id: int, at: datetime) -> int:
    """Whoever may cast a ballot in a written procedure hears that it is open; each is told for themselves."""
    row = ITEMS.filter(pk=item_id, state=AgendaItem.State.OPEN, meeting__kind=Meeting.Kind.WRITTEN).first()
    if row is None or row.meeting.ends_at <= at:
        return 0
    return _tell((ballot(row, person) for person in sorted(awaited([row])[row.pk])), at)


def tell_polled(*, item_id: int, at: datetime) -> int:
    """Whoever presided hears that the conditions are theirs to confirm, and until when."""
    row = ITEMS.filter(pk=item_id, state=AgendaItem.State.CONFIRMING).first()
    return 0 if row is None else _tell(confirmation(row), at)


def tell_escalated(*, item_id: int, at: datetime) -> int:
    """The authority an item was escalated to hears that it is theirs to decide; where nobody above the council is free, the
    portfolio managers hear that it waits for nobody."""
    row = ITEMS.filter(pk=item_id, result=Result.ESCALATED.value, decision=None).first()
    if row is None:
        return 0
    if row.escalated_to_id is not None:
        return _tell(escalation(row), at)
    word = Word(
        marker=f"escalated-{row.pk}-to-nobody", title=f"Nobody is free to decide on {row.initiative.name}",
        body=f"{row.ref}: the council cannot, and whoever is above it is in conflict or missing. Fill a seat above the council, "
        "then put it on an agenda again.",
        url=f"/governance/council/items/{row.ref}/",
    )  # fmt: skip
    people = sorted(one for one in managers_of(row.initiative) if one is not None)
    return tell(words=[(one, word) for one in people], at=at)


def tell_papers(*, issue_id: int, at: datetime) -> int:
    """Whoever holds a voting seat on the day of the meeting, and who votes for one in it, hears that its papers are there."""
    row = PackIssue.objects.select_related("meeting").filter(pk=issue_id).first()
    if row is None or row.meeting.state != Meeting.State.PLANNED:
        return 0
    meeting = row.meeting
    people = {one.holder.pk for one in seats_on(clock.day_of(meeting.begins_at)) if one.holder is not None}
    lent = Delegation.objects.filter(
        revoked_at=None, begins_at__lte=meeting.begins_at, until__gt=meeting.begins_at
    )
    people |= set(lent.filter(Q(meeting=None) | Q(meeting=meeting)).values_list("delegate_id", flat=True))
    again = "" if row.number == 1 else f"Issue {row.number}, in place of the one before. "
    word = Word(
        marker=f"papers-{row.pk}", title=f"Papers of {meeting.get_kind_display().lower()} {meeting.number}",
        body=f"{again}{_when(meeting.begins_at)}.", url=f"/governance/council/meetings/{meeting.ref}/pack/",
    )  # fmt: skip
    return tell(words=[(person, word) for person in sorted(people)], at=at)


def tell_lent(*, delegation_id: int, at: datetime) -> int:
    """The delegate hears whose vote they cast, and when."""
    row = _delegation(delegation_id)
    if row is None or row.revoked_at is not None:
        return 0
    where = f"For {row.meeting.ref}. " if row.meeting else ""
    word = Word(
        marker=f"lent-{row.pk}", title=f"{row.holder.name} lends you a vote: {row.seat.name}",
        body=f"{where}From {_when(row.begins_at)} until {_when(row.until)}. You do not lend it on.", url=_council(row),
    )  # fmt: skip
    return tell(words=[(row.delegate_id, word)], at=at)


def tell_taken_back(*, delegation_id: int, by: int, at: datetime) -> int:
    """The other of the two hears that the vote is its holder's again. `by`: who ended it."""
    row = _delegation(delegation_id)
    if row is None or row.revoked_at is None:
        return 0
    who = User.objects.get(pk=by).name
    other = row.delegate_id if by == row.holder_id else row.holder_id
    words = "takes the vote back" if by == row.holder_id else "gives the vote back"
    whose = (
        "It is not yours to cast any more." if other == row.delegate_id else "You vote for yourself again."
    )
    word = Word(
        marker=f"taken-back-{row.pk}", title=f"{who} {words}: {row.seat.name}",
        body=f"{whose} What was cast before stands.", url=_council(row),
    )  # fmt: skip
    return tell(words=[(other, word)], at=at)


def tell_evidence(*, condition_id: int, at: datetime) -> int:
    """The verifier hears that a condition waits for them, unless they have answered already. Evidence given anew is told anew."""
    row = Condition.objects.select_related("initiative", "owner").filter(pk=condition_id).first()
    if row is None or row.state != Condition.State.OPEN:
        return 0
    last = row.acts.exclude(act=ConditionAct.Act.REDATE).order_by("-pk").first()
    if last is None or last.act != ConditionAct.Act.EVIDENCE:
        return 0
    word = Word(
        marker=f"condition-{row.pk}-evidence-{last.pk}", title=f"Verify {row.ref}: {row.initiative.name}",
        body=f"{row.owner.name}: {last.because}", url=f"/governance/conditions/{row.ref}/",
    )  # fmt: skip
    return tell(words=[(row.verifier_id, word)], at=at)


def _tell(owed: Iterable[Owed], at: datetime) -> int:
    """Said at once, with the day by which it is due."""
    return tell(
        words=[
            (
                one.user_id,
                Word(
                    marker=f"{one.subject}:{one.due_on.isoformat()}:begun", title=f"{one.title} by {day(one.due_on)}",
                    body=one.body, url=one.url, subject=one.subject, due_on=one.due_on,
                ),
            )
            for one in owed
        ],
        at=at,
    )  # fmt: skip


def _delegation(pk: int) -> Delegation | None:
    return Delegation.objects.select_related("seat", "holder", "meeting").filter(pk=pk).first()


def _council(row: Delegation) -> str:
    return f"/governance/council/meetings/{row.meeting.ref}/" if row.meeting else "/governance/council/"


def _when(value: datetime) -> str:
    zone = ZoneInfo(settings.ORG_TIME_ZONE)
    return f"{moment(value.astimezone(zone))} {zone.key}"
