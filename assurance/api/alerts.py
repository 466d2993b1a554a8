"""`monitor-alerts`, `retraining-rules` and `retraining-triggers`: what is alarming, and when it asks for retraining."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assurance.api.plain import Figure
from assurance.models import Monitor, MonitorAlert, RetrainingRule, RetrainingTrigger
from assurance.models.monitoring import DIRECTIONS, EQUALITIES, TRIGGERED, UNITS
from assurance.queries.monitoring import ALERTS, RULES, TRIGGERS
from assurance.queries.retraining import resting_until
from assurance.services.alerts import NOTE, acknowledge
from assurance.services.retraining import end_rule, set_rule
from core import vocabulary
from core.api.briefs import PersonBrief
from core.api.shape import Day, Exact, Key, Label, Moment, Related, Shape, Text
from core.api.views import Endpoint
from core.roles import Action
from domain.retraining import Direction, Equality, Rule, Unit


class MonitorBrief(Shape):
    id = serializers.IntegerField(read_only=True)
    model = Key("model")
    kind = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)


class MonitorAlertShape(Shape):
    """A condition told once for as long as it lasts. `cleared_at` empty: it lasts."""

    id = serializers.IntegerField(read_only=True)
    monitor = Key("monitor")
    observation = Key("observation")
    band = serializers.CharField()
    band_display = Label("band", vocabulary.words("drift"))
    since = Day()
    sentence = serializers.CharField()
    raised_at = Moment()
    acknowledged_at = Moment(allow_null=True)
    acknowledged_by = Key("acknowledged_by", allow_null=True)
    note = serializers.CharField()
    cleared_at = Moment(allow_null=True)
    cleared_because = serializers.CharField()
    version = serializers.IntegerField()

    expandable = {"monitor": MonitorBrief, "acknowledged_by": PersonBrief}


class AcknowledgeWrite(Shape):
    note = Text(max_length=NOTE, help_text="What you do about it.")


class AlertEndpoint(Endpoint):
    """Alerts of monitors the caller may see, open and cleared."""

    area = "governance"
    model = MonitorAlert
    listing = ALERTS
    shape = MonitorAlertShape
    rights = {"acknowledge": Action.EDIT_MODEL}

    @extend_schema(request=AcknowledgeWrite, responses=MonitorAlertShape)
    @action(detail=True, methods=["post"], url_path="acknowledge")
    def acknowledge(self, request: Request, pk: str) -> HttpResponse:
        """Say that a person has seen it and what they do. It clears nothing: data does."""
        row = self.find(pk)

        def work() -> Response:
            note = self.read(request, shape=AcknowledgeWrite)["note"]
            return self.answer(acknowledge(pk=row.pk, note=note, by=self.actor, at=self.at))

        return self.once(work)


class RetrainingRuleShape(Shape):
    """When a performance monitor asks for retraining. `reference` null: its baseline's target. `rests_until`: the first day
    on which it may be raised again; before, a trigger is logged only."""

    id = serializers.IntegerField(read_only=True)
    monitor = Key("monitor")
    direction = serializers.CharField()
    direction_display = Label("direction", DIRECTIONS)
    amount = Exact()
    unit = serializers.CharField()
    unit_display = Label("unit", UNITS)
    equality = serializers.CharField()
    equality_display = Label("equality", EQUALITIES)
    reference = Exact(allow_null=True)
    minimum_sample = serializers.IntegerField()
    cooldown_days = serializers.IntegerField()
    window_days = serializers.IntegerField()
    last_raised_on = Day(allow_null=True)
    rests_until = serializers.SerializerMethodField()
    ended_at = Moment(allow_null=True)
    recorded_at = Moment()
    version = serializers.IntegerField()

    expandable = {"monitor": MonitorBrief}

    def get_rests_until(self, row: RetrainingRule) -> str | None:
        until = resting_until(row)
        return None if until is None else until.isoformat()


class RetrainingRuleWrite(Shape):
    """`amount` in `unit`: points are hundredths of the metric (92 % to 89 % is 3), relative is per cent of the reference."""

    monitor = Related(queryset=Monitor.objects.all())
    direction = serializers.ChoiceField(choices=DIRECTIONS)
    amount = Figure()
    unit = serializers.ChoiceField(choices=UNITS)
    equality = serializers.ChoiceField(choices=EQUALITIES)
    reference = Figure(required=False, allow_null=True)
    minimum_sample = serializers.IntegerField(min_value=1, max_value=10**9)
    cooldown_days = serializers.IntegerField(min_value=0, max_value=3_650)
    window_days = serializers.IntegerField(
        min_value=1,
        max_value=3_650,
        required=False,
        help_text="Days of data to retrain on: 30 a month, 91 a quarter.",
    )


class RuleEndWrite(Shape):
    because = Text(max_length=300)


class RuleEndpoint(Endpoint):
    """Retraining rules of monitors the caller may see. A rule stands as it was set; it can end."""

    area = "governance"
    model = RetrainingRule
    listing = RULES
    shape = RetrainingRuleShape
    write_shape = RetrainingRuleWrite
    rights = {"create": Action.EDIT_MODEL, "end": Action.EDIT_MODEL}

    @extend_schema(request=RetrainingRuleWrite, responses={201: RetrainingRuleShape})
    def create(self, request: Request) -> HttpResponse:
        """Say when a performance monitor asks for retraining."""

        def work() -> Response:
            said = self.read(request)
            monitor, reference = said.pop("monitor"), said.pop("reference", None)
            row = set_rule(
                monitor_id=monitor.pk, rule=rule_from(said), reference=reference, by=self.actor, at=self.at
            )
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(request=RuleEndWrite, responses=RetrainingRuleShape)
    @action(detail=True, methods=["post"], url_path="end")
    def end(self, request: Request, pk: str) -> HttpResponse:
        """A rule asks no more, with the reason."""
        row = self.find(pk)

        def work() -> Response:
            because = self.read(request, shape=RuleEndWrite)["because"]
            return self.answer(end_rule(pk=row.pk, because=because, by=self.actor, at=self.at))

        return self.once(work)


def rule_from(said: dict[str, Any]) -> Rule:
    """A rule of what a body or a form says."""
    return Rule(
        direction=Direction(said["direction"]), amount=said["amount"], unit=Unit(said["unit"]),
        equality=Equality(said["equality"]), minimum_sample=said["minimum_sample"],
        cooldown_days=said["cooldown_days"], window_days=said.get("window_days") or 91,
    )  # fmt: skip


class RetrainingTriggerShape(Shape):
    """A rule's condition met: raised, or logged in the cooldown. `change` in the rule's unit."""

    id = serializers.IntegerField(read_only=True)
    rule = Key("rule")
    observation = Key("observation")
    outcome = serializers.CharField()
    outcome_display = Label("outcome", TRIGGERED)
    on = Day()
    reference = Exact()
    value = Exact()
    change = Exact()
    sentence = serializers.CharField()
    recorded_at = Moment()


class TriggerEndpoint(Endpoint):
    """What retraining rules triggered, raised and logged."""

    area = "governance"
    model = RetrainingTrigger
    listing = TRIGGERS
    shape = RetrainingTriggerShape
