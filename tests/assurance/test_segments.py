"""Segments of a model: ratio and gap, and those too small to be shown."""

from decimal import Decimal

import pytest

from assurance.models import (
    MonitorObservation,
)
from domain.errors import RuleError
from domain.segments import Segment, disparity
from tests.assurance.watching import performance, send
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def part(name: str, cases: int, value: str | None) -> Segment:
    return Segment(name, cases, None if value is None else Decimal(value))


@pytest.mark.parametrize(("cases", "suppressed"), [(29, True), (30, False), (31, False)])
def test_a_segment_of_fewer_than_thirty_is_suppressed_and_never_zero(cases: int, suppressed: bool) -> None:
    found = disparity([part("young", 400, "0.8"), part("old", cases, "0.4")])
    assert (found.segments[1].value is None) is suppressed
    assert [one.name for one in found.suppressed] == (["old"] if suppressed else [])
    assert (found.ratio, found.gap) == ((None, None) if suppressed else (Decimal("0.5"), Decimal("0.4")))


def test_ratio_and_gap_are_of_the_lowest_and_the_highest_of_those_shown() -> None:
    found = disparity(
        [part("a", 100, "0.6"), part("b", 100, "0.75"), part("c", 100, None), part("d", 5, "0.01")]
    )
    assert found.lowest is not None
    assert found.highest is not None
    assert (found.lowest.name, found.highest.name, found.ratio, found.gap) == (
        "a",
        "b",
        Decimal("0.8"),
        Decimal("0.15"),
    )


def test_nothing_is_a_share_of_zero() -> None:
    found = disparity([part("a", 100, "0"), part("b", 100, "0")])
    assert (found.ratio, found.gap) == (None, Decimal(0))


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ([("", 40, "1")], "/segments/0/segment"), ([("a", 40, "1"), ("a", 40, "1")], "/segments/1/segment"),
        ([("a", -1, "1")], "/segments/0/n"), ([("a", 40, "-1")], "/segments/0/value"), ([("a", 40, "NaN")], "/segments/0/value"),
    ],
)  # fmt: skip
def test_a_segment_that_cannot_be_is_refused_at_its_place(
    rows: list[tuple[str, int, str]], pointer: str
) -> None:
    with pytest.raises(RuleError) as error:
        disparity([part(*one) for one in rows])
    assert error.value.pointer == pointer


def test_the_value_of_a_suppressed_segment_is_not_even_kept(cast: Cast) -> None:
    row = performance(cast)
    segments = [{"segment": "young", "value": "0.9", "n": 300}, {"segment": "old", "value": "0.123", "n": 29}]
    (done,) = send(cast, row, {"value": "0.91", "segments": segments})
    assert "0.123" not in str(MonitorObservation.objects.values().get())
    assert done.observation.result["disparity"]["suppressed"] == ["old"]
