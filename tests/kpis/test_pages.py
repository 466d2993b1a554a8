"""The pages that show KPIs: what a reader sees, on any day, and what it costs."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.access import system
from kpis.models import Kpi, Measurement
from kpis.services.measure import withdraw_measurement
from kpis.services.states import pause_kpi, retire_kpi
from kpis.views.due import due_on
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, series

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def triage(cast: Cast) -> Initiative:
    return claims_triage(cast)


def page(client: Client, url: str, **params: Any) -> str:
    answer = client.get(url, params)
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode())


def cost(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        page(client, url)
    return len(seen)


# The list


def test_the_list_shows_status_since_last_reading_progress_and_owner(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    series(make_kpi(triage, owner=cast.bob), [9, 8, 7])
    text = page(signed_in("dana"), "/kpis/")
    assert "Days to decision" in text
    assert "Off track" in text
    assert ">Bob<" in text
    assert "7 <span" in text
    assert 'class="gp"' in text


def test_the_list_never_leaves_a_cell_empty_for_what_is_unknown(
    triage: Initiative, signed_in: SignIn
) -> None:
    make_kpi(triage, success={"shape": "trajectory"}, owner=None)
    text = page(signed_in("max"), "/kpis/")
    for words in ("none yet", "cannot be told", "cannot be drawn", "no target", "no date", "nobody"):
        assert words in text


def test_rare_filters_are_folded_until_one_is_set(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    client = signed_in("dana")
    assert '<details class="rare"><summary' in client.get("/kpis/").content.decode()
    assert '<details class="rare" open>' in client.get("/kpis/?relevance=lost").content.decode()
    assert "rare" not in client.get("/kpis/value-not-shown/").content.decode()


def test_the_list_puts_the_worst_first_and_filters(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    series(make_kpi(triage, "Fine"), [9, 7, 5.2])
    series(make_kpi(triage, "Awful", primary=False, kind="guard"), [9, 9.5, 9.9])
    make_kpi(make_initiative(cast.cards, "Elsewhere"), "Of cards")
    client = signed_in("max")
    text = page(client, "/kpis/")
    assert text.index("Awful") < text.index("Fine")
    for params, shown, hidden in (
        ({"status": "off_track"}, "Awful", "Fine"),
        ({"kind": "guard"}, "Awful", "Fine"),
        ({"primary": "true"}, "Fine", "Awful"),
        ({"unit": str(cast.retail.pk)}, "Of cards", "Fine"),
        ({"initiative": triage.ref}, "Fine", "Of cards"),
        ({"q": "awf"}, "Awful", "Fine"),
    ):
        found = page(client, "/kpis/", **params)
        assert shown in found, params
        assert f">{hidden}</a>" not in found, params
    assert "Nothing matches" in page(client, "/kpis/", q="zzz")
    assert client.get("/kpis/", {"colour": "red"}).status_code == 400


def test_the_list_as_csv_holds_the_same_rows(triage: Initiative, signed_in: SignIn) -> None:
    series(make_kpi(triage), [9, 8, 7])
    answer: Any = signed_in("max").get("/kpis/", {"format": "csv"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert "Off track" in lines[1]


def test_a_reader_sees_no_kpi_of_an_initiative_they_may_not_know(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage, "Secret days")
    client = signed_in("charlie")
    assert "Secret days" not in page(client, "/kpis/")
    assert "No KPI yet" in page(client, "/kpis/")
    assert client.get(f"/kpis/{kpi.ref}/").status_code == 404
    assert client.get(f"/kpis/initiative/{triage.ref}/").status_code == 404
    assert client.get(f"/kpis/initiative/{triage.ref}/glide/").status_code == 404


def test_lists_and_tabs_cost_the_same_for_one_kpi_and_for_fifty(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    series(make_kpi(triage, owner=cast.bob), [9, 8])
    client = signed_in("max")
    urls = (
        "/kpis/",
        f"/kpis/initiative/{triage.ref}/",
        f"/kpis/initiative/{triage.ref}/check-in/",
        "/portfolio/initiatives/",
    )
    few = [cost(client, url) for url in urls]
    for n in range(49):
        series(make_kpi(triage, f"Another {n}", owner=cast.people["alice"]), [9, 8])
    assert [cost(client, url) for url in urls] == few


# The tab of an initiative


def test_the_tab_groups_by_kind_keeps_model_metrics_apart_and_says_why_together(
    triage: Initiative, signed_in: SignIn
) -> None:
    days = make_kpi(triage)
    series(days, [9.8, 9.9])
    make_kpi(triage, "Reopened", primary=False, kind="guard")
    make_kpi(triage, "AUC", primary=False, kind="model_metric", serves=days, serves_because="Order decides.")
    text = page(signed_in("alice"), f"/kpis/initiative/{triage.ref}/")
    assert (
        text.index("Business impact</h2>")
        < text.index("Guards: what")
        < text.index("Model metrics</h2>")
        < text.index("AUC")
    )
    assert "A primary KPI is off track or missed, and that decides." in text
    assert "Order decides." in text
    assert "Define a KPI" in text
    assert "Check in" in text


def test_an_initiative_without_kpis_says_what_to_do(triage: Initiative, signed_in: SignIn) -> None:
    url = f"/kpis/initiative/{triage.ref}/"
    assert "Define the first KPI" in page(signed_in("alice"), url)
    text = page(signed_in("bob"), url)
    assert "No KPI yet" in text
    assert "/new/" not in text


def test_the_small_path_is_a_picture_or_nothing(triage: Initiative, signed_in: SignIn) -> None:
    client, url = signed_in("dana"), f"/kpis/initiative/{triage.ref}/glide/"
    assert client.get(url).status_code == 204
    make_kpi(triage, "Side", primary=False)
    assert client.get(url).status_code == 204
    series(make_kpi(triage), [9, 8])
    text = page(client, url)
    assert text.startswith("<svg")
    assert 'width="112"' in text
    assert "<html" not in text


# One KPI


def test_a_kpi_says_where_it_stands_why_and_what_comes_next(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    series(kpi, [9, 8, 7])
    text = page(signed_in("alice"), f"/kpis/{kpi.ref}/")
    assert "Why off track" in text
    assert "Row 15" in text
    assert "gp-wide" in text
    assert "gp-narrow" in text
    assert "if nothing is recorded:" in text
    assert "Missed" in text or "Unverified" in text or "Stale" in text
    assert "Record a reading" in text
    assert "due 24 Dec" in text


def test_a_reader_is_offered_nothing_they_may_not_do(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    read(kpi, 9)
    viewer = page(signed_in("vera"), f"/kpis/{kpi.ref}/")
    for words in ("Record a reading", "Withdraw", "/edit/", "/state/"):
        assert words not in viewer
    contributor = page(signed_in("bob"), f"/kpis/{kpi.ref}/")
    assert "Record a reading" in contributor
    assert "/edit/" not in contributor


def test_a_corrected_and_a_withdrawn_reading_stay_visible_and_linked(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    first = read(kpi, 9, TODAY - timedelta(days=60)).measurement
    second = read(
        kpi, 6.4, TODAY - timedelta(days=60), supersedes=first.pk, note="Read off the wrong row."
    ).measurement
    third = read(kpi, 8).measurement
    from_system = withdraw_measurement(pk=third.pk, because="Counted twice.", by=system(), at=AT).measurement
    text = page(signed_in("max"), f"/kpis/{kpi.ref}/")
    assert "<del>9</del>" in text
    assert f'by <a href="#r{second.pk}">' in text
    assert f'corrects <a href="#r{first.pk}">' in text
    assert "was 9" in text
    assert "Read off the wrong row." in text
    assert f'by <a href="#r{from_system.pk}">' in text
    assert "Counted twice." in text
    assert f"/kpis/readings/{first.pk}/correct/" not in text
    assert f"/kpis/readings/{second.pk}/correct/" in text


def test_a_reading_that_does_not_speak_says_why(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    read(kpi, 9, date(2025, 12, 1))
    read(kpi, 9, TODAY + timedelta(days=3))
    read(kpi, 8, TODAY)
    read(kpi, 7, TODAY, at=AT + timedelta(minutes=1))
    text = page(signed_in("max"), f"/kpis/{kpi.ref}/")
    assert "before the baseline date" in text
    assert "lies in the future" in text
    assert "another reading of the same day speaks" in text


def test_the_page_of_a_past_day_tells_that_day_and_leaves_out_what_was_learnt_later(
    triage: Initiative, signed_in: SignIn
) -> None:
    then = AT - timedelta(days=40)
    kpi = make_kpi(triage, at=AT - timedelta(days=100))
    day = TODAY - timedelta(days=45)
    wrong = read(kpi, 5.5, day, at=then).measurement
    read(kpi, 9.9, day, supersedes=wrong.pk, note="Two teams were missing.")
    client, url = signed_in("max"), f"/kpis/{kpi.ref}/"
    asked = {"as_of": (TODAY - timedelta(days=39)).isoformat()}
    as_known_now = page(client, url, **asked)
    as_known_then = page(client, url, **asked, known_at="that_day")
    assert "Off track" in as_known_now
    assert ">9.9<" in as_known_now
    assert "Off track" not in as_known_then
    assert ">9.9<" not in as_known_then
    assert "as known that day" in as_known_then
    for text in (as_known_now, as_known_then):
        assert "Record a reading" not in text
        assert "/correct/" not in text
        assert "Answer valid until" not in text


def test_a_day_that_cannot_be_shown_is_refused(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    client, url = signed_in("max"), f"/kpis/{kpi.ref}/"
    assert client.get(url, {"as_of": "2027-01-01"}).status_code == 400
    assert client.get(url, {"as_of": "yesterday"}).status_code == 400
    assert client.get(url, {"as_of": "2026-11-01", "known_at": "2026-11-02"}).status_code == 400
    answer = client.get(url, {"as_of": "2026-11-01", "known_at": "that_day"})
    assert answer.status_code == 404
    assert b"Not on record yet" in answer.content
    assert client.get("/kpis/", {"as_of": "2026-11-01"}).status_code == 400


@pytest.mark.parametrize(
    "success",
    [
        {"shape": "trajectory"},
        {"shape": "band", "baseline_on": date(2026, 1, 1), "upper": Decimal(12), "lower": Decimal(3)},
        {"shape": "band"},
        {
            "shape": "trajectory",
            "baseline_on": date(2026, 1, 1),
            "target": Decimal(5),
            "target_on": date(2026, 12, 31),
        },
        {
            "shape": "trajectory",
            "baseline": Decimal(9),
            "baseline_on": date(2026, 1, 1),
            "target_on": date(2026, 12, 31),
        },
    ],
    ids=["nothing said", "band", "band without bounds", "no baseline", "no target"],
)
def test_every_kind_of_definition_has_a_page(
    success: dict[str, Any], triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage, success=success)
    client = signed_in("max")
    assert "Why" in page(client, f"/kpis/{kpi.ref}/")
    series(kpi, [9, 8])
    text = page(client, f"/kpis/{kpi.ref}/")
    assert not re.search(r"\bNone\b(?! (are needed|of the))", text.split("<main")[1])
    page(client, f"/kpis/initiative/{triage.ref}/")
    page(client, "/kpis/")


def test_paused_and_retired_kpis_say_so_and_why(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    kpi, client = make_kpi(triage), signed_in("alice")
    alice = cast.actor("alice")
    pause_kpi(pk=kpi.pk, until=date(2027, 1, 31), because="The source moves.", by=alice, at=AT)
    text = page(client, f"/kpis/{kpi.ref}/")
    assert "paused until 31 Jan 2027: The source moves." in text
    retire_kpi(pk=kpi.pk, because="It measured nothing.", by=alice, at=AT)
    text = page(client, f"/kpis/{kpi.ref}/")
    assert "retired: It measured nothing." in text
    assert "Record a reading" not in text
    assert "/state/" not in text


def test_the_readings_as_csv_hold_the_struck_ones_too(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    first = read(kpi, 9).measurement
    read(kpi, 8, supersedes=first.pk, note="=HYPERLINK(1)")
    answer: Any = signed_in("vera").get(f"/kpis/{kpi.ref}/", {"format": "csv"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 3
    assert "'=HYPERLINK(1)" in lines[1]


def test_a_kpi_costs_the_same_with_few_readings_and_with_many(triage: Initiative, signed_in: SignIn) -> None:
    kpi, client = make_kpi(triage), signed_in("max")
    series(kpi, [9, 8, 8])
    few = cost(client, f"/kpis/{kpi.ref}/")
    series(kpi, [8] * 60, last=TODAY - timedelta(days=1), every=1)
    assert Measurement.objects.filter(kpi=kpi).count() == 63
    assert cost(client, f"/kpis/{kpi.ref}/") == few
    assert "reading" in page(client, f"/kpis/{kpi.ref}/", page=2)


def test_the_owner_of_a_kpi_opens_it_without_opening_the_initiative(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage, owner=cast.charlie)
    text = page(signed_in("charlie"), f"/kpis/{kpi.ref}/")
    assert "Claims triage" in text
    assert f"/kpis/initiative/{triage.ref}/" not in text


# What the portfolio's pages show of KPIs


def test_the_next_reading_is_due_a_rhythm_after_the_last_and_never_of_what_is_closed(
    cast: Cast, triage: Initiative
) -> None:
    kpi = make_kpi(triage)
    assert due_on(kpi) == date(2026, 1, 31)
    read(kpi, 9, TODAY)
    assert due_on(_again(kpi)) == TODAY + timedelta(days=30)
    pause_kpi(pk=kpi.pk, until=date(2027, 1, 31), because="Moves.", by=cast.actor("max"), at=AT)
    assert due_on(_again(kpi)) is None
    unsaid = make_kpi(triage, "Unsaid", success={"shape": "trajectory"})
    assert due_on(unsaid) is None


def test_home_overview_and_register_show_what_is_due_and_the_path(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    client = signed_in("alice")
    assert f"/kpis/{kpi.ref}/readings/new/" in page(client, "/portfolio/home/")
    assert "Days to decision" in page(client, f"/portfolio/initiatives/{triage.ref}/")
    text = page(client, "/portfolio/initiatives/")
    assert "Glide path" in text
    assert "none yet" in text


def _again(kpi: Kpi) -> Kpi:
    return Kpi.objects.select_related("current").get(pk=kpi.pk)
