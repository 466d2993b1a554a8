"""Pilots follow the stage spells, whoever moved them; and the rule about units that pilot and never launch."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core import outbox
from core.models import AuditEvent
from domain.stages import Stage
from pilots.models import Pilot
from pilots.queries.board import UNIT_RULE, piloting_units
from pilots.services.evaluate import evaluate_all, evaluate_due
from pilots.services.opening import ensure_pilot, ensure_pilots
from portfolio.models import Flag, Initiative, StageSpell
from portfolio.services.stages import move_stage, restate_spell
from tests.cast import AT, TODAY, Cast, unit
from tests.pilots.stored import back, bare_pilot, new_initiative

LATER = AT + timedelta(days=1)


def move(cast: Cast, row: Initiative, to: Stage, on: date = TODAY) -> StageSpell:
    row.refresh_from_db()
    return move_stage(initiative=row, to=to, on=on, by=cast.actor("max"), at=AT, because="Decided.")


def test_an_import_of_many_leaves_a_pilot_for_each_pilot_and_none_else(cast: Cast) -> None:
    for number in range(7):
        new_initiative(cast, name=f"Imported {number}", days=None if number == 3 else 100 + number)
    Initiative.objects.create(name="An idea", unit=cast.claims, stage="idea", created_at=AT, updated_at=AT)
    assert ensure_pilots(by=cast.actor("max"), at=AT) == 7
    assert ensure_pilots(by=cast.actor("max"), at=AT) == 0
    assert Pilot.objects.filter(due=True, ended_on=None).count() == 7
    assert AuditEvent.objects.filter(action="pilot.opened").count() == 7


def test_opening_many_costs_no_more_statements_than_opening_one(cast: Cast) -> None:
    def opened(count: int, prefix: str) -> int:
        for number in range(count):
            new_initiative(cast, name=f"{prefix} {number}")
        with CaptureQueriesContext(connection) as caught:
            ensure_pilots(by=cast.actor("max"), at=AT)
        return len(caught)

    assert opened(1, "one") == opened(30, "many")


def test_a_move_out_of_the_pilot_stage_ends_the_pilot_and_clears_what_it_raised(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=300)
    evaluate_all(at=AT)
    move(cast, pilot.initiative, Stage.SCALE_UP)
    evaluate_due(at=AT)
    pilot.refresh_from_db()
    assert (pilot.ended_on, pilot.level) == (TODAY, "purgatory")  # it stays as it was last judged
    row = Initiative.objects.get(pk=pilot.initiative_id)
    assert (row.pilot_level, row.pilot_remedy, row.decision_on) == ("", "", None)
    assert set(Flag.objects.values_list("cleared_because", flat=True)) == {"The pilot stage was left."}
    assert evaluate_all(at=AT).judged == 0


def test_a_second_stay_in_the_pilot_stage_is_a_new_pilot(cast: Cast) -> None:
    first = bare_pilot(cast, days=300)
    move(cast, first.initiative, Stage.DEVELOPMENT, on=back(10))
    move(cast, first.initiative, Stage.PILOT, on=back(5))
    second = ensure_pilot(initiative=first.initiative, by=cast.actor("max"), at=AT)
    assert second is not None
    assert second.pk != first.pk
    first.refresh_from_db()
    assert first.ended_on == back(10)
    evaluate_all(at=AT)
    second.refresh_from_db()
    assert second.level == "watch"  # five days old, not three hundred


def test_a_corrected_entry_date_keeps_the_pilot_and_what_is_known_of_it(cast: Cast) -> None:
    pilot = bare_pilot(cast, days=300)
    Pilot.objects.update(planned_days=90)
    evaluate_all(at=AT)
    initiative = Initiative.objects.get(pk=pilot.initiative_id)
    restate_spell(
        initiative=initiative,
        entered_on=back(20),
        precision="day",
        basis="column 7",
        by=cast.actor("max"),
        at=AT,
    )
    evaluate_due(at=AT)
    same = Pilot.objects.get()
    assert (same.pk, same.planned_days, same.level) == (pilot.pk, 90, "watch")
    assert same.spell.entered_on == back(20)


def test_an_initiative_that_never_piloted_has_no_pilot(cast: Cast) -> None:
    row = Initiative.objects.create(name="Idea", unit=cast.claims, stage="idea", created_at=AT, updated_at=AT)
    assert ensure_pilot(initiative=row, by=cast.actor("max"), at=AT) is None


def test_the_database_keeps_one_open_pilot_for_an_initiative(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    spell = StageSpell.objects.create(
        initiative=pilot.initiative, stage="pilot", recorded_at=AT, closed_at=AT, precision="unknown"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Pilot.objects.create(initiative=pilot.initiative, spell=spell, created_at=AT, updated_at=AT)


def test_news_of_a_move_opens_the_pilot_at_once(cast: Cast, frozen: Any) -> None:
    row = new_initiative(cast, days=300)
    outbox.owe(kind="initiative.changed", payload={"initiative_id": row.pk, "fields": ["stage"]}, at=AT)
    outbox.drain()
    assert Pilot.objects.get().level == "purgatory"


def open_unit_flags() -> list[Flag]:
    return list(Flag.objects.filter(subject_type="unit", cleared_at=None))


def test_a_top_level_unit_with_five_pilots_and_nothing_in_production_is_flagged(cast: Cast) -> None:
    for number in range(4):
        new_initiative(cast, name=f"Retail {number}", unit=cast.retail)
    evaluate_due(at=AT)
    assert open_unit_flags() == []
    new_initiative(cast, name="Cards", unit=cast.cards)  # below retail: counted to the top
    evaluate_due(at=AT)
    (flag,) = open_unit_flags()
    assert (flag.rule, flag.unit, flag.numbers) == (UNIT_RULE, cast.retail, {"pilots": 5, "limit": 5})
    assert flag.sentence == "Retail Banking has 5 active pilots and nothing in production (threshold 5)."
    assert evaluate_due(at=AT).changed == 0


def test_something_in_production_anywhere_below_clears_the_unit(cast: Cast) -> None:
    rows = [new_initiative(cast, name=f"Retail {n}", unit=cast.retail) for n in range(6)]
    evaluate_due(at=AT)
    Initiative.objects.filter(pk=rows[0].pk).update(unit=cast.cards, stage="production")
    evaluate_due(at=LATER)
    assert open_unit_flags() == []
    assert Flag.objects.get(subject_type="unit").cleared_at == LATER


def test_units_below_the_top_are_not_judged(cast: Cast) -> None:
    for number in range(5):
        new_initiative(cast, name=f"Cards {number}", unit=cast.cards)
    Initiative.objects.create(name="Live", unit=cast.retail, stage="production", created_at=AT, updated_at=AT)
    assert piloting_units() == []


def test_every_unit_is_judged_by_itself(cast: Cast) -> None:
    other = unit("Underwriting", code="UND")
    for number in range(5):
        new_initiative(cast, name=f"Claims {number}")
        new_initiative(cast, name=f"Under {number}", unit=other)
    Initiative.objects.create(name="Live", unit=other, stage="production", created_at=AT, updated_at=AT)
    evaluate_due(at=datetime(2026, 11, 24, 15, tzinfo=AT.tzinfo))
    assert [flag.unit for flag in open_unit_flags()] == [cast.claims]
