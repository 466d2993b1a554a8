"""What the rooms say is due, and to whom: readings, decisions on pilots, reviews of models."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from core.models import Notice, User
from core.reminders import EARLIEST, LATEST, Owed, remind
from core.tasks import remind_people
from governance.queries import owed
from governance.queries.owed import reviews
from kpis.queries.owed import readings
from pilots.queries.owed import decisions
from tests.cast import AT, PASSWORD, TODAY, Cast
from tests.governance.sitting import council, meeting
from tests.governance.stored import sound_model
from tests.kpis.build import claims_triage, make_kpi, read, trajectory
from tests.pilots.stored import bare_pilot

pytestmark = pytest.mark.django_db
FIRST, LAST = TODAY - EARLIEST, TODAY + LATEST


def said(rows: Any) -> list[tuple[int, str, date]]:
    return [(one.user_id, one.title, one.due_on) for one in rows]


def test_a_reading_is_owed_by_the_owner_of_the_kpi_else_by_the_lead(cast: Cast) -> None:
    initiative = claims_triage(cast)
    mine, theirs = make_kpi(initiative, "Led"), make_kpi(initiative, "Owned", owner=cast.bob)
    for kpi in (mine, theirs):
        read(kpi, 8, TODAY - timedelta(days=28))
    due = TODAY + timedelta(days=2)
    assert said(readings(FIRST, LAST)) == [(cast.alice.pk, "Read Led", due), (cast.bob.pk, "Read Owned", due)]


def test_a_reading_that_was_made_moves_the_day_and_the_reminder_is_called_off(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), "Led")
    read(kpi, 8, TODAY - timedelta(days=30))
    remind(at=AT)
    assert Notice.objects.get(user=cast.alice).title == "Read Led: due today"
    read(kpi, 8, TODAY)
    assert remind(at=AT).called_off == 1


def test_what_is_read_daily_is_nobodys_reminder(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), success=trajectory(cadence_days=1))
    read(kpi, 8, TODAY - timedelta(days=1))
    assert list(readings(FIRST, LAST)) == []


def test_a_pilots_decision_is_told_to_its_lead_and_its_sponsor(cast: Cast) -> None:
    pilot = bare_pilot(cast, sponsor=cast.edith)
    pilot.decision_on = TODAY + timedelta(days=1)
    pilot.save()
    owed: list[Owed] = list(decisions(FIRST, LAST))
    assert {one.user_id for one in owed} == {cast.alice.pk, cast.edith.pk}
    assert {one.url for one in owed} == {f"/pilots/{pilot.ref}/"}


def test_a_review_is_told_to_the_owner_and_not_of_a_retired_model(cast: Cast) -> None:
    sound_model(cast, next_review_on=TODAY + timedelta(days=7))
    sound_model(cast, "Old ranker", stage="retired", next_review_on=TODAY, retired_on=TODAY)
    assert said(reviews(FIRST, LAST)) == [
        (cast.mona.pk, "Have it reviewed: Triage ranker", TODAY + timedelta(days=7))
    ]


def test_every_address_that_is_told_opens(cast: Cast, client: Client) -> None:
    initiative = claims_triage(cast)
    read(make_kpi(initiative), 8, TODAY - timedelta(days=30))
    pilot = bare_pilot(cast, name="Another")
    pilot.decision_on = TODAY
    pilot.save()
    sound_model(cast, next_review_on=TODAY)
    client.login(username=cast.max.email, password=PASSWORD)
    owed = [*readings(FIRST, LAST), *decisions(FIRST, LAST), *reviews(FIRST, LAST)]
    assert len(owed) == 3
    assert [client.get(one.url, follow=True).status_code for one in owed] == [200] * 3


def test_the_task_tells_and_mails_once_however_often_it_runs(cast: Cast, frozen: Any) -> None:
    pilot = bare_pilot(cast)
    pilot.decision_on = TODAY
    pilot.save()
    for _ in range(3):
        remind_people()
    assert [one.title for one in Notice.objects.filter(user=cast.alice)] == [
        "Decide on the pilot: Claims triage: due today"
    ]
    assert len(mail.outbox) == 1


def test_a_meeting_is_told_in_the_time_of_each_reader(cast: Cast) -> None:
    council(cast)
    meeting(cast, begins_at=AT + timedelta(days=3))
    User.objects.filter(pk=cast.finn.pk).update(time_zone="Pacific/Auckland")
    bodies = {one.user_id: one.body for one in owed.meetings(TODAY, TODAY + timedelta(days=9))}
    assert bodies[cast.finn.pk] == "28 Nov 2026 03:20 Pacific/Auckland."
    assert bodies[cast.cora.pk].endswith(f"{settings.ORG_TIME_ZONE}.")
