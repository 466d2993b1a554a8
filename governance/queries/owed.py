"""What owners of models owe by a day, for their reminders."""

from collections.abc import Iterable
from datetime import date

from core.reminders import Owed, reminds
from governance.models import AiModel


@reminds
def reviews(first: date, last: date) -> Iterable[Owed]:
    """Reviews and attestations of models that are not retired, by whoever owns them. Two statements."""
    rows = AiModel.objects.exclude(stage=AiModel.Stage.RETIRED).filter(owner__isnull=False).order_by("pk")
    for field, words in (("next_review_on", "Have it reviewed"), ("attestation_due_on", "Attest")):
        found = rows.filter(**{f"{field}__gte": first, f"{field}__lte": last})
        for pk, owner, name, due_on in found.values_list("pk", "owner_id", "name", field):
            yield Owed(
                user_id=owner, subject=f"{field}-{pk}", due_on=due_on, title=f"{words}: {name}", body=f"M-{pk:04d}",
                url=f"/governance/models/M-{pk:04d}/",
            )  # fmt: skip
