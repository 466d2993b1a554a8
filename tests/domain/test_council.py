"""Who is eligible, what is a quorum, and the result of the ballots: the worked examples, and what always holds."""

from collections.abc import Sequence
from math import ceil
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.council import (
    Answer,
    Ballot,
    Choice,
    Place,
    Result,
    Why,
    cannot_be_decided,
    decide,
    needed,
    offers_conditions,
    require_choice,
    turnout,
)
from domain.council_charter import DEFAULT, Charter
from domain.errors import RuleError
from domain.motions import Motion
from domain.stage_words import Outcome

GO = Motion(Outcome.GO, "It works.")
STOP = Motion(Outcome.STOP, "It does not.", reason_code="no_value", lessons="Ask first.")
WORDS = {
    "y": Choice.APPROVE,
    "c": Choice.WITH_CONDITIONS,
    "n": Choice.REJECT,
    "a": Choice.ABSTAIN,
    "r": Choice.RECUSE,
}


def roster(count: int, *, recused: Sequence[int] = (), vacant: Sequence[int] = (), inactive: Sequence[int] = (),
           veto: Sequence[int] = ()) -> list[Place]:  # fmt: skip
    """Seats 1 to `count`: 1 is the chair, 2 the deputy."""
    return [
        Place(
            seat=one, presides=one if one < 3 else None, may_veto=one in veto, recused=one in recused,
            vacant=one in vacant, inactive=one in inactive,
        )
        for one in range(1, count + 1)
    ]  # fmt: skip


def ballots(said: str) -> list[Ballot]:
    """One letter for each seat from 1 on; a dot is nobody."""
    return [Ballot(seat=seat, choice=WORDS[one]) for seat, one in enumerate(said, 1) if one != "."]


def told(places: list[Place], said: str, motion: Motion = GO) -> Answer:
    return decide(places, ballots(said), motion=motion)


@pytest.mark.parametrize(
    ("eligible", "must"), [(3, 3), (4, 3), (5, 4), (6, 4), (7, 5), (8, 6), (9, 6), (10, 7), (12, 8)]
)
def test_two_thirds_rounded_up_and_never_fewer_than_three(eligible: int, must: int) -> None:
    assert needed(eligible) == must == max(3, ceil(2 * eligible / 3))


def test_of_five_with_two_recused_all_three_must_be_there() -> None:
    places = roster(5, recused=(4, 5))
    assert told(places, "yy...").result is Result.NOT_DECIDED
    answer = told(places, "yyn")
    assert (answer.numbers.eligible, answer.numbers.needed, answer.numbers.present) == (3, 3, 3)
    assert answer.result is Result.ADOPTED


def test_with_four_eligible_three_must_attend_and_one_may_stay_away() -> None:
    assert told(roster(4), "yyy.").result is Result.ADOPTED
    assert told(roster(4), "yy..").result is Result.NOT_DECIDED


@pytest.mark.parametrize("away", [{"recused": (3, 4, 5)}, {"vacant": (3, 4, 5)}, {"inactive": (3, 4, 5)}])
def test_with_fewer_than_three_eligible_it_is_escalated_and_never_voted(
    away: dict[str, tuple[int, ...]],
) -> None:
    answer = told(roster(5, **away), "yy...")
    assert (answer.result, answer.why) == (Result.ESCALATED, Why.TOO_FEW_ELIGIBLE)


@pytest.mark.parametrize("how", ["recused", "vacant", "inactive"])
def test_without_chair_and_deputy_it_is_escalated_however_many_there_are(how: str) -> None:
    answer = told(roster(7, **{how: (1, 2)}), "..yyyyy")
    assert (answer.result, answer.why) == (Result.ESCALATED, Why.NOBODY_PRESIDES)


def test_chair_and_deputy_eligible_but_absent_is_no_quorum_and_no_escalation() -> None:
    answer = told(roster(7), "..yyyyy")
    assert (answer.result, answer.why, answer.presider) == (Result.NOT_DECIDED, Why.INQUORATE, None)


def test_the_deputy_presides_where_the_chair_is_recused() -> None:
    answer = told(roster(5, recused=(1,)), ".nyyn")
    assert (answer.presider, answer.result, answer.why) == (2, Result.NOT_ADOPTED, Why.CASTING_VOTE)


def test_an_abstention_counts_for_quorum_and_not_for_the_majority() -> None:
    answer = told(roster(5), "yaaa.")
    assert (answer.numbers.present, answer.result) == (4, Result.ADOPTED)
    assert told(roster(5), "yaa..").result is Result.NOT_DECIDED


