"""Early warnings as people read them: through the API, on the initiative, in the list of all, and on a lead's home."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import outbox
from kpis.services.evaluate import sweep
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import ask, claims_triage, make_kpi, promise, read
from tests.kpis.watched import day, live, metric, moment, warnings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

Api = Callable[[str], APIClient]
SignedIn = Callable[[str], Client]


@pytest.fixture
def diverging(cast: Cast) -> Initiative:
    """Alice's initiative whose model is good and whose KPI is not; swept."""
    initiative = claims_triage(cast)
    kpi, model = make_kpi(initiative, at=moment(300)), metric(initiative, at=moment(300))
    read(model, "0.79", day(3))
    read(kpi, "9.9", day(2))
    sweep(at=AT)
    return initiative


class TestTheApi:
    def test_it_says_everything_of_a_warning(self, diverging: Initiative, cast: Cast, api: Api) -> None:
        said = api("alice").get(f"/api/v1/initiatives/{diverging.ref}/warnings/").json()
        [one] = said["warnings"]
        flag = warnings(diverging)["divergence"]
        assert one == {
            "code": "divergence", "rule": "warning_divergence", "cause": "Good model, bad business KPI",
            "group": "measurement", "severity": 3, "kpi": None, "sentence": flag.sentence, "since": f"{day(2)}",
            "due_on": f"{day(2) + timedelta(days=7)}", "escalates": False, "clears_when": flag.clears_when,
            "owner": cast.alice.pk, "owner_name": "Alice", "flag": flag.pk,
        }  # fmt: skip
        assert said["unknown"] == [
            {
                "fact": "sign_offs",
                "words": "whether people agree on what success is: no definition was put forward to be signed",
            }
        ]
        assert (said["as_of"], said["policy"]) == (f"{TODAY}", 0)
        assert said["valid_until"] <= f"{day(2) + timedelta(days=7)}"

    def test_it_is_judged_from_the_facts_before_the_worker_comes(
        self, diverging: Initiative, api: Api
    ) -> None:
        Flag.objects.all().delete()
        [one] = api("alice").get(f"/api/v1/initiatives/{diverging.pk}/warnings/").json()["warnings"]
        assert (one["code"], one["flag"]) == ("divergence", None)

    @pytest.mark.parametrize("asked", ["as_of=2026-11-01", "known_at=2026-11-01T00:00:00Z"])
    def test_another_day_is_refused_and_never_shown_as_today(
        self, diverging: Initiative, api: Api, asked: str
    ) -> None:
        said = api("alice").get(f"/api/v1/initiatives/{diverging.pk}/warnings/?{asked}")
        assert (said.status_code, said.json()["code"]) == (400, "not_replayable")
        assert (
            api("alice").get(f"/api/v1/initiatives/{diverging.pk}/warnings/?as_of={TODAY}").status_code == 200
        )
        assert api("alice").get(f"/api/v1/initiatives/{diverging.pk}/warnings/?on=x").status_code == 400

    def test_who_may_not_see_the_initiative_gets_404(self, diverging: Initiative, api: Api) -> None:
        assert api("charlie").get(f"/api/v1/initiatives/{diverging.pk}/warnings/").status_code == 404

    def test_the_number_of_statements_does_not_grow(self, cast: Cast, api: Api) -> None:
        client, counts = api("max"), []
        for many in (1, 4):
            initiative = live(cast, 100, f"{many}")
            for place in range(many):
                read(metric(initiative, f"Recall {place}", at=moment(400)), "0.79", day(4))
                make_kpi(initiative, f"Days {place}", at=moment(400))
            with CaptureQueriesContext(connection) as seen:
                client.get(f"/api/v1/initiatives/{initiative.pk}/warnings/")
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 20


