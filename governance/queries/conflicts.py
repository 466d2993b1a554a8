"""Who may not decide on an initiative, as the record says it now. One answer for the manager's decisions and the council's."""

from collections.abc import Iterable, Mapping

from django.db.models import Q

from core.models import AuditEvent, User
from domain.conflicts import Conflict, Involved, conflicts, named
from governance.models import AiModel, Condition, GateConflict, GateSubmission
from kpis.models import Kpi
from pilots.models import Pilot, PilotPlan
from portfolio.models import Initiative
from portfolio.queries.hands import ran, runs


def conflicted(
    initiative: Initiative,
    submission: GateSubmission | None = None,
    *,
    delegates: Mapping[int, Iterable[int]] | None = None,
) -> dict[int, Conflict]:
    """Person -> why they may not decide. About ten queries, whatever the number of people.

    `delegates`: seat holder -> who may vote in their place. What was written down earlier (GateConflict) stays: a person
    who was in conflict when the submission was made is so for ever.
    """
    involved = involved_in(initiative, submission)
    people = named(involved)
    managers = dict(
        User.objects.filter(pk__in=people, manager__isnull=False).order_by().values_list("pk", "manager_id")
    )
    found = conflicts(involved, managers=managers, delegates=delegates or {})
    kept = GateConflict.objects.filter(Q(submission=None) | Q(submission=submission), initiative=initiative)
    for user_id, because in kept.order_by("pk").values_list("user_id", "because"):
        found.setdefault(user_id, Conflict(because))
    return found


def involved_in(initiative: Initiative, submission: GateSubmission | None) -> Involved:
    """Everybody the record names."""
    owners = {
        *AiModel.objects.filter(initiatives=initiative).order_by().values_list("owner_id", flat=True),
        *Kpi.objects.filter(initiative=initiative).order_by().values_list("owner_id", flat=True),
        *Pilot.objects.filter(initiative=initiative).order_by().values_list("production_owner_id", flat=True),
        *PilotPlan.objects.filter(initiative=initiative, pilot=None)
        .order_by()
        .values_list("production_owner_id", flat=True),
    }
    return Involved(
        sponsor=initiative.sponsor_id,
        lead=initiative.lead_id,
        owners=_people(owners),
        submitter=submission.submitted_by_id if submission else None,
        editors=_people(runs(initiative) | _wrote(initiative)),
        former=_people(ran(initiative)),
        conditions=_people(
            person
            for pair in Condition.objects.filter(initiative=initiative, state=Condition.State.OPEN)
            .order_by()
            .values_list("owner_id", "verifier_id")
            for person in pair
        ),
    )


# What somebody wrote who had a hand in what is asked for: the draft of a gate, its evidence, its planned pilot, its case.
_WRITING = (
    "gate.draft_saved", "gate.submitted", "gate.withdrawn", "evidence.added", "pilot.planned", "case.begun",
    "case.changed", "case.published",
)  # fmt: skip


def _wrote(initiative: Initiative) -> set[int]:
    found = AuditEvent.objects.filter(
        initiative_id=initiative.pk, action__in=_WRITING, actor_id__isnull=False
    )
    return {actor for actor in found.order_by().values_list("actor_id", flat=True) if actor is not None}


def _people(ids: Iterable[int | None]) -> frozenset[int]:
    return frozenset(one for one in ids if one is not None)
