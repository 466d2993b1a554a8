"""Bringing one initiative to what its source now says. Only what the source changed is touched: edits made here stay."""

from datetime import date, datetime
from typing import Any

from core import audit
from core.access import Actor
from core.models import User
from domain.stages import Stage
from exchange.services.places import Places
from exchange.services.plan import Planned
from portfolio.models import Initiative, StrategicObjective
from portfolio.services.stages import move_stage, restate_spell

SIMPLE = ("name", "problem", "outcome", "value_hypothesis")


def update_initiative(
    *, row: Planned, initiative: Initiative, world_units: Places, people: dict[str, User],
    objectives: dict[str, StrategicObjective], as_of: date, by: Actor, at: datetime,
) -> None:  # fmt: skip
    """Write the changes of a planned row to its initiative, which the caller has locked."""
    said, changed = row.values, set(row.changes)
    before = {name: getattr(initiative, name) for name in (*SIMPLE, "unit_id", "impact", "risk_tier")}
    for name in SIMPLE:
        if name in changed:
            setattr(initiative, name, said.get(name) or "")
    if changed & {"unit", "unit_name", "sub_unit"}:
        initiative.unit = world_units.place(said)
    if "impact" in changed:
        initiative.impact = "" if said["impact"] == "unknown" else said["impact"]
    if "risk_tier" in changed:
        initiative.risk_tier = int(said["risk_tier"]) if said["risk_tier"] in {"1", "2", "3"} else None
    if "sponsor_email" in changed:
        _sponsor(initiative, people.get(str(said["sponsor_email"]).lower()), as_of)
    if "lead_email" in changed:
        initiative.lead = people.get(str(said["lead_email"]).lower())
    initiative.facts = {**initiative.facts, **said["facts"]}
    initiative.attributes = said["attributes"]
    initiative.updated_at, initiative.version = at, initiative.version + 1
    initiative.save(update_fields=[
        *SIMPLE, "unit", "impact", "risk_tier", "sponsor", "sponsor_since", "sponsor_vacant_since", "lead", "facts",
        "attributes", "updated_at", "version",
    ])  # fmt: skip
    if "objectives" in changed:
        initiative.objectives.set([objectives[str(n).casefold()] for n in said.get("objectives") or ()])
    after = {name: getattr(initiative, name) for name in before}
    was, now = audit.difference(before, after)
    other = {name: pair[1] for name, pair in row.changes.items() if name not in before}
    audit.record(
        by=by, at=at, action="initiative.reimported", obj=initiative, initiative_id=initiative.pk,
        unit_path=world_units.path(initiative.unit_id), before=was, after={**now, **other},
        reason=f"Row {row.result.number} of the source",
    )  # fmt: skip
    _stage(row, initiative, as_of, by, at)


def _sponsor(initiative: Initiative, sponsor: User | None, as_of: date) -> None:
    initiative.sponsor = sponsor
    initiative.sponsor_since = as_of if sponsor else None
    if sponsor:
        initiative.sponsor_vacant_since = None


def _stage(row: Planned, initiative: Initiative, as_of: date, by: Actor, at: datetime) -> None:
    """A changed stage closes the spell on the import's day; a changed date of the same stage restates it."""
    said: dict[str, Any] = row.values
    if "stage" in row.changes and initiative.stage != said["stage"]:
        on = max(as_of, initiative.entered_on) if initiative.entered_on else as_of
        move_stage(
            initiative=initiative, to=Stage(said["stage"]), on=on, by=by, at=at, precision="observed",
            because="The source shows another stage.", basis="as-of day of the import",
        )  # fmt: skip
    elif "entered_on" in row.changes and initiative.stage == said["stage"]:
        entered = date.fromisoformat(said["entered_on"]) if said["entered_on"] else None
        restate_spell(
            initiative=initiative, entered_on=entered, precision=said.get("precision") or "day",
            basis=str(said.get("basis") or "")[:120], by=by, at=at,
        )  # fmt: skip