@pytest.mark.parametrize(
    ("said", "result", "why", "cast"),
    [
        ("yyn.", Result.ADOPTED, Why.MAJORITY, ""),
        ("ynn.", Result.NOT_ADOPTED, Why.MAJORITY, ""),
        ("yynn", Result.ADOPTED, Why.CASTING_VOTE, "approve"),
        ("nnyy", Result.NOT_ADOPTED, Why.CASTING_VOTE, "reject"),
        ("ayn.", Result.NOT_DECIDED, Why.TIE_LEFT, ""),
        ("ayny", Result.ADOPTED, Why.MAJORITY, ""),
        ("aaaa", Result.NOT_DECIDED, Why.NOBODY_DECIDED, ""),
        (".yny", Result.ADOPTED, Why.MAJORITY, ""),
    ],
)
def test_the_majority_of_those_who_voted_decides_and_the_presider_a_tie(
    said: str, result: Result, why: Why, cast: str
) -> None:
    answer = told(roster(4), said)
    assert (answer.result, answer.why, answer.numbers.casting_vote) == (result, why, cast)


def test_one_asking_for_conditions_makes_it_conditional_and_nobody_makes_it_a_go() -> None:
    assert told(roster(5), "ycy..").with_conditions is False  # three of five are no quorum
    assert told(roster(5), "ycyn.").with_conditions is True
    assert told(roster(5), "yyyn.").with_conditions is False
    assert told(roster(5), "cccc.").with_conditions is True
    lost = told(roster(5), "cnnn.")
    assert (lost.result, lost.with_conditions) == (Result.NOT_ADOPTED, False)


def test_the_presider_s_own_approval_with_conditions_breaks_a_tie_for_it() -> None:
    answer = told(roster(4), "cynn")
    assert (answer.result, answer.numbers.casting_vote, answer.with_conditions) == (
        Result.ADOPTED, "approve_with_conditions", True,
    )  # fmt: skip


def veto(seat: int, reason: str) -> list[Ballot]:
    rest = [Ballot(seat=one, choice=Choice.APPROVE) for one in range(1, 6) if one != seat]
    return [*rest, Ballot(seat=seat, choice=Choice.REJECT, reason=reason)]


def test_a_veto_needs_a_role_the_charter_names_and_a_reason() -> None:
    stopped = decide(roster(5, veto=(4,)), veto(4, "Data leaves the region."), motion=GO)
    assert (stopped.result, stopped.why, stopped.numbers.vetoed_by) == (Result.NOT_ADOPTED, Why.VETO, 4)
    assert decide(roster(5, veto=(4,)), veto(4, " "), motion=GO).result is Result.ADOPTED
    assert decide(roster(5), veto(4, "Data leaves the region."), motion=GO).result is Result.ADOPTED


def test_a_veto_has_no_effect_without_a_quorum_or_by_somebody_recused() -> None:
    said = [Ballot(seat=1, choice=Choice.APPROVE), Ballot(seat=4, choice=Choice.REJECT, reason="No.")]
    assert decide(roster(5, veto=(4,)), said, motion=GO).why is Why.INQUORATE
    assert decide(roster(6, veto=(4,), recused=(4,)), veto(4, "No."), motion=GO).result is Result.ADOPTED


def test_a_delegate_counts_for_the_quorum_and_never_presides() -> None:
    said = [Ballot(seat=one, choice=Choice.APPROVE, by_delegate=one == 1) for one in (1, 3, 4, 5)]
    assert decide(roster(5), said, motion=GO).why is Why.INQUORATE
    with_deputy = [*said[:3], Ballot(seat=2, choice=Choice.APPROVE)]
    assert decide(roster(5), with_deputy, motion=GO).presider == 2


def test_a_seat_whose_delegate_is_in_conflict_is_eligible_but_absent() -> None:
    said = [*ballots("yyy"), Ballot(seat=4, choice=Choice.APPROVE, by_delegate=True, barred=True)]
    answer = decide(roster(5), said, motion=GO)
    assert (answer.numbers.eligible, answer.numbers.present, answer.result) == (5, 3, Result.NOT_DECIDED)


def test_a_ballot_of_somebody_recused_since_is_kept_and_not_counted() -> None:
    answer = told(roster(5, recused=(5,)), "yyynn")
    assert (answer.numbers.reject, sorted(answer.counted)) == (1, [1, 2, 3, 4])


def test_a_recusal_by_ballot_ends_the_ballot() -> None:
    assert turnout(ballots("yyr..")) == 2
    assert told(roster(5), "yyyr.").numbers.present == 3


@pytest.mark.parametrize("gate", ["G1", "G4", "G6"])
def test_conditions_belong_to_a_go_and_never_to_a_retirement(gate: str) -> None:
    assert offers_conditions(Outcome.GO, gate) == (gate != "G6")
    assert not offers_conditions(Outcome.STOP, gate)


@pytest.mark.parametrize(
    ("choice", "reason", "outcome", "gate", "meant", "code"),
    [
        (Choice.WITH_CONDITIONS, "", Outcome.STOP, "G4", False, "choice_not_offered"),
        (Choice.WITH_CONDITIONS, "", Outcome.GO, "G6", False, "choice_not_offered"),
        (Choice.RECUSE, " ", Outcome.GO, "G4", False, "reason_missing"),
        (Choice.REJECT, "", Outcome.GO, "G4", True, "reason_missing"),
        (Choice.APPROVE, "I like it", Outcome.GO, "G4", True, "reason_missing"),
    ],
)
def test_a_choice_that_is_not_offered_is_refused(
    choice: Choice, reason: str, outcome: Outcome, gate: str, meant: bool, code: str
) -> None:
    with pytest.raises(RuleError) as refused:
        require_choice(choice, reason, outcome, gate, veto=meant)
    assert refused.value.code == code


