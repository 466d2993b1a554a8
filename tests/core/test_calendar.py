"""iCalendar as calendars read it: whole lines, escaped text, days that are days, and only one's own."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from core import reminders
from core.calendar import Entry, calendar_of, of_day
from core.reminders import Owed
from tests.cast import TODAY, Cast

AT = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_a_day_is_a_whole_day_and_a_meeting_has_its_moments() -> None:
    meeting = Entry(
        uid="meeting-1",
        begins=AT,
        ends=AT.replace(hour=16),
        summary="AI council 1",
        sequence=2,
        cancelled=True,
    )
    lines = unfolded(
        calendar_of([of_day("reading-7", date(2026, 12, 31), "Read, weekly; now"), meeting], AT, "Due")
    )
    for line in ("DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101", "SUMMARY:Read\\, weekly\\; now", "UID:reading-7@throughline",
                 "DTSTART:20261124T142000Z", "DTEND:20261124T162000Z", "SEQUENCE:2", "STATUS:CANCELLED"):  # fmt: skip
        assert line in lines


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=300))
def test_no_line_is_longer_than_calendars_take_and_no_letter_is_cut(words: str) -> None:
    text = calendar_of([of_day("x", date(2026, 1, 1), words)], AT, "Due")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    [summary] = [line for line in unfolded(text) if line.startswith("SUMMARY:")]
    plain = summary.removeprefix("SUMMARY:").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    assert plain == words


def test_words_cannot_begin_an_entry_of_their_own() -> None:
    text = calendar_of([of_day("x", date(2026, 1, 1), "A\r\nEND:VEVENT\r\nBEGIN:VEVENT")], AT, "Due")
    assert unfolded(text).count("BEGIN:VEVENT") == 1


@pytest.mark.django_db
def test_a_calendar_holds_what_its_reader_owes(
    cast: Cast, signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, frozen: Any
) -> None:
    rows = [
        Owed(user_id=cast.alice.pk, subject="reading-1", due_on=TODAY, title="Read mine", url="/kpis/"),
        Owed(user_id=cast.bob.pk, subject="reading-2", due_on=TODAY, title="Read theirs", url="/kpis/"),
    ]
    monkeypatch.setattr(reminders, "_sources", [lambda *_: rows])
    answer = signed_in("alice").get("/account/due.ics")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar")
    assert "Read mine" in text
    assert "Read theirs" not in text
