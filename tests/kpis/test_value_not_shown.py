"""R33: what has been in production for long and whose value nobody has shown, the same by an independent statement."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.access import system
from core.models import Policy
from kpis.models import Kpi, Measurement
from kpis.services.evaluate import ask_all
from kpis.services.measure import withdraw_measurement
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import make_kpi, read
from tests.kpis.watched import day, live, metric, moment, staged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

Api = Callable[[str], APIClient]
SignedIn = Callable[[str], Client]

# Said again from the tables alone: a stay in production that is open and longer than ninety days, and no reading of
# anything but a model metric, standing and a number, of the last ninety days.
INDEPENDENT = """
    SELECT i.id FROM portfolio_initiative i
    JOIN portfolio_stagespell s ON s.initiative_id = i.id AND s.closed_at IS NULL
    WHERE s.stage = 'production' AND s.entered_on < %s AND i.id NOT IN (
        SELECT k.initiative_id FROM kpis_kpi k JOIN kpis_measurement m ON m.kpi_id = k.id
        WHERE k.kind <> 'model_metric' AND NOT m.void AND m.value IS NOT NULL
        AND m.observed_on BETWEEN %s AND %s
        AND m.id NOT IN (SELECT supersedes_id FROM kpis_measurement WHERE supersedes_id IS NOT NULL))
    ORDER BY i.id
