"""Stages and gates: who moves what where, and what stands in the way."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.gate_policy import gates_from_json, gates_to_json
from domain.gates import WORKING_DAYS_TO_DECIDE
from domain.stages import (
    GATES,
    ORDER,
    PRE_PRODUCTION,
    Body,
    Mover,
    Outcome,
    Stage,
    deciding_body,
    effective_tier,
    extending_body,
    next_gate,
    reachable,
    require_move,
    stage_after,
    stage_after_reopening,
)

G1, G2, G3, G4, G5, G6 = GATES


def refusal(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(RuleError) as caught:
        call(*args, **kwargs)
    return caught.value.code


def test_the_gates_lead_along_the_line_one_stage_at_a_time() -> None:
    assert [(gate.code, gate.from_stage, gate.to_stage) for gate in GATES] == [
        ("G1", "idea", "framing"),
        ("G2", "framing", "development"),
        ("G3", "development", "pilot"),
        ("G4", "pilot", "scale_up"),
        ("G5", "scale_up", "production"),
        ("G6", "production", "retired"),
    ]
    assert PRE_PRODUCTION == ("idea", "framing", "development", "pilot", "scale_up")


def test_no_gate_leads_out_of_retired_stopped_or_unknown() -> None:
    assert [next_gate(stage) for stage in (Stage.RETIRED, Stage.STOPPED, Stage.UNKNOWN)] == [None, None, None]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.code)
def test_a_go_leads_to_the_next_stage_and_a_failed_motion_nowhere(gate: Any) -> None:
    assert stage_after(gate, Outcome.GO, current=gate.from_stage) is gate.to_stage
    assert stage_after(gate, Outcome.GO, current=gate.from_stage, carried=False) is gate.from_stage


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.code)
@pytest.mark.parametrize("outcome", [Outcome.HOLD, Outcome.PIVOT, Outcome.EXTEND, Outcome.NOT_DECIDED])
def test_hold_pivot_extend_and_not_decided_leave_the_stage(gate: Any, outcome: Outcome) -> None:
    assert stage_after(gate, outcome, current=gate.from_stage) is gate.from_stage


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.code)
def test_a_stop_may_be_recorded_at_the_next_gate_of_any_stage(gate: Any) -> None:
    assert stage_after(gate, Outcome.STOP, current=gate.from_stage) is Stage.STOPPED
    assert stage_after(gate, Outcome.STOP, current=gate.from_stage, carried=False) is gate.from_stage


def test_conditional_go_is_not_offered_at_g6() -> None:
    assert stage_after(G5, Outcome.CONDITIONAL_GO, current=Stage.SCALE_UP) is Stage.PRODUCTION
    assert refusal(stage_after, G6, Outcome.CONDITIONAL_GO, current=Stage.PRODUCTION) == "outcome_not_offered"


def test_from_production_back_to_pilot_is_a_recycle_at_g6() -> None:
    back = stage_after(G6, Outcome.RECYCLE, current=Stage.PRODUCTION, named=Stage.PILOT)
    assert back is Stage.PILOT


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (None, "stage_not_named"),
        (Stage.PILOT, "not_an_earlier_stage"),
        (Stage.SCALE_UP, "not_an_earlier_stage"),
        (Stage.STOPPED, "not_an_earlier_stage"),
        (Stage.UNKNOWN, "not_an_earlier_stage"),
    ],
)
def test_a_recycle_names_an_earlier_stage(named: Stage | None, code: str) -> None:
    assert refusal(stage_after, G4, Outcome.RECYCLE, current=Stage.PILOT, named=named) == code


def test_nothing_lies_before_an_idea_so_g1_offers_no_recycle() -> None:
    assert refusal(stage_after, G1, Outcome.RECYCLE, current=Stage.IDEA) == "outcome_not_offered"


def test_a_gate_is_decided_only_in_the_stage_it_leads_out_of() -> None:
    assert refusal(stage_after, G4, Outcome.GO, current=Stage.DEVELOPMENT) == "wrong_gate"
    assert refusal(stage_after, G1, Outcome.GO, current=Stage.UNKNOWN) == "wrong_gate"


def test_only_a_recycle_names_a_stage() -> None:
    assert refusal(stage_after, G2, Outcome.GO, current=Stage.FRAMING, named=Stage.PILOT) == "stage_not_asked"


def test_reopen_is_a_decision_of_its_own_and_no_outcome_of_a_gate() -> None:
    assert all(Outcome.REOPEN not in gate.outcomes for gate in GATES)
    assert stage_after_reopening(Stage.STOPPED, Stage.PILOT) is Stage.PILOT
    assert refusal(stage_after_reopening, Stage.RETIRED, Stage.PILOT) == "not_stopped"
    for named in (Stage.RETIRED, Stage.STOPPED, Stage.UNKNOWN):
        assert refusal(stage_after_reopening, Stage.STOPPED, named) == "not_a_stage_to_reopen"


@given(
    st.sampled_from(Stage), st.sampled_from(GATES), st.sampled_from(Outcome), st.sampled_from([None, *Stage])
)
def test_no_decision_skips_a_stage_or_reaches_unknown(
    current: Stage, gate: Any, outcome: Outcome, named: Stage | None
) -> None:
    try:
        after = stage_after(gate, outcome, current=current, named=named)
    except RuleError:
        return
    assert after is current or after in reachable(current)
    assert after is not Stage.UNKNOWN
    if after in ORDER:
        assert ORDER.index(after) <= ORDER.index(current) + 1


@pytest.mark.parametrize("to", list(Stage))
def test_an_import_may_record_any_movement(to: Stage) -> None:
    for current in (None, *Stage):
        require_move(mover=Mover.IMPORT, current=current, to=to)


def test_a_person_opens_an_idea_and_moves_it_by_decisions_only() -> None:
    require_move(mover=Mover.PERSON, current=None, to=Stage.IDEA)
    for to in (Stage.FRAMING, Stage.PRODUCTION, Stage.STOPPED):
        assert refusal(require_move, mover=Mover.PERSON, current=None, to=to) == "starts_as_idea"
    for to in (Stage.FRAMING, Stage.IDEA, Stage.STOPPED):
        assert refusal(require_move, mover=Mover.PERSON, current=Stage.IDEA, to=to) == "only_by_decision"


@pytest.mark.parametrize("mover", [Mover.PERSON, Mover.DECISION])
@pytest.mark.parametrize("current", [None, *Stage])
def test_unknown_is_never_chosen_by_a_person_nor_decided(mover: Mover, current: Stage | None) -> None:
    assert refusal(require_move, mover=mover, current=current, to=Stage.UNKNOWN) == "unknown_is_for_imports"


def test_a_decision_moves_one_step_back_or_beside() -> None:
    for to in (Stage.SCALE_UP, Stage.STOPPED, Stage.DEVELOPMENT, Stage.IDEA):
        require_move(mover=Mover.DECISION, current=Stage.PILOT, to=to)
    assert refusal(require_move, mover=Mover.DECISION, current=Stage.PILOT, to=Stage.PILOT) == "already_there"
    for to in (Stage.PRODUCTION, Stage.RETIRED):
        assert refusal(require_move, mover=Mover.DECISION, current=Stage.PILOT, to=to) == "not_reachable"
    for current in (Stage.RETIRED, Stage.UNKNOWN):
        assert refusal(require_move, mover=Mover.DECISION, current=current, to=Stage.IDEA) == "not_reachable"
    assert reachable(Stage.STOPPED) == frozenset(ORDER) - {Stage.RETIRED}
    for to in (Stage.IDEA, Stage.PRODUCTION):
        require_move(mover=Mover.DECISION, current=Stage.STOPPED, to=to)


BODIES = [
    (G1, 1, "portfolio_manager"),
    (G1, None, "portfolio_manager"),
    (G2, 1, "council"),
    (G2, 2, "portfolio_manager_with_specialist"),
    (G2, 3, "portfolio_manager"),
    (G2, None, "portfolio_manager"),
    (G3, 1, "council"),
    (G3, 3, "portfolio_manager"),
    (G4, 3, "council"),
    (G5, None, "council"),
    (G6, 1, "council"),
    (G6, 3, "portfolio_manager"),
]


@pytest.mark.parametrize(("gate", "tier", "body"), BODIES)
def test_where_gate_and_tier_name_two_bodies_the_stricter_decides(
    gate: Any, tier: int | None, body: str
) -> None:
    assert deciding_body(gate, tier) == body


def test_the_third_extension_is_the_councils_and_every_one_at_tier_1() -> None:
    assert [extending_body(n, 3) for n in range(4)] == [
        Body.PORTFOLIO_MANAGER,
        Body.PORTFOLIO_MANAGER,
        Body.COUNCIL,
        Body.COUNCIL,
    ]
    assert extending_body(0, 1) is Body.COUNCIL
    assert extending_body(0, None) is Body.PORTFOLIO_MANAGER


def test_the_highest_risk_among_initiative_and_models_is_its_tier() -> None:
    assert effective_tier(3, [2, None]) == 2
    assert effective_tier(None, [1, 3]) == 1
    assert effective_tier(2, []) == 2
    assert effective_tier(None, [None]) is None


def test_the_days_to_decide_are_10_5_and_2_by_tier() -> None:
    assert WORKING_DAYS_TO_DECIDE == {1: 10, 2: 5, 3: 2}


def test_a_tier_that_does_not_exist_is_refused() -> None:
    assert refusal(deciding_body, G2, 4) == "unknown_tier"


def test_the_must_meets_are_those_of_the_gates() -> None:
    assert [len(gate.criteria) for gate in GATES] == [5, 6, 4, 9, 9, 6]
    codes = [(gate.code, one.code) for gate in GATES for one in gate.criteria]
    assert len(set(codes)) == len(codes)


def test_an_unknown_answer_counts_as_no() -> None:
    met = {one.code: True for one in G1.criteria}
    assert G1.unmet(met, 2) == ()
    for answer in (None, False):
        assert [one.code for one in G1.unmet({**met, "sponsor": answer}, 2)] == ["sponsor"]
    assert len(G1.unmet({}, 2)) == 5


def test_the_ethics_review_is_asked_of_high_tiers_and_of_an_unknown_one() -> None:
    asked = {tier: "ethics_review" in {one.code for one in G5.criteria_for(tier)} for tier in (1, 2, 3, None)}
    assert asked == {1: True, 2: True, 3: False, None: True}


def test_a_definition_survives_its_row() -> None:
    assert gates_from_json(json.loads(json.dumps(gates_to_json()))) == GATES


def row(**changes: Any) -> list[dict[str, Any]]:
    rows = gates_to_json()
    rows[1].update(changes)
    return rows


@pytest.mark.parametrize(
    ("rows", "code", "pointer"),
    [
        ({}, "not_a_list", ""),
        ([], "broken_line", ""),
        ([3], "not_an_object", "/0"),
        (gates_to_json()[:5], "broken_line", ""),
        (gates_to_json()[::-1], "broken_line", ""),
        (row(to_stage="pilot"), "broken_line", ""),
        (row(code="G1"), "duplicate_code", ""),
        (row(colour="red"), "member_unknown", "/1/colour"),
        (row(name=" "), "not_a_text", "/1/name"),
        (row(from_stage="someday"), "not_a_known_word", "/1/from_stage"),
        (row(decided_by="sponsor"), "not_a_known_word", "/1/decided_by"),
        (row(tier_may_tighten="yes"), "not_true_or_false", "/1/tier_may_tighten"),
        (row(outcomes="go"), "not_a_list", "/1/outcomes"),
        (row(outcomes=["go", "maybe"]), "not_a_known_word", "/1/outcomes/1"),
        (row(outcomes=["go", "go"]), "duplicate_code", "/1/outcomes"),
        (row(criteria=[{"code": "a", "text": "A"}]), "member_missing", "/1/criteria/0/tiers"),
        (row(criteria=[{"code": "a", "text": "A", "tiers": []}]), "not_a_tier", "/1/criteria/0/tiers"),
        (row(criteria=[{"code": "a", "text": "A", "tiers": [4]}]), "not_a_tier", "/1/criteria/0/tiers"),
        (
            row(criteria=[{"code": "a", "text": "A", "tiers": ["1"]}]),
            "not_a_whole_number",
            "/1/criteria/0/tiers/0",
        ),
        (row(criteria=[{"code": "a", "text": "A", "tiers": [1]}] * 2), "duplicate_code", "/1/criteria"),
    ],
)
def test_a_definition_that_cannot_be_meant_is_refused(rows: object, code: str, pointer: str) -> None:
    with pytest.raises(RuleError) as caught:
        gates_from_json(rows)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)
