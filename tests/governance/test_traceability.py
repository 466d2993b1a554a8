"""From objective to model: what is linked, what is missing, and who may see it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.tokens import create_token
from domain.traceability import Gap, Measure, missing_links
from kpis.models import DataNeed
from kpis.services.states import retire_kpi
from portfolio.models import Initiative, StrategicObjective
from tests.cast import AT, Cast
from tests.governance.stored import sound_model
from tests.kpis.build import claims_triage, make_kpi

SignIn = Callable[[str], Client]
Api = Callable[[str], APIClient]


@pytest.fixture
def triage(cast: Cast, frozen: Any) -> Initiative:
    return claims_triage(cast)


def whole(cast: Cast, triage: Initiative) -> None:
    """Every link on record."""
    triage.objectives.add(StrategicObjective.objects.create(name="Lower claims cost"))
    triage.outcome = "Claims are decided the same week."
    triage.save()
    kpi = make_kpi(triage)
    make_kpi(
        triage,
        "Ranking AUC",
        kind="model_metric",
        primary=False,
        serves=kpi,
        serves_because="Wrong order delays.",
    )
    make_kpi(triage, "Reopened", kind="guard", primary=False)
    sound_model(cast, "Ranker", unit=cast.claims, owner=cast.mona, goal=False).initiatives.add(triage)
    DataNeed.objects.create(initiative=triage, name="Claim events", recorded_at=AT).kpis.add(kpi)


def gaps(client: Any, triage: Initiative) -> list[tuple[str, str]]:
    answer = client.get(f"/api/v1/initiatives/{triage.ref}/traceability/")
    assert answer.status_code == 200, answer.content
    return [(one["gap"], one["subject"]) for one in answer.json()["missing"]]


def test_a_whole_chain_lacks_nothing(cast: Cast, triage: Initiative, api: Api, signed_in: SignIn) -> None:
    whole(cast, triage)
    assert gaps(api("alice"), triage) == []
    shown = signed_in("alice").get(f"/governance/initiative/{triage.ref}/traceability/").content.decode()
    for words in (
        "Lower claims cost",
        "decided the same week",
        "Ranking AUC",
        "Wrong order delays.",
        "Ranker",
        "none needed",
    ):
        assert words in shown
    assert "t-bad" not in shown.split('class="side pad"')[1]


def test_each_missing_link_is_named_in_red_words(
    cast: Cast, triage: Initiative, api: Api, signed_in: SignIn
) -> None:
    page = f"/governance/initiative/{triage.ref}/traceability/"
    assert gaps(api("alice"), triage) == [("no_objective", ""), ("no_outcome", ""), ("no_kpi", "")]
    model = sound_model(cast, "Ranker", unit=cast.claims, owner=cast.mona, goal=False)
    model.initiatives.add(triage)
    assert ("model_without_goal", model.ref) in gaps(api("alice"), triage)
    assert "no business goal" in signed_in("alice").get(page).content.decode()
    model.initiatives.remove(triage)
    kpi = make_kpi(triage)
    metric = make_kpi(triage, "AUC", kind="model_metric", primary=False)
    DataNeed.objects.create(initiative=triage, name="Weather", recorded_at=AT)
    found = gaps(api("alice"), triage)
    for gap in (
        ("kpi_without_metric", kpi.ref), ("orphan_metric", metric.ref), ("metric_without_model", metric.ref),
        ("unlinked_data", "Weather"),
    ):  # fmt: skip
        assert gap in found
    shown = signed_in("alice").get(page).content.decode()
    for words in ("no model metric serves it", "serves no KPI", "no model is registered", "linked to no KPI"):
        assert f'<span class="t-bad">{words}' in shown, words


def test_a_metric_whose_kpi_was_retired_is_an_orphan(cast: Cast, triage: Initiative, api: Api) -> None:
    whole(cast, triage)
    kpi = triage.kpis.get(name="Days to decision")
    retire_kpi(pk=kpi.pk, because="Replaced.", by=cast.actor("alice"), at=AT)
    assert {gap for gap, _ in gaps(api("alice"), triage)} == {"no_kpi", "orphan_metric"}


def test_a_model_the_reader_may_not_see_is_a_link_without_a_name(
    cast: Cast, triage: Initiative, api: Api, signed_in: SignIn
) -> None:
    whole(cast, triage)
    model = triage.models.get()
    model.unit = cast.cards
    model.save()
    answer = api("vera").get(f"/api/v1/initiatives/{triage.ref}/traceability/").json()
    assert (answer["models"], answer["unseen_models"], answer["missing"]) == ([], 1, [])
    shown = signed_in("vera").get(f"/governance/initiative/{triage.ref}/traceability/").content.decode()
    assert "Ranker" not in shown
    assert "1 model you may not see" in shown


def test_a_token_needs_the_scope_of_every_room_it_reads(cast: Cast, triage: Initiative) -> None:
    client = APIClient()
    for scopes, status in (
        (["governance:read"], 403),
        (["governance:read", "kpis:read", "portfolio:read"], 200),
    ):
        _, secret = create_token(
            user=cast.alice, name="t", scopes=scopes, by=cast.actor("alice"), at=AT - timedelta(minutes=1)
        )
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        assert client.get(f"/api/v1/initiatives/{triage.ref}/traceability/").status_code == status


MEASURES = st.lists(
    st.builds(Measure, ref=st.sampled_from(["K-1", "K-2", "K-3"]), goal=st.booleans(), metric=st.just(False))
    | st.builds(
        Measure, ref=st.sampled_from(["K-4", "K-5"]), goal=st.just(False), metric=st.just(True),
        serves=st.sampled_from(["K-1", "K-2", None]),
    ),
    max_size=5, unique_by=lambda one: one.ref,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(MEASURES, st.integers(0, 2), st.booleans(), st.sampled_from([(), ("M-1",)]))
def test_nothing_is_missing_only_when_every_link_is_there(
    measures: list[Measure], objectives: int, outcome: bool, models: tuple[str, ...]
) -> None:
    found = missing_links(
        objectives=objectives, outcome=outcome, measures=measures, models=models, unlinked=()
    )
    goals = {one.ref for one in measures if one.goal}
    metrics = [one for one in measures if one.metric]
    served = {one.serves for one in metrics}
    # A KPI needs a metric and a metric a model, so a chain without a gap has all of them.
    sound = objectives and outcome and goals and goals <= served and None not in served and models
    assert bool(sound) is not bool(found)
    assert {one.subject for one in found if one.gap is Gap.ORPHAN_METRIC} == {
        m.ref for m in metrics if m.serves is None
    }
    assert (Gap.NO_KPI in {one.gap for one in found}) is (not goals)
