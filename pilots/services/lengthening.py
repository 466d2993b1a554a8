"""Who gives a pilot more time: asked by every door through which it comes, an extension and a correction alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.access import Actor
from core.errors import conflict
from core.refusals import refusal
from domain.stages import Body, effective_tier, extending_body
from pilots.models import Pilot
from pilots.queries.board import tiers_of
from pilots.queries.pricing import given
from pilots.services.more_time import require_more_time
from portfolio.queries.hands import too_near


def require_lengthening(row: Pilot, *, asked: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """Refuse more time that the one who asks may not give, once the right itself was asked.

    `asked`: what was asked for, kept with a refusal. Raises Problem 403 `four_eyes` for who runs the initiative or ever did
    (on record), 409 `council_decides` where the next extension is the council's, and what rooms above have against it.
    """
    if too_near(row.initiative, by.user.pk if by.user else None) is not None:
        raise refusal(
            "Who runs the initiative, or ever did, does not extend its pilot. Another portfolio manager has to.",
            by=by, at=at, action="extension.refused", obj=row, initiative_id=row.initiative_id,
            unit_path=row.initiative.unit.path, after=dict(asked),
        )  # fmt: skip
    _require_managers(row, given(row))
    require_more_time(row.initiative_id)


def who_extends(pilot: Pilot) -> Body:
    """The body that decides the pilot's next extension."""
    return extending_body(given(pilot), _tier(pilot))


def _tier(pilot: Pilot) -> int | None:
    return effective_tier(pilot.initiative.risk_tier, tiers_of(pilot.initiative_id))


def _require_managers(pilot: Pilot, count: int) -> None:
    tier = _tier(pilot)
    if extending_body(count, tier) is not Body.COUNCIL:
        return
    why = "any extension at tier 1" if tier == 1 else f"extension {count + 1}, after {count},"
    raise conflict(
        "council_decides", f"Not extended: {why} is the AI council's to decide. Put the pilot on its agenda."
    )
