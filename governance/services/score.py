"""A gatekeeper's scores of the should-meets: given before others' are shown, changed until the gate is decided."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from core import audit
from core.access import Actor, allows, require
from core.errors import Item, Problem, forbidden, invalid, not_found
from core.roles import Action
from core.text import clean
from domain.should_meets import MOST
from governance.models import GateSubmission, Score
from governance.queries.scoring import criteria_of
from governance.services.conflicts import require_unconflicted, write_conflicts
from governance.services.submit import require_open
from portfolio.services.locks import lock_initiative


def score_submission(
    *, submission_id: int, scores: Mapping[str, tuple[int, str]], by: Actor, at: datetime
) -> list[Score]:
    """Keep the actor's scores: criterion -> (0 to 10, note). Criteria that are not named keep theirs.

    Raises Problem 404; 403 without a vote or the right to decide, `only_a_person`, `four_eyes` for who is in conflict; 409
    `not_open`; 400 at the criterion that is none of this gate or not from 0 to 10.
    """
    row = (
        GateSubmission.objects.visible_to(by)
        .filter(pk=submission_id)
        .select_related("initiative__unit")
        .first()
    )
    if row is None:
        raise not_found()
    with transaction.atomic():
        initiative = lock_initiative(row.initiative_id)
        row.refresh_from_db()
        if not allows(by, Action.DECIDE_GATE, initiative):
            require(by, Action.VOTE, initiative)
        if by.user is None or by.user.is_service or by.scopes is not None:
            raise forbidden("Scores are given by a person who is signed in.", code="only_a_person")
        require_open(row)
        found = write_conflicts(initiative, row, at=at)
        require_unconflicted(
            by.user.pk,
            by.user.name,
            found,
            initiative,
            by=by,
            at=at,
            asked={"score": row.ref},
            action="score.refused",
        )
        _require_whole(row, scores)
        kept = [
            Score.objects.update_or_create(
                submission=row, criterion=code, person=by.user,
                defaults={"score": given, "note": clean(f"notes/{code}", note, limit=300), "scored_at": at},
            )[0]
            for code, (given, note) in scores.items()
        ]  # fmt: skip
        # The log says that somebody scored, and what only once it may be seen: on the rows.
        audit.record(
            by=by, at=at, action="gate.scored", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after={"submission": row.ref, "criteria": len(kept)},
        )  # fmt: skip
    return kept


def _require_whole(row: GateSubmission, scores: Mapping[str, tuple[int, str]]) -> None:
    known = {one.code for one in criteria_of(row)}
    wrong = [
        Item(f"/scores/{code}", "unknown_criterion", f"{row.gate} has no criterion of that name.")
        for code in scores
        if code not in known
    ]
    wrong += [
        Item(f"/scores/{code}", "out_of_range", f"Score from 0 to {MOST}.")
        for code, (given, _) in scores.items()
        if not 0 <= given <= MOST
    ]
    if wrong:
        raise Problem(400, "invalid", wrong[0].detail, wrong)
    if not scores:
        raise invalid("Score one criterion at least.")
