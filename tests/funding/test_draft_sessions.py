"""A draft that keeps itself: the log knows who works on it at once, and what it came to when the session ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from core.models import AuditEvent, Outbox
from funding.models import BusinessCase, DraftSession
from funding.queries.cases import lines_of
from funding.queries.document import document_of
from funding.services.cases import discard_draft, publish_case, save_draft
from funding.services.draft import draft_from
from funding.services.sessions import IDLE, end_idle
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.funding.writing import worked
from tests.kpis.build import claims_triage

MINUTE = timedelta(minutes=1)


@pytest.fixture
def row(cast: Cast) -> Initiative:
    found = claims_triage(cast)
    save_draft(initiative_id=found.pk, draft=worked(cast), by=cast.actor("alice"), at=AT)
    return found


def rate(
    cast: Cast, row: Initiative, value: str, at: datetime, who: str = "alice", *, itself: bool = True
) -> BusinessCase:
    """Somebody types another rate, and the draft keeps itself."""
    draft = replace(draft_from(lines_of(case_of(row))), rate=Decimal(value))
    return save_draft(initiative_id=row.pk, draft=draft, by=cast.actor(who), at=at, keeps_itself=itself)


def case_of(row: Initiative) -> BusinessCase:
    return BusinessCase.objects.get(initiative=row)


def told() -> list[tuple[str, str, object]]:
    """(who, what, the rate afterwards) of every event about the case."""
    rows = AuditEvent.objects.filter(object_type="businesscase").order_by("pk")
    return [(one.actor_label, one.action.removeprefix("case."), one.after.get("rate")) for one in rows]


def test_what_keeps_itself_is_one_event_with_the_last_state(cast: Cast, row: Initiative) -> None:
    for n, value in enumerate(("0.11", "0.12", "0.13"), start=1):
        rate(cast, row, value, AT + n * MINUTE)
    assert told() == [("Alice", "begun", "0.100000")]
    assert case_of(row).rate == Decimal("0.13")  # the draft is the record
    end_idle(case_id=case_of(row).pk, at=AT + 3 * MINUTE + IDLE)
    assert told()[1:] == [("Alice", "changed", "0.130000")]
    event = AuditEvent.objects.latest("pk")
    assert (event.before, event.at) == ({"rate": "0.100000"}, AT + 3 * MINUTE)
    assert not DraftSession.objects.exists()
    end_idle(case_id=case_of(row).pk, at=AT + timedelta(days=1))
    assert len(told()) == 2


def test_who_joins_is_known_from_their_first_change(cast: Cast, row: Initiative) -> None:
    rate(cast, row, "0.11", AT + MINUTE)
    rate(cast, row, "0.12", AT + 2 * MINUTE, "max")
    rate(cast, row, "0.13", AT + 3 * MINUTE, "max")
    assert told()[1:] == [("Alice", "changed", "0.110000"), ("Max", "changed", "0.120000")]
    rate(cast, row, "0.14", AT + 4 * MINUTE)
    assert told()[3:] == [("Max", "changed", "0.130000"), ("Alice", "changed", "0.140000")]


def test_after_a_pause_another_session_begins(cast: Cast, row: Initiative) -> None:
    rate(cast, row, "0.11", AT + IDLE)  # the boundary is within
    rate(cast, row, "0.12", AT + 2 * IDLE + MINUTE)
    assert told()[1:] == [("Alice", "changed", "0.110000"), ("Alice", "changed", "0.120000")]


def test_a_button_tells_all_of_it(cast: Cast, row: Initiative) -> None:
    rate(cast, row, "0.11", AT + MINUTE)
    rate(cast, row, "0.12", AT + 2 * MINUTE, itself=False)
    assert told()[1:] == [("Alice", "changed", "0.120000")]
    assert AuditEvent.objects.latest("pk").before == {"rate": "0.100000"}


def test_publishing_and_discarding_end_the_session_first(cast: Cast, row: Initiative) -> None:
    rate(cast, row, "0.11", AT + MINUTE)
    publish_case(pk=case_of(row).pk, by=cast.actor("max"), at=AT + 2 * MINUTE)
    assert [(who, what) for who, what, _ in told()[1:]] == [("Alice", "changed"), ("Max", "published")]
    other = claims_triage(cast, "Letters")
    case = save_draft(initiative_id=other.pk, draft=worked(cast), by=cast.actor("alice"), at=AT)
    rate(cast, other, "0.11", AT + MINUTE)
    discard_draft(pk=case.pk, by=cast.actor("alice"), at=AT + 2 * MINUTE)
    assert [what for _, what, _ in told()[-3:]] == ["begun", "changed", "discarded"]
    assert not DraftSession.objects.exists()
    end_idle(case_id=case.pk, at=AT + timedelta(days=1))  # the worker comes late


def test_what_was_changed_back_is_no_event(cast: Cast, row: Initiative) -> None:
    before = document_of(lines_of(case_of(row)))
    rate(cast, row, "0.11", AT + MINUTE)
    rate(cast, row, "0.10", AT + 2 * MINUTE)
    end_idle(case_id=case_of(row).pk, at=AT + timedelta(hours=1))
    assert len(told()) == 1
    assert document_of(lines_of(case_of(row))) == before


def test_the_end_is_owed_once_and_asked_again_while_somebody_types(cast: Cast, row: Initiative) -> None:
    rate(cast, row, "0.11", AT + 10 * MINUTE)
    owed = Outbox.objects.filter(kind="case.session_ends")
    assert owed.count() == 1
    owed.update(attempts=1)  # a worker has it
    end_idle(case_id=case_of(row).pk, at=AT + IDLE)
    assert DraftSession.objects.exists()
    assert owed.filter(attempts=0).get().due_at == AT + 10 * MINUTE + IDLE
