"""An export equals the record: each is parsed back and compared with what the API says."""

import csv
import html
import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import yaml
from django.test import Client
from rest_framework.test import APIClient

from assurance.models import ModelVersion, Obligation
from assurance.queries.model_exports.omb import COLUMNS
from assurance.queries.model_exports.record import model_record
from assurance.services.classifications import record_classification, say_obligation
from assurance.services.dossier import write_section
from assurance.services.explanations import add_lime, add_shap
from domain.dossier import SECTIONS
from governance.models import AiModel
from governance.queries.facts import with_people
from governance.services.model_facts import push_down
from tests.cast import AT, Cast
from tests.governance.stored import back, initiative, sound_model

pytestmark = pytest.mark.django_db
HOSTILE = '# Heading\n---\nowner: "x"\n<script>alert(1)</script> & *stars* | pipe\n=1+1'
Api = Callable[[str], APIClient]
Browser = Callable[[str], Client]


@pytest.fixture
def model(cast: Cast, frozen: Any) -> AiModel:
    """A model with everything a person can bring to it, some of it hostile."""
    row = sound_model(
        cast, '=Ranker "A": x', purpose=HOSTILE, vendor="Acme", technique="nlp", contact="team@calder.example",
        facts={"pii": "yes", "code_url": "https://code.example", "key_risks": "Wrong order.", "topic_area": "Service"},
    )  # fmt: skip
    by = cast.actor("max")
    for section in SECTIONS:
        if section.written:
            parts = {part.code: f"{section.label}, {part.label}.\n{HOSTILE}" for part in section.parts}
            write_section(model_id=row.pk, code=section.code, parts=parts, follows=0, by=by, at=AT)
    add_shap(model_id=row.pk, content=b"base,a,b,prediction\n0,1,2,3\n", filename="a.csv", by=by, at=AT)
    add_lime(model_id=row.pk, decision="D-1", items=[["<b>a</b> > 1", 0.5]], by=by, at=AT)
    answers = {
        "in_scope": {"answer": "yes", "because": "Used."},
        "principal_basis": {"answer": "yes", "because": "It decides."},
    }
    record_classification(model_id=row.pk, rule_set="omb_m_25_21", answers=answers, by=by, at=AT)
    owed = Obligation.objects.get(code="testing")
    say_obligation(pk=owed.pk, by=by, at=AT, status="yes", evidence="Report of March.")
    ModelVersion.objects.create(
        model=row, number="1.4", role="champion", metrics={"auc": "0.91"}, trained_on=back(40), recorded_by=cast.max,
        recorded_at=AT, updated_at=AT,
    )  # fmt: skip
    push_down(model_id=row.pk, by=by, at=AT, champion="1.4")
    row.refresh_from_db()
    return row


def exported(api: Api, model: AiModel, name: str) -> str:
    answer = api("mona").get(f"/api/v1/models/{model.ref}/exports/{name}/")
    assert answer.status_code == 200
    return str(answer.json()["content"])


def test_the_record_says_what_the_api_says(api: Api, model: AiModel) -> None:
    found = json.loads(exported(api, model, "record"))
    told = api("mona").get(f"/api/v1/models/{model.pk}/").json()
    for name in ("name", "purpose", "developer", "vendor", "technique", "risk_tier", "stage", "status", "orphan", "facts",
                 "in_production_since", "next_review_on", "last_validated_on", "fallback_plan", "external_id", "version"):  # fmt: skip
        assert found["model"][name] == told[name], name
    sections = api("mona").get(f"/api/v1/dossier-sections/?model={model.pk}&newest=true").json()["results"]
    assert {one["code"]: one["parts"] for one in sections} == {
        code: one["parts"] for code, one in found["dossier"]["sections"].items()
    }
    classed = api("mona").get(f"/api/v1/classifications/?model={model.pk}").json()["results"][0]
    kept = found["classifications"]["omb_m_25_21"]
    assert (kept["class"], kept["answers"], kept["applies_from"]) == (
        classed["class_code"],
        classed["answers"],
        classed["applies_from"],
    )
    owed = api("mona").get(f"/api/v1/obligations/?model={model.pk}").json()["results"]
    assert {one["code"]: one["status"] for one in owed} == {
        one["code"]: one["status"] for one in kept["obligations"]
    }
    shap = api("mona").get(f"/api/v1/shap-files/?model={model.pk}").json()["results"][0]
    assert found["explanations"]["shap"][0]["importance"] == shap["importance"]


