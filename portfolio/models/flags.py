"""Flags: open findings with a rule, a subject and a since-date."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Actor, Paths, scope
from core.models import BusinessUnit
from core.models.record import Record
from core.roles import Action
from portfolio.models.initiatives import Initiative


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, actor: Actor) -> "FlagQuerySet":
        return self.filter(scope(actor, Action.VIEW, Flag))

    def open(self) -> "FlagQuerySet":
        return self.filter(cleared_at=None)


class Flag(Record):
    """Raised and cleared by portfolio.services only; a cleared flag stays as history."""

    SUBJECTS = [
        ("initiative", "Initiative"), ("pilot", "Pilot"), ("kpi", "KPI"), ("model", "Model"), ("unit", "Business unit"),
        ("monitor", "Monitor"), ("data_source", "Data source"),
    ]  # fmt: skip

    subject_type = models.CharField(max_length=12, choices=SUBJECTS)
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=300)
    initiative = models.ForeignKey(
        Initiative, null=True, blank=True, on_delete=models.CASCADE, related_name="flags"
    )
    unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.CASCADE, related_name="flags"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="flags"
    )
    rule = models.CharField(max_length=40)
    # time, cause; of an early warning what is neglected: consensus, goalposts, measurement, ownership, value
    group = models.CharField(max_length=12, blank=True)
    severity = models.PositiveSmallIntegerField()
    cause = models.CharField(max_length=60)
    sentence = models.TextField()
    numbers = models.JSONField(default=dict)
    clears_when = models.TextField(blank=True)
    since = models.DateField()
    # By when somebody has to act, where the rule says; and from when it is on the council's list because nobody did.
    due_on = models.DateField(null=True, blank=True)
    escalated_on = models.DateField(null=True, blank=True)
    raised_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_because = models.CharField(max_length=200, blank=True)

    objects = FlagQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = Paths(
        unit="unit__path",
        people=("owner", "initiative__lead", "initiative__sponsor", "initiative__members__user"),
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "rule"],
                condition=Q(cleared_at=None),
                name="one_open_flag_per_rule_and_subject",
            ),
            models.CheckConstraint(condition=Q(severity__in=[1, 2, 3]), name="flag_severity_1_to_3"),
        ]
        indexes = [
            # Read by the list of open flags.
            models.Index(fields=["-severity", "since", "id"], name="flag_open", condition=Q(cleared_at=None)),
            # Read by the tallies: the open flags of a unit.
            models.Index(fields=["unit"], name="flag_open_of_unit", condition=Q(cleared_at=None)),
            # Read by the list of what nobody acted on in time.
            models.Index(
                fields=["escalated_on", "id"],
                name="flag_escalated",
                condition=Q(cleared_at=None, escalated_on__isnull=False),
            ),
            # Read by the list of all flags, cleared ones too.
            models.Index(fields=["-severity", "since", "id"], name="flag_in_order"),
            # Read by a record's flags tab, open and cleared.
            models.Index(fields=["subject_type", "subject_id", "-id"], name="flag_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_label}"
