"""A portfolio of thousands for load: rows written set-based, then judged by the real judges.

The rows agree with each other as those of the small demo do: spells end where the next begins, sums equal their rows,
a reading is recorded after it was true. The names are drawn from lists; nobody is meant to read them.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from core import audit, outbox
from core.access import system
from core.bulk import insert_objects, update_rows
from core.models import BusinessUnit, RoleGrant, User
from domain.finance.release import Act
from domain.reminders import Mails
from exchange.demo import load_facts, organisation
from exchange.demo.ground import leave_mark
from exchange.demo.people import DOMAIN
from exchange.demo.play import Script, World
from governance.models import AiModel
from governance.services import evaluate as model_judge
from kpis.models import Kpi, Measurement
from kpis.services import evaluate as kpi_judge
from pilots.models import Pilot
from pilots.services import evaluate as pilot_judge
from pilots.services.opening import ensure_pilots
from portfolio.models import BenefitEntry, Expenditure, FundingTranche, Initiative
from portfolio.services.totals import refresh_totals

PART = 5_000
LEADS_EVERY = 50
NO_PASSWORD = make_password(None)


@dataclass
class Ground:
    """What every row refers to."""

    world: World
    at: datetime
    today: date
    chance: random.Random
    units: list[BusinessUnit] = field(default_factory=list)
    leads: list[int] = field(default_factory=list)
    sponsors: list[int] = field(default_factory=list)

    def moment(self, day: date) -> datetime:
        """The morning of a day, or now where that has not come."""
        return min(datetime.combine(day, time(9), ZoneInfo(settings.ORG_TIME_ZONE)), self.at)

    def back(self, days: int) -> date:
        return self.today - timedelta(days=days)


def load(*, size: int, at: datetime, seed: int) -> None:
    """Write `size` initiatives with everything that hangs on them, and judge all. The database is empty."""
    script = Script(at)
    world = World(script, seed)
    ground = Ground(world, at, script.today, world.chance("load"))
    with transaction.atomic():
        organisation.write(world, script.back(1_200))
        script.play()
        _people(ground, size)
        for start in range(0, size, PART):
            _part(ground, range(start, min(start + PART, size)))
        refresh_totals()
        _models(ground, size)
        by = system("command")
        ensure_pilots(by=by, at=at)
        _trials(ground)
        leave_mark(size=size, seed=seed, at=at)
    _analyse()
    kpi_judge.rebuild(at=at, by=by)
    pilot_judge.evaluate_all(at=at, by=by)
    model_judge.evaluate_all(at=at, by=by)
    outbox.drain()


def _people(ground: Ground, size: int) -> None:
    """A lead for every fifty initiatives beside the people of the small demo."""
    world, began = ground.world, ground.moment(ground.back(1_200))
    ground.units = list(world.units.values())
    ground.sponsors = [p.pk for p in world.people.values() if p.title.startswith("Director")]
    rows = [
        User(
            mails=Mails.DAILY.value,
            email=f"lead{n:04d}@{DOMAIN}", name=f"Project lead {n}", password=NO_PASSWORD, created_at=began,
            last_active_on=ground.back(ground.chance.randint(0, 20)),
        )
        for n in range(max(size // LEADS_EVERY, 1))
    ]  # fmt: skip
    insert_objects(rows)
    ground.leads = [row.pk for row in rows]
    insert_objects([
        RoleGrant(user=row, role="lead", unit=ground.units[n % len(ground.units)], granted_at=began)
        for n, row in enumerate(rows)
    ])  # fmt: skip


def _part(ground: Ground, numbers: Iterable[int]) -> None:
    """Some thousand initiatives with their spells, KPIs, readings and money."""
    made = [load_facts.initiative(ground, n) for n in numbers]
    insert_objects([one.row for one in made])
    through: Any = Initiative.objectives.through
    served = ground.world.objectives
    insert_objects([
        through(initiative_id=one.row.pk, strategicobjective_id=served[n % len(served)].pk)
        for n, one in enumerate(made)
    ])  # fmt: skip
    insert_objects([spell for one in made for spell in load_facts.spells(ground, one)])
    by = system("command")
    insert_objects([
        audit.event(
            by=by, at=one.row.created_at, action="initiative.created", obj=one.row, initiative_id=one.row.pk,
            unit_path=one.row.unit.path, after={"name": one.row.name, "stage": one.row.stage},
        )
        for one in made
    ])  # fmt: skip
    _measures(ground, made)
    money = [row for one in made for row in load_facts.money(ground, one)]
    for model in (FundingTranche, Expenditure, BenefitEntry):
        insert_objects([row for row in money if type(row) is model])
    _released([row for row in money if isinstance(row, FundingTranche)])


def _released(tranches: Sequence[FundingTranche]) -> None:
    """Decisions point at their tranche and tranches at the decision that released them, so they are told afterwards."""
    decided = [one for row in tranches for one in load_facts.decisions(row)]
    insert_objects(decided)
    update_rows(
        FundingTranche,
        ("released_on", "release"),
        [(one.tranche_id, one.decided_on, one.pk) for one in decided if one.act == Act.RELEASE],
    )


def _measures(ground: Ground, made: Sequence[load_facts.Made]) -> None:
    """KPIs point at their version and versions at their KPI, so KPIs go in without and are told afterwards."""
    told = [(one, *pair) for one in made for pair in load_facts.kpis(ground, one)]
    insert_objects([kpi for _, kpi, _, _ in told])
    for _, kpi, version, _ in told:
        version.kpi_id = kpi.pk
    insert_objects([version for _, _, version, _ in told])
    update_rows(Kpi, ("current",), [(kpi.pk, version.pk) for _, kpi, version, _ in told])
    insert_objects([
        Measurement(
            kpi_id=kpi.pk, kpi_version_id=version.pk, observed_on=on, value=value, source="Load",
            recorded_at=ground.moment(on + timedelta(days=1)), recorded_by_id=one.row.lead_id,
        )
        for one, kpi, version, readings in told for on, value in readings
    ])  # fmt: skip


def _models(ground: Ground, size: int) -> None:
    linked = Initiative.objects.filter(stage__in=["pilot", "scale_up", "production"]).order_by("pk")
    found = list(linked.values_list("pk", "unit_id", "stage", "entered_on", "risk_tier")[: size // 2])
    rows = [load_facts.model(ground, place, one) for place, one in enumerate(found)]
    insert_objects(rows)
    through: Any = AiModel.initiatives.through
    insert_objects([
        through(aimodel_id=row.pk, initiative_id=one[0]) for row, one in zip(rows, found, strict=True)
    ])  # fmt: skip


def _trials(ground: Ground) -> None:
    """The facts of the open pilots: most recorded, some never."""
    rows = list(Pilot.objects.filter(ended_on=None).select_related("spell").order_by("pk"))
    for row in rows:
        load_facts.charter(ground, row)
    Pilot.objects.bulk_update(rows, load_facts.CHARTER, batch_size=500)


def _analyse() -> None:
    """So many rows at once leave the planner without statistics."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
