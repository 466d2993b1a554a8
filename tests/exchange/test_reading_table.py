"""Readings from a table: pasted, CSV or XLSX; looked at, then recorded, all or none; one clear error at its row."""

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from core.errors import Problem
from exchange.services.reading_cells import Origin
from exchange.services.reading_table import Looked, commit, look, text_of
from kpis.models import Kpi, Measurement
from kpis.services.evaluate import evaluate_due
from kpis.services.measure import withdraw_measurement
from tests.cast import AT, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi, read

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
URL = "/exchange/readings/"
PASTED = Origin()


@pytest.fixture
def kpi(cast: Cast) -> Kpi:
    return make_kpi(claims_triage(cast))


def looked(
    cast: Cast, text: str, who: str = "alice", *, comma: bool = False, origin: Origin = PASTED
) -> Looked:
    return look(text=text, comma=comma, origin=origin, by=cast.actor(who))


def ends(found: Looked) -> list[tuple[int, str, str, str]]:
    return [(line.row, line.outcome, line.column, line.reason) for line in found.lines]


def recorded(cast: Cast, text: str, who: str = "alice", *, only_good: bool = False, comma: bool = False) -> list[int]:  # fmt: skip
    return commit(text=text, comma=comma, origin=PASTED, only_good=only_good, by=cast.actor(who), at=AT)[1]


@pytest.mark.parametrize("sign", ["\t", ";", ","])
@pytest.mark.parametrize("header", [True, False])
def test_a_pasted_table_is_read_whatever_parts_its_cells(
    cast: Cast, kpi: Kpi, sign: str, header: bool
) -> None:
    lines = [[kpi.ref, "2026-11-20", "5.8", "four teams"], [str(kpi.pk), "21.11.2026", "5.75", ""]]
    text = "\r\n".join(
        sign.join(cells) for cells in ([["Ref", "Day", "Value", "Note"]] if header else []) + lines
    )
    assert ends(looked(cast, text)) == [(1, "created", "", ""), (2, "created", "", "")]
    assert not Measurement.objects.exists()
    recorded(cast, text)
    rows = list(Measurement.objects.order_by("observed_on").values_list("observed_on", "value", "note", "source", "evidence", "recorded_at", "recorded_by"))  # fmt: skip
    alice = cast.alice.pk
    assert rows == [
        (date(2026, 11, 20), Decimal("5.8"), "four teams", "table", "A pasted table, row 1", AT, alice),
        (date(2026, 11, 21), Decimal("5.75"), "", "table", "A pasted table, row 2", AT, alice),
    ]
    evaluate_due(at=AT)
    kpi.refresh_from_db()
    assert kpi.last_value == Decimal("5.75")


def test_a_comma_is_a_decimal_only_where_it_is_said(cast: Cast, kpi: Kpi) -> None:
    text = f"{kpi.ref};2026-11-20;5,8"
    assert ends(looked(cast, text))[0][1:3] == ("refused", "value")
    assert ends(looked(cast, text, comma=True)) == [(1, "created", "", "")]
    recorded(cast, text, comma=True)
    assert Measurement.objects.get().value == Decimal("5.8")
    assert "holds a point" in ends(looked(cast, f"{kpi.ref};2026-11-21;1.234,5", comma=True))[0][3]


