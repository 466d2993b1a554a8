"""The dashboard at ten thousand initiatives: its page and its JSON, counted beforehand and not, and what counting costs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.pages import call, fill
from bench.report import Row, cost, median_seconds, speed
from bench.world import sql
from core import clock
from core.access import actor_for
from core.models import BusinessUnit, Role, RoleGrant, User
from core.reading import one_moment
from portfolio.dashboard import counts
from portfolio.dashboard.selection import select
from portfolio.models import UnitTally
from portfolio.queries.counting import count, everything
from portfolio.services import tallies

PAGE, JSON = "/portfolio/", "/api/v1/portfolio/summary/"
A_TENTH = 0.1
FEW = 100
READS = 20
# What the JSON's figures take at the least when they are counted as they are asked for, and what is read instead.
SIX = (
    """
    SELECT stage, count(*), count(*) FILTER (WHERE entered_on IS NULL),
        count(*) FILTER (WHERE entered_on < current_date - interval '6 months'),
        count(*) FILTER (WHERE entered_on < current_date - interval '12 months'),
        count(*) FILTER (WHERE entered_on < current_date - interval '18 months'),
        count(*) FILTER (WHERE entered_on < current_date - interval '24 months'),
        count(*) FILTER (WHERE entered_on < current_date - interval '36 months')
    FROM portfolio_initiative GROUP BY stage
    """,
    """
    SELECT from_stage, stage, count(*) FILTER (WHERE entered_on > current_date - interval '1 year'),
        count(*) FILTER (WHERE left_on > current_date - interval '1 year')
    FROM portfolio_stagespell s WHERE NOT EXISTS (SELECT 1 FROM portfolio_stagespell r WHERE r.restates_id = s.id)
    GROUP BY from_stage, stage
    """,
    """
    SELECT stage, percentile_disc(0.5) WITHIN GROUP (ORDER BY left_on - entered_on) FROM portfolio_stagespell s
    WHERE left_on > current_date - interval '1 year' AND entered_on IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM portfolio_stagespell r WHERE r.restates_id = s.id)
    GROUP BY stage
    """,
    """
    SELECT unit_id, kpi_status, count(*), count(*) FILTER (WHERE entered_on IS NULL) FROM portfolio_initiative
    WHERE stage NOT IN ('stopped', 'retired') GROUP BY unit_id, kpi_status
    """,
    """
    SELECT sum(spent), sum(approved), sum(released), sum(claimed), sum(validated) FROM portfolio_initiative
    """,
    """
    SELECT pilot_level, count(*), count(*) FILTER (WHERE decision_on <= current_date + 21),
        count(*) FILTER (WHERE decision_on < current_date), count(*) FILTER (WHERE decision_on IS NULL)
    FROM portfolio_initiative WHERE pilot_level <> '' AND stage NOT IN ('stopped', 'retired') GROUP BY pilot_level
    """,
)
KEPT = (
    """
    SELECT t.unit, t.figures FROM portfolio_unittally t WHERE t.day = current_date
    AND NOT EXISTS (SELECT 1 FROM portfolio_unitchange c WHERE c.unit = t.unit)
    """,
)


def signed_in(person: User) -> dict[str, str]:
    """A session of that person, as the header a browser sends."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.set_expiry(timedelta(hours=1))
    session.save()
    return {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}


def _unit_lead(unit: BusinessUnit) -> User:
    at = clock.now()
    found = User.objects.filter(email="unit.lead@bench.example").first()
    if found is None:
        found = User.objects.create_user(
            "unit.lead@bench.example", None, name="Lead of a unit", created_at=at
        )
        RoleGrant.objects.create(user=found, role=Role.UNIT_LEAD, unit=unit, granted_at=at)
    return found


