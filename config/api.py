"""The router of /api/v1: every resource, registered by its plural noun."""

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSetMixin

from assurance.api.alerts import AlertEndpoint, RuleEndpoint, TriggerEndpoint
from assurance.api.classifications import ClassificationEndpoint, ObligationEndpoint, RuleSetApi
from assurance.api.data_sources import CheckEndpoint, IntegrationEndpoint, ResultEndpoint, SourceEndpoint
from assurance.api.deployments import ClusterLookEndpoint, DeploymentEndpoint, DeploymentGateApi
from assurance.api.dossier import DossierSectionEndpoint, LimeEndpoint, ModelExportApi, ShapEndpoint
from assurance.api.ethics import EthicsReviewEndpoint
from assurance.api.life import (
    AssessmentEndpoint,
    ChangeEndpoint,
    ExceptionEndpoint,
    ModelFindingEndpoint,
    ValidationEndpoint,
)
from assurance.api.life_duties import (
    AttestationEndpoint,
    FallbackTestEndpoint,
    IncidentEndpoint,
    RetirementEndpoint,
    RoundEndpoint,
)
from assurance.api.monitoring import BaselineEndpoint, MonitorEndpoint, ObservationEndpoint
from assurance.api.outcomes import CorrectionEndpoint, DriftReportApi, PairEndpoint, ReviewCountEndpoint
from assurance.api.registries import RegistryEndpoint
from assurance.api.rollbacks import VersionRollbackEndpoint
from assurance.api.versions import (
    ModelVersionEndpoint,
    PromotionEndpoint,
    RollbackEndpoint,
    VersionMetricEndpoint,
)
from core.resources.own import EventEndpoint, JobEndpoint, TokenEndpoint
from core.resources.people import UserEndpoint
from core.resources.units import UnitEndpoint
from exchange.api.exports import ExportEndpoint
from exchange.api.imports import ImportEndpoint
from exchange.api.rows import ImportRowEndpoint
from funding.api.cases import CaseEndpoint, InForceApi
from funding.api.memos import MemoApi, MemoEndpoint
from funding.api.optimism import OptimismApi, ReferenceApi
from funding.api.portfolio import FrontierApi, GateValueApi, TriageApi
from funding.api.realisation import RealisationApi
from funding.api.tranches import FundingDecisionEndpoint, TrancheEndpoint
from governance.api.council import ItemEndpoint, SubmissionVotes
from governance.api.council_actions import MeetingActionEndpoint
from governance.api.council_meetings import DelegationEndpoint, MeetingEndpoint, SeatEndpoint
from governance.api.decisions import ConditionEndpoint, DecisionEndpoint
from governance.api.gates import EvidenceEndpoint, GateDraftApi, SubmissionEndpoint
from governance.api.inventory import ModelEndpoint, ReviewEndpoint, TraceabilityApi
from governance.api.lessons import LessonApi
from governance.api.post_mortems import PostMortemEndpoint
from kpis.api.agreements import DataNeedEndpoint, TemplateApi, WorkshopEndpoint
from kpis.api.drift import (
    DriftingEndpoint,
    ReferenceEndpoint,
    RelevanceReviewEndpoint,
    WorldChangeEndpoint,
)
from kpis.api.interventions import InterventionEndpoint
from kpis.api.measurements import MeasurementEndpoint, StatusChangeEndpoint
from kpis.api.overrides import OverrideEndpoint
from kpis.api.practice import ComparisonEndpoint
from kpis.api.remediations import RemediationEndpoint
from kpis.api.restatements import RestatementEndpoint
from kpis.api.rollup import RollupApi
from kpis.api.versions import SignOffEndpoint, VersionEndpoint
from kpis.api.warnings import ValueEndpoint, WarningApi
from pilots.api.fast_lane import FirstUsersApi
from pilots.api.pilots import PilotEndpoint, PilotFindingEndpoint
from pilots.api.plans import PilotPlanApi
from portfolio.api.initiatives import InitiativeEndpoint
from portfolio.api.money import BenefitEndpoint, CommitmentEndpoint, ExpenditureEndpoint
from portfolio.api.people import StakeholderEndpoint
from portfolio.api.records import FlagEndpoint, ObjectiveEndpoint, SpellEndpoint
from portfolio.api.working import WorkingGroupEndpoint, WorkingMeetingEndpoint
from portfolio.dashboard.api import PortfolioApi

