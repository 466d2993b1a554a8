"""The model inventory: registering, editing and retiring AI models. Each write judges its model at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, Unpack

from django.db import IntegrityError, transaction

from core import audit, clock, outbox
from core.access import Actor, allows, require, require_in_unit
from core.errors import conflict, field_error, from_rule, not_found, stale
from core.linked import with_unseen
from core.locks import hold
from core.roles import CREATES, TABLE, Action, Reach
from core.text import clean
from domain.errors import RuleError
from domain.model_record import FROM_RECORDS, Standing, latest_review, require_change
from governance.models import AiModel
from governance.queries.facts import ethics_of
from governance.queries.policy import policy_on
from governance.services.evaluate import LOCK
from governance.services.judge import hear_load, judge_one, subject_of
from governance.services.model_values import EDITED, TOLD, ModelEdits, ModelFacts, developers_of, write_facts
from governance.services.upstream import upstream_of
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.services.flags import sync_flags
from portfolio.services.locks import lock_initiatives

AUTONOMY_CHANGED = outbox.announces("model.autonomy_changed")
ELSEWHERE = {
    **FROM_RECORDS,
    "risk_tier": "A tier follows from how material and complex the model is: assess its risk under Life.",
}
"""What an edit does not change, and where it is changed."""
LINKS: Final = ("initiatives", "kpis", "depends_on", "developers")
"""What a model is linked to, each many times."""


def create_model(
    *, by: Actor, at: datetime, source: str = "", external_id: str = "", **facts: Unpack[ModelFacts]
) -> AiModel:  # fmt: skip
    """Register a model. Who may only create in a unit, and names no owner, becomes its owner.

    What its records will write may be taken over from the inventory it comes from, by somebody who does not own it. Raises
    Problem 400 by field, 403 outside the creator's units, 409 for a source's key used before.
    """
    unit = facts.get("unit")
    if unit is None:
        raise field_error("unit", "Say which business unit answers for it.", code="required")
    require_in_unit(by, Action.CREATE_MODEL, unit.path)
    row = AiModel(
        unit=unit, created_at=at, updated_at=at, source=clean("source", source, limit=80),
        external_id=clean("external_id", external_id, limit=400),
    )  # fmt: skip
    if "owner" not in facts and _only_creates(by, unit.path):
        facts["owner"] = by.user
    try:
        with transaction.atomic():
            linked = _linked(facts)
            hold(LOCK)
            write_facts(row, facts, clock.day_of(at))
            people = developers_of(row, facts)
            _require_not_their_own(row, facts, by)
            if not row.name:
                raise field_error("name", "Give it a name.", code="required")
            row.save(force_insert=True)
            row.initiatives.set(linked)
            row.kpis.set(_measured(facts, row, by))
            row.developers.set(people)
            row.depends_on.set(upstream_of(row, facts.get("depends_on", ()), by))
            if row.autonomy is not None:
                _tell_what_it_serves(row, at)
            audit.record(
                by=by, at=at, action="model.registered", obj=row, unit_path=unit.path, after=snapshot(row)
            )
            hear_load(owners=[row.owner_id], day=clock.day_of(at))
            return judge_one(model=row, by=by, at=at, as_of=clock.day_of(at))
    except IntegrityError as error:
        raise conflict(
            "taken", f"{row.source} has given the key {row.external_id} to another model."
        ) from error


def edit_model(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[ModelEdits]
) -> AiModel:  # fmt: skip
    """Change what is said of a model by hand. Nothing changed writes nothing.

    What records write is refused, and so is taking away or putting off what is asked of it (domain.model_record). Raises
    Problem 400 by field, 403, 404, 409 for a retired model, 412 for an old version.
    """
    _require_by_hand(facts)
    today = clock.day_of(at)
    with transaction.atomic():
        linked = _linked(facts)
        hold(LOCK)
        row = held_model(pk, by=by, right=Action.EDIT_MODEL, expected_version=expected_version)
        before, stood = snapshot(row), _standing(row)
        unit = facts.get("unit")
        if unit is not None and unit.pk != row.unit_id:
            require_in_unit(by, Action.CREATE_MODEL, unit.path)
        write_facts(row, facts, today)
        _require_change(row, stood, today)
        people = developers_of(row, facts)
        if "developers" in facts:
            row.developers.set(people)
        if "initiatives" in facts:
            row.initiatives.set(with_unseen(row, "initiatives", linked, by))
        if "kpis" in facts:
            row.kpis.set(with_unseen(row, "kpis", _measured(facts, row, by), by))
        if "depends_on" in facts:
            row.depends_on.set(with_unseen(row, "depends_on", upstream_of(row, facts["depends_on"], by), by))
        was, now = audit.difference(before, snapshot(row))
        if not now:
            return row
        row.updated_at, row.version = at, row.version + 1
        row.save(update_fields=[*EDITED, "updated_at", "version"])
        if "autonomy" in now or "initiatives" in now:
            _tell_what_it_serves(row, at)
        audit.record(
            by=by, at=at, action="model.edited", obj=row, unit_path=row.unit.path, before=was, after=now
        )
        if now.keys() & {"owner", "stage"}:
            hear_load(owners=[before["owner"], row.owner_id], day=today)
        return judge_one(model=row, by=by, at=at, as_of=today)


def _tell_what_it_serves(row: AiModel, at: datetime) -> None:
    """An approval of what it serves may name how much a model does without a person."""
    served = list(row.initiatives.order_by().values_list("pk", flat=True))
    if served:
        outbox.owe(kind=AUTONOMY_CHANGED, payload={"initiative_ids": served}, at=at)


def retire_model(
    *, pk: int, because: str, by: Actor, at: datetime, on: date | None = None, expected_version: int | None = None,
    orderly: bool = False,
) -> AiModel:  # fmt: skip
    """Take a model out of service, with the reason. It stays on record; its flags are cleared.

    `orderly`: its consumers were told, its data disposed of, access revoked, the rest archived (assurance.services.retirement).
    A model that was ever in production is retired only so. Raises Problem 400, 403, 404, 409 for one retired already and
    `retirement_needed`, 412.
    """
    today = clock.day_of(at)
    because = clean("because", because, limit=300, required="Say why it is retired.")
    day = on or today
    if day > today:
        raise field_error("retired_on", "Record it on the day it is retired.", code="in_the_future")
    with transaction.atomic():
        hold(LOCK)
        row = held_model(pk, by=by, right=Action.EDIT_MODEL, expected_version=expected_version)
        if not orderly and served(row):
            raise conflict(
                "retirement_needed",
                f"{row.ref} was in production. Begin its retirement: it is retired once consumers are told, data is disposed "
                "of, access revoked and the rest archived.",
            )  # fmt: skip
        if row.in_production_since is not None and day < row.in_production_since:
            raise field_error(
                "retired_on",
                f"It went into production on {row.in_production_since}, after that.",
                code="too_early",
            )
        before = audit.snapshot(row, ("stage", "retired_on"))
        row.stage, row.retired_on, row.retired_because = AiModel.Stage.RETIRED, day, because
        row.updated_at, row.version = at, row.version + 1
        row.save(update_fields=["stage", "retired_on", "retired_because", "updated_at", "version"])
        audit.record(
            by=by, at=at, action="model.retired", obj=row, unit_path=row.unit.path, reason=because, before=before,
            after=audit.snapshot(row, ("stage", "retired_on")),
        )  # fmt: skip
        hear_load(owners=[row.owner_id], day=today)
        AiModel.objects.filter(depends_on=row).update(due=True)
        judged = judge_one(model=row, by=by, at=at, as_of=today)
        sync_flags(subject=subject_of(judged), findings=(), by=by, at=at)  # whoever raised them
        return judged


def served(row: AiModel) -> bool:
    """Whether the model is or ever was in production."""
    return row.stage == AiModel.Stage.PRODUCTION or row.in_production_since is not None


def held_model(pk: int, *, by: Actor, right: Action, expected_version: int | None) -> AiModel:
    """A model in use, if the actor may do this to it. The caller holds the lock "models".

    Raises Problem 404 for what they may not know, 403, 409 `model_retired`, 412.
    """
    row = AiModel.objects.select_related("unit", "owner").filter(pk=pk).first()
    if row is None:
        raise not_found()
    require(by, right, row)
    if row.stage == AiModel.Stage.RETIRED:
        raise conflict(
            "model_retired", f"{row.ref} was retired on {row.retired_on}. Its record stays as it was."
        )
    if expected_version is not None and row.version != expected_version:
        raise stale()
    return row


def _require_by_hand(facts: Mapping[str, Any]) -> None:
    for name in facts:
        if name in ELSEWHERE:
            raise field_error(name, ELSEWHERE[name], code="from_records")


def _require_not_their_own(row: AiModel, facts: Mapping[str, Any], by: Actor) -> None:
    if by.user is None or row.owner_id != by.user.pk:
        return
    if row.stage == AiModel.Stage.PRODUCTION:
        raise field_error(
            "stage",
            "Nobody registers a model they own as serving: nobody would have asked what production asks. Register it as it was "
            "before, then put it into production; one that serves already is registered by somebody else.",
            code="four_eyes",
        )
    taken = [name for name in FROM_RECORDS if facts.get(name)]
    if taken:
        raise field_error(
            taken[0],
            f"Nobody vouches for a model they own. {FROM_RECORDS[taken[0]]}",
            code="four_eyes",
        )


def _standing(row: AiModel) -> Standing:
    return Standing(
        in_production=row.stage == AiModel.Stage.PRODUCTION, owner=row.owner_id is not None,
        tier=row.risk_tier is not None,
        decommission_criteria=bool(row.decommission_criteria), in_production_since=row.in_production_since,
        next_review_on=row.next_review_on, superseded_on=row.superseded_on,
        monitoring_cadence_days=row.monitoring_cadence_days, open_critical=row.open_critical,
    )  # fmt: skip


def _require_change(row: AiModel, stood: Standing, today: date) -> None:
    """Ask the rule of what a hand may change. A model that enters production does so today, unless a day is given."""
    if row.stage == AiModel.Stage.PRODUCTION and not stood.in_production and row.in_production_since is None:
        row.in_production_since = today
    policy, _ = policy_on(today)
    months = policy.review_months.get(row.risk_tier) if row.risk_tier else None
    latest = latest_review(
        tier_months=months, last_review_on=row.last_review_on, serving_since=row.in_production_since, today=today
    )  # fmt: skip
    try:
        standing = replace(_standing(row), lacks_ethics=ethics_of(row, policy, today).lacking)
        require_change(stood, standing, latest=latest)
    except RuleError as error:
        raise from_rule(error) from error


def _linked(facts: ModelEdits) -> list[Initiative]:
    """The initiatives to link, held: their tier is the highest of their own and their models'."""
    return list(lock_initiatives([row.pk for row in facts.get("initiatives", ())]).values())


