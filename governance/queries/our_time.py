"""A moment as papers print it: in the organisation's time, with the name of its zone, the same for every reader."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from core.wording import moment


def in_our_time(value: datetime) -> str:
    zone = ZoneInfo(settings.ORG_TIME_ZONE)
    return f"{moment(value.astimezone(zone))} {zone.key}"
