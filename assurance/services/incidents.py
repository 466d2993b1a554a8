"""Incidents: opened once, moved by acts that stand, with the clocks the policy sets. Whoever is concerned is told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from assurance.models import Incident, IncidentClock, IncidentEvent
from assurance.queries.policies import clock_policy_on
from assurance.services.life import LONG, active, apart, changed, chosen, held, held_row, person, tell
from core import clock, outbox
from core.access import Actor
from core.errors import conflict, field_error
from core.models import User
from core.roles import Action
from core.text import clean, web_address
from domain.incident_clocks import Consequence, Ends, is_lowered
from governance.models import AiModel

Kind = IncidentEvent.Kind
RATED: Final = 200
"""Room in what is said of a rating for the two ratings themselves."""
NEWS: Final = outbox.announces("incident.moved")
ENDS: Final = {
    Kind.CONTAINED.value: Ends.CONTAINED, Kind.RESOLVED.value: Ends.RESOLVED, Kind.REPORTED.value: Ends.REPORTED,
    Kind.POST_MORTEM.value: Ends.POST_MORTEM,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known of an incident when it is opened. `lead`: who runs it; None is who reports it."""

    title: str
    description: str
    severity: int
    detected_at: datetime
    consequence: str = Consequence.NONE.value
    lead: User | None = None
    others: Collection[AiModel] = ()


def open_incident(*, model_id: int, report: Report, by: Actor, at: datetime) -> Incident:
    """Open an incident; its clocks run from the moment it was detected. Also of a retired model.

    Raises Problem 400 by field, 403, 404.
    """
    title = clean("title", report.title, limit=200, required="Say in a line what happened.")
    description = clean("description", report.description, limit=LONG, required="Say what happened.")
    _rated(report.severity, report.consequence)
    _not_ahead("detected_at", report.detected_at, at)
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.REPORT_MODEL, retired_too=True)
        user = person(by)
        _, number = clock_policy_on(clock.day_of(at))
        row = Incident.objects.create(
            model=model, title=title, description=description, severity=report.severity, consequence=report.consequence,
            lead=active("lead", report.lead or user), detected_at=report.detected_at, policy_number=number,
            recorded_by=user, recorded_at=at,
        )  # fmt: skip
        row.others.set([one for one in report.others if one.pk != model.pk])
        _event(row, Kind.DETECTED, report.detected_at, description, user, at)
        _set_clocks(row, at)
        said = {"incident": row.pk, "title": title, "severity": row.severity, "consequence": row.consequence}
        _told(row, model, "model.incident_opened", by, at, said)
    return row


