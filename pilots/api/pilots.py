"""`pilots` with their extensions, and `pilot-findings`."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock, vocabulary
from core.api.briefs import PersonBrief
from core.api.shape import Bool, Day, Display, Exact, Key, Label, Moment, Money, Related, Shape, Text
from core.errors import not_found
from core.models import User
from core.roles import Action
from core.values import read_past_day
from domain.finance.extension import Extension
from domain.kpi_figures import TWO_PLACES, rounded
from pilots.api.fast_lane import LaneActions
from pilots.api.parts import PartActions
from pilots.models import Pilot, PilotExtension
from pilots.queries.board import PILOTS, seen_by, told, waits
from pilots.queries.facts import with_people
from pilots.queries.pricing import pricing_of
from pilots.queries.replay import as_of
from pilots.queries.words import remedy_words
from pilots.services.charter import COUNTS, MOST_DAYS, TEXTS, edit_pilot
from pilots.services.extend import MOST_DAYS as MOST_EXTENSION
from pilots.services.extend import grant_extension
from portfolio.api.records import FlagEndpoint, InitiativeBrief

AS_OF = OpenApiParameter(
    "as_of", OpenApiTypes.DATE, description="Judge the facts recorded now as of this day."
)


class FindingShape(Shape):
    """A rule that fired: what it saw, since when, and what would clear it."""

    rule = serializers.CharField()
    group = serializers.CharField()
    severity = serializers.IntegerField()
    cause = serializers.CharField()
    sentence = serializers.CharField()
    numbers = serializers.DictField()
    since = Day()
    clears_when = serializers.CharField()


_finding = FindingShape().written()


class PriceShape(Shape):
    """What a longer pilot would cost: cost of delay and running spend over the days. Null is not known, and half a price is
    no price."""

    days = serializers.IntegerField()
    delay = Money(allow_null=True)
    running = Money(allow_null=True)
    total = Money(allow_null=True)


class PilotShape(Shape):
    """A trial with real users. Null is a fact nobody recorded; `no_...` true is a person saying there is none.

    `level` to `valid_until`, `rules`, `unknown`, `remedy` and `findings` are answers, written by no caller.
    """

    id = serializers.IntegerField(read_only=True)
    ref = serializers.CharField(read_only=True)
    initiative = Key("initiative")
    entered_on = Day(allow_null=True)
    entered_precision = serializers.CharField()
    ended_on = Day(allow_null=True)
    level = serializers.CharField()
    level_display = Label("level", vocabulary.words("pilot"))
    level_since = Day(allow_null=True)
    remedy = serializers.CharField()
    remedy_display = Display(lambda row: remedy_words(row.remedy, row.remedy_detail))
    remedy_detail = serializers.DictField()
    rules = serializers.DictField(child=serializers.IntegerField())
    findings = serializers.SerializerMethodField()
    unknown = serializers.ListField(child=serializers.CharField())
    decision_waits = serializers.SerializerMethodField()
    judged_on = Day(allow_null=True)
    valid_until = Day(allow_null=True)
    policy_number = serializers.IntegerField()
    scope_units = serializers.CharField()
    scope_sites = serializers.CharField()
    scope_users = serializers.CharField()
    scope_systems = serializers.CharField()
    units_count = serializers.IntegerField(allow_null=True)
    sites_count = serializers.IntegerField(allow_null=True)
    users_count = serializers.IntegerField(allow_null=True)
    systems_count = serializers.IntegerField(allow_null=True)
    hypotheses = serializers.CharField()
    sample = serializers.CharField()
    stop_threshold = serializers.CharField()
    charter_version = serializers.IntegerField()
    planned_days = serializers.IntegerField(allow_null=True)
    planned_end_on = Day(allow_null=True)
    decision_on = Day(allow_null=True)
    no_decision_date = Bool()
    success_criteria_agreed = Bool(allow_null=True)
    success_measure_changes = serializers.IntegerField(allow_null=True)
    criteria_met_on = Day(allow_null=True)
    gate_requested_on = Day(allow_null=True)
    deferrals = serializers.IntegerField(allow_null=True)
    production_owner = Key("production_owner", allow_null=True)
    no_production_owner = Bool()
    transition_run_cost = Money(allow_null=True)
    transition_integration = serializers.CharField()
    transition_support = serializers.CharField()
    transition_on = Day(allow_null=True)
    no_transition_plan = Bool()
    condition_due_on = Day(allow_null=True)
    condition_blocks = Bool(allow_null=True)
    no_open_condition = Bool()
    scope_change = Exact(allow_null=True)
    scope_approved = Bool(allow_null=True)
    users_outside_charter = serializers.IntegerField(allow_null=True)
    invited_users = serializers.IntegerField(allow_null=True)
    weekly_active_users = serializers.IntegerField(allow_null=True)
    created_at = Moment()
    updated_at = Moment()
    version = serializers.IntegerField()

    expandable = {"initiative": InitiativeBrief, "production_owner": PersonBrief}

    def get_decision_waits(self, row: Pilot) -> bool:
        return waits(row, self.today)

    @cached_property
    def today(self) -> date:
        today: date = self.context["view"].today
        return today

    @extend_schema_field(FindingShape(many=True))
    def get_findings(self, row: Any) -> list[Any]:
        return [_finding(one) for one in row.told]


class PilotDetailShape(PilotShape):
    """One pilot. `extension_prices`: what 30, 60 and 90 days more would cost from today; none of what ended, or of a past
    day."""

    extension_prices = serializers.SerializerMethodField()

    @extend_schema_field(PriceShape(many=True))
    def get_extension_prices(self, row: Pilot) -> list[dict[str, Any]]:
        if row.ended_on is not None or self.context["view"].asked_past:
            return []
        return [_price(one) for one in pricing_of(row.initiative, self.today).prices]


def _price(one: Extension) -> dict[str, Any]:
    amounts = {"delay": one.delay, "running": one.running, "total": one.total}
    return {
        "days": one.days,
        **{k: None if v is None else f"{rounded(v, TWO_PLACES):f}" for k, v in amounts.items()},
    }


def counted(name: str) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=COUNTS[name], required=False, allow_null=True)


class PilotWrite(Shape):
    """The facts a person records. A fact given takes back "there is none", and the other way round."""

    scope_units = Text(max_length=TEXTS["scope_units"], required=False, allow_blank=True)
    scope_sites = Text(max_length=TEXTS["scope_sites"], required=False, allow_blank=True)
    scope_users = Text(max_length=TEXTS["scope_users"], required=False, allow_blank=True)
    scope_systems = Text(max_length=TEXTS["scope_systems"], required=False, allow_blank=True)
    units_count = counted("units_count")
    sites_count = counted("sites_count")
    users_count = counted("users_count")
    systems_count = counted("systems_count")
    hypotheses = Text(max_length=TEXTS["hypotheses"], required=False, allow_blank=True)
    sample = Text(max_length=TEXTS["sample"], required=False, allow_blank=True)
    stop_threshold = Text(max_length=TEXTS["stop_threshold"], required=False, allow_blank=True)
    planned_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, required=False, allow_null=True)
    decision_on = Day(required=False, allow_null=True)
    no_decision_date = Bool(required=False)
    success_criteria_agreed = Bool(required=False, allow_null=True)
    success_measure_changes = counted("success_measure_changes")
    criteria_met_on = Day(required=False, allow_null=True)
    gate_requested_on = Day(required=False, allow_null=True)
    deferrals = counted("deferrals")
    production_owner = Related(queryset=User.objects.all(), required=False, allow_null=True)
    no_production_owner = Bool(required=False)
    transition_run_cost = Money(required=False, allow_null=True, min_value=0)
    transition_integration = Text(
        max_length=TEXTS["transition_integration"], required=False, allow_blank=True
    )
    transition_support = Text(max_length=TEXTS["transition_support"], required=False, allow_blank=True)
    transition_on = Day(required=False, allow_null=True)
    no_transition_plan = Bool(required=False)
    condition_due_on = Day(required=False, allow_null=True)
    condition_blocks = Bool(required=False, allow_null=True)
    no_open_condition = Bool(required=False)
    scope_change = Exact(max_digits=7, decimal_places=4, required=False, allow_null=True)
    scope_approved = Bool(required=False, allow_null=True)
    users_outside_charter = counted("users_outside_charter")
    invited_users = counted("invited_users")
    weekly_active_users = counted("weekly_active_users")
    because = Text(max_length=300, required=False, allow_blank=True)


class ExtensionShape(Shape):
    """A longer pilot, with its reason and its price on the day it was granted. `priced_from`: the case that said the delay.
    `decision_changes`: how likely it was held that its evidence changes the decision, null: nobody said."""

    id = serializers.IntegerField(read_only=True)
    pilot = Key("pilot")
    number = serializers.IntegerField()
    days = serializers.IntegerField()
    new_end_on = Day()
    new_decision_on = Day(allow_null=True)
    reason_code = serializers.CharField()
    reason_code_display = Label("reason_code", PilotExtension.REASONS)
    note = serializers.CharField()
    granted_on = Day()
    price_delay = Money(allow_null=True)
    price_running = Money(allow_null=True)
    price = Money(allow_null=True)
    priced_from = serializers.CharField()
    evidence = serializers.CharField()
    decision_changes = Exact(allow_null=True)
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)


class ExtensionsShape(Shape):
    """Every extension of a pilot, first to last."""

    results = ExtensionShape(many=True)


class ExtensionWrite(Shape):
    days = serializers.IntegerField(min_value=1, max_value=MOST_EXTENSION)
    reason_code = serializers.ChoiceField(choices=PilotExtension.REASONS)
    note = Text(max_length=500, required=False, allow_blank=True)
    new_decision_on = Day(required=False, allow_null=True)
    evidence = Text(max_length=500)
    decision_changes = Exact(max_digits=5, decimal_places=4, min_value=0, max_value=1)


class PilotEndpoint(LaneActions, PartActions):
    """Pilots the caller may see, one for each stay of an initiative in the pilot stage."""

    area = "pilots"
    model = Pilot
    prefix = "P"
    listing = PILOTS
    shape = PilotDetailShape
    write_shape = PilotWrite
    lists_less = True
    beside = {"entered_on": F("spell__entered_on"), "entered_precision": F("spell__precision")}
    detail_params = ("as_of",)
    rights = {
        "partial_update": Action.EDIT_PILOT,
        "extend": Action.EXTEND_PILOT,
        "plan_wave": Action.EDIT_PILOT,
        "begin_wave": Action.EDIT_PILOT,
        "judge_wave": Action.EDIT_PILOT,
        "record_week": Action.EDIT_PILOT,
        "log_finding": Action.EDIT_PILOT,
        "check_likeness": Action.EDIT_PILOT,
        "snooze": Action.EXTEND_PILOT,
        "enter_fast_lane": Action.EDIT_PILOT,
        "iterations": Action.EDIT_PILOT,
    }

    @property
    def asked_past(self) -> bool:
        return "as_of" in self.request.query_params

    def shown_as(self) -> type[Shape]:
        return PilotShape if self.action == "list" else PilotDetailShape

    def get_queryset(self) -> QuerySet[Any]:
        asked = self.request.query_params
        # What tells whether a decision waits is worth its price only where it is filtered by.
        known = seen_by(self.actor, self.today) if "due" in asked else Pilot.objects.visible_to(self.actor)
        return with_people(self.opened(known)) if "as_of" in asked else self.opened(known)

    def present(self, row: Any, *, many: bool = False) -> Any:
        """Pilots with their findings: one statement for all of them."""
        rows: Iterable[Pilot] = row if many else [row]
        missing = [one for one in rows if not hasattr(one, "told")]
        if missing:
            found = told(missing, only=tuple(FindingShape.steps()))
            for one in missing:
                one.told = found[one.pk]  # type: ignore[attr-defined]
        return super().present(row, many=many)

    @extend_schema(parameters=[AS_OF], responses=PilotDetailShape)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One pilot; with `?as_of=` the answer of that day."""
        self.only_params(request, "fields", "expand", *self.detail_params)
        row = self.find(pk)
        if raw := request.query_params.get("as_of", ""):
            day = read_past_day("as_of", raw, clock.day_of(self.at))
            if day < (row.spell.entered_on or clock.day_of(row.created_at)):
                raise not_found("This pilot had not begun on that day.")
            row.told = as_of(row, day)
            return self.answer(row, tag=False)
        return self.answer(row)

    @extend_schema(request=PilotWrite, responses=PilotDetailShape)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Record what the body names; the pilot is judged at once."""
        row = self.find(pk)
        version = self.expected_version(request)
        facts = self.read(request, partial=True)
        edit_pilot(pk=row.pk, by=self.actor, at=self.at, expected_version=version, **facts)
        return self.answer(self.find(pk))

    @extend_schema(operation_id="pilots_extensions_list", responses=ExtensionsShape, filters=False)
    @action(detail=True, methods=["get"], url_path="extensions")
    def extensions(self, request: Request, pk: str) -> Response:
        """Every extension of the pilot, first to last."""
        self.only_params(request)
        rows = self.find(pk).extensions.order_by("number")
        return Response({"results": [ExtensionShape(one).data for one in rows]})

    @extend_schema(request=ExtensionWrite, responses={201: ExtensionShape})
    @extensions.mapping.post
    def extend(self, request: Request, pk: str) -> HttpResponse:
        """Let it run longer. The third extension, and any at tier 1, is the council's: 409."""
        pilot = self.find(pk)

        def work() -> Response:
            facts = self.read(request, shape=ExtensionWrite)
            row = grant_extension(pilot_id=pilot.pk, by=self.actor, at=self.at, **facts)
            return Response(ExtensionShape(row).data, status=201)

        return self.once(work)


class PilotFindingEndpoint(FlagEndpoint):
    """Findings on pilots: every flag a purgatory rule raised, open and cleared."""

    area = "pilots"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(subject_type="pilot")
