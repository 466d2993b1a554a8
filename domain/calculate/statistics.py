"""`calculate psi`, `control-chart` and `champion-challenger`: statistics from JSON to JSON.

Numbers are read exactly and answered as JSON numbers: a statistic is an estimate, and its last digits mean nothing.
Where a boundary decides (a limit, an edge of a bin), it was decided before anything became a float.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain import control_chart as charts
from domain.calculate.document import Place, inside, items, members, number, numbers, text, whole, word
from domain.comparison import PairedShares, TwoMeans, TwoShares, paired_shares, two_means, two_shares
from domain.psi import BINS, FLOOR, Psi, Zero, psi_of_counts, psi_of_shares, psi_of_values


class Kind(StrEnum):
    """What the distributions of a PSI are given as."""

    COUNTS = "counts"
    PROPORTIONS = "proportions"
    RAW = "raw"


class Binning(StrEnum):
    """How raw values are cut."""

    BASELINE_QUANTILES = "baseline quantiles"


class Method(StrEnum):
    EWMA = "ewma"
    CUSUM = "cusum"
    PAGE_HINKLEY = "page_hinkley"


_SIDES: Final = frozenset({"kind", "expected", "actual"})
_SAMPLES: Final = frozenset({"kind", "baseline", "current"})
_CONVENTION: Final = frozenset({"zero", "eps", "laplace_count"})
_BINS: Final = frozenset({"bins", "binning"})
_CHARTS: Final = {
    Method.EWMA: (frozenset({"target", "sigma", "lambda", "L"}), frozenset({"limits"})),
    Method.CUSUM: (frozenset({"target", "k", "h"}), frozenset[str]()),
    Method.PAGE_HINKLEY: (
        frozenset[str](),
        frozenset({"min_instances", "delta", "threshold", "alpha", "mode"}),
    ),
}
_SHARES: Final = ("x1", "n1", "x2", "n2")
_PAIRS: Final = ("both_right", "only_champion_right", "only_challenger_right", "both_wrong")
_MEANS: Final = ("mean1", "sd1", "n1", "mean2", "sd2", "n2")

Members = dict[str, Place]


def psi(document: object) -> list[dict[str, object]]:
    """The index of a list of cases, each ``{kind, expected, actual}`` (counts or proportions by bin) or
    ``{kind: "raw", baseline, current, bins}``, with an optional `zero`, `eps` and `laplace_count`.

    Gives psi ("inf" where it is infinite), per_bin, band and the convention; for raw values the counts by bin too.
    """
    return [_psi_of(case) for case in items(Place(document, ""))]


def control_chart(document: object) -> list[dict[str, object]]:
    """The charts of a list of cases, each ``{method, values, ...}`` with the parameters of its method.

    `units` is read by people only. Signals count from 1, Page-Hinkley's detections are [index from 0, value].
    """
    return [_chart_of(case) for case in items(Place(document, ""))]


def champion_challenger(document: object) -> list[dict[str, object]]:
    """Comparisons of a list of cases: ``{x1, n1, x2, n2}``, ``{both_right, ...}`` or ``{mean1, sd1, n1, ...}``.

    Differences are of arm 1 less arm 2, the uplift is of arm 2 over arm 1.
    """
    return [_comparison_of(case) for case in items(Place(document, ""))]


def _psi_of(case: Place) -> dict[str, object]:
    given = case.value if isinstance(case.value, Mapping) else {}
    raw = given.get("kind") == Kind.RAW
    said = members(
        case,
        required=_SAMPLES if raw else _SIDES,
        optional=_CONVENTION | _BINS if raw else _CONVENTION,
    )
    kind = word(said["kind"], Kind)
    zero = word(said["zero"], Zero) if _given(said, "zero") else Zero.FLOOR
    floor = number(said["eps"]) if _given(said, "eps") else FLOOR
    laplace = number(said["laplace_count"]) if _given(said, "laplace_count") else None
    if kind is Kind.RAW:
        if _given(said, "binning"):
            word(said["binning"], Binning)
        bins = whole(said["bins"]) if _given(said, "bins") else BINS
        baseline, current = numbers(said["baseline"]), numbers(said["current"])
        with inside(case):
            found = psi_of_values(baseline, current, bins=bins, zero=zero, floor=floor, laplace=laplace)
        return _psi_to_json(found) | {
            "baseline_counts": list(found.baseline_counts or ()),
            "current_counts": list(found.current_counts or ()),
        }
    if kind is Kind.COUNTS:
        sides = [[whole(one) for one in items(said[name])] for name in ("expected", "actual")]
        with inside(case):
            return _psi_to_json(psi_of_counts(*sides, zero=zero, floor=floor, laplace=laplace))
    if laplace is not None:
        raise said["laplace_count"].refuse(
            "not_counts", "Leave it out, or give counts: it is added to counts."
        )
    expected, actual = numbers(said["expected"]), numbers(said["actual"])
    with inside(case):
        return _psi_to_json(psi_of_shares(expected, actual, zero=zero, floor=floor))


def _psi_to_json(found: Psi) -> dict[str, object]:
    return {
        "psi": "inf" if math.isinf(found.value) else found.value,
        "per_bin": None if found.per_bin is None else list(found.per_bin),
        "band": found.band.value,
        "left_out": list(found.left_out),
        "convention": found.convention,
    }


def _chart_of(case: Place) -> dict[str, object]:
    given = case.value if isinstance(case.value, Mapping) else {}
    method = word(Place(given.get("method"), f"{case.pointer}/method"), Method) if "method" in given else None
    required, optional = _CHARTS[method] if method else (frozenset[str](), frozenset[str]())
    said = members(case, required=required | {"method", "values"}, optional=optional | {"units"})
    if _given(said, "units"):
        text(said["units"])
    values = numbers(said["values"])
    if method is Method.EWMA:
        return _ewma(case, said, values)
    if method is Method.CUSUM:
        return _cusum(case, said, values)
    return _page_hinkley(case, said, values)


def _ewma(case: Place, said: Members, values: Sequence[Decimal]) -> dict[str, object]:
    limits = word(said["limits"], charts.Limits) if _given(said, "limits") else charts.Limits.EXACT
    target, sigma, lambda_, width = (number(said[name]) for name in ("target", "sigma", "lambda", "L"))
    with inside(case):
        found = charts.ewma(values, target=target, sigma=sigma, lambda_=lambda_, width=width, limits=limits)
    settled = limits is charts.Limits.ASYMPTOTIC
    return {
        "ewma": _floats(found.statistic),
        "ucl": float(found.upper[0]) if settled else _floats(found.upper),
        "lcl": float(found.lower[0]) if settled else _floats(found.lower),
        "signals_1based": _from_one(found.signals),
    }


def _cusum(case: Place, said: Members, values: Sequence[Decimal]) -> dict[str, object]:
    target, slack, interval = (number(said[name]) for name in ("target", "k", "h"))
    with inside(case):
        found = charts.cusum(values, target=target, k=slack, h=interval)
    first = found.first_signal
    return {
        "s_hi": _floats(found.high),
        "s_lo": _floats(found.low),
        "cusum": _floats(found.running),
        "signals_high_1based": _from_one(found.signals_high),
        "signals_low_1based": _from_one(found.signals_low),
        "first_signal_1based": None if first is None else first + 1,
    }


def _page_hinkley(case: Place, said: Members, values: Sequence[Decimal]) -> dict[str, object]:
    def parameter(name: str, default: Decimal) -> Decimal:
        return number(said[name]) if _given(said, name) else default

    least = whole(said["min_instances"]) if _given(said, "min_instances") else charts.PH_MIN_INSTANCES
    delta = parameter("delta", charts.PH_DELTA)
    threshold = parameter("threshold", charts.PH_THRESHOLD)
    alpha = parameter("alpha", charts.PH_ALPHA)
    mode = word(said["mode"], charts.Mode) if _given(said, "mode") else charts.Mode.BOTH
    with inside(case):
        found = charts.page_hinkley(
            values, min_instances=least, delta=delta, threshold=threshold, alpha=alpha, mode=mode
        )
    return {"detections_0based": [[one.index, float(one.value)] for one in found.detections]}


def _comparison_of(case: Place) -> dict[str, object]:
    given = case.value if isinstance(case.value, Mapping) else {}
    if not given.keys().isdisjoint(_PAIRS):
        said = members(case, required=frozenset(_PAIRS), optional=frozenset())
        pairs = [whole(said[name]) for name in _PAIRS]
        with inside(case):
            return _pairs_to_json(paired_shares(*pairs))
    if not given.keys().isdisjoint(set(_MEANS) - set(_SHARES)):
        said = members(case, required=frozenset(_MEANS), optional=frozenset())
        mean1, sd1, mean2, sd2 = (number(said[name]) for name in ("mean1", "sd1", "mean2", "sd2"))
        n1, n2 = whole(said["n1"]), whole(said["n2"])
        with inside(case):
            return _means_to_json(two_means(mean1, sd1, n1, mean2, sd2, n2))
    said = members(case, required=frozenset(_SHARES), optional=frozenset())
    counts = [whole(said[name]) for name in _SHARES]
    with inside(case):
        return _shares_to_json(two_shares(*counts))


def _shares_to_json(found: TwoShares) -> dict[str, object]:
    return {
        "p1": found.p1,
        "p2": found.p2,
        "diff": found.difference,
        "relative_uplift_of_2_over_1": found.uplift,
        "z_pooled": found.z,
        "p_two_sided": found.p,
        "ci95_diff_unpooled": list(found.interval),
        "significant_5pct": found.significant,
    }


def _pairs_to_json(found: PairedShares) -> dict[str, object]:
    return {
        "champion_accuracy": found.p1,
        "challenger_accuracy": found.p2,
        "diff": found.difference,
        "relative_uplift_of_2_over_1": found.uplift,
        "p_exact_two_sided": found.p,
        "ci95_diff": list(found.interval),
        "significant_5pct": found.significant,
    }


def _means_to_json(found: TwoMeans) -> dict[str, object]:
    return {
        "diff": found.difference,
        "relative_uplift_of_2_over_1": found.uplift,
        "t_welch": found.t,
        "degrees_of_freedom": found.degrees,
        "p_two_sided": found.p,
        "ci95_diff": None if found.interval is None else list(found.interval),
        "significant_5pct": found.significant,
    }


def _given(said: Members, name: str) -> bool:
    """Whether a member is there and not null: null asks for the default."""
    return name in said and said[name].value is not None


def _floats(figures: Sequence[Decimal]) -> list[float]:
    return [float(figure) for figure in figures]


def _from_one(indices: Sequence[int]) -> list[int]:
    return [index + 1 for index in indices]
