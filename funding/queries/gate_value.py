"""What gates are worth: of every case in force that says how probable it is that it works, and what happens if not.

Three statements, however many cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import F, Q

from domain.finance.flows import annual
from domain.finance.gating import Gate, gate
from domain.finance.present_value import npv
from domain.kpi_figures import EXACT
from funding.models import BusinessCase
from portfolio.dashboard.selection import Selection
from portfolio.models.worth import CaseWorth

_NOTHING: Final = Decimal(0)


class Convention(NamedTuple):
    """What must be alike for values of two cases to be added: their horizon, and whose prices they are in."""

    years: int
    prices: str

    @property
    def words(self) -> str:
        """ "4 years, nominal prices"."""
        return f"{self.years} year{'' if self.years == 1 else 's'}, {self.prices} prices"


@dataclass(frozen=True, slots=True)
class Gated:
    """One case. `if_it_works`: its NPV as written; `works`: the probability of that."""

    ref: str
    name: str
    case_ref: str
    works: Decimal
    if_it_works: Decimal
    gate: Gate
    convention: Convention


@dataclass(frozen=True, slots=True)
class Summed:
    """Cases of one convention together."""

    convention: Convention
    cases: int
    gated: Decimal
    ungated: Decimal

    @property
    def worth(self) -> Decimal:
        return EXACT.subtract(self.gated, self.ungated)


@dataclass(frozen=True, slots=True)
class GateValues:
    """`cases`: those that say it, the gate worth most first. `silent`: cases in force that do not. `unread`: that say it
    over other years than their own. `sums`: by convention, the one with most cases first."""

    cases: tuple[Gated, ...]
    silent: int
    unread: int
    sums: tuple[Summed, ...]


def gate_of(case: BusinessCase, if_it_works: Decimal) -> Gate | None:
    """The gate of one case, given its NPV as written. None where the case does not say, or not over its own years."""
    stopped, carried_on = case.if_stopped, case.if_carried_on
    if case.works is None or not len(stopped) == len(carried_on) == case.years + 1:
        return None
    return gate(
        works=case.works, if_it_works=if_it_works, if_stopped=_worth(stopped, case), if_carried_on=_worth(carried_on, case)
    )  # fmt: skip


def _worth(amounts: Sequence[str], case: BusinessCase) -> Decimal:
    """By the convention of the NPV that is pushed down: annual flows at year ends."""
    return npv(annual([Decimal(one) for one in amounts]), case.rate)


def gate_values(chosen: Selection) -> GateValues:
    """The gates of all cases in force of the selection's initiatives that have not ended."""
    worths = {
        row[0]: row
        for row in CaseWorth.objects.filter(chosen.mine(active=True), lapsed_on=None).values_list(
            "initiative_id", "npv", "case_ref", "initiative__name"
        )
    }
    says = Q(works__isnull=False) & ~Q(if_stopped=[]) & ~Q(if_carried_on=[])
    in_force = BusinessCase.objects.filter(
        chosen.mine(active=True),
        says,
        state=BusinessCase.State.PUBLISHED,
        number=F("initiative__worth__case_number"),
        initiative__worth__lapsed_on=None,
    )
    found: list[Gated] = []
    told = 0
    for case in in_force.only(
        "initiative", "years", "rate", "prices", "works", "if_stopped", "if_carried_on"
    ).order_by("initiative"):
        told += 1
        _, worth, case_ref, name = worths[case.initiative_id]
        one = gate_of(case, worth)
        if one is not None and case.works is not None:
            convention = Convention(case.years, case.prices)
            found.append(
                Gated(f"AI-{case.initiative_id:04d}", name, case_ref, case.works, worth, one, convention)
            )
    found.sort(key=lambda one: (-one.gate.worth, one.ref))
    return GateValues(tuple(found), len(worths) - told, told - len(found), _sums(found))


def _sums(found: Sequence[Gated]) -> tuple[Summed, ...]:
    groups: dict[Convention, list[Gate]] = {}
    for one in found:
        groups.setdefault(one.convention, []).append(one.gate)
    sums = [_summed(convention, gates) for convention, gates in groups.items()]
    return tuple(sorted(sums, key=lambda one: (-one.cases, one.convention)))


def _summed(convention: Convention, gates: Sequence[Gate]) -> Summed:
    sums: Mapping[str, Decimal] = {
        name: sum((getattr(one, name) for one in gates), _NOTHING) for name in ("gated", "ungated")
    }
    return Summed(convention, len(gates), sums["gated"], sums["ungated"])
