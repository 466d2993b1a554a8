"""Tallies say what the records say: for every reader, after every write, on every day; and what does not hold is not read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.access import system
from core.models import BusinessUnit, Role, RoleGrant
from core.units import edit_unit
from domain.stages import Mover, Stage
from funding.services.tranches import approve as approve_tranche
from funding.services.tranches import release as release_tranche
from portfolio.dashboard import counts
from portfolio.dashboard.selection import Selection, select
from portfolio.models import (
    Flag,
    FundingTranche,
    Initiative,
    StageSpell,
    StrategicObjective,
    UnitChange,
    UnitTally,
)
from portfolio.models.tallies import NO_UNIT
from portfolio.queries.counting import count
from portfolio.queries.tally import SHAPE, Tally, together
from portfolio.queries.told import kept
from portfolio.services import tallies
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.initiatives import Origin, create_initiative, edit_initiative
from portfolio.services.money import record_benefit, record_expenditure
from portfolio.services.spend import bring_spend_to
from portfolio.services.stages import move_stage, restate_spell
from portfolio.services.status import PilotLevel, set_kpi_status, set_pilot_level
from tests.cast import AT, ROLES, TODAY, Cast
from tests.portfolio.dashboard_rows import add, flag, flag_of_a_model, small_portfolio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
BY = system()


def told_of(chosen: Selection) -> list[int]:
    """The units of the selection whose tallies hold on its day."""
    return [unit for unit, _ in kept(chosen.whole_units, chosen.today)]


def from_the_records(chosen: Selection) -> str:
    """What the selection comes to with no tally asked."""
    part = chosen.part(without=())
    return together(count(part, chosen.today).values() if part else ()).to_json()


def everything(today: date = TODAY) -> Selection:
    return select(system(), {}, today)


def require_right(today: date = TODAY) -> None:
    """The whole is what the records say, with the tallies that stand now."""
    assert counts.see(everything(today)).all.to_json() == from_the_records(everything(today))
    assert tallies.unlike_the_records(at=AT) == []


@pytest.fixture
def rows(cast: Cast) -> dict[str, Initiative]:
    """The small portfolio, with people, an objective, and flags that belong to no initiative or to no unit."""
    rows = small_portfolio(cast)
    Initiative.objects.filter(name="A pilot").update(lead=cast.alice, risk_tier=2)
    Initiative.objects.filter(name="In production").update(sponsor=cast.ursula, lead=cast.charlie)
    rows["prod"].objectives.add(StrategicObjective.objects.create(name="Lower cost"))
    flag_of_a_model(rows["pilot"], cast.retail)
    alone = {"severity": 2, "cause": "C", "sentence": "S.", "since": TODAY, "raised_at": AT, "updated_at": AT}
    Flag.objects.create(subject_type="unit", subject_id=cast.cards.pk, unit=cast.cards, rule="U1", **alone)
    Flag.objects.create(subject_type="model", subject_id=cast.cards.pk, unit=cast.cards, rule="M1", **alone)
    Flag.objects.create(subject_type="model", subject_id=9, unit=None, owner=cast.mona, rule="M1", **alone)
    # One who leads a unit and is named on something elsewhere.
    RoleGrant.objects.create(user=cast.ursula, role=Role.LEAD, unit=cast.claims, granted_at=AT)
    return rows


@pytest.mark.parametrize(
    "narrow", ["", "unit=retail", "unit=cards", "unit=claims", "risk_tier=2", "objective", "sponsor"]
)
def test_tallies_added_up_are_what_the_records_say_for_every_reader(
    cast: Cast, rows: dict[str, Initiative], narrow: str
) -> None:
    name, _, value = narrow.partition("=")
    ids = {
        "unit": value and getattr(cast, value, None),
        "objective": rows["prod"].objectives.first(),
        "sponsor": cast.ursula,
    }
    asked = {name: str(ids[name].pk) if name in ids else value} if narrow else {}  # type: ignore[union-attr]
    before = {who: counts.see(select(cast.actor(who), asked, TODAY)).all.to_json() for who in ROLES}
    assert tallies.refresh(at=AT).changed == 4
    for who in ROLES:
        chosen = select(cast.actor(who), asked, TODAY)
        seen = counts.see(chosen)
        assert seen.all.to_json() == before[who] == from_the_records(chosen), who
        assert seen.all.n("flags") == chosen.flags.count(), who
        assert seen.all.n("active") == chosen.active.count(), who
    assert before["edith"] != before["nobody"] == Tally().to_json()


def test_two_subjects_without_an_initiative_are_two_even_with_one_number(
    cast: Cast, rows: dict[str, Initiative]
) -> None:
    worst = counts.see(everything()).all.worst
    assert {row.about for row in worst if row.initiative is None} == {
        f"unit {cast.cards.pk}", f"model {cast.cards.pk}", "model 9",
    }  # fmt: skip


def test_whoever_reads_whole_units_asks_for_their_tallies_alone(
    cast: Cast, rows: dict[str, Initiative]
) -> None:
    tallies.refresh(at=AT)
    for who, asked, statements in [
        ("edith", {}, 1),
        ("edith", {"unit": str(cast.retail.pk)}, 1),
        ("vera", {}, 1),
        ("ursula", {}, 9),  # her unit's tallies, and what names her elsewhere from the records
        ("alice", {}, 8),
        ("edith", {"risk_tier": "2"}, 8),
        ("nobody", {}, 0),
    ]:
        chosen = select(cast.actor(who), asked, TODAY)
        with CaptureQueriesContext(connection) as seen:
            counts.see(chosen)
        assert len(seen) == statements, (who, asked)


@pytest.mark.parametrize("settled", [False, True])
def test_a_look_costs_the_same_statements_for_ten_and_for_a_hundred(cast: Cast, settled: bool) -> None:
    def cost(number: int, first: int) -> int:
        for n in range(first, number):
            row = add(
                cast.claims, f"Row {n}", "pilot", 100 + n, pilot_level="purgatory", pilot_planned_days=90
            )
            flag(row, "R04", 2)
        tallies.touch([cast.claims.pk])
        if settled:
            tallies.refresh(at=AT)
        chosen = everything()
        with CaptureQueriesContext(connection) as seen:
            assert counts.see(chosen).all.n("active") == number
        return len(seen)

    few = cost(10, 0)
    assert cost(100, 10) == few == (1 if settled else 9)


def test_a_unit_that_changed_is_counted_from_the_records_and_the_others_are_not(
    cast: Cast, rows: dict[str, Initiative]
) -> None:
    tallies.refresh(at=AT)
    tallies.touch([cast.claims.pk])
    assert told_of(everything()) == sorted([NO_UNIT, cast.retail.pk, cast.cards.pk])
    # A lie about another unit would be told; about this one it is not even read.
    lie = Tally(counts={"now:idea": 1_000}).to_json()
    UnitTally.objects.filter(unit__in=[cast.claims.pk, cast.cards.pk]).update(figures=lie)
    funnel = counts.funnel(counts.see(everything()))
    assert {row.stage: row.now for row in funnel.rows}["pilot"] == 3
    assert funnel.rows[0].now == 1_001


def test_yesterday_s_tallies_are_not_today_s(cast: Cast, rows: dict[str, Initiative]) -> None:
    add(cast.claims, "Due tomorrow", "pilot", 5, pilot_level="healthy", decision_on=TODAY + timedelta(days=0))
    tallies.refresh(at=AT)
    assert counts.see(everything()).all.n("due", "overdue") == 1
    tomorrow = TODAY + timedelta(days=1)
    assert told_of(everything(tomorrow)) == []
    assert counts.see(everything(tomorrow)).all.n("due", "overdue") == 2
    assert tallies.refresh(at=AT + timedelta(days=1)).changed == 4
    assert counts.see(everything(tomorrow)).all.n("due", "overdue") == 2


def test_tallies_of_an_older_shape_are_counted_anew(cast: Cast, rows: dict[str, Initiative]) -> None:
    tallies.refresh(at=AT)
    UnitTally.objects.update(shape=SHAPE - 1, figures="of another kind")
    require_right()
    assert tallies.refresh(at=AT).changed == 4
    require_right()


def test_counting_twice_counts_nothing_the_second_time(cast: Cast, rows: dict[str, Initiative]) -> None:
    assert tallies.refresh(at=AT).changed == 4
    tallies.touch([cast.claims.pk, cast.claims.pk, None])
    assert UnitChange.objects.count() == 2
    assert tallies.refresh(at=AT).changed == 2
    assert not UnitChange.objects.exists()
    assert tallies.refresh(at=AT).changed == 0
    tallies.touch([cast.cards.pk])
    assert tallies.refresh(at=AT).changed == 1


def test_a_mark_of_a_unit_that_is_gone_is_taken_away(cast: Cast, rows: dict[str, Initiative]) -> None:
    tallies.refresh(at=AT)
    tallies.touch([987_654])
    assert tallies.refresh(at=AT).changed == 0
    assert not UnitChange.objects.exists()


def test_what_was_written_past_the_services_is_found(cast: Cast, rows: dict[str, Initiative]) -> None:
    tallies.refresh(at=AT)
    Initiative.objects.filter(unit=cast.claims, stage="pilot").update(kpi_status="blind")
    assert tallies.unlike_the_records(at=AT) == [cast.claims.pk]
    Flag.objects.filter(unit=None).delete()
    assert tallies.unlike_the_records(at=AT) == [NO_UNIT, cast.claims.pk]
    tallies.touch([cast.claims.pk, None])  # a unit that is marked claims nothing
    assert tallies.unlike_the_records(at=AT) == []


def test_a_unit_moved_in_the_tree_takes_its_figures_along(cast: Cast, rows: dict[str, Initiative]) -> None:
    tallies.refresh(at=AT)
    vera = counts.see(select(cast.actor("vera"), {}, TODAY)).all.n("active")
    edit_unit(pk=cast.cards.pk, parent=cast.claims, by=cast.actor("max"), at=AT)
    assert counts.see(select(cast.actor("vera"), {}, TODAY)).all.n("active") == vera + 1
    heat = {row.unit.pk: row.total for row in counts.unit_by_status(counts.see(everything()))}
    assert heat == {cast.claims.pk: 4, cast.retail.pk: 2}


@dataclass
class World:
    """A pilot in claims, made by the services, with a tranche, an open flag, and one on a model of another unit that
    serves it; and an idea with nothing, `calm`."""

    cast: Cast
    row: Initiative
    calm: int

    @property
    def pk(self) -> int:
        return self.row.pk

    @property
    def tranche(self) -> int:
        return FundingTranche.objects.get(initiative=self.pk).pk

    def subject(self, unit: BusinessUnit | None = None) -> Subject:
        return Subject("pilot", self.pk, self.row.name, self.row, unit or self.row.unit)


@pytest.fixture
def world(cast: Cast) -> World:
    """Everything in it is counted, and nothing is marked."""
    origin = Origin(mover=Mover.IMPORT, stage=Stage.PILOT, entered_on=TODAY - timedelta(days=40))
    row = create_initiative(
        name="Triage", unit=cast.claims, origin=origin, planned_value=Decimal(100), by=BY, at=AT
    )
    calm = create_initiative(name="Calm", unit=cast.claims, by=BY, at=AT)
    made = World(cast, Initiative.objects.get(pk=row.pk), calm.pk)
    sync_flags(subject=made.subject(), findings=[finding(1)], by=BY, at=AT)
    flag_of_a_model(row, cast.retail)
    approve_tranche(
        because="Agreed.", initiative_id=row.pk, amount=Decimal(9), approved_on=TODAY, by=BY, at=AT
    )
    tallies.refresh(at=AT)
    return made


def finding(severity: int, rule: str = "R02") -> Finding:
    return Finding(rule, severity, "Overdue", "Overdue.", TODAY)


def flagged(*findings: Finding, unit: str = "claims") -> "Act":
    """The pilot's flags are these from now on."""
    return lambda w: sync_flags(subject=w.subject(getattr(w.cast, unit)), findings=findings, by=BY, at=AT)


