"""What an import brings to other rooms: decision dates to pilots, spend to date to the money."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.access import system
from core.models import AuditEvent
from pilots.models import Pilot
from pilots.services.charter import edit_pilot
from portfolio.dashboard.counts import see
from portfolio.dashboard.selection import select
from portfolio.models import Expenditure, Flag
from portfolio.services import tallies
from portfolio.services.flags import Finding, Subject, sync_flags
from portfolio.services.money import record_expenditure
from tests.cast import AT, TODAY, Cast
from tests.exchange.staged import FEW, few, load, one, row, stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HEADER = "Name,Unit,Id,Stage,Decision,Spent"
LATER = AT + timedelta(days=30)


def file(stage: str = "pilot", decision: str = "", spent: str = "", unit: str = "Claims") -> bytes:
    return few(HEADER, f"Triage,{unit},C-1,{stage},{decision},{spent}")


def test_a_decision_date_reaches_the_pilot_and_is_judged_with_it(cast: Cast) -> None:
    load(cast, file(decision="2026-12-04"), FEW)
    pilot = Pilot.objects.get()
    assert (pilot.decision_on, pilot.due) == (date(2026, 12, 4), True)
    event = AuditEvent.objects.get(action="pilot.edited")
    assert (event.before, event.after) == ({"decision_on": None}, {"decision_on": "2026-12-04"})


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
    load(cast, file(decision="2027-01-15", spent="5"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2027, 1, 15)
    # A cell that was emptied is not the word that there is no date.
    load(cast, file(spent="5"), FEW, at=LATER)
    assert Pilot.objects.get().decision_on == date(2027, 1, 15)


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
