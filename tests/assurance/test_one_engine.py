"""One engine: the reference cases come out of a stored monitor, and through its address, as they do of the calculator."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from assurance.models import Monitor, MonitorObservation
from assurance.services.monitors import create_monitor
from assurance.services.observations import record_observations
from domain.calculate import CALCULATORS
from tests.assurance.watching import back
from tests.cast import AT, Cast
from tests.domain.near import near
from tests.governance.stored import sound_model
from tests.oracles import shared

OWN = Path(__file__).parents[1] / "domain" / "cases"
ASIDE = {"tolerance", "limit_tolerance"}


def own(kind: str) -> list[Any]:
    said = json.loads((OWN / f"{kind}.json").read_text(encoding="utf-8"), parse_float=Decimal)
    return [pytest.param(one["input"], id=one["case"]) for one in said]


def stored_index(cast: Cast, case: dict[str, Any], number: int) -> dict[str, Any]:
    """What a stored monitor says of a PSI case: its baseline fixed, its observation recorded."""
    given = {name: one for name, one in case.items() if one is not None and name not in {"binning", "kind"}}
    parameters: dict[str, Any] = {
        name: given.pop(name) for name in ("zero", "eps", "laplace_count") if name in given
    }
    forms = {"counts": ("counts", "expected", "actual"), "proportions": ("shares", "expected", "actual"), "raw": ("values", "baseline", "current")}  # fmt: skip
    form, before, now = forms[case["kind"]]
    data = {form: given[before], **({"bins": given["bins"]} if "bins" in given else {})}
    row = monitor_of(cast, number, "psi", parameters, data)
    done = record_observations(
        monitor_id=row.pk, rows=[{"observed_on": back(1), form: given[now]}], by=cast.actor("mona"), at=AT
    )
    found: dict[str, Any] = MonitorObservation.objects.get(pk=done[0].observation.pk).result
    counts = {"baseline_counts": row.baselines.get().data.get("counts"), "current_counts": done[0].observation.data.get("counts")}  # fmt: skip
    return {**found, **(counts if form == "values" else {})}


def stored_chart(cast: Cast, case: dict[str, Any], number: int) -> dict[str, Any]:
    """What a stored monitor says of a series, its readings sent one day after the other."""
    given = {
        name: one
        for name, one in case.items()
        if one is not None and name not in {"units", "method", "values"}
    }
    data: dict[str, Any] = {name: given.pop(name) for name in ("target", "sigma") if name in given}
    row = monitor_of(cast, number, case["method"], given, data)
    rows = [
        {"observed_on": back(1_000) + timedelta(days=place), "value": value} for place, value in enumerate(case["values"])
    ]  # fmt: skip
    record_observations(monitor_id=row.pk, rows=rows, by=cast.actor("mona"), at=AT)
    found = list(row.observations.order_by("observed_on").values_list("result", "value"))
    return assembled(case["method"], [result for result, _ in found], [value for _, value in found])


def assembled(method: str, results: list[dict[str, Any]], values: list[Any]) -> dict[str, Any]:
    places = range(1, len(results) + 1)
    if method == "ewma":
        return {
            **{name: [one[name] for one in results] for name in ("ewma", "ucl", "lcl")},
            "signals_1based": [n for n, one in zip(places, results, strict=True) if one["signal"]],
        }
    if method == "cusum":
        high = [n for n, one in zip(places, results, strict=True) if one["signal_high"]]
        low = [n for n, one in zip(places, results, strict=True) if one["signal_low"]]
        return {
            **{name: [one[name] for one in results] for name in ("s_hi", "s_lo", "cusum")},
            "signals_high_1based": high, "signals_low_1based": low,
            "first_signal_1based": min([*high, *low], default=None),
        }  # fmt: skip
    return {
        "detections_0based": [
            [n - 1, float(value)]
            for n, one, value in zip(places, results, values, strict=True)
            if one["detected"]
        ]
    }


def monitor_of(
    cast: Cast, number: int, method: str, parameters: dict[str, Any], data: dict[str, Any]
) -> Monitor:
    baseline: Any = {"data": data, "fixed_on": back(1_001), "source": "The case"}
    return create_monitor(
        model_id=sound_model(cast).pk, by=cast.actor("mona"), at=AT, name=f"Case {number}", kind="input_drift",
        subject="x", method=method, parameters=parameters, baseline=None if method == "page_hinkley" else baseline,
    )  # fmt: skip


def calculated(kind: str, case: dict[str, Any]) -> dict[str, Any]:
    """The calculator's own answer, as JSON."""
    found: Any = CALCULATORS[kind]([case])
    answer: dict[str, Any] = json.loads(json.dumps(found[0]))
    return answer


def widened(wanted: dict[str, Any], count: int) -> dict[str, Any]:
    """Asymptotic limits are one number in the calculator and stand beside every reading of a monitor."""
    return {
        name: [one] * count if name in {"ucl", "lcl"} and isinstance(one, float) else one for name, one in wanted.items()
    }  # fmt: skip


@pytest.mark.parametrize("case", own("psi"))
def test_a_stored_monitor_says_of_a_distribution_what_the_calculator_says(
    cast: Cast, case: dict[str, Any]
) -> None:
    wanted = calculated("psi", case)
    assert stored_index(cast, case, 1) == wanted


@pytest.mark.parametrize("case", own("control_chart"))
def test_a_stored_monitor_says_of_a_series_what_the_calculator_says(cast: Cast, case: dict[str, Any]) -> None:
    wanted = calculated("control-chart", case)
    assert stored_chart(cast, case, 1) == widened(wanted, len(case["values"]))


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["psi", "spc"])
def test_every_shared_oracle_case_comes_out_of_a_stored_monitor(cast: Cast, kind: str) -> None:
    path = shared(kind)
    exact = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["cases"]
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    ask = stored_index if kind == "psi" else stored_chart
    for number, (case, given) in enumerate(zip(cases, exact, strict=True)):
        wanted = {
            k: v
            for k, v in case["expected"].items()
            if not k.startswith(("printed", "published")) and k not in ASIDE
        }
        if kind == "spc":
            wanted = widened(wanted, len(given["inputs"]["values"]))
        assert wanted, case["id"]
        assert near(ask(cast, given["inputs"], number), wanted), case["id"]


def test_the_address_of_a_monitor_says_what_the_calculator_says(cast: Cast, api: Any) -> None:
    row = monitor_of(cast, 1, "psi", {}, {"shares": ["0.25"] * 4})
    client: APIClient = api("mona")
    sent = {"observed_on": back(1).isoformat(), "shares": ["0.5", "0.3", "0.2", "0"]}
    answer = client.post(f"/api/v1/monitors/{row.pk}/observations/", sent, format="json")
    case = {"kind": "proportions", "expected": ["0.25"] * 4, "actual": sent["shares"]}
    assert answer.status_code == 201, answer.content
    assert answer.json()["result"] == calculated("psi", case)
    assert answer.json()["band"] == "significant"
