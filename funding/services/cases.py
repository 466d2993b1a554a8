"""Cases: a draft that saves as often as it likes, a version that stands once it is published, and what cites it."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from core import audit, clock
from core.access import Actor, require
from core.errors import Problem, conflict, field_error, not_found, stale
from core.roles import Action
from core.text import clean
from funding.models import BusinessCase, CaseBenefit, CaseCitation, CaseCost, CaseScenario
from funding.queries.cases import lines_of
from funding.queries.document import document_of, seal_of
from funding.services.attribution import require_shares
from funding.services.draft import PLAIN, YEARLY, CaseDraft, numbered, rows_of, stored
from funding.services.publishing import require_whole, worth_of
from funding.services.sessions import CHANGED, end_session, remember, session_of
from funding.services.soundness import require_sound
from funding.translate import Lines
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiative
from portfolio.services.worth import set_worth

BECAUSE: Final = 300
CITED_BY: Final = 30
REF: Final = 40
DRAFT: Final = BusinessCase.State.DRAFT
PUBLISHED: Final = BusinessCase.State.PUBLISHED


def save_draft(
    *, initiative_id: int, draft: CaseDraft, by: Actor, at: datetime, expected_version: int | None = None,
    draft_id: int | None = None, keeps_itself: bool = False,
) -> BusinessCase:  # fmt: skip
    """Begin the draft of an initiative with the next number, or replace it and its lines whole.

    `expected_version`: that of the draft that was read, 0 where there was none; `draft_id`: which draft that was. The
    same again writes nothing. `keeps_itself`: nobody pressed a button; the log is told when the session ends
    (`funding.services.sessions`). Raises Problem 404, 403, 400 at each place that is wrong, 412 for an old version or a draft
    that is none any more, 409 `draft_exists` where 0 was sent and there is one.
    """
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.RECORD_MONEY, initiative)
        row = BusinessCase.objects.filter(initiative=initiative, state=DRAFT).first()
        if draft_id is not None and (row is None or row.pk != draft_id):
            raise stale("That draft was published or discarded meanwhile. Read the case again.")
        if row is not None and expected_version == 0:
            raise conflict("draft_exists", f"There is a draft already: case {row.number}. Change that one.")
        if expected_version is not None and expected_version != (row.version if row else 0):
            raise stale()
        sound = require_sound(draft, today=clock.day_of(at), by=by)
        sound = numbered(sound, _keys(initiative, row, sound))
        before = {} if row is None else document_of(lines_of(row))
        session = None if row is None else session_of(row, initiative, by, at)
        if row is None:
            row = _begun(initiative, by, at)
        for name in PLAIN:
            setattr(row, name, getattr(sound, name))
        for name in YEARLY:
            setattr(row, name, stored(getattr(sound, name)))
        lines = Lines(row, *rows_of(sound, row))
        was, now = audit.difference(before, document_of(lines))
        if not now:
            return row
        if before:
            row.version, row.updated_at = row.version + 1, at
        _replace(row, lines)
        told = not (keeps_itself and session)
        if told and session:
            was, now = audit.difference(session.before, document_of(lines))
        if told and now:
            _record(row, initiative, CHANGED if before else "case.begun", by, at, before=was, after=now)
        remember(row, by, at, told=told)
    return row


def discard_draft(*, pk: int, by: Actor, at: datetime, expected_version: int | None = None) -> None:
    """Take a draft away; the log keeps what it said. Raises Problem 404, 403, 412, 409 `published`."""
    with transaction.atomic():
        row, initiative = _held(pk, by)
        _require_draft(row, expected_version)
        end_session(row, initiative)
        before = document_of(lines_of(row))
        _record(row, initiative, "case.discarded", by, at, before=before)
        _empty(row)
        row.delete()


def publish_case(
    *, pk: int, because: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> BusinessCase:
    """Let a draft stand as the version in force, for ever, and push down what it is worth.

    `because`: what changed, from version 2 on. Raises Problem 404, 403, 412, 409 `published`, 400 at the first place that
    is missing or wrong, 409 `attribution_over_whole` where more than the whole of a KPI would be claimed.
    """
    because = clean("because", because, limit=BECAUSE)
    with transaction.atomic():
        row, initiative = _held(pk, by)
        _require_draft(row, expected_version)
        end_session(row, initiative)
        earlier = BusinessCase.objects.filter(initiative=initiative, state=PUBLISHED).exists()
        if earlier and not because:
            raise field_error(
                "because", "Say what changed since the version in force, and why.", code="required"
            )
        lines = lines_of(row)
        appraisal = require_whole(lines, by=by)
        require_shares(lines, by=by)
        row.because, row.state = because, PUBLISHED
        row.published_at, row.published_by, row.updated_at = at, by.user, at
        row.version += 1
        row.seal = seal_of(lines)
        row.save()
        worth = worth_of(lines, appraisal)
        set_worth(initiative_id=initiative.pk, worth=worth, at=at)
        said = {"seal": row.seal, "npv": worth.npv, "document": document_of(lines)}
        _record(row, initiative, "case.published", by, at, after=said, reason=because)
    return row


def cite_case(*, case_id: int, cited_by: str, ref: str, by: Actor, at: datetime) -> CaseCitation:
    """Say that something stands on a published version: `cited_by` its kind (`gate`, `decision`, `memo`), `ref` which one.

    Said again it is the same row. Whoever may see the case may cite it; what cites has its own rights. Raises Problem 404,
    400, 409 `not_published`.
    """
    cited_by = clean(
        "cited_by", cited_by, limit=CITED_BY, required="Say what cites it: gate, decision or memo."
    )
    ref = clean("ref", ref, limit=REF, required="Say which one cites it.")
    with transaction.atomic():
        row, initiative = _held(case_id, by, Action.VIEW)
        if row.state != PUBLISHED:
            raise conflict("not_published", "A draft can change. Publish it, then cite the version.")
        found = CaseCitation.objects.filter(case=row, cited_by=cited_by, ref=ref).first()
        if found is not None:
            return found
        said = {"cited_by": cited_by, "ref": ref}
        made = CaseCitation.objects.create(case=row, recorded_at=at, recorded_by=by.user, **said)
        _record(row, initiative, "case.cited", by, at, after=said)
    return made


def _held(pk: int, by: Actor, action: Action = Action.RECORD_MONEY) -> tuple[BusinessCase, Initiative]:
    """The version, its initiative held."""
    initiative_id = BusinessCase.objects.filter(pk=pk).values_list("initiative_id", flat=True).first()
    if initiative_id is None:
        raise not_found()
    initiative = lock_initiative(initiative_id)
    require(by, action, initiative)
    row = BusinessCase.objects.filter(pk=pk).first()
    if row is None:
        raise not_found()
    return row, initiative


def stands(row: BusinessCase) -> Problem:
    """409 about a published version that somebody would change."""
    return conflict("published", f"Version {row.number} is published and stands. Begin the next from it.")


def _require_draft(row: BusinessCase, expected_version: int | None) -> None:
    if row.state != DRAFT:
        raise stands(row)
    if expected_version is not None and row.version != expected_version:
        raise stale()


def _keys(initiative: Initiative, row: BusinessCase | None, draft: CaseDraft) -> set[int]:
    """The keys of the benefits this initiative's versions have. Raises Problem 400 for one that none has, or twice."""
    known = set(CaseBenefit.objects.filter(case__initiative=initiative).values_list("key", flat=True))
    seen: set[int] = set()
    for place, one in enumerate(draft.benefits):
        if one.key is None:
            continue
        if one.key not in known or one.key in seen:
            said = "Leave the key out for a new benefit; else give that of one benefit of an earlier version, once."
            raise field_error(f"benefits/{place}/key", said, code="unknown_key")
        seen.add(one.key)
    published = CaseBenefit.objects.filter(case__initiative=initiative).exclude(case=row)
    return set(published.values_list("key", flat=True))


def _begun(initiative: Initiative, by: Actor, at: datetime) -> BusinessCase:
    """The next version, not yet saved."""
    last = BusinessCase.objects.filter(initiative=initiative).aggregate(n=Max("number"))["n"] or 0
    return BusinessCase(
        initiative=initiative, number=last + 1, created_at=at, created_by=by.user, updated_at=at
    )


def _replace(row: BusinessCase, lines: Lines) -> None:
    """Save the version, and its lines in place of those it had."""
    row.save()
    _empty(row)
    for one in (*lines.costs, *lines.benefits, *lines.scenarios):
        one.save(force_insert=True)


def _empty(row: BusinessCase) -> None:
    for lines in (CaseCost, CaseBenefit, CaseScenario):
        lines.objects.filter(case=row).delete()


def _record(
    row: BusinessCase, initiative: Initiative, action: str, by: Actor, at: datetime, **more: Any
) -> None:
    audit.record(
        by=by, at=at, action=action, obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path, **more
    )  # fmt: skip
