"""A vote is lent once, for a time, told an hour ahead, and to somebody free to judge."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.council_delegates import Delegation, require_delegate
from domain.errors import RuleError

MOMENT = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPANS = st.timedeltas(-3 * HOUR, 9 * HOUR)


def lent(**more: datetime) -> Delegation:
    given_ = {"begins": MOMENT, "until": MOMENT + 8 * HOUR, "notified": MOMENT - HOUR, **more}
    return Delegation(holder=1, delegate=2, **given_)


def test_notice_of_exactly_an_hour_is_enough_and_a_moment_less_is_not() -> None:
    assert lent().covers(MOMENT, opened=MOMENT)
    late = lent(notified=MOMENT - HOUR + timedelta(microseconds=1))
    assert not late.covers(MOMENT + HOUR, opened=MOMENT)
    assert late.covers(MOMENT + HOUR, opened=MOMENT + timedelta(seconds=1))


def test_an_expired_delegation_voids_a_later_vote_and_never_an_earlier_one() -> None:
    assert lent().covers(MOMENT + 8 * HOUR - timedelta(microseconds=1), opened=MOMENT)
    assert not lent().covers(MOMENT + 8 * HOUR, opened=MOMENT)


def test_a_revoked_delegation_frees_the_holder_from_that_moment_on() -> None:
    revoked = lent(revoked=MOMENT + HOUR)
    assert revoked.in_force(MOMENT)
    assert not revoked.in_force(MOMENT + HOUR)


@given(opened=SPANS, at=SPANS, notified=SPANS)
def test_a_delegate_never_votes_outside_the_window(
    opened: timedelta, at: timedelta, notified: timedelta
) -> None:
    one = lent(notified=MOMENT + notified)
    if one.covers(MOMENT + at, opened=MOMENT + opened):
        assert one.begins <= MOMENT + at < one.until
        assert one.notified + HOUR <= max(one.begins, MOMENT + opened)


@pytest.mark.parametrize(
    ("holder", "delegate", "code"),
    [(1, 1, "delegates_to_self"), (1, 3, "two_votes"), (1, 4, "delegation_chain"), (6, 5, "delegation_chain"),
     (1, 6, "two_votes"), (1, 7, "delegation_conflict"), (7, 5, "delegation_conflict")],
)  # fmt: skip
def test_a_vote_is_not_lent_on_nor_to_somebody_who_holds_one_or_is_in_conflict(
    holder: int, delegate: int, code: str
) -> None:
    with pytest.raises(RuleError) as refused:
        require_delegate(
            holder=holder, delegate=delegate, members=frozenset({1, 3}), delegating=frozenset({4}), lent_to=frozenset({6}),
            conflicted=frozenset({7}),
        )  # fmt: skip
    assert refused.value.code == code


def test_a_vote_is_lent_to_somebody_free() -> None:
    require_delegate(
        holder=1, delegate=5, members=frozenset({1, 3}), delegating=frozenset({4}), lent_to=frozenset({6}),
        conflicted=frozenset({7}),
    )  # fmt: skip
