"""What is stored about a model, as the facts the staleness rules ask for.

A model serves while it is in production. Its owner is an active person: an account that was closed counts as
deactivated, a mailbox (a service account) as nobody. It serves a business goal when it is linked to an initiative or a KPI.
A round of attestation is open while its due date stands; attesting takes the date away or sets the next one.
"""

from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from core import clock
from domain.ethics import EthicsAnswer, EthicsFacts, judge_ethics
from domain.stage_words import APPROVALS, Outcome
from domain.staleness import CauseCode, ModelFacts, Owner, Policy
from governance.models import AiModel, Decision
from portfolio.models import GateStanding

_DIRECT, _BY_KPI = "initiative__models", "initiative__kpis__models"
_GIVEN = [one.value for one in APPROVALS]
# What may follow an approval and ends it, or takes its place.
_LAST = [*_GIVEN, Outcome.STOP.value, Outcome.RECYCLE.value]
_OWNER_CAUSES = {
    Owner.MISSING: CauseCode.OWNER_MISSING.value,
    Owner.DEACTIVATED: CauseCode.OWNER_DEACTIVATED.value,
}


def with_people(rows: QuerySet[AiModel]) -> QuerySet[AiModel]:
    """Models with the rows beside them that every judgement reads, in two statements."""
    through: Any = AiModel.kpis.through
    measured = Exists(through.objects.filter(aimodel_id=OuterRef("pk")))
    return (
        rows.select_related("owner", "unit")
        .prefetch_related("initiatives")
        .annotate(
            serves_kpi=measured, lapsed_on=_lapsed(_DIRECT), lapsed_by_kpi_on=_lapsed(_BY_KPI), lapses_on=_lapses(_DIRECT),
            lapses_by_kpi_on=_lapses(_BY_KPI), owner_serving=_owner_serving(),
            upstream_retired=Exists(_upstream()),
            upstream_retired_on=Subquery(
                _upstream().filter(to_aimodel__retired_on__isnull=False).order_by("to_aimodel__retired_on")
                .values("to_aimodel__retired_on")[:1]
            ),
        )
    )  # fmt: skip


def _lapsed(way: str) -> Subquery:
    """Since when an approval does not hold, of the initiatives that lead to the model this way."""
    held = GateStanding.objects.filter(suspended_on__isnull=False, **{way: OuterRef("pk")})
    return Subquery(held.order_by("suspended_on").values("suspended_on")[:1])


def _lapses(way: str) -> Subquery:
    """The first day on which an approval in force lapses, of the initiatives that lead to the model this way."""
    later = Decision.objects.filter(
        initiative=OuterRef("initiative"), carried=True, outcome__in=_LAST, pk__gt=OuterRef("pk")
    )
    given = Decision.objects.filter(
        ~Exists(later), carried=True, outcome__in=_GIVEN, lapses_on__isnull=False, **{way: OuterRef("pk")}
    )
    return Subquery(given.order_by("lapses_on").values("lapses_on")[:1])


def _upstream() -> QuerySet[Any]:
    """What leads from a model to the retired ones it depends on."""
    through: Any = AiModel.depends_on.through
    links: QuerySet[Any] = through.objects.filter(
        from_aimodel=OuterRef("pk"), to_aimodel__stage=AiModel.Stage.RETIRED
    )
    return links


def _owner_serving() -> Subquery:
    """How many models that serve the owner of this one owns."""
    rows = AiModel.objects.filter(owner=OuterRef("owner"), stage=AiModel.Stage.PRODUCTION).order_by()
    return Subquery(rows.values("owner").annotate(number=Count("pk")).values("number"))


def approval_lapsed_on(model: AiModel) -> date | None:
    """Since when an approval under which the model serves does not hold. Without a statement for a model from `with_people`."""
    return _first(model, "lapsed_on", "lapsed_by_kpi_on")


def approval_lapses_on(model: AiModel) -> date | None:
    """The last day of the first approval that lapses, of those under which the model serves. As `approval_lapsed_on`."""
    return _first(model, "lapses_on", "lapses_by_kpi_on")


