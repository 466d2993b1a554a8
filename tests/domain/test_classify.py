"""Classification by rule: the questions in their order, who decided, from when; and that blank is never no."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from domain.classify import Answer, Result, asked, classify, read_answers
from domain.errors import RuleError
from domain.rule_sets import NOT_DETERMINED, RuleSet, differences, newest, rule_set_from_json
from domain.rules import SHIPPED
from domain.rules.eu_ai_act import ADOPTED, AMENDED, QUESTIONS
from domain.rules.omb_m_25_21 import VERSIONS

OMB = VERSIONS[0]
MINIMAL = {
    "ai_system": "yes", "eu_scope": "yes", "exclusion": "no", "role": "deployer", "article_5": "no", "annex_i": "no",
    "annex_iii": "no", "article_50": "no",
}  # fmt: skip


def given(**said: str) -> dict[str, Answer]:
    return {code: Answer(() if value == "unknown" else (value,), "Because.") for code, value in said.items()}


def eu(**said: str) -> Result:
    return classify(AMENDED, given(**{**MINIMAL, **said}))


@pytest.mark.parametrize(
    ("said", "found", "by", "from_day"),
    [
        ({"ai_system": "no"}, "outside", "ai_system", None),
        ({"eu_scope": "no"}, "outside", "eu_scope", None),
        ({"exclusion": "yes"}, "outside", "exclusion", None),
        ({"article_5": "yes"}, "unacceptable", "article_5", date(2025, 2, 2)),
        ({"annex_i": "yes"}, "high_annex_i", "annex_i", date(2028, 8, 2)),
        ({"annex_iii": "yes", "article_6_3": "no"}, "high_annex_iii", "article_6_3", date(2027, 12, 2)),
        ({"annex_iii": "yes", "article_6_3": "yes", "profiling": "yes"}, "high_annex_iii", "profiling", date(2027, 12, 2)),
        ({"annex_iii": "yes", "article_6_3": "yes", "profiling": "no", "article_50": "yes"}, "limited", "article_50", date(2026, 8, 2)),
        ({"annex_iii": "yes", "article_6_3": "yes", "profiling": "no"}, "minimal", "", None),
        ({"article_50": "yes"}, "limited", "article_50", date(2026, 8, 2)),
        ({}, "minimal", "", None),
    ],
)  # fmt: skip
def test_the_act_as_amended_gives_class_question_and_day(
    said: dict[str, str], found: str, by: str, from_day: date | None
) -> None:
    result = eu(**said)
    assert (result.class_code, result.decided_by, result.applies_from) == (found, by, from_day)


def test_the_first_question_that_decides_ends_it() -> None:
    both = eu(article_5="yes", annex_i="yes", article_50="yes")
    assert both.class_code == "unacceptable"
    path = asked(AMENDED, given(**{**MINIMAL, "article_5": "yes"}))
    assert [one.code for one in path][-1] == "article_5"


@pytest.mark.parametrize(
    "code", [one.code for one in QUESTIONS if one.code not in {"role", "article_6_3", "profiling"}]
)
@pytest.mark.parametrize("blank", [True, False])
def test_a_question_left_blank_or_not_known_is_never_taken_for_no(code: str, blank: bool) -> None:
    answers = given(**{**MINIMAL, code: "unknown"})
    if blank:
        del answers[code]
    result = classify(AMENDED, answers)
    assert (result.class_code, result.applies_from, result.duties) == (NOT_DETERMINED, None, ())
    assert code in result.missing


def test_an_unknown_area_asks_for_what_hangs_on_it() -> None:
    assert eu(annex_iii="unknown").missing == ("annex_iii", "article_6_3", "profiling")
    assert eu(annex_iii="yes", article_6_3="yes").missing == ("profiling",)


@pytest.mark.parametrize(
    "rules", [one for versions in SHIPPED.values() for one in versions], ids=lambda one: one.version
)
def test_no_set_of_answers_with_a_gap_on_its_way_is_determined(rules: RuleSet) -> None:
    singles = [one for one in rules.questions if not one.many][:8]
    options = [[*(code for code, _ in one.options), "unknown"] for one in singles]
    for values in product(*options):
        answers = given(**{one.code: value for one, value in zip(singles, values, strict=True)})
        result = classify(rules, answers)
        path = asked(rules, answers)
        decided = next(
            (
                n
                for n, one in enumerate(path)
                if one.ends.get(answers[one.code].value if one.code in answers else "")
            ),
            len(path),
        )
        gaps = [
            one.code
            for one in path[: decided + 1]  # what is asked after it decides no class
            if not one.many and not answers.get(one.code, Answer(())).values
        ]
        assert result.determined == (not gaps)
        assert bool(result.missing) == bool(gaps)


def test_obligations_go_by_role_and_a_role_nobody_named_is_told_as_missing() -> None:
    high = {**MINIMAL, "annex_i": "yes"}
    deployer = classify(AMENDED, given(**high))
    assert {one.roles for one in deployer.duties} == {("deployer",)}
    both = classify(
        AMENDED, given(**high) | {"role": Answer(("provider", "deployer"), "We build and use it.")}
    )
    assert {one.roles for one in both.duties} == {("deployer",), ("provider",)}
    assert both.roles_missing == ()
    nobody = classify(AMENDED, given(**{**high, "role": "unknown"}))
    assert (nobody.class_code, nobody.roles_missing, nobody.duties) == ("high_annex_i", ("role",), ())


@pytest.mark.parametrize("high", [{"annex_i": "yes"}, {"annex_iii": "yes", "article_6_3": "no"}])
def test_transparency_is_asked_of_what_is_high_risk_too_and_owed_from_its_own_day(
    high: dict[str, str],
) -> None:
    told = {"mark_content", "tell_interaction"}
    no = eu(**high, role="provider")
    assert no.class_code.startswith("high_")
    assert not told & {one.code for one in no.duties}
    yes = eu(**high, role="provider", article_50="yes")
    assert yes.class_code == no.class_code
    assert {one.code: one.applies_from for one in yes.duties if one.code in told} == dict.fromkeys(
        told, date(2026, 8, 2)
    )
    open_ = eu(**high, role="provider", article_50="unknown")
    assert (open_.class_code, open_.missing, open_.roles_missing) == (no.class_code, (), ("article_50",))
    assert not told & {one.code for one in open_.duties}


def test_nothing_is_asked_after_a_prohibited_practice() -> None:
    assert eu(article_5="yes", article_50="unknown").roles_missing == ()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"in_scope": "no"}, "out_of_scope"),
        ({"in_scope": "yes", "principal_basis": "yes"}, "high_impact"),
        ({"in_scope": "yes", "principal_basis": "no", "presumed": "no"}, "not_high_impact"),
        ({"in_scope": "yes", "principal_basis": "no", "presumed": "yes"}, NOT_DETERMINED),
        (
            {"in_scope": "yes", "principal_basis": "no", "presumed": "yes", "determination": "high"},
            "high_impact",
        ),
        (
            {"in_scope": "yes", "principal_basis": "no", "presumed": "yes", "determination": "not_high"},
            "not_high_impact",
        ),
        ({"in_scope": "yes", "presumed": "no"}, NOT_DETERMINED),
        ({}, NOT_DETERMINED),
    ],
)
def test_what_is_presumed_high_impact_waits_for_its_determination(said: dict[str, str], found: str) -> None:
    assert classify(OMB, given(**said)).class_code == found


def test_the_minimum_practices_are_eight_and_a_waiver_or_progress_or_yes() -> None:
    duties = classify(OMB, given(in_scope="yes", principal_basis="yes")).duties
    assert [one.code for one in duties] == [
        "testing", "impact_assessment", "independent_review", "monitoring", "training", "fail_safe", "appeal", "consultation",
    ]  # fmt: skip
    assert {one.statuses for one in duties} == {("yes", "in_progress", "waived")}


def test_the_statement_of_applicability_has_38_controls_and_the_rmf_its_categories() -> None:
    assert len(SHIPPED["iso_42001"][-1].duties) == 38
    assert len(SHIPPED["nist_ai_rmf"][-1].duties) == 19
    for versions in SHIPPED.values():
        codes = [one.code for one in versions[-1].duties]
        assert len(codes) == len(set(codes))


def test_the_version_in_force_goes_by_the_day_and_names_what_it_changes() -> None:
    versions = SHIPPED["eu_ai_act"]
    assert newest(versions, date(2026, 7, 26)) is ADOPTED
    assert newest(versions, date(2026, 7, 27)) is AMENDED
    assert newest(versions, date(2024, 1, 1)) is None
    assert differences(ADOPTED, AMENDED) == [
        "High risk (Annex I): applies from 2 Aug 2028, was 2 Aug 2027.",
        "High risk (Annex III): applies from 2 Dec 2027, was 2 Aug 2026.",
    ]
    asked_anew = replace(AMENDED, questions=(replace(QUESTIONS[0], text="Is it AI?"), *QUESTIONS[2:]))
    assert differences(AMENDED, asked_anew)[:2] == [
        "No longer asked: Does the Act reach it?",
        "Asked otherwise: Is it AI?",
    ]


@pytest.mark.parametrize(
    "rules", [one for versions in SHIPPED.values() for one in versions], ids=lambda one: one.version
)
def test_a_rule_set_reads_back_from_its_row(rules: RuleSet) -> None:
    assert rule_set_from_json(rules.to_json()) == rules


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.update(otherwise="poetic"), "no_such_class"),
        (lambda d: d["questions"][3].update(ends={"yes": "poetic"}), "no_such_class"),
        (lambda d: d["questions"][0].update(when={"article_50": "yes"}), "not_before"),
        (lambda d: d["questions"].append(d["questions"][0]), "duplicate_code"),
        (lambda d: d.update(from_day="soon"), "not_a_day"),
        (lambda d: d.update(more=1), "member_unknown"),
        (lambda d: d["duties"][0].update(statuses=["perhaps"]), "not_a_known_word"),
    ],
)
def test_a_rule_set_that_contradicts_itself_is_refused(change: Any, code: str) -> None:
    said = AMENDED.to_json()
    change(said)
    with pytest.raises(RuleError) as error:
        rule_set_from_json(said)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([], "not_an_object"),
        ({"poetry": {"answer": "yes", "because": "x"}}, "no_such_question"),
        ({"ai_system": "yes"}, "not_an_answer"),
        ({"ai_system": {"answer": "perhaps", "because": "x"}}, "not_a_known_word"),
        ({"ai_system": {"answer": ["yes", "no"], "because": "x"}}, "one_answer"),
        ({"ai_system": {"answer": "yes", "because": " "}}, "required"),
        ({"ai_system": {"answer": "yes", "because": "x" * 2001}}, "max_length"),
        ({"role": {"answer": ["provider", "king"], "because": "x"}}, "not_a_known_word"),
    ],
)
def test_an_answer_is_a_known_word_with_its_reason(said: Any, code: str) -> None:
    with pytest.raises(RuleError) as error:
        read_answers(AMENDED, said)
    assert error.value.code == code


def test_not_known_needs_no_reason_and_stays_not_known() -> None:
    found = read_answers(
        AMENDED, {"ai_system": {"answer": "unknown", "because": ""}, "eu_scope": {"answer": ""}}
    )
    assert [one.value for one in found.values()] == ["unknown", "unknown"]
