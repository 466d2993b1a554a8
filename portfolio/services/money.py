"""Money on an initiative. Rows are added, never edited: a correction is a row with the opposite sign.

One currency, the organisation's: adding up two would need a rate and a day for it, which nobody recorded.

Who leads records what was spent, planned and claimed. To approve, to release and to validate is another person's: not
of those who run the initiative, ever ran it, or (for value) claimed it.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from core.access import Actor
from core.errors import conflict, field_error
from core.models import User
from core.roles import Action
from core.text import clean
from portfolio.models import BenefitEntry, Commitment, Expenditure, Initiative
from portfolio.services.money_rows import (
    keep_row,
    open_initiative,
    require_amount,
    require_other_eyes,
    require_past,
)

EVIDENCE = 500
JUDGED = (BenefitEntry.Kind.VALIDATED.value, BenefitEntry.Kind.REJECTED.value)
_EVIDENCE_OF = {
    "claimed": "Say what the claim rests on: a text or a link.",
    "validated": "Say what finance saw: a text or a link.",
    "rejected": "Say why it is rejected.",
}
CATEGORIES = {
    "build": "Build", "integration": "Integration", "licences": "Licences", "cloud": "Cloud", "monitoring": "Monitoring",
    "retraining": "Retraining", "support": "Support", "compliance": "Compliance",
    "training_and_change": "Training and change",
}  # fmt: skip


def record_expenditure(
    *, initiative_id: int, amount: Decimal, spent_on: date, by: Actor, at: datetime,
    currency: str = "", category: str = "", note: str = "", commitment_id: int | None = None, source_key: str = "",
) -> Expenditure:  # fmt: skip
    """Record money spent on a day; below zero it corrects an earlier row. What is spent over the ceiling is a fact too.

    commitment_id: the commitment it pays off. source_key: by which the row of a source is recognised, once. Raises Problem
    404, 403, 400.
    """
    with transaction.atomic():
        initiative = open_initiative(initiative_id, by, Action.RECORD_MONEY)
        require_past("spent_on", spent_on, at)
        require_amount("amount", amount)
        _require_not_below_zero(Expenditure.objects.filter(initiative=initiative), amount)
        if category and category not in CATEGORIES:
            raise field_error("category", f"Choose one of: {', '.join(CATEGORIES)}.", code="invalid_choice")
        row = Expenditure(amount=amount, spent_on=spent_on, category=category, source_key=source_key)
        if commitment_id is not None:
            row.commitment = Commitment.objects.filter(pk=commitment_id, initiative=initiative).first()
            if row.commitment is None:
                raise field_error("commitment", "Choose a commitment of this initiative.", code="not_found")
        return keep_row(row, initiative, "money.spent", currency, note, by, at)


def record_benefit(
    *, initiative_id: int, kind: str, amount: Decimal, month: date, by: Actor, at: datetime,
    currency: str = "", note: str = "", evidence: str = "", answers_id: int | None = None, source_key: str = "",
) -> BenefitEntry:  # fmt: skip
    """Record value in a month (any day of it): planned, claimed, validated or rejected. Below zero it corrects, or is a
    dis-benefit.

    evidence: what a claim or a validation rests on; of a rejection, why. answers_id: the claim that is validated or
    rejected, once; a rejection names one. Raises Problem 404, 403 (`four_eyes` when who runs it, ever did, or claimed value
    on it judges it), 400, 409 `answered_already`; what is not planned lies in the past.
    """
    if kind not in BenefitEntry.Kind.values:
        raise field_error(
            "kind", f"Choose one of: {', '.join(BenefitEntry.Kind.values)}.", code="invalid_choice"
        )
    judges = kind in JUDGED
    evidence = clean("evidence", evidence, limit=EVIDENCE, required=_EVIDENCE_OF.get(kind, ""))
    with transaction.atomic():
        initiative = open_initiative(
            initiative_id, by, Action.APPROVE_MONEY if judges else Action.RECORD_MONEY
        )
        if judges:
            act = "validate" if kind == BenefitEntry.Kind.VALIDATED else "reject"
            require_other_eyes(initiative, "benefit.refused", by, at, {"act": act, "amount": amount})
        month = month.replace(day=1)
        if kind != BenefitEntry.Kind.PLANNED:
            require_past("month", month, at)
        require_amount("amount", amount)
        claim = _claim(initiative, kind, amount, month, answers_id)
        claimed_by = claim.recorded_by if claim else _last_claimed(initiative, month) if judges else None
        row = BenefitEntry(
            amount=amount,
            month=month,
            kind=kind,
            claimed_by=claimed_by,
            evidence=evidence,
            answers=claim,
            source_key=source_key,
        )
        return keep_row(row, initiative, f"benefit.{kind}", currency, note, by, at)


def _claim(
    initiative: Initiative, kind: str, amount: Decimal, month: date, answers_id: int | None
) -> BenefitEntry | None:
    """The claim that finance answers, as far as it may be answered like this."""
    if answers_id is None:
        if kind == BenefitEntry.Kind.REJECTED:
            raise field_error("answers", "Name the claim that is rejected.", code="required")
        return None
    if kind not in JUDGED:
        raise field_error("answers", "Only validated or rejected value answers a claim.", code="not_here")
    claims = BenefitEntry.objects.filter(initiative=initiative, kind=BenefitEntry.Kind.CLAIMED)
    claim = claims.select_related("recorded_by").filter(pk=answers_id).first()
    if claim is None:
        raise field_error("answers", "Choose a claim of this initiative.", code="not_found")
    said = BenefitEntry.objects.filter(answers=claim).first()
    if said is not None:
        raise conflict(
            "answered_already", f"Finance answered this claim already: {said.kind}, {said.amount:,}."
        )
    if month != claim.month:
        raise field_error(
            "month", f"The claim is about {claim.month:%B %Y}. Answer it there.", code="other_month"
        )
    if amount * claim.amount < 0 or abs(amount) > abs(claim.amount):
        raise field_error(
            "amount", f"The claim is {claim.amount:,}. Answer at most that.", code="over_the_claim"
        )
    return claim


def _last_claimed(initiative: Initiative, month: date) -> User | None:
    """Who last claimed value up to a month: the other person of a validation."""
    rows = BenefitEntry.objects.filter(
        initiative=initiative, kind=BenefitEntry.Kind.CLAIMED, month__lte=month, recorded_by__isnull=False
    )
    last = rows.select_related("recorded_by").order_by("-month", "-id").first()
    return last.recorded_by if last else None


def _require_not_below_zero(rows: QuerySet[Expenditure], amount: Decimal) -> None:
    total = rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    if total + amount < 0:
        raise field_error(
            "amount", f"Only {total} was spent so far; a correction cannot take away more.", code="below_zero"
        )
