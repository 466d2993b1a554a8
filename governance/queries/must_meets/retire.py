"""G6 retire: why it ends, and that nothing of it is left running."""

from collections.abc import Sequence
from datetime import date

from core.wording import day
from domain.model_life import STEP_CODES
from governance.models import AiModel
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Told


def told(asked: Asked) -> dict[str, Told]:
    """One statement: its models. The reason stands in the draft."""
    at = f"{asked.form}#id_reason"
    reason = str(asked.draft.get("reason") or "").strip()
    found = {"reason": Told(YES, reason, at) if reason else Told(UNKNOWN, "not said", at)}
    models = list(AiModel.objects.filter(initiatives=asked.initiative).order_by("pk"))
    if models:
        running = [one for one in models if one.stage != AiModel.Stage.RETIRED]
        url = asked.url("initiative-models")
        found["models_decommissioned"] = (
            Told(NO, f"{running[0].ref} {running[0].name} is not retired", url)
            if running
            else Told(YES, "every model is retired", url)
        )
        found |= _of_retirements(models, url)
    return found


def _of_retirements(models: Sequence[AiModel], url: str) -> dict[str, Told]:
    """What the retirements of its models say. Where none was begun for a model, evidence answers."""
    if not all(one.retirement_steps for one in models):
        return {}
    out = {}
    for code in STEP_CODES:  # named as the criteria of this gate
        lacking = [one for one in models if code not in one.retirement_steps]
        days = [one.retirement_steps[code] for one in models if code in one.retirement_steps]
        out[code] = (
            Told(NO, f"{lacking[0].ref} {lacking[0].name}: not yet", url)
            if lacking
            else Told(
                YES, f"{', '.join(one.ref for one in models)}, {day(date.fromisoformat(max(days)))}", url
            )
        )
    return out
