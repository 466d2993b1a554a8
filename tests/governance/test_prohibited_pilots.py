"""A pilot whose use is prohibited is given no more time and no new charter, through whichever door it is asked for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.errors import Problem
from governance.models import AiModel, Decision
from pilots.models import Pilot, PilotExtension
from pilots.services.charter import edit_pilot
from pilots.services.extend import grant_extension
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import CARRIED, decided, idea, manager, motion
from tests.governance.sitting import refused

pytestmark = pytest.mark.django_db
PROHIBITED = (409, "prohibited_use")
BRINGS: dict[str, Any] = {"evidence": "A month more of claims.", "decision_changes": "0.25"}


def prohibited_pilot(cast: Cast, found: str = "unacceptable") -> tuple[Initiative, Pilot]:
    row = idea(cast, stage="pilot")
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    assert pilot is not None
    Pilot.objects.update(planned_days=90, decision_on=TODAY + timedelta(days=20))
    model = AiModel.objects.create(
        name="Mood reader", unit=cast.claims, created_at=AT, updated_at=AT, classes={"eu_ai_act": found}
    )
    model.initiatives.add(row)
    return row, pilot


def longer(cast: Cast, pilot: Pilot) -> PilotExtension:
    return grant_extension(
        pilot_id=pilot.pk, days=30, reason_code="data_late", by=manager(cast), at=AT, evidence="A month more.",
        decision_changes=Decimal("0.25"),
    )  # fmt: skip


def test_a_manager_does_not_extend_a_prohibited_use(cast: Cast) -> None:
    _, pilot = prohibited_pilot(cast)
    with pytest.raises(Problem) as caught:
        longer(cast, pilot)
    assert (caught.value.status, caught.value.code) == PROHIBITED
    assert "Mood reader" in caught.value.detail
    assert not PilotExtension.objects.exists()


def test_what_is_not_prohibited_is_extended(cast: Cast) -> None:
    _, pilot = prohibited_pilot(cast, "high_annex_iii")
    assert longer(cast, pilot).days == 30


@pytest.mark.parametrize(
    "more", [{"planned_days": 120}, {"planned_days": None}, {"decision_on": TODAY + timedelta(days=40)}]
)
def test_a_correction_that_lengthens_is_more_time_by_another_name(cast: Cast, more: dict[str, Any]) -> None:
    _, pilot = prohibited_pilot(cast)
    assert (
        refused(lambda: edit_pilot(pk=pilot.pk, by=manager(cast), at=AT, because="Later.", **more))
        == PROHIBITED
    )


@pytest.mark.parametrize("more", [{"planned_days": 60}, {"decision_on": TODAY + timedelta(days=5)}])
def test_a_correction_that_shortens_stays_possible(cast: Cast, more: dict[str, Any]) -> None:
    _, pilot = prohibited_pilot(cast)
    row = edit_pilot(pk=pilot.pk, by=manager(cast), at=AT, because="Sooner.", **more)
    assert all(getattr(row, name) == value for name, value in more.items())


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        ("extend", {"days": 10, "reason_code": "data_late", **BRINGS}),
        ("pivot", {"charter": "Letters.", "days": 45, "until": "2027-01-10", **CARRIED}),
    ],
)  # fmt: skip
def test_no_decision_lets_the_pilot_of_a_prohibited_use_go_on(
    cast: Cast, outcome: str, more: dict[str, Any]
) -> None:
    row, pilot = prohibited_pilot(cast)
    before = pilot.charter_version
    assert refused(lambda: decided(row, motion(row, outcome, **more), manager(cast))) == PROHIBITED
    pilot.refresh_from_db()
    assert (pilot.extensions.count(), pilot.charter_version, Decision.objects.exists()) == (0, before, False)


def test_the_page_says_why_nothing_was_extended(cast: Cast, client: Client) -> None:
    _, pilot = prohibited_pilot(cast)
    manager(cast)
    client.force_login(cast.max)
    sent = {
        "version": pilot.version, "days": "30", "reason_code": "data_late", "evidence": "More.", "decision_changes": "25",
    }  # fmt: skip
    answer = client.post(f"/pilots/{pilot.ref}/extend/", sent)
    assert answer.status_code == 409
    assert "Mood reader" in answer.content.decode()
