"""What owners are asked for and do: attestations, tests of fallbacks, and the orderly end of a model."""

from django.db import models
from django.db.models import Q

from assurance.models.life import LifeQuerySet, LifeRecord, person
from core.access import Actor, Paths
from core.models import BusinessUnit
from core.models.record import Record
from domain.model_life import STEPS
from governance.models import AiModel


class AttestationRound(Record):
    """One question to the owners of many models. `asked`: how many; `filter`: which, as the list's query said."""

    question = models.TextField()
    unit = models.ForeignKey(BusinessUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    filter = models.JSONField(default=dict, blank=True)
    asked = models.PositiveIntegerField(default=0)
    opened_by = person()
    opened_at = models.DateTimeField()

    # The question is nobody's secret; whom it was put to is seen with the model.
    ACCESS = Paths(unit="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read by whoever may see the rounds of a unit, the latest due first.
            models.Index(fields=["-due_on", "-id"], name="round_by_due"),
        ]

    def __str__(self) -> str:
        return f"Round {self.pk} due {self.due_on}"


class AttestationQuerySet(LifeQuerySet):
    def waiting(self, actor: Actor) -> "AttestationQuerySet":
        """What the actor has not answered, as the owner of the model today."""
        return self.filter(answer="", model__owner=actor.user.pk if actor.user else None)


class Attestation(Record):
    """The question of a round about one model, and its owner's answer, once. `owner`: who owned it when the round opened."""

    class Answer(models.TextChoices):
        ATTESTS = "attests", "Attests"
        NOT = "does_not", "Does not attest"

    round = models.ForeignKey(AttestationRound, on_delete=models.PROTECT, related_name="rows", db_index=False)
    model = models.ForeignKey(AiModel, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = person(null=True, blank=True)
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True)
    note = models.TextField(blank=True)
    answered_by = person(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AttestationQuerySet.as_manager()
    ACCESS = LifeRecord.ACCESS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "model"], name="attestation_once_a_round"),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None, answered_at=None)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="attestation_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(answer="does_not") | ~Q(note=""), name="attestation_refused_with_a_note"
            ),
        ]
        indexes = [
            # Read by a model's life, and when the earliest open round of a model is asked for.
            models.Index(fields=["model", "-id"], name="attestation_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} in round {self.round_id}"


class FallbackTest(LifeRecord):
    """A fallback that was tried. Only one that worked counts as tested."""

    class Result(models.TextChoices):
        WORKED = "worked", "It worked"
        FAILED = "failed", "It did not work"

    tested_on = models.DateField()
    result = models.CharField(max_length=6, choices=Result.choices)
    evidence = models.TextField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Read by a model's life.
            models.Index(fields=["model", "-id"], name="fallback_test_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} fallback {self.result} {self.tested_on}"


class Retirement(LifeRecord):
    """The orderly end of a model: begun with a reason, done when every step is."""

    class State(models.TextChoices):
        OPEN = "open", "Under way"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Called off"

    because = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    ended_by = person(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["model"], condition=Q(state__in=["open", "done"]), name="retirement_one_stands"
            ),
        ]
        indexes = [
            # Read by a model's life.
            models.Index(fields=["model", "-id"], name="retirement_of_model"),
        ]

    def __str__(self) -> str:
        return f"M-{self.model_id:04d} retirement"


class RetirementStep(Record):
    """One step of a retirement, done by somebody on a day, with evidence. Rows are added; they stand."""

    retirement = models.ForeignKey(Retirement, on_delete=models.PROTECT, related_name="steps", db_index=False)
    code = models.CharField(max_length=14, choices=[(one.code, one.words) for one in STEPS])
    done_on = models.DateField()
    evidence = models.TextField()
    recorded_by = person()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["retirement_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["retirement", "code"], name="retirement_step_once"),
            models.CheckConstraint(condition=~Q(evidence=""), name="retirement_step_with_evidence"),
        ]

    def __str__(self) -> str:
        return f"{self.retirement_id} {self.code}"
