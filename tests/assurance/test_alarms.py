"""What of a model calls for somebody: on its owner's page, in its head, and quiet again when it is answered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assurance.models import MonitorAlert
from assurance.queries.alarms import alarms_of
from assurance.services.alerts import acknowledge
from assurance.services.deployments import end_deployment
from assurance.services.retraining import end_rule, set_rule
from domain.retraining import Direction, Equality, Rule, Unit
from governance.models import AiModel
from governance.services.evaluate import evaluate_all
from tests.assurance.test_deployments import report
from tests.assurance.versioned import champion, model_of
from tests.assurance.watching import MODERATE, SIGNIFICANT, STABLE, back, monitor, performance, send
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db
MINE = "/governance/models/mine/"
DROP = Rule(Direction.DROP, Decimal(3), Unit.POINTS, Equality.AT_LEAST, 1, 30, 91)


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


def told(model: AiModel) -> list[tuple[str, int]]:
    return [(one.word, one.severity) for one in alarms_of([model.pk])]


def test_a_model_about_which_nothing_calls_is_quiet(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    model = sound_model(cast)
    row = monitor(cast, model)
    send(cast, row, {"counts": STABLE})
    evaluate_all(at=AT)
    assert told(model) == []
    client = signed_in("mona")
    assert "Alarms" not in client.get(MINE).content.decode()
    assert "Calls for somebody" not in client.get(f"/governance/models/{model.ref}/").content.decode()


def test_drift_is_an_alarm_until_it_is_stable_again_and_somebody_has_seen_it(cast: Cast) -> None:
    model = sound_model(cast, risk_tier=1)
    row = monitor(cast, model)
    send(cast, row, {"counts": SIGNIFICANT, "observed_on": back(1)})
    assert told(model) == [("Input drift, significant", 3)]
    acknowledge(pk=MonitorAlert.objects.get().pk, note="Looking.", by=cast.actor("mona"), at=AT)
    assert [one.seen for one in alarms_of([model.pk])] == [True]
    send(cast, row, {"counts": STABLE})
    assert told(model) == []


def test_an_alert_that_cleared_unseen_still_calls_and_the_newest_of_a_monitor_speaks(cast: Cast) -> None:
    model = sound_model(cast)
    row = monitor(cast, model)
    send(cast, row, {"counts": MODERATE, "observed_on": back(2)})
    send(cast, row, {"counts": SIGNIFICANT, "observed_on": back(1)})
    assert told(model) == [("Input drift, significant", 2)]
    send(cast, row, {"counts": STABLE})
    (one,) = alarms_of([model.pk])
    assert (one.severity, one.seen) == (1, False)
    assert "nobody acknowledged it" in one.sentence


def test_a_raised_trigger_asks_for_retraining_until_another_version_serves(cast: Cast) -> None:
    model = sound_model(cast, developer="Bob")
    champion(cast, model, "1")
    rule = set_rule(monitor_id=performance(cast, model).pk, rule=DROP, by=cast.actor("mona"), at=AT)
    send(cast, rule.monitor, {"value": "0.85", "cases": 400})
    assert ("Retraining asked for", 2) in told(model)
    model.versions.filter(role="champion").update(role_since=TODAY + timedelta(days=1))
    assert "Retraining asked for" not in [word for word, _ in told(model)]
    model.versions.update(role_since=back(90))
    assert "Retraining asked for" in [word for word, _ in told(model)]
    end_rule(pk=rule.pk, because="Another measure.", by=cast.actor("mona"), at=AT)
    assert "Retraining asked for" not in [word for word, _ in told(model)]


def test_a_version_that_runs_without_approval_calls_until_it_ends(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    model = model_of(cast, risk_tier=1)
    row = report(cast, model, "9", observed=True).deployment
    evaluate_all(at=AT)
    assert told(model) == [("Runs without approval", 3)]
    client = signed_in("mona")
    text = client.get(MINE).content.decode()
    assert "Version 9 in production" in text
    for tab in ("", "life/", "versions/", "dossier/"):
        head = client.get(f"/governance/models/{model.ref}/{tab}").content.decode()
        assert "Runs without approval" in head.partition("<main")[2].partition("<h2")[0]
    end_deployment(pk=row.pk, because="Switched off.", by=cast.actor("mona"), at=AT)
    assert told(model) == []


def test_nobody_reads_the_alarms_of_another_s_models_on_their_page(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    model = sound_model(cast, owner=cast.max)
    send(cast, monitor(cast, sound_model(cast, "Mine")), {"counts": STABLE})
    report(cast, model, "9", "max", observed=True)
    assert "Runs without approval" not in signed_in("mona").get(MINE).content.decode()


def test_alarms_cost_the_same_for_one_model_and_for_ten(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            alarms_of(list(AiModel.objects.values_list("pk", flat=True)))
        return len(queries)

    report(cast, model_of(cast), "9", observed=True)
    first = cost()
    for number in range(9):
        report(cast, model_of(cast, f"Model {number}"), "9", observed=True)
    assert cost() == first <= 5
