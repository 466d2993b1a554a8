"""Between a version and its form: the facts a form is filled with, and the draft that was typed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from domain.finance.case import CostCategory
from funding.forms.draft import FLOWS, SCENARIOS, DraftForm
from funding.services.draft import BenefitDraft, CaseDraft, CostDraft, ScenarioDraft
from funding.translate import Lines, amounts_of

PLAIN: Final = (
    "starts_on", "years", "rate", "prices", "people", "finance_rate", "reinvest_rate", "spread_benefits",
    "spread_outlay", "spread_years_late", "spread_rate", "spread_running", "delay_means", "works",
)  # fmt: skip
USUAL_YEARS: Final = 4
USUAL_RATE: Final = Decimal("0.10")
OF_BENEFIT: Final = ("description", "type", "evidence", "attribution", "attribution_method", "baseline")
OF_SCENARIO: Final = ("haircut", "years_late", "outlay_factor", "probability")


def empty_facts(today: date) -> dict[str, Any]:
    """What a first version begins with: a usual horizon and rate, one empty benefit, no amount."""
    return {
        "version": 0, "lines": "1", "starts_on": today, "years": USUAL_YEARS, "rate": USUAL_RATE, "prices": "nominal",
        "spread_benefits": Decimal("0.20"), "spread_outlay": Decimal("0.20"), "spread_years_late": 1,
        "spread_rate": Decimal("0.04"), "spread_running": Decimal(0), "benefit-1-attribution": Decimal(1),
    }  # fmt: skip


def facts_of(lines: Lines, *, version: int) -> dict[str, Any]:
    """A version as the form's initial values. `version`: of the draft that is written over, 0 for a new one."""
    row = lines.case
    facts: dict[str, Any] = {name: getattr(row, name) for name in PLAIN}
    facts |= {
        "version": version,
        "mid_year": row.mid_year,
        "lines": ",".join(str(one.key) for one in lines.benefits),
    }
    for cost in lines.costs:
        facts |= _yearly(f"cost-{cost.category}", cost.amounts)
        facts[f"cost-{cost.category}-note"] = cost.note
    for one in lines.benefits:
        head = f"benefit-{one.key}"
        facts |= {f"{head}-{name}": getattr(one, name) for name in OF_BENEFIT}
        facts |= {f"{head}-owner": one.owner_id, f"{head}-kpi": one.kpi_id, **_yearly(head, one.amounts)}
    for way in lines.scenarios:
        facts |= {f"scenario-{way.name}-{name}": getattr(way, name) for name in OF_SCENARIO}
    for name, _ in FLOWS:
        facts |= _yearly(name, getattr(row, name))
    return facts


def _yearly(head: str, amounts: Any) -> dict[str, Any]:
    return {f"{head}-{year}": amount for year, amount in enumerate(amounts_of(amounts))}


def draft_typed(form: DraftForm, known: set[int]) -> CaseDraft:
    """The draft as typed. `known`: numbers of benefits that a version has had; others are new. What could not be read is blank."""
    said, usual = form.cleaned_data, empty_facts(date.min)
    plain: dict[str, Any] = {
        name: usual.get(name) if said.get(name) is None else said[name] for name in PLAIN if name != "years"
    }
    plain["starts_on"] = said.get("starts_on") or form.initial.get("starts_on")
    plain["delay_means"] = said.get("delay_means") or ""
    plain |= {name: _amounts(name, form, said) for name, _ in FLOWS}
    plain["mid_year"] = bool(said.get("mid_year"))
    return CaseDraft(
        **plain,
        years=form.horizon,
        costs=tuple(_cost(one.value, form, said) for one in CostCategory),
        benefits=tuple(_benefit(key, form, said, known) for key in form.keys),
        scenarios=tuple(
            _scenario(code, said) for code, _ in SCENARIOS if said.get(f"scenario-{code}-haircut") is not None
        ),
    )


def _amounts(head: str, form: DraftForm, said: Mapping[str, Any]) -> tuple[Decimal | None, ...]:
    """Yearly amounts; none at all where every one is blank."""
    found = tuple(said.get(f"{head}-{year}") for year in form.years_shown)
    return found if any(one is not None for one in found) else ()


def _cost(category: str, form: DraftForm, said: Mapping[str, Any]) -> CostDraft:
    head = f"cost-{category}"
    return CostDraft(
        category=category, amounts=_amounts(head, form, said), note=said.get(f"{head}-note") or ""
    )


def _benefit(key: int, form: DraftForm, said: Mapping[str, Any], known: set[int]) -> BenefitDraft:
    head = f"benefit-{key}"
    share = said.get(f"{head}-attribution")
    return BenefitDraft(
        key=key if key in known else None,
        owner_id=said.get(f"{head}-owner"),
        kpi_id=said.get(f"{head}-kpi"),
        attribution=Decimal(1) if share is None else share,
        amounts=_amounts(head, form, said),
        **{
            name: said.get(f"{head}-{name}") or ""
            for name in ("description", "type", "evidence", "attribution_method", "baseline")
        },
    )


def _scenario(code: str, said: Mapping[str, Any]) -> ScenarioDraft:
    head = f"scenario-{code}"
    factor = said.get(f"{head}-outlay_factor")
    return ScenarioDraft(
        name=code,
        haircut=said[f"{head}-haircut"],
        years_late=said.get(f"{head}-years_late") or 0,
        outlay_factor=Decimal(1) if factor is None else factor,
        probability=said.get(f"{head}-probability"),
    )


def alike(one: CaseDraft, other: CaseDraft) -> bool:
    """Whether two drafts say the same, whatever numbers their benefits have."""
    return _plainly(one) == _plainly(other)


def _plainly(draft: CaseDraft) -> CaseDraft:
    return replace(
        draft, currency="", benefits=tuple(replace(one, key=None, currency="") for one in draft.benefits)
    )


def place_of(pointer: str, form: DraftForm) -> str:
    """The field that a service's pointer means: `/benefits/0/amounts/2` -> `benefit-3-2`. Empty where it is none."""
    parts = pointer.strip("/").split("/")
    codes = [one.value for one in CostCategory]
    named = [code for code, _ in SCENARIOS if form.cleaned_data.get(f"scenario-{code}-haircut") is not None]
    match parts:
        case ["costs", place, "amounts", year] if _in(place, codes):
            name = f"cost-{codes[int(place)]}-{year}"
        case ["costs", place, *rest] if _in(place, codes):
            name = f"cost-{codes[int(place)]}-{'note' if rest == ['note'] else '0'}"
        case ["benefits", place, "amounts", year] if _in(place, form.keys):
            name = f"benefit-{form.keys[int(place)]}-{year}"
        case ["benefits", place, what] if _in(place, form.keys):
            name = f"benefit-{form.keys[int(place)]}-{'0' if what == 'amounts' else what}"
        case ["scenarios", place, what] if _in(place, named):
            name = f"scenario-{named[int(place)]}-{what}"
        case [flow, year]:
            name = f"{flow}-{year}"
        case [one]:
            name = one if one in form.fields else f"{one}-0"
        case _:
            name = ""
    return name if name in form.fields else ""


def _in(place: str, rows: Any) -> bool:
    return place.isdigit() and int(place) < len(rows)
