"""Whether a decision still stands on the facts it was taken on: the sealed ones beside those of today, where the difference
is material. The pack itself is never rewritten."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from domain.charter import NEW_CHARTER
from domain.stage_words import Outcome
from governance.models import Decision, GateSubmission, ItemPack
from governance.queries.must_meets import tier_of
from governance.queries.pack import facts_now
from portfolio.models import Initiative

RULE: Final = "evidence_changed"
"""The flag that says so of the approval in force."""
_SCOPE: Final = {
    "scope_units": "units",
    "scope_sites": "sites",
    "scope_users": "users",
    "scope_systems": "systems",
}
_TARGET: Final = {
    "target": "target",
    "target_on": "day of its target",
    "lower": "lower limit",
    "upper": "upper limit",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One sealed fact that is another one today, in words, and why that is material."""

    fact: str
    sealed: str
    now: str
    because: str


def superseded(decision: Decision) -> tuple[Difference, ...]:
    """The material differences of the pack a decision stands on, its submission's or that of the council's item; none where it had
    no pack. About eight statements."""
    if decision.submission is not None:
        sealed = json.loads(decision.submission.document)
        return _differences(_with_new_charter(sealed, decision), decision.initiative)
    pack = ItemPack.objects.filter(item__decision=decision).first()
    if pack is None:
        return ()
    return _of_item(_with_new_charter(json.loads(pack.document), decision), decision.initiative)


def _with_new_charter(sealed: dict[str, Any], decision: Decision) -> dict[str, Any]:
    """What was sealed, with the parts of the charter that a carried pivot said anew: they are what was decided, and no difference."""
    pilot = sealed.get("pilot")
    if decision.outcome != Outcome.PIVOT.value or not decision.carried or pilot is None:
        return sealed
    anew = {name: said for name in NEW_CHARTER if (said := decision.motion.get(name))}
    return {**sealed, "pilot": {**pilot, **anew}}


def since_opened(pack: ItemPack, initiative: Initiative) -> tuple[Difference, ...]:
    """The same of what was sealed when an item opened."""
    return _of_item(json.loads(pack.document), initiative)


def differences_of(pack: GateSubmission, initiative: Initiative) -> tuple[Difference, ...]:
    """Target, owner, tier, sign of the NPV and scope of the charter: what was sealed beside what is."""
    return _differences(json.loads(pack.document), initiative)


def _of_item(sealed: Mapping[str, Any], initiative: Initiative) -> tuple[Difference, ...]:
    """That a stop ended its case is what was decided, and no difference."""
    now = facts_now(initiative, tier=tier_of(initiative))
    ended = initiative.stage in {"stopped", "retired"}
    return material(sealed, {**now, "worth": sealed["worth"]} if ended else now)


def _differences(sealed: Mapping[str, Any], initiative: Initiative) -> tuple[Difference, ...]:
    return material(sealed, facts_now(initiative, tier=tier_of(initiative)))


def material(sealed: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The rule: which facts count, and how each is said."""
    found = [*_of_initiative(sealed["initiative"], now["initiative"])]
    found += _of_kpis(sealed["kpis"], now["kpis"])
    found += _of_models(sealed["models"], now["models"])
    was, is_now = _sign(sealed.get("worth")), _sign(now.get("worth"))
    if was != is_now:
        found.append(Difference("Sign of the NPV", was, is_now, "The case no longer says the same"))
    found += _of_charter(*_same_pilot(sealed, now))
    return tuple(found)


def _of_initiative(sealed: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    found = []
    if sealed["tier"] != now["tier"]:
        why = "A change of tier changes who decides and what must be shown"
        found.append(Difference("Risk tier", _tier(sealed["tier"]), _tier(now["tier"]), why))
    for name in ("sponsor", "lead"):
        was, is_now = sealed[name], now[name]
        if _id(was) != _id(is_now):
            why = "Somebody else answers for it"
            found.append(Difference(name.capitalize(), _name(was), _name(is_now), why))
    return found


def _of_kpis(sealed: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Difference]:
    present, found = {one["ref"]: one for one in now}, []
    for was in sealed:
        named = f"{was['ref']} {was['name']}"
        is_now = present.get(was["ref"])
        if is_now is None:
            if was["primary"]:
                found.append(Difference(named, "primary KPI", "retired", "A success measure is gone"))
            continue
        for name, words in _TARGET.items():
            if was[name] != is_now[name]:
                why = "What success is has moved"
                found.append(Difference(f"{named}: {words}", _said(was[name]), _said(is_now[name]), why))
        if _id(was["owner"]) != _id(is_now["owner"]):
            why = "Somebody else answers for it"
            found.append(Difference(f"{named}: owner", _name(was["owner"]), _name(is_now["owner"]), why))
    return found


def _of_models(sealed: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Difference]:
    present, found = {one["ref"]: one for one in now}, []
    for was in sealed:
        is_now = present.get(was["ref"])
        if is_now is not None and _id(was["owner"]) != _id(is_now["owner"]):
            words = f"{was['ref']} {was['name']}: owner"
            why = "Somebody else answers for it"
            found.append(Difference(words, _name(was["owner"]), _name(is_now["owner"]), why))
    return found


Charter = Mapping[str, Any]


def _same_pilot(sealed: Charter, now: Charter) -> tuple[Charter | None, Charter | None]:
    """The charter that was sealed and what became of it: the running pilot's, the plan's, or of the pilot that started from
    that plan. None and None where it is another pilot by now, which has a charter of its own."""
    pilot, plan = sealed.get("pilot"), sealed.get("plan")
    runs, ahead = now.get("pilot"), now.get("plan")
    if pilot is not None:
        return (pilot, runs) if runs is not None and runs["ref"] == pilot["ref"] else (None, None)
    if plan is None:
        return None, None
    if ahead is not None and ahead["id"] == plan["id"]:
        return plan, ahead
    return (plan, runs) if runs is not None and runs["plan"] == plan["id"] else (None, None)


def _of_charter(sealed: Charter | None, now: Charter | None) -> list[Difference]:
    if sealed is None or now is None:
        return []
    why = "The pilot is not what was approved"
    found = []
    owners = sealed["production_owner"], now["production_owner"]
    if _id(owners[0]) != _id(owners[1]):
        who = "Somebody else takes it over"
        found.append(Difference("Production owner", _name(owners[0]), _name(owners[1]), who))
    return found + [
        Difference(f"Scope of the charter: {words}", _said(sealed[name]), _said(now[name]), why)
        for name, words in _SCOPE.items()
        if sealed[name] != now[name]
    ]


def _sign(worth: Mapping[str, Any] | None) -> str:
    if worth is None:
        return "no case"
    npv = Decimal(worth["npv"])
    return "positive" if npv > 0 else "negative" if npv < 0 else "zero"


def _tier(tier: int | None) -> str:
    return "unknown" if tier is None else f"tier {tier}"


def _name(person: Mapping[str, Any] | None) -> str:
    return "none" if person is None else str(person["name"])


def _id(person: Mapping[str, Any] | None) -> int | None:
    return None if person is None else int(person["id"])


def _said(value: Any) -> str:
    return "none" if value in (None, "") else str(value)
