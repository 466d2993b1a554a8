"""Ethics reviews of models, by somebody apart: written once, and pushed down to what gates and staleness ask."""

from datetime import date, datetime
from typing import Final

from django.db import transaction

from assurance.models import EthicsReview
from assurance.services.asking import ETHICS, WANTED
from assurance.services.life import LONG, ahead, apart, chosen, held, past, tell
from core.access import Actor
from core.errors import field_error
from core.models import AuditEvent
from core.roles import Action
from core.text import clean, web_address
from domain.ethics import KINDS, OUTCOMES, PASSED, REFUSED
from governance.models import AiModel
from governance.services.model_facts import push_down

URL: Final = 500


def record_ethics_review(
    *, model_id: int, kind: str, reviewed_on: date, outcome: str, by: Actor, at: datetime, findings: str = "",
    evidence_url: str = "", next_due_on: date | None = None,
) -> EthicsReview:  # fmt: skip
    """Record an ethics review the actor held. It stands; another takes its place.

    Raises Problem 400 by field, 403 `four_eyes` for who owns or developed the model, now or before, or asked for the review
    since the last one, 404, 409 for a retired model.
    """
    chosen("kind", kind, [code for code, _ in KINDS])
    chosen("outcome", outcome, [code for code, _ in OUTCOMES])
    past("reviewed_on", reviewed_on, at)
    wanted = "" if outcome == PASSED else "Say what was found, and what is to be done about it."
    findings = clean("findings", findings, limit=LONG, required=wanted)
    evidence_url = web_address("evidence_url", evidence_url, limit=URL)
    if next_due_on is not None:
        if outcome == REFUSED:
            raise field_error(
                "next_due_on", "What did not pass is due at once: leave this empty.", code="invalid"
            )
        ahead("next_due_on", next_due_on, at)
    with transaction.atomic():
        model = held(model_id, by=by, right=Action.REVIEW_MODEL)
        user = apart(model, by, authors=_asked(model))
        row = EthicsReview.objects.create(
            model=model, kind=kind, reviewed_on=reviewed_on, outcome=outcome, findings=findings, evidence_url=evidence_url,
            next_due_on=next_due_on, recorded_by=user, recorded_at=at,
        )  # fmt: skip
        said = {
            "ethics_review": row.pk, "kind": kind, "outcome": outcome, "reviewed_on": reviewed_on, "next_due_on": next_due_on,
        }  # fmt: skip
        tell(model, "model.ethics_reviewed", by=by, at=at, after=said)
        push_ethics(model, by=by, at=at)
    return row


def push_ethics(model: AiModel, *, by: Actor, at: datetime) -> None:
    """Push down the last review that passed with the day set for the next, and the last one where it did not pass."""
    rows = list(EthicsReview.objects.filter(model=model).order_by("reviewed_on", "pk"))
    passed = next((row for row in reversed(rows) if row.outcome != REFUSED), None)
    refused = rows[-1] if rows and rows[-1].outcome == REFUSED else None
    push_down(
        model_id=model.pk, by=by, at=at, ethics_passed_on=passed.reviewed_on if passed else None,
        ethics_due_on=passed.next_due_on if passed else None, ethics_refused_on=refused.reviewed_on if refused else None,
    )  # fmt: skip


def _asked(model: AiModel) -> list[int | None]:
    """Who asked for an ethics review since the last one was recorded."""
    last = (
        EthicsReview.objects.filter(model=model).order_by("-pk").values_list("recorded_at", flat=True).first()
    )
    rows = AuditEvent.objects.filter(
        object_type="aimodel", object_id=model.pk, action=WANTED, after__what=ETHICS, actor_id__isnull=False
    )  # fmt: skip
    if last is not None:
        rows = rows.filter(at__gte=last)
    return list(rows.order_by().values_list("actor_id", flat=True).distinct())
