"""A mapping built by clicking: what the page suggests, what a person changes, what comes of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core import outbox
from core.errors import Problem
from exchange.mapping import load_mapping, parse_mapping, to_toml
from exchange.models import ImportRun, SavedMapping
from exchange.services.clicking import Choices, document_of, first_choices
from exchange.services.detecting import Options, detect_columns
from exchange.services.mappings import mapping_text, save_mapping
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.exchange.files import sample
from tests.exchange.staged import FEW, few, stage
from tests.exchange.test_import_pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[[str], Client]
REGISTER = few(
    "Ref;Vorhaben;Bereich;Zustand;Seit;Kosten;Sponsor;DSGVO",
    "C-1;Triage;Claims;läuft;01.03.2026;1.250,50;edith@calder.example;ja",
    "C-2;Fraud ring;Claims;Idee;;;;",
    "C-3;Scoring;Retail Banking;läuft;05.2026;ca. 3;;nein",
)


def upload(client: Client, data: bytes = REGISTER, name: str = "Register 2026.csv") -> ImportRun:
    page = client.post(reverse("import-create"), {"file": SimpleUploadedFile(name, data)})
    run = ImportRun.objects.latest("pk")
    assert page["Location"] == reverse("import-mapping", args=[run.pk])
    return run


def filled(page: Any) -> dict[str, str]:
    """What the form on the page would send as it stands."""
    html: str = page.content.decode()
    html = html[html.index("Columns of the file") - 2_000 :]
    said = {}
    for name, value in re.findall(r'<input type="(?:text|hidden)" name="([^"]+)" value="([^"]*)"', html):
        said[name] = value
    for name in re.findall(r'<input type="text" name="([^"]+)"(?![^>]*value)', html):
        said.setdefault(name, "")
    for name, inner in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        said[name] = chosen[1] if chosen else ""
    for name, inner in re.findall(r'<textarea name="([^"]+)".*?>(.*?)</textarea>', html, re.DOTALL):
        said[name] = inner.strip()
    for name in re.findall(r'<input type="checkbox" name="([^"]+)"[^>]*checked', html):
        said[name] = "on"
    said.pop("csrfmiddlewaretoken", None)
    return said


def send(client: Client, run: ImportRun, action: str, **changed: str) -> Any:
    """The mapping page sent with a few fields changed."""
    address = reverse("import-mapping", args=[run.pk])
    said = filled(client.get(address)) | changed
    return client.post(address, {**said, "action": action}, follow=True)


def column(run: ImportRun, label: str) -> str:
    """The form's field of a column."""
    run.refresh_from_db()
    assert run.detected is not None
    return next(f"c{one['position']}" for one in run.detected["columns"] if one["label"] == label)