def test_what_is_offered_is_taken() -> None:
    require_choice(Choice.WITH_CONDITIONS, "", Outcome.GO, "G4")
    require_choice(Choice.REJECT, "Data leaves the region.", Outcome.GO, "G4", veto=True)
    require_choice(Choice.ABSTAIN, "", Outcome.STOP, "G6")


def test_a_ballot_no_roster_explains_is_an_error() -> None:
    for said in (
        [*ballots("y"), Ballot(seat=1, choice=Choice.REJECT)],
        [Ballot(seat=9, choice=Choice.APPROVE)],
    ):
        with pytest.raises(RuleError):
            decide(roster(3), said, motion=GO)


def test_a_charter_is_data_and_a_wrong_one_is_refused_at_its_place() -> None:
    assert Charter.from_json(DEFAULT.to_json()) == DEFAULT
    for change, place in (
        ({"share_numerator": 4}, "/share_numerator"),
        ({"least_present": 0}, "/least_present"),
    ):
        with pytest.raises(RuleError) as refused:
            Charter.from_json({**DEFAULT.to_json(), **change})
        assert refused.value.pointer == place
    assert needed(8, Charter(share_numerator=1, share_denominator=2)) == 4


# What always holds

PLACES = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=10
).map(
    lambda rows: [
        Place(
            seat=seat, presides=seat if seat < 3 else None, may_veto=veto, vacant=vacant, recused=recused, inactive=left
        )
        for seat, (veto, vacant, recused, left) in enumerate(rows, 1)
    ]
)  # fmt: skip


@st.composite
def votings(draw: st.DrawFn) -> tuple[list[Place], list[Ballot]]:
    places = draw(PLACES)
    cast = [
        Ballot(
            seat=one.seat, choice=draw(st.sampled_from(Choice)), reason=draw(st.sampled_from(["", "Because."])),
            by_delegate=draw(st.booleans()), barred=draw(st.booleans()),
        )
        for one in places
        if draw(st.booleans())
    ]  # fmt: skip
    return places, cast


@given(votings())
def test_who_may_not_vote_counts_for_nothing(voting: tuple[list[Place], list[Ballot]]) -> None:
    places, cast = voting
    able = {one.seat for one in places if one.eligible}
    answer = decide(places, cast, motion=GO)
    good = [one for one in cast if one.seat in able and not one.barred and one.choice is not Choice.RECUSE]
    assert answer.counted == {one.seat for one in good}
    assert decide(places, good, motion=GO) == answer
    numbers = answer.numbers
    assert (
        numbers.present
        == numbers.approve + numbers.approve_with_conditions + numbers.reject + numbers.abstain
    )
    assert (
        numbers.eligible == len(able) == numbers.seats - numbers.vacant - numbers.inactive - numbers.recused
    )


@given(votings())
def test_nothing_is_decided_without_an_exact_quorum(voting: tuple[list[Place], list[Ballot]]) -> None:
    places, cast = voting
    answer = decide(places, cast, motion=GO)
    numbers = answer.numbers
    exact = (
        3 * numbers.present >= 2 * numbers.eligible and numbers.present >= 3 and answer.presider is not None
    )
    assert numbers.quorate == exact
    impossible = cannot_be_decided(places) is not None
    assert (answer.result is Result.ESCALATED) == impossible
    if answer.result in {Result.ADOPTED, Result.NOT_ADOPTED}:
        assert exact
        assert not impossible


@given(votings())
def test_carried_means_more_for_than_against_or_the_presider_s_word(
    voting: tuple[list[Place], list[Ballot]],
) -> None:
    places, cast = voting
    answer = decide(places, cast, motion=GO)
    numbers = answer.numbers
    yes, no = numbers.approve + numbers.approve_with_conditions, numbers.reject
    if answer.result is Result.ADOPTED:
        assert yes > no or (yes == no > 0 and numbers.casting_vote.startswith("approve"))
        assert answer.with_conditions == (numbers.approve_with_conditions > 0)
    if answer.result is Result.NOT_ADOPTED:
        assert no > yes or numbers.vetoed_by is not None or numbers.casting_vote == "reject"
    assert (numbers.casting_vote != "") == (answer.why is Why.CASTING_VOTE)


@given(votings(), st.randoms())
def test_the_order_of_ballots_changes_nothing(
    voting: tuple[list[Place], list[Ballot]], chance: Random
) -> None:
    places, cast = voting
    mixed = list(cast)
    chance.shuffle(mixed)
    assert decide(places, mixed, motion=STOP) == decide(places, cast, motion=STOP)
