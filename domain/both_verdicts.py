"""How the same readings stand by the promise as it was sealed and by the promise as it was amended.

Where somebody had measured before anything was sealed, the promise is the one in force at that moment: a seal set when
the result is known binds nobody.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.kpi_answer import Answer
from domain.kpi_codes import Status
from domain.kpi_figures import EXACT
from domain.kpi_words import amount
from domain.rollup import BLIND

_SAID: Final = {
    Status.ACHIEVED: "met",
    Status.MISSED: "missed",
    Status.ON_TRACK: "on track",
    Status.AT_RISK: "at risk",
    Status.OFF_TRACK: "off track",
    Status.STALE: "unknown (stale)",
    Status.UNVERIFIED: "unknown (unverified)",
    Status.NO_DATA: "unknown (no data)",
    Status.NO_BASELINE: "unknown (no baseline)",
    Status.INVALID: "unknown (invalid)",
    Status.NOT_STARTED: "not started",
    Status.PAUSED: "paused",
    Status.RETIRED: "retired",
}


class Basis(StrEnum):
    """What makes a version the promise: it was the first to be sealed, or in force when somebody first measured."""

    SEALED = "sealed"
    FIRST_MEASURED = "first_measured"

    @property
    def words(self) -> str:
        """ "as sealed"."""
        return f"as {self.value.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class BothVerdicts:
    """`words` names both: "met as amended, missed as sealed". The attainments are in percent; None = unknown.

    differ: the two statuses are not the same one. basis: "as first measured" stands for "as sealed" where it is that.
    """

    words: str
    sentence: str
    sealed: Status
    amended: Status
    differ: bool
    sealed_attainment: Decimal | None
    amended_attainment: Decimal | None
    basis: Basis = Basis.SEALED

    @property
    def heads(self) -> tuple[str, str]:
        """ "Met as amended" and "Missed as sealed"."""
        first, second = f"{_SAID[self.amended]} as amended", f"{_SAID[self.sealed]} {self.basis.words}"
        return first[:1].upper() + first[1:], second[:1].upper() + second[1:]


def attainment(answer: Answer) -> Decimal | None:
    """How much of the way was made, in percent: 50 = half of it, 125 = a quarter beyond the target.

    For a band the share of its periods that were met. None, never 0, where the record does not tell: no baseline, no
    reading, or none that still counts.
    """
    if answer.progress is None or answer.status in BLIND:
        return None
    percent = EXACT.normalize(EXACT.multiply(answer.progress, Decimal(100)))
    return percent if int(percent.as_tuple().exponent) <= 0 else EXACT.quantize(percent, Decimal(1))


def both_verdicts(sealed: Answer, amended: Answer, basis: Basis = Basis.SEALED) -> BothVerdicts:
    """The two answers to the same readings on the same day, side by side.

    `sealed` is the answer by the promise (see `Basis`), `amended` by the one in force (`Contract.rule` gives the
    definition to ask `domain.kpi.assess` with).
    """
    as_amended, as_sealed = _SAID[amended.status], _SAID[sealed.status]
    differ = sealed.status is not amended.status
    said = basis.words
    words = f"{as_amended} as amended, {as_sealed} {said}" if differ else f"{as_sealed} as amended and {said}"
    first, second = attainment(sealed), attainment(amended)
    return BothVerdicts(
        words=words,
        sentence=f"{words[:1].upper()}{words[1:]}: attainment {_percent(second)} as amended, {_percent(first)} {said}.",
        sealed=sealed.status,
        amended=amended.status,
        differ=differ,
        sealed_attainment=first,
        amended_attainment=second,
        basis=basis,
    )


def _percent(share: Decimal | None) -> str:
    return "unknown" if share is None else f"{amount(share)} %"
