"""What triage is judged from: the facts of one initiative, and what follows of them by arithmetic alone."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from domain.kpi_figures import EXACT
from domain.stages import Stage

_NOTHING: Final = Decimal(0)
EARLY: Final = frozenset({Stage.IDEA.value, Stage.FRAMING.value})
"""Stages in which no row of money means that there is none yet. Later it means that nobody recorded it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is recorded of one initiative that has not ended. Money in one currency; None: nobody recorded it.

    value: the NPV of its case after the haircut stated (`haircut`; None: not adjusted for risk), None without a case.
    cost: of the case, over all its years. measured_share: of the benefits, 0 to 1. breaks_even: the factor of the
    benefits at which the NPV is 0. delay_a_month: the net benefit of the last planned year, by the month. run_cost: a
    year. to_measure: the KPIs that nobody can see. pilot_level: empty where there is no pilot.
    """

    ref: str
    stage: str
    kpi_status: str
    kpi_reason: str = ""
    to_measure: tuple[str, ...] = ()
    pilot_level: str = ""
    decision_on: date | None = None
    value: Decimal | None = None
    haircut: Decimal | None = None
    measured_share: Decimal | None = None
    cost: Decimal | None = None
    approved: Decimal | None = None
    released: Decimal | None = None
    spent: Decimal | None = None
    run_cost: Decimal | None = None
    people: Decimal | None = None
    delay_a_month: Decimal | None = None
    breaks_even: Decimal | None = None

    @property
    def paid(self) -> Decimal | None:
        """What was spent; nothing yet where no spend is expected before development, unknown after."""
        return _NOTHING if self.spent is None and self.stage in EARLY else self.spent

    @property
    def to_go(self) -> Decimal | None:
        """What its case still costs: the cost of the case less what was spent."""
        if self.cost is None or self.paid is None:
            return None
        return max(EXACT.subtract(self.cost, self.paid), _NOTHING)

    @property
    def allotted(self) -> Decimal | None:
        """Money it has today: approved and not spent, released or not."""
        approved = _NOTHING if self.approved is None and self.stage in EARLY else self.approved
        if approved is None or self.paid is None:
            return None
        return max(EXACT.subtract(approved, self.paid), _NOTHING)

    @property
    def covered(self) -> Decimal | None:
        """The share of what its case still costs that is approved today, 0 to 1; None where nothing is to go."""
        if not self.to_go or self.allotted is None:
            return None
        return min(EXACT.divide(self.allotted, self.to_go), Decimal(1))

    @property
    def ratio(self) -> Decimal | None:
        """Value for cost."""
        return EXACT.divide(self.value, self.to_go) if self.value is not None and self.to_go else None

    @property
    def sure(self) -> bool:
        """Whether the value is adjusted for risk and some of its benefits are measured."""
        return self.haircut is not None and bool(self.measured_share)
