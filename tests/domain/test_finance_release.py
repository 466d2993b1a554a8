"""Money that waits for a KPI: red holds it, unknown is not green, and a ceiling is a ceiling."""

from datetime import date
from decimal import Decimal

import pytest

from domain.finance.release import (
    GREEN_ENOUGH,
    RED,
    Asked,
    Awaited,
    Released,
    Room,
    ceiling_of,
    open_commitment,
    over_ceiling,
    refused,
)
from domain.kpi_codes import Status

DAY = date(2026, 11, 24)


def waits(status: Status) -> Asked:
    kpi = Awaited(
        ref="K-0007", name="Days to decision", status=status, reason="", as_of=DAY, sentence="30 points behind at 7 days.",
        clears="A reading of 5.5 days.",
    )  # fmt: skip
    return Asked(number=2, awaited=kpi)


@pytest.mark.parametrize("status", sorted(Status))
def test_every_status_either_lets_money_go_or_holds_it(status: Status) -> None:
    found = refused(waits(status))
    assert (found is None) == (status in {Status.ACHIEVED, Status.ON_TRACK, Status.AT_RISK})
    if found is not None:
        for said in ("K-0007 Days to decision", "30 points behind at 7 days.", "A reading of 5.5 days."):
            assert said in found.message


@pytest.mark.parametrize("status", sorted(set(Status) - GREEN_ENOUGH - RED))
def test_what_nobody_knows_is_released_only_with_a_reason(status: Status) -> None:
    found = refused(waits(status), because_unknown="  ")
    assert found is not None
    assert (found.code, found.field) == ("kpi_unknown", "because_unknown")
    assert refused(waits(status), because_unknown="The feed is repaired on Monday.") is None


@pytest.mark.parametrize("status", sorted(RED))
def test_a_reason_does_not_help_against_red(status: Status) -> None:
    found = refused(waits(status), because_unknown="We want it.")
    assert found is not None
    assert found.code == f"kpi_{status}"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked(number=1, released_on=DAY), "already_released"),
        (Asked(number=1, returned_on=DAY), "tranche_returned"),
        (Asked(number=2, earlier=1), "earlier_tranche_held"),
    ],
)
def test_what_is_done_stays_done_and_earlier_money_comes_first(asked: Asked, code: str) -> None:
    found = refused(asked)
    assert found is not None
    assert found.code == code


def test_a_tranche_that_waits_for_nothing_is_released() -> None:
    assert refused(Asked(number=1)) is None


def test_the_ceiling_is_what_the_last_tranche_says_or_what_was_released() -> None:
    first, second = Released(number=1, amount=Decimal(80)), Released(number=2, amount=Decimal(420))
    assert ceiling_of(()) == 0
    assert ceiling_of((second, first)) == 500
    assert ceiling_of((first, Released(number=2, amount=Decimal(420), ceiling=Decimal(450)))) == 450


def test_a_commitment_fits_what_is_left_and_not_a_cent_more() -> None:
    room = Room(ceiling=Decimal(500), spent=Decimal(120), committed=Decimal(300))
    assert over_ceiling(room, Decimal(80)) is None
    found = over_ceiling(room, Decimal("80.01"))
    assert found is not None
    assert "so 80 is left" in found.message
    spent = over_ceiling(Room(ceiling=Decimal(5), spent=Decimal(9), committed=Decimal(0)), Decimal(1))
    assert spent is not None
    assert "so 0 is left" in spent.message


def test_what_is_paid_of_a_commitment_is_owed_no_more() -> None:
    assert open_commitment(Decimal(100), Decimal(30)) == 70
    assert open_commitment(Decimal(100), Decimal(130)) == 0
