"""Where the demo may be made: in an empty database, or in place of a demo that nothing was added to."""

from datetime import datetime
from typing import Final

from django.core.management import call_command
from django.db import connection, models, transaction

from core import audit, clock
from core.access import system
from core.errors import conflict
from core.models import AuditEvent, BusinessUnit, User
from core.wording import plural
from exchange.models import ImportRun
from governance.models import AiModel
from kpis.models import Kpi
from portfolio.models import Initiative, StrategicObjective

MADE: Final = "demo.seeded"
RECORDS: Final[dict[str, type[models.Model]]] = {
    "business unit": BusinessUnit,
    "person": User,
    "objective": StrategicObjective,
    "initiative": Initiative,
    "KPI": Kpi,
    "model": AiModel,
    "import": ImportRun,
}
PLURALS: Final = {"person": "people"}
HISTORY: Final = "django_migrations"


def is_empty() -> bool:
    """Whether there is no record of any kind."""
    return not any(model._default_manager.exists() for model in RECORDS.values())


def leave_mark(*, size: int, seed: int, at: datetime) -> None:
    """Say in the log up to which record the demo made them, so that a reset can tell them from others."""
    last = {name: _last(model) for name, model in RECORDS.items()}
    after = {"size": size, "seed": seed, "day": clock.day_of(at), "last": last}
    audit.record(by=system("command"), at=at, action=MADE, obj=Initiative(), after=after)


def require_only_a_demo() -> None:
    """Refuse, 409, to throw away a database that no demo was made in, or that holds more than it."""
    mark = AuditEvent.objects.filter(action=MADE).order_by("-id").values_list("after", flat=True).first()
    if mark is None:
        raise conflict(
            "not_a_demo", "Not reset: these records are no demo. Choose an empty database with DATABASE_URL."
        )
    more = []
    for name, model in RECORDS.items():
        count = model._default_manager.filter(pk__gt=mark["last"].get(name, 0)).count()
        if count:
            more.append(plural(count, name, PLURALS.get(name, "")))
    if more:
        raise conflict(
            "more_than_a_demo",
            f"Not reset: beside the demo this database holds {', '.join(more)}. A reset would throw them away too. "
            "Choose another database with DATABASE_URL.",
        )


def throw_away() -> None:
    """Take every table of the product down and build it anew: the audit log refuses to be emptied, and keeps refusing.

    Quicker than undoing the migrations one by one, and not in need of migrations that can be undone.
    """
    tables = [*connection.introspection.django_table_names(only_existing=True, include_views=False), HISTORY]
    names = [connection.ops.quote_name(table) for table in tables]
    with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TABLE {', '.join(names)} CASCADE")
            # The triggers called them.
            called = "core_append_only(), kpis_sealed_version(), kpis_post_hoc_for_ever(), kpis_remediation_step_stands()"
            cursor.execute(f"DROP FUNCTION IF EXISTS {called}")
        else:
            for name in names:
                cursor.execute(f"DROP TABLE {name}")
    call_command("migrate", verbosity=0, interactive=False)


def _last(model: type[models.Model]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
