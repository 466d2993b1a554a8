"""G5 launch: whether it can be run, watched, switched off and answered for."""

from collections.abc import Callable, Sequence
from typing import Final

from core.wording import day, plural
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Told
from portfolio.models import Flag

CRITICAL: Final = 3


def told(asked: Asked) -> dict[str, Told]:
    """Two statements: its models and its open critical findings. Where no model says, evidence may."""
    models = list(AiModel.objects.filter(initiatives=asked.initiative).select_related("owner").order_by("pk"))
    found = {"findings_closed": _findings(asked), "ownership": _ownership(asked, models)}
    for code, rule in (
        ("monitoring_plan", _monitored),
        ("fallback_tested", _fallback),
        ("dossier_complete", _dossier),
    ):
        answer = _each(asked, models, rule)
        if answer is not None and not (asked.evidence.get(code) and answer.answer != YES):
            found[code] = answer
    return found


def _findings(asked: Asked) -> Told:
    at = asked.url("initiative-flags")
    rows = Flag.objects.filter(initiative=asked.initiative, severity=CRITICAL, cleared_at=None)
    count = rows.count()
    if count:
        return Told(NO, f"{plural(count, 'critical finding')} open", at)
    return Told(YES, "none is open", at)


def _ownership(asked: Asked, models: Sequence[AiModel]) -> Told:
    at = asked.url("initiative-models")
    if not models:
        return Told(UNKNOWN, "no model registered", at)
    for one in models:
        for lacking, words in (
            (one.owner is None or not one.owner.is_active, "an owner"),
            (one.next_review_on is None, "a next review date"),
            (not one.decommission_criteria.strip(), "decommission criteria"),
        ):
            if lacking:
                return Told(NO, f"{one.ref} {one.name} lacks {words}", at)
    return Told(YES, ", ".join(f"{one.ref} reviewed next {day(one.next_review_on)}" for one in models), at)


def _each(asked: Asked, models: Sequence[AiModel], rule: Callable[[AiModel], str]) -> Told | None:
    """The rule asked of every model: what one lacks speaks. None without a model."""
    if not models:
        return None
    at = asked.url("initiative-models")
    lacking = [(one, said) for one in models if (said := rule(one))]
    if lacking:
        one, said = lacking[0]
        return Told(NO, f"{one.ref} {one.name}: {said}", at)
    return Told(YES, ", ".join(one.ref for one in models), at)


def _monitored(model: AiModel) -> str:
    if model.monitoring_cadence_days is None:
        return "no monitoring cadence"
    return "" if "monitoring_playbook" in model.dossier_sections else "no monitoring playbook"


def _fallback(model: AiModel) -> str:
    return "" if model.fallback_tested_on else "fallback never tested"


def _dossier(model: AiModel) -> str:
    lacking = [name for code, name in DOSSIER.items() if code not in model.dossier_sections]
    return f"dossier lacks {lacking[0].lower()}" if lacking else ""
