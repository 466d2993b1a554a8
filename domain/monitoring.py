"""What an observation of a monitor says: one case of the calculators (domain.calculate.statistics), put in a band.

A monitor keeps its baseline and parameters; an observation is what arrives. Put together they are a document that the
calculator answers, so the stored answer, the API and the command can never differ. Nothing here reads a clock.

Three kinds are kept apart, because each asks somebody else to act: input drift (the world sends other data), prediction
drift (the model says other things), performance (what it says is less often right).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from domain.calculate.document import Place, items, members, number, numbers, word
from domain.calculate.statistics import control_chart, psi
from domain.control_chart import PH_MIN_INSTANCES
from domain.errors import RuleError
from domain.psi import BINS, band_of, count_in_bins, quantile_edges

SCALE: Final = "PSI below 0.10 is stable, from 0.10 moderate, from 0.25 significant"
MOST_VALUES: Final = 50_000


class Kind(StrEnum):
    INPUT_DRIFT = "input_drift"
    PREDICTION_DRIFT = "prediction_drift"
    PERFORMANCE = "performance"


class Method(StrEnum):
    PSI = "psi"
    EWMA = "ewma"
    CUSUM = "cusum"
    PAGE_HINKLEY = "page_hinkley"
    THRESHOLD = "threshold"


class Band(StrEnum):
    """How it stands. `too_few_rows`: an observation below the smallest sample, which neither alarms nor calms."""

    STABLE = "stable"
    MODERATE = "moderate"
    SIGNIFICANT = "significant"
    TOO_FEW = "too_few_rows"


class Worse(StrEnum):
    """On which side of a threshold it is worse."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Judged:
    """The band, the number it was decided by ("inf" where it is infinite), all numbers as JSON, and words for readers."""

    band: Band
    value: float | str
    numbers: Mapping[str, Any]
    sentence: str


_CONVENTION: Final = frozenset({"zero", "eps", "laplace_count"})
_PARAMETERS: Final[Mapping[Method, tuple[frozenset[str], frozenset[str]]]] = {
    Method.PSI: (frozenset(), _CONVENTION),
    Method.EWMA: (frozenset({"lambda", "L"}), frozenset({"limits"})),
    Method.CUSUM: (frozenset({"k", "h"}), frozenset()),
    Method.PAGE_HINKLEY: (frozenset(), frozenset({"min_instances", "delta", "threshold", "alpha", "mode"})),
    Method.THRESHOLD: (frozenset({"limit", "worse"}), frozenset({"warn"})),
}
_CENTRED: Final[Mapping[Method, tuple[str, ...]]] = {
    Method.EWMA: ("target", "sigma"),
    Method.CUSUM: ("target",),
}


def needs_baseline(method: Method) -> bool:
    """Whether the method compares with a baseline at all; Page-Hinkley and a threshold do not."""
    return method is Method.PSI or method in _CENTRED


def check_parameters(method: Method, parameters: object) -> dict[str, Any]:
    """The parameters as they are kept (decimals as text), once the method has run on them.

    RuleError names /parameters/<name>: one that is missing, unknown, or outside what the method takes.
    """
    required, optional = _PARAMETERS[method]
    said = members(Place(parameters, "/parameters"), required=required, optional=optional)
    kept = {name: _plain(place.value) for name, place in said.items() if place.value is not None}
    probe: dict[str, Any] = {"target": 0, "sigma": 1} if method is Method.EWMA else {"target": 0}
    with _renamed("/0", "/parameters"):
        if method is Method.PSI:
            psi([{"kind": "counts", "expected": [1, 1], "actual": [1, 1], **kept}])
        elif method is Method.THRESHOLD:
            _threshold(Decimal(0), kept)
        else:
            centre = probe if method in _CENTRED else {}
            control_chart([{"method": method.value, "values": [0], **centre, **kept}])
    return kept


