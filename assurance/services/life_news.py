"""Telling people of what happens to a model: incidents as they move, what waits for their answer, who does not attest."""

from datetime import datetime

from django.db.models import Q

from assurance.models import Attestation, ChangeRequest, IncidentEvent, ModelException, RiskAssessment
from assurance.models.life import LifeRecord
from core.clock import day_of
from core.models import Role, RoleGrant
from core.notices import Word, tell
from core.wording import day
from domain.incident_clocks import read_clock
from governance.models import AiModel

ANSWERED_BY: dict[str, tuple[type[LifeRecord], str, Role]] = {
    "change": (ChangeRequest, "A change waits for its review", Role.VALIDATOR),
    "exception": (ModelException, "An exception waits for approval", Role.PORTFOLIO_MANAGER),
    "override": (RiskAssessment, "Another risk tier is asked for", Role.PORTFOLIO_MANAGER),
}
"""What is asked -> its record, its words, and who answers."""


def life_of(model: AiModel) -> str:
    return f"/governance/models/{model.ref}/life/"


def tell_incident(*, event_id: int, at: datetime) -> int:
    """Lead and owners hear of every move; who may act hears of the opening too, with the clock that ends first."""
    event = (
        IncidentEvent.objects.select_related("incident__model__unit", "incident__lead")
        .filter(pk=event_id)
        .first()
    )
    if event is None:
        return 0
    row = event.incident
    people = {row.lead_id, row.model.owner_id, *row.others.values_list("owner_id", flat=True)}
    body = event.said
    if event.kind == IncidentEvent.Kind.DETECTED:
        people |= holders(row.model, Role.PORTFOLIO_MANAGER) | {row.model.validator_id}
        first = row.clocks.filter(met_at=None, off_at=None).first()
        if first is not None:
            body = f"{first.words}: {read_clock(first.due_at, at=at).words}. {body}"
    title = f"{row.ref}, severity {row.severity}, {event.get_kind_display().lower()}: {row.title} ({row.model.name})"
    people.discard(event.recorded_by_id)
    return _tell(people, f"incident-event-{event.pk}", title, body, f"/governance/incidents/{row.ref}/", at)


def tell_asked(*, kind: str, pk: int, at: datetime) -> int:
    """Who may answer hears that something waits for them."""
    record, words, role = ANSWERED_BY[kind]
    row = record._default_manager.select_related("model__unit").filter(pk=pk).first()
    if row is None or row.state not in {"open", "proposed"}:
        return 0
    model: AiModel = row.model
    people: set[int | None] = (
        {model.validator_id} if role is Role.VALIDATOR and model.validator_id else holders(model, role)
    )
    people -= {row.recorded_by_id, model.owner_id}
    return _tell(people, f"asked-{kind}-{pk}", f"{words}: {model.name}", "", life_of(model), at)


def tell_not_attested(*, attestation_id: int, at: datetime) -> int:
    """Who may act, and the validator, hear that an owner does not attest."""
    row = Attestation.objects.select_related("model__unit", "round").filter(pk=attestation_id).first()
    if row is None:
        return 0
    people = holders(row.model, Role.PORTFOLIO_MANAGER) | {row.model.validator_id, row.round.opened_by_id}
    title = f"Not attested: {row.model.name}, round due {day(row.round.due_on)}"
    return _tell(people, f"not-attested-{row.pk}", title, row.note, life_of(row.model), at)


def tell_wanted(*, model_id: int, what: str, words: str, asked_by: int, at: datetime) -> int:
    """Its validator hears that a look at the model is wanted; without one, every validator who reaches it. Once a day."""
    model = AiModel.objects.select_related("unit").filter(pk=model_id).first()
    if model is None:
        return 0
    people: set[int | None] = {model.validator_id} if model.validator_id else holders(model, Role.VALIDATOR)
    people -= {asked_by, model.owner_id}
    marker = f"wanted-{what}-{model.pk}-{day_of(at)}"
    said = what.replace("_", " ")
    title = f"{'An' if said[0] in 'aeiou' else 'A'} {said} is asked for"
    return _tell(people, marker, f"{title}: {model.name}", words, life_of(model), at)


def holders(model: AiModel, role: Role) -> set[int | None]:
    """Who holds a role that reaches the model's unit."""
    above = [int(part) for part in model.unit.path.strip("/").split("/") if part]
    grants = RoleGrant.objects.filter(Q(unit=None) | Q(unit__in=above), role=role)
    return set(grants.order_by().values_list("user_id", flat=True))


def _tell(people: set[int | None], marker: str, title: str, body: str, url: str, at: datetime) -> int:
    word = Word(marker=marker, title=title, body=body, url=url)
    return tell(words=[(person, word) for person in sorted(one for one in people if one is not None)], at=at)
