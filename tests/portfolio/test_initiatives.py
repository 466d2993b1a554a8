"""An initiative is recorded and edited, and its stage is nobody's to type."""

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from core.errors import Problem
from core.models import AuditEvent, Outbox, User
from core.units import edit_unit
from domain.errors import RuleError
from domain.stages import Mover, Stage
from portfolio.models import Flag, Initiative, StageSpell, StrategicObjective
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.initiatives import LIMITS, Origin, create_initiative, edit_initiative
from portfolio.services.members import add_member, remove_member
from portfolio.services.stages import move_stage
from tests.cast import AT, TODAY, Cast, make_cast


def refused(status: int, code: str = "") -> Any:
    """A Problem of that status, with that code on itself or at a place, is expected."""
    return pytest.raises(
        Problem,
        check=lambda p: p.status == status and (not code or code in {p.code, *(i.code for i in p.items)}),
    )


@pytest.fixture
def row(cast: Cast) -> Initiative:
    return create_initiative(name="Triage", unit=cast.claims, lead=cast.alice, by=cast.actor("max"), at=AT)


def test_a_new_initiative_is_an_idea_from_today_with_its_first_spell(cast: Cast) -> None:
    aim = StrategicObjective.objects.create(name="Grow")
    row = create_initiative(
        name="  Triage ", unit=cast.claims, sponsor=cast.edith, objectives=[aim], members=[cast.bob], risk_tier=2,
        planned_value=Decimal("10.50"), by=cast.actor("max"), at=AT,
    )  # fmt: skip
    spell = StageSpell.objects.get(initiative=row)
    assert (row.name, row.stage, row.entered_on, row.ref) == ("Triage", "idea", TODAY, f"AI-{row.pk:04d}")
    assert (spell.stage, spell.entered_on, spell.precision, spell.closed_at) == ("idea", TODAY, "day", None)
    assert (row.sponsor_since, row.sponsor_vacant_since) == (TODAY, None)
    assert row.members.get().user == cast.bob
    event = AuditEvent.objects.get(action="initiative.created")
    assert event.after["objectives"] == [aim.pk]
    assert event.after["stage"] == "idea"


@pytest.mark.parametrize("stage", [s for s in Stage if s is not Stage.IDEA])
def test_a_person_chooses_no_other_stage(cast: Cast, stage: Stage) -> None:
    with pytest.raises(RuleError, match=r"idea|import"):
        create_initiative(name="x", unit=cast.claims, origin=Origin(stage=stage), by=cast.actor("max"), at=AT)
    assert not Initiative.objects.exists()


def test_no_edit_takes_a_stage_at_all(row: Initiative, cast: Cast) -> None:
    facts: Any = {"stage": "production", "outcome": "x"}
    edit_initiative(pk=row.pk, by=cast.actor("max"), at=AT, **facts)
    row.refresh_from_db()
    assert (row.stage, row.outcome) == ("idea", "x")


def test_an_import_stands_where_its_source_says_dated_or_not(cast: Cast) -> None:
    def imported(key: str, on: date | None) -> Initiative:
        origin = Origin(
            mover=Mover.IMPORT, stage=Stage.PILOT, entered_on=on, precision="month", basis="Date Initiated", source="us",
            external_id=key,
        )  # fmt: skip
        return create_initiative(name="x", unit=cast.claims, origin=origin, by=cast.actor("max"), at=AT)

    dated, undated = imported("a", date(2024, 3, 1)), imported("b", None)
    assert (dated.stage, dated.entered_on, dated.entered_precision) == ("pilot", date(2024, 3, 1), "month")
    assert (undated.entered_on, undated.entered_precision) == (None, "unknown")
    assert undated.spells.get().basis == "Date Initiated"
    with refused(409, "external_id_taken"):
        imported("a", None)