def benefit(kind: str) -> "Act":
    return lambda w: record_benefit(
        evidence="Ledger.", initiative_id=w.pk, kind=kind, amount=Decimal(4), month=TODAY, by=BY, at=AT
    )


Act = Callable[[World], object]
ACTS: dict[str, Act] = {
    "an initiative is created": lambda w: create_initiative(name="New", unit=w.cast.claims, by=BY, at=AT),
    "a model's flag is raised in another unit": lambda w: sync_flags(
        subject=Subject("model", 8, "A scorer", w.row, w.cast.cards), findings=[finding(2)], by=BY, at=AT
    ),
    "its value is changed": lambda w: edit_initiative(pk=w.pk, planned_value=Decimal(5), by=BY, at=AT),
    "one without flags goes to another unit": lambda w: edit_initiative(
        pk=w.calm, unit=w.cast.cards, by=BY, at=AT
    ),
    "it goes to another unit": lambda w: edit_initiative(pk=w.pk, unit=w.cast.cards, by=BY, at=AT),
    "its stage moves": lambda w: move_stage(
        initiative=w.row, to=Stage.SCALE_UP, on=TODAY, because="G4.", by=BY, at=AT
    ),
    "its date is corrected": lambda w: restate_spell(
        initiative=w.row, entered_on=None, precision="unknown", basis="", by=BY, at=AT
    ),
    "its KPIs roll up otherwise": lambda w: set_kpi_status(
        initiative=w.row, status="blind", reason="", on=TODAY
    ),
    "its pilot is judged": lambda w: set_pilot_level(
        PilotLevel(w.row, "purgatory", "stop", TODAY - timedelta(days=2), 30)
    ),
    "a flag is raised": flagged(finding(1), finding(2, "R03")),
    "a flag grows worse": flagged(finding(3)),
    "a flag goes to another unit": flagged(finding(1), unit="cards"),
    "a flag is cleared": flagged(),
    "money is approved": lambda w: approve_tranche(
        because="Agreed.", initiative_id=w.pk, amount=Decimal(7), approved_on=TODAY, by=BY, at=AT
    ),
    "money is released": lambda w: release_tranche(
        because="Agreed.", pk=w.tranche, released_on=TODAY, by=BY, at=AT
    ),
    "money is spent": lambda w: record_expenditure(
        initiative_id=w.pk, amount=Decimal(3), spent_on=TODAY, by=BY, at=AT
    ),
    "spend is told by a source": lambda w: bring_spend_to(
        totals={w.pk: Decimal(8)}, on=TODAY, note="", by=BY, at=AT
    ),
    "value is planned": benefit("planned"),
    "value is claimed": benefit("claimed"),
    "value is validated": benefit("validated"),
}


