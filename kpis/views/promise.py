"""What a KPI's page says of its promise: who stands behind it, what was changed, and how it stands by both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from core.access import Actor, allows
from core.roles import Action
from domain.seal import Change
from kpis.models import Kpi, KpiVersion, SignOff, SmartSignature
from kpis.queries.advice import advice_for, benchmark_words, expected_of, smart_of
from kpis.queries.contract import differences, lacks
from kpis.queries.discipline import LIVE, discipline_of, told_before
from kpis.queries.tree import below
from kpis.queries.verdicts import verdicts_of
from kpis.services.goalposts import CAUSES
from kpis.services.versions import authors, development_began, settled

ROLES: Final = tuple(SignOff.Role.choices)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposed change: the version, what it would change, and what the reader may do with it."""

    version: KpiVersion
    changes: Sequence[Change]
    may_answer: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One version in the table: its row, and what it changed of the one before (None: it is the first)."""

    version: KpiVersion
    changes: Sequence[Change] | None


def promise(kpi: Kpi, actor: Actor, day: date, known_at: datetime | None, *, now: bool) -> dict[str, Any]:
    """The context of the parts that tell of the promise. `kpi` stands as of `day`; `now`: that is today."""
    version = kpi.current
    assert version is not None  # noqa: S101  the page is of a KPI with a definition
    context: dict[str, Any] = {"verdicts": None, "discipline": None, "findings": [], "kept": []}
    if version.number > 1 or kpi.promised_id not in {None, version.pk}:
        both = verdicts_of(kpi, as_of=day, known_at=known_at)
        context["verdicts"] = both if both is not None and both.differ else None
    if version.number > 1 or version.seal or kpi.initiative.stage in LIVE or kpi.state == Kpi.State.RETIRED:
        found = discipline_of(kpi, as_of=day, known_at=known_at)
        named = [(CAUSES.get(one.code, "Amended"), one) for one in found.findings]
        context |= {"discipline": found, "findings": named, "kept": told_before(kpi, found) if now else []}
    if now:
        context |= _today(kpi, version, actor, day)
    return context


def _today(kpi: Kpi, version: KpiVersion, actor: Actor, today: date) -> dict[str, Any]:
    """What can be signed, answered and changed, by whom, and what the record says of its quality."""
    asked = {one.role: one for one in version.sign_offs.select_related("person")}
    person = actor.user.pk if actor.user else None
    mine = next((one for one in asked.values() if one.person_id == person), None)
    alive = kpi.state != Kpi.State.RETIRED
    may_define = alive and allows(actor, Action.DEFINE_KPI, kpi)
    waiting = _waiting(kpi, version, actor)
    in_use = settled(version)
    begun = bool(in_use or version.baseline_locked_at or development_began(kpi.initiative_id, today))
    smart = smart_of(version, as_of=today)
    return {
        "roles": [(label, asked.get(role)) for role, label in ROLES],
        "missing_roles": [label for role, label in ROLES if role not in asked or asked[role].verdict != SignOff.Verdict.APPROVED],
        "lacks": [words for _, words in lacks(version)] if not version.seal else [],
        "my_sign_off": mine if alive and not version.seal and waiting is None else None,
        "may_ask": may_define and not version.seal and waiting is None,
        "may_lock": may_define and not version.seal and waiting is None and version.baseline_locked_at is None and version.baseline is not None,
        "may_amend": may_define and waiting is None and begun,
        "in_use": in_use, "waiting": waiting, "smart": smart, "open_items": open_items(version, actor) if alive else [],
        "advised": advice_for(kpi), "benchmark": benchmark_words(version), "expected_influence": expected_of(kpi),
        "may_expect": may_define and kpi.initiative.stage in {"idea", "framing"}, "below": below(kpi),
    }  # fmt: skip


def _waiting(kpi: Kpi, version: KpiVersion, actor: Actor) -> Waiting | None:
    row = (
        KpiVersion.objects.filter(kpi=kpi.pk, in_force_at=None, declined_at=None)
        .select_related("recorded_by", "approved_by")
        .first()
    )
    if row is None:
        return None
    own = actor.user is not None and actor.user.pk in authors(row)
    answered = row.approved_at is not None
    may_answer = not own and not answered and allows(actor, Action.APPROVE_KPI, kpi)
    return Waiting(row, differences(version, row), may_answer, may_withdraw=own and not answered)


def open_items(version: KpiVersion, actor: Actor) -> list[tuple[str, str]]:
    """What of SMART the reader may sign and nobody has."""
    signed = set(SmartSignature.objects.filter(kpi_version=version).values_list("item", flat=True))
    left = [choice for choice in SmartSignature.Item.choices if choice[0] not in signed]
    if not left or actor.user is None or actor.user.pk in authors(version):
        return []
    may = allows(actor, Action.DEFINE_KPI, version.kpi) or allows(actor, Action.APPROVE_KPI, version.kpi)
    asked = SignOff.objects.filter(kpi_version=version, person=actor.user).exists()
    return left if may or asked else []


def history(versions: Sequence[KpiVersion]) -> list[Said]:
    """Versions, newest first, each with what it changed of the last one in force before it."""
    out: list[Said] = []
    before: KpiVersion | None = None
    for version in sorted(versions, key=lambda one: one.number):
        out.append(Said(version, None if before is None else differences(before, version)))
        if version.in_force_at is not None:
            before = version
    return out[::-1]