def test_without_a_sponsor_the_record_says_never_recorded_until_somebody_says_there_is_none(
    cast: Cast, row: Initiative
) -> None:
    by = cast.actor("max")
    assert (row.sponsor, row.sponsor_vacant_since) == (None, None)
    row = edit_initiative(pk=row.pk, no_sponsor=True, by=by, at=AT)
    assert row.sponsor_vacant_since == TODAY
    row = edit_initiative(pk=row.pk, sponsor=cast.edith, by=by, at=AT + timedelta(days=2))
    assert (row.sponsor_since, row.sponsor_vacant_since) == (TODAY + timedelta(days=2), None)
    row = edit_initiative(pk=row.pk, sponsor=cast.edith, by=by, at=AT + timedelta(days=5))
    assert row.sponsor_since == TODAY + timedelta(days=2), "the same sponsor is no new one"
    row = edit_initiative(pk=row.pk, sponsor=None, by=by, at=AT + timedelta(days=9))
    assert (row.sponsor_since, row.sponsor_vacant_since) == (None, TODAY + timedelta(days=9))
    row = edit_initiative(pk=row.pk, no_sponsor=False, by=by, at=AT + timedelta(days=9))
    assert row.sponsor_vacant_since is None
    edit_initiative(pk=row.pk, sponsor=cast.edith, by=by, at=AT)
    with refused(400, "contradiction"):
        edit_initiative(pk=row.pk, no_sponsor=True, by=by, at=AT)


@pytest.mark.parametrize("field", ["sponsor", "lead"])
def test_who_answers_for_it_is_an_active_person(cast: Cast, row: Initiative, field: str) -> None:
    machine = User.objects.create_user("bot@calder.example", name="Bot", is_service=True, created_at=AT)
    User.objects.filter(pk=cast.vera.pk).update(is_active=False)
    cast.vera.refresh_from_db()
    for nobody in (machine, cast.vera):
        facts: Any = {field: nobody}
        with refused(400, "not_active"):
            edit_initiative(pk=row.pk, by=cast.actor("max"), at=AT, **facts)
        with refused(400, "not_active"):
            create_initiative(name="y", unit=cast.claims, by=cast.actor("max"), at=AT, **facts)
        with refused(400, "not_active"):
            add_member(initiative_id=row.pk, user=nobody, by=cast.actor("max"), at=AT)
    assert Initiative.objects.count() == 1


def test_somebody_who_left_meanwhile_does_not_block_another_edit(cast: Cast, row: Initiative) -> None:
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    cast.alice.refresh_from_db()
    row = edit_initiative(pk=row.pk, lead=cast.alice, outcome="x", by=cast.actor("max"), at=AT)
    assert row.outcome == "x"


def test_a_lead_who_creates_becomes_its_lead_so_that_it_is_not_lost_to_them(cast: Cast) -> None:
    row = create_initiative(name="x", unit=cast.claims, by=cast.actor("alice"), at=AT)
    assert row.lead == cast.alice
    assert Initiative.objects.visible_to(cast.actor("alice")).get() == row
    assert create_initiative(name="y", unit=cast.claims, by=cast.actor("max"), at=AT).lead is None


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"name": " "}, "/name"), ({"name": "x" * (LIMITS["name"] + 1)}, "/name"), ({"name": "\x00"}, "/name"), ({"risk_tier": 4}, "/risk_tier"),
        ({"risk_tier": 0}, "/risk_tier"), ({"planned_value": Decimal(-1)}, "/planned_value"), ({"impact": "huge"}, "/impact"),
        ({"value_hypothesis": "x" * 401}, "/value_hypothesis"),
    ],
)  # fmt: skip
def test_a_wrong_fact_is_refused_at_its_place_and_nothing_is_written(
    cast: Cast, row: Initiative, facts: Any, place: str
) -> None:
    with pytest.raises(Problem) as caught:
        edit_initiative(pk=row.pk, by=cast.actor("max"), at=AT, **facts)
    assert [item.pointer for item in caught.value.items] == [place]
    row.refresh_from_db()
    assert row.version == 1


def test_a_version_counts_changes_and_an_old_one_is_refused(cast: Cast, row: Initiative) -> None:
    by = cast.actor("max")
    assert edit_initiative(pk=row.pk, outcome="a", by=by, at=AT, expected_version=1).version == 2
    assert edit_initiative(pk=row.pk, outcome="a", by=by, at=AT, expected_version=2).version == 2
    with refused(412, "stale_version"):
        edit_initiative(pk=row.pk, outcome="b", by=by, at=AT, expected_version=1)
    row.refresh_from_db()
    assert row.outcome == "a"


def test_rooms_above_hear_of_a_change_once(cast: Cast, row: Initiative) -> None:
    for text in ("a", "b", "b"):
        edit_initiative(pk=row.pk, outcome=text, by=cast.actor("max"), at=AT)
    assert Outbox.objects.filter(kind="initiative.changed", done_at=None).count() == 1


