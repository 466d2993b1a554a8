"""The `[model]` table of a mapping: what each row says of the AI system itself, for the model inventory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from exchange.mapping.document import Section, nearest, wrong
from exchange.mapping.vocabulary import AbsentWords, Lookup, VocabularyError
from exchange.reading.table import Column, collapse, find_column, fold

TEXTS: Final = {"purpose": 20_000, "developer": 200, "vendor": 200, "affected": 20_000}
TECHNIQUES: Final = (
    "classical_ml", "generative", "nlp", "computer_vision", "reinforcement", "agentic", "other",
)  # fmt: skip
LONGEST_FACT: Final = 4_000


@dataclass(frozen=True, slots=True)
class InventoryRule:
    """Columns of texts and of further facts, the words of the technique, and what says nothing."""

    texts: Mapping[str, Column]
    facts: Mapping[str, Column]
    absent: AbsentWords
    technique: Column | None = None
    words: Lookup | None = None


@dataclass(frozen=True, slots=True)
class InventoryEntry:
    """What one row says of its model: texts by field, further facts by name (as they stand in the file), and the row
    itself, cell by cell."""

    texts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    cells: Sequence[str] = ()


def read_inventory(section: Section, absent: tuple[str, ...]) -> InventoryRule | None:
    """The rule, None where the mapping has no such table. Raises MappingRefused with the place."""
    if not section:
        return None
    columns = {name: section.raw(name) for name in TEXTS if name in section}
    technique, words = section.raw("technique"), section.table("technique_words")
    facts = section.table("facts")
    rule = InventoryRule(
        texts={name: _column(value, section.at(name)) for name, value in columns.items()},
        facts={_named(name, facts): _column(facts.raw(name), facts.at(name)) for name in facts},
        absent=AbsentWords(section.texts("absent", absent)),
        technique=None if technique is None else _column(technique, section.at("technique")),
        words=_words(words),
    )
    section.done()
    return rule


def _named(name: str, facts: Section) -> str:
    if not name.isidentifier() or name != name.lower() or len(name) > 60:
        raise wrong(facts.at(name), "A fact is named in lower case letters, digits and underscores.")
    return name


def _column(value: object, place: str) -> Column:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10_000:
        return Column(position=value, optional=True)
    if isinstance(value, str) and value.strip():
        return Column(header=value, optional=True)
    raise wrong(place, "A column is named by its header in quotes, or by its position from 1.")


def _words(section: Section) -> Lookup | None:
    if not section:
        return None
    for name in section:
        if name not in TECHNIQUES:
            raise wrong(section.at(name), f"“{name}” is no technique.", nearest(name, TECHNIQUES))
    try:
        return Lookup({name: section.texts(name) for name in section})
    except VocabularyError as error:
        raise wrong(section.place, str(error)) from None


class InventoryReader:
    """The rule tied to the columns of one table."""

    def __init__(self, rule: InventoryRule, headers: Sequence[str]) -> None:
        self.rule = rule
        self.texts = _tied(rule.texts, headers)
        self.facts = _tied(rule.facts, headers)
        self.technique = None if rule.technique is None else find_column(headers, rule.technique)

    def entry(self, cells: Sequence[str]) -> InventoryEntry:
        """What a row says. What says nothing is left out: it was not reported, which is not "no"."""
        texts = {
            name: collapse(cells[at])[: TEXTS[name]]
            for name, at in self.texts.items()
            if not self.rule.absent.has(cells[at])
        }
        if self.technique is not None and self.rule.words is not None:
            found = self.rule.words.find(fold(cells[self.technique]))
            if found:
                texts["technique"] = found
        facts = {
            name: cells[at].strip()[:LONGEST_FACT]
            for name, at in self.facts.items()
            if not self.rule.absent.has(cells[at])
        }
        return InventoryEntry(texts, facts, tuple(cells))


def _tied(columns: Mapping[str, Column], headers: Sequence[str]) -> dict[str, int]:
    found = {name: find_column(headers, column) for name, column in columns.items()}
    return {name: at for name, at in found.items() if at is not None}
