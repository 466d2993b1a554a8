"""Forms of a definition: what is measured, what success is, and what it is to be from now on."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms

from core.choices import PersonField
from core.editing import VersionedForm
from domain.kpi import Reading
from kpis.forms.fields import CurveField, day, days, line, number, percent, plain, share, text
from kpis.models import Kpi, KpiVersion
from kpis.services.amend import BECAUSE, Changed
from kpis.services.facts import FREE, SAID
from kpis.services.influence import BECAUSE as EXPECTED_BECAUSE
from kpis.services.success import BASELINE
from kpis.services.success import FIELDS as SUCCESS
from kpis.services.success import SAID_IN_WORDS as WORDS

TRY: Final = ("try_value", "try_on")
EXPECTED: Final = ("low", "likely", "high", "expected_because")


class DefinitionForm(VersionedForm):
    """Everything of a definition. `initial` is the one in force; empty for a new one."""

    # The measure
    name = text(
        "name", "Name", "What is measured, in the words of the business: Median days to first claim decision.",
        required=True,
    )  # fmt: skip
    kind = forms.ChoiceField(
        choices=Kpi.Kind.choices, initial=Kpi.Kind.BUSINESS,
        help_text="A model metric is kept apart: a better model is not yet a better business. A guard is what must not get worse.",
    )  # fmt: skip
    definition = text("definition", "Definition", "So exact that two people measure the same.", 3)
    formula = text(
        "formula", "Formula", "Where it is computed from other numbers: numerator over denominator.", 2
    )
    population = text("population", "Population", "Of whom or what: all motor claims of four pilot teams.")
    population_size = forms.IntegerField(
        label="Size of the population", required=False, min_value=0, max_value=2**63 - 1,
        help_text="Where somebody counted. A population that is narrowed later can then be told.",
    )  # fmt: skip
    window = text("window", "Window", "The time one reading is counted over: calendar month, fortnight.")
    unit_of_measure = text("unit_of_measure", "Unit", "As days, %, or claims a day.")
    data_source = text(
        "data_source", "Data source", "Where readings come from: a system, a report, a survey."
    )
    # What it counts for
    primary = forms.BooleanField(
        required=False, label="It is a primary KPI",
        help_text="A primary KPI decides: when it is off track or missed, so is the initiative.",
    )  # fmt: skip
    weight = forms.DecimalField(
        max_digits=9, decimal_places=4, min_value=0, initial=Decimal(1),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Its share in the initiative's roll-up, against the weights of the others. 0 leaves it out.",
    )  # fmt: skip
    parent = forms.ModelChoiceField(
        queryset=Kpi.objects.none(), required=False, label="Part of", empty_label="Part of no other KPI",
        help_text="The KPI of this initiative that this one breaks down.",
    )  # fmt: skip
    rolls_up_by = forms.ChoiceField(
        label="Its own parts roll up by", choices=Kpi.RollsUpBy.choices, initial=Kpi.RollsUpBy.WEIGHTED_MEAN,
        help_text="How the KPIs below this one are put together.",
    )  # fmt: skip
    serves = forms.ModelChoiceField(
        queryset=Kpi.objects.none(), required=False, label="Serves", empty_label="No business KPI named",
        help_text="For a model metric: the business KPI that a better model moves.",
    )  # fmt: skip
    serves_because = text("serves_because", "Because", "Why a better model metric moves that KPI.", 2)
    # Judgement
    judge = PersonField(
        required=False, label="Judge", empty="Nobody judges: it is counted",
        help_text="For what cannot be counted: the only person who records it, on the scale below.",
    )  # fmt: skip
    scale_low = number("Scale from", "The worst level, as 1.")
    scale_high = number("Scale to", "The best level, as 5.")
    scale_words = line("What the levels mean", WORDS["scale_words"], "A line each, the worst first.", 4)
    # Success
    shape = forms.ChoiceField(
        choices=[("trajectory", "Move from a baseline to a target by a date"), ("band", "Stay within a floor and a cap")],
        initial=KpiVersion.Shape.TRAJECTORY, widget=forms.RadioSelect, label="Kind of target",
    )  # fmt: skip
    direction = forms.ChoiceField(
        choices=KpiVersion.Direction.choices, initial=KpiVersion.Direction.HIGHER, widget=forms.RadioSelect,
        label="Which way is better",
    )  # fmt: skip
    baseline = number(
        "Baseline", "Where it stands before. Without one no progress can be claimed, even past the target."
    )
    baseline_on = day("Baseline date", "From this day on it is measured. Earlier readings do not count.")
    baseline_from = day("Baseline period from", "The days it was taken over.")
    baseline_to = day("Baseline period to")
    baseline_source = line(
        "Where the baseline comes from", WORDS["baseline_source"], "As 4,812 claims of the claims ledger."
    )
    baseline_method = line(
        "How it was taken", WORDS["baseline_method"], "As median of all claims, injuries left out."
    )
    target = number(
        "Target", "The value that is success. Equal to the baseline it is no way to go: use floor and cap."
    )
    target_change = percent(
        "Or as a change of the baseline, %",
        "-30 is 30 % less. It becomes a number when the baseline is locked; leave the target empty.",
    )
    target_on = day(
        "Target date", "By when. The outcome is frozen when the settling days after it have passed."
    )
    lower = number("Floor", "At least this. The value on the edge is inside.")
    upper = number("Cap", "At most this. Floor, cap, or both.")
    warn_margin = number(
        "Warn margin",
        "Closer than this to an edge is at risk. Empty: a share of the width, where both edges exist.",
    )
    warn_fraction = share(
        "Warn margin as a share of the width", "Counts only for a band with floor and cap.", "0.10"
    )
    required_compliance = share(
        "Periods to be held",
        "Share of the periods in which the band must be held to be achieved at closing.",
        "0.90",
    )
    cadence_days = days("Days between readings", "How often it is read.", 30, 1)
    stale_after_days = days(
        "Stale after days",
        "A reading older than this says nothing of today. Empty: one and a half times the rhythm.",
        None,
    )
    settle_days = days("Settling days", "Readings of these days after the target date still count.", 14)
    amber = share(
        "At risk beyond",
        "Points behind plan as a share: 0.10 is 10 points of the way. Exactly on it is still on track.",
        "0.10",
    )
    red = share("Off track beyond", "Exactly on it is still at risk.", "0.25")
    hysteresis = share(
        "Margin to get better",
        "A better status needs its boundary beaten by this much, so that it does not flicker.",
        "0.02",
    )
    confirm_worse = days("Readings that confirm worse", "1: a worse status is published at once.", 1, 1)
    curve = CurveField(
        required=False, label="Expected curve",
        help_text="Empty is a straight line. A back-loaded benefit is declared here, not argued later: share of the time, share of the way.",
    )  # fmt: skip
    benchmark = number("Benchmark", "What others, or earlier years, reach.")
    benchmark_source = line(
        "Where the benchmark comes from",
        WORDS["benchmark_source"],
        "A benchmark without a source is refused.",
    )
    benchmark_on = day("Benchmark of", "The day or year's end it is true of.")
    try_value = number("Suppose it stands at", "Only for the preview; it is not recorded.")
    try_on = day("Supposed on", "Empty: today.")

    def __init__(self, *args: Any, record: Kpi | None = None, initiative_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.initiative_id = record, initiative_id
        others = Kpi.objects.filter(initiative=initiative_id).exclude(kind=Kpi.Kind.MODEL_METRIC)
        others = (others.exclude(pk=record.pk) if record else others).order_by("name")
        for name in ("serves", "parent"):
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = others
        judge = self.fields.get("judge")
        if isinstance(judge, PersonField) and record is not None:
            judge.offer(record.judge)

    def built_with(self) -> dict[str, Any]:
        return {"record": self.record, "initiative_id": self.initiative_id}

    def success(self) -> dict[str, Any]:
        """What success is, as typed, whole."""
        return {name: self.cleaned_data.get(name) for name in SUCCESS if name in self.fields}

    def changes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """(facts, what success is) that differ from the record."""
        changed = self.changed()
        facts = {k: v for k, v in changed.items() if k in {*SAID, *FREE}}
        return facts, {k: v for k, v in changed.items() if k in SUCCESS}

    def supposed(self, today: date) -> list[Reading]:
        """The reading to try, for the preview; of today where no day is given."""
        value, on = self.cleaned_data.get("try_value"), self.cleaned_data.get("try_on")
        return [] if value is None else [Reading(1, on or today, value)]


class KpiForm(DefinitionForm):
    """A KPI: its definition while that is a draft, and what surrounds it.

    `settled`: the definition is in use, so only what surrounds it is here. `locked`: its baseline stands. `expects`:
    development has not begun, so what it is expected to bring can be said with it.
    """

    owner = PersonField(
        required=False, help_text="Who answers for the reading, and is asked when it is late."
    )
    metric = forms.ChoiceField(
        choices=[("", "Not one of these"), *Kpi.Metric.choices], required=False, label="Which model metric",
        help_text="Accuracy alone says little where one class is rare.",
    )  # fmt: skip
    minority_share = percent("Share of the rarer class, %", "As 3: three in a hundred are fraud. At most 50.")
    parent_weight = forms.DecimalField(
        label="Weight among its siblings", max_digits=9, decimal_places=4, min_value=0, initial=Decimal(1),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Against the other parts of the same KPI. 0 leaves it out.",
    )  # fmt: skip
    low = number("At least", "The change of the KPI in its unit: -4 is four less than the baseline.")
    likely = number("Likely")
    high = number("At most", "The three rise: -4, -3, -1.")
    expected_because = line("What makes you expect this", EXPECTED_BECAUSE, rows=2)

    def __init__(
        self, *args: Any, settled: bool = False, locked: bool = False, expects: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.settled, self.locked, self.expects = settled, locked, expects
        if self.record is None:
            del self.fields["version"]
        owner = self.fields["owner"]
        if self.record is not None and isinstance(owner, PersonField):
            owner.offer(self.record.owner)
        for name in (*SAID, *SUCCESS, *TRY) if settled else ():
            del self.fields[name]
        for name in BASELINE if locked and not settled else ():
            self.fields[name].disabled = True
        for name in () if expects else EXPECTED:
            del self.fields[name]

    def built_with(self) -> dict[str, Any]:
        return {
            **super().built_with(),
            "settled": self.settled,
            "locked": self.locked,
            "expects": self.expects,
        }

    def facts(self) -> dict[str, Any]:
        """What is measured and what surrounds it, whole."""
        return {name: self.cleaned_data[name] for name in (*SAID, *FREE) if name in self.fields}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        said = [name for name in EXPECTED if data.get(name) not in (None, "")]
        if said and len(said) < len(EXPECTED):
            for name in EXPECTED:
                if name not in said and name in self.fields and name not in self.errors:
                    self.add_error(name, "Say all three, and why, or none.")
        return data

    def expected(self) -> dict[str, Any] | None:
        """What it is expected to bring, as the service takes it; None where nothing was said."""
        if not self.expects or self.cleaned_data.get("likely") is None:
            return None
        said = self.cleaned_data
        return {
            "low": said["low"],
            "likely": said["likely"],
            "high": said["high"],
            "because": said["expected_because"],
        }


class AmendForm(DefinitionForm):
    """A definition in use, as it is to be from now on; and by which way."""

    how = forms.ChoiceField(
        label="How it comes into force",
        choices=[
            ("propose", "Propose it: somebody else approves it"),
            ("silent", "Change it now, without approval. That is told of this KPI for ever"),
        ],
        initial="propose", widget=forms.RadioSelect,
    )  # fmt: skip
    reason_code = forms.ChoiceField(
        choices=[("", "None of these"), *KpiVersion.ReasonCode.choices], required=False, label="What has changed",
        help_text="A promise may be changed when what it was about has changed. That it was not reached is no such reason.",
    )  # fmt: skip
    because = line("Why it changes", BECAUSE, "It stands beside the version for ever.", 2, required=True)
    effective_on = day(
        "First day it counts", "Empty: the day it is approved. A change without approval counts from today."
    )

    def change(self) -> Changed:
        """What differs, as the services take it."""
        facts, success = self.changes()
        said = self.cleaned_data
        return Changed(
            facts=facts, success=success, because=said["because"], reason_code=said["reason_code"],  # type: ignore[arg-type]
            effective_on=said["effective_on"] if said["how"] == "propose" else None,
        )  # fmt: skip


def facts_of(row: Kpi) -> dict[str, Any]:
    """The record as a form's initial values."""
    said: dict[str, Any] = {name: _value(row, name) for name in FREE}
    said["version"] = row.version
    if row.current is not None:
        said |= {name: _value(row.current, name) for name in (*SAID, *SUCCESS)}
    return said


def _value(row: Kpi | KpiVersion, name: str) -> Any:
    value = getattr(row, row._meta.get_field(name).attname)  # type: ignore[union-attr]
    return plain(value) if isinstance(value, Decimal) else value
