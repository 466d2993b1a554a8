"""The dossier of a model: versions that stand, two tabs at once, what the model's row is told, and explanations."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from assurance.models import DataSource, DossierSection, LimeExplanation, ModelVersion, ShapFile
from assurance.queries.data_sources import personal_data
from assurance.queries.dossier import change_log, compared, dossier_of
from assurance.services import changes, validations
from assurance.services.data_sources import create_source, edit_source
from assurance.services.dossier import write_section
from assurance.services.explanations import add_lime, add_shap
from core import outbox
from core.errors import Problem
from core.models import AuditEvent, Policy
from domain.dossier import BY_CODE, DEFAULT
from governance.models import AiModel
from governance.services.corrections import correct_facts
from governance.services.inventory import edit_model, retire_model
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back, reviewer, sound_model

pytestmark = pytest.mark.django_db
CSV = b"base,age,income,prediction\n0.2,0.1,-0.05,0.25\n0.2,0.3,0.1,0.6\n"


def write(cast: Cast, model: AiModel, code: str = "limits", who: str = "mona", **more: Any) -> DossierSection:
    given = {"parts": {"text": "Never tried on lorries."}, "follows": 0, **more}
    return write_section(model_id=model.pk, code=code, by=cast.actor(who), at=AT, **given)


def refused(work: Any) -> tuple[int, str, str]:
    with pytest.raises(Problem) as error:
        work()
    first = error.value.items[0] if error.value.items else None
    return error.value.status, first.code if first else error.value.code, first.pointer if first else ""


def test_each_save_is_a_version_and_the_one_before_stays(cast: Cast) -> None:
    model = sound_model(cast)
    write(cast, model)
    row = write(cast, model, parts={"text": "Never tried on lorries or trams."}, follows=1)
    assert (row.number, row.newest, DossierSection.objects.get(number=1).newest) == (2, True, False)
    assert compared(DossierSection.objects.get(number=1), row) == [
        ("gone", "Never tried on lorries."), ("new", "Never tried on lorries or trams."),
    ]  # fmt: skip
    events = AuditEvent.objects.filter(action="dossier.written").order_by("id")
    assert [one.after["number"] for one in events] == [1, 2]


def test_the_same_text_again_writes_nothing(cast: Cast) -> None:
    model = sound_model(cast)
    first = write(cast, model)
    assert write(cast, model, parts={"text": " Never tried on lorries.\n"}, follows=1) == first
    assert DossierSection.objects.count() == 1


def test_the_second_of_two_tabs_is_refused_with_what_differs_and_loses_nothing(cast: Cast) -> None:
    model = sound_model(cast)
    write(cast, model)
    with pytest.raises(Problem) as error:
        write(cast, model, "limits", "max", parts={"text": "Mine."}, follows=0)
    problem = error.value
    assert (problem.status, problem.code, problem.items[0].pointer) == (412, "stale_version", "/parts/text")
    assert problem.items[0].detail == "Limits: stands “Never tried on lorries.”, sent “Mine.”."
    assert write(cast, model, parts={"text": "Mine, after theirs."}, follows=1).number == 2


def test_headings_not_named_keep_their_text(cast: Cast) -> None:
    model = sound_model(cast)
    write(cast, model, "security", parts={"red_team": "March, by Acme."})
    row = write(cast, model, "security", parts={"leakage_test": "None found."}, follows=1)
    assert row.parts == {
        "threat_assessment": "",
        "red_team": "March, by Acme.",
        "leakage_test": "None found.",
    }


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"code": "poetry"}, (400, "invalid_choice", "/code")),
        ({"code": "change_log"}, (400, "invalid_choice", "/code")),
        ({"parts": {"poem": "x"}}, (400, "invalid", "/parts")),
        ({"parts": {"text": "a\x00b"}}, (400, "invalid", "/parts/text")),
        ({"parts": {"text": "x" * 20_001}}, (400, "max_length", "/parts/text")),
        ({"parts": {"text": " "}}, (400, "required", "/parts")),
        ({"who": "vera"}, (403, "forbidden", "")),
        ({"who": "alice"}, (403, "forbidden", "")),
        ({"who": "charlie"}, (404, "not_found", "")),
    ],
)
def test_what_cannot_be_written_is_refused_at_its_place(
    more: dict[str, Any], found: tuple[int, str, str], cast: Cast
) -> None:
    model = sound_model(cast)
    assert refused(lambda: write(cast, model, **more)) == found
    assert not DossierSection.objects.exists()


def test_a_retired_models_dossier_stays_as_it_was(cast: Cast) -> None:
    model = sound_model(cast)
    retire_model(pk=model.pk, because="Replaced.", by=cast.actor("max"), at=AT, orderly=True)
    assert refused(lambda: write(cast, model)) == (409, "model_retired", "")


def test_the_database_keeps_a_version_as_it_was_written(cast: Cast) -> None:
    row = write(cast, sound_model(cast))
    for statement in (
        lambda: DossierSection.objects.filter(pk=row.pk).update(parts={"text": "Other."}),
        lambda: DossierSection.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            statement()


def test_the_models_row_is_told_the_day_of_what_is_complete_for_its_tier(cast: Cast) -> None:
    model = sound_model(
        cast, dossier_sections={"limits": back(400).isoformat(), "performance": back(20).isoformat()}
    )
    write(cast, model)
    model.refresh_from_db()
    assert model.dossier_sections == {
        "performance": back(20).isoformat(), "limits": TODAY.isoformat(), "change_log": TODAY.isoformat(),
    }  # fmt: skip
    playbook = BY_CODE["monitoring_playbook"]
    four = {one.code: "Said." for one in playbook.parts[:-1]}
    write(cast, model, "monitoring_playbook", parts=four)
    model.refresh_from_db()
    assert "monitoring_playbook" not in model.dossier_sections
    write(cast, model, "monitoring_playbook", parts={"comply": "Said."}, follows=1)
    model.refresh_from_db()
    assert model.dossier_sections["monitoring_playbook"] == TODAY.isoformat()


def test_a_section_that_loses_a_heading_is_complete_no_more_and_the_gate_asks_for_it(cast: Cast) -> None:
    model = sound_model(cast)
    whole = {one.code: "Said." for one in BY_CODE["monitoring_playbook"].parts}
    write(cast, model, "monitoring_playbook", parts=whole)
    write(cast, model, "monitoring_playbook", parts={"drift": ""}, follows=1)
    model.refresh_from_db()
    assert "monitoring_playbook" not in model.dossier_sections


def test_another_tier_asks_again_what_is_complete(cast: Cast) -> None:
    model = sound_model(cast, risk_tier=3, dossier_sections={})
    write(cast, model, "monitoring_playbook", parts={"monitor": "Weekly."})
    model.refresh_from_db()
    assert "monitoring_playbook" in model.dossier_sections
    changes.assess_risk(model_id=model.pk, materiality="high", complexity="high", by=cast.actor("max"), at=AT)
    outbox.drain()
    model.refresh_from_db()
    assert "monitoring_playbook" not in model.dossier_sections
    assert "change_log" in model.dossier_sections


def test_what_is_written_outweighs_a_day_taken_over(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast, dossier_sections={})
    write(cast, model, "monitoring_playbook", parts={"monitor": "Weekly."})
    typed = {"monitoring_playbook": TODAY, "limits": back(3)}
    correct_facts(pk=model.pk, because="Kept on paper.", by=cast.actor("rita"), at=AT, dossier_sections=typed)
    outbox.drain()
    model.refresh_from_db()
    assert model.dossier_sections == {"limits": back(3).isoformat(), "change_log": TODAY.isoformat()}


def test_personal_data_asks_for_the_privacy_assessment(cast: Cast) -> None:
    model = sound_model(cast, risk_tier=3, facts={"pii": "yes"})
    row = write(cast, model, "data_and_lineage", parts={"sources": "Claims of ten years."})
    found = dossier_of(model, TODAY)
    assert "data_and_lineage.privacy" in found.standing.missing
    assert found.personal_data
    assert [line.lacking for line in found.lines if line.version == row] == [("Privacy assessment",)]
    model.facts = {}
    assert "data_and_lineage.privacy" not in dossier_of(model, TODAY).standing.missing


def test_what_a_tier_requires_is_policy(cast: Cast) -> None:
    model = sound_model(cast, risk_tier=3)
    said = DEFAULT.to_json()
    said["required"]["3"] = ["limits"]
    Policy.objects.create(kind="dossier", number=4, effective_on=TODAY, data=said, recorded_at=AT)
    write(cast, model)
    found = dossier_of(model, TODAY)
    assert (found.standing.percent, found.policy_number) == (100, 4)
    assert dossier_of(model, TODAY - timedelta(days=1)).standing.percent < 100


def test_the_change_log_is_written_from_the_record(cast: Cast) -> None:
    model = sound_model(cast)
    write(cast, model)
    edit_model(pk=model.pk, by=cast.actor("max"), at=AT + timedelta(hours=1), vendor="Acme")
    assert [(one.who, one.words) for one in change_log(model)] == [
        ("Max", "Record changed: vendor"),
        ("Mona", "Limits, version 1"),
    ]


def test_a_dossier_costs_the_same_however_many_versions_it_has(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    model = sound_model(cast)
    for number in range(6):
        write(cast, model, parts={"text": f"Version {number}."}, follows=number)
    with django_assert_num_queries(7):
        dossier_of(model, TODAY)


# Explanations


def shap(cast: Cast, model: AiModel, content: bytes = CSV, who: str = "mona", **more: Any) -> ShapFile:
    return add_shap(
        model_id=model.pk, content=content, filename="shap.csv", by=cast.actor(who), at=AT, **more
    )


def test_shap_values_that_add_up_are_kept_with_what_they_say(cast: Cast) -> None:
    row = shap(cast, sound_model(cast))
    assert (row.rows, row.features, row.importance) == (2, 2, [["age", "0.2"], ["income", "0.075"]])
    assert bytes(row.content) == CSV


def test_a_tampered_shap_file_is_refused_with_its_row_and_nothing_is_kept(cast: Cast) -> None:
    model = sound_model(cast)
    found = refused(lambda: shap(cast, model, CSV.replace(b"0.3,0.1,0.6", b"0.3,0.2,0.6")))
    assert found == (400, "not_additive", "/rows/2")
    assert not ShapFile.objects.exists()
    assert not AuditEvent.objects.filter(action="shap.added").exists()


def test_the_same_file_is_kept_once_and_a_version_belongs_to_its_model(cast: Cast) -> None:
    model, other = sound_model(cast), sound_model(cast, "Other")
    version = ModelVersion.objects.create(
        model=other, number="1", recorded_by=cast.mona, recorded_at=AT, updated_at=AT
    )
    assert refused(lambda: shap(cast, model, version=version)) == (400, "invalid_choice", "/version")
    shap(cast, model)
    assert refused(lambda: shap(cast, model)) == (409, "on_record", "")
    assert shap(cast, other, version=version).version == version


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("charlie", 404), ("dana", 403)])
def test_who_may_not_edit_a_model_explains_nothing_of_it(who: str, status: int, cast: Cast) -> None:
    model = sound_model(cast)
    assert refused(lambda: shap(cast, model, who=who))[0] == status
    assert refused(lambda: lime(cast, model, who=who))[0] == status


def lime(
    cast: Cast, model: AiModel, items: Any = (("age > 40", 0.25),), who: str = "mona", **more: Any
) -> LimeExplanation:
    given = {"decision": "D-1", **more}
    return add_lime(
        model_id=model.pk, items=json.loads(json.dumps(items)), by=cast.actor(who), at=AT, **given
    )


def test_a_lime_list_is_linked_to_its_decision_and_kept_as_text(cast: Cast) -> None:
    script = "<script>alert(1)</script> > 3"
    row = lime(cast, sound_model(cast), [[script, -0.5]], decision="CLM-2026-0042", outcome="declined")
    assert (row.decision, row.items) == ("CLM-2026-0042", [[script, "-0.5"]])
    with pytest.raises(DatabaseError), transaction.atomic():
        LimeExplanation.objects.filter(pk=row.pk).update(decision="Other")


def test_an_explanation_of_no_decision_is_refused(cast: Cast) -> None:
    model = sound_model(cast)
    assert refused(lambda: lime(cast, model, decision=" ")) == (400, "required", "/decision")
    assert refused(lambda: lime(cast, model, [["a", "b"]])) == (400, "not_a_number", "/items/0")


def test_the_inventory_counts_a_dossier_as_its_own_page_does(cast: Cast) -> None:
    model = sound_model(cast, risk_tier=3, dossier_sections={"limits": back(9).isoformat()})
    assert (model.dossier_done, model.dossier_whole) == (None, None), "nothing was written here"
    write(cast, model)
    write(cast, model, "oversight", parts={"people": "A clerk.", "appeal": "By letter."})
    model.refresh_from_db()
    stood = dossier_of(model, TODAY).standing
    assert (model.dossier_done, model.dossier_whole) == (stood.done, stood.whole) == (2, 8)
    changes.assess_risk(
        model_id=model.pk, materiality="high", complexity="high", by=cast.actor("mona"), at=AT
    )
    outbox.drain()
    model.refresh_from_db()
    stood = dossier_of(model, TODAY).standing
    assert (model.dossier_done, model.dossier_whole) == (stood.done, stood.whole)
    assert stood.whole > 8


def test_telling_of_a_red_team_completes_security_only_once_one_is_on_record(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast, risk_tier=1, dossier_sections={}, facts={"pii": "yes"})
    told = {one.code: "Done in April, two findings, both closed." for one in BY_CODE["security"].parts}
    write(cast, model, "security", parts=told)
    model.refresh_from_db()
    assert "security" not in model.dossier_sections
    for place, kind in enumerate(("threat_assessment", "red_team", "leakage_test")):
        found = dossier_of(model, TODAY)
        assert len([key for key in found.standing.missing if key.startswith("security.")]) == 3 - place
        assert dict(found.tests).keys() == {"Threat assessment", "Red team exercise", "Privacy leakage test"}
        validations.record_validation(
            model_id=model.pk, kind=kind, scope="All of it", started_on=back(9), finished_on=back(2), outcome="fit",
            by=cast.actor("rita"), at=AT,
        )  # fmt: skip
    model.refresh_from_db()
    assert model.dossier_sections["security"] == TODAY.isoformat()
    assert all(test is not None for _, test in dossier_of(model, TODAY).tests)


def test_a_test_under_way_is_none_yet_and_no_personal_data_asks_for_no_leakage_test(cast: Cast) -> None:
    reviewer(cast)
    model = sound_model(cast, risk_tier=1, facts={"pii": "no"})
    write(cast, model, "security", parts={one.code: "Said." for one in BY_CODE["security"].parts})
    validations.record_validation(
        model_id=model.pk, kind="red_team", scope="All", started_on=back(9), by=cast.actor("rita"), at=AT
    )
    missing = [key for key in dossier_of(model, TODAY).standing.missing if key.startswith("security.")]
    assert missing == ["security.threat_assessment", "security.red_team"]


def sourced(cast: Cast, model: AiModel, personal: str, name: str = "Claims") -> DataSource:
    return create_source(
        by=cast.actor("max"), at=AT, unit=cast.claims, name=name, personal=personal, ai_models=[model]
    )


@pytest.mark.parametrize(
    ("sources", "facts", "said"),
    [
        ([], {}, None), ([], {"pii": "yes"}, True), ([], {"pii": "no"}, False), ([], {"pii": "perhaps"}, None),
        (["yes"], {"pii": "no"}, True), (["no"], {"pii": "yes"}, False), (["unknown"], {"pii": "yes"}, None),
        (["no", "yes"], {}, True), (["no", "no"], {}, False), (["no", "unknown"], {}, None),
    ],
)  # fmt: skip
def test_whether_a_model_handles_personal_data_is_said_by_its_sources_first(
    sources: list[str], facts: dict[str, str], said: bool | None, cast: Cast
) -> None:
    model = sound_model(cast, facts=facts)
    for place, one in enumerate(sources):
        sourced(cast, model, one, f"Source {place}")
    assert personal_data(model) is said
    assert dossier_of(model, TODAY).personal_data is said
    assert (
        "data_and_lineage.privacy" in dossier_of(sound_model(cast, "x", risk_tier=3), TODAY).standing.missing
    ) is False


def test_a_source_that_turns_out_to_be_personal_asks_more_of_the_dossier_at_once(cast: Cast) -> None:
    model = sound_model(cast, risk_tier=3, dossier_sections={})
    row = sourced(cast, model, "no")
    write(cast, model, "data_and_lineage", parts={"sources": "Claims of ten years."})
    model.refresh_from_db()
    assert (model.dossier_whole, "data_and_lineage" in model.dossier_sections) == (8, True)
    edit_source(pk=row.pk, by=cast.actor("max"), at=AT, personal="yes")
    model.refresh_from_db()
    assert (model.dossier_whole, "data_and_lineage" in model.dossier_sections) == (9, False)
