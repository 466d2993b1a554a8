"""`evaluate`: one question to every room, for today stored, for a past day only told."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.access import system
from core.errors import Problem
from core.models import AuditEvent
from exchange.services.evaluate import evaluate
from governance.models import AiModel
from kpis.models import Kpi
from pilots.models import Pilot
from portfolio.models import Flag
from tests.cast import AT, TODAY, Cast
from tests.exchange.staged import FEW, few, load
from tests.kpis.build import make_initiative, make_kpi, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
KEYS = ["pilots", "kpis", "models", "units_with_pilots_and_no_production", "changed"]
HEADER = "Name,Unit,Id,Stage,Since"


def day(back: int) -> str:
    return (TODAY - timedelta(days=back)).isoformat()


def command(*args: str) -> Any:
    out = io.StringIO()
    call_command("evaluate", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def world(cast: Cast) -> Cast:
    """Six pilots in claims and nothing in production; a KPI with a reading; a model nobody owns and one that is retired."""
    ages = (400, 300, 100, 10)
    rows = [f"Pilot {n},Claims,C-{n},pilot,{day(age)}" for n, age in enumerate(ages)]
    rows += [
        "Pilot 4,Claims,C-4,pilot,",
        "Pilot 5,Claims,C-5,pilot,",
        f"Scoring,Retail Banking,R-1,production,{day(50)}",
    ]
    load(cast, few(HEADER, *rows), FEW)
    kpi = make_kpi(make_initiative(cast.retail, "Card limits"))
    read(kpi, "7.5", TODAY - timedelta(days=5))
    for name, stage in (("Triage model", "production"), ("Old model", "retired")):
        AiModel.objects.create(
            name=name, unit=cast.claims, stage=stage, in_production_since=TODAY - timedelta(days=700), created_at=AT, updated_at=AT
        )  # fmt: skip
    return cast


def test_it_prints_these_keys_and_no_others(world: Cast) -> None:
    told = command()
    assert list(told) == KEYS
    assert list(told["pilots"]) == ["purgatory", "drifting", "watch", "healthy", "undated"]
    assert list(told["models"]) == ["stale", "fresh"]


def test_pilots_kpis_models_and_units_of_today(world: Cast) -> None:
    told = command()
    assert told["pilots"] == {"purgatory": 2, "drifting": 0, "watch": 2, "healthy": 0, "undated": 2}
    assert sum(told["kpis"].values()) == Kpi.objects.count()
    assert told["models"] == {"stale": 1, "fresh": 0}
    assert told["units_with_pilots_and_no_production"] == ["CLM"]
    assert told["changed"] > 0


def test_asked_again_nothing_changes_and_nothing_is_written(world: Cast) -> None:
    command()
    before = AuditEvent.objects.count(), list(Flag.objects.values())
    for args in ((), ("--all",), ("--all",)):
        assert command(*args)["changed"] == 0
    assert (AuditEvent.objects.count(), list(Flag.objects.values())) == before


def test_without_all_only_what_is_due_is_judged(world: Cast) -> None:
    command("--all")
    Pilot.objects.filter(initiative__name="Pilot 0").update(level="healthy")
    assert command()["pilots"]["healthy"] == 1
    assert command("--all")["pilots"] == {
        "purgatory": 2,
        "drifting": 0,
        "watch": 2,
        "healthy": 0,
        "undated": 2,
    }


def test_a_past_day_is_told_from_the_facts_and_stored_nowhere(world: Cast) -> None:
    command("--all")
    tables = (Pilot, Kpi, AiModel, Flag, AuditEvent)
    before = [list(table._default_manager.order_by("pk").values()) for table in tables]
    told = command("--as-of", day(60))
    # The pilot of ten days was none yet; the one of three hundred was younger than 270 days.
    assert told["pilots"] == {"purgatory": 1, "drifting": 0, "watch": 2, "healthy": 0, "undated": 2}
    assert told["units_with_pilots_and_no_production"] == ["CLM"]
    assert told["changed"] == 0
    assert [list(table._default_manager.order_by("pk").values()) for table in tables] == before


def test_a_unit_that_launched_since_stands_there_on_the_day_before(world: Cast) -> None:
    rows = [f"Pilot {n},Claims,C-{n},{'production' if n == 0 else 'pilot'}," for n in range(6)]
    load(world, few(HEADER, *rows), FEW)
    assert command()["units_with_pilots_and_no_production"] == []
    assert command("--as-of", day(1))["units_with_pilots_and_no_production"] == ["CLM"]


def test_today_as_the_day_is_today(world: Cast) -> None:
    assert command("--as-of", TODAY.isoformat())["changed"] > 0
    assert Pilot.objects.filter(level="").count() == 0


def test_a_day_to_come_and_no_day_are_refused(world: Cast) -> None:
    with pytest.raises(SystemExit) as ended:
        command("--as-of", day(-1))
    assert ended.value.code == 2
    for wrong in ("2026-02-30", "tomorrow", "1066-10-14"):
        with pytest.raises(CommandError):
            command("--as-of", wrong)
    with pytest.raises(Problem) as refused:
        evaluate(at=AT, by=system("command"), as_of=TODAY + timedelta(days=1))
    assert refused.value.status == 400


def test_an_empty_portfolio_has_figures_too(cast: Cast) -> None:
    for args in ((), ("--all",), ("--as-of", "2025-01-23")):
        assert command(*args) == {
            "pilots": dict.fromkeys(("purgatory", "drifting", "watch", "healthy", "undated"), 0), "kpis": {},
            "models": {"stale": 0, "fresh": 0}, "units_with_pilots_and_no_production": [], "changed": 0,
        }  # fmt: skip


def test_without_json_it_reads_as_sentences(world: Cast) -> None:
    out = io.StringIO()
    call_command("evaluate", stdout=out)
    assert "pilots: purgatory 2, drifting 0, watch 2, healthy 0, undated 2" in out.getvalue()
    assert "five or more pilots and nothing in production: CLM" in out.getvalue()
