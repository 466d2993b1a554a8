"""Forms of imports. They only shape; every rule is the service's."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from exchange.mapping import load_mapping, shipped_mappings
from exchange.models import SavedMapping
from exchange.reading.table import fold
from exchange.services.clicking import DATES, DUPLICATES, FACT, FIELDS, KEYS, WORDED, Choices

ENCODINGS: Final = ("utf-8", "cp1252", "utf-16-le", "iso8859-1", "iso8859-15", "cp1250", "mac-roman")
BY_HAND: Final = ""
OWN_FILE: Final = "+file"


def mapping_choices() -> list[tuple[str, Any]]:
    """Shipped mappings by title, saved ones by name, a file of one's own, and none yet."""
    shipped = [(name, load_mapping(path).title) for name, path in shipped_mappings().items()]
    saved = [(name, name) for name in SavedMapping.objects.values_list("name", flat=True)]
    groups: list[tuple[str, Any]] = [(BY_HAND, "Map the columns by clicking")]
    if saved:
        groups.append(("Saved here", saved))
    groups += [("Shipped", shipped), (OWN_FILE, "A mapping file of your own (TOML)")]
    return groups


class UploadForm(forms.Form):
    """A file and how it is to be read."""

    file = forms.FileField(
        label="File",
        help_text="CSV or XLSX, up to 25 MB, with a header row.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}),
        error_messages={
            "required": "Choose a file.",
            "empty": "The file is empty. Load a file with a header row and data rows.",
        },
    )
    mapping = forms.ChoiceField(
        required=False, help_text="What the columns mean. Next year's file goes through the same one."
    )
    mapping_file = forms.FileField(
        required=False, label="Mapping file", help_text="Only for a mapping of your own.",
        widget=forms.ClearableFileInput(attrs={"accept": ".toml"}),
    )  # fmt: skip
    as_of = forms.DateField(
        required=False, label="As of",
        help_text="The day the file speaks of. Left empty: the mapping's day, else today.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "No such day. Write 28.02.2027 or 2027-02-28."},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mapping = self.fields["mapping"]
        assert isinstance(mapping, forms.ChoiceField)  # noqa: S101
        mapping.choices = mapping_choices()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        chosen, own = said.get("mapping"), said.get("mapping_file")
        if chosen == OWN_FILE and own is None and "mapping_file" not in self.errors:
            self.add_error("mapping_file", "Choose the mapping file, or another mapping.")
        if own is not None and chosen != OWN_FILE:
            self.add_error("mapping", "A mapping file is given: choose “A mapping file of your own” here.")
        return said


class CommitForm(forms.Form):
    """The version that was looked at, and whether refused rows may stay behind."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    only_good_rows = forms.BooleanField(required=False)


class SheetForm(forms.Form):
    """How to read a file before its columns are mapped."""

    encoding = forms.ChoiceField(
        required=False, choices=[("", "Told by the file"), *((name, name) for name in ENCODINGS)]
    )
    header_row = forms.IntegerField(min_value=1, max_value=1_000, label="Header in row")
    sheet = forms.CharField(
        max_length=100, required=False, help_text="Of a workbook. Left empty: the first with a value."
    )


class MappingForm(forms.Form):
    """What every column means: fields `c<position>`, and `w-<field>-<n>` for the words of a column.

    Built from what the file holds (`detected`) and from what was chosen so far; `choices()` gives what is chosen now.
    """

    unit = forms.CharField(
        max_length=120,
        required=False,
        label="Unit of every row",
        help_text="Only where no column names the unit.",
    )
    key = forms.ChoiceField(choices=list(KEYS.items()), label="What tells rows apart")
    duplicates = forms.ChoiceField(choices=list(DUPLICATES.items()), label="When an id stands twice")
    layouts = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 4, "class": "raw"}), label="Dates are written",
        help_text="One layout a line, tried in order. YYYY YY M D MON MONTH Q; other signs stand for themselves.",
        max_length=2_000,
    )  # fmt: skip
    absent = forms.CharField(
        required=False, label="Words that say nothing", max_length=2_000,
        help_text="Separated by commas. A star at the end means: begins with. Blank always says nothing.",
    )  # fmt: skip
    decimal = forms.ChoiceField(
        choices=[(".", "Point: 1,234.50"), (",", "Comma: 1.234,50")], label="Decimals are written with"
    )
    separators = forms.CharField(
        required=False,
        max_length=20,
        label="Lists are split at",
        help_text="One sign or several, with spaces between them.",
    )
    age = forms.ChoiceField(required=False, label="Before production: in its stage since")
    age_else = forms.ChoiceField(required=False, label="Where that is empty")
    age_production = forms.ChoiceField(required=False, label="In production since")
    age_retired = forms.ChoiceField(required=False, label="Retired since")
    order = forms.BooleanField(required=False, label="Warn where dates stand in the wrong order")
    pinned = forms.BooleanField(required=False, label="Refuse a file whose columns are not these")
    name = forms.CharField(
        max_length=80, label="Name of this mapping", help_text="As you will look for it next year."
    )
    series = forms.CharField(
        max_length=80, required=False,
        help_text="Files of one series update each other. Left empty: the name.",
    )  # fmt: skip
    save = forms.BooleanField(required=False, label="Keep this mapping for the next file")
    replace = forms.BooleanField(required=False, label="Replace the mapping kept under this name")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, detected: Mapping[str, Any], chosen: Choices, **kwargs: Any) -> None:
        self.detected, self.chosen = detected, chosen
        kwargs["initial"] = {**_initial(chosen), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for column in detected["columns"]:
            position = column["position"]
            self.fields[f"c{position}"] = forms.ChoiceField(
                choices=_TARGETS,
                required=False,
                initial=chosen.fields.get(position, ""),
                label=column["label"],
            )
        self.worded = [name for name in WORDED if chosen.columns(name)]
        for name in self.worded:
            self._offer_words(name)
        dated = [(name, FIELDS[name].label) for name in DATES if chosen.columns(name)]
        for name in ("age", "age_else", "age_production", "age_retired"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = [("", "No column says it"), *dated]

    def _offer_words(self, name: str) -> None:
        said = self.chosen.words.get(name, {})
        values = [
            ("", "Unknown, with a warning"),
            *((v, v.replace("_", " ").capitalize()) for v in FIELDS[name].choices),
        ]
        for place, (word, _) in enumerate(self.words(name)):
            self.fields[f"w-{name}-{place}"] = forms.ChoiceField(
                choices=values, required=False, initial=said.get(fold(word), ""), label=word
            )

    def words(self, name: str) -> list[tuple[str, int]]:
        """The words of the columns chosen for a field, with how often each stands."""
        found: dict[str, tuple[str, int]] = {}
        for column in self.detected["columns"]:
            if self.chosen.fields.get(column["position"]) == name:
                for word, count in column["words"]:
                    known = found.get(fold(word), (word, 0))
                    found[fold(word)] = (known[0], known[1] + count)
        return list(found.values())

    def choices(self) -> Choices:
        """What is chosen now. Words of columns that were not shown yet keep what was guessed."""
        said = self.cleaned_data
        fields = {c["position"]: said[f"c{c['position']}"] for c in self.detected["columns"]}
        words = dict(self.chosen.words)
        for name in self.worded:
            words[name] = {
                fold(word): said[f"w-{name}-{place}"]
                for place, (word, _) in enumerate(self.words(name))
                if said[f"w-{name}-{place}"]
            }
        return Choices(
            fields=fields, words=words, layouts=_lines(said["layouts"]), absent=_parts(said["absent"], ","),
            unit=said["unit"], decimal=said["decimal"], separators=said["separators"].split(), key=said["key"],
            duplicates=said["duplicates"], age=[name for name in (said["age"], said["age_else"]) if name],
            age_production=said["age_production"], age_retired=said["age_retired"], order=said["order"],
            pinned=said["pinned"], name=said["name"], series=said["series"],
        )  # fmt: skip

    def unseen(self, chosen: Choices) -> list[str]:
        """Fields whose words nobody has been asked for yet."""
        return [FIELDS[name].label for name in WORDED if chosen.columns(name) and name not in self.worded]

    def column_rows(self) -> list[tuple[Mapping[str, Any], forms.BoundField]]:
        """Every column with the field that says what it is."""
        return [(column, self[f"c{column['position']}"]) for column in self.detected["columns"]]

    def word_tables(self) -> list[tuple[str, list[tuple[str, int, forms.BoundField]]]]:
        """Every worded field with its words, how often each stands, and the field that says what it means."""
        return [
            (
                FIELDS[name].label,
                [
                    (word, count, self[f"w-{name}-{place}"])
                    for place, (word, count) in enumerate(self.words(name))
                ],
            )
            for name in self.worded
        ]


def _target_choices() -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, target in FIELDS.items():
        group = {"date": "Dates", "number": "Amounts", "list": "Lists", "email": "People"}.get(
            target.kind, "The record"
        )
        groups.setdefault(group, []).append((name, target.label))
    order = ("The record", "Dates", "People", "Amounts", "Lists")
    return [
        ("", "Keep as it is"),
        *((group, groups[group]) for group in order),
        ("Questions", [(FACT, "A yes-or-no question")]),
    ]


_TARGETS: Final = _target_choices()


def _initial(chosen: Choices) -> dict[str, Any]:
    return {
        "unit": chosen.unit, "key": chosen.key, "duplicates": chosen.duplicates, "layouts": "\n".join(chosen.layouts),
        "absent": ", ".join(chosen.absent), "decimal": chosen.decimal, "separators": " ".join(chosen.separators),
        "age": next(iter(chosen.age), ""), "age_else": next(iter(chosen.age[1:]), ""),
        "age_production": chosen.age_production, "age_retired": chosen.age_retired, "order": chosen.order,
        "pinned": chosen.pinned, "name": chosen.name, "series": chosen.series,
    }  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _parts(text: str, sign: str) -> list[str]:
    return [part.strip() for part in text.split(sign) if part.strip()]
