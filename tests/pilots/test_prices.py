"""What a longer pilot costs: said before it is granted, kept with it afterwards, and unknown where half of it is."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.errors import Problem
from pilots.models import Pilot, PilotExtension
from pilots.services.extend import grant_extension
from portfolio.models import CaseWorth
from portfolio.services.money import record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import bare_pilot

SignIn = Callable[[str], Client]
Api = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


def costing(cast: Cast, *, spent: int | None = 9_000) -> Pilot:
    """A pilot whose case loses 36,500 a year for each year of waiting, and which spends 100 a day."""
    pilot = bare_pilot(cast)
    CaseWorth.objects.create(
        initiative=pilot.initiative, case_number=2, case_ref="BC-0007", npv=1, value=1, rate=Decimal("0.1"), years=4,
        outlay=1, cost=1, a_year=36_500, delay_a_month=Decimal(36_500) / 12, published_at=AT,
    )  # fmt: skip
    if spent is not None:
        record_expenditure(
            initiative_id=pilot.initiative_id, amount=Decimal(spent), spent_on=TODAY - timedelta(days=10),
            by=cast.actor("alice"), at=AT,
        )  # fmt: skip
    return pilot


def grant(cast: Cast, pilot: Pilot, **more: Any) -> PilotExtension:
    facts = {
        "days": 30,
        "reason_code": "data_late",
        "evidence": "More.",
        "decision_changes": Decimal("0.25"),
        **more,
    }
    return grant_extension(pilot_id=pilot.pk, by=cast.actor("max"), at=AT, **facts)


def test_an_extension_is_kept_with_its_price_and_what_it_is_to_bring(cast: Cast) -> None:
    pilot = costing(cast)
    row = grant(cast, pilot, evidence="A month with all four teams.", decision_changes=Decimal("0.25"))
    row = PilotExtension.objects.get(pk=row.pk)
    assert (row.price_delay, row.price_running, row.price) == (Decimal(3_000), Decimal(3_000), Decimal(6_000))
    assert (row.priced_from, row.decision_changes) == ("BC-0007", Decimal("0.25"))
    CaseWorth.objects.update(delay_a_month=1)
    assert PilotExtension.objects.get(pk=row.pk).price == 6_000  # as it was known when it was granted


def test_half_a_price_is_no_price(cast: Cast) -> None:
    row = grant(cast, costing(cast, spent=None))
    assert (row.price_delay, row.price_running, row.price) == (Decimal(3_000), None, None)


def test_without_a_case_in_force_no_delay_has_a_price(cast: Cast) -> None:
    pilot = costing(cast)
    CaseWorth.objects.update(lapsed_on=date(2026, 1, 1))
    row = grant(cast, pilot)
    assert (row.price_delay, row.price_running, row.priced_from) == (None, Decimal(3_000), "")


@pytest.mark.parametrize("chance", ["-0.01", "1.01"])
def test_a_chance_that_is_none_is_refused(cast: Cast, chance: str) -> None:
    pilot = costing(cast)
    with pytest.raises(Problem) as problem:
        grant(cast, pilot, decision_changes=Decimal(chance))
    assert problem.value.items[0].pointer == "/decision_changes"
    assert not PilotExtension.objects.exists()


def test_the_form_says_the_price_before_it_is_granted_and_the_page_afterwards(
    cast: Cast, signed_in: SignIn
) -> None:
    pilot = costing(cast)
    client, url = signed_in("max"), f"/pilots/{pilot.ref}/extend/"
    text = client.get(url).content.decode()
    for words in ("€3.00k", "€6.00k", "BC-0007"):
        assert words in text or words.replace(".00", "") in text, words
    version = Pilot.objects.get().version
    sent = {
        "version": version,
        "days": "30",
        "reason_code": "data_late",
        "decision_changes": "25",
        "evidence": "A month more.",
    }
    assert client.post(url, sent).status_code == 302
    tab = client.get(f"/pilots/initiative/{pilot.initiative.ref}/").content.decode().replace("\u00a0", " ")
    assert "Priced at" in tab
    assert "To bring: A month more." in tab
    assert "25 % likely to change the decision" in tab


def test_the_api_says_it_of_one_pilot_and_leaves_it_out_of_lists(cast: Cast, api: Api) -> None:
    pilot = costing(cast)
    body = api("alice").get(f"/api/v1/pilots/{pilot.ref}/").json()
    assert body["extension_prices"][0] == {
        "days": 30,
        "delay": "3000.00",
        "running": "3000.00",
        "total": "6000.00",
    }
    assert [one["days"] for one in body["extension_prices"]] == [30, 60, 90]
    assert api("alice").get(f"/api/v1/pilots/{pilot.ref}/?as_of={TODAY}").json()["extension_prices"] == []
    assert "extension_prices" not in api("alice").get("/api/v1/pilots/").json()["results"][0]
    grant(cast, pilot, decision_changes=Decimal("0.5"))
    (row,) = api("vera").get(f"/api/v1/pilots/{pilot.ref}/extensions/").json()["results"]
    assert (row["price"], row["priced_from"], row["decision_changes"]) == ("6000.00", "BC-0007", "0.5")
