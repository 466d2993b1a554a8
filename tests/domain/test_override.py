"""Declaring a status by hand: who may, for how long, what ends it, and the computed one always beside it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.kpi import BEST_FIRST, Answer, Reason, Status
from domain.override import Authority, Ended, Kind, Override, declare, effective
from domain.rollup import BLIND

ON = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CLOSED = Reason.CLOSED
OWNER, MANAGER, COUNCIL = Authority.OWNER, Authority.PORTFOLIO_MANAGER, Authority.COUNCIL


def declared(
    computed: str, to: str, authority: Authority = MANAGER, *, reason: str | None = None, **said: Any
) -> Override:
    terms = {
        "person": "Ines Roth", "because": "The line stands still.", "declared_at": NOON, "declared_on": ON,
        "expires_on": ON + timedelta(days=30), **said,
    }  # fmt: skip
    return declare(Answer(Status(computed), reason), Status(to), authority=authority, **terms)


def refused(code: str, *args: Any, **said: Any) -> RuleError:
    with pytest.raises(RuleError) as found:
        declared(*args, **said)
    assert found.value.code == code
    return found.value


# -- declaring -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authority", list(Authority))
@pytest.mark.parametrize(
    ("computed", "to"),
    [("achieved", "on_track"), ("on_track", "at_risk"), ("on_track", "off_track"), ("at_risk", "off_track"), ("stale", "off_track"), ("no_baseline", "off_track"), ("not_started", "off_track")],
)  # fmt: skip
def test_anybody_in_charge_may_declare_worse_without_an_end(
    computed: str, to: str, authority: Authority
) -> None:
    found = declared(computed, to, authority, expires_on=None)
    assert (found.kind, found.over, found.declared) == (Kind.WORSE, Status(computed), Status(to))


@pytest.mark.parametrize(
    ("computed", "to"), [("off_track", "at_risk"), ("at_risk", "on_track"), ("on_track", "achieved")]
)
def test_only_a_manager_or_the_council_may_declare_better(computed: str, to: str) -> None:
    for authority in (MANAGER, COUNCIL):
        assert declared(computed, to, authority).kind is Kind.BETTER
    assert refused("not_yours_to_declare", computed, to, OWNER).pointer == "/authority"


@pytest.mark.parametrize(
    ("days", "code"), [(-1, "expiry_in_the_past"), (0, None), (30, None), (31, "expiry_too_far")]
)
def test_better_stands_for_thirty_days_at_most(days: int, code: str | None) -> None:
    until = ON + timedelta(days=days)
    if code is None:
        assert declared("at_risk", "on_track", expires_on=until).expires_on == until
    else:
        assert refused(code, "at_risk", "on_track", expires_on=until).pointer == "/expires_on"


def test_better_needs_an_end_and_an_end_of_worse_lies_ahead() -> None:
    refused("expiry_missing", "at_risk", "on_track", expires_on=None)
    refused("expiry_in_the_past", "on_track", "at_risk", expires_on=ON - timedelta(days=1))
    assert declared("on_track", "at_risk", expires_on=ON + timedelta(days=400)).kind is Kind.WORSE


@pytest.mark.parametrize("computed", sorted(BLIND))
@pytest.mark.parametrize("to", ["achieved", "on_track", "at_risk"])
def test_what_cannot_be_seen_is_never_declared_seen(computed: str, to: str) -> None:
    for authority in Authority:
        refused("nothing_to_stand_on", computed, to, authority)


def test_a_frozen_outcome_is_not_bettered_and_may_be_declared_missed() -> None:
    for computed, reason in (
        ("missed", CLOSED),
        ("unverified", Reason.NO_EVIDENCE),
        ("unverified", Reason.NO_MEASUREMENT_NEAR_TARGET_DATE),
        ("achieved", CLOSED),
    ):
        for to in BEST_FIRST:
            if to != computed:
                refused("outcome_frozen", computed, to, reason=reason)
    assert declared("achieved", "missed", OWNER, reason=CLOSED).kind is Kind.WORSE
    assert declared("unverified", "missed", OWNER, reason=Reason.NO_EVIDENCE).kind is Kind.WORSE


@pytest.mark.parametrize("computed", ["paused", "retired"])
def test_what_is_not_judged_has_no_status_to_declare(computed: str) -> None:
    refused("not_judged", computed, "off_track")


def test_a_declaration_says_something_else_that_a_reading_could_say_and_why() -> None:
    refused("same_status", "at_risk", "at_risk")
    for to in ("missed", "stale", "paused", "no_data", "invalid"):
        assert (
            "achieved, on_track, at_risk, off_track" in refused("cannot_be_declared", "on_track", to).message
        )
    assert refused("note_missing", "on_track", "at_risk", because="  ").pointer == "/because"
    refused("naive_moment", "on_track", "at_risk", declared_at=datetime(2026, 6, 1))  # noqa: DTZ001


# -- what counts ---------------------------------------------------------------------------------------------------

AT_RISK = Answer(Status.AT_RISK, valid_until=ON + timedelta(days=40))
BETTER = declared("at_risk", "on_track")
WORSE = declared("on_track", "off_track", OWNER, expires_on=None)
BEFORE = NOON - timedelta(hours=1)


def test_without_a_declaration_the_computed_status_counts() -> None:
    found = effective(AT_RISK, None, as_of=ON, last_recorded_at=NOON)
    assert (found.status, found.computed, found.declared, found.overridden) == (
        "at_risk",
        "at_risk",
        None,
        False,
    )
    assert (found.valid_until, found.ended) == (AT_RISK.valid_until, None)


def test_the_declared_status_counts_with_the_computed_one_beside_it() -> None:
    found = effective(AT_RISK, BETTER, as_of=ON, last_recorded_at=BEFORE)
    assert (found.status, found.computed, found.declared, found.overridden) == (
        "on_track",
        "at_risk",
        "on_track",
        True,
    )
    assert found.sentence == (
        "Declared on track by Ines Roth (portfolio manager) on 1 Jun 2026, until 1 Jul 2026: The line stands still. "
        "Computed: at risk."
    )
    assert (found.since, found.valid_until) == (ON, date(2026, 7, 1))


def test_a_better_declaration_ends_after_its_last_day() -> None:
    last = ON + timedelta(days=30)
    assert effective(AT_RISK, BETTER, as_of=last, last_recorded_at=None).overridden
    after = effective(AT_RISK, BETTER, as_of=last + timedelta(days=1), last_recorded_at=None)
    assert (after.status, after.ended, after.overridden) == ("at_risk", Ended.EXPIRED, False)


def test_a_new_reading_ends_a_better_declaration_and_not_a_worse_one() -> None:
    second = timedelta(seconds=1)
    for recorded, stands in ((None, True), (BEFORE, True), (NOON, True), (NOON + second, False)):
        found = effective(AT_RISK, BETTER, as_of=ON, last_recorded_at=recorded)
        assert found.overridden is stands
        assert found.ended is (None if stands else Ended.NEW_READING)
        assert (
            effective(Answer(Status.ON_TRACK), WORSE, as_of=ON, last_recorded_at=recorded).status
            == "off_track"
        )


@pytest.mark.parametrize("status", sorted(set(Status) - set(BEST_FIRST)))
def test_a_better_declaration_never_makes_what_is_missing_or_frozen_green(status: Status) -> None:
    found = effective(Answer(status), BETTER, as_of=ON, last_recorded_at=BEFORE)
    assert (found.status, found.ended) == (status, Ended.NOT_STANDING)


def test_a_status_that_froze_under_a_better_declaration_counts() -> None:
    found = effective(
        Answer(Status.ACHIEVED, CLOSED), declared("on_track", "achieved"), as_of=ON, last_recorded_at=None
    )
    assert (found.status, found.ended) == ("achieved", Ended.NOT_STANDING)


@pytest.mark.parametrize(
    ("computed", "declared_as", "status"),
    [
        ("on_track", "at_risk", "at_risk"),
        ("at_risk", "at_risk", "at_risk"),
        ("off_track", "at_risk", "off_track"),
        ("missed", "at_risk", "missed"),
        ("stale", "at_risk", "stale"),
        ("stale", "off_track", "off_track"),
        ("paused", "off_track", "paused"),
        ("achieved", "off_track", "off_track"),
    ],
)
def test_a_worse_declaration_never_makes_anything_better(
    computed: str, declared_as: str, status: str
) -> None:
    worse = replace(WORSE, declared=Status(declared_as))
    assert effective(Answer(Status(computed)), worse, as_of=ON, last_recorded_at=None).status == status


@pytest.mark.parametrize(
    ("computed", "overridden"),
    [("off_track", True), ("at_risk", True), ("on_track", False), ("achieved", False)],
)
def test_a_better_declaration_that_the_computed_status_has_reached_says_nothing_more(
    computed: str, overridden: bool
) -> None:
    found = effective(Answer(Status(computed)), BETTER, as_of=ON, last_recorded_at=None)
    assert found.overridden is overridden
    assert found.ended is (None if overridden else Ended.OVERTAKEN)


def test_a_declaration_counts_from_its_day_until_it_is_withdrawn() -> None:
    gone = replace(WORSE, withdrawn_on=ON + timedelta(days=5))
    answer = Answer(Status.ON_TRACK)

    def on(days: int) -> tuple[str, Ended | None, date | None]:
        found = effective(answer, gone, as_of=ON + timedelta(days=days), last_recorded_at=None)
        return found.status, found.ended, found.valid_until

    assert on(-1) == ("on_track", Ended.NOT_YET, ON - timedelta(days=1))
    assert on(0) == on(4) == ("off_track", None, ON + timedelta(days=4))
    assert on(5) == ("on_track", Ended.WITHDRAWN, None)


_answers = st.builds(
    Answer,
    st.sampled_from(Status),
    st.sampled_from([None, CLOSED]),
    valid_until=st.sampled_from([None, date(2026, 8, 1)]),
)


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    computed, to = draw(st.sampled_from(Status)), draw(st.sampled_from(Status))
    authority = draw(st.sampled_from(Authority))
    try:
        found = declared(computed, to, authority, expires_on=ON + timedelta(days=draw(st.integers(0, 30))))
    except RuleError:
        return draw(st.sampled_from([BETTER, WORSE]))
    return replace(found, withdrawn_on=draw(st.sampled_from([None, ON + timedelta(days=3)])))


QUICK = settings(deadline=None, max_examples=100)
_days = st.integers(-3, 40).map(lambda days: ON + timedelta(days=days))


@QUICK
@given(_answers, overrides(), _days)
def test_the_effective_status_is_one_of_the_two_and_says_until_when(
    answer: Answer, override: Override, as_of: date
) -> None:
    found = effective(answer, override, as_of=as_of, last_recorded_at=BEFORE)
    assert found.computed is answer.status
    assert found.status is (override.declared if found.overridden else answer.status)
    assert found.overridden is (found.ended is None)
    until = found.valid_until
    if until is None or until >= as_of:
        later = date(2026, 12, 31) if until is None else until
        assert effective(answer, override, as_of=later, last_recorded_at=BEFORE) == found


@QUICK
@given(_answers, overrides(), _days)
def test_nothing_unseen_or_unjudged_ever_comes_out_better(
    answer: Answer, override: Override, as_of: date
) -> None:
    found = effective(answer, override, as_of=as_of, last_recorded_at=None)
    if answer.status in BLIND:
        assert found.status is answer.status or found.status in {Status.OFF_TRACK, Status.MISSED}
    if answer.status in {Status.PAUSED, Status.RETIRED, Status.MISSED}:
        assert found.status is answer.status
