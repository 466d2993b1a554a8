"""An approval whose evidence changed: it is flagged, told, called for and a re-review is one click away."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from core import outbox
from core.models import Notice, User
from domain.stage_words import Body
from governance.models import Decision
from governance.queries.council_queue import calls
from governance.services.evaluate_standing import evaluate_limited, evaluate_standings
from portfolio.models import Flag, Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import decided, idea, manager, motion, submitted
from tests.governance.sitting import council, meeting

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(AT)


def approved(cast: Cast, body: Body = Body.COUNCIL) -> tuple[Initiative, Decision]:
    council(cast)
    row = idea(cast, stage="pilot" if body is Body.COUNCIL else "framing", tier=3)
    by = cast.actor("cora") if body is Body.COUNCIL else manager(cast)
    made = decided(row, motion(row), by, submission=submitted(row, cast), body=body)
    row.refresh_from_db()
    return row, made


def sponsored_by(row: Initiative, person: User) -> None:
    Initiative.objects.filter(pk=row.pk).update(sponsor=person)
    evaluate_limited(initiative_ids=[row.pk], at=AT)


def flags(row: Initiative) -> list[Flag]:
    return list(Flag.objects.open().filter(initiative=row, rule="evidence_changed"))


def test_another_sponsor_is_flagged_with_the_difference_and_the_flag_goes_when_the_fact_is_back(
    cast: Cast,
) -> None:
    row, made = approved(cast)
    assert flags(row) == []
    sponsored_by(row, cast.dana)
    (flag,) = flags(row)
    assert (flag.severity, flag.cause, flag.since) == (2, "Evidence changed", TODAY)
    assert (
        flag.sentence == f"{made.ref} was taken on facts that are different now: Sponsor (Edith, now Dana)."
    )
    sponsored_by(row, cast.edith)
    assert flags(row) == []


def test_what_no_news_told_is_found_within_a_day(cast: Cast) -> None:
    row, _ = approved(cast)
    Initiative.objects.filter(pk=row.pk).update(risk_tier=1)
    evaluate_standings(at=AT)
    assert flags(row) == []
    evaluate_standings(at=AT.replace(day=AT.day + 1))
    assert len(flags(row)) == 1


def test_lead_sponsor_and_who_decided_hear_of_it_once(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    row, made = approved(cast)
    for person in (cast.dana, cast.bob):
        sponsored_by(row, person)
        outbox.drain()
    told = Notice.objects.filter(title__startswith=f"The evidence changed after {made.ref}")
    assert {one.user.name for one in told} == {"Alice", "Dana", "Cora"}


def test_the_council_is_called_for_what_it_approved_and_not_for_what_a_manager_did(cast: Cast) -> None:
    row, _ = approved(cast)
    assert calls(cast.actor("cora"), TODAY) == []
    sponsored_by(row, cast.dana)
    (call,) = calls(cast.actor("cora"), TODAY)
    assert call.words == "Evidence changed since the decision"


def test_a_managers_approval_does_not_call_for_the_council(cast: Cast) -> None:
    row, _ = approved(cast, Body.PORTFOLIO_MANAGER)
    sponsored_by(row, cast.dana)
    assert len(flags(row)) == 1
    assert calls(cast.actor("cora"), TODAY) == []


def test_what_was_stopped_since_is_not_flagged(cast: Cast) -> None:
    row, _ = approved(cast)
    decided(
        row,
        motion(row, "stop", reason_code="cost", lessons="Ask first."),
        cast.actor("cora"),
        body=Body.COUNCIL,
    )
    sponsored_by(row, cast.dana)
    assert flags(row) == []


def test_the_page_leads_to_a_re_review_by_whoever_may(cast: Cast, signed_in: SignIn) -> None:
    row, made = approved(cast)
    where = meeting(cast)
    url, put = f"/governance/decisions/{made.ref}/", f"meetings/{where.ref}/put/?initiative={row.ref}"
    assert put not in signed_in("cora").get(url).content.decode()
    sponsored_by(row, cast.dana)
    assert put in signed_in("cora").get(url).content.decode()
    lead = signed_in("alice").get(url).content.decode()
    assert f"/portfolio/initiatives/{row.ref}/gate/" in lead
    assert put not in lead
    assert "Decide anew" not in signed_in("max").get(url).content.decode(), "the council gave it"
