"""The people around an initiative: who has a stake in it, its working groups, and what was said and agreed when they met."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from domain.stakeholders import FUNCTION_WORDS, ROLE_WORDS
from portfolio.models.initiatives import Initiative

OF_INITIATIVE = Paths(
    unit="initiative__unit__path",
    people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
    runs=("initiative__lead", "initiative__sponsor"),
)
FUNCTIONS = [(code.value, words) for code, words in FUNCTION_WORDS.items()]
GROUP_ROLES = [(code.value, words) for code, words in ROLE_WORDS.items()]
NAMED_ONCE = Q(user=None) & ~Q(name="") | Q(user__isnull=False, name="")


class StakeholderQuerySet(models.QuerySet["Stakeholder"]):
    def visible_to(self, actor: Actor) -> "StakeholderQuerySet":
        return self.filter(scope(actor, Action.VIEW, Stakeholder))


class Stakeholder(Record):
    """Somebody with a stake: a person of the register, or a name without an account. `function`: for what they speak.

    `signed_on`: the day they agreed; `basis`: what shows it, where they cannot sign for themselves. `ended_on`: off the register.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="stakeholders")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=200, blank=True)
    function = models.CharField(max_length=10, choices=FUNCTIONS)
    interest = models.CharField(max_length=500, blank=True)
    concern = models.CharField(max_length=500, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    basis = models.CharField(max_length=300, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    objects = StakeholderQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = OF_INITIATIVE

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=NAMED_ONCE, name="stakeholder_is_a_person_or_a_name"),
            models.UniqueConstraint(
                fields=["initiative", "user"], condition=Q(ended_on=None), name="stakeholder_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_because="")
                | Q(ended_on__isnull=False) & ~Q(ended_because=""),
                name="stakeholder_left_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.called} for {self.function}"

    @property
    def called(self) -> str:
        return self.user.name if self.user else self.name


class WorkingGroup(Record):
    """People who work on one matter of an initiative together, each in a role."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="working_groups")
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=500, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = OF_INITIATIVE

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["initiative", "name"], condition=Q(ended_on=None), name="working_group_name_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, ended_because="")
                | Q(ended_on__isnull=False) & ~Q(ended_because=""),
                name="working_group_ended_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(Record):
    """Somebody's role in a working group, from one day until another. Ended, never changed."""

    group = models.ForeignKey(WorkingGroup, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=12, choices=GROUP_ROLES)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=NAMED_ONCE, name="group_member_is_a_person_or_a_name"),
            models.UniqueConstraint(
                fields=["group", "user", "role"], condition=Q(until_on=None), name="group_role_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.called}, {self.role}"

    @property
    def called(self) -> str:
        return self.user.name if self.user else self.name


class WorkingMeeting(Record):
    """A meeting as it was held: agenda, what each role said, what was decided. Added, never edited; its actions go on.

    `said`: [{"role": a code of GROUP_ROLES, "name": who, or empty, "text": what}]; `decisions`: sentences.
    """

    class Kind(models.TextChoices):
        KICKOFF = "kickoff", "Kickoff"
        WORKING = "working", "Working meeting"

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="working_meetings")
    group = models.ForeignKey(
        WorkingGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="meetings"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    held_on = models.DateField()
    agenda = models.TextField(blank=True)
    said = models.JSONField(default=list)
    decisions = models.JSONField(default=list)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    ACCESS: ClassVar[Paths] = OF_INITIATIVE

    class Meta:
        ordering = ["-held_on", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.held_on}"


class WorkingAction(Record):
    """What one person is to do after a meeting, by a day. `outcome`: what came of it."""

    meeting = models.ForeignKey(WorkingMeeting, on_delete=models.CASCADE, related_name="actions")
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    recorded_at = models.DateTimeField()
    done_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on=None, outcome="") | Q(done_on__isnull=False) & ~Q(outcome=""),
                name="working_action_done_says_how",
            )
        ]
        indexes = [
            # Read by reminders: what is open, by its day.
            models.Index(fields=["due_on", "id"], name="working_action_open", condition=Q(done_on=None))
        ]

    def __str__(self) -> str:
        return f"{self.text[:40]} by {self.due_on}"