def test_moving_to_another_unit_needs_the_right_to_create_there(cast: Cast, row: Initiative) -> None:
    with refused(403):
        edit_initiative(pk=row.pk, unit=cast.retail, by=cast.actor("alice"), at=AT)
    edit_initiative(pk=row.pk, unit=cast.retail, by=cast.actor("max"), at=AT)
    edit_unit(pk=cast.claims.pk, active=False, by=cast.actor("max"), at=AT)
    cast.claims.refresh_from_db()
    with refused(400, "unit_closed"):
        edit_initiative(pk=row.pk, unit=cast.claims, by=cast.actor("max"), at=AT)


def test_its_flags_move_with_it_so_that_nobody_reads_a_foreign_finding(cast: Cast, row: Initiative) -> None:
    sync_flags(
        subject=Subject("pilot", 1, row.name, row, row.unit, None), findings=[Finding("R02", 2, "c", "s", TODAY)],
        by=cast.actor("max"), at=AT,
    )  # fmt: skip
    assert Flag.objects.visible_to(cast.actor("vera")).exists()
    edit_initiative(pk=row.pk, unit=cast.retail, by=cast.actor("max"), at=AT)
    assert not Flag.objects.visible_to(cast.actor("vera")).exists()
    assert Flag.objects.visible_to(cast.actor("ursula")).exists()


def test_a_member_is_put_on_once_and_taken_off_once(cast: Cast, row: Initiative) -> None:
    by = cast.actor("alice")
    assert not Initiative.objects.visible_to(cast.actor("mona")).exists()
    add_member(initiative_id=row.pk, user=cast.mona, function=" data ", by=by, at=AT)
    assert Initiative.objects.visible_to(cast.actor("mona")).exists()
    with refused(409, "already_a_member"):
        add_member(initiative_id=row.pk, user=cast.mona, by=by, at=AT)
    remove_member(initiative_id=row.pk, user_id=cast.mona.pk, by=by, at=AT)
    with refused(404):
        remove_member(initiative_id=row.pk, user_id=cast.mona.pk, by=by, at=AT)
    assert not Initiative.objects.visible_to(cast.actor("mona")).exists()
    assert list(AuditEvent.objects.filter(object_type="initiativemember").values_list("action", flat=True).order_by("id")) == [
        "member.added", "member.removed",
    ]  # fmt: skip


def test_a_movement_closes_one_spell_and_opens_the_next(cast: Cast, row: Initiative) -> None:
    move_stage(
        initiative=row,
        to=Stage.FRAMING,
        on=TODAY + timedelta(days=9),
        by=cast.actor("max"),
        at=AT,
        because="G1",
    )
    old, new = StageSpell.objects.order_by("id")
    assert (old.left_on, old.entered_on) == (TODAY + timedelta(days=9), TODAY)
    assert (new.from_stage, new.stage, new.entered_on, new.closed_at) == (
        "idea",
        "framing",
        TODAY + timedelta(days=9),
        None,
    )
    with refused(409, "same_stage"):
        move_stage(initiative=row, to=Stage.FRAMING, on=TODAY, by=cast.actor("max"), at=AT, because="")
    with refused(409, "moves_before_it_entered"):
        move_stage(initiative=row, to=Stage.PILOT, on=TODAY, by=cast.actor("max"), at=AT, because="")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_edits_side_by_side_lose_nothing_and_one_of_two_with_a_version_is_refused() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    cast = make_cast()
    by = cast.actor("max")
    row = create_initiative(name="x", unit=cast.claims, by=by, at=AT)
    outcomes: list[int] = []

    def edit(start: threading.Barrier, version: int | None, **facts: Any) -> None:
        start.wait(10)
        try:
            edit_initiative(pk=row.pk, by=by, at=AT, expected_version=version, **facts)
            outcomes.append(200)
        except Problem as problem:
            outcomes.append(problem.status)
        finally:
            connection.close()

    for number in range(20):
        start = threading.Barrier(2)
        pair = [
            threading.Thread(target=edit, args=(start, None), kwargs={"outcome": f"o{number}"}),
            threading.Thread(target=edit, args=(start, None), kwargs={"problem": f"p{number}"}),
        ]
        for one in pair:
            one.start()
        for one in pair:
            one.join(20)
        row.refresh_from_db()
        assert (row.outcome, row.problem) == (f"o{number}", f"p{number}")
    assert row.version == 41
    outcomes.clear()
    start = threading.Barrier(2)
    pair = [threading.Thread(target=edit, args=(start, 41), kwargs={"name": f"n{n}"}) for n in range(2)]
    for one in pair:
        one.start()
    for one in pair:
        one.join(20)
    assert sorted(outcomes) == [200, 412]
