"""What an initiative is expected to do to a KPI, said before development begins, and frozen when it does."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction

from core import audit, clock
from core.access import Actor
from core.errors import conflict, from_rule
from core.text import clean
from core.wording import day
from domain.errors import RuleError
from domain.expected_influence import Forecast
from kpis.models import ExpectedInfluence
from kpis.queries.discipline import milestones_of
from kpis.services import limits
from kpis.services.versions import hold, require_alive
from portfolio.models import Initiative
from portfolio.services.locks import lock_initiatives

BECAUSE: Final = 500


def expect_influence(
    *, pk: int, low: Decimal, likely: Decimal, high: Decimal, because: str, by: Actor, at: datetime
) -> ExpectedInfluence:
    """Record the change of the KPI, in its unit, that the initiative is expected to bring (-2 = two less than before).

    A later row takes its place; both stay. Raises Problem 404, 403, 400 where they do not rise or nothing says why,
    409 `development_began`.
    """
    numbers = {
        name: limits.require_number(name, value)
        for name, value in (("low", low), ("likely", likely), ("high", high))
    }
    because = clean("because", because, limit=BECAUSE, required="Say what makes you expect this.")
    with transaction.atomic():
        held = hold(pk, by)
        require_alive(held.kpi)
        began = milestones_of([held.initiative.pk])[held.initiative.pk].development_on
        if began is not None or held.initiative.stage not in {"idea", "framing"}:
            when = f"on {day(began)}" if began is not None else "already"
            raise conflict(
                "development_began",
                f"Development began {when}. What is expected is said before that; afterwards it would be an observation.",
            )
        try:
            Forecast(
                low=numbers["low"], likely=numbers["likely"], high=numbers["high"], said_on=clock.day_of(at)
            )
        except RuleError as refused:
            raise from_rule(refused) from refused
        last = ExpectedInfluence.objects.filter(kpi=held.kpi).first()
        if last is not None and (last.low, last.likely, last.high, last.because) == (
            *numbers.values(),
            because,
        ):
            return last
        row = ExpectedInfluence.objects.create(
            kpi=held.kpi, because=because, recorded_at=at, recorded_by=by.user, **numbers
        )
        before = {} if last is None else audit.snapshot(last, ("low", "likely", "high"))
        audit.record(
            by=by, at=at, action="kpi.influence_expected", obj=held.kpi, initiative_id=held.initiative.pk,
            unit_path=held.initiative.unit.path, reason=because, before=before, after=dict(numbers),
        )  # fmt: skip
    return row


def freeze_influences(*, initiative_ids: Collection[int], as_of: date, by: Actor, at: datetime) -> int:
    """Freeze what was expected in those of these initiatives whose development has begun. Returns how many rows."""
    waiting = ExpectedInfluence.objects.filter(kpi__initiative__in=initiative_ids, frozen_at=None)
    asked = set(waiting.order_by().values_list("kpi__initiative_id", flat=True))
    if not asked:
        return 0
    with transaction.atomic():
        held = lock_initiatives(asked)
        begun = {
            pk for pk, stones in milestones_of(held).items()
            if stones.development_on is not None and stones.development_on <= as_of
        }  # fmt: skip
        rows = list(
            ExpectedInfluence.objects.filter(kpi__initiative__in=begun, frozen_at=None)
            .select_related("kpi")
            .order_by("pk")
        )
        ExpectedInfluence.objects.filter(pk__in=[row.pk for row in rows]).update(frozen_at=at)
        audit.record_many(
            audit.event(
                by=by, at=at, action="kpi.influence_frozen", obj=row.kpi, initiative_id=row.kpi.initiative_id,
                unit_path=_path(held[row.kpi.initiative_id]), after={"likely": row.likely},
            )
            for row in rows
        )  # fmt: skip
    return len(rows)


def _path(initiative: Initiative) -> str:
    return initiative.unit.path
