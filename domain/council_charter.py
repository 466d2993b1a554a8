"""The council's charter as versioned data: quorum, terms and deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from domain.errors import RuleError
from domain.policy_rows import full_row, whole, within

KIND: Final = "council"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """One version. A share as two whole numbers, so that it is exact; days are working days.

    `least_present` is also the least that must be eligible. `seats_from`, `seats_to`: the size recommended.
    """

    share_numerator: int = 2
    share_denominator: int = 3
    least_present: int = 3
    seats_from: int = 6
    seats_to: int = 10
    term_months: int = 24
    written_days: int = 5
    confirm_days: int = 2
    papers_days: int = 5
    minutes_days: int = 10
    notice_minutes: int = 60

    def __post_init__(self) -> None:
        for one in fields(self):
            within(getattr(self, one.name), 1, 1_440, f"/{one.name}")
        if self.share_numerator > self.share_denominator:
            raise RuleError("out_of_range", "A share is at most the whole.", "/share_numerator")
        if self.seats_from > self.seats_to:
            raise RuleError("out_of_range", "From at most to.", "/seats_from")

    def to_json(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Charter":
        """A stored charter, whole or refused with a pointer."""
        values = full_row(stored, [one.name for one in fields(cls)])
        return cls(**{name: whole(value, f"/{name}") for name, value in values.items()})


DEFAULT: Final = Charter()
