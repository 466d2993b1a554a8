"""What money buys over the part of the portfolio that a reader may see: triage, frontier, today's allocation.

Three statements, however many initiatives: units, the initiatives with the figures of their cases (pushed down to
`portfolio.CaseWorth`), and the KPIs nobody can see.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db.models import Q

from core.access import Actor
from core.values import read_decimal, wrong
from core.wording import money_exact, number, plural
from domain.finance.allocation import Allocation, Given, present, worth_of
from domain.finance.frontier import Candidate, Point, frontier
from domain.kpi_figures import EXACT
from domain.money_words import NBSP
from domain.triage import Call, Loss, Triage, Verdict, triage
from domain.triage_facts import Facts
from domain.triage_words import Words
from kpis.models import Kpi
from portfolio.dashboard.selection import NARROWED, Selection, select

MOST: Final = Decimal("1e15")
UNSEEN: Final = ("stale", "no_data", "no_baseline", "invalid", "unverified")
"""Statuses of a KPI that say that nobody can see how it does."""
LIMITS: Final = ("budget", "people")
_TWELVE: Final = Decimal(12)
_NOTHING: Final = Decimal(0)


class Row(NamedTuple):
    """An initiative that has not ended, with the figures of its case in force; None where it has none.

    `lapsed_on`: it was stopped with a case, and reopened: that is in force no more, so no figure of it stands here.
    """

    pk: int
    name: str
    unit: str
    stage: str
    kpi_status: str
    kpi_reason: str
    pilot_level: str
    decision_on: date | None
    approved: Decimal | None
    released: Decimal | None
    spent: Decimal | None
    case_ref: str | None
    value: Decimal | None
    haircut: Decimal | None
    rate: Decimal | None
    years: int | None
    cost: Decimal | None
    a_year: Decimal | None
    breaks_even: Decimal | None
    delay_a_month: Decimal | None
    measured_share: Decimal | None
    people: Decimal | None
    lapsed_on: date | None

    @property
    def ref(self) -> str:
        return f"AI-{self.pk:04d}"


_FIELDS: Final = tuple(
    {"unit": "unit__name"}.get(name, f"worth__{name}" if place >= Row._fields.index("case_ref") else name)
    for place, name in enumerate(Row._fields)
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reader asks: a budget (None: what is allotted today) and people (None: not limited)."""

    budget: Decimal | None = None
    people: Decimal | None = None


class Freed(NamedTuple):
    """What all stops free together; None where it is known of none of them. `..._unknown`: so many that do not say it."""

    money: Decimal | None
    people: Decimal | None
    money_unknown: int
    people_unknown: int


class Lost(NamedTuple):
    """A regret over those where it is known; None where it is known of none. `unknown`: so many whose money nobody recorded."""

    amount: Decimal | None
    unknown: int


