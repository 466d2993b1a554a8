"""What is published stays: refused by the database itself, on either."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from core.models import User
from funding.models import BusinessCase, CaseBenefit, CaseCitation, CaseCost, CaseScenario
from funding.queries.cases import lines_of
from funding.queries.document import seal_holds
from funding.services.cases import cite_case, save_draft
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.funding.build import published, with_benefit, worked
from tests.kpis.build import claims_triage, make_initiative, make_kpi

pytestmark = pytest.mark.django_db
LINES: tuple[Any, ...] = (CaseCost, CaseBenefit, CaseScenario)


@pytest.fixture
def row(cast: Cast) -> Initiative:
    return claims_triage(cast)


@contextmanager
def stands(words: str = "Begin the next version") -> Iterator[None]:
    """The database refuses, at the latest when its deferred checks are asked."""
    with pytest.raises(IntegrityError, match=f"(?i){words}"), transaction.atomic(), _asked():
        yield


@contextmanager
def _asked() -> Iterator[None]:
    yield
    connection.check_constraints()


def another(field: Any, row: Any, cast: Cast) -> Any:
    """A value of the field that is none it has."""
    was = getattr(row, field.attname)
    if isinstance(field, models.ForeignKey):
        target: Any = field.related_model
        return target._default_manager.exclude(pk=was).values_list("pk", flat=True)[0]
    if isinstance(field, models.DateTimeField):
        return (was or AT) + timedelta(days=1)
    if isinstance(field, models.DateField):
        return date(1999, 1, 1)
    if isinstance(field, models.BooleanField):
        return not was
    if isinstance(field, models.JSONField):
        return [*was, "1.00"]
    if isinstance(field, models.DecimalField):
        return (was or Decimal(0)) + Decimal("0.1")
    if isinstance(field, models.IntegerField):
        return was + 1
    return "draft" if field.name == "state" else f"{was[:1]}x"


def test_no_column_of_a_published_version_can_be_changed(cast: Cast, row: Initiative) -> None:
    make_initiative(cast.claims, "Other")
    case = published(row, by=cast.actor("alice"))
    for field in BusinessCase._meta.concrete_fields:
        if field.name != "id":
            with stands():
                BusinessCase.objects.filter(pk=case.pk).update(**{field.attname: another(field, case, cast)})
    assert seal_holds(lines_of(BusinessCase.objects.get()))


def test_no_column_of_its_lines_can_be_changed(cast: Cast, row: Initiative) -> None:
    kpi = make_kpi(row)
    make_kpi(row, "Another", primary=False)
    case = published(row, with_benefit(worked(cast.alice.pk), kpi_id=kpi.pk))
    save_draft(initiative_id=row.pk, draft=worked(cast.alice.pk), by=cast.actor("alice"), at=AT)
    for model in LINES:
        line: Any = model._default_manager.filter(case=case)[0]
        for field in model._meta.concrete_fields:
            if field.name != "id":
                with stands():
                    model._default_manager.filter(pk=line.pk).update(
                        **{field.attname: another(field, line, cast)}
                    )


@pytest.mark.parametrize("model", LINES)
def test_no_line_comes_or_goes(cast: Cast, row: Initiative, model: Any) -> None:
    case = published(row)
    line = model.objects.filter(case=case)[0]
    with stands():
        model.objects.filter(pk=line.pk).delete()
    draft = save_draft(initiative_id=row.pk, draft=worked(cast.alice.pk), by=cast.actor("alice"), at=AT)
    moved = model.objects.filter(case=draft)[0]
    with stands():
        model.objects.filter(pk=moved.pk).update(case=case)
    moved.pk, moved.case = None, case
    with stands():
        moved.save(force_insert=True)


def test_a_citation_is_added_and_never_changed(cast: Cast, row: Initiative) -> None:
    case = published(row)
    cite_case(case_id=case.pk, cited_by="gate", ref="G4", by=cast.actor("alice"), at=AT)
    for said in ({"ref": "G5"}, {"cited_by": "memo"}, {"recorded_by": cast.bob.pk}):
        with stands("append-only"):
            CaseCitation.objects.update(**said)
    with stands("append-only"):
        CaseCitation.objects.all().delete()


def test_a_person_who_is_deleted_leaves_the_version_as_it_was(cast: Cast, row: Initiative) -> None:
    gone = User.objects.create_user(
        "gone@calder.example", "a long enough password", name="Gone", created_at=AT
    )
    case = published(row, worked(gone.pk))
    gone.delete()
    assert CaseBenefit.objects.get(case=case).owner is None
    with stands():
        CaseBenefit.objects.filter(case=case).update(owner=cast.bob.pk)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite cannot ask at the end of a transaction")
def test_a_published_version_goes_with_its_initiative_alone(cast: Cast, row: Initiative) -> None:
    case = published(row)
    with stands():
        BusinessCase.objects.filter(pk=case.pk).delete()


def test_what_an_initiative_holds_goes_with_it(cast: Cast, row: Initiative) -> None:
    published(row)
    save_draft(initiative_id=row.pk, draft=worked(cast.alice.pk), by=cast.actor("alice"), at=AT)
    row.delete()
    connection.check_constraints()
    assert [model._default_manager.count() for model in (BusinessCase, *LINES)] == [0, 0, 0, 0]
