"""What stands for ever, and a chain that shows where it was broken."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from domain.decision_log import Entry, broken, chained
from governance.models import Condition, ConditionAct, Decision, GateEvidence, GateSubmission
from governance.queries.log import chain_broken, entries
from governance.services.conditions import give_evidence
from tests.cast import AT, Cast
from tests.governance.asking import condition, decided, idea, manager, motion, submitted
from tests.kpis.build import tamper

pytestmark = pytest.mark.django_db


def logged(cast: Cast) -> list[Decision]:
    first, second = idea(cast), idea(cast, "Call router")
    decided(first, motion(first), manager(cast), submission=submitted(first, cast))
    decided(second, motion(second, "hold", until="2027-01-10"), manager(cast))
    first.refresh_from_db()
    said = motion(first, "conditional_go", conditions=[condition(cast)])
    decided(first, said, manager(cast), submission=submitted(first, cast))
    give_evidence(pk=Condition.objects.get().pk, because="Report.", by=cast.actor("bob"), at=AT)
    GateEvidence.objects.create(
        initiative=first, gate="G2", criterion="x", title="t", url="https://x", added_at=AT
    )
    return list(Decision.objects.order_by("pk"))


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Decision, {"outcome": "stop"}), (Decision, {"because": "Otherwise"}), (Decision, {"carried": False}),
        (Decision, {"lessons": "x"}), (Decision, {"document": "{}"}), (Decision, {"hash": "0" * 64}),
        (GateSubmission, {"document": "{}"}), (GateSubmission, {"seal": "0" * 64}), (GateSubmission, {"due_on": "2030-01-01"}),
        (Condition, {"text": "Less"}), (Condition, {"first_due_on": "2030-01-01"}), (Condition, {"blocking": True}),
        (ConditionAct, {"because": "x"}), (GateEvidence, {"title": "x"}),
    ],
)  # fmt: skip
def test_what_was_written_is_not_changed_also_below_the_application(
    cast: Cast, model: Any, change: dict[str, Any]
) -> None:
    logged(cast)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.filter(pk__in=list(model.objects.values_list("pk", flat=True)[:1])).update(**change)


@pytest.mark.parametrize("model", [Decision, GateSubmission, Condition, ConditionAct, GateEvidence])
def test_what_was_written_is_not_deleted(cast: Cast, model: Any) -> None:
    logged(cast)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all()._raw_delete(using="default")


def test_the_chain_of_the_log_holds_over_all_initiatives(cast: Cast) -> None:
    rows = logged(cast)
    assert chain_broken() is None
    assert chain_broken(rows[-1].hash) is None
    assert [row.prev_hash for row in rows] == ["", rows[0].hash, rows[1].hash]


def test_a_changed_entry_is_named(cast: Cast) -> None:
    rows = logged(cast)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER governance_decision_no_update")
    tamper("UPDATE governance_decision SET document = %s WHERE id = %s", ["{}", rows[1].pk])
    found = chain_broken()
    assert found is not None
    assert (found.ref, found.words) == (rows[1].ref, "It was changed after it was written.")


def test_an_entry_taken_out_changed_with_its_hash_or_cut_off_is_seen(cast: Cast) -> None:
    logged(cast)
    whole = list(entries())
    head = whole[-1].hash
    assert broken([whole[0], whole[2]]) is not None
    forged = Entry(whole[1].ref, "{}", whole[1].previous, chained(whole[1].previous, "{}"))
    gap = broken([whole[0], forged, whole[2]])
    assert gap is not None
    assert gap.ref == whole[2].ref
    assert broken(whole[:2]) is None, "a chain alone does not know that its end is missing"
    cut = broken(whole[:2], head=head)
    assert cut is not None
    assert "ends before" in cut.words
