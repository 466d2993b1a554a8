"""A first mapping for a file nobody has mapped yet: guesses from headers and cells, for a person to confirm.

Every guess says why. Nothing is imported by a guess: the document is what the mapping page starts from.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from exchange.mapping.dates import DateRules, Layout, compile_layout, read_date
from exchange.mapping.document import Document
from exchange.mapping.targets import TARGETS
from exchange.mapping.vocabulary import AbsentWords
from exchange.reading.table import Table, collapse, fold

SAMPLE: Final = 500
LONGEST_WORD: Final = 500
MOST_WORDS: Final = 40
ABSENT: Final = ("n/a*", "na", "none", "tbd", "todo", "unknown", "not applicable", "to be determined*", "-")

# Header words, the surer first. A word in several lists goes to the first field that is still free.
HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "external_id": ("external id", "use case id", "initiative id", "record id", "ref", "reference", "id", "key"),
    "unit": ("unit", "business unit", "bu", "agency abbreviation", "agency code", "department code", "agency", "department"),
    "unit_name": ("unit name", "agency name", "department name", "agency"),
    "sub_unit": ("sub-unit", "subunit", "bureau", "bureau/component", "component", "office", "team", "division"),
    "name": ("name", "use case name", "initiative", "initiative name", "title", "use case title", "project name", "project"),
    "stage": ("stage", "stage of development", "development stage", "phase", "lifecycle stage", "status", "state"),
    "entered_on": ("entered on", "stage since", "in stage since", "stage entered", "start", "start date"),
    "date_initiated": ("date initiated", "initiated", "initiation date", "created on"),
    "date_acquired": ("development began", "date when acquisition and/or development began", "development date"),
    "date_implemented": ("date implemented", "implementation date", "go-live date", "operational date", "deployed on"),
    "date_retired": ("date retired", "retirement date", "retired on"),
    "decision_on": ("decision by", "decision date", "decision due"),
    "planned_end_on": ("planned end", "end date", "target date", "due date"),
    "problem": ("problem", "problem statement", "purpose", "problem solved", "summary", "description"),
    "outcome": ("outcome", "business outcome", "expected benefits", "benefits"),
    "value_hypothesis": ("value hypothesis", "hypothesis"),
    "impact": ("impact", "impact type"),
    "risk_tier": ("risk tier", "tier", "risk level"),
    "sponsor_email": ("sponsor email", "sponsor e-mail", "sponsor", "executive sponsor"),
    "lead_email": ("lead email", "lead e-mail", "owner email", "owner", "lead", "contact email", "email address"),
    "objectives": ("objectives", "objective", "strategic objective", "goal"),
    "planned_value": ("planned value", "estimated value", "expected value"),
    "spent": ("spent", "spend", "actual cost"),
    "budget": ("budget", "planned cost"),
    "techniques": ("techniques", "technique", "ai classification", "classification", "ai technique"),
    "topics": ("topics", "topic", "topic area", "use case topic area"),
    "vendors": ("vendors", "vendor", "vendor name", "supplier"),
    "tags": ("tags", "labels"),
    "notes": ("notes", "comment", "comments", "remarks"),
}  # fmt: skip

STAGE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "idea": ("idea", "ideation", "initiated", "initiation", "planned", "proposed", "intake", "backlog"),
    "framing": ("framing", "discovery", "scoping", "feasibility"),
    "development": ("development", "acquisition and/or development", "in development", "build", "pre-deployment", "poc"),
    "pilot": ("pilot", "piloting", "implementation and assessment", "mvp", "trial"),
    "scale_up": ("scale up", "scale-up", "scaling", "rollout", "roll-out"),
    "production": ("production", "in production", "operation and maintenance", "deployed", "live", "in use", "operational"),
    "retired": ("retired", "decommissioned", "sunset"),
    "stopped": ("stopped", "cancelled", "canceled", "killed", "abandoned"),
}  # fmt: skip

LAYOUTS: Final = (
    "YYYY-M-D",
    "YYYY-M-D HMS",
    "YYYY-M-D'T'HMS",
    "M/D/YYYY",
    "D/M/YYYY",
    "M/D/YYYY HMS",
    "D/M/YYYY HMS",
    "D.M.YYYY",
    "D-M-YYYY",
    "D MON YYYY",
    "D-MON-YYYY",
    "D MONTH YYYY",
    "MONTH D, YYYY",
    "MON D, YYYY",
    "M/YYYY",
    "YYYY-M",
    "MON-YY",
    "MON YYYY",
    "MONTH YYYY",
    "YY-MON",
    "Q YYYY",
    "YYYY Q",
    "YYYY",
)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guess:
    """What one column may be. `field` is empty for a column to be kept as a raw attribute."""

    position: int
    header: str
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`document` can be given to `parse_mapping` once `missing` is empty; `guesses` has one entry per column."""

    document: Document
    guesses: tuple[Guess, ...]
    missing: tuple[str, ...] = ()


def detect(table: Table, *, name: str = "my-mapping") -> Suggestion:
    """Guesses for every column of a table, and a mapping document made of them."""
    absent = AbsentWords(ABSENT)
    chosen = _by_header(table, absent)
    guesses = tuple(
        Guess(
            position, header, *chosen.get(position, ("", "No field has a header like this; kept as it is."))
        )
        for position, header in enumerate(table.headers, start=1)
    )
    found = {guess.field: guess for guess in guesses if guess.field}
    document: Document = {
        "format": 1,
        "name": name,
        "target": "initiatives",
        "absent": list(ABSENT),
        "file": {"kinds": [table.kind], "columns": len(table.headers)},
        "keys": _keys(found),
    }
    layouts = _layouts(table, found, absent)
    if layouts:
        document["dates"] = {"layouts": layouts}
    document["fields"] = {field_name: _field(table, guess, absent) for field_name, guess in found.items()}
    if "entered_on" not in found:
        dates = [known for known in ("date_initiated", "date_acquired") if known in found]
        document["age"] = {"dates": dates}
    missing = tuple(
        known.name for known in TARGETS["initiatives"].values() if known.required and known.name not in found
    )
    return Suggestion(document, guesses, missing)


