"""G5 launch: whether it can be run, watched, switched off and answered for."""

from collections.abc import Callable, Sequence
from typing import Final

from django.urls import reverse

from core.wording import day, plural
from domain.ethics import EthicsAnswer, Standing
from governance.models import AiModel
from governance.models.inventory import DOSSIER
from governance.queries.facts import ethics_of
from governance.queries.must_meets.told import NO, UNKNOWN, YES, Asked, Told
from governance.queries.policy import policy_on
from pilots.models import ChangeItem, Pilot, TrainingGroup, Wave
from portfolio.models import Flag

CRITICAL: Final = 3


def told(asked: Asked) -> dict[str, Told]:
    """Six statements: its models in use, the cadences, its open critical findings, and its pilot's file. Where no record says, evidence may;
    where one does, it stands."""
    in_use = AiModel.objects.filter(initiatives=asked.initiative).exclude(stage=AiModel.Stage.RETIRED)
    models = list(
        in_use.select_related("owner").order_by("pk")
    )  # a retired predecessor launches nothing, and is mended by nobody
    found = {"findings_closed": _findings(asked, models), "ownership": _ownership(asked, models)}
    if (answered := ethics(asked, models)) is not None:
        found["ethics_review"] = answered
    pilot = Pilot.objects.filter(initiative=asked.initiative).order_by("-pk").first()
    if pilot is not None:
        found |= _of_file(asked, pilot)
    for code, rule in (
        ("monitoring_plan", _monitored),
        ("fallback_tested", _fallback),
        ("dossier_complete", _dossier),
    ):
        answer = _each(asked, models, rule)
        if answer is not None:
            found[code] = answer
    return found


def _of_file(asked: Asked, pilot: Pilot) -> dict[str, Told]:
    """What the file of its pilot says of the rollout and of the people. Nothing written there leaves it to evidence."""
    at, found = asked.url("initiative-pilot"), {}
    waves = list(Wave.objects.filter(pilot=pilot).prefetch_related("criteria").order_by("number"))
    if waves:
        bare = [one for one in waves if not one.criteria.all()]
        found["rollout_waves"] = (
            Told(NO, f"wave {bare[0].number} has no criteria", at)
            if bare
            else Told(YES, f"{plural(len(waves), 'wave')}, each with its criteria", at)
        )
    groups = TrainingGroup.objects.filter(pilot=pilot).count()
    changes = ChangeItem.objects.filter(pilot=pilot).count()
    if groups or changes:
        whole = groups and changes
        lacking = "training" if not groups else "change"
        said = f"{plural(groups, 'group')} to train, {plural(changes, 'item')} of change"
        found["training_plan"] = Told(YES, said, at) if whole else Told(NO, f"no plan for {lacking}", at)
    return found


def _findings(asked: Asked, models: Sequence[AiModel]) -> Told:
    """Open critical flags of the initiative, and critical findings of validations and tests of its models."""
    at = asked.url("initiative-flags")
    rows = Flag.objects.filter(initiative=asked.initiative, severity=CRITICAL, cleared_at=None)
    count = rows.count()
    if count:
        return Told(NO, f"{plural(count, 'critical finding')} open", at)
    url = asked.url("initiative-models")
    for one in models:
        if one.open_critical:
            return Told(
                NO, f"{one.ref} {one.name}: {plural(one.open_critical, 'critical finding')} open", url
            )
    refused = next((one for one in models if one.ethics_refused_on is not None), None)
    if refused is not None:
        url = reverse("model-life", args=[refused.ref])
        return Told(NO, f"{refused.ref} {refused.name}: its last ethics review did not pass", url)
    for one in models:
        if one.open_critical is None:
            return Told(UNKNOWN, f"{one.ref} {one.name} was never validated nor tested", url)
    return Told(YES, "none is open", at)


def ethics(asked: Asked, models: Sequence[AiModel]) -> Told | None:
    """Every model whose tier needs one has a review that passed and is in date. None where no such model is registered."""
    if not models:
        return None
    policy, _ = policy_on(asked.today)
    rows = [(one, ethics_of(one, policy, asked.today)) for one in models]
    asks = [(one, answer) for one, answer in rows if answer.needed or answer.stands_in_the_way]
    if not asks:
        return None
    for one, answer in asks:
        if answer.stands_in_the_way:
            url = reverse("model-life", args=[one.ref])
            known = NO if answer.standing is not Standing.NEVER else UNKNOWN
            return Told(known, f"{one.ref} {one.name}: {_lacking(answer)}", url)
    said = ", ".join(f"{one.ref} {_in_date(answer)}" for one, answer in asks)
    return Told(YES, said, asked.url("initiative-models"))


def _lacking(answer: EthicsAnswer) -> str:
    if answer.standing is Standing.REFUSED:
        return "its last ethics review did not pass"
    if answer.standing is Standing.OVERDUE:
        return f"ethics review in date until {day(answer.until)}: {answer.cadence}"
    return f"no ethics review has passed: {answer.cadence}"


def _in_date(answer: EthicsAnswer) -> str:
    until = f", in date until {day(answer.until)}" if answer.until else ""
    return f"passed {day(answer.passed_on)}{until}"


def _ownership(asked: Asked, models: Sequence[AiModel]) -> Told:
    at = asked.url("initiative-models")
    if not models:
        return Told(UNKNOWN, "no model in use is registered", at)
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
