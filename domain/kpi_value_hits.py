"""A control chart's signal on a KPI, in numbers and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.control_chart import Side
from domain.figure_words import apart, counted, figure
from domain.kpi_codes import Direction
from domain.kpi_drift_policy import Policy
from domain.kpi_figures import EXACT
from domain.kpi_rows import Reading
from domain.kpi_words import day


class Method(StrEnum):
    EWMA = "ewma"
    CUSUM = "cusum"
    PAGE_HINKLEY = "page_hinkley"


class Toward(StrEnum):
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Reference:
    """What the charts are drawn from: the readings before `ends_on`.

    sigma is their standard deviation, spread what the limits are drawn with: sigma times `widened`. All in the KPI's
    unit, `widened` a factor with 6 places.
    """

    ends_on: date
    count: int
    mean: Decimal
    sigma: Decimal
    widened: Decimal
    spread: Decimal


@dataclass(frozen=True, slots=True)
class Hit:
    """A chart that signalled, and the first reading at which it did.

    numbers: what the sentence says, the thresholds among them, in the KPI's unit unless named `..._sigmas`.
    still: whether it signals at the last reading too; None for Page-Hinkley, which begins anew after a signal.
    """

    method: Method
    side: Side
    toward: Toward | None
    reading_id: int
    observed_on: date
    value: Decimal
    numbers: Mapping[str, Decimal]
    sentence: str
    clears_when: str
    still: bool | None


_NAMES: Final = {Method.EWMA: "EWMA", Method.CUSUM: "CUSUM", Method.PAGE_HINKLEY: "Page-Hinkley"}
_CLEARS: Final = "Record why the level moved, and state a new reference"


@dataclass(frozen=True, slots=True)
class Words:
    """What the signals of one KPI are said with."""

    reference: Reference
    better: Direction | None
    unit: str
    policy: Policy

    def scaled(self, sigmas: Decimal) -> Decimal:
        """A threshold of the policy in the KPI's unit."""
        return EXACT.multiply(sigmas, self.reference.spread)

    def of_ewma(self, reading: Reading, side: Side, statistic: Decimal, limit: Decimal, still: bool) -> Hit:
        policy = self.policy
        past = "above" if side is Side.UP else "below"
        said, edge = apart(statistic, limit, self.unit)
        return self._hit(
            Method.EWMA,
            reading,
            side,
            f"EWMA left its limits on {day(reading.observed_on)}: {said}, {past} {edge} "
            f"(weight {policy.ewma_lambda:f}, {policy.ewma_width:f} sigmas). ",
            {
                "statistic": statistic,
                "limit": limit,
                "lambda": policy.ewma_lambda,
                "width_sigmas": policy.ewma_width,
            },
            still,
        )

    def of_sum(
        self, method: Method, reading: Reading, side: Side, statistic: Decimal, still: bool | None
    ) -> Hit:
        """A signal of CUSUM or Page-Hinkley: a sum of deviations above its limit."""
        policy = self.policy
        slack, threshold = (
            (policy.cusum_slack, policy.cusum_interval)
            if method is Method.CUSUM
            else (policy.page_hinkley_slack, policy.page_hinkley_threshold)
        )
        limit = self.scaled(threshold)
        sense = "upward" if side is Side.UP else "downward"
        said, edge = apart(statistic, limit, self.unit)
        return self._hit(
            method,
            reading,
            side,
            f"{_NAMES[method]} passed its limit on {day(reading.observed_on)}: deviations {sense} sum to "
            f"{said}, above {edge} "
            f"(slack {slack:f}, limit {threshold:f} sigmas). ",
            {
                "statistic": statistic,
                "limit": limit,
                "slack_sigmas": slack,
                "threshold_sigmas": threshold,
            },
            still,
        )

    def answer(self, hits: Sequence[Hit], watched: int) -> str:
        """One sentence for the whole answer."""
        since = f"{counted(watched, 'reading')} since {day(self.reference.ends_on)}"
        if not hits:
            return f"The level has not moved: none of {len(Method)} charts signals in {since}."
        first = hits[0]
        for_the = f", for the {first.toward}" if first.toward else ""
        names = ", ".join(_NAMES[hit.method] for hit in hits)
        return (
            f"The level moved {first.side}{for_the}, first seen on {day(first.observed_on)}: "
            f"{len(hits)} of {len(Method)} charts signalled ({names}) in {since}."
        )

    def _hit(
        self,
        method: Method,
        reading: Reading,
        side: Side,
        sentence: str,
        numbers: Mapping[str, Decimal],
        still: bool | None,
    ) -> Hit:
        known = self.reference
        basis = (
            f"The level before {day(known.ends_on)} was {figure(known.mean, self.unit)}, its spread "
            f"{figure(known.sigma, self.unit)} in {counted(known.count, 'reading')}, "
            f"widened {figure(known.widened, digits=3)} times because they are few."
        )
        return Hit(
            method=method,
            side=side,
            toward=_toward(side, self.better),
            reading_id=reading.id,
            observed_on=reading.observed_on,
            value=reading.value or Decimal(0),
            numbers={
                **numbers,
                "mean": known.mean,
                "sigma": known.sigma,
                "widened": known.widened,
                "reference_readings": Decimal(known.count),
            },
            sentence=sentence + basis,
            clears_when=_CLEARS,
            still=still,
        )


def _toward(side: Side, better: Direction | None) -> Toward | None:
    if better is None:
        return None
    return Toward.BETTER if (side is Side.UP) is (better is Direction.HIGHER) else Toward.WORSE
