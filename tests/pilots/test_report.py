"""The pilot report: every part of it from the record, what nobody recorded said so, the same figures as the pages."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from domain.paper import paper_to_json
from pilots.models import Pilot
from pilots.queries.report import pilot_report
from pilots.services.extend import grant_extension
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import make_kpi, read
from tests.pilots.stored import bare_pilot

pytestmark = pytest.mark.django_db


def words(pilot: Pilot) -> str:
    return json.dumps(paper_to_json(pilot_report(pilot, TODAY)), ensure_ascii=False)


def test_a_pilot_nobody_recorded_anything_of_says_so_in_every_part(cast: Cast) -> None:
    text = words(bare_pilot(cast))
    for said in ("No KPI is on record.", "Hypotheses: never recorded.", "Nothing was compared", "Invited and active users: never recorded.",
                 "No finding is open.", "It was never extended.", "never recorded"):  # fmt: skip
        assert said in text, said
    assert "0 %" not in text


def test_its_figures_are_those_of_the_record(cast: Cast) -> None:
    pilot = bare_pilot(cast)
    kpi = make_kpi(pilot.initiative, "Days to decision")
    read(kpi, "7.5")
    make_kpi(pilot.initiative, "Recall", kind="model_metric")
    pilot.production_owner, pilot.transition_run_cost = cast.mona, Decimal(61_000)
    pilot.save()
    grant_extension(
        pilot_id=pilot.pk,
        days=30,
        reason_code="data_late",
        evidence="More.",
        decision_changes=Decimal("0.25"),
        by=cast.actor("max"),
        at=AT,
    )
    pilot.refresh_from_db()
    text = words(pilot)
    for said in (
        "7.5 days",
        "Days to decision",
        "Model metrics",
        "Mona",
        "€61k",
        "Extension 1: 30 days, data came late",
    ):
        assert said in text, said


@pytest.mark.parametrize("end", ["/", ".pdf"])
def test_it_is_read_by_whoever_may_see_the_pilot(
    end: str, cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    pilot = bare_pilot(cast)
    answer = signed_in("alice").get(f"/pilots/{pilot.ref}/report{end}")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF") == (end == ".pdf")
    assert signed_in("charlie").get(f"/pilots/{pilot.ref}/report{end}").status_code == 404


def test_it_can_be_found_from_the_pilot(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    pilot = bare_pilot(cast)
    page: Any = signed_in("alice").get(f"/pilots/initiative/{pilot.initiative.ref}/")
    assert f"/pilots/{pilot.ref}/report/" in page.content.decode()