"""


def by_sql(today: date = TODAY) -> list[int]:
    first = today - timedelta(days=90)
    with connection.cursor() as cursor:
        cursor.execute(INDEPENDENT, [first, first, today])
        return [row[0] for row in cursor.fetchall()]


def listed(client: APIClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get("/api/v1/value-not-shown/?page_size=200").json()["results"]
    return rows


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return sorted(row["id"] for row in rows)


def test_the_list_and_the_flags_match_sql_over_a_generated_portfolio(cast: Cast, api: Api) -> None:
    chance = random.Random(33)
    for place in range(24):
        entered = chance.choice([10, 89, 90, 91, 200, 400])
        initiative = live(cast, entered, f"No. {place}") if chance.random() < 0.75 else staged(
            cast.claims, f"No. {place}", 300, 280, 250, lead=cast.alice
        )  # fmt: skip
        for kind in chance.sample(["business", "guard", "model_metric"], chance.randint(0, 2)):
            made = metric(initiative, kind) if kind == "model_metric" else make_kpi(
                initiative, kind, kind=kind, primary=False, at=moment(500)
            )  # fmt: skip
            for days in chance.sample([-5, 0, 1, 89, 90, 91, 120], chance.randint(0, 2)):
                row = read(made, chance.choice(["0.7", "8"]), day(days), at=moment(0)).measurement
                if chance.random() < 0.2:
                    withdraw_measurement(pk=row.pk, because="Wrong.", by=system(), at=AT)
    ask_all(at=AT)
    expected = by_sql()
    flags = Flag.objects.filter(rule="warning_value_not_shown", cleared_at=None)
    assert 3 < len(expected) < 24
    rows = listed(api("max"))
    assert ids(rows) == expected == sorted(flags.values_list("subject_id", flat=True))
    assert {row["flag"] for row in rows} == set(flags.values_list("pk", flat=True))
    assert {row["not_shown_since"] for row in rows} == {
        f"{on}" for on in flags.values_list("since", flat=True)
    }


@pytest.mark.parametrize(("days", "shown"), [(89, False), (90, False), (91, True)], ids=["N-1", "N", "N+1"])
def test_at_the_limit(cast: Cast, api: Api, days: int, shown: bool) -> None:
    live(cast, days)
    assert bool(listed(api("max"))) is shown
    row = live(cast, 400, "Measured once")
    read(make_kpi(row, at=moment(500)), 8, day(days), at=moment(0))
    assert ("Measured once" in {one["name"] for one in listed(api("max"))}) is shown


def test_one_business_reading_takes_it_off_and_a_model_metric_does_not(cast: Cast, api: Api) -> None:
    row = live(cast, 200)
    model, business = metric(row), make_kpi(row)
    read(model, "0.7", day(1))
    [one] = listed(api("max"))
    assert (one["production_since"], one["last_business_reading_on"]) == (f"{day(200)}", None)
    assert one["not_shown_since"] == f"{day(200) + timedelta(days=91)}"
    read(business, 8, day(1))
    assert listed(api("max")) == []


def test_a_reading_without_a_number_or_replaced_shows_nothing(cast: Cast, api: Api) -> None:
    row = live(cast, 200)
    kpi = make_kpi(row)
    first = read(kpi, 8, day(100)).measurement
    Measurement.objects.create(
        kpi=kpi, kpi_version_id=first.kpi_version_id, observed_on=day(2), value=None, recorded_at=AT
    )
    assert [one["last_business_reading_on"] for one in listed(api("max"))] == [f"{day(100)}"]


def test_other_limits_are_other_data(cast: Cast, api: Api) -> None:
    live(cast, 40)
    assert listed(api("max")) == []
    Policy.objects.create(
        kind="kpi_warnings", number=1, effective_on=TODAY, data={"value_days": 30}, recorded_at=AT
    )
    assert len(listed(api("max"))) == 1


def test_everybody_sees_what_they_may(cast: Cast, api: Api, signed_in: SignedIn) -> None:
    live(cast, 200, "In claims")
    live(cast, 200, "In retail", lead=cast.charlie, sponsor=cast.dana)
    Initiative.objects.filter(name="In retail").update(unit=cast.retail)
    assert {one["name"] for one in listed(api("max"))} == {"In claims", "In retail"}
    assert {one["name"] for one in listed(api("alice"))} == {"In claims"}
    assert {one["name"] for one in listed(api("ursula"))} == {"In retail"}
    page = signed_in("alice").get("/kpis/value-not-shown/").content.decode()
    assert "In claims" in page
    assert "In retail" not in page


def test_the_page_says_since_when_and_comes_as_csv(cast: Cast, signed_in: SignedIn) -> None:
    row = live(cast, 200)
    read(make_kpi(row, at=moment(500)), 8, day(120), at=moment(0))
    client = signed_in("max")
    page = client.get("/kpis/value-not-shown/").content.decode()
    assert "nobody can say what it is worth" in page
    sent: Any = client.get("/kpis/value-not-shown/?format=csv")
    lines = b"".join(sent.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert f"{day(120)}" in lines[1]


def test_the_empty_list_says_what_would_be_on_it(signed_in: SignedIn) -> None:
    page = signed_in("max").get("/kpis/value-not-shown/").content.decode()
    assert "Everything live has shown its value lately" in page


def test_filters_and_orders_are_those_of_the_page_and_refused_otherwise(cast: Cast, api: Api) -> None:
    live(cast, 200, "Older")
    live(cast, 100, "Newer")
    client = api("max")
    assert [one["name"] for one in listed(client)] == ["Older", "Newer"]
    said = client.get(f"/api/v1/value-not-shown/?production_since__gte={day(150)}").json()["results"]
    assert [one["name"] for one in said] == ["Newer"]
    assert client.get("/api/v1/value-not-shown/?stage=pilot").status_code == 400
    assert client.get("/api/v1/value-not-shown/?as_of=2026-01-01").status_code == 400
    older = Initiative.objects.get(name="Older")
    assert client.get(f"/api/v1/value-not-shown/{older.ref}/").json()["name"] == "Older"
    make_kpi(older)
    read(Kpi.objects.get(initiative=older), 8, day(1))
    assert client.get(f"/api/v1/value-not-shown/{older.ref}/").status_code == 404


@pytest.mark.parametrize("url", ["/api/v1/value-not-shown/", "/kpis/value-not-shown/"])
def test_the_number_of_statements_does_not_grow(cast: Cast, signed_in: SignedIn, url: str) -> None:
    client, counts = signed_in("max"), []
    client.get(url)
    for many in (1, 4):
        for place in range(many):
            read(metric(live(cast, 200, f"{many} {place}")), "0.7", day(1))
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 13
