"""What is sealed stays: refused by the database itself, and by any sequence of edits."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.access import system
from core.errors import Problem
from kpis.models import Kpi, KpiVersion
from kpis.queries.contract import check_seal
from kpis.services.amend import approve_change, change_without_approval, decline_change, propose_change
from kpis.services.baseline import lock_baseline
from kpis.services.define import edit_kpi
from kpis.services.states import retire_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    change,
    claims_triage,
    make_initiative,
    promise,
    read,
    seal,
    version_of,
)

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


class TestBelowTheApplication:
    """What the database itself refuses, on either."""

    def test_no_column_of_a_sealed_version_can_be_changed(self, cast: Cast) -> None:
        version = version_of(seal(promise(claims_triage(cast)), cast))
        other = make_other(cast)
        # An id is nobody's to change; recorded_by is emptied when a person is deleted.
        names = {f.name for f in KpiVersion._meta.concrete_fields} - {"id", "recorded_by"}
        for name in sorted(names):
            said = {name: another(version, name, cast, other)}
            with pytest.raises(IntegrityError, match="Propose a change"), transaction.atomic():
                KpiVersion.objects.filter(pk=version.pk).update(**said)

    def test_a_sealed_version_is_not_deleted(self, cast: Cast) -> None:
        kpi = seal(promise(claims_triage(cast)), cast)
        with (
            pytest.raises(IntegrityError, match="sealed KPI version"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM kpis_kpiversion WHERE id = %s", [kpi.current_id])

    def test_what_is_not_sealed_is_changed_and_the_same_again_is_no_change(self, cast: Cast) -> None:
        draft = version_of(promise(claims_triage(cast)))
        assert KpiVersion.objects.filter(pk=draft.pk).update(target=Decimal(4)) == 1
        sealed = version_of(seal(promise(claims_triage(cast, "Other"), "Other"), cast))
        assert KpiVersion.objects.filter(pk=sealed.pk).update(target=sealed.target, curve=sealed.curve) == 1
        assert KpiVersion.objects.filter(pk=sealed.pk).update(recorded_by=None) == 1

    def test_the_trigger_names_every_column(self) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'kpis_kpiversion_sealed_no_update'"
                )
            else:
                cursor.execute(
                    "SELECT sql FROM sqlite_master WHERE name = 'kpis_kpiversion_sealed_no_update'"
                )
            (text,) = cursor.fetchone()
        named = text.replace('"', "").lower()
        columns = {f.column for f in KpiVersion._meta.concrete_fields} - {"id", "recorded_by_id"}
        assert {c for c in columns if f"old.{c}" not in named} == set()


def another(version: KpiVersion, name: str, cast: Cast, other: Kpi) -> Any:
    """A value that this column does not hold."""
    field: Any = KpiVersion._meta.get_field(name)
    kind = field.get_internal_type()
    now = getattr(version, field.attname)
    if name == "kpi":
        return other.pk
    if field.remote_field is not None:
        return (other if field.related_model is Kpi else cast.dana).pk
    if kind in {"CharField", "TextField"}:
        return "higher" if name == "direction" else "x"
    if kind == "BooleanField":
        return not now
    if kind == "JSONField":
        return [["0.5", "0.1"]]
    if kind == "DateField":
        return TODAY - timedelta(days=999)
    if kind == "DateTimeField":
        return AT - timedelta(days=999)
    return (now or 0) + 1 if "Integer" in kind else (now or Decimal(0)) + Decimal("0.1")


def make_other(cast: Cast) -> Kpi:
    return promise(make_initiative(cast.claims, "Another"), "Another")


EDITS = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(["target", "name", "formula", "weight", "owner"])),
    st.tuples(st.just("propose"), st.sampled_from(["target", "name", "formula", "weight"])),
    st.tuples(st.just("slip"), st.sampled_from(["target", "name", "formula", "weight"])),
    st.tuples(st.sampled_from(["approve", "decline", "sign", "lock", "read", "retire"]), st.just("")),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(EDITS, st.integers(1, 40)), max_size=10))
def test_no_sequence_of_edits_changes_a_sealed_document(cast: Cast, steps: list[Any]) -> None:
    sid = transaction.savepoint()
    kpi = seal(promise(claims_triage(cast, "Sealed")), cast)
    kept = {kpi.current_id: (version_of(kpi).sealed_document, version_of(kpi).seal)}
    for (act, name), n in steps:
        every: dict[str, dict[str, Any]] = {
            "target": {"target": Decimal(n) / 10}, "name": {"name": f"Days {n}"}, "formula": {"formula": f"a / {n}"},
            "weight": {"weight": Decimal(n)}, "owner": {"owner": cast.mona}, "": {},
        }  # fmt: skip
        said = every[name]
        waiting = KpiVersion.objects.filter(kpi=kpi, in_force_at=None, declined_at=None).first()
        try:
            with transaction.atomic():
                if act == "edit":
                    success: Any = said if name == "target" else {}
                    facts: Any = {} if name == "target" else said
                    edit_kpi(
                        pk=kpi.pk, expected_version=None, by=system(), at=AT, facts=facts, success=success
                    )
                elif act == "propose":
                    propose_change(pk=kpi.pk, change=change(**said), by=cast.actor("alice"), at=AT)
                elif act == "slip":
                    change_without_approval(pk=kpi.pk, change=change(**said), by=cast.actor("alice"), at=AT)
                elif act == "approve" and waiting is not None:
                    approve_change(pk=waiting.pk, by=cast.actor("max"), at=AT)
                elif act == "decline" and waiting is not None:
                    decline_change(pk=waiting.pk, because="No.", by=cast.actor("max"), at=AT)
                elif act == "sign":
                    seal(kpi, cast)
                elif act == "lock":
                    lock_baseline(pk=kpi.pk, by=system(), at=AT)
                elif act == "read":
                    read(kpi, n)
                elif act == "retire" and n > 35:
                    retire_kpi(pk=kpi.pk, because="Gone.", by=system(), at=AT)
        except Problem:
            pass
        for version in KpiVersion.objects.filter(kpi=kpi).exclude(seal=""):
            kept.setdefault(version.pk, (version.sealed_document, version.seal))
            assert (version.sealed_document, version.seal) == kept[version.pk]
            found = check_seal(version)
            assert found is not None
            assert found.holds, found.sentence
    assert Kpi.objects.get(pk=kpi.pk).promised_id == min(pk for pk in kept if pk is not None)
    transaction.savepoint_rollback(sid)
