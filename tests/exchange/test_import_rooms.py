"""What an import brings to other rooms: decision dates to pilots, spend to date to the money."""

import html
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.access import system
from core.models import AuditEvent
from exchange.models import ImportRow, ImportRun
from exchange.services.bring_dates import bring_decision_dates
from governance.models import AiModel
from pilots.models import Pilot
from pilots.services.charter import edit_pilot
from pilots.services.decided import deferred, extended, pivoted
from portfolio.dashboard.counts import see
from portfolio.dashboard.selection import select
from portfolio.models import Expenditure, Flag, Initiative
from portfolio.services import tallies
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.money import record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.exchange.staged import FEW, few, load, one, row, stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HEADER = "Name,Unit,Id,Stage,Decision,Spent"
LATER = AT + timedelta(days=30)
SignIn = Callable[[str], Client]


def file(stage: str = "pilot", decision: str = "", spent: str = "", unit: str = "Claims") -> bytes:
    return few(HEADER, f"Triage,{unit},C-1,{stage},{decision},{spent}")


def test_a_decision_date_reaches_the_pilot_and_is_judged_with_it(cast: Cast) -> None:
    load(cast, file(decision="2026-12-04"), FEW)
    pilot = Pilot.objects.get()
    assert (pilot.decision_on, pilot.due) == (date(2026, 12, 4), True)
    event = AuditEvent.objects.get(action="pilot.dated")
    assert (event.before, event.after) == ({"decision_on": None}, {"decision_on": "2026-12-04"})


def lapsing(initiative: Initiative, *models: str) -> None:
    for name in models:
        model = AiModel.objects.create(
            name=name, unit=initiative.unit, created_at=AT, updated_at=AT, classes={"eu_ai_act": "unacceptable"}
        )  # fmt: skip
        model.initiatives.add(initiative)


def kept_rows(run: ImportRun) -> list[tuple[str, str]]:
    rows = ImportRow.objects.filter(run=run, warned=True).order_by("number")
    return [(note["code"], note["reason"]) for one in rows for note in one.warnings]


