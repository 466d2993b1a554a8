"""What the page of one initiative reads from the record."""

from datetime import timedelta
from typing import Any

import pytest

from core.models import AuditEvent, User
from portfolio.models import Initiative
from portfolio.queries import history
from portfolio.queries.detail import gate_ahead, limits_of, missing
from tests.cast import AT, TODAY, Cast


def make(cast: Cast, **facts: Any) -> Initiative:
    base = {"name": "x", "unit": cast.claims, "lead": cast.alice, "created_at": AT, "updated_at": AT}
    return Initiative.objects.create(**{**base, **facts})


FULL: dict[str, Any] = {"problem": "p", "outcome": "o", "value_hypothesis": "v", "kpi_status": "on_track"}


def test_a_sponsor_never_recorded_one_that_left_and_none_at_all_are_three_answers(cast: Cast) -> None:
    gone = User.objects.create_user("gone@x.example", name="Gone", is_active=False, created_at=AT)
    told = [
        missing(make(cast, **FULL, **facts), has_objective=True)
        for facts in ({}, {"sponsor_vacant_since": TODAY}, {"sponsor": gone}, {"sponsor": cast.edith})
    ]
    assert [[(one.code, one.answer, one.fact) for one in found] for found in told] == [
        [("sponsor", "unknown", "never recorded")],
        [("sponsor", "no", "none since then")],
        [("sponsor", "no", "Gone has left")],
        [],
    ]


@pytest.mark.parametrize(
    ("stage", "asked"),
    [("idea", False), ("pilot", True), ("production", True), ("stopped", False), ("retired", False)],
)
def test_a_kpi_is_asked_for_once_there_is_something_to_measure(cast: Cast, stage: str, asked: bool) -> None:
    row = make(cast, **{**FULL, "kpi_status": "no_kpi"}, stage=stage, sponsor=cast.edith)
    assert ("kpi" in {one.code for one in missing(row, has_objective=True)}) is asked


def test_a_decision_date_is_asked_of_pilots_only(cast: Cast) -> None:
    pilot = make(cast, **FULL, sponsor=cast.edith, pilot_level="watch", stage="pilot")
    assert [one.code for one in missing(pilot, has_objective=True)] == ["decision_on"]
    pilot.decision_on = TODAY
    assert missing(pilot, has_objective=True) == []


def test_the_next_gate_says_who_decides_the_stricter_of_gate_and_tier(cast: Cast) -> None:
    ahead = gate_ahead(make(cast))
    assert ahead is not None
    assert (ahead.gate.code, ahead.body) == ("G1", "the portfolio manager")
    above = gate_ahead(make(cast, stage="framing", risk_tier=1))
    assert above is not None
    assert above.body == "the AI council"


@pytest.mark.parametrize("stage", ["retired", "stopped", "unknown"])
def test_from_some_stages_no_gate_leads_on(cast: Cast, stage: str) -> None:
    assert gate_ahead(make(cast, stage=stage)) is None


def test_limits_stand_on_the_days_they_were_set_for(cast: Cast) -> None:
    row = make(
        cast,
        pilot_level="watch",
        entered_on=TODAY,
        pilot_planned_days=90,
        decision_on=TODAY + timedelta(days=30),
    )
    assert limits_of(row) == [
        ("decision date", TODAY + timedelta(days=30)),
        ("approved end", TODAY + timedelta(days=90)),
    ]
    assert limits_of(make(cast, entered_on=TODAY, pilot_planned_days=90)) == []


def event(
    action: str, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> AuditEvent:
    return AuditEvent(action=action, actor_label="Max", at=AT, before=before or {}, after=after or {})


@pytest.mark.parametrize(
    ("told", "sentence", "changes"),
    [
        (event("money.spent", after={"amount": "12.50", "spent_on": "2026-11-01", "note": "x"}), "recorded €12.50 spent on 1 Nov 2026", ["note  x"]),
        (event("benefit.claimed", after={"amount": "9.00", "month": "2026-11-01", "kind": "claimed"}), "claimed a benefit of €9 for Nov 2026", []),
        (event("initiative.moved", {"stage": "idea"}, {"stage": "scale_up", "entered_on": "2026-11-01"}), "moved it from Idea to Scale-up on 1 Nov 2026", []),
        (event("initiative.moved", {}, {"stage": "pilot"}), "moved it", ["stage  Pilot"]),
        (event("pilot.judged", {"level": "watch"}, {"level": "no_level"}), "judged the pilot", ["level watch no level"]),
        (event("initiative.kpi_status_changed"), "changed the kpi status", []),
        (event("initiative.edited", {"sponsor": None}, {"sponsor": 987654}), "changed the record", ["sponsor  no. 987654"]),
        (event("initiative.edited", {"risk_tier": 2}, {"risk_tier": None}), "changed the record", ["risk tier 2 "]),
        (event("initiative.edited", {}, {"x": {"a": 1}, "y": True, "when": "2026-13-45", "planned_value": "much"}), "changed the record",
         ["y  yes", "when  2026-13-45", "planned value  much"]),
    ],
)  # fmt: skip
def test_an_event_is_told_in_words_whatever_it_holds(
    db: Any, told: AuditEvent, sentence: str, changes: list[str]
) -> None:
    [found] = history.tell([told], "EUR")
    assert found.sentence.startswith(sentence)
    assert [f"{c.label} {c.was} {c.now}" for c in found.changes] == changes


def test_a_room_above_says_how_its_events_are_told(db: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(history, "SENTENCES", dict(history.SENTENCES))
    history.tells("pilot.extended", "extended the pilot by {days} days")
    assert (
        history.tell([event("pilot.extended", after={"days": 78})], "EUR")[0].sentence
        == "extended the pilot by 78 days"
    )
