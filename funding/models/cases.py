"""Business cases: versions of what an initiative costs and what comes of it, as somebody wrote them down.

A version is a draft, one at a time, until it is published; from then on it stands, also below the application: a change is
the next version. Amounts are yearly, today's first, as strings with two decimals; null where nobody has said yet.

Lines go with their version, which the database sees to (DO_NOTHING here): it refuses to delete them before it.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.access import Actor, Paths
from core.models.record import Record
from domain.finance.case import BenefitType, CostCategory, Evidence
from domain.finance.present_value import HIGHEST_RATE, LOWEST_RATE
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.models.money import PATHS

CATEGORIES = [(c.value, c.value.replace("_", " ").capitalize()) for c in CostCategory]
TYPES = [(t.value, t.value.replace("_", "-").capitalize()) for t in BenefitType]
EVIDENCE = [
    (Evidence.CONTROLLED.value, "Measured against a control group"),
    (Evidence.BEFORE_AFTER.value, "Measured before and after"),
    (Evidence.ESTIMATED.value, "Estimated"),
    (Evidence.ASSUMED.value, "Assumed"),
]


def _share(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 0, f"{name}__lte": 1}),
        name=f"case_{name}_is_a_share",
    )


class BusinessCase(Record):
    """One version of the case of an initiative.

    `starts_on`: the day of flow 0; the flow of year n lies n years later. `rate` per year as a decimal. `do_nothing`: the
    annual flows of doing nothing; `if_stopped`, `if_carried_on`: the annual flows when the first stage fails and the money
    stops there, or goes on regardless, with `works` the probability that it does not fail. Empty lists: nobody said.
    `people`: full-time people it needs while it runs. `delay_means`: which of the two costs of a year's delay applies.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    class Prices(models.TextChoices):
        NOMINAL = "nominal", "Nominal: prices of each year"
        REAL = "real", "Real: prices of today"

    class Delay(models.TextChoices):
        FIXED_HORIZON = "fixed_horizon", "The end stays: a system is replaced or a market closes at a date"
        SLIDING = "sliding", "The whole case slides"

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="cases")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    because = models.CharField(max_length=300, blank=True)

    starts_on = models.DateField()
    years = models.PositiveSmallIntegerField()
    rate = models.DecimalField(max_digits=9, decimal_places=6)
    currency = models.CharField(max_length=3)
    prices = models.CharField(max_length=7, choices=Prices.choices, default=Prices.NOMINAL)
    mid_year = models.BooleanField(default=False)
    finance_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    reinvest_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)

    spread_benefits = models.DecimalField(max_digits=5, decimal_places=4, default="0.20")
    spread_outlay = models.DecimalField(max_digits=5, decimal_places=4, default="0.20")
    spread_years_late = models.PositiveSmallIntegerField(default=1)
    spread_rate = models.DecimalField(max_digits=5, decimal_places=4, default="0.04")
    spread_running = models.DecimalField(max_digits=18, decimal_places=2, default="0")

    do_nothing = models.JSONField(default=list, blank=True)
    delay_means = models.CharField(max_length=13, choices=Delay.choices, blank=True)
    works = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    if_stopped = models.JSONField(default=list, blank=True)
    if_carried_on = models.JSONField(default=list, blank=True)
    people = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # SHA-256 of the canonical document of a published version, hex.
    seal = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)

    ACCESS: ClassVar[Paths] = PATHS

    class Meta:
        ordering = ["initiative_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "number"], name="case_number_once"),
            models.UniqueConstraint(fields=["initiative"], condition=Q(state="draft"), name="one_draft_case"),
            models.CheckConstraint(condition=Q(years__gte=1, years__lte=10), name="case_of_1_to_10_years"),
            models.CheckConstraint(
                condition=Q(rate__gte=LOWEST_RATE, rate__lte=HIGHEST_RATE), name="case_rate_in_range"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at=None, seal="")
                | (Q(state="published", published_at__isnull=False) & ~Q(seal="")),
                name="case_published_is_sealed",
            ),
            _share("works"),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} case {self.number}"

    @property
    def ref(self) -> str:
        return f"BC-{self.pk:04d}"


class DraftSession(Record):
    """Somebody who keeps changing a draft, while the log does not tell their later changes yet. One at a time.

    `before`: the document as the log told it last. `last_at`: their last change.
    """

    case = models.OneToOneField(BusinessCase, on_delete=models.CASCADE, related_name="session")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    via = models.CharField(max_length=20)
    token_id = models.BigIntegerField(null=True)
    before = models.JSONField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case_id} {self.user_id}"

    def is_of(self, actor: Actor) -> bool:
        """Whether this is the same person through the same door."""
        mine = (actor.user.pk if actor.user else None, actor.via, actor.token_id)
        return (self.user_id, self.via, self.token_id) == mine


class CaseCost(Record):
    """What a category costs in each year; positive numbers."""

    case = models.ForeignKey(BusinessCase, on_delete=models.DO_NOTHING, related_name="costs")
    category = models.CharField(max_length=20, choices=CATEGORIES)
    amounts = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "category"], name="case_cost_category_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.category}"


class CaseBenefit(Record):
    """One thing that comes of it: what changes, for whom, how sure that is, and what it is worth in each year.

    `key` names the same benefit over versions of a case. `kpi`: the measure it moves, also one of another initiative.
    `attribution`: the share of that KPI's improvement claimed here, 0 to 1. No amounts: recorded apart, never in a sum.
    """

    case = models.ForeignKey(BusinessCase, on_delete=models.DO_NOTHING, related_name="benefits")
    key = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=300)
    type = models.CharField(max_length=14, choices=TYPES)
    evidence = models.CharField(max_length=12, choices=EVIDENCE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kpi = models.ForeignKey(Kpi, null=True, blank=True, on_delete=models.PROTECT, related_name="benefits")
    attribution = models.DecimalField(max_digits=7, decimal_places=6, default="1")
    attribution_method = models.CharField(max_length=300, blank=True)
    baseline = models.CharField(max_length=300, blank=True)
    amounts = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="case_benefit_key_once"),
            models.CheckConstraint(
                condition=Q(attribution__gte=0, attribution__lte=1), name="case_attribution_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.key} {self.description}"


class CaseScenario(Record):
    """A way it may go: a haircut on the benefits, so many years late, the outlay times a factor."""

    class Name(models.TextChoices):
        PILOT = "pilot", "As in the pilot"
        CONSERVATIVE = "conservative", "Conservative"
        WORST = "worst", "Worst"
        OPTIMISTIC = "optimistic", "Better than the pilot"

    case = models.ForeignKey(BusinessCase, on_delete=models.DO_NOTHING, related_name="scenarios")
    name = models.CharField(max_length=12, choices=Name.choices)
    haircut = models.DecimalField(max_digits=5, decimal_places=4)
    years_late = models.PositiveSmallIntegerField(default=0)
    outlay_factor = models.DecimalField(max_digits=6, decimal_places=4, default="1")
    probability = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "name"], name="case_scenario_once"),
            models.CheckConstraint(
                condition=Q(haircut__gte=-10, haircut__lte=1), name="case_haircut_at_most_all"
            ),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__gte=0, probability__lte=1),
                name="case_probability_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"


class CaseCitation(Record):
    """What stands on a published version: a gate submission, a decision, a memo. Rows are added, never changed."""

    case = models.ForeignKey(BusinessCase, on_delete=models.PROTECT, related_name="citations")
    cited_by = models.CharField(max_length=30)
    ref = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "cited_by", "ref"], name="case_citation_once")]

    def __str__(self) -> str:
        return f"{self.case_id} cited by {self.cited_by} {self.ref}"