def contain(
    *, pk: int, happened_at: datetime, said: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Incident:
    """Say when and how the harm was stopped. Raises Problem 400, 403, 404, 409 `contained`, 412."""
    said = clean("said", said, limit=LONG, required="Say how it was contained.")
    with transaction.atomic():
        row, model = _held(pk, by, expected_version)
        if row.contained_at is not None:
            raise conflict("contained", "It was contained already.")
        _after(row.detected_at, happened_at, at)
        return _move(
            row, model, Kind.CONTAINED, happened_at, said, by, at, contained_at=happened_at, containment=said
        )


def resolve(
    *, pk: int, happened_at: datetime, said: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Incident:
    """Say when and how it was put right, after it was contained. Raises Problem 400, 403, 404, 409 `not_contained`, `resolved`, 412."""
    said = clean("said", said, limit=LONG, required="Say how it was put right.")
    with transaction.atomic():
        row, model = _held(pk, by, expected_version)
        if row.resolved_at is not None:
            raise conflict("resolved", "It was resolved already.")
        if row.contained_at is None:
            raise conflict("not_contained", "Contain it first.")
        _after(row.contained_at, happened_at, at)
        return _move(row, model, Kind.RESOLVED, happened_at, said, by, at, resolved_at=happened_at)


def report_to_authority(
    *, pk: int, happened_at: datetime, said: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Incident:
    """Say when which authority was told, and under which number. Raises Problem 400, 403, 404, 409 `no_clock`, 412."""
    said = clean("said", said, limit=LONG, required="Say which authority was told, and how.")
    with transaction.atomic():
        row, model = _held(pk, by, expected_version)
        _after(row.detected_at, happened_at, at)
        running = row.clocks.filter(ends=Ends.REPORTED.value, met_at=None, off_at=None)
        if not running.exists():
            raise conflict("no_clock", "No report to an authority is due for it.")
        return _move(row, model, Kind.REPORTED, happened_at, said, by, at)


def hold_post_mortem(
    *, pk: int, happened_at: datetime, said: str, by: Actor, at: datetime, url: str = "",
    expected_version: int | None = None,
) -> Incident:  # fmt: skip
    """Say when the post-mortem was held and what was learnt, with a link to it. Raises Problem 400, 403, 404, 409 `not_resolved`, 412."""
    said = clean("said", said, limit=LONG, required="Say what was learnt.")
    url = web_address("url", url, limit=400)
    with transaction.atomic():
        row, model = _held(pk, by, expected_version)
        if row.resolved_at is None:
            raise conflict("not_resolved", "Resolve it first.")
        _after(row.detected_at, happened_at, at)
        return _move(
            row, model, Kind.POST_MORTEM, happened_at, said, by, at, post_mortem=url or row.post_mortem
        )


def rate(
    *, pk: int, severity: int, consequence: str, said: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Incident:  # fmt: skip
    """Rate an incident anew. Clocks that now apply begin, from its detection; those that do no more are stopped, and stay on record.

    Rated lower only by somebody who neither owns nor developed the model, nor reported or leads the incident.
    Raises Problem 400, 403 (`four_eyes` to lower it), 404, 409 `same`, 412.
    """
    said = clean("said", said, limit=LONG - RATED, required="Say why it is rated anew.")
    _rated(severity, consequence)
    with transaction.atomic():
        row, model = _held(pk, by, expected_version)
        if (row.severity, row.consequence) == (severity, consequence):
            raise conflict("same", "It is rated so already.")
        if is_lowered(row.severity, row.consequence, to_severity=severity, to_consequence=consequence):
            apart(model, by, authors=(row.recorded_by_id, row.lead_id))
        was = _rating_words(row)
        before = {"severity": row.severity, "consequence": row.consequence}
        row.severity, row.consequence = severity, consequence
        said = f"From {was} to {_rating_words(row)}. {said}"
        _move(
            row,
            model,
            Kind.RATED,
            at,
            said,
            by,
            at,
            before=before,
            severity=severity,
            consequence=consequence,
        )
        _set_clocks(row, at)
    return row


def _rating_words(row: Incident) -> str:
    return f"severity {row.severity}, {row.get_consequence_display().lower()}"


def note(
    *, pk: int, happened_at: datetime, said: str, by: Actor, at: datetime, expected_version: int | None = None
) -> Incident:
    """Write down what else happened. Raises Problem 400, 403, 404, 412."""
    said = clean("said", said, limit=LONG, required="Say what happened.")
    with transaction.atomic():
        row, model = _held(pk, by, expected_version)
        _not_ahead("happened_at", happened_at, at)
        return _move(row, model, Kind.NOTED, happened_at, said, by, at)


def _held(pk: int, by: Actor, expected_version: int | None) -> tuple[Incident, AiModel]:
    return held_row(
        Incident, pk, by=by, right=Action.REPORT_MODEL, expected_version=expected_version, retired_too=True
    )


def _move(
    row: Incident, model: AiModel, kind: IncidentEvent.Kind, happened_at: datetime, said: str, by: Actor, at: datetime,
    before: Mapping[str, Any] | None = None, **fields: Any,
) -> Incident:  # fmt: skip
    _event(row, kind, happened_at, said, person(by), at)
    changed(row, fields)
    if kind.value in ENDS:
        row.clocks.filter(ends=ENDS[kind.value].value, met_at=None, off_at=None).update(met_at=happened_at)
    plain = {name: value for name, value in fields.items() if not isinstance(value, datetime)}
    _told(row, model, f"model.incident_{kind.value}", by, at, {"incident": row.pk, **plain}, said, before)
    return row


def _set_clocks(row: Incident, at: datetime) -> None:
    """Begin the clocks of the policy in force that apply now, and stop those that do no more."""
    policy, _ = clock_policy_on(clock.day_of(at))
    wanted = {one.code: one for one in policy.running(row.severity, row.consequence)}
    known = set(row.clocks.values_list("code", flat=True))
    running = row.clocks.filter(met_at=None)
    running.exclude(code__in=wanted).filter(off_at=None).update(off_at=at)
    running.filter(code__in=wanted).exclude(off_at=None).update(off_at=None)
    ended = {
        Ends.CONTAINED: row.contained_at,
        Ends.RESOLVED: row.resolved_at,
        Ends.REPORTED: None,
        Ends.POST_MORTEM: None,
    }
    IncidentClock.objects.bulk_create(
        IncidentClock(
            incident=row, code=one.code, words=one.words, basis=one.basis, ends=one.ends.value,
            due_at=one.due_at(row.detected_at), met_at=ended[one.ends],
        )
        for code, one in wanted.items()
        if code not in known
    )  # fmt: skip


def _event(
    row: Incident, kind: IncidentEvent.Kind, happened_at: datetime, said: str, user: User, at: datetime
) -> None:
    IncidentEvent.objects.create(
        incident=row, kind=kind.value, happened_at=happened_at, said=said, recorded_by=user, recorded_at=at
    )


def _told(
    row: Incident, model: AiModel, action: str, by: Actor, at: datetime, said: dict[str, Any], reason: str = "",
    before: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    tell(model, action, by=by, at=at, before=before, after=said, reason=reason)
    last = row.events.order_by("-pk").values_list("pk", flat=True).first()
    outbox.owe(kind=NEWS, payload={"incident_id": row.pk, "event_id": last}, at=at)


def _rated(severity: int, consequence: str) -> None:
    if severity not in {1, 2, 3}:
        raise field_error("severity", "A severity is 1, 2 or 3 (the highest).", code="invalid_choice")
    chosen("consequence", consequence, list(Consequence))


def _after(begun: datetime, happened_at: datetime, at: datetime) -> None:
    _not_ahead("happened_at", happened_at, at)
    if happened_at < begun:
        raise field_error("happened_at", f"That is before {begun:%Y-%m-%d %H:%M}Z.", code="too_early")


def _not_ahead(field: str, moment: datetime, at: datetime) -> None:
    if moment > at:
        raise field_error(field, "This has not happened yet.", code="in_the_future")
