"""The shapes of what hangs on a pilot."""

from typing import Any

from rest_framework import serializers

from core.api.shape import Bool, Day, Moment, Related, Shape, Text
from core.models import BusinessUnit, User
from domain.likeness import ANSWERS, ITEMS
from pilots.models import LogEntry, Wave
from pilots.services import log, rollout, use


class HypothesisShape(Shape):
    """`answer` empty: nobody has said what the pilot showed."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    text = serializers.CharField()
    answer = serializers.CharField()
    evidence = serializers.CharField()
    answered_on = Day(allow_null=True)


class CharterShape(Shape):
    """One version of a charter; a count is null where nobody counted."""

    number = serializers.IntegerField()
    units_count = serializers.IntegerField(allow_null=True)
    sites_count = serializers.IntegerField(allow_null=True)
    users_count = serializers.IntegerField(allow_null=True)
    systems_count = serializers.IntegerField(allow_null=True)
    scope_units = serializers.CharField()
    scope_sites = serializers.CharField()
    scope_users = serializers.CharField()
    scope_systems = serializers.CharField()
    sample = serializers.CharField()
    stop_threshold = serializers.CharField()
    planned_days = serializers.IntegerField(allow_null=True)
    starts_on = Day(allow_null=True)
    ends_on = Day(allow_null=True)
    decision_on = Day(allow_null=True)
    because = serializers.CharField()
    recorded_at = Moment()
    hypotheses = HypothesisShape(many=True)


class ScopeShape(serializers.Serializer[Any]):
    """Points of what was counted. `overreaches` null: too little was counted to tell."""

    score = serializers.IntegerField()
    most = serializers.IntegerField()
    overreaches = serializers.BooleanField(allow_null=True)
    unknown = serializers.ListField(child=serializers.CharField())


class ChartersShape(serializers.Serializer[Any]):
    """Every version, the newest first, and what the newest takes on."""

    scope = ScopeShape()
    results = CharterShape(many=True)


class CriterionShape(Shape):
    """`met` null: nobody has said."""

    number = serializers.IntegerField()
    text = serializers.CharField()
    met = Bool(allow_null=True)
    evidence = serializers.CharField()
    judged_on = Day(allow_null=True)


class WaveShape(serializers.Serializer[Any]):
    """`state`: locked, ready, running or met; `why`: what locks it. `lacks`: what a reader would ask for."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.CharField()
    why = serializers.CharField()
    unit = serializers.IntegerField(allow_null=True)
    users = serializers.IntegerField(allow_null=True)
    sites = serializers.IntegerField(allow_null=True)
    planned_on = serializers.DateField(allow_null=True)
    champion = serializers.IntegerField(allow_null=True)
    tailoring = serializers.CharField()
    tailored = serializers.CharField()
    started_on = serializers.DateField(allow_null=True)
    criteria = CriterionShape(many=True)
    lacks = serializers.ListField(child=serializers.CharField())


class WavesShape(serializers.Serializer[Any]):
    results = WaveShape(many=True)


class WaveWrite(Shape):
    """The next wave. `criteria`: what must be true of it before the one after may begin."""

    name = Text(max_length=rollout.NAME)
    criteria = serializers.ListField(child=Text(max_length=rollout.CRITERION), required=False)
    unit = Related(queryset=BusinessUnit.objects.all(), required=False, allow_null=True)
    users = serializers.IntegerField(
        min_value=0, max_value=rollout.MOST_USERS, required=False, allow_null=True
    )
    sites = serializers.IntegerField(
        min_value=0, max_value=rollout.MOST_SITES, required=False, allow_null=True
    )
    planned_on = Day(required=False, allow_null=True)
    champion = Related(queryset=User.objects.all(), required=False, allow_null=True)
    tailoring = serializers.ChoiceField(choices=Wave.Tailoring.choices, required=False, allow_blank=True)
    tailored = Text(max_length=rollout.TAILORED, required=False, allow_blank=True)


class BeginWrite(Shape):
    number = serializers.IntegerField(min_value=1)
    on = Day()


class JudgeWrite(Shape):
    number = serializers.IntegerField(min_value=1)
    criterion = serializers.IntegerField(min_value=1)
    met = Bool()
    evidence = Text(max_length=rollout.EVIDENCE)


