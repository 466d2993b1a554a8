"""People are told once: in the product, by mail as they chose, and of what is still due."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from core import reminders
from core.errors import Problem
from core.models import Notice
from core.notices import Word, choose, read, tell
from core.post import MAX_TRIES, send_mails
from core.reminders import Owed, remind
from tests.cast import AT, PASSWORD, TODAY, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def owed() -> Iterator[list[Owed]]:
    """What is due, and nothing else: the rooms' own sources rest."""
    rows: list[Owed] = []
    kept = list(reminders._sources)
    reminders._sources[:] = [lambda first, last: [one for one in rows if first <= one.due_on <= last]]
    yield rows
    reminders._sources[:] = kept


def due(person: Any, on: date, subject: str = "condition-12") -> Owed:
    return Owed(user_id=person.pk, subject=subject, due_on=on, title="Give evidence", url="/governance/")


def titles(person: Any) -> list[str]:
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("title", flat=True))


def test_the_same_thing_is_told_once(cast: Cast) -> None:
    word = Word(marker="decision-1", title="Decided: go")
    assert tell(words=[(cast.alice.pk, word), (cast.bob.pk, word)], at=AT) == 2
    assert tell(words=[(cast.alice.pk, word)], at=AT + timedelta(days=1)) == 0
    cast.alice.refresh_from_db()
    assert (titles(cast.alice), cast.alice.unread) == (["Decided: go"], 1)


def test_who_has_left_and_machines_are_not_told(cast: Cast) -> None:
    cast.bob.is_active = False
    cast.bob.save()
    cast.vera.is_service = True
    cast.vera.save()
    word = Word(marker="x", title="X")
    assert tell(words=[(cast.bob.pk, word), (cast.vera.pk, word), (987_654_321, word)], at=AT) == 0


def test_a_worker_that_was_off_for_days_reminds_once_and_says_how_it_stands_now(
    cast: Cast, owed: list[Owed]
) -> None:
    owed.append(due(cast.alice, TODAY - timedelta(days=3)))
    assert remind(at=AT).changed == 1
    assert remind(at=AT).changed == 0
    assert titles(cast.alice) == ["Give evidence: due today"]


def test_what_is_handed_over_is_called_off_and_told_to_the_new_owner(cast: Cast, owed: list[Owed]) -> None:
    owed.append(due(cast.alice, TODAY))
    remind(at=AT)
    owed[:] = [due(cast.bob, TODAY)]
    done = remind(at=AT + timedelta(minutes=1))
    assert (done.changed, done.called_off) == (1, 1)
    cast.alice.refresh_from_db()
    assert cast.alice.unread == 0
    assert titles(cast.bob) == ["Give evidence: due today"]


def test_a_day_that_was_moved_is_called_off_and_told_anew_when_it_comes(cast: Cast, owed: list[Owed]) -> None:
    owed.append(due(cast.alice, TODAY))
    remind(at=AT)
    owed[:] = [due(cast.alice, TODAY + timedelta(days=20))]
    assert remind(at=AT).called_off == 1
    assert titles(cast.alice) == ["Give evidence: due today"]
    remind(at=AT + timedelta(days=13))
    assert titles(cast.alice)[-1] == "Give evidence: due in 7 days"


def test_what_was_done_is_called_off_before_its_mail_goes_out(cast: Cast, owed: list[Owed]) -> None:
    choose(mails="daily", time_zone="", by=cast.actor("alice"), at=AT)
    owed.append(due(cast.alice, TODAY))
    remind(at=AT)
    owed.clear()
    remind(at=AT + timedelta(hours=1))
    assert send_mails(at=AT + timedelta(days=2)) == 0
    assert mail.outbox == []


def test_a_digest_is_one_message_in_the_readers_morning(cast: Cast) -> None:
    choose(mails="daily", time_zone="Pacific/Auckland", by=cast.actor("alice"), at=AT)
    for number in range(3):
        tell(words=[(cast.alice.pk, Word(marker=f"m{number}", title=f"Thing {number}", url="/x/"))], at=AT)
    # 14:20 UTC is 03:20 in Auckland, and seven there is 18:00 UTC.
    assert send_mails(at=datetime.fromisoformat("2026-11-24T17:59:00+00:00")) == 0
    assert send_mails(at=datetime.fromisoformat("2026-11-24T18:00:00+00:00")) == 1
    assert send_mails(at=datetime.fromisoformat("2026-11-24T18:00:01+00:00")) == 0
    [message] = mail.outbox
    assert message.to == [cast.alice.email]
    assert [f"Thing {number}" in message.body for number in range(3)] == [True] * 3


