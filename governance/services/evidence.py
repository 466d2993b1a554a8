"""Evidence for a must-meet: given as a file or an address, withdrawn with a reason; or the must-meet waived by who decides."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor, require
from core.errors import conflict, field_error, from_rule, not_found
from core.roles import Action
from core.text import clean, web_address
from domain.errors import RuleError
from domain.evidence_file import safe_name, type_of
from domain.gates import Gate
from governance.models import GateEvidence
from governance.queries.must_meets import answers_at
from governance.queries.must_meets.told import PARTS
from governance.services.conflicts import require_unconflicted, write_conflicts
from governance.services.gate_draft import require_gate
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative

TITLE, URL, BECAUSE, WITHDRAWN = 200, 500, 500, 300
MOST: Final = 200
"""Pieces of evidence one initiative may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody gives: a file by name and content, or an address. `passed` False: it shows a failure."""

    criterion: str
    title: str
    dated_on: date | None = None
    expires_on: date | None = None
    passed: bool | None = None
    url: str = ""
    filename: str = ""
    content: bytes | None = None


def add_evidence(*, initiative_id: int, given: Given, by: Actor, at: datetime) -> GateEvidence:
    """Give evidence for a must-meet of the gate ahead. Raises Problem 404, 403, 400 at the field, 409 `no_gate`."""
    title = clean("title", given.title, limit=TITLE, required="Say what it shows.")
    url = web_address("url", given.url, limit=URL)
    if (given.content is None) == (not url):
        raise field_error("file", "Give a file or an address, one of them.", code="required")
    _require_days(given, at)
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.SUBMIT_GATE, initiative)
        gate = require_gate(initiative, at)
        _require_criterion(gate, given.criterion)
        if GateEvidence.objects.filter(initiative=initiative, withdrawn_at=None).count() >= MOST:
            raise conflict("too_many", f"There are {MOST} pieces of evidence already. Withdraw one first.")
        row = GateEvidence(
            initiative=initiative, gate=gate.code, criterion=given.criterion, title=title, dated_on=given.dated_on,
            expires_on=given.expires_on, passed=given.passed, url=url, added_at=at, added_by=by.user,
        )  # fmt: skip
        if given.content is not None:
            _put_file(row, given)
        row.save(force_insert=True)
        _record(row, initiative, "evidence.added", by, at, {"criterion": row.criterion, "title": title, "sha256": row.sha256})  # fmt: skip
    return row


def waive_criterion(
    *, initiative_id: int, criterion: str, because: str, by: Actor, at: datetime
) -> GateEvidence:
    """Set a must-meet aside, said why. Only what no record answers, by who decides gates and is in no conflict.

    Raises Problem 404, 403 (`four_eyes`, on record), 400, 409 `no_gate`, `not_waivable`.
    """
    because = clean("because", because, limit=BECAUSE, required="Say why it is set aside.")
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.DECIDE_GATE, initiative)
        gate = require_gate(initiative, at)
        found = write_conflicts(initiative, None, at=at)
        person = by.user.pk if by.user else None
        asked = {"criterion": criterion, "gate": gate.code}
        require_unconflicted(
            person, by.label, found, initiative, by=by, at=at, asked=asked, action="waiver.refused"
        )
        _require_waivable(initiative, gate, criterion, at)
        row = GateEvidence.objects.create(
            initiative=initiative, gate=gate.code, criterion=criterion, title="Waived", waived=True, because=because,
            added_at=at, added_by=by.user,
        )  # fmt: skip
        _record(
            row, initiative, "criterion.waived", by, at, {"criterion": criterion, "gate": gate.code}, because
        )
    return row


def withdraw_evidence(*, pk: int, because: str, by: Actor, at: datetime) -> GateEvidence:
    """Take evidence, or a waiver, back; it stays on record and answers no more. Raises Problem 404, 403, 400, 409 `withdrawn`."""
    because = clean("because", because, limit=WITHDRAWN, required="Say why it is withdrawn.")
    with transaction.atomic():
        initiative_id = GateEvidence.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
        if initiative_id is None:
            raise not_found()
        initiative = lock_initiative(initiative_id)
        row = GateEvidence.objects.defer("content").get(pk=pk)
        require(by, Action.DECIDE_GATE if row.waived else Action.SUBMIT_GATE, initiative)
        if row.withdrawn_at is not None:
            raise conflict("withdrawn", "It is withdrawn already.")
        row.withdrawn_at, row.withdrawn_because = at, because
        row.save(update_fields=["withdrawn_at", "withdrawn_because"])
        _record(row, initiative, "evidence.withdrawn", by, at, {"criterion": row.criterion, "title": row.title}, because)  # fmt: skip
    return row


def _put_file(row: GateEvidence, given: Given) -> None:
    content = given.content or b""
    try:
        kind, ending = type_of(content, given.filename)
    except RuleError as error:
        raise from_rule(error) from error
    row.filename, row.content_type, row.size = safe_name(given.filename, ending), kind, len(content)
    row.sha256, row.content = sha256(content).hexdigest(), content


def _require_days(given: Given, at: datetime) -> None:
    if given.dated_on is not None and given.dated_on > clock.day_of(at):
        raise field_error("dated_on", "This day has not come yet.", code="in_the_future")
    if given.expires_on is not None and given.dated_on is not None and given.expires_on <= given.dated_on:
        raise field_error("expires_on", "It expires after the day it is of.")


def _require_criterion(gate: Gate, code: str) -> None:
    known = {one.code for one in gate.criteria}
    wanted = {f"{whole}.{part}" for whole, parts in PARTS.items() if whole in known for part in parts}
    if code not in (known - set(PARTS)) | wanted:
        raise field_error("criterion", f"{gate.code} has no such must-meet.", code="invalid_choice")


def _require_waivable(initiative: Initiative, gate: Gate, code: str, at: datetime) -> None:
    for one in answers_at(initiative, gate, today=clock.day_of(at)):
        if one.criterion.code == code:
            if one.waivable:
                return
            raise conflict("not_waivable", "The record answers this; nobody sets it aside. Mend the record.")
    raise field_error("criterion", f"{gate.code} has no such must-meet.", code="invalid_choice")


def _record(
    row: GateEvidence, initiative: Initiative, action: str, by: Actor, at: datetime, after: dict[str, str], reason: str = ""
) -> None:  # fmt: skip
    audit.record(
        by=by, at=at, action=action, obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path, after=after,
        reason=reason,
    )  # fmt: skip