@dataclass(frozen=True)
class Picture:
    """Everything said of the portfolio's money. `usual`: the budget unless one is asked for.

    `unknown_money`: so many whose money nobody recorded, which are in no sum. `outside`: money on initiatives whose
    value nobody knows, a part of `usual`.
    """

    chosen: Selection
    rows: Mapping[str, Row]
    triage: Triage
    usual: Decimal
    unknown_money: int
    outside: Decimal
    points: tuple[Point, ...]
    today: Allocation

    @property
    def words(self) -> Words:
        """The sentences about it, money in the organisation's currency."""
        return Words(self.triage, lambda amount: money_exact(amount, settings.ORG_CURRENCY))

    @cached_property
    def calls(self) -> Mapping[str, Call]:
        return {call.facts.ref: call for call in self.triage.calls}

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """How many of each call, none left out."""
        found = Counter(call.verdict for call in self.triage.calls)
        return {verdict: found[verdict] for verdict in Verdict}

    @cached_property
    def losses(self) -> Mapping[Loss, Lost]:
        """The regret by its kind. Not to be added up."""
        found: dict[Loss, list[Decimal | None]] = {loss: [] for loss in Loss}
        for call in self.triage.calls:
            found[call.loss].append(call.regret)
        return {loss: Lost(*_known(regrets)) for loss, regrets in found.items()}

    @cached_property
    def freed(self) -> Freed:
        """Money and people freed by all stops together."""
        stops = [call.facts for call in self.triage.calls if call.verdict is Verdict.STOP]
        money, no_money = _known([one.allotted for one in stops])
        people, no_people = _known([one.people for one in stops])
        return Freed(money, people, no_money, no_people)

    @cached_property
    def same_money(self) -> Decimal:
        """What the money that candidates have today could buy along the frontier."""
        return worth_of(self.points, self.today.cost)

    @property
    def more(self) -> Decimal:
        """So much more than today's allocation buys. Never below 0."""
        return max(EXACT.subtract(self.same_money, self.today.value), _NOTHING)

    @cached_property
    def below(self) -> tuple[Row, ...]:
        """Candidates below the budget line, in their order."""
        return tuple(self.rows[point.candidate.ref] for point in self.points if not point.funded)

    @cached_property
    def held_back(self) -> tuple[Row, ...]:
        """Candidates within the budget line that are to be fixed or stopped first, in their order."""
        return tuple(
            self.rows[point.candidate.ref] for point in self.points if point.funded and self._is_held(point)
        )

    @cached_property
    def by_value_alone(self) -> bool:
        """Whether what the same money could buy counts one that is to be fixed or stopped first, also in part."""
        spent = self.today.cost
        return any(
            point.cost - point.candidate.cost < spent and self._is_held(point) for point in self.points
        )

    def _is_held(self, point: Point) -> bool:
        return self.calls[point.candidate.ref].verdict in {Verdict.FIX, Verdict.STOP}

    @cached_property
    def no_case(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows.values() if row.value is None)

    @cached_property
    def not_drawn(self) -> tuple[tuple[str, tuple[Row, ...]], ...]:
        """Those with a case that are no candidates, by why."""
        worthless, paid, unknown = [], [], []
        for ref, row in self.rows.items():
            facts = self.calls[ref].facts
            if row.value is None:
                continue
            if row.value <= 0:
                worthless.append(row)
            elif facts.to_go is None:
                unknown.append(row)
            elif not facts.to_go:
                paid.append(row)
        named = (
            ("worth nothing by their case", worthless), ("already paid", paid), ("with spend nobody recorded", unknown),
        )  # fmt: skip
        return tuple((why, tuple(found)) for why, found in named if found)

    @cached_property
    def unsure(self) -> int:
        """Candidates whose value is not adjusted for risk, or not measured at all: drawn hollow."""
        return sum(not self.calls[point.candidate.ref].facts.sure for point in self.points)

    @cached_property
    def horizons(self) -> tuple[int, ...]:
        """Of the candidates' cases, in years."""
        found = {self.rows[point.candidate.ref].years for point in self.points}
        return tuple(sorted(years for years in found if years is not None))

    @cached_property
    def rates(self) -> tuple[Decimal, ...]:
        """The candidates' cases are discounted at, a year."""
        found = {self.rows[point.candidate.ref].rate for point in self.points}
        return tuple(sorted(rate for rate in found if rate is not None))

    @property
    def years(self) -> int | None:
        """The horizon of the candidates' cases, where it is one for all of them."""
        return self.horizons[0] if len(self.horizons) == 1 else None

    @property
    def basis(self) -> str:
        """What the values that are added stand on; empty where none is drawn. Of price bases nothing is known here."""
        if not self.points:
            return ""
        if len(self.horizons) == len(self.rates) == 1:
            said = f"Cases over {plural(self.horizons[0], 'year')} at {number(self.rates[0] * 100)}{NBSP}% a year"
        else:
            kinds = f"{plural(len(self.horizons), 'horizon')} and {plural(len(self.rates), 'rate')}"
            said = f"Cases of {kinds} are added as they stand"
        return f"{said}, before tax, against doing nothing"


def _known(amounts: Sequence[Decimal | None]) -> tuple[Decimal | None, int]:
    """The sum of what is known, None where nothing of it is; and how many are unknown. Of none it is 0."""
    known = [one for one in amounts if one is not None]
    total = None if amounts and not known else sum(known, _NOTHING)
    return total, len(amounts) - len(known)


