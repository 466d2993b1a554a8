"""A meeting as iCalendar text (RFC 5545), and nothing of what is decided there."""

from datetime import UTC, datetime

from django.conf import settings

from governance.models import Meeting

LONGEST = 75


def ics_of(row: Meeting, at: datetime, url: str) -> str:
    """One event. A change of the meeting keeps its UID and raises SEQUENCE, so that calendars move it."""
    what = "AI council" if row.kind == Meeting.Kind.MEETING else "AI council, written procedure"
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Throughline//Council//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
        f"UID:meeting-{row.pk}@throughline", f"SEQUENCE:{row.version - 1}", f"DTSTAMP:{_stamp(at)}",
        f"DTSTART:{_stamp(row.begins_at)}", f"DTEND:{_stamp(row.ends_at)}",
        f"SUMMARY:{_text(f'{what} {row.number}, {settings.ORG_NAME}')}", f"LOCATION:{_text(row.place)}", f"URL:{url}",
        f"STATUS:{'CANCELLED' if row.state == Meeting.State.CANCELLED else 'CONFIRMED'}", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for plain, kept in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
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
