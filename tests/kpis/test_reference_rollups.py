"""The reference cases of the roll-up through the stored engine: KPIs as rows, the initiative's answer."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.access import system
from kpis.models import Kpi
from kpis.services.publish import publish
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import make_initiative
from tests.oracles import shared

OWN = Path(__file__).parents[1] / "domain" / "cases" / "kpi_rollup.json"


def kept(case: dict[str, Any], initiative: Initiative) -> None:
    """The KPIs of the case with their statuses as stored answers."""
    for place, one in enumerate(case["input"]["kpis"]):
        Kpi.objects.create(
            initiative=initiative, name=f"KPI {place}", kind="business", status=one["status"], reason=one["reason"] or "",
            weight=Decimal(one["weight"]), primary=one["primary"], created_at=AT, updated_at=AT,
        )  # fmt: skip


def hold_against(path: Path, cast: Cast) -> int:
    cases = json.loads(path.read_text(encoding="utf-8"))
    made = [make_initiative(cast.claims, f"Case {place}", lead=cast.alice) for place in range(len(cases))]
    for case, row in zip(cases, made, strict=True):
        kept(case, row)
    by_id = {row.pk: row for row in made}
    publish([], initiatives=by_id, as_of=TODAY, by=system(), at=AT, rolled=by_id)
    for case, row in zip(cases, made, strict=True):
        wanted, name = case["expected"], case.get("id") or case["case"]
        row.refresh_from_db()
        assert (row.kpi_status, row.kpi_reason or None) == (wanted["status"], wanted["reason"]), name
    return len(cases)


@pytest.mark.django_db
def test_a_reference_roll_up_of_stored_answers_gives_the_initiative_s_answer(cast: Cast) -> None:
    assert hold_against(OWN, cast) > 0


@pytest.mark.oracle
@pytest.mark.django_db
def test_every_shared_roll_up_of_stored_answers_gives_the_initiative_s_answer(cast: Cast) -> None:
    assert hold_against(shared("kpi_rollup"), cast) == 52
