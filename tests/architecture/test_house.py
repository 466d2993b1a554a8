"""The rules of the house hold, and each keeper sees its rule broken."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.architecture import keepers

ROOT = Path(__file__).resolve().parents[2]
# Sub-rooms with rooms of their own inside.
SUB_ROOMS = frozenset({
    "portfolio/dashboard", "exchange/reading", "exchange/mapping", "exchange/mappings", "exchange/demo",
    "exchange/writing", "exchange/formulas",
})  # fmt: skip
STAGE = frozenset({"portfolio/services/stages.py"})
# What portfolio.queries.counting reads, and who may write it: whoever does, tells portfolio.services.tallies.
COUNTED = frozenset({"Initiative", "StageSpell", "Flag", "Expenditure", "FundingTranche", "BenefitEntry"})
COUNTED_FIELDS = frozenset({
    "stage", "entered_on", "kpi_status", "pilot_level", "pilot_planned_days", "decision_on", "planned_value", "unit",
    "spent", "approved", "released", "claimed", "validated", "from_stage", "left_on", "severity", "cleared_at",
    "amount", "released_on", "returned_on", "spent_on", "month",
})  # fmt: skip
# These record money through portfolio.services.totals, which marks; the demo fills an empty database.
MARKS_BY_ANOTHER = frozenset({
    "portfolio/services/money.py", "portfolio/services/tranches.py", "portfolio/services/returning.py",
    "portfolio/services/money_rows.py", "portfolio/services/commitments.py", "portfolio/services/spend.py",
    "exchange/demo/load_facts.py",
})  # fmt: skip
MARKING = MARKS_BY_ANOTHER | {
    "portfolio/services/initiatives.py", "portfolio/services/stages.py", "portfolio/services/status.py",
    "portfolio/services/flags.py", "portfolio/services/totals.py", "exchange/services/commit.py",
    "exchange/services/update.py",
}  # fmt: skip


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A tree of empty packages to break one rule in."""
    for package in keepers.ORDER:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text))


def test_packages_import_only_to_their_left() -> None:
    assert keepers.imports_to_the_right(ROOT) == []


def test_an_import_to_the_right_is_seen_even_inside_a_function(broken: Path) -> None:
    write(broken, "portfolio/queries.py", "def f():\n    from kpis.models import Kpi\n    return Kpi\n")
    assert "kpis" in keepers.imports_to_the_right(broken)[0]


def test_rooms_import_only_to_their_left() -> None:
    assert keepers.rooms_out_of_order(ROOT) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("kpis/models.py", "from kpis.services import measure\n"),
        ("kpis/queries.py", "from kpis.views import page\n"),
        ("kpis/api.py", "from kpis.tasks import sweep\n"),
        ("kpis/services/measure.py", "from kpis.api import KpiApi\n"),
    ],
)
def test_a_room_out_of_order_is_seen(broken: Path, path: str, text: str) -> None:
    write(broken, path, text)
    assert keepers.rooms_out_of_order(broken)


def test_every_file_of_an_app_lies_in_a_room() -> None:
    assert keepers.unnamed_rooms(ROOT, SUB_ROOMS) == []


def test_a_file_outside_the_rooms_is_seen(broken: Path) -> None:
    write(broken, "pilots/stuff.py", "")
    write(broken, "core/utils.py", "")
    found = keepers.unnamed_rooms(broken)
    assert any("pilots/stuff.py" in line for line in found)
    assert any("core/utils.py" in line for line in found)


def test_files_and_functions_stay_short() -> None:
    assert keepers.long_files(ROOT) == []
    assert keepers.long_functions(ROOT) == []


def test_a_long_file_and_a_long_function_are_seen(broken: Path) -> None:
    write(broken, "core/big.py", "x = 1\n" * 201)
    write(broken, "kpis/queries.py", "x = 1\n" * 401)
    write(broken, "kpis/services.py", "def f():\n" + "    x = 1\n" * 50)
    assert len(keepers.long_files(broken)) == 2
    assert len(keepers.long_functions(broken)) == 1


def test_only_the_stage_service_writes_a_stage() -> None:
    wrote = keepers.writers(ROOT, frozenset({"stage"}), STAGE, frozenset({"Initiative"}))
    # A model's life-cycle stage is another fact, of another record.
    assert [line for line in wrote if not line.startswith("governance/services/")] == []


def test_only_one_place_writes_each_rolled_up_answer() -> None:
    status = frozenset({"portfolio/services/status.py"})
    assert keepers.writers(ROOT, frozenset({"kpi_status"}), status, frozenset({"Initiative"})) == []
    assert keepers.writers(ROOT, frozenset({"pilot_level"}), status, frozenset({"Initiative"})) == []


@pytest.mark.parametrize(
    "text",
    [
        "def f(initiative):\n    initiative.stage = 'production'\n",
        "def f(initiative):\n    initiative.name, initiative.stage = 'a', 'b'\n",
        "def f():\n    Initiative.objects.filter(pk=1).update(stage='production')\n",
    ],
)
def test_a_second_writer_of_stage_is_seen(broken: Path, text: str) -> None:
    write(broken, "portfolio/views.py", text)
    assert len(keepers.writers(broken, frozenset({"stage"}), STAGE, frozenset({"Initiative"}))) == 1


