"""What an initiative's KPIs say together, test by test and edge by edge."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.kpi import Status
from domain.rollup import BAD, BLIND, Item, rollup

AWAITING, OVERDUE = "awaiting_first_measurement", "first_measurement_overdue"


def primary(status: str, weight: str = "1", reason: str | None = None) -> Item:
    return Item(Status(status), reason, Decimal(weight), primary=True)


def secondary(status: str, weight: str = "1", reason: str | None = None) -> Item:
    return Item(Status(status), reason, Decimal(weight), primary=False)


def told(*items: Item) -> tuple[str, str | None, str | None]:
    found = rollup(items)
    return found.status, found.reason, None if found.share is None else str(found.share)


@pytest.mark.parametrize(
    "item",
    [
        primary("not_started"),
        primary("paused"),
        primary("retired"),
        primary("no_data", reason=AWAITING),
        primary("off_track", weight="0"),
        primary("stale", weight="0.000"),
    ],
)
def test_what_cannot_be_asked_yet_is_left_out(item: Item) -> None:
    assert told(item) == ("no_kpi", "no_evaluable_kpi", None)
    assert told(item, secondary("achieved")) == ("achieved", "all_achieved", None)


def test_no_kpi_at_all_is_no_kpi() -> None:
    assert told() == ("no_kpi", "no_evaluable_kpi", None)


@pytest.mark.parametrize("status", sorted(BAD))
def test_one_bad_primary_takes_the_whole_off_track(status: str) -> None:
    items = [primary(status, "1"), secondary("stale", "90"), primary("achieved", "9")]
    assert told(*items) == ("off_track", "primary_kpi_off_track", None)


@pytest.mark.parametrize("status", sorted(BLIND))
def test_more_than_a_third_unseen_is_blind_and_a_shade_less_is_not(status: str) -> None:
    good = primary("on_track", "66")
    assert told(good, secondary(status, "34", OVERDUE)) == ("on_track", None, None)
    assert told(good, secondary(status, "34.0001", OVERDUE)) == ("blind", "unknown_weight", "0.34")


def test_a_first_measurement_overdue_is_blind_and_one_without_a_reason_too() -> None:
    assert told(primary("no_data", reason=OVERDUE)) == ("blind", "unknown_weight", "1.00")
    assert told(primary("no_data")) == ("blind", "unknown_weight", "1.00")


@pytest.mark.parametrize("status", ["at_risk", "stale"])
def test_a_primary_at_risk_or_unseen_puts_the_whole_at_risk(status: str) -> None:
    found = told(primary(status, "1"), secondary("achieved", "9"))
    assert found == ("at_risk", "primary_kpi_at_risk_or_unknown", None)


def test_a_third_of_the_weight_bad_among_the_secondary_is_at_risk() -> None:
    assert told(primary("on_track", "66"), secondary("missed", "34")) == (
        "at_risk",
        "secondary_off_track_weight",
        "0.34",
    )
    assert told(primary("on_track", "66"), secondary("missed", "33.9999")) == ("on_track", None, None)


def test_the_share_is_rounded_half_even_and_only_shown_so() -> None:
    assert told(primary("on_track", "3"), secondary("stale", "5"))[2] == "0.62"
    assert told(primary("on_track", "1"), secondary("off_track", "2"))[2] == "0.67"


def test_a_secondary_at_risk_alone_changes_nothing() -> None:
    assert told(primary("achieved"), secondary("at_risk", "50")) == ("on_track", None, None)


def test_all_achieved_is_achieved_and_one_on_track_is_not() -> None:
    assert told(primary("achieved"), secondary("achieved")) == ("achieved", "all_achieved", None)
    assert told(primary("achieved"), secondary("on_track")) == ("on_track", None, None)


@pytest.mark.parametrize(
    ("weight", "code"),
    [("-1", "negative_weight"), ("NaN", "weight_not_a_number"), ("Infinity", "weight_not_a_number")],
)
def test_a_weight_that_is_none_is_refused_even_where_it_would_be_left_out(weight: str, code: str) -> None:
    with pytest.raises(RuleError) as refused:
        rollup([primary("on_track"), secondary("retired", weight)])
    assert (refused.value.code, refused.value.pointer) == (code, "/1/weight")


_items = st.builds(
    Item,
    status=st.sampled_from(Status),
    reason=st.sampled_from([None, AWAITING, OVERDUE]),
    weight=st.decimals(0, 10, places=2),
    primary=st.booleans(),
)


@settings(deadline=None)
@given(st.lists(_items, max_size=8), st.randoms(use_true_random=False), st.integers(1, 1000))
def test_neither_order_nor_the_unit_of_weight_matters(items: list[Item], random: object, factor: int) -> None:
    other = [Item(i.status, i.reason, i.weight * factor, i.primary) for i in items]
    random.shuffle(other)  # type: ignore[attr-defined]
    assert rollup(other) == rollup(items)


@settings(deadline=None)
@given(st.lists(_items, max_size=8), st.decimals(0, 10, places=2), st.booleans())
def test_an_unseen_kpi_never_hides_a_bad_primary_nor_lets_the_whole_count_as_achieved(
    items: list[Item], weight: Decimal, is_primary: bool
) -> None:
    before, after = rollup(items), rollup([*items, Item(Status.STALE, None, weight, is_primary)])
    if before.status == "off_track":
        assert after == before
    if weight:
        assert after.status not in {"achieved", "no_kpi"}
    if not weight:
        assert after == before
