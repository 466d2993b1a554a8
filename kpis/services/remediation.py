"""Setting KPIs right after the fact, in four steps that are taken in order (domain.remediation).

What comes of it is labelled post-hoc for ever: the KPI names its remediation, and the database refuses to take that back.
"""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F

from core import audit, clock
from core.access import Actor, require
from core.errors import Item, Problem, conflict, field_error, from_rule, not_found
from core.roles import Action
from core.text import clean
from core.wording import day
from domain.errors import RuleError
from domain.remediation import Realignment, Step, Taken, take
from kpis.models import Kpi, Remediation, RemediationStep
from kpis.queries.discipline import DEVELOPED, milestones_of
from kpis.queries.remediation import as_taken, kpi_of, series_days
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

BECAUSE: Final = 500
FINDING: Final = 10_000
_PLACE: Final = {"/note": "finding", "/kpi": "kpi", "/outcome": "realignment"}
_STATE: Final = frozenset(
    {"step_out_of_order", "all_steps_taken", "step_before_the_last", "no_historical_series"}
)
"""Refusals about what is on record, not about what was sent."""


def open_remediation(*, initiative_id: int, because: str, by: Actor, at: datetime) -> Remediation:
    """Begin to set right that KPIs were not agreed in time. An initiative has one open.

    Raises Problem 404, 403, 400 without a reason, 409 `remediation_open`, `nothing_to_remedy` before development.
    """
    because = clean("because", because, limit=BECAUSE, required="Say what was not agreed in time.")
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.DEFINE_KPI, initiative)
        if initiative.stage not in {stage.value for stage in DEVELOPED}:
            said = f"It is in {initiative.get_stage_display().lower()}, so nothing is being built that has to be set right."
            raise conflict("nothing_to_remedy", said)
        if Remediation.objects.filter(initiative=initiative, closed_at=None).exists():
            raise conflict("remediation_open", "A remediation is open already. Take its next step.")
        row = Remediation.objects.create(
            initiative=initiative, because=because, opened_at=at, opened_by=by.user
        )
        audit.record(
            by=by, at=at, action="remediation.opened", obj=row, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, after={"because": because},
        )  # fmt: skip
    return row


def take_step(
    *, pk: int, step: str, finding: str, by: Actor, at: datetime, kpi: Kpi | None = None, realignment: str = ""
) -> RemediationStep:  # fmt: skip
    """Take the next step. `kpi` is named by post_hoc_kpi, `realignment` said by realignment, which closes it.

    Raises Problem 404, 403, 400 at the field that is wrong, 409 `step_out_of_order`, `all_steps_taken`,
    `no_historical_series` where validation has no history to run.
    """
    finding = clean("finding", finding, limit=FINDING)
    _require_said(step, kpi, realignment)
    with transaction.atomic():
        row, initiative = _held(pk)
        require(by, Action.DEFINE_KPI, row)
        steps = list(row.steps.order_by("pk"))
        counted = _series_days(steps, at) if step == Step.VALIDATION else None
        _require_step(
            steps,
            Taken(
                step=Step(step), on=clock.day_of(at), by=by.label, note=finding, kpi="" if kpi is None else kpi.ref,
                series_days=counted, outcome=Realignment(realignment) if realignment else None,
            ),
        )  # fmt: skip
        if kpi is not None:
            kpi = Kpi.objects.select_related("promised").get(pk=kpi.pk)  # as it stands under the lock
            _require_late(kpi, initiative)
        done = RemediationStep.objects.create(
            remediation=row, step=step, finding=finding, kpi=kpi, readings=counted, realignment=realignment,
            recorded_at=at, recorded_by=by.user,
        )  # fmt: skip
        _record(done, initiative, by=by, at=at)
        if kpi is not None:
            _label(kpi, row, initiative, by=by, at=at)
        if step == Step.REALIGNMENT:
            row.closed_at = at
            row.save(update_fields=["closed_at"])
            audit.record(
                by=by, at=at, action="remediation.closed", obj=row, initiative_id=initiative.pk,
                unit_path=initiative.unit.path, after={"realignment": realignment},
            )  # fmt: skip
    return done