def _measured(facts: ModelEdits, row: AiModel, by: Actor) -> list[Kpi]:
    """The KPIs to link: those linked already, and any other the actor may see that is not retired."""
    kpis = list(facts.get("kpis", ()))
    known = set(row.kpis.order_by().values_list("pk", flat=True))
    for one in kpis:
        if one.pk in known:
            continue
        if not allows(by, Action.VIEW, one):
            raise field_error("kpis", "There is no such KPI, or you may not see it.", code="does_not_exist")
        if one.state == Kpi.State.RETIRED:
            raise field_error("kpis", f"{one.ref} is retired. Choose a KPI that is measured.", code="retired")
    return kpis


def snapshot(row: AiModel) -> dict[str, Any]:
    """Everything told of a model, as plain values."""
    links = {name: sorted(getattr(row, name).order_by().values_list("pk", flat=True)) for name in LINKS}
    return {**audit.snapshot(row, TOLD), **links}


def _only_creates(by: Actor, unit_path: str) -> bool:
    """Whether the right to create comes from roles that reach only what is assigned."""
    there = [TABLE[g.role] for g in by.grants if unit_path.startswith(g.path)]
    held = [reach for actions, reach in there if Action.CREATE_MODEL in actions & CREATES]
    return bool(held) and all(reach is Reach.ASSIGNED for reach in held)
