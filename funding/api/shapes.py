"""What a case looks like from outside: read, written, appraised, compared."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Exact, Key, Label, Moment, Money, Related, Shape, Text
from core.values import MAX_ID
from domain.finance.case import MOST_YEARS
from funding.api.figures import AppraisalShape, appraisal_of
from funding.models import BusinessCase, CaseScenario
from funding.models.cases import CATEGORIES, EVIDENCE, TYPES
from kpis.api.fields import KpiRef, Number
from portfolio.api.records import InitiativeBrief
from portfolio.models import Initiative

MOST_AMOUNTS = 50


class CaseShape(Shape):
    """A version of a case. `in_force`: published, and no later version is. `seal`: SHA-256 of what was published."""

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    initiative = Key("initiative")
    number = serializers.IntegerField()
    state = serializers.CharField()
    state_display = Label("state", BusinessCase.State.choices)
    in_force = Bool()
    because = serializers.CharField()
    starts_on = Day()
    years = serializers.IntegerField()
    rate = Exact(places=6)
    currency = serializers.CharField()
    prices = serializers.CharField()
    prices_display = Label("prices", BusinessCase.Prices.choices)
    mid_year = Bool()
    delay_means = serializers.CharField()
    delay_means_display = Label("delay_means", BusinessCase.Delay.choices)
    people = Exact(allow_null=True)
    created_at = Moment()
    created_by = Key("created_by", allow_null=True)
    updated_at = Moment()
    published_at = Moment(allow_null=True)
    published_by = Key("published_by", allow_null=True)
    seal = serializers.CharField()
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "created_by": PersonBrief, "published_by": PersonBrief}


class CostShape(Shape):
    """What a category costs in each year, today's first; null where nobody said."""

    category = serializers.CharField()
    category_display = Label("category", CATEGORIES)
    amounts = serializers.ListField(child=serializers.CharField(allow_null=True))
    note = serializers.CharField()


class BenefitLineShape(Shape):
    """One thing that comes of it. `key` names it over the versions. No amounts: not about money, in no sum."""

    key = serializers.IntegerField()
    description = serializers.CharField()
    type = serializers.CharField()
    type_display = Label("type", TYPES)
    evidence = serializers.CharField()
    evidence_display = Label("evidence", EVIDENCE)
    owner = Key("owner", allow_null=True)
    kpi = Key("kpi", allow_null=True)
    attribution = Exact()
    attribution_method = serializers.CharField()
    baseline = serializers.CharField()
    amounts = serializers.ListField(child=serializers.CharField(allow_null=True))


class ScenarioShape(Shape):
    """A way it may go. `haircut` below 0 adds to the benefits."""

    name = serializers.CharField()
    name_display = Label("name", CaseScenario.Name.choices)
    haircut = Exact()
    years_late = serializers.IntegerField()
    outlay_factor = Exact()
    probability = Exact(allow_null=True)


_cost, _benefit, _scenario = CostShape().written(), BenefitLineShape().written(), ScenarioShape().written()


class CaseDetailShape(CaseShape):
    """A version with its lines, and with every figure that can be told of it."""

    finance_rate = Exact(places=6, allow_null=True)
    reinvest_rate = Exact(places=6, allow_null=True)
    spread_benefits = Exact()
    spread_outlay = Exact()
    spread_years_late = serializers.IntegerField()
    spread_rate = Exact()
    spread_running = Money()
    do_nothing = serializers.ListField(child=serializers.CharField(allow_null=True))
    works = Exact(allow_null=True)
    if_stopped = serializers.ListField(child=serializers.CharField(allow_null=True))
    if_carried_on = serializers.ListField(child=serializers.CharField(allow_null=True))
    costs = serializers.SerializerMethodField()
    benefits = serializers.SerializerMethodField()
    scenarios = serializers.SerializerMethodField()
    appraisal = serializers.SerializerMethodField()

    @extend_schema_field(CostShape(many=True))
    def get_costs(self, row: BusinessCase) -> list[dict[str, Any]]:
        return [_cost(one) for one in self.lines(row).costs]

    @extend_schema_field(BenefitLineShape(many=True))
    def get_benefits(self, row: BusinessCase) -> list[dict[str, Any]]:
        return [_benefit(one) for one in self.lines(row).benefits]

    @extend_schema_field(ScenarioShape(many=True))
    def get_scenarios(self, row: BusinessCase) -> list[dict[str, Any]]:
        return [_scenario(one) for one in self.lines(row).scenarios]

    @extend_schema_field(AppraisalShape)
    def get_appraisal(self, row: BusinessCase) -> dict[str, Any]:
        return appraisal_of(self.lines(row))

    def lines(self, row: BusinessCase) -> Any:
        """Read once for the answer, by whoever shows it."""
        return self.context["view"].lines(row)