def _first(model: AiModel, *names: str) -> date | None:
    known = _known(model)
    return min((day for name in names if (day := known[name]) is not None), default=None)


def _known(model: AiModel) -> dict[str, Any]:
    """The model with what `with_people` adds."""
    if "owner_serving" in model.__dict__:
        return model.__dict__
    return with_people(AiModel.objects.filter(pk=model.pk)).get().__dict__


def ethics_of(model: AiModel, policy: Policy, on: date) -> EthicsAnswer:
    """How the ethics review of a model stands on a day, by the cadences given. No statement."""
    facts = EthicsFacts(model.risk_tier, model.ethics_passed_on, model.ethics_due_on, model.ethics_refused_on)
    return judge_ethics(facts, policy.ethics_months, on)


def serves_goal(model: AiModel) -> bool:
    """Whether an initiative or a KPI is linked. Without a statement for a model from `with_people`."""
    known = model.__dict__.get("serves_kpi")
    return bool(model.initiatives.all()) or (model.kpis.exists() if known is None else bool(known))


def facts_of(model: AiModel, as_of: date) -> ModelFacts:
    """The facts of one model (from `with_people`) on `as_of`, for `domain.staleness.judge_model`."""
    owner, known = owner_of(model), _known(model)
    return ModelFacts(
        tier=model.risk_tier,
        retired=model.stage == AiModel.Stage.RETIRED,
        serving=model.stage == AiModel.Stage.PRODUCTION,
        serving_since=model.in_production_since,
        known_since=clock.day_of(model.created_at),
        serves_goal=serves_goal(model),
        next_review_on=model.next_review_on,
        last_review_on=model.last_review_on,
        last_validation_on=model.last_validated_on,
        validation_needed_since=model.validation_needed_since,
        monitoring_cadence_days=model.monitoring_cadence_days,
        last_monitoring_on=model.last_monitored_on,
        last_heartbeat_on=model.last_heartbeat_on,
        owner=owner,
        owner_since=_owner_since(model, owner, as_of),
        owner_last_sign_in_on=model.owner.last_active_on if model.owner else None,
        superseded_on=model.superseded_on,
        last_fallback_test_on=model.fallback_tested_on,
        attestation_due_on=model.attestation_due_on,
        approval_lapsed_on=approval_lapsed_on(model),
        approval_lapses_on=approval_lapses_on(model),
        newer_version_since=model.newer_version_since,
        ethics_passed_on=model.ethics_passed_on,
        ethics_due_on=model.ethics_due_on,
        ethics_refused_on=model.ethics_refused_on,
        data_until=model.data_until,
        owner_serving=known["owner_serving"],
        upstream_retired=known["upstream_retired"],
        upstream_retired_on=known["upstream_retired_on"],
        owner_loaded_since=_as_first_judged(model, CauseCode.OWNER_OVERLOADED.value, as_of),
        dossier_sections={
            code.replace("_", " "): date.fromisoformat(day) for code, day in model.dossier_sections.items()
        },
    )


def owner_of(model: AiModel) -> Owner:
    """Whether somebody answers for the model."""
    if model.owner is None or model.owner.is_service:
        return Owner.MISSING
    return Owner.ACTIVE if model.owner.is_active else Owner.DEACTIVATED


def _owner_since(model: AiModel, owner: Owner, as_of: date) -> date | None:
    """Since when nobody answers: as first judged. A model that never had an owner does not know since when."""
    code = _OWNER_CAUSES.get(owner)
    if code is None:
        return None
    never = owner is Owner.MISSING and model.judged_on is None
    return _as_first_judged(model, code, None if never else as_of)


def _as_first_judged(model: AiModel, code: str, otherwise: date | None) -> date | None:
    """Since when the stored answer knows this cause."""
    for cause in model.causes:
        if cause["code"] == code:
            return None if cause["since"] is None else date.fromisoformat(cause["since"])
    return otherwise
