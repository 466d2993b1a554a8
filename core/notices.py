"""Telling people: a row for each person and thing, said once; mail of it when they want it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet

from core.access import Actor
from core.errors import field_error, not_found
from core.models import Notice, User
from domain.reminders import Mails, mail_at

TITLE, BODY = 300, 600
_ZONES: Final = tuple(
    sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is told. `marker` makes it the same thing when it is told again; `url` is an address of this product."""

    marker: str
    title: str
    body: str = ""
    url: str = ""
    subject: str = ""
    due_on: date | None = None


def zone_of(user: User) -> ZoneInfo:
    """Where the reader is: as they chose, else where the organisation is."""
    return ZoneInfo(user.time_zone or settings.ORG_TIME_ZONE)


def tell(*, words: Collection[tuple[int, Word]], at: datetime) -> int:
    """Tell each person (by id) their word; returns how many were new. Who has left and machines are not told.

    A few statements, and one for each person. Safe to run twice and side by side: the same marker is told once.
    """
    if not words:
        return 0
    people = User.objects.in_bulk({user_id for user_id, _ in words})
    rows = [
        Notice(
            user=people[user_id], marker=word.marker, title=word.title[:TITLE], body=word.body[:BODY], url=word.url,
            subject=word.subject, due_on=word.due_on, told_at=at,
            mail_at=mail_at(Mails(people[user_id].mails), at, zone_of(people[user_id])),
        )
        for user_id, word in words
        if user_id in people and people[user_id].is_active and not people[user_id].is_service
    ]  # fmt: skip
    told = set(
        Notice.objects.filter(user__in=people, marker__in={row.marker for row in rows})
        .order_by()
        .values_list("user_id", "marker")
    )
    new = [row for row in rows if (row.user_id, row.marker) not in told]
    with transaction.atomic():
        Notice.objects.bulk_create(new, ignore_conflicts=True)
        _recount({row.user_id for row in new})
    return len(new)


def read(*, by: Actor, at: datetime, pk: int | None = None) -> None:
    """Mark one notice of the actor's as read, or all of them. Problem 404 for one that is not theirs."""
    if by.user is None:
        raise not_found()
    mine = Notice.objects.filter(user=by.user)
    if pk is not None and not (mine := mine.filter(pk=pk)).exists():
        raise not_found()
    with transaction.atomic():
        mine.filter(read_at=None).update(read_at=at)
        _recount([by.user.pk])


def call_off(rows: QuerySet[Notice], *, at: datetime) -> int:
    """Say that these notices are over: what they ask for was done, moved or handed over. They stay, and are not mailed."""
    with transaction.atomic():
        people = set(rows.filter(over_at=None).order_by().values_list("user_id", flat=True))
        count = rows.filter(over_at=None).update(over_at=at)
        _recount(people)
    return count


def choose(*, mails: str, time_zone: str, by: Actor, at: datetime) -> None:
    """How the actor is told, and where they are. What waits to be mailed goes out as they chose now. Problem 400."""
    if by.user is None:
        raise not_found()
    if mails not in set(Mails):
        raise field_error("mails", f"Choose one of: {', '.join(Mails)}.", code="invalid_choice")
    if time_zone and time_zone not in zones():
        raise field_error(
            "time_zone", "Choose a time zone of the list, such as Europe/Oslo.", code="invalid_choice"
        )
    with transaction.atomic():
        User.objects.filter(pk=by.user.pk).update(mails=mails, time_zone=time_zone)
        user = User.objects.get(pk=by.user.pk)
        waiting = Notice.objects.filter(user=user, mail_begun_at=None, over_at=None, mail_at__isnull=False)
        waiting.update(mail_at=mail_at(Mails(mails), at, zone_of(user)))


def zones() -> tuple[str, ...]:
    """The time zones that can be chosen, by name."""
    return _ZONES


def _recount(people: Collection[int]) -> None:
    """How many notices each has not read: those that are over are nobody's business any more."""
    if not people:
        return
    rows = (
        Notice.objects.filter(user__in=people, read_at=None, over_at=None).order_by().values_list("user_id")
    )
    unread = dict(rows.annotate(count=Count("pk")))
    for pk in people:
        User.objects.filter(pk=pk).exclude(unread=unread.get(pk, 0)).update(unread=unread.get(pk, 0))
