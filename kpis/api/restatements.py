"""`kpis/{id}/restatements`: what had been published of a day, and what the record says of it now."""

from rest_framework import serializers

from core import vocabulary
from core.api.briefs import PersonBrief
from core.api.shape import Day, Display, Exact, Key, Moment, Shape
from kpis.api.kpis import KpiBrief, OfAKpi
from kpis.api.replay import OfOneKpi
from kpis.models import Restatement
from kpis.queries import RESTATEMENTS


class RestatementShape(Shape):
    """From the day `on` it had been `was` and is `now`, each with the value it stands on, through the reading `cause`."""

    id = serializers.IntegerField(read_only=True)
    kpi = Key("kpi")
    on = Day()
    was = serializers.CharField()
    was_display = Display(lambda row: vocabulary.word("kpi", row.was))
    now = serializers.CharField()
    now_display = Display(lambda row: vocabulary.word("kpi", row.now))
    was_value = Exact(allow_null=True)
    now_value = Exact(allow_null=True)
    cause = Key("cause")
    recorded_at = Moment()
    recorded_by = Key("recorded_by", allow_null=True)

    expandable = {"kpi": KpiBrief, "recorded_by": PersonBrief}


class RestatementEndpoint(OfOneKpi, OfAKpi):
    """What was restated of one KPI. Read only: a correction, a withdrawal or a back-dated reading makes one."""

    model = Restatement
    listing = RESTATEMENTS
    shape = RestatementShape
    said_on, learnt_at = "on", "recorded_at"
