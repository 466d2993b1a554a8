"""Keyset paging: forward and backward equal the whole list, for every order, with every gap."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.models import Flag, Initiative, StageSpell
from portfolio.queries import FLAGS, INITIATIVES, SPELLS
from portfolio.services.flags import Finding, Subject, sync_flags
from tests.cast import AT, TODAY, Cast

ROWS, PAGE = 23, 4


@pytest.fixture
def crowd(cast: Cast) -> Cast:
    """Initiatives with equal, different and missing values in every field that can be ordered by."""
    people = [None, cast.max, cast.edith, cast.max, None]
    for n in range(ROWS):
        row = Initiative.objects.create(
            name=["Same", "Same", "same", "Äpfel", "Zoë"][n % 5], unit=[cast.claims, cast.cards, cast.retail][n % 3],
            sponsor=people[n % 5], lead=people[(n + 1) % 5], risk_tier=[None, 1, 2, 3][n % 4],
            stage=["idea", "pilot", "production"][n % 3], kpi_status=["no_kpi", "blind", "off_track", "on_track"][n % 4],
            pilot_level=["", "purgatory", "healthy"][n % 3], planned_value=[None, Decimal("10.50"), Decimal("9")][n % 3],
            spent=[Decimal("0.01"), None, Decimal("-3")][n % 3], released=None if n % 2 else Decimal(n),
            validated=None, entered_on=None if n % 4 == 0 else TODAY - timedelta(days=n % 6),
            decision_on=None if n % 3 else TODAY, kpi_since=None if n % 5 else TODAY - timedelta(days=n),
            created_at=AT, updated_at=AT - timedelta(hours=n % 4),
        )  # fmt: skip
        StageSpell.objects.create(initiative=row, stage=row.stage, entered_on=row.entered_on, recorded_at=AT)
        finding = Finding(f"R0{n % 3}", n % 3 + 1, "Cause", f"Sentence {n}.", TODAY - timedelta(days=n % 4))
        owner = people[n % 5]
        sync_flags(
            subject=Subject("initiative", row.pk, row.name, row, row.unit, owner),
            findings=[finding],
            by=cast.actor("max"),
            at=AT,
        )
        if n % 3 == 0:
            sync_flags(
                subject=Subject("initiative", row.pk, row.name, row, row.unit, owner),
                findings=[],
                by=cast.actor("max"),
                at=AT,
            )
    return cast


def walk(client: Any, url: str, key: str = "next") -> list[list[int]]:
    """The ids page by page, following `key`."""
    pages = []
    while url:
        body = client.get(url).json()
        pages.append([row["id"] for row in body["results"]])
        url = body[key]
        assert len(pages) < 100, "it does not end"
    return pages


ORDERS = {
    "initiatives": (*INITIATIVES.orders, "id", "stage,-spent,name", "sponsor,-lead,entered_on"),
    "flags": (*FLAGS.orders, "id"),
    "stage-spells": (*SPELLS.orders, "id"),
}


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("noun", ORDERS)
def test_pages_forward_and_backward_are_the_whole_list(noun: str, sign: str, crowd: Cast, api: Any) -> None:
    client = api("max")
    for order in ORDERS[noun]:
        url = f"/api/v1/{noun}/?ordering={sign}{order}"
        [whole] = walk(client, f"{url}&page_size=200")
        assert len(whole) == len(set(whole)) == ROWS, url
        forward = walk(client, f"{url}&page_size={PAGE}")
        assert [pk for page in forward for pk in page] == whole, url
        assert all(len(page) == PAGE for page in forward[:-1]), url
        last = f"{url}&page_size={PAGE}"
        while (body := client.get(last).json())["next"]:
            last = body["next"]
        backward = walk(client, last, "previous")
        assert [pk for page in reversed(backward) for pk in page] == whole, url


def test_empty_values_come_last_whichever_way(crowd: Cast, api: Any) -> None:
    for sign in ("", "-"):
        rows = (
            api("max").get(f"/api/v1/initiatives/?ordering={sign}entered_on&page_size=200").json()["results"]
        )
        days = [row["entered_on"] for row in rows]
        known = [day for day in days if day]
        assert days == [*sorted(known, reverse=bool(sign)), *[None] * (len(days) - len(known))]


def test_a_row_added_meanwhile_is_neither_missed_nor_doubled(crowd: Cast, api: Any) -> None:
    client = api("max")
    first = client.get("/api/v1/initiatives/?ordering=id&page_size=5").json()
    Initiative.objects.filter(pk=first["results"][0]["id"]).update(name="changed")
    Flag.objects.filter(initiative=first["results"][1]["id"]).delete()
    seen = [row["id"] for row in first["results"]] + [
        pk for page in walk(client, first["next"]) for pk in page
    ]
    assert len(seen) == len(set(seen)) == ROWS


def test_a_cursor_is_no_way_into_another_list_order_or_reader(crowd: Cast, api: Any) -> None:
    client = api("max")
    url = "/api/v1/initiatives/?page_size=5&ordering="
    cursor = parse_qs(urlsplit(client.get(f"{url}name").json()["next"]).query)["cursor"][0]
    assert client.get(f"{url}name&cursor={cursor}").status_code == 200
    for other in (
        f"{url}-name",
        f"{url}lead",
        "/api/v1/flags/?ordering=subject",
        "/api/v1/objectives/?ordering=name",
    ):
        answer = client.get(f"{other}&cursor={cursor}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "?cursor"), other
    foreign = api("vera").get(f"{url}name&cursor={cursor}").json()["results"]
    assert {row["unit"] for row in foreign} <= {crowd.claims.pk}


def test_a_cursor_with_one_letter_changed_is_refused(crowd: Cast, api: Any) -> None:
    client = api("max")
    cursor = parse_qs(urlsplit(client.get("/api/v1/initiatives/?page_size=5").json()["next"]).query)[
        "cursor"
    ][0]
    for place in range(0, len(cursor), 3):
        letter = "A" if cursor[place] != "A" else "B"
        broken = f"{cursor[:place]}{letter}{cursor[place + 1 :]}"
        assert client.get("/api/v1/initiatives/", {"page_size": 5, "cursor": broken}).status_code == 400, (
            place
        )


def test_a_page_has_at_most_two_hundred_rows_and_fifty_unless_asked(cast: Cast, api: Any) -> None:
    Initiative.objects.bulk_create(
        Initiative(name=f"I{n}", unit=cast.claims, created_at=AT, updated_at=AT) for n in range(210)
    )
    client = api("max")
    sizes = [
        len(client.get(f"/api/v1/initiatives/{query}").json()["results"])
        for query in ("", "?page_size=200", "?page_size=1")
    ]
    assert sizes == [50, 200, 1]


def test_past_the_end_there_is_an_empty_page_that_leads_back(crowd: Cast, api: Any) -> None:
    client = api("max")
    last = client.get("/api/v1/initiatives/?ordering=id&page_size=20").json()
    Initiative.objects.filter(pk__gt=last["results"][-1]["id"]).delete()
    body = client.get(last["next"]).json()
    assert (body["results"], body["next"]) == ([], None)
    assert client.get(body["previous"]).json()["results"]


def test_a_page_costs_the_same_whatever_lies_before_it(crowd: Cast, api: Any) -> None:
    client = api("max")
    counts = []
    url = "/api/v1/initiatives/?ordering=name&page_size=5"
    while url:
        with CaptureQueriesContext(connection) as captured:
            url = client.get(url).json()["next"]
        counts.append(len(captured))
    assert len(set(counts)) == 1
    assert not [q for q in captured if "OFFSET" in q["sql"] or "COUNT(" in q["sql"]]


def test_a_stranger_pages_nothing(crowd: Cast) -> None:
    assert Client().get("/api/v1/initiatives/?page_size=5").status_code == 401
