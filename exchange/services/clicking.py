"""A mapping built by clicking: what a person chose for each column, as a document of the mapping language. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from exchange.mapping.document import Document
from exchange.mapping.targets import TARGETS
from exchange.reading.table import fold

FIELDS: Final = TARGETS["initiatives"]
FACT: Final = "fact"
"""Chosen for a column that answers a question by yes or no; it needs no name of its own."""
DATES: Final = tuple(name for name, field in FIELDS.items() if field.kind == "date")
WORDED: Final = tuple(name for name, field in FIELDS.items() if field.kind == "vocabulary")
NUMBERS: Final = tuple(name for name, field in FIELDS.items() if field.kind == "number")
LIVED: Final = ("date_initiated", "date_acquired", "date_implemented", "date_retired")
KEYS: Final = {
    "unit_id": "Id within its unit",
    "id": "Id alone",
    "name": "Unit and name",
}
DUPLICATES: Final = {
    "refuse": "Refuse the second row",
    "number": "Keep both and number them",
}


@dataclass(slots=True)
class Choices:
    """What was clicked. `fields`: position of a column -> field, `fact` or empty; `words`: field -> word -> value."""

    fields: dict[int, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    layouts: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    unit: str = ""
    decimal: str = "."
    separators: list[str] = field(default_factory=lambda: [";"])
    key: str = "name"
    duplicates: str = "refuse"
    age: list[str] = field(default_factory=list)
    age_production: str = ""
    age_retired: str = ""
    order: bool = True
    pinned: bool = True
    name: str = ""
    series: str = ""

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Choices":
        """Choices as kept with a run; JSON has turned positions into texts."""
        kept = dict(data)
        kept["fields"] = {int(position): chosen for position, chosen in kept["fields"].items()}
        return cls(**kept)

    def columns(self, name: str) -> list[int]:
        """Positions of the columns that fill a field."""
        return sorted(position for position, chosen in self.fields.items() if chosen == name)

    def mapped(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if self.columns(name)]


def first_choices(detected: Mapping[str, Any], *, name: str) -> Choices:
    """What the guesses suggest, to begin with."""
    document = detected["document"]
    fields = {column["position"]: column["guess"] for column in detected["columns"]}
    choices = Choices(
        fields=fields,
        layouts=list(document.get("dates", {}).get("layouts", [])),
        absent=list(document.get("absent", [])),
        name=name,
    )
    for column in detected["columns"]:
        if column["guess"] in WORDED:
            said = document["fields"][column["guess"]].get("words", {})
            choices.words[column["guess"]] = _alike(column) | {
                fold(word): value for value, words in said.items() for word in words
            }
    if choices.columns("external_id"):
        choices.key = "unit_id"
    dated = choices.mapped(DATES)
    choices.age = choices.mapped(("entered_on", *LIVED[:2]))[:2]
    choices.age_production = "date_implemented" if "date_implemented" in dated else ""
    choices.age_retired = "date_retired" if "date_retired" in dated else ""
    return choices


def _alike(column: Mapping[str, Any]) -> dict[str, str]:
    """Words that are a value, or begin with one: `Rights-impacting` is rights."""
    out: dict[str, str] = {}
    for word, _ in column["words"]:
        begins = re.split(r"[^a-z0-9_]", fold(word).replace("scale-up", "scale_up"))[0]
        if begins in FIELDS[column["guess"]].choices:
            out[fold(word)] = begins
    return out


def document_of(choices: Choices, detected: Mapping[str, Any]) -> Document:
    """The mapping as a document for `parse_mapping`, which checks it."""
    columns = {column["position"]: column for column in detected["columns"]}
    document: Document = {
        "format": 1,
        "name": choices.name,
        "target": "initiatives",
        "series": choices.series or choices.name,
        "absent": choices.absent,
        "file": _file(choices, detected),
        "keys": _keys(choices),
    }
    if choices.mapped(DATES):
        document["dates"] = {"layouts": choices.layouts or ["YYYY-M-D"]}
        document["age"] = _age(choices)
        lived = choices.mapped(LIVED)
        if choices.order and len(lived) > 1:
            document["date_order"] = lived
    if choices.mapped(NUMBERS):
        document["numbers"] = {"decimal": choices.decimal}
    document["lists"] = {"separators": choices.separators}
    document["fields"] = _fields(choices, columns)
    facts = _facts(choices, columns)
    if facts:
        document["facts"] = facts
    return document


def _file(choices: Choices, detected: Mapping[str, Any]) -> Document:
    options = detected["options"]
    rules: Document = {"kinds": [detected["kind"]], "header_row": options["header_row"]}
    if options["encoding"]:
        rules["encodings"] = [options["encoding"]]
    if options["sheet"]:
        rules["sheet"] = options["sheet"]
    if choices.pinned:
        rules["columns"] = len(detected["columns"])
        rules["headers"] = [column["header"] for column in detected["columns"]]
    return rules


def _keys(choices: Choices) -> list[Document]:
    place = ["unit", "sub_unit"] if choices.columns("sub_unit") else ["unit"]
    by_name: Document = {"namespace": "unit-name", "fields": [*place, "name"], "duplicates": "number"}
    if len(place) > 1:
        by_name["optional"] = ["sub_unit"]
    if choices.key == "name" or not choices.columns("external_id"):
        return [by_name]
    fields = ["external_id"] if choices.key == "id" else ["unit", "external_id"]
    by_id: Document = {
        "namespace": "id" if choices.key == "id" else "unit-id",
        "fields": fields,
        "duplicates": choices.duplicates,
    }
    return [by_id, by_name]


def _age(choices: Choices) -> Document:
    dated = choices.mapped(DATES)
    age: Document = {"dates": [name for name in choices.age if name in dated]}
    stages: Document = {}
    if choices.age_production in dated:
        stages["production"] = [choices.age_production]
    if choices.age_retired in dated:
        stages["retired"] = [choices.age_retired]
    if stages:
        age["stages"] = stages
    return age


def _fields(choices: Choices, columns: Mapping[int, Mapping[str, Any]]) -> Document:
    out: Document = {}
    for name in FIELDS:
        found = choices.columns(name)
        if not found:
            continue
        named = [_reference(columns[position], columns) for position in found]
        rule: Document = {"column": named[0]} if len(named) == 1 else {"columns": named}
        if name in WORDED:
            words = _words(choices.words.get(name, {}), [columns[position] for position in found])
            if words:
                rule["words"] = words
        out[name] = rule
    if choices.unit and "unit" not in out:
        out["unit"] = {"value": choices.unit}
    return out


def _words(chosen: Mapping[str, str], columns: Sequence[Mapping[str, Any]]) -> Document:
    """Value -> the words for it, as they stand in the columns. A word without a value stays unknown, with a warning."""
    out: dict[str, list[str]] = {}
    seen: set[str] = set()
    for column in columns:
        for word, _ in column["words"]:
            value = chosen.get(fold(word), "")
            if value and fold(word) not in seen:
                seen.add(fold(word))
                out.setdefault(value, []).append(word.strip())
    return dict(out)


def _facts(choices: Choices, columns: Mapping[int, Mapping[str, Any]]) -> Document:
    out: Document = {}
    for position in choices.columns(FACT):
        name = _fact_name(columns[position]["header"], position)
        while name in out or name in FIELDS:
            name = f"{name[:55]}_{position}"
        out[name] = {"column": _reference(columns[position], columns)}
    return out


def _fact_name(header: str, position: int) -> str:
    words = re.findall(r"[a-z0-9]+", header.lower().encode("ascii", "ignore").decode())
    name = "_".join(words)[:50].strip("_")
    return name if name[:1].isalpha() else f"question_{position}"


def _reference(column: Mapping[str, Any], columns: Mapping[int, Mapping[str, Any]]) -> str | int:
    """A column by its header, or by its position where the header is empty or repeated."""
    header = str(column["header"])
    same = sum(fold(str(other["header"])) == fold(header) for other in columns.values())
    return header if header.strip() and same == 1 else int(column["position"])
