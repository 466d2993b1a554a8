"""Publishing: the stretch of the outlook that a day lies in becomes the stored answer.

The ledger, the flags, the roll-up and the news to other rooms follow from the answers that changed, in a number of
statements that does not grow with them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from core import audit, outbox
from core.access import Actor
from core.bulk import insert_rows
from domain.kpi_codes import Status
from domain.rollup import Item, rollup
from kpis.models import Outlook, StatusChange
from kpis.services import answers, watch
from kpis.services.answers import Change
from kpis.services.findings import flag_kpis, is_flagged
from portfolio.models import Initiative
from portfolio.services.status import KpiStatus, set_kpi_statuses

FACTS_CHANGED = outbox.announces("initiative.facts_changed")
FLAG = "kpis.flag"
GOALPOSTS = "kpis.goalposts"
FLAGGED_AT_ONCE: Final = (
    50  # more are owed to a worker: their sentences take longer to write than the answers
)
_ONE_DAY: Final = timedelta(days=1)
_LEDGER: Final = ("kpi", "was", "now", "reason", "on", "at", "measurement", "kpi_version")


def publish(
    kpi_ids: Collection[int],
    *,
    initiatives: Mapping[int, Initiative],
    as_of: date,
    by: Actor,
    at: datetime,
    rolled: Collection[int] = (),
) -> int:
    """Make the stored answers of these KPIs those of `as_of`; returns how many were written.

    The caller holds `initiatives`, those of the KPIs, by id. `rolled`: roll these up whether or not a status changed.
    """
    changes = answers.change(kpi_ids, as_of) if kpi_ids else []
    ledger = _ledger(changes, as_of, at)
    if ledger:
        insert_rows(StatusChange, _LEDGER, ledger)
    _flag(changes, initiatives, by, at)
    turned = {
        c.initiative_id
        for c in changes
        if (c.was, c.was_reason, c.was_declared) != (c.status, c.reason, c.declared)
    }
    if turned:
        watch.mark_turned(turned)
    _roll_up(turned.union(rolled), initiatives=initiatives, as_of=as_of, by=by, at=at)
    _tell(changes, initiatives, at)
    # A KPI that stands at its target is what another may have been exchanged for.
    reached = Status.ACHIEVED.value
    owe_goalposts([c.kpi_id for c in changes if c.status == reached and c.was != reached], at)
    return len(changes)


def _ledger(changes: Sequence[Change], as_of: date, at: datetime) -> list[tuple[Any, ...]]:
    """A row for each change of status, also for those that came and went while nobody asked."""
    late = [c.kpi_id for c in changes if c.was_until is not None and c.valid_from > c.was_until + _ONE_DAY]
    passed = _passed(late, as_of) if late else {}
    out = []
    for c in changes:
        if c.was == c.status and c.kpi_id not in passed:
            continue
        now = (c.valid_from, c.status, c.reason, c.since, c.measurement_id)
        between = [
            s
            for s in passed.get(c.kpi_id, ())
            if c.was_until is not None and c.was_until < s[0] < c.valid_from
        ]
        was = c.was
        for _, status, reason, since, measurement in [*between, now]:
            if status != was:
                out.append((c.kpi_id, was, status, reason, since, at, measurement, c.version_id))
                was = status
    return out


def _passed(kpi_ids: Collection[int], as_of: date) -> Mapping[int, list[tuple[Any, ...]]]:
    """The stretches of these KPIs that began before the day."""
    out: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    rows = Outlook.objects.filter(kpi__in=kpi_ids, valid_from__lt=as_of).order_by("kpi_id", "valid_from")
    names = ("kpi_id", "valid_from", "status", "reason", "since", "measurement_id")
    for kpi_id, *stretch in rows.values_list(*names):
        out[kpi_id].append(tuple(stretch))
    return out


def _flag(changes: Sequence[Change], initiatives: Mapping[int, Initiative], by: Actor, at: datetime) -> None:
    """Raise, renew and clear the flags of KPIs whose answer changed.

    At once when they are few, or when a command does it, which cannot count on a worker; else by a worker.
    """
    asked = [c.kpi_id for c in changes if is_flagged(c.was, c.was_reason) or is_flagged(c.status, c.reason)]
    if len(asked) <= FLAGGED_AT_ONCE or by.via == "command":
        flag_kpis(asked, initiatives=initiatives, by=by, at=at)
    else:
        outbox.owe(kind=FLAG, payload={"kpi_ids": asked}, at=at)


def _roll_up(
    ids: Collection[int], *, initiatives: Mapping[int, Initiative], as_of: date, by: Actor, at: datetime
) -> None:
    if not ids:
        return
    found = dict.fromkeys(ids, _rolled(""))
    found |= {pk: _rolled(_in_order(composition)) for pk, composition in answers.compositions(ids)}
    changed = set_kpi_statuses([KpiStatus(initiatives[pk], *said) for pk, said in found.items()], on=as_of)
    audit.record_many(
        audit.event(
            by=by, at=at, action="initiative.kpi_status_changed", obj=row, initiative_id=row.pk,
            before={"kpi_status": was}, after={"kpi_status": row.kpi_status, "kpi_reason": row.kpi_reason},
        )
        for row, was in changed
    )  # fmt: skip


def _in_order(composition: str) -> str:
    """The order of KPIs means nothing, and without it far more initiatives look alike."""
    return ",".join(sorted(composition.split(",")))


@lru_cache(maxsize=16_384)
def _rolled(composition: str) -> tuple[str, str]:
    """The roll-up of KPIs written as `answers.compositions` does, as status and reason. Many initiatives look alike."""
    items = []
    for part in filter(None, composition.split(",")):
        status, weight, primary, reason = part.split(" ")
        items.append(Item(Status(status), reason or None, Decimal(weight), primary == "1"))
    found = rollup(items)
    return found.status.value, found.reason.value if found.reason else ""


def _tell(changes: Iterable[Change], initiatives: Mapping[int, Initiative], at: datetime) -> None:
    """Rooms above judge from primary KPIs; only an initiative with an open pilot has somebody listening."""
    ids = sorted({c.initiative_id for c in changes if c.primary and initiatives[c.initiative_id].pilot_level})
    if len(ids) == 1:
        tell_of(initiatives[ids[0]], at)
    elif ids:
        outbox.owe(kind=FACTS_CHANGED, payload={"initiative_ids": ids}, at=at)


def owe_goalposts(kpi_ids: Sequence[int], at: datetime) -> None:
    """Have a worker ask whether these KPIs put a change of their initiatives' promises in another light."""
    if kpi_ids:
        # No key: bulk readings come while nobody holds the initiative.
        outbox.owe(kind=GOALPOSTS, payload={"kpi_ids": list(kpi_ids)}, at=at)


def tell_of(initiative: Initiative, at: datetime) -> None:
    """Let rooms above know that what its KPIs say, or are held to, has changed. For those with somebody listening."""
    if initiative.pilot_level:
        key = f"initiative-{initiative.pk}"
        outbox.owe(kind=FACTS_CHANGED, payload={"initiative_id": initiative.pk}, at=at, key=key)