class Part(Shape):
    """A body within a body: an unknown name in it is refused like one of the whole."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            for key in data:
                if key not in self.fields:
                    said = serializers.ErrorDetail(
                        f"Not writable here. Writable: {', '.join(self.fields)}.", "field_not_writable"
                    )
                    raise serializers.ValidationError({str(key)[:80]: [said]})
        return super().to_internal_value(data)


def yearly() -> Any:
    return serializers.ListField(
        child=Number(allow_null=True), required=False, max_length=MOST_AMOUNTS,
        help_text="So many amounts as years and one, today's first; null where nobody has said yet.",
    )  # fmt: skip


class CostWrite(Part):
    category = serializers.ChoiceField(choices=CATEGORIES)
    amounts = yearly()
    note = Text(max_length=300, required=False, allow_blank=True)
    currency = Text(max_length=3, required=False, help_text="That of the case, and no other.")


class BenefitLineWrite(Part):
    key = serializers.IntegerField(required=False, min_value=1, max_value=32_767)
    description = Text(max_length=300, required=False, allow_blank=True)
    type = serializers.ChoiceField(choices=TYPES, required=False, allow_blank=True)
    evidence = serializers.ChoiceField(choices=EVIDENCE, required=False, allow_blank=True)
    owner = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MAX_ID)
    kpi = KpiRef(required=False, allow_null=True)
    attribution = Number(required=False)
    attribution_method = Text(max_length=300, required=False, allow_blank=True)
    baseline = Text(max_length=300, required=False, allow_blank=True)
    amounts = yearly()
    currency = Text(max_length=3, required=False, help_text="That of the case, and no other.")


class ScenarioWrite(Part):
    name = serializers.ChoiceField(choices=CaseScenario.Name.choices)
    haircut = Number()
    years_late = serializers.IntegerField(required=False, min_value=0, max_value=MOST_YEARS)
    outlay_factor = Number(required=False)
    probability = Number(required=False, allow_null=True)


class CaseEdit(Shape):
    """What is named is changed; lines are replaced whole."""

    starts_on = Day()
    years = serializers.IntegerField(min_value=1, max_value=MOST_YEARS)
    rate = Number()
    currency = Text(max_length=3, required=False, help_text="The organisation's, and no other.")
    prices = serializers.ChoiceField(choices=BusinessCase.Prices.choices, required=False)
    mid_year = Bool(required=False)
    finance_rate = Number(required=False, allow_null=True)
    reinvest_rate = Number(required=False, allow_null=True)
    spread_benefits = Number(required=False)
    spread_outlay = Number(required=False)
    spread_years_late = serializers.IntegerField(required=False, min_value=0, max_value=MOST_YEARS)
    spread_rate = Number(required=False)
    spread_running = Number(required=False)
    do_nothing = yearly()
    delay_means = serializers.ChoiceField(
        choices=BusinessCase.Delay.choices, required=False, allow_blank=True
    )
    works = Number(required=False, allow_null=True)
    if_stopped = yearly()
    if_carried_on = yearly()
    people = Number(required=False, allow_null=True)
    costs = CostWrite(many=True, required=False)
    benefits = BenefitLineWrite(many=True, required=False)
    scenarios = ScenarioWrite(many=True, required=False)


class CaseWrite(CaseEdit):
    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    from_in_force = Bool(
        required=False, help_text="Begin with what the version in force says, changed by what else is sent."
    )


class PublishWrite(Shape):
    because = Text(max_length=300, required=False, allow_blank=True)


class CitationShape(Shape):
    """What stands on a published version: a gate, a decision, a memo."""

    id = serializers.IntegerField(read_only=True)
    case = Key("case")
    cited_by = serializers.CharField()
    ref = serializers.CharField()
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)
