"""One item of the council's agenda: its motion, the roster frozen when it opened, who is recused, ballots and dissents."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from domain.council import Choice, Result
from governance.models.council import CouncilSeat, Delegation, Meeting
from governance.models.decisions import Condition, Decision
from governance.models.gates import GATES, GateSubmission
from portfolio.models import Initiative

RESULTS = [(one.value, one.value.replace("_", " ").capitalize()) for one in Result]
VOTED = frozenset(
    {"approve", "approve_with_conditions", "reject", "abstain", "casting_vote", "vetoed_by", "result", "why"}
)
CHOICES = [
    (Choice.APPROVE.value, "Approve"),
    (Choice.WITH_CONDITIONS.value, "Approve with conditions"),
    (Choice.REJECT.value, "Reject"),
    (Choice.ABSTAIN.value, "Abstain"),
]
PATHS = Paths(
    unit="initiative__unit__path",
    people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
    runs=("initiative__lead", "initiative__sponsor"),
)
OF_ITEM = Paths(
    unit="item__initiative__unit__path",
    people=("item__initiative__lead", "item__initiative__sponsor", "item__initiative__members__user"),
)


class AgendaItemQuerySet(models.QuerySet["AgendaItem"]):
    def visible_to(self, actor: Actor) -> "AgendaItemQuerySet":
        return self.filter(scope(actor, Action.VIEW, AgendaItem))


class AgendaItem(Record):
    """What the council decides at one point of its agenda: one motion on one initiative, or on one condition of it.

    `motion` empty: nobody has said it yet, and the item is not opened before; `draft`: what the record proposes for it.
    `minutes`: time planned for it. `confirming`: carried with conditions, which whoever presides confirms until
    `confirm_by`. `numbers`: the quorum arithmetic, stored at the close. `why`: a word of domain.council.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        OPEN = "open", "Voting open"
        CONFIRMING = "confirming", "Conditions to confirm"
        CLOSED = "closed", "Closed"
        WITHDRAWN = "withdrawn", "Taken off the agenda"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField(default=15)
    presenter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="agenda_items")
    submission = models.ForeignKey(
        GateSubmission, null=True, blank=True, on_delete=models.PROTECT, related_name="agenda_items"
    )
    condition = models.ForeignKey(
        Condition, null=True, blank=True, on_delete=models.PROTECT, related_name="agenda_items"
    )
    gate = models.CharField(max_length=2, choices=GATES, blank=True)
    because = models.CharField(max_length=24, blank=True)
    motion = models.JSONField()
    draft = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    opened_at = models.DateTimeField(null=True, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    confirm_by = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=11, choices=RESULTS, blank=True)
    why = models.CharField(max_length=20, blank=True)
    numbers = models.JSONField(default=dict)
    presider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    decision = models.OneToOneField(
        Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="agenda_item"
    )
    created_at = models.DateTimeField()
    # Null: it was not taken off. Nullable, because SQLite builds the table anew for any other column, and its triggers with it.
    off_because = models.CharField(max_length=500, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AgendaItemQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["meeting_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(state__in=["open", "confirming"]),
                name="one_open_item_per_submission",
            ),
            models.UniqueConstraint(
                fields=["initiative"],
                condition=Q(state__in=["planned", "open", "confirming"], condition=None),
                name="one_item_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["condition"],
                condition=Q(state__in=["planned", "open", "confirming"]),
                name="one_item_for_a_condition",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False) & ~Q(result="") & ~Q(why=""),
                name="closed_item_has_a_result",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["open", "confirming"]) | Q(opened_at__isnull=False, result=""),
                name="open_item_has_no_result",
            ),
        ]
        indexes = [
            # Read by the agenda of one meeting.
            models.Index(fields=["meeting", "position"], name="agenda_of_meeting"),
            # Read by the rates of the queue and by the sweep.
            models.Index(fields=["state", "closed_at"], name="agenda_state"),
        ]

    @property
    def told_numbers(self) -> dict[str, Any]:
        """The arithmetic without what was voted, until the item is closed: until then the voting may open again."""
        if self.state == self.State.CLOSED:
            return dict(self.numbers)
        return {name: value for name, value in self.numbers.items() if name not in VOTED}

    def __str__(self) -> str:
        return f"{self.ref} {self.initiative_id}"

    @property
    def ref(self) -> str:
        return f"CI-{self.pk:04d}"


class ItemSeat(Record):
    """A voting seat as it stood when the item opened. `holder` None: it was vacant then, and stays so for this item."""

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="roster")
    seat = models.ForeignKey(CouncilSeat, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    presides = models.PositiveSmallIntegerField(null=True, blank=True)
    may_veto = models.BooleanField(default=False)

    ACCESS: ClassVar[Paths] = OF_ITEM

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "seat"], name="seat_once_on_a_roster"),
            models.UniqueConstraint(fields=["item", "holder"], name="person_once_on_a_roster"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.name}"


class Recusal(Record):
    """Somebody who leaves an item. A computed one nobody lifts; a declared one the chair lifts, with a reason."""

    class Kind(models.TextChoices):
        COMPUTED = "computed", "By the record"
        DECLARED = "declared", "Declared"
        ADDED = "added", "Added by the chair"

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="recusals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    because = models.CharField(max_length=500)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    lifted_because = models.CharField(max_length=300, blank=True)

    ACCESS: ClassVar[Paths] = OF_ITEM

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "user"], condition=Q(lifted_at=None), name="recused_once"
            ),
            models.CheckConstraint(condition=~Q(because=""), name="recusal_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_because="")
                | Q(lifted_at__isnull=False, kind__in=["declared", "added"]) & ~Q(lifted_because=""),
                name="computed_recusal_is_never_lifted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.user_id} {self.kind}"


class Ballot(Record):
    """One seat's ballot on one item. `counted`: None until the item closes. Seen by nobody before that."""

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="ballots")
    seat = models.ForeignKey(CouncilSeat, on_delete=models.PROTECT, related_name="+")
    cast_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    delegation = models.ForeignKey(
        Delegation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    choice = models.CharField(max_length=24, choices=CHOICES)
    reason = models.CharField(max_length=1000, blank=True)
    cast_at = models.DateTimeField()
    counted = models.BooleanField(null=True, blank=True)
    not_counted = models.CharField(max_length=24, blank=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = OF_ITEM

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "seat"], name="one_ballot_for_a_seat"),
            models.UniqueConstraint(fields=["item", "cast_by"], name="one_ballot_for_a_person"),
            models.CheckConstraint(
                condition=Q(choice__in=[code for code, _ in CHOICES]), name="ballot_is_a_choice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.seat_id}"


class Dissent(Record):
    """A statement of a member beside the decision, for ever: against it, or for it for reasons of their own."""

    class Kind(models.TextChoices):
        DISSENTING = "dissenting", "Dissenting"
        CONSENTING = "consenting", "Consenting"

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="dissents")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=4000)
    at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = OF_ITEM

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="dissent_says_something")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.author_id}"
