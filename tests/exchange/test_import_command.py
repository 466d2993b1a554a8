"""`import_portfolio`: data to stdout, messages to stderr, exit 0 done, 1 finding, 2 usage."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEvent, BusinessUnit
from exchange.models import ImportedRecord, ImportFile, ImportRow, ImportRun
from pilots.models import Pilot
from portfolio.models import Initiative
from tests.cast import Cast
from tests.exchange.files import SAMPLE
from tests.exchange.staged import FEW, changed, few, good

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


class Done:
    """What a command said, and with which code it ended."""

    def __init__(self, *args: Any) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.code = 0
        try:
            call_command("import_portfolio", *map(str, args), stdout=out, stderr=err)
        except SystemExit as ended:
            self.code = int(ended.code or 0)
        self.out, self.err = out.getvalue(), err.getvalue()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The sample with its two refused rows mended."""
    path = tmp_path / "sample.csv"
    path.write_bytes(changed(good))
    return path


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "few.toml"
    path.write_text(FEW)
    return path


def test_it_prints_the_counts_and_nothing_else_to_stdout(cast: Cast, file: Path) -> None:
    done = Done(file, "--mapping", "throughline-portfolio", "--json")
    assert done.code == 0
    assert done.json == {
        "rows": 41,
        "created": 41,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "cell_warnings": 23,
    }
    assert done.err == ""
    assert Initiative.objects.count() == 41


def test_without_json_the_counts_are_lines(cast: Cast, file: Path) -> None:
    done = Done(file, "--mapping", "throughline-portfolio")
    assert "created,41" in done.out.splitlines()


def test_the_second_time_nothing_at_all_is_written(cast: Cast, file: Path) -> None:
    Done(file, "--mapping", "throughline-portfolio", "--as-of", "2026-11-20")
    tables = (AuditEvent, BusinessUnit, ImportedRecord, ImportFile, ImportRow, ImportRun, Initiative, Pilot)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    again = Done(file, "--mapping", "throughline-portfolio", "--as-of", "2026-11-20", "--json")
    assert (again.code, again.json["unchanged"]) == (0, 41)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


def test_the_pilots_are_judged_when_it_ends(cast: Cast, file: Path) -> None:
    Done(file, "--mapping", "throughline-portfolio")
    assert Pilot.objects.filter(level="").count() == 0
    assert Initiative.objects.filter(stage="pilot", pilot_level="").count() == 0


def test_a_dry_run_tells_everything_and_writes_nothing(cast: Cast) -> None:
    done = Done(SAMPLE, "--mapping", "throughline-portfolio", "--dry-run", "--json")
    assert (done.code, done.json["created"], done.json["refused"]) == (1, 39, 2)
    assert "Dry run: nothing was written." in done.err
    assert "row 36, External id: “I-5” stands twice inside ITS (rows 35 and 36)." in done.err
    assert (ImportRun.objects.count(), ImportFile.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)


def test_refused_rows_write_nothing_and_are_a_finding(cast: Cast, tmp_path: Path) -> None:
    rejects = tmp_path / "refused.csv"
    done = Done(SAMPLE, "--mapping", "throughline-portfolio", "--rejects", rejects)
    assert done.code == 1
    assert "Nothing was written. Mend the rows, or add --good-rows-only." in done.err
    assert f"2 refused rows are in {rejects}." in done.err
    assert rejects.read_text("utf-8-sig").count("Refused because") == 1
    assert (Initiative.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_the_good_rows_alone_are_written_where_that_is_asked_for(cast: Cast, tmp_path: Path) -> None:
    rejects = tmp_path / "refused.csv"
    done = Done(SAMPLE, "--mapping", "throughline-portfolio", "--good-rows-only", "--rejects", rejects)
    assert (done.code, Initiative.objects.count()) == (0, 39)
    rejects.write_text(
        rejects.read_text("utf-8-sig").replace('"I-5"', '"I-6"', 1).replace('"","OPS"', '"Shifts","OPS"')
    )
    mended = Done(rejects, "--mapping", "throughline-portfolio", "--json")
    assert (mended.code, mended.json["created"]) == (0, 2)


def test_the_as_of_day_is_the_one_given(cast: Cast, tmp_path: Path, mapping: Path) -> None:
    (tmp_path / "a.csv").write_bytes(few("Name,Unit", "Triage,Claims"))
    assert Done(tmp_path / "a.csv", "--mapping", mapping, "--as-of", "2026-03-31").code == 0
    assert str(ImportRun.objects.get().as_of) == "2026-03-31"


def test_it_can_be_done_for_a_person_who_may(cast: Cast, tmp_path: Path, mapping: Path) -> None:
    (tmp_path / "a.csv").write_bytes(few("Name,Unit", "Triage,Claims"))
    assert Done(tmp_path / "a.csv", "--mapping", mapping, "--by", "alice@calder.example").code == 1
    assert Done(tmp_path / "a.csv", "--mapping", mapping, "--by", "gone@calder.example").code == 1
    assert Initiative.objects.count() == 0
    assert Done(tmp_path / "a.csv", "--mapping", mapping, "--by", "max@calder.example").code == 0
    assert Initiative.objects.get().created_by == cast.max
    assert set(AuditEvent.objects.values_list("actor_label", "via")) >= {("Max", "command")}


def test_what_is_not_there_is_a_matter_of_usage(cast: Cast, tmp_path: Path, file: Path) -> None:
    for given in (
        (tmp_path / "lost.csv", "--mapping", "throughline-portfolio"),
        (file, "--mapping", tmp_path / "lost.toml"),
        (tmp_path, "--mapping", "throughline-portfolio"),
    ):
        done = Done(*given)
        assert (done.code, done.out) == (2, "")
        assert "cannot be read" in done.err
    with pytest.raises(CommandError):
        Done(file, "--mapping", "throughline-portfolio", "--as-of", "31.02.2026")
    with pytest.raises(CommandError):
        Done(file)


@pytest.mark.parametrize(
    "broken", [b"name = ", b"\xff\xfe\x00", b"[fields.nonsense]\n", b"x = 1\n" * 200_000]
)
def test_a_mapping_that_cannot_be_used_is_one_sentence(
    cast: Cast, tmp_path: Path, file: Path, broken: bytes
) -> None:
    (tmp_path / "bad.toml").write_bytes(broken)
    done = Done(file, "--mapping", tmp_path / "bad.toml")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "Traceback" not in done.err


def test_a_file_over_the_limit_is_not_even_read(cast: Cast, file: Path, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000
    done = Done(file, "--mapping", "throughline-portfolio")
    assert done.code == 1
    assert "larger than" in done.err