def unescaped(text: str) -> str:
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
        out.append(text[at])
        at += 1
    return html.unescape("".join(out))


def test_the_model_card_reads_back_head_and_body(api: Api, model: AiModel) -> None:
    card = exported(api, model, "model-card")
    _, head, body = card.split("---\n", 2)
    said = yaml.safe_load(head)
    told = api("mona").get(f"/api/v1/models/{model.pk}/").json()
    assert {name: said[name] for name in ("vendor", "stage", "risk_tier")} == {
        name: told[name] for name in ("vendor", "stage", "risk_tier")
    }
    assert (said["model_name"], said["version"], said["metrics"]) == (model.name, "1.4", {"auc": "0.91"})
    assert said["classifications"] == {"omb_m_25_21": "high_impact"}
    for section in SECTIONS:
        if section.written:
            for part in section.parts:
                assert f"{section.label}, {part.label}.\n{HOSTILE}" in unescaped(body), section.code


def test_what_people_wrote_is_no_heading_no_tag_and_no_head_of_the_card(api: Api, model: AiModel) -> None:
    for name in ("model-card", "atrs-text"):
        text = exported(api, model, name)
        assert "<script" not in text
        lines = text.splitlines()
        assert "# Heading" not in lines
        assert lines.count("---") == (2 if name == "model-card" else 0)


def test_the_row_of_2025_has_its_36_columns_and_says_what_the_record_says(api: Api, model: AiModel) -> None:
    row = json.loads(exported(api, model, "omb-2025-json"))
    assert tuple(row) == COLUMNS
    told = api("mona").get(f"/api/v1/models/{model.pk}/").json()
    assert (row["use_case_name"], row["vendor_name"], row["code_url"]) == (
        told["name"],
        told["vendor"],
        told["facts"]["code_url"],
    )
    assert (row["is_high_impact"], row["HI_justification"], row["development_stage"]) == (
        "High-impact",
        "It decides.",
        "Deployed",
    )
    assert (row["hi_testing_conducted"], row["hi_assessment_completed"]) == ("Yes", "")
    assert (row["has_pii"], row["have_ato"], row["hi_appeal_process"]) == ("Yes", "", ""), "blank is not no"


def test_a_spreadsheet_runs_nothing_of_a_row(api: Api, model: AiModel) -> None:
    lines = list(csv.reader(io.StringIO(exported(api, model, "omb-2025").lstrip("\ufeff"), newline="")))
    row = json.loads(exported(api, model, "omb-2025-json"))
    assert lines[0] == list(COLUMNS)
    for cell, value in zip(lines[1], row.values(), strict=True):
        assert cell in {value, f"'{value}"}
        assert cell[:1] not in {"=", "+", "-", "@"}


def test_nobody_reported_is_blank_everywhere(cast: Cast, api: Api, frozen: Any) -> None:
    bare = AiModel.objects.create(
        name="Bare", unit=cast.claims, owner=cast.mona, created_at=AT, updated_at=AT
    )
    row = json.loads(exported(api, bare, "omb-2025-json"))
    assert {name for name, value in row.items() if value} == {
        "agency",
        "agency_name",
        "id",
        "use_case_name",
        "development_stage",
    }
    assert "_Never recorded._" in exported(api, bare, "model-card")
    atrs = json.loads(exported(api, bare, "atrs"))
    assert atrs["tier_1"] == {"name": "Bare", "description": None, "website_url": None, "contact_email": None}
    assert atrs["tier_2"]["Owner and responsibility"]["external_supplier_involvement"] is None