def test_a_source_puts_off_its_own_date_and_one_a_lead_gave(cast: Cast) -> None:
    load(cast, file(decision="2026-12-04"), FEW)
    load(cast, file(decision="2026-12-24"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2026, 12, 24)
    Initiative.objects.update(lead=cast.alice)
    by = cast.actor("alice")
    edit_pilot(pk=Pilot.objects.get().pk, by=by, at=LATER, decision_on=date(2026, 12, 10))
    run = load(cast, file(decision="2026-12-28"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2026, 12, 28)
    assert (kept_rows(run), run.counts["cell_warnings"]) == ([], 0)


def test_no_source_puts_off_what_a_manager_decided(cast: Cast, signed_in: SignIn) -> None:
    load(cast, file(decision="2026-12-04"), FEW)
    pilot = Pilot.objects.get()
    decided_on = date(2026, 12, 20)
    by = cast.actor("max")
    edit_pilot(pk=pilot.pk, by=by, at=AT, decision_on=decided_on, because="Moved.")
    run = load(cast, file(decision="2027-09-01", spent="5"), FEW, at=LATER)
    pilot.refresh_from_db()
    assert (pilot.decision_on, run.state, run.counts["cell_warnings"]) == (decided_on, "committed", 1)
    [(code, words)] = kept_rows(run)
    assert code == "decision_date_kept"
    assert "It keeps 20 Dec 2026. It was decided on" in words
    assert one("Triage").spent == Decimal("5.00"), "the rest of the row is written"
    assert words in html.unescape(
        signed_in("max").get(reverse("import-detail", args=[run.pk])).content.decode()
    )
    # Brought forward it is: nobody is given more time by it.
    load(cast, file(decision="2026-12-01", spent="5"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2026, 12, 1)


@pytest.mark.parametrize("how", ["extended", "deferred", "pivoted"])
def test_no_source_puts_off_what_a_decision_set(cast: Cast, how: str) -> None:
    load(cast, file(decision="2026-12-04"), FEW)
    triage, until, by = one("Triage"), date(2027, 1, 10), cast.actor("max")
    if how == "extended":
        extended(
            initiative=triage, days=47, reason_code="data_late", note="b", evidence="More.",
            decision_changes=Decimal("0.25"), by=by, at=AT,
        )  # fmt: skip
    elif how == "deferred":
        deferred(initiative=triage, until=until, by=by, at=AT)
    else:
        pivoted(initiative=triage, charter="Letters.", days=40, decide_by=until, by=by, at=AT)
    stands = Pilot.objects.get().decision_on
    assert stands != date(2026, 12, 4)
    run = load(cast, file(decision="2027-09-01"), FEW, at=LATER)
    assert (Pilot.objects.get().decision_on, [code for code, _ in kept_rows(run)]) == (
        stands, ["decision_date_kept"],
    )  # fmt: skip


def test_no_source_gives_a_prohibited_use_more_time(cast: Cast) -> None:
    load(cast, file(decision="2026-12-04"), FEW)
    lapsing(one("Triage"), "Mood reader")
    run = load(cast, file(decision="2027-09-01"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2026, 12, 4)
    [(_, words)] = kept_rows(run)
    assert "Mood reader" in words
    load(cast, file(decision="2026-12-01"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2026, 12, 1)


def test_kept_dates_cost_the_same_for_one_and_for_many(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    def many(decision: str) -> bytes:
        return few(HEADER, *(f"Triage {n},Claims,C-{n},pilot,{decision}," for n in range(12)))

    run = load(cast, many("2026-12-04"), FEW)
    initiatives = list(Initiative.objects.order_by("pk"))
    for each in initiatives:
        lapsing(each, "Reader")
    dates = {each.pk: date(2027, 9, 1) for each in initiatives}
    with django_assert_max_num_queries(9):
        bring_decision_dates(run=run, dates=dates, because="b", by=cast.actor("max"), at=LATER)
    assert set(Pilot.objects.values_list("decision_on", flat=True)) == {date(2026, 12, 4)}
    assert len(kept_rows(run)) == run.counts["cell_warnings"] == 12


def test_a_changed_decision_date_follows_and_an_edit_here_stays(cast: Cast) -> None:
    load(cast, file(decision="2026-12-04"), FEW)
    edit_pilot(
        pk=Pilot.objects.get().pk,
        by=cast.actor("max"),
        at=AT,
        decision_on=date(2026, 12, 20),
        because="Council moved.",
    )
    load(cast, file(decision="2026-12-04", spent="5"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2026, 12, 20)
    load(cast, file(decision="2026-12-15", spent="5"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2026, 12, 15)
    # A cell that was emptied is not the word that there is no date.
    load(cast, file(spent="5"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2026, 12, 15)


def test_a_decision_date_of_what_is_no_pilot_is_only_a_fact(cast: Cast) -> None:
    load(cast, file(stage="idea", decision="2026-12-04"), FEW)
    assert not Pilot.objects.exists()
    assert one("Triage").facts["decision_on"]["date"] == "2026-12-04"


def test_spend_to_date_is_a_dated_row_that_brings_the_sum_to_it(cast: Cast) -> None:
    run = load(cast, file(spent="1200.50"), FEW, as_of=TODAY)
    spent = Expenditure.objects.get()
    assert (spent.amount, spent.spent_on, spent.currency) == (Decimal("1200.50"), TODAY, "EUR")
    assert spent.note == f"Spent to date. Import {run.pk} of sample.csv"
    assert one("Triage").spent == Decimal("1200.50")
    record_expenditure(
        initiative_id=one("Triage").pk, amount=Decimal("100"), spent_on=TODAY, by=cast.actor("max"), at=AT
    )
    # The source says the same as before: what was recorded here since stays beside it.
    load(cast, file(spent="1200.50", decision="2026-12-04"), FEW, at=LATER)
    assert one("Triage").spent == Decimal("1300.50")
    load(cast, file(spent="1500", decision="2026-12-04"), FEW, at=LATER)
    assert one("Triage").spent == Decimal("1500.00")
    assert sorted(Expenditure.objects.values_list("amount", flat=True)) == [
        Decimal("100"),
        Decimal("199.50"),
        Decimal("1200.50"),
    ]
    assert AuditEvent.objects.filter(action="money.spent").count() == 3


@pytest.mark.parametrize("said", ["", "n/a", "ca. 200", "-5", "0", "1e5"])
def test_spend_that_says_nothing_or_cannot_be_kept_is_unknown_and_never_zero(cast: Cast, said: str) -> None:
    load(cast, file(spent=said), FEW)
    assert one("Triage").spent is None
    assert not Expenditure.objects.exists()


def test_the_preview_tells_spend_before_it_is_written(cast: Cast) -> None:
    load(cast, file(spent="388000"), FEW)
    changes = row(stage(cast, file(spent="394000"), FEW), "Triage").changes
    assert changes == [{"of": "fact", "name": "spent", "was": "388000.00", "now": "394000.00"}]
    assert one("Triage").spent == Decimal("388000.00")


def test_what_an_import_writes_is_counted_at_once_though_tallies_stand(cast: Cast) -> None:
    alone = FEW.replace('fields = ["unit", "external_id"]', 'fields = ["external_id"]')
    for text, unit in (("idea", "Claims"), ("pilot", "Claims"), ("pilot", "Retail Banking")):
        tallies.refresh(at=AT)
        load(cast, file(stage=text, unit=unit, spent="100" if text == "pilot" else ""), alone)
        seen = see(select(system(), {}, TODAY))
        assert {u: t.n("now", text) for u, t in seen.by_unit.items() if t.n("active")} == {
            one("Triage").unit_id: 1
        }
        assert seen.all.sums.get("spent") == one("Triage").spent
        assert tallies.unlike_the_records(at=AT) == []


def test_a_flag_moves_with_its_initiative_to_another_unit(cast: Cast) -> None:
    alone = FEW.replace('fields = ["unit", "external_id"]', 'fields = ["external_id"]')
    load(cast, file(), alone)
    triage = one("Triage")
    finding = Finding("R02", 2, "Decision overdue", "The decision date passed.", TODAY)
    subject = Subject("initiative", triage.pk, triage.name, triage, triage.unit)
    sync_flags(subject=subject, findings=[finding], by=cast.actor("max"), at=AT)
    load(cast, file(unit="Retail Banking"), alone)
    assert one("Triage").unit == cast.retail
    assert Flag.objects.get(rule="R02").unit == cast.retail
