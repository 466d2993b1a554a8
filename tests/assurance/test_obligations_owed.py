"""An obligation somebody answers for is reminded of, on their page of models, and on the calendar, until it is met."""

from datetime import timedelta
from typing import Any

import pytest

from assurance.queries.life_owed import obligations
from assurance.services.classifications import say_obligation
from governance.models import AiModel
from tests.assurance.test_classifications import practice
from tests.assurance.test_classifications import say as said
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db
DUE = TODAY + timedelta(days=7)


def test_it_is_reminded_of_by_its_day_until_it_is_met_or_the_model_retired(cast: Cast) -> None:
    model = sound_model(cast)
    row = practice(cast, model)
    assert not list(obligations(DUE, DUE)), "nobody answers for it yet"
    row = said(cast, row, status="in_progress", owner=cast.dana, due_on=DUE)
    assert [(one.user_id, one.due_on, one.body) for one in obligations(DUE, DUE)] == [
        (cast.dana.pk, DUE, row.label)
    ]
    assert not list(obligations(DUE + timedelta(days=1), DUE + timedelta(days=9)))
    AiModel.objects.filter(pk=model.pk).update(stage="retired", retired_on=TODAY)
    assert not list(obligations(DUE, DUE))
    AiModel.objects.filter(pk=model.pk).update(stage="production", retired_on=None)
    say_obligation(
        pk=row.pk, by=cast.actor("mona"), at=AT, status="yes", evidence="Tested on 4,000 claims.", owner=cast.dana, due_on=DUE,
    )  # fmt: skip
    assert not list(obligations(DUE, DUE))


def test_it_stands_on_the_page_of_whoever_answers_for_it_and_on_the_calendar(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    row = practice(cast, sound_model(cast))
    said(cast, row, status="in_progress", owner=cast.mona, due_on=TODAY - timedelta(days=2))
    mine = signed_in("mona").get("/governance/models/mine/").content.decode()
    assert f"/governance/obligations/{row.pk}/" in mine
    assert row.label in mine
    other = signed_in("max").get("/governance/models/mine/").content.decode()
    assert row.label not in other
    month = signed_in("mona").get("/governance/models/calendar/?kind=obligation").content.decode()
    assert row.label in month
    assert "Obligation due" in month
    ics = signed_in("mona").get("/governance/models/calendar.ics").content.decode()
    assert row.label in ics.replace("\r\n ", "").replace("\\,", ",")
