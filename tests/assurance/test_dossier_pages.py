"""Pages of the dossier and of classification: they work without script, keep what was typed, and run nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assurance.models import Classification, DossierSection, LimeExplanation, Obligation, ShapFile
from governance.models import AiModel
from tests.cast import Cast
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db
Browser = Callable[[str], Client]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def model(cast: Cast, frozen: Any) -> AiModel:
    return sound_model(cast, dossier_sections={})


def hidden(page: str) -> dict[str, Any]:
    """What a form carries without anybody typing."""
    out: dict[str, Any] = {}
    for tag in re.findall(r"<input type=\"hidden\"[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and name[1] != "csrfmiddlewaretoken":
            out.setdefault(name[1], []).append(value[1])
    return out


def test_an_empty_dossier_says_what_is_missing_and_an_owner_may_write_it(
    signed_in: Browser, model: AiModel
) -> None:
    page = signed_in("mona").get(f"/governance/models/{model.ref}/dossier/").content.decode()
    assert "0 % complete for tier 2" in page
    assert f"/governance/models/{model.ref}/dossier/limits/write/" in page
    for who in ("vera", "dana"):
        seen = signed_in(who).get(f"/governance/models/{model.ref}/dossier/").content.decode()
        assert "/write/" not in seen


def test_what_is_written_is_shown_as_text_with_its_addresses_as_links(
    signed_in: Browser, model: AiModel
) -> None:
    url = f"/governance/models/{model.ref}/dossier/limits/write/"
    said = {"text": f"{SCRIPT}\n\nSee https://docs.example/limits", "version": 1, "base": ""}
    assert signed_in("mona").post(url, said).status_code == 302
    page = signed_in("mona").get(f"/governance/models/{model.ref}/dossier/").content.decode()
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<a href="https://docs.example/limits" rel="nofollow">' in page


def test_the_second_of_two_tabs_sees_both_and_saves_after_theirs(signed_in: Browser, model: AiModel) -> None:
    url = f"/governance/models/{model.ref}/dossier/limits/write/"
    tab = signed_in("mona").get(url).content.decode()
    base = {name: values[0] for name, values in hidden(tab).items()}
    assert signed_in("max").post(url, {"text": "Theirs.", "version": 1, "base": ""}).status_code == 302
    refused = signed_in("mona").post(url, {**base, "text": "Mine."})
    page = refused.content.decode()
    assert refused.status_code == 412
    assert "Max saved a newer version" in page
    assert "Theirs." in page
    assert ">\nMine.</textarea>" in page
    assert 'name="version" value="2"' in page
    assert signed_in("mona").post(url, {"text": "Mine.", "version": 2, "base": ""}).status_code == 302
    assert list(DossierSection.objects.order_by("number").values_list("parts__text", flat=True)) == [
        "Theirs.",
        "Mine.",
    ]


def test_two_versions_are_compared_and_one_that_is_not_there_is_not_found(
    signed_in: Browser, model: AiModel
) -> None:
    client, url = signed_in("mona"), f"/governance/models/{model.ref}/dossier/limits/"
    for number, text in enumerate(("One.\nSame.", "Two.\nSame."), start=1):
        client.post(f"{url}write/", {"text": text, "version": number, "base": ""})
    page = client.get(f"{url}?from=1&to=2").content.decode()
    assert "<del>One.</del>" in page
    assert "<ins>Two.</ins>" in page
    assert client.get(f"{url}?from=1&to=7").status_code == 404
    assert client.get(f"{url}?from=one").status_code == 400
    assert client.get(f"/governance/models/{model.ref}/dossier/poetry/").status_code == 404


def test_a_tampered_file_names_its_row_and_a_sound_one_is_drawn(signed_in: Browser, model: AiModel) -> None:
    client, url = signed_in("mona"), f"/governance/models/{model.ref}/dossier/explain/shap/"
    bad = client.post(url, {"file": SimpleUploadedFile("a.csv", b"base,a,prediction\n0,1,1\n0,1,2\n")})
    assert bad.status_code == 400
    assert "Row 2: base 0 and the values add up to 1, the prediction is 2." in bad.content.decode()
    assert not ShapFile.objects.exists()
    name = f"base,{SCRIPT},b,prediction\n0,1,2,3\n".encode()
    assert client.post(url, {"file": SimpleUploadedFile("<x>.csv", name)}).status_code == 302
    page = client.get(f"/governance/models/{model.ref}/dossier/").content.decode()
    assert SCRIPT not in page
    assert "data-spec=" in page
    row = ShapFile.objects.get()
    file = client.get(f"/governance/models/{model.ref}/dossier/shap/{row.pk}/")
    assert file.content == name
    assert file["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("items", ["", "not json", "[" * 50, '[["a", NaN]]', '{"a": 1}', '[["a", "b"]]'])
def test_a_list_that_is_none_keeps_what_was_typed(items: str, signed_in: Browser, model: AiModel) -> None:
    url = f"/governance/models/{model.ref}/dossier/explain/lime/"
    answer = signed_in("mona").post(url, {"decision": "D-7", "items": items})
    assert answer.status_code == 400
    assert 'value="D-7"' in answer.content.decode()
    assert not LimeExplanation.objects.exists()


def test_a_lime_list_is_shown_escaped_beside_its_decision(signed_in: Browser, model: AiModel) -> None:
    url = f"/governance/models/{model.ref}/dossier/explain/lime/"
    said = {"decision": SCRIPT, "items": f'[["{SCRIPT}", 0.5]]'}
    assert signed_in("mona").post(url, said).status_code == 302
    page = signed_in("vera").get(f"/governance/models/{model.ref}/dossier/").content.decode()
    assert SCRIPT not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2


# Classification


def ask(client: Client, url: str, **more: Any) -> Any:
    return client.post(url, {"follows": "0", **more})


def test_the_assistant_asks_one_question_at_a_time_and_records_at_the_end(
    signed_in: Browser, model: AiModel
) -> None:
    client, url = signed_in("mona"), f"/governance/models/{model.ref}/classification/omb_m_25_21/"
    page = client.get(url).content.decode()
    for answer, because in (
        ("yes", "Used by the agency."),
        ("no", "A person decides."),
        ("yes", "Hiring."),
        ("not_high", "Memo of 3 March."),
    ):
        sent = client.post(url, {**hidden(page), "step": "next", "answer": answer, "because": because})
        assert sent.status_code == 200
        page = sent.content.decode()
    assert "Not high-impact" in page
    assert not Classification.objects.exists()
    done = client.post(url, {**hidden(page), "step": "record"})
    assert done.status_code == 302
    row = Classification.objects.get()
    assert (row.class_code, row.decided_by) == ("not_high_impact", "determination")
    assert row.answers["presumed"] == {"answer": "yes", "because": "Hiring."}


def test_an_answer_without_a_reason_is_asked_again_and_not_knowing_needs_none(
    signed_in: Browser, model: AiModel
) -> None:
    client, url = signed_in("mona"), f"/governance/models/{model.ref}/classification/omb_m_25_21/"
    bare = ask(client, url, at="in_scope", step="next", answer="yes", because="")
    assert bare.status_code == 400
    assert "Say why." in bare.content.decode()
    unknown = ask(client, url, at="in_scope", step="next", answer="unknown", because="")
    assert unknown.status_code == 200
    page = unknown.content.decode()
    assert "Not determined" in page
    assert 'name="at" value="principal_basis"' in page
    assert ask(client, url, at="in_scope", step="next").status_code == 400


def test_an_earlier_answer_is_changed_without_losing_the_others(signed_in: Browser, model: AiModel) -> None:
    client, url = signed_in("mona"), f"/governance/models/{model.ref}/classification/omb_m_25_21/"
    page = ask(client, url, at="in_scope", step="next", answer="yes", because="Used.").content.decode()
    page = client.post(
        url, {**hidden(page), "step": "next", "answer": "no", "because": "Never."}
    ).content.decode()
    page = client.post(url, {**hidden(page), "step": "to-in_scope"}).content.decode()
    assert 'name="at" value="in_scope"' in page
    assert ">\nUsed.</textarea>" in page
    page = client.post(
        url, {**hidden(page), "step": "next", "answer": "yes", "because": "Used daily."}
    ).content.decode()
    kept = hidden(page)
    assert (kept["b-in_scope"], kept["b-principal_basis"]) == (["Used daily."], ["Never."])


def test_forged_steps_and_answers_bring_nothing_down(signed_in: Browser, model: AiModel) -> None:
    client, url = signed_in("mona"), f"/governance/models/{model.ref}/classification/eu_ai_act/"
    for said in (
        {"step": "to-poetry"},
        {"at": "poetry"},
        {"step": "fly"},
        {"a-role": "king,provider", "b-role": "x"},
        {"seen": "x" * 9},
    ):
        assert ask(client, url, **said).status_code in {200, 400}
    assert ask(client, url, follows="x").status_code == 400
    assert client.get(f"/governance/models/{model.ref}/classification/poetry/").status_code == 404
    long = {"a-ai_system": "no", "b-ai_system": "x" * 5_000, "step": "record"}
    assert ask(client, url, **long).status_code == 302
    assert len(Classification.objects.get().answers["ai_system"]["because"]) == 2_000


def test_two_assistants_at_once_do_not_overwrite_each_other(signed_in: Browser, model: AiModel) -> None:
    url = f"/governance/models/{model.ref}/classification/omb_m_25_21/"
    no = {"a-in_scope": "no", "b-in_scope": "Research.", "step": "record"}
    assert ask(signed_in("mona"), url, **no).status_code == 302
    late = ask(signed_in("max"), url, **no)
    assert late.status_code == 412
    assert "Somebody answered these questions meanwhile" in late.content.decode()


def test_what_is_owed_is_listed_said_and_kept(signed_in: Browser, model: AiModel) -> None:
    client = signed_in("mona")
    url = f"/governance/models/{model.ref}/classification/omb_m_25_21/"
    high = {
        "a-in_scope": "yes",
        "b-in_scope": "Used.",
        "a-principal_basis": "yes",
        "b-principal_basis": "It decides.",
        "step": "record",
    }
    assert ask(client, url, **high).status_code == 302
    page = client.get(f"/governance/models/{model.ref}/classification/").content.decode()
    assert "8 of 8 not met" in page
    row = Obligation.objects.get(code="appeal")
    bare = client.post(f"/governance/obligations/{row.pk}/", {"status": "yes", "version": 1, "base": ""})
    assert bare.status_code == 400
    assert "Say what shows it." in bare.content.decode()
    said = {"status": "waived", "evidence": "Waiver of the CAIO, 3 March.", "version": 1, "base": ""}
    assert client.post(f"/governance/obligations/{row.pk}/", said).status_code == 302
    listed = client.get("/governance/obligations/").content.decode()
    assert "<strong>7 of 8 are not met</strong>" in listed
    assert client.get("/governance/obligations/?status=waived").context["total"] == 1
    old = client.post(f"/governance/obligations/{row.pk}/", {**said, "status": "in_progress", "version": 1})
    assert old.status_code == 412


def test_a_list_of_what_is_owed_costs_the_same_for_one_and_for_many(
    signed_in: Browser, cast: Cast, model: AiModel, django_assert_max_num_queries: Any
) -> None:
    client, url = signed_in("max"), "/classification/iso_42001/"
    for n in range(3):
        other = sound_model(cast, f"Model {n}")
        ask(
            client,
            f"/governance/models/{other.ref}{url}",
            **{"a-applies": "yes", "b-applies": "Ours.", "step": "record"},
        )
    with django_assert_max_num_queries(16):
        assert client.get("/governance/obligations/").status_code == 200


def test_the_inventory_is_filtered_by_class(signed_in: Browser, cast: Cast, model: AiModel) -> None:
    sound_model(cast, "Other")
    no = {"a-ai_system": "no", "b-ai_system": "A table.", "step": "record"}
    ask(signed_in("mona"), f"/governance/models/{model.ref}/classification/eu_ai_act/", **no)
    page = signed_in("max").get("/governance/models/?class_eu_ai_act=outside")
    assert page.context["total"] == 1
    found = signed_in("max").get("/api/v1/models/?class_eu_ai_act=outside").json()["results"]
    assert [one["classes"] for one in found] == [{"eu_ai_act": "outside"}]
