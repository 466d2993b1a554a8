"""Forms of a model's monitoring page: one short form for each act. They only shape; every rule is the service's."""

import csv
import io
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms

from assurance.models.monitoring import DIRECTIONS, EQUALITIES, KINDS, METHODS, UNITS
from assurance.services.alerts import NOTE
from assurance.services.monitors import BECAUSE, SOURCE, TEXTS
from core.acts import ActForm
from core.inputs import DayInput
from domain.predicted_actual import Metric

MOST_BYTES: Final = 500_000
_PAIR: Final = re.compile(r"([A-Za-z_]+)\s*=\s*")
_LISTS: Final = frozenset({"counts", "shares", "values", "edges"})
_WHOLE: Final = frozenset({"counts"})


def said(text: str, at: str) -> dict[str, Any]:
    """`limit = 0.87, worse = below` as names and values; after counts, shares, values and edges comes a list of numbers."""
    parts = list(_PAIR.finditer(text))
    if text.strip() and (not parts or text[: parts[0].start()].strip()):
        raise forms.ValidationError({at: "Write names and values, as: limit = 0.87, worse = below."})
    ends = [one.start() for one in parts[1:]] + [len(text)]
    out: dict[str, Any] = {}
    for one, end in zip(parts, ends, strict=True):
        name, value = one[1], text[one.end() : end].strip().strip(",").strip()
        out[name] = _numbers(value, name in _WHOLE) if name in _LISTS else _value(name, value)
    return out


def _numbers(text: str, whole: bool) -> list[Any]:
    return [_value("counts" if whole else "", part) for part in re.split(r"[\s,;]+", text) if part]


def _value(name: str, text: str) -> Any:
    """A whole number where the rules count, else the text as it stands: they read numbers exactly themselves."""
    whole = name in {"counts", "bins", "min_instances"}
    return int(text) if whole and re.fullmatch(r"-?\d{1,18}", text) else text


class AcknowledgeForm(ActForm):
    note = forms.CharField(
        label="What you do about it", max_length=NOTE, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It clears nothing: the alert clears when the data is stable again.",
    )  # fmt: skip


