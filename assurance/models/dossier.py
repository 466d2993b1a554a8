"""The dossier of a model: versions of its sections, and files brought to it. Added, never changed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from assurance.models.versions import ModelVersion
from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from domain.dossier import SECTIONS
from governance.models import AiModel

CODES = [(one.code, one.label) for one in SECTIONS]
PATHS = Paths(
    unit="model__unit__path",
    people=(
        "model__owner", "model__initiatives__lead", "model__initiatives__sponsor",
        "model__initiatives__members__user",
    ),
    runs=("model__owner",),
)  # fmt: skip


class DossierSectionQuerySet(models.QuerySet["DossierSection"]):
    def visible_to(self, actor: Actor) -> "DossierSectionQuerySet":
        return self.filter(scope(actor, Action.VIEW, DossierSection))


class DossierSection(Record):
    """One version of one section. `parts`: heading -> text (domain.dossier); `newest`: no later version of it is there.

    Only `newest` ever changes.
    """

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="dossier")
    code = models.CharField(max_length=24, choices=CODES)
    number = models.PositiveIntegerField()
    parts = models.JSONField(default=dict)
    newest = models.BooleanField(default=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = DossierSectionQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["model", "code", "number"], name="dossier_number_once"),
            # Read by a model's dossier: the version of each section that stands.
            models.UniqueConstraint(
                fields=["model", "code"], condition=Q(newest=True), name="dossier_one_newest"
            ),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} {self.code} v{self.number}"


class ShapFile(Record):
    """SHAP values brought for a model and checked to add up. `importance`: [feature, mean of |value| as text], largest
    first. `largest_gap`, `tolerance`: as text, exact."""

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="shap_files")
    version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    rows = models.PositiveIntegerField()
    features = models.PositiveIntegerField()
    importance = models.JSONField(default=list)
    tolerance = models.CharField(max_length=40)
    largest_gap = models.CharField(max_length=80)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Read by a model's dossier too: its files.
            models.UniqueConstraint(fields=["model", "sha256"], name="shap_file_once")
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} {self.filename}"


class LimeExplanation(Record):
    """LIME's list for one decision. `items`: [words, weight as text], in LIME's order; the words are text, never markup."""

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="lime_explanations")
    version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision = models.CharField(max_length=200)
    outcome = models.CharField(max_length=200, blank=True)
    items = models.JSONField(default=list)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(decision=""), name="lime_of_a_decision")]
        indexes = [
            # Read by a model's dossier, newest first.
            models.Index(fields=["model", "-id"], name="lime_of_model")
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} {self.decision}"
