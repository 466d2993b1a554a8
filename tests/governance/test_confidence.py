"""The independent view of delivery: given by who decides or assures, by nobody near the work, and kept apart from the decision."""

import json
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from core.errors import Problem
from core.models import AuditEvent, Role, RoleGrant, User
from domain.paper import paper_to_json
from governance.models import Decision, GateSubmission, IndependentConfidence
from governance.queries.papers.decision import decision_paper
from governance.services.confidence import give_confidence
from governance.services.submit import withdraw_submission
from tests.cast import AT, Cast
from tests.governance.asking import decided, idea, manager, motion, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def given(cast: Cast, pack: GateSubmission, who: str = "dana", word: str = "amber_red", **more: Any) -> Any:
    by = more.pop("by", None) or cast.actor(who)
    return give_confidence(
        submission_id=pack.pk, confidence=word, because=more.pop("because", "Two of four sources are late."), by=by, at=AT
    )  # fmt: skip


def refused(act: Any, status: int, code: str) -> Problem:
    with pytest.raises(Problem) as caught:
        act()
    assert (caught.value.status, caught.value.code) == (status, code)
    assert not IndependentConfidence.objects.exists()
    return caught.value


def test_it_stands_beside_the_leads_own_and_changes_neither_it_nor_the_submission(cast: Cast) -> None:
    pack = submitted(idea(cast), cast)
    before = (pack.document, pack.seal, pack.version)
    given(cast, pack)
    pack.refresh_from_db()
    assert (pack.document, pack.seal, pack.version) == before
    assert (pack.confidence, pack.independent.get().confidence) == ("amber_green", "amber_red")
    event = AuditEvent.objects.get(action="gate.assured")
    assert event.after == {"submission": pack.ref, "confidence": "amber_red"}
    assert not Decision.objects.exists()


@pytest.mark.parametrize("role", [Role.VALIDATOR, Role.COUNCIL_CHAIR, Role.PORTFOLIO_MANAGER])
def test_who_decides_or_assures_may_give_it(cast: Cast, role: str) -> None:
    pack = submitted(idea(cast), cast)
    person = User.objects.create_user("ivo@x.example", name="Ivo", created_at=AT)
    RoleGrant.objects.create(user=person, role=role, unit=None, granted_at=AT)
    cast.people["ivo"] = person
    assert given(cast, pack, "ivo").given_by == person


@pytest.mark.parametrize(
    ("who", "status"), [("vera", 403), ("edith", 403), ("audrey", 403), ("charlie", 404)]
)
def test_who_only_looks_on_gives_none_and_who_may_not_know_is_told_nothing(
    cast: Cast, who: str, status: int
) -> None:
    pack = submitted(idea(cast, sponsor=None), cast)
    with pytest.raises(Problem) as caught:
        given(cast, pack, who)
    assert caught.value.status == status


@pytest.mark.parametrize("tie", ["lead", "sponsor", "submitter", "line_manager", "owner"])
def test_nobody_near_the_work_gives_it_whatever_their_role(cast: Cast, tie: str) -> None:
    near = {"lead": "alice", "sponsor": "edith", "submitter": "max", "line_manager": "dana", "owner": "mona"}[
        tie
    ]
    row = idea(cast)
    by = manager(cast) if tie == "submitter" else None
    pack = submitted(row, cast, by)
    if tie == "line_manager":
        User.objects.filter(pk=cast.alice.pk).update(manager=cast.dana)
    elif tie == "owner":
        row.kpis.create(name="Days", kind="business", owner=cast.mona, created_at=AT, updated_at=AT)
    RoleGrant.objects.get_or_create(
        user=cast.people[near], role=Role.VALIDATOR, unit=None, defaults={"granted_at": AT}
    )
    event = refused(lambda: given(cast, pack, near), 403, "four_eyes").event
    assert event is not None
    assert event.action == "confidence.refused"


def test_below_the_application_it_is_refused_too_and_what_was_given_stands(cast: Cast) -> None:
    pack = submitted(idea(cast), cast)
    given(cast, pack)
    row = IndependentConfidence.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        IndependentConfidence.objects.create(
            submission=pack, confidence="green", because="Mine.", given_at=AT, given_by=cast.alice
        )
    for act in (lambda: IndependentConfidence.objects.update(confidence="green"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_a_token_gives_none_and_words_are_asked(cast: Cast) -> None:
    pack = submitted(idea(cast), cast)
    token = cast.actor("dana", via="api", scopes=["governance:write", "governance:approve"])
    refused(lambda: given(cast, pack, by=token), 403, "only_a_person")
    for wrong in ({"word": "purple"}, {"because": "  "}):
        with pytest.raises(Problem) as caught:
            given(cast, pack, **wrong)
        assert caught.value.status == 400


def test_after_the_decision_and_after_a_withdrawal_it_comes_too_late(cast: Cast) -> None:
    row = idea(cast)
    pack = submitted(row, cast)
    withdraw_submission(pk=pack.pk, because="Later", by=cast.actor("alice"), at=AT)
    refused(lambda: given(cast, pack), 409, "not_open")
    again = submitted(row, cast)
    decided(row, motion(row), manager(cast), submission=again)
    refused(lambda: given(cast, again), 409, "not_open")


def test_the_latest_counts_and_the_one_before_stays_to_be_read(cast: Cast, signed_in: Any) -> None:
    pack = submitted(idea(cast), cast)
    given(cast, pack)
    given(cast, pack, word="red", because="Now three are late.")
    said = json.dumps(paper_to_json(decision_paper(pack)))
    assert "Red. Now three are late." in said
    assert "Amber-red. Two of four sources are late." in said
    page = signed_in("alice").get(f"/governance/submissions/{pack.ref}/").content.decode()
    assert page.index("Now three are late.") < page.index("before: amber-red")


def test_it_is_given_on_its_page_by_who_is_offered_it(cast: Cast, signed_in: Any) -> None:
    pack = submitted(idea(cast), cast)
    url = f"/governance/submissions/{pack.ref}/confidence/"
    here = f"/governance/submissions/{pack.ref}/"
    assert url in signed_in("dana").get(here).content.decode()
    assert url not in signed_in("alice").get(here).content.decode()
    assert signed_in("alice").get(url).status_code == 403
    assert "none given" in signed_in("alice").get(here).content.decode()
    assert signed_in("dana").post(url, {"confidence": "amber"}).status_code == 400
    done = signed_in("dana").post(url, {"confidence": "amber", "because": "One source is late."})
    assert done["Location"] == here
    assert "One source is late." in signed_in("alice").get(here).content.decode()


def test_the_api_tells_both_views_apart(cast: Cast, api: Any) -> None:
    pack = submitted(idea(cast), cast)
    given(cast, pack)
    told = api("alice").get(f"/api/v1/gate-submissions/{pack.ref}/").json()
    assert told["confidence"] == "amber_green"
    assert [(one["confidence"], one["given_by"]) for one in told["independent"]] == [
        ("amber_red", cast.dana.pk)
    ]