def check_baseline(method: Method, given: Mapping[str, Any]) -> dict[str, Any]:
    """A baseline as it is kept: of PSI `counts` or `shares` by bin, with `edges` where it was cut from `values`; of a chart
    `target` (and `sigma`); of the rest `target` if wanted, for triggers to compare with.

    RuleError names the place. Edges are kept as exact fractions, "n/d".
    """
    if method is not Method.PSI:
        return _centre(method, given)
    forms = [name for name in ("values", "counts", "shares") if given.get(name) is not None]
    if len(forms) != 1:
        raise RuleError("one_of", "Give one of: values, counts, shares.", "/values")
    unknown = sorted(set(given) - {"values", "counts", "shares", "bins", "edges", "labels"})
    if unknown:
        raise RuleError("member_unknown", "Remove it.", f"/{unknown[0]}")
    form = forms[0]
    if form == "values":
        sample = _sample(given["values"], "/values")
        bins = given.get("bins")
        edges = quantile_edges(sample, BINS if bins is None else _count(bins, "/bins"))
        counts = list(count_in_bins(sample, edges, at="/values"))
        return {"edges": [str(one) for one in edges], "counts": counts}
    bins_of = given[form]
    with _renamed("/0/expected", f"/{form}"), _renamed("/0/actual", f"/{form}"):
        _index(_case(form, bins_of, bins_of, {}))
    kept: dict[str, Any] = {form: [_plain(one) for one in bins_of]}
    if given.get("edges") is not None:
        kept["edges"] = _edges(given["edges"], len(bins_of))
    if given.get("labels") is not None:
        kept["labels"] = _labels(given["labels"], len(bins_of))
    return kept


def judge_distribution(
    baseline: Mapping[str, Any], parameters: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Judged, dict[str, Any], int | None]:
    """The index of one observation against the baseline, what is kept of it, and how many cases it counts.

    given: `values` (cut at the baseline's edges, only the counts are kept), `counts`, `shares`, or `score`: an index computed
    elsewhere. RuleError names /values, /counts, /shares or /score.
    """
    forms = [name for name in ("values", "counts", "shares", "score") if given.get(name) is not None]
    if len(forms) != 1:
        raise RuleError("one_of", "Give one of: values, counts, shares.", "/values")
    form = forms[0]
    if form == "score":
        return _reported(given["score"])
    side = "shares" if "shares" in baseline else "counts"
    cases: Any = given[form]
    if form == "values":
        cases = _cut(baseline, cases)
    elif form != side:
        raise RuleError("unlike_baseline", f"The baseline holds {side} by bin. Send {side}.", f"/{form}")
    with _renamed("/0", ""), _renamed("/0/actual", f"/{form}"):
        answer = _index(_case(side, baseline[side], cases, parameters))
    kept = {side: [_plain(one) for one in cases]}
    sample = sum(cases) if side == "counts" else None
    return _told(answer), kept, sample


def judge_series(
    method: Method, baseline: Mapping[str, Any], parameters: Mapping[str, Any], values: Sequence[Decimal]
) -> list[Judged]:
    """Every reading of a series in time order, judged with what came before it. RuleError names /values/<place>."""
    if method is Method.THRESHOLD:
        return [_threshold(value, parameters) for value in values]
    centre = {name: baseline[name] for name in _CENTRED.get(method, ())}
    case = {"method": method.value, "values": list(values), **centre, **parameters}
    with _renamed("/0", ""):
        answer = control_chart([case])[0]
    if method is Method.EWMA:
        return _ewma(answer, len(values))
    if method is Method.CUSUM:
        return _cusum(answer, parameters, len(values))
    return _page_hinkley(answer, parameters, values)


def reading(given: object, at: str = "/value") -> Decimal:
    """One finite number, exactly as written. RuleError at `at`."""
    return number(Place(given, at))


