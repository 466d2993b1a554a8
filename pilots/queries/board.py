"""Reads for lists, the pilot board and the API: which pilots there are, and how they stand."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet

from core.listing import Filter, Listing
from core.models import BusinessUnit
from domain.portfolio_rules import PilotingUnit, units_without_production
from domain.purgatory import Level, RemedyCode
from domain.purgatory_rules import RULES
from domain.stages import Stage
from portfolio.models import Initiative

UNIT_RULE = "units_with_pilots_and_no_production"
LEVELS = tuple(level.value for level in Level)

PILOTS = Listing(
    filters={
        "level": Filter("level", "choice", choices=LEVELS),
        "remedy": Filter("remedy", "choice", choices=tuple(code.value for code in RemedyCode)),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "unit": Filter("initiative__unit__path", "subtree", ops=("",)),
        "objective": Filter("initiative__objectives", "id", ops=("",)),
        "sponsor": Filter("initiative__sponsor", "id", ops=("", "in", "isnull")),
        "risk_tier": Filter(
            "initiative__risk_tier", "choice", choices=("1", "2", "3"), ops=("", "in", "isnull")
        ),
        "decision_on": Filter("decision_on", "date", ops=("", "gte", "lte", "isnull")),
        "no_decision_date": Filter("no_decision_date", "bool", ops=("",)),
        "entered_on": Filter("spell__entered_on", "date", ops=("", "gte", "lte", "isnull")),
        "level_since": Filter("level_since", "date", ops=("", "gte", "lte")),
        "ended_on": Filter("ended_on", "date", ops=("", "gte", "lte", "isnull")),
    },
    orders={
        "name": "initiative__name",
        "level": "level",
        "level_since": "level_since",
        "decision_on": "decision_on",
        "entered_on": "spell__entered_on",
    },
    search=("initiative__name", "initiative__unit__name", "initiative__unit__code"),
    nullable=frozenset({"level_since", "decision_on", "spell__entered_on"}),
)
"""One definition for the page and the API. `rule=` and `due=` are added where they are read (`narrowed`)."""

RULE_CODES = tuple(rule.code for rule in RULES)


def tiers_of(initiative_id: int) -> Iterable[int | None]:
    """The risk tiers of the models of an initiative: its own tier is the highest of all of them.

    Models live to the right of this room; their link to the initiative is a fact of the initiative's own record.
    """
    return Initiative.objects.filter(pk=initiative_id).order_by().values_list("models__risk_tier", flat=True)


def piloting_units(rows: QuerySet[Initiative] | None = None) -> list[tuple[BusinessUnit, PilotingUnit]]:
    """Top-level units with five or more active pilots in their subtree and nothing in production. Two statements."""
    found = Initiative.objects.all() if rows is None else rows
    stages = found.filter(stage__in=[Stage.PILOT.value, Stage.PRODUCTION.value]).order_by()
    counted = list(stages.values_list("unit__path", "stage").annotate(n=Count("pk", distinct=True)))
    current = [(_top(path), Stage(stage)) for path, stage, count in counted for _ in range(count)]
    tops: dict[str, str | None] = {top: None for top, _ in current}
    told = units_without_production(tops, current)
    units = BusinessUnit.objects.in_bulk([int(one.unit) for one in told])
    return [(units[int(one.unit)], one) for one in told]


def _top(path: str) -> str:
    return path.split("/")[1]
