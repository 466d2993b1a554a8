"""The calculators: the same answers by command and by API, from the rules alone."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from domain.calculate import CALCULATORS
from tests.cast import Cast
from tests.domain.near import near

CASES = Path(__file__).parents[1] / "domain" / "cases"
URL = "/api/v1/calculate/{}/"
KINDS = sorted(CALCULATORS)
Api = Callable[[str], APIClient]


def known(kind: str) -> tuple[bytes, list[Any]]:
    """The reference cases of a kind as they would be sent, and what is to come out."""
    cases = json.loads((CASES / f"{kind.replace('-', '_')}.json").read_text(encoding="utf-8"))
    return json.dumps([case["input"] for case in cases]).encode(), [case["expected"] for case in cases]


def command(kind: str, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sent)))
    out = io.StringIO()
    call_command("calculate", kind, stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_the_api_gives_what_the_rules_give(api: Api, kind: str) -> None:
    sent, expected = known(kind)
    answer = api("vera").post(URL.format(kind), sent, content_type="application/json")
    assert answer.status_code == 200
    for found, wanted in zip(answer.json(), expected, strict=True):
        assert near(found, wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_gives_the_same_without_a_database(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, expected = known(kind)
    for found, wanted in zip(command(kind, sent, monkeypatch), expected, strict=True):
        assert near(found, wanted)


def test_the_command_reads_numbers_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, _ = known("kpi-status")
    case = json.loads(sent)[0]
    case["kpi"] |= {"baseline": 0, "target": 0.3}
    case["measurements"] = [{"id": 1, "observed_on": case["as_of"], "value": 0.1}]
    (found,) = command("kpi-status", json.dumps([case]).encode(), monkeypatch)
    assert found["progress"] == "0.333333"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"not json", "Not JSON"),
        (b"\xff\xfe", "Not UTF-8 at byte 0"),
        (b"{}", "Give a list"),
        (b'[{"kpi": {}}]', "/0"),
        (
            b'[{"kpi": {"shape": "circle", "cadence_days": 1}, "measurements": [], "as_of": "2026-01-01"}]',
            "/0/kpi/shape",
        ),
        (b"[" * 100_000, "Not JSON"),
    ],
)
def test_the_command_says_where_it_could_not_read(
    sent: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match=said):
        command("kpi-status", sent, monkeypatch)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sent",
    [
        {}, "text", None, 5, [1], [{}], [{"kpi": {"shape": "trajectory"}}],
        [{"kpi": {"shape": "band", "cadence_days": 10, "lower": "NaN"}, "measurements": [], "as_of": "2026-02-30"}],
        [{"kpi": {"shape": "band", "cadence_days": 10, "upper": 5}, "measurements": [{"id": 1}], "as_of": "2026-02-03"}],
    ],
)  # fmt: skip
def test_the_api_refuses_what_the_rule_cannot_read(api: Api, sent: object) -> None:
    answer = api("vera").post(URL.format("kpi-status"), sent)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_the_refusal_points_at_the_place(api: Api) -> None:
    sent = [{"kpis": [{"status": "on_track", "reason": None, "weight": -1, "primary": True}]}]
    answer = api("vera").post(URL.format("kpi-rollup"), sent)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/0/kpis/0/weight"


@pytest.mark.django_db
def test_a_statistic_refuses_with_the_way_from_the_document(api: Api) -> None:
    sent = [{"kind": "counts", "expected": [1, 2], "actual": [1, 2]}] * 2
    sent[1] = {"kind": "counts", "expected": [1, 2], "actual": [1, -2]}
    answer = api("vera").post(URL.format("psi"), sent)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/1/actual/1"


@pytest.mark.django_db
def test_an_infinite_index_is_a_word_because_json_has_no_number_for_it(api: Api) -> None:
    sent = [{"kind": "counts", "expected": [1, 2], "actual": [1, 0], "zero": "none"}]
    (found,) = api("vera").post(URL.format("psi"), sent).json()
    assert (found["psi"], found["per_bin"], found["band"]) == ("inf", None, "significant")


@pytest.mark.django_db
def test_five_hundred_cases_at_a_time(api: Api) -> None:
    one: dict[str, list[object]] = {"kpis": []}
    assert len(api("vera").post(URL.format("kpi-rollup"), [one] * 500).json()) == 500
    answer = api("vera").post(URL.format("kpi-rollup"), [one] * 501)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_cases")


@pytest.mark.django_db
def test_an_unknown_calculator_is_not_found_and_the_known_ones_are_named(api: Api) -> None:
    answer = api("vera").post(URL.format("horoscope"), [])
    assert answer.status_code == 404
    assert "kpi-status" in answer.json()["detail"]


@pytest.mark.django_db
def test_nobody_calculates_without_signing_in_or_without_a_role(cast: Cast, api: Api) -> None:
    assert APIClient().post(URL.format("kpi-rollup"), [], format="json").status_code == 401
    assert api("nobody").post(URL.format("kpi-rollup"), []).status_code == 403
