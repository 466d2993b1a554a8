"""Who decided, and on what: the portfolio manager alone, with a specialist, or the council by its ballots."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.stage_words import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What stands behind a decision, kept in its entry of the log as it is.

    `specialist`: the person named beside the portfolio manager at tier 2, who agrees and is not in conflict either. `item`:
    the council's item; `numbers`: its quorum arithmetic; `ballots`: seat, choice and reason of each that counted and of each
    that did not; `dissents`: as they stood when the item was closed; `evidence`: the seal of what was known when it was opened,
    where no submission stands behind it, or of the price of the extension that answers one. Plain JSON all of it.
    """

    body: Body
    specialist: int | None = None
    item: int | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    ballots: tuple[Mapping[str, Any], ...] = ()
    dissents: tuple[Mapping[str, Any], ...] = ()
    evidence: str = ""
