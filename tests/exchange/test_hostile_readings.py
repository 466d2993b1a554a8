"""Hostile readings at every door: kept exactly or refused with one clear error at its place, the same at each."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook
from rest_framework.test import APIClient

from domain.kpi import Flag
from kpis.models import Kpi, Measurement
from kpis.queries import discrepancies
from kpis.services.evaluate import evaluate_due
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_initiative, make_kpi

pytestmark = pytest.mark.django_db
BULK, SINGLE, TABLE = "/api/v1/measurements/bulk/", "/api/v1/measurements/", "/exchange/readings/"


class Answer(NamedTuple):
    """Whether the door took it, and what it said of it."""

    taken: bool
    said: str


@dataclass
class Doors:
    """Every way in, for one person."""

    api: APIClient
    pages: Client

    def single(self, ref: str, day: str, value: str) -> Answer:
        answer = self.api.post(SINGLE, {"kpi": ref, "observed_on": day, "value": value})
        return Answer(answer.status_code == 201, _first(answer.json()))

    def bulk(self, ref: str, day: str, value: str) -> Answer:
        answer = self.api.post(BULK, {"rows": [{"kpi": ref, "observed_on": day, "value": value}]})
        (result,) = answer.json()["results"]
        return Answer(result["outcome"] == "created", (result["error"] or {}).get("detail", ""))

    def page(self, ref: str, day: str, value: str) -> Answer:
        answer = self.pages.post(f"/kpis/{ref}/readings/new/", {"observed_on": day, "value": value})
        return Answer(answer.status_code == 302, _of_form(answer, value))

    def check_in(self, ref: str, day: str, value: str) -> Answer:
        pk = ref.removeprefix("K-").lstrip("0")
        sent = {f"value_{pk}": value, f"observed_on_{pk}": day}
        answer = self.pages.post("/kpis/check-in/", sent)
        return Answer(answer.status_code == 302, _of_form(answer, value, f"value_{pk}"))

    def paste(self, ref: str, day: str, value: str) -> Answer:
        return self._table({"text": f"{ref}\t{day}\t{value}"})

    def csv(self, ref: str, day: str, value: str) -> Answer:
        return self._file("t.csv", f'kpi;day;value\n"{ref}";"{day}";"{value}"\n'.encode())

    def xlsx(self, ref: str, day: str, value: str) -> Answer:
        book = Workbook()
        sheet: Any = book.active
        sheet.append(["kpi", "day", "value"])
        sheet.append([ref, day, value])
        out = io.BytesIO()
        book.save(out)
        return self._file("t.xlsx", out.getvalue())

    def _file(self, name: str, data: bytes) -> Answer:
        looked = self.pages.post(TABLE, {"file": SimpleUploadedFile(name, data), "decimal": "point"})
        form = looked.context["form"]
        return self._table({one: form[one].value() for one in ("text", "name", "digest")})

    def _table(self, sent: dict[str, Any]) -> Answer:
        answer = self.pages.post(TABLE, {**sent, "decimal": "point", "record": "1"})
        if answer.status_code == 302:
            return Answer(True, "")
        context = answer.context
        assert context["form"]["text"].value() == sent["text"]  # what was typed is kept
        if context["looked"] is None:
            return Answer(False, str(context["form"].errors))
        (line,) = context["looked"].lines
        assert (line.outcome, line.row) == ("refused", 1)
        return Answer(False, f"{line.column}: {line.reason}")


def _first(body: dict[str, Any]) -> str:
    errors = body.get("errors") or [{}]
    return str(errors[0].get("detail") or body.get("detail", ""))


def _of_form(answer: Any, value: str, name: str = "value") -> str:
    if answer.status_code in {302, 404}:
        return "There is nothing here, or you may not see it." if answer.status_code == 404 else ""
    form = answer.context["form"]
    if name in form.fields:
        assert form[name].value() == value  # what was typed is kept
    return str(form.errors)


NAMES = ("single", "bulk", "page", "check_in", "paste", "csv", "xlsx")
NO_NUMBER = [
    "NaN", "sNaN", "-nan", "inf", "Infinity", "-Infinity", "1e308", "1e400", "1e-400", "0.0000000000001",
    "0.12345678901234567890", "123456789012345678901234567", "1_000", "twelve", "0x10", "٣", "5,8", "5.8.1", "--5",
]  # fmt: skip
NO_DAY = ["9999-12-31", "0001-01-01", "1899-12-31", "2026-02-30", "2026-11-20T10:00:00", "2026-11-20 10:00", "11/20/2026", "tomorrow"]  # fmt: skip
KEPT = {
    "5.8": Decimal("5.8"), "-0": Decimal(0), "1E+3": Decimal(1000), "5.80": Decimal("5.8"), "007": Decimal(7),
    "12345678901234567890": Decimal("12345678901234567890"), "-0.000000000001": Decimal("-0.000000000001"),
    "12345678901234567890123456.123456789012": Decimal("12345678901234567890123456.123456789012"),
}  # fmt: skip


@pytest.fixture
def kpi(cast: Cast) -> Kpi:
    return make_kpi(claims_triage(cast))


@pytest.fixture
def doors(
    cast: Cast, api: Callable[[str], APIClient], signed_in: Callable[[str], Client], frozen: object
) -> Doors:
    return Doors(api("alice"), signed_in("alice"))


@pytest.mark.parametrize("door", NAMES)
def test_what_is_no_number_is_refused_with_its_reason(doors: Doors, kpi: Kpi, door: str) -> None:
    for value in NO_NUMBER:
        answer = getattr(doors, door)(kpi.ref, "2026-11-20", value)
        assert not answer.taken, value
        assert any(word in answer.said for word in ("number", "point", "digit", "places")), (
            value,
            answer.said,
        )
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("door", NAMES)
def test_what_is_no_day_is_refused_with_its_reason(doors: Doors, kpi: Kpi, door: str) -> None:
    for day in NO_DAY:
        if door in {"page", "check_in"} and day == "11/20/2026":
            continue  # a browser's own date field says which is the month
        answer = getattr(doors, door)(kpi.ref, day, "5.8")
        assert not answer.taken, day
        assert "day" in answer.said.lower() or "date" in answer.said.lower(), (day, answer.said)
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("door", NAMES)
def test_what_can_be_kept_is_kept_to_the_last_digit(doors: Doors, kpi: Kpi, door: str) -> None:
    days = [f"2026-11-{10 + n:02}" for n in range(len(KEPT))]
    for day, value in zip(days, KEPT, strict=True):
        assert getattr(doors, door)(kpi.ref, day, value) == (True, ""), value
    rows = Measurement.objects.order_by("observed_on").values_list("value", flat=True)
    assert list(rows) == list(KEPT.values())
    evaluate_due(at=AT)
    assert list(discrepancies(as_of=TODAY)) == []


@pytest.mark.parametrize("door", NAMES)
def test_a_kpi_that_is_unknown_or_of_another_unit_is_refused_alike(doors: Doors, cast: Cast, kpi: Kpi, door: str) -> None:  # fmt: skip
    hidden = make_kpi(make_initiative(cast.retail, "Elsewhere", lead=cast.charlie))
    told = [getattr(doors, door)(ref, "2026-11-20", "5.8") for ref in (hidden.ref, "K-9999")]
    assert [answer.taken for answer in told] == [False, False]
    assert told[0].said.replace(hidden.ref, "K") == told[1].said.replace("K-9999", "K")
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("door", NAMES)
def test_a_future_day_is_kept_flagged_and_silent_until_it_comes(doors: Doors, kpi: Kpi, door: str) -> None:
    assert getattr(doors, door)(kpi.ref, "2026-11-20", "6.5").taken
    assert getattr(doors, door)(kpi.ref, "2027-01-10", "9.9").taken
    evaluate_due(at=AT)
    kpi.refresh_from_db()
    assert (kpi.last_observed_on, Flag.FUTURE_DATED in kpi.flags) == (date(2026, 11, 20), True)


@pytest.mark.parametrize("door", NAMES)
def test_readings_out_of_order_end_where_readings_in_order_do(doors: Doors, kpi: Kpi, door: str) -> None:
    other = make_kpi(kpi.initiative, "In order")
    said = [("2026-09-01", "6.5"), ("2026-10-01", "9.0"), ("2026-11-01", "6.0"), ("2026-11-20", "5.9")]
    for ref, order in ((kpi.ref, (2, 0, 3, 1)), (other.ref, (0, 1, 2, 3))):
        for place in order:
            assert getattr(doors, door)(ref, *said[place]).taken
    evaluate_due(at=AT)
    one, two = Kpi.objects.get(pk=kpi.pk), Kpi.objects.get(pk=other.pk)
    names = ("status", "progress", "shortfall", "last_value", "last_observed_on", "valid_until")
    assert [getattr(one, name) for name in names] == [getattr(two, name) for name in names]


@pytest.mark.parametrize("door", NAMES)
def test_a_second_reading_of_a_day_is_kept_and_flagged_or_named_as_a_correction(doors: Doors, kpi: Kpi, door: str) -> None:  # fmt: skip
    assert getattr(doors, door)(kpi.ref, "2026-11-20", "6.5").taken
    second = getattr(doors, door)(kpi.ref, "2026-11-20", "5.8")
    evaluate_due(at=AT)
    kpi.refresh_from_db()
    if door in {"paste", "csv", "xlsx"}:  # a day of a table is one reading
        assert (second.taken, Measurement.objects.count()) == (False, 1)
        assert "6.5" in second.said
        assert "Correct it" in second.said
    else:
        assert (second.taken, Measurement.objects.count()) == (True, 2)
        assert (kpi.last_value, Flag.SAME_DAY_CONFLICT in kpi.flags) == (Decimal("5.8"), True)


def test_a_number_of_a_workbook_is_as_hostile_as_a_text(doors: Doors, kpi: Kpi) -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["kpi", "day", "value"])
    for number in (1e308, -1e-300, 1 / 3, 5.8, 12345678901234567890.0):
        sheet.append([kpi.pk, date(2026, 11, 1 + sheet.max_row), number])
    out = io.BytesIO()
    book.save(out)
    page = doors.pages.post(TABLE, {"file": SimpleUploadedFile("n.xlsx", out.getvalue()), "decimal": "point"})
    lines = page.context["looked"].lines
    assert [line.outcome for line in lines] == ["refused", "refused", "refused", "created", "created"]
