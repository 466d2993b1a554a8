"""The ledger of optimism: what finished cases forecast and what finance validated of it, by class; and what that says
for the next case.

**A finished case** is the first published case of an initiative, once a whole year of it has passed, where its horizon is
over, or the initiative was stopped, retired, or is in production. Later versions are left out: who knows the outcome
forecasts it well. **The window** is the whole years of the case that have passed, at most its horizon, also for one that
was stopped: what it promised for those years is what did not come. **Forecast** are the benefits of the case in money over
that window, less dis-benefits, not discounted. **Realised** is what was validated for the months of the window. A case with
nothing validated on record is left out and counted: nobody has said that it realised nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from django.conf import settings
from django.db.models import Q, Sum

from core.models import BusinessUnit, Role, RoleGrant
from core.wording import percent, plural
from domain.ageing import months_before
from domain.finance.case import MOST_YEARS, BenefitType
from domain.finance.optimism import FEWEST, Outcome, Record, ledger
from domain.kpi_figures import EXACT, TWO_PLACES, rounded
from domain.stages import Stage
from funding.models import BusinessCase, CaseBenefit
from funding.models.cases import TYPES
from portfolio.dashboard.selection import Selection
from portfolio.models import BenefitEntry, Initiative

ENDING: Final = frozenset({Stage.STOPPED.value, Stage.RETIRED.value, Stage.PRODUCTION.value})
KINDS: Final = ("all", "unit", "type", "role")
NO_ROLE: Final = "role not recorded"
_TYPES: Final = dict(TYPES)
_WHERE: Final = {
    "all": "in the whole organisation",
    "unit": "in {}",
    "type": "with benefits mostly of the type {}",
    "role": "with a sponsor who is {}",
}
_NOTHING: Final = Decimal(0)


class Class(NamedTuple):
    """What cases are alike in. `kind`: all, unit (with what is below it), type (of its benefits) or role (of its sponsor)."""

    kind: str
    name: str
    key: str = ""


class _Finished(NamedTuple):
    case: int
    initiative: int
    name: str
    unit: str
    sponsor: int | None
    title: str | None
    starts_on: date
    years: int


_OF_CASE: Final = (
    "pk", "initiative_id", "initiative__name", "initiative__unit__path", "initiative__sponsor_id",
    "initiative__sponsor__title", "starts_on", "years",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One finished case as it stands in the ledger. `window`: the years compared. `realised`: None, nothing validated."""

    initiative: int
    name: str
    case: int
    window: int
    forecast: Decimal
    realised: Decimal | None
    classes: tuple[Class, ...]

    @property
    def ref(self) -> str:
        return f"AI-{self.initiative:04d}"

    @property
    def counts(self) -> bool:
        """Whether it says something of optimism: a forecast above 0, and a word of finance."""
        return self.realised is not None and self.forecast > 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every finished case, and the record of each class of those that count."""

    cases: tuple[Told, ...]
    records: Mapping[Class, Record]

    @property
    def left_out(self) -> int:
        """Finished, and nothing validated on record."""
        return sum(one.realised is None for one in self.cases)

    @property
    def without_forecast(self) -> int:
        """Finished, and nothing in money was promised for the years that passed."""
        return sum(one.forecast <= 0 for one in self.cases)

    def of_kind(self, kind: str) -> list[tuple[Class, Record]]:
        """The classes of a kind, the largest first."""
        found = [(one, record) for one, record in self.records.items() if one.kind == kind]
        return sorted(found, key=lambda pair: (-pair[1].cases, pair[0].name))


@dataclass(frozen=True, slots=True)
class Reference:
    """What cases like one realised. `haircut`: None where fewer than five like it have finished; `record`: of the class
    that was found, None where not one has. `left_out`: finished cases of that class with nothing validated on record."""

    of: Class | None
    record: Record | None
    left_out: int = 0

    @property
    def haircut(self) -> Decimal | None:
        return self.record.haircut if self.record else None

    @property
    def sentence(self) -> str:
        """What is said beside the form of a case."""
        if self.of is None or self.record is None:
            if not self.left_out:
                return "No case like this has finished yet, so no haircut is offered."
            return f"No case like this has finished yet with a benefit that finance validated, so no haircut is offered.{self._not_counted}"
        cases, where = plural(self.record.cases, "case"), _WHERE[self.of.kind].format(self.of.name)
        if self.haircut is None:
            return f"{cases} like this {'has' if self.record.cases == 1 else 'have'} finished ({where}). No haircut is offered below {FEWEST}.{self._not_counted}"
        return f"Cases like this realised {percent(self.record.realised_share)} of plan ({cases} {where}).{self._not_counted}"

    @property
    def _not_counted(self) -> str:
        """Who realised nothing is likelier to have validated nothing: without them the share is rather too high."""
        if not self.left_out:
            return ""
        more, verb = "" if self.record is None else " more", "is" if self.left_out == 1 else "are"
        return f" {self.left_out:,}{more} finished with nothing validated and {verb} not counted."


def optimism(rows: Q, today: date) -> Ledger:
    """The ledger over the initiatives a filter on records of an initiative finds (`Selection.mine()`; Q(): all). Five
    statements."""
    return _ledger(_finished(rows, today), today)


def optimism_seen(chosen: Selection) -> Ledger:
    """The ledger of what a reader may see."""
    return optimism(chosen.mine(), chosen.today)


def reference_haircut(initiative: Initiative, *, today: date, type: str = "") -> Reference:
    """What cases like the next one of this initiative realised, over the whole organisation, without its own.

    `type`: of the benefits that weigh most in the new case; empty: its sort is not known yet. Looked for in the unit, then
    in the units above it, then by type, by the role of the sponsor, and among all; the first with five finished cases is
    taken, and where none has, the first with any. An aggregate of at least five cases is nobody's secret.
    """
    finished = [one for one in _finished(Q(), today) if one.initiative != initiative.pk]
    told = _ledger(finished, today)
    found = told.records
    units = [Class("unit", "", part) for part in reversed(initiative.unit.path.strip("/").split("/"))]
    tries = [*units, Class("type", "", type)] if type else units
    sponsor = initiative.sponsor
    if sponsor is not None:
        role = sponsor.title.strip() or _granted([sponsor.pk]).get(sponsor.pk, "")
        tries.append(Class("role", "", role or NO_ROLE))
    tries.append(Class("all", "", ""))
    by_key = {(one.kind, one.key): (one, record) for one, record in found.items()}
    known = [by_key[one.kind, one.key] for one in tries if (one.kind, one.key) in by_key]
    enough = [pair for pair in known if pair[1].cases >= FEWEST]
    of, record = next(iter(enough or known), (None, None))
    return Reference(
        of, record, sum(one.realised is None and (of is None or of in one.classes) for one in told.cases)
    )


def heaviest_type(case: int) -> str:
    """The type of the benefits that promise most in a version; empty where none is in money, or nobody said of what type."""
    return _promised({case: MOST_YEARS})[1].get(case, "")


def _finished(rows: Q, today: date) -> list[_Finished]:
    """The first published case of each initiative that has finished."""
    begun = BusinessCase.objects.filter(
        rows,
        state=BusinessCase.State.PUBLISHED,
        currency=settings.ORG_CURRENCY,
        starts_on__lte=months_before(today, 12),
    )
    fields = (*_OF_CASE, "initiative__stage")
    out: dict[int, _Finished] = {}
    seen: set[int] = set()
    for *values, stage in begun.order_by("initiative", "number").values_list(*fields):
        case = _Finished(*values)
        if case.initiative in seen:
            continue
        seen.add(case.initiative)
        if stage in ENDING or _passed(case.starts_on, today) >= case.years:
            out[case.initiative] = case
    return list(out.values())


def _passed(start: date, today: date) -> int:
    """Whole years since a day."""
    return today.year - start.year - ((today.month, today.day) < (start.month, start.day))


def _ledger(finished: Sequence[_Finished], today: date) -> Ledger:
    windows = {one.initiative: min(_passed(one.starts_on, today), one.years) for one in finished}
    promised, types = _promised({one.case: windows[one.initiative] for one in finished})
    realised = _realised(finished, windows)
    unit_names = dict(BusinessUnit.objects.values_list("pk", "name")) if finished else {}
    roles = _granted(one.sponsor for one in finished if one.sponsor and not (one.title or "").strip())
    told = [
        Told(
            one.initiative, one.name, one.case, windows[one.initiative], promised.get(one.case, _NOTHING),
            realised.get(one.initiative), tuple(_classes(one, types.get(one.case, ""), unit_names, roles)),
        )
        for one in finished
    ]  # fmt: skip
    outcomes = [Outcome(one.classes, one.forecast, one.realised) for one in told if one.realised is not None]
    return Ledger(tuple(sorted(told, key=lambda one: one.initiative)), ledger(outcomes))


def _classes(
    one: _Finished, type_: str, names: Mapping[int, str], roles: Mapping[int, str]
) -> Iterable[Class]:
    yield Class("all", "All cases")
    for part in one.unit.strip("/").split("/"):
        yield Class("unit", names[int(part)], part)
    if type_:
        yield Class("type", _TYPES[type_], type_)
    if one.sponsor is not None:
        role = (one.title or "").strip() or roles.get(one.sponsor, "") or NO_ROLE
        yield Class("role", role, role)


def _granted(people: Iterable[int]) -> dict[int, str]:
    """Who has no job title is known by the role they hold, the first in the order of the policy."""
    wanted = set(people)
    order = {role: place for place, role in enumerate(Role.values)}
    held: dict[int, str] = {}
    rows = RoleGrant.objects.filter(user__in=wanted).values_list("user_id", "role") if wanted else []
    for person, role in rows:
        if person not in held or order[role] < order[held[person]]:
            held[person] = role
    return {person: str(Role(role).label) for person, role in held.items()}


def _promised(windows: Mapping[int, int]) -> tuple[dict[int, Decimal], dict[int, str]]:
    """By case: the benefits in money over its window, less dis-benefits; and the type that promised most of them."""
    forecast: dict[int, Decimal] = {}
    by_type: dict[int, dict[str, Decimal]] = {}
    lines = CaseBenefit.objects.filter(case__in=list(windows)).exclude(type="")
    for case, kind, amounts in lines.exclude(amounts=[]).values_list("case_id", "type", "amounts"):
        total = _NOTHING
        for amount in amounts[: windows[case] + 1]:
            total = EXACT.add(total, Decimal(amount or 0))
        if kind == BenefitType.DIS_BENEFIT:
            total = total.copy_negate()
        forecast[case] = EXACT.add(forecast.get(case, _NOTHING), total)
        sums = by_type.setdefault(case, {})
        sums[kind] = EXACT.add(sums.get(kind, _NOTHING), total)
    order = {kind.value: place for place, kind in enumerate(BenefitType)}
    main = {case: max(sums, key=lambda kind: (sums[kind], -order[kind])) for case, sums in by_type.items()}
    return forecast, main


def _realised(finished: Sequence[_Finished], windows: Mapping[int, int]) -> dict[int, Decimal]:
    """By initiative: what was validated for the months of its window. What has no row is not in it."""
    starts = {one.initiative: one.starts_on for one in finished}
    entries = BenefitEntry.objects.filter(initiative__in=list(starts), kind=BenefitEntry.Kind.VALIDATED)
    out: dict[int, Decimal] = {}
    by_month = entries.order_by().values_list("initiative_id", "month").annotate(total=Sum("amount"))
    for initiative, month, amount in by_month:
        start = starts[initiative].replace(day=1)
        end = start.replace(year=start.year + windows[initiative])
        if start <= month < end:
            out[initiative] = EXACT.add(out.get(initiative, _NOTHING), rounded(amount, TWO_PLACES))
    return out
