"""The post-mortem of the last stop of an initiative, and whether one is still owed."""

from datetime import date

from django.db.models import Exists, OuterRef

from domain.post_mortem import CAUSES, DAYS
from domain.stage_words import Outcome
from domain.working_days import working_days_after
from funding.queries.freed import Freed, freed_by_stop
from governance.models import Decision, PostMortem
from governance.queries.deadlines import calendar_on


def last_stop(initiative_id: int) -> Decision | None:
    """The last decision that stopped it, with its post-mortem where there is one. One statement."""
    rows = Decision.objects.filter(initiative=initiative_id, outcome=Outcome.STOP.value, carried=True)
    return rows.select_related("post_mortem__written_by").order_by("-pk").first()


def written(decision: Decision) -> PostMortem | None:
    found: PostMortem | None = getattr(decision, "post_mortem", None)
    return found


def due_on(decided_on: date) -> date:
    """The day a post-mortem is to be written by."""
    return working_days_after(decided_on, DAYS, calendar_on(decided_on))


def owed() -> list[Decision]:
    """Stops of initiatives that are still stopped, recorded here and without a post-mortem. One statement.

    Of several stops of one initiative only the last: the page of a post-mortem writes no other, and an earlier one was taken back."""
    has = Exists(PostMortem.objects.filter(decision=OuterRef("pk")))
    stops = Decision.objects.filter(outcome=Outcome.STOP.value, carried=True)
    later = Exists(stops.filter(initiative=OuterRef("initiative"), pk__gt=OuterRef("pk")))
    rows = stops.filter(~has, ~later, initiative__stage="stopped")
    return list(rows.select_related("initiative").defer("document", "motion").order_by("pk"))


def cause_words(row: PostMortem) -> list[str]:
    return [CAUSES[code] for code in row.causes if code in CAUSES]


def freed(stop: Decision) -> Freed:
    """What a stop freed, until it was taken up again. Two statements."""
    later = Decision.objects.filter(
        initiative=stop.initiative_id, pk__gt=stop.pk, outcome=Outcome.REOPEN.value, carried=True
    )
    again = later.order_by("pk").values_list("decided_on", flat=True).first()
    return freed_by_stop(stop.initiative, stop.decided_on, again)
