"""What models put on other rooms' pages: reviews and attestations that come up, on the home of whoever owns them."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse

from core.access import Actor
from governance.models import AiModel
from portfolio.models import Initiative
from portfolio.views.slots import Due, when_due

AHEAD = timedelta(days=30)


@when_due
def duties(actor: Actor, initiatives: Sequence[Initiative], today: date) -> list[Due]:  # noqa: ARG001
    """Reviews and attestations of the reader's own models within a month or late. One statement."""
    if actor.user is None:
        return []
    until = today + AHEAD
    rows = AiModel.objects.visible_to(actor).filter(owner=actor.user.pk).exclude(stage=AiModel.Stage.RETIRED)
    out = []
    for row in rows.filter(Q(next_review_on__lte=until) | Q(attestation_due_on__lte=until)):
        url = reverse("model-detail", args=[row.ref])
        for on, words in ((row.next_review_on, "Have it reviewed"), (row.attestation_due_on, "Attest")):
            if on is not None and on <= until:
                out.append(
                    Due(on, f"{words}: {row.name}", f"{row.ref}, tier {row.risk_tier or 'not assessed'}", url)
                )
    return out
