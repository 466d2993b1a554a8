"""AI systems and models under governance: what runs, who answers for it, whether anyone still looks."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.access import Actor, Paths, scope
from core.models import BusinessUnit
from core.models.record import Record
from core.roles import Action
from domain.autonomy import WORDS
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.models.initiatives import TIERS

DOSSIER = {
    "purpose_and_users": "Purpose and users",
    "data_and_lineage": "Data and lineage",
    "method_and_training": "Method and training",
    "performance": "Performance",
    "bias_and_segments": "Bias and segments",
    "explainability": "Explainability",
    "limits": "Limits",
    "security": "Security",
    "oversight": "Oversight, fallback, appeal",
    "monitoring_playbook": "Monitoring playbook",
    "change_log": "Change log",
}


class AiModelQuerySet(models.QuerySet["AiModel"]):
    def visible_to(self, actor: Actor) -> "AiModelQuerySet":
        return self.filter(scope(actor, Action.VIEW, AiModel))


class AiModel(Record):
    """One AI system or model. `status` ... `valid_until` are written by governance.services only."""

    class Technique(models.TextChoices):
        CLASSICAL = "classical_ml", "Classical machine learning"
        GENERATIVE = "generative", "Generative"
        NLP = "nlp", "Natural language processing"
        VISION = "computer_vision", "Computer vision"
        REINFORCEMENT = "reinforcement", "Reinforcement learning"
        AGENTIC = "agentic", "Agentic"
        OTHER = "other", "Other"

    class Stage(models.TextChoices):
        DEVELOPMENT = "development", "In development"
        PILOT = "pilot", "In pilot"
        PRODUCTION = "production", "In production"
        RETIRED = "retired", "Retired"

    name = models.CharField(max_length=300)
    purpose = models.TextField(blank=True)
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="models")
    initiatives = models.ManyToManyField(Initiative, blank=True, related_name="models")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_models"
    )
    # A team or a vendor in words; the people who develop it are named as people.
    developer = models.CharField(max_length=200, blank=True)
    developers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="developed_models")
    validator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    vendor = models.CharField(max_length=200, blank=True)
    technique = models.CharField(max_length=16, choices=Technique.choices, blank=True)
    # What it does without a person, 1 to 4 (domain.autonomy).
    autonomy = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=[(one.value, words) for one, words in WORDS.items()]
    )
    risk_tier = models.PositiveSmallIntegerField(null=True, blank=True, choices=TIERS)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.DEVELOPMENT)
    in_production_since = models.DateField(null=True, blank=True)
    retired_on = models.DateField(null=True, blank=True)
    retired_because = models.CharField(max_length=300, blank=True)
    next_review_on = models.DateField(null=True, blank=True)
    last_review_on = models.DateField(null=True, blank=True)
    last_validated_on = models.DateField(null=True, blank=True)
    monitoring_cadence_days = models.PositiveSmallIntegerField(null=True, blank=True)
    last_monitored_on = models.DateField(null=True, blank=True)
    last_heartbeat_on = models.DateField(null=True, blank=True)
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="supersedes"
    )
    superseded_on = models.DateField(null=True, blank=True)
    fallback_plan = models.TextField(blank=True)
    fallback_tested_on = models.DateField(null=True, blank=True)
    # Section code -> the day of its latest version, as YYYY-MM-DD. The sections are named in DOSSIER.
    dossier_sections = models.JSONField(default=dict, blank=True)
    attestation_due_on = models.DateField(null=True, blank=True)
    attested_on = models.DateField(null=True, blank=True)
    decommission_criteria = models.TextField(blank=True)
    # Users and affected people, in words.
    affected = models.TextField(blank=True)
    # A team's mailbox is a contact, never an owner.
    contact = models.EmailField(blank=True)
    # The models whose output it works on.
    depends_on = models.ManyToManyField("self", blank=True, symmetrical=False, related_name="feeds")
    kpis = models.ManyToManyField(Kpi, blank=True, related_name="models")
    # Pushed down by assurance: the version that serves, and findings of severity critical that are open (null: nobody
    # has looked).
    champion = models.CharField(max_length=80, blank=True)
    open_critical = models.PositiveSmallIntegerField(null=True, blank=True)
    # Since when its registry has had a version newer than the champion, without a role.
    newer_version_since = models.DateField(null=True, blank=True)
    # Parts of the dossier its tier requires: how many are written, of how many. Null: nothing was written here.
    dossier_done = models.PositiveSmallIntegerField(null=True, blank=True)
    dossier_whole = models.PositiveSmallIntegerField(null=True, blank=True)
    # Pushed down too: since when a material change waits for its validation; step of the retirement -> its day.
    validation_needed_since = models.DateField(null=True, blank=True)
    retirement_steps = models.JSONField(default=dict, blank=True)
    # The last ethics review that passed, the day set for the next, and the day of the last one where it did not pass.
    ethics_passed_on = models.DateField(null=True, blank=True)
    ethics_due_on = models.DateField(null=True, blank=True)
    ethics_refused_on = models.DateField(null=True, blank=True)
    # The last day on which all the data it rests on may be used: the earliest end of its sources.
    data_until = models.DateField(null=True, blank=True)
    # Rule set -> class of the classification that counts.
    classes = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    # The stored answer
    status = models.CharField(max_length=8, blank=True)  # current, stale, retired
    # The stale first, the gravest of them on top, so that the list reads an index (governance.queries.inventory.rank_of).
    status_rank = models.PositiveSmallIntegerField(default=3)
    severity = models.PositiveSmallIntegerField(null=True)  # of the gravest cause
    orphan = models.BooleanField(default=False)
    stale_since = models.DateField(null=True)
    causes = models.JSONField(default=list)
    cause_codes = models.JSONField(default=dict)  # cause -> severity, for filters
    unknown = models.JSONField(default=list)
    policy_number = models.PositiveIntegerField(default=0)
    judged_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    due = models.BooleanField(default=True)
    # Set while the owner counts as absent: their last sign-in as judged. A later one makes the answer due.
    absent_owner_on = models.DateField(null=True)

    objects = AiModelQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = Paths(
        unit="unit__path",
        people=("owner", "initiatives__lead", "initiatives__sponsor", "initiatives__members__user"),
        runs=("owner",),
    )

    class Meta:
        verbose_name = "AI model"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="model_external_id_once_per_source",
            ),
            models.CheckConstraint(
                condition=Q(risk_tier=None) | Q(risk_tier__in=[1, 2, 3]), name="model_tier_1_to_3"
            ),
            models.CheckConstraint(
                condition=~Q(superseded_by=F("id")), name="model_not_superseded_by_itself"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="model_has_a_name"),
        ]
        indexes = [
            # Read by the calendar, reminders and lists: reviews and attestations by their day.
            models.Index(
                fields=["next_review_on", "id"],
                name="model_review_due",
                condition=Q(next_review_on__isnull=False),
            ),
            models.Index(
                fields=["attestation_due_on", "id"],
                name="model_attestation_due",
                condition=Q(attestation_due_on__isnull=False),
            ),
            # Read by the sweep.
            models.Index(
                fields=["valid_until"], name="model_expiring", condition=Q(valid_until__isnull=False)
            ),
            models.Index(fields=["id"], name="model_due", condition=Q(due=True)),
            # Read by the sweep: absent owners, to hear the first one who signs in again.
            models.Index(
                fields=["id"],
                name="model_absent_owner",
                condition=Q(due=False, absent_owner_on__isnull=False),
            ),
            # Read by the inventory filtered by status, and the dashboard.
            models.Index(fields=["status", "stage", "-id"], name="model_by_status"),
            # Read by the inventory: the stale first, the gravest and oldest of them on top; then what becomes stale soonest.
            models.Index(
                fields=["status_rank", "stale_since", "valid_until", "id"], name="model_gravest_first"
            ),
            # Read when an owner is deactivated, and by a model owner's page.
            models.Index(fields=["owner", "-id"], name="model_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"

    @property
    def ref(self) -> str:
        return f"M-{self.pk:04d}"


class ModelReview(Record):
    """A review held: what was found, and when the next is due. The reviewer is not the owner."""

    class Outcome(models.TextChoices):
        FIT = "fit", "Fit for use"
        CONDITIONS = "fit_with_conditions", "Fit with conditions"
        UNFIT = "unfit", "Not fit for use"

    model = models.ForeignKey(AiModel, on_delete=models.CASCADE, related_name="reviews")
    reviewed_on = models.DateField()
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    findings = models.TextField(blank=True)
    next_review_on = models.DateField()
    recorded_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = Paths(
        unit="model__unit__path",
        people=("model__owner", "model__initiatives__lead", "model__initiatives__sponsor"),
    )

    class Meta:
        ordering = ["-reviewed_on", "-id"]

    def __str__(self) -> str:
        return f"{self.model_id} reviewed {self.reviewed_on}"
