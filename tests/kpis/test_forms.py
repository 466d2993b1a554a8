"""The forms of KPIs: what they take, what they refuse and where, and that nothing typed is lost."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.models import AuditEvent
from kpis.models import Kpi, Measurement
from kpis.services.define import edit_kpi
from kpis.views.preview import CARRIED, case_of
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, read

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def triage(cast: Cast) -> Initiative:
    return claims_triage(cast)


def filled(client: Client, url: str, **typed: Any) -> dict[str, Any]:
    """What the form sends when only `typed` is changed."""
    form = client.get(url).context["form"]
    out = {}
    for name in form.fields:
        value = form[name].value()
        if value not in (None, False):
            out[name] = "on" if value is True else value
    return {**out, **typed}


SAID = {
    "name": "Reopened claims", "baseline": "12.50", "baseline_on": "2026-01-01", "target": "6", "target_on": "2027-06-30",
    "direction": "lower",
}  # fmt: skip


# Defining


def test_a_kpi_is_defined_with_what_was_typed_and_nothing_rounded(
    triage: Initiative, signed_in: SignIn
) -> None:
    client, url = signed_in("alice"), f"/kpis/initiative/{triage.ref}/new/"
    answer = client.post(
        url, filled(client, url, **SAID, weight="0.125", primary="on", curve="0.5, 0.2\n0.75,0.6")
    )
    kpi = Kpi.objects.get()
    assert answer["Location"] == f"/kpis/{kpi.ref}/"
    assert kpi.current is not None
    assert (str(kpi.weight), kpi.primary, kpi.current.curve) == (
        "0.1250",
        True,
        [["0.5", "0.2"], ["0.75", "0.6"]],
    )
    assert (f"{kpi.current.baseline}", kpi.current.target_on) == ("12.5", date(2027, 6, 30))


def test_a_name_alone_is_enough_and_is_judged_invalid_not_good(triage: Initiative, signed_in: SignIn) -> None:
    client, url = signed_in("alice"), f"/kpis/initiative/{triage.ref}/new/"
    assert client.post(url, filled(client, url, name="Something")).status_code == 302
    assert Kpi.objects.get().status == "invalid"


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name": " "}, "name", "required"),
        ({"target": "12.5"}, "target", "equals its baseline"),
        ({"direction": "higher"}, "target", "wrong side"),
        ({"target_on": "2025-12-31"}, "target_on", "after"),
        ({"target": "six"}, "target", "Write a number"),
        ({"target": "NaN"}, "target", "number"),
        ({"red": "0.05"}, "red", "before at risk"),
        ({"amber": "10"}, "amber", "less than or equal to 1"),
        ({"curve": "a half"}, "curve", "as 0.50, 0.20"),
        ({"curve": "0.7, 0.2\n0.5, 0.4"}, "curve", "do not rise"),
        ({"cadence_days": "0"}, "cadence_days", "greater than or equal to 1"),
        ({"kind": "vanity"}, "kind", "valid choice"),
        ({"weight": "-1"}, "weight", "greater than or equal to 0"),
    ],
)  # fmt: skip
def test_a_refusal_lands_on_its_field_and_keeps_what_was_typed(
    typed: dict[str, str], field: str, words: str, triage: Initiative, signed_in: SignIn
) -> None:
    client, url = signed_in("alice"), f"/kpis/initiative/{triage.ref}/new/"
    answer = client.post(url, filled(client, url, **{**SAID, "population": "All of <them>", **typed}))
    assert answer.status_code == 400
    assert words in " ".join(answer.context["form"].errors[field])
    assert "All of &lt;them&gt;" in answer.content.decode()
    assert not Kpi.objects.exists()


def test_a_second_kpi_of_one_name_is_refused_at_the_name(triage: Initiative, signed_in: SignIn) -> None:
    make_kpi(triage, "Reopened claims")
    client, url = signed_in("alice"), f"/kpis/initiative/{triage.ref}/new/"
    answer = client.post(url, filled(client, url, **SAID))
    assert answer.status_code == 400
    assert "has a KPI of that name" in str(answer.context["form"].errors["name"])


def test_the_preview_shows_the_status_and_saves_nothing(triage: Initiative, signed_in: SignIn) -> None:
    client, url = signed_in("alice"), f"/kpis/initiative/{triage.ref}/new/"
    sent = filled(client, url, **{**SAID, "name": ""}, try_value="12", try_on="2026-11-20", preview="1")
    answer = client.post(url, sent)
    assert answer.status_code == 200
    assert answer.context["preview"].answer.status == "off_track"
    assert "points behind plan" in answer.content.decode()
    assert not Kpi.objects.exists()
    unsaid = client.post(url, {**sent, "try_value": "", "baseline_on": "2026-11-20"})
    assert "The first is due by" in unsaid.content.decode()


def test_who_may_not_define_gets_no_form(triage: Initiative, signed_in: SignIn) -> None:
    assert signed_in("bob").get(f"/kpis/initiative/{triage.ref}/new/").status_code == 403
    assert signed_in("charlie").get(f"/kpis/initiative/{triage.ref}/new/").status_code == 404


# Editing


def test_an_edit_changes_what_differs_and_an_unchanged_form_writes_nothing(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage, weight=Decimal(2))
    client, url = signed_in("alice"), f"/kpis/{kpi.ref}/edit/"
    before = AuditEvent.objects.count()
    assert client.post(url, filled(client, url)).status_code == 302
    assert AuditEvent.objects.count() == before
    assert client.post(url, filled(client, url, target="4", population="All")).status_code == 302
    kpi.refresh_from_db()
    assert kpi.current is not None
    assert (kpi.version, kpi.population, str(kpi.current.target), f"{kpi.weight:f}") == (
        2,
        "All",
        "4",
        "2.0000",
    )


def test_a_stale_form_shows_both_versions_and_keeps_what_was_typed(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    client, url = signed_in("alice"), f"/kpis/{kpi.ref}/edit/"
    sent = filled(client, url, population="Mine")
    edit_kpi(pk=kpi.pk, expected_version=1, by=cast.actor("max"), at=AT, facts={"population": "Theirs"})
    answer = client.post(url, sent)
    text = answer.content.decode()
    assert answer.status_code == 412
    assert "Max saved a newer version" in text
    assert "Theirs" in text
    assert "Save mine over theirs" in text
    again = filled_from(answer)
    assert client.post(url, again).status_code == 302
    kpi.refresh_from_db()
    assert kpi.population == "Mine"


def filled_from(answer: Any) -> dict[str, Any]:
    """What the form of an answer sends when nothing more is typed."""
    form = answer.context["form"]
    return {n: v for n in form.fields if (v := form[n].value()) not in (None, False)}


@pytest.mark.parametrize(("kind", "asked"), [("business", False), ("model_metric", True)])
def test_only_a_model_metric_in_use_is_asked_which_one_it_is(
    triage: Initiative, signed_in: SignIn, kind: str, asked: bool
) -> None:
    kpi = make_kpi(triage, kind=kind, primary=False)
    read(kpi, 9)
    page = signed_in("alice").get(f"/kpis/{kpi.ref}/edit/").content.decode()
    assert ('name="metric"' in page, 'name="minority_share"' in page) == (asked, asked)


def test_the_definition_of_a_kpi_with_readings_stands_whatever_is_sent(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    read(kpi, 9)
    client, url = signed_in("alice"), f"/kpis/{kpi.ref}/edit/"
    text = client.get(url).content.decode()
    assert "What is promised stands" in text
    assert f"/kpis/{kpi.ref}/amend/" in text
    assert (
        client.post(url, filled(client, url, target="9", name="Renamed", parent_weight="3")).status_code
        == 302
    )
    kpi.refresh_from_db()
    assert kpi.current is not None
    assert (kpi.name, str(kpi.current.target), kpi.parent_weight) == ("Days to decision", "5", Decimal(3))


# Pausing, resuming, retiring


def test_a_pause_needs_an_end_and_a_reason(triage: Initiative, signed_in: SignIn) -> None:
    kpi = make_kpi(triage)
    client, url = signed_in("alice"), f"/kpis/{kpi.ref}/state/"
    sent = filled(client, url, state="paused", because="The source moves.")
    assert "until" in client.post(url, sent).context["form"].errors
    assert "until" in client.post(url, {**sent, "until": TODAY.isoformat()}).context["form"].errors
    assert (
        "because" in client.post(url, {**sent, "until": "2027-01-31", "because": " "}).context["form"].errors
    )
    assert client.post(url, {**sent, "until": "2027-01-31"}).status_code == 302
    kpi.refresh_from_db()
    assert (kpi.state, kpi.paused_until, kpi.status) == ("paused", date(2027, 1, 31), "paused")


def test_a_paused_kpi_is_judged_again_and_a_retired_one_stays_retired(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    client, url = signed_in("alice"), f"/kpis/{kpi.ref}/state/"
    client.post(url, filled(client, url, state="paused", until="2027-01-31", because="Moves."))
    assert (
        client.post(url, filled(client, url, state="active", until="", because="Moved.")).status_code == 302
    )
    kpi.refresh_from_db()
    assert kpi.state == "active"
    assert client.post(url, filled(client, url, state="retired", because="Wrong thing.")).status_code == 302
    assert client.get(url).status_code == 409
    assert client.get(f"/kpis/{kpi.ref}/readings/new/").status_code == 200
    refused = client.post(f"/kpis/{kpi.ref}/readings/new/", {"observed_on": "2026-11-20", "value": "8"})
    assert refused.status_code == 409
    assert "takes no more readings" in refused.content.decode()


# What the page gives to the preview while typing


def test_the_page_carries_the_case_for_the_calculator_until_it_is_too_long(
    triage: Initiative, signed_in: SignIn
) -> None:
    kpi = make_kpi(triage)
    first = read(kpi, 9).measurement
    case = case_of(Kpi.objects.select_related("current").get(), TODAY, supersedes=first.pk)
    assert case is not None
    assert case["kpi"]["baseline"] == "10"
    assert case["measurements"][0]["value"] == "9"
    assert case["next"] == {"id": first.pk + 1, "supersedes": first.pk}
    answer = signed_in("bob").post(
        "/api/v1/calculate/kpi-status/",
        [{"kpi": case["kpi"], "as_of": case["as_of"], "measurements": [*case["measurements"], {**case["next"], "observed_on": "2026-11-24", "value": "5"}]}],
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    assert answer.json()[0]["status"] == "achieved"
    rows = [
        Measurement(kpi=kpi, kpi_version=kpi.current, observed_on=TODAY, value=9, recorded_at=AT)
        for _ in range(CARRIED)
    ]
    Measurement.objects.bulk_create(rows)
    assert case_of(Kpi.objects.select_related("current").get(), TODAY) is None
