"""The days to the first user: read from use and releases, unknown where the record does not tell, the same everywhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from domain.stages import Stage
from pilots.models import AdoptionWeek, Pilot
from pilots.queries.fast_lane import first_users, summary_of
from pilots.services.use import Use, record_week
from portfolio.dashboard.selection import select
from portfolio.models import StageSpell
from portfolio.services.stages import move_stage
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import bare_pilot
from tests.pilots.test_fast_lane import began, promised, released

pytestmark = pytest.mark.django_db
Api = Callable[[str], APIClient]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[object], None]) -> None:
    frozen(AT)


def seen(cast: Cast, name: str = "max") -> dict[str, Any]:
    rows = first_users(select(cast.actor(name), {}, TODAY))
    return {row.initiative.name: (row.first.days, row.first.basis and row.first.basis.value) for row in rows}


def test_the_first_user_is_the_first_week_that_somebody_used_it(cast: Cast, pilot: Pilot) -> None:
    began(pilot, 100)
    promised(cast, pilot, 90, ago=50)
    released(cast, pilot, TODAY - timedelta(days=60))
    assert seen(cast) == {pilot.initiative.name: (40, "release")}
    for ago, active in ((49, 0), (42, 5), (35, 9)):
        record_week(
            pilot_id=pilot.pk,
            week=TODAY - timedelta(days=ago),
            use=Use(active=active),
            by=cast.actor("alice"),
            at=AT,
        )
    first = AdoptionWeek.objects.filter(active=5).get().week
    assert seen(cast) == {pilot.initiative.name: ((first - (TODAY - timedelta(days=100))).days, "use")}
    # The latest word on a week counts: nobody used it in that week after all.
    record_week(pilot_id=pilot.pk, week=first, use=Use(active=0), by=cast.actor("alice"), at=AT)
    assert seen(cast)[pilot.initiative.name][0] == (first - (TODAY - timedelta(days=100))).days + 7


def test_it_counts_from_the_first_stay_in_development_where_there_was_one(cast: Cast, pilot: Pilot) -> None:
    began(pilot, 50)
    StageSpell.objects.create(
        initiative=pilot.initiative, stage="development", entered_on=TODAY - timedelta(days=200),
        left_on=TODAY - timedelta(days=50), closed_at=AT, recorded_at=AT,
    )  # fmt: skip
    promised(cast, pilot)
    released(cast, pilot, TODAY - timedelta(days=20))
    assert seen(cast) == {pilot.initiative.name: (180, "release")}


def test_a_pilot_that_goes_back_to_development_keeps_its_days(cast: Cast, pilot: Pilot) -> None:
    began(pilot, 100)
    record_week(
        pilot_id=pilot.pk, week=TODAY - timedelta(days=50), use=Use(active=3), by=cast.actor("alice"), at=AT
    )
    first = AdoptionWeek.objects.get().week
    days = (first - (TODAY - timedelta(days=100))).days
    assert seen(cast) == {pilot.initiative.name: (days, "use")}
    back_on = TODAY - timedelta(days=10)
    move_stage(
        initiative=pilot.initiative, to=Stage.DEVELOPMENT, on=back_on, by=cast.actor("max"), at=AT, because="Recycled"
    )  # fmt: skip
    assert seen(cast) == {pilot.initiative.name: (days, "use")}


def test_use_before_the_recorded_start_is_unknown_on_page_and_api(
    cast: Cast, pilot: Pilot, signed_in: Callable[[str], Client], api: Api
) -> None:
    began(pilot, 20)
    AdoptionWeek.objects.create(
        pilot=pilot, week=TODAY - timedelta(days=71), active=3, recorded_at=AT, recorded_by=cast.alice
    )
    told = api("max").get("/api/v1/portfolio/first-users/").json()
    assert (told["median_days"], told["known"], told["unknown"]) == (None, 0, 1)
    assert told["results"][0]["days"] is None
    text = signed_in("max").get("/pilots/first-users/").content.decode()
    assert "used before work began" in text


def test_an_undated_start_and_an_unused_pilot_are_unknown_and_counted(cast: Cast, pilot: Pilot) -> None:
    began(pilot, 50)
    undated = bare_pilot(cast, name="Undated")
    StageSpell.objects.filter(pk=undated.spell_id).update(entered_on=None)
    record_week(pilot_id=undated.pk, week=TODAY, use=Use(active=3), by=cast.actor("alice"), at=AT)
    assert seen(cast) == {pilot.initiative.name: (None, None), "Undated": (None, "use")}
    figure = summary_of(first_users(select(cast.actor("max"), {}, TODAY)))
    assert (figure.median, figure.known, figure.unknown) == (None, 0, 2)


def test_whoever_may_not_see_an_initiative_does_not_count_it(cast: Cast, pilot: Pilot) -> None:
    bare_pilot(cast, name="Elsewhere", unit=cast.cards, lead=cast.charlie)
    assert set(seen(cast, "alice")) == {pilot.initiative.name}


def test_page_dashboard_and_api_say_the_same(
    cast: Cast, pilot: Pilot, signed_in: Callable[[str], Client], api: Api
) -> None:
    began(pilot, 60)
    promised(cast, pilot)
    released(cast, pilot, TODAY - timedelta(days=13))
    bare_pilot(cast, name="Unused")
    told = api("max").get("/api/v1/portfolio/first-users/").json()
    assert (told["median_days"], told["known"], told["unknown"], told["count"]) == (47, 1, 1, 2)
    assert [(row["days"], row["basis"]) for row in told["results"]] == [(47, "release"), (None, None)]
    client = signed_in("max")
    page = client.get("/pilots/first-users/").content.decode()
    part = client.get("/pilots/first-users/", headers={"HX-Request": "true"}).content.decode()
    for text in (page, part):
        assert "<strong>47 days</strong> in the median" in text
        assert "unknown, not zero" in text
    assert "<h1" in page
    assert "<h1" not in part
    known = client.get("/pilots/first-users/?known=false").content.decode()
    assert "Unused" in known
    assert pilot.initiative.name not in known.split("<tbody>")[1]
    assert 'hx-get="/pilots/first-users/"' in client.get("/portfolio/").content.decode()


@pytest.mark.parametrize("query", ["known=maybe", "colour=red", "page=x", "unit=0x"])
def test_a_wrong_parameter_is_refused(
    cast: Cast, signed_in: Callable[[str], Client], api: Api, query: str
) -> None:
    assert signed_in("max").get(f"/pilots/first-users/?{query}").status_code == 400
    assert api("max").get(f"/api/v1/portfolio/first-users/?{query}").status_code == 400


def test_the_figure_costs_the_same_for_one_and_for_many(
    cast: Cast, pilot: Pilot, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        bare_pilot(cast, name=f"More {n}")
    chosen = select(cast.actor("max"), {}, TODAY)
    with django_assert_max_num_queries(4):
        assert len(first_users(chosen)) == 13
