"""One decision on its page and in the API: what failed is not told as decided, and every statement stands beside it for ever."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from core.models import AuditEvent, Notice
from governance.models import AgendaItem, Decision
from governance.services.council_close import close_item
from governance.services.council_statements import state
from governance.services.news import tell_decided
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import decided, idea, manager, motion
from tests.governance.sitting import LATER, asked, council, opened, refused, votes, voting

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


def closed(cast: Cast, said: str) -> AgendaItem:
    item = voting(cast)
    votes(cast, item, said)
    return close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content[:600]
    return answer.content.decode()


def of(row: Decision) -> str:
    return f"/governance/decisions/{row.ref}/"


def test_a_motion_that_failed_is_told_as_not_carried_and_never_as_decided(cast: Cast) -> None:
    closed(cast, "ynnn.")
    row = Decision.objects.get()
    tell_decided(decision_id=row.pk, people=[cast.alice.pk], at=LATER)
    notice = Notice.objects.get()
    assert notice.title == "Not carried, go: Claims triage"
    assert notice.body.startswith("The motion failed, and nothing changes.")


def test_a_motion_that_carried_is_told_as_decided(cast: Cast) -> None:
    closed(cast, "yyyy.")
    tell_decided(decision_id=Decision.objects.get().pk, people=[cast.alice.pk], at=LATER)
    assert Notice.objects.get().title == "Decided, go: Claims triage"


def test_what_was_left_undecided_is_told_as_such(cast: Cast, signed_in: SignIn) -> None:
    closed(cast, "yyy..")
    row = Decision.objects.get()
    tell_decided(decision_id=row.pk, people=[cast.alice.pk], at=LATER)
    assert Notice.objects.get().title == "Not decided: Claims triage"
    assert "left it undecided on" in page(signed_in("edith"), of(row))


def test_the_page_of_a_failed_stop_says_that_nothing_changes(cast: Cast, signed_in: SignIn) -> None:
    council(cast)
    initiative, _ = asked(cast)
    item = opened(cast, initiative, outcome="stop", reason_code="no_value", lessons="Letters are too long.")
    votes(cast, item, "nnnn.")
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    text = page(signed_in("edith"), of(Decision.objects.get()))
    assert "stop not carried" in text
    assert "What was moved, and failed" in text
    assert "What was decided" not in text
    assert " decided on " not in text
    assert list(AuditEvent.objects.filter(action__startswith="decision.").values_list("action", flat=True)) == [
        "decision.not_carried"
    ]  # fmt: skip


def test_a_failed_stop_is_not_why_an_initiative_was_stopped(cast: Cast, signed_in: SignIn) -> None:
    row = idea(cast, stage="development")
    said = {"reason_code": "no_value", "lessons": "Letters are too long."}
    decided(row, motion(row, "stop", **said), manager(cast))
    row.refresh_from_db()
    failed = Decision.objects.get()
    row.stage = "development"
    decided_later = motion(row, "stop", **{**said, "lessons": "Nobody stopped it then."})
    row.save()
    decided(row, decided_later, manager(cast), carried=False)
    row.stage = "stopped"
    row.save()
    text = page(signed_in("max"), f"/portfolio/initiatives/{row.ref}/reopen/")
    assert failed.ref in text
    assert "Nobody stopped it then." not in text


def test_statements_made_after_the_close_stand_beside_the_decision_with_author_and_kind(
    cast: Cast, signed_in: SignIn, api: SignIn
) -> None:
    item = voting(cast)
    votes(cast, item, "yyyn.")
    state(item_id=item.pk, kind="consenting", text="For the cost alone.", by=cast.actor("dirk"), at=LATER)
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    after = LATER + timedelta(hours=1)
    state(item_id=item.pk, kind="dissenting", text="The sample is small.", by=cast.actor("finn"), at=after)
    row = Decision.objects.get()
    text = page(signed_in("edith"), of(row))
    early, late = text.index("For the cost alone."), text.index("The sample is small.")
    assert early < late
    assert "Dirk, consenting" in text
    assert "Finn, dissenting" in text
    assert text.count("added after the close") == 1
    assert "added after the close" in text[late:]
    said = api("edith").get(f"/api/v1/decisions/{row.ref}/").json()["statements"]
    assert [(one["author"], one["kind"], one["added_later"]) for one in said] == [
        (cast.dirk.pk, "consenting", False), (cast.finn.pk, "dissenting", True),
    ]  # fmt: skip


def test_item_and_decision_lead_to_each_other_with_names_numbers_and_what_did_not_count(
    cast: Cast, signed_in: SignIn
) -> None:
    item = voting(cast)
    votes(cast, item, "yyyyn")
    type(cast.rosa).objects.filter(pk=cast.rosa.pk).update(is_active=False)
    item = close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    row = Decision.objects.get()
    text = page(signed_in("edith"), of(row))
    for words in (
        f"/governance/council/items/{item.ref}/", f"/governance/council/meetings/{item.meeting.ref}/",
        "<strong>Cora</strong>", "Approve", "4 of 4 eligible", "3 needed", "not counted: not active at the close",
    ):  # fmt: skip
        assert words in text
    assert of(row) in page(signed_in("edith"), f"/governance/council/items/{item.ref}/")


def test_a_managers_decision_has_no_room(cast: Cast, signed_in: SignIn, api: SignIn) -> None:
    row = idea(cast, stage="development")
    until = (TODAY + timedelta(days=20)).isoformat()
    made = decided(row, motion(row, "hold", until=until), manager(cast), at=AT)
    assert "Ballots and statements" not in page(signed_in("edith"), of(made))
    assert api("edith").get(f"/api/v1/decisions/{made.ref}/").json()["statements"] == []


def test_a_statement_sent_twice_stands_once(cast: Cast) -> None:
    item = closed(cast, "yyyn.")
    said: dict[str, Any] = {"item_id": item.pk, "kind": "dissenting", "by": cast.actor("finn"), "at": LATER}
    state(text="The sample is small.", **said)
    assert refused(lambda: state(text="The sample is small.", **said)) == (409, "already_said")
    state(text="And it is from one site.", **said)
    assert item.dissents.count() == 2
