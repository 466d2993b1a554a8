"""Whether those who have to agree on what success is have agreed, over all that was put forward in an initiative.

A definition is put forward when somebody is asked to sign it, and at the latest when development begins: what is built
against, people should have agreed on. Asked are primary KPIs, and every other that somebody put forward; model metrics and
retired ones say nothing of success. A later version that nobody was asked to sign leaves the word on the earlier one as it is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core import clock
from domain.kpi_warnings import SignOff as Word
from kpis.models import Kpi, SignOff


@dataclass(frozen=True, slots=True)
class Consensus:
    """`words`, `proposed_on`: as domain.kpi_warnings asks for them. `lacking`: the KPIs each role has not signed, by role."""

    words: tuple[Word, ...] | None = None
    proposed_on: date | None = None
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def asked_of(kpi_ids: Sequence[int]) -> dict[int, list[SignOff]]:
    """The sign-offs of the latest version of each KPI that anybody was asked to sign. One statement."""
    rows = SignOff.objects.filter(kpi_version__kpi__in=kpi_ids).select_related("kpi_version", "person")
    out: dict[int, list[SignOff]] = defaultdict(list)
    for one in rows.order_by("kpi_version__number", "pk"):
        own = out[one.kpi_version.kpi_id]
        if own and own[0].kpi_version_id != one.kpi_version_id:
            own.clear()
        own.append(one)
    return out


def consensus_of(
    kpis: Sequence[Kpi], asked: Mapping[int, Sequence[SignOff]], development_on: date | None,
    roles: Sequence[str], as_of: date,
) -> Consensus:  # fmt: skip
    """Over the KPIs of one initiative. A role has agreed once it agreed on every one of them."""
    forward = {}
    for kpi in kpis:
        since = _put_forward(kpi, asked.get(kpi.pk, ()), development_on)
        if since is not None and since <= as_of:
            forward[kpi.pk] = since
    if not forward:
        return Consensus()
    refs = {kpi.pk: kpi.ref for kpi in kpis}
    approved: dict[str, dict[int, SignOff]] = defaultdict(dict)
    words = []
    for pk in forward:
        for one in asked.get(pk, ()):
            if one.verdict == SignOff.Verdict.APPROVED:
                approved[one.role][pk] = one
            elif one.verdict:
                words.append(_word(one, agrees=False))
    against = {word.role for word in words}
    for role, own in approved.items():
        if role not in against and own.keys() == forward.keys():
            words.append(_word(max(own.values(), key=lambda one: one.pk), agrees=True))
    lacking = {
        role: tuple(refs[pk] for pk in forward if pk not in approved[role])
        for role in roles
        if role not in against and approved[role].keys() != forward.keys()
    }
    open_ones = [since for pk, since in forward.items() if any(refs[pk] in own for own in lacking.values())]
    return Consensus(tuple(words), min(open_ones or forward.values()), lacking)


def _put_forward(kpi: Kpi, asked: Sequence[SignOff], development_on: date | None) -> date | None:
    if kpi.kind == Kpi.Kind.MODEL_METRIC or kpi.state == Kpi.State.RETIRED:
        return None
    days = [clock.day_of(one.asked_at) for one in asked]
    if kpi.primary and development_on is not None:
        days.append(max(development_on, clock.day_of(kpi.created_at)))
    return min(days, default=None)


def _word(one: SignOff, *, agrees: bool) -> Word:
    on = clock.day_of(one.signed_at or one.asked_at)
    return Word(one.role, one.person.name, on, agrees=agrees)
