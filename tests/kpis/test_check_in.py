"""The check-in of everything a person works on: one form, all of it or nothing, each refusal at its row."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.access import system
from kpis.models import Measurement
from kpis.services.states import retire_kpi
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read, trajectory, version_of

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def triage(cast: Cast) -> Initiative:
    return claims_triage(cast)


def test_what_is_due_on_everything_one_works_on_is_one_form(triage: Initiative, signed_in: SignIn, cast: Cast) -> None:  # fmt: skip
    other = make_initiative(cast.claims, "Letters", lead=cast.alice)
    late, fresh = make_kpi(triage, "Late"), make_kpi(triage, "Fresh")
    soon, foreign = make_kpi(other, "Soon"), make_kpi(make_initiative(cast.claims, "Foreign", lead=cast.mona))
    read(late, 8, TODAY - timedelta(days=40))
    read(fresh, 8, TODAY - timedelta(days=1))
    read(soon, 8, TODAY - timedelta(days=20))
    read(foreign, 8, TODAY - timedelta(days=40))
    client = signed_in("alice")
    text = client.get("/kpis/check-in/").content.decode()
    assert [f"value_{kpi.pk}" in text for kpi in (late, fresh, soon, foreign)] == [True, False, True, False]
    assert text.index("Late") < text.index("Soon")
    sent = {f"value_{late.pk}": "7", f"observed_on_{late.pk}": str(TODAY), f"value_{soon.pk}": "6", f"observed_on_{soon.pk}": str(TODAY)}  # fmt: skip
    assert client.post("/kpis/check-in/", sent).status_code == 302
    assert Measurement.objects.filter(observed_on=TODAY).count() == 2
    assert "Nothing is due" in client.get("/kpis/check-in/").content.decode()


def test_every_wrong_row_of_a_check_in_is_named_at_its_row_and_what_was_typed_is_kept(triage: Initiative, signed_in: SignIn, cast: Cast) -> None:  # fmt: skip
    kpis = [
        make_kpi(triage, f"KPI {n}", success=trajectory(baseline_on=TODAY - timedelta(days=40)))
        for n in range(3)
    ]
    for kpi in kpis[1:]:
        version = version_of(kpi)
        version.scale_low, version.scale_high = Decimal(1), Decimal(5)
        version.save()
    sent: dict[str, Any] = {}
    for kpi, value in zip(kpis, ("5", "9", "0"), strict=True):
        sent |= {
            f"value_{kpi.pk}": value,
            f"observed_on_{kpi.pk}": str(TODAY),
            f"note_{kpi.pk}": f"note {value}",
        }
    answer = signed_in("alice").post("/kpis/check-in/", sent)
    assert answer.status_code == 400
    form = answer.context["form"]
    assert set(form.errors) == {f"value_{kpi.pk}" for kpi in kpis[1:]}
    assert [form[f"note_{kpi.pk}"].value() for kpi in kpis] == ["note 5", "note 9", "note 0"]
    assert not Measurement.objects.exists()


def test_a_value_typed_for_a_kpi_that_is_due_no_more_is_not_passed_over(triage: Initiative, signed_in: SignIn, cast: Cast) -> None:  # fmt: skip
    kpi = make_kpi(triage, success=trajectory(baseline_on=TODAY - timedelta(days=40)))
    read(kpi, 8, TODAY)  # somebody else was quicker
    sent = {f"value_{kpi.pk}": "7", f"observed_on_{kpi.pk}": str(TODAY)}
    assert signed_in("alice").post("/kpis/check-in/", sent).status_code == 302
    assert Measurement.objects.count() == 2
    retire_kpi(pk=kpi.pk, because="gone", by=system(), at=AT)
    answer = signed_in("alice").post("/kpis/check-in/", sent)
    assert answer.status_code == 409
    assert f"{kpi.ref} takes no readings from you any more" in answer.content.decode()
    assert Measurement.objects.count() == 2


def test_the_leads_home_leads_to_the_check_in(triage: Initiative, signed_in: SignIn) -> None:
    assert 'href="/kpis/check-in/"' in signed_in("alice").get("/portfolio/home/").content.decode()
    assert 'href="/kpis/check-in/"' not in signed_in("vera").get("/portfolio/home/").content.decode()
