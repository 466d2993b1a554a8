"""Who develops a model is named as people, and judges nothing of it, also after they were taken off."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from assurance.models import Rollback, Validation
from core.errors import Problem
from governance.models import AiModel, ModelReview
from governance.services.review import record_review
from tests.assurance.living import validated
from tests.assurance.test_rollbacks import back, served
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import initiative, reviewer, sound_model
from tests.governance.test_by_hand import correct, edit

pytestmark = pytest.mark.django_db


def refused(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        call()
    first = caught.value.items[0] if caught.value.items else None
    return caught.value.status, first.code if first else caught.value.code


@pytest.mark.parametrize("taken_off", [False, True])
def test_whoever_develops_it_or_did_judges_nothing_of_it(taken_off: bool, cast: Cast) -> None:
    rita = reviewer(cast)
    model = sound_model(cast, developers=[rita])
    if taken_off:
        edit(cast, model, developers=[])
    by = cast.actor("rita")
    review = partial(record_review, model_id=model.pk, reviewed_on=TODAY, outcome="fit", by=by, at=AT)
    assert refused(review) == (403, "four_eyes")
    assert refused(lambda: validated(cast, model)) == (403, "four_eyes")
    assert refused(lambda: correct(cast, model, last_validated_on=TODAY)) == (403, "four_eyes")
    assert not ModelReview.objects.exists()
    assert not Validation.objects.exists()


def test_the_database_keeps_whoever_develops_it_from_validating_it(cast: Cast) -> None:
    rita = reviewer(cast)
    model = sound_model(cast, developers=[rita])
    with pytest.raises(DatabaseError), transaction.atomic():
        Validation.objects.create(
            model=model, kind="validation", scope="x", started_on=TODAY, recorded_by=rita, recorded_at=AT
        )
    edit(cast, model, developers=[])
    Validation.objects.create(
        model=model, kind="validation", scope="x", started_on=TODAY, recorded_by=rita, recorded_at=AT
    )


@pytest.mark.parametrize("taken_off", [False, True])
def test_whoever_developed_it_does_not_go_back_alone(taken_off: bool, cast: Cast) -> None:
    model = served(cast)
    edit(cast, model, developers=[cast.max])
    if taken_off:
        edit(cast, model, developers=[])
    assert refused(lambda: back(cast, model)) == (403, "four_eyes")
    assert not Rollback.objects.exists()


def test_nobody_validates_what_they_develop_whichever_is_named_first(cast: Cast) -> None:
    model = sound_model(cast, validator=cast.vera)
    assert refused(lambda: edit(cast, model, developers=[cast.vera])) == (400, "four_eyes")
    other = sound_model(cast, "Other", developers=[cast.vera], validator=None)
    assert refused(lambda: edit(cast, other, validator=cast.vera)) == (400, "four_eyes")
    assert list(AiModel.objects.get(pk=other.pk).developers.all()) == [cast.vera]


def test_somebody_who_left_is_not_named_anew_and_stays_where_they_are_named(cast: Cast) -> None:
    model = sound_model(cast, developers=[cast.dana])
    type(cast.dana).objects.filter(pk__in=[cast.dana.pk, cast.charlie.pk]).update(is_active=False)
    cast.dana.refresh_from_db()
    cast.charlie.refresh_from_db()
    assert refused(lambda: edit(cast, model, developers=[cast.dana, cast.charlie])) == (400, "not_active")
    edit(cast, model, developers=[cast.dana, cast.vera], validator=None)
    assert set(AiModel.objects.get(pk=model.pk).developers.all()) == {cast.dana, cast.vera}


def test_the_people_are_told_by_page_and_api_and_found_by_filter(
    cast: Cast, api: Any, signed_in: Any, frozen: Any
) -> None:
    model = sound_model(cast, developers=[cast.dana], developer="Team North")
    sound_model(cast, "Other")
    told = api("max").get(f"/api/v1/models/{model.pk}/").json()
    assert (told["developers"], told["developer"]) == ([cast.dana.pk], "Team North")
    found = api("max").get("/api/v1/models/", {"developer": cast.dana.pk}).json()["results"]
    assert [row["id"] for row in found] == [model.pk]
    sent = api("max").patch(
        f"/api/v1/models/{model.pk}/", {"developers": [cast.max.pk]}, format="json", HTTP_IF_MATCH='"1"'
    )
    assert (sent.status_code, sent.json()["developers"]) == (200, [cast.max.pk])
    page = signed_in("max")
    assert f"{cast.max.name}, Team North" in page.get(f"/governance/models/{model.ref}/").content.decode()
    form = page.get(f"/governance/models/{model.ref}/edit/").content.decode()
    assert re.search(rf'<option value="{cast.max.pk}" selected>', form)


def test_an_owner_who_sees_nothing_to_link_is_told_whom_to_ask_and_unlinks_nothing(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    model = sound_model(cast)
    linked = list(model.initiatives.values_list("pk", flat=True))
    assert linked
    page, address = signed_in("mona"), f"/governance/models/{model.ref}/edit/"
    form = page.get(address).content.decode()
    assert "None is in your sight." in form
    sent = {
        "name": "Renamed",
        "unit": cast.claims.pk,
        "owner": cast.mona.pk,
        "stage": "production",
        "version": 1,
    }
    page.post(address, sent)
    model.refresh_from_db()
    assert list(model.initiatives.values_list("pk", flat=True)) == linked


def test_ids_out_of_the_callers_sight_are_not_told_and_not_unlinked(
    cast: Cast, api: Any, frozen: Any
) -> None:
    """Mona owns the model and sees the initiatives she works on, not the other it serves."""
    model = sound_model(cast)
    unseen = model.initiatives.get()
    seen = initiative(cast, "Hers", lead=cast.mona)
    address, max_told = f"/api/v1/models/{model.pk}/", api("max")
    assert api("mona").get(address).json()["initiatives"] == []
    assert max_told.get(address).json()["initiatives"] == [unseen.pk]
    listed = api("mona").get("/api/v1/models/", {"fields": "id,initiatives"}).json()["results"]
    assert listed == [{"id": model.pk, "initiatives": []}]
    done = api("mona").patch(address, {"initiatives": [seen.pk]}, format="json", HTTP_IF_MATCH='"1"')
    assert (done.status_code, done.json()["initiatives"]) == (200, [seen.pk])
    assert max_told.get(address).json()["initiatives"] == sorted([unseen.pk, seen.pk])
