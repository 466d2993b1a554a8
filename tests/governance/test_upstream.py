"""Models that work on the output of others: named without a circle, and stale once one of those is retired."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core.errors import Problem
from governance.models import AiModel
from governance.services.evaluate import evaluate_all, evaluate_due
from governance.services.inventory import create_model, edit_model, retire_model
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db


def names(cast: Cast, model: AiModel, *upstream: AiModel, who: str = "mona") -> AiModel:
    return edit_model(pk=model.pk, depends_on=list(upstream), by=cast.actor(who), at=AT)


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(Problem) as caught:
        work()
    return caught.value.items[0].code


def pilot(cast: Cast, name: str, **more: Any) -> AiModel:
    return sound_model(cast, name, **{"stage": "pilot", "in_production_since": None, **more})


def test_one_is_stale_from_the_day_what_it_depends_on_is_retired_until_it_names_another(cast: Cast) -> None:
    model, first, second = sound_model(cast, "Ranker"), pilot(cast, "Embedding"), pilot(cast, "Another")
    names(cast, model, first)
    evaluate_all(at=AT)
    assert AiModel.objects.get(pk=model.pk).causes == []
    retire_model(pk=first.pk, because="No use", by=cast.actor("mona"), at=AT)
    evaluate_due(at=AT)
    (cause,) = AiModel.objects.get(pk=model.pk).causes
    assert (cause["code"], cause["since"]) == ("upstream_retired", TODAY.isoformat())
    names(cast, model, second)
    assert AiModel.objects.get(pk=model.pk).causes == []


def test_since_when_is_unknown_where_the_day_of_retirement_is(cast: Cast) -> None:
    model = sound_model(cast, "Ranker")
    model.depends_on.add(pilot(cast, "Imported", stage="retired"))
    evaluate_all(at=AT)
    (cause,) = AiModel.objects.get(pk=model.pk).causes
    assert (cause["code"], cause["since"]) == ("upstream_retired", None)


def test_what_does_not_serve_is_not_stale_for_it(cast: Cast) -> None:
    model = pilot(cast, "Ranker")
    model.depends_on.add(pilot(cast, "Embedding", stage="retired", retired_on=TODAY))
    evaluate_all(at=AT)
    assert AiModel.objects.get(pk=model.pk).causes == []


def test_no_model_depends_on_itself_however_far(cast: Cast) -> None:
    one, two, three = (sound_model(cast, name) for name in ("One", "Two", "Three"))
    assert refused(lambda: names(cast, one, one)) == "cycle"
    names(cast, one, two)
    names(cast, two, three)
    assert refused(lambda: names(cast, three, one)) == "cycle"
    assert not three.depends_on.exists()
    names(cast, one, two, three)


def test_a_circle_that_is_there_all_the_same_ends_the_walk(cast: Cast) -> None:
    one, two, three = (sound_model(cast, name) for name in ("One", "Two", "Three"))
    one.depends_on.add(two)
    two.depends_on.add(one)
    names(cast, three, one)
    assert [row.pk for row in three.depends_on.all()] == [one.pk]


def test_a_retired_model_and_one_out_of_sight_are_not_named(cast: Cast) -> None:
    model, gone = sound_model(cast, "Ranker"), pilot(cast, "Gone", stage="retired", retired_on=TODAY)
    hidden = sound_model(cast, "Hidden", unit=cast.cards, owner=cast.max, goal=False)
    assert refused(lambda: names(cast, model, gone)) == "retired"
    assert refused(lambda: names(cast, model, hidden)) == "does_not_exist"
    made = create_model(name="New", unit=cast.claims, depends_on=[model], by=cast.actor("max"), at=AT)
    assert [row.pk for row in made.depends_on.all()] == [model.pk]


def test_the_page_and_the_api_tell_what_it_depends_on(
    cast: Cast,
    signed_in: Callable[[str], Client],
    api: Callable[[str], APIClient],
    frozen: Callable[..., None],
) -> None:
    model, other = sound_model(cast, "Ranker"), sound_model(cast, "Embedding")
    answer = api("mona").patch(
        f"/api/v1/models/{model.pk}/", {"depends_on": [other.pk]}, format="json", headers={"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["depends_on"]) == (200, [other.pk])
    assert (
        f"{other.ref} Embedding" in signed_in("mona").get(f"/governance/models/{model.ref}/").content.decode()
    )
    form = signed_in("mona").get(f"/governance/models/{model.ref}/edit/").content.decode()
    assert f'<option value="{other.pk}" selected>' in form
    listed = api("mona").get(f"/api/v1/models/?depends_on={other.ref}").json()["results"]
    assert [one["id"] for one in listed] == [model.pk]
