"""Reminders of what is due: asked of the record at the moment they are made, so nothing that was scheduled can be out of date.

A room registers what it knows to be due (`@reminds`). A thing handed to somebody else, moved to another day or done is no longer
among what is due: its reminder is called off, and the new owner or day has a marker of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from core import clock
from core.models import Notice, User
from core.notices import Word, call_off, tell, zone_of
from domain.reminders import KEPT_DAYS, OFFSETS, Call, call, in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Something one person owes by a day. `subject`: what is due, such as "condition-12"; `title`: "Give evidence for C-0012"."""

    user_id: int
    subject: str
    due_on: date
    title: str
    body: str = ""
    url: str = ""
    offsets: tuple[int, ...] = OFFSETS


@dataclass(frozen=True, slots=True)
class Done:
    """What one round did: how many were told, how many called off."""

    changed: int
    called_off: int


Source = Callable[[date, date], Iterable[Owed]]
_sources: list[Source] = []
EARLIEST: Final = timedelta(days=KEPT_DAYS + max(OFFSETS))
LATEST: Final = timedelta(days=2 - min(OFFSETS))  # a day more on either side, for readers elsewhere


def reminds(source: Source) -> Source:
    """Register what is due from the first to the last day given, whoever owes it. A few queries, whatever the number."""
    _sources.append(source)
    return source


def remind(*, at: datetime) -> Done:
    """Tell what is due and has not been told, and call off what is due no more. Safe to run twice, late or side by side."""
    today = clock.day_of(at)
    owed = {
        (one.user_id, one.subject, one.due_on): one
        for source in _sources
        for one in source(today - EARLIEST, today + LATEST)
    }
    gone = [
        pk
        for pk, user_id, subject, due_on in Notice.objects.exclude(subject="")
        # What is due later than was asked for is not known to be over: it was told as it began.
        .filter(over_at=None, due_on__gte=today - EARLIEST, due_on__lte=today + LATEST)
        .order_by()
        .values_list("pk", "user_id", "subject", "due_on")
        if (user_id, subject, due_on) not in owed
    ]
    over = call_off(Notice.objects.filter(pk__in=gone), at=at) if gone else 0
    people = User.objects.filter(is_active=True).in_bulk({one.user_id for one in owed.values()})
    words = []
    for one in owed.values():
        reader = people.get(one.user_id)
        found = (
            call(one.subject, one.due_on, at=at, zone=zone_of(reader), offsets=one.offsets)
            if reader
            else None
        )
        if found:
            words.append((one.user_id, _word(one, found)))
    return Done(tell(words=words, at=at), over)


def owed_by(user_id: int, first: date, last: date) -> list[Owed]:
    """What one person owes between two days, the earliest first."""
    rows = [one for source in _sources for one in source(first, last) if one.user_id == user_id]
    return sorted(rows, key=lambda one: (one.due_on, one.subject))


def _word(one: Owed, found: Call) -> Word:
    return Word(
        marker=found.marker, title=f"{one.title}: {in_words(found.offset)}", body=one.body, url=one.url, subject=one.subject,
        due_on=one.due_on,
    )  # fmt: skip
