"""Every status has one word, one shape and one role, and the shape exists."""

import re

import pytest

from config.env import BASE_DIR as ROOT
from core import vocabulary
from core.plot import palette
from core.style_page import KINDS

# The vocabulary as designed, line by line: kind, then word: shape role.
DESIGNED = """
kpi | Achieved: dot-check good · On track: dot good · At risk: tri warn · Off track: sq bad · Missed: sq-x bad
kpi | Stale: clock unknown · No data, overdue: ring-dash unknown · No baseline: open unknown
kpi | Invalid: dia unknown · Unverified: q unknown
kpi | Awaiting first reading: dots none · Not started: ring none · Paused: bars none · Retired: dash none
rollup | Achieved: dot-check good · On track: dot good · At risk: tri warn · Off track: sq bad
rollup | Blind: hatch unknown · No KPI yet: dots none
pilot | Purgatory: oct bad · Drifting: tri warn · Watch: tri-o warn · Healthy: dot good · Undated: hatch unknown
gate_outcome | Go: go good · Conditional go: go-o good · Hold: bars warn · Recycle: loop warn · Pivot: turn ink
gate_outcome | Extend: ext warn · Stop: oct-bar ink · Not decided: q unknown
must_meet | Yes: check good · No: cross bad · Unknown: hatch unknown · Not required: dash none · Waived: flag warn
condition | Open: ring ink · Due soon: tri-o warn · Overdue: tri warn · Overdue, blocking: oct bad
condition | Discharged: check good · Waived: flag none
decision | In force: lock good · Evidence changed: split warn · Suspended: bars bad · Lapsed: dash none
decision | Replaced: loop none
submission | Draft: edit none · Refused: sq-x bad · Submitted, sealed: lock ink · Voting open: split ink
submission | Closed: check good
model | Current: dot good · Stale: clock unknown · No business goal: open unknown · Retired: dash none
drift | Stable: dot good · Moderate drift: tri warn · Significant drift: sq bad · No data received: ring-dash unknown
drift | Too few rows: dots none
value | Planned: ring none · Claimed: split ink · Validated: dot-check good · Rejected: sq-x bad
value | Value not shown: hatch unknown
confidence | Green: dot good · Amber-green: tri-o good · Amber: tri warn · Amber-red: oct-o bad · Red: sq bad
confidence | Not given: q unknown
import_row | Created: plus good · Updated: edit ink · Unchanged: eq none · Refused: sq-x bad
import_row | Cell refused, raw kept: tri warn · Not in the file: ring-dash unknown
seat | Present: dot good · Absent: ring-dash unknown · Recused: dash none · Vacant: dots none
job | Queued: dots none · Running: loop ink · Done: check good · Failed: cross bad
"""
ENTRIES = [
    (kind.strip(), *re.fullmatch(r"(.+): (\S+) (\S+)", part.strip()).groups())  # type: ignore[union-attr]
    for line in DESIGNED.strip().splitlines()
    for kind, parts in [line.split("|")]
    for part in parts.split("·")
]


@pytest.mark.parametrize(("kind", "word", "shape", "role"), ENTRIES)
def test_every_designed_status_has_its_word_shape_and_role(
    kind: str, word: str, shape: str, role: str
) -> None:
    found = [entry for entry in vocabulary.TABLE[kind].values() if entry.word == word]
    assert found == [vocabulary.Status(word, shape, role)]  # type: ignore[arg-type]


def test_nothing_in_a_designed_kind_was_never_designed() -> None:
    designed = {(kind, word) for kind, word, _, _ in ENTRIES}
    own = {"severity", "portfolio_rule", "intervention", "triage", "asked", "reopening"}
    extra = {
        (k, e.word) for k, table in vocabulary.TABLE.items() if k not in own for e in table.values()
    } - designed
    assert extra == set()


def test_every_shape_exists_in_the_sprite_and_none_is_left_over() -> None:
    sprite = (ROOT / "templates/components/sprite.html").read_text()
    drawn = set(re.findall(r'<symbol id="s-([a-z-]+)"', sprite))
    used = {entry.shape for table in vocabulary.TABLE.values() for entry in table.values()}
    assert used <= drawn
    assert drawn - used == set()


def test_unknown_is_never_filled_and_never_grey() -> None:
    hollow = {"clock", "ring-dash", "open", "dia", "q", "hatch"}
    for table in vocabulary.TABLE.values():
        for code, entry in table.items():
            if entry.role == "unknown":
                assert entry.shape in hollow, code


def test_no_data_says_whether_the_first_reading_is_late() -> None:
    assert vocabulary.word("kpi", "no_data", "first_measurement_overdue") == "No data, overdue"
    assert vocabulary.status("kpi", "no_data", "awaiting_first_measurement").role == "none"
    assert vocabulary.word("drift", "no_data") == "No data received"


def test_a_status_nobody_recorded_says_so() -> None:
    assert vocabulary.word("pilot", None) == "Never recorded"
    assert vocabulary.status("pilot", "").role == "unknown"


@pytest.mark.parametrize(("kind", "code"), [("kpi", "green"), ("mood", "good"), ("pilot", "on_track")])
def test_a_code_outside_the_vocabulary_is_refused(kind: str, code: str) -> None:
    with pytest.raises(KeyError):
        vocabulary.status(kind, code)


def test_the_style_page_shows_every_kind() -> None:
    assert set(KINDS) == set(vocabulary.TABLE)


def test_chart_colours_are_the_light_tokens_and_one_hex_means_one_role() -> None:
    tokens = (ROOT / "static/css/tokens.css").read_text()
    for role, hexed in palette.LIGHT.items():
        assert re.search(rf"--{role}: light-dark\({hexed},", tokens), role
    assert len(set(palette.LIGHT.values())) == len(palette.LIGHT)
    script = (ROOT / "static/js/charts.js").read_text()
    listed = re.search(r"const ROLES = \[(.*?)\]", script, re.DOTALL)
    assert listed
    assert set(re.findall(r'"([a-z0-9-]+)"', listed[1])) == set(palette.LIGHT)


def test_chart_markers_follow_the_badges() -> None:
    assert palette.symbol("pilot", "purgatory") == "octagon"
    assert palette.symbol("rollup", "on_track", hollow=True) == "circle-open"
    assert palette.symbol("rollup", "blind", hollow=True) == "circle-x-open"
    assert palette.colour("rollup", "no_kpi") == palette.LIGHT["ink-3"]
    assert palette.colour("rollup", "blind") == palette.LIGHT["unknown"]
