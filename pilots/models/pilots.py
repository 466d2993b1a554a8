"""Pilots: charter, decision date, extensions, and the facts that purgatory is judged from."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from portfolio.models import Initiative, StageSpell

PATHS = Paths(
    unit="initiative__unit__path",
    people=("production_owner", "initiative__lead", "initiative__sponsor", "initiative__members__user"),
    runs=("initiative__lead", "initiative__sponsor"),
)


class PilotQuerySet(models.QuerySet["Pilot"]):
    def visible_to(self, actor: Actor) -> "PilotQuerySet":
        return self.filter(scope(actor, Action.VIEW, Pilot))


class Pilot(Record):
    """A trial with real users, one per stay in the pilot stage. `level` ... `valid_until` are written by services.

    A fact nobody recorded is null and counts as unknown; a recorded "there is none" is false or its own field.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="pilots")
    spell = models.OneToOneField(StageSpell, on_delete=models.PROTECT, related_name="pilot")
    # Charter
    scope_units = models.TextField(blank=True)
    scope_sites = models.TextField(blank=True)
    scope_users = models.TextField(blank=True)
    scope_systems = models.TextField(blank=True)
    # The same in numbers; null: nobody counted. The scope score reads them.
    units_count = models.PositiveIntegerField(null=True, blank=True)
    sites_count = models.PositiveIntegerField(null=True, blank=True)
    users_count = models.PositiveIntegerField(null=True, blank=True)
    systems_count = models.PositiveIntegerField(null=True, blank=True)
    hypotheses = models.TextField(blank=True)
    sample = models.CharField(max_length=200, blank=True)
    stop_threshold = models.CharField(max_length=300, blank=True)
    charter_version = models.PositiveSmallIntegerField(default=0)
    planned_days = models.PositiveIntegerField(null=True, blank=True)
    planned_end_on = models.DateField(null=True, blank=True)
    decision_on = models.DateField(null=True, blank=True)
    # A person said that there is none, which is not the same as nobody having said anything.
    no_decision_date = models.BooleanField(default=False)
    # Facts
    success_criteria_agreed = models.BooleanField(null=True, blank=True)
    success_measure_changes = models.PositiveSmallIntegerField(null=True, blank=True)
    criteria_met_on = models.DateField(null=True, blank=True)
    gate_requested_on = models.DateField(null=True, blank=True)
    deferrals = models.PositiveSmallIntegerField(null=True, blank=True)
    production_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    no_production_owner = models.BooleanField(default=False)
    transition_run_cost = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    transition_integration = models.TextField(blank=True)
    transition_support = models.TextField(blank=True)
    transition_on = models.DateField(null=True, blank=True)
    no_transition_plan = models.BooleanField(default=False)
    # The earliest due date among the open conditions of an approval; a condition without one is not in time for R17.
    condition_due_on = models.DateField(null=True, blank=True)
    condition_blocks = models.BooleanField(null=True, blank=True)
    no_open_condition = models.BooleanField(default=False)
    scope_change = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    scope_approved = models.BooleanField(null=True, blank=True)
    users_outside_charter = models.PositiveIntegerField(null=True, blank=True)
    invited_users = models.PositiveIntegerField(null=True, blank=True)
    weekly_active_users = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    # The stored answer
    level = models.CharField(max_length=10, blank=True)
    level_rank = models.PositiveSmallIntegerField(
        default=9
    )  # the worst first, so that the board reads an index
    level_since = models.DateField(null=True)
    rules = models.JSONField(default=dict)
    findings = models.PositiveSmallIntegerField(default=0)  # how many rules fired
    unknown = models.JSONField(default=list)
    remedy = models.CharField(max_length=24, blank=True)
    remedy_detail = models.JSONField(default=dict)
    policy_number = models.PositiveIntegerField(default=0)
    judged_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    due = models.BooleanField(default=True)
    # Set while R11 says that the sponsor is silent: their last act as judged. A later one makes the answer due.
    silent_sponsor_on = models.DateField(null=True)
    ended_on = models.DateField(null=True, blank=True)
    # When a decision gave it a new charter (pivot): from then on lengths, extensions and moved goalposts count anew.
    reset_at = models.DateTimeField(null=True, blank=True)

    objects = PilotQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative"], condition=Q(ended_on=None), name="one_open_pilot"),
            models.CheckConstraint(
                condition=Q(decision_on=None) | Q(no_decision_date=False), name="pilot_decision_date_or_none"
            ),
            models.CheckConstraint(
                condition=Q(production_owner=None) | Q(no_production_owner=False),
                name="pilot_production_owner_or_none",
            ),
            models.CheckConstraint(
                condition=Q(no_transition_plan=False)
                | Q(
                    transition_run_cost=None,
                    transition_integration="",
                    transition_support="",
                    transition_on=None,
                ),
                name="pilot_transition_plan_or_none",
            ),
            models.CheckConstraint(
                condition=Q(no_open_condition=False) | Q(condition_due_on=None, condition_blocks=None),
                name="pilot_condition_or_none",
            ),
            models.CheckConstraint(
                condition=Q(weekly_active_users=None)
                | Q(invited_users=None)
                | Q(weekly_active_users__lte=F("invited_users")),
                name="pilot_active_among_invited",
            ),
        ]
        indexes = [
            # Read by the sweep.
            models.Index(fields=["valid_until"], name="pilot_expiring", condition=Q(ended_on=None)),
            models.Index(fields=["id"], name="pilot_due", condition=Q(due=True, ended_on=None)),
            # Read by the sweep: findings say how many days, so they are told anew each day.
            models.Index(
                fields=["judged_on"], name="pilot_told_daily", condition=Q(ended_on=None, findings__gt=0)
            ),
            # Read by the sweep: silent sponsors, to hear the first one who acts again.
            models.Index(
                fields=["id"],
                name="pilot_silent_sponsor",
                condition=Q(ended_on=None, due=False, silent_sponsor_on__isnull=False),
            ),
            # Read by the pilot board.
            models.Index(
                fields=["level_rank", "decision_on", "id"], name="pilot_board", condition=Q(ended_on=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.initiative_id}"

    @property
    def ref(self) -> str:
        return f"P-{self.pk:04d}"


class PilotExtension(Record):
    """A longer pilot, with a reason. Counted; the third is the council's.

    `price_delay`, `price_running`: what it was priced at on the day it was granted, None where that was not known;
    `priced_from`: the case that said the delay. `evidence`: what it is to bring that is not known yet. `decision_changes`: how
    likely whoever granted it held it that this changes the decision, 0 to 1; None: nobody said.
    """

    REASONS = [
        ("data_late", "Data came late"),
        ("sample_too_small", "Sample too small"),
        ("integration_late", "Integration came late"),
        ("results_unclear", "Results unclear"),
        ("owner_changed", "Owner changed"),
        ("other", "Other"),
    ]

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="extensions")
    number = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()
    new_end_on = models.DateField()
    new_decision_on = models.DateField(null=True, blank=True)
    reason_code = models.CharField(max_length=24, choices=REASONS)
    note = models.CharField(max_length=500, blank=True)
    granted_on = models.DateField()
    price_delay = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    price_running = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    priced_from = models.CharField(max_length=20, blank=True)
    evidence = models.CharField(max_length=500, blank=True)
    decision_changes = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit="pilot__initiative__unit__path",
        people=("pilot__initiative__lead", "pilot__initiative__sponsor", "pilot__initiative__members__user"),
    )

    class Meta:
        ordering = ["pilot_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="extension_number_once"),
            models.CheckConstraint(condition=Q(days__gt=0), name="extension_longer_than_nothing"),
            models.CheckConstraint(
                condition=Q(decision_changes=None) | Q(decision_changes__gte=0, decision_changes__lte=1),
                name="extension_chance_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} +{self.days} days"

    @property
    def price(self) -> Decimal | None:
        """Both parts; None where one was not known, because half a price is not a price."""
        if self.price_delay is None or self.price_running is None:
            return None
        return self.price_delay + self.price_running
