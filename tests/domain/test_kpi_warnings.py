"""Early warnings of KPI neglect: at the limit, a day before and a day after; when they clear, and when they escalate."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.amendments import Finding, ReasonCode, Record, Version, review
from domain.errors import RuleError
from domain.kpi import Reason, Status
from domain.kpi_warning_policy import DEFAULT, Policy
from domain.kpi_warnings import Facts, Intervention, SignOff, Standing, warn
from domain.rollup import BAD
from tests.domain.contracts import WAITING, with_
from tests.domain.warned import AS_OF, ago, codes, only

ROLES = ("product", "data_science", "engineering", "executive")
PROPOSED_ON = date(2026, 11, 20)
ALL_SIGNED = tuple(SignOff(role, f"Person {role}", date(2026, 11, 21)) for role in ROLES)


def test_an_initiative_of_which_nothing_is_recorded_gets_no_warning() -> None:
    found = warn(Facts(), as_of=AS_OF)
    assert (found.warnings, found.unknown, found.valid_until) == ((), ("sign_offs",), None)


# -- sign-offs -----------------------------------------------------------------------------------------------------


def test_all_four_roles_agreeing_is_consensus() -> None:
    found = warn(Facts(sign_offs=ALL_SIGNED, proposed_on=PROPOSED_ON), as_of=AS_OF)
    assert (found.warnings, found.unknown, found.valid_until) == ((), (), None)


def test_the_missing_roles_are_listed_since_the_day_the_definition_was_put_forward() -> None:
    warning = only(Facts(sign_offs=ALL_SIGNED[:2], proposed_on=PROPOSED_ON))
    assert warning.sentence == "2 of 4 roles have not signed off: engineering and executive."
    assert (warning.code, warning.group, warning.severity) == ("no_consensus", "consensus", 2)
    assert (warning.since, warning.due_on, warning.escalates) == (PROPOSED_ON, date(2026, 12, 4), False)
    assert only(Facts(sign_offs=(), proposed_on=PROPOSED_ON)).sentence.startswith("4 of 4 roles")


def test_a_dissent_is_graver_than_a_silence_and_is_not_outvoted_in_its_role() -> None:
    against = SignOff("executive", "Olu Ade", date(2026, 11, 22), agrees=False)
    warning = only(Facts(sign_offs=(*ALL_SIGNED, against), proposed_on=PROPOSED_ON))
    assert warning.sentence == "Dissent: executive (Olu Ade, 22 Nov 2026)."
    assert (warning.severity, warning.since) == (3, date(2026, 11, 22))
    both = only(Facts(sign_offs=(*ALL_SIGNED[:2], against), proposed_on=PROPOSED_ON))
    assert (
        both.sentence
        == "1 of 4 roles have not signed off: engineering; dissent: executive (Olu Ade, 22 Nov 2026)."
    )


def test_the_last_word_of_a_person_in_a_role_counts() -> None:
    against = SignOff("executive", "Olu Ade", date(2026, 11, 22), agrees=False)
    won_over = replace(against, on=date(2026, 11, 23), agrees=True)
    facts = Facts(sign_offs=(won_over, *ALL_SIGNED, against), proposed_on=PROPOSED_ON)
    assert codes(facts) == []
    assert codes(facts, as_of=date(2026, 11, 22)) == ["no_consensus"]


def test_without_the_day_it_was_put_forward_nothing_can_fall_due() -> None:
    found = warn(Facts(sign_offs=()), as_of=AS_OF)
    [warning] = found.warnings
    assert (warning.since, warning.due_on, warning.escalates) == (None, None, False)
    assert found.unknown == ("proposed_on",)


def test_policy_says_which_roles_sign() -> None:
    facts = Facts(sign_offs=ALL_SIGNED[:1], proposed_on=PROPOSED_ON)
    assert warn(facts, as_of=AS_OF, policy=Policy(required_roles=("product",))).warnings == ()


# -- changes after the gate ----------------------------------------------------------------------------------------

CHANGED_ON = date(2026, 11, 20)


def found_in(**said: Any) -> tuple[Finding, ...]:
    def moment(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    sealed_on = date(2026, 11, 1)
    first = Version(
        number=1, contract=WAITING, recorded_at=moment(sealed_on), recorded_on=sealed_on,
        effective_on=sealed_on, recorded_by=1, sealed_at=moment(sealed_on),
    )  # fmt: skip
    second = Version(
        number=2, contract=with_(target=Decimal(30)), recorded_at=moment(CHANGED_ON), recorded_on=CHANGED_ON,
        effective_on=CHANGED_ON, recorded_by=1, **said,
    )  # fmt: skip
    return review(Record(versions=(first, second)), as_of=date(2027, 12, 31)).findings


def test_a_change_after_the_gate_without_approval_is_warned_of_once_with_old_and_new() -> None:
    facts = Facts(gate_approved_on=date(2026, 11, 1), findings={"K-0007": found_in()}, sign_offs=ALL_SIGNED)
    warning = only(facts)
    assert warning.sentence == (
        "K-0007: Version 2 of 20 Nov 2026 changed the target from 20 to 30. Nobody approved it."
    )
    assert (warning.code, warning.severity, warning.since) == ("changed_after_approval", 3, CHANGED_ON)
    assert (warning.key, warning.due_on) == ("changed_after_approval:K-0007 v2", date(2026, 11, 27))


def test_neither_an_approved_change_nor_one_before_the_gate_is_warned_of() -> None:
    approved = found_in(approved_by=2, approved_on=CHANGED_ON, reason=ReasonCode.PRODUCT)
    assert codes(Facts(gate_approved_on=date(2026, 11, 1), findings={"K-0007": approved})) == []
    for gate, told in ((None, False), (date(2026, 11, 21), False), (CHANGED_ON, True)):
        facts = Facts(gate_approved_on=gate, findings={"K-0007": found_in()})
        assert (codes(facts) == ["changed_after_approval"]) is told


def test_accepting_a_change_later_clears_the_warning_from_that_day() -> None:
    late = found_in(approved_by=2, approved_on=date(2026, 11, 23), reason=ReasonCode.PRODUCT)
    facts = Facts(gate_approved_on=date(2026, 11, 1), findings={"K-0007": late})
    assert codes(facts, date(2026, 11, 19)) == []
    assert codes(facts, CHANGED_ON) == ["changed_after_approval"]
    assert codes(facts, date(2026, 11, 22)) == ["changed_after_approval"]
    assert codes(facts, date(2026, 11, 23)) == []


def test_each_kpi_and_version_is_a_warning_of_its_own() -> None:
    findings = {"K-0007": found_in(), "K-0008": found_in()}
    found = warn(Facts(gate_approved_on=date(2026, 11, 1), findings=findings), as_of=AS_OF)
    assert len({one.key for one in found.warnings}) == 2


# -- only model metrics --------------------------------------------------------------------------------------------


def test_measuring_only_the_model_is_warned_of_until_one_business_reading() -> None:
    facts = Facts(first_model_reading_on=ago(3))
    warning = only(facts)
    assert warning.sentence == (
        "Only model metrics have been measured since 21 Nov 2026; no business KPI has a single reading."
    )
    assert (warning.code, warning.since) == ("only_model_metrics", ago(3))
    assert codes(replace(facts, last_business_reading_on=AS_OF)) == []
    assert codes(Facts()) == []


# -- the business owner after launch -------------------------------------------------------------------------------

LAUNCHED = Facts(in_production=True, production_since=ago(61), last_business_reading_on=AS_OF)


@pytest.mark.parametrize(("days", "told"), [(59, False), (60, False), (61, True)])
def test_a_silent_business_owner_is_warned_of_after_the_limit_and_not_on_it(days: int, told: bool) -> None:
    silent = ["business_owner_silent"] if told else []
    assert codes(replace(LAUNCHED, production_since=ago(days))) == silent
    assert codes(replace(LAUNCHED, production_since=ago(900), last_owner_action_on=ago(days))) == silent


def test_an_act_before_the_launch_does_not_count_against_the_time_since_it() -> None:
    facts = replace(LAUNCHED, production_since=ago(60), last_owner_action_on=ago(400))
    assert codes(facts) == []
    assert warn(facts, as_of=AS_OF).valid_until == AS_OF
    assert codes(facts, AS_OF + timedelta(days=1)) == ["business_owner_silent"]
    warning = only(replace(facts, production_since=ago(61)))
    assert warning.sentence == (
        "The business owner has done nothing on record since the launch on 24 Sep 2026 (limit 60 days)."
    )
    acted = only(replace(LAUNCHED, production_since=ago(900), last_owner_action_on=ago(70)))
    assert (acted.since, acted.sentence.split("since ")[1]) == (ago(9), "15 Sep 2026 (limit 60 days).")


def test_nobody_is_silent_before_the_launch_and_an_undated_one_is_unknown() -> None:
    assert codes(replace(LAUNCHED, in_production=False)) == []
    undated = warn(
        replace(LAUNCHED, production_since=None, sign_offs=ALL_SIGNED, proposed_on=AS_OF), as_of=AS_OF
    )
    assert (undated.warnings, undated.unknown) == ((), ("production_since",))


# -- divergence ----------------------------------------------------------------------------------------------------


TEN_DAYS_AGO = ago(10)


def standing(name: str, status: str, since: date | None = TEN_DAYS_AGO, **said: Any) -> Standing:
    return Standing(name, Status(status), since, **said)


DIVERGING = Facts(
    model_metrics=(standing("Recall", "on_track", ago(40)), standing("Precision", "achieved", ago(5))),
    business_kpis=(standing("Losses", "off_track", ago(20)), standing("Users", "on_track", ago(2))),
)


def test_good_model_metrics_beside_a_bad_business_kpi_diverge_and_turning_green_clears_it() -> None:
    warning = only(DIVERGING)
    assert (warning.code, warning.severity, warning.since) == ("divergence", 3, ago(5))
    assert warning.sentence == (
        "All 2 model metrics are good, and Losses is off track: the model does not move what it is there for."
    )
    for status in Status:
        better = replace(DIVERGING, business_kpis=(standing("Losses", status),))
        assert (codes(better) == ["divergence"]) is (status in BAD), status


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.ACHIEVED, Status.ON_TRACK}))
def test_a_model_metric_that_is_not_seen_good_stops_the_divergence(status: Status) -> None:
    facts = replace(DIVERGING, model_metrics=(*DIVERGING.model_metrics, standing("AUC", status)))
    left_out = status in {Status.NOT_STARTED, Status.PAUSED, Status.RETIRED}
    assert (codes(facts) == ["divergence"]) is left_out


def test_a_metric_awaiting_its_first_reading_is_left_out_and_no_metric_at_all_never_diverges() -> None:
    awaiting = standing("AUC", "no_data", reason=Reason.AWAITING_FIRST_MEASUREMENT)
    assert codes(replace(DIVERGING, model_metrics=(*DIVERGING.model_metrics, awaiting))) == ["divergence"]
    assert codes(replace(DIVERGING, model_metrics=(awaiting,))) == []
    assert codes(replace(DIVERGING, model_metrics=())) == []


def test_a_divergence_lasts_no_longer_than_the_answers_it_rests_on_and_may_not_know_its_beginning() -> None:
    expiring = (standing("Recall", "on_track", ago(40), valid_until=AS_OF + timedelta(days=1)),)
    assert warn(replace(DIVERGING, model_metrics=expiring), as_of=AS_OF).valid_until == AS_OF + timedelta(
        days=1
    )
    unknown = replace(DIVERGING, model_metrics=(standing("Recall", "on_track", None),))
    assert (only(unknown).since, only(unknown).due_on) == (None, None)


# -- value not shown -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_production", "last_reading", "told"),
    [
        (90, None, False), (91, None, True), (400, 90, False), (400, 91, True), (90, 400, False), (91, 400, True), (91, 0, False),
    ],
)  # fmt: skip
def test_value_is_not_shown_after_ninety_days_of_production_and_of_silence(
    in_production: int, last_reading: int | None, told: bool
) -> None:
    facts = Facts(
        in_production=True, production_since=ago(in_production), last_owner_action_on=AS_OF,
        last_business_reading_on=None if last_reading is None else ago(last_reading),
    )  # fmt: skip
    assert codes(facts) == (["value_not_shown"] if told else [])
    assert codes(replace(facts, in_production=False)) == []


# -- policy --------------------------------------------------------------------------------------------------------


def test_policy_is_read_back_as_it_was_written_and_moves_the_limits() -> None:
    assert Policy.from_json(DEFAULT.to_json()) == DEFAULT
    stricter = Policy.from_json({"owner_silent_days": 10, "intervention_days": [3, 2, 1]})
    found = warn(replace(LAUNCHED, production_since=ago(11)), as_of=AS_OF, policy=stricter)
    assert [(one.code.value, one.due_on) for one in found.warnings] == [
        ("business_owner_silent", AS_OF + timedelta(days=2))
    ]


@pytest.mark.parametrize(
    ("code", "pointer", "stored"),
    [
        ("member_unknown", "/owner_days", {"owner_days": 3}),
        ("out_of_range", "/value_days", {"value_days": 0}),
        ("out_of_range", "/intervention_days/1", {"intervention_days": [3, 0, 1]}),
        ("not_a_list", "/intervention_days", {"intervention_days": [3, 2]}),
        ("not_a_whole_number", "/owner_silent_days", {"owner_silent_days": "60"}),
        ("not_a_text", "/required_roles/0", {"required_roles": [""]}),
        ("not_an_object", "", []),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(code: str, pointer: str, stored: object) -> None:
    with pytest.raises(RuleError) as refused:
        Policy.from_json(stored)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


# -- for every set of facts ----------------------------------------------------------------------------------------

_past = st.one_of(st.none(), st.integers(0, 130).map(ago))


@st.composite
def all_facts(draw: st.DrawFn) -> Facts:
    def standings() -> tuple[Standing, ...]:
        return tuple(
            standing(f"S{n}", status, draw(_past))
            for n, status in enumerate(draw(st.lists(st.sampled_from(Status), max_size=2)))
        )

    opened = draw(st.integers(0, 20))
    intervention = Intervention(ago(opened), ago(opened) + timedelta(days=draw(st.integers(0, 40))))
    return Facts(
        sign_offs=draw(st.sampled_from([None, (), ALL_SIGNED[:3]])),
        proposed_on=draw(_past),
        gate_approved_on=draw(_past),
        findings={"K-0007": found_in()} if draw(st.booleans()) else {},
        model_metrics=standings(),
        business_kpis=standings(),
        first_model_reading_on=draw(_past),
        last_business_reading_on=draw(_past),
        in_production=draw(st.booleans()),
        production_since=draw(_past),
        last_owner_action_on=draw(_past),
        interventions={draw(st.sampled_from(["only_model_metrics", "divergence"])): intervention},
    )


@settings(deadline=None, max_examples=80)
@given(all_facts())
def test_the_answer_stands_until_the_day_it_says_and_not_a_day_longer(facts: Facts) -> None:
    found = warn(facts, as_of=AS_OF)
    if found.valid_until is None:
        assert warn(facts, as_of=date(2030, 1, 1)) == found
        return
    assert warn(facts, as_of=found.valid_until) == found
    assert warn(facts, as_of=found.valid_until + timedelta(days=1)).warnings != found.warnings


@settings(deadline=None, max_examples=80)
@given(all_facts())
def test_a_business_reading_today_leaves_no_warning_about_measuring(facts: Facts) -> None:
    measured = replace(facts, last_business_reading_on=AS_OF)
    assert not {"only_model_metrics", "value_not_shown"} & set(codes(measured))
    keys = [one.key for one in warn(facts, as_of=AS_OF).warnings]
    assert len(set(keys)) == len(keys)
