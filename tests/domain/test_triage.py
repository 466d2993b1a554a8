"""Triage: each row of the table by an example, and what holds for any portfolio."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.finance.allocation import Given, present, worth_of
from domain.finance.frontier import Candidate, frontier
from domain.triage import Call, Loss, Reason, Triage, Verdict, judge, triage
from domain.triage_facts import Facts
from domain.triage_words import NO_SINGLE_FACT, Words

DAY = date(2026, 11, 24)
HUNDRED = Decimal(100)


def initiative(ref: str = "AI-0001", **facts: Any) -> Facts:
    """A pilot that shows what it is for: worth 300, of the 120 it costs 20 are spent and 60 are approved."""
    usual: dict[str, Any] = {
        "stage": "pilot", "kpi_status": "on_track", "pilot_level": "healthy", "decision_on": date(2026, 12, 15),
        "value": Decimal(300), "cost": Decimal(120), "spent": Decimal(20), "approved": Decimal(60),
        "released": Decimal(40), "people": Decimal(2),
    }  # fmt: skip
    return Facts(ref=ref, **{**usual, **facts})


def told(*facts: Facts, budget: int = 100, people: int | None = None) -> Triage:
    limit = None if people is None else Decimal(people)
    return triage(facts, budget=Decimal(budget), people_limit=limit, day=DAY)


def call(facts: Facts, budget: int = 100, people: int | None = None) -> Call:
    return told(facts, budget=budget, people=people).calls[0]


def words(found: Triage) -> Words:
    return Words(found, lambda amount: "never recorded" if amount is None else f"€{amount:,.2f}")


TABLE: list[tuple[str, dict[str, Any], Reason, Verdict]] = [
    ("money is out and no case says what for", {"value": None}, Reason.NO_CASE, Verdict.FIX),
    ("no case, and spend nobody recorded, past framing", {"value": None, "spent": None, "approved": None, "stage": "development"}, Reason.NO_CASE, Verdict.FIX),
    ("an idea without case and money", {"value": None, "spent": None, "approved": None, "stage": "idea"}, Reason.NOTHING_ASKED, Verdict.WAIT),
    ("worth less than nothing", {"value": Decimal(-1)}, Reason.WORTH_NOTHING, Verdict.STOP),
    ("worth nothing", {"value": Decimal(0)}, Reason.WORTH_NOTHING, Verdict.STOP),
    ("worth nothing in all, but paid and earning", {"value": Decimal(-1), "spent": Decimal(120), "delay_a_month": Decimal(5)}, Reason.EARNS_STILL, Verdict.WAIT),
    ("worth nothing, paid, and earning nothing", {"value": Decimal(-1), "spent": Decimal(120), "delay_a_month": Decimal(0)}, Reason.WORTH_NOTHING, Verdict.STOP),
    ("off track, and in purgatory", {"kpi_status": "off_track", "pilot_level": "purgatory"}, Reason.FAILING, Verdict.STOP),
    ("off track", {"kpi_status": "off_track"}, Reason.OFF_TRACK, Verdict.FIX),
    ("blind", {"kpi_status": "blind"}, Reason.BLIND, Verdict.FIX),
    ("without a KPI", {"kpi_status": "no_kpi"}, Reason.NO_KPI, Verdict.FIX),
    ("a status nobody knows", {"kpi_status": "new_word"}, Reason.NO_KPI, Verdict.FIX),
    ("a pilot without a decision date", {"decision_on": None}, Reason.UNDATED, Verdict.FIX),
    ("a pilot without a first day", {"pilot_level": "undated"}, Reason.UNDATED, Verdict.FIX),
    ("spend nobody recorded", {"spent": None}, Reason.SPEND_UNKNOWN, Verdict.FIX),
    ("more spent than the case costs", {"spent": Decimal("120.01")}, Reason.OVERSPENT, Verdict.FIX),
    ("at risk", {"kpi_status": "at_risk"}, Reason.AT_RISK, Verdict.WAIT),
    ("everything is paid", {"spent": Decimal(120)}, Reason.PAID, Verdict.WAIT),
    ("in purgatory although it does what it promised: somebody is to decide", {"pilot_level": "purgatory"}, Reason.WITHIN_LINE, Verdict.SCALE),
    ("on track, and within the money", {}, Reason.WITHIN_LINE, Verdict.SCALE),
    ("an idea on which nothing was spent", {"spent": None, "approved": None, "stage": "framing", "pilot_level": "", "cost": HUNDRED}, Reason.WITHIN_LINE, Verdict.SCALE),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "reason", "verdict"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_each_row_of_the_table_has_its_call(facts: dict[str, Any], reason: Reason, verdict: Verdict) -> None:
    found = call(initiative(**facts))
    assert (found.reason, found.verdict) == (reason, verdict)


def test_every_reason_has_an_example_and_a_sentence() -> None:
    examples = [initiative(f"AI-{n:04d}", **row[1]) for n, row in enumerate(TABLE)]
    found = told(
        *examples, initiative("AI-9998", people=None), initiative("AI-9999", cost=Decimal(999)), people=100
    )
    assert {one.reason for one in found.calls} == set(Reason)
    for one in found.calls:
        said = words(found).reason(one)
        assert said.endswith(".")
        assert "None" not in said + " ".join(words(found).flips(one)) + words(found).regret(one)


def test_money_that_does_not_suffice_makes_it_wait_and_says_how_much_is_missing() -> None:
    found = told(initiative("AI-0001"), initiative("AI-0002", value=Decimal(200)), budget=150)
    first, second = found.calls
    assert (first.verdict, second.reason) == (Verdict.SCALE, Reason.BELOW_LINE)
    assert words(found).flips(second) == (
        "A budget €50.00 larger: scale.",
        "A value of €300.01 or more: scale.",
    )


def test_the_line_is_drawn_once_so_a_small_one_below_it_waits() -> None:
    dear, small = (
        initiative("AI-0001", cost=Decimal(170)),
        initiative("AI-0002", cost=Decimal(30), value=Decimal(10)),
    )
    assert [one.verdict for one in told(dear, small).calls] == [Verdict.WAIT, Verdict.WAIT]


def test_people_are_a_limit_of_their_own() -> None:
    found = told(initiative("AI-0001"), initiative("AI-0002", value=Decimal(290)), budget=1000, people=3)
    assert [one.verdict for one in found.calls] == [Verdict.SCALE, Verdict.WAIT]
    assert words(found).flips(found.calls[1])[0] == "1 people more: scale."


def test_people_nobody_said_matter_only_where_people_are_limited() -> None:
    assert call(initiative(people=None)).verdict is Verdict.SCALE
    assert call(initiative(people=None), people=5).reason is Reason.PEOPLE_UNKNOWN


def test_a_tie_goes_to_the_smaller_cost_then_to_the_lower_reference() -> None:
    big = initiative("AI-0001", cost=Decimal(220), value=Decimal(600))
    found = told(big, initiative("AI-0003"), initiative("AI-0002"), budget=1000)
    assert [one.facts.ref for one in found.order] == ["AI-0002", "AI-0003", "AI-0001"]
    said = [words(found).tie(one) for one in found.order]
    assert said == [
        "",
        "As much value for its cost as AI-0002: equal cost too, so the lower reference comes first.",
        "As much value for its cost as AI-0003: the smaller cost comes first.",
    ]


def test_what_would_flip_a_scale_is_said_with_its_number() -> None:
    found = told(initiative(breaks_even=Decimal("0.7532")))
    assert words(found).flips(found.calls[0]) == (
        "Benefits falling by 24.68 % or more: stop.",
        "Its KPIs going off track: fix.",
        "Its KPIs going blind: fix.",
        "A budget below €100.00: wait.",
    )


def test_benefits_after_a_haircut_are_not_measured_by_the_break_even_of_the_case_as_written() -> None:
    found = told(initiative(breaks_even=Decimal("0.7532"), haircut=Decimal("0.3")))
    assert words(found).flips(found.calls[0])[0] == "Its value falling by €300.00: stop."


def test_a_blind_one_says_what_to_measure() -> None:
    found = told(initiative(kpi_status="blind", to_measure=("K-0107", "K-0108")))
    assert (
        words(found).reason(found.calls[0])
        == "Blind: nobody can see what it does. Measure K-0107 and K-0108 first."
    )
    assert (
        words(found).flips(found.calls[0])[0]
        == "A first reading of K-0107 and K-0108 that is on track: scale."
    )


def test_what_no_single_fact_turns_says_so() -> None:
    found = told(
        initiative(value=None, spent=None, approved=None, stage="idea", kpi_status="on_track"), budget=0
    )
    assert words(found).flips(found.calls[0]) == ("A published case that is worth nothing or less: stop.",)
    both = told(initiative("AI-0001"), initiative("AI-0002", cost=Decimal(9999)), budget=100, people=1)
    assert words(both).flips(both.calls[1]) == (NO_SINGLE_FACT,)


def test_the_regret_of_a_scale_is_the_value_that_is_not_paid_for() -> None:
    found = call(initiative())  # 40 of the 100 to come are approved
    assert (found.loss, found.regret) == (Loss.VALUE_FOREGONE, Decimal(180))


def test_the_regret_of_a_stop_is_the_money_that_would_burn() -> None:
    found = call(initiative(value=Decimal(-5)))
    assert (found.loss, found.regret) == (Loss.MONEY_BURNT, Decimal(40))


@pytest.mark.parametrize("missing", ["spent", "approved"])
def test_a_regret_nobody_can_count_is_none_and_never_0(missing: str) -> None:
    gone: dict[str, Any] = {missing: None}
    assert call(initiative(value=Decimal(-5), **gone)).regret is None


def test_spend_beyond_what_was_approved_leaves_nothing_to_free() -> None:
    assert initiative(spent=Decimal(100)).allotted == 0


@pytest.mark.parametrize(("budget", "people"), [(Decimal(-1), None), (Decimal(1), Decimal(-1))])
def test_a_limit_below_0_is_refused(budget: Decimal, people: Decimal | None) -> None:
    with pytest.raises(RuleError, match="Give 0 or more"):
        triage([initiative()], budget=budget, people_limit=people, day=DAY)


def test_the_same_reference_twice_is_refused() -> None:
    with pytest.raises(RuleError, match="once"):
        told(initiative(), initiative())


money = st.none() | st.integers(0, 40).map(lambda n: Decimal(n) * 5)
any_facts: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    stage=st.sampled_from(["idea", "framing", "development", "pilot", "scale_up", "production", "unknown"]),
    kpi_status=st.sampled_from(["achieved", "on_track", "on_track", "on_track", "at_risk", "off_track", "blind", "no_kpi"]),
    pilot_level=st.sampled_from(["", "", "healthy", "purgatory", "undated"]),
    decision_on=st.none() | st.sampled_from([date(2026, 10, 1), date(2027, 1, 1)]),
    value=st.none() | st.integers(-5, 60).map(lambda n: Decimal(n) * 10),
    cost=st.integers(0, 40).map(lambda n: Decimal(n) * 5),
    approved=money, spent=money,
    people=st.none() | st.integers(0, 6).map(lambda n: Decimal(n) / 2),
    delay_a_month=st.none() | st.integers(-2, 3).map(Decimal),
)  # fmt: skip
portfolios = st.lists(any_facts, max_size=9).map(
    lambda rows: [Facts(ref=f"AI-{n:04d}", **row) for n, row in enumerate(rows)]
)
budgets = st.integers(0, 500).map(Decimal)
limits = st.none() | st.integers(0, 12).map(Decimal)


def asked(facts: Sequence[Facts], budget: Decimal, people: Decimal | None) -> Triage:
    return triage(facts, budget=budget, people_limit=people, day=DAY)


@given(portfolios, budgets, limits, st.randoms())
def test_the_order_of_the_facts_changes_nothing(
    facts: list[Facts], budget: Decimal, people: Decimal | None, luck: random.Random
) -> None:
    mixed = list(facts)
    luck.shuffle(mixed)
    assert asked(mixed, budget, people) == asked(facts, budget, people)


@given(portfolios, budgets, budgets, limits)
def test_more_money_never_turns_a_scale_into_something_else(
    facts: list[Facts], budget: Decimal, more: Decimal, people: Decimal | None
) -> None:
    before, after = asked(facts, budget, people), asked(facts, budget + more, people)
    assert {one.facts.ref for one in before.scaled} <= {one.facts.ref for one in after.scaled}


@given(portfolios, budgets, limits)
def test_what_is_scaled_stays_within_money_and_people(
    facts: list[Facts], budget: Decimal, people: Decimal | None
) -> None:
    scaled = asked(facts, budget, people).scaled
    assert sum(one.facts.to_go or 0 for one in scaled) <= budget
    if people is not None:
        assert all(one.facts.people is not None for one in scaled)
        assert sum(one.facts.people or 0 for one in scaled) <= people


@given(portfolios, budgets, limits)
def test_nothing_unknown_is_scaled_and_a_stop_of_positive_value_says_why(
    facts: list[Facts], budget: Decimal, people: Decimal | None
) -> None:
    for one in asked(facts, budget, people).calls:
        if one.verdict is Verdict.SCALE:
            assert one.facts.value is not None
            assert one.facts.value > 0
            assert one.facts.kpi_status in {"on_track", "achieved"}
        if one.verdict is Verdict.STOP and (one.facts.value or 0) > 0:
            assert one.reason is Reason.FAILING


@settings(max_examples=300)
@given(portfolios, budgets, limits)
def test_every_flip_that_is_said_really_turns_the_call_into_what_it_says(
    facts: list[Facts], budget: Decimal, people: Decimal | None
) -> None:
    found = asked(facts, budget, people)
    for one in found.calls:
        for flip in found.flips(one):
            own = {k: v for k, v in flip.changes.items() if k not in {"budget", "people_limit"}}
            changed = [replace(f, **own) if f.ref == one.facts.ref else f for f in facts]
            after = asked(
                changed, flip.changes.get("budget", budget), flip.changes.get("people_limit", people)
            )
            now = next(c for c in after.calls if c.facts.ref == one.facts.ref)
            assert (now.verdict, now.verdict is one.verdict) == (flip.into, False), (flip, one)


@given(portfolios, budgets, limits)
def test_a_scale_always_has_what_would_flip_it(
    facts: list[Facts], budget: Decimal, people: Decimal | None
) -> None:
    found = asked(facts, budget, people)
    assert all(found.flips(one) for one in found.scaled)


@given(portfolios)
def test_the_judgement_of_one_does_not_depend_on_the_others(facts: list[Facts]) -> None:
    found = asked(facts, Decimal(100), None)
    for one in found.calls:
        reason = judge(one.facts)
        assert one.reason is reason if reason else one.reason in {Reason.WITHIN_LINE, Reason.BELOW_LINE}


candidates = st.lists(
    st.tuples(st.integers(1, 50), st.integers(1, 90), st.none() | st.integers(0, 60)), max_size=8
)


@given(candidates)
def test_the_frontier_buys_with_todays_money_never_less_than_today(
    rows: list[tuple[int, int, int | None]],
) -> None:
    given_today = [Given(Decimal(c), Decimal(v), None if m is None else Decimal(m)) for c, v, m in rows]
    today = present(given_today)
    points = frontier(
        [Candidate(f"AI-{n}", Decimal(c), Decimal(v)) for n, (c, v, _) in enumerate(rows)], Decimal(0)
    )
    assert worth_of(points, today.cost) - today.value >= Decimal("-1e-20")
    assert today.unknown == sum(m is None for _, _, m in rows)


def test_a_project_paid_in_part_counts_in_part_on_both_sides() -> None:
    today = present([Given(HUNDRED, Decimal(200), Decimal(50)), Given(HUNDRED, Decimal(400), Decimal(150))])
    assert (today.cost, today.value) == (Decimal(150), Decimal(500))
    points = frontier(
        [Candidate("a", HUNDRED, Decimal(200)), Candidate("b", HUNDRED, Decimal(400))], Decimal(0)
    )
    assert [worth_of(points, Decimal(money)) for money in (0, 50, 150, 999)] == [0, 200, 500, 600]
