"""G6 retire: why it ends, and that nothing of it is left running."""

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
    return found
