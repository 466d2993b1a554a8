"""Bodies that say what a KPI measures and what it counts for: to define, to edit and to change it."""

from rest_framework import serializers

from core.api.shape import Bool, Day, Related, Shape, Text
from core.models import User
from kpis.api.fields import Number, SuccessWrite
from kpis.models import Kpi, KpiVersion
from kpis.services.amend import BECAUSE
from kpis.services.facts import TEXTS
from portfolio.models import Initiative


class DefinitionWrite(Shape):
    """What is part of the definition; the rest stays as it is."""

    name = Text(max_length=TEXTS["name"], required=False)
    kind = serializers.ChoiceField(choices=Kpi.Kind.choices, required=False)
    definition = Text(max_length=TEXTS["definition"], required=False, allow_blank=True)
    formula = Text(max_length=TEXTS["formula"], required=False, allow_blank=True)
    population = Text(max_length=TEXTS["population"], required=False, allow_blank=True)
    population_size = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=2**63 - 1,
        help_text="How many it holds, where counted.",
    )
    window = Text(
        max_length=TEXTS["window"], required=False, allow_blank=True, help_text="As calendar month."
    )
    unit_of_measure = Text(max_length=TEXTS["unit_of_measure"], required=False, allow_blank=True)
    data_source = Text(max_length=TEXTS["data_source"], required=False, allow_blank=True)
    judge = Related(
        queryset=User.objects.all(), required=False, allow_null=True,
        help_text="For a judgement on a scale: only this person records it.",
    )  # fmt: skip
    primary = Bool(required=False)
    weight = Number(required=False)
    serves = Related(queryset=Kpi.objects.all(), prefix="K", required=False, allow_null=True)
    serves_because = Text(max_length=TEXTS["serves_because"], required=False, allow_blank=True)
    parent = Related(queryset=Kpi.objects.all(), prefix="K", required=False, allow_null=True)  # type: ignore[assignment]
    rolls_up_by = serializers.ChoiceField(choices=Kpi.RollsUpBy.choices, required=False)
    success = SuccessWrite(required=False)


class KpiEdit(DefinitionWrite):
    """The definition of a draft, and what surrounds it."""

    owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    metric = serializers.ChoiceField(choices=Kpi.Metric.choices, required=False, allow_blank=True)
    minority_share = Number(required=False, allow_null=True, help_text="Of the rarer class, up to 0.5.")
    parent_weight = Number(required=False)


class KpiWrite(KpiEdit):
    """A new KPI."""

    initiative = Related(queryset=Initiative.objects.all(), prefix="AI")
    name = Text(max_length=TEXTS["name"])
    because = Text(max_length=BECAUSE, required=False, allow_blank=True)
    source = Text(max_length=80, required=False, allow_blank=True)  # type: ignore[assignment]
    external_id = Text(max_length=200, required=False, allow_blank=True)


class UnapprovedChangeWrite(DefinitionWrite):
    """A change nobody approves. It is told for ever."""

    because = Text(max_length=BECAUSE)
    reason_code = serializers.ChoiceField(
        choices=KpiVersion.ReasonCode.choices, required=False, allow_blank=True
    )


class ChangeWrite(DefinitionWrite):
    """A change that somebody else is to approve."""

    because = Text(max_length=BECAUSE)
    reason_code = serializers.ChoiceField(choices=KpiVersion.ReasonCode.choices)
    effective_on = Day(
        required=False, allow_null=True, help_text="The first day it counts, today or later; else the day it is approved."
    )  # fmt: skip


class BecauseWrite(Shape):
    because = Text(max_length=300)