def _run(statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()


def _settle() -> None:
    tallies.refresh(at=clock.now())


def _unsettle() -> None:
    UnitTally.objects.all().delete()


@contextmanager
def _only_a_few() -> Iterator[None]:
    """The same world with a hundred initiatives, those with the oldest dates to decide, for as long as it lasts."""
    with transaction.atomic():
        sql(
            f"CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT id FROM portfolio_initiative ORDER BY decision_on, id LIMIT {FEW}",
            *(
                f"DELETE FROM portfolio_{table} WHERE initiative_id NOT IN (SELECT id FROM kept)"
                for table in ("stagespell", "flag", "expenditure", "benefitentry")
            ),
            "DELETE FROM portfolio_initiative WHERE id NOT IN (SELECT id FROM kept)",
        )
        _unsettle()
        yield
        transaction.set_rollback(True)


def _statements(ask: Callable[[], object]) -> int:
    """How many records are asked for: one, to begin with, that fills what a process remembers."""
    ask()
    with CaptureQueriesContext(connection) as seen:
        ask()
    return sum(query["sql"].lstrip().startswith("SELECT") for query in seen.captured_queries)


def _alike(name: str, path: str, reader: User) -> Row:
    """The statements of one request, for a hundred initiatives and for all; counted beforehand and not."""
    client = Client()  # which leaves the connection, and so the transaction around it, alone
    client.force_login(reader)

    def ask() -> None:
        if client.get(path).status_code != 200:
            raise RuntimeError(path)

    found = []
    for settle in (_unsettle, _settle):
        with _only_a_few():
            settle()
            few = _statements(ask)
        settle()
        found.append((few, _statements(ask)))
    (counted_few, counted), (kept_few, kept) = found
    alike = counted_few == counted and kept_few == kept
    said = f"statements of {name}: {kept}, of uncounted units {counted}"
    return Row(said, 0, 0, kept / kept_few, "as for 100", alike)


def _told(name: str, product: float, floor: float) -> Row:
    """A ratio without a goal."""
    return Row(name, product, floor, product / floor, "told", True)


def dashboard(scale: float) -> list[Row]:
    """Server time of page and JSON for three readers against a tenth of a second; the figures against counting them."""
    reader, units = fill(scale), list(BusinessUnit.objects.order_by("pk"))
    settings.ALLOWED_HOSTS = ["*"]
    app: Callable[..., Any] = import_module("config.wsgi").application
    executive, lead = signed_in(reader), signed_in(_unit_lead(units[0]))

    def asked(path: str, cookie: dict[str, str]) -> Callable[[], object]:
        return lambda: call(app, path, **cookie)

    page, summary = asked(PAGE, executive), asked(JSON, executive)
    rows = [_alike("the page", PAGE, reader), _alike("its JSON", JSON, reader)]
    _settle()

    def tenth(name: str, ask: Callable[[], object], before: Callable[[], object] | None = None) -> Row:
        ask()
        return cost(f"{name}, against 100 ms", median_seconds(ask, times=9, before=before), A_TENTH, 1.0)

    rows += [
        tenth("dashboard page, an executive", page),
        tenth("dashboard page, narrowed to one unit", asked(f"{PAGE}?unit={units[0].pk}", executive)),
        tenth("dashboard page, the lead of a unit", asked(PAGE, lead)),
        tenth("dashboard page, a unit changed just now", page, lambda: tallies.touch([units[0].pk])),
    ]
    _settle()
    rows.append(tenth("its JSON", summary))
    return rows + _figures(reader, summary) + _uncounted(page)


def _figures(reader: User, summary: Callable[[], object]) -> list[Row]:
    """The figures of the JSON beside counting them: the statements bare, as the product reads them, the whole request."""
    actor, today = actor_for(reader, via="page"), clock.today()

    def read() -> None:
        for _ in range(READS):
            with one_moment():
                counts.see(select(actor, {}, today))

    six = median_seconds(lambda: _run(SIX), times=7)
    bare = median_seconds(lambda: _run(KEPT * READS), times=7) / READS
    product = median_seconds(read, times=7) / READS
    counted = median_seconds(lambda: count(everything(), today), times=7)
    kept = median_seconds(_settle, times=7, before=_unsettle)
    return [
        speed("figures of the JSON, kept against six aggregates, both bare", bare, six, 50),
        speed("the same as the product reads them, against it counting", product, counted, 10),
        _told(
            "the whole JSON request, against counting its figures", median_seconds(summary, times=9), counted
        ),
        cost("counting every unit and keeping it, against counting", kept, counted, 1.7),
    ]


def _uncounted(page: Callable[[], object]) -> list[Row]:
    """The page where no unit is counted yet, as in the first half minute of a day."""
    return [
        _told(
            "dashboard page, no unit counted, against 100 ms",
            median_seconds(page, times=7, before=_unsettle),
            A_TENTH,
        )
    ]


BENCHES: dict[str, Callable[[float], list[Row]]] = {"dashboard": dashboard}
