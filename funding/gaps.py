"""What a version still lacks, all of it at once, each thing with its place: a rule's refusal names only the first.

`place` is the name of the field on the form. `stops`: it cannot be published without; else it is advice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.errors import RuleError
from domain.finance.case import CostCategory
from domain.phrases import listed
from funding.models import BusinessCase, CaseBenefit, CaseScenario
from funding.translate import Lines, appraisal_of


@dataclass(frozen=True, slots=True)
class Gap:
    place: str
    words: str
    stops: bool = True


def gaps_of(lines: Lines) -> list[Gap]:
    """Everything missing, in the order of the form; empty where the version can be published as it is."""
    found = [*_costs(lines), *_benefits(lines), *_flows(lines), *_odds(lines)]
    if not any(gap.stops for gap in found):
        found += _refused(lines)
    return found + list(_advice(lines))


def _year(place: int) -> str:
    return "today" if place == 0 else f"year {place}"


def _blank(amounts: Sequence[str | None], years: int) -> list[int]:
    return [year for year in range(years + 1) if year >= len(amounts) or amounts[year] is None]


def _costs(lines: Lines) -> Iterator[Gap]:
    said = {row.category: row for row in lines.costs}
    for category in CostCategory:
        name = category.value.replace("_", " ")
        row = said.get(category.value)
        blank = _blank(row.amounts if row else (), lines.case.years)
        if not blank:
            continue
        place = f"cost-{category.value}-{blank[0]}"
        if len(blank) == lines.case.years + 1:
            yield Gap(place, f"Costs of {name}: nobody said. 0 is an answer.")
        else:
            yield Gap(place, f"Costs of {name}: {listed([_year(one) for one in blank])} blank.")


def _benefits(lines: Lines) -> Iterator[Gap]:
    if not lines.benefits:
        yield Gap("add", "No benefit is written down.")
    for row in lines.benefits:
        name = row.description.strip() or f"benefit {row.key}"
        head = f"benefit-{row.key}"
        if not row.description.strip():
            yield Gap(f"{head}-description", f"Benefit {row.key}: say what comes of it.")
        if not row.type:
            yield Gap(f"{head}-type", f"{name}: say what kind of benefit it is.")
        if not row.evidence:
            yield Gap(f"{head}-evidence", f"{name}: say how it is known.")
        if row.owner is None:
            yield Gap(f"{head}-owner", f"{name}: name who answers for it in the line.")
        elif not row.owner.is_active:
            yield Gap(f"{head}-owner", f"{name}: {row.owner.name} has left. Name somebody who is here.")
        blank = _blank(row.amounts, lines.case.years) if row.amounts else []
        if blank:
            yield Gap(f"{head}-{blank[0]}", f"{name}: {listed([_year(one) for one in blank])} blank.")


def _flows(lines: Lines) -> Iterator[Gap]:
    row = lines.case
    for name, amounts in (
        ("do_nothing", row.do_nothing),
        ("if_stopped", row.if_stopped),
        ("if_carried_on", row.if_carried_on),
    ):
        words = {
            "do_nothing": "Doing nothing",
            "if_stopped": "Stopped at the gate",
            "if_carried_on": "Carried on regardless",
        }
        blank = _blank(amounts, row.years) if amounts else []
        if blank:
            yield Gap(f"{name}-{blank[0]}", f"{words[name]}: {listed([_year(one) for one in blank])} blank.")


def _odds(lines: Lines) -> Iterator[Gap]:
    """All scenarios have a likelihood, or none."""
    missing = [row for row in lines.scenarios if row.probability is None]
    if missing and len(missing) < len(lines.scenarios):
        for row in missing:
            words = f"Scenario {row.get_name_display().lower()}: say how likely it is, or leave all of them blank."
            yield Gap(f"scenario-{row.name}-probability", words)


def _refused(lines: Lines) -> list[Gap]:
    """What the rules refuse of a version in which nothing is blank."""
    try:
        appraisal_of(lines)
    except RuleError as error:
        return [Gap(_place(error.pointer or ""), error.message)]
    return []


def _place(pointer: str) -> str:
    """The field a rule points at, where it is one of the form's own."""
    first = pointer.strip("/").split("/")[0]
    return {
        "works": "works", "rate": "rate", "years": "years", "do_nothing": "do_nothing-0", "if_stopped": "if_stopped-0",
        "if_carried_on": "if_carried_on-0", "scenarios": "scenario-pilot-probability", "benefits": "add",
    }.get(first, "")  # fmt: skip


def _advice(lines: Lines) -> Iterator[Gap]:
    named = {row.name for row in lines.scenarios}
    if CaseScenario.Name.CONSERVATIVE.value not in named:
        yield Gap(
            "scenario-conservative-haircut",
            "No conservative haircut: the NPV is not adjusted for risk.",
            stops=False,
        )
    for row in lines.benefits:
        yield from _advice_of(row)
    if lines.case.delay_means == "":
        yield Gap("delay_means", "Not said which cost of a year's delay applies.", stops=False)
    if not lines.case.do_nothing:
        yield Gap("do_nothing-0", "Nobody said what doing nothing costs.", stops=False)


def _advice_of(row: CaseBenefit) -> Iterator[Gap]:
    name = row.description.strip() or f"Benefit {row.key}"
    if row.amounts and row.kpi is None:
        yield Gap(
            f"benefit-{row.key}-kpi",
            f"{name}: no KPI shows it, so nobody can measure whether it comes.",
            stops=False,
        )
    if row.attribution < Decimal(1) and not row.attribution_method.strip():
        yield Gap(
            f"benefit-{row.key}-attribution_method",
            f"{name}: a share is claimed and not said how it was found.",
            stops=False,
        )


def ready(case: BusinessCase, gaps: Sequence[Gap]) -> bool:
    """Whether a draft may be put to publishing."""
    return case.state == BusinessCase.State.DRAFT and not any(gap.stops for gap in gaps)
