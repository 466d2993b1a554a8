"""The organisation's tree."""

import contextlib
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.access import allows, system
from core.errors import Problem
from core.models import AuditEvent, BusinessUnit
from core.roles import Action
from core.units import MAX_DEPTH, create_unit, edit_unit
from portfolio.models import Initiative
from tests.cast import AT, Cast, unit

BY = system("command")


def sound() -> None:
    """Every path is the ids from the top, every depth their number."""
    for one in BusinessUnit.objects.all():
        ids: list[str] = []
        above: BusinessUnit | None = one
        while above is not None:
            ids.insert(0, str(above.pk))
            above = above.parent
        assert one.path == f"/{'/'.join(ids)}/"
        assert one.depth == len(ids) - 1


def refused(status: int, code: str) -> Any:
    return pytest.raises(
        Problem, check=lambda p: p.status == status and code in {p.code, *(i.code for i in p.items)}
    )


def test_a_subtree_moves_with_one_statement_whatever_its_size(cast: Cast) -> None:
    for number in range(20):
        create_unit(name=f"Desk {number}", parent=cast.cards, by=BY, at=AT)
    with CaptureQueriesContext(connection) as captured:
        edit_unit(pk=cast.cards.pk, parent=cast.claims, by=BY, at=AT)
    rewritten = [q for q in captured if q["sql"].startswith("UPDATE") and "SUBSTR" in q["sql"].upper()]
    assert len(rewritten) == 1
    sound()
    assert BusinessUnit.objects.filter(path__startswith=cast.claims.path).count() == 22


def test_who_reads_a_unit_reads_what_was_moved_below_it(cast: Cast) -> None:
    row = Initiative.objects.create(name="x", unit=cast.cards, created_at=AT, updated_at=AT)
    assert not allows(cast.actor("vera"), Action.VIEW, row)
    edit_unit(pk=cast.cards.pk, parent=cast.claims, by=BY, at=AT)
    assert allows(cast.actor("vera"), Action.VIEW, row)
    assert not allows(cast.actor("ursula"), Action.VIEW, row)


def test_a_unit_never_stands_below_itself(cast: Cast) -> None:
    for place in (cast.retail, cast.cards):
        with refused(400, "cycle"):
            edit_unit(pk=cast.retail.pk, parent=place, by=BY, at=AT)
    sound()


def test_the_tree_has_an_end(db: Any) -> None:
    top = create_unit(name="0", by=BY, at=AT)
    below = top
    for depth in range(1, MAX_DEPTH + 1):
        below = create_unit(name=str(depth), parent=below, by=BY, at=AT)
    with refused(400, "too_deep"):
        create_unit(name="deeper", parent=below, by=BY, at=AT)
    other = create_unit(name="other", by=BY, at=AT)
    with refused(400, "too_deep"):
        edit_unit(pk=top.pk, parent=other, by=BY, at=AT)
    sound()


def test_a_name_stands_once_below_a_parent_and_again_elsewhere(cast: Cast) -> None:
    with refused(400, "taken"):
        create_unit(name="CARDS", parent=cast.retail, by=BY, at=AT)
    create_unit(name="Cards", parent=cast.claims, by=BY, at=AT)
    with refused(400, "taken"):
        edit_unit(pk=cast.cards.pk, parent=cast.claims, by=BY, at=AT)
    with refused(400, "required"):
        create_unit(name="  ", by=BY, at=AT)


def test_renaming_keeps_the_place_and_moving_keeps_the_name(cast: Cast) -> None:
    before = cast.cards.path
    row = edit_unit(pk=cast.cards.pk, name="Payment cards", by=BY, at=AT)
    assert (row.name, row.path, row.version) == ("Payment cards", before, 2)
    moved = edit_unit(pk=cast.cards.pk, parent=None, by=BY, at=AT)
    assert (moved.name, moved.path, moved.depth) == ("Payment cards", f"/{cast.cards.pk}/", 0)
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "unit.edited",
        "unit.moved",
    ]


def test_nothing_changed_writes_nothing_and_an_old_version_is_refused(cast: Cast) -> None:
    row = edit_unit(pk=cast.cards.pk, name="Cards", parent=cast.retail, by=BY, at=AT)
    assert (row.version, AuditEvent.objects.count()) == (1, 0)
    with refused(412, "stale_version"):
        edit_unit(pk=cast.cards.pk, name="X", expected_version=7, by=BY, at=AT)


def test_only_who_manages_units_there_writes_them(cast: Cast) -> None:
    for name in ("vera", "alice", "edith", "ursula"):
        with pytest.raises(Problem) as caught:
            create_unit(name="X", parent=cast.claims, by=cast.actor(name), at=AT)
        assert caught.value.status == 403
    with refused(404, "not_found"):
        edit_unit(pk=cast.claims.pk, name="X", by=cast.actor("ursula"), at=AT)
    with refused(403, "forbidden"):
        edit_unit(pk=cast.claims.pk, name="X", by=cast.actor("vera"), at=AT)


def test_nothing_new_hangs_below_a_closed_unit(cast: Cast) -> None:
    edit_unit(pk=cast.claims.pk, active=False, by=BY, at=AT)
    with refused(409, "unit_closed"):
        create_unit(name="X", parent=cast.claims, by=BY, at=AT)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 6)), max_size=12))
def test_any_moves_leave_a_sound_tree(moves: list[tuple[int, int]], db: Any) -> None:
    with transaction.atomic():
        rows = [unit(f"u{n}") for n in range(7)]
        refusals = []
        for child, parent in moves:
            try:
                edit_unit(pk=rows[child].pk, parent=None if parent < 0 else rows[parent], by=BY, at=AT)
            except Problem as problem:
                refusals.append(problem.items[0].code)
        assert set(refusals) <= {"cycle"}
        sound()
        transaction.set_rollback(True)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_never_make_a_circle() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    for number in range(10):
        one, other = unit(f"one {number}"), unit(f"other {number}")
        start = threading.Barrier(2)

        def move(row: BusinessUnit, below: BusinessUnit, start: threading.Barrier = start) -> None:
            start.wait(10)
            with contextlib.suppress(Problem):
                edit_unit(pk=row.pk, parent=below, by=BY, at=AT)
            connection.close()

        pair = [threading.Thread(target=move, args=args) for args in ((one, other), (other, one))]
        for each in pair:
            each.start()
        for each in pair:
            each.join(20)
        sound()
