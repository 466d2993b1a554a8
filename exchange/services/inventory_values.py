"""What a row says, as an entry of the model inventory. Pure: the same for the first import and for every later one."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from domain.stages import Stage
from exchange.services.values import Values
from governance.models import AiModel

STAGES: Final[Mapping[str, str]] = {
    Stage.IDEA.value: AiModel.Stage.DEVELOPMENT.value,
    Stage.FRAMING.value: AiModel.Stage.DEVELOPMENT.value,
    Stage.DEVELOPMENT.value: AiModel.Stage.DEVELOPMENT.value,
    Stage.PILOT.value: AiModel.Stage.PILOT.value,
    Stage.SCALE_UP.value: AiModel.Stage.PRODUCTION.value,
    Stage.PRODUCTION.value: AiModel.Stage.PRODUCTION.value,
    Stage.RETIRED.value: AiModel.Stage.RETIRED.value,
    Stage.STOPPED.value: AiModel.Stage.RETIRED.value,
}
"""A stage nobody said registers no model: what it is would be a guess."""
LONGEST_NAME: Final = 300
RETIRED: Final = "Its source shows it as retired."
OWN: Final = frozenset(
    {
        "date_initiated",
        "date_acquired",
        "date_implemented",
        "date_retired",
        "topics",
        "techniques",
        "external_id",
        "notes",
    }
)
"""Facts of an initiative that say when its stage began, or stand in the inventory elsewhere."""
FIELDS: Final = (
    "name", "purpose", "developer", "vendor", "affected", "technique", "stage", "in_production_since", "retired_on",
    "retired_because",
)  # fmt: skip


def inventory_of(values: Values, as_of: date) -> dict[str, Any] | None:
    """The fields of the model and its `facts`; None for a row that registers none.

    A fact that was not reported is not there: blank is not "no". Days after the as-of day have not come.
    """
    said = values.get("model")
    stage = STAGES.get(values["fields"]["stage"])
    if said is None or stage is None:
        return None
    texts, facts = said["texts"], values["facts"]
    began, ended = _day(facts.get("date_implemented"), as_of), _day(facts.get("date_retired"), as_of)
    serves = stage in {AiModel.Stage.PRODUCTION, AiModel.Stage.RETIRED}
    retired = stage == AiModel.Stage.RETIRED
    return {
        "name": _short(values["fields"]["name"]),
        "purpose": texts.get("purpose", ""),
        "developer": texts.get("developer", ""),
        "vendor": texts.get("vendor", ""),
        "affected": texts.get("affected", ""),
        "technique": texts.get("technique", ""),
        "stage": stage,
        "in_production_since": began if serves else None,
        "retired_on": ended if retired and (began is None or ended is None or ended >= began) else None,
        "retired_because": RETIRED if retired else "",
        "facts": {**_reported(facts), **_impact(values["fields"]), **said["facts"]},
    }


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _day(fact: Any, as_of: date) -> date | None:
    if not isinstance(fact, dict) or not fact.get("date"):
        return None
    day = date.fromisoformat(fact["date"])
    return day if day <= as_of else None


def _reported(facts: Mapping[str, Any]) -> dict[str, Any]:
    silent = {None, "", "not_reported", "blank", "unknown"}
    return {
        name: value
        for name, value in facts.items()
        if name not in OWN and isinstance(value, str) and value not in silent
    }


def _impact(fields: Mapping[str, Any]) -> dict[str, str]:
    said = fields.get("impact")
    return {"impact": said} if said not in (None, "", "unknown") else {}
