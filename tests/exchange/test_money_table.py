"""Money from a table: what each row will do, all or nothing, and the same table twice changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.models import AuditEvent
from exchange.services.money_table import CREATED, REFUSED, UNCHANGED, commit, look
from funding.services.tranches import release
from portfolio.models import BenefitEntry, Commitment, Expenditure, Initiative
from tests.cast import AT, TODAY, Cast
from tests.funding.moving import tranche
from tests.kpis.build import claims_triage
from tests.portfolio.test_initiatives import refused

HEAD = "initiative,day,amount,category,note,key"


@pytest.fixture
def row(cast: Cast) -> Initiative:
    return claims_triage(cast)


def ask(do: Any, text: str, by: Any, kind: str = "spend") -> Any:
    return do(kind=kind, text=text, by=by, at=AT)


def test_the_same_table_twice_changes_nothing(cast: Cast, row: Initiative) -> None:
    by = cast.actor("alice")
    text = f"{HEAD}\n{row.ref},2026-11-20,100.50,cloud,,\n{row.ref},2026-11-20,100.50,cloud,,\n{row.ref},2026-11-21,-1,,Refund,B-7\n"
    assert ask(look, text, by).count(CREATED) == 3
    assert not Expenditure.objects.exists()
    assert not AuditEvent.objects.filter(action="money.spent").exists()
    assert ask(commit, text, by).count(CREATED) == 3
    row.refresh_from_db()
    assert str(row.spent) == "200.00"
    again = ask(commit, text, by)
    assert (again.count(UNCHANGED), again.count(CREATED)) == (3, 0)
    assert Expenditure.objects.count() == 3


def test_a_key_with_another_amount_is_refused(cast: Cast, row: Initiative) -> None:
    by = cast.actor("alice")
    ask(commit, f"{HEAD}\n{row.ref},2026-11-20,5,,,B-7", by)
    found = ask(look, f"{HEAD}\n{row.ref},2026-11-20,6,,,B-7", by)
    assert [(line.outcome, line.column) for line in found.lines] == [(REFUSED, "amount")]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("AI-9999,2026-11-20,5,,,", "initiative"),
        ("ours,2026-11-20,5,,,", "initiative"),
        ("{ref},20.11.2026,5,,,", "spent_on"),
        ("{ref},2027-11-20,5,,,", "spent_on"),
        ("{ref},2026-11-20,,,,", "amount"),
        ('{ref},2026-11-20,"1,000",,,', "amount"),
        ("{ref},2026-11-20,1e3,,,", "amount"),
        ("{ref},2026-11-20,0,,,", "amount"),
        ("{ref},2026-11-20,0.001,,,", "amount"),
        ("{ref},2026-11-20,-5,,,", "amount"),
        ("{ref},2026-11-20,5,lunch,,", "category"),
    ],
)
def test_one_wrong_row_stops_all_and_is_named(cast: Cast, row: Initiative, cells: str, column: str) -> None:
    by = cast.actor("alice")
    # The wrong one first: a correction has nothing to correct yet.
    text = f"{HEAD}\n{cells.format(ref=row.ref)}\n{row.ref},2026-11-20,5,,,"
    found = ask(look, text, by)
    assert [(line.outcome, line.column) for line in found.lines] == [(REFUSED, column), (CREATED, "")]
    with refused(409, "rows_refused") as caught:
        ask(commit, text, by)
    assert f"Row 1, {column}" in caught.value.detail
    assert not Expenditure.objects.exists()


@pytest.mark.parametrize(
    "text", ["day,amount\n2026-11-20,5", "x", "initiative,day,amount\n" + "AI-1,2026-11-20,5\n" * 501]
)
def test_what_is_no_table_of_money_is_refused_whole(cast: Cast, row: Initiative, text: str) -> None:
    with refused(400):
        ask(look, text, cast.actor("alice"))


def test_who_may_not_record_money_is_told_row_by_row(cast: Cast, row: Initiative) -> None:
    for name in ("bob", "charlie"):
        found = ask(look, f"{HEAD}\n{row.ref},2026-11-20,5,,,", cast.actor(name))
        assert [(line.outcome, line.column) for line in found.lines] == [(REFUSED, "initiative")]


def test_benefits_are_planned_and_claimed_with_evidence(cast: Cast, row: Initiative) -> None:
    by, head = cast.actor("alice"), "initiative;month;amount;kind;evidence"
    text = f"{head}\n{row.ref};2026-12;100;planned;\n{row.ref};2026-11;50;claimed;Ledger\n"
    assert ask(commit, text, by, "benefits").count(CREATED) == 2
    assert ask(commit, text, by, "benefits").count(UNCHANGED) == 2
    for cells, column in (
        (f"{row.ref};2026-11;50;claimed;", "evidence"),
        (f"{row.ref};2026-11;50;validated;x", "kind"),
    ):
        found = ask(look, f"{head}\n{cells}", by, "benefits")
        assert [(line.outcome, line.column) for line in found.lines] == [(REFUSED, column)]
    assert BenefitEntry.objects.count() == 2


@pytest.mark.parametrize("kind", ["spend", "benefits"])
def test_another_currency_is_refused_at_its_row(cast: Cast, row: Initiative, kind: str) -> None:
    by = cast.actor("alice")
    head, cells = (
        ("initiative,day,amount,currency", f"{row.ref},2026-11-20,5")
        if kind == "spend"
        else ("initiative,month,kind,evidence,amount,currency", f"{row.ref},2026-11,claimed,Ledger,5")
    )
    found = ask(look, f"{head}\n{cells},eur\n{cells},USD", by, kind)
    assert found.unread == []
    assert [(line.outcome, line.column) for line in found.lines] == [(CREATED, ""), (REFUSED, "currency")]
    assert "Money here is in EUR." in found.lines[1].reason
    with refused(409, "rows_refused"):
        ask(commit, f"{head}\n{cells},USD", by, kind)
    assert not Expenditure.objects.exists()
    assert not BenefitEntry.objects.exists()
    ask(commit, f"{head}\n{cells},EUR", by, kind)
    again = ask(look, f"{head}\n{cells},\n", by, kind)
    assert again.count(UNCHANGED) == 1, "naming the currency makes no other row of it"
    assert ask(look, f"{head}\n{cells},USD", by, kind).count(REFUSED) == 1


def test_a_file_is_looked_at_first_and_then_recorded(
    cast: Cast, row: Initiative, frozen: Any, signed_in: Any
) -> None:
    data = f"{HEAD},cost centre\n{row.ref},2026-11-20,100.50,cloud,,,77\n".encode()
    page = signed_in("alice").post(
        "/exchange/money/spend/", {"file": SimpleUploadedFile("s.csv", data), "record": "1"}
    )
    told = page.content.decode()
    assert "Record 1 expenditure" in told
    assert "cost centre" in told
    assert not Expenditure.objects.exists()
    text = page.context["form"]["text"].value()
    assert signed_in("alice").post("/exchange/money/spend/", {"text": text, "record": "1"}).status_code == 302
    assert Expenditure.objects.count() == 1
    wrong = signed_in("alice").post(
        "/exchange/money/spend/", {"text": f"{HEAD}\n{row.ref},x,1,,,", "record": "1"}
    )
    assert wrong.status_code == 409
    assert "No such day" in wrong.content.decode()
    assert signed_in("alice").get("/exchange/money/lunch/").status_code == 404
    assert signed_in("alice").post("/exchange/money/spend/", {"text": " "}).status_code == 400


def test_commitments_come_by_a_table_and_go_out_as_one(
    cast: Cast, row: Initiative, signed_in: Callable[[str], Client]
) -> None:
    by = cast.actor("alice")
    release(pk=tranche(cast, None, row).pk, released_on=TODAY, because="Go.", by=cast.actor("max"), at=AT)
    text = (
        "initiative,day,amount,supplier,until,order\n"
        f"{row.ref},2026-11-20,60,Nordwind,2027-03-31,PO-1\n{row.ref},2026-11-21,30,Acme,,PO-2\n"
    )
    assert ask(look, text, by, "commitments").count(CREATED) == 2
    assert not Commitment.objects.exists()
    assert ask(commit, text, by, "commitments").count(CREATED) == 2
    assert ask(commit, text, by, "commitments").count(UNCHANGED) == 2
    (line,) = ask(
        look, f"initiative,day,amount,supplier\n{row.ref},2026-11-22,10.01,Late", by, "commitments"
    ).lines
    assert (line.outcome, line.column) == (REFUSED, "amount")  # over the ceiling of 100
    (line,) = ask(look, f"initiative,day,amount,supplier\n{row.ref},2026-11-22,5,", by, "commitments").lines
    assert (line.outcome, line.column) == (REFUSED, "supplier")
    told = b"".join(signed_in("alice").get("/portfolio/ledger/commitments/?format=csv")).decode()
    assert [line.split(",")[2] for line in told.splitlines()[1:]] == ["Acme", "Nordwind"]
