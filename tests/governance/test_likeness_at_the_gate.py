"""A gate out of the pilot is told how like production the pilot was."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from pilots.services.log import check_likeness
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.governance.asking import idea, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[object], None]) -> None:
    frozen(AT)


def piloted(cast: Cast, answer: str = "") -> Initiative:
    row = idea(cast, stage="pilot", tier=2)
    pilot = ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    assert pilot is not None
    for item in ("data_freshness", "latency", "users", "error_handling", "security") if answer else ():
        check_likeness(pilot_id=pilot.pk, item=item, answer=answer, note="", by=cast.actor("alice"), at=AT)
    return row


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "Nobody has said how like production the pilot is."),
        (
            "partly",
            "The pilot is 50\u00a0% like production. Below 60\u00a0% what it showed may not hold there.",
        ),
    ],
)
def test_a_pilot_unlike_production_is_warned_of_on_the_gate_and_in_the_pack(
    cast: Cast, signed_in: Callable[[str], Client], answer: str, words: str
) -> None:
    row = piloted(cast, answer)
    for url in (f"/portfolio/initiatives/{row.ref}/gate/", f"/portfolio/initiatives/{row.ref}/"):
        page = signed_in("alice").get(url).content.decode()
        assert "Not like production" in page
        assert words in page
    pack = submitted(row, cast)
    sealed = json.loads(pack.document)["likeness"]
    assert (sealed["warns"], "url" in sealed) == (True, False)
    paper = signed_in("alice").get(f"/governance/submissions/{pack.ref}/paper/").content.decode()
    assert words in paper


def test_one_like_production_is_not_warned_of(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    row = piloted(cast, "like")
    page = signed_in("alice").get(f"/portfolio/initiatives/{row.ref}/gate/").content.decode()
    assert "Not like production" not in page
    assert "The pilot is 100\u00a0% like production." in page


def test_no_other_gate_asks(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    row = idea(cast)
    assert (
        "like production"
        not in signed_in("alice").get(f"/portfolio/initiatives/{row.ref}/gate/").content.decode()
    )
