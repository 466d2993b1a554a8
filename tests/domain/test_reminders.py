"""A reminder has a marker of its own, and comes in the reader's morning."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reminders import KEPT_DAYS, MORNING, OFFSETS, Mails, call, in_words, mail_at, moment

OSLO, AUCKLAND, HONOLULU = (
    ZoneInfo(name) for name in ("Europe/Oslo", "Pacific/Auckland", "Pacific/Honolulu")
)
DUE = date(2026, 12, 10)


def at(day: date, hour: int, minute: int = 0, zone: ZoneInfo = OSLO) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def marker(moment_at: datetime, zone: ZoneInfo = OSLO) -> str | None:
    found = call("condition-1", DUE, at=moment_at, zone=zone)
    return found.marker if found else None


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (at(date(2026, 12, 3), 6, 59), None),
        (at(date(2026, 12, 3), 7), "condition-1:2026-12-10:-7"),
        (at(date(2026, 12, 9), 6, 59), "condition-1:2026-12-10:-7"),
        (at(date(2026, 12, 9), 7), "condition-1:2026-12-10:-1"),
        (at(date(2026, 12, 10), 7), "condition-1:2026-12-10:+0"),
        (at(date(2026, 12, 16), 23), "condition-1:2026-12-10:+0"),
        (at(date(2026, 12, 17), 7), "condition-1:2026-12-10:+7"),
        (at(date(2027, 6, 1), 7), None),
    ],
)
def test_the_latest_reminder_whose_morning_has_come_is_made(when: datetime, told: str | None) -> None:
    assert marker(when) == told


def test_morning_is_the_readers_own() -> None:
    same = datetime(
        2026, 12, 9, 18, 30, tzinfo=UTC
    )  # 07:30 on the tenth in Auckland, the evening before elsewhere
    assert marker(same, AUCKLAND) == "condition-1:2026-12-10:+0"
    assert marker(same, OSLO) == "condition-1:2026-12-10:-1"
    assert marker(same, HONOLULU) == "condition-1:2026-12-10:-1"


def test_a_day_that_moved_has_another_marker() -> None:
    moved = call("condition-1", DUE + timedelta(days=30), at=at(date(2027, 1, 9), 8), zone=OSLO)
    assert moved is not None
    assert moved.marker == "condition-1:2027-01-09:+0"


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.lists(st.integers(-40 * 24, 100 * 24), min_size=1, max_size=40),
    st.sampled_from([OSLO, AUCKLAND, HONOLULU]),
)
def test_whenever_the_worker_runs_no_marker_comes_back(due: date, hours: list[int], zone: ZoneInfo) -> None:
    """However rarely somebody asks, markers only move on, and each is at most told once."""
    start = moment(due, zone)
    told = [call("x", due, at=start + timedelta(hours=hour), zone=zone) for hour in sorted(hours)]
    offsets = [one.offset for one in told if one]
    assert offsets == sorted(offsets)
    assert set(offsets) <= set(OFFSETS)
    late = start + timedelta(days=max(OFFSETS) + KEPT_DAYS + 1)
    assert call("x", due, at=late, zone=zone) is None


@pytest.mark.parametrize(
    ("choice", "now", "goes"),
    [
        (Mails.AT_ONCE, at(date(2026, 12, 9), 3), at(date(2026, 12, 9), 3)),
        (Mails.NEVER, at(date(2026, 12, 9), 3), None),
        (Mails.DAILY, at(date(2026, 12, 9), 3), at(date(2026, 12, 9), 7)),
        (Mails.DAILY, at(date(2026, 12, 9), 7), at(date(2026, 12, 10), 7)),
        (Mails.WEEKLY, at(date(2026, 12, 9), 12), at(date(2026, 12, 14), 7)),  # a Wednesday
        (Mails.WEEKLY, at(date(2026, 12, 14), 6), at(date(2026, 12, 14), 7)),  # a Monday, before seven
        (Mails.WEEKLY, at(date(2026, 12, 14), 7), at(date(2026, 12, 21), 7)),
    ],
)
def test_mail_goes_out_as_the_reader_chose(choice: Mails, now: datetime, goes: datetime | None) -> None:
    assert mail_at(choice, now, OSLO) == goes


def test_summer_time_leaves_the_morning_at_seven() -> None:
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25), date(2026, 10, 26)):
        assert moment(day, OSLO).timetz().replace(tzinfo=None) == MORNING


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (-7, "due in 7 days"),
        (-1, "due tomorrow"),
        (0, "due today"),
        (1, "1 day overdue"),
        (7, "7 days overdue"),
    ],
)
def test_the_words_say_how_the_day_stands(offset: int, words: str) -> None:
    assert in_words(offset) == words
