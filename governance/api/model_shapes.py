"""The shapes of a model: as it is answered, registered, edited, put right and retired."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core import vocabulary
from core.api.briefs import PersonBrief, UnitBrief
from core.api.shape import Bool, Day, Key, Label, Moment, Related, Shape, Text
from core.models import BusinessUnit, User
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from governance.queries.inventory import CAUSES
from governance.services.model_values import MOST_DAYS, TEXTS, WORKING
from kpis.models import Kpi
from portfolio.models import Initiative
from portfolio.models.initiatives import TIERS

STAGES = [(code, label) for code, label in AiModel.Stage.choices if code in WORKING]


class CauseShape(Shape):
    """One cause of staleness, true from `since` on (null: since when is not recorded)."""

    code = serializers.CharField()
    code_display = serializers.CharField()
    severity = serializers.IntegerField()
    sentence = serializers.CharField()
    since = serializers.CharField(allow_null=True)
    clears_when = serializers.CharField()
    last = serializers.CharField(allow_null=True)
    subject = serializers.CharField(allow_null=True)


class ModelShape(Shape):
    """An AI system or model. Null is a fact nobody recorded.

    `status` to `valid_until`, `orphan`, `causes` and `unknown` are answers, written by no caller.
    """

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    name = serializers.CharField()
    purpose = serializers.CharField()
    affected = serializers.CharField()
    contact = serializers.CharField()
    unit = Key("unit")
    initiatives = serializers.ListField(
        child=serializers.IntegerField(), source="initiative_ids", read_only=True
    )
    kpis = serializers.ListField(child=serializers.IntegerField(), source="kpi_ids", read_only=True)
    depends_on = serializers.ListField(
        child=serializers.IntegerField(), source="depends_on_ids", read_only=True
    )
    owner = Key("owner", allow_null=True)
    developer = serializers.CharField()
    developers = serializers.ListField(
        child=serializers.IntegerField(), source="developer_ids", read_only=True
    )
    validator = Key("validator", allow_null=True)
    vendor = serializers.CharField()
    technique = serializers.CharField()
    technique_display = Label("technique", AiModel.Technique.choices)
    autonomy = serializers.IntegerField(
        allow_null=True, help_text="1 informs, 2 proposes, 3 acts and can be stopped, 4 acts alone."
    )
    risk_tier = serializers.IntegerField(allow_null=True)
    risk_tier_display = Label("risk_tier", TIERS)
    stage = serializers.CharField()
    stage_display = Label("stage", AiModel.Stage.choices)
    in_production_since = Day(allow_null=True)
    retired_on = Day(allow_null=True)
    retired_because = serializers.CharField()
    status = serializers.CharField()
    status_display = Label("status", vocabulary.words("model"))
    severity = serializers.IntegerField(allow_null=True)
    stale_since = Day(allow_null=True)
    orphan = Bool()
    causes = serializers.SerializerMethodField()
    unknown = serializers.ListField(child=serializers.CharField())
    judged_on = Day(allow_null=True)
    valid_until = Day(allow_null=True)
    policy_number = serializers.IntegerField()
    next_review_on = Day(allow_null=True)
    last_review_on = Day(allow_null=True)
    last_validated_on = Day(allow_null=True)
    monitoring_cadence_days = serializers.IntegerField(allow_null=True)
    last_monitored_on = Day(allow_null=True)
    last_heartbeat_on = Day(allow_null=True)
    superseded_by = Key("superseded_by", allow_null=True)
    superseded_on = Day(allow_null=True)
    fallback_plan = serializers.CharField()
    fallback_tested_on = Day(allow_null=True)
    dossier_sections = serializers.DictField(child=serializers.CharField())
    attestation_due_on = Day(allow_null=True)
    attested_on = Day(allow_null=True)
    decommission_criteria = serializers.CharField()
    classes = serializers.DictField(child=serializers.CharField())
    champion = serializers.CharField()
    open_critical = serializers.IntegerField(allow_null=True)
    newer_version_since = Day(allow_null=True)
    ethics_passed_on = Day(allow_null=True)
    ethics_due_on = Day(allow_null=True)
    ethics_refused_on = Day(allow_null=True)
    data_until = Day(allow_null=True)
    dossier_done = serializers.IntegerField(allow_null=True)
    dossier_whole = serializers.IntegerField(allow_null=True)
    facts = serializers.DictField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    created_at = Moment()
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"unit": UnitBrief, "owner": PersonBrief, "validator": PersonBrief}

    @extend_schema_field(CauseShape(many=True))
    def get_causes(self, row: AiModel) -> list[dict[str, Any]]:
        return [{**cause, "code_display": CAUSES[cause["code"]]} for cause in row.causes]


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string", "format": "date"}})
class Sections(serializers.DictField):
    """Dossier section -> day of its latest version."""

    child = Day()

    def to_internal_value(self, data: Any) -> dict[str, date]:
        found: dict[str, date] = super().to_internal_value(data)
        unknown = [code for code in found if code not in DOSSIER]
        if unknown:
            raise serializers.ValidationError(
                f"{unknown[0][:40]} is no section. Use: {', '.join(DOSSIER)}.", code="invalid_choice"
            )
        return found


class ModelEdit(Shape):
    """What a caller may change of a model. What its records write is not among it."""

    name = Text(max_length=TEXTS["name"])
    unit = Related(queryset=BusinessUnit.objects.all())
    purpose = Text(max_length=TEXTS["purpose"], required=False, allow_blank=True)
    affected = Text(max_length=TEXTS["affected"], required=False, allow_blank=True)
    contact = Text(max_length=TEXTS["contact"], required=False, allow_blank=True)
    initiatives = Related(queryset=Initiative.objects.all(), prefix="AI", many=True, required=False)
    kpis = Related(queryset=Kpi.objects.all(), prefix="K", many=True, required=False)
    depends_on = Related(queryset=AiModel.objects.all(), prefix="M", many=True, required=False)
    owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    developer = Text(max_length=TEXTS["developer"], required=False, allow_blank=True)
    developers = Related(queryset=User.objects.all(), many=True, required=False)
    validator = Related(queryset=User.objects.all(), required=False, allow_null=True)
    vendor = Text(max_length=TEXTS["vendor"], required=False, allow_blank=True)
    technique = serializers.ChoiceField(choices=AiModel.Technique.choices, required=False, allow_blank=True)
    autonomy = serializers.IntegerField(min_value=1, max_value=4, required=False, allow_null=True)
    stage = serializers.ChoiceField(choices=STAGES, required=False)
    in_production_since = Day(required=False, allow_null=True)
    next_review_on = Day(required=False, allow_null=True)
    monitoring_cadence_days = serializers.IntegerField(
        min_value=1, max_value=MOST_DAYS, required=False, allow_null=True
    )
    superseded_by = Related(queryset=AiModel.objects.all(), prefix="M", required=False, allow_null=True)
    superseded_on = Day(required=False, allow_null=True)
    fallback_plan = Text(max_length=TEXTS["fallback_plan"], required=False, allow_blank=True)
    decommission_criteria = Text(max_length=TEXTS["decommission_criteria"], required=False, allow_blank=True)


class TakenOverWrite(Shape):
    """What records write of a model: taken over from another inventory, or put right."""

    last_validated_on = Day(required=False, allow_null=True)
    last_monitored_on = Day(required=False, allow_null=True)
    last_heartbeat_on = Day(required=False, allow_null=True)
    fallback_tested_on = Day(required=False, allow_null=True)
    dossier_sections = Sections(required=False)
    attestation_due_on = Day(required=False, allow_null=True)
    attested_on = Day(required=False, allow_null=True)


class ModelWrite(ModelEdit, TakenOverWrite):
    """The same for a new model, with what is taken over and the key of the system it comes from."""

    risk_tier = serializers.ChoiceField(choices=TIERS, required=False, allow_null=True)
    source = Text(max_length=80, required=False, allow_blank=True)  # type: ignore[assignment]
    external_id = Text(max_length=400, required=False, allow_blank=True)


class ModelCorrectionWrite(TakenOverWrite):
    """What a reviewer puts right, and why."""

    because = Text(max_length=2_000)
    stage = serializers.ChoiceField(choices=STAGES, required=False)
    in_production_since = Day(required=False, allow_null=True)
    next_review_on = Day(required=False, allow_null=True)
    monitoring_cadence_days = serializers.IntegerField(
        min_value=1, max_value=MOST_DAYS, required=False, allow_null=True
    )
    superseded_on = Day(required=False, allow_null=True)


class RetireWrite(Shape):
    because = Text(max_length=300)
    retired_on = Day(required=False)
