"""Whoever ever had a hand in a model judges nothing of it, by whichever door the record was changed since."""

from collections.abc import Callable

import pytest

from core import audit
from core.access import system
from core.errors import Problem
from core.models import RoleGrant
from domain.ethics import EthicsFacts, Standing, judge_ethics
from domain.model_life import Near
from governance.models import AiModel
from governance.queries.must_meets.launch import told
from governance.queries.must_meets.told import asked_of
from governance.services.inventory import edit_model
from governance.services.near import nearness
from governance.services.review import record_review
from pilots.models import Pilot
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import reviewer, sound_model
from tests.pilots.stored import bare_pilot
from tests.pilots.test_report import words

pytestmark = pytest.mark.django_db


def refused(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        call()
    return caught.value.status, caught.value.code


def test_handing_a_model_over_makes_nobody_apart_from_it(cast: Cast) -> None:
    RoleGrant.objects.create(user=cast.mona, role="validator", unit=None, granted_at=AT)
    model = sound_model(cast)
    edit_model(pk=model.pk, by=cast.actor("mona"), at=AT, owner=cast.alice)
    model.refresh_from_db()
    assert model.owner == cast.alice
    assert nearness(model, cast.mona) is Near.OWNER
    by = cast.actor("mona")
    assert refused(
        lambda: record_review(model_id=model.pk, reviewed_on=TODAY, outcome="fit", by=by, at=AT)
    ) == (403, "four_eyes")


def test_a_developer_whom_an_import_replaced_is_still_the_developer(cast: Cast) -> None:
    rita = reviewer(cast)
    model = sound_model(cast, developer="Team")
    assert nearness(model, rita) is None
    audit.record(
        by=system(), at=AT, action="model.reimported", obj=model, unit_path=model.unit.path,
        before={"developer": "Rita"}, after={"developer": "Team"},
    )  # fmt: skip
    assert nearness(model, rita) is Near.DEVELOPER


def test_without_a_tier_a_review_that_passed_is_in_date_for_the_shortest_cadence() -> None:
    months = {1: 12, 2: 24, 3: None}
    long_ago = EthicsFacts(None, TODAY.replace(year=TODAY.year - 2))
    assert judge_ethics(long_ago, months, TODAY).standing is Standing.OVERDUE
    lately = EthicsFacts(None, TODAY.replace(year=TODAY.year - 1))
    assert judge_ethics(lately, months, TODAY).standing is Standing.IN_DATE
    assert judge_ethics(long_ago, {1: None, 2: None, 3: None}, TODAY).until is None


def test_a_review_that_did_not_pass_is_an_open_finding_of_every_tier(cast: Cast) -> None:
    model = sound_model(cast, risk_tier=3, open_critical=0)
    asked = asked_of(model.initiatives.get(), 3, TODAY)
    assert told(asked)["findings_closed"].answer == "yes"
    AiModel.objects.filter(pk=model.pk).update(ethics_refused_on=TODAY)
    answer = told(asked)["findings_closed"]
    assert (answer.answer, "did not pass" in answer.fact) == ("no", True)


def test_the_report_of_a_pilot_says_of_ethics_what_the_gate_says(cast: Cast) -> None:
    pilot: Pilot = bare_pilot(cast)
    assert "ethics review did not pass" not in words(pilot)
    model = sound_model(cast, goal=False, risk_tier=1)
    model.initiatives.add(pilot.initiative)
    AiModel.objects.filter(pk=model.pk).update(ethics_refused_on=TODAY)
    assert "its last ethics review did not pass" in words(pilot)
