"""Nobody judges their own work."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.four_eyes import (
    CONSENT_WITHIN,
    Near,
    has_lapsed,
    lapses_at,
    too_near_to_consent,
    too_near_to_money,
)

PEOPLE = st.integers(1, 4)
MOMENT = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)


@given(person=PEOPLE, proposer=PEOPLE, receiver=PEOPLE)
def test_only_a_third_person_consents_to_a_role(person: int, proposer: int, receiver: int) -> None:
    near = too_near_to_consent(person, proposer=proposer, receiver=receiver)
    assert (near is None) == (person not in {proposer, receiver})


@given(person=PEOPLE, proposer=PEOPLE, receiver=PEOPLE)
def test_the_receiver_consents_to_an_address_unless_they_proposed_it(
    person: int, proposer: int, receiver: int
) -> None:
    near = too_near_to_consent(person, proposer=proposer, receiver=receiver, receiver_consents=True)
    assert (near is None) == (person != proposer)


@given(after=st.timedeltas(timedelta(0), timedelta(days=40)))
def test_consent_comes_before_the_fourteenth_day_is_over(after: timedelta) -> None:
    assert has_lapsed(lapses_at(MOMENT), MOMENT + after) == (after >= CONSENT_WITHIN)


def test_the_last_moment_is_too_late_and_the_one_before_is_not() -> None:
    lapses = lapses_at(MOMENT)
    assert lapses == MOMENT + timedelta(days=14)
    assert not has_lapsed(lapses, lapses - timedelta(microseconds=1))
    assert has_lapsed(lapses, lapses)


@given(person=PEOPLE, runs=st.sets(PEOPLE), ran=st.sets(PEOPLE), claimed=st.sets(PEOPLE))
def test_whoever_had_a_hand_in_it_does_not_judge_its_money(
    person: int, runs: set[int], ran: set[int], claimed: set[int]
) -> None:
    near = too_near_to_money(person, runs=runs, ran=ran, claimed=claimed)
    assert (near is None) == (person not in runs | ran | claimed)


def test_the_nearest_reason_is_told() -> None:
    assert too_near_to_money(1, runs={1}, ran={1}, claimed={1}) is Near.RUNS
    assert too_near_to_money(1, runs=set(), ran={1}, claimed={1}) is Near.RAN
    assert too_near_to_money(1, runs=set(), ran=set(), claimed={1}) is Near.CLAIMED
    assert too_near_to_money(1, runs=set(), ran=set()) is None