def too_few(judged: Judged, sample: int | None, smallest: int) -> Judged:
    """The same, or `too_few_rows` where the sample is said and below the smallest that counts."""
    if sample is None or sample >= smallest:
        return judged
    said = f"{sample} cases are too few to tell: {smallest} are needed."
    return Judged(Band.TOO_FEW, judged.value, judged.numbers, said)


def _centre(method: Method, given: Mapping[str, Any]) -> dict[str, Any]:
    needed = _CENTRED.get(method, ())
    unknown = sorted(set(given) - {"target", "sigma"})
    if unknown:
        raise RuleError("member_unknown", "Remove it. Known here: sigma, target.", f"/{unknown[0]}")
    kept = {}
    for name in ("target", "sigma"):
        if given.get(name) is not None:
            kept[name] = str(number(Place(given[name], f"/{name}")))
        elif name in needed:
            raise RuleError("member_missing", f"Add “{name}”.", f"/{name}")
    if "sigma" in kept and Decimal(kept["sigma"]) <= 0:
        raise RuleError("out_of_range", "Give a number above 0.", "/sigma")
    return kept


def _index(case: Mapping[str, Any]) -> Mapping[str, Any]:
    return psi([case])[0]


def _case(side: str, expected: Any, actual: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    kind = "counts" if side == "counts" else "proportions"
    return {"kind": kind, "expected": expected, "actual": actual, **parameters}


def _told(answer: Mapping[str, Any]) -> Judged:
    found = answer["psi"]
    said = "infinite" if found == "inf" else f"{found:.3f}"
    return Judged(Band(answer["band"]), found, dict(answer), f"PSI {said}. {answer['convention']}")


def _reported(score: object) -> tuple[Judged, dict[str, Any], None]:
    found = float(number(Place(score, "/score")))
    if found < 0:
        raise RuleError("out_of_range", "Give 0 or more: an index is never negative.", "/score")
    said = "Computed at its source, by the bins and the convention there."
    band = Band(band_of(found))
    shown: dict[str, Any] = {
        "psi": found,
        "per_bin": None,
        "band": band.value,
        "left_out": [],
        "convention": said,
    }
    return Judged(band, found, shown, f"PSI {found:.3f}. {said}"), {"score": str(score)}, None


def _cut(baseline: Mapping[str, Any], values: object) -> list[int]:
    if "edges" not in baseline or "counts" not in baseline:
        raise RuleError(
            "no_edges", "The baseline has no edges to cut values at. Send counts by bin.", "/values"
        )
    edges = [Fraction(one) for one in baseline["edges"]]
    return list(count_in_bins(_sample(values, "/values"), edges, at="/values"))


def _sample(values: object, at: str) -> list[Decimal]:
    if isinstance(values, list) and len(values) > MOST_VALUES:
        raise RuleError("too_many", f"Send at most {MOST_VALUES:,} values, or counts by bin.", at)
    return numbers(Place(values, at))


def _count(value: object, at: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleError("not_a_whole_number", "Give a whole number.", at)
    return value


def _edges(given: object, bins: int) -> list[str]:
    edges = [Fraction(number(place)) for place in items(Place(given, "/edges"))]
    if len(edges) != bins - 1:
        raise RuleError(
            "unequal_bins", f"{bins} bins have {bins - 1} inner edges; these are {len(edges)}.", "/edges"
        )
    if edges != sorted(edges):
        raise RuleError("not_in_order", "Give the edges in rising order.", "/edges")
    return [str(one) for one in edges]


def _labels(given: object, bins: int) -> list[str]:
    labels = [place.value for place in items(Place(given, "/labels"))]
    if len(labels) != bins or not all(isinstance(one, str) and 0 < len(one) <= 120 for one in labels):
        raise RuleError("unequal_bins", f"Give {bins} short names, one for each bin.", "/labels")
    return [str(one) for one in labels]


def _threshold(value: Decimal, parameters: Mapping[str, Any]) -> Judged:
    """A value on a limit belongs to the worse side, as in the bands of PSI."""
    places = {name: Place(one, f"/0/{name}") for name, one in parameters.items()}
    worse, limit = word(places["worse"], Worse), number(places["limit"])
    warn = number(places["warn"]) if "warn" in places else None
    sign = 1 if worse is Worse.ABOVE else -1
    if warn is not None and sign * warn > sign * limit:
        raise places["warn"].refuse("not_in_order", "A warning lies before the limit, on its better side.")
    band = Band.STABLE
    if sign * value >= sign * limit:
        band = Band.SIGNIFICANT
    elif warn is not None and sign * value >= sign * warn:
        band = Band.MODERATE
    said = f"{_short(value)}; {worse.value} or at {_short(limit)} is significant"
    if warn is not None:
        said += f", {worse.value} or at {_short(warn)} moderate"
    shown = {"value": float(value), "limit": float(limit), "warn": None if warn is None else float(warn)}
    return Judged(band, float(value), shown, f"{said}.")


def _ewma(answer: Mapping[str, Any], count: int) -> list[Judged]:
    signals = set(answer["signals_1based"])
    out = []
    for place in range(count):
        upper, lower = (
            one if isinstance(one, float) else one[place] for one in (answer["ucl"], answer["lcl"])
        )
        z, out_of = answer["ewma"][place], place + 1 in signals
        said = f"EWMA {z:.4g}, {'outside' if out_of else 'within'} {lower:.4g} to {upper:.4g}."
        shown = {"ewma": z, "ucl": upper, "lcl": lower, "signal": out_of}
        out.append(Judged(Band.SIGNIFICANT if out_of else Band.STABLE, z, shown, said))
    return out


def _cusum(answer: Mapping[str, Any], parameters: Mapping[str, Any], count: int) -> list[Judged]:
    high, low = set(answer["signals_high_1based"]), set(answer["signals_low_1based"])
    limit = float(number(Place(parameters["h"], "/h")))
    out = []
    for place in range(count):
        up, down = answer["s_hi"][place], answer["s_lo"][place]
        out_of = place + 1 in high or place + 1 in low
        said = f"CUSUM {up:.4g} up and {down:.4g} down, {'over' if out_of else 'not over'} {limit:.4g}."
        shown = {
            "s_hi": up, "s_lo": down, "cusum": answer["cusum"][place], "h": limit,
            "signal_high": place + 1 in high, "signal_low": place + 1 in low,
        }  # fmt: skip
        out.append(Judged(Band.SIGNIFICANT if out_of else Band.STABLE, max(up, down), shown, said))
    return out


def _page_hinkley(
    answer: Mapping[str, Any], parameters: Mapping[str, Any], values: Sequence[Decimal]
) -> list[Judged]:
    """After a detection the detector learns anew; until it has seen enough again, the detection stands."""
    detected = {index for index, _ in answer["detections_0based"]}
    least = int(parameters.get("min_instances") or PH_MIN_INSTANCES)
    last: int | None = None
    out = []
    for place, value in enumerate(values):
        last = place if place in detected else last
        stands = last is not None and place - last < least
        said = (
            "No change of level found."
            if last is None
            else f"A change of level was found {place - last} readings ago."
        )
        if last == place:
            said = "A change of level is found here."
        shown = {"value": float(value), "detected": place in detected}
        out.append(Judged(Band.SIGNIFICANT if stands else Band.STABLE, float(value), shown, said))
    return out


def _plain(value: Any) -> Any:
    """A number as JSON keeps it exactly: decimals as text."""
    return str(value) if isinstance(value, Decimal) else value


def _short(value: Decimal) -> str:
    return f"{float(value):.5g}"


@contextmanager
def _renamed(was: str, now: str) -> Iterator[None]:
    """Refusals of the calculator point into its document; here they point to what the caller sent."""
    try:
        yield
    except RuleError as error:
        pointer = error.pointer or ""
        if not pointer.startswith(was):
            raise
        raise RuleError(error.code, error.message, f"{now}{pointer[len(was) :]}") from error
