"""Reads of data sources, their checks, and integrations: lists, pages and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assurance.models import DataCheck, DataCheckResult, DataSource, Integration
from core.access import Actor, scope
from core.listing import Filter, Listing
from core.roles import Action
from domain.data_readiness import CHECKLIST
from governance.models import AiModel
from portfolio.models import Initiative

SOURCES = Listing(
    filters={
        "personal": Filter("personal", "choice", choices=tuple(DataSource.Personal.values)),
        "lacks_assessment": Filter("lacks_assessment", "bool", ops=("",)),
        "classification": Filter("classification", "choice", choices=tuple(DataSource.Classification.values)),
        "owner": Filter("owner", "id", ops=("", "in", "isnull")),
        "unit": Filter("unit__path", "subtree", ops=("",)),
        "model": Filter("ai_models", "ref", prefix="M", ops=("",), many=True),
        "initiative": Filter("initiatives", "ref", prefix="AI", ops=("",), many=True),
        "score": Filter("score", "decimal", ops=("", "gte", "lte", "isnull")),
    },
    orders={"name": "name", "score": "score", "updated_at": "updated_at"},
    search=("name", "system", "owner__name"),
    nullable=frozenset({"score"}),
)
CHECKS = Listing(
    filters={
        "data_source": Filter("data_source", "ref", prefix="DS"),
        "silent": Filter("silent", "bool", ops=("",)),
        "last_outcome": Filter("last_outcome", "choice", choices=tuple(DataCheckResult.Outcome.values)),
        "due_on": Filter("due_on", "date", ops=("", "gte", "lte")),
    },
    orders={"due_on": "due_on", "name": "name"},
)
RESULTS = Listing(
    filters={
        "data_check": Filter("data_check", "id"),
        "outcome": Filter("outcome", "choice", choices=tuple(DataCheckResult.Outcome.values)),
        "ran_on": Filter("ran_on", "date", ops=("", "gte", "lte")),
    },
    orders={"ran_on": "ran_on"},
)
INTEGRATIONS = Listing(
    filters={
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "kind": Filter("kind", "choice", choices=tuple(Integration.Kind.values)),
        "status": Filter("status", "choice", choices=tuple(Integration.Status.values)),
        "owner": Filter("owner", "id", ops=("", "in", "isnull")),
        "unit": Filter("initiative__unit__path", "subtree", ops=("",)),
    },
    orders={"system": "system"},
    search=("system", "note"),
)
RESULTS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class CheckSeen:
    """A check with its latest results, newest first."""

    row: DataCheck
    results: Sequence[DataCheckResult]


def sources_of_model(model: AiModel, by: Actor) -> list[DataSource]:
    """The sources a model rests on, as far as the reader may see them. One statement."""
    rows = DataSource.objects.visible_to(by).filter(ai_models=model).select_related("owner")
    return list(rows.order_by("name", "pk"))


def personal_data(model: AiModel) -> bool | None:
    """Whether the model handles personal data: as its data sources say, else as its own source said; None where nobody did.

    One source that holds some is enough; "no" needs the word of each of them.
    """
    said = set(DataSource.objects.filter(ai_models=model).order_by().values_list("personal", flat=True))
    if said:
        if DataSource.Personal.YES in said:
            return True
        return False if said == {DataSource.Personal.NO.value} else None
    word = str(model.facts.get("personal_data", model.facts.get("pii", ""))).strip().lower()
    return {"yes": True, "true": True, "no": False, "false": False}.get(word)


def checks_of(source: DataSource) -> list[CheckSeen]:
    """Two statements."""
    rows = list(DataCheck.objects.filter(data_source=source, ended_at=None).order_by("name", "pk"))
    results: dict[int, list[DataCheckResult]] = {}
    for one in DataCheckResult.objects.filter(data_check__in=rows).order_by("-ran_on", "-pk")[:200]:
        results.setdefault(one.data_check_id, []).append(one)
    return [CheckSeen(row, results.get(row.pk, [])[:RESULTS_SHOWN]) for row in rows]


def integrations_of(initiative: Initiative) -> list[Integration]:
    """One statement."""
    rows = Integration.objects.filter(initiative=initiative).select_related("owner")
    return list(rows.order_by("system", "kind"))


def unassessed(by: Actor) -> int:
    """How many sources with personal data lack a privacy assessment, of those the reader may see."""
    return DataSource.objects.filter(scope(by, Action.VIEW, DataSource), lacks_assessment=True).count()


def gaps_in_words(source: DataSource) -> list[str]:
    """The gaps of its checklist in words."""
    return [CHECKLIST[code] for code in source.gaps if code in CHECKLIST]
