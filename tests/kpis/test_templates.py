"""KPIs to begin from: the examples by industry and by objective, and the form they fill in."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from domain.kpi_templates import BY_INDUSTRY, BY_OBJECTIVE, GROUPS, TEMPLATES
from kpis.models import Kpi
from tests.cast import Cast
from tests.kpis.access_pages import DEFINED
from tests.kpis.build import claims_triage

SignIn = Callable[[str], Client]
Api = Callable[[str], APIClient]
NAMED = {
    "E-commerce": {"Cart abandonment rate", "Purchase frequency"},
    "Healthcare": {"Readmission rate", "Diagnosis time reduction"},
    "Finance": {"Fraud detection rate", "Loan approval TAT (turnaround time)"},
    "Manufacturing": {"Predictive maintenance accuracy", "Downtime reduction"},
}
WANTED = {
    "Increase sales": {"Conversion rate", "AOV (average order value)"},
    "Reduce churn": {"Customer retention rate"},
    "Improve support": {"First response time", "CSAT"},
}


@pytest.mark.parametrize(("shelf", "wanted"), [(BY_INDUSTRY, NAMED), (BY_OBJECTIVE, WANTED)])
def test_every_named_example_is_there(shelf: Any, wanted: dict[str, set[str]]) -> None:
    found: dict[str, set[str]] = {}
    for one in shelf:
        found.setdefault(GROUPS[one.group], set()).add(one.name)
    assert found == wanted


def test_a_template_is_a_kpi_the_form_can_take() -> None:
    assert len({one.code for one in TEMPLATES}) == len(TEMPLATES)
    for one in TEMPLATES:
        assert one.kind in Kpi.Kind.values
        assert len(one.unit) <= 40
        assert one.definition.endswith(".")


def test_each_link_fills_the_form_and_what_it_fills_can_be_saved(
    cast: Cast, frozen: Any, signed_in: SignIn
) -> None:
    triage, client = claims_triage(cast), signed_in("alice")
    shown = client.get(f"/kpis/templates/?initiative={triage.ref}").content.decode()
    links = [unescape(one) for one in re.findall(r'href="(/kpis/initiative/[^"]*/new/\?[^"]*)"', shown)]
    assert len(links) == len(TEMPLATES)
    link = next(one for one in links if "abandonment" in one)
    form = client.get(link).context["form"]
    filled = {name: form[name].value() for name in ("name", "unit_of_measure", "direction", "kind")}
    assert filled == {
        "name": "Cart abandonment rate", "unit_of_measure": "%", "direction": "lower", "kind": "business",
    }  # fmt: skip
    assert client.post(link, {**DEFINED, **filled}).status_code == 302
    assert Kpi.objects.get().name == "Cart abandonment rate"


def test_an_address_fills_in_nothing_else(cast: Cast, frozen: Any, signed_in: SignIn) -> None:
    triage = claims_triage(cast)
    form = signed_in("alice").get(f"/kpis/initiative/{triage.ref}/new/?primary=on&target=5").context["form"]
    assert not form["primary"].value()
    assert form["target"].value() is None


def test_who_may_not_define_sees_them_without_a_link(cast: Cast, frozen: Any, signed_in: SignIn) -> None:
    triage = claims_triage(cast)
    shown = signed_in("vera").get(f"/kpis/templates/?initiative={triage.ref}").content.decode()
    assert "Cart abandonment rate" in shown
    assert "Begin with it" not in shown
    assert signed_in("charlie").get(f"/kpis/templates/?initiative={triage.ref}").status_code == 404


def test_the_api_gives_them_all_and_refuses_what_it_does_not_know(cast: Cast, frozen: Any, api: Api) -> None:
    found = api("vera").get("/api/v1/kpi-templates/").json()
    assert len(found) == 13
    assert {row["by"] for row in found} == {"industry", "objective"}
    assert api("vera").get("/api/v1/kpi-templates/?industry=finance").status_code == 400
