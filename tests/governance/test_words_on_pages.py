"""What a page refuses it says in words, at its field: no pointer, no code of the API. The API keeps them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.roles import IN_WORDS, Action
from governance.models import AgendaItem
from governance.services.council_close import close_item
from tests.cast import TODAY, Cast
from tests.governance.asking import idea, submitted
from tests.governance.sitting import LATER, asked, council, meeting, person, votes, voting

pytestmark = pytest.mark.django_db
# Codes of choices and fields, rights as `area:verb`, names of constants, pointers.
CODES = re.compile(
    r"\b[a-z]+_[a-z_]+\b|\b(?:portfolio|governance|council|kpis|pilots):[a-z]+|\b[A-Z]+_[A-Z]+\b|/(?:motion|conditions|answers)/"
)


def words(answer: Any) -> str:
    """What a reader of the page reads, options and script left out."""
    page = answer.content.decode()
    page = re.sub(r"<(script|style|head)\b.*?</\1>", " ", page, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def signed(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.people[name])
    return client


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(LATER)


def test_every_right_has_its_words_and_none_is_a_code() -> None:
    assert set(IN_WORDS) == set(Action)
    assert not [said for said in IN_WORDS.values() if CODES.search(said)]


def test_a_missing_right_is_said_in_words_on_the_page_and_by_its_code_in_the_api(
    cast: Cast, api: Any
) -> None:
    initiative = idea(cast)
    page = words(signed(cast, "bob").get(f"/portfolio/initiatives/{initiative.ref}/decide/"))
    assert "the right to decide at gates" in page
    assert not CODES.search(page)
    told = api("bob").patch(
        f"/api/v1/initiatives/{initiative.pk}/", {"name": "Other"}, format="json", HTTP_IF_MATCH='"v1"'
    )
    assert (told.status_code, told.json()["right"]) == (403, "portfolio:edit")
    assert "the right to change initiatives" in told.json()["detail"]


def test_a_condition_that_cannot_be_confirmed_is_marked_at_its_field(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yccy.")
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    same = {
        "c0-keep": "on", "c0-kind": "before_start", "c0-owner": cast.bob.pk, "c0-verifier": cast.bob.pk,
        "c0-verification": "Report", "c0-due_on": (TODAY + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    answer = signed(cast, "cora").post(f"/governance/council/items/{item.ref}/confirm/", same)
    assert answer.status_code == 400
    assert [list(form.errors) for form in answer.context["forms"]] == [["verifier"]]
    assert not CODES.search(words(answer))
    assert AgendaItem.objects.get().state == "confirming"


def test_no_condition_at_all_is_refused_in_words(cast: Cast) -> None:
    item = voting(cast)
    votes(cast, item, "yccy.")
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    answer = signed(cast, "cora").post(
        f"/governance/council/items/{item.ref}/confirm/", {"c0-verification": "Report"}
    )
    assert answer.status_code == 400
    assert answer.context["said"]
    assert not CODES.search(words(answer))


@pytest.mark.parametrize(
    ("outcome", "field"),
    [("hold", "until"), ("recycle", "stage"), ("extend", "days"), ("stop", "reason_code")],
)
def test_a_motion_that_lacks_something_is_marked_at_its_field(cast: Cast, outcome: str, field: str) -> None:
    council(cast)
    initiative, _ = asked(cast)
    row = meeting(cast, begins_at=LATER + timedelta(days=1))
    said = {"initiative": initiative.pk, "outcome": outcome, "because": "It has to be.", "minutes": 15}
    answer = signed(cast, "cora").post(f"/governance/council/meetings/{row.ref}/put/", said)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not CODES.search(words(answer))


def test_an_act_without_its_reason_names_the_field_as_the_page_does(cast: Cast) -> None:
    item = voting(cast)
    answer = signed(cast, "finn").post(f"/governance/council/items/{item.ref}/recuse/", {"because": ""})
    assert answer.status_code == 400
    assert "What your interest is: " in words(answer)
    assert not CODES.search(words(answer))


def test_a_gate_with_nothing_written_and_a_foreign_vote_are_refused_in_words(cast: Cast) -> None:
    initiative = idea(cast)
    client = signed(cast, "alice")
    answer = client.post(f"/portfolio/initiatives/{initiative.ref}/gate/", {"act": "submit", "ask": "Go"})
    assert answer.status_code in {400, 409}
    assert not CODES.search(words(answer))
    person(cast, "dana")
    item = voting(cast)
    refused = signed(cast, "dana").post(f"/governance/council/items/{item.ref}/vote/", {"choice": "approve"})
    assert refused.status_code in {403, 409}
    assert not CODES.search(words(refused))


@pytest.mark.parametrize("outcome", ["hold", "recycle", "extend", "pivot", "stop", "conditional_go"])
def test_a_decision_that_lacks_something_is_refused_in_words(cast: Cast, outcome: str) -> None:
    initiative = idea(cast, stage="framing")
    submitted(initiative, cast)
    said = {"outcome": outcome, "because": "It has to be."}
    answer = signed(cast, "max").post(f"/portfolio/initiatives/{initiative.ref}/decide/", said)
    assert answer.status_code in {400, 409}
    assert not CODES.search(words(answer))
