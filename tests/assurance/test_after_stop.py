"""What still runs in production for a stopped initiative is before the council until it is ended, retired or used by another."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assurance.models import Deployment
from assurance.queries import after_stop as _registers  # noqa: F401  it registers itself
from assurance.services.deployments import beat, end_deployment
from core import clock
from governance.models import AiModel
from governance.services.after_stop import judge_stopped
from portfolio.models import Flag, Initiative
from tests.assurance.versioned import model_of
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import idea

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
STOPPED = TODAY - timedelta(days=30)


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(AT)


def served(cast: Cast, *, stage: str = "stopped") -> tuple[Initiative, AiModel]:
    row, model = idea(cast, stage=stage), model_of(cast)
    model.initiatives.set([row])
    return row, model


def runs(
    cast: Cast, model: AiModel, environment: str = "production", began: datetime | None = None
) -> Deployment:
    """On record as running, from before the stop unless it says otherwise."""
    began = began or AT - timedelta(days=90)
    return Deployment.objects.create(
        model=model, version_number="3", environment=environment, deployed_at=began, recorded_by=cast.mona,
        recorded_at=AT, updated_at=AT,
    )  # fmt: skip


def flags() -> list[Flag]:
    return list(Flag.objects.open().filter(rule="after_stop"))


def test_a_deployment_that_is_heard_of_after_the_stop_is_told_with_its_day(cast: Cast) -> None:
    row, model = served(cast)
    beat(pk=runs(cast, model).pk, by=cast.actor("mona"), at=AT)
    judge_stopped(at=AT)
    (flag,) = flags()
    assert flag.initiative == row
    assert flag.escalated_on == TODAY
    assert flag.since == STOPPED + DAY
    assert flag.sentence == (
        f"In production still runs version 3 of {model.ref} Triage ranker (last heard of on 24 Nov 2026), "
        "after it was stopped on 25 Oct 2026."
    )


def test_one_nobody_heard_of_and_nobody_ended_is_told_as_that(cast: Cast) -> None:
    _, model = served(cast)
    runs(cast, model)
    judge_stopped(at=AT)
    assert "(never heard of, and not ended)" in flags()[0].sentence


def test_on_the_day_of_the_stop_it_may_still_be_taken_down(cast: Cast) -> None:
    row, model = served(cast)
    runs(cast, model)
    Initiative.objects.filter(pk=row.pk).update(entered_on=TODAY)
    judge_stopped(at=AT)
    assert flags() == []
    judge_stopped(at=AT + DAY)
    assert flags()[0].since == clock.day_of(AT + DAY)


def test_it_clears_when_the_deployment_is_ended(cast: Cast) -> None:
    _, model = served(cast)
    row = runs(cast, model)
    judge_stopped(at=AT)
    end_deployment(pk=row.pk, because="Taken down.", by=cast.actor("mona"), at=AT)
    judge_stopped(at=AT)
    assert flags() == []


def test_it_clears_when_the_model_is_retired(cast: Cast) -> None:
    _, model = served(cast)
    runs(cast, model)
    judge_stopped(at=AT)
    AiModel.objects.filter(pk=model.pk).update(stage="retired")
    judge_stopped(at=AT)
    assert flags() == []


def test_it_clears_when_the_model_serves_another_that_goes_on_and_not_one_that_ended_too(cast: Cast) -> None:
    row, model = served(cast)
    runs(cast, model)
    other = idea(cast, "Letters", stage="retired")
    model.initiatives.set([row, other])
    judge_stopped(at=AT)
    assert [one.initiative_id for one in flags()] == [row.pk]
    Initiative.objects.filter(pk=other.pk).update(stage="production")
    judge_stopped(at=AT)
    assert flags() == []


@pytest.mark.parametrize("environment", ["staging", "dev"])
def test_what_runs_outside_production_is_not_told(cast: Cast, environment: str) -> None:
    _, model = served(cast)
    runs(cast, model, environment)
    judge_stopped(at=AT)
    assert flags() == []


def test_what_serves_a_running_initiative_or_none_is_not_told(cast: Cast) -> None:
    _, model = served(cast, stage="pilot")
    runs(cast, model)
    runs(cast, model_of(cast, "Of nobody"))
    judge_stopped(at=AT)
    assert flags() == []


def test_its_cost_does_not_grow_with_what_runs(cast: Cast) -> None:
    for number in range(4):
        row, model = idea(cast, f"Stopped {number}", stage="stopped"), model_of(cast, f"Model {number}")
        model.initiatives.set([row])
        runs(cast, model)
    judge_stopped(at=AT)
    with CaptureQueriesContext(connection) as said:
        judge_stopped(at=AT)
    assert len(flags()) == 4
    few = len(said)
    row, model = idea(cast, "Stopped again", stage="stopped"), model_of(cast, "Another")
    model.initiatives.set([row])
    runs(cast, model)
    judge_stopped(at=AT)
    with CaptureQueriesContext(connection) as said:
        judge_stopped(at=AT)
    assert len(said) == few
