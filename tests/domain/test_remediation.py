"""Setting KPIs after the fact: four steps in order, each with its proof, labelled post-hoc for ever."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from domain.errors import RuleError
from domain.remediation import Realignment, Step, Taken, remediation, take

ON = date(2026, 6, 1)
STEPS = (
    Taken(step=Step.RETROSPECTIVE, on=ON, by="Ines Roth", note="It moves waiting time."),
    Taken(step=Step.POST_HOC_KPI, on=ON, by="Ines Roth", note="Rough, better than none.", kpi="K-0007"),
    Taken(step=Step.VALIDATION, on=ON, by="Olu Ade", note="Twelve months agree.", series_days=12),
    Taken(step=Step.REALIGNMENT, on=ON, by="Olu Ade", note="It fits.", outcome=Realignment.NONE),
)


def refused(code: str, pointer: str, taken: tuple[Taken, ...], new: Taken) -> None:
    with pytest.raises(RuleError) as found:
        take(taken, new)
    assert (found.value.code, found.value.pointer) == (code, pointer)


@pytest.mark.parametrize("count", range(5))
def test_after_each_step_the_next_one_is_named_and_the_label_stays(count: int) -> None:
    found = remediation(STEPS[:count])
    assert found.next_step is (tuple(Step)[count] if count < 4 else None)
    assert found.label == "post-hoc"
    assert found.sentence.endswith("The KPI stays labelled post-hoc.")


def test_each_state_says_what_it_waits_for() -> None:
    assert remediation(STEPS[:2]).sentence.startswith("Step 3 of 4: run the history against the KPI.")
    assert (
        remediation(STEPS[:2]).clears_when
        == "A historical series on at least 3 different days, and what it shows."
    )
    assert remediation(STEPS).sentence.startswith("All four steps are taken; the model: none.")


def test_no_step_is_taken_out_of_order() -> None:
    for order in permutations(STEPS):
        if order != STEPS:
            with pytest.raises(RuleError) as found:
                remediation(order)
            assert found.value.code == "step_out_of_order"
    refused("step_out_of_order", "/step", STEPS[:1], STEPS[0])
    refused("all_steps_taken", "/step", STEPS, STEPS[3])


@pytest.mark.parametrize(("days", "said"), [(None, "none is"), (0, "none is"), (1, "1"), (2, "2")])
def test_validation_needs_a_historical_series(days: int | None, said: str) -> None:
    refused("no_historical_series", "/series_days", STEPS[:2], replace(STEPS[2], series_days=days))
    with pytest.raises(RuleError, match=f"different days; {said} on record"):
        take(STEPS[:2], replace(STEPS[2], series_days=days))
    assert take(STEPS[:2], replace(STEPS[2], series_days=3))[-1].series_days == 3


@pytest.mark.parametrize("outcome", list(Realignment))
def test_realignment_records_what_follows_for_the_model(outcome: Realignment) -> None:
    found = remediation((*STEPS[:3], replace(STEPS[3], outcome=outcome)))
    assert found.next_step is None
    refused("outcome_missing", "/outcome", STEPS[:3], replace(STEPS[3], outcome=None))


@pytest.mark.parametrize(
    ("code", "pointer", "place", "fields"),
    [
        ("kpi_missing", "/kpi", 1, {"kpi": " "}),
        ("person_missing", "/by", 0, {"by": ""}),
        ("note_missing", "/note", 0, {"note": "  "}),
        ("step_before_the_last", "/on", 1, {"on": ON - timedelta(days=1)}),
    ],
)
def test_a_step_without_its_proof_is_refused(
    code: str, pointer: str, place: int, fields: dict[str, Any]
) -> None:
    refused(code, pointer, STEPS[:place], replace(STEPS[place], **fields))
