"""Who may not decide on an initiative, as the record says it now. One answer for the manager's decisions and the council's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from django.db.models import Q

from core.models import AuditEvent, User
from domain.conflicts import Conflict, Involved, conflicts, named
from governance.models import AiModel, Condition, GateConflict, GateSubmission
from kpis.models import Kpi
from pilots.models import Pilot, PilotPlan
from portfolio.models import Initiative
from portfolio.queries.hands import ran_each, runs_each

Asked = tuple[Initiative, GateSubmission | None]


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
    return conflicted_each([(initiative, submission)], delegates=delegates)[0]


def conflicted_each(
    asked: Sequence[Asked], *, delegates: Mapping[int, Iterable[int]] | None = None
) -> list[dict[int, Conflict]]:
    """The same for each initiative and its submission, in their order. About ten queries, however many are asked for."""
    everybody = involved_in_each(asked)
    people = frozenset().union(*(named(one) for one in everybody))
    managers = dict(
        User.objects.filter(pk__in=people, manager__isnull=False).order_by().values_list("pk", "manager_id")
    )
    kept = _kept(asked)
    answers = []
    for (initiative, submission), involved in zip(asked, everybody, strict=True):
        found = conflicts(involved, managers=managers, delegates=delegates or {})
        for of, user_id, because in kept.get(initiative.pk, ()):
            if of is None or (submission is not None and of == submission.pk):
                found.setdefault(user_id, Conflict(because))
        answers.append(found)
    return answers


def involved_in(initiative: Initiative, submission: GateSubmission | None) -> Involved:
    """Everybody the record names."""
    return involved_in_each([(initiative, submission)])[0]


def involved_in_each(asked: Sequence[Asked]) -> list[Involved]:
    """The same for each, in their order. Nine queries, however many."""
    initiatives = {initiative.pk: initiative for initiative, _ in asked}
    owners = _by_initiative(
        AiModel.objects.filter(initiatives__in=initiatives).order_by().values_list("initiatives", "owner_id"),
        Kpi.objects.filter(initiative__in=initiatives).order_by().values_list("initiative_id", "owner_id"),
        Pilot.objects.filter(initiative__in=initiatives).order_by().values_list("initiative_id", "production_owner_id"),
        PilotPlan.objects.filter(initiative__in=initiatives, pilot=None).order_by()
        .values_list("initiative_id", "production_owner_id"),
    )  # fmt: skip
    at_stake = Condition.objects.filter(initiative__in=initiatives, state=Condition.State.OPEN).order_by()
    conditions = _by_initiative(
        (initiative, person)
        for initiative, *both in at_stake.values_list("initiative_id", "owner_id", "verifier_id")
        for person in both
    )
    working, former = runs_each(initiatives.values()), ran_each(initiatives.values())
    wrote = _wrote(initiatives)
    return [
        Involved(
            sponsor=initiative.sponsor_id,
            lead=initiative.lead_id,
            owners=owners[initiative.pk],
            submitter=submission.submitted_by_id if submission else None,
            editors=frozenset(working[initiative.pk]) | wrote[initiative.pk],
            former=frozenset(former[initiative.pk]),
            conditions=conditions[initiative.pk],
        )
        for initiative, submission in asked
    ]


# What somebody wrote who had a hand in what is asked for: the draft of a gate, its evidence, its planned pilot, its case.
_WRITING = (
    "gate.draft_saved", "gate.submitted", "gate.withdrawn", "evidence.added", "pilot.planned", "case.begun",
    "case.changed", "case.published",
)  # fmt: skip


def _wrote(initiatives: Iterable[int]) -> Mapping[int, frozenset[int]]:
    found = AuditEvent.objects.filter(
        initiative_id__in=list(initiatives), action__in=_WRITING, actor_id__isnull=False
    )
    return _by_initiative(found.order_by().values_list("initiative_id", "actor_id").distinct())


def _kept(asked: Sequence[Asked]) -> Mapping[int, list[tuple[int | None, int, str]]]:
    """Initiative -> what was written down: of which submission (None: of none), who, and why. The first comes first."""
    submissions = [submission.pk for _, submission in asked if submission is not None]
    rows = GateConflict.objects.filter(
        Q(submission=None) | Q(submission__in=submissions), initiative__in=[one.pk for one, _ in asked]
    )
    found: dict[int, list[tuple[int | None, int, str]]] = {}
    names = ("initiative_id", "submission_id", "user_id", "because")
    for initiative, submission, person, because in rows.order_by("pk").values_list(*names):
        found.setdefault(initiative, []).append((submission, person, because))
    return found


def _by_initiative(*rows: Iterable[tuple[int | None, int | None]]) -> Mapping[int, frozenset[int]]:
    """Initiative -> people, from pairs; nobody where there is no pair."""
    found: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
    for initiative, person in chain(*rows):
        if initiative is not None and person is not None:
            found[initiative] |= {person}
    return found
