"""The decision table row by row, each at its edge, and the flags that stand beside it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.kpi import Answer, Definition, Reading, Reason, State, Status, assess, fold, outlook
from tests.domain.kpi_material import NOON, RANGE, RISING, on, row


def told(definition: Definition, rows: list[Reading], days: int) -> Answer:
    return assess(definition, rows, as_of=on(days))


@pytest.mark.parametrize("state", [State.PAUSED, State.RETIRED])
def test_row_1_a_paused_or_retired_kpi_says_nothing_even_when_broken(state: State) -> None:
    broken = replace(RISING, state=state, target=None)
    assert told(broken, [row(10, "NaN"), row(5, 300)], 50) == Answer(Status(state.value))


def test_row_2_a_broken_definition_is_invalid_before_it_has_even_started() -> None:
    found = told(replace(RISING, target=None), [row(10, 150)], -5)
    assert found == Answer(Status.INVALID, "target_missing_or_not_a_number")


def test_row_3_the_day_before_the_start_is_not_started_and_the_start_is_not() -> None:
    rows = [row(-3, 150)]
    assert told(RISING, rows, -1) == Answer(Status.NOT_STARTED, valid_until=on(-1))
    assert told(RISING, rows, 0).status == Status.NO_DATA


@pytest.mark.parametrize(
    ("value", "flags"),
    [(199, ()), (200, ("target_value_met_but_unattributable",)), (None, ("rejected_value",))],
)
def test_row_4_without_a_baseline_no_progress_is_claimed(value: int | None, flags: tuple[str, ...]) -> None:
    found = told(replace(RISING, baseline=None), [row(10, value)], 300)
    assert (found.status, found.reason) == (Status.NO_BASELINE, Reason.PROGRESS_CANNOT_BE_COMPUTED)
    assert (found.progress, found.expected, found.shortfall, found.forecast) == (None, None, None, None)
    assert found.flags == flags
    assert found.valid_until is None


def test_row_4_lower_is_met_from_below() -> None:
    falling = replace(RISING, direction="lower", baseline=None)  # type: ignore[arg-type]
    assert told(falling, [row(10, 201)], 20).flags == ()
    assert told(falling, [row(10, 200)], 20).flags == ("target_value_met_but_unattributable",)


def test_rows_5_and_6_a_first_measurement_is_awaited_then_overdue_then_out_of_time() -> None:
    awaited, overdue, over = told(RISING, [], 45), told(RISING, [], 46), told(RISING, [], 115)
    assert (awaited.status, awaited.reason) == (Status.NO_DATA, Reason.AWAITING_FIRST_MEASUREMENT)
    assert awaited.valid_until == on(45)
    assert (overdue.status, overdue.reason) == (Status.NO_DATA, Reason.FIRST_MEASUREMENT_OVERDUE)
    assert overdue.valid_until == on(114)
    assert (over.status, over.reason, over.valid_until) == (Status.UNVERIFIED, Reason.NO_EVIDENCE, None)


def test_row_7_a_reading_after_the_window_is_no_evidence_and_is_flagged() -> None:
    found = told(RISING, [row(115, 200)], 116)
    assert (found.status, found.reason) == (Status.UNVERIFIED, Reason.NO_EVIDENCE)
    assert found.flags == ("late_value_after_close",)


def test_row_8_nobody_looked_near_the_target_date_is_not_a_miss() -> None:
    found = told(RISING, [row(54, 90)], 115)
    assert (found.status, found.reason) == (Status.UNVERIFIED, Reason.NO_MEASUREMENT_NEAR_TARGET_DATE)
    assert (found.last_known, found.progress) == (Status.OFF_TRACK, Decimal("-0.100000"))
    assert told(RISING, [row(55, 90)], 115).status == Status.MISSED


@pytest.mark.parametrize(("value", "status"), [("200", "achieved"), ("199.9999", "missed")])
def test_rows_9_and_10_the_outcome_freezes_after_the_window(value: str, status: str) -> None:
    rows = [row(100, value)]
    open_still, closed, years_later = (
        told(RISING, rows, 114),
        told(RISING, rows, 115),
        told(RISING, rows, 4000),
    )
    assert open_still.reason is None
    assert (closed.status, closed.reason, closed.valid_until) == (status, Reason.CLOSED, None)
    assert years_later == closed


def test_rows_9_and_10_a_band_closes_on_the_share_of_periods_met() -> None:
    nine_of_ten = [row(30 * n, "0.9" if n != 4 else "0.5") for n in range(1, 11)]
    band = replace(RANGE, target_on=on(300))
    assert told(band, nine_of_ten, 315).status == Status.ACHIEVED
    assert told(replace(band, required_compliance=Decimal("0.91")), nine_of_ten, 315).status == Status.MISSED


def test_row_11_a_stale_kpi_never_counts_as_good() -> None:
    rows = [row(20, 200)]
    fresh, stale = told(RISING, rows, 65), told(RISING, rows, 66)
    assert (fresh.status, fresh.age_days, fresh.valid_until) == (Status.ACHIEVED, None, on(65))
    assert (stale.status, stale.reason) == (Status.STALE, Reason.MEASUREMENT_TOO_OLD)
    assert (stale.last_known, stale.age_days, stale.progress) == (Status.ACHIEVED, 46, Decimal(1))
    assert stale.valid_until == on(114)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("200", "achieved"),
        ("199.9999", "on_track"),
        ("140", "on_track"),
        ("139.9999", "at_risk"),
        ("125", "at_risk"),
        ("124.9999", "off_track"),
    ],
)
def test_rows_12_to_15_a_boundary_belongs_to_the_better_side(value: str, status: str) -> None:
    assert told(RISING, [row(50, value)], 50).status == status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("0.7999999999", "off_track"),
        ("0.8", "at_risk"),
        ("0.8199999999", "at_risk"),
        ("0.82", "on_track"),
        ("0.98", "on_track"),
        ("0.9800000001", "at_risk"),
        ("1", "at_risk"),
        ("1.0000000001", "off_track"),
    ],
)
def test_rows_16_to_18_a_band_is_exact_and_its_warn_zone_strict(value: str, status: str) -> None:
    assert told(RANGE, [row(50, value)], 50).status == status


def test_a_one_sided_band_warns_only_when_a_margin_is_set() -> None:
    floor = replace(RANGE, lower=Decimal(98), upper=None)
    assert told(floor, [row(30, 98)], 30).status == Status.ON_TRACK
    assert told(replace(floor, warn_margin=Decimal("0.5")), [row(30, 98)], 30).status == Status.AT_RISK


def test_an_unreported_period_is_not_met_and_the_warn_zone_is() -> None:
    found = told(RANGE, [row(30, "0.8"), row(120, "0.9")], 120)
    assert found.progress == Decimal("0.500000")
    assert (found.expected, found.shortfall, found.forecast) == (None, None, None)


@pytest.mark.parametrize(
    ("rows", "flags"),
    [
        ([row(50, "NaN"), row(90, "Infinity", number=2)], ("rejected_value",)),
        ([row(-1, 150)], ("before_baseline",)),
        ([row(61, 150)], ("future_dated",)),
        ([row(50, 150), row(50, 150, number=2)], ("same_day_conflict",)),
        ([row(0, 101)], ("baseline_mismatch",)),
        ([row(0, 99)], ("baseline_mismatch", "worse_than_baseline")),
        ([row(0, 100)], ()),
        ([row(50, "99.9999")], ("worse_than_baseline",)),
        ([row(50, "200.0001")], ("exceeded",)),
        ([row(40, 99), row(50, 150)], ()),
        (
            [row(50, 150), row(70, "NaN"), row(-2, 1), row(-2, 2, number=5)],
            ("before_baseline", "rejected_value"),
        ),
        ([row(50, 150, void=True), row(55, 1, supersedes=9, void=True)], ()),
    ],
)
def test_each_row_left_out_gives_its_first_flag_and_the_last_reading_its_own(
    rows: list[Reading], flags: tuple[str, ...]
) -> None:
    assert told(RISING, rows, 60).flags == flags


def test_late_rows_on_one_day_are_late_and_in_conflict() -> None:
    rows = [row(100, 200), row(120, 1), row(120, 2, number=2)]
    assert told(RISING, rows, 121).flags == ("late_value_after_close", "same_day_conflict")


def test_an_answer_closed_for_ever_still_expires_when_a_future_row_turns_late() -> None:
    rows = [row(100, 200), row(130, 1), row(140, 1)]
    assert [told(RISING, rows, day).valid_until for day in (115, 130, 140)] == [on(129), on(139), None]
    assert told(RISING, [*rows, row(116, 1)], 120).valid_until == on(139)


def test_a_forecast_needs_three_readings_and_a_fifth_of_the_way_expected() -> None:
    rows = [row(5, 105), row(10, 110), row(20, 110)]
    assert told(RISING, rows, 20).forecast == Decimal("0.5000")
    assert told(RISING, rows[1:], 20).forecast is None
    assert told(RISING, [row(5, 105), row(10, 110), row(19, 110)], 20).forecast is None
    assert told(RISING, [*rows, row(20, 110, number=2)][1:], 20).forecast is None


def test_two_known_at_give_two_truths_about_one_day() -> None:
    late_learnt = row(40, 110, recorded=NOON)
    rows = [row(50, 141), late_learnt]
    before = assess(RISING, rows, as_of=on(50), known_at=NOON.replace(hour=11))
    after = assess(RISING, rows, as_of=on(50), known_at=NOON)
    assert (before.status, after.status) == (Status.ON_TRACK, Status.AT_RISK)


def test_figures_beyond_any_unit_are_still_judged() -> None:
    tiny = replace(RISING, baseline=Decimal(0), target=Decimal("1e-12"))
    found = told(tiny, [row(50, "9" * 38)], 50)
    assert (found.status, found.flags) == (Status.ACHIEVED, ("exceeded",))
    assert told(tiny, [row(50, "9e90")], 50).status == Status.ACHIEVED


def test_the_end_of_the_calendar_is_for_ever() -> None:
    endless = replace(RISING, target_on=date.max, stale_after_days=5_000_000)
    found = assess(endless, [], as_of=on(50))
    assert (found.status, found.valid_until) == (Status.NO_DATA, None)
    assert assess(endless, [row(10, 100)], as_of=date.max).valid_until is None


def test_an_answer_that_lasts_to_the_last_day_of_the_calendar_lasts_for_ever() -> None:
    definition = replace(RISING, target_on=date.max - timedelta(days=14))
    overdue = outlook(definition, fold(definition, [], as_of=on(50)), since=on(50))
    assert [segment.answer.valid_until for segment in overdue] == [None]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "0"),
        (1, "0.004"),
        (49, "0.196"),
        (50, "0.2"),
        (51, "0.216"),
        (99, "0.984"),
        (100, "1"),
        (110, "1"),
    ],
)
def test_the_expected_share_follows_the_declared_curve_and_ends_at_the_target_date(
    days: int, expected: str
) -> None:
    curved = replace(RISING, curve=((Decimal("0.5"), Decimal("0.2")),))
    assert told(curved, [row(days, 100)], days).expected == Decimal(expected)


def test_a_third_of_the_time_is_not_rounded_before_the_curve_is_read() -> None:
    # Through (0.5, 0.0000015): a third of the time is 0.000001 exactly; a sixth and a half are ties, to the even digit.
    steep = replace(RISING, target_on=on(12), curve=((Decimal("0.5"), Decimal("0.0000015")),))
    assert told(steep, [row(4, 100)], 4).expected == Decimal("0.000001")
    assert told(steep, [row(2, 100)], 2).expected == Decimal("0.000000")
    assert told(steep, [row(6, 100)], 6).expected == Decimal("0.000002")
