"""Benefits as they come in: planned, realised and spent so far, and what that says of the end. Amounts are cumulative."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.errors import RuleError
from domain.kpi_figures import EXACT


@dataclass(frozen=True, slots=True)
class Realised:
    """`rate`: realised of planned, None where nothing was planned yet: that is neither 0 % nor 100 %.

    per_spent: realised for each unit spent, None where nothing was spent. forecast: at completion, if it goes on like this.
    """

    rate: Decimal | None
    per_spent: Decimal | None
    forecast: Decimal | None


def realisation(*, planned: Decimal, realised: Decimal, spent: Decimal, at_completion: Decimal) -> Realised:
    """All amounts so far, but `at_completion`: what is planned in all."""
    rate = EXACT.divide(realised, planned) if planned else None
    return Realised(
        rate=rate,
        per_spent=EXACT.divide(realised, spent) if spent else None,
        forecast=None if rate is None else EXACT.divide(EXACT.multiply(at_completion, realised), planned),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What was planned, claimed, validated, rejected and spent in a period. None: nothing of it was recorded."""

    label: str
    planned: Decimal | None = None
    claimed: Decimal | None = None
    validated: Decimal | None = None
    rejected: Decimal | None = None
    spent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """The sums up to the end of a period, and what they say. `by_finance`: of what finance validated, which is what counts as
    realised; `as_claimed`: of what is claimed. The two are never added."""

    label: str
    planned: Decimal
    claimed: Decimal
    validated: Decimal
    rejected: Decimal
    spent: Decimal
    by_finance: Realised
    as_claimed: Realised


def course(periods: Sequence[Period], *, at_completion: Decimal) -> tuple[SoFar, ...]:
    """The periods added up one after another. at_completion: what is planned in all, also for days to come."""
    out: list[SoFar] = []
    sums = dict.fromkeys(("planned", "claimed", "validated", "rejected", "spent"), Decimal(0))
    for period in periods:
        for name in sums:
            sums[name] = EXACT.add(sums[name], getattr(period, name) or Decimal(0))
        facts = {"planned": sums["planned"], "spent": sums["spent"], "at_completion": at_completion}
        out.append(
            SoFar(
                label=period.label,
                by_finance=realisation(realised=sums["validated"], **facts),
                as_claimed=realisation(realised=sums["claimed"], **facts),
                **sums,
            )
        )
    return tuple(out)


def require_attribution(shares: Sequence[Decimal]) -> Decimal:
    """The shares of one KPI's improvement that all initiatives claim together (0 to 1). RuleError above the whole of it."""
    total = Decimal(0)
    for place, share in enumerate(shares):
        if not 0 <= share <= 1:
            raise RuleError("not_a_share", "Give a share from 0 to 1.", f"/{place}")
        total = EXACT.add(total, share)
    if total > 1:
        percent = f"{(total * 100).normalize():f}"
        raise RuleError(
            "attribution_over_whole",
            f"Together {percent} % of this KPI's improvement is claimed. Bring it to 100 % at most.",
            "",
        )
    return total
