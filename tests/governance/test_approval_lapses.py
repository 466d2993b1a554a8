"""The day an approval lapses is known beforehand: told by the models that serve under it, and heard on its day."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.stage_words import Body
from governance.models import AiModel
from governance.queries.replay import verdict_on
from governance.services.evaluate import evaluate_all, evaluate_due
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import decided, manager, motion, submitted
from tests.governance.stored import sound_model
from tests.governance.test_ceilings import approved

pytestmark = pytest.mark.django_db
LAST = TODAY + timedelta(days=5)


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def under(cast: Cast, row: Initiative, **more: Any) -> AiModel:
    """A sound model that serves under what was approved of the initiative."""
    model = sound_model(cast, goal=False, **more)
    model.initiatives.add(row)
    evaluate_all(at=AT)
    return AiModel.objects.get(pk=model.pk)


def on(model: AiModel, day: date) -> dict[str, int]:
    evaluate_all(at=AT, as_of=day)
    found: dict[str, int] = AiModel.objects.get(pk=model.pk).cause_codes
    return found


def test_the_day_is_among_what_comes_next_and_its_answer_ends_with_it(cast: Cast) -> None:
    model = under(cast, approved(cast, "framing", lapses_on=LAST.isoformat()))
    assert (model.status, model.valid_until) == ("current", LAST)
    coming = verdict_on(model, TODAY).upcoming[0]
    assert (coming.code.value, coming.on) == ("approval_lapsed", LAST + timedelta(days=1))
    assert "approval_lapsed" not in on(model, LAST - timedelta(days=1))
    assert "approval_lapsed" not in on(model, LAST)
    assert "approval_lapsed" in on(model, LAST + timedelta(days=1))
    (cause,) = AiModel.objects.get(pk=model.pk).causes
    assert cause["since"] == (LAST + timedelta(days=1)).isoformat()


def test_a_model_that_does_not_serve_is_not_told_of_it(cast: Cast) -> None:
    row = approved(cast, "framing", lapses_on=LAST.isoformat())
    model = under(cast, row, stage="development", in_production_since=None)
    assert "approval_lapsed" not in on(model, LAST + timedelta(days=1))


def test_the_next_approval_moves_the_day_and_the_sweep_hears_of_it(cast: Cast) -> None:
    row = approved(cast, "pilot", lapses_on=LAST.isoformat())
    model = under(cast, row)
    assert not model.due
    later = TODAY + timedelta(days=8)
    decided(
        row,
        motion(row, lapses_on=later.isoformat()),
        manager(cast),
        submission=submitted(row, cast),
        body=Body.COUNCIL,
    )
    evaluate_due(at=AT)
    days = {one.code.value: one.on for one in verdict_on(model, TODAY).upcoming}
    assert days["approval_lapsed"] == later + timedelta(days=1)
    assert AiModel.objects.get(pk=model.pk).valid_until == later


def test_an_approval_without_an_end_names_no_day(cast: Cast) -> None:
    row = approved(cast, "framing")
    model = under(cast, row)
    assert "approval_lapsed" not in {one.code.value for one in verdict_on(model, TODAY).upcoming}
