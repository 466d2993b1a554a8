"""Where versions run: reported by pipelines, kept alive by heartbeats, ended."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from assurance.models import Deployment, ModelVersion
from assurance.queries.gate import answer_of, gate_policy_on
from assurance.services.unapproved import flag, running_unapproved
from assurance.services.versions import NUMBER, person_of, read_commit, read_reference
from core import audit, clock
from core.access import Actor, require
from core.errors import Item, Problem, conflict, field_error, not_found
from core.locks import hold
from core.roles import Action
from core.text import clean
from domain.deployment_gate import GateAnswer
from governance.models import AiModel
from governance.queries.facts import with_people
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model
from governance.services.model_facts import PushedFacts, push_down

ENVIRONMENT, SOURCE, EVENT, BECAUSE = 40, 80, 200, 300
AHEAD: Final = timedelta(minutes=5)
"""So far a pipeline's clock may be ahead of ours."""
_ENVIRONMENT: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a pipeline says of a deployment. `source` and `event` name it, so that it is heard once.

    `deployed_at` None: now. `observed`: it runs already, whatever the gate says. `beside`: the others of this environment go
    on running.
    """

    version: str
    environment: str
    deployed_at: datetime | None = None
    commit: str = ""
    image: str = ""
    image_digest: str = ""
    previous: str = ""
    source: str = ""
    event: str = ""
    observed: bool = False
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """The row, and whether this call wrote it."""

    deployment: Deployment
    created: bool


def report_deployment(*, model_id: int, said: Reported, by: Actor, at: datetime) -> Heard:
    """Record that a version was deployed. The same event again gives the first row back.

    What the gate refuses is refused, unless it is observed: then it is kept and flagged as running without approval.

    Raises Problem 400 by field, 403, 404, 409 `deployment_refused` with every reason, `event_used`, `model_retired`.
    """
    row = _read(said, by, at)
    with transaction.atomic():
        hold(LOCK)
        model = _model(model_id, by, observed=said.observed)
        row.model = model
        earlier = _earlier(row)
        if earlier is not None:
            return _same_again(earlier, row, said)
        row.version = ModelVersion.objects.filter(model=model, number=row.version_number).first()
        row.previous = _previous(model, said.previous, row)
        answer = answer_of(model, row.version, row.version_number, row.environment, clock.day_of(at))
        if not answer.allowed:
            if not said.observed:
                raise refused(answer)
            row.objections = [{"code": one.reason.value, "sentence": one.sentence} for one in answer.reasons]
            row.asked_at = at
        if not said.beside:
            _replace(row, by, at)
        row.save(force_insert=True)
        _record(row, "deployment.reported", by, at, {"objections": [one["code"] for one in row.objections]})
        _tell(row, by, at)
        _follow(row.model_id, by, at)
    return Heard(row, created=True)


def beat(*, pk: int, by: Actor, at: datetime) -> Deployment:
    """Hear that a deployment is alive. Raises Problem 404, 403, 409 `ended`."""
    with transaction.atomic():
        hold(LOCK)
        row = _open(pk, by)
        if row.last_heartbeat_at is None or row.last_heartbeat_at < at:
            row.last_heartbeat_at, row.updated_at = at, at
            row.save(update_fields=["last_heartbeat_at", "updated_at"])
        _tell_beat(row, by, at)
    return row


def end_deployment(
    *, pk: int, because: str, by: Actor, at: datetime, ended_at: datetime | None = None
) -> Deployment:
    """Record that it runs no more. Raises Problem 400, 404, 403, 409 `ended`."""
    because = clean("because", because, limit=BECAUSE, required="Say why it was ended.")
    moment = ended_at or at
    if moment > at + AHEAD:
        raise field_error("ended_at", "This moment has not come yet.", code="in_the_future")
    with transaction.atomic():
        hold(LOCK)
        row = _open(pk, by)
        if moment < row.deployed_at:
            raise field_error("ended_at", "It ends after it began.", code="too_early")
        _end(row, because, moment, by, at)
        _follow(row.model_id, by, at)
    return row


def refused(answer: GateAnswer) -> Problem:
    """409 with every reason."""
    items = [Item("/version", one.reason.value, one.sentence) for one in answer.reasons]
    return conflict("deployment_refused", " ".join(one.sentence for one in answer.reasons), *items)


def environment_of(text: str) -> str:
    """An environment's name: lower case, digits, hyphens. Raises Problem 400."""
    name = clean("environment", text, limit=ENVIRONMENT, required="Say which environment.").lower()
    if not _ENVIRONMENT.fullmatch(name):
        raise field_error(
            "environment", "Name it in letters, digits and hyphens, as production or staging-eu."
        )
    return name


