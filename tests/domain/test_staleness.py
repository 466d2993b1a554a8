"""When a model is stale: each cause by itself, at the limit, a day before and a day after."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ageing import months_after
from domain.errors import RuleError
from domain.staleness import DEFAULT, ModelFacts, Owner, Policy, Verdict, judge_model

AS_OF = date(2026, 11, 24)
FRESH = ModelFacts(
    tier=2,
    serving=True,
    serving_since=date(2026, 11, 1),
    serves_goal=True,
    next_review_on=date(2027, 5, 1),
    last_review_on=date(2026, 11, 1),
    last_validation_on=date(2026, 11, 1),
    ethics_passed_on=date(2026, 11, 1),
    monitoring_cadence_days=7,
    last_monitoring_on=AS_OF,
    last_heartbeat_on=AS_OF,
    owner=Owner.ACTIVE,
    owner_last_sign_in_on=AS_OF,
    last_fallback_test_on=date(2026, 11, 1),
    attestation_due_on=date(2027, 3, 31),
    dossier_sections={"limits": date(2026, 11, 1)},
)


def codes(verdict: Verdict) -> list[str]:
    return [cause.code.value for cause in verdict.causes]


def on(day: date, **changes: Any) -> list[str]:
    return codes(judge_model(replace(FRESH, **changes), DEFAULT, day))


def test_the_fresh_model_of_these_tests_is_current_and_nothing_is_unknown() -> None:
    verdict = judge_model(FRESH, DEFAULT, AS_OF)
    assert (verdict.status, verdict.causes, verdict.orphan, verdict.unknown) == ("current", (), False, ())


DUE = date(2026, 11, 24)
LIMITS: list[tuple[str, dict[str, Any]]] = [
    ("review_overdue", {"next_review_on": DUE}),
    ("validation_overdue", {"last_validation_on": date(2024, 11, 24)}),
    ("validation_overdue", {"validation_needed_since": DUE + timedelta(days=1)}),
    ("no_monitoring_data", {"last_monitoring_on": DUE - timedelta(days=14)}),
    ("no_heartbeat", {"last_heartbeat_on": DUE - timedelta(days=30)}),
    ("owner_absent", {"owner_last_sign_in_on": DUE - timedelta(days=90)}),
    ("dossier_section_old", {"dossier_sections": {"limits": date(2024, 11, 24)}}),
    ("fallback_untested", {"last_fallback_test_on": date(2025, 11, 24)}),
    ("attestation_missed", {"attestation_due_on": DUE}),
    ("approval_lapsed", {"approval_lapsed_on": DUE + timedelta(days=1)}),
    ("approval_lapsed", {"approval_lapses_on": DUE}),
    ("registry_newer_version", {"newer_version_since": DUE - timedelta(days=30)}),
    ("data_window_expired", {"data_until": DUE}),
    ("upstream_retired", {"upstream_retired": True, "upstream_retired_on": DUE + timedelta(days=1)}),
    ("ethics_audit_overdue", {"ethics_passed_on": date(2024, 11, 24)}),
    ("ethics_audit_overdue", {"ethics_due_on": DUE}),
    ("ethics_audit_overdue", {"ethics_refused_on": DUE + timedelta(days=1)}),
]


@pytest.mark.parametrize(("code", "changes"), LIMITS, ids=[f"{row[0]}-{n}" for n, row in enumerate(LIMITS)])
def test_a_cause_is_false_up_to_its_limit_and_true_the_day_after(code: str, changes: dict[str, Any]) -> None:
    changes = {"serving_since": date(2020, 1, 1), **changes}
    assert on(DUE - timedelta(days=1), **changes) == []
    assert on(DUE, **changes) == []
    assert on(DUE + timedelta(days=1), **changes) == [code]
    facts = replace(FRESH, **changes)
    assert judge_model(facts, DEFAULT, DUE).valid_until == DUE
    (cause,) = judge_model(facts, DEFAULT, DUE + timedelta(days=1)).causes
    assert code not in [one.code for one in judge_model(facts, DEFAULT, DUE + timedelta(days=1)).upcoming]
    assert cause.since == DUE + timedelta(days=1)
    assert cause.sentence
    assert cause.clears_when


@pytest.mark.parametrize(("tier", "review", "validation"), [(1, 6, 12), (2, 12, 24), (3, 24, 36)])
def test_cadences_come_from_the_tier(tier: int, review: int, validation: int) -> None:
    start = date(2020, 2, 29)
    facts = ModelFacts(tier=tier, owner=Owner.ACTIVE, last_review_on=start, last_validation_on=start)
    ends = {one.code.value: one.on for one in judge_model(facts, DEFAULT, start).upcoming}
    assert ends == {
        "review_overdue": months_after(start, review) + timedelta(days=1),
        "validation_overdue": months_after(start, validation) + timedelta(days=1),
    }


def test_a_review_date_set_far_out_is_no_way_around_the_cadence() -> None:
    far = {"next_review_on": date(2099, 1, 1), "last_review_on": date(2025, 11, 24)}
    assert on(DUE, **far) == []
    assert on(DUE + timedelta(days=1), **far) == ["review_overdue"]


def test_a_serving_model_without_a_next_review_date_is_stale_and_another_is_not() -> None:
    assert on(AS_OF, next_review_on=None) == ["review_date_missing"]
    assert on(AS_OF, next_review_on=None, serving=False) == []


@pytest.mark.parametrize(
    ("owner", "code"), [(Owner.MISSING, "owner_missing"), (Owner.DEACTIVATED, "owner_deactivated")]
)
def test_a_model_nobody_answers_for_is_stale_the_same_day(owner: Owner, code: str) -> None:
    changes = {"owner": owner, "owner_since": AS_OF, "owner_last_sign_in_on": None}
    assert on(AS_OF - timedelta(days=1), **changes) == []
    assert on(AS_OF, **changes) == [code]
    assert on(AS_OF, **{**changes, "owner_since": None}) == [code]


def test_a_superseded_model_is_stale_only_while_it_serves() -> None:
    assert on(AS_OF, superseded_on=AS_OF) == ["superseded_still_serving"]
    assert on(AS_OF - timedelta(days=1), superseded_on=AS_OF) == []
    assert on(AS_OF, superseded_on=AS_OF, serving=False) == []


def test_monitoring_that_never_began_is_counted_from_the_first_day_of_service() -> None:
    never = {"last_monitoring_on": None, "serving_since": AS_OF}
    assert on(AS_OF + timedelta(days=14), **never) == []
    assert on(AS_OF + timedelta(days=15), **never) == ["no_monitoring_data"]
    before = {"last_monitoring_on": AS_OF - timedelta(days=200), "serving_since": AS_OF}
    assert on(AS_OF, **before) == []


def test_a_fallback_never_tested_is_counted_from_the_first_day_of_service() -> None:
    never = {"last_fallback_test_on": None, "serving_since": date(2025, 11, 24)}
    assert on(DUE, **never) == []
    assert on(DUE + timedelta(days=1), **never) == ["fallback_untested"]


NEVER: list[tuple[str, dict[str, Any]]] = [
    (
        "review_overdue",
        {"last_review_on": None, "next_review_on": date(2099, 12, 31), "began": date(2025, 11, 24)},
    ),
    ("validation_overdue", {"last_validation_on": None, "began": date(2024, 11, 24)}),
    ("no_monitoring_data", {"last_monitoring_on": None, "began": DUE - timedelta(days=14)}),
    ("no_heartbeat", {"last_heartbeat_on": None, "began": DUE - timedelta(days=30)}),
    ("fallback_untested", {"last_fallback_test_on": None, "began": date(2025, 11, 24)}),
    ("ethics_audit_overdue", {"ethics_passed_on": None, "began": date(2024, 11, 24)}),
]


@pytest.mark.parametrize(("code", "changes"), NEVER, ids=[row[0] for row in NEVER])
@pytest.mark.parametrize("known_as", ["serving_since", "known_since"])
def test_what_was_never_done_for_a_serving_model_is_counted_from_when_it_began(
    code: str, changes: dict[str, Any], known_as: str
) -> None:
    facts = {name: value for name, value in changes.items() if name != "began"}
    facts |= {"serving_since": None, "known_since": None, known_as: changes["began"]}
    assert on(DUE, **facts) == []
    assert on(DUE + timedelta(days=1), **facts) == [code]
    assert on(DUE + timedelta(days=400), **{**facts, "serving": False}).count(code) == 0


@pytest.mark.parametrize(
    "name",
    [
        "last_review_on",
        "last_validation_on",
        "last_monitoring_on",
        "last_heartbeat_on",
        "last_fallback_test_on",
        "ethics_passed_on",
    ],
)
def test_taking_a_day_away_clears_no_cause_of_a_serving_model(name: str) -> None:
    long_ago: Any = {
        name: date(2001, 1, 1),
        "serving_since": date(2001, 1, 1),
        "next_review_on": date(2099, 1, 1),
    }
    old = replace(FRESH, **long_ago)
    without = replace(FRESH, **{**long_ago, name: None})
    assert codes(judge_model(old, DEFAULT, AS_OF))
    assert codes(judge_model(without, DEFAULT, AS_OF)) == codes(judge_model(old, DEFAULT, AS_OF))


def test_an_approval_and_a_newer_version_say_nothing_of_a_model_that_does_not_serve() -> None:
    facts = {"approval_lapsed_on": date(2020, 1, 1), "newer_version_since": date(2020, 1, 1)}
    assert on(AS_OF, **facts) == ["approval_lapsed", "registry_newer_version"]
    assert on(AS_OF, **facts, serving=False) == []


@pytest.mark.parametrize(("number", "told"), [(14, []), (15, []), (16, ["owner_overloaded"])])
def test_an_owner_of_more_serving_models_than_the_policy_says_is_over_loaded(
    number: int, told: list[str]
) -> None:
    load: dict[str, Any] = {"owner_serving": number, "owner_loaded_since": AS_OF}
    assert on(AS_OF, **load) == told
    assert on(AS_OF - timedelta(days=1), **load) == []
    assert on(AS_OF, **load, serving=False) == []
    for cause in judge_model(replace(FRESH, **load), DEFAULT, AS_OF).causes:
        assert ("16 models" in cause.sentence, cause.since) == (True, AS_OF)
    two = Policy.from_json({"owner_models": number + 1})
    assert codes(judge_model(replace(FRESH, **load), two, AS_OF)) == []


def test_how_long_a_newer_version_may_wait_is_policy() -> None:
    policy = Policy.from_json({"newer_version_days": 5})
    facts = replace(FRESH, newer_version_since=AS_OF - timedelta(days=5))
    assert codes(judge_model(facts, policy, AS_OF)) == []
    assert codes(judge_model(facts, policy, AS_OF + timedelta(days=1))) == ["registry_newer_version"]


def test_what_was_never_recorded_makes_no_model_stale_and_is_listed() -> None:
    verdict = judge_model(
        ModelFacts(serving=True, owner=Owner.ACTIVE, next_review_on=date(2027, 1, 1)), DEFAULT, AS_OF
    )
    assert verdict.status == "current"
    assert verdict.unknown == (
        "tier",
        "serves_goal",
        "last_review_on",
        "last_validation_on",
        "owner_last_sign_in_on",
        "serving_since",
        "monitoring_cadence_days",
        "last_monitoring_on",
        "last_heartbeat_on",
        "last_fallback_test_on",
    )


def test_a_record_that_knows_nothing_at_all_is_stale_for_want_of_an_owner() -> None:
    verdict = judge_model(ModelFacts(), DEFAULT, AS_OF)
    assert (verdict.status, codes(verdict), verdict.valid_until) == ("stale", ["owner_missing"], None)


def test_without_a_tier_no_cadence_is_known_but_a_set_date_still_counts() -> None:
    old = date(2001, 1, 1)
    ancient = replace(
        FRESH,
        tier=None,
        last_review_on=old,
        last_validation_on=old,
        last_fallback_test_on=old,
        dossier_sections={"limits": old},
    )
    assert codes(judge_model(ancient, DEFAULT, AS_OF)) == []
    (cause,) = judge_model(replace(ancient, next_review_on=old), DEFAULT, AS_OF).causes
    assert (cause.code, cause.severity) == ("review_overdue", 2)


@pytest.mark.parametrize(("tier", "severity"), [(1, 3), (2, 2), (3, 1), (None, 2)])
def test_severity_is_by_tier(tier: int | None, severity: int) -> None:
    facts = ModelFacts(tier=tier, owner=Owner.DEACTIVATED)
    assert [cause.severity for cause in judge_model(facts, DEFAULT, AS_OF).causes] == [severity]


def test_an_orphan_is_told_apart_from_a_stale_model() -> None:
    orphan = judge_model(replace(FRESH, serves_goal=False), DEFAULT, AS_OF)
    assert (orphan.status, orphan.orphan) == ("current", True)
    assert judge_model(replace(FRESH, serves_goal=None), DEFAULT, AS_OF).orphan is False
    both = judge_model(replace(FRESH, serves_goal=False, owner=Owner.MISSING), DEFAULT, AS_OF)
    assert (both.status, both.orphan) == ("stale", True)


def test_a_retired_model_is_nobodys_duty_any_more() -> None:
    verdict = judge_model(ModelFacts(retired=True, next_review_on=date(2001, 1, 1)), DEFAULT, AS_OF)
    assert (verdict.status, verdict.causes, verdict.valid_until) == ("retired", (), None)


def test_what_will_make_it_stale_is_told_soonest_first_with_what_prevents_it() -> None:
    upcoming = judge_model(FRESH, DEFAULT, AS_OF).upcoming
    assert [(one.code.value, one.on) for one in upcoming[:3]] == [
        ("no_monitoring_data", date(2026, 12, 9)),
        ("no_heartbeat", date(2026, 12, 25)),
        ("owner_absent", date(2027, 2, 23)),
    ]
    assert upcoming[0].unless == "Monitoring data arrives"


def test_each_dossier_section_is_a_cause_of_its_own() -> None:
    sections = {"security": date(2020, 1, 1), "limits": date(2020, 1, 1), "purpose": AS_OF}
    causes = judge_model(replace(FRESH, dossier_sections=sections), DEFAULT, AS_OF).causes
    assert [cause.subject for cause in causes] == ["limits", "security"]


def test_a_section_may_have_a_policy_of_its_own() -> None:
    policy = Policy.from_json({"dossier_section_months": {"security": {"1": 1, "2": 1, "3": 1}}})
    sections = {"security": date(2026, 10, 23), "limits": date(2026, 10, 23)}
    causes = judge_model(replace(FRESH, dossier_sections=sections), policy, AS_OF).causes
    assert [cause.subject for cause in causes] == ["security"]


days = st.none() | st.dates(date(2023, 1, 1), date(2027, 12, 31))


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        ModelFacts,
        tier=st.sampled_from([None, 1, 2, 3]),
        serving=st.booleans(),
        serving_since=days,
        known_since=days,
        next_review_on=days,
        last_review_on=days,
        last_validation_on=days,
        validation_needed_since=days,
        monitoring_cadence_days=st.none() | st.integers(1, 90),
        last_monitoring_on=days,
        last_heartbeat_on=days,
        owner=st.sampled_from(Owner),
        owner_since=days,
        owner_last_sign_in_on=days,
        superseded_on=days,
        last_fallback_test_on=days,
        attestation_due_on=days,
        approval_lapsed_on=days,
        approval_lapses_on=days,
        newer_version_since=days,
        ethics_passed_on=days,
        ethics_due_on=days,
        ethics_refused_on=days,
        data_until=days,
        owner_serving=st.none() | st.integers(1, 30),
        owner_loaded_since=days,
        upstream_retired=st.booleans(),
        upstream_retired_on=days,
        dossier_sections=st.dictionaries(
            st.sampled_from(["limits", "security"]), st.dates(date(2023, 1, 1), date(2027, 1, 1))
        ),
    )
)
def test_the_answer_holds_through_its_last_day_and_changes_on_the_next(facts: ModelFacts) -> None:
    def answer(day: date) -> object:
        verdict = judge_model(facts, DEFAULT, day)
        return verdict.status, verdict.causes

    until = judge_model(facts, DEFAULT, AS_OF).valid_until
    last = 2500 if until is None else (until - AS_OF).days
    assert all(
        answer(AS_OF + timedelta(days=n)) == answer(AS_OF) for n in range(0, last + 1, 1 if last < 400 else 7)
    )
    if until is not None:
        assert answer(until) == answer(AS_OF)
        assert answer(until + timedelta(days=1)) != answer(AS_OF)


def test_a_policy_survives_its_row() -> None:
    policy = Policy.from_json({"review_months": {"1": 3, "2": 6, "3": 9}, "heartbeat_days": 10})
    assert policy.review_months == {1: 3, 2: 6, 3: 9}
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy
    assert Policy.from_json({}) == DEFAULT


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ([], ""),
        ({"reviews": 6}, "/reviews"),
        ({"review_months": 6}, "/review_months"),
        ({"review_months": {"1": 6, "2": 12}}, "/review_months/3"),
        ({"review_months": {"1": 6, "2": 12, "3": 24, "4": 48}}, "/review_months/4"),
        ({"review_months": {"1": 0, "2": 12, "3": 24}}, "/review_months/1"),
        ({"review_months": {"1": "6", "2": 12, "3": 24}}, "/review_months/1"),
        ({"severity": {"1": 4, "2": 2, "3": 1}}, "/severity/1"),
        ({"severity_without_tier": 0}, "/severity_without_tier"),
        ({"heartbeat_days": True}, "/heartbeat_days"),
        ({"monitoring_cadences": 0}, "/monitoring_cadences"),
        ({"dossier_section_months": 3}, "/dossier_section_months"),
        ({"dossier_section_months": {"limits": {"1": 1}}}, "/dossier_section_months/limits/2"),
    ],
)
def test_a_policy_row_that_cannot_be_meant_is_refused(row: Mapping[str, Any], pointer: str) -> None:
    with pytest.raises(RuleError) as caught:
        Policy.from_json(row)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("wrong", [{"tier": 4}, {"tier": 0}, {"monitoring_cadence_days": 0}])
def test_facts_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RuleError):
        replace(FRESH, **wrong)
