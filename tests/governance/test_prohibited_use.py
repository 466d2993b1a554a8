"""A prohibited use is blocked: no gate is asked for, nothing is approved, and its stop is what the record proposes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.errors import Problem
from domain.authority import Authority
from domain.stage_words import Body, Stage
from governance.models import AgendaItem, AiModel, Decision, GateSubmission
from governance.queries.council_drafts import drafts_for
from governance.queries.council_queue import calls
from governance.services.council_agenda import take_off
from governance.services.council_build import build_agenda
from governance.services.council_close import close_item
from governance.services.reopen import reopen
from governance.services.submit import submit_gate
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import decided, everything_met, idea, manager, motion, submitted, written
from tests.governance.sitting import LATER, act, council, meeting, opened, planned, refused, votes

pytestmark = pytest.mark.django_db
PROHIBITED = (409, "prohibited_use")


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[object], None]) -> None:
    frozen(LATER)


def prohibit(cast: Cast, row: Initiative, rule_set: str = "eu_ai_act", **more: object) -> AiModel:
    model = AiModel.objects.create(
        name="Mood reader",
        unit=cast.claims,
        created_at=AT,
        updated_at=AT,
        classes={rule_set: "unacceptable"},
        **more,
    )
    model.initiatives.add(row)
    return model


def test_a_gate_cannot_be_asked_for_with_a_prohibited_use(cast: Cast) -> None:
    row = idea(cast)
    prohibit(cast, row)
    written(row, cast)
    with everything_met(), pytest.raises(Problem) as caught:
        submit_gate(initiative_id=row.pk, by=cast.actor("alice"), at=AT)
    assert (caught.value.status, caught.value.code) == PROHIBITED
    assert "Mood reader" in caught.value.detail
    assert "EU AI Act" in caught.value.detail
    assert not GateSubmission.objects.exists()


@pytest.mark.parametrize("outcome", ["go", "conditional_go"])
def test_no_approval_is_given_to_a_use_found_prohibited_since_it_was_asked_for(
    cast: Cast, outcome: str
) -> None:
    row = idea(cast, stage="framing")
    pack = submitted(row, cast)
    prohibit(cast, row)
    more = {}
    if outcome == "conditional_go":
        more["conditions"] = [
            {"text": "Tested", "kind": "monitored", "blocking": False, "owner": cast.bob.pk, "verifier": cast.mona.pk,
             "verification": "Report", "due_on": (TODAY + timedelta(days=9)).isoformat()}
        ]  # fmt: skip
    said = motion(row, outcome, **more)
    assert refused(lambda: decided(row, said, manager(cast), submission=pack)) == PROHIBITED
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "more"),
    [("stop", {"reason_code": "prohibited_use", "lessons": "Ask first."}), ("hold", {"until": "2027-01-10"})],
)
def test_it_is_stopped_or_held_all_the_same(cast: Cast, outcome: str, more: dict[str, str]) -> None:
    row = idea(cast, stage="framing")
    prohibit(cast, row)
    assert decided(row, motion(row, outcome, **more), manager(cast)).outcome == outcome


def test_it_is_retired_all_the_same(cast: Cast) -> None:
    row = idea(cast, stage="production")
    pack = submitted(row, cast)
    prohibit(cast, row)
    assert decided(row, motion(row), manager(cast), submission=pack).to_stage == "retired"


@pytest.mark.parametrize("what", ["another class", "a retired model", "nothing"])
def test_what_is_not_prohibited_goes_on(cast: Cast, what: str) -> None:
    row = idea(cast)
    if what == "another class":
        prohibit(cast, row)
        AiModel.objects.update(classes={"eu_ai_act": "high_annex_iii"})
    elif what == "a retired model":
        prohibit(cast, row, stage="retired", retired_on=TODAY, retired_because="Prohibited")
    assert submitted(row, cast).gate == "G1"


def test_any_rule_set_may_prohibit(cast: Cast) -> None:
    row = idea(cast)
    prohibit(cast, row, "omb_m_25_21")
    assert refused(lambda: submitted(row, cast)) == PROHIBITED


def test_a_stopped_initiative_is_not_reopened_with_it(cast: Cast) -> None:
    row = idea(cast, stage="stopped")
    prohibit(cast, row)
    from_manager = Authority(body=Body.PORTFOLIO_MANAGER)
    assert (
        refused(
            lambda: reopen(
                initiative_id=row.pk,
                stage=Stage.IDEA,
                because="Anew",
                authority=from_manager,
                by=manager(cast),
                at=AT,
            )
        )
        == PROHIBITED
    )


def test_its_approval_is_not_put_to_the_vote_and_its_stop_is_drafted(cast: Cast) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2)
    submitted(row, cast)
    prohibit(cast, row)
    where = meeting(cast)
    assert refused(lambda: planned(cast, row, where)) == PROHIBITED
    (call,) = calls(cast.actor("cora"), TODAY)
    assert call.words.startswith("Prohibited use")
    (item,) = build_agenda(meeting_id=where.pk, by=cast.actor("cora"), at=LATER)
    assert item.draft is not None
    assert item.draft["outcome"] == "stop"
    assert item.draft["reason_code"] == "prohibited_use"
    assert drafts_for([row.pk + 99], None, TODAY) == {}


def test_a_vote_under_way_is_not_carried_and_the_item_can_be_taken_off(cast: Cast) -> None:
    council(cast)
    row = idea(cast, stage="pilot", tier=2)
    submitted(row, cast)
    item = opened(cast, row)
    votes(cast, item, "yyyyy")
    prohibit(cast, row)
    assert refused(lambda: act(cast, close_item, "cora", item_id=item.pk)) == PROHIBITED
    act(cast, take_off, "cora", item_id=item.pk, because="Prohibited")
    item.refresh_from_db()
    assert item.state == AgendaItem.State.WITHDRAWN


@pytest.mark.parametrize("said", [{"outcome": "reopen", "stage": "pilot"}, {"outcome": "confirm_stop"}])
def test_a_reopening_under_way_can_be_taken_off_and_a_confirmed_stop_stands(
    cast: Cast, said: dict[str, Any]
) -> None:
    council(cast)
    row = idea(cast, stage="stopped", tier=2)
    item = opened(cast, row, **said)
    votes(cast, item, "yyyyy")
    prohibit(cast, row)
    if said["outcome"] == "confirm_stop":
        assert refused(lambda: act(cast, take_off, "cora", item_id=item.pk, because="No"))[0] == 409
        assert act(cast, close_item, "cora", item_id=item.pk).result == "adopted"
        return
    assert refused(lambda: act(cast, close_item, "cora", item_id=item.pk)) == PROHIBITED
    act(cast, take_off, "cora", item_id=item.pk, because="Prohibited")
    item.refresh_from_db()
    assert item.state == AgendaItem.State.WITHDRAWN
    assert planned(cast, row, outcome="confirm_stop").pk


def test_the_pages_say_why_nothing_goes_on(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    row = idea(cast)
    for url in (f"/portfolio/initiatives/{row.ref}/gate/", f"/portfolio/initiatives/{row.ref}/"):
        assert "Its use is prohibited" not in signed_in("alice").get(url).content.decode()
    prohibit(cast, row)
    for url in (f"/portfolio/initiatives/{row.ref}/gate/", f"/portfolio/initiatives/{row.ref}/"):
        page = signed_in("alice").get(url).content.decode()
        assert "Its use is prohibited" in page
        assert "Mood reader is classed as a prohibited practice" in page
