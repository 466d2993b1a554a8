"""The tornado says at each end of a bar which value it comes of, also where the usually better value is the worse."""

from decimal import Decimal

from domain.finance.sensitivity import Spread, tornado
from domain.finance.streams import Streams
from funding.views.charts import ends_of, tornado_chart

TEN = Decimal("0.10")
SPREAD = Spread(running=Decimal(1_000))
EARNS = Streams(outlay=Decimal(10_000), benefits=(Decimal(9_000), Decimal(9_000)))
LOSES = Streams(
    outlay=Decimal(10_000),
    benefits=(Decimal(1_000), Decimal(1_000)),
    running=(Decimal(5_000), Decimal(5_000)),
)


def ends(case: Streams) -> dict[str, tuple[str, str]]:
    return {bar.factor: ends_of(bar, SPREAD, "EUR") for bar in tornado(case, TEN, SPREAD)}


def test_a_case_that_earns_is_worse_late_and_at_a_higher_rate() -> None:
    found = ends(EARNS)
    assert found["delay"] == ("1 year late, same end", "on time")
    assert found["rate"] == ("+4 points", "−4 points")


def test_a_case_that_loses_each_year_is_worse_on_time_and_at_a_lower_rate() -> None:
    found = ends(LOSES)
    assert found["delay"] == ("on time", "1 year late, same end")
    assert found["rate"] == ("−4 points", "+4 points")
    assert [found[name][0] for name in ("benefits", "outlay", "running")] == ["−20\u00a0%", "+20\u00a0%", "+€1k a year"]  # fmt: skip


def test_its_table_says_the_npv_beside_the_value_it_comes_of() -> None:
    chart = tornado_chart(tornado(LOSES, TEN, SPREAD), LOSES.npv(TEN), SPREAD, "EUR")
    assert chart is not None
    delay = next(row for row in chart.rows if row[0] == "Delay")
    # -10,000 - 4,000 / 1.1 - 4,000 / 1.21; a year late -10,000 - 4,000 / 1.21.
    assert delay[1:] == [
        "on time",
        "−€16,942.15",
        "1 year late, same end",
        "−€13,305.79",
        "€3,636.36",
    ]