router = SimpleRouter()
router.register("users", UserEndpoint, basename="users")
router.register("business-units", UnitEndpoint, basename="business-units")
router.register("tokens", TokenEndpoint, basename="tokens")
router.register("jobs", JobEndpoint, basename="jobs")
router.register("events", EventEndpoint, basename="events")
router.register("objectives", ObjectiveEndpoint, basename="objectives")
router.register("initiatives", InitiativeEndpoint, basename="initiatives")
router.register("stakeholders", StakeholderEndpoint, basename="stakeholders")
router.register("working-groups", WorkingGroupEndpoint, basename="working-groups")
router.register("working-meetings", WorkingMeetingEndpoint, basename="working-meetings")
router.register("stage-spells", SpellEndpoint, basename="stage-spells")
router.register("flags", FlagEndpoint, basename="flags")
router.register("tranches", TrancheEndpoint, basename="tranches")
router.register("funding-decisions", FundingDecisionEndpoint, basename="funding-decisions")
router.register("commitments", CommitmentEndpoint, basename="commitments")
router.register("expenditures", ExpenditureEndpoint, basename="expenditures")
router.register("benefits", BenefitEndpoint, basename="benefits")
router.register("kpis", DriftingEndpoint, basename="kpis")
router.register(r"kpis/(?P<kpi_id>[^/.]+)/overrides", OverrideEndpoint, basename="kpi-overrides")
router.register(r"kpis/(?P<kpi_id>[^/.]+)/restatements", RestatementEndpoint, basename="kpi-restatements")
router.register(
    r"kpis/(?P<kpi_id>[^/.]+)/relevance-reviews", RelevanceReviewEndpoint, basename="kpi-relevance-reviews"
)
router.register(
    r"kpis/(?P<kpi_id>[^/.]+)/drift-references", ReferenceEndpoint, basename="kpi-drift-references"
)
router.register("world-changes", WorldChangeEndpoint, basename="world-changes")
router.register(
    r"initiatives/(?P<initiative_id>[^/.]+)/kpi-rollup", RollupApi, basename="initiative-kpi-rollup"
)
router.register(r"initiatives/(?P<initiative_id>[^/.]+)/warnings", WarningApi, basename="initiative-warnings")
router.register(
    r"initiatives/(?P<initiative_id>[^/.]+)/realisation", RealisationApi, basename="initiative-realisation"
)
router.register("value-not-shown", ValueEndpoint, basename="value-not-shown")
router.register("kpi-versions", VersionEndpoint, basename="kpi-versions")
router.register("sign-offs", SignOffEndpoint, basename="sign-offs")
router.register("measurements", MeasurementEndpoint, basename="measurements")
router.register("status-changes", StatusChangeEndpoint, basename="status-changes")
router.register("data-needs", DataNeedEndpoint, basename="data-needs")
router.register("workshops", WorkshopEndpoint, basename="workshops")
router.register("kpi-templates", TemplateApi, basename="kpi-templates")
router.register("comparisons", ComparisonEndpoint, basename="comparisons")
router.register("interventions", InterventionEndpoint, basename="interventions")
router.register("remediations", RemediationEndpoint, basename="remediations")
router.register("portfolio", PortfolioApi, basename="portfolio")
router.register("business-cases", CaseEndpoint, basename="business-cases")
router.register(
    r"initiatives/(?P<initiative_id>[^/.]+)/business-case",
    InForceApi,
    basename="initiative-business-case",
)
router.register("portfolio/triage", TriageApi, basename="portfolio-triage")
router.register("portfolio/frontier", FrontierApi, basename="portfolio-frontier")
router.register("portfolio/first-users", FirstUsersApi, basename="portfolio-first-users")
router.register("portfolio/gate-value", GateValueApi, basename="portfolio-gate-value")
router.register("optimism", OptimismApi, basename="optimism")
router.register(
    r"initiatives/(?P<initiative_id>[^/.]+)/reference-haircut", ReferenceApi, basename="reference-haircut"
)
router.register("pilots", PilotEndpoint, basename="pilots")
router.register("pilot-findings", PilotFindingEndpoint, basename="pilot-findings")
router.register(r"initiatives/(?P<initiative>[^/.]+)/memo", MemoApi, basename="initiative-memo")
router.register("memos", MemoEndpoint, basename="memos")
router.register(r"initiatives/(?P<initiative>[^/.]+)/traceability", TraceabilityApi, basename="traceability")
router.register("models", ModelEndpoint, basename="models")
router.register("model-reviews", ReviewEndpoint, basename="model-reviews")
router.register("risk-assessments", AssessmentEndpoint, basename="risk-assessments")
router.register("ethics-reviews", EthicsReviewEndpoint, basename="ethics-reviews")
router.register("model-validations", ValidationEndpoint, basename="model-validations")
router.register("model-findings", ModelFindingEndpoint, basename="model-findings")
router.register("change-requests", ChangeEndpoint, basename="change-requests")
router.register("model-exceptions", ExceptionEndpoint, basename="model-exceptions")
router.register("incidents", IncidentEndpoint, basename="incidents")
router.register("attestation-rounds", RoundEndpoint, basename="attestation-rounds")
router.register("attestations", AttestationEndpoint, basename="attestations")
router.register("fallback-tests", FallbackTestEndpoint, basename="fallback-tests")
router.register("retirements", RetirementEndpoint, basename="retirements")
router.register("monitors", MonitorEndpoint, basename="monitors")
router.register(r"monitors/(?P<monitor_id>[^/.]+)/baselines", BaselineEndpoint, basename="monitor-baselines")
router.register(
    r"monitors/(?P<monitor_id>[^/.]+)/observations", ObservationEndpoint, basename="monitor-observations"
)
router.register(r"monitors/(?P<monitor_id>[^/.]+)/pairs", PairEndpoint, basename="monitor-pairs")
router.register("outcome-corrections", CorrectionEndpoint, basename="outcome-corrections")
router.register("review-counts", ReviewCountEndpoint, basename="review-counts")
router.register("data-sources", SourceEndpoint, basename="data-sources")
router.register("data-checks", CheckEndpoint, basename="data-checks")
router.register("data-check-results", ResultEndpoint, basename="data-check-results")
router.register("integrations", IntegrationEndpoint, basename="integrations")
router.register("monitor-alerts", AlertEndpoint, basename="monitor-alerts")
router.register("retraining-rules", RuleEndpoint, basename="retraining-rules")
router.register("retraining-triggers", TriggerEndpoint, basename="retraining-triggers")
router.register("dossier-sections", DossierSectionEndpoint, basename="dossier-sections")
router.register("shap-files", ShapEndpoint, basename="shap-files")
router.register("lime-explanations", LimeEndpoint, basename="lime-explanations")
router.register(r"models/(?P<model>[^/.]+)/exports", ModelExportApi, basename="model-exports")
router.register("classifications", ClassificationEndpoint, basename="classifications")
router.register("obligations", ObligationEndpoint, basename="obligations")
router.register("rule-sets", RuleSetApi, basename="rule-sets")
router.register(r"models/(?P<model_id>[^/.]+)/deployment-gate", DeploymentGateApi, basename="deployment-gate")
router.register("model-versions", ModelVersionEndpoint, basename="model-versions")
router.register("version-metrics", VersionMetricEndpoint, basename="version-metrics")
router.register("version-promotions", PromotionEndpoint, basename="version-promotions")
router.register("version-rollbacks", VersionRollbackEndpoint, basename="version-rollbacks")
router.register("deployments", DeploymentEndpoint, basename="deployments")
router.register("cluster-looks", ClusterLookEndpoint, basename="cluster-looks")
router.register("model-registries", RegistryEndpoint, basename="model-registries")
router.register("council-seats", SeatEndpoint, basename="council-seats")
router.register("delegations", DelegationEndpoint, basename="delegations")
router.register("meetings", MeetingEndpoint, basename="meetings")
router.register("meeting-actions", MeetingActionEndpoint, basename="meeting-actions")
router.register("agenda-items", ItemEndpoint, basename="agenda-items")
router.register("gate-submissions", SubmissionEndpoint, basename="gate-submissions")
router.register("gate-evidence", EvidenceEndpoint, basename="gate-evidence")
router.register("decisions", DecisionEndpoint, basename="decisions")
router.register("conditions", ConditionEndpoint, basename="conditions")
router.register("post-mortems", PostMortemEndpoint, basename="post-mortems")
router.register("imports", ImportEndpoint, basename="imports")
router.register(r"imports/(?P<import_id>[^/.]+)/rows", ImportRowEndpoint, basename="import-rows")
router.register("exports", ExportEndpoint, basename="exports")


