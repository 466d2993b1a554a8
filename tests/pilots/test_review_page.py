"""The review board: side by side by the weights in force, tried by anybody, recorded as policy by the portfolio manager."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.errors import Problem
from core.models import AuditEvent, Policy, Role, RoleGrant
from domain.review_board import DEFAULT
from pilots.models import Pilot
from pilots.queries.board import seen_by
from pilots.queries.review import board, weights_on
from pilots.services.weights import record_weights
from tests.cast import AT, TODAY, Cast
from tests.pilots.stored import HEALTHY, store

SignIn = Callable[[str], Client]
URL = "/pilots/review/"


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def pilots(cast: Cast) -> tuple[Pilot, Pilot]:
    """One that does well and is little used, and one of which nearly nothing is known."""
    return store(cast, {**HEALTHY, "adoption": "0.3"}, name="Letters"), store(
        cast, {"days_in_stage": 30}, name="Dark"
    )


def text(client: Client, **asked: Any) -> str:
    answer = client.get(URL, asked)
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode()).replace("\u00a0", " ")


def test_what_is_proven_comes_before_what_is_only_possible(
    cast: Cast, pilots: tuple[Pilot, Pilot], signed_in: SignIn
) -> None:
    found = board(seen_by(cast.actor("max"), TODAY), weights_on(TODAY), TODAY)
    first, second = found.rows
    assert (first.pilot, second.pilot) == pilots
    assert first.scores["evidence"] == Decimal("0.75")
    assert first.scores["use"] == Decimal("0.5")
    assert first.scores["value"] is None  # no case
    assert second.place.score == 0 or second.scores["time"] is not None
    page = text(signed_in("vera"))
    assert "Letters</strong> comes first" in page
    assert "unknown" in page


def test_anybody_tries_weights_and_only_the_manager_records_them(
    cast: Cast, pilots: tuple[Pilot, Pilot], signed_in: SignIn
) -> None:
    page = text(signed_in("vera"), evidence="0", use="90")
    assert "only tried, and not recorded" in page
    assert "Record the weights shown" not in page
    said = {code: f"{weight}" for code, weight in DEFAULT.items()} | {"use": "40", "because": "Use decides."}
    assert signed_in("vera").post(URL, said).status_code == 403
    manager = signed_in("max")
    assert manager.post(URL, said | {"because": ""}).status_code == 400
    assert manager.post(URL, said).status_code == 302
    (row,) = Policy.objects.filter(kind="review_board")
    assert (row.number, row.data["use"], row.because) == (1, "40", "Use decides.")
    assert AuditEvent.objects.filter(action="policy.recorded").count() == 1
    assert "weights of version 1" in text(manager)
    assert "Use decides." in text(signed_in("vera"))
    assert manager.post(URL, said).status_code == 302  # the same again is no version
    assert Policy.objects.filter(kind="review_board").count() == 1


def test_the_manager_of_one_unit_weighs_nothing_for_everybody(
    cast: Cast, pilots: tuple[Pilot, Pilot], signed_in: SignIn
) -> None:
    RoleGrant.objects.create(user=cast.vera, role=Role.PORTFOLIO_MANAGER, unit=cast.claims, granted_at=AT)
    page = text(signed_in("vera"), evidence="0", use="90")
    assert "only tried, and not recorded" in page
    assert "Record the weights shown" not in page
    assert "Record the weights shown" in text(signed_in("max"), evidence="0", use="90")
    said = {code: f"{weight}" for code, weight in DEFAULT.items()} | {"use": "40", "because": "Use decides."}
    assert signed_in("vera").post(URL, said).status_code == 403
    with pytest.raises(Problem) as caught:
        record_weights(weights={**DEFAULT, "use": Decimal(40)}, because="x", by=cast.actor("vera"), at=AT)
    assert caught.value.status == 403
    assert "whole organisation" in caught.value.detail
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    "asked", [{"evidence": "-1"}, {"evidence": "many"}, {"mood": "3"}, {"only": "x"}, {"format": "pdf"}]
)
def test_what_cannot_be_asked_is_refused(
    cast: Cast, pilots: tuple[Pilot, Pilot], signed_in: SignIn, asked: dict[str, str]
) -> None:
    assert signed_in("vera").get(URL, asked).status_code in {400, 404}


def test_all_weights_at_nothing_are_refused(cast: Cast) -> None:
    with pytest.raises(Problem) as caught:
        record_weights(weights=dict.fromkeys(DEFAULT, Decimal(0)), because="x", by=cast.actor("max"), at=AT)
    assert caught.value.status == 400
    assert not Policy.objects.exists()


def test_it_is_a_file_too_and_can_be_narrowed(
    cast: Cast, pilots: tuple[Pilot, Pilot], signed_in: SignIn
) -> None:
    lines = b"".join(signed_in("max").get(URL, {"format": "csv"})).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Rank,Pilot,Initiative,Business unit,Evidence,Value,Use")
    assert [line.split(",")[2] for line in lines[1:]] == ["Letters", "Dark"]
    one = text(signed_in("max"), only=pilots[1].ref)
    assert "Letters" not in one


def test_a_reader_sees_the_pilots_of_their_units_alone_and_none_is_said(
    cast: Cast, pilots: Any, signed_in: SignIn
) -> None:
    assert "No pilot to compare" in text(signed_in("charlie"))


def test_more_pilots_cost_no_more_statements(cast: Cast, pilots: Any, signed_in: SignIn) -> None:
    client = signed_in("max")
    text(client)
    with CaptureQueriesContext(connection) as few:
        text(client)
    for n in range(4):
        store(cast, HEALTHY, name=f"More {n}")
    with CaptureQueriesContext(connection) as many:
        text(client)
    assert len(many) == len(few)