def _by_header(table: Table, absent: AbsentWords) -> dict[int, tuple[str, str]]:
    """Position -> (field, why): exact header words first, then headers that begin or end with one, if the cells agree."""
    chosen: dict[int, tuple[str, str]] = {}
    taken: set[str] = set()
    folded = [fold(header.replace("_", " ")) for header in table.headers]
    tests: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
        ("The header is “{word}”.", lambda header, word: header == word),
        ("The header begins or ends with “{word}”.", _touches),
    )
    for why, fits in tests:
        for field_name, words in HEADERS.items():
            for word in words:
                if field_name in taken:
                    break
                for position, header in enumerate(folded, start=1):
                    if position in chosen or not fits(header, word):
                        continue
                    if fits is _touches and field_name in ("impact", "risk_tier"):
                        continue
                    if _cells_agree(table, position - 1, field_name, absent):
                        chosen[position] = (field_name, why.format(word=word))
                        taken.add(field_name)
                        break
    return chosen


def _touches(header: str, word: str) -> bool:
    return (
        len(word) > 3 and len(header) < 60 and (header.startswith(f"{word} ") or header.endswith(f" {word}"))
    )


def _said(table: Table, index: int, absent: AbsentWords) -> list[str]:
    """The different texts of a column, in the order they first stand there; of a long column the first ones."""
    cells = dict.fromkeys(row[index] for row in table.rows)
    return list(islice((cell for cell in cells if not absent.has(cell)), SAMPLE))


def _cells_agree(table: Table, index: int, field_name: str, absent: AbsentWords) -> bool:
    """Dates must read as dates and addresses as addresses, in half of the cells at least; a stage has few words."""
    kind = TARGETS["initiatives"][field_name].kind
    said = _said(table, index, absent)
    if not said:
        return True
    if kind == "email":
        return sum(bool(_EMAIL.search(cell)) for cell in said) * 2 >= len(said)
    if kind == "date":
        rules = DateRules(layouts=tuple(compile_layout(layout) for layout in LAYOUTS))
        return sum(read_date(cell, rules).status == "parsed" for cell in said) * 2 >= len(said)
    if kind == "vocabulary":
        return len(set(map(fold, said))) <= MOST_WORDS
    return True


def _layouts(table: Table, found: dict[str, Guess], absent: AbsentWords) -> list[str]:
    """The layouts that read the most cells of all date columns, in that order; the rest of the cells decide the next."""
    cells: list[str] = []
    for field_name, guess in found.items():
        if TARGETS["initiatives"][field_name].kind == "date":
            cells.extend(_said(table, guess.position - 1, absent))
    if not cells and any(TARGETS["initiatives"][field_name].kind == "date" for field_name in found):
        return ["YYYY-M-D"]
    known = [compile_layout(layout) for layout in LAYOUTS]
    chosen: list[str] = []
    while cells and len(chosen) < 10:
        counted = [(sum(_reads(layout, cell) for cell in cells), layout) for layout in known]
        most, best = max(counted, key=lambda pair: pair[0])
        if not most:
            break
        chosen.append(best.text)
        cells = [cell for cell in cells if not _reads(best, cell)]
    return chosen or (["YYYY-M-D"] if cells else [])


def _reads(layout: Layout, cell: str) -> bool:
    return read_date(cell, DateRules(layouts=(layout,))).status == "parsed"


def _keys(found: dict[str, Guess]) -> list[Document]:
    keys: list[Document] = []
    if "external_id" in found:
        keys.append({"namespace": "unit-id", "fields": ["unit", "external_id"], "duplicates": "refuse"})
    fields = ["unit", "sub_unit", "name"] if "sub_unit" in found else ["unit", "name"]
    by_name: Document = {"namespace": "unit-name", "fields": fields, "duplicates": "number"}
    if "sub_unit" in found:
        by_name["optional"] = ["sub_unit"]
    return [*keys, by_name]


def _field(table: Table, guess: Guess, absent: AbsentWords) -> Document:
    repeated = sum(fold(header) == fold(guess.header) for header in table.headers) > 1
    document: Document = {"column": guess.position if repeated else guess.header}
    if guess.field == "stage":
        said = _said(table, guess.position - 1, absent)
        words = _stage_words(said)
        if words:
            document["words"] = words
    return document


def _stage_words(said: Sequence[str]) -> Document:
    """The words of a column by the stage they look like; those that look like none are left to a person.

    Only how a word begins counts: `d) Retired – ... its development has since been discontinued` is retired.
    """
    words: dict[str, list[str]] = {}
    taken: set[str] = set()
    for word in said:
        folded = fold(word)
        begins = re.split(r"\s[-–—]\s|[:(;.]", re.sub(r"^[a-z0-9]{1,2}[).]\s*", "", folded))[0].strip()
        stage = next((stage for stage, known in STAGE_WORDS.items() if {folded, begins} & set(known)), None)
        if stage and folded not in taken and len(word) <= LONGEST_WORD:
            taken.add(folded)
            words.setdefault(stage, []).append(collapse(word))
    return dict(words)
