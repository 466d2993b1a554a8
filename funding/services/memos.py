"""Keeping a memo: the document as it was sent, for ever, with the version of the case it stands on cited."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from core import audit
from core.access import Actor, require
from core.errors import conflict
from core.roles import Action
from domain.memo_document import canonical, digest, fingerprint
from funding.models import BusinessCase, CaseCitation, Memo
from funding.queries.memo import memo_document
from portfolio.services.locks import lock_initiative

CITED_BY: Final = "memo"


def keep_memo(*, initiative_id: int, by: Actor, at: datetime, seen: str = "") -> Memo:
    """Keep the memo the record gives at `at`. `seen`: the fingerprint of the memo somebody read; it has to be this one.

    Raises Problem 404, 403, 409 `no_case` without a published case, `record_changed` when the record has changed since.
    """
    with transaction.atomic():
        initiative = lock_initiative(initiative_id)
        require(by, Action.RECORD_MONEY, initiative)
        document = memo_document(initiative, by=by, at=at)
        mark = fingerprint(document)
        if seen and seen != mark:
            raise conflict(
                "record_changed", "The record has changed since this memo was read. Read it again, then keep it."
            )  # fmt: skip
        case = BusinessCase.objects.filter(
            initiative=initiative, state=BusinessCase.State.PUBLISHED
        ).order_by("-number").first()  # fmt: skip
        if case is None:
            raise conflict("no_case", "A memo that is kept cites a business case. Publish one first.")
        last = Memo.objects.filter(initiative=initiative).aggregate(n=Max("number"))["n"] or 0
        text = canonical(document)
        row = Memo.objects.create(
            initiative=initiative, number=last + 1, on=date.fromisoformat(document["on"]), case=case,
            advice=document["recommendation"]["advice"], document=text, seal=digest(text), fingerprint=mark, kept_at=at,
            kept_by=by.user,
        )  # fmt: skip
        CaseCitation.objects.create(
            case=case, cited_by=CITED_BY, ref=row.ref, recorded_at=at, recorded_by=by.user
        )
        audit.record(
            by=by, at=at, action="memo.kept", obj=row, initiative_id=initiative.pk, unit_path=initiative.unit.path,
            after={"number": row.number, "case": case.ref, "advice": row.advice, "seal": row.seal},
        )  # fmt: skip
    return row
