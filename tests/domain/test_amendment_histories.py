"""For every history of a promise: what was found stays found, whoever asks and in whatever order."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.amendments import (
    GateDay,
    ReasonCode,
    Record,
    review,
)
from domain.kpi import Direction
from tests.domain.amendment_records import (
    APPROVER,
    AUTHOR,
    CHANGED_ON,
    LATE,
    MEASURED_ON,
    PASSING,
    SEALED_ON,
    moment,
    version,
)
from tests.domain.contracts import WAITING

_contracts = st.builds(
    lambda **fields: replace(WAITING, **fields),
    name=st.sampled_from(["Waiting time", "Orders shipped"]),
    target=st.sampled_from([Decimal(20), Decimal(30), None]),
    target_on=st.sampled_from([date(2026, 12, 31), date(2027, 3, 31)]),
    red=st.sampled_from([Decimal("0.25"), Decimal("0.4")]),
    window=st.sampled_from(["", "week"]),
    direction=st.sampled_from(Direction),
    primary=st.booleans(),
    baseline=st.sampled_from([None, Decimal(40)]),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    on, versions = SEALED_ON, []
    for number in range(1, draw(st.integers(2, 5)) + 1):
        on += timedelta(days=draw(st.integers(0, 40)))
        versions.append(
            version(
                number, draw(_contracts), on,
                effective_on=on + timedelta(days=draw(st.integers(-20, 20))),
                recorded_at=moment(on) + timedelta(minutes=number),
                sealed_at=draw(st.sampled_from([None, moment(on, 20)])),
                approved_by=draw(st.sampled_from([None, AUTHOR, APPROVER])),
                approved_on=on + timedelta(days=draw(st.integers(-3, 30))),
                reason=draw(st.sampled_from([None, ReasonCode.MARKET])),
                population_size=draw(st.sampled_from([None, 10, 20])),
            )
        )  # fmt: skip
    first = draw(st.sampled_from([None, SEALED_ON, CHANGED_ON]))
    return Record(
        versions=tuple(versions),
        first_observed_on=first,
        first_recorded_at=None if first is None else draw(st.sampled_from([None, moment(CHANGED_ON)])),
        development_on=draw(st.sampled_from([None, MEASURED_ON])),
        live_on=draw(st.sampled_from([None, MEASURED_ON])),
        gates=(GateDay("G4", draw(st.sampled_from([None, CHANGED_ON]))),),
        others=draw(st.sampled_from([(), (PASSING,)])),
    )


QUICK = settings(deadline=None, max_examples=80)


_days = st.integers(0, 260).map(lambda days: SEALED_ON + timedelta(days=days))


@QUICK
@given(records(), _days, _days)
def test_what_was_found_once_is_found_on_every_later_day(record: Record, one: date, other: date) -> None:
    early, late = sorted((one, other))
    assert set(review(record, as_of=early).findings) <= set(review(record, as_of=late).findings)


@QUICK
@given(records())
def test_another_version_and_another_gate_take_no_finding_away(record: Record) -> None:
    last = max(one.in_force_on for one in record.versions)
    told = {(one.code, one.version) for one in review(record, as_of=LATE).findings}
    more = version(9, WAITING, last)
    grown = replace(record, versions=(*record.versions, more), gates=(*record.gates, GateDay("G5", last)))
    assert told <= {(one.code, one.version) for one in review(grown, as_of=LATE).findings}


@QUICK
@given(records(), _days, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_asking_later_matters(record: Record, on: date, random: Any) -> None:
    shuffled = list(record.versions)
    random.shuffle(shuffled)
    found = review(record, as_of=on)
    assert review(replace(record, versions=tuple(shuffled)), as_of=on) == found
    if found.valid_until is not None:
        assert review(record, as_of=found.valid_until) == found
    else:
        assert review(record, as_of=LATE) == found


@QUICK
@given(records())
def test_every_counted_change_is_either_an_amendment_or_silent(record: Record) -> None:
    found = review(record, as_of=LATE)
    counted = {one.version for one in found.findings if one.code in {"amended", "changed_without_approval"}}
    assert len(counted) == found.amendments + found.silent_changes
    of_the_kpi = ("baseline_", "sealed_")
    from_changes = {one.version for one in found.findings if not one.code.startswith(of_the_kpi)} - {None}
    assert from_changes == counted
    for one in found.findings:
        assert 1 <= one.severity <= 3
        assert one.sentence.endswith(".")
        assert one.clears_when
