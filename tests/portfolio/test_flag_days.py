"""A flag says by when somebody has to act, and goes before the council once when nobody did."""

from datetime import date, timedelta

import pytest

from core.access import system
from core.models import AuditEvent
from portfolio.models import Flag
from portfolio.services.flags import Finding, Subject, sync_flags
from tests.cast import AT, TODAY, Cast

pytestmark = pytest.mark.django_db
BY = system("test")


def judged(cast: Cast, *, due_on: date | None, escalates: bool, days: int = 0) -> Flag:
    subject = Subject("model", 7, "M-0007", None, cast.claims, None)
    found = Finding("R02", 2, "c", "s", TODAY, due_on=due_on, escalates=escalates)
    sync_flags(subject=subject, findings=[found], by=BY, at=AT + timedelta(days=days))
    return Flag.objects.get(cleared_at=None)


def escalations() -> int:
    return AuditEvent.objects.filter(action="flag.escalated").count()


def test_it_goes_before_the_council_once_and_stays_there_since_that_day(cast: Cast) -> None:
    assert judged(cast, due_on=TODAY, escalates=False).escalated_on is None
    assert judged(cast, due_on=TODAY, escalates=True, days=1).escalated_on == TODAY + timedelta(days=1)
    assert judged(cast, due_on=TODAY, escalates=True, days=2).escalated_on == TODAY + timedelta(days=1)
    assert escalations() == 1


def test_somebody_acting_takes_it_off_the_list_and_the_log_keeps_that_it_was_there(cast: Cast) -> None:
    judged(cast, due_on=TODAY, escalates=True, days=1)
    acted = judged(cast, due_on=TODAY + timedelta(days=14), escalates=False, days=2)
    assert (acted.due_on, acted.escalated_on) == (TODAY + timedelta(days=14), None)
    assert escalations() == 1


def test_a_judge_without_a_due_day_leaves_what_others_escalated(cast: Cast) -> None:
    flag = judged(cast, due_on=None, escalates=False)
    Flag.objects.filter(pk=flag.pk).update(escalated_on=TODAY)
    assert judged(cast, due_on=None, escalates=False, days=1).escalated_on == TODAY
