"""Four people stand behind a definition; the fourth approval seals it, and nothing changes what was sealed."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from core.models import AuditEvent
from kpis.models import Kpi, KpiVersion, SignOff
from kpis.queries.contract import check_seal
from kpis.services.amend import propose_change
from kpis.services.define import edit_kpi
from kpis.services.sealing import sign_off
from kpis.services.smart import sign_smart
from kpis.services.states import retire_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    SIGNERS,
    amend,
    ask,
    change,
    claims_triage,
    promise,
    read,
    seal,
    version_of,
)

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


def refused(work: Callable[[], object]) -> tuple[int, str]:
    """The status and code of a refusal."""
    with pytest.raises(Problem) as problem:
        work()
    found = problem.value
    return found.status, found.items[0].code if found.items and found.code == "invalid" else found.code


def sign(one: SignOff, cast: Cast, verdict: str = "approved", note: str = "", *, by: str = "") -> SignOff:
    return sign_off(pk=one.pk, verdict=verdict, note=note, by=cast.actor(by or SIGNERS[one.role]), at=AT)


class TestAsking:
    def test_four_roles_are_asked_and_who_is_missing_can_be_seen(self, cast: Cast, api: Api) -> None:
        kpi = promise(claims_triage(cast))
        people = {role: cast.people[name].pk for role, name in SIGNERS.items()}
        answer = api("alice").post(f"/api/v1/kpis/{kpi.ref}/sign-offs/", people)
        assert answer.status_code == 200
        assert {one["role"]: (one["person"], one["verdict"]) for one in answer.json()["results"]} == {
            role: (person, "") for role, person in people.items()
        }
        waiting = (
            api("edith").get(f"/api/v1/sign-offs/?person={cast.edith.pk}&unsigned=true").json()["results"]
        )
        assert [(one["kpi"], one["role_display"]) for one in waiting] == [(kpi.pk, "Executive")]
        event = AuditEvent.objects.get(action="kpi.sign_off_asked")
        assert event.after == {"definition": 1, **people}

    def test_asking_the_same_again_writes_nothing(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        first, second = ask(kpi, cast), ask(kpi, cast)
        assert {one.pk for one in first.values()} == {one.pk for one in second.values()}
        assert AuditEvent.objects.filter(action="kpi.sign_off_asked").count() == 1

    def test_somebody_else_is_named_until_the_role_has_spoken(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        ask(kpi, cast)
        asked = ask(kpi, cast, engineering="dana")
        assert asked["engineering"].person == cast.dana
        sign(asked["engineering"], cast, by="dana")
        assert refused(lambda: ask(kpi, cast, engineering="vera")) == (409, "already_signed")

    def test_two_roles_exchange_their_people_in_one_step(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        ask(kpi, cast)
        asked = ask(kpi, cast, product="bob", data_science="alice")
        assert (asked["product"].person, asked["data_science"].person) == (cast.bob, cast.alice)

    @pytest.mark.parametrize(
        ("people", "expected"),
        [
            ({"product": "bob", "engineering": "bob"}, (400, "one_role_each")),
            ({"product": "charlie"}, (400, "may_not_see")),
            ({"product": "nobody"}, (400, "may_not_see")),
            ({"marketing": "bob"}, (400, "invalid_choice")),
            ({"executive": "alice"}, (400, "four_eyes")),
        ],
    )
    def test_who_cannot_sign_is_not_asked(
        self, cast: Cast, people: dict[str, str], expected: tuple[int, str]
    ) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        assert refused(lambda: ask(kpi, cast, **dict[str, Any](people))) == expected
        assert not SignOff.objects.exists()

    def test_nobody_who_left_and_no_machine_is_asked(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        for name, value in (("is_active", False), ("is_service", True)):
            setattr(cast.edith, name, value)
            cast.edith.save()
            assert refused(lambda: ask(kpi, cast, executive="edith")) == (400, "not_active")
            setattr(cast.edith, name, not value)

    def test_somebody_who_edited_the_draft_does_not_sign_as_the_executive(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        edit_kpi(
            pk=kpi.pk, expected_version=None, by=cast.actor("max"), at=AT, success={"target": Decimal(4)}
        )
        assert refused(lambda: ask(kpi, cast, executive="max")) == (400, "four_eyes")
        edit_kpi(pk=kpi.pk, expected_version=None, by=system(), at=AT, facts={"owner": cast.max})
        assert ask(kpi, cast, product="max")["product"].person == cast.max

    @pytest.mark.parametrize(
        ("facts", "success", "lacks"),
        [
            ({"definition": ""}, {}, "/definition"),
            ({"unit_of_measure": ""}, {}, "/unit_of_measure"),
            ({"formula": ""}, {}, "/formula"),
            ({"population": ""}, {}, "/population"),
            ({"window": ""}, {}, "/window"),
            ({"data_source": ""}, {}, "/data_source"),
            ({"kind": "model_metric"}, {}, "/serves"),
            ({"kind": "model_metric"}, {}, "/serves_because"),
            ({}, {"scale_low": Decimal(1), "scale_high": Decimal(10)}, "/judge"),
            ({}, {"target": None, "target_change": Decimal("-0.5")}, "/baseline_method"),
            ({}, {"shape": "band", "lower": Decimal(3), "target_on": None}, "/target_on"),
            ({}, {"target": None}, "/target"),
            ({}, {"target_on": None}, "/target_on"),
            ({}, {"baseline": None}, "/baseline"),
            ({}, {"baseline_source": ""}, "/baseline_source"),
            ({}, {"target": None, "target_change": Decimal("-0.5")}, "/target"),
            ({}, {"shape": "band"}, "/lower"),
        ],
    )
    def test_what_lacks_a_part_is_signed_by_nobody(
        self, cast: Cast, facts: dict[str, Any], success: dict[str, Any], lacks: str
    ) -> None:
        kpi = promise(claims_triage(cast), success=success, **facts)
        with pytest.raises(Problem) as problem:
            ask(kpi, cast)
        assert (problem.value.status, problem.value.code) == (409, "not_ready")
        assert lacks in [item.pointer for item in problem.value.items]

    @pytest.mark.parametrize(
        ("who", "status"), [("bob", 403), ("edith", 403), ("vera", 403), ("charlie", 404)]
    )
    def test_only_who_may_define_asks(self, cast: Cast, who: str, status: int) -> None:
        kpi = promise(claims_triage(cast))
        assert refused(lambda: ask(kpi, cast, by=who))[0] == status


class TestSigning:
    def test_the_fourth_approval_seals_and_the_first_sealed_version_is_the_promise(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        asked = ask(kpi, cast)
        for role in ("product", "data_science", "engineering"):
            sign(asked[role], cast)
            assert version_of(Kpi.objects.get(pk=kpi.pk)).seal == ""
        sign(asked["executive"], cast)
        kpi = Kpi.objects.get(pk=kpi.pk)
        version = version_of(kpi)
        assert kpi.promised == version
        assert version.sealed_at == AT
        assert version.seal == sha256(version.sealed_document.encode()).hexdigest()
        said = json.loads(version.sealed_document)
        assert (said["target"], said["unit"], said["primary"]) == ("5", "days", True)
        assert [e.action for e in AuditEvent.objects.filter(object_type="kpi").order_by("pk")] == [
            "kpi.created", "kpi.sign_off_asked", *["kpi.approved"] * 4, "kpi.sealed",
        ]  # fmt: skip

    def test_nobody_signs_for_another(self, cast: Cast, api: Api) -> None:
        asked = ask(promise(claims_triage(cast)), cast)
        url = f"/api/v1/sign-offs/{asked['executive'].pk}/verdict/"
        for who, status in (("alice", 403), ("max", 403), ("adam", 403), ("charlie", 404), ("nobody", 403)):
            assert api(who).post(url, {"verdict": "approved"}).status_code == status
        assert not SignOff.objects.exclude(verdict="").exists()
        assert api("edith").post(url, {"verdict": "approved"}).json()["verdict_display"] == "Approved"

    def test_a_dissent_says_why_and_keeps_the_seal_away(self, cast: Cast) -> None:
        asked = ask(promise(claims_triage(cast)), cast)
        assert refused(lambda: sign(asked["executive"], cast, "dissented")) == (400, "required")
        for one in asked.values():
            if one.role != "executive":
                sign(one, cast)
        said = sign(asked["executive"], cast, "dissented", "The target is too easy.")
        assert (said.verdict, said.note) == ("dissented", "The target is too easy.")
        assert not KpiVersion.objects.exclude(seal="").exists()
        event = AuditEvent.objects.get(action="kpi.dissented")
        assert (event.reason, event.actor_id) == ("The target is too easy.", cast.edith.pk)

    def test_a_word_may_be_changed_until_the_seal(self, cast: Cast) -> None:
        asked = ask(promise(claims_triage(cast)), cast)
        for one in asked.values():
            sign(one, cast, "dissented", "No.")
        for one in asked.values():
            sign(one, cast)
        assert KpiVersion.objects.exclude(seal="").count() == 1
        assert refused(lambda: sign(asked["product"], cast, "dissented", "After all.")) == (409, "sealed")

    def test_the_same_word_again_writes_nothing(self, cast: Cast) -> None:
        asked = ask(promise(claims_triage(cast)), cast)
        for _ in range(2):
            sign(asked["product"], cast)
        assert AuditEvent.objects.filter(action="kpi.approved").count() == 1

    @pytest.mark.parametrize("verdict", ["", "maybe", "abstained"])
    def test_there_are_two_words(self, cast: Cast, verdict: str) -> None:
        asked = ask(promise(claims_triage(cast)), cast)
        assert refused(lambda: sign(asked["product"], cast, verdict)) == (400, "invalid_choice")

    def test_an_edit_of_the_draft_takes_the_words_back_and_leaves_who_was_asked(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        asked = ask(kpi, cast)
        sign(asked["product"], cast)
        sign_smart(
            pk=version_of(kpi).pk, item="relevant", because="It costs us.", by=cast.actor("max"), at=AT
        )
        edit_kpi(pk=kpi.pk, expected_version=None, by=system(), at=AT, facts={"owner": cast.mona})
        assert SignOff.objects.filter(verdict="approved").count() == 1
        edit_kpi(pk=kpi.pk, expected_version=None, by=system(), at=AT, success={"target": Decimal(4)})
        assert [(one.verdict, one.signed_at) for one in SignOff.objects.all()] == [("", None)] * 4
        assert AuditEvent.objects.get(action="kpi.signatures_forgotten").before == {
            "product": "approved", "relevant": "signed",
        }  # fmt: skip

    def test_a_token_that_only_writes_does_not_sign(self, cast: Cast) -> None:
        asked = ask(promise(claims_triage(cast)), cast)
        executive = asked["executive"].pk
        writes = cast.actor("edith", via="token", token_id=1, scopes=["kpis:write"])
        assert refused(lambda: sign_off(pk=executive, verdict="approved", by=writes, at=AT)) == (
            403,
            "token_scope",
        )
        approves = cast.actor("edith", via="token", token_id=1, scopes=["kpis:approve"])
        assert sign_off(pk=executive, verdict="approved", by=approves, at=AT).verdict == "approved"

    def test_a_version_that_is_not_in_force_is_not_signed(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        asked = ask(kpi, cast)
        read(kpi, 9)
        amend(kpi, cast, target=Decimal(6))
        assert refused(lambda: sign(asked["product"], cast)) == (409, "not_in_force")

    def test_while_a_change_waits_nobody_signs(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        asked = ask(kpi, cast)
        read(kpi, 9)
        propose_change(pk=kpi.pk, change=change(target=Decimal(6)), by=cast.actor("alice"), at=AT)
        assert refused(lambda: sign(asked["product"], cast)) == (409, "change_waits")
        assert refused(lambda: ask(kpi, cast, product="max")) == (409, "change_waits")

    def test_a_retired_kpi_is_not_signed(self, cast: Cast) -> None:
        kpi = promise(claims_triage(cast))
        asked = ask(kpi, cast)
        retire_kpi(pk=kpi.pk, because="Gone.", by=system(), at=AT)
        assert refused(lambda: sign(asked["product"], cast)) == (409, "kpi_retired")

    def test_the_seal_is_cited_by_the_measurements(self, cast: Cast, api: Api) -> None:
        kpi = promise(claims_triage(cast))
        before = read(kpi, 9, TODAY - timedelta(days=30)).measurement
        seal(kpi, cast)
        after = read(kpi, 8).measurement
        version = version_of(Kpi.objects.get(pk=kpi.pk))
        cited = {one["id"]: one["seal"] for one in api("bob").get("/api/v1/measurements/").json()["results"]}
        assert cited == {before.pk: version.seal, after.pk: version.seal}
        made = api("bob").post(
            "/api/v1/measurements/", {"kpi": kpi.ref, "observed_on": str(TODAY), "value": "7.5"}
        )
        assert made.json()["seal"] == version.seal


class TestVerifying:
    def test_a_seal_is_computed_again_from_document_and_record(self, cast: Cast, api: Api) -> None:
        kpi = seal(promise(claims_triage(cast)), cast)
        version = version_of(kpi)
        said = api("vera").get(f"/api/v1/kpi-versions/{version.pk}/seal/").json()
        assert (said["seal"], said["recomputed"], said["holds"]) == (version.seal, version.seal, True)
        assert sha256(said["document"].encode()).hexdigest() == version.seal

    def test_what_is_not_sealed_has_nothing_to_verify(self, cast: Cast, api: Api) -> None:
        kpi = promise(claims_triage(cast))
        answer = api("vera").get(f"/api/v1/kpi-versions/{kpi.current_id}/seal/")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_sealed")

    def test_an_altered_document_and_an_altered_record_are_seen(self, cast: Cast) -> None:
        version = version_of(seal(promise(claims_triage(cast)), cast))
        version.target = Decimal(7)
        found = check_seal(version)
        assert found is not None
        assert not found.holds
        assert [(one.field, one.old, one.new) for one in found.differs] == [("target", "5", "7")]
        version.target = Decimal(5)
        version.sealed_document = version.sealed_document.replace('"target":"5"', '"target":"6"')
        found = check_seal(version)
        assert found is not None
        assert (found.holds, found.differs) == (False, ())
