"""The form of a draft: as many years and benefits as it has, all of it may be blank.

Fields are named by what they are of: `cost-build-0`, `benefit-3-owner`, `benefit-3-2` (year 2), `scenario-worst-haircut`,
`do_nothing-1`. `lines` says which benefits there are, by number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from django import forms
from django.http import QueryDict

from core.editing import VersionedForm
from domain.finance.case import MOST_YEARS, CostCategory
from funding.forms.fields import AmountField, PercentField, RowField, line, plain_number
from funding.models import BusinessCase, CaseScenario
from funding.models.cases import EVIDENCE, TYPES
from funding.services.soundness import MOST_LINES

YEARS: Final = [(n, f"{n} year{'s' if n > 1 else ''}") for n in range(1, MOST_YEARS + 1)]
CATEGORIES: Final = [(one.value, one.value.replace("_", " ").capitalize()) for one in CostCategory]
FLOWS: Final = (
    ("do_nothing", "Doing nothing"),
    ("if_stopped", "Stopped at the gate"),
    ("if_carried_on", "Carried on regardless"),
)
SCENARIOS: Final = [(one.value, one.label) for one in CaseScenario.Name]
MOST_BENEFITS: Final = (
    30  # that the page offers to add; a program may have sent more, and they all stand here
)
Choices = Sequence[tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Offered:
    """Whom and which KPIs the form offers: (id, words), read once."""

    people: Choices
    kpis: Choices


def year_name(year: int) -> str:
    return "today" if year == 0 else f"year {year}"


def keys_in(raw: object) -> list[int]:
    """Numbers of benefits out of a hidden field that anybody may have written to."""
    found = [part.strip() for part in str(raw or "").split(",")]
    numbers = [int(part) for part in found if part.isascii() and part.isdigit() and 0 < len(part) <= 4]
    return list(dict.fromkeys(numbers))[:MOST_LINES]


def years_in(raw: object) -> int | None:
    text = str(raw or "")
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= MOST_YEARS else None
    )  # fmt: skip


class DraftForm(VersionedForm):
    """A draft as it is written. `initial`: facts_of a version, or empty_facts."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    base = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100_000)
    lines = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=600, label="Which benefits, by number"
    )
    starts_on = forms.DateField(
        label="Day of flow 0", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="When the first money goes out. Year 1 lies a year later.",
    )  # fmt: skip
    years = forms.TypedChoiceField(
        label="Horizon", choices=YEARS, coerce=int, help_text="Three to five years are usual."
    )
    rate = PercentField(label="Discount rate a year, %", help_text="What money costs here: 10 for 10 %.")
    prices = forms.ChoiceField(label="Prices", choices=BusinessCase.Prices.choices)
    mid_year = forms.BooleanField(
        label="Say the NPV by mid-year flows beside it", required=False,
        help_text="Money comes and goes all year, not at its end: then every flow but today's lies half a year earlier. The NPV "
        "that gates and lists compare stays that of year ends.",
    )  # fmt: skip
    people = plain_number("People it needs", "Full-time, while it runs.", places=1, required=False)
    finance_rate = PercentField(
        label="Rate that outlays are financed at, %",
        required=False,
        help_text="For the modified rate of return. Empty: the discount rate.",
    )
    reinvest_rate = PercentField(
        label="Rate that income is invested at, %",
        required=False,
        help_text="For the modified rate of return. Empty: the discount rate.",
    )
    spread_benefits = PercentField(label="Benefits, ± %", min_value=0, max_value=100)
    spread_outlay = PercentField(label="Outlay, ± %", min_value=0, max_value=100)
    spread_years_late = forms.IntegerField(label="Years late", min_value=0, max_value=MOST_YEARS)
    spread_rate = PercentField(label="Discount rate, ± points", min_value=0, max_value=900)
    spread_running = AmountField(label="Running costs, more a year")
    delay_means = forms.ChoiceField(
        label="When it starts a year late", choices=[("", "Not said yet"), *BusinessCase.Delay.choices], required=False
    )  # fmt: skip
    works = PercentField(
        label="The first stage works, %", required=False, min_value=0, max_value=100,
        help_text="How likely it is that the pilot shows it works.",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any], offered: Offered) -> None:
        self.offered = offered
        said = data if data is not None else initial
        self.horizon = years_in(said.get("years")) or years_in(initial.get("years")) or 4
        self.keys = keys_in(said.get("lines"))
        super().__init__(data, initial=dict(initial))
        self._grow()
        self.remember()

    def built_with(self) -> dict[str, Any]:
        return {"offered": self.offered}

    @property
    def was(self) -> str:
        """The benefits this page began with, so that one taken away is not brought back by somebody else's version."""
        return str(self.data.get("was", "")) if self.is_bound else str(self.initial.get("lines", ""))

    @property
    def years_shown(self) -> range:
        return range(self.horizon + 1)

    def _grow(self) -> None:
        """The fields of costs, benefits, scenarios and flows."""
        for code, name in CATEGORIES:
            self._amounts(f"cost-{code}", name)
            self.fields[f"cost-{code}-note"] = line(f"{name}, note")
        for key in self.keys:
            self._benefit(key)
        for code, name in SCENARIOS:
            self._scenario(code, name)
        for code, name in FLOWS:
            self._amounts(code, name, signed=True)

    def _amounts(self, head: str, name: str, *, signed: bool = False) -> None:
        for year in self.years_shown:
            self.fields[f"{head}-{year}"] = AmountField(label=f"{name}, {year_name(year)}", signed=signed)

    def _benefit(self, key: int) -> None:
        head, name = f"benefit-{key}", f"Benefit {key}"
        add = self.fields.__setitem__
        add(f"{head}-description", line("What comes of it", "With a word of change: fewer, faster, more."))
        add(
            f"{head}-type",
            forms.ChoiceField(label="Kind", choices=[("", "Not said yet"), *TYPES], required=False),
        )
        add(
            f"{head}-evidence",
            forms.ChoiceField(label="How sure", choices=[("", "Not said yet"), *EVIDENCE], required=False),
        )
        add(
            f"{head}-owner",
            RowField(label="Who answers for it", choices=self.offered.people, empty="Nobody yet"),
        )
        add(f"{head}-kpi", RowField(label="KPI that shows it", choices=self.offered.kpis, empty="None"))
        add(
            f"{head}-attribution",
            PercentField(label="Share of its improvement, %", required=False, min_value=0, max_value=100),
        )
        add(f"{head}-attribution_method", line("How the share was found"))
        add(f"{head}-baseline", line("Baseline", "What it is today, and where that number comes from."))
        self._amounts(head, name)  # fmt: skip

    def _scenario(self, code: str, name: str) -> None:
        head = f"scenario-{code}"
        self.fields[f"{head}-haircut"] = PercentField(
            label=f"{name}: haircut, %", required=False, min_value=-1000, max_value=100
        )
        self.fields[f"{head}-years_late"] = forms.IntegerField(
            label=f"{name}: years late", required=False, min_value=0, max_value=MOST_YEARS
        )
        self.fields[f"{head}-outlay_factor"] = plain_number(f"{name}: outlay, times", required=False)
        self.fields[f"{head}-probability"] = PercentField(
            label=f"{name}: how likely, %", required=False, min_value=0, max_value=100
        )

    # Both versions, when somebody saved in between

    def untouched(self) -> set[str]:
        return super().untouched() - {"lines"}

    def over(self, version: int) -> Self:
        """What was typed over theirs; lines and years that only they added come with it."""
        known = set(self.fields)
        data = self.data.copy() if isinstance(self.data, QueryDict) else QueryDict(mutable=True)
        for name in self.untouched():
            data[name] = self._as_typed(self, name)
        data["lines"] = ",".join(str(key) for key in self._merged())
        data["version"], data["was"] = str(version), str(self.initial.get("lines", ""))
        probe = type(self)(data, initial=self.initial, **self.built_with())
        for name in probe.fields:
            if name not in known:
                data[name] = self._as_typed(probe, name)
        again = type(self)(data, initial=self.initial, **self.built_with())
        again.is_valid()
        return again

    @staticmethod
    def _as_typed(form: forms.Form, name: str) -> str:
        field = form.fields[name]
        value = field.prepare_value(form.get_initial_for_field(field, name))
        return "" if value in (None, False) else str(value)

    def _merged(self) -> Iterable[int]:
        """Mine, and theirs but those I took away: the hidden `was` says which I began with."""
        theirs, mine = keys_in(self.initial.get("lines")), self.keys
        began = keys_in(self.data.get("was", ""))
        return sorted({*mine, *(key for key in theirs if key not in began)})
