"""Dates by ordered layouts: what is read, at which precision, what is repaired, and what is refused as a cell."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.mapping.dates import EPOCHS, DateRules, LayoutError, Repair, compile_layout, read_date


def rules(*layouts: str, **options: Any) -> DateRules:
    return DateRules(layouts=tuple(compile_layout(layout) for layout in layouts), **options)


@pytest.mark.parametrize(
    ("layout", "text", "value", "precision"),
    [
        ("M/D/YYYY", "7/1/2023", date(2023, 7, 1), "day"),
        ("M/D/YYYY", " 07/01/2023\xa0", date(2023, 7, 1), "day"),
        ("D/M/YYYY", "13/02/2024", date(2024, 2, 13), "day"),
        ("D.M.YYYY", "1.2.2024", date(2024, 2, 1), "day"),
        ("YYYY-M-D", "2024-02-29", date(2024, 2, 29), "day"),
        ("YYYYMD", "20240229", date(2024, 2, 29), "day"),
        ("YYYY-M-D HMS", "2024-10-01 00:00:00", date(2024, 10, 1), "day"),
        ("YYYY-M-D'T'HMS", "2024-10-01T23:59:59.999+02:00", date(2024, 10, 1), "day"),
        ("M/D/YYYY HMS", "10/01/2024 12:00:00 AM", date(2024, 10, 1), "day"),
        ("M/D/YYYY HMS", "1/2/2024 0:00", date(2024, 1, 2), "day"),
        ("D MON YYYY", "3 Sept 2024", date(2024, 9, 3), "day"),
        ("MON. D, YYYY", "Mar. 5, 2024", date(2024, 3, 5), "day"),
        ("D MONTH YYYY", "24  november\n2026", date(2026, 11, 24), "day"),
        ("MONTH D, YYYY", "May 1, 2024", date(2024, 5, 1), "day"),
        ("M/YYYY", "01/2024", date(2024, 1, 1), "month"),
        ("MON-YY", "Nov-24", date(2024, 11, 1), "month"),
        ("YY-MON", "24-Nov", date(2024, 11, 1), "month"),
        ("MONTH YYYY", "June 2021", date(2021, 6, 1), "month"),
        ("Q YYYY", "Q4 2024", date(2024, 10, 1), "quarter"),
        ("YYYY Q", "2024 2", date(2024, 4, 1), "quarter"),
        ("Q'FY'YY", "Q1FY25", date(2025, 1, 1), "quarter"),
        ("YYYY", "2022", date(2022, 1, 1), "year"),
        ("SERIAL", "45000", date(2023, 3, 15), "day"),
        ("SERIAL", "45000.75", date(2023, 3, 15), "day"),
    ],
)
def test_a_layout_reads_what_it_says(layout: str, text: str, value: date, precision: str) -> None:
    dated = read_date(text, rules(layout))
    assert (dated.status, dated.value, dated.precision, dated.raw) == ("parsed", value, precision, text)


@pytest.mark.parametrize(
    "text",
    ["Q4FY25", "Pre-2021", "2022-08 (estimated)", "10/12023", "7/1/23", "7/1/2023x", "x 7/1/2023", "٧/١/٢٠٢٣", "", "1" * 500],
)  # fmt: skip
def test_free_text_is_refused_and_kept_as_it_stands(text: str) -> None:
    dated = read_date(text, rules("M/D/YYYY", "YY-MON"))
    assert (dated.status, dated.value, dated.reason, dated.raw) == ("refused", None, "free text", text)


@pytest.mark.parametrize("text", ["2/30/2024", "13/1/2024", "0/1/2024", "2/29/2023", "1/1/0000"])
def test_a_day_that_is_in_no_calendar_is_said_to_be_so(text: str) -> None:
    assert read_date(text, rules("M/D/YYYY")).reason == "no such day"


def test_a_time_that_is_on_no_clock_is_refused() -> None:
    assert read_date("2024-01-01 25:61:00", rules("YYYY-M-D HMS")).status == "refused"


def test_the_first_layout_that_gives_a_real_day_wins() -> None:
    both = rules("M/D/YYYY", "D/M/YYYY")
    assert read_date("3/4/2024", both).value == date(2024, 3, 4)
    assert read_date("13/4/2024", both).value == date(2024, 4, 13)
    assert read_date("3/4/2024", rules("D/M/YYYY", "M/D/YYYY")).value == date(2024, 4, 3)


def test_a_short_year_belongs_to_the_century_or_turns_at_the_pivot() -> None:
    assert read_date("Nov-99", rules("MON-YY")).value == date(2099, 11, 1)
    assert read_date("Nov-99", rules("MON-YY", century=1900)).value == date(1999, 11, 1)
    turning = rules("MON-YY", pivot=50)
    assert read_date("Nov-50", turning).value == date(2050, 11, 1)
    assert read_date("Nov-51", turning).value == date(1951, 11, 1)


SERIAL_YEAR = Repair("serial year", "serial-year", 1905, 1905)


def test_a_year_that_became_a_day_number_is_repaired_and_counted() -> None:
    known = rules("M/D/YYYY", repairs=(SERIAL_YEAR,), earliest=date(1980, 1, 1))
    dated = read_date("7/14/1905", known)
    assert (dated.value, dated.precision, dated.repair) == (date(2022, 1, 1), "year", "serial year")
    plain = read_date("7/14/2022", known)
    assert (plain.value, plain.precision, plain.repair) == (date(2022, 7, 14), "day", None)


def test_the_bounds_are_checked_after_the_repair() -> None:
    bounds = {"earliest": date(1980, 1, 1), "latest": date(2200, 12, 31)}
    assert read_date("7/14/1905", rules("M/D/YYYY", **bounds)).reason == "implausible"
    repaired = rules("M/D/YYYY", repairs=(SERIAL_YEAR,), **bounds)
    assert read_date("7/14/1905", repaired).value == date(2022, 1, 1)
    assert read_date("1/1/1905", repaired).reason == "implausible"
    assert read_date("1/1/1980", repaired).value == date(1980, 1, 1)
    assert read_date("12/31/1979", repaired).reason == "implausible"
    assert read_date("12/31/2200", repaired).value == date(2200, 12, 31)
    assert read_date("1/1/2201", repaired).reason == "implausible"


def test_a_layout_can_be_a_repair_itself() -> None:
    layout = compile_layout("YY-MON", precision="month", repair="repaired yy-Mon")
    assert read_date("24-Nov", DateRules(layouts=(layout,))).repair == "repaired yy-Mon"


def test_years_can_be_added_and_words_taken_out() -> None:
    short = rules("M/D/YYYY", repairs=(Repair("two digits", "add-years", 20, 29, 2000),))
    assert read_date("3/1/0024", short).value == date(2024, 3, 1)
    assert read_date("2/29/0024", short).repair == "two digits"
    about = rules("YYYY-M", repairs=(Repair("estimate", "remove-text", texts=("(estimated)", "ca.")),))
    dated = read_date("ca. 2022-08 (Estimated)", about)
    assert (dated.value, dated.repair) == (date(2022, 8, 1), "estimate")
    assert read_date("2022-08", about).repair is None


def test_a_fiscal_year_is_named_after_the_year_it_ends_in() -> None:
    federal = rules("Q'FY'YY", "'FY'YYYY Q", fiscal_start=10)
    assert read_date("Q1FY25", federal).value == date(2024, 10, 1)
    assert read_date("FY2025 Q4", federal).value == date(2025, 7, 1)


def test_months_have_the_names_the_mapping_gives_them() -> None:
    dutch = (
        ("januari",),
        ("februari",),
        ("maart", "mrt"),
        ("april",),
        ("mei",),
        *((f"m{n}",) for n in range(6, 13)),
    )
    known = rules("D MONTH YYYY", months=tuple(dutch))
    assert read_date("5 mei 2024", known).value == date(2024, 5, 5)
    assert read_date("5 mai 2024", known).reason == "no such day"


def test_date_cells_of_a_spreadsheet_are_read_whatever_the_layouts() -> None:
    assert read_date("2024-11-24", rules("M/D/YYYY"), from_cell=True).value == date(2024, 11, 24)
    assert read_date("2024-11-24 10:00:00", rules("M/D/YYYY"), from_cell=True).value == date(2024, 11, 24)
    assert read_date("2024-11-24", rules("M/D/YYYY")).status == "refused"
    assert read_date("1905-07-14", rules("M/D/YYYY", repairs=(SERIAL_YEAR,)), from_cell=True).value == date(
        2022, 1, 1
    )


def test_day_numbers_count_from_the_epoch() -> None:
    assert read_date("44158", rules("SERIAL", epoch=EPOCHS[1904])).value == date(2024, 11, 24)
    assert read_date("9999999", rules("SERIAL")).reason == "no such day"


@pytest.mark.parametrize(
    "layout",
    ["", "M/D", "YYYY YY", "YYYY-YYYY", "D YYYY", "M MON YYYY", "MON MONTH YYYY", "Q M YYYY", "SERIAL YYYY", "YYYYT", "'FY YYYY", "HMS"],
)  # fmt: skip
def test_a_layout_that_cannot_tell_a_date_is_refused(layout: str) -> None:
    with pytest.raises(LayoutError):
        compile_layout(layout)


def test_a_layout_cannot_have_an_unknown_precision() -> None:
    with pytest.raises(LayoutError, match="decade"):
        compile_layout("YYYY", precision="decade")


@given(
    st.dates(date(1950, 1, 1), date(2150, 1, 1)),
    st.sampled_from(["M/D/YYYY", "D.M.YYYY", "YYYY-M-D", "YYYYMD"]),
)
def test_every_day_written_in_a_layout_is_read_back(day: date, layout: str) -> None:
    text = layout.replace("YYYY", f"{day:%Y}").replace("M", f"{day:%m}").replace("D", f"{day:%d}")
    assert read_date(text, rules(layout)).value == day


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    every = rules(
        "M/D/YYYY", "YY-MON", "MON-YY", "YYYY-M-D HMS", "Q YYYY", "SERIAL", "YYYY", repairs=(SERIAL_YEAR,)
    )
    dated = read_date(text, every)
    assert (dated.value is None) == (dated.status == "refused") == (dated.reason is not None)
