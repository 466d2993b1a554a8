"""The guard against counting twice: of one KPI's improvement, the cases in force claim the whole at most."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from core.access import Actor, scope
from core.errors import Item, Problem
from core.roles import Action
from domain.errors import RuleError
from domain.finance.realisation import require_attribution
from domain.phrases import listed
from funding.models import CaseBenefit
from funding.queries.shares import Taken, taken_shares
from funding.translate import Lines
from kpis.services.locks import lock_kpis
from portfolio.models import Initiative


def require_shares(lines: Lines, *, by: Actor) -> None:
    """Refuse, 409, a case that brings what is claimed of a KPI above 100 %, with the initiatives that `by` may see.

    Its KPIs are held until the transaction ends, in order of id, so that two cases cannot each take the last half.
    """
    asked: dict[int, list[tuple[int, CaseBenefit]]] = defaultdict(list)
    for place, one in enumerate(lines.benefits):
        if one.kpi_id is not None:
            asked[one.kpi_id].append((place, one))
    if not asked:
        return
    lock_kpis(asked)
    taken = taken_shares(asked, besides=lines.case.initiative_id)
    for kpi, claims in asked.items():
        others = taken.get(kpi, [])
        try:
            require_attribution([*(one.share for one in others), *(one.attribution for _, one in claims)])
        except RuleError as refused:
            said = f"{refused.message} {_who(others, by)}".strip()
            code = refused.code
            places = tuple(Item(f"/benefits/{place}/attribution", code, said) for place, _ in claims)
            raise Problem(409, code, said, places) from refused


def _who(others: Sequence[Taken], by: Actor) -> str:
    """Who claims the rest, by name as far as the reader may know of them."""
    if not others:
        return ""
    ids = [one.initiative_id for one in others]
    seen = set(
        Initiative.objects.filter(scope(by, Action.VIEW, Initiative), pk__in=ids).values_list("pk", flat=True)
    )
    named = [f"{one.initiative} {_percent(one.share)}" for one in others if one.initiative_id in seen]
    hidden = sum((one.share for one in others if one.initiative_id not in seen), Decimal(0))
    if hidden:
        named.append(f"initiatives you may not see {_percent(hidden)}")
    return f"Already claimed: {listed(named)}."


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
