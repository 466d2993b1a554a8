"""A pilot as it is planned before its gate: the charter and the transition plan that the pilot starts from."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.access import Actor, Paths, scope
from core.models.record import Record
from core.roles import Action
from pilots.models.pilots import PATHS, Pilot
from portfolio.models import Initiative


class PilotPlanQuerySet(models.QuerySet["PilotPlan"]):
    def visible_to(self, actor: Actor) -> "PilotPlanQuerySet":
        return self.filter(scope(actor, Action.VIEW, PilotPlan))


class PilotPlan(Record):
    """What a pilot is to be, while its initiative is not in the pilot stage yet. Null and empty: nobody has said.

    `pilot`: the one that started from it; from then on the plan stands as it was, and the pilot's own charter goes on.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="pilot_plans")
    pilot = models.OneToOneField(Pilot, null=True, blank=True, on_delete=models.CASCADE, related_name="plan")
    scope_units = models.TextField(blank=True)
    scope_sites = models.TextField(blank=True)
    scope_users = models.TextField(blank=True)
    scope_systems = models.TextField(blank=True)
    units_count = models.PositiveIntegerField(null=True, blank=True)
    sites_count = models.PositiveIntegerField(null=True, blank=True)
    users_count = models.PositiveIntegerField(null=True, blank=True)
    systems_count = models.PositiveIntegerField(null=True, blank=True)
    hypotheses = models.TextField(blank=True)
    sample = models.CharField(max_length=200, blank=True)
    stop_threshold = models.CharField(max_length=300, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    decision_on = models.DateField(null=True, blank=True)
    production_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    transition_run_cost = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    transition_integration = models.TextField(blank=True)
    transition_support = models.TextField(blank=True)
    transition_on = models.DateField(null=True, blank=True)
    begun_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    objects = PilotPlanQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative"], condition=Q(pilot=None), name="one_plan_ahead"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gt=F("starts_on")),
                name="plan_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} pilot plan"
