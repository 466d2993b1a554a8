"""One journey for each outcome, through the addresses alone: the chair puts it on the agenda, members vote, the record follows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import AuditEvent
from governance.models import Decision
from pilots.models import Pilot
from pilots.services.opening import ensure_pilot
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import CARRIED, OLD_CHARTER, condition, idea, manager, submitted
from tests.governance.sitting import LATER, MEMBERS, WORDS, council

SignIn = Callable[[str], APIClient]
SOON = (TODAY + timedelta(days=40)).isoformat()
CAST = ["ballot.cast"] * 4
# outcome: what the motion says besides, how members vote, result, outcome recorded, stage after, what the log says after the vote.
JOURNEYS: dict[str, tuple[dict[str, Any], str, str, str, str, list[str]]] = {
    "go": ({}, "yyyn", "adopted", "go", "scale_up", ["decision.recorded", "initiative.moved"]),
    "hold": ({"until": SOON}, "yyya", "adopted", "hold", "pilot", ["decision.recorded", "pilot.deferred"]),
    "recycle": (
        {"stage": "development", "rework": "Train it on this year's claims."}, "yyyy", "adopted", "recycle", "development",
        ["decision.recorded", "initiative.moved"],
    ),
    "pivot": ({"charter": "Property claims alone.", "days": 60, "until": SOON, **CARRIED}, "yyyy", "adopted", "pivot", "pilot", ["decision.recorded", "pilot.pivoted"]),
    "extend": (
        {"days": 30, "reason_code": "data_late", "evidence": "A month more.", "decision_changes": "0.25"}, "yyyy", "adopted", "extend", "pilot", ["decision.recorded", "pilot.extended"],
    ),
    "stop": (
        {"reason_code": "no_value", "lessons": "Ask first."}, "yyyn", "adopted", "stop", "stopped",
        ["decision.recorded", "initiative.moved"],
    ),
    "rejected": ({}, "ynnn", "not_adopted", "go", "pilot", ["decision.not_carried"]),
    "undecided": ({}, "yyaa", "adopted", "go", "scale_up", ["decision.recorded", "initiative.moved"]),
    "tied": ({}, "anya", "not_decided", "not_decided", "pilot", ["decision.recorded", "pilot.deferred"]),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    frozen(LATER)


def sent(client: APIClient, address: str, body: dict[str, Any] | None = None) -> Any:
    answer = client.post(f"/api/v1/{address}/", body or {}, format="json")
    assert answer.status_code in {200, 201}, answer.json()
    return answer.json()


def agenda(cast: Cast, api: SignIn, outcome: str, **more: Any) -> tuple[Initiative, dict[str, Any]]:
    """A pilot that asks for G4, on the agenda of a meeting that the chair planned."""
    council(cast)
    row = idea(cast, stage="pilot", tier=1)
    ensure_pilot(initiative=row, by=cast.actor("max"), at=AT)
    Pilot.objects.update(planned_days=90, **OLD_CHARTER)
    submitted(row, cast, manager(cast))
    chair = api("cora")
    where = sent(chair, "meetings", {"begins_at": LATER.isoformat()})
    motion = {"outcome": outcome, "because": "The evidence says so.", **more}
    return row, sent(chair, "agenda-items", {"meeting": where["id"], "initiative": row.pk, "motion": motion})


def voted(api: SignIn, item: dict[str, Any], said: str) -> dict[str, Any]:
    """Opened by the chair, voted on, closed by the chair."""
    address = f"agenda-items/{item['id']}"
    sent(api("cora"), f"{address}/open")
    for name, one in zip(MEMBERS, said, strict=False):
        sent(api(name), f"{address}/votes", {"choice": WORDS[one].value})
    closed: dict[str, Any] = sent(api("cora"), f"{address}/close")
    return closed


def told(row: Initiative, since: str = "item.planned") -> list[str]:
    actions = list(
        AuditEvent.objects.filter(initiative_id=row.pk).order_by("pk").values_list("action", flat=True)
    )
    return actions[actions.index(since) :]


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_motion_goes_from_the_agenda_to_the_record(cast: Cast, api: SignIn, name: str) -> None:
    more, said, result, recorded, stage, after = JOURNEYS[name]
    asked_for = name if name in {"hold", "recycle", "pivot", "extend", "stop"} else "go"
    row, item = agenda(cast, api, asked_for, **more)
    closed = voted(api, item, said)
    assert (closed["state"], closed["result"]) == ("closed", result)
    decision = Decision.objects.get()
    assert (decision.outcome, decision.pk, decision.decided_by is not None) == (
        recorded,
        closed["decision"],
        True,
    )
    row.refresh_from_db()
    assert row.stage == stage
    log = [one for one in told(row) if not one.startswith(("flag.", "kpi."))]
    assert log[:6] == ["item.planned", "item.opened", *CAST]
    places = [log.index(one) for one in (*after, "item.closed")]
    assert places == sorted(places)


def test_a_conditional_go_waits_for_the_chair_and_then_binds_its_conditions(cast: Cast, api: SignIn) -> None:
    row, item = agenda(cast, api, "conditional_go", conditions=[condition(cast)])
    asked = voted(api, item, "cyyn")
    assert (asked["state"], asked["decision"]) == ("confirming", None)
    done = sent(api("cora"), f"agenda-items/{item['id']}/confirm", {"conditions": [condition(cast)]})
    assert (done["state"], done["result"]) == ("closed", "adopted")
    log = told(row, "item.polled")
    places = [
        log.index(one)
        for one in ("item.polled", "decision.recorded", "condition.set", "initiative.moved", "item.closed")
    ]
    assert places == sorted(places)
    assert Decision.objects.get().conditions.get().owner == cast.bob