class MonitorForm(ActForm):
    name = forms.CharField(max_length=TEXTS["name"], help_text="As readers will find it: Age of the claim.")
    kind = forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect)
    subject = forms.CharField(
        max_length=TEXTS["subject"], label="Feature or metric", help_text="As its source names it."
    )
    method = forms.ChoiceField(choices=METHODS)
    parameters = forms.CharField(
        required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=(
            "PSI: none needed. Threshold: limit = 0.87, warn = 0.90, worse = below. EWMA: lambda = 0.2, L = 3. "
            "CUSUM: k = 0.5, h = 5. Page-Hinkley: none needed."
        ),
    )  # fmt: skip
    baseline = forms.CharField(
        required=False, max_length=MOST_BYTES, widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="PSI: counts = 250 250 250 250, or values = and the sample itself. EWMA: target = 0.92, sigma = 0.01. CUSUM: target = 0.92.",
    )  # fmt: skip
    source = forms.CharField(
        required=False,
        max_length=SOURCE,
        label="Where the baseline is from",
        help_text="As: training data of spring 2026.",
    )
    fixed_on = forms.DateField(required=False, widget=DayInput, label="Baseline fixed on")
    smallest = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=10**9,
        label="Smallest sample",
        help_text="Fewer cases than this tell nothing.",
    )
    cadence_days = forms.IntegerField(
        required=False, min_value=1, max_value=3_650, label="Days between observations",
        help_text="After twice as many without data it is silent.",
    )  # fmt: skip
    metric = forms.ChoiceField(
        required=False, label="Fed by predictions and outcomes",
        choices=[("", "No, by readings"), *((one.value, one.value.replace("_", " ").capitalize()) for one in Metric)],
    )  # fmt: skip
    positive = forms.CharField(
        required=False,
        max_length=TEXTS["positive"],
        label="Positive class",
        help_text="The one that is looked for.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["parameters"] = said(data.get("parameters", ""), "parameters")
        data["baseline"] = said(data.get("baseline", ""), "baseline")
        return data


class BaselineForm(ActForm):
    baseline = forms.CharField(
        max_length=MOST_BYTES, widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="counts = 250 250 250 250, or shares =, or values = and the sample; of a chart target = 0.92, sigma = 0.01.",
    )  # fmt: skip
    fixed_on = forms.DateField(widget=DayInput, label="Fixed on")
    source = forms.CharField(max_length=SOURCE, label="Where it is from")
    because = forms.CharField(
        required=False, max_length=BECAUSE, label="Why it changes",
        help_text="Needed where one stood before. An open alert stays until data against the new one is stable.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        data["baseline"] = said(data.get("baseline", ""), "baseline")
        return data


class ObservationForm(ActForm):
    observed_on = forms.DateField(widget=DayInput, label="Observed on")
    figures = forms.CharField(
        max_length=MOST_BYTES, label="What was observed", widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="A reading, as 0.91. Of a distribution: counts = 330 300 220 150, or values = and the sample.",
    )  # fmt: skip
    cases = forms.IntegerField(required=False, min_value=0, max_value=10**15, label="Of how many cases")

    def row(self) -> dict[str, Any]:
        """The observation as the service reads it."""
        data = self.cleaned_data
        return {"observed_on": data["observed_on"], "cases": data["cases"], **data["figures"]}

    def clean_figures(self) -> dict[str, Any]:
        text = self.cleaned_data["figures"].strip()
        if "=" not in text:
            return {"value": text}
        return said(text, "figures")


class RuleForm(ActForm):
    direction = forms.ChoiceField(choices=DIRECTIONS, label="What triggers", widget=forms.RadioSelect)
    equality = forms.ChoiceField(choices=EQUALITIES, label="Of")
    amount = forms.DecimalField(
        min_value=Decimal("0.000000000001"), max_digits=26, decimal_places=12, label="How much"
    )
    unit = forms.ChoiceField(
        choices=UNITS, widget=forms.RadioSelect,
        help_text="From 92 %, a drop of 3 points is 89 %, a drop of 3 % is 89.24 %.",
    )  # fmt: skip
    reference = forms.DecimalField(
        required=False,
        max_digits=26,
        decimal_places=12,
        label="Compared with",
        help_text="Empty: the target of the baseline.",
    )
    minimum_sample = forms.IntegerField(min_value=1, max_value=10**9, initial=30, label="Smallest sample")
    cooldown_days = forms.IntegerField(
        min_value=0,
        max_value=3_650,
        initial=30,
        label="Cooldown, days",
        help_text="A second trigger in it is logged, not raised.",
    )
    window_days = forms.TypedChoiceField(
        coerce=int, choices=[(30, "The last month"), (91, "The last quarter"), (182, "The last half year"), (365, "The last year")],
        label="Retrain on", initial=91,
    )  # fmt: skip


class BecauseForm(ActForm):
    because = forms.CharField(label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class TableForm(forms.Form):
    """Observations as CSV, pasted or from a file. First line: observed_on, and value or the names of the bins."""

    table = forms.CharField(
        required=False, max_length=MOST_BYTES, strip=False, label="Paste rows",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=(
            "First line: observed_on, value; or observed_on and a column for each bin with its count. "
            "If wanted also cases and source_key."
        ),
    )  # fmt: skip
    file = forms.FileField(
        required=False, label="Or a CSV file", help_text="The same columns, UTF-8, up to 500 kB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt"}),
        error_messages={"empty": "The file is empty. Choose another."},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        file = data.get("file")
        if file is not None:
            if file.size > MOST_BYTES:
                raise forms.ValidationError({"file": "The file is larger than 500 kB. Split it."})
            try:
                data["table"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise forms.ValidationError(
                    {"file": "The file is not UTF-8. Save it as CSV UTF-8."}
                ) from None
        if not data.get("table", "").strip() and not self.errors:
            raise forms.ValidationError("Nothing is there. Paste rows, or choose a file.")
        if not self.errors:
            data["rows"] = table_rows(data["table"])
        return data


def table_rows(text: str) -> list[dict[str, Any]]:
    """The rows of a CSV as observations. Columns that are none of ours are bins, in their order."""
    dialect = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    lines = [one for one in csv.reader(io.StringIO(text.replace("\r\n", "\n")), delimiter=dialect) if any(cell.strip() for cell in one)]  # fmt: skip
    head = [cell.strip() for cell in lines[0]]
    if "observed_on" not in head or len(set(head)) != len(head):
        raise forms.ValidationError(
            {"table": "The first line names the columns, each once, observed_on among them."}
        )
    out = []
    for place, cells in enumerate(lines[1:], 2):
        if len(cells) != len(head):
            raise forms.ValidationError(
                {"table": f"Line {place} has {len(cells)} cells; the first line has {len(head)}."}
            )
        out.append(_observation(dict(zip(head, (cell.strip() for cell in cells), strict=True)), place))
    if not out:
        raise forms.ValidationError({"table": "There is no row below the first line."})
    return out


def _observation(cells: dict[str, str], place: int) -> dict[str, Any]:
    row: dict[str, Any] = {"observed_on": cells.pop("observed_on")}
    for name in ("source", "source_key"):
        if name in cells:
            row[name] = cells.pop(name)
    if "cases" in cells:
        row["cases"] = _count(cells.pop("cases"), place)
    if "value" in cells or "score" in cells:
        row |= {name: cells.pop(name) for name in ("value", "score") if name in cells}
        if cells:
            raise forms.ValidationError(
                {"table": f"Beside value there is a column {next(iter(cells))[:40]!r}. Leave it out."}
            )
    else:
        row["counts"] = [_count(cell, place) for cell in cells.values()]
    return row


def _count(cell: str, place: int) -> int | None:
    if not cell:
        return None
    try:
        found = Decimal(cell)
        if found == found.to_integral_value() and abs(found) < Decimal("1e15"):
            return int(found)
    except InvalidOperation:
        pass
    raise forms.ValidationError({"table": f"Line {place}: {cell[:40]!r} is no whole number."})
