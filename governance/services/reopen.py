"""Reopening a stopped initiative: a decision of its own, which leads to a named stage and begins a new stay there."""

from datetime import datetime

from django.db import transaction

from core import clock
from core.access import Actor, require
from core.errors import conflict, from_rule
from core.roles import Action
from core.text import clean
from domain.authority import Authority
from domain.decision_rights import require_body
from domain.errors import RuleError
from domain.gates import next_gate
from domain.motions import Motion
from domain.stage_words import Body, Outcome, Stage
from domain.stages import stage_after_reopening
from governance.models import Decision
from governance.queries.definition import gates_on
from governance.queries.must_meets import tier_of
from governance.services.conflicts import require_unconflicted, write_conflicts
from governance.services.decide import write_beside
from governance.services.prohibited import require_permitted
from governance.services.standing import settle_standing
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative
from portfolio.services.stages import move_stage

BECAUSE = 1000


def reopen(
    *, initiative_id: int, stage: Stage, because: str, authority: Authority, by: Actor, at: datetime
) -> Decision:
    """Take a stopped initiative up again in `stage`. Who decides is who decides at the gate ahead of that stage.

    Raises Problem 404, 403 (`four_eyes`, on record), 400, 409 `not_stopped`, `wrong_body`.
    """
    because = clean("because", because, limit=BECAUSE, required="Say what is different now.")
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        if authority.body is not Body.COUNCIL:
            require(by, Action.DECIDE_GATE, initiative)
        found = write_conflicts(initiative, None, at=at)
        asked = {"outcome": Outcome.REOPEN.value, "stage": stage.value}
        person = by.user.pk if by.user else None
        require_unconflicted(person, by.label, found, initiative, by=by, at=at, asked=asked)
        to = require_reopenable(initiative, stage, authority, at)
        row = write_beside(initiative, Motion(Outcome.REOPEN, because, stage=to), authority, to, by, at)
        move_stage(
            initiative=initiative, to=to, on=clock.day_of(at), by=by, at=at, because=f"{row.ref}: {because}"[:300]
        )  # fmt: skip
        settle_standing(initiative, by=by, at=at)
    return row


def require_reopenable(
    initiative: Initiative, stage: Stage, authority: Authority, at: datetime, field: str = "/stage"
) -> Stage:
    """The stage it returns to. Raises Problem 409 `not_stopped`, `wrong_body`, `prohibited_use`, 400 at `field` for no such stage."""
    require_permitted(initiative.pk, Outcome.REOPEN, None)
    gates, _ = gates_on(clock.day_of(at))
    try:
        to = stage_after_reopening(Stage(initiative.stage), stage)
        gate = next_gate(to, gates)
        if gate is not None:
            require_body(authority, Outcome.REOPEN, gate, tier=tier_of(initiative), extensions=0)
    except RuleError as error:
        if error.code in {"not_stopped", "wrong_body"}:
            raise conflict(error.code, error.message) from error
        raise from_rule(RuleError(error.code, error.message, error.pointer or field)) from error
    return to
