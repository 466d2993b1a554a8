"""The forms of readings: recorded, corrected, withdrawn, many at once; nothing typed is lost and nothing is heard twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from kpis.models import Measurement
from portfolio.models import Initiative
from tests.cast import TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, read, series
from tests.kpis.test_forms import SAID, filled

SignIn = Callable[[str], Client]
pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def triage(cast: Cast) -> Initiative:
    return claims_triage(cast)


def test_a_reading_is_recorded_and_the_kpi_judged_at_once(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    client, url = signed_in("bob"), f"/kpis/{kpi.ref}/readings/new/"
    answer = client.post(url, filled(client, url, value="9.80", note="Counted by hand."), follow=True)
    text = answer.content.decode()
    assert "On record: 9.8 days on 24 Nov" in text
    kpi.refresh_from_db()
    assert (kpi.status, str(kpi.last_value), kpi.last_observed_on) == ("off_track", "9.8", TODAY)


def test_a_value_that_is_supposed_on_no_day_is_supposed_today(triage: Initiative, signed_in: SignIn) -> None:
    client, url = signed_in("alice"), f"/kpis/initiative/{triage.ref}/new/"
    sent = filled(client, url, **SAID, try_value="12", preview="1")
    assert client.post(url, sent).context["preview"].answer.status == "off_track"


def test_a_preview_of_a_reading_says_what_it_would_be_and_records_nothing(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    series(kpi, [9, 8.9])
    client, url = signed_in("bob"), f"/kpis/{kpi.ref}/readings/new/"
    rows = Measurement.objects.count()
    answer = client.post(url, filled(client, url, value="5.0", preview="1"))
    assert answer.status_code == 200
    assert answer.context["preview"].answer.status == "achieved"
    assert "What it would be" in answer.content.decode()
    assert 'value="5.0"' in answer.content.decode()
    assert Measurement.objects.count() == rows


def test_the_preview_says_what_the_record_then_says(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    series(kpi, [9.5, 9.2, 8], last=TODAY - timedelta(days=30))
    client, url = signed_in("bob"), f"/kpis/{kpi.ref}/readings/new/"
    for value, on in (
        ("6.4", TODAY),
        ("9.1", TODAY - timedelta(days=45)),
        ("4.9", TODAY),
        ("7", TODAY + timedelta(days=3)),
    ):
        sent = filled(client, url, value=value, observed_on=on.isoformat())
        foreseen = client.post(url, {**sent, "preview": "1"}).context["preview"].answer
        assert client.post(url, sent).status_code == 302
        kpi.refresh_from_db()
        assert (kpi.status, kpi.progress, kpi.valid_until) == (
            foreseen.status,
            foreseen.progress,
            foreseen.valid_until,
        )


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"value": ""}, "value"), ({"value": "many"}, "value"), ({"value": "Infinity"}, "value"),
     ({"value": "1" * 30}, "value"), ({"observed_on": ""}, "observed_on"), ({"observed_on": "2026-02-30"}, "observed_on"),
     ({"observed_on": "1800-01-01"}, "observed_on"), ({"note": "x" * 501}, "note")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_at_its_field(
    typed: dict[str, str], field: str, triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    client, url = signed_in("bob"), f"/kpis/{kpi.ref}/readings/new/"
    answer = client.post(url, {"observed_on": "2026-11-20", "value": "8", **typed})
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not Measurement.objects.exists()


def test_a_correction_needs_a_reason_and_can_be_made_once(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    old = read(kpi, 9).measurement
    client, url = signed_in("bob"), f"/kpis/readings/{old.pk}/correct/"
    sent = filled(client, url, value="8")
    assert "note" in client.post(url, sent).context["form"].errors
    answer = client.post(url, {**sent, "note": "Wrong row."}, follow=True)
    assert "Corrected: 8 days" in answer.content.decode()
    new = Measurement.objects.get(supersedes=old)
    late = client.post(url, {**sent, "note": "Again."})
    assert late.status_code == 409
    assert f"replaced by reading {new.pk}" in late.content.decode()


def test_a_withdrawal_needs_a_reason_and_takes_the_reading_out(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    old = read(kpi, 9).measurement
    client, url = signed_in("bob"), f"/kpis/readings/{old.pk}/withdraw/"
    assert client.post(url, {"note": " "}).status_code == 400
    assert client.post(url, {"note": "Counted twice."}).status_code == 302
    kpi.refresh_from_db()
    assert (kpi.status, kpi.last_value) == ("no_data", None)
    assert client.get(url).status_code == 409


def test_a_reading_of_a_hidden_kpi_is_not_there(triage: Initiative, signed_in: SignIn) -> None:
    old = read(make_kpi(triage), 9).measurement
    for act in ("correct", "withdraw"):
        assert signed_in("charlie").get(f"/kpis/readings/{old.pk}/{act}/").status_code == 404
        assert signed_in("max").get(f"/kpis/readings/{old.pk + 99}/{act}/").status_code == 404


def test_a_form_sent_twice_is_heard_once_and_another_reading_under_it_is_refused(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    client, url = signed_in("bob"), f"/kpis/{kpi.ref}/readings/new/"
    sent = filled(client, url, value="9")
    assert [client.post(url, sent).status_code for _ in range(2)] == [302, 302]
    assert Measurement.objects.count() == 1
    other = client.post(url, {**sent, "value": "8"})
    assert other.status_code == 409
    assert "This form was sent before" in other.content.decode()
    assert client.post(url, filled(client, url, value="8")).status_code == 302
    board = f"/kpis/initiative/{triage.ref}/check-in/"
    rows = filled(client, board, **{f"value_{kpi.pk}": "7"})
    assert [client.post(board, rows).status_code for _ in range(2)] == [302, 302]
    assert Measurement.objects.count() == 3


def test_a_check_in_records_every_row_that_is_filled_in(triage: Initiative, signed_in: SignIn) -> None:
    first, second, third = (make_kpi(triage, name) for name in ("One", "Two", "Three"))
    client, url = signed_in("bob"), f"/kpis/initiative/{triage.ref}/check-in/"
    sent = filled(
        client, url, **{f"value_{first.pk}": "9", f"value_{third.pk}": "8", f"note_{third.pk}": "By hand."}
    )
    answer = client.post(url, sent, follow=True)
    assert "2 readings on record" in answer.content.decode()
    assert set(Measurement.objects.values_list("kpi", flat=True)) == {first.pk, third.pk}
    assert not second.measurements.exists()


def test_a_check_in_with_one_wrong_row_records_none(triage: Initiative, signed_in: SignIn) -> None:
    first, second = make_kpi(triage, "One"), make_kpi(triage, "Two")
    client, url = signed_in("bob"), f"/kpis/initiative/{triage.ref}/check-in/"
    for wrong in ("a few", "1" * 30):
        answer = client.post(
            url, filled(client, url, **{f"value_{first.pk}": "9", f"value_{second.pk}": wrong})
        )
        assert answer.status_code == 400
        assert f"value_{second.pk}" in answer.context["form"].errors
        assert 'value="9"' in answer.content.decode()
    early = filled(
        client,
        url,
        **{f"value_{first.pk}": "9", f"value_{second.pk}": "8", f"observed_on_{second.pk}": "1800-01-01"},
    )
    assert f"observed_on_{second.pk}" in client.post(url, early).context["form"].errors
    assert not Measurement.objects.exists()
    assert "No value is filled in" in client.post(url, filled(client, url)).content.decode()


def test_the_check_in_asks_first_for_what_is_longest_due(triage: Initiative, signed_in: SignIn) -> None:
    fresh, late = make_kpi(triage, "Fresh"), make_kpi(triage, "Late")
    read(fresh, 9)
    read(late, 9, TODAY - timedelta(days=44))
    text = signed_in("bob").get(f"/kpis/initiative/{triage.ref}/check-in/").content.decode()
    assert text.index(">Late</a></h3>") < text.index(">Fresh</a></h3>")
    assert "14 days over" in text
