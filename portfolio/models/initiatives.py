"""An initiative: a use case under governance, from idea to retirement."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.access import Actor, Paths, scope
from core.models import BusinessUnit
from core.models.record import Record
from core.roles import Action
from domain.stages import Stage

STAGES = [(s.value, s.value.replace("_", "-").capitalize()) for s in Stage]
PRECISIONS = [(p, p) for p in ("day", "month", "quarter", "year", "observed", "unknown")]
TIERS = [(1, "Tier 1 (highest risk)"), (2, "Tier 2"), (3, "Tier 3")]


class StrategicObjective(Record):
    """What the organisation wants; an initiative serves at least one, or is listed as unaligned."""

    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = Paths(unit="")

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    def visible_to(self, actor: Actor) -> "InitiativeQuerySet":
        """Those the actor may know of."""
        return self.filter(scope(actor, Action.VIEW, Initiative))


class Initiative(Record):
    """One AI initiative. `stage`, `kpi_*` and `pilot_*` are answers kept by services, never typed."""

    name = models.CharField(max_length=500)
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="initiatives")
    problem = models.TextField(blank=True)
    outcome = models.TextField(blank=True)
    value_hypothesis = models.CharField(max_length=400, blank=True)
    sponsor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="sponsored"
    )
    sponsor_since = models.DateField(null=True, blank=True)
    # Set when a sponsor left or a person said there is none. Empty with no sponsor: never recorded.
    sponsor_vacant_since = models.DateField(null=True, blank=True)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="led"
    )
    objectives = models.ManyToManyField(StrategicObjective, blank=True, related_name="initiatives")
    risk_tier = models.PositiveSmallIntegerField(null=True, blank=True, choices=TIERS)
    impact = models.CharField(max_length=12, blank=True)
    planned_value = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    # Facts that imports bring (yes, no, not_reported, not_required), and columns nobody mapped.
    facts = models.JSONField(default=dict, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    # Written by portfolio.services.move_stage alone.
    stage = models.CharField(max_length=12, choices=STAGES, default=Stage.IDEA.value)
    entered_on = models.DateField(null=True, blank=True)
    entered_precision = models.CharField(max_length=8, choices=PRECISIONS, default="day")
    # Written by portfolio.services.set_kpi_status alone.
    kpi_status = models.CharField(max_length=12, default="no_kpi")
    kpi_reason = models.CharField(max_length=40, blank=True, default="no_evaluable_kpi")
    kpi_since = models.DateField(null=True, blank=True)
    # Written by portfolio.services.set_pilot_level alone. Empty: no pilot.
    pilot_level = models.CharField(max_length=10, blank=True)
    pilot_remedy = models.CharField(max_length=24, blank=True)
    pilot_planned_days = models.PositiveIntegerField(null=True, blank=True)
    decision_on = models.DateField(null=True, blank=True)
    # Sums of the money rows, written by portfolio.services.totals alone. Empty: no row was ever recorded.
    spent = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    approved = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    released = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    claimed = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    validated = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)

    objects = InitiativeQuerySet.as_manager()
    ACCESS: ClassVar[Paths] = Paths(
        unit="unit__path", people=("lead", "sponsor", "members__user"), runs=("lead", "sponsor")
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="initiative_external_id_once_per_source",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="initiative_has_a_name"),
            models.CheckConstraint(
                condition=Q(risk_tier=None) | Q(risk_tier__in=[1, 2, 3]), name="initiative_tier_1_to_3"
            ),
            models.CheckConstraint(
                condition=Q(sponsor=None) | Q(sponsor_vacant_since=None), name="initiative_sponsor_or_vacant"
            ),
        ]
        indexes = [
            # Read by the lists that the dashboard's numbers open: of one stage, of one status.
            models.Index(fields=["stage", "kpi_status", "unit"], name="initiative_dashboard"),
            # Read by lists in one unit, and by access.scope().
            models.Index(fields=["unit", "-id"], name="initiative_of_unit"),
            # Read by lists of one level, and by the tallies.
            models.Index(
                fields=["pilot_level", "decision_on"], name="initiative_pilots", condition=~Q(pilot_level="")
            ),
            # Read by decisions due: the oldest date first.
            models.Index(fields=["decision_on"], name="initiative_decisions", condition=~Q(pilot_level="")),
            # Read by the chart of spend and value: the sixty with most planned value.
            models.Index(
                fields=["-planned_value", "id"],
                name="initiative_by_value",
                condition=Q(planned_value__isnull=False, spent__isnull=False),
            ),
            # Read by lists sorted by name.
            models.Index(fields=["name", "id"], name="initiative_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.name}"

    @property
    def ref(self) -> str:
        """The name people use, `AI-0042`; never reused because ids never are."""
        return f"AI-{self.pk:04d}"


class InitiativeMember(Record):
    """A person who works on an initiative beside its lead and sponsor."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    function = models.CharField(max_length=80, blank=True)
    added_at = models.DateTimeField()

    ACCESS: ClassVar[Paths] = Paths(
        unit="initiative__unit__path",
        people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
        runs=("initiative__lead", "initiative__sponsor"),
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["initiative", "user"], name="a_member_once")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.initiative_id}"


class StageSpell(Record):
    """A stay in a stage. Never re-dated, only closed; `entered_on` empty means undated, not zero."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="spells")
    from_stage = models.CharField(max_length=12, choices=STAGES, blank=True)
    stage = models.CharField(max_length=12, choices=STAGES)
    entered_on = models.DateField(null=True, blank=True)
    precision = models.CharField(max_length=8, choices=PRECISIONS, default="day")
    left_on = models.DateField(null=True, blank=True)
    because = models.CharField(max_length=300, blank=True)
    basis = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    # A source correcting its own date: the row it replaces stays.
    restates = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="restated_by"
    )

    ACCESS: ClassVar[Paths] = Paths(
        unit="initiative__unit__path",
        people=("initiative__lead", "initiative__sponsor", "initiative__members__user"),
        runs=("initiative__lead", "initiative__sponsor"),
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["initiative"], condition=Q(closed_at=None), name="one_open_spell_per_initiative"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(entered_on=None) | Q(left_on__gte=F("entered_on")),
                name="spell_left_after_it_was_entered",
            ),
        ]
        indexes = [
            # Read by stage ageing: open spells by stage and age.
            models.Index(fields=["stage", "entered_on"], name="spell_open", condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} {self.stage} from {self.entered_on or 'undated'}"
