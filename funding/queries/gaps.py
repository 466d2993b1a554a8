"""What a version still lacks, each thing in words and with its place on the form.

What is missing is the rule's to say (`domain.finance.so_far`); here it is named by its line, blanks of one line together.
`stops`: it cannot be published without; else it is advice, because a reader will ask.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.errors import RuleError
from domain.finance.case import CostCategory
from domain.phrases import listed
from funding.models import BusinessCase, CaseBenefit, CaseScenario
from funding.queries.shares import taken_shares
from funding.translate import Lines, so_far_of

WHOLE_LINE = "years_differ"
FLOWS = {
    "do_nothing": "Doing nothing",
    "if_stopped": "Stopped at the gate",
    "if_carried_on": "Carried on regardless",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """`place`: the name of the field on the form, empty where it is none."""

    place: str
    words: str
    stops: bool = True


def gaps_of(lines: Lines) -> list[Gap]:
    """Everything missing, in the order of the form; none that stops where the version can be published as it is."""
    missing = sorted(_missing(lines), key=lambda gap: not gap.place.startswith("cost-"))
    return [*missing, *_left(lines), *_shares(lines), *_advice(lines)]


def _missing(lines: Lines) -> Iterator[Gap]:
    """What the rule waits for, the blanks of one line as one thing."""
    together: dict[tuple[str, str], list[RuleError]] = {}
    for error in so_far_of(lines).missing:
        parts = (error.pointer or "").strip("/").split("/")
        line = "/".join(parts[:2]) if parts[0] in {"costs", "benefits"} else parts[0]
        blank = error.code in {"amount_blank", WHOLE_LINE}
        together.setdefault((line, "blank" if blank else error.code), []).append(error)
    for (line, _), errors in together.items():
        yield from _told(lines, line, errors)


def _told(lines: Lines, line: str, errors: Sequence[RuleError]) -> Iterator[Gap]:
    first, parts = errors[0], (errors[0].pointer or "").strip("/").split("/")
    if first.code == "cost_category_missing":
        said = {row.category for row in lines.costs}
        for one in CostCategory:
            if one.value not in said:
                yield _unsaid(one.value)
    elif parts[0] == "costs":
        category = lines.costs[int(parts[1])].category
        words = f"Costs of {_named(category)}"
        yield (_unsaid(category) if first.code == WHOLE_LINE else _blank(f"cost-{category}", words, errors))
    elif parts[0] == "benefits" and len(parts) > 2:
        row = lines.benefits[int(parts[1])]
        yield _of_benefit(row, parts[2], errors)
    elif line in FLOWS and first.code == "amount_blank":
        yield _blank(line, FLOWS[line], errors)
    else:
        yield Gap(_place(parts, lines), first.message)


def _unsaid(category: str) -> Gap:
    return Gap(f"cost-{category}-0", f"Costs of {_named(category)}: nobody said. 0 is an answer.")


def _named(category: str) -> str:
    return category.replace("_", " ")


def _blank(head: str, words: str, errors: Sequence[RuleError]) -> Gap:
    years = [(error.pointer or "").rpartition("/")[2] for error in errors]
    told = listed(["today" if year == "0" else f"year {year}" for year in years])
    return Gap(f"{head}-{years[0]}", f"{words}: {told} blank.")


def _of_benefit(row: CaseBenefit, what: str, errors: Sequence[RuleError]) -> Gap:
    name, head = _benefit_name(row), f"benefit-{row.key}"
    if what == "amounts":
        if errors[0].code == "amount_blank":
            return _blank(head, name, errors)
        return Gap(f"{head}-0", f"{name}: {_lower(errors[0].message)}")
    return Gap(f"{head}-{what}", f"{name}: {_lower(errors[0].message)}")


def _benefit_name(row: CaseBenefit) -> str:
    return row.description.strip() or f"Benefit {row.key}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _place(parts: Sequence[str], lines: Lines) -> str:
    """The field a rule points at, where it is one of the form's own."""
    if parts[0] == "scenarios" and len(parts) == 3:
        return f"scenario-{lines.scenarios[int(parts[1])].name}-{parts[2]}"
    return {
        "scenarios": "scenario-pilot-probability", "do_nothing": "do_nothing-0", "if_stopped": "if_stopped-0",
        "if_carried_on": "if_carried_on-0", "benefits": "add",
    }.get(parts[0], parts[0])  # fmt: skip


def _left(lines: Lines) -> Iterator[Gap]:
    """Who answers for a benefit is here: the service asks that of what is published."""
    for row in lines.benefits:
        if row.owner is not None and not row.owner.is_active:
            words = f"{_benefit_name(row)}: {row.owner.name} has left. Name somebody who is here."
            yield Gap(f"benefit-{row.key}-owner", words)


def _shares(lines: Lines) -> Iterator[Gap]:
    """A KPI of which more than the whole would be claimed, with what the cases in force take of it already. One query,
    where a KPI is named. Publishing asks the same while the KPI is held (`funding.services.attribution`)."""
    asked: dict[int, list[CaseBenefit]] = {}
    for row in lines.benefits:
        if row.kpi_id is not None:
            asked.setdefault(row.kpi_id, []).append(row)
    taken = taken_shares(asked, besides=lines.case.initiative_id) if asked else {}
    for kpi, rows in asked.items():
        here = sum((row.attribution for row in rows), Decimal(0))
        others = sum((one.share for one in taken.get(kpi, [])), Decimal(0))
        if here + others > 1:
            left = max(Decimal(1) - others, Decimal(0))
            words = (
                f"{_benefit_name(rows[-1])}: {_percent(here)} of {rows[-1].kpi.ref if rows[-1].kpi else 'its KPI'} here and "
                f"{_percent(others)} in other cases in force would be {_percent(here + others)}. {_percent(left)} is left."
            )
            yield Gap(f"benefit-{rows[-1].key}-attribution", words)


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


def _advice(lines: Lines) -> Iterator[Gap]:
    if not lines.benefits:
        yield Gap("add", "No benefit is written down.", stops=False)
    if CaseScenario.Name.CONSERVATIVE.value not in {row.name for row in lines.scenarios}:
        words = "No conservative haircut: the NPV is not adjusted for risk."
        yield Gap("scenario-conservative-haircut", words, stops=False)
    for row in lines.benefits:
        yield from _advice_of(row)
    if lines.case.delay_means == "":
        yield Gap("delay_means", "Not said which cost of a year's delay applies.", stops=False)
    if not lines.case.do_nothing:
        yield Gap("do_nothing-0", "Nobody said what doing nothing costs.", stops=False)


def _advice_of(row: CaseBenefit) -> Iterator[Gap]:
    head, name = f"benefit-{row.key}", _benefit_name(row)
    if row.amounts and row.kpi is None:
        words = f"{name}: no KPI shows it, so nobody can measure whether it comes."
        yield Gap(f"{head}-kpi", words, stops=False)
    if row.attribution < Decimal(1) and not row.attribution_method.strip():
        words = f"{name}: a share is claimed and not said how it was found."
        yield Gap(f"{head}-attribution_method", words, stops=False)


def ready(case: BusinessCase, gaps: Sequence[Gap]) -> bool:
    """Whether a draft may be put to publishing."""
    return case.state == BusinessCase.State.DRAFT and not any(gap.stops for gap in gaps)
