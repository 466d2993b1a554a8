"""The tranches of an initiative as they stand: released, returned, held by a decision or by their KPI, or ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.finance.release import Asked, Awaited, Refused, refused
from funding.queries.awaited import awaited_by
from portfolio.models import FundingDecision, FundingTranche, Initiative


@dataclass(frozen=True, slots=True)
class Standing:
    """`no`: why it would not be released now. `held`: the last decision, where that was to hold it."""

    row: FundingTranche
    awaited: Awaited | None
    no: Refused | None
    held: FundingDecision | None

    @property
    def waits(self) -> bool:
        return self.row.released_on is None and self.row.returned_on is None

    @property
    def mark(self) -> tuple[str, str]:
        """How it is shown: yes, no or unknown, and a word or two."""
        if self.row.released_on is not None:
            return "yes", "Released"
        if self.row.returned_on is not None:
            return "", "Returned"
        if self.no is not None:
            return _MARKS.get(self.no.code, ("", "Waits for an earlier tranche"))
        return ("unknown", "Held") if self.held else ("", "May be released")


_MARKS = {
    "kpi_off_track": ("no", "Held by its KPI"),
    "kpi_missed": ("no", "Held by its KPI"),
    "kpi_unknown": ("unknown", "Its KPI is unknown"),
}


def decisions_of(initiative: Initiative) -> list[FundingDecision]:
    """Every decision on its money, the latest first. One query."""
    rows = FundingDecision.objects.filter(initiative=initiative).select_related("decided_by", "tranche")
    return list(rows.order_by("-pk"))


def tranches_of(
    initiative: Initiative, decisions: Sequence[FundingDecision], *, today: date
) -> list[Standing]:
    """In order of number. Nine queries at most, however many there are."""
    rows = list(
        FundingTranche.objects.filter(initiative=initiative)
        .select_related("recorded_by", "released_by").order_by("number")
    )  # fmt: skip
    waiting = [row.pk for row in rows if row.released_on is None and row.returned_on is None]
    awaited = awaited_by([row.pk for row in rows], today=today) if rows else {}
    first = next((row.number for row in rows if row.pk in waiting), None)
    out = []
    for row in rows:
        kpi = awaited.get(row.pk)
        earlier = first if first is not None and first < row.number else None
        asked = Asked(
            number=row.number, released_on=row.released_on, returned_on=row.returned_on, awaited=kpi, earlier=earlier
        )  # fmt: skip
        out.append(Standing(row, kpi, refused(asked), _held(row, decisions)))
    return out


def _held(row: FundingTranche, decisions: Sequence[FundingDecision]) -> FundingDecision | None:
    last = next((one for one in decisions if one.tranche_id in {row.pk, None}), None)
    return last if last is not None and last.act == FundingDecision.Act.HOLD else None
