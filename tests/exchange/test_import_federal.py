"""The real case through the whole product: 2,133 federal use cases by command, page and API, on either database."""

import csv
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from core.models import AuditEvent, BusinessUnit, RoleGrant
from exchange.models import ImportRow, ImportRun
from exchange.queries.source_row import source_row
from governance.models import AiModel
from pilots.models import Pilot
from portfolio.models import Flag, Initiative, StageSpell
from tests.cast import Cast, make_cast

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILE, EXPECTED = DATA / "us-federal-ai-use-cases-2024.csv", DATA / "us-federal-2024-expected.json"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.oracle,
    pytest.mark.skipif(
        not (FILE.exists() and EXPECTED.exists()), reason=f"the federal inventory is not in {DATA}"
    ),
]
AS_OF = date(2025, 1, 23)
NOON = datetime(2025, 1, 23, 12, tzinfo=UTC)
PRE = ("idea", "framing", "development", "pilot", "scale_up")


def command(name: str, *args: str) -> Any:
    """What a command prints, as JSON."""
    out = io.StringIO()
    call_command(name, *args, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def federal(django_db_setup: Any, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The portfolio imported once for all tests of this file, and taken back at the end."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            world: dict[str, Any] = {"cast": make_cast(), "grants": RoleGrant.objects.count()}
            world["counts"] = command("import_portfolio", str(FILE), "--mapping", "us-federal-2024")
            yield world
            transaction.set_rollback(True)
        connection.close()


@pytest.fixture
def expected() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(EXPECTED.read_text())
    return known


@pytest.fixture
def browser(federal: dict[str, Any], frozen: Callable[[datetime], None]) -> Client:
    """The executive, on the day the file speaks of."""
    frozen(NOON)
    cast: Cast = federal["cast"]
    client = Client()
    client.force_login(cast.edith)
    return client


def table() -> list[list[str]]:
    text = FILE.read_bytes().decode("cp1252")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def written(text: str) -> date | None:
    """A date of the file, read here once more and otherwise: 7/14/1905 is the year 2022, 24-Nov is November 2024."""
    text = text.replace("\xa0", " ").strip()
    if full := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        month, day, year = map(int, full.groups())
        value = date(year, month, day)
        return value if year != 1905 else date((value - date(1899, 12, 30)).days, 1, 1)
    if short := re.fullmatch(r"(\d{2})-([A-Z][a-z]{2})", text):
        return datetime.strptime(f"1 {short[2]} 20{short[1]}", "%d %b %Y").replace(tzinfo=UTC).date()
    return None


def test_every_row_is_there_and_nothing_was_refused(
    federal: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert federal["counts"] == {
        "rows": 2133, "created": 2133, "updated": 0, "unchanged": 0, "refused": 0, "cell_warnings": 725
    }  # fmt: skip
    assert Initiative.objects.count() == StageSpell.objects.count() == expected["total_rows"]
    assert (
        BusinessUnit.objects.filter(parent=None).exclude(code__in=["RET", "CLM"]).count()
        == expected["agencies"]
    )
    names = Initiative.objects.values_list("unit__path", "name")
    keys = {(path, " ".join(name.split()).casefold()) for path, name in names}
    assert len(keys) == expected["distinct_initiatives"]["by_agency_bureau_name (recommended)"]


def test_stages_by_agency(federal: dict[str, Any], expected: dict[str, Any]) -> None:
    units = {unit.pk: unit for unit in BusinessUnit.objects.all()}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for stage, path in Initiative.objects.values_list("stage", "unit__path"):
        found[units[int(path.split("/")[1])].code][stage] += 1
    assert {code: dict(stages) for code, stages in found.items()} == expected["stage_by_agency"]
    assert Counter(Initiative.objects.values_list("stage", flat=True)) == expected["stage"]
    assert {code: sum(stages.values()) for code, stages in found.items()} == expected["rows_by_agency"]


def test_impact_and_what_production_shows_of_documents_and_monitoring(
    federal: dict[str, Any], expected: dict[str, Any]
) -> None:
    impact = Counter(word or "unknown" for word in Initiative.objects.values_list("impact", flat=True))
    assert impact == expected["impact"]
    live = list(Initiative.objects.filter(stage="production").values_list("impact", "facts"))
    assert len(live) == expected["in_production"]["rows"]
    assert (
        sum(word in {"rights", "safety", "both"} for word, _ in live)
        == expected["in_production"]["rights_or_safety_impacting"]
    )
    assert Counter(facts["monitoring"] for _, facts in live) == expected["in_production"]["monitoring_all"]
    assert (
        Counter(facts["documentation"] for _, facts in live)
        == expected["in_production"]["model_documentation"]
    )


def test_dates_keep_their_precision_and_what_could_not_be_read(
    federal: dict[str, Any], expected: dict[str, Any]
) -> None:
    columns = {
        "date_initiated": "Date Initiated", "date_acquired": "Date when Acquisition and/or Development began",
        "date_implemented": "Date Implemented", "date_retired": "Date Retired",
    }  # fmt: skip
    facts = list(Initiative.objects.values_list("facts", flat=True))
    for name, column in columns.items():
        known = expected["dates_repaired"][column]
        cells = [one[name] for one in facts]
        assert Counter(cell["precision"] for cell in cells if cell and cell["date"]) == known["precision"]
        assert sum(bool(cell) and not cell["date"] for cell in cells) == known["status"].get("refused", 0)
        assert sum(cell is None for cell in cells) == known["status"]["absent"]
    kept = Initiative.objects.filter(facts__date_initiated__raw="Pre-2021").first()
    assert kept is not None
    assert kept.attributes["Date Initiated"] == "Pre-2021"


def test_contradictions_are_warnings_and_nothing_is_repaired(
    federal: dict[str, Any], expected: dict[str, Any]
) -> None:
    codes: Counter[str] = Counter()
    inverted = 0
    for warnings in ImportRow.objects.filter(warned=True).values_list("warnings", flat=True):
        found = {warning["code"] for warning in warnings}
        codes.update(found)
        inverted += "out_of_order" in found
    known = expected["stage_date_contradictions_repaired"]
    assert {
        "production_without_any_implemented_date": codes["production_without_implemented_date"],
        "retired_without_retired_date": codes["retired_without_retired_date"],
        "not_retired_but_has_retired_date": codes["retired_date_without_retirement"],
        "preproduction_with_implemented_date_not_after_as_of": codes["implemented_before_production"],
        "production_with_implemented_date_after_as_of": codes["production_with_future_implemented_date"],
    } == known
    assert inverted == expected["date_order_repaired"]["rows_with_any_inversion"]


def test_ageing_by_command(federal: dict[str, Any], expected: dict[str, Any]) -> None:
    check_ageing(command("stage_ageing", "--as-of", AS_OF.isoformat()), expected)


def test_ageing_by_api(browser: Client, expected: dict[str, Any]) -> None:
    check_ageing(browser.get("/api/v1/portfolio/stage-ageing/?as_of=2025-01-23").json(), expected)
    check_ageing(browser.get("/api/v1/portfolio/stage-ageing/").json(), expected)


def check_ageing(told: dict[str, Any], expected: dict[str, Any]) -> None:
    known = expected["preproduction_age"]
    assert (told["pre_production"], told["undated"]) == (known["preproduction_rows"], known["undated"])
    assert told["older_than_months"].keys() == known["older_than_months"].keys()
    for months, older in known["older_than_months"].items():
        found = told["older_than_months"][months]
        assert found["total"] == older["total"]
        assert {stage: count for stage, count in found["by_stage"].items() if count} == older["by_stage"]
        # The oracle names ten of those that share the tenth place.
        assert older["by_agency_top10"].items() <= found["by_unit"].items()
        assert sorted(found["by_unit"].values())[-10:] == sorted(older["by_agency_top10"].values())


def test_the_api_summary_tells_the_same(browser: Client, expected: dict[str, Any]) -> None:
    told = browser.get("/api/v1/portfolio/summary/").json()
    known = expected["preproduction_age"]
    assert {stage: told["stages"][stage]["now"] for stage in expected["stage"] if stage != "unknown"} == {
        stage: count for stage, count in expected["stage"].items() if stage != "unknown"
    }
    assert told["pre_production"] == {
        "count": known["preproduction_rows"], "undated": known["undated"],
        "older_than_months": {months: older["total"] for months, older in known["older_than_months"].items()},
    }  # fmt: skip


def test_the_dashboard_shows_these_numbers_and_each_opens_its_rows(
    browser: Client, expected: dict[str, Any]
) -> None:
    page = browser.get("/portfolio/")
    total = page.context["ageing_total"]
    known = expected["preproduction_age"]
    assert (total["count"], total["undated"]) == (known["preproduction_rows"], known["undated"])
    assert [count for count, _ in total["older"]] == [
        known["older_than_months"][m]["total"] for m in ("6", "12", "18", "24")
    ]
    shown = page.content.decode()
    for count, url in [
        *total["older"],
        (total["count"], total["url"]),
        (total["undated"], total["undated_url"]),
    ]:
        assert f"{count:,}" in shown
        assert browser.get(url).context["total"] == count


def test_the_imports_page_tells_what_the_command_did(federal: dict[str, Any]) -> None:
    client = Client()
    client.force_login(federal["cast"].max)
    run = ImportRun.objects.get()
    page = client.get(f"/exchange/imports/{run.pk}/").content.decode()
    assert "2,133 rows: <strong>2,133 new, 0 changed, 0 the same, 0 refused</strong>" in page
    assert client.get(f"/api/v1/imports/{run.pk}/rows/?outcome=refused").json()["results"] == []


def judged() -> dict[str, int]:
    """The pilots by the rule for records that know nothing, from the file itself."""
    out: Counter[str] = Counter()
    for row in table():
        if " ".join(row[9].split()) == "Implementation and Assessment":
            entered = written(row[11]) or written(row[12])
            level = (
                "undated"
                if entered is None
                else "purgatory"
                if entered < AS_OF - timedelta(days=270)
                else "watch"
            )
            out[level] += 1
    return {level: out[level] for level in ("purgatory", "drifting", "watch", "healthy", "undated")}


def test_evaluate_as_of_that_day_finds_the_pilots_and_the_one_unit(federal: dict[str, Any]) -> None:
    before = (
        list(Pilot.objects.order_by("pk").values()),
        AuditEvent.objects.count(),
        list(Flag.objects.values("pk", "updated_at")),
    )
    told = command("evaluate", "--as-of", AS_OF.isoformat())
    assert told == {
        "pilots": judged(), "kpis": {}, "models": {"stale": 2133 - 147 - 4, "fresh": 0},
        "units_with_pilots_and_no_production": ["GSA"], "changed": 0,
    }  # fmt: skip
    assert sum(told["pilots"].values()) == 287
    assert told["pilots"]["undated"] == 115
    # A past day is told, not stored: the dashboard goes on showing today.
    assert (
        list(Pilot.objects.order_by("pk").values()),
        AuditEvent.objects.count(),
        list(Flag.objects.values("pk", "updated_at")),
    ) == before


def test_on_that_day_command_dashboard_and_api_agree(
    browser: Client, frozen: Callable[[datetime], None]
) -> None:
    with transaction.atomic():
        told = command("evaluate", "--all")
        assert told["pilots"] == judged()
        assert told["units_with_pilots_and_no_production"] == ["GSA"]
        assert {level: count for level, count, _ in browser.get("/portfolio/").context["levels"]} == told[
            "pilots"
        ]
        assert browser.get("/api/v1/portfolio/summary/").json()["pilots"] == told["pilots"]
        assert command("evaluate", "--all")["changed"] == 0
        transaction.set_rollback(True)


def test_the_inventory_is_filled_with_what_the_file_has(
    federal: dict[str, Any], expected: dict[str, Any]
) -> None:
    """A model for each use case whose stage is said; nobody is named its owner, so each that is not retired is stale."""
    rows = [row for row in table() if row[9].strip()]
    stages = Counter(AiModel.objects.values_list("stage", flat=True))
    known = expected["stage"]
    assert stages == {
        "development": known["idea"] + known["development"], "pilot": known["pilot"],
        "production": known["production"], "retired": known["retired"],
    }  # fmt: skip
    pii = Counter(AiModel.objects.values_list("facts__pii", flat=True))
    said = Counter(row[22].strip() for row in rows)
    assert (pii["yes"], pii["no"]) == (said["Yes"], said["No"])
    links = [row[32].strip() for row in rows]
    kept = sum("code_url" in facts for facts in AiModel.objects.values_list("facts", flat=True))
    silent = {"", "na", "none", "tbd", "unknown", "not applicable", "-"}
    assert kept == sum(
        link.replace("\xa0", " ").strip().casefold() not in silent and not link.casefold().startswith("n/a")
        for link in links
    )


def test_each_row_is_given_back_as_it_was_published(federal: dict[str, Any]) -> None:
    text = FILE.read_bytes().decode("cp1252")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    published = Counter(tuple(row) for row in lines[1:] if row[9].strip())
    given: Counter[tuple[str, ...]] = Counter()
    for model in AiModel.objects.order_by("pk")[::40]:
        found = source_row(model)
        assert found is not None
        assert found[1] == lines[0]
        given[tuple(found[2])] += 1
    assert given
    assert all(published[row] >= count for row, count in given.items())


def test_importing_it_again_writes_nothing_at_all(federal: dict[str, Any]) -> None:
    before = AuditEvent.objects.count(), StageSpell.objects.count(), ImportRun.objects.count()
    again = command("import_portfolio", str(FILE), "--mapping", "us-federal-2024")
    assert again == {
        "rows": 2133,
        "created": 0,
        "updated": 0,
        "unchanged": 2133,
        "refused": 0,
        "cell_warnings": 725,
    }
    assert (AuditEvent.objects.count(), StageSpell.objects.count(), ImportRun.objects.count()) == before
    assert RoleGrant.objects.count() == federal["grants"]


def test_a_damaged_copy_gets_one_error_and_changes_nothing(federal: dict[str, Any], tmp_path: Path) -> None:
    data = FILE.read_bytes()
    damaged = {
        "truncated row": data[: len(data) * 2 // 3],
        "missing column": re.sub(rb"^Use Case Name,", b"", data),
        "nul": data[:500_000] + b"\x00" + data[500_000:],
        "columns": b"c," * 100_000 + b"c\n" + data,
        "encoding": data.decode("cp1252").encode("utf-16-le"),
    }
    before = AuditEvent.objects.count(), Initiative.objects.count(), ImportRun.objects.count()
    for name, content in damaged.items():
        (tmp_path / "damaged.csv").write_bytes(content)
        err, out = io.StringIO(), io.StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command(
                "import_portfolio",
                str(tmp_path / "damaged.csv"),
                "--mapping",
                "us-federal-2024",
                stdout=out,
                stderr=err,
            )
        assert (ended.value.code, out.getvalue()) == (1, ""), name
        assert len(err.getvalue().strip().splitlines()) == 1, name
    assert (AuditEvent.objects.count(), Initiative.objects.count(), ImportRun.objects.count()) == before
