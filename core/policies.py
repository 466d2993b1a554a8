"""The thresholds in force on a day: the newest policy row of a kind that had taken effect by then."""

from datetime import date

from core.models import Policy


def in_force(kind: str, on: date) -> Policy | None:
    """The row in force, or None where nobody ever changed the product's defaults."""
    rows = Policy.objects.filter(kind=kind, effective_on__lte=on)
    return rows.order_by("-effective_on", "-number").first()
