"""What somebody does about an early warning: it sets a day, buys time once, and never clears the warning."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import RuleError
from domain.kpi_warnings import Facts, Intervention, latest_due, warn
from tests.domain.warned import AS_OF, ago, codes, only

ONLY_MODEL = Facts(first_model_reading_on=ago(14))


def acted(**said: Any) -> Facts:
    taken = {"opened_on": ago(14), "due_on": ago(1), **said}
    return replace(ONLY_MODEL, interventions={"only_model_metrics": Intervention(**taken)})


@pytest.mark.parametrize(("days", "escalates"), [(13, False), (14, False), (15, True)])
def test_a_warning_nobody_acts_on_escalates_the_day_after_it_was_due(days: int, escalates: bool) -> None:
    facts = Facts(first_model_reading_on=ago(days))
    found = warn(facts, as_of=AS_OF)
    assert found.warnings[0].escalates is escalates
    assert found.valid_until == (None if escalates else found.warnings[0].due_on)


def test_an_intervention_sets_its_own_day_and_escalates_after_it() -> None:
    assert (only(acted()).due_on, only(acted()).escalates) == (ago(1), True)
    assert only(acted(due_on=AS_OF)).escalates is False
    assert only(acted(due_on=AS_OF), AS_OF + timedelta(days=1)).escalates is True
    future = acted(opened_on=AS_OF + timedelta(days=1), due_on=AS_OF + timedelta(days=2))
    assert only(future).due_on == AS_OF


def test_a_day_further_out_than_policy_allows_is_cut_to_it() -> None:
    assert latest_due(ago(14)) == ago(14) + timedelta(days=30)
    assert only(acted(due_on=date(2030, 1, 1))).due_on == ago(14) + timedelta(days=30)


def test_closing_with_a_note_buys_time_once_and_only_the_fact_clears_the_warning() -> None:
    closed = acted(closed_on=AS_OF, note="Asked the warehouse for its figures.")
    assert (only(closed).due_on, only(closed).escalates) == (AS_OF + timedelta(days=14), False)
    assert only(closed, AS_OF + timedelta(days=15)).escalates is True
    assert only(closed, ago(1)).due_on == ago(1)  # not closed yet on that day
    assert codes(replace(closed, last_business_reading_on=AS_OF)) == []


def test_an_intervention_about_another_warning_helps_nobody() -> None:
    facts = replace(ONLY_MODEL, interventions={"divergence": Intervention(ago(1), AS_OF + timedelta(days=9))})
    assert only(facts).due_on == AS_OF


@pytest.mark.parametrize(
    ("code", "pointer", "said"),
    [
        ("due_before_opened", "/due_on", {"due_on": ago(15)}),
        ("closed_before_opened", "/closed_on", {"closed_on": ago(15), "note": "done"}),
        ("note_missing", "/note", {"closed_on": AS_OF}),
        ("note_missing", "/note", {"closed_on": AS_OF, "note": "  "}),
    ],
)
def test_an_intervention_that_cannot_be_is_refused(code: str, pointer: str, said: Mapping[str, Any]) -> None:
    with pytest.raises(RuleError) as refused:
        acted(**said)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
