"""Reads of classifications and of what is owed by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from assurance.models import Classification, Obligation
from assurance.queries.rules import Rules, rules
from core.listing import Filter, Listing
from domain.classify import Answer, Result, classify
from domain.rule_sets import STATUSES, UNKNOWN, Question, RuleSet
from domain.rules import SHIPPED
from governance.models import AiModel

SETS: Final = tuple(SHIPPED)
OPEN: Final = ("not_reported", "in_progress", "no")
CLASSIFICATIONS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "rule_set": Filter("rule_set", "choice", choices=SETS),
        "class": Filter("class_code", "text"),
        "newest": Filter("newest", "bool", ops=("",)),
        "unit": Filter("model__unit__path", "subtree", ops=("",)),
    },
    orders={"recorded_at": "recorded_at"},
)
OBLIGATIONS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "rule_set": Filter("rule_set", "choice", choices=SETS),
        "status": Filter("status", "choice", choices=tuple(STATUSES)),
        "owed": Filter("owed", "bool", ops=("",)),
        "owner": Filter("owner", "id", ops=("", "in", "isnull")),
        "due_on": Filter("due_on", "date", ops=("", "gte", "lte", "isnull")),
        "unit": Filter("model__unit__path", "subtree", ops=("",)),
    },
    orders={"due_on": "due_on", "model": "model_id", "position": "position"},
    nullable=frozenset({"due_on"}),
    search=("model__name", "label", "owner__name"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A question with what was answered."""

    question: Question
    answer: str
    because: str
    decided: bool
    missing: bool


@dataclass(frozen=True, slots=True)
class Stood:
    """One rule set for one model: the answers that count, what is missing in words, what a newer version changes."""

    rules: RuleSet
    row: Classification | None
    told: tuple[Told, ...] = ()
    missing: tuple[str, ...] = ()
    newer: tuple[RuleSet, Sequence[str]] | None = None
    earlier: Sequence[Classification] = ()
    duties: Sequence[Obligation] = ()
    sentence: str = ""
    decided_by: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def gaps(self) -> int:
        return sum(self.counts.get(code, 0) for code in OPEN)

    @property
    def groups(self) -> list[tuple[str, list[Obligation]]]:
        out: dict[str, list[Obligation]] = {}
        for one in self.duties:
            out.setdefault(one.group, []).append(one)
        return list(out.items())

    @property
    def status_counts(self) -> list[tuple[str, int]]:
        return [(STATUSES[code], count) for code, count in self.counts.items() if count]


def stood_of(model: AiModel, day: date, known: Rules | None = None) -> list[Stood]:
    """Every rule set for a model, in the product's order. Three statements."""
    found = known or rules()
    rows: dict[str, list[Classification]] = {}
    for row in Classification.objects.filter(model=model).select_related("recorded_by").order_by("-id")[:500]:
        rows.setdefault(row.rule_set, []).append(row)
    owed: dict[str, list[Obligation]] = {}
    for one in (
        Obligation.objects.filter(model=model, owed=True)
        .select_related("owner", "said_by")
        .order_by("position", "id")
    ):
        owed.setdefault(one.rule_set, []).append(one)
    return [_stood(code, rows.get(code, []), owed.get(code, []), found, day) for code in SETS]


def _stood(
    code: str, rows: Sequence[Classification], owed: Sequence[Obligation], found: Rules, day: date
) -> Stood:
    now = found.on(code, day)
    row = next((one for one in rows if one.newest), None)
    if row is None:
        return Stood(now, None)
    under = found.version(code, row.rule_version) or now
    asked = {one.code: one for one in under.questions}
    told = tuple(
        Told(
            asked[name], words_of(asked[name], said["answer"]), said["because"], name == row.decided_by,
            name in row.missing,
        )
        for name, said in row.answers.items()
        if name in asked
    )  # fmt: skip
    counts = {status: sum(one.status == status for one in owed) for status in STATUSES}
    determined = row.class_code in {one.code for one in under.classes}
    return Stood(
        now, row, told, tuple(asked[name].text for name in row.missing if name in asked),
        found.changed_since(code, row.rule_version, day), [one for one in rows if not one.newest], owed,
        under.class_of(row.class_code).sentence if determined else "", asked[row.decided_by].text if row.decided_by in asked else "",
        counts,
    )  # fmt: skip


def words_of(question: Question, said: Any) -> str:
    """An answer as a reader knows it."""
    labels = dict(question.options)
    given = said if isinstance(said, list) else [said]
    if given in ([UNKNOWN], []):
        return "Not known"
    return "; ".join(labels.get(one, str(one)).partition(":")[0] for one in given)


def given_answers(row: Classification | None, under: RuleSet) -> dict[str, Answer]:
    """The answers of a classification, as far as the questions of `under` still take them: to begin another from."""
    out: dict[str, Answer] = {}
    for one in under.questions:
        said = row.answers.get(one.code) if row else None
        if said is None:
            continue
        values = said["answer"] if isinstance(said["answer"], list) else [said["answer"]]
        known = {code for code, _ in one.options}
        out[one.code] = Answer(tuple(value for value in values if value in known), said["because"])
    return out


def result_of(row: Classification, under: RuleSet) -> Result:
    """The class as the rules give it, from the answers alone."""
    return classify(under, given_answers(row, under))
