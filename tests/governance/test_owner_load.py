"""An owner of more models than one person can look after: told of each of them, since it was so, until it is no more."""

import pytest

from core.models import Policy
from governance.models import AiModel
from governance.services.corrections import correct_facts
from governance.services.evaluate import evaluate_all, evaluate_due
from governance.services.inventory import edit_model
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back, reviewer, sound_model

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_at_most(db: None) -> None:
    Policy.objects.create(
        kind="staleness", number=2, effective_on=back(90), data={"owner_models": 2}, recorded_at=AT
    )


def told(*models: AiModel) -> list[bool]:
    rows = AiModel.objects.in_bulk([one.pk for one in models])
    return ["owner_overloaded" in rows[one.pk].cause_codes for one in models]


def test_the_one_too_many_makes_all_of_them_stale_from_that_day_and_giving_one_up_clears_it(
    cast: Cast,
) -> None:
    first, second, third = (sound_model(cast, name) for name in ("One", "Two", "Three"))
    AiModel.objects.filter(pk=third.pk).update(owner=cast.max)
    evaluate_all(at=AT)
    assert told(first, second, third) == [False, False, False]
    edit_model(pk=third.pk, owner=cast.mona, by=cast.actor("max"), at=AT)
    evaluate_due(at=AT)
    assert told(first, second, third) == [True, True, True]
    (cause,) = AiModel.objects.get(pk=first.pk).causes
    assert (cause["since"], "owns 3 models" in cause["sentence"]) == (TODAY.isoformat(), True)
    edit_model(pk=first.pk, owner=cast.alice, by=cast.actor("max"), at=AT)
    evaluate_due(at=AT)
    assert told(first, second, third) == [False, False, False]


def test_what_does_not_serve_loads_nobody_and_what_begins_to_serve_does(cast: Cast) -> None:
    reviewer(cast)
    rows = [sound_model(cast, name) for name in ("One", "Two")]
    late = sound_model(cast, "Three", stage="pilot", decommission_criteria="Off track")
    evaluate_all(at=AT)
    assert told(*rows, late) == [False, False, False]
    correct_facts(pk=late.pk, stage="production", because="It serves", by=cast.actor("rita"), at=AT)
    evaluate_due(at=AT)
    assert told(*rows, late) == [True, True, True]


def test_the_day_it_began_stays_however_often_it_is_asked(cast: Cast) -> None:
    rows = [sound_model(cast, name) for name in ("One", "Two", "Three")]
    evaluate_all(at=AT, as_of=back(9))
    evaluate_all(at=AT)
    causes = [
        cause for row in AiModel.objects.filter(pk__in=[one.pk for one in rows]) for cause in row.causes
    ]
    assert {cause["since"] for cause in causes if cause["code"] == "owner_overloaded"} == {
        back(9).isoformat()
    }


def test_each_owner_is_counted_alone(cast: Cast) -> None:
    mine = [sound_model(cast, name) for name in ("One", "Two")]
    theirs = [sound_model(cast, name, owner=cast.max) for name in ("Three", "Four", "Five")]
    evaluate_all(at=AT)
    assert told(*mine, *theirs) == [False, False, True, True, True]