def test_columns_may_stand_in_any_order_and_those_not_read_are_named(cast: Cast, kpi: Kpi) -> None:
    found = looked(cast, f'Team,Value,Comment,Date,KPI\nNorth,5.8,"a, b",2026-11-20,{kpi.ref}')
    assert (found.unread, found.lines[0].cells.note) == (["Team"], "a, b")
    assert found.send[0]["note"] == "a, b"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("hello\nworld", "No column holds the kpi"),
        ("kpi,day\nK-1,2026-11-20", "No column holds the value"),
        ("kpi,day,value", "no rows"),
        ("kpi,day,value\nK-1,2026-11-20,5,8,9,10", "row 1"),
        ('kpi,day,value\nK-1,2026-11-20,"5', "cut off"),
        ("kpi,day,value\nK-1,2026-11-20,\x005", "NUL"),
        ("K-1\t" + "x" * 3_000 + "\t5", "2,000"),
        ("x" * 2_000_001, "Split the table"),
        ("\n".join(["kpi,day,value", *["K-1,2026-11-20,5"] * 20_001]), "20,000 rows"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_table_gets_one_clear_error(cast: Cast, text: str, said: str) -> None:
    with pytest.raises(Problem) as refused:
        looked(cast, text)
    assert refused.value.status == 400
    assert said in refused.value.detail


def test_one_wrong_row_stops_the_rest_unless_the_good_are_asked_for(cast: Cast, kpi: Kpi) -> None:
    text = f"{kpi.ref},2026-11-20,5.8\n{kpi.ref},2026-11-31,5.7\n{kpi.ref},2026-11-22,5.6"
    with pytest.raises(Problem) as refused:
        recorded(cast, text)
    assert (refused.value.status, refused.value.code) == (409, "rows_refused")
    assert not Measurement.objects.exists()
    assert len(recorded(cast, text, only_good=True)) == 2
    assert {*Measurement.objects.values_list("value", flat=True)} == {Decimal("5.6"), Decimal("5.8")}


def test_the_same_table_again_changes_nothing(cast: Cast, kpi: Kpi) -> None:
    text = f"{kpi.ref},2026-11-20,5.8\n{kpi.ref},2026-11-21,5.70"
    ids = recorded(cast, text)
    again = looked(cast, text.replace("5.8", "5.80"))
    assert [(line.outcome, line.reading) for line in again.lines] == [
        ("unchanged", ids[0]),
        ("unchanged", ids[1]),
    ]
    assert recorded(cast, text) == []
    assert Measurement.objects.count() == 2


def test_a_reading_recorded_by_hand_is_not_doubled(cast: Cast, kpi: Kpi) -> None:
    by_hand = read(kpi, "5.8", date(2026, 11, 20)).measurement
    found = looked(cast, f"{kpi.ref},2026-11-20,5.8\n{kpi.ref},2026-11-21,5.7")
    assert [(line.outcome, line.reading) for line in found.lines] == [
        ("unchanged", by_hand.pk),
        ("created", None),
    ]


def test_another_value_for_a_day_by_hand_is_told_and_kept_beside_it(cast: Cast, kpi: Kpi) -> None:
    by_hand = read(kpi, "5.8", date(2026, 11, 20)).measurement
    found = looked(cast, f"{kpi.ref},2026-11-20,5.9")
    assert found.lines[0].outcome == "created"
    assert f"says 5.8 (reading {by_hand.pk})" in found.lines[0].reason


def test_another_value_for_a_day_of_a_table_is_a_correction_and_refused_here(cast: Cast, kpi: Kpi) -> None:
    first = recorded(cast, f"{kpi.ref},2026-11-20,5.8")[0]
    later = looked(cast, f"{kpi.ref},2026-11-20,5.9").lines[0]
    assert (later.outcome, later.column, later.raw) == ("refused", "value", "5.9")
    assert f"5.8 (reading {first}). Correct it" in later.reason
    mended = read(kpi, "6.0", date(2026, 11, 20), supersedes=first, note="typo").measurement
    assert looked(cast, f"{kpi.ref},2026-11-20,6").lines[0].reading == mended.pk
    assert f"6 (reading {mended.pk})" in looked(cast, f"{kpi.ref},2026-11-20,5.8").lines[0].reason
    withdraw_measurement(pk=mended.pk, because="wrong", by=cast.actor("alice"), at=AT)
    assert "withdrawn" in looked(cast, f"{kpi.ref},2026-11-20,5.8").lines[0].reason


def test_two_rows_for_a_day_say_the_same_or_one_is_refused(cast: Cast, kpi: Kpi) -> None:
    row = f"{kpi.ref},2026-11-20,"
    found = looked(cast, f"{row}5.8\n{row}5.80\n{row}5.9")
    assert ends(found) == [
        (1, "created", "", ""),
        (2, "unchanged", "", "Row 1 says the same."),
        (3, "refused", "value", "Row 1 says 5.8 for the same day. Keep one of them."),
    ]


def test_what_one_may_not_record_is_refused_row_by_row(cast: Cast, kpi: Kpi) -> None:
    hidden = make_kpi(make_initiative(cast.retail, "Elsewhere", lead=cast.charlie))
    judged = make_kpi(kpi.initiative, "Judged")
    Kpi.objects.filter(pk=judged.pk).update(judge=cast.bob)
    text = "\n".join(
        f"{ref},2026-11-20,5.8" for ref in (kpi.ref, hidden.ref, "K-9999", "AI-0001", judged.ref)
    )
    assert [line.outcome for line in looked(cast, text).lines] == ["created", *["refused"] * 4]
    told = [line.reason for line in looked(cast, text).lines]
    assert told[1] == told[2] == told[3] == "There is no such KPI, or you may not see it."
    assert told[4] == "This KPI is a judgement: only its named judge records it."
    assert looked(cast, text).lines[1].name == ""
    alone = looked(cast, f"{judged.ref},2026-11-20,5.8")
    assert [line.reason for line in alone.lines] == [told[4]]
    assert {line.outcome for line in looked(cast, text, "vera").lines} == {"refused"}


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_becomes_the_same_text_and_names_its_rows_as_evidence(cast: Cast, kpi: Kpi) -> None:
    data = workbook(
        ["KPI", "Day", "Value", "Note"], [kpi.ref, date(2026, 11, 20), 5.8, "a\tb\nc"], [kpi.pk, date(2026, 11, 21), 1 / 3, None]
    )  # fmt: skip
    text, origin = text_of(data, "../November.xlsx")
    assert origin.name == "November.xlsx"
    found = looked(cast, text.replace("\n", "\r\n"), origin=origin)
    assert [(line.outcome, line.cells.observed_on, line.cells.value) for line in found.lines] == [
        ("created", "2026-11-20", "5.8"), ("refused", "2026-11-21", "0.3333333333333333"),
    ]  # fmt: skip
    assert [row["evidence"] for row in found.send] == ["November.xlsx, row 1"]
    mended = looked(cast, text.replace("0.3333333333333333", "0.3"), origin=origin)
    assert [row["evidence"] for row in mended.send][
        1
    ] == "November.xlsx, row 2, edited before it was recorded"
    assert found.send[0]["note"] == "a\tb\nc"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pdf", b"%PDF-1.7", "PDF"),
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "old Excel"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"kpi,day,value\n", "no rows"),
        ("a.xlsx", b"PK\x03\x04broken", "damaged"),
        ("a.html", b"<html>", "web page"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_named(cast: Cast, name: str, data: bytes, said: str) -> None:
    with pytest.raises(Problem) as refused:
        text_of(data, name)
    assert (refused.value.status, refused.value.items[0].pointer) == (400, "/file")
    assert said in refused.value.detail


def test_the_page_looks_then_records(cast: Cast, kpi: Kpi, signed_in: SignIn, frozen: object) -> None:
    client = signed_in("alice")
    assert client.get(URL).status_code == 200
    upload = SimpleUploadedFile(
        "n.csv", f"kpi;day;value\n{kpi.ref};20.11.2026;5.8\n{kpi.ref};soon;5.7\n".encode()
    )
    page = client.post(URL, {"file": upload, "decimal": "point", "record": "1"})
    assert page.status_code == 200
    assert b"1 row is refused" in page.content
    assert b"Row 2, day: No such day." in page.content
    assert not Measurement.objects.exists()  # a file nobody has looked at is not recorded
    form = page.context["form"]
    sent = {name: form[name].value() for name in ("text", "name", "digest", "decimal")}
    stopped = client.post(URL, {**sent, "record": "1"})
    assert stopped.status_code == 409
    assert "soon" in stopped.context["form"]["text"].value()
    done = client.post(URL, {**sent, "record": "1", "only_good": "on"}, follow=True)
    assert "1 reading on record, 1 refused and left out." in done.content.decode()
    assert Measurement.objects.get().evidence == "n.csv, row 1"


def test_the_refused_rows_come_as_a_file_that_can_be_mended_and_loaded_again(cast: Cast, kpi: Kpi, signed_in: SignIn) -> None:  # fmt: skip
    text = f"{kpi.ref},2026-11-20,5.8\n{kpi.ref},soon,-5.7,=1+1"
    answer = signed_in("alice").post(URL, {"text": text, "decimal": "point", "refused": "1"})
    assert answer["Content-Disposition"] == 'attachment; filename="refused-readings.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1] == [kpi.ref, "soon", "-5.7", "'=1+1", "", "2", "observed_on", "soon", rows[1][-1]]
    again, _ = text_of(answer.content.replace(b"soon", b"2026-11-21"), "refused-readings.csv")
    found = looked(cast, again)
    assert [(line.outcome, line.cells.note) for line in found.lines] == [("created", "=1+1")]


@pytest.mark.parametrize("who", ["vera", "dana", "edith", "audrey", "adam"])
def test_the_page_is_closed_to_those_who_measure_nothing(cast: Cast, signed_in: SignIn, who: str) -> None:
    assert signed_in(who).get(URL).status_code == 403
    assert signed_in(who).post(URL, {"text": "K-1,2026-11-20,5"}).status_code == 403


def test_thousands_of_rows_go_through_in_a_few_statements(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    kpis = [make_kpi(claims_triage(cast), f"KPI {n}") for n in range(3)]
    days = [date(2020, 1, 1).toordinal() + n for n in range(2_000)]
    text = "\n".join(f"{kpi.ref}\t{date.fromordinal(day)}\t{day % 97}" for kpi in kpis for day in days)
    with django_assert_max_num_queries(46):
        assert len(recorded(cast, text)) == 6_000
    assert Measurement.objects.count() == 6_000
    assert looked(cast, text).count("unchanged") == 6_000
