"""The decision log: what was decided of an initiative, by whom, on which evidence; and the conditions it hangs on."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from domain.stage_words import Outcome
from governance.models.gates import BODIES, GATES, PATHS, GateSubmission
from portfolio.models import Initiative
from portfolio.models.initiatives import STAGES

OUTCOMES = [(one.value, one.value.replace("_", " ").capitalize()) for one in Outcome]


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, actor: Actor) -> "DecisionQuerySet":
        return self.filter(scope(actor, Action.VIEW, Decision))


class Decision(Record):
    """One entry of the log. Never changed, never deleted, also below the application; a correction is another entry.

    `submission` None: recorded between gates (stop, hold, recycle) or a reopening. `decided_by`: the portfolio manager, or
    who presided over the council's item. `carried` False: the motion failed, and nothing moved. `lessons`: what a stop taught, to be
    searched. `motion`: what was decided, as domain.motions writes it. `document`: the canonical
    JSON of the whole entry with the seal of the pack, ballots, quorum and dissents; `hash` chains it to the entry before:
    SHA-256 of `prev_hash` and `document`.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="decisions")
    submission = models.OneToOneField(
        GateSubmission, null=True, blank=True, on_delete=models.PROTECT, related_name="decision"
    )
    gate = models.CharField(max_length=2, choices=GATES, blank=True)
    outcome = models.CharField(max_length=14, choices=OUTCOMES)
    carried = models.BooleanField(default=True)
    from_stage = models.CharField(max_length=12, choices=STAGES)
    to_stage = models.CharField(max_length=12, choices=STAGES)
    body = models.CharField(max_length=33, choices=BODIES)
    decided_on = models.DateField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    because = models.CharField(max_length=1000)
    reason_code = models.CharField(max_length=40, blank=True)
    lessons = models.TextField(blank=True)
    motion = models.JSONField(default=dict)
    ceiling = models.JSONField(default=dict)
    lapses_on = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    pack_seal = models.CharField(max_length=64, blank=True)
    document = models.TextField()
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )

    objects = DecisionQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(because=""), name="gate_decision_says_why"),
            models.CheckConstraint(
                condition=~Q(outcome="hold") | Q(until__isnull=False), name="gate_hold_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="conditional_go") | ~Q(gate="G6"), name="no_conditions_on_retirement"
            ),
        ]
        indexes = [
            # Read by the history of one initiative.
            models.Index(fields=["initiative", "-id"], name="decision_of_initiative"),
            # Read by the log, newest first, and by the rates of the council.
            models.Index(fields=["body", "-decided_on", "-id"], name="decision_log"),
            # Read at intake: what ended work taught, the latest first.
            models.Index(
                fields=["-decided_on", "-id"],
                name="decision_ended_work",
                condition=Q(carried=True) & (Q(outcome="stop") | Q(gate="G6", outcome="go")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.outcome}"

    @property
    def ref(self) -> str:
        return f"D-{self.pk:04d}"


class Condition(Record):
    """What an approval hangs on, with one owner and another person who verifies (C1). `first_due_on` never changes (C5).

    `proposed_due_on`: a second new date, which waits for somebody to confirm it; `due_on` stands until then.
    """

    class Kind(models.TextChoices):
        BEFORE_START = "before_start", "Before start"
        BEFORE_NEXT_GATE = "before_next_gate", "Before next gate"
        MONITORED = "monitored", "Monitored"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DISCHARGED = "discharged", "Discharged"
        WAIVED = "waived", "Waived"

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="conditions")
    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="conditions")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    blocking = models.BooleanField(default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verifier = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verification = models.CharField(max_length=300)
    first_due_on = models.DateField()
    due_on = models.DateField()
    proposed_due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    closed_on = models.DateField(null=True, blank=True)
    # The answer of domain.conditions as of `judged_on`, and the day from which it may be another.
    overdue = models.CharField(max_length=10, blank=True)
    judged_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = Paths(
        unit=PATHS.unit, people=(*PATHS.people, "owner", "verifier"), runs=PATHS.runs
    )

    class Meta:
        ordering = ["decision_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "number"], name="condition_number_once"),
            models.CheckConstraint(condition=~Q(owner=F("verifier")), name="condition_verified_by_another"),
            models.CheckConstraint(
                condition=Q(blocking=False) | ~Q(kind="monitored"), name="monitored_condition_never_blocks"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_on=None) | ~Q(state="open") & Q(closed_on__isnull=False),
                name="condition_open_or_closed",
            ),
            models.CheckConstraint(
                condition=Q(proposed_due_on=None) | Q(state="open"), name="condition_closed_waits_for_no_date"
            ),
        ]
        indexes = [
            # Read by the sweep: what has expired.
            models.Index(fields=["valid_until"], name="condition_expiring", condition=Q(state="open")),
            # Read by gates, releases and the page of one initiative.
            models.Index(fields=["initiative", "kind"], name="condition_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.text[:40]}"

    @property
    def ref(self) -> str:
        return f"C-{self.pk:04d}"


class ConditionAct(Record):
    """What was done of a condition, append-only: evidence given, discharged, waived, a new due date. Says who and why.

    `decision`: the council's, where it was the council's act.
    """

    class Act(models.TextChoices):
        EVIDENCE = "evidence", "Evidence given"
        DISCHARGE = "discharge", "Discharged"
        REFUSE = "refuse", "Not accepted"
        WAIVE = "waive", "Waived"
        REDATE = "redate", "New due date"
        PROPOSE = "propose", "New due date asked for, to be confirmed"
        DECLINE = "decline", "New due date not confirmed"

    condition = models.ForeignKey(Condition, on_delete=models.CASCADE, related_name="acts")
    act = models.CharField(max_length=9, choices=Act.choices)
    because = models.CharField(max_length=500)
    due_on = models.DateField(null=True, blank=True)
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit="condition__initiative__unit__path",
        people=(
            "condition__initiative__lead", "condition__initiative__sponsor", "condition__initiative__members__user",
            "condition__owner", "condition__verifier",
        ),
    )  # fmt: skip

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(because=""), name="condition_act_says_why"),
            models.CheckConstraint(
                condition=~Q(act__in=["redate", "propose"]) | Q(due_on__isnull=False),
                name="condition_redated_to_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.condition_id} {self.act}"
