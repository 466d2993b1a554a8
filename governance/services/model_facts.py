"""What rooms above push down to a model: the days and counts its judgement and its gates read."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final, TypedDict, Unpack

from django.db.models import F
from django.db.models.functions import Coalesce, Least

from core import clock, outbox
from core.access import Actor
from core.locks import hold
from governance.models import AiModel
from governance.services.evaluate import LOCK
from governance.services.judge import judge_one


class PushedFacts(TypedDict, total=False):
    """Facts whose record is kept in a room above. `dossier_sections`: section code -> day of its latest version, as text.

    `classes`: rule set -> class.
    `champion`: the number of the version that serves, "" for none. `open_critical`: open findings of severity critical;
    None where nobody has looked. `newer_version_since`: see domain.staleness_facts. `dossier_done`, `dossier_whole`: parts of
    the dossier that are written, of those required. `validation_needed_since`: the day a material change was accepted that nobody has
    validated. `ethics_...`: see domain.ethics.EthicsFacts. `data_until`: see domain.staleness_facts. `retirement_steps`: step -> day it was done, as text, and
    `begun`; empty where no retirement was begun.
    """

    in_production_since: date | None
    last_validated_on: date | None
    last_monitored_on: date | None
    last_heartbeat_on: date | None
    fallback_tested_on: date | None
    attestation_due_on: date | None
    attested_on: date | None
    dossier_sections: dict[str, str]
    risk_tier: int | None
    champion: str
    classes: dict[str, str]
    open_critical: int | None
    newer_version_since: date | None
    dossier_done: int | None
    dossier_whole: int | None
    validation_needed_since: date | None
    retirement_steps: dict[str, str]
    ethics_passed_on: date | None
    ethics_due_on: date | None
    ethics_refused_on: date | None
    data_until: date | None


DOSSIER_TOUCHED: Final = outbox.announces("model.dossier_touched")


def touch_dossier(row: AiModel, at: datetime) -> None:
    """The tier, or a day typed by hand, changed: the room that keeps dossiers says again which sections are complete."""
    outbox.owe(kind=DOSSIER_TOUCHED, payload={"model_id": row.pk}, at=at)


def push_down(*, model_id: int, by: Actor, at: datetime, **facts: Unpack[PushedFacts]) -> AiModel:
    """Write pushed facts of a model and judge it at once. Nothing changed writes nothing.

    The caller has asked the right, holds a transaction, and leaves the event of its own record. Raises
    AiModel.DoesNotExist.
    """
    hold(LOCK)
    row = AiModel.objects.get(pk=model_id)
    changed = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.updated_at, row.version = at, row.version + 1
    row.save(update_fields=[*changed, "updated_at", "version"])
    if "risk_tier" in changed:
        touch_dossier(row, at)
    return judge_one(model=row, by=by, at=at, as_of=clock.day_of(at))


def ask_to_attest(*, model_ids: Collection[int], due_on: date, at: datetime) -> int:
    """Open a round of attestation for many models: the earliest due day of what is not answered stands. One statement.

    A due day makes nothing stale before it has passed, so the models are marked due for the sweep, which works out anew
    until when their answer stands. The caller holds a transaction and has asked the right.
    """
    hold(LOCK)
    rows = AiModel.objects.filter(pk__in=model_ids)
    return rows.update(
        attestation_due_on=Coalesce(Least("attestation_due_on", due_on), due_on), due=True, updated_at=at,
        version=F("version") + 1,
    )  # fmt: skip