class TestTheInitiative:
    def test_each_warning_says_since_when_by_when_who_and_what_clears_it(
        self, diverging: Initiative, signed_in: SignedIn
    ) -> None:
        page = signed_in("alice").get(f"/kpis/initiative/{diverging.ref}/").content.decode()
        for said in (
            "Good model, bad business KPI", "Act by 29 Nov", "owner Alice", "clears with: The business KPI is back on track",
            "Unknown</span>: whether people agree", "Every model metric is good while this is not",
        ):  # fmt: skip
            assert said in page

    def test_it_is_said_at_the_kpi_it_concerns_and_at_no_other(
        self, diverging: Initiative, signed_in: SignedIn
    ) -> None:
        client = signed_in("alice")
        good = make_kpi(diverging, "Reopened", primary=False)
        read(good, "5.1", day(1))
        bad = diverging.kpis.get(name="Days to decision")
        words = "every model metric is good while this is not"
        assert words in client.get(f"/kpis/{bad.ref}/").content.decode()
        assert words not in client.get(f"/kpis/{good.ref}/").content.decode()
        assert words not in client.get(f"/kpis/{diverging.kpis.get(name='Recall').ref}/").content.decode()

    def test_what_nobody_acted_on_is_said_to_be_before_the_council(
        self, diverging: Initiative, signed_in: SignedIn, frozen: Any
    ) -> None:
        later = AT + timedelta(days=10)
        frozen(later)
        sweep(at=later)
        page = signed_in("alice").get(f"/kpis/initiative/{diverging.ref}/").content.decode()
        assert "Nobody acted by 29 Nov" in page

    def test_nothing_warns_is_said(self, cast: Cast, signed_in: SignedIn) -> None:
        kpi = make_kpi(claims_triage(cast))
        read(kpi, "5.2", day(1))
        page = signed_in("alice").get(f"/kpis/initiative/{kpi.initiative.ref}/").content.decode()
        assert "Nothing warns of neglect" in page

    def test_without_a_kpi_in_production_the_way_out_is_to_define_one(
        self, cast: Cast, signed_in: SignedIn
    ) -> None:
        initiative = live(cast, 200)
        page = signed_in("alice").get(f"/kpis/initiative/{initiative.ref}/").content.decode()
        assert "no business KPI was ever measured" in page
        assert "Define a business KPI" in page
        assert (
            "Define a business KPI"
            not in signed_in("vera").get(f"/kpis/initiative/{initiative.ref}/").content.decode()
        )

    def test_it_links_to_the_sign_offs_that_lack(self, cast: Cast, signed_in: SignedIn) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=moment(10))
        ask(kpi, cast, at=moment(6))
        page = signed_in("alice").get(f"/kpis/initiative/{kpi.initiative.ref}/").content.decode()
        assert f"Sign-offs of {kpi.ref}" in page


class TestTheList:
    def test_it_shows_the_gravest_first_to_who_may_see_them(
        self, diverging: Initiative, cast: Cast, signed_in: SignedIn
    ) -> None:
        live(cast, 65, "Silent")
        outbox.drain()
        sweep(at=AT)
        page = signed_in("max").get("/kpis/warnings/").content.decode().partition("<tbody")[2]
        assert (
            0 < page.index("Good model, bad business KPI") < page.index("Business owner silent after launch")
        )
        other = signed_in("ursula").get("/kpis/warnings/").content.decode()
        assert "Nothing warns of neglect" in other

    def test_it_filters_by_warning_owner_and_council(
        self, diverging: Initiative, cast: Cast, signed_in: SignedIn
    ) -> None:
        live(cast, 65, "Silent")
        outbox.drain()
        sweep(at=AT)
        client = signed_in("max")

        def rows(query: str) -> int:
            sent: Any = client.get(f"/kpis/warnings/?format=csv&{query}")
            return len(b"".join(sent.streaming_content).decode().splitlines()) - 1

        assert rows("") == 2
        assert rows("rule=warning_divergence") == 1
        assert rows(f"owner={cast.edith.pk}") == 1
        assert rows("escalated_on__isnull=false") == 0
        assert client.get("/kpis/warnings/?escalated_on__isnull=false").status_code == 200
        sweep(at=AT + timedelta(days=30))
        assert rows("escalated_on__isnull=false") == 2

    def test_a_flag_of_another_rule_is_no_early_warning(
        self, diverging: Initiative, signed_in: SignedIn
    ) -> None:
        assert Flag.objects.filter(rule="kpi_off_track", cleared_at=None).exists()
        assert "kpi_off_track" not in signed_in("max").get("/kpis/warnings/").content.decode()

    def test_the_flags_can_be_filtered_by_what_is_neglected(self, diverging: Initiative, api: Api) -> None:
        rows = api("max").get("/api/v1/flags/?group=measurement").json()["results"]
        assert [row["rule"] for row in rows] == ["warning_divergence"]


def test_a_lead_finds_on_their_home_what_to_act_on_and_by_when(
    diverging: Initiative, signed_in: SignedIn
) -> None:
    page = signed_in("alice").get("/portfolio/home/").content.decode()
    assert "Act on: Good model, bad business KPI" in page
    assert f"/kpis/initiative/{diverging.ref}/#warnings" in page