def test_at_once_is_at_once_and_never_is_never(cast: Cast) -> None:
    choose(mails="never", time_zone="", by=cast.actor("bob"), at=AT)
    tell(
        words=[(cast.alice.pk, Word(marker="m", title="M")), (cast.bob.pk, Word(marker="m", title="M"))],
        at=AT,
    )
    assert send_mails(at=AT) == 1
    assert mail.outbox[0].subject == "M"


def test_a_mail_that_was_refused_is_tried_again_and_given_up_after_five(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: EmailMessage, fail_silently: bool = False) -> int:
        raise ConnectionRefusedError("no server")

    tell(words=[(cast.alice.pk, Word(marker="m", title="M"))], at=AT)
    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", refused)
        for turn in range(MAX_TRIES + 3):
            assert send_mails(at=AT + timedelta(hours=turn)) == 0
    row = Notice.objects.get()
    assert (row.mail_tries, row.mailed_at) == (MAX_TRIES, None)
    assert "no server" in row.mail_error


def test_a_worker_that_died_while_sending_does_not_send_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether the message left: the notice stands in the product."""

    def killed(self: EmailMessage, fail_silently: bool = False) -> int:
        raise KeyboardInterrupt

    tell(words=[(cast.alice.pk, Word(marker="m", title="M"))], at=AT)
    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", killed)
        with pytest.raises(KeyboardInterrupt):
            send_mails(at=AT)
    assert send_mails(at=AT + timedelta(hours=1)) == 0
    assert titles(cast.alice) == ["M"]


def test_another_persons_notice_cannot_be_read(cast: Cast) -> None:
    tell(words=[(cast.alice.pk, Word(marker="m", title="M"))], at=AT)
    with pytest.raises(Problem) as refused:
        read(by=cast.actor("bob"), at=AT, pk=Notice.objects.get().pk)
    assert refused.value.status == 404


@pytest.mark.parametrize(
    ("mails", "zone", "place"), [("hourly", "", "/mails"), ("daily", "Mars/Olympus", "/time_zone")]
)
def test_a_choice_that_is_none_is_refused_at_its_place(cast: Cast, mails: str, zone: str, place: str) -> None:
    with pytest.raises(Problem) as refused:
        choose(mails=mails, time_zone=zone, by=cast.actor("alice"), at=AT)
    assert [item.pointer for item in refused.value.items] == [place]


def test_the_page_lists_them_the_bell_counts_them_and_opening_one_reads_it(
    cast: Cast, client: Client
) -> None:
    tell(words=[(cast.alice.pk, Word(marker="m", title="Decided: go 🎉", url="/portfolio/"))], at=AT)
    client.login(username=cast.alice.email, password=PASSWORD)
    page = client.get("/account/notices/").content.decode()
    assert "Decided: go 🎉" in page
    assert "Notices, 1 unread" in page
    opened = client.post("/account/notices/read/", {"notice": Notice.objects.get().pk})
    assert (opened.status_code, opened["Location"]) == (302, "/portfolio/")
    assert "Notices, 1 unread" not in client.get("/account/notices/").content.decode()


def test_how_one_is_told_is_chosen_on_a_page(cast: Cast, client: Client) -> None:
    client.login(username=cast.alice.email, password=PASSWORD)
    assert client.get("/account/notices/settings/").status_code == 200
    assert (
        client.post("/account/notices/settings/", {"mails": "weekly", "time_zone": "Asia/Tokyo"}).status_code
        == 302
    )
    cast.alice.refresh_from_db()
    assert (cast.alice.mails, cast.alice.time_zone) == ("weekly", "Asia/Tokyo")
    assert client.post("/account/notices/settings/", {"mails": "hourly", "time_zone": ""}).status_code == 400
