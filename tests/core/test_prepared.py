"""Queries written once give what the ORM gives each time, and instances read directly are as Django makes them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from core import prepared
from core.linked import LinkedIds
from core.models import IdempotencyKey, RoleGrant, User
from core.prepared import Prepared, read
from portfolio.models import Initiative, StrategicObjective
from portfolio.queries.listings import INITIATIVES
from tests.cast import AT, TODAY, Cast


@pytest.fixture
def rows(cast: Cast) -> list[Initiative]:
    aims = [StrategicObjective.objects.create(name=name) for name in ("a", "b", "c")]
    made = []
    for n in range(7):
        row = Initiative.objects.create(
            name=f"I{n}", unit=[cast.claims, cast.retail][n % 2], sponsor=[None, cast.edith][n % 2],
            planned_value=[None, Decimal("10.50")][n % 2], facts={"pii": ["yes", None, {"deep": [1, "é"]}]}, attributes={},
            entered_on=TODAY - timedelta(days=n), created_at=AT, updated_at=AT - timedelta(microseconds=n), spent=-n,
        )  # fmt: skip
        row.objectives.set(aims[: n % 4])
        made.append(row)
    return made


def told(row: Any) -> dict[str, Any]:
    """All that an instance holds, with what stands beside it."""
    held = {name: value for name, value in row.__dict__.items() if not name.startswith("_")}
    beside = {name: told(one) for name, one in row._state.fields_cache.items() if one is not None}
    return {**held, **beside, "adding": row._state.adding, "db": row._state.db}


def alike(queryset: QuerySet[Any]) -> None:
    """Read twice, so that the second is by the text that the first wrote."""
    expected = [told(row) for row in queryset.all()]
    assert [told(row) for row in read(queryset.all())] == expected
    assert [told(row) for row in read(queryset.all())] == expected


def test_a_list_is_read_as_the_orm_reads_it(rows: list[Initiative], cast: Cast) -> None:
    every = Initiative.objects.order_by("-pk")
    for queryset in (
        every, every[:3], every[2:5], every.filter(name="I3"), every.filter(name="I4"), every.filter(sponsor=None),
        every.filter(pk__in=[]), every.filter(pk__in=[rows[0].pk, rows[1].pk]), every.exclude(spent__lt=-3),
        every.filter(unit__path__startswith=cast.claims.path), every.select_related("unit", "sponsor"), every.only("name"),
        every.defer("facts"), every.select_related("unit").only("name", "unit__name"), every.distinct(),
        every.filter(objectives__name="a"), every.prefetch_related("objectives"), cast.claims.initiatives.order_by("pk"),
        every.annotate(objective_ids=LinkedIds(Initiative.objectives)), every.annotate(who=F("sponsor__name")),
        every.filter(pk__among=[row.pk for row in rows[2:4]]), every.filter(pk__among=[]),
    ):  # fmt: skip
        alike(queryset)


def test_one_text_serves_other_values_and_never_another_reader(rows: list[Initiative], cast: Cast) -> None:
    for name in ("I1", "I2", "I1"):
        assert [row.name for row in read(Initiative.objects.filter(name=name))] == [name]
    for unit in (cast.claims, cast.retail, cast.claims):
        found = read(Initiative.objects.filter(unit__path__startswith=unit.path))
        assert {row.unit_id for row in found} == {unit.pk}


@pytest.mark.parametrize("order", ["stage", "-kpi_status", "unit,-spent", "sponsor"])
def test_an_order_that_holds_values_of_its_own_is_read_right(rows: list[Initiative], order: str) -> None:
    ordering = [
        (INITIATIVES.orders[part.removeprefix("-")], part.startswith("-")) for part in order.split(",")
    ]
    ready = INITIATIVES.prepare(Initiative.objects.filter(spent__lte=0), ordering)
    alike(ready.order_by(*INITIATIVES.terms(ordering), "pk")[:4])


def test_the_columns_are_written_once_for_all_filters_of_a_kind(
    rows: list[Initiative], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Any] = []
    write: Any = prepared._write

    def noted(*said: Any) -> Any:
        written.append(said)
        return write(*said)

    monkeypatch.setattr(prepared, "_write", noted)
    monkeypatch.setattr(prepared, "_TEXTS", prepared._Texts())
    for name in ("I1", "I2", "I3"):
        with CaptureQueriesContext(connection) as caught:
            read(Initiative.objects.filter(name=name).order_by("pk"))
        assert len(caught) == 1
    assert len(written) == 1


def test_texts_are_forgotten_when_there_are_many(
    rows: list[Initiative], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_TEXTS", prepared._Texts())
    monkeypatch.setattr(prepared, "MOST_KEPT", 3)
    for most in range(1, 8):
        assert len(read(Initiative.objects.order_by("pk")[:most])) == most
    assert len(prepared._TEXTS.kept) == 3


def test_linked_ids_are_those_of_the_relation_lowest_first(rows: list[Initiative]) -> None:
    found: Any = Initiative.objects.annotate(objective_ids=LinkedIds(Initiative.objectives))
    for row in found:
        assert row.objective_ids == sorted(row.objectives.values_list("pk", flat=True))
    assert {len(row.objective_ids) for row in found} == {0, 1, 2, 3}


def test_a_prepared_query_gives_the_rows_of_each_value(cast: Cast) -> None:
    roles = Prepared(lambda user: RoleGrant.objects.filter(user=user).order_by("pk").values_list("role"))
    for name in ("max", "adam", "nobody", "max"):
        user = cast.people[name]
        expected = list(RoleGrant.objects.filter(user=user).values_list("role", flat=True))
        assert [role for (role,) in roles(user.pk)] == expected


def test_a_prepared_query_that_holds_more_than_its_values_is_refused(cast: Cast) -> None:
    active = Prepared(lambda name: User.objects.filter(title="x", name=name).order_by().values_list("pk"))
    with pytest.raises(ValueError, match="its values alone"):
        active("Max")


def test_a_row_becomes_what_django_would_make_of_it(cast: Cast) -> None:
    row = Initiative.objects.create(name="x", unit=cast.claims, created_at=AT, updated_at=AT)
    read_back = Initiative.objects.get(pk=row.pk)
    assert (read_back, hash(read_back)) == (row, hash(row))
    assert {f.attname for f in Initiative._meta.concrete_fields} <= read_back.__dict__.keys()
    read_back.name = "y"
    read_back.save(update_fields=["name"])
    partly = Initiative.objects.only("name").get(pk=row.pk)
    assert partly.get_deferred_fields() >= {"stage", "unit_id"}
    with CaptureQueriesContext(connection) as caught:
        assert (partly.name, partly.stage) == ("y", "idea")
    assert len(caught) == 1, "a column that was left out is read when it is asked for"
    kept = IdempotencyKey.objects.create(caller="t1", key="k", fingerprint="f", created_at=AT)
    assert IdempotencyKey.objects.get() == kept
