"""Both verdicts: as amended and as sealed, unknown said as unknown, and attainment never 0 for want of a baseline."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from domain.amendments import Basis, attainment, both_verdicts
from domain.kpi import Answer, Direction, Reading, Reason, Shape, Status, assess
from domain.kpi_contract import Contract
from domain.rollup import BLIND
from tests.domain.contracts import UPTIME, with_

WORDS = {
    "achieved": "met", "missed": "missed", "on_track": "on track", "at_risk": "at risk", "off_track": "off track",
    "stale": "unknown (stale)", "unverified": "unknown (unverified)", "no_data": "unknown (no data)",
    "no_baseline": "unknown (no baseline)", "invalid": "unknown (invalid)", "not_started": "not started",
    "paused": "paused", "retired": "retired",
}  # fmt: skip

SEALED = Contract(
    name="Out-of-stock events avoided",
    kind="business",
    shape=Shape.TRAJECTORY,
    direction=Direction.HIGHER,
    baseline=Decimal(0),
    baseline_on=date(2026, 1, 1),
    target=Decimal(20),
    target_on=date(2026, 6, 30),
)


def test_a_goal_set_after_the_result_is_met_as_amended_and_missed_as_sealed() -> None:
    """0 -> 20 was promised, 10 was reached, then 8 was promised: 50 % of the promise, 125 % of the new one."""
    amended = replace(SEALED, target=Decimal(8))
    rows = [Reading(1, date(2026, 6, 30), Decimal(10))]
    closed = date(2026, 7, 31)
    found = both_verdicts(
        assess(SEALED.rule(), rows, as_of=closed), assess(amended.rule(), rows, as_of=closed)
    )
    assert found.words == "met as amended, missed as sealed"
    assert (found.sealed_attainment, found.amended_attainment) == (Decimal(50), Decimal(125))
    assert found.sentence == (
        "Met as amended, missed as sealed: attainment 125 % as amended, 50 % as sealed."
    )
    assert (found.sealed, found.amended, found.differ) == (Status.MISSED, Status.ACHIEVED, True)


def test_a_promise_that_was_measured_before_it_was_sealed_is_called_so() -> None:
    """10 -> 20 stood when 15 was read, 14 was sealed afterwards: 50 % of the one, 125 % of the other."""
    first = replace(SEALED, baseline=Decimal(10))
    rows, closed = [Reading(1, date(2026, 6, 30), Decimal(15))], date(2026, 7, 31)
    missed = assess(first.rule(), rows, as_of=closed)
    met = assess(replace(first, target=Decimal(14)).rule(), rows, as_of=closed)
    found = both_verdicts(missed, met, Basis.FIRST_MEASURED)
    assert found.sentence == (
        "Met as amended, missed as first measured: attainment 125 % as amended, 50 % as first measured."
    )
    assert found.heads == ("Met as amended", "Missed as first measured")
    same = both_verdicts(missed, missed, Basis.FIRST_MEASURED)
    assert same.words == "missed as amended and as first measured"
    assert same.heads == ("Missed as amended", "Missed as first measured")


@pytest.mark.parametrize(("sealed", "amended"), list(product(Status, Status)))
def test_every_pair_of_statuses_has_its_words(sealed: Status, amended: Status) -> None:
    found = both_verdicts(Answer(sealed), Answer(amended))
    if sealed is amended:
        assert found.words == f"{WORDS[sealed]} as amended and as sealed"
    else:
        assert found.words == f"{WORDS[amended]} as amended, {WORDS[sealed]} as sealed"
    assert found.differ is (sealed is not amended)
    assert ("unknown" in found.words) is bool({sealed, amended} & BLIND)
    assert found.sealed_attainment is None


@pytest.mark.parametrize("status", sorted(BLIND))
def test_what_cannot_be_seen_has_no_attainment_however_far_it_was(status: Status) -> None:
    assert attainment(Answer(status, progress=Decimal("0.500000"))) is None
    sentence = both_verdicts(
        Answer(status, progress=Decimal(1)), Answer(Status.ACHIEVED, progress=Decimal(1))
    ).sentence
    assert sentence.endswith("attainment 100 % as amended, unknown as sealed.")


@pytest.mark.parametrize(
    ("progress", "expected"),
    [("0.500000", "50"), ("1.250000", "125"), ("-0.100000", "-10"), ("0.000000", "0"), ("0.333333", "33.3333"), ("1.000000", "100")],
)  # fmt: skip
def test_attainment_is_progress_in_percent(progress: str, expected: str) -> None:
    assert str(attainment(Answer(Status.ON_TRACK, progress=Decimal(progress)))) == expected


def test_without_a_baseline_attainment_is_unknown_and_not_nought() -> None:
    rows = [Reading(1, date(2026, 6, 30), Decimal(10))]
    found = assess(with_(baseline=None).rule(), rows, as_of=date(2026, 6, 30))
    assert (found.reason, attainment(found)) == (Reason.PROGRESS_CANNOT_BE_COMPUTED, None)


def test_a_band_is_compared_by_the_periods_it_held() -> None:
    rows = [Reading(1, date(2026, 1, 31), Decimal(89)), Reading(2, date(2026, 3, 2), Decimal(91))]
    as_of = date(2026, 3, 2)
    wider = replace(UPTIME, lower=Decimal(80))
    found = both_verdicts(assess(UPTIME.rule(), rows, as_of=as_of), assess(wider.rule(), rows, as_of=as_of))
    assert found.words == "on track as amended and as sealed"
    assert (found.sealed_attainment, found.amended_attainment) == (Decimal(50), Decimal(100))
