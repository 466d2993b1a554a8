"""Reference cases of the statistics: the committed ones, and the shared oracles where they lie beside the project."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.calculate import CALCULATORS
from domain.errors import RuleError
from tests.domain.near import near
from tests.oracles import shared

OWN = Path(__file__).parent / "cases"
KINDS = {"control_chart": "spc", "psi": "psi", "champion_challenger": "abtest"}
NOT_ANSWERED = ("tolerance", "limit_tolerance", "printed", "published")


def exactly(path: Path) -> Any:
    """Numbers as they are written, the way both doors read them."""
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def answers(kind: str, inputs: list[object]) -> list[dict[str, Any]]:
    found: Any = CALCULATORS[kind.replace("_", "-")](inputs)
    return list(json.loads(json.dumps(found, allow_nan=False)))


def own(kind: str) -> list[Any]:
    path = OWN / f"{kind}.json"
    wanted = json.loads(path.read_text(encoding="utf-8"))
    return [
        pytest.param(kind, said["input"], case["expected"], id=f"{kind}: {case['case']}")
        for said, case in zip(exactly(path), wanted, strict=True)
    ]


@pytest.mark.parametrize(("kind", "given", "expected"), [one for kind in KINDS for one in own(kind)])
def test_a_reference_case_comes_out_to_the_billionth(kind: str, given: object, expected: Any) -> None:
    (found,) = answers(kind, [given])
    assert near(found, expected)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
def test_every_shared_oracle_case_comes_out_to_its_tolerance(kind: str) -> None:
    path = shared(KINDS[kind])
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    found = answers(kind, [case["inputs"] for case in exactly(path)["cases"]])
    assert len(found) == len(cases) > 0
    for case, answer in zip(cases, found, strict=True):
        wanted = {key: one for key, one in case["expected"].items() if not key.startswith(NOT_ANSWERED)}
        assert wanted, case["id"]
        assert near(answer, wanted), case["id"]


def test_the_comparison_of_answers_sees_what_differs() -> None:
    assert near({"a": [1.0, "x"], "b": 2}, {"a": [1 + 1e-10, "x"]})
    for found, wanted in [
        (1.0, 1.00001),
        ([1.0], [1.0, 2.0]),
        ("1", 1),
        (True, 1),
        ({}, {"a": 1}),
        (None, 0.0),
    ]:
        assert not near(found, wanted)


def test_the_same_data_gives_another_index_by_another_convention() -> None:
    data = {"kind": "proportions", "expected": ["0.25"] * 4, "actual": ["0.5", "0.3", "0.2", "0"]}
    floor, skip, none = answers("psi", [data, {**data, "zero": "skip"}, {**data, "zero": "none"}])
    assert (round(floor["psi"], 3), round(skip["psi"], 3), none["psi"]) == (2.149, 0.194, "inf")
    assert len({one["convention"] for one in (floor, skip, none)}) == 3
    assert (skip["left_out"], floor["left_out"]) == ([3], [])


def test_page_hinkley_without_parameters_is_rivers_detector_as_it_comes() -> None:
    values = [0, 1] * 500 + [5, 4, 7, 6] * 20
    found = answers("control_chart", [{"method": "page_hinkley", "values": values}])
    assert found == [{"detections_0based": [[1010, 7.0]]}]


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"x1": 1, "n1": 2, "x2": 1, "n2": 2}, {"p1", "p2", "z_pooled", "p_two_sided", "ci95_diff_unpooled"}),
        (
            {"both_right": 1, "only_champion_right": 0, "only_challenger_right": 0, "both_wrong": 0},
            {"champion_accuracy", "challenger_accuracy", "p_exact_two_sided", "ci95_diff"},
        ),
        (
            {"mean1": 1, "sd1": 1, "n1": 3, "mean2": 2, "sd2": 1, "n2": 3},
            {"t_welch", "degrees_of_freedom", "p_two_sided", "ci95_diff"},
        ),
    ],
)
def test_each_comparison_answers_with_its_own_keys(given: object, keys: set[str]) -> None:
    (found,) = answers("champion_challenger", [given])
    assert set(found) == keys | {"diff", "relative_uplift_of_2_over_1", "significant_5pct"}


REFUSED: list[tuple[str, object, str, str]] = [
    ("psi", {}, "", "Give a list"),
    ("psi", [{}], "/0", "actual"),
    ("psi", [[]], "/0", "Give an object"),
    ("psi", [{"kind": "shares", "expected": [1], "actual": [1]}], "/0/kind", "counts, proportions, raw"),
    ("psi", [{"kind": "counts", "expected": [], "actual": []}], "/0/expected", "one bin"),
    ("psi", [{"kind": "counts", "expected": [1, 2], "actual": [3]}], "/0/actual", "has 2, today 1"),
    ("psi", [{"kind": "counts", "expected": [1, -2], "actual": [1, 2]}], "/0/expected/1", "between 0"),
    ("psi", [{"kind": "counts", "expected": [1, 2], "actual": [0, 0]}], "/0/actual", "one case"),
    (
        "psi",
        [{"kind": "counts", "expected": [1, Decimal("2.5")], "actual": [1, 1]}],
        "/0/expected/1",
        "whole number",
    ),
    (
        "psi",
        [{"kind": "counts", "expected": [1], "actual": [1], "laplace_count": -1}],
        "/0/laplace_count",
        "0 or more",
    ),
    ("psi", [{"kind": "counts", "expected": [1, 0], "actual": [0, 1], "zero": "skip"}], "/0/zero", "floor"),
    (
        "psi",
        [{"kind": "counts", "expected": [1], "actual": [1], "zero": "drop"}],
        "/0/zero",
        "floor, skip, none",
    ),
    ("psi", [{"kind": "counts", "expected": [1], "actual": [1], "eps": 0}], "/0/eps", "above 0"),
    ("psi", [{"kind": "counts", "expected": [1], "actual": [1], "eps": 1}], "/0/eps", "below 1"),
    ("psi", [{"kind": "counts", "expected": [1], "actual": [1], "bins": 3}], "/0/bins", "Remove it"),
    ("psi", [{"kind": "proportions", "expected": [1], "actual": ["0.5"]}], "/0/actual", "sum to 0.5"),
    ("psi", [{"kind": "proportions", "expected": [1], "actual": ["NaN"]}], "/0/actual/0", "number"),
    ("psi", [{"kind": "proportions", "expected": [1], "actual": [0.5]}], "/0/actual/0", "in quotes"),
    (
        "psi",
        [{"kind": "proportions", "expected": ["1.5", "-0.5"], "actual": [1, 0]}],
        "/0/expected/1",
        "0 or more",
    ),
    (
        "psi",
        [{"kind": "proportions", "expected": [1], "actual": [1], "laplace_count": 1}],
        "/0/laplace_count",
        "counts",
    ),
    ("psi", [{"kind": "raw", "baseline": [], "current": [1]}], "/0/baseline", "one number"),
    ("psi", [{"kind": "raw", "baseline": [1], "current": []}], "/0/current", "one number"),
    ("psi", [{"kind": "raw", "baseline": [1], "current": [1], "bins": 1}], "/0/bins", "between 2"),
    ("psi", [{"kind": "raw", "baseline": [1], "current": ["1e31"]}], "/0/current/0", "1e30"),
    (
        "psi",
        [{"kind": "raw", "baseline": [1], "current": [1], "binning": "equal"}],
        "/0/binning",
        "quantiles",
    ),
    ("control-chart", [{"values": [1]}], "/0", "method"),
    ("control-chart", [{"method": "shewhart", "values": [1]}], "/0/method", "ewma, cusum, page_hinkley"),
    (
        "control-chart",
        [{"method": "cusum", "values": [], "target": 0, "k": 0, "h": 1}],
        "/0/values",
        "one number",
    ),
    ("control-chart", [{"method": "cusum", "values": [1], "target": 0, "k": 0}], "/0", "h"),
    (
        "control-chart",
        [{"method": "cusum", "values": [1], "target": 0, "k": -1, "h": 1}],
        "/0/k",
        "0 or more",
    ),
    ("control-chart", [{"method": "cusum", "values": [1], "target": 0, "k": 0, "h": 0}], "/0/h", "above 0"),
    (
        "control-chart",
        [{"method": "cusum", "values": [1, None], "target": 0, "k": 0, "h": 1}],
        "/0/values/1",
        "number",
    ),
    ("control-chart", [{"method": "page_hinkley", "values": [1], "alpha": 0}], "/0/alpha", "above 0"),
    ("control-chart", [{"method": "page_hinkley", "values": [1], "delta": -1}], "/0/delta", "0 or more"),
    ("control-chart", [{"method": "page_hinkley", "values": [1], "threshold": 0}], "/0/threshold", "above 0"),
    (
        "control-chart",
        [{"method": "page_hinkley", "values": [1], "mode": "side"}],
        "/0/mode",
        "up, down, both",
    ),
    (
        "control-chart",
        [{"method": "page_hinkley", "values": [1], "min_instances": 0}],
        "/0/min_instances",
        "between 1",
    ),
    ("control-chart", [{"method": "page_hinkley", "values": [1], "k": 1}], "/0/k", "Remove it"),
    ("control-chart", [{"method": "page_hinkley", "values": [1], "units": 5}], "/0/units", "text"),
    ("champion-challenger", [{}], "/0", "n1"),
    ("champion-challenger", [{"x1": 1, "n1": 0, "x2": 1, "n2": 2}], "/0/n1", "between 1"),
    ("champion-challenger", [{"x1": 3, "n1": 2, "x2": 1, "n2": 2}], "/0/x1", "2 or less"),
    ("champion-challenger", [{"x1": 1, "n1": 2, "x2": -1, "n2": 2}], "/0/x2", "between 0"),
    ("champion-challenger", [{"x1": 1, "n1": 2, "x2": "1", "n2": 2}], "/0/x2", "whole number"),
    ("champion-challenger", [{"x1": 1, "n1": 10**13, "x2": 1, "n2": 2}], "/0/n1", "between 1"),
    ("champion-challenger", [{"both_right": 1}], "/0", "both_wrong"),
    (
        "champion-challenger",
        [{"both_right": 0, "only_champion_right": 0, "only_challenger_right": 0, "both_wrong": 0}],
        "/0",
        "one pair",
    ),
    (
        "champion-challenger",
        [{"both_right": 0, "only_champion_right": 10**9, "only_challenger_right": 0, "both_wrong": 0}],
        "/0/only_champion_right",
        "between 0",
    ),
    ("champion-challenger", [{"mean1": 1, "n1": 2}], "/0", "mean2"),
    (
        "champion-challenger",
        [{"mean1": 1, "sd1": -1, "n1": 2, "mean2": 1, "sd2": 1, "n2": 2}],
        "/0/sd1",
        "0 or more",
    ),
    (
        "champion-challenger",
        [{"mean1": 1, "sd1": 1, "n1": 1, "mean2": 1, "sd2": 1, "n2": 2}],
        "/0/n1",
        "between 2",
    ),
]
EWMA = {"method": "ewma", "values": [1], "target": 0, "sigma": 1, "lambda": "0.2", "L": 3}
REFUSED += [
    ("control-chart", [{**EWMA, name: value}], f"/0/{name}", remedy)
    for name, value, remedy in [
        ("lambda", 0, "above 0"),
        ("lambda", "1.01", "1 at most"),
        ("lambda", "-0.2", "above 0"),
        ("sigma", 0, "above 0"),
        ("sigma", "1e-200", "1e-30"),
        ("L", 0, "above 0"),
        ("target", "NaN", "number"),
        ("limits", "wide", "exact, asymptotic"),
        ("values", 5, "Give a list"),
    ]
]


@pytest.mark.parametrize(("kind", "document", "pointer", "remedy"), REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place_and_remedy(
    kind: str, document: object, pointer: str, remedy: str
) -> None:
    with pytest.raises(RuleError) as refused:
        CALCULATORS[kind](document)
    assert refused.value.pointer == pointer
    assert remedy in refused.value.message


def test_null_asks_for_the_default() -> None:
    plain = {"kind": "counts", "expected": [1, 2], "actual": [2, 1]}
    nulls = {**plain, "zero": None, "eps": None, "laplace_count": None}
    assert answers("psi", [plain]) == answers("psi", [nulls])
    bare = {"method": "page_hinkley", "values": [1, 2]}
    assert answers("control_chart", [bare]) == answers(
        "control_chart", [{**bare, "mode": None, "delta": None}]
    )


def test_numbers_at_both_ends_of_what_is_read_still_give_json() -> None:
    wild: list[object] = ["1e30", "-1e30", "1e-300", 0]
    answers("control_chart", [{**EWMA, "values": wild, "sigma": "1e-30", "L": "1e-30", "lambda": "1e-30"}])
    answers("control_chart", [{**EWMA, "values": wild, "sigma": "1e30", "L": "1e30"}])
    answers("control_chart", [{"method": "cusum", "values": wild, "target": "1e30", "k": 0, "h": "1e-30"}])
    answers("psi", [{"kind": "raw", "baseline": wild, "current": ["1e30"], "eps": "1e-30"}])
    answers("psi", [{"kind": "counts", "expected": [10**12, 0], "actual": [0, 1], "laplace_count": "1e-30"}])
    for sd in (0, "1e-30", "1e30"):
        means = {"mean1": "1e-30", "sd1": sd, "n1": 2, "mean2": "1e30", "sd2": sd, "n2": 10**12}
        answers("champion_challenger", [means])
    answers("champion_challenger", [{"x1": 0, "n1": 10**12, "x2": 10**12, "n2": 10**12}])
