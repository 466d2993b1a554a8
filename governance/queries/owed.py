"""What people owe by a day, for their reminders: reviews of models, conditions, actions of the council, and its meetings."""

from collections.abc import Iterable
from datetime import date, datetime

from core import clock
from core.models import User
from core.notices import zone_of
from core.reminders import Owed, reminds
from core.wording import moment
from governance.models import Aftercare, AiModel, Condition, Meeting, MeetingAction
from governance.queries.council import seats_on_days
from governance.queries.post_mortem import due_on as post_mortem_due_on
from governance.queries.post_mortem import owed as owed_post_mortems


@reminds
def reviews(first: date, last: date) -> Iterable[Owed]:
    """Reviews and attestations of models that are not retired, by whoever owns them. Two statements."""
    rows = AiModel.objects.exclude(stage=AiModel.Stage.RETIRED).filter(owner__isnull=False).order_by("pk")
    for field, words in (("next_review_on", "Have it reviewed"), ("attestation_due_on", "Attest")):
        found = rows.filter(**{f"{field}__gte": first, f"{field}__lte": last})
        for pk, owner, name, due_on in found.values_list("pk", "owner_id", "name", field):
            yield Owed(
                user_id=owner, subject=f"{field}-{pk}", due_on=due_on, title=f"{words}: {name}", body=f"M-{pk:04d}",
                url=f"/governance/models/M-{pk:04d}/",
            )  # fmt: skip


@reminds
def conditions(first: date, last: date) -> Iterable[Owed]:
    """Open conditions, told to who meets and to who verifies them. One statement."""
    rows = Condition.objects.filter(state=Condition.State.OPEN, due_on__gte=first, due_on__lte=last).order_by(
        "pk"
    )
    names = ("pk", "owner_id", "verifier_id", "due_on", "text", "initiative__name")
    for pk, owner, verifier, due_on, text, name in rows.values_list(*names):
        for person, words in ((owner, "Give evidence for"), (verifier, "Verify")):
            yield Owed(
                user_id=person, subject=f"condition-{pk}", due_on=due_on, title=f"{words} C-{pk:04d}, {name}",
                body=text[:300], url=f"/governance/conditions/C-{pk:04d}/",
            )  # fmt: skip


@reminds
def actions(first: date, last: date) -> Iterable[Owed]:
    """Actions of the council that are not done. One statement."""
    rows = MeetingAction.objects.filter(done_on=None, due_on__gte=first, due_on__lte=last).order_by("pk")
    for pk, owner, due_on, text, meeting in rows.values_list(
        "pk", "owner_id", "due_on", "text", "meeting_id"
    ):
        yield Owed(
            user_id=owner, subject=f"action-{pk}", due_on=due_on, title=text[:200],
            url=f"/governance/council/meetings/CM-{meeting:04d}/",
        )  # fmt: skip


@reminds
def meetings(first: date, last: date) -> Iterable[Owed]:
    """Coming meetings, told to who holds a voting seat on the day: a week before and the day before. Three statements."""
    rows = Meeting.objects.filter(
        state=Meeting.State.PLANNED, begins_at__date__gte=first, begins_at__date__lte=last
    )
    coming = list(rows.order_by("pk"))
    held = seats_on_days({clock.day_of(row.begins_at) for row in coming})
    for row in coming:
        on = clock.day_of(row.begins_at)
        for one in held[on]:
            if one.holder is not None:
                yield Owed(
                    user_id=one.holder.pk, subject=f"meeting-{row.pk}", due_on=on, offsets=(-7, -1),
                    title=f"AI council, {row.get_kind_display().lower()} {row.number}", body=f"{_when(row.begins_at, one.holder)}. {row.place}".strip(),
                    url=f"/governance/council/meetings/{row.ref}/",
                )  # fmt: skip


@reminds
def post_mortems(first: date, last: date) -> Iterable[Owed]:
    """Post-mortems that are not written, told to who led what was stopped; and what was still to be done after a stop. Three statements."""
    for stop in owed_post_mortems():
        due_on, lead = post_mortem_due_on(stop.decided_on), stop.initiative.lead_id
        if lead is not None and first <= due_on <= last:
            yield Owed(
                user_id=lead, subject=f"post-mortem-{stop.pk}", due_on=due_on,
                title=f"Write the post-mortem of {stop.initiative.name}", body=f"Stopped by {stop.ref}.",
                url=f"/portfolio/initiatives/{stop.initiative.ref}/post-mortem/",
            )  # fmt: skip
    rows = Aftercare.objects.filter(done_on=None, due_on__gte=first, due_on__lte=last).order_by("pk")
    for row in rows.select_related("post_mortem__decision__initiative"):
        initiative = row.post_mortem.decision.initiative
        yield Owed(
            user_id=row.owner_id, subject=f"aftercare-{row.pk}", due_on=row.due_on, title=row.text[:200],
            body=f"After the stop of {initiative.name}.", url=f"/portfolio/initiatives/{initiative.ref}/post-mortem/",
        )  # fmt: skip


def _when(begins: datetime, person: User) -> str:
    """In the reader's own time, with the name of its zone."""
    zone = zone_of(person)
    return f"{moment(begins.astimezone(zone))} {zone.key}"
