"""Judging models: is anyone still looking as agreed? The answer is stored and each cause is flagged to its owner."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from core import audit
from core.access import Actor
from core.bulk import update_rows
from core.models import AuditEvent
from domain.staleness import Cause, CauseCode, Owner, Status, Verdict, judge_model
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from governance.queries.facts import facts_of, owner_of, with_people
from governance.queries.inventory import CAUSES, rank_of
from governance.queries.policy import policy_on
from governance.queries.replay import cause_json
from portfolio.services.flags import Finding, Found, Subject, sync_many


@dataclass(frozen=True, slots=True)
class Answer:
    """What is stored of a verdict, field by field as on the model."""

    status: str
    status_rank: int
    severity: int | None
    orphan: bool
    stale_since: date | None
    causes: list[dict[str, Any]]
    cause_codes: dict[str, int]
    unknown: list[str]
    policy_number: int
    valid_until: date | None
    absent_owner_on: date | None


# The flags this judge raises and clears. Other judges of a model keep their own.
RULES = frozenset(code.value for code in CauseCode) | {
    f"{CauseCode.DOSSIER_SECTION_OLD.value}:{code.replace('_', ' ')}"[:40] for code in DOSSIER
}
STORED = tuple(field.name for field in fields(Answer))


def judge_one(*, model: AiModel, by: Actor, at: datetime, as_of: date) -> AiModel:
    """Judge one model within the transaction that changed its facts."""
    row = with_people(AiModel.objects.filter(pk=model.pk)).get()
    judge_models(models=[row], as_of=as_of, by=by, at=at)
    return row


def judge_models(*, models: Sequence[AiModel], as_of: date, by: Actor, at: datetime) -> int:
    """Judge models (from `with_people`) as of a day and write what changed; returns how many answers did.

    The number of statements does not grow with the models. Judging twice writes nothing the second time. The caller
    holds the lock "models".
    """
    policy, number = policy_on(as_of)
    changed: list[AiModel] = []
    same: list[int] = []
    flags: list[Found] = []
    events: list[AuditEvent] = []
    for model in models:
        verdict = judge_model(facts_of(model, as_of), policy, as_of)
        flags.append((subject_of(model), [_finding(cause, as_of) for cause in verdict.causes]))
        answer = _answer(model, verdict, number, as_of)
        before = {name: getattr(model, name) for name in STORED}
        after = {name: getattr(answer, name) for name in STORED}
        if before != after:
            events += _events(model, before, after, by, at)
            changed.append(_store(model, answer, as_of))
        elif model.due or model.judged_on != as_of:
            same.append(model.pk)
    update_rows(
        AiModel,
        [*STORED, "judged_on", "due"],
        [(model.pk, *(getattr(model, name) for name in STORED), as_of, False) for model in changed],
    )
    if same:
        AiModel.objects.filter(pk__in=same).update(judged_on=as_of, due=False)
    sync_many(found=flags, by=by, at=at, rules=RULES)
    audit.record_many(events)
    return len(changed)


def hear_load(*, owners: Collection[int | None], day: date) -> None:
    """What these people own changed: models that serve, and whose answer tells or should tell of too many, are due.

    Three statements for each at most. The caller holds the lock "models".
    """
    most = policy_on(day)[0].owner_models
    for owner in sorted({one for one in owners if one is not None}):
        rows = AiModel.objects.filter(owner=owner, stage=AiModel.Stage.PRODUCTION)
        told = rows.filter(cause_codes__has_key=CauseCode.OWNER_OVERLOADED.value)
        (rows if rows.count() > most else told).update(due=True)


def _answer(model: AiModel, verdict: Verdict, number: int, as_of: date) -> Answer:
    causes = [cause_json(cause) for cause in verdict.causes]
    gravest = max((cause.severity for cause in verdict.causes), default=None)
    absent = any(cause.code is CauseCode.OWNER_ABSENT for cause in verdict.causes)
    return Answer(
        status=verdict.status.value,
        status_rank=rank_of(verdict.status.value, gravest),
        severity=gravest,
        orphan=verdict.orphan,
        stale_since=_stale_since(model, verdict, as_of),
        causes=causes,
        cause_codes={cause.code.value: cause.severity for cause in verdict.causes},
        unknown=list(verdict.unknown),
        policy_number=number,
        valid_until=verdict.valid_until,
        absent_owner_on=model.owner.last_active_on if absent and model.owner else None,
    )


def _stale_since(model: AiModel, verdict: Verdict, as_of: date) -> date | None:
    """The first day any of the causes was true; as first judged, where none of them knows its day."""
    if verdict.status is not Status.STALE:
        return None
    known = [cause.since for cause in verdict.causes if cause.since is not None]
    if known:
        return min(known)
    return model.stale_since if model.status == Status.STALE and model.stale_since else as_of


def _store(model: AiModel, answer: Answer, as_of: date) -> AiModel:
    for name in STORED:
        setattr(model, name, getattr(answer, name))
    model.judged_on, model.due = as_of, False
    return model


def subject_of(model: AiModel) -> Subject:
    """What a flag about the model (from `with_people`) is about."""
    initiatives = list(model.initiatives.all())
    return Subject(
        type="model", id=model.pk, label=model.name, unit=model.unit,
        initiative=initiatives[0] if len(initiatives) == 1 else None,
        owner=model.owner if owner_of(model) is Owner.ACTIVE else None,
    )  # fmt: skip


def _finding(cause: Cause, as_of: date) -> Finding:
    rule = cause.code.value if cause.subject is None else f"{cause.code.value}:{cause.subject}"
    return Finding(
        rule=rule[:40], severity=cause.severity, cause=CAUSES[cause.code.value], sentence=f"{cause.sentence}.",
        clears_when=f"{cause.clears_when}.", group="cause", since=cause.since or as_of,
        numbers={"last": cause.last.isoformat()} if cause.last else {},
    )  # fmt: skip


def _events(
    model: AiModel, before: dict[str, Any], after: dict[str, Any], by: Actor, at: datetime
) -> list[AuditEvent]:
    told = ("status", "orphan")
    was, now = audit.difference({n: before[n] for n in told}, {n: after[n] for n in told})
    codes = {c["code"] for c in before["causes"]}, {c["code"] for c in after["causes"]}
    if codes[0] != codes[1]:
        was, now = {**was, "causes": sorted(codes[0])}, {**now, "causes": sorted(codes[1])}
    if not now:
        return []
    return [
        audit.event(
            by=by, at=at, action="model.judged", obj=model, unit_path=model.unit.path, before=was, after=now
        )
    ]
