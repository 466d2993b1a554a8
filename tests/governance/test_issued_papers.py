"""The papers of a meeting are issued, kept with their seal, and say what has changed since."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from rest_framework.test import APIClient

from core import outbox
from core.models import Notice
from domain.decision_log import seal_of
from governance.models import AgendaItem, Meeting, PackIssue
from governance.services.council_agenda import put_on_agenda
from governance.services.council_meetings import cancel_meeting
from governance.services.papers import issue_papers
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.governance.asking import idea
from tests.governance.sitting import LATER, act, asked, council, meeting, planned, refused

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[object], None]) -> None:
    frozen(LATER)


def with_an_item(cast: Cast) -> tuple[Meeting, AgendaItem]:
    council(cast)
    where = meeting(cast, begins_at=AT + timedelta(days=20))
    return where, planned(cast, asked(cast)[0], where)


def pack_of(client: Client, where: Meeting, more: str = "") -> str:
    answer = client.get(f"/governance/council/meetings/{where.ref}/pack/{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_papers_are_kept_as_they_were_issued_and_two_readers_read_the_same(
    cast: Cast, signed_in: SignIn
) -> None:
    where, item = with_an_item(cast)
    assert "A draft as of now: not issued" in pack_of(signed_in("max"), where)
    row = act(cast, issue_papers, "cora", meeting_id=where.pk)
    assert row.seal == seal_of(row.document)
    Initiative.objects.filter(pk=item.initiative_id).update(name="Renamed since")
    first, second = pack_of(signed_in("max"), where), pack_of(signed_in("dirk"), where)
    for text in (first, second):
        assert "Issue 1" in text
        assert row.seal in text
        assert f"{item.initiative.ref} Claims triage" in text
    assert "Renamed since: new" in first


def test_what_has_changed_since_is_said_and_is_a_second_issue(cast: Cast, signed_in: SignIn) -> None:
    where, _ = with_an_item(cast)
    act(cast, issue_papers, "cora", meeting_id=where.pk)
    assert "Nothing: issued today, the papers would say the same." in pack_of(signed_in("max"), where)
    assert refused(lambda: act(cast, issue_papers, "cora", meeting_id=where.pk)) == (409, "nothing_changed")
    put_on_agenda(
        meeting_id=where.pk, initiative_id=idea(cast, "Late one", stage="pilot", tier=2).pk, by=cast.actor("cora"), at=LATER,
        motion={"outcome": "hold", "because": "It waits.", "until": "2027-02-01"},
    )  # fmt: skip
    text = pack_of(signed_in("max"), where)
    assert "Late one: new" in text
    assert "They stand" not in text
    second = act(cast, issue_papers, "cora", meeting_id=where.pk)
    assert second.number == 2
    assert "Late one" in pack_of(signed_in("max"), where)
    assert "Late one" not in pack_of(signed_in("max"), where, "?issue=1")
    assert signed_in("max").get(f"/governance/council/meetings/{where.ref}/pack/?issue=9").status_code == 404


def test_a_day_later_nothing_has_changed_by_itself(cast: Cast) -> None:
    where, _ = with_an_item(cast)
    act(cast, issue_papers, "cora", meeting_id=where.pk)
    later = LATER + timedelta(days=3)
    assert refused(lambda: act(cast, issue_papers, "cora", at=later, meeting_id=where.pk)) == (
        409,
        "nothing_changed",
    )


def test_who_may_not_see_an_initiative_does_not_read_of_it_in_the_issue(
    cast: Cast, signed_in: SignIn
) -> None:
    where, item = with_an_item(cast)
    act(cast, issue_papers, "cora", meeting_id=where.pk)
    own, other = pack_of(signed_in("alice"), where), pack_of(signed_in("charlie"), where)
    assert f"{item.initiative.ref} Claims triage" in own
    assert "Parts about initiatives that you may not see are left out." in own
    assert "Quorum forecast" not in own
    assert "Claims triage" not in other


def test_only_who_arranges_issues_them_and_not_of_an_empty_or_a_past_meeting(cast: Cast) -> None:
    where, _ = with_an_item(cast)
    assert refused(lambda: act(cast, issue_papers, "finn", meeting_id=where.pk))[0] == 403
    empty = meeting(cast, begins_at=AT + timedelta(days=30))
    assert refused(lambda: act(cast, issue_papers, "cora", meeting_id=empty.pk)) == (409, "no_items")
    act(cast, cancel_meeting, "cora", meeting_id=where.pk, because="Nobody is there")
    assert refused(lambda: act(cast, issue_papers, "cora", meeting_id=where.pk)) == (409, "over")


def test_the_database_keeps_an_issue(cast: Cast) -> None:
    where, _ = with_an_item(cast)
    row = act(cast, issue_papers, "cora", meeting_id=where.pk)
    for work in (lambda: PackIssue.objects.filter(pk=row.pk).update(document="{}"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            work()


def test_the_button_and_the_api_issue_them(
    cast: Cast, signed_in: SignIn, api: Callable[[str], APIClient]
) -> None:
    where, _ = with_an_item(cast)
    page = f"/governance/council/meetings/{where.ref}/"
    assert "Issue the papers" in signed_in("max").get(page).content.decode()
    assert "Issue the papers" not in signed_in("edith").get(page).content.decode()
    signed_in("max").post(f"{page}issue/")
    assert "issue 1</a>" in signed_in("max").get(page).content.decode()
    answer = api("max").post(f"/api/v1/meetings/{where.ref}/issue-papers/")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_changed")
    assert json.loads(PackIssue.objects.get().document)["paper"]["kind"] == "Council pack"


def test_every_member_hears_that_papers_are_there_once_for_each_issue(cast: Cast) -> None:
    where, item = with_an_item(cast)
    act(cast, issue_papers, "cora", meeting_id=where.pk)
    outbox.drain()
    told = Notice.objects.filter(title=f"Papers of meeting {where.number}").select_related("user")
    members = {"Cora", "Dirk", "Finn", "Rosa"}
    assert members <= {one.user.name for one in told}
    assert "Max" not in {one.user.name for one in told}
    first = told.count()
    Initiative.objects.filter(pk=item.initiative_id).update(name="Renamed since")
    act(cast, issue_papers, "cora", meeting_id=where.pk)
    outbox.drain()
    again = told.filter(body__startswith="Issue 2")
    assert (again.count(), told.all().count()) == (first, 2 * first)


def test_nobody_hears_of_papers_of_a_meeting_that_was_cancelled_meanwhile(cast: Cast) -> None:
    where, _ = with_an_item(cast)
    act(cast, issue_papers, "cora", meeting_id=where.pk)
    act(cast, cancel_meeting, "cora", meeting_id=where.pk, because="No quorum.")
    outbox.drain()
    assert not Notice.objects.filter(title__startswith="Papers of").exists()
