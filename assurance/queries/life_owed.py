"""What people owe a model by a day, for their reminders: findings to mend, clocks of incidents, exceptions that end,
obligations, validations, ethics audits.

Reviews and attestations are told by `governance.queries.owed`.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from assurance.models import IncidentClock, ModelException, ModelFinding, Obligation
from assurance.queries.classifications import OPEN
from assurance.queries.life_dates import begin_of, ethics_due, validations_due
from core import clock
from core.reminders import Owed, reminds
from governance.models import AiModel

LIFE = "/governance/models/M-{:04d}/life/"


@reminds
def findings(first: date, last: date) -> Iterable[Owed]:
    """Open findings, by who mends them. One statement."""
    rows = ModelFinding.objects.filter(closed_on=None, due_on__gte=first, due_on__lte=last).order_by("pk")
    for pk, owner, due_on, text, severity, model, name in rows.values_list(
        "pk", "owner_id", "due_on", "text", "severity", "model_id", "model__name"
    ):
        yield Owed(
            user_id=owner, subject=f"finding-{pk}", due_on=due_on, title=f"Mend a {severity} finding, {name}",
            body=text[:300], url=LIFE.format(model),
        )  # fmt: skip


@reminds
def exceptions(first: date, last: date) -> Iterable[Owed]:
    """Exceptions in force that end, by who answers for them. One statement."""
    rows = ModelException.objects.filter(
        state=ModelException.State.APPROVED, expires_on__gte=first, expires_on__lte=last
    )
    for pk, owner, due_on, rule, model, name in rows.order_by("pk").values_list(
        "pk", "owner_id", "expires_on", "rule", "model_id", "model__name"
    ):
        yield Owed(
            user_id=owner, subject=f"exception-{pk}", due_on=due_on, title=f"An exception ends, {name}", body=rule,
            url=LIFE.format(model),
        )  # fmt: skip


@reminds
def clocks(first: date, last: date) -> Iterable[Owed]:
    """Clocks of incidents that run, by who leads the incident. One statement."""
    rows = IncidentClock.objects.filter(
        met_at=None, off_at=None, due_at__gte=begin_of(first), due_at__lt=begin_of(last + timedelta(days=1))
    )
    for pk, lead, due_at, words, incident, title in rows.order_by("pk").values_list(
        "pk", "incident__lead_id", "due_at", "words", "incident_id", "incident__title"
    ):
        yield Owed(
            user_id=lead, subject=f"incident-clock-{pk}", due_on=clock.day_of(due_at), title=f"{words}: {title}",
            url=f"/governance/incidents/IN-{incident:04d}/", offsets=(-7, -1, 0, 1),
        )  # fmt: skip


@reminds
def obligations(first: date, last: date) -> Iterable[Owed]:
    """Obligations of classifications that are open, by who answers for them. One statement."""
    rows = Obligation.objects.filter(
        owed=True, status__in=OPEN, due_on__gte=first, due_on__lte=last, owner__isnull=False
    )
    rows = rows.exclude(model__stage=AiModel.Stage.RETIRED)
    for pk, owner, due_on, label, model in rows.order_by("pk").values_list(
        "pk", "owner_id", "due_on", "label", "model__name"
    ):
        yield Owed(
            user_id=owner, subject=f"obligation-{pk}", due_on=due_on or first, title=f"An obligation is due, {model}", body=label,
            url=f"/governance/obligations/{pk}/",
        )  # fmt: skip


@reminds
def validations(first: date, last: date) -> Iterable[Owed]:
    """Validations that fall due by the cadence of the tier, by the model's validator. A few statements."""
    for model, due_on in validations_due(first, last):
        if model.validator_id is not None:
            yield Owed(
                user_id=model.validator_id, subject=f"validation-{model.pk}", due_on=due_on,
                title=f"Validate {model.name}", url=LIFE.format(model.pk),
            )  # fmt: skip


@reminds
def ethics_audits(first: date, last: date) -> Iterable[Owed]:
    """Ethics audits that fall due, by the model's owner: whoever owns it sees to it that somebody apart holds it. Two statements."""
    for model, due_on in ethics_due(first, last):
        if model.owner_id is not None:
            yield Owed(
                user_id=model.owner_id, subject=f"ethics-{model.pk}", due_on=due_on,
                title=f"Have the ethics of {model.name} audited", url=LIFE.format(model.pk),
            )  # fmt: skip
