"""How a model is classified, and what is owed by it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from assurance.models.dossier import PATHS
from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from domain.rule_sets import STATUSES
from domain.rules import SHIPPED
from governance.models import AiModel

RULE_SETS = [(code, versions[-1].name) for code, versions in SHIPPED.items()]


class ClassificationQuerySet(models.QuerySet["Classification"]):
    def visible_to(self, actor: Actor) -> "ClassificationQuerySet":
        return self.filter(scope(actor, Action.VIEW, Classification))


class Classification(Record):
    """Answers to a rule set by one person on one day, and the class they give. Never changed; the newest counts.

    `answers`: question -> {"answer", "because"}. `class_code` is `not_determined` while a question that could decide is
    not answered; `missing` names those. `decided_by`: the question that ended it. Only `newest` ever changes.
    """

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="classifications")
    rule_set = models.CharField(max_length=20, choices=RULE_SETS)
    rule_version = models.CharField(max_length=60)
    answers = models.JSONField(default=dict)
    class_code = models.CharField(max_length=40)
    class_label = models.CharField(max_length=80)
    decided_by = models.CharField(max_length=40, blank=True)
    applies_from = models.DateField(null=True, blank=True)
    missing = models.JSONField(default=list)
    newest = models.BooleanField(default=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = ClassificationQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Read by a model's page: the answers that stand.
            models.UniqueConstraint(
                fields=["model", "rule_set"], condition=Q(newest=True), name="classification_one_newest"
            ),
            models.CheckConstraint(
                condition=~Q(class_code="not_determined") | Q(applies_from=None),
                name="classification_undetermined_applies_never",
            ),
        ]
        indexes = [
            # Read by a model's page: the answers before.
            models.Index(fields=["model", "rule_set", "-id"], name="classification_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} {self.rule_set}: {self.class_code}"


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def visible_to(self, actor: Actor) -> "ObligationQuerySet":
        return self.filter(scope(actor, Action.VIEW, Obligation))


class Obligation(Record):
    """One obligation, practice or control of a model, with how it stands. `owed`: the newest classification brings it.

    A status nobody gave is `not_reported`, which is not "no". What was said before is in its acts.
    """

    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="obligations")
    rule_set = models.CharField(max_length=20, choices=RULE_SETS)
    code = models.CharField(max_length=60)
    label = models.CharField(max_length=200)
    place = models.CharField(max_length=60, blank=True)
    group = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    statuses = models.JSONField(default=list)
    owed = models.BooleanField(default=True)
    applies_from = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=list(STATUSES.items()), default="not_reported")
    evidence = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=500, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    said_at = models.DateTimeField(null=True, blank=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ObligationQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["model_id", "rule_set", "position"]
        constraints = [
            models.UniqueConstraint(fields=["model", "rule_set", "code"], name="obligation_once"),
            models.CheckConstraint(
                condition=~Q(status__in=["yes", "waived"]) | ~Q(evidence=""), name="obligation_met_is_shown"
            ),
        ]
        indexes = [
            # Read by the list of what is owed in the portfolio, the soonest first.
            models.Index(
                fields=["due_on", "id"],
                name="obligation_open",
                condition=Q(owed=True, status__in=["not_reported", "in_progress", "no"]),
            ),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} {self.rule_set} {self.code}: {self.status}"


class ObligationAct(Record):
    """What was said of an obligation: status, evidence, owner and day, by whom and when. Stands as it was said."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="acts")
    status = models.CharField(max_length=16, choices=list(STATUSES.items()))
    evidence = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=500, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    due_on = models.DateField(null=True, blank=True)
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    ACCESS: ClassVar[Paths] = Paths(
        unit="obligation__model__unit__path", people=("obligation__model__owner",)
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.obligation_id}: {self.status}"