def test_a_developer_s_name_says_nothing_of_contracts_or_suppliers(cast: Cast, api: Api, frozen: Any) -> None:
    bare = AiModel.objects.create(
        name="Own work",
        unit=cast.claims,
        owner=cast.mona,
        developer="Carmen Ortega",
        created_at=AT,
        updated_at=AT,
    )
    told = {"contracting": "Developed in-house", "supplier_role": "Hosts it."}
    for facts, words in (({}, ("", None)), (told, ("Developed in-house", "Hosts it."))):
        AiModel.objects.filter(pk=bare.pk).update(facts=facts)
        omb = json.loads(exported(api, bare, "omb-2025-json"))
        owner = json.loads(exported(api, bare, "atrs"))["tier_2"]["Owner and responsibility"]
        assert (omb["contracting_usage"], owner["external_supplier_role"]) == words


def test_what_the_memorandum_does_not_reach_is_blank_and_not_a_no(cast: Cast, api: Api, frozen: Any) -> None:
    bare = AiModel.objects.create(name="Out", unit=cast.claims, owner=cast.mona, created_at=AT, updated_at=AT)
    for answers, cell in (
        ({"in_scope": "no"}, ""),
        ({"in_scope": "yes", "principal_basis": "no", "presumed": "no"}, "Not high-impact"),
    ):
        said = {code: {"answer": value, "because": "As built."} for code, value in answers.items()}
        record_classification(
            model_id=bare.pk, rule_set="omb_m_25_21", answers=said, by=cast.actor("mona"), at=AT
        )
        assert json.loads(exported(api, bare, "omb-2025-json"))["is_high_impact"] == cell


def test_the_transparency_record_has_both_tiers_of_the_record(api: Api, model: AiModel) -> None:
    found = json.loads(exported(api, model, "atrs"))
    assert found["tier_1"]["contact_email"] == "team@calder.example"
    assert len(found["tier_2"]) == 5
    assert found["tier_2"]["Owner and responsibility"]["senior_responsible_owner"] == "Mona"
    assert found["tier_2"]["Deployment context"]["appeals_and_review"].startswith(
        "Oversight, fallback, appeal, Appeal."
    )
    text = unescaped(exported(api, model, "atrs-text"))
    for fields in found["tier_2"].values():
        for value in fields.values():
            assert value is None or value in text


def test_the_paper_is_a_tagged_pdf_of_the_same_words(signed_in: Browser, model: AiModel) -> None:
    page = signed_in("mona").get(f"/governance/models/{model.ref}/dossier/paper/")
    assert page.status_code == 200
    told = page.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told
    assert "Report of March." in told
    pdf = signed_in("mona").get(f"/governance/models/{model.ref}/dossier/paper.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert b"/StructTreeRoot" in pdf.content
    assert b"pdfuaid" in pdf.content


def test_a_file_is_a_download_that_no_browser_runs(signed_in: Browser, model: AiModel) -> None:
    for name in ("record", "model-card", "omb-2025", "atrs"):
        answer = signed_in("mona").get(f"/governance/models/{model.ref}/exports/{name}/")
        assert answer["Content-Disposition"].startswith('attachment; filename="M-')
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
    assert signed_in("mona").get(f"/governance/models/{model.ref}/exports/poem/").status_code == 404
    assert signed_in("mona").get(f"/governance/models/{model.ref}/exports/source-row/").status_code == 404


def test_what_the_reader_may_not_see_is_left_out_and_counted(cast: Cast, api: Api, model: AiModel) -> None:
    hidden = initiative(cast, "Hidden", unit=cast.cards, lead=cast.charlie)
    model.initiatives.add(hidden)
    found = json.loads(exported(api, model, "record"))["serves"]
    assert "Hidden" not in json.dumps(found)
    assert found["unseen"] == 1 + 1 - len(found["initiatives"])
    whole = json.loads(api("max").get(f"/api/v1/models/{model.pk}/exports/record/").json()["content"])[
        "serves"
    ]
    assert whole["unseen"] == 0


def test_a_record_costs_the_same_however_much_is_written(
    cast: Cast, model: AiModel, django_assert_max_num_queries: Any
) -> None:
    row = with_people(AiModel.objects.filter(pk=model.pk)).select_related("owner", "unit", "validator").get()
    with django_assert_max_num_queries(14):
        model_record(row, cast.actor("mona"), date(2026, 11, 24))