@pytest.mark.parametrize("act", ACTS)
def test_after_every_write_the_next_look_says_what_the_records_say(world: World, act: str) -> None:
    before = counts.see(everything()).by_unit
    was = {unit: tally.to_json() for unit, tally in before.items()}
    ACTS[act](world)
    now = {unit: tally.to_json() for unit, tally in count_all().items()}
    differ = {unit for unit in was if was[unit] != now.get(unit, Tally().to_json())}
    assert differ, "the act changes nothing that is counted, so it proves nothing"
    assert differ <= set(UnitChange.objects.values_list("unit", flat=True))
    require_right()
    tallies.refresh(at=AT)
    require_right()


def count_all() -> dict[int, Tally]:
    part = everything().part(without=())
    assert part is not None
    return dict(count(part, TODAY))


def test_flags_of_three_units_move_with_their_initiative(world: World) -> None:
    cast, row = world.cast, world.row
    assert counts.see(everything()).by_unit[cast.retail.pk].n("flags") == 1
    edit_initiative(pk=row.pk, unit=cast.cards, by=BY, at=AT)
    seen = counts.see(everything()).by_unit
    assert {unit: tally.n("flags") for unit, tally in seen.items() if tally.n("flags")} == {cast.cards.pk: 2}
    require_right()


def test_a_write_that_is_rolled_back_leaves_no_mark(world: World) -> None:
    def half() -> None:
        with transaction.atomic():
            ACTS["money is spent"](world)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert not UnitChange.objects.exists()
    require_right()


