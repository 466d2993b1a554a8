"""What a row of an import changes, and what a cell that could not be read comes to, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from core import vocabulary, wording
from domain.stages import ORDER
from exchange.mapping.targets import TARGETS
from exchange.models import ImportRow

LABELS: Final = {name: field.label for name, field in TARGETS["initiatives"].items()}
SHOWN: Final = 160
NOTHING: Final = "none"
EFFECTS: Final = {
    "unreadable_date": "cell refused, raw kept",
    "no_such_day": "cell refused, raw kept",
    "implausible_date": "cell refused, raw kept",
    "unreadable_number": "cell refused, raw kept; unknown, not zero",
    "out_of_range": "cell refused, raw kept; unknown, not zero",
    "unreadable_list": "cell refused, raw kept",
    "not_an_email": "cell refused, raw kept; nobody recorded",
    "unknown_person": "cell refused, raw kept; nobody recorded",
    "mailbox": "kept as contact; nobody recorded",
    "unknown_word": "raw kept; unknown until the mapping knows the word",
    "too_long": "cell refused, raw kept",
    "spreadsheet_error": "cell refused, raw kept",
    "rounded": "kept to the cent, raw kept",
    "future_date": "kept as it is",
    "out_of_order": "both dates kept as they are",
    "stage_not_said": "the stage stays",
    "decision_date_kept": "the pilot keeps its date",
}
KEPT: Final = "kept as it is; the stage column wins"


@dataclass(frozen=True, slots=True)
class Told:
    """One change in words. `was` empty: there was nothing. `here`: what somebody wrote here since, in words."""

    label: str
    was: str
    now: str
    note: str = ""
    here: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file as the preview shows it. `new`: a sentence instead of changes, with `undated` to be told apart."""

    row: ImportRow
    changes: tuple[Told, ...]
    new: str = ""
    undated: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One warning or refusal of a row: where, what stood there, why, and what it comes to."""

    row: int
    column: str
    value: str
    reason: str
    effect: str


def line_of(row: ImportRow, as_of: date | None) -> Line:
    """A row's changes in words. `as_of` is the day on which a moved stage is observed."""
    if row.outcome == ImportRow.Outcome.CREATED:
        said = {change["name"]: change["now"] for change in row.changes}
        return Line(row, (), _begins(said), undated="entered_on" not in said)
    return Line(row, tuple(told_of(row.changes, as_of)))


def told_of(changes: Iterable[Mapping[str, Any]], as_of: date | None) -> Iterable[Told]:
    """Changes in words. The precision of a date is told with the date; a stage that moves begins on a day of its own."""
    named = {change["name"] for change in changes if change["of"] == "field"}
    told = (
        {"entered_on", "precision"} if "stage" in named else {"precision"} if "entered_on" in named else set()
    )
    for change in changes:
        if change["of"] == "field" and change["name"] in told:
            continue
        yield _told(change, as_of)


def _told(change: Mapping[str, Any], as_of: date | None) -> Told:
    name, of = str(change["name"]), change["of"]
    label = name if of == "column" else LABELS.get(name, name.replace("_", " ").capitalize())
    here = in_words(name, change["here"]) if "here" in change else ""
    note = ""
    if of == "field" and name == "stage":
        note = _moved(str(change["was"]), str(change["now"]), as_of)
    elif of == "field" and name == "entered_on":
        note = "the earlier date is kept as a restatement"
    elif of == "field" and name == "precision":
        label = "Precision of the date"
    return Told(label, in_words(name, change["was"]), in_words(name, change["now"]) or NOTHING, note, here)


def _moved(was: str, now: str, as_of: date | None) -> str:
    places = {stage.value: place for place, stage in enumerate(ORDER)}
    back = was in places and now in places and places[now] < places[was]
    opens = f"opens a spell on {wording.day(as_of)}, precision observed"
    return f"a move back; {opens}" if back else opens


def _begins(said: Mapping[str, Any]) -> str:
    """What a new record starts with: "Claims: Motor, pilot, entered 3 Mar 2026, precision month"."""
    place = str(said.get("unit") or "")
    if said.get("sub_unit"):
        place = f"{place}: {said['sub_unit']}"
    parts = [place, in_words("stage", said.get("stage", "unknown")).lower()]
    if said.get("entered_on"):
        parts.append(f"entered {in_words('entered_on', said['entered_on'])}")
        if said.get("precision", "day") != "day":
            parts.append(f"precision {said['precision']}")
    return ", ".join(parts)


def in_words(name: str, value: Any) -> str:
    """A value as a reader knows it, cut where it is long; empty for nothing."""
    match value:
        case None | "" | []:
            return ""
        case dict():
            return _dated(value)
        case list():
            return _cut("; ".join(str(item) for item in value))
    text = str(value)
    if name == "stage":
        return vocabulary.word("stage", text)
    if name == "entered_on":
        return wording.day(date.fromisoformat(text))
    if name in {"planned_value", "spent", "budget"}:
        return wording.money_exact(Decimal(text), settings.ORG_CURRENCY)
    return _cut(text.replace("_", " ") if name in {"impact", "precision"} else text)


def _dated(value: Mapping[str, Any]) -> str:
    if value.get("date"):
        return wording.day(date.fromisoformat(value["date"]))
    return _cut(str(value.get("raw") or ""))


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN else f"{flat[: SHOWN - 1]}…"


def cells_of(rows: Iterable[ImportRow]) -> list[Cell]:
    """Every warning of these rows."""
    return [
        Cell(row.number, note["column"], _cut(note["value"]), note["reason"], _effect(note["code"], row))
        for row in rows
        for note in row.warnings
    ]


def refusals_of(rows: Iterable[ImportRow]) -> list[Cell]:
    """Every reason for which these rows were refused."""
    return [
        Cell(
            row.number,
            note["column"],
            _cut(note["value"]),
            note["reason"],
            "row refused, kept in the refused file",
        )
        for row in rows
        for note in row.refusals
    ]


def _effect(code: str, row: ImportRow) -> str:
    effect = EFFECTS.get(code, KEPT)
    undated = row.outcome == ImportRow.Outcome.CREATED and not any(
        change["name"] == "entered_on" for change in row.changes
    )
    return (
        f"{effect}; the row is undated"
        if undated and code.endswith(("_date", "_day")) and code != "future_date"
        else effect
    )