def _read(said: Reported, by: Actor, at: datetime) -> Deployment:
    image, digest = read_reference(said.image, said.image_digest)
    deployed_at = said.deployed_at or at
    if deployed_at > at + AHEAD:
        raise field_error("deployed_at", "This moment has not come yet.", code="in_the_future")
    return Deployment(
        version_number=clean("version", said.version, limit=NUMBER, required="Say which version."),
        environment=environment_of(said.environment), commit=read_commit(said.commit), image=image, image_digest=digest,
        deployed_at=deployed_at, observed=said.observed, source=clean("source", said.source, limit=SOURCE),
        source_event=clean("source_event", said.event, limit=EVENT), recorded_by=person_of(by), recorded_at=at, updated_at=at,
    )  # fmt: skip


def _model(model_id: int, by: Actor, *, observed: bool) -> AiModel:
    """The model; a retired one only for what is observed to run all the same."""
    if not observed:
        return held_model(model_id, by=by, right=Action.REPORT_MODEL, expected_version=None)
    row = AiModel.objects.select_related("unit", "owner").filter(pk=model_id).first()
    if row is None:
        raise not_found()
    require(by, Action.REPORT_MODEL, row)
    return row


def _earlier(row: Deployment) -> Deployment | None:
    if not row.source_event:
        return None
    return Deployment.objects.filter(source=row.source, source_event=row.source_event).first()


_SAME: Final = ("model_id", "version_number", "environment", "commit", "image", "image_digest", "observed")


def _same_again(first: Deployment, row: Deployment, said: Reported) -> Heard:
    """A moment nobody sent is that of the call, so it says nothing of whether the event is the same."""
    same = _SAME if said.deployed_at is None else (*_SAME, "deployed_at")
    if any(getattr(first, name) != getattr(row, name) for name in same):
        raise conflict("event_used", "This source event was reported before, with another deployment.")
    return Heard(first, created=False)


def _previous(model: AiModel, number: str, row: Deployment) -> ModelVersion | None:
    """The version to go back to: the one named, else the one that ran there before."""
    if number:
        found = ModelVersion.objects.filter(model=model, number=number.strip()).first()
        if found is None:
            raise field_error("previous", f"This model has no version {number[:40]}.", code="does_not_exist")
        return found
    before = Deployment.objects.filter(model=model, environment=row.environment, ended_at=None)
    ran = before.exclude(version=None).exclude(version_number=row.version_number).select_related("version")
    last = ran.order_by("-deployed_at", "-pk").first()
    return last.version if last else None


def _replace(row: Deployment, by: Actor, at: datetime) -> None:
    """The others of this model in this environment end with it."""
    before = Deployment.objects.filter(model=row.model, environment=row.environment, ended_at=None)
    for old in before.filter(deployed_at__lte=row.deployed_at).select_related("model__unit"):
        _end(old, f"Replaced by version {row.version_number}.", row.deployed_at, by, at)


def _open(pk: int, by: Actor) -> Deployment:
    row = Deployment.objects.select_related("model__unit").filter(pk=pk).first()
    if row is None:
        raise not_found()
    require(by, Action.REPORT_MODEL, row.model)
    if row.ended_at is not None:
        raise conflict("ended", f"This deployment ended on {clock.day_of(row.ended_at)}. Report the new one.")
    return row


def _end(row: Deployment, because: str, moment: datetime, by: Actor, at: datetime) -> None:
    row.ended_at, row.ended_because, row.updated_at = moment, because, at
    row.save(update_fields=["ended_at", "ended_because", "updated_at"])
    _record(row, "deployment.ended", by, at, {}, because)


def _follow(model_id: int, by: Actor, at: datetime) -> None:
    """The flag of what runs without approval, as it stands after this."""
    model = with_people(AiModel.objects.filter(pk=model_id)).get()
    flag(model=model, rows=running_unapproved(model_id), by=by, at=at)


def _serves(row: Deployment, at: datetime) -> bool:
    return gate_policy_on(clock.day_of(at)).is_production(row.environment)


def _tell(row: Deployment, by: Actor, at: datetime) -> None:
    """A deployment into production shows life; the first says since when the model serves. One elsewhere says neither."""
    if not _serves(row, at):
        return
    model, day = row.model, min(clock.day_of(row.deployed_at), clock.day_of(at))
    facts: PushedFacts = {}
    if model.last_heartbeat_on is None or model.last_heartbeat_on < day:
        facts["last_heartbeat_on"] = day
    if model.in_production_since is None:
        facts["in_production_since"] = day
    if facts:
        push_down(model_id=model.pk, by=by, at=at, **facts)


def _tell_beat(row: Deployment, by: Actor, at: datetime) -> None:
    day = clock.day_of(at)
    if not _serves(row, at):
        return
    if row.model.last_heartbeat_on is None or row.model.last_heartbeat_on < day:
        push_down(model_id=row.model_id, by=by, at=at, last_heartbeat_on=day)


def _record(row: Deployment, action: str, by: Actor, at: datetime, more: dict[str, Any], reason: str = "") -> None:  # fmt: skip
    told = {"model": row.model.ref, "version": row.version_number, "environment": row.environment, "image_digest": row.image_digest}  # fmt: skip
    audit.record(
        by=by,
        at=at,
        action=action,
        obj=row,
        unit_path=row.model.unit.path,
        after={**told, **more},
        reason=reason,
    )
