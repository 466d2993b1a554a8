"""Reads for lists, the pilot board and the API: which pilots there are, and how they stand."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Case, Count, Q, QuerySet, Value, When

from core.access import Actor
from core.listing import Filter, Listing
from core.models import BusinessUnit
from core.prepared import read
from domain.portfolio_rules import PilotingUnit, units_without_production
from domain.purgatory import Level, RemedyCode
from domain.purgatory_rules import RULES
from domain.stages import Stage
from pilots.models import Pilot
from portfolio.models import Flag, Initiative
from portfolio.queries.counting import AHEAD
from portfolio.queries.listings import DAY, PERSON

UNIT_RULE = "units_with_pilots_and_no_production"
LEVELS = tuple(level.value for level in Level)

PILOTS = Listing(
    filters={
        "id": Filter("pk", "id"),
        "ref": Filter("pk", "ref", prefix="P"),
        "initiative": Filter("initiative", "ref", prefix="AI"),
        "level": Filter("level", "choice", choices=LEVELS),
        "rule": Filter("rules__has_key", "choice", choices=tuple(rule.code for rule in RULES), ops=("",)),
        "remedy": Filter("remedy", "choice", choices=tuple(code.value for code in RemedyCode)),
        "due": Filter("decision_waits", "bool", ops=("",)),
        "unit": Filter("initiative__unit__path", "subtree"),
        "objective": Filter("initiative__objectives", "id", ops=PERSON, many=True),
        "sponsor": Filter("initiative__sponsor", "id", ops=PERSON),
        "lead": Filter("initiative__lead", "id", ops=PERSON),
        "production_owner": Filter("production_owner", "id", ops=PERSON),
        "risk_tier": Filter("initiative__risk_tier", "choice", choices=("1", "2", "3"), ops=PERSON),
        "decision_on": Filter("decision_on", "date", ops=DAY),
        "no_decision_date": Filter("no_decision_date", "bool", ops=("",)),
        "entered_on": Filter("spell__entered_on", "date", ops=DAY),
        "level_since": Filter("level_since", "date", ops=DAY),
        "valid_until": Filter("valid_until", "date", ops=DAY),
        "open": Filter("ended_on", "null", ops=("",)),
    },
    orders={
        "name": "initiative__name",
        "unit": "initiative__unit__name",
        "level": "level_rank",
        "level_since": "level_since",
        "decision_on": "decision_on",
        "entered_on": "spell__entered_on",
        "planned_days": "planned_days",
        "spent": "initiative__spent",
        "findings": "findings",
    },
    search=("initiative__name", "initiative__unit__name", "initiative__lead__name"),
    nullable=frozenset(
        {"level_since", "decision_on", "spell__entered_on", "planned_days", "initiative__spent"}
    ),
)
"""One definition for the page and the API, over rows from `seen_by`."""


def seen_by(actor: Actor, today: date) -> QuerySet[Pilot]:
    """The pilots a reader may know of, with `decision_waits` to filter by."""
    waiting = Case(When(waits_on(today), then=Value(True)), default=Value(False))
    return Pilot.objects.visible_to(actor).alias(decision_waits=waiting)


def waits_on(today: date) -> Q:
    """Pilots whose decision waits, as the dashboard counts them from what is pushed down to it: its date is past or
    within three weeks, a person said that there is none, or the pilot is in purgatory."""
    soon = Q(decision_on__lte=today + AHEAD)
    return Q(ended_on=None) & (soon | Q(level=Level.PURGATORY.value) | Q(rules__has_key="R01"))


def waits(pilot: Pilot, today: date) -> bool:
    """The same of one pilot at hand."""
    soon = pilot.decision_on is not None and pilot.decision_on <= today + AHEAD
    stuck = pilot.level == Level.PURGATORY.value or "R01" in pilot.rules
    return pilot.ended_on is None and (soon or stuck)


def told(pilots: Iterable[Pilot], only: Sequence[str] = ()) -> dict[int, list[Flag]]:
    """The open findings of pilots, worst first, whole or with `only` these columns. One statement."""
    out: dict[int, list[Flag]] = {pilot.pk: [] for pilot in pilots}
    rows = Flag.objects.filter(subject_type="pilot", subject_id__among=list(out), cleared_at=None)
    rows = rows.only("subject_id", *only) if only else rows
    for flag in read(rows.order_by("-severity", "since", "rule")):
        out[flag.subject_id].append(flag)
    return out


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
