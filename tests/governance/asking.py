"""Initiatives whose gate is asked for, for the tests of gates, decisions and the council."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from core.access import Actor
from core.models import Role, RoleGrant, User
from domain.authority import Authority
from domain.charter import NEW_CHARTER
from domain.gate_form import fields_of
from domain.gates import GATES
from domain.motions import Motion, read_motion
from domain.stage_words import Body
from governance.models import Decision, GateSubmission
from governance.queries.must_meets.told import YES, Answer, Told
from governance.services.decide import record_decision
from governance.services.gate_draft import save_gate_draft
from governance.services.submit import submit_gate
from portfolio.models import Initiative, StrategicObjective
from portfolio.services.stages import open_first_spell
from tests.cast import AT, TODAY, Cast

GATE_OF = {gate.from_stage.value: gate for gate in GATES}
CARRIED: dict[str, Any] = {"carry": list(NEW_CHARTER)}
"""A pivot that leaves the rest of the charter as it is."""
OLD_CHARTER: dict[str, Any] = {name: f"As planned: {name}" for name in NEW_CHARTER}
"""A charter that says every part a pivot may carry."""
WRITTEN: dict[str, Any] = {
    "ask": "Go on with 200,000 and at most 500 users",
    "alternatives": "Stopping; doing nothing; a rule instead of a model",
    "stop_if": "Handling time does not fall by a tenth",
    "confidence": "amber_green",
}


def idea(
    cast: Cast, name: str = "Claims triage", *, stage: str = "idea", tier: int | None = 3, **more: Any
) -> Initiative:
    """Alice's, sponsored by Edith, in claims: with everything that G1 asks for, in the stage asked for."""
    row = Initiative.objects.create(
        name=name, unit=cast.claims, lead=cast.alice, sponsor=more.pop("sponsor", cast.edith), problem="Claims wait.",
        outcome="Claims are decided the same day", value_hypothesis="Sorting claims cuts cost per claim by a tenth",
        risk_tier=tier, stage=stage, entered_on=TODAY - timedelta(days=30), created_at=AT, updated_at=AT, **more,
    )  # fmt: skip
    row.objectives.add(StrategicObjective.objects.get_or_create(name="Cost leadership")[0])
    open_first_spell(
        initiative=row, entered_on=row.entered_on, precision="day", by=cast.actor("alice"), at=AT - timedelta(days=30)
    )  # fmt: skip
    return row


def manager(cast: Cast, name: str = "max") -> Actor:
    """That person with the portfolio manager's rights."""
    RoleGrant.objects.get_or_create(
        user=cast.people[name], role=Role.PORTFOLIO_MANAGER, unit=None, defaults={"granted_at": AT}
    )
    return cast.actor(name)


@contextmanager
def everything_met() -> Iterator[None]:
    """Every must-meet answered yes: for tests that are about what comes after."""

    def met(initiative: Initiative, gate: Any, *, today: date, tier: int | None = None) -> tuple[Answer, ...]:
        return tuple(Answer(one, Told(YES, "on record", "")) for one in gate.criteria_for(tier))

    with patch("governance.services.submit.answers_at", met):
        yield


def written(initiative: Initiative, cast: Cast, by: Actor | None = None, **more: Any) -> None:
    """The draft of the gate ahead, whole."""
    gate = GATE_OF[initiative.stage]
    asked: dict[str, Any] = dict(WRITTEN)
    for field in fields_of(gate):
        if field.required and field.code not in asked:
            asked[field.code] = field.options[0][0] if field.options else "Said"
    save_gate_draft(
        initiative_id=initiative.pk, answers={**asked, **more}, by=by or cast.actor("alice"), at=AT
    )


def submitted(
    initiative: Initiative, cast: Cast, by: Actor | None = None, at: datetime = AT, **more: Any
) -> GateSubmission:
    """The gate ahead asked for by Alice, whatever the record says."""
    written(initiative, cast, by, **more)
    with everything_met():
        return submit_gate(initiative_id=initiative.pk, by=by or cast.actor("alice"), at=at)


def motion(initiative: Initiative, outcome: str = "go", **more: Any) -> Motion:
    said = {"outcome": outcome, "because": "The evidence says so.", **more}
    return read_motion(said, gate=GATE_OF[initiative.stage], today=TODAY)


def decided(
    initiative: Initiative, said: Motion, by: Actor, *, submission: GateSubmission | None = None, at: datetime = AT,
    body: Body = Body.PORTFOLIO_MANAGER, specialist: User | None = None, carried: bool = True,
) -> Decision:  # fmt: skip
    """Decided by the manager, or in the council's name."""
    council: dict[str, Any] = (
        {"item": 1, "numbers": {"eligible": 5, "present": 4}} if body is Body.COUNCIL else {}
    )
    authority = Authority(body=body, specialist=specialist.pk if specialist else None, **council)
    return record_decision(
        initiative_id=initiative.pk, motion=said, authority=authority, by=by, at=at,
        submission_id=submission.pk if submission else None, carried=carried,
    )  # fmt: skip


def condition(cast: Cast, **more: Any) -> dict[str, Any]:
    """A condition as proposed: Bob's to meet, Mona's to verify."""
    return {
        "text": "Failover is tested", "kind": "before_next_gate", "blocking": False, "owner": cast.bob.pk,
        "verifier": cast.mona.pk, "verification": "Report of the test", "due_on": (TODAY + timedelta(days=30)).isoformat(),
        **more,
    }  # fmt: skip
