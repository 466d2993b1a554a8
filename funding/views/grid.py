"""The form of a draft as its page lays it out: rows of amounts by year, a block for each benefit."""

from dataclasses import dataclass

from django.forms import BoundField

from funding.forms.draft import CATEGORIES, FLOWS, SCENARIOS, DraftForm
from funding.views.figures import name_of

HINTS = {
    "build": "design, data work, building it",
    "integration": "connecting it to what is there",
    "licences": "software, models, data",
    "cloud": "computing, storage, calls of models",
    "monitoring": "watching it, alarms",
    "retraining": "new data, new versions",
    "support": "people who answer for it",
    "compliance": "reviews, audits, assessments",
    "training_and_change": "teaching, new ways of working",
}
OF_BENEFIT = (
    "description",
    "type",
    "evidence",
    "owner",
    "kpi",
    "attribution",
    "attribution_method",
    "baseline",
)


@dataclass(frozen=True, slots=True)
class Amounts:
    """One row of amounts. `wrong`: what its fields say is wrong with them, each with its field."""

    name: str
    hint: str
    cells: tuple[BoundField, ...]
    note: BoundField | None
    wrong: tuple[tuple[BoundField, str], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One benefit."""

    key: int
    place: int
    named: dict[str, BoundField]
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Grid:
    heads: tuple[str, ...]
    costs: tuple[Amounts, ...]
    benefits: tuple[Block, ...]
    ways: tuple[tuple[str, tuple[BoundField, ...]], ...]
    nothing: Amounts
    stages: tuple[Amounts, ...]


def laid_out(form: DraftForm) -> Grid:
    flows = {code: _row(form, code, name) for code, name in FLOWS}
    return Grid(
        heads=tuple(name_of(year) for year in form.years_shown),
        costs=tuple(
            _row(form, f"cost-{code}", name, HINTS[code], form[f"cost-{code}-note"])
            for code, name in CATEGORIES
        ),
        benefits=tuple(
            Block(
                key,
                place,
                {name: form[f"benefit-{key}-{name}"] for name in OF_BENEFIT},
                _row(form, f"benefit-{key}", "Worth"),
            )
            for place, key in enumerate(form.keys, start=1)
        ),
        ways=tuple(
            (
                name,
                tuple(
                    form[f"scenario-{code}-{one}"]
                    for one in ("haircut", "years_late", "outlay_factor", "probability")
                ),
            )
            for code, name in SCENARIOS
        ),
        nothing=flows["do_nothing"],
        stages=(flows["if_stopped"], flows["if_carried_on"]),
    )


def _row(form: DraftForm, head: str, name: str, hint: str = "", note: BoundField | None = None) -> Amounts:
    cells = tuple(form[f"{head}-{year}"] for year in form.years_shown)
    fields = (*cells, note) if note is not None else cells
    return Amounts(
        name, hint, cells, note, tuple((one, str(error)) for one in fields for error in one.errors)
    )
