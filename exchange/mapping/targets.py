"""What a row can become: the fields of an initiative that a mapping may fill, and how each is read."""

from dataclasses import dataclass
from typing import Final

from domain.stages import Stage

KINDS: Final = ("text", "date", "number", "vocabulary", "list", "email", "fact")


@dataclass(frozen=True, slots=True)
class TargetField:
    """One field. `unknown` is a vocabulary's value for a word it does not know, `blank` for an empty cell.

    `one_line`: runs of whitespace become one space. `every_word`: no absent words unless the mapping says so (a name
    may be "None"). `may_be_future`: a date after the as-of day is nothing to warn of.
    """

    name: str
    kind: str
    label: str
    required: bool = False
    max_length: int = 20_000
    one_line: bool = False
    every_word: bool = False
    may_be_future: bool = False
    choices: tuple[str, ...] = ()
    unknown: str = ""
    blank: str = ""


def _line(
    name: str, label: str, max_length: int, *, required: bool = False, every_word: bool = False
) -> TargetField:
    return TargetField(
        name, "text", label, required=required, max_length=max_length, one_line=True, every_word=every_word
    )


def _words(name: str, label: str, choices: tuple[str, ...], *, blank: str = "unknown") -> TargetField:
    return TargetField(name, "vocabulary", label, choices=choices, unknown="unknown", blank=blank)


INITIATIVE_FIELDS: Final = (
    _line("name", "Name", 500, required=True, every_word=True),
    _line("unit", "Unit", 120, required=True, every_word=True),
    _line("unit_name", "Unit’s full name", 200),
    _line("sub_unit", "Sub-unit", 200),
    _line("external_id", "Id in the source", 200),
    TargetField("problem", "text", "Problem or purpose"),
    TargetField("outcome", "text", "Outcome"),
    _line("value_hypothesis", "Value hypothesis", 400),
    TargetField("notes", "text", "Notes"),
    _words("stage", "Stage", tuple(stage.value for stage in Stage)),
    _words("impact", "Impact", ("rights", "safety", "both", "neither", "unknown")),
    _words(
        "documentation",
        "Documentation",
        ("none", "limited", "complete", "na", "blank", "unknown"),
        blank="blank",
    ),
    _words("monitoring", "Monitoring", ("none", "established", "na", "blank", "unknown"), blank="blank"),
    _words("risk_tier", "Risk tier", ("1", "2", "3", "unknown")),
    TargetField("entered_on", "date", "In this stage since"),
    TargetField("date_initiated", "date", "Initiated"),
    TargetField("date_acquired", "date", "Acquisition or development began"),
    TargetField("date_implemented", "date", "Implemented"),
    TargetField("date_retired", "date", "Retired"),
    TargetField("decision_on", "date", "Decision by", may_be_future=True),
    TargetField("planned_end_on", "date", "Planned end", may_be_future=True),
    TargetField("sponsor_email", "email", "Sponsor", max_length=254),
    TargetField("lead_email", "email", "Lead", max_length=254),
    TargetField("planned_value", "number", "Planned value"),
    TargetField("spent", "number", "Spent"),
    TargetField("budget", "number", "Budget"),
    TargetField("objectives", "list", "Objectives"),
    TargetField("topics", "list", "Topics"),
    TargetField("techniques", "list", "Techniques"),
    TargetField("vendors", "list", "Vendors"),
    TargetField("tags", "list", "Tags"),
)

TARGETS: Final = {"initiatives": {field.name: field for field in INITIATIVE_FIELDS}}
