"""The series of a KPI as it is drawn: valid Plotly, no line across a break, nothing hidden, the same in words and rows."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import plotly.graph_objects as go
import pytest
from django.test import Client

from core.access import system
from core.plot import glide_page
from core.plot.palette import LIGHT
from kpis.charts import path_of, series_chart
from kpis.charts.series import MOST
from kpis.models import Kpi, Measurement
from kpis.queries import series_of
from kpis.queries.drift import drift_of
from kpis.services.states import retire_kpi
from kpis.translate import definition_of
from portfolio.dashboard.charts.chart import Chart
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import amend, claims_triage, make_kpi, read, series, slip
from tests.kpis.drifting import STEADY, WORSE, monthly, watched

SignIn = Callable[[str], Client]
pytestmark = pytest.mark.django_db


def fresh(kpi: Kpi) -> Kpi:
    return Kpi.objects.select_related("current", "initiative").get(pk=kpi.pk)


def drawn(kpi: Kpi, as_of: date = TODAY) -> Chart:
    row, found = fresh(kpi), drift_of(kpi.pk, as_of=as_of)
    assert found is not None
    chart = series_chart(row, found, as_of=as_of)
    assert chart is not None
    go.Figure({"data": chart.spec["data"], "layout": chart.spec["layout"]})
    go.Figure({"data": chart.spec["data"], "layout": {**chart.spec["layout"], **chart.spec["narrow"]}})
    return chart


def lines(chart: Chart) -> list[list[str]]:
    """The days of each line of readings."""
    return [
        one["x"] for one in chart.spec["data"] if one.get("line", {}).get("width") == 1.5 and "marker" in one
    ]


def test_a_series_without_a_change_is_one_line_with_its_target_and_what_was_expected(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    series(kpi, [9, 8, 7])
    chart = drawn(kpi)
    assert [len(line) for line in lines(chart)] == [3]
    assert chart.facts["breaks"] == 0
    assert {one["type"] for one in chart.spec["data"]} == {"scatter"}  # and nothing that needs WebGL
    assert any(note["text"] == "target 5" for note in chart.spec["layout"]["annotations"])
    assert chart.spec["layout"]["yaxis"]["autorange"] == "reversed"  # lower is better, and up is better
    assert chart.summary.startswith(
        "Days to decision: 3 readings from 25 Sep 2026 to 24 Nov 2026, the last 7 days"
    )
    assert "Target 5 days by 31 Dec 2026" in chart.summary
    assert [row[1] for row in chart.rows] == ["7", "8", "9"]


def test_no_line_is_drawn_across_a_changed_formula(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), formula="Median")
    series(kpi, [9, 8.5, 8], last=TODAY - timedelta(days=40))
    slip(kpi, cast, formula="Mean")
    read(kpi, 12, TODAY)
    chart = drawn(kpi)
    assert [len(line) for line in lines(chart)] == [3, 1]
    thick = [one for one in chart.spec["layout"]["shapes"] if one["line"].get("width") == 2.5]
    assert [one["x0"] for one in thick] == [TODAY.isoformat()]
    assert any("series broken" in note["text"] for note in chart.spec["layout"]["annotations"])
    assert "The series is broken once" in chart.summary
    assert {row[3] for row in chart.rows} == {"v1", "v2"}


def test_a_moved_target_is_a_thin_line_and_both_targets_stand_over_their_own_time(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    series(kpi, [9, 8], last=TODAY - timedelta(days=20))
    amend(kpi, cast, target=Decimal(7))
    read(kpi, 7.5, TODAY)
    chart = drawn(kpi)
    assert [len(line) for line in lines(chart)] == [3]  # one measure, one line
    said = {note["text"] for note in chart.spec["layout"]["annotations"]}
    assert {"target 5, v1", "target 7, v2"} <= said
    goals = [one for one in chart.spec["data"] if one.get("y") in ([5.0, 5.0], [7.0, 7.0])]
    assert [one["x"] for one in goals] == [
        ["2026-01-01", TODAY.isoformat()],
        [TODAY.isoformat(), "2027-01-14"],
    ]


def test_a_band_shows_its_bounds_and_the_zone_at_each(cast: Cast) -> None:
    band = {
        "shape": "band", "baseline_on": date(2026, 1, 1), "lower": Decimal(10), "upper": Decimal(20), "cadence_days": 30,
    }  # fmt: skip
    kpi = make_kpi(claims_triage(cast), success=band)
    series(kpi, [15, 19.5, 21])
    chart = drawn(kpi)
    assert {"floor 10", "cap 20"} <= {note["text"] for note in chart.spec["layout"]["annotations"]}
    zones = [one["y"] for one in chart.spec["data"] if one.get("fillcolor") == LIGHT["warn-soft"]]
    assert zones == [[11.0, 11.0], [19.0, 19.0]]
    assert "autorange" not in chart.spec["layout"]["yaxis"]
    assert chart.rows[0][2] == "10 to 20"


def test_corrections_are_marked_and_what_was_struck_is_not_drawn(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    wrong = read(kpi, 99, TODAY - timedelta(days=30)).measurement
    read(kpi, 8, TODAY - timedelta(days=30), supersedes=wrong.pk, note="Counted twice.")
    read(kpi, 7, TODAY)
    chart = drawn(kpi)
    assert [row[1] for row in chart.rows] == ["7", "8"]
    assert chart.rows[1][4] == "corrected"
    marks = [one for one in chart.spec["data"] if one.get("marker", {}).get("symbol") == "square-open"]
    assert [one["y"] for one in marks] == [[8.0]]


def test_drift_is_marked_where_it_was_first_seen_beside_the_usual_level(cast: Cast) -> None:
    kpi = watched(claims_triage(cast))
    monthly(kpi, (*STEADY, *WORSE))
    chart = drawn(kpi)
    (mark,) = [one for one in chart.spec["data"] if one.get("marker", {}).get("symbol") == "diamond-open"]
    assert mark["marker"]["color"] == LIGHT["bad"]
    assert "drift first seen by" in mark["text"][0]
    row, found = fresh(kpi), drift_of(kpi.pk, as_of=TODAY)
    assert row.current is not None
    assert found is not None
    path = path_of(row, found, series_of(kpi.pk, definition_of(row.current), as_of=TODAY), as_of=TODAY)
    assert path is not None
    assert glide_page.draw(path).count("gp-drift") == 2  # once in each of its two sizes
    assert any("usual level 10" in text for one in chart.spec["data"] for text in one.get("text", ()))
    assert "moved up, for the worse" in chart.summary


def test_ten_thousand_readings_are_thinned_and_keep_their_peaks(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    first = TODAY - timedelta(days=9_999)
    Measurement.objects.bulk_create(
        Measurement(
            kpi=kpi, kpi_version_id=kpi.current_id or 0, observed_on=first + timedelta(days=n),
            value=Decimal(500 if n == 4_321 else 10), recorded_at=AT,
        )
        for n in range(10_000)
    )  # fmt: skip
    chart = drawn(kpi)
    assert chart.facts["of"] == 10_000
    assert chart.facts["drawn"] <= MOST + 4
    assert max(value for one in chart.spec["data"] for value in one["y"]) == 500


def test_a_unit_is_text_and_never_markup(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), unit_of_measure="<b>%{x}</b>")
    read(kpi, 7, TODAY)
    chart = drawn(kpi)
    assert "<b>" not in str(chart.spec)
    assert "hovertemplate" not in str(chart.spec)


def test_a_kpi_with_nothing_to_draw_has_no_chart(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), success={"shape": "trajectory"})
    found = drift_of(kpi.pk, as_of=TODAY)
    assert found is not None
    assert series_chart(fresh(kpi), found, as_of=TODAY) is None


def test_the_picture_for_paper_breaks_the_line_where_the_chart_does(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), formula="Median")
    series(kpi, [9, 8.5, 8], last=TODAY - timedelta(days=40))
    slip(kpi, cast, formula="Mean")
    read(kpi, 12, TODAY)
    row, found = fresh(kpi), drift_of(kpi.pk, as_of=TODAY)
    assert row.current is not None
    assert found is not None
    path = path_of(row, found, series_of(kpi.pk, definition_of(row.current), as_of=TODAY, versions=[row.current.pk]), as_of=TODAY)  # fmt: skip
    assert path is not None
    assert [(one.version, float(one.value)) for one in path.readings] == [
        (0, 9.0),
        (0, 8.5),
        (0, 8.0),
        (2, 12.0),
    ]
    assert [one.number for one in path.versions] == [1, 2]


# The page


@pytest.fixture
def page(signed_in: SignIn, frozen: Callable[[datetime], None]) -> Callable[..., str]:
    def get(kpi: Kpi, who: str = "vera", **params: Any) -> str:
        answer = signed_in(who).get(f"/kpis/{kpi.ref}/", params)
        assert answer.status_code == 200
        return str(answer.content.decode())

    return get


def test_the_page_tells_three_kinds_of_drift_to_a_reader_and_offers_answers_to_who_may_give_them(
    cast: Cast, page: Callable[..., str]
) -> None:
    kpi = watched(claims_triage(cast))
    monthly(kpi, (*STEADY, *WORSE))
    text = page(kpi)
    for words in ("Moved for the worse", "Nobody has said which outcome", "first seen on", "Holds through"):
        assert words in text
    assert "State a new reference" not in text
    assert 'data-spec="spec-series"' in text
    mine = page(kpi, "alice")
    assert f"/kpis/{kpi.ref}/drift/reference/" in mine
    assert f"/kpis/{kpi.ref}/drift/review/" in mine


def test_the_page_of_a_past_day_draws_and_finds_what_was_there_then(
    cast: Cast, page: Callable[..., str]
) -> None:
    kpi = watched(claims_triage(cast))
    monthly(kpi, (*STEADY, *WORSE))
    text = page(kpi, as_of=str(TODAY - timedelta(days=120)))
    assert "Moved for the worse" not in text
    assert "as of 27 Jul 2026" in text


def test_a_retired_and_an_empty_kpi_have_a_page(cast: Cast, page: Callable[..., str]) -> None:
    initiative = claims_triage(cast)
    empty = make_kpi(initiative, "Unsaid", primary=False, success={"shape": "trajectory"})
    assert "there is no path to draw" in page(empty)
    retired = make_kpi(initiative, "Old")
    read(retired, 7, TODAY)
    retire_kpi(pk=retired.pk, because="Nobody needs it.", by=system(), at=AT)
    assert "Retired" in page(retired)


def test_the_forms_put_an_answer_on_record(
    cast: Cast, signed_in: SignIn, frozen: Callable[[datetime], None]
) -> None:
    kpi = watched(claims_triage(cast))
    monthly(kpi, (*STEADY, *WORSE))
    client = signed_in("alice")
    said = {"begins_on": "2026-08-20", "ends_on": str(TODAY), "because": "A shorter form."}
    assert client.post(f"/kpis/{kpi.ref}/drift/reference/", said).status_code == 302
    assert (
        client.post(f"/kpis/{kpi.ref}/drift/review/", {"verdict": "retire", "because": ""}).status_code == 400
    )
    assert (
        client.post(f"/kpis/{kpi.ref}/drift/review/", {"verdict": "retire", "because": "Old."}).status_code
        == 302
    )
    world = {"kind": "market", "on": str(TODAY), "what": "A price war."}
    assert client.post(f"/kpis/initiative/{kpi.initiative.ref}/world/new/", world).status_code == 302
    text = client.get(f"/kpis/{kpi.ref}/").content.decode()
    for words in ("A shorter form.", "Retire it", "1 reference", "1 review"):
        assert words in text
