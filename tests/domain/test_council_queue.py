"""When the queue before the council clears, if it ever does."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.council_queue import Trend, forecast

TODAY = date(2026, 11, 24)
COUNTS = st.integers(0, 400)


def test_nine_waiting_and_more_arriving_than_is_decided_never_clears() -> None:
    told = forecast(waiting=9, arrived=62, decided=54, days=365, today=TODAY)
    assert (told.trend, told.clears_on) == (Trend.GROWS, None)


def test_nine_waiting_clear_by_the_difference_of_both_rates() -> None:
    told = forecast(waiting=9, arrived=54, decided=72, days=360, today=TODAY)
    assert (told.trend, told.clears_on) == (Trend.CLEARS, TODAY + timedelta(days=180))
    assert told.wait_days == Decimal(60)


def test_without_a_past_nobody_knows_and_an_empty_queue_is_clear() -> None:
    assert forecast(waiting=3, arrived=0, decided=0, days=365, today=TODAY).trend is Trend.UNKNOWN
    assert forecast(waiting=0, arrived=9, decided=1, days=365, today=TODAY).clears_on == TODAY


@given(waiting=COUNTS, arrived=COUNTS, decided=COUNTS, days=st.integers(1, 400))
def test_it_clears_only_where_more_is_decided_than_arrives(
    waiting: int, arrived: int, decided: int, days: int
) -> None:
    told = forecast(waiting=waiting, arrived=arrived, decided=decided, days=days, today=TODAY)
    assert (told.clears_on is not None) == (waiting == 0 or decided > arrived)
    if told.trend is Trend.CLEARS and told.clears_on is not None:
        gone = (told.clears_on - TODAY).days
        assert (gone - 1) * (decided - arrived) < waiting * days <= gone * (decided - arrived)
