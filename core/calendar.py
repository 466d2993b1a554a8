"""iCalendar text (RFC 5545): events and days for people's calendars."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

LONGEST: Final = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `begins` and `ends`: moments, or two days of which the second is not part of it. `sequence` rises with each
    change, so that calendars move what they hold; `uid` stays."""

    uid: str
    begins: datetime | date
    ends: datetime | date
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    sequence: int = 0
    cancelled: bool = False


def of_day(uid: str, on: date, summary: str, *, description: str = "", url: str = "") -> Entry:
    """Something due on a day, the whole of it."""
    return Entry(
        uid=uid, begins=on, ends=on + timedelta(days=1), summary=summary, description=description, url=url
    )


def calendar_of(entries: Iterable[Entry], at: datetime, name: str) -> str:
    """The calendar as text, made at a moment."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Throughline//EN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for one in entries:
        lines += [
            "BEGIN:VEVENT", f"UID:{one.uid}@throughline", f"SEQUENCE:{one.sequence}", f"DTSTAMP:{_stamp(at)}",
            _when("DTSTART", one.begins), _when("DTEND", one.ends), f"SUMMARY:{_text(one.summary)}",
            *([f"DESCRIPTION:{_text(one.description)}"] if one.description else []),
            *([f"LOCATION:{_text(one.location)}"] if one.location else []),
            *([f"URL:{one.url}"] if one.url else []),
            f"STATUS:{'CANCELLED' if one.cancelled else 'CONFIRMED'}", "END:VEVENT",
        ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _when(name: str, value: datetime | date) -> str:
    if isinstance(value, datetime):
        return f"{name}:{_stamp(value)}"
    return f"{name};VALUE=DATE:{value:%Y%m%d}"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for plain, kept in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        value = value.replace(plain, kept)
    return value


def _folded(line: str) -> str:
    """Lines of at most 75 octets, continued by a space, never cut within a character."""
    out, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LONGEST:
            out, size = f"{out}\r\n ", 1
        out, size = out + letter, size + octets
    return out
