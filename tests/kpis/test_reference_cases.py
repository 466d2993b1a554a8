"""The reference cases of KPI status through the stored engine: kept as rows, folded, published, replayed by the API."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from kpis.models import Kpi, KpiSpell, KpiVersion, Measurement
from kpis.services.evaluate import rebuild
from kpis.translate import DEFINITION_FIELDS
from portfolio.models import Initiative
from tests.cast import Cast
from tests.kpis.build import claims_triage
from tests.oracles import shared

OWN = Path(__file__).parents[1] / "domain" / "cases" / "kpi_status.json"
SPOKEN = ("status", "reason", "progress", "expected", "shortfall", "last_known", "pending", "flags")
FINITE = ("baseline", "lower", "upper")
FROM_THE_START = datetime(1999, 12, 31, tzinfo=UTC)
NOW = datetime(2199, 1, 1, tzinfo=UTC)
Api = Callable[[str], APIClient]


def cases(path: Path) -> list[dict[str, Any]]:
    """Those whose definition a row can hold: a bound or baseline that is no number stands in no column."""
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return [
        case for case in found if not any(_is_no_number(case["input"]["kpi"].get(name)) for name in FINITE)
    ]


def _is_no_number(said: Any) -> bool:
    return said is not None and number(said) is None


def number(said: Any) -> Decimal | None:
    """A number as a column holds it; what is no finite number is kept as none."""
    if said is None or not Decimal(str(said)).is_finite():
        return None
    return Decimal(str(said))


def moment(said: str | None) -> datetime:
    return FROM_THE_START if said is None else datetime.fromisoformat(said).replace(tzinfo=UTC)


def kept(case: dict[str, Any], initiative: Initiative) -> Kpi:
    """The case as rows, past the services: some of what it says they would refuse, and an older release may have left."""
    said = {"state": "active", **case["input"]["kpi"]}
    name = str(case.get("id", case["case"]))
    kpi = Kpi.objects.create(
        initiative=initiative, name=name, kind="business", state=said["state"], created_at=FROM_THE_START,
        updated_at=FROM_THE_START, paused_until=date(2999, 1, 1) if said["state"] == "paused" else None,
    )  # fmt: skip
    values: dict[str, Any] = {}
    for field in DEFINITION_FIELDS:
        if field not in said:
            continue
        value = said[field]
        if field == "curve":
            value = [[str(x), str(y)] for x, y in value]
        elif KpiVersion._meta.get_field(field).get_internal_type().endswith("DecimalField"):
            value = number(value)
        values[field] = value
    kpi.current = KpiVersion.objects.create(
        kpi=kpi, number=1, effective_on=date(1999, 12, 31), recorded_at=FROM_THE_START, in_force_at=FROM_THE_START,
        name=name, **values,
    )  # fmt: skip
    kpi.save(update_fields=["current"])
    KpiSpell.objects.create(
        kpi=kpi,
        state=said["state"],
        begins_on=date(1999, 12, 31),
        until=kpi.paused_until,
        recorded_at=FROM_THE_START,
    )
    ids: dict[int, int] = {}
    for row in case["input"].get("measurements", ()):
        made = Measurement.objects.create(
            kpi=kpi, kpi_version=kpi.current, observed_on=row["observed_on"], value=number(row["value"]),
            recorded_at=moment(row.get("recorded_at")), void=row.get("void", False),
            supersedes_id=ids.get(row.get("supersedes")),
        )  # fmt: skip
        ids[row["id"]] = made.pk
    return kpi


def wanted(case: dict[str, Any]) -> dict[str, Any]:
    return {name: case["expected"][name] for name in SPOKEN}


def figure(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.6f}"


def stored(kpi: Kpi) -> dict[str, Any]:
    """What lists and dashboards read."""
    kpi.refresh_from_db()
    figures = {name: figure(getattr(kpi, name)) for name in ("progress", "expected", "shortfall")}
    words = {name: getattr(kpi, name) or None for name in ("reason", "last_known", "pending")}
    return {"status": kpi.status, "flags": kpi.flags, **figures, **words}


def replayed(kpi: Kpi, case: dict[str, Any], client: APIClient) -> dict[str, Any]:
    """What the API says of that day, as known at that moment."""
    known_at = case["input"].get("known_at")
    asked = {"as_of": case["input"]["as_of"]}
    if known_at is not None:
        asked["known_at"] = moment(known_at).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = client.get(f"/api/v1/kpis/{kpi.pk}/", asked)
    assert answer.status_code == 200, answer.content
    found = answer.json()
    return {name: found[name] if found[name] != "" else None for name in SPOKEN}


def hold_against(path: Path, cast: Cast, api: Api) -> int:
    """Every case of a file, all of them in one initiative."""
    initiative = claims_triage(cast)
    all_of = cases(path)
    with time_machine.travel(NOW, tick=False):
        client = api("alice")
        for case in all_of:
            kpi = kept(case, initiative)
            name = f"{case.get('id', '')} {case['case']}"
            assert replayed(kpi, case, client) == wanted(case), name
            if case["input"].get("known_at") is None:
                as_of = date.fromisoformat(case["input"]["as_of"])
                rebuild(at=NOW, kpi_ids=[kpi.pk], as_of=as_of)
                assert stored(kpi) == wanted(case), name
    return len(all_of)


@pytest.mark.django_db
def test_a_reference_case_kept_as_rows_is_answered_to_the_digit_by_replay(cast: Cast, api: Api) -> None:
    assert hold_against(OWN, cast, api) > 0


@pytest.mark.oracle
@pytest.mark.django_db
def test_every_shared_oracle_case_kept_as_rows_is_answered_to_the_digit_by_replay(
    cast: Cast, api: Api
) -> None:
    assert hold_against(shared("kpi_status"), cast, api) == 50