def test_whoever_writes_what_the_dashboard_counts_marks_the_tallies() -> None:
    assert keepers.makers(ROOT, COUNTED, MARKING) == []
    wrote = keepers.writers(ROOT, COUNTED_FIELDS, MARKING, COUNTED)
    # Fields of the same name of pilots, models and what is recorded of models are other facts.
    others = ("pilots/services/", "governance/services/", "assurance/services/")
    assert [line for line in wrote if not line.startswith(others)] == []
    unmarked = [path for path in MARKING if "import touch" not in (ROOT / path).read_text()]
    assert sorted(unmarked) == sorted(MARKS_BY_ANOTHER)


@pytest.mark.parametrize(
    "text",
    [
        "def f(row):\n    Flag.objects.create(initiative=row)\n",
        "def f(row):\n    return Expenditure(initiative=row, amount=1)\n",
        "def f(row):\n    row.planned_value = 3\n",
        "def f():\n    Flag.objects.filter(pk=1).update(severity=3)\n",
    ],
)
def test_another_writer_of_what_is_counted_is_seen(broken: Path, text: str) -> None:
    write(broken, "pilots/views.py", text)
    found = keepers.makers(broken, COUNTED, MARKING) + keepers.writers(
        broken, COUNTED_FIELDS, MARKING, COUNTED
    )
    assert len(found) == 1


# What moves money asks the KPI first: one file of the room above, and nobody else, calls what writes it.
MOVES_MONEY = ("approve_tranche", "release_tranche", "hold_tranche", "hold_all", "return_tranche")


def test_money_moves_only_through_the_decision_that_asked_the_kpi() -> None:
    found = keepers.imports_of(ROOT, "portfolio.services.tranches", MOVES_MONEY)
    assert {line.split(":")[0] for line in found} == {"funding/services/tranches.py"}


def test_another_door_to_the_money_is_seen(broken: Path) -> None:
    write(broken, "pilots/services.py", "from portfolio.services.tranches import release_tranche\n")
    write(broken, "pilots/views.py", "from portfolio.services import tranches\n")
    write(broken, "pilots/queries.py", "from portfolio.services.tranches import CONDITION\n")
    assert len(keepers.imports_of(broken, "portfolio.services.tranches", MOVES_MONEY)) == 2


# The outbox locks its own rows with SKIP LOCKED: nothing hangs on them.
LOCKS = frozenset(
    {"portfolio/services/locks.py", "kpis/services/locks.py", "core/outbox.py", "core/locks.py"}
)


def test_rows_are_locked_in_one_place() -> None:
    assert keepers.calls(ROOT, "select_for_update", LOCKS) == []
    assert keepers.row_locks(ROOT, LOCKS) == []


def test_a_second_lock_is_seen(broken: Path) -> None:
    write(broken, "kpis/services.py", "def f(rows):\n    return rows.select_for_update()\n")
    assert len(keepers.calls(broken, "select_for_update", frozenset())) == 1


@pytest.mark.parametrize("strength", ["UPDATE", "NO KEY UPDATE", "share", "KEY SHARE OF k"])
def test_a_lock_written_in_sql_is_seen(broken: Path, strength: str) -> None:
    write(broken, "kpis/services.py", f"ASKED = 'SELECT id FROM kpis_kpi k FOR {strength}'\n")
    write(broken, "kpis/queries.py", "SAID = 'Ask for updates, for shared reasons.'\n")
    assert len(keepers.row_locks(broken, frozenset())) == 1


BLOCKED = """
import sys
class NoDjango:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "rest_framework", "celery", "redis", "psycopg", "plotly"}:
            raise ImportError(f"{name} is not there")
sys.meta_path.insert(0, NoDjango())
import importlib, pkgutil, %s as package
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(found.name)
"""


def run_without_django(root: Path, package: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCKED % package],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_rules_run_where_django_is_absent() -> None:
    done = run_without_django(ROOT, "domain")
    assert done.returncode == 0, done.stderr


def test_a_rule_that_needs_django_is_seen(broken: Path) -> None:
    write(broken, "domain/status.py", "from django.utils import timezone\n")
    assert run_without_django(broken, "domain").returncode != 0


RUFF_BREACHES = {
    "TID251": "from django.utils.timezone import now\n\nx = now()\n",
    "DTZ005": "import datetime\n\nx = datetime.datetime.now()\n",
    "PLC0415": "def f() -> object:\n    import json\n\n    return json\n",
    "F403": "from os.path import *\n",
    "TID252": "from . import models\n",
}


@pytest.mark.parametrize("code", sorted(RUFF_BREACHES))
def test_ruff_keeps_one_clock_and_honest_imports(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", str(ROOT / "kpis" / "queries.py"), "-"],
        input=RUFF_BREACHES[code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert code in done.stdout


def test_no_model_signals_are_connected() -> None:
    found = [
        f"{path}:{line}"
        for path, tree in keepers.sources(ROOT, *keepers.ORDER)
        for name, line in keepers.imported(tree)
        if name.startswith(("django.db.models.signals", "django.dispatch"))
    ]
    assert found == []
