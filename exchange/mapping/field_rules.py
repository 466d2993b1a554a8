"""The `[fields.*]` and `[facts.*]` tables of a mapping: which column fills what, and how its cells are read."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from exchange.mapping.date_rules import read_date_rules
from exchange.mapping.document import Section, nearest, wrong
from exchange.mapping.numbers import NumberRules
from exchange.mapping.schema import FieldRule, How, Separators
from exchange.mapping.targets import TargetField
from exchange.mapping.vocabulary import AbsentWords, Fact, FactWords, Lookup, Vocabulary, VocabularyError
from exchange.reading.table import Column

FACT_WORDS: Final = {
    Fact.YES: ("yes", "y", "true"),
    Fact.NO: ("no", "n", "false"),
    Fact.NOT_REQUIRED: ("not required",),
    Fact.NOT_REPORTED: ("not reported",),
}
MOST_COLUMNS: Final = 20


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the mapping says once for all its fields; a field may say otherwise."""

    absent: tuple[str, ...]
    dates: Section
    numbers: Section
    separators: Section
    fact_words: Section


def read_fields(
    fields: Section, facts: Section, targets: dict[str, TargetField], defaults: Defaults
) -> dict[str, FieldRule]:
    """Every field and fact of a mapping, in its order. Raises MappingRefused."""
    rules: dict[str, FieldRule] = {}
    for name in fields:
        target = targets.get(name)
        if target is None:
            raise wrong(
                fields.at(name),
                f"There is no field “{name}”.",
                nearest(name, tuple(targets)),
                "unknown_field",
            )
        rules[name] = _rule(fields.table(name), target, defaults)
    for name in facts:
        place = facts.at(name)
        if name in targets:
            raise wrong(place, f"“{name}” is a field, not a fact.", f"Write [fields.{name}].")
        if not name.isidentifier() or name != name.lower() or len(name) > 60:
            raise wrong(place, "A fact is named in lower case letters, digits and underscores.")
        rules[name] = _rule(
            facts.table(name), TargetField(name, "fact", name.replace("_", " ").capitalize()), defaults
        )
    _finish(defaults)
    return rules


def _finish(defaults: Defaults) -> None:
    """Refuses misspelt keys in the tables of defaults, also where no field uses them."""
    try:
        AbsentWords(defaults.absent)
    except VocabularyError as error:
        raise wrong("absent", str(error)) from None
    if defaults.dates:
        read_date_rules(defaults.dates)
    _numbers(defaults.numbers)
    defaults.separators.texts("separators")
    defaults.separators.done()
    _fact_lookup(defaults.fact_words, {})


def _rule(section: Section, target: TargetField, defaults: Defaults) -> FieldRule:
    columns = _columns(section)
    constant = section.text("value")
    if bool(columns) == bool(constant):
        raise wrong(
            section.place, "A field takes either column (or columns) or value.", 'Write column = "...".'
        )
    usual = () if target.every_word else defaults.absent
    try:
        rule = FieldRule(
            target=target,
            columns=columns,
            constant=constant,
            absent=AbsentWords(section.texts("absent", usual)),
            how=_how(section, target, defaults),
        )
    except VocabularyError as error:
        place = {"vocabulary": section.at("words"), "fact": section.place}.get(
            target.kind, section.at("absent")
        )
        raise wrong(place, str(error)) from None
    section.done()
    return rule


def _how(section: Section, target: TargetField, defaults: Defaults) -> How:
    match target.kind:
        case "vocabulary":
            return _vocabulary(section, target)
        case "date":
            return read_date_rules(_merged(defaults.dates, section.table("dates")))
        case "number":
            return _numbers(_merged(defaults.numbers, section.table("numbers")))
        case "fact":
            return _facts(section, defaults)
        case "list":
            return _separators(section, defaults)
        case _:
            return None


def _columns(section: Section) -> tuple[Column, ...]:
    single, several = section.raw("column"), section.raw("columns")
    optional = section.flag("optional")
    if single is not None and several is not None:
        raise wrong(section.place, "A field takes column or columns, not both.")
    items = [] if single is None and several is None else [single] if several is None else several
    place = section.at("column" if several is None else "columns")
    if not isinstance(items, list) or len(items) > MOST_COLUMNS or (several is not None and not items):
        raise wrong(place, "This must be a list of headers or positions.")
    columns = []
    for item in items:
        if isinstance(item, int) and not isinstance(item, bool) and 1 <= item <= 10_000:
            columns.append(Column(position=item, optional=optional))
        elif isinstance(item, str) and item.strip():
            columns.append(Column(header=item, optional=optional))
        else:
            raise wrong(place, "A column is named by its header in quotes, or by its position from 1.")
    return tuple(columns)


def _vocabulary(section: Section, target: TargetField) -> Vocabulary:
    words = section.table("words")
    lists = {value: words.texts(value) for value in words}
    for value in lists:
        if value not in target.choices:
            raise wrong(
                words.at(value), f"“{value}” is no {target.label.lower()}.", nearest(value, target.choices)
            )
    if not lists:
        # Without words of its own the column holds the values themselves.
        lists = {value: (value, value.replace("_", " "), value.replace("_", "-")) for value in target.choices}
    blank = section.text("blank", target.blank, choices=target.choices)
    return Vocabulary(
        lookup=Lookup(
            lists, by_prefix=section.text("match", "whole", choices=("whole", "prefix")) == "prefix"
        ),
        blank=blank,
        absent=section.text("absent_value", blank, choices=target.choices),
        other=section.text("other", target.unknown, choices=target.choices),
    )


def _merged(usual: Section, own: Section) -> Section:
    """The mapping's table with the field's own keys over it."""
    data = {key: usual.raw(key) for key in usual} | {key: own.raw(key) for key in own}
    return Section(data, own.place if own else usual.place)


def _numbers(section: Section) -> NumberRules:
    decimal = section.text("decimal", ".", choices=(".", ","))
    group = section.text("group", "," if decimal == "." else ".", choices=("", ",", ".", " ", "'"))
    if decimal == group:
        raise wrong(section.at("group"), "The separator of thousands cannot be the decimal one.")
    rules = NumberRules(
        decimal=decimal,
        group=group,
        scale=Decimal(section.number("scale", 1, low=1, high=1_000_000_000) or 1),
        affixes=tuple(text for text in section.texts("affixes") if text.strip()),
    )
    section.done()
    return rules


def _facts(section: Section, defaults: Defaults) -> FactWords:
    own = {fact: section.texts(fact.value) for fact in Fact if fact.value in section}
    for fact in Fact:
        section.raw(fact.value)
    return FactWords(_fact_lookup(defaults.fact_words, own))


def _fact_lookup(section: Section, own: dict[Fact, tuple[str, ...]]) -> Lookup:
    """The mapping's words with a fact's own lists in their place. A word the fact lists wins over the usual ones."""
    lists = {fact: own.get(fact, section.texts(fact.value, FACT_WORDS[fact])) for fact in Fact}
    section.done()
    taken = {word.casefold() for words in own.values() for word in words}
    return Lookup(
        {
            fact.value: words
            if fact in own
            else tuple(word for word in words if word.casefold() not in taken)
            for fact, words in lists.items()
        }
    )


def _separators(section: Section, defaults: Defaults) -> Separators:
    separators = section.texts("separators", defaults.separators.texts("separators"))
    if any(not separator for separator in separators):
        raise wrong(section.at("separators"), "A separator cannot be empty.")
    return Separators(separators)