def _branch(noun: str, view: type[ViewSetMixin], name: str) -> list[URLPattern | URLResolver]:
    """The addresses of one noun, below the noun: a request is compared with the nouns, then with its own few addresses."""
    own = SimpleRouter()
    if "(" in noun:  # its address has a number before the noun
        own.register(noun, view, basename=name)
        return list(own.urls)
    own.register("", view, basename=name)
    return [path(f"{noun}/", include(own.urls))]


# Of one thing there is one draft: it is read and put, and has no list.
_DRAFT = path(
    "initiatives/<str:initiative_id>/gate-draft/",
    GateDraftApi.as_view({"get": "retrieve", "put": "update"}),
    name="initiative-gate-draft",
)
_PLAN = path(
    "initiatives/<str:initiative_id>/pilot-plan/",
    PilotPlanApi.as_view({"get": "retrieve", "patch": "partial_update"}),
    name="initiative-pilot-plan",
)
# Going back is asked for here, and read among the roles that are asked for.
_ROLLBACK = path(
    "models/<str:model_id>/rollback/", RollbackEndpoint.as_view({"post": "create"}), name="model-rollback"
)
urlpatterns = [
    _DRAFT,
    _PLAN,
    _ROLLBACK,
    path(
        "initiatives/<str:initiative_id>/lessons/",
        LessonApi.as_view({"get": "retrieve"}),
        name="initiative-lessons",
    ),
    # A vote is cast here and read nowhere.
    path(
        "gate-submissions/<str:submission_id>/votes/",
        SubmissionVotes.as_view({"post": "create"}),
        name="gate-submission-votes",
    ),
    # Sent here, read at the monitors it went to.
    path("drift-reports/", DriftReportApi.as_view({"post": "create"}), name="drift-reports"),
    *(one for noun, view, name in router.registry for one in _branch(noun, view, name)),
]
