"""Whether a version is on record that is newer than the one that serves, told to the model's row.

Brought by a registry or registered by a pipeline: either way somebody trained it, and nobody said what becomes of it.
"""

from datetime import date, datetime

from assurance.models import ModelVersion
from core import clock
from core.access import Actor
from governance.services.model_facts import push_down


def push_newer(*, model_id: int, by: Actor, at: datetime) -> None:
    """Push down since when there has been a newer version that nobody gave a role; None where there is none.

    The caller holds the lock "models" in a transaction. Without a champion nothing is newer than it.
    """
    push_down(model_id=model_id, by=by, at=at, newer_version_since=_since(model_id))


def _since(model_id: int) -> date | None:
    rows = ModelVersion.objects.filter(model=model_id)
    champion = rows.filter(role=ModelVersion.Role.CHAMPION).first()
    if champion is None:
        return None
    waiting = rows.filter(role=ModelVersion.Role.REGISTERED, gone_at=None)
    newer = [_day(one) for one in waiting if _place(one) > _place(champion)]
    return min(newer, default=None)


def _day(row: ModelVersion) -> date:
    return row.trained_on or clock.day_of(row.recorded_at)


def _place(row: ModelVersion) -> tuple[date, int]:
    return _day(row), row.pk
