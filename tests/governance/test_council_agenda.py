"""The agenda equals the queue; a drafted motion binds nobody; a condition goes on by itself."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.errors import Problem
from domain.authority import Authority
from domain.charter import NEW_CHARTER
from domain.motions import Motion
from domain.stage_words import Body, Outcome
from governance.models import AgendaItem, Condition, Decision
from governance.queries.council_queue import calls
from governance.services.council_agenda import adopt_draft, change_item
from governance.services.council_build import build_agenda
from governance.services.council_open import open_item
from governance.services.council_recusals import declare
from governance.services.decide import record_decision
from pilots.models import Pilot
from pilots.services.opening import ensure_pilot
from portfolio.models import Flag, GateStanding, Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import CARRIED, OLD_CHARTER, condition, decided, idea, manager, motion, submitted
from tests.governance.sitting import (
    LATER,
    act,
    asked,
    council,
    meeting,
    planned,
    refused,
)
from tests.kpis.acting import raise_flag

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
HOME = "/governance/council/"


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


# The agenda


def stuck(
    cast: Cast, name: str, remedy: str = "", rules: tuple[str, ...] = ("R08",), **detail: Any
) -> Initiative:
    """A pilot in purgatory with this remedy, and the findings behind it."""
    row = idea(cast, name, stage="pilot", tier=2)
    ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    Pilot.objects.filter(initiative=row).update(
        level="purgatory", remedy=remedy, remedy_detail=detail, **OLD_CHARTER
    )  # fmt: skip
    Initiative.objects.filter(pk=row.pk).update(pilot_level="purgatory", pilot_remedy=remedy)
    for rule in rules:
        flag = raise_flag(row, rule, sentence=f"{rule} says so.")
        Flag.objects.filter(pk=flag.pk).update(group="cause")
    return row


def overdue(cast: Cast, days: int = 20, body: Body = Body.COUNCIL) -> Condition:
    row = idea(
        cast, f"Under a condition, {body}", stage="pilot" if body is Body.COUNCIL else "framing", tier=3
    )
    by = cast.actor("cora") if body is Body.COUNCIL else manager(cast)
    said = motion(row, "conditional_go", conditions=[condition(cast)])
    decided(row, said, by, submission=submitted(row, cast), body=body)
    one = Condition.objects.get(initiative=row)
    Condition.objects.filter(pk=one.pk).update(due_on=TODAY - timedelta(days=days))
    return one


def built(cast: Cast) -> list[AgendaItem]:
    return build_agenda(meeting_id=meeting(cast).pk, by=cast.actor("cora"), at=AT)


def test_the_agenda_equals_the_queue(cast: Cast) -> None:
    council(cast)
    waits, _ = asked(cast)
    pilot = stuck(cast, "Stuck", "stop")
    plain = stuck(cast, "Undecided", "decide_at_next_council")
    halted = idea(cast, "Suspended", stage="scale_up")
    GateStanding.objects.create(
        initiative=halted, suspended_on=TODAY, suspended_because="Late.", judged_on=TODAY
    )
    red = idea(cast, "Red flag", stage="development")
    Flag.objects.filter(pk=raise_flag(red).pk).update(escalated_on=TODAY)
    late, theirs = overdue(cast), overdue(cast, body=Body.PORTFOLIO_MANAGER)
    queue = calls(cast.actor("cora"), TODAY)
    made = built(cast)
    found = {(one.initiative_id, one.condition_id) for one in made}
    assert found == {(one.initiative.pk, one.condition.pk if one.condition else None) for one in queue}
    assert {waits.pk, pilot.pk, plain.pk, halted.pk, red.pk} <= {one.initiative_id for one in made}
    assert (late.initiative_id, late.pk) in found
    assert theirs.initiative_id not in {
        one.initiative_id for one in made if one.because == "condition_overdue"
    }
    assert calls(cast.actor("cora"), TODAY) == []
    assert built(cast) == []


def test_a_suspended_approval_of_the_managers_does_not_call_for_the_council(cast: Cast) -> None:
    council(cast)
    one = overdue(cast, 40, Body.PORTFOLIO_MANAGER)
    GateStanding.objects.update_or_create(
        initiative=one.initiative,
        defaults={"suspended_on": TODAY, "suspended_because": "Late.", "judged_on": TODAY},
    )
    assert calls(cast.actor("cora"), TODAY) == []


@pytest.mark.parametrize(
    ("remedy", "detail", "said"),
    [
        ("hold_for_sponsor", {"days": 30}, {"outcome": "hold", "until": "2026-12-24"}),
        ("regularise", {}, {"outcome": "hold", "until": "2026-12-08"}),
        ("stop", {}, {"outcome": "stop", "reason_code": "no_value", "lessons": "R08 says so."}),
        ("pivot", {}, {"outcome": "pivot", "charter": "Another way to claims are decided the same day, with those who are to use it.", "days": 60, "until": "2027-01-23", **CARRIED}),
    ],
)  # fmt: skip
def test_a_remedy_is_drafted_and_one_click_makes_it_the_motion(
    cast: Cast, signed_in: SignIn, remedy: str, detail: dict[str, Any], said: dict[str, Any]
) -> None:
    council(cast)
    stuck(cast, "Stuck", remedy, **detail)
    [item] = built(cast)
    assert (item.motion, item.because) == ({}, "purgatory")
    assert not Decision.objects.exists()
    assert refused(partial(act, cast, open_item, "cora", item_id=item.pk)) == (409, "no_motion")
    assert "Make it the motion" not in signed_in("rosa").get(f"{HOME}items/{item.ref}/").content.decode()
    assert signed_in("cora").post(f"{HOME}items/{item.ref}/adopt/").status_code == 302
    item.refresh_from_db()
    assert {name: item.motion[name] for name in said} == said
    assert "R08 says so." in item.motion["because"]
    assert act(cast, open_item, "cora", item_id=item.pk).state == "open"


def test_a_pivot_is_drafted_with_what_its_charter_has_and_waits_for_the_rest(
    cast: Cast, signed_in: SignIn
) -> None:
    council(cast)
    stuck(cast, "Stuck", "pivot")
    Pilot.objects.update(sample="")
    [item] = built(cast)
    assert item.draft is not None
    assert item.draft["carry"] == [name for name in NEW_CHARTER if name != "sample"]
    url = f"{HOME}items/{item.ref}/"
    text = signed_in("cora").get(url).content.decode()
    assert "Make it the motion" not in text
    assert "Complete it" in text
    assert signed_in("cora").post(f"{url}adopt/").status_code == 400


def test_an_extension_is_drafted_with_its_price_and_waits_for_what_only_people_know(
    cast: Cast, signed_in: SignIn
) -> None:
    council(cast)
    stuck(cast, "Stuck", "extend_once", days=45)
    [item] = built(cast)
    assert item.draft is not None
    assert {name: item.draft[name] for name in ("outcome", "days", "reason_code")} == {
        "outcome": "extend", "days": 45, "reason_code": "other",
    }  # fmt: skip
    url = f"{HOME}items/{item.ref}/"
    text = signed_in("cora").get(url).content.decode()
    assert "What the extension costs and brings" in text
    assert "nobody said what it brings" in text
    assert "Make it the motion" not in text
    assert signed_in("cora").post(f"{url}adopt/").status_code == 400
    said = {
        "outcome": "extend", "because": "Too little is known.", "days": 45, "reason_code": "other",
        "evidence": "A month with all four teams.", "decision_changes": "25",
    }  # fmt: skip
    for lacking in ("evidence", "decision_changes"):
        answer = signed_in("cora").post(f"{url}motion/", {**said, lacking: ""})
        assert answer.status_code == 400
        assert lacking in answer.context["form"].errors
    assert signed_in("cora").post(f"{url}motion/", said).status_code == 302
    item.refresh_from_db()
    assert (item.motion["evidence"], item.motion["decision_changes"]) == (
        "A month with all four teams.",
        "0.25",
    )
    text = signed_in("rosa").get(url).content.decode()
    assert "A month with all four teams." in text
    assert act(cast, open_item, "cora", item_id=item.pk).state == "open"


def test_scale_with_conditions_drafts_what_is_missing_with_an_owner_and_another_verifier(cast: Cast) -> None:
    council(cast)
    row = stuck(cast, "Ready", "scale_with_conditions", ("R12",), missing=["production_owner"])
    [item] = built(cast)
    assert refused(partial(act, cast, adopt_draft, "cora", item_id=item.pk)) == (409, "submission_missing")
    asked_for = submitted(row, cast)
    done = act(cast, adopt_draft, "cora", item_id=item.pk)
    [one] = done.motion["conditions"]
    assert (one["owner"], one["verifier"], one["due_on"]) == (cast.alice.pk, cast.edith.pk, "2026-12-24")
    assert (done.submission, done.gate) == (asked_for, "G4")


@pytest.mark.parametrize(
    "remedy", ["decide_at_next_council", "pivot_or_stop", "record_the_facts", "continue", ""]
)
def test_other_remedies_draft_nothing_and_somebody_says_the_motion(
    cast: Cast, signed_in: SignIn, remedy: str
) -> None:
    council(cast)
    stuck(cast, "Stuck", remedy)
    [item] = built(cast)
    assert item.draft is None
    assert refused(partial(act, cast, adopt_draft, "cora", item_id=item.pk)) == (409, "no_draft")
    chair = signed_in("cora")
    said = {"outcome": "hold", "because": "Wait for spring.", "until": "2027-03-01"}
    assert chair.post(f"{HOME}items/{item.ref}/motion/", {**said, "until": "2020-01-01"}).status_code == 400
    assert chair.post(f"{HOME}items/{item.ref}/motion/", said).status_code == 302
    item.refresh_from_db()
    assert item.motion["until"] == "2027-03-01"


def test_only_whoever_arranges_the_council_makes_a_draft_the_motion(cast: Cast) -> None:
    council(cast)
    stuck(cast, "Stuck", "stop")
    [item] = built(cast)
    assert refused(partial(act, cast, adopt_draft, "rosa", item_id=item.pk)) == (403, "forbidden")


def test_an_overdue_condition_goes_on_by_itself_and_its_motion_is_about_it(cast: Cast) -> None:
    council(cast)
    one = overdue(cast)
    [item] = built(cast)
    assert (item.condition, item.motion, item.draft, item.because) == (one, {}, None, "condition_overdue")
    said = {"outcome": "hold", "because": "Wait.", "until": "2027-01-12"}
    assert refused(partial(act, cast, change_item, "cora", item_id=item.pk, motion=said)) == (
        409,
        "another_matter",
    )
    moved: dict[str, Any] = {**said, "outcome": "redate", "due_on": "2027-01-12", "condition": one.pk}
    del moved["until"]
    assert act(cast, change_item, "cora", item_id=item.pk, motion=moved).motion["due_on"] == "2027-01-12"


def test_a_text_that_is_none_is_refused_below_the_motion(cast: Cast, api: SignIn) -> None:
    row = idea(cast, stage="framing")
    said = {"outcome": "hold", "because": "\u200b", "until": "2027-01-12"}
    with pytest.raises(Problem) as caught:
        record_decision(
            initiative_id=row.pk, motion=Motion(Outcome.HOLD, "\u200b", until=date(2027, 1, 12)), by=manager(cast), at=AT,
            authority=Authority(body=Body.PORTFOLIO_MANAGER),
        )  # fmt: skip
    assert caught.value.items[0].pointer == "/motion/because"
    answer = api("max").post("/api/v1/decisions/", {"initiative": row.pk, "motion": said}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/motion/because")


def test_the_pack_costs_the_same_for_one_item_and_for_five(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    where = meeting(cast)
    client = signed_in("edith")

    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{HOME}meetings/{where.ref}/pack/").status_code == 200
        return len(caught)

    for number in range(5):
        row = idea(cast, f"Pilot {number}", stage="pilot", tier=2)
        submitted(row, cast, conditions=[condition(cast)])
        item = planned(cast, row, where)
        declare(item_id=item.pk, because="A cousin works there.", by=cast.actor("rosa"), at=AT)
        if number == 0:
            cost()
            first = cost()
    assert cost() == first


# Conditions, from pages and the API


def test_a_council_condition_is_put_on_an_agenda_from_its_page_and_confirmed_by_the_chair(
    cast: Cast, signed_in: SignIn, api: SignIn
) -> None:
    council(cast)
    one = overdue(cast, -10)
    where, url = meeting(cast), f"/governance/conditions/{one.ref}/"
    assert "Ask the council to change it" in signed_in("max").get(url).content.decode()
    assert "Ask the council" not in signed_in("bob").get(url).content.decode()
    said = {"meeting": where.pk, "outcome": "redate", "because": "Late.", "minutes": 5}
    assert signed_in("max").post(f"{url}agenda/", said).status_code == 400
    assert signed_in("max").post(f"{url}agenda/", {**said, "due_on": "2027-01-12"}).status_code == 302
    item = AgendaItem.objects.get(condition=one)
    assert one.ref in signed_in("rosa").get(f"{HOME}items/{item.ref}/").content.decode()
    assert item.ref in signed_in("max").get(url).content.decode()
    Condition.objects.filter(pk=one.pk).update(proposed_due_on=date(2027, 2, 1))
    assert "wait to be confirmed" in signed_in("cora").get(HOME).content.decode()
    assert "Confirm the new date" not in signed_in("max").get(url).content.decode()
    assert "Confirm the new date" in signed_in("cora").get(url).content.decode()
    refusal = api("max").post(f"/api/v1/conditions/{one.pk}/confirm/", {"because": "Fine."}, format="json")
    assert refusal.status_code == 403
    done = signed_in("cora").post(url, {"act": "confirm", "because": "Once more."})
    assert done.status_code == 302
    told = api("max").get(f"/api/v1/conditions/{one.pk}/").json()
    assert (told["due_on"], told["proposed_due_on"]) == ("2027-02-01", None)


def test_the_api_puts_a_motion_on_a_condition(cast: Cast, api: SignIn) -> None:
    council(cast)
    one = overdue(cast, -10)
    said = {"outcome": "waive", "because": "The vendor does it.", "condition": one.pk}
    given = {"meeting": meeting(cast).pk, "initiative": one.initiative_id, "motion": said}
    made = api("max").post("/api/v1/agenda-items/", given, format="json")
    assert (made.status_code, made.json()["condition"]) == (201, one.pk)
    rows = api("max").get(f"/api/v1/agenda-items/?condition={one.ref}").json()["results"]
    assert [row["id"] for row in rows] == [made.json()["id"]]