def read_limits(params: Mapping[str, str]) -> Limits:
    """`budget` and `people` of a query string. Problem 400 that names the one that is wrong."""
    return Limits(*(_limit(name, params.get(name, "")) for name in LIMITS))


def _limit(name: str, raw: str) -> Decimal | None:
    if not raw.strip():
        return None
    value = read_decimal(name, raw.strip())
    if not 0 <= value < MOST:
        raise wrong(name, "Give a number from 0 up, below 1,000,000,000,000,000.")
    return value


def narrowing(params: Mapping[str, str]) -> dict[str, str]:
    """The part of a query string that says which part of the portfolio."""
    return {name: params[name] for name in NARROWED.filters if params.get(name)}


def picture(actor: Actor, params: Mapping[str, str], today: date) -> Picture:
    """What the money of the part buys that `params` name, of what the actor may see, under the limits they name."""
    limits = read_limits(params)
    chosen = select(actor, narrowing(params), today)
    rows = {row.ref: row for row in _rows(chosen)}
    unseen = _unseen(chosen) if any(row.kpi_status == "blind" for row in rows.values()) else {}
    facts = [_facts(row, unseen.get(row.pk, ())) for row in rows.values()]
    usual, unknown, outside = _NOTHING, 0, _NOTHING
    for one in facts:
        if one.allotted is None:
            unknown += 1
            continue
        usual = EXACT.add(usual, one.allotted)
        if one.value is None:
            outside = EXACT.add(outside, one.allotted)
    budget = usual if limits.budget is None else limits.budget
    return Picture(
        chosen=chosen, rows=rows, usual=usual, unknown_money=unknown, outside=outside,
        triage=triage(facts, budget=budget, people_limit=limits.people, day=today),
        points=frontier([drawn for one in facts if (drawn := _candidate(one))], budget),
        today=present(given for one in facts if (given := _given(one))),
    )  # fmt: skip


def _rows(chosen: Selection) -> list[Row]:
    found = chosen.active.order_by("pk").values_list(*_FIELDS)
    return [_in_force(Row(*row)) for row in (found.distinct() if chosen.distinct else found)]


def _in_force(row: Row) -> Row:
    """The row without the figures of a case that lapsed."""
    if row.lapsed_on is None:
        return row
    nothing: dict[str, Any] = dict.fromkeys(Row._fields[Row._fields.index("case_ref") : -1])
    return row._replace(**nothing)


def _unseen(chosen: Selection) -> Mapping[int, Sequence[str]]:
    """The KPIs of blind initiatives that nobody can see, by initiative."""
    out: dict[int, list[str]] = {}
    blind = chosen.mine() & Q(initiative__kpi_status="blind", status__in=UNSEEN)
    for initiative, pk in Kpi.objects.filter(blind).order_by("pk").values_list("initiative_id", "pk"):
        out.setdefault(initiative, []).append(f"K-{pk:04d}")
    return out


def _facts(row: Row, unseen: Sequence[str]) -> Facts:
    return Facts(
        ref=row.ref, stage=row.stage, kpi_status=row.kpi_status, kpi_reason=row.kpi_reason, to_measure=tuple(unseen),
        pilot_level=row.pilot_level, decision_on=row.decision_on, value=row.value, haircut=row.haircut,
        measured_share=row.measured_share, cost=row.cost, approved=row.approved, released=row.released, spent=row.spent,
        run_cost=_run_cost(row), people=row.people, delay_a_month=row.delay_a_month, breaks_even=row.breaks_even,
    )  # fmt: skip


def _run_cost(row: Row) -> Decimal | None:
    """What it costs to run in the last planned year: its benefits less its net benefit, which the cost of delay tells."""
    if row.a_year is None or row.delay_a_month is None:
        return None
    return EXACT.subtract(row.a_year, EXACT.multiply(row.delay_a_month, _TWELVE))


def _candidate(facts: Facts) -> Candidate | None:
    if facts.value is None or facts.value <= 0 or not facts.to_go:
        return None
    return Candidate(facts.ref, facts.to_go, facts.value)


def _given(facts: Facts) -> Given | None:
    if facts.value is None or facts.value <= 0 or not facts.to_go:
        return None
    return Given(facts.to_go, facts.value, facts.allotted)
