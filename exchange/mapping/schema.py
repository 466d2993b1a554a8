"""A mapping, validated: everything `rows` needs to judge a row, and nothing it has to check again."""

from dataclasses import dataclass, field
from datetime import date

from exchange.mapping.dates import DateRules
from exchange.mapping.document import Document
from exchange.mapping.inventory import InventoryRule
from exchange.mapping.numbers import NumberRules
from exchange.mapping.targets import TargetField
from exchange.mapping.vocabulary import AbsentWords, FactWords, Vocabulary
from exchange.reading.table import Column, FileRules


@dataclass(frozen=True, slots=True)
class Separators:
    """Where a list without brackets is split; nowhere if there are none."""

    texts: tuple[str, ...] = ()


How = Vocabulary | FactWords | DateRules | NumberRules | Separators | None
"""The rules by which a field's cells are read, by its kind; None for plain text and addresses."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is filled: the first of `columns` that says something, else `constant`; and `how` it is read."""

    target: TargetField
    columns: tuple[Column, ...]
    constant: str
    absent: AbsentWords
    how: How

    @property
    def name(self) -> str:
        return self.target.name


@dataclass(frozen=True, slots=True)
class KeyRule:
    """One way of telling a row: the texts of `fields`, all present but the `optional` ones, in a namespace of its own.

    `numbered`: equal keys are told apart by an occurrence number; otherwise the second one in a file is refused.
    `case_sensitive` names the fields compared as written.
    """

    namespace: str
    fields: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    numbered: bool = False
    case_sensitive: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AgeRule:
    """Which dates say since when a record is in its stage: the first that was read, by stage or else `default`."""

    default: tuple[str, ...] = ()
    by_stage: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageCheck:
    """A stage that its dates contradict: a warning, never a repair."""

    code: str
    stages: frozenset[str]
    date_field: str
    when: str
    message: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """What one kind of file means. `series` is what keys are compared inside; `sha256` is of the text it came from."""

    name: str
    title: str
    series: str
    target: str
    sha256: str
    file: FileRules
    fields: dict[str, FieldRule]
    keys: tuple[KeyRule, ...]
    unit_aliases: dict[str, str]
    age: AgeRule
    date_order: tuple[str, ...]
    checks: tuple[StageCheck, ...]
    as_of: date | None
    document: Document
    inventory: InventoryRule | None = None
