"""Imports by page: upload, preview, commit, mend; every step without script, every refusal in words."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core import outbox
from core.models import AuditEvent, Outbox
from exchange.models import ImportFile, ImportRun
from exchange.services.mappings import save_mapping
from portfolio.models import Initiative
from portfolio.services.initiatives import edit_initiative
from tests.cast import AT, Cast
from tests.exchange.files import sample
from tests.exchange.staged import FEW, few, load, stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[[str], Client]
TRIAGE = few("Name,Unit,Stage", "Triage,Claims,pilot", "Fraud,Claims,idea")


def upload(client: Client, data: bytes, *, name: str = "few.csv", **said: Any) -> Any:
    return client.post(
        reverse("import-create"), {"file": SimpleUploadedFile(name, data), **said}, follow=True
    )


def own(mapping: str = FEW) -> dict[str, Any]:
    return {"mapping": "+file", "mapping_file": SimpleUploadedFile("few.toml", mapping.encode())}


def text(response: Any) -> str:
    """What a reader sees, tags taken out."""
    page: str = response.content.decode()
    main = page[page.index("<main") : page.index("</main>")] if "<main" in page else page
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def commit(client: Client, run: ImportRun, **said: Any) -> Any:
    run.refresh_from_db()
    return client.post(reverse("import-commit", args=[run.pk]), {"version": run.version, **said}, follow=True)


def test_an_empty_list_says_what_to_do(cast: Cast, signed_in: SignIn) -> None:
    page = text(signed_in("max").get(reverse("import-list")))
    assert "Nothing imported yet" in page
    assert "Import a file" in page


def test_from_upload_to_commit(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    page = upload(max_, TRIAGE, **own())
    run = ImportRun.objects.get()
    assert page.redirect_chain == [(reverse("import-detail", args=[run.pk]), 302)]
    told = text(page)
    assert "2 rows: 2 new, 0 changed, 0 the same, 0 refused . Nothing is written until you commit." in told
    assert "Claims, pilot, entry never recorded: undated" in told
    assert Initiative.objects.count() == 0
    done = commit(max_, run)
    assert "2 rows of few.csv are in the portfolio." in text(done)
    assert f"AI-{Initiative.objects.get(name='Triage').pk:04d} Triage" in text(done)
    assert reverse("initiative-list") + "?source=few" in done.content.decode()


def test_a_shipped_and_a_saved_mapping_are_offered_and_used(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    save_mapping(name="our register", toml=FEW, by=cast.actor("max"), at=AT)
    assert "our register" in text(max_.get(reverse("import-create")))
    assert "39 new" in text(upload(max_, sample(), mapping="throughline-portfolio"))
    assert "2 new" in text(upload(max_, TRIAGE, mapping="our register"))


def test_every_change_is_shown_old_and_new(cast: Cast, signed_in: SignIn) -> None:
    load(
        cast,
        few(
            "Name,Unit,Id,Stage,Since,Problem,Note",
            "Triage,Claims,C-1,pilot,2026-03-01,Slow,x",
            "Fraud,Claims,C-2,idea,2026-01-05,,",
        ),
        FEW,
    )
    edit_initiative(
        pk=Initiative.objects.get(name="Triage").pk, by=cast.actor("max"), at=AT, problem="Slow and dear"
    )
    max_ = signed_in("max")
    page = upload(
        max_,
        few(
            "Name,Unit,Id,Stage,Since,Problem,Note",
            "Triage,Claims,C-1,development,2026-03-01,Unfair,",
            "Fraud,Claims,C-2,idea,2025-01-05,,",
        ),
        as_of="2026-11-20",
        **own(),
    )
    told = text(page)
    assert "Stage: Pilot Development , a move back; opens a spell on 20 Nov 2026, precision observed" in told
    assert "Problem or purpose: Slow Unfair edited here to “Slow and dear”" in told
    # The moved one begins a spell of its own: its source's date is not written over it.
    assert told.count("In this stage since:") == 1
    assert "In this stage since: 5 Jan 2026 5 Jan 2025 , the earlier date is kept as a restatement" in told
    assert "note: x none" in told.lower()
    assert "<del>Pilot</del> <ins>Development</ins>" in page.content.decode()


def test_records_the_file_does_not_name_are_listed_and_kept(cast: Cast, signed_in: SignIn) -> None:
    load(cast, TRIAGE, FEW)
    page = upload(signed_in("max"), few("Name,Unit,Stage", "Triage,Claims,pilot"), **own())
    assert "Fraud Kept as it is; not deleted, not closed" in text(page)
    run = ImportRun.objects.latest("pk")
    listed = signed_in("max").get(reverse("import-detail", args=[run.pk]) + "?show=missing")
    assert "Fraud" in text(listed)
    assert "Triage" not in text(listed)


def test_refused_rows_are_told_with_row_column_value_and_reason(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    page = upload(max_, sample(), mapping="throughline-portfolio")
    assert "2 rows are refused, so nothing can be committed as set" in text(page)
    run = ImportRun.objects.get()
    refused = text(max_.get(reverse("import-detail", args=[run.pk]) + "?show=refused"))
    assert "36 External id I-5 “I-5” stands twice inside ITS (rows 35 and 36)." in refused
    cells = text(max_.get(reverse("import-detail", args=[run.pk]) + "?show=cells"))
    assert "7 Initiated on Q4FY25 Not a date in any of the mapping’s 12 layouts." in cells
    assert "cell refused, raw kept; the row is undated" in cells


def test_good_rows_only_is_a_choice_and_the_rest_a_file(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    upload(max_, sample(), mapping="throughline-portfolio")
    run = ImportRun.objects.get()
    held = commit(max_, run)
    assert held.status_code == 409
    assert "Nothing was written: 2 of 41 rows are refused." in text(held)
    assert Initiative.objects.count() == 0
    assert "39 rows of sample" in text(commit(max_, run, only_good_rows="on")).replace("few.csv", "sample")
    file = max_.get(reverse("import-rejects", args=[run.pk]))
    assert file["Content-Disposition"] == f'attachment; filename="import-{run.pk}-refused.csv"'
    assert "Refused because" in file.content.decode()


def test_nothing_to_commit_is_said_instead_of_offered(cast: Cast, signed_in: SignIn) -> None:
    load(cast, TRIAGE, FEW)
    page = upload(signed_in("max"), TRIAGE, **own())
    assert "Every row is as it was: there is nothing to commit." in text(page)
    assert "btn primary" not in page.content.decode()


def test_a_preview_that_was_overtaken_is_previewed_again(cast: Cast, signed_in: SignIn) -> None:
    max_, early = signed_in("max"), stage(cast, TRIAGE, FEW)
    load(cast, TRIAGE, FEW)
    assert "This preview is overtaken" in text(max_.get(reverse("import-detail", args=[early.pk])))
    assert commit(max_, early).status_code == 409
    again = max_.post(reverse("import-again", args=[early.pk]), follow=True)
    assert "0 new, 0 changed, 2 the same" in text(again)


def test_an_older_version_of_the_page_commits_nothing(cast: Cast, signed_in: SignIn) -> None:
    run = stage(cast, TRIAGE, FEW)
    page = signed_in("max").post(reverse("import-commit", args=[run.pk]), {"version": run.version - 1})
    assert page.status_code == 412
    assert "Somebody worked on this import meanwhile" in text(page)
    for version in ("", "x", "0", "9" * 30):
        assert (
            signed_in("max").post(reverse("import-commit", args=[run.pk]), {"version": version}).status_code
            == 400
        )
    assert Initiative.objects.count() == 0


def test_a_discarded_preview_is_gone_from_the_page(cast: Cast, signed_in: SignIn) -> None:
    max_, run = signed_in("max"), stage(cast, TRIAGE, FEW)
    assert "The preview of sample.csv is discarded." in text(
        max_.post(reverse("import-discard", args=[run.pk]), follow=True)
    )
    page = text(max_.get(reverse("import-detail", args=[run.pk])))
    assert "This preview was discarded" in page
    assert AuditEvent.objects.filter(action="import.discarded", via="page").count() == 1


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", "The file is empty."), ("a.csv", b"Name,Unit\n", "The file has a header but no rows."),
        ("a.pdf", b"%PDF-1.7 ...", "This is a PDF, not a table."), ("a.png", b"\x89PNG\r\n\x1a\n", "This is a picture"),
        ("a.csv", b"Name,Unit\nTriage\n", "This row has 1 cells; the header has 2."), ("a.csv", b"Nome,Unit\na,b\n", "The column “Name” is missing."),
        ("a.xlsx", b"PK\x03\x04 nothing", "workbook"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_on_the_form_and_not_kept(
    cast: Cast, signed_in: SignIn, name: str, data: bytes, words: str
) -> None:
    page = upload(signed_in("max"), data, name=name, **own())
    assert page.status_code == 400
    assert words in text(page)
    assert "Not uploaded" in text(page)
    assert (ImportRun.objects.count(), ImportFile.objects.count()) == (0, 0)


def test_a_form_without_a_file_or_with_a_wrong_mapping_keeps_nothing(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    for said in ({}, {"mapping": "lost"}):
        assert max_.post(reverse("import-create"), said).status_code == 400
    assert "Choose the mapping file" in text(upload(max_, TRIAGE, mapping="+file"))
    assert "The mapping is not TOML" in text(upload(max_, TRIAGE, **own("name = ")))
    assert "There is no field “nonsense”" in text(
        upload(max_, TRIAGE, **own(FEW + "\n[fields.nonsense]\ncolumn='x'"))
    )
    assert "No such day" in text(upload(max_, TRIAGE, as_of="31.02.2026", **own()))
    assert "future" in text(upload(max_, TRIAGE, as_of="2027-02-01", **own()))
    assert ImportRun.objects.count() == 0


def test_a_file_over_the_limit_is_one_clear_error(cast: Cast, signed_in: SignIn, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 2_000_000
    page = upload(signed_in("max"), b"Name,Unit\n" + b"x" * 2_500_000, **own())
    assert page.status_code == 413
    assert "The file is larger than 2 MB. Split it, or leave columns out." in text(page)
    assert text(page).count("larger than") <= 2  # at the field, and in the list above the form
    assert ImportFile.objects.count() == 0


def test_a_large_file_shows_its_progress_and_can_be_left(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    large = few("Name,Unit,Stage", *(f"Use case {n},Claims,pilot" for n in range(2_100)))
    page = upload(max_, large, **own())
    run = ImportRun.objects.get()
    assert "Reading the file" in text(page)
    assert "Look again" in text(page)
    assert f'hx-get="{reverse("import-detail", args=[run.pk])}"' in page.content.decode()
    part = max_.get(reverse("import-detail", args=[run.pk]), headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<div")
    assert "HX-Request" in part["Vary"]
    outbox.drain()
    ready = max_.get(reverse("import-detail", args=[run.pk]), headers={"HX-Request": "true"})
    assert ready["HX-Refresh"] == "true"
    assert "Writing the rows, all or none" in text(commit(max_, run))
    outbox.drain()
    assert "Written 24 Nov 14:20 by Max" in text(max_.get(reverse("import-detail", args=[run.pk])))
    assert Initiative.objects.count() == 2100


def test_a_run_the_worker_gave_up_on_says_so_and_is_discarded(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    upload(max_, few("Name,Unit", *(f"Use case {n},Claims" for n in range(2_100))), **own())
    run = ImportRun.objects.get()
    Outbox.objects.filter(kind="import.stage").update(dead_at=AT)
    assert "The worker gave up after five attempts" in text(max_.get(reverse("import-detail", args=[run.pk])))
    max_.post(reverse("import-discard", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "discarded"


def test_a_count_of_none_opens_an_empty_page_that_says_so(cast: Cast, signed_in: SignIn) -> None:
    run = stage(cast, TRIAGE, FEW)
    for show in ("created", "updated", "unchanged", "refused", "cells", "missing"):
        page = signed_in("max").get(reverse("import-detail", args=[run.pk]) + f"?show={show}")
        assert page.status_code == 200
        assert ("No row of this import ends so." in text(page)) == (show != "created")


def test_the_counts_open_the_rows_they_count(cast: Cast, signed_in: SignIn) -> None:
    run = stage(cast, few("Name,Unit", *(f"Use case {n:03d},Claims" for n in range(120))), FEW)
    page = text(signed_in("max").get(reverse("import-detail", args=[run.pk]) + "?show=created&page=3"))
    assert "101 to 120 of 120" in page
    assert "Use case 119" in page
    for wrong, status in (
        ("?show=lost", 400),
        ("?show=created&page=4", 404),
        ("?show=created&page=x", 400),
        ("?as_of=2020-01-01", 400),
    ):
        assert signed_in("max").get(reverse("import-detail", args=[run.pk]) + wrong).status_code == status


@pytest.mark.parametrize("address", ["999999", "0", "x", "9" * 30])
def test_an_import_that_is_not_there_is_404(cast: Cast, signed_in: SignIn, address: str) -> None:
    assert signed_in("max").get(reverse("import-detail", args=[address])).status_code == 404


def test_the_preview_costs_the_same_for_two_rows_and_for_four_hundred(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    max_ = signed_in("max")
    for count in (2, 400):
        run = stage(cast, few("Name,Unit,Stage", *(f"Use case {n},Claims,guess" for n in range(count))), FEW)
        with django_assert_max_num_queries(16):
            max_.get(reverse("import-detail", args=[run.pk]))


def test_hostile_text_is_shown_as_text(cast: Cast, signed_in: SignIn) -> None:
    evil = '"<script>alert(1)</script>"'
    page = upload(
        signed_in("max"), few("Name,Unit,Value", f"{evil},Claims,{evil}"), name="<b>x</b>.csv", **own()
    )
    assert "<script>alert" not in page.content.decode()
    assert "<b>x</b>" not in page.content.decode()
    assert "&lt;script&gt;" in page.content.decode()