def _record(done: RemediationStep, initiative: Initiative, *, by: Actor, at: datetime) -> None:
    said = {
        "step": done.get_step_display(), **audit.snapshot(done, ("finding", "kpi", "readings", "realignment"))
    }  # fmt: skip
    audit.record(
        by=by, at=at, action="remediation.step_taken", obj=done.remediation, initiative_id=initiative.pk,
        unit_path=initiative.unit.path, after={name: value for name, value in said.items() if value},
    )  # fmt: skip


def _require_said(step: str, kpi: Kpi | None, realignment: str) -> None:
    """A step there is, with what belongs to it and nothing else."""
    if step not in RemediationStep.Step.values:
        said = f"Choose one of: {', '.join(RemediationStep.Step.values)}."
        raise field_error("step", said, code="invalid_choice")
    if kpi is not None and step != Step.POST_HOC_KPI:
        raise field_error("kpi", "Only the step post_hoc_kpi names a KPI.", code="not_of_this_step")
    if realignment and realignment not in RemediationStep.Realignment.values:
        said = f"Choose one of: {', '.join(RemediationStep.Realignment.values)}."
        raise field_error("realignment", said, code="invalid_choice")
    if realignment and step != Step.REALIGNMENT:
        said = "Only the step realignment says what follows for the model."
        raise field_error("realignment", said, code="not_of_this_step")


def _require_step(steps: list[RemediationStep], new: Taken) -> None:
    """The rule's word on the step."""
    try:
        take([as_taken(one) for one in steps], new)
    except RuleError as refused:
        if refused.code in _STATE:
            raise conflict(refused.code, refused.message) from refused
        place = _PLACE.get(refused.pointer or "")
        if place is None:
            raise from_rule(refused) from refused
        raise Problem(
            400, refused.code, refused.message, (Item(f"/{place}", refused.code, refused.message),)
        ) from refused


def _require_late(kpi: Kpi, initiative: Initiative) -> None:
    """A KPI of the initiative that says something of the business, lives, and was not promised before it was built."""
    if kpi.initiative_id != initiative.pk:
        raise field_error("kpi", "It is not a KPI of this initiative.", code="does_not_exist")
    if kpi.kind == Kpi.Kind.MODEL_METRIC:
        said = f"{kpi.ref} is a model metric: it says nothing of the outcomes. Name a KPI."
        raise field_error("kpi", said, code="model_metric")
    if kpi.state == Kpi.State.RETIRED:
        raise field_error("kpi", f"{kpi.ref} is retired. Name one that is measured.", code="retired")
    began = milestones_of([initiative.pk])[initiative.pk].development_on
    sealed_at = kpi.promised.sealed_at if kpi.promised is not None else None
    if began is not None and sealed_at is not None and clock.day_of(sealed_at) < began:
        said = f"{kpi.ref} was sealed on {day(clock.day_of(sealed_at))}, before development began: it was set in time."
        raise field_error("kpi", said, code="set_in_time")


def _label(kpi: Kpi, row: Remediation, initiative: Initiative, *, by: Actor, at: datetime) -> None:
    """Label it post-hoc. One that an earlier remediation set keeps that one's name."""
    if Kpi.objects.filter(pk=kpi.pk, remediation=None).update(
        remediation=row, updated_at=at, version=F("version") + 1
    ):
        audit.record(
            by=by, at=at, action="kpi.labelled_post_hoc", obj=kpi, initiative_id=initiative.pk,
            unit_path=initiative.unit.path, after={"name": kpi.name, "remediation": row.pk},
        )  # fmt: skip


def _series_days(steps: list[RemediationStep], at: datetime) -> int:
    """The history there is to run against the KPI that was named."""
    pk = kpi_of(steps)
    kpi = Kpi.objects.select_related("current").filter(pk=pk).first() if pk is not None else None
    return 0 if kpi is None else series_days(kpi, as_of=clock.day_of(at))


def _held(pk: int) -> tuple[Remediation, Initiative]:
    initiative_id = Remediation.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    return Remediation.objects.get(pk=pk), initiative
