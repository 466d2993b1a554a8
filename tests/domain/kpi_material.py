"""What the KPI tests are made of: one ordinary KPI, its readings, and Hypothesis strategies that crowd the edges."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from domain.kpi import Definition, Direction, Reading, Shape, State

START = date(2026, 1, 1)
TARGET_DAY = date(2026, 4, 11)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

RISING = Definition(
    shape=Shape.TRAJECTORY,
    direction=Direction.HIGHER,
    baseline=Decimal(100),
    baseline_on=START,
    target=Decimal(200),
    target_on=TARGET_DAY,
    cadence_days=30,
)
"""100 -> 200 in 100 days, monthly: one point is one day and one unit. Stale after 45 days."""

RANGE = Definition(
    shape=Shape.BAND,
    baseline_on=START,
    target_on=date(2026, 12, 27),
    lower=Decimal("0.8"),
    upper=Decimal("1.0"),
    cadence_days=30,
)
"""Stay within 0.8 and 1.0 for twelve periods of 30 days; within 0.02 of an edge is at risk."""


def on(days: int) -> date:
    """The day `days` after the start."""
    return START + timedelta(days=days)


def row(
    days: int,
    value: str | int | None,
    *,
    number: int | None = None,
    recorded: datetime | None = None,
    supersedes: int | None = None,
    void: bool = False,
) -> Reading:
    """A reading true of the day `days` after the start; its number is its day unless said otherwise."""
    return Reading(
        id=1000 + days if number is None else number,
        observed_on=on(days),
        value=None if value is None else Decimal(value),
        recorded_at=recorded,
        supersedes=supersedes,
        void=void,
    )


_shares = st.sampled_from([Decimal(n) / 20 for n in range(21)])
_values = st.one_of(
    st.integers(-4, 24).map(Decimal),
    st.decimals(-4, 24, places=3, allow_nan=False, allow_infinity=False),
)
_moments = st.sampled_from([None, *(NOON + timedelta(hours=hours) for hours in range(4))])
_curves = st.sampled_from(
    [
        (),
        ((Decimal("0.5"), Decimal("0.2")),),
        ((Decimal("0.25"), Decimal("0")), (Decimal("0.7"), Decimal("0.7"))),
        ((Decimal("0.1"), Decimal("0.9")),),
    ]
)


@st.composite
def trajectories(draw: st.DrawFn, *, with_baseline: bool = True) -> Definition:
    """Sound trajectories over 8 to 40 days with values around 0 to 20."""
    amber, red = sorted((draw(_shares), draw(_shares)))
    rising = draw(st.booleans())
    low, high = Decimal(draw(st.integers(0, 6))), Decimal(draw(st.integers(9, 20)))
    return Definition(
        shape=Shape.TRAJECTORY,
        direction=Direction.HIGHER if rising else Direction.LOWER,
        baseline=(low if rising else high) if with_baseline or draw(st.booleans()) else None,
        baseline_on=START,
        target=high if rising else low,
        target_on=on(draw(st.integers(8, 40))),
        curve=draw(_curves),
        cadence_days=draw(st.integers(1, 12)),
        stale_after_days=draw(st.sampled_from([None, None, 0, 3, 60])),
        settle_days=draw(st.integers(0, 10)),
        amber=amber,
        red=red,
        hysteresis=draw(st.sampled_from([Decimal(0), amber / 5, amber / 2, amber])),
        confirm_worse=draw(st.sampled_from([1, 1, 1, 2, 3])),
    )


@st.composite
def bands(draw: st.DrawFn) -> Definition:
    """Sound bands: floors, caps, ranges and exact values, with or without an end."""
    sides = draw(st.sampled_from(["floor", "cap", "range", "exact"]))
    low, high = Decimal(draw(st.integers(0, 8))), Decimal(draw(st.integers(8, 20)))
    return Definition(
        shape=Shape.BAND,
        baseline=draw(st.sampled_from([None, None, Decimal(5)])),
        baseline_on=START,
        target_on=draw(st.one_of(st.none(), st.integers(8, 40).map(on))),
        cadence_days=draw(st.integers(1, 12)),
        stale_after_days=draw(st.sampled_from([None, None, 0, 3, 60])),
        settle_days=draw(st.integers(0, 10)),
        confirm_worse=draw(st.sampled_from([1, 1, 2, 3])),
        lower=None if sides == "cap" else low,
        upper=None if sides == "floor" else low if sides == "exact" else high,
        warn_margin=draw(st.sampled_from([None, None, Decimal(0), Decimal("1.5"), Decimal(3)])),
        warn_fraction=draw(st.sampled_from([Decimal("0.10"), Decimal("0.25")])),
        required_compliance=draw(st.sampled_from([Decimal("0.90"), Decimal("0.5"), Decimal("0.666667")])),
    )


def definitions() -> st.SearchStrategy[Definition]:
    """Mostly sound and active, now and then paused or without a baseline."""
    sound = st.one_of(trajectories(with_baseline=False), trajectories(), bands())
    states = st.sampled_from([State.ACTIVE] * 12 + [State.PAUSED, State.RETIRED])
    return st.tuples(sound, states).map(lambda pair: replace(pair[0], state=pair[1]))


@st.composite
def histories(draw: st.DrawFn, *, plain: bool = False, most: int = 12) -> list[Reading]:
    """Rows in any order over days -4 to 60; unless `plain`, with corrections, void rows, NaN and doubled days."""
    days = draw(st.lists(st.integers(-4, 60), max_size=most, unique=plain))
    rows = []
    for number, day in enumerate(days, start=1):
        odd = 0 if plain else draw(st.integers(0, 9))
        rows.append(
            Reading(
                id=number,
                observed_on=on(day),
                value=None if odd == 1 else Decimal("NaN") if odd == 2 else draw(_values),
                recorded_at=None if plain else draw(_moments),
                supersedes=draw(st.integers(1, len(days))) if odd == 3 else None,
                void=odd == 4,
            )
        )
    return rows


days = st.integers(-6, 75).map(on)
known_ats = st.sampled_from([None, *(NOON + timedelta(hours=hours) for hours in range(4))])