def test_a_status_whose_reason_alone_changed_is_not_counted_again(world: World) -> None:
    set_kpi_status(initiative=world.row, status=world.row.kpi_status, reason="another", on=TODAY)
    assert not UnitChange.objects.exists()


def test_the_summary_follows_a_write_at_once_though_tallies_stand(
    world: World, api: Callable[[str], APIClient]
) -> None:
    client = api("edith")
    assert client.get("/api/v1/portfolio/summary/").json()["kpi_status"]["off_track"] == 0
    set_kpi_status(initiative=world.row, status="off_track", reason="", on=TODAY)
    assert client.get("/api/v1/portfolio/summary/").json()["kpi_status"]["off_track"] == 1


def test_a_restated_stay_counts_once(world: World) -> None:
    row, earlier = world.row, TODAY - timedelta(days=90)
    restate_spell(initiative=row, entered_on=earlier, precision="day", basis="", by=BY, at=AT)
    assert StageSpell.objects.filter(initiative=row).count() == 2
    assert counts.see(everything()).all.n("entered", "pilot") == 1
    require_right()


def test_the_clock_of_the_sweep_is_the_reader_s(
    cast: Cast, rows: Any, frozen: Callable[[datetime], None]
) -> None:
    late = AT.replace(hour=23, minute=59)
    tallies.refresh(at=late)
    assert len(told_of(everything())) == 4
    tallies.refresh(at=late + timedelta(minutes=2))
    assert told_of(everything()) == []
    assert len(told_of(everything(TODAY + timedelta(days=1)))) == 4
