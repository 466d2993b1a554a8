"""The `[dates]` table of a mapping, and the one of a field merged over it."""

from datetime import date

from exchange.mapping.dates import (
    EARLIEST,
    ENGLISH_MONTHS,
    EPOCHS,
    LATEST,
    DateRules,
    Layout,
    LayoutError,
    Repair,
    compile_layout,
)
from exchange.mapping.document import Section, wrong


def read_date_rules(section: Section) -> DateRules:
    """The `[dates]` table, or the one of a field merged over it."""
    layouts = section.raw("layouts")
    if not isinstance(layouts, list) or not layouts:
        raise wrong(section.at("layouts"), "At least one layout is needed.", 'Write layouts = ["YYYY-M-D"].')
    earliest, latest = _bounds(section)
    century = section.number("century", 2000, low=0, high=9_900) or 0
    if century % 100:
        raise wrong(section.at("century"), "This must be a multiple of 100, such as 2000.")
    rules = DateRules(
        layouts=tuple(
            _layout(item, f"{section.at('layouts')}[{n}]") for n, item in enumerate(layouts, start=1)
        ),
        century=century,
        pivot=section.number("pivot", low=0, high=99),
        epoch=EPOCHS[1904 if section.number("epoch", 1900, low=1900, high=1904) == 1904 else 1900],
        earliest=earliest,
        latest=latest,
        fiscal_start=section.number("fiscal_start", 1, low=1, high=12) or 1,
        repairs=tuple(_repair(item) for item in section.tables("repairs")),
        months=_months(section),
    )
    section.done()
    return rules


def _layout(item: object, place: str) -> Layout:
    try:
        if isinstance(item, str):
            return compile_layout(item)
        section = Section(item, place)
        layout = compile_layout(
            section.needed_text("layout"),
            precision=section.text("precision") or None,
            repair=section.text("repair") or None,
        )
        section.done()
    except LayoutError as error:
        raise wrong(place, str(error), "The tokens are YYYY YY M D MON MONTH HMS SERIAL Q.") from None
    return layout


def _repair(section: Section) -> Repair:
    kind = section.text("kind", "serial-year", choices=("serial-year", "add-years", "remove-text"))
    years = section.raw("years")
    first = last = 0
    if kind != "remove-text":
        if not (isinstance(years, list) and len(years) == 2 and all(isinstance(year, int) for year in years)):
            raise wrong(
                section.at("years"), "This must be the first and the last year, such as [1905, 1905]."
            )
        first, last = years
    texts = section.texts("texts")
    if kind == "remove-text" and not all(text.strip() for text in texts or ("",)):
        raise wrong(section.at("texts"), "The texts to take out are missing.")
    repair = Repair(
        name=section.needed_text("name"),
        kind=kind,
        first_year=first,
        last_year=last,
        amount=section.number("add", 0, low=-9_000, high=9_000) or 0,
        texts=texts,
    )
    section.done()
    return repair


def _months(section: Section) -> tuple[tuple[str, ...], ...]:
    value = section.raw("months")
    if value is None:
        return ENGLISH_MONTHS
    place = section.at("months")
    if not isinstance(value, list) or len(value) != 12:
        raise wrong(place, "This must be a list of twelve months, each a name or a list of names.")
    names = [
        Section({"m": item}, f"{place}[{number}]").texts("m") for number, item in enumerate(value, start=1)
    ]
    return tuple((*given, *english) for given, english in zip(names, ENGLISH_MONTHS, strict=True))


def _bounds(section: Section) -> tuple[date, date]:
    value = section.raw("plausible")
    if value is None:
        return EARLIEST, LATEST
    if not isinstance(value, list) or len(value) != 2:
        raise wrong(section.at("plausible"), "This must be two dates: [1980-01-01, 2200-12-31].")
    ends = Section({"first": value[0], "last": value[1]}, section.at("plausible"))
    earliest, latest = ends.day("first") or EARLIEST, ends.day("last") or LATEST
    if earliest > latest:
        raise wrong(section.at("plausible"), "The first day is after the last.")
    return earliest, latest
