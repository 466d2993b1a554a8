"""An agenda built from what waits stands in the order of its cost of delay, and its foot says what is true."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from governance.models import AgendaItem, Meeting
from governance.services.agenda_order import build_in_order
from portfolio.models.worth import CaseWorth
from tests.cast import AT, Cast
from tests.governance.asking import idea, submitted
from tests.governance.sitting import LATER, council, meeting, opened, planned

pytestmark = pytest.mark.django_db


def waits(cast: Cast, name: str, delay: int | None) -> None:
    row = idea(cast, name, stage="pilot", tier=2)
    submitted(row, cast)
    if delay is not None:
        nothing = dict.fromkeys(("npv", "value", "rate", "outlay", "cost", "a_year"), Decimal(0))
        CaseWorth.objects.create(
            initiative=row,
            delay_a_month=Decimal(delay),
            case_number=1,
            published_at=AT,
            case_ref="BC-0001",
            years=3,
            **nothing,
        )


def names(where: Meeting) -> list[str]:
    rows = AgendaItem.objects.filter(meeting=where).order_by("position", "pk")
    return [row.initiative.name for row in rows.select_related("initiative")]


def test_the_dearest_delay_comes_first_also_before_what_was_put_on_by_hand(cast: Cast) -> None:
    council(cast)
    where = meeting(cast)
    planned(cast, idea(cast, "By hand", stage="pilot", tier=2), where, outcome="hold", until="2027-01-10")
    for name, delay in (("Cheap", 5), ("No case", None), ("Dear", 50)):
        waits(cast, name, delay)
    build_in_order(meeting_id=where.pk, by=cast.actor("cora"), at=LATER)
    assert names(where)[:2] == ["Dear", "Cheap"]
    assert set(names(where)[2:]) == {"By hand", "No case"}


def test_what_is_voted_on_stays_first(cast: Cast) -> None:
    council(cast)
    where = meeting(cast)
    opened(cast, idea(cast, "Open", stage="pilot", tier=2), where=where, outcome="hold", until="2027-01-10")
    waits(cast, "Dear", 50)
    build_in_order(meeting_id=where.pk, by=cast.actor("cora"), at=LATER)
    assert names(where) == ["Open", "Dear"]


def test_the_foot_says_in_which_order_the_items_stand(
    cast: Cast, signed_in: Callable[[str], Client], frozen: Callable[[object], None]
) -> None:
    frozen(LATER)
    council(cast)
    where = meeting(cast)
    planned(cast, idea(cast, "By hand", stage="pilot", tier=2), where, outcome="hold", until="2027-01-10")
    waits(cast, "Dear", 50)
    client, url = signed_in("max"), f"/governance/council/meetings/{where.ref}/"
    client.post(f"{url}build/")
    assert "Dearest delay first" in client.get(url).content.decode()
    last = AgendaItem.objects.get(initiative__name="By hand")
    client.post(f"{url}move-up/", {"item": last.ref})
    assert names(where) == ["By hand", "Dear"]
    page = client.get(url).content.decode()
    assert "In the order they were put on or moved to" in page
    assert "Dearest delay first" not in page