class WeekShape(Shape):
    """The use of one week, from a Monday; a count is null where nobody counted."""

    week = Day()
    eligible = serializers.IntegerField(allow_null=True)
    invited = serializers.IntegerField(allow_null=True)
    active = serializers.IntegerField(allow_null=True)
    uses = serializers.IntegerField(allow_null=True)
    overridden = serializers.IntegerField(allow_null=True)
    bypassed = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()
    recorded_at = Moment()


class WeeksShape(serializers.Serializer[Any]):
    """The latest word on each week, the latest week first."""

    results = WeekShape(many=True)


def _count() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False, allow_null=True)


class WeekWrite(Shape):
    """Any day of the week. A second row for a week corrects the first."""

    week = Day()
    eligible = _count()
    invited = _count()
    active = _count()
    uses = _count()
    overridden = _count()
    bypassed = _count()
    note = Text(max_length=use.NOTE, required=False, allow_blank=True)


class LoggedShape(Shape):
    """What a pilot found: open, on the roadmap (`todo`, `due_on`), or closed with a reason."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    kind = serializers.CharField()
    severity = serializers.IntegerField()
    seen_on = Day()
    text = serializers.CharField()
    state = serializers.CharField()
    todo = serializers.CharField()
    due_on = Day(allow_null=True)
    closed_on = Day(allow_null=True)
    closed_because = serializers.CharField()
    version = serializers.IntegerField()


class LogShape(serializers.Serializer[Any]):
    """Open findings first, the worst first."""

    results = LoggedShape(many=True)


class LoggedWrite(Shape):
    kind = serializers.ChoiceField(choices=LogEntry.Kind.choices)
    severity = serializers.IntegerField(min_value=1, max_value=3)
    text = Text(max_length=log.TEXT)
    seen_on = Day()


class SideShape(serializers.Serializer[Any]):
    """One side of the checklist; `answer` null: nobody looked."""

    item = serializers.CharField()
    answer = serializers.CharField(allow_null=True)
    note = serializers.CharField()


class LikenessShape(serializers.Serializer[Any]):
    """`share` of all points, null where nobody looked; `warns`: below 60 %, or nobody looked."""

    share = serializers.CharField(allow_null=True)
    warns = serializers.BooleanField()
    sides = SideShape(many=True)


class CheckWrite(Shape):
    item = serializers.ChoiceField(choices=[(one.code, one.words) for one in ITEMS])
    answer = serializers.ChoiceField(choices=ANSWERS)
    note = Text(max_length=log.BECAUSE, required=False, allow_blank=True)


class SnoozeShape(Shape):
    """A flag that is put off; it stays open."""

    flag = serializers.IntegerField(source="flag_id")
    until = Day()
    because = serializers.CharField()
    recorded_at = Moment()


class SnoozesShape(serializers.Serializer[Any]):
    """Those that run."""

    results = SnoozeShape(many=True)


class SnoozeWrite(Shape):
    flag = serializers.IntegerField(min_value=1)
    until = Day(help_text=f"At most {log.MOST_SNOOZE} days ahead.")
    because = Text(max_length=log.BECAUSE)


class PlaceShape(serializers.Serializer[Any]):
    """A pilot's place. A score of a criterion is null where it is unknown; `most`: if all of that turned out well."""

    rank = serializers.IntegerField()
    pilot = serializers.CharField()
    initiative = serializers.IntegerField()
    scores = serializers.DictField(child=serializers.CharField(allow_null=True))
    score = serializers.CharField()
    most = serializers.CharField()
    known = serializers.CharField()
    best_rank = serializers.IntegerField()
    worst_rank = serializers.IntegerField()
    remedy = serializers.CharField()
    tie = serializers.CharField()


class PilotReviewShape(serializers.Serializer[Any]):
    """Open pilots ranked by the weights in force; `policy` 0 are the product's own. `stable`: the same one comes first whichever
    weight is left out, halved or doubled."""

    policy = serializers.IntegerField()
    weights = serializers.DictField(child=serializers.CharField())
    stable = serializers.BooleanField()
    results = PlaceShape(many=True)
