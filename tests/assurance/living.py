"""Models whose life is told, for the tests: mona's in claims, rita validates, max approves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from assurance.models import (
    Attestation,
    AttestationRound,
    ChangeRequest,
    FallbackTest,
    Incident,
    ModelException,
    ModelFinding,
    Retirement,
    RiskAssessment,
    Validation,
)
from assurance.services import changes, duties, incidents, validations
from core.errors import Problem
from governance.models import AiModel
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back, reviewer, sound_model

__all__ = ["back"]
SOON = TODAY + timedelta(days=30)


def living(cast: Cast, name: str = "Triage ranker", **more: Any) -> AiModel:
    """A sound model of mona's; rita is there to validate it."""
    if "rita" not in cast.people:
        reviewer(cast)
    return sound_model(cast, name, **more)


def again(model: AiModel) -> AiModel:
    return AiModel.objects.get(pk=model.pk)


def refused(work: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        work()
    problem = caught.value
    return problem.status, problem.items[0].code if problem.items else problem.code


def validated(cast: Cast, model: AiModel, who: str = "rita", **more: Any) -> Validation:
    given: dict[str, Any] = {
        "kind": "validation",
        "scope": "All of it",
        "started_on": back(3),
        "finished_on": TODAY,
        "outcome": "fit",
    }
    return validations.record_validation(
        model_id=model.pk, by=cast.actor(who), at=AT, **{**given, **more}
    )  # fmt: skip


def found(cast: Cast, validation: Validation, who: str = "rita", **more: Any) -> ModelFinding:
    given: dict[str, Any] = {"severity": "critical", "text": "Leaks names", "owner": cast.bob, "due_on": SOON}
    return validations.record_finding(
        validation_id=validation.pk, by=cast.actor(who), at=AT, **{**given, **more}
    )  # fmt: skip


def assessed(cast: Cast, model: AiModel, who: str = "mona", **more: Any) -> RiskAssessment:
    given: dict[str, Any] = {"materiality": "high", "complexity": "medium"}
    return changes.assess_risk(model_id=model.pk, by=cast.actor(who), at=AT, **{**given, **more})


def change(cast: Cast, model: AiModel, who: str = "mona", **more: Any) -> ChangeRequest:
    given: dict[str, Any] = {
        "title": "New features",
        "description": "Adds weather",
        "materiality": "material",
    }
    return changes.ask_change(model_id=model.pk, by=cast.actor(who), at=AT, **{**given, **more})


def exception(cast: Cast, model: AiModel, who: str = "mona", **more: Any) -> ModelException:
    given: dict[str, Any] = {
        "rule": "Review every six months", "reason": "The reviewer is away", "compensating_control": "Weekly sampling",
        "owner": cast.alice, "expires_on": SOON,
    }  # fmt: skip
    return changes.ask_exception(model_id=model.pk, by=cast.actor(who), at=AT, **{**given, **more})


def incident(cast: Cast, model: AiModel, who: str = "mona", **more: Any) -> Incident:
    given: dict[str, Any] = {
        "title": "Wrong payouts",
        "description": "Forty claims",
        "severity": 3,
        "detected_at": AT - timedelta(hours=2),
    }
    report = incidents.Report(**{**given, **more})
    return incidents.open_incident(model_id=model.pk, report=report, by=cast.actor(who), at=AT)


def a_round(cast: Cast, who: str = "max", **more: Any) -> AttestationRound:
    given: dict[str, Any] = {"question": "Is the record true?", "due_on": SOON}
    return duties.open_round(by=cast.actor(who), at=AT, **{**given, **more})


def asked_of(model: AiModel) -> Attestation:
    row: Attestation = Attestation.objects.get(model=model)
    return row


def tried(cast: Cast, model: AiModel, who: str = "mona", **more: Any) -> FallbackTest:
    given: dict[str, Any] = {"tested_on": TODAY, "result": "worked", "evidence": "Switched off for an hour"}
    return duties.record_fallback_test(model_id=model.pk, by=cast.actor(who), at=AT, **{**given, **more})


def retiring(cast: Cast, model: AiModel, who: str = "mona") -> Retirement:
    return duties.begin_retirement(model_id=model.pk, because="Replaced by rules.", by=cast.actor(who), at=AT)


def step(cast: Cast, row: Retirement, code: str, who: str = "mona", **more: Any) -> Retirement:
    given: dict[str, Any] = {"done_on": TODAY, "evidence": "Mail of today"}
    return duties.do_step(pk=row.pk, code=code, by=cast.actor(who), at=AT, **{**given, **more})
