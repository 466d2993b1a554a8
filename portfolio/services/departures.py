"""What follows in the portfolio when a person leaves."""

from datetime import datetime

from django.db import transaction

from core.access import Actor
from portfolio.models import Initiative
from portfolio.services.initiatives import vacate_sponsor
from portfolio.services.locks import lock_initiative


def release_sponsorships(*, user_id: int, by: Actor, at: datetime) -> int:
    """Initiatives whose sponsor left have none from today. Returns how many; doing it twice changes nothing.

    A lead who left stays named, and counts as missing wherever it matters: the work they led still was theirs.
    """
    mine = Initiative.objects.filter(sponsor=user_id, sponsor__is_active=False).order_by("pk")
    count = 0
    for pk in mine.values_list("pk", flat=True):
        with transaction.atomic():
            row = lock_initiative(pk)
            if row.sponsor_id == user_id:
                vacate_sponsor(initiative=row, by=by, at=at, reason="The sponsor's account was deactivated.")
                count += 1
    return count
