"""What a funding memo is told of: the record of one initiative on one day, and nothing that is not on record.

None, an empty text and an empty tuple say that nobody recorded it. The memo says so in words and guesses nothing.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.finance.appraisal import Appraisal, Turn
from domain.finance.case import Case
from domain.finance.release import Awaited
from domain.kpi_codes import Status
from domain.rollup import BAD, BLIND, LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """The version of the business case in force. `mid_year`: it chose that convention. `people`: full time, or None."""

    ref: str
    number: int
    seal: str
    published_on: date
    case: Case
    appraisal: Appraisal
    turns: tuple[Turn, ...] = ()
    prices: str = ""
    mid_year: bool = False
    people: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiFacts:
    """A primary KPI as it counts on the day. `word`: its status as people say it. `heads`: its verdicts as amended and as
    promised, where they are of two versions and differ. `version`, `seal`: what it is judged by; no seal: not sealed."""

    key: int
    ref: str
    name: str
    status: Status
    word: str
    unit: str = ""
    declared: bool = False
    baseline: Decimal | None = None
    value: Decimal | None = None
    observed_on: date | None = None
    target: Decimal | None = None
    target_on: date | None = None
    band: str = ""
    heads: tuple[str, str] | None = None
    post_hoc: bool = False
    version: int = 0
    seal: str = ""

    @property
    def bad(self) -> bool:
        return self.status in BAD

    @property
    def unknown(self) -> bool:
        """Nobody can say how it stands: also where nothing was measured yet, or judging is paused."""
        return self.status in BLIND or self.status in LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonFacts:
    """Two arms measured against each other, the first being what is done today. `sentence`: what their counts say, with
    uplift and interval; empty: nobody has looked. `against`: what is done today does better."""

    key: int
    name: str
    kpi: str
    sentence: str = ""
    against: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotFacts:
    """The latest pilot. `level`, `remedy`: as its rules answered, in words. `has_owner`: None where nobody said whether
    there is an owner for production. `stops`, `stuck`: it runs, and its rules propose to stop, its level is purgatory."""

    ref: str
    began_on: date | None = None
    ended_on: date | None = None
    level: str = ""
    remedy: str = ""
    stuck: bool = False
    stops: bool = False
    has_owner: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagFacts:
    """An open finding on the initiative. `about`: what it was found on, in words. `severity`: 3 is the worst. `cause`: in a
    word or two."""

    rule: str
    about: str
    severity: int
    sentence: str
    clears_when: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """The definition in force of a KPI, by the KPI's key. No number: none is in force. No seal: it was not sealed."""

    key: int
    version: int = 0
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheFacts:
    """Money approved: released on a day, returned on a day, or waiting. `awaited`: the KPI its release waits for, and what
    that is `judged_by`. `held`: why it is held on record, while that decision stands; empty: it is not."""

    number: int
    amount: Decimal
    approved_on: date
    released_on: date | None = None
    returned_on: date | None = None
    gate: str = ""
    condition: str = ""
    awaited: Awaited | None = None
    judged_by: JudgedBy | None = None
    held: str = ""

    @property
    def waits(self) -> bool:
        return self.released_on is None and self.returned_on is None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoFacts:
    """The record. `spent`, `approved`, `released`: None where no row was recorded. `flags`: the worst first.
    `comparisons`: the latest first."""

    on: date
    ref: str
    name: str
    unit: str
    currency: str
    sponsor: str = ""
    lead: str = ""
    stage: str = ""
    spent: Decimal | None = None
    approved: Decimal | None = None
    released: Decimal | None = None
    case: CaseFacts | None = None
    kpis: tuple[KpiFacts, ...] = ()
    comparisons: tuple[ComparisonFacts, ...] = ()
    pilot: PilotFacts | None = None
    flags: tuple[FlagFacts, ...] = ()
    tranches: tuple[TrancheFacts, ...] = ()

    @property
    def next_tranche(self) -> TrancheFacts | None:
        """The first that waits: tranches are released in order."""
        return next((one for one in sorted(self.tranches, key=lambda one: one.number) if one.waits), None)
