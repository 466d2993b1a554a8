"""The pictures drawn on the server: what they show, what they refuse to show."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from core.plot import bars, glide_page, glide_small
from core.plot.glide import Glide, Reading, Version, describe
from core.plot.glide_frame import values
from core.plot.heat import level
from core.plot.svg import Days, Values, spread
from core.style_page import amended, capped, sample_paths

TODAY = date(2026, 11, 24)
BASE = date(2026, 5, 24)


def path(code: str, *readings: Reading, version: Version | None = None) -> Glide:
    version = version or Version(BASE, BASE + timedelta(days=365), Decimal(9), Decimal(5))
    return Glide("Days to decide", code, TODAY, (version,), readings, "days")


def reading(on: date, share: str, **more: object) -> Reading:
    progress = Decimal(share)
    return Reading(on, Decimal(9) - 4 * progress, progress, **more)  # type: ignore[arg-type]


def pieces(svg: str, css: str) -> list[ElementTree.Element]:
    return [
        e for e in ElementTree.fromstring(f"<g>{svg}</g>").iter() if css in (e.get("class") or "").split()
    ]


EVERY = [
    *sample_paths(TODAY),
    amended(TODAY),
    capped(TODAY),
    path("not_started"),
    path("invalid", version=Version(BASE)),
]


@pytest.mark.parametrize("size", ["cell", "exception", "card"])
@pytest.mark.parametrize("glide", EVERY, ids=lambda g: f"{g.name}-{g.status}")
def test_every_small_path_is_well_formed_and_stays_inside(glide: Glide, size: str) -> None:
    svg = glide_small.draw(glide, size)
    width, height = glide_small.SIZES[size]
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    for line in (e for e in root.iter() if e.get("points")):
        for point in (line.get("points") or "").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


@pytest.mark.parametrize("glide", EVERY, ids=lambda g: f"{g.name}-{g.status}")
def test_every_page_path_is_drawn_twice_and_well_formed(glide: Glide) -> None:
    svg = glide_page.draw(glide)
    assert len(pieces(svg, "gp-wide")) == len(pieces(svg, "gp-narrow")) == 1


@pytest.mark.parametrize("glide", EVERY, ids=lambda g: f"{g.name}-{g.status}")
def test_no_picture_carries_a_style_or_a_script(glide: Glide) -> None:
    svg = glide_page.draw(glide) + glide_small.draw(glide)
    assert not re.search(r"\bstyle=|<script|\son[a-z]+=", svg)


def test_up_is_better_also_for_a_kpi_that_must_fall() -> None:
    svg = glide_page.draw(path("on_track", reading(BASE + timedelta(days=30), "0.1"), reading(TODAY, "0.6")))
    early, late = (float(d.get("cy") or 0) for d in pieces(svg, "gp-dot")[:2])
    assert late < early


def test_nobody_has_looked_since_is_hatched_from_the_last_reading_to_today() -> None:
    last = BASE + timedelta(days=60)
    glide = path("stale", reading(last, "0.2"))
    hatch = pieces(glide_small.draw(glide), "gp-unk")[0]
    dot = pieces(glide_small.draw(glide), "gp-last")[0]
    assert float(hatch.get("x") or 0) == pytest.approx(float(dot.get("cx") or 0), abs=0.11)
    assert "r-unknown" in (dot.get("class") or "")


def test_without_a_reading_everything_since_the_baseline_is_unknown() -> None:
    svg = glide_small.draw(path("no_baseline"))
    assert pieces(svg, "gp-unk")
    assert not pieces(svg, "gp-last")
    assert not pieces(svg, "gp-line")


@pytest.mark.parametrize(
    "code", ["on_track", "at_risk", "off_track", "achieved", "missed", "paused", "not_started"]
)
def test_what_is_known_is_never_hatched(code: str) -> None:
    assert not pieces(glide_small.draw(path(code, reading(TODAY, "0.3"))), "gp-unk")


@pytest.mark.parametrize(
    ("code", "tag"), [("on_track", "circle"), ("at_risk", "path"), ("off_track", "rect"), ("missed", "rect")]
)
def test_the_last_reading_has_the_shape_of_its_status(code: str, tag: str) -> None:
    dot = pieces(glide_small.draw(path(code, reading(TODAY, "0.3"))), "gp-last")[0]
    assert dot.tag == tag


def test_the_line_is_never_drawn_across_a_version_break() -> None:
    svg = glide_small.draw(amended(TODAY))
    assert len(pieces(svg, "gp-line")) == 2
    assert len(pieces(svg, "gp-brk2")) == 1


def test_a_reading_that_does_not_count_is_shown_apart_and_never_the_last() -> None:
    good, late = reading(BASE + timedelta(days=90), "0.5"), reading(TODAY, "0.9", counts=False)
    glide = path("achieved", good, late)
    assert glide.last == good
    assert len(pieces(glide_page.draw(glide), "gp-late")) == 2  # once in each drawing
    assert "0.9" not in describe(glide)


def test_without_a_target_date_no_expectation_is_drawn() -> None:
    svg = glide_small.draw(path("invalid", version=Version(BASE)))
    assert not pieces(svg, "gp-exp")
    assert not pieces(svg, "gp-target")
    assert "no date" in svg


def test_a_declared_curve_bends_the_expected_line() -> None:
    curve = ((Decimal("0.5"), Decimal("0.1")),)
    version = Version(BASE, BASE + timedelta(days=200), Decimal(9), Decimal(5), curve=curve)
    line = pieces(glide_small.draw(path("on_track", version=version)), "gp-exp")[0]
    assert len((line.get("points") or "").split()) == 3


def test_the_path_is_told_in_one_sentence() -> None:
    told = describe(path("off_track", reading(date(2026, 11, 13), "0.23")))
    assert told.replace("\u00a0", " ") == (
        "Days to decide: off track; 1 reading, progress 23 % of the way to target, last 13 Nov; target date 24 May 2027"
    )


def test_a_name_cannot_break_out_of_the_picture() -> None:
    hostile = replace(path("on_track", reading(TODAY, "0.5")), name='"><script>alert(1)</script>', unit="<i>")
    svg = glide_page.draw(hostile) + glide_small.draw(hostile)
    assert "<script" not in svg
    assert "<i>" not in svg
    ElementTree.fromstring(f"<g>{svg}</g>")


def test_a_cap_is_turned_so_that_up_stays_better() -> None:
    scale = values(capped(TODAY), glide_page.WIDE)
    assert scale(3.9) < scale(5.0)


def test_an_age_without_an_approved_length_is_unknown_not_zero() -> None:
    assert "approved length never recorded" in bars.agebar(240, None)
    assert "days in stage never recorded" in bars.agebar(None, 120)
    assert not pieces(bars.agebar(240, 0), "d")
    assert "2.11 times" in bars.agebar(253, 120)


def test_an_old_pilot_fills_its_bar_and_not_more() -> None:
    assert pieces(bars.agebar(5000, 90), "d")[0].get("width") == "240"


def test_a_bar_draws_the_longest_part_first_and_stays_inside() -> None:
    svg = bars.bar(
        [bars.Part(5, "acc"), bars.Part(20, "out"), bars.Part(10, tick=True)], 10, "validated 5 of 10"
    )
    drawn = [e.get("class") for e in ElementTree.fromstring(svg)]
    assert drawn == ["b-bg", "b-out", "b-acc", "b-tick"]
    assert float(ElementTree.fromstring(svg)[1].get("width") or 0) <= 240
    assert pieces(bars.bar([bars.Part(5)], 0), "b-ink") == []


def test_spells_without_a_date_are_told_and_not_drawn_as_zero() -> None:
    rows = [bars.Spell("Idea", None, None), bars.Spell("Pilot", BASE, None)]
    svg = bars.spells(rows, TODAY, [("approved end", BASE + timedelta(days=90))])
    assert len(pieces(svg, "b")) == 1
    assert "Idea from no date" in svg
    assert pieces(svg, "over")
    assert bars.spells(rows[:1], TODAY) == ""


@pytest.mark.parametrize(
    ("count", "most", "step"), [(0, 9, 0), (1, 4, 1), (4, 4, 4), (1, 200, 1), (100, 200, 2), (200, 200, 4)]
)
def test_heat_has_four_steps_and_none_for_nothing(count: int, most: int, step: int) -> None:
    assert level(count, most) == step


def test_scales_never_leave_the_picture() -> None:
    x, y = Days(BASE, TODAY, 10, 90), Values(0, 10, 5, 95)
    assert x(BASE - timedelta(days=900)) == 10
    assert x(TODAY + timedelta(days=900)) == 90
    assert (y(-5), y(50)) == (95, 5)
    assert Days(TODAY, TODAY, 10, 90)(TODAY) == 10
    assert Values(3, 3, 5, 95).ticks(5) is not None


@pytest.mark.parametrize(("low", "high"), [(0, 1), (4.5, 10.6), (0.001, 0.002), (-50, 120000)])
def test_ticks_are_round_and_few(low: float, high: float) -> None:
    ticks = Values(low, high, 0, 100).ticks(6)
    assert 2 <= len(ticks) <= 9
    assert all(low <= tick <= high for tick in ticks)


def test_month_labels_thin_out_as_the_span_grows() -> None:
    for years in (1, 3, 9, 40):
        assert 1 <= len(Days(date(2000, 1, 15), date(2000 + years, 1, 15), 0, 900).months(12)) <= 12


def test_labels_are_moved_apart_in_order() -> None:
    assert spread([10, 12, 50], 15) == [10, 25, 50]
