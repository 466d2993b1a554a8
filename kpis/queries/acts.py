"""When somebody last looked after what an initiative is for: told by the log of all changes, and by the readings.

Measuring, reviewing, signing and saying count; keeping money or the record's name up to date does not. Every change a
person makes stands in the log with their name, in whichever room; readings that came by the thousand stand there once for
all of them, so they are asked beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Max, Q

from core import clock
from core.models import AuditEvent
from kpis.models import Measurement

_LOOKED_AFTER: Final = ("kpi.", "measurement.", "comparison.", "workshop.", "intervention.", "remediation.", "comment.", "model.reviewed")  # fmt: skip
LOOKED_AFTER: Final = reduce(or_, (Q(action__startswith=word) for word in _LOOKED_AFTER))
"""The events by which a person shows that they look after it."""


def last_acts(people: Mapping[int, Iterable[int]]) -> dict[int, date]:
    """The last day on which one of its people looked after it, by initiative; none where nobody did. Two statements."""
    asked = {pk: frozenset(own) for pk, own in people.items() if own}
    everybody = frozenset().union(*asked.values())
    if not everybody:
        return {}
    events = AuditEvent.objects.filter(LOOKED_AFTER, initiative_id__in=asked, actor_id__in=everybody)
    readings = Measurement.objects.filter(kpi__initiative__in=asked, recorded_by__in=everybody)
    said = [
        *events.values_list("initiative_id", "actor_id").annotate(Max("at")),
        *readings.order_by().values_list("kpi__initiative", "recorded_by").annotate(Max("recorded_at")),
    ]
    found: dict[int, list[datetime]] = defaultdict(list)
    for initiative, person, at in said:
        if person in asked[initiative]:
            found[initiative].append(at)
    return {pk: clock.day_of(max(moments)) for pk, moments in found.items()}


def heard_to(initiative_ids: Iterable[int]) -> dict[int, int]:
    """The last event of each initiative's log that a person wrote."""
    rows = AuditEvent.objects.filter(initiative_id__in=list(initiative_ids), actor_id__isnull=False)
    return dict(rows.values_list("initiative_id").annotate(Max("pk")))
