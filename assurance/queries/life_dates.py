"""The days that stand before models: reviews, validations, ethics audits, attestations, findings, exceptions, obligations,
clocks of incidents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from assurance.models import IncidentClock, ModelException, ModelFinding, Obligation
from assurance.queries.classifications import OPEN
from core import clock
from core.access import Actor
from domain.ageing import months_after, months_before
from domain.ethics import EthicsFacts, in_date_until
from domain.staleness_policy import TIERS
from governance.models import AiModel
from governance.queries.policy import policy_on

KINDS: Final = {
    "review": "Review",
    "validation": "Validation",
    "ethics": "Ethics audit",
    "attestation": "Attestation",
    "finding": "Finding to mend",
    "exception": "Exception ends",
    "obligation": "Obligation due",
    "clock": "Clock of an incident",
}
"""What a day is about, in the order of a day."""
MOST: Final = 500
"""So many days of a kind are read at most; whoever asks hears when there are more."""
A_PAGE: Final = 100
"""So many a page shows: more nobody reads."""
SLACK: Final = timedelta(days=4)
"""A month is clamped to its end, so the day that lies months back is looked for a little more widely."""


@dataclass(frozen=True, slots=True)
class Dated:
    """One day before one model. `words`: what is to be done; `who`: the name of whoever does it, empty: nobody yet."""

    on: date
    kind: str
    words: str
    model: AiModel
    who: str
    url: str
    uid: str

    @property
    def label(self) -> str:
        return KINDS[self.kind]


def dates_of(
    actor: Actor, first: date, last: date, *, kinds: frozenset[str] = frozenset(KINDS), mine: bool = False,
    rows: QuerySet[AiModel] | None = None, most: int = MOST,
) -> tuple[list[Dated], bool]:  # fmt: skip
    """Every day from the first to the last of models the actor may see (of `rows`, where given), and whether some were left out.

    `mine`: only models the actor owns. `most`: of each kind. At most ten statements, whatever their number.
    """
    models = (AiModel.objects.all() if rows is None else rows).visible_to(actor)  # type: ignore[attr-defined]
    models = models.exclude(stage=AiModel.Stage.RETIRED)
    if mine:
        models = models.filter(owner=actor.user.pk if actor.user else None)
    found: list[Dated] = []
    more = False
    for kind, read in _READ.items():
        if kind in kinds:
            part = list(islice(read(models, first, last, most + 1), most + 1))
            more = more or len(part) > most
            found += part[:most]
    order = list(KINDS)
    return sorted(found, key=lambda one: (one.on, order.index(one.kind), one.model.pk, one.uid)), more


def validations_due(
    first: date, last: date, models: QuerySet[AiModel] | None = None
) -> list[tuple[AiModel, date]]:
    """Models whose validation falls due between two days by the cadence of their tier. Two statements."""
    policy, _ = policy_on(clock.today())
    within = Q(pk__in=[])
    for tier in TIERS:
        months = policy.validation_months[tier]
        within |= Q(
            risk_tier=tier, last_validated_on__gte=months_before(first, months) - SLACK,
            last_validated_on__lte=months_before(last, months) + SLACK,
        )  # fmt: skip
    rows = (AiModel.objects.exclude(stage=AiModel.Stage.RETIRED) if models is None else models).filter(within)
    out = []
    told = rows.select_related("validator").only("name", "risk_tier", "last_validated_on", "validator__name")
    for row in told.order_by("pk"):
        if row.last_validated_on is not None and row.risk_tier is not None:
            due_on = months_after(row.last_validated_on, policy.validation_months[row.risk_tier])
            if first <= due_on <= last:
                out.append((row, due_on))
    return sorted(out, key=lambda one: (one[1], one[0].pk))


def ethics_due(
    first: date, last: date, models: QuerySet[AiModel] | None = None, most: int | None = None
) -> list[tuple[AiModel, date]]:
    """At most so many models whose ethics audit falls due between two days, the earliest first: by the day its reviewer set, or by the cadence from
    the last that passed, or of what serves and was never reviewed from its first day of service; where the last did not pass,
    the day of that. Three statements."""
    policy, _ = policy_on(clock.today())
    within = Q(ethics_refused_on__gte=first, ethics_refused_on__lte=last)
    within |= Q(ethics_due_on__gte=first, ethics_due_on__lte=last)
    for tier, months in policy.ethics_months.items():
        if months is not None:
            begin, end = months_before(first, months) - SLACK, months_before(last, months) + SLACK
            within |= Q(risk_tier=tier, ethics_passed_on__gte=begin, ethics_passed_on__lte=end)
            within |= Q(
                risk_tier=tier, ethics_passed_on=None, in_production_since__gte=begin, in_production_since__lte=end
            )  # fmt: skip
    rows = (AiModel.objects.all() if models is None else models).filter(
        within, stage=AiModel.Stage.PRODUCTION
    )

    @cache
    def until(*facts: Any) -> date | None:
        return in_date_until(EthicsFacts(*facts), policy.ethics_months)

    due: list[
        tuple[date, int]
    ] = []  # of bare values, each day reckoned once: thousands can fall due in one quarter
    for pk, risk, passed_on, since, set_on, refused_on in rows.order_by().values_list(
        "pk", "risk_tier", "ethics_passed_on", "in_production_since", "ethics_due_on", "ethics_refused_on"
    ):
        on = refused_on or until(risk, passed_on or since, set_on)
        if on is not None and first <= on <= last:
            due.append((on, pk))
    kept = sorted(due)[:most]
    told = AiModel.objects.select_related("owner").only("name", "risk_tier", "owner__name")
    found = told.in_bulk([pk for _, pk in kept])
    return [(found[pk], on) for on, pk in kept]


def life_url(model: AiModel) -> str:
    return f"/governance/models/{model.ref}/life/"


def _reviews(models: QuerySet[AiModel], first: date, last: date, most: int) -> Iterator[Dated]:
    yield from _by_field(models, "review", "next_review_on", "Have it reviewed", first, last, most)


def _attestations(models: QuerySet[AiModel], first: date, last: date, most: int) -> Iterator[Dated]:
    yield from _by_field(models, "attestation", "attestation_due_on", "Attest", first, last, most)


def _by_field(
    models: QuerySet[AiModel], kind: str, field: str, words: str, first: date, last: date, most: int
) -> Iterator[Dated]:
    rows = models.filter(**{f"{field}__gte": first, f"{field}__lte": last}).select_related("owner")
    told = rows.only("name", "risk_tier", "owner__name", field)
    for row in told.order_by(field, "pk")[:most]:
        who = row.owner.name if row.owner else ""
        yield Dated(getattr(row, field), kind, words, row, who, life_url(row), f"model-{row.pk}-{kind}")


def _validations(models: QuerySet[AiModel], first: date, last: date, most: int) -> Iterator[Dated]:
    for row, due_on in validations_due(first, last, models)[:most]:
        who = row.validator.name if row.validator else ""
        yield Dated(
            due_on, "validation", "Validate it", row, who, life_url(row), f"model-{row.pk}-validation"
        )


def _ethics(models: QuerySet[AiModel], first: date, last: date, most: int) -> Iterator[Dated]:
    for row, due_on in ethics_due(first, last, models, most):
        who = row.owner.name if row.owner else ""
        yield Dated(
            due_on, "ethics", "Have its ethics audited", row, who, life_url(row), f"model-{row.pk}-ethics"
        )


def _findings(models: QuerySet[AiModel], first: date, last: date, most: int) -> Iterator[Dated]:
    rows = ModelFinding.objects.filter(closed_on=None, due_on__gte=first, due_on__lte=last)
    for row in _of(rows, models, "owner").order_by("due_on", "pk")[:most]:
        words = f"{row.get_severity_display()} finding: {row.text[:120]}"
        yield Dated(
            row.due_on, "finding", words, row.model, row.owner.name, life_url(row.model), f"finding-{row.pk}"
        )


def _exceptions(models: QuerySet[AiModel], first: date, last: date, most: int) -> Iterator[Dated]:
    rows = ModelException.objects.filter(
        state=ModelException.State.APPROVED, expires_on__gte=first, expires_on__lte=last
    )
    for row in _of(rows, models, "owner").order_by("expires_on", "pk")[:most]:
        yield Dated(
            row.expires_on, "exception", row.rule, row.model, row.owner.name, life_url(row.model), f"exception-{row.pk}"
        )  # fmt: skip


def _obligations(models: QuerySet[AiModel], first: date, last: date, most: int) -> Iterator[Dated]:
    rows = Obligation.objects.filter(owed=True, status__in=OPEN, due_on__gte=first, due_on__lte=last)
    for row in _of(rows, models, "owner").order_by("due_on", "pk")[:most]:
        who = row.owner.name if row.owner else ""
        on = row.due_on or first  # never null here: the rows are those of a day
        yield Dated(on, "obligation", row.label, row.model, who, f"/governance/obligations/{row.pk}/", f"obligation-{row.pk}")  # fmt: skip


def _clocks(models: QuerySet[AiModel], first: date, last: date, most: int) -> Iterator[Dated]:
    rows = IncidentClock.objects.filter(
        met_at=None, off_at=None, due_at__gte=begin_of(first), due_at__lt=begin_of(last + timedelta(days=1)),
        incident__model__in=models.order_by().values("pk"),
    ).select_related("incident__model", "incident__lead")  # fmt: skip
    for row in rows.order_by("due_at", "pk")[:most]:
        incident = row.incident
        yield Dated(
            clock.day_of(row.due_at), "clock", f"{row.words}: {incident.title}", incident.model, incident.lead.name,
            f"/governance/incidents/{incident.ref}/", f"incident-clock-{row.pk}",
        )  # fmt: skip


def begin_of(on: date) -> datetime:
    """The first moment of the organisation's day."""
    return datetime.combine(on, time(0), ZoneInfo(settings.ORG_TIME_ZONE))


def _of(rows: QuerySet[Any], models: QuerySet[AiModel], who: str) -> QuerySet[Any]:
    return rows.filter(model__in=models.order_by().values("pk")).select_related("model", who)


_READ = {
    "review": _reviews,
    "validation": _validations,
    "ethics": _ethics,
    "attestation": _attestations,
    "finding": _findings,
    "exception": _exceptions,
    "obligation": _obligations,
    "clock": _clocks,
}