def test_the_page_shows_what_the_columns_hold_and_guesses(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    run = upload(max_, sample(), "sample.csv")
    page = max_.get(reverse("import-mapping", args=[run.pk]))
    told = text(page)
    assert "CSV, cp1252" in told
    assert "Where does the data come from?" in told
    said = filled(page)
    assert (said[column(run, "Name")], said[column(run, "Unit")], said[column(run, "Stage")]) == (
        "name",
        "unit",
        "stage",
    )
    assert said["key"] == "unit_id"
    assert "What the words of “Stage” mean" in told
    assert {said[name] for name in said if name.startswith("w-stage-")} >= {
        "pilot",
        "production",
        "idea",
        "retired",
        "",
    }
    assert said["layouts"].splitlines()[0] == "M/D/YYYY"


def test_the_suggestion_as_it_stands_gives_a_preview(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    run = upload(max_, sample(), "sample.csv")
    told = text(send(max_, run, "preview"))
    assert "41 rows: 39 new, 0 changed, 0 the same, 2 refused" in told
    run.refresh_from_db()
    assert (run.state, run.mapping_name, run.series) == ("ready", "sample", "sample")


def test_a_file_in_other_words_is_mapped_by_clicking(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    run = upload(max_)
    fields = {
        "Ref": "external_id",
        "Vorhaben": "name",
        "Bereich": "unit",
        "Zustand": "stage",
        "Seit": "entered_on",
        "Kosten": "planned_value",
        "Sponsor": "sponsor_email",
        "DSGVO": "fact",
    }
    chosen = {column(run, label): name for label, name in fields.items()}
    # First what the columns fill; then the words of the phase are asked for.
    asked = send(max_, run, "preview", **chosen, name="Register")
    assert "Say what the words mean first: Stage." in text(asked)
    words = dict(zip(("läuft", "Idee"), ("w-stage-0", "w-stage-1"), strict=True))
    page = send(
        max_, run, "preview", key="unit_id", layouts="D.M.YYYY\nM.YYYY", decimal=",", age="entered_on", save="on",
        **{words["läuft"]: "pilot", words["Idee"]: "idea"},
    )  # fmt: skip
    told = text(page)
    assert "3 rows: 3 new, 0 changed, 0 the same, 0 refused" in told
    assert "Claims, pilot, entered 1 Mar 2026" in told
    assert "Retail Banking, pilot, entered 1 May 2026, precision month" in told
    run.refresh_from_db()
    max_.post(reverse("import-commit", args=[run.pk]), {"version": run.version})
    triage = Initiative.objects.get(name="Triage")
    assert (str(triage.planned_value), triage.sponsor, triage.facts["dsgvo"], triage.unit) == (
        "1250.50",
        cast.edith,
        "not_reported",
        cast.claims,
    )
    scoring = Initiative.objects.get(name="Scoring")
    assert (scoring.planned_value, scoring.attributes["Kosten"]) == (None, "ca. 3")
    # Next year's file goes through the mapping that was kept.
    kept = SavedMapping.objects.get(name="Register")
    assert load_mapping(kept.toml.encode()).series == "Register"
    again = max_.post(
        reverse("import-create"),
        {"file": SimpleUploadedFile("next.csv", REGISTER), "mapping": "Register"},
        follow=True,
    )
    assert "3 rows: 0 new, 0 changed, 3 the same" in text(again)


def test_what_was_clicked_is_kept_when_the_page_is_left(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    run = upload(max_)
    send(max_, run, "update", **{column(run, "Vorhaben"): "name", "name": "Mine"})
    said = filled(max_.get(reverse("import-mapping", args=[run.pk])))
    assert (said[column(run, "Vorhaben")], said["name"]) == ("name", "Mine")


def test_a_mapping_without_name_or_unit_is_refused_with_its_place(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    run = upload(max_)
    page = send(
        max_, run, "preview", **{column(run, "Vorhaben"): "", column(run, "Bereich"): "", "name": "x"}
    )
    assert page.status_code == 400
    assert "fields.name" in text(page)
    run.refresh_from_db()
    assert run.state == "uploaded"
    one_unit = send(
        max_,
        run,
        "preview",
        **{column(run, "Vorhaben"): "name", column(run, "Bereich"): "", "unit": "Claims", "name": "x"},
    )
    assert "3 new" in text(one_unit)


@pytest.mark.parametrize(
    ("field", "value"),
    [("layouts", "not a layout"), ("key", "lost"), ("name", ""), ("name", "x" * 200), ("version", "x"), ("decimal", "?"), ("c1", "nonsense"), ("absent", "*")],
)  # fmt: skip
def test_a_wrong_choice_is_told_and_keeps_what_was_clicked(
    cast: Cast, signed_in: SignIn, field: str, value: str
) -> None:
    max_ = signed_in("max")
    run = upload(max_, sample(), "sample.csv")
    page = send(max_, run, "preview", **{field: value, column(run, "Who is told?"): "notes"})
    assert page.status_code in {400, 412}
    assert "Not read" in text(page)
    assert filled(page)[column(run, "Who is told?")] == "notes"
    run.refresh_from_db()
    assert run.state == "uploaded"


def test_a_page_somebody_else_changed_meanwhile_is_not_taken(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    run = upload(max_, sample(), "sample.csv")
    page = send(max_, run, "preview", version="7")
    assert page.status_code == 412


def test_a_name_that_is_taken_is_replaced_only_when_asked(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    save_mapping(name="sample", toml=FEW, by=cast.actor("max"), at=AT)
    run = upload(max_, sample(), "sample.csv")
    refused = send(max_, run, "preview", save="on")
    assert refused.status_code == 409
    assert "A mapping called sample exists already." in text(refused)
    assert SavedMapping.objects.get().toml == FEW
    assert "39 new" in text(send(max_, run, "preview", save="on", replace="on"))
    assert SavedMapping.objects.get().toml != FEW
    shipped = send(max_, upload(max_, sample(), "sample.csv"), "preview", save="on", name="us-federal-2024")
    assert "comes with the product" in text(shipped)


def test_the_file_is_read_otherwise_where_that_is_asked_for(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    run = upload(max_, "Liste für 2026\n".encode("cp1252") + REGISTER.decode().encode("cp1252"))
    # The title above the table was seen by itself.
    assert run.detected is not None
    assert run.detected["options"]["header_row"] == 2
    address = reverse("import-mapping", args=[run.pk])
    max_.post(address, {"action": "look", "header_row": "2", "encoding": "cp1252", "sheet": ""})
    run.refresh_from_db()
    assert run.detected is not None
    assert [one["label"] for one in run.detected["columns"]][:3] == ["Ref", "Vorhaben", "Bereich"]
    for wrong in ({"header_row": "99"}, {"header_row": "x"}, {"header_row": "1", "encoding": "utf-7"}):
        page = max_.post(address, {"action": "look", "sheet": "", "encoding": "", **wrong})
        assert page.status_code == 400
    run.refresh_from_db()
    assert run.detected["options"]["header_row"] == 2


def test_a_preview_can_be_mapped_anew_and_a_committed_import_not(cast: Cast, signed_in: SignIn) -> None:
    max_, run = signed_in("max"), stage(cast, sample())
    address = reverse("import-mapping", args=[run.pk])
    assert "Look at the columns" in text(max_.get(address))
    max_.post(address, {"action": "look", "header_row": "1", "encoding": "", "sheet": ""})
    run.refresh_from_db()
    assert (run.state, run.rows.count()) == ("uploaded", 0)
    assert "39 new" in text(send(max_, run, "preview"))
    run.refresh_from_db()
    max_.post(reverse("import-commit", args=[run.pk]), {"version": run.version, "only_good_rows": "on"})
    assert "its mapping stays as it is" in text(max_.get(address, follow=True))


def test_a_large_file_is_looked_at_by_a_worker(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    large = few("Name,Unit,Stage", *(f"Use case {n},Claims,Pilot" for n in range(2_100)))
    page = max_.post(reverse("import-create"), {"file": SimpleUploadedFile("large.csv", large)}, follow=True)
    run = ImportRun.objects.get()
    assert run.state == "staging"
    assert "Reading the file" in text(page)
    outbox.drain()
    run.refresh_from_db()
    assert run.state == "uploaded"
    assert "Map the columns" in text(max_.get(reverse("import-detail", args=[run.pk])))
    send(max_, run, "preview")
    outbox.drain()
    run.refresh_from_db()
    assert (run.state, run.counts["created"]) == ("ready", 2100)


def test_mappings_are_listed_and_open_as_files(cast: Cast, signed_in: SignIn) -> None:
    max_ = signed_in("max")
    save_mapping(name="our register", toml=FEW, by=cast.actor("max"), at=AT)
    told = text(max_.get(reverse("mapping-list")))
    assert "our register" in told
    assert "US federal AI use case inventory, 2024" in told
    assert max_.get(reverse("mapping-file", args=["our register"])).content.decode() == FEW
    assert max_.get(reverse("mapping-file", args=["us-federal-2024"])).content.decode() == mapping_text(
        "us-federal-2024"
    )
    assert max_.get(reverse("mapping-file", args=["lost"])).status_code == 404


def test_a_mapping_that_cannot_be_used_is_not_kept(cast: Cast) -> None:
    for name, toml, code in (
        ("x", "name = ", "bad_toml"),
        ("", FEW, "invalid"),
        ("us-federal-2024", FEW, "invalid"),
    ):
        with pytest.raises(Problem) as refused:
            save_mapping(name=name, toml=toml, by=cast.actor("max"), at=AT)
        assert (refused.value.status, refused.value.code) == (400, code)
    with pytest.raises(Problem) as refused:
        save_mapping(name="x", toml=FEW, by=cast.actor("ursula"), at=AT)
    assert refused.value.status == 403


def test_every_choice_survives_being_kept_and_becomes_a_mapping_that_reads_back() -> None:
    found = detect_columns(sample(), filename="sample.csv", options=Options())
    choices = first_choices(found, name="sample")
    assert Choices.from_json(choices.to_json()) == choices
    document = document_of(choices, found)
    mapping = parse_mapping(document)
    assert load_mapping(to_toml(document).encode()).fields.keys() == mapping.fields.keys()
    assert [rule.namespace for rule in mapping.keys] == ["unit-id", "unit-name"]
    # A header that stands three times is named by its position.
    choices.fields[24] = "notes"
    assert document_of(choices, found)["fields"]["notes"] == {"column": 24}  # type: ignore[index]
