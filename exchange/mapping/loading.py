"""TOML to a Mapping. Everything is checked here, once, with the place of what is wrong; README.md tells the language."""

import hashlib
import tomllib
from pathlib import Path
from typing import Final

from exchange.mapping.dates import DateRules
from exchange.mapping.document import Document, MappingRefused, Section, nearest, wrong
from exchange.mapping.field_rules import Defaults, read_fields
from exchange.mapping.inventory import read_inventory
from exchange.mapping.schema import AgeRule, FieldRule, KeyRule, Mapping, StageCheck
from exchange.mapping.targets import TARGETS
from exchange.reading.encoding import DEFAULT_ENCODINGS, canonical
from exchange.reading.table import FileRules, fold

SHIPPED: Final = Path(__file__).resolve().parent.parent / "mappings"
LARGEST: Final = 512 * 1024
KEY_FIELDS: Final = ("unit", "sub_unit", "name", "external_id", "unit_name")
CHECKS: Final = ("absent", "present", "after_as_of", "not_after_as_of")


def shipped_mappings() -> dict[str, Path]:
    """The mappings that come with the product, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def load_mapping(source: str | bytes | Path) -> Mapping:
    """A mapping from its text or bytes, from a Path, or by the name of a shipped one. Raises MappingRefused."""
    data = _bytes_of(source)
    if len(data) > LARGEST:
        raise wrong("", f"The mapping is larger than {LARGEST // 1024} kB.")
    try:
        document: Document = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise wrong(
            "", f"The mapping is not UTF-8 (byte {error.start + 1:,}).", "Save it as UTF-8."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise wrong("", f"The mapping is not TOML: {error}.", "Mend that place.", "bad_toml") from None
    except RecursionError:
        raise wrong("", "The mapping is nested too deep.", "", "bad_toml") from None
    return parse_mapping(document, sha256=hashlib.sha256(data).hexdigest())


def _bytes_of(source: str | bytes | Path) -> bytes:
    """A text is never taken for a path: an upload must not be able to name a file of this machine."""
    if isinstance(source, str):
        source = shipped_mappings().get(source) or source.encode("utf-8", "surrogatepass")
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except (OSError, ValueError) as error:
        remedy = f"Give a file that can be read, or one of {', '.join(shipped_mappings())}."
        raise wrong("", f"The mapping {source} cannot be read.", remedy, "no_mapping") from error


def parse_mapping(document: Document, *, sha256: str = "") -> Mapping:
    """A mapping from a document, such as the one a page builds by clicking. Raises MappingRefused."""
    top = Section(document, "")
    if top.number("format", 1, low=1, high=1) != 1:  # pragma: no cover  the bounds refuse every other number
        raise wrong("format", "This version of the language is unknown.")
    name = _short(top, "name", 80)
    target = top.text("target", "initiatives", choices=tuple(TARGETS))
    defaults = Defaults(
        absent=top.texts("absent"),
        dates=top.table("dates"),
        numbers=top.table("numbers"),
        separators=top.table("lists"),
        fact_words=top.table("fact_words"),
    )
    fields = read_fields(top.table("fields"), top.table("facts"), TARGETS[target], defaults)
    _check_required(fields, target)
    units = top.table("units")
    mapping = Mapping(
        name=name,
        title=top.text("title", name),
        series=_short(top, "series", 80) if "series" in top else name,
        target=target,
        sha256=sha256,
        file=_file_rules(top.table("file"), fields),
        fields=fields,
        keys=_key_rules(top, fields),
        unit_aliases=_aliases(units.table("aliases")),
        age=_age(top.table("age"), fields),
        date_order=_date_order(top, fields),
        checks=tuple(_check(section, fields) for section in top.tables("checks")),
        as_of=top.day("as_of"),
        document=document,
        inventory=read_inventory(top.table("model"), defaults.absent),
    )
    units.done()
    top.done()
    return mapping


def _short(section: Section, key: str, longest: int) -> str:
    text = section.needed_text(key)
    if len(text) > longest:
        raise wrong(section.at(key), f"This is longer than {longest} characters.")
    return text


def _check_required(fields: dict[str, FieldRule], target: str) -> None:
    for known in TARGETS[target].values():
        if known.required and known.name not in fields:
            raise wrong(
                f"fields.{known.name}", "This field is missing.", 'Write column = "..." or value = "...".'
            )


def _file_rules(section: Section, fields: dict[str, FieldRule]) -> FileRules:
    encodings = []
    for name in section.texts("encodings", DEFAULT_ENCODINGS):
        found = canonical(name)
        if found is None:
            raise wrong(section.at("encodings"), f"“{name}” is not an encoding this reader knows.")
        encodings.append(found)
    if not encodings:
        raise wrong(section.at("encodings"), "At least one encoding is needed.")
    kinds = section.texts("kinds", ("csv", "xlsx"))
    for kind in kinds:
        if kind not in ("csv", "xlsx"):
            raise wrong(section.at("kinds"), f"“{kind}” is not csv or xlsx.")
    delimiter = section.text("delimiter") or None
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n' or delimiter.isalnum()):
        raise wrong(section.at("delimiter"), "This must be one character that is no letter, digit or quote.")
    sheet = section.raw("sheet")
    if sheet is not None and (isinstance(sheet, bool) or not isinstance(sheet, str | int)):
        raise wrong(section.at("sheet"), "This must be the title of a sheet, or its number from 1.")
    headers = section.texts("headers")
    columns = section.number("columns", low=1)
    if headers and columns is not None and columns != len(headers):
        raise wrong(section.at("headers"), f"{len(headers)} headers are given, but columns = {columns}.")
    rules = FileRules(
        kinds=kinds or ("csv", "xlsx"),
        encodings=tuple(encodings),
        delimiter=delimiter,
        sheet=sheet,
        header_row=section.number("header_row", 1, low=1, high=1_000) or 1,
        columns=columns,
        headers=headers,
        pad_short_rows=section.text("short_rows", "refuse", choices=("refuse", "pad")) == "pad",
        merged_cells_keep_first=section.text("merged_cells", "refuse", choices=("refuse", "first"))
        == "first",
        needed=tuple(column for rule in fields.values() for column in rule.columns),
        needed_any=tuple(rule.columns for rule in fields.values() if rule.columns and rule.target.required),
    )
    section.done()
    return rules


def _key_rules(top: Section, fields: dict[str, FieldRule]) -> tuple[KeyRule, ...]:
    rules = tuple(_key_rule(section, fields) for section in top.tables("keys"))
    if not rules:
        raise wrong("keys", "A mapping needs a rule that tells rows apart.", "Write a [[keys]] table.")
    names = [rule.namespace for rule in rules]
    if len(set(names)) != len(names):
        raise wrong("keys", "Two key rules have the same namespace.")
    return rules


def _key_rule(section: Section, fields: dict[str, FieldRule]) -> KeyRule:
    names = section.texts("fields")
    if not names:
        raise wrong(section.at("fields"), "A key needs at least one field.")
    optional = frozenset(section.texts("optional"))
    sensitive = frozenset(section.texts("case_sensitive"))
    for name in (*names, *optional, *sensitive):
        if name not in KEY_FIELDS:
            raise wrong(section.at("fields"), f"“{name}” cannot be part of a key.", nearest(name, KEY_FIELDS))
        if name not in fields:
            raise wrong(section.at("fields"), f"The field {name} is not mapped.")
    if not (optional | sensitive) <= set(names) or optional >= set(names):
        raise wrong(section.at("optional"), "Only some of the key’s own fields can stand here.")
    rule = KeyRule(
        namespace=_short(section, "namespace", 40),
        fields=names,
        optional=optional,
        numbered=section.text("duplicates", "refuse", choices=("refuse", "number")) == "number",
        case_sensitive=sensitive,
    )
    section.done()
    return rule


def _aliases(section: Section) -> dict[str, str]:
    return {fold(alias): section.needed_text(alias) for alias in section}


def _dates_named(names: tuple[str, ...], place: str, fields: dict[str, FieldRule]) -> tuple[str, ...]:
    dates = [name for name, rule in fields.items() if isinstance(rule.how, DateRules)]
    for name in names:
        if name not in dates:
            raise wrong(place, f"“{name}” is not a date field of this mapping.", nearest(name, dates))
    return names


def _age(section: Section, fields: dict[str, FieldRule]) -> AgeRule:
    default = ("entered_on",) if "entered_on" in fields else ()
    dates = _dates_named(section.texts("dates", default), section.at("dates"), fields)
    stages = section.table("stages")
    known = TARGETS["initiatives"]["stage"].choices
    by_stage: dict[str, tuple[str, ...]] = {}
    for stage in stages:
        if stage not in known:
            raise wrong(stages.at(stage), f"“{stage}” is not a stage.", nearest(stage, known))
        by_stage[stage] = _dates_named(stages.texts(stage), stages.at(stage), fields)
    section.done()
    return AgeRule(dates, by_stage)


def _date_order(top: Section, fields: dict[str, FieldRule]) -> tuple[str, ...]:
    return _dates_named(top.texts("date_order"), "date_order", fields)


def _check(section: Section, fields: dict[str, FieldRule]) -> StageCheck:
    known = TARGETS["initiatives"]["stage"].choices
    stages, others = section.texts("stages"), section.texts("other_than")
    for stage in (*stages, *others):
        if stage not in known:
            raise wrong(section.at("stages"), f"“{stage}” is not a stage.", nearest(stage, known))
    if bool(stages) == bool(others):
        raise wrong(section.place, "A check names either stages or other_than.")
    (date_field,) = _dates_named((section.needed_text("date"),), section.at("date"), fields)
    check = StageCheck(
        code=section.needed_text("code"),
        stages=frozenset(stages or set(known) - set(others)),
        date_field=date_field,
        when=section.text("when", choices=CHECKS) or "absent",
        message=section.needed_text("message"),
    )
    section.done()
    return check


__all__ = ["MappingRefused", "load_mapping", "parse_mapping", "shipped_mappings"]
