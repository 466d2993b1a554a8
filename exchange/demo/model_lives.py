"""What happened to a few of the demo's models: how they were graded, looked at, changed, went wrong, and end."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from assurance.models import (
    Attestation,
    AttestationRound,
    ChangeRequest,
    Incident,
    ModelException,
    ModelFinding,
    Retirement,
    RiskAssessment,
    Validation,
)
from assurance.services import changes, duties, incidents, validations
from exchange.demo.people import MANAGER, VALIDATOR
from exchange.demo.play import World
from governance.models import AiModel
from governance.services.inventory import edit_model

SCORE, RANKER, ANSWERS, MAILING, FRAUD = (
    "Affordability score", "Adverse media ranker", "Answer retrieval assistant", "Mailing propensity score", "Card fraud scorer",
)  # fmt: skip
RHYS, MONA, AMARA = "Rhys Morgan", "Mona Castellan", "Amara Diallo"
QUESTION: Final = "The record of this model is complete and true, it is used only for its purpose, and people can overrule it."
REFUSES: Final = "The purpose on record leaves out second mortgages, for which branches use it since October."


def write(world: World) -> None:
    """Add the acts to the script."""
    _graded(world)
    _score(world)
    _score_went_wrong(world)
    _ranker(world)
    _fraud(world)
    _attested(world)
    _ending(world)


def _on(world: World, days: int, do: Callable[..., Any], *args: Any, hour: int = 11) -> None:
    world.script.on(world.script.back(days), partial(do, world, *args), hour=hour)


def _model(name: str) -> AiModel:
    return AiModel.objects.get(name=name)


def _last(kind: type[Any], name: str) -> int:
    """The newest row of a kind about a model."""
    found = kind._default_manager.filter(model__name=name).order_by("-pk").values_list("pk", flat=True)
    return int(found[0])


# Risk tiers


def _graded(world: World) -> None:
    for days, name, by, grades in (
        (170, SCORE, RHYS, ("high", "medium")),
        (168, RANKER, MONA, ("high", "high")),
        (150, ANSWERS, AMARA, ("medium", "high")),
    ):
        _on(world, days, _assess, name, by, grades)
    _on(world, 149, _override, ANSWERS)
    _on(world, 144, _approve_override, ANSWERS)


def _assess(world: World, name: str, by: str, grades: tuple[str, str], at: datetime) -> None:
    changes.assess_risk(
        model_id=_model(name).pk, materiality=grades[0], complexity=grades[1], by=world.who(by), at=at,
        reasoning="Graded with Model validation, from what it decides and how it was built.",
    )  # fmt: skip


def _override(world: World, name: str, at: datetime) -> None:
    changes.assess_risk(
        model_id=_model(name).pk, materiality="medium", complexity="high", override=2, by=world.who(AMARA), at=at,
        reasoning="It answers from the approved library alone, and a person sees every answer about money.",
    )  # fmt: skip


def _approve_override(world: World, name: str, at: datetime) -> None:
    changes.answer_override(
        pk=_last(RiskAssessment, name), approve=True, because="Agreed while no answer goes out unseen.",
        by=world.who(MANAGER), at=at,
    )  # fmt: skip


# The affordability score: looked at, changed, excepted, and an incident put right


def _score(world: World) -> None:
    _on(
        world,
        120,
        _look,
        SCORE,
        "threat_assessment",
        128,
        120,
        "fit",
        "Threats to its inputs and its endpoint.",
    )
    _on(
        world, 98, _look, SCORE, "validation", 118, 98, "fit_with_findings", "Data, method, performance by segment, use in branches.",
    )  # fmt: skip
    _on(
        world,
        98,
        _finding,
        SCORE,
        "high",
        "Incomes paid by the week are annualised over 48 weeks.",
        "Mateo Silva",
        30,
        hour=12,
    )
    _on(
        world, 98, _finding, SCORE, "medium", "The limits on record leave out joint applications.", RHYS, -24, hour=13
    )  # fmt: skip
    _on(world, 61, _close, SCORE, "Recomputed for all of July: the difference is gone.")
    _on(
        world,
        52,
        _change,
        SCORE,
        "minor",
        "Postcode table of 2026",
        "Takes the new table of postcodes. No weight changes.",
    )
    _on(world, 50, _review, SCORE, "Nothing that was validated changes.")
    _on(world, 4, _change, SCORE, "material", "Spending from open banking",
        "Adds eleven features from accounts customers connect. Weights are trained anew.")  # fmt: skip
    _on(world, 21, _except, SCORE)
    _on(world, 19, _approve_exception, SCORE)


def _score_went_wrong(world: World) -> None:
    _on(world, 33, _incident, SCORE, RHYS, 2, "none", "Score of zero for customers without a postcode",
        "A batch of 212 applications from new-build addresses was declined. Branches noticed within the day.")  # fmt: skip
    _on(
        world,
        33,
        _move,
        SCORE,
        RHYS,
        incidents.contain,
        "Batch scoring switched to the fallback; the 212 put on hold.",
        hour=16,
    )
    _on(
        world,
        29,
        _move,
        SCORE,
        RHYS,
        incidents.resolve,
        "Missing postcodes are scored as unknown, and the 212 scored again.",
    )
    _on(world, 22, _move, SCORE, RHYS, incidents.hold_post_mortem,
        "A default of zero hid a missing value. Missing inputs are now refused by the pipeline, and counted.")  # fmt: skip
    _on(
        world,
        31,
        _fallback,
        SCORE,
        RHYS,
        "worked",
        "Switched to the expenditure table for an hour: 38 cases, none late.",
    )


def _look(
    world: World, name: str, kind: str, began: int, ended: int, outcome: str, scope: str, at: datetime
) -> None:
    back = world.script.back
    validations.record_validation(
        model_id=_model(name).pk, kind=kind, scope=scope, started_on=back(began), finished_on=back(ended), outcome=outcome,
        by=world.who(VALIDATOR), at=at,
    )  # fmt: skip


def _finding(world: World, name: str, severity: str, text: str, owner: str, due: int, at: datetime) -> None:
    """`due`: days ago by which it is to be mended, below 0 to come; never before it was found."""
    due_on = max(world.script.back(due), world.script.day(at) + timedelta(days=1))
    validations.record_finding(
        validation_id=_last(Validation, name), severity=severity, text=text, owner=world.people[owner], due_on=due_on,
        by=world.who(VALIDATOR), at=at,
    )  # fmt: skip


def _close(world: World, name: str, evidence: str, at: datetime) -> None:
    found = ModelFinding.objects.filter(model__name=name, closed_on=None).order_by("pk")
    validations.close_finding(pk=found[0].pk, evidence=evidence, by=world.who(VALIDATOR), at=at)


def _change(world: World, name: str, materiality: str, title: str, said: str, at: datetime) -> None:
    changes.ask_change(
        model_id=_model(name).pk,
        title=title,
        description=said,
        materiality=materiality,
        by=world.who(RHYS),
        at=at,
    )


def _review(world: World, name: str, because: str, at: datetime) -> None:
    changes.review_change(
        pk=_last(ChangeRequest, name), accept=True, because=because, by=world.who(VALIDATOR), at=at
    )


def _except(world: World, name: str, at: datetime) -> None:
    changes.ask_exception(
        model_id=_model(name).pk, rule="A second reader for every tenth decline",
        reason="Two of the three readers left in October.",
        compensating_control="Every decline above 150,000 is read by the head of lending.",
        owner=world.people["Clara Nowak"], expires_on=world.script.back(-25), by=world.who(RHYS), at=at,
    )  # fmt: skip


def _approve_exception(world: World, name: str, at: datetime) -> None:
    changes.answer_exception(
        pk=_last(ModelException, name), approve=True, because="Until the new readers start.",
        by=world.who(MANAGER), at=at,
    )  # fmt: skip


def _incident(
    world: World, name: str, by: str, severity: int, led_to: str, title: str, said: str, at: datetime
) -> None:
    report = incidents.Report(
        title=title, description=said, severity=severity, consequence=led_to, detected_at=at - timedelta(hours=3)
    )  # fmt: skip
    incidents.open_incident(model_id=_model(name).pk, report=report, by=world.who(by), at=at)


def _move(world: World, name: str, by: str, service: Any, said: str, at: datetime) -> None:
    service(pk=_last(Incident, name), happened_at=at, said=said, by=world.who(by), at=at)


def _fallback(world: World, name: str, by: str, result: str, evidence: str, at: datetime) -> None:
    duties.record_fallback_test(
        model_id=_model(name).pk, tested_on=world.script.day(at), result=result, evidence=evidence, by=world.who(by), at=at
    )  # fmt: skip


# The adverse media ranker: a critical finding and an incident whose clocks run


def _ranker(world: World) -> None:
    _on(
        world,
        26,
        _look,
        RANKER,
        "red_team",
        40,
        26,
        "fit_with_findings",
        "Attempts to hide a person behind others of their name.",
    )
    _on(
        world, 26, _finding, RANKER, "critical", "Two spellings of one name, and the person is not ranked at all.", "Lin Zhao", -11,
        hour=12,
    )  # fmt: skip
    _on(world, 2, _incident, RANKER, MONA, 2, "serious", "An account was opened for a listed person",
        "Ranked forty-first of forty-four. The account was opened on Friday and found on review.", hour=9)  # fmt: skip
    _on(
        world,
        1,
        _move,
        RANKER,
        MONA,
        incidents.contain,
        "The account is frozen; every match since May is read by two people.",
    )


# The card fraud scorer: what its dossier tells of its security is on record as tests


def _fraud(world: World) -> None:
    _on(
        world,
        231,
        _look,
        FRAUD,
        "threat_assessment",
        240,
        231,
        "fit",
        "Probing by small payments; inversion of the score through declines.",
    )
    _on(
        world,
        222,
        _look,
        FRAUD,
        "red_team",
        236,
        222,
        "fit_with_findings",
        "Two weeks by the red team of the group.",
    )
    _on(world, 220, _depends, FRAUD, "Merchant embedding")
    for severity, text in (
        ("medium", "Declines answered within a millisecond of each other tell which rule fired."),
        ("low", "The test endpoint names its version."),
    ):
        _on(world, 222, _finding, FRAUD, severity, text, "Lin Zhao", 190, hour=12)
    for days, evidence in (
        (204, "Answers are padded to forty milliseconds."),
        (203, "The endpoint names nothing any more."),
    ):
        _on(world, days, _close, FRAUD, evidence)
    _on(
        world,
        215,
        _look,
        FRAUD,
        "leakage_test",
        218,
        215,
        "fit",
        "Membership inference over two months of payments.",
    )


def _depends(world: World, name: str, upstream: str, at: datetime) -> None:
    edit_model(pk=_model(name).pk, depends_on=[_model(upstream)], by=world.who(MANAGER), at=at)


# A round of attestation over tier 1


def _attested(world: World) -> None:
    _on(world, 12, _round)
    _on(world, 9, _answers, hour=14)


def _round(world: World, at: datetime) -> None:
    due_on: date = world.script.back(-18)
    duties.open_round(question=QUESTION, due_on=due_on, tiers=(1,), by=world.who(MANAGER), at=at)


def _answers(world: World, at: datetime) -> None:
    """Two owners have answered: one for all of theirs, one not for their score."""
    asked = AttestationRound.objects.latest("pk")
    owners = {world.people[name].pk: name for name in (RHYS, "Jan Kowal")}
    rows = (
        Attestation.objects.filter(round=asked, model__owner__in=owners)
        .select_related("model")
        .order_by("pk")
    )
    for row in rows:
        name = owners[row.model.owner_id or 0]
        attests = row.model.name != SCORE
        duties.answer_attestation(
            pk=row.pk, attests=attests, note="" if attests else REFUSES, by=world.who(name), at=at
        )


# A model nobody needs any more


def _ending(world: World) -> None:
    _on(world, 9, _begin, MAILING)
    _on(
        world,
        7,
        _step,
        MAILING,
        "consumers_told",
        "Marketing was told on Monday; the spring mailing is chosen by hand.",
    )
    _on(world, 3, _step, MAILING, "access_revoked", "Two service accounts closed, the endpoint answers 410.")


def _begin(world: World, name: str, at: datetime) -> None:
    because = "Nobody has used it for two springs, and no initiative asks for it."
    duties.begin_retirement(model_id=_model(name).pk, because=because, by=world.who(RHYS), at=at)


def _step(world: World, name: str, code: str, evidence: str, at: datetime) -> None:
    duties.do_step(
        pk=_last(Retirement, name), code=code, done_on=world.script.day(at), evidence=evidence, by=world.who(RHYS), at=at
    )  # fmt: skip
