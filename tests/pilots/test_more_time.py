"""A correction that lengthens, or puts a decision off, is more time: nobody gets through it what an extension refuses them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.models import AuditEvent
from pilots.models import Pilot
from pilots.services.charter import edit_pilot
from portfolio.models import InitiativeMember
from tests.cast import AT, TODAY, Cast
from tests.pilots.refusing import refused
from tests.pilots.stored import bare_pilot
from tests.pilots.test_charter import extend
from tests.pilots.test_pages import filled

pytestmark = pytest.mark.django_db
LONGER: list[dict[str, Any]] = [
    {"planned_days": 300}, {"planned_days": None}, {"decision_on": TODAY + timedelta(days=270)}, {"decision_on": None},
    {"no_decision_date": True}, {"planned_days": 60, "decision_on": TODAY + timedelta(days=31)},
]  # fmt: skip
SOONER: list[dict[str, Any]] = [{"planned_days": 60}, {"decision_on": TODAY + timedelta(days=5)}]


def promised(cast: Cast, **more: Any) -> Pilot:
    pilot = bare_pilot(cast, **more)
    Pilot.objects.update(planned_days=90, decision_on=TODAY + timedelta(days=30), charter_version=1)
    return pilot


def corrected(cast: Cast, pilot: Pilot, **facts: Any) -> Pilot:
    return edit_pilot(pk=pilot.pk, by=cast.actor("max"), at=AT, because="A typing error.", **facts)


def unmoved() -> bool:
    row = Pilot.objects.get()
    return (row.planned_days, row.decision_on) == (90, TODAY + timedelta(days=30))


@pytest.mark.parametrize("facts", LONGER)
def test_who_runs_a_pilot_lengthens_it_by_no_correction(cast: Cast, facts: dict[str, Any]) -> None:
    pilot = promised(cast, lead=cast.max)
    problem = refused(lambda: corrected(cast, pilot, **facts), 403, "four_eyes")
    assert unmoved()
    assert problem.event is not None
    problem.event.save()
    event = AuditEvent.objects.get(action="extension.refused")
    assert set(event.after) <= {"planned_days", "decision_on"}


def test_a_member_of_it_does_not_either(cast: Cast) -> None:
    pilot = promised(cast)
    InitiativeMember.objects.create(initiative=pilot.initiative, user=cast.max, added_at=AT)
    refused(lambda: corrected(cast, pilot, planned_days=300), 403, "four_eyes")


@pytest.mark.parametrize("facts", LONGER)
def test_a_tier_1_pilot_is_lengthened_by_the_council_alone(cast: Cast, facts: dict[str, Any]) -> None:
    pilot = promised(cast, risk_tier=1)
    refused(lambda: corrected(cast, pilot, **facts), 409, "council_decides")
    assert unmoved()


@pytest.mark.parametrize("facts", LONGER)
def test_what_would_be_a_third_extension_is_no_correction(cast: Cast, facts: dict[str, Any]) -> None:
    pilot = promised(cast)
    extend(cast, pilot)
    extend(cast, pilot, reason_code="integration_late")
    refused(lambda: corrected(cast, pilot, **facts), 409, "council_decides")
    assert unmoved()


@pytest.mark.parametrize("facts", LONGER)
def test_who_may_extend_it_corrects_it(cast: Cast, facts: dict[str, Any]) -> None:
    pilot = promised(cast, risk_tier=2)
    extend(cast, pilot)
    row = corrected(cast, pilot, **facts)
    assert all(getattr(row, name) == value for name, value in facts.items())


@pytest.mark.parametrize("facts", SOONER)
def test_shortening_needs_nobody_else(cast: Cast, facts: dict[str, Any]) -> None:
    pilot = promised(cast, lead=cast.max, risk_tier=1)
    row = corrected(cast, pilot, **facts)
    assert all(getattr(row, name) == value for name, value in facts.items())


def test_page_and_api_refuse_it_and_keep_that_it_was_tried(
    cast: Cast, signed_in: Callable[[str], Client], api: Callable[[str], APIClient]
) -> None:
    pilot = promised(cast, lead=cast.max)
    version = Pilot.objects.get().version
    sent = {"planned_days": 300, "because": "A typing error."}
    answer = api("max").patch(
        f"/api/v1/pilots/{pilot.pk}/", sent, format="json", headers={"If-Match": f'"{version}"'}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    client, url = signed_in("max"), f"/pilots/{pilot.ref}/edit/"
    page = client.post(url, filled(client, url) | sent)
    assert page.status_code == 403
    assert unmoved()
    assert AuditEvent.objects.filter(action="extension.refused").count() == 2
