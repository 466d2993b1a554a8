"""What a lead asks at a gate: a draft that saves itself, evidence, and submissions that stand as they were made."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from domain.stage_words import Body
from funding.models import BusinessCase
from portfolio.models import Initiative
from portfolio.models.initiatives import STAGES, TIERS

PATHS = Paths(
    unit="initiative__unit__path",
    people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
    runs=("initiative__lead", "initiative__sponsor"),
)
GATES = [(code, code) for code in ("G1", "G2", "G3", "G4", "G5", "G6")]
BODIES = [
    (Body.PORTFOLIO_MANAGER.value, "Portfolio manager"),
    (Body.PORTFOLIO_MANAGER_WITH_SPECIALIST.value, "Portfolio manager with a specialist"),
    (Body.COUNCIL.value, "AI council"),
]
CONFIDENCES = [
    ("green", "Green"),
    ("amber_green", "Amber-green"),
    ("amber", "Amber"),
    ("amber_red", "Amber-red"),
    ("red", "Red"),
]


class GateDraft(Record):
    """What a lead has written for the gate ahead, complete or not; one for each initiative. `answers`: field -> as typed.

    `unlogged`: of fields saved since the log last told of this draft, as the log knows them; whose saves they are is
    `updated_by`, since `session_at`, through `session_via` and `session_token`.
    """

    initiative = models.OneToOneField(Initiative, on_delete=models.CASCADE, related_name="gate_draft")
    gate = models.CharField(max_length=2, choices=GATES)
    answers = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    unlogged = models.JSONField(default=dict)
    session_at = models.DateTimeField(null=True)
    session_via = models.CharField(max_length=16, blank=True)
    session_token = models.BigIntegerField(null=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.gate} draft"


class GateEvidence(Record):
    """One piece of evidence for a must-meet: a file with its checksum, or an address. Never changed, only withdrawn.

    `criterion`: the code of the must-meet it answers. `waived`: the must-meet is set aside instead, `because` says why;
    who waives decides at that gate. `dated_on`: the day of what it shows; `expires_on`: from when it proves nothing.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="gate_evidence")
    gate = models.CharField(max_length=2, choices=GATES)
    criterion = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    dated_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    url = models.CharField(max_length=500, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    content = models.BinaryField(null=True, blank=True)
    waived = models.BooleanField(default=False)
    because = models.CharField(max_length=500, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(waived=True) & ~Q(because="") & Q(sha256="", url="")
                | Q(waived=False) & (~Q(sha256="") & Q(url="") | Q(sha256="") & ~Q(url="")),
                name="evidence_is_a_file_an_address_or_a_waiver",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_because="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because=""),
                name="evidence_withdrawn_for_a_reason",
            ),
        ]
        indexes = [
            # Read by the must-meets of one initiative.
            models.Index(
                fields=["initiative", "criterion"], name="evidence_of", condition=Q(withdrawn_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.criterion} {self.title}"


class GateSubmissionQuerySet(models.QuerySet["GateSubmission"]):
    def visible_to(self, actor: Actor) -> "GateSubmissionQuerySet":
        return self.filter(scope(actor, Action.VIEW, GateSubmission))


class GateSubmission(Record):
    """A gate asked for: the evidence as it was known, as canonical JSON with its SHA-256. Only its state ever changes.

    `number` counts the submissions of one initiative at one gate. `document` is text, so that both databases give back the
    same bytes. `due_on`: by when it is to be decided, in working days from the submission.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DECIDED = "decided", "Decided"
        WITHDRAWN = "withdrawn", "Withdrawn"
        SUPERSEDED = "superseded", "Superseded"

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="submissions")
    gate = models.CharField(max_length=2, choices=GATES)
    number = models.PositiveSmallIntegerField()
    definition = models.PositiveIntegerField(default=0)
    from_stage = models.CharField(max_length=12, choices=STAGES)
    to_stage = models.CharField(max_length=12, choices=STAGES)
    tier = models.PositiveSmallIntegerField(null=True, blank=True, choices=TIERS)
    body = models.CharField(max_length=33, choices=BODIES)
    ask = models.CharField(max_length=500)
    confidence = models.CharField(max_length=11, choices=CONFIDENCES)
    case = models.ForeignKey(
        BusinessCase, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions"
    )
    document = models.TextField()
    seal = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=500, blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    version = models.PositiveIntegerField(default=1)

    objects = GateSubmissionQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "gate", "number"], name="submission_number_once"),
            models.UniqueConstraint(
                fields=["initiative"], condition=Q(state="open"), name="one_open_submission"
            ),
            models.CheckConstraint(condition=~Q(seal="") & ~Q(document=""), name="submission_is_sealed"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | ~Q(state="open") & Q(closed_at__isnull=False),
                name="submission_open_or_closed",
            ),
        ]
        indexes = [
            # Read by the queue of what waits for a decision, the oldest deadline first.
            models.Index(fields=["body", "due_on", "id"], name="submission_queue", condition=Q(state="open"))
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.initiative_id} {self.gate}"

    @property
    def ref(self) -> str:
        return f"S-{self.pk:04d}"


class Score(Record):
    """One gatekeeper's score of one should-meet, 0 to 10. Others see it when the item closes; until then it may be changed."""

    submission = models.ForeignKey(GateSubmission, on_delete=models.CASCADE, related_name="scores")
    criterion = models.CharField(max_length=40)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=300, blank=True)
    scored_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = Paths(
        unit="submission__initiative__unit__path",
        people=tuple(f"submission__{path}" for path in PATHS.people),
    )

    class Meta:
        ordering = ["criterion", "id"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "criterion", "person"], name="scored_once"),
            models.CheckConstraint(condition=Q(score__lte=10), name="score_up_to_ten"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.criterion}: {self.score}"


class IndependentConfidence(Record):
    """How likely delivery is, in the view of somebody who decides or assures and has no part in it. Rows are added: the latest
    of a submission counts. It stands beside the lead's own, and neither is the decision."""

    submission = models.ForeignKey(GateSubmission, on_delete=models.CASCADE, related_name="independent")
    confidence = models.CharField(max_length=11, choices=CONFIDENCES)
    because = models.CharField(max_length=500)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit="submission__initiative__unit__path",
        people=tuple(f"submission__{path}" for path in PATHS.people),
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(because=""), name="independent_confidence_says_why")
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.confidence}"


class GateConflict(Record):
    """A person who may not decide on an initiative, and why. Written before anybody decides; the database asks it too.

    `submission` None: of every decision on the initiative. `because`: a word of domain.conflicts.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="conflicts")
    submission = models.ForeignKey(
        GateSubmission, null=True, blank=True, on_delete=models.CASCADE, related_name="conflicts"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    because = models.CharField(max_length=24)
    found_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "user", "because"], name="conflict_once"),
            models.UniqueConstraint(
                fields=["initiative", "user", "because"],
                condition=Q(submission=None),
                name="conflict_of_initiative_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.initiative_id}: {self.because}"
