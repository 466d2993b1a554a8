"""The rules of gates: motions in full, conditions by their days, what a lead says against the record, who decides what."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.authority import Authority
from domain.charter import NEW_CHARTER
from domain.conditions import Overdue, Used, exceeded, judge_condition, lapsed, standing
from domain.decision_rights import require_body, require_ready
from domain.errors import RuleError
from domain.evidence_file import safe_name
from domain.gate_form import fields_of, lacking, proposed_motion, read_answers
from domain.gate_policy import gates_from_json, gates_to_json
from domain.gates import GATES, Gate
from domain.motions import KINDS, REASONS, motion_to_json, read_motion
from domain.self_report import QUESTIONS, Known, contradictions
from domain.should_meets import ShouldMeet, require_whole, spread_of, weighted
from domain.stage_words import APPROVALS, ORDER, Body, Outcome

TODAY = date(2026, 11, 24)
WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)
AHEAD = st.integers(1, 900).map(lambda days: (TODAY + timedelta(days=days)).isoformat())
GATES_BY_CODE = {gate.code: gate for gate in GATES}


@st.composite
def conditions(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(KINDS))
    owner = draw(st.integers(1, 50))
    return {
        "text": draw(WORDS), "kind": kind, "blocking": draw(st.booleans()) and kind != "monitored", "owner": owner,
        "verifier": owner + draw(st.integers(1, 50)), "verification": draw(WORDS), "due_on": draw(AHEAD),
    }  # fmt: skip


@st.composite
def motions(draw: Any) -> tuple[Gate, dict[str, Any]]:
    """A gate, and a motion there that is whole."""
    gate = draw(st.sampled_from(GATES))
    outcome = draw(st.sampled_from([one for one in gate.outcomes if one is not Outcome.NOT_DECIDED]))
    said: dict[str, Any] = {"outcome": outcome.value, "because": draw(WORDS)}
    if outcome is Outcome.HOLD:
        said["until"] = draw(AHEAD)
    if outcome is Outcome.RECYCLE:
        said |= {
            "stage": draw(st.sampled_from(ORDER[: ORDER.index(gate.from_stage)])).value,
            "rework": draw(WORDS),
        }
    if outcome is Outcome.PIVOT:
        said |= {"charter": draw(WORDS), "days": draw(st.integers(1, 365)), "until": draw(AHEAD)}
        said["carry"] = list(NEW_CHARTER)
        if draw(st.booleans()):
            said |= {"sample": draw(WORDS), "carry": [one for one in NEW_CHARTER if one != "sample"]}
    if outcome is Outcome.EXTEND:
        said |= {
            "days": draw(st.integers(1, 365)),
            "reason_code": draw(st.sampled_from(sorted(REASONS[outcome]))),
            "evidence": draw(WORDS),
            "decision_changes": draw(st.sampled_from(["0", "0.25", "1"])),
        }
    if outcome is Outcome.STOP:
        said |= {"reason_code": draw(st.sampled_from(sorted(REASONS[outcome]))), "lessons": draw(WORDS)}
    if outcome is Outcome.CONDITIONAL_GO:
        said["conditions"] = draw(st.lists(conditions(), min_size=1, max_size=3))
    if outcome in APPROVALS and draw(st.booleans()):
        said |= {
            "ceiling": {"users": draw(st.integers(1, 999)), "spend": "1000.50"},
            "lapses_on": draw(AHEAD),
        }
    return gate, said


@given(motions())
def test_a_whole_motion_is_read_and_written_back_the_same(both: tuple[Gate, dict[str, Any]]) -> None:
    gate, said = both
    motion = read_motion(said, gate=gate, today=TODAY)
    assert read_motion(motion_to_json(motion), gate=gate, today=TODAY) == motion


@given(motions(), st.data())
def test_a_motion_without_what_its_outcome_needs_is_refused_at_that_place(
    both: tuple[Gate, dict[str, Any]], data: st.DataObject
) -> None:
    gate, said = both
    needed = sorted(set(said) - {"ceiling", "lapses_on", "sample", "carry"})
    name = data.draw(st.sampled_from(needed))
    with pytest.raises(RuleError) as caught:
        read_motion({**said, name: None}, gate=gate, today=TODAY)
    assert caught.value.pointer in {f"/{name}", None} or name == "stage"


@given(motions(), st.sampled_from(["until", "stage", "days", "reason_code", "lessons", "rework", "charter"]))
def test_what_belongs_to_another_outcome_is_refused(both: tuple[Gate, dict[str, Any]], name: str) -> None:
    gate, said = both
    values = {
        "until": "2027-06-01", "stage": "idea", "days": 3, "reason_code": "cost", "lessons": "x", "rework": "x", "charter": "x",
    }  # fmt: skip
    if said.get(name) is None:
        with pytest.raises(RuleError):
            read_motion({**said, name: values[name]}, gate=gate, today=TODAY)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"verifier": 7}, "verified_by_owner"), ({"kind": "monitored", "blocking": True}, "monitored_blocks"),
     ({"due_on": "2026-11-24"}, "not_ahead"), ({"due_on": None}, "due_missing"), ({"kind": "soon"}, "not_a_known_word"),
     ({"text": " "}, "not_a_text"), ({"blocking": 1}, "not_true_or_false"), ({"more": 1}, "member_unknown")],
)  # fmt: skip
def test_a_condition_that_is_not_whole_is_refused_with_its_place(change: dict[str, Any], code: str) -> None:
    one = {
        "text": "t",
        "kind": "before_start",
        "owner": 7,
        "verifier": 8,
        "verification": "v",
        "due_on": "2026-12-24",
    }
    said = {"outcome": "conditional_go", "because": "b", "conditions": [{**one, **change}]}
    with pytest.raises(RuleError) as caught:
        read_motion(said, gate=GATES[1], today=TODAY)
    assert caught.value.code == code
    assert (caught.value.pointer or "").startswith("/conditions/0")


def test_a_conditional_go_is_not_offered_at_g6() -> None:
    with pytest.raises(RuleError, match="Give one of"):
        read_motion({"outcome": "conditional_go", "because": "b"}, gate=GATES_BY_CODE["G6"], today=TODAY)


@given(st.integers(-400, 400), st.booleans(), st.booleans())
def test_a_condition_is_late_by_its_days_and_the_answer_stands_until_the_day_it_says(
    late: int, blocking: bool, closed: bool
) -> None:
    due = TODAY - timedelta(days=late)
    found = judge_condition(due, blocking=blocking, closed=closed, as_of=TODAY)
    if closed or late <= 0:
        assert found.overdue is Overdue.NONE
    elif blocking or late > 30:
        assert found.overdue is Overdue.SUSPENDS
    else:
        assert found.overdue is (Overdue.FLAGGED if late > 14 else Overdue.TOLD)
    if found.valid_until is not None:
        assert found.valid_until >= TODAY
        same = judge_condition(due, blocking=blocking, closed=closed, as_of=found.valid_until)
        after = judge_condition(
            due, blocking=blocking, closed=closed, as_of=found.valid_until + timedelta(days=1)
        )
        assert same.overdue is found.overdue
        assert after.overdue is not found.overdue


def test_reaching_the_ceiling_is_not_going_beyond_it_and_unknown_exceeds_nothing() -> None:
    ceiling = {"users": 100, "sites": None, "spend": "1000", "autonomy": "suggests"}
    assert exceeded(ceiling, Used(users=100, spend=Decimal(1000))) == ()
    assert exceeded(ceiling, Used()) == ()
    assert exceeded(ceiling, Used(users=101, sites=9, spend=Decimal(1001))) == (
        "101 users of 100 approved", "1,001 spent of 1,000 approved",
    )  # fmt: skip
    assert not lapsed(TODAY, TODAY)
    assert lapsed(TODAY - timedelta(days=1), TODAY)
    assert not standing((), (), lapsed_on=None).suspended


def test_what_a_lead_says_is_held_against_the_record() -> None:
    known = Known(
        as_of=TODAY, last_reading_on=TODAY - timedelta(days=61), criteria_changes=2, users_outside=4, spent=Decimal(120),
        released=Decimal(100), sponsor_silent_days=61, days_in_stage=91, planned_days=90,
    )  # fmt: skip
    said = {one.code: one.answers[0] for one in QUESTIONS}
    assert [(one.question, one.fact) for one in contradictions(said, known)] == [
        ("reporting", "The last reading is 61 days old."),
        ("criteria_kept", "A success measure or target was changed 2 times since the start."),
        ("users_inside", "4 live users are outside the cohort of the charter."),
        ("spend_within", "120 is spent of 100 released, 120 %."),
        ("sponsor_active", "The sponsor was last heard 61 days ago."),
        ("on_time", "It is day 91 of 90 approved."),
    ]
    honest = {**dict.fromkeys(said, "no"), "reporting": "irregular"}
    assert contradictions(honest, known) == ()
    assert contradictions(said, Known(as_of=TODAY)) == (), "what nobody recorded contradicts nothing"
    assert contradictions({}, known) == ()


@pytest.mark.parametrize(
    ("days", "word", "told"), [(7, "weekly", 0), (8, "weekly", 1), (31, "monthly", 0), (32, "monthly", 1)]
)
def test_a_frequency_is_contradicted_from_the_day_after(days: int, word: str, told: int) -> None:
    known = Known(as_of=TODAY, last_reading_on=TODAY - timedelta(days=days))
    assert len(contradictions({"reporting": word}, known)) == told


@pytest.mark.parametrize(
    ("outcome", "gate", "tier", "extensions", "needed"),
    [("go", "G1", 1, 0, Body.PORTFOLIO_MANAGER), ("go", "G2", 3, 0, Body.PORTFOLIO_MANAGER), ("go", "G2", None, 0, Body.PORTFOLIO_MANAGER),
     ("go", "G2", 2, 0, Body.PORTFOLIO_MANAGER_WITH_SPECIALIST), ("go", "G2", 1, 0, Body.COUNCIL), ("go", "G4", 3, 0, Body.COUNCIL),
     ("extend", "G4", 3, 1, Body.PORTFOLIO_MANAGER), ("extend", "G4", 3, 2, Body.COUNCIL), ("extend", "G4", 1, 0, Body.COUNCIL),
     ("stop", "G3", 3, 0, Body.PORTFOLIO_MANAGER)],
)  # fmt: skip
def test_each_body_decides_its_own(
    outcome: str, gate: str, tier: int | None, extensions: int, needed: Body
) -> None:
    strict = list(Body)
    for body in Body:
        authority = Authority(body=body, specialist=1, item=1)
        allowed = strict.index(body) >= strict.index(needed) and (gate != "G1" or body is needed)
        asked: dict[str, Any] = {"tier": tier, "extensions": extensions}
        if allowed:
            require_body(authority, Outcome(outcome), GATES_BY_CODE[gate], **asked)
            continue
        with pytest.raises(RuleError, match="This is decided by"):
            require_body(authority, Outcome(outcome), GATES_BY_CODE[gate], **asked)


def test_an_approval_waits_for_its_submission_and_open_conditions_and_nothing_else_does() -> None:
    for outcome in Outcome:
        if outcome in APPROVALS:
            with pytest.raises(RuleError, match="Ask for the gate first"):
                require_ready(outcome, submitted=False, open_conditions=())
            with pytest.raises(RuleError, match="C-0001"):
                require_ready(outcome, submitted=True, open_conditions=("C-0001",))
        else:
            require_ready(outcome, submitted=False, open_conditions=("C-0001",))


def test_the_definition_goes_through_json_and_back_with_its_should_meets() -> None:
    assert gates_from_json(gates_to_json()) == GATES
    stored = gates_to_json()
    stored[0]["should_meets"][0]["weight"] += 1
    with pytest.raises(RuleError, match="add up to 100"):
        gates_from_json(stored)


def test_scores_are_told_as_a_spread_and_half_a_scorecard_says_nothing() -> None:
    one, two = ShouldMeet("a", "A", 60), ShouldMeet("b", "B", 40)
    require_whole((one, two))
    spread = spread_of(one, [9, 2, 4, 8])
    assert (spread.least, spread.median, spread.most, spread.scores) == (2, Decimal(6), 9, 4)
    assert weighted([spread, spread_of(two, [])]) is None
    assert weighted([spread, spread_of(two, [5])]) == Decimal("5.6")


def test_a_draft_may_be_incomplete_and_is_read_strictly() -> None:
    gate = GATES_BY_CODE["G4"]
    assert read_answers({}, gate) == {}
    assert {one.code for one in lacking({}, gate)} >= {
        "ask",
        "alternatives",
        "stop_if",
        "confidence",
        "says_reporting",
    }
    found = read_answers(
        {"ask": " Go on ", "ceiling_users": "40", "ceiling_spend": "1 200.50", "conditions": [{}]}, gate
    )
    assert found == {"ask": "Go on", "ceiling_users": 40, "ceiling_spend": "1200.50"}
    assert proposed_motion(found, gate, TODAY).ceiling.users == 40
    for wrong in ({"ceiling_users": "0"}, {"ceiling_spend": "-1"}, {"confidence": "blue"}, {"lapses_on": "soon"}, {"x": 1},
                  {"ask": "a" * 301}, {"conditions": [{"y": 1}]}, {"ask": 3}, {"ceiling_users": True}):  # fmt: skip
        with pytest.raises(RuleError) as caught:
            read_answers(wrong, gate)
        assert caught.value.pointer


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_asks_what_decides_and_no_field_twice(gate: Gate) -> None:
    codes = [one.code for one in fields_of(gate)]
    assert len(set(codes)) == len(codes)
    assert {"ask", "confidence"} <= set(codes)


@given(st.text(max_size=300))
def test_a_name_of_a_file_can_do_no_harm(name: str) -> None:
    safe = safe_name(name, "pdf")
    assert safe.endswith(".pdf")
    assert len(safe) <= 124
    assert not set(safe) & set('/\\"\r\n\x00\u202e')


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "passwd.pdf"), ("exe.\u202efdp", "exe.pdf"), ("CON.pdf", "evidence.pdf"), ("", "evidence.pdf"), ("a" * 9999, "a" * 110 + ".pdf"),
     ("r\u00e9sum\u00e9.pdf", "r\u00e9sum\u00e9.pdf"), ('x"\r\nSet-Cookie: a.pdf', "xSet-Cookie a.pdf")],
)  # fmt: skip
def test_names_people_tried(name: str, safe: str) -> None:
    assert safe_name(name, "pdf") == safe
