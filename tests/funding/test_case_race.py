"""Two at once: only one of them takes the last half of a KPI, and only one publishes a draft."""

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from core.access import system
from core.errors import Problem
from funding.models import BusinessCase
from funding.services.cases import publish_case, save_draft
from portfolio.models import CaseWorth
from tests.cast import AT, make_cast
from tests.funding.build import published, with_benefit, worked
from tests.kpis.build import make_initiative, make_kpi


def at_once(*works: Callable[[], Any]) -> list[str]:
    """What each of them came to: done, or the code of its refusal."""
    found: list[str] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=20)
            work()
            found.append("done")
        except Problem as problem:
            found.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    return sorted(found)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_cases_cannot_each_take_the_last_half_of_a_kpi() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    cast = make_cast()
    rows = [make_initiative(cast.claims, f"Shared {n}", lead=cast.alice) for n in range(3)]
    first, second = make_kpi(rows[0]), make_kpi(rows[1])
    line = with_benefit(worked(cast.alice.pk), attribution=Decimal("0.5")).benefits[0]

    def both(*order: int) -> Any:
        return worked(cast.alice.pk, benefits=tuple(replace(line, kpi_id=kpi) for kpi in order))

    published(rows[0], both(first.pk))
    # Named in opposite order, so that a lock taken as written would leave them waiting for each other.
    drafts = [
        save_draft(initiative_id=row.pk, draft=both(*order), by=system(), at=AT)
        for row, order in ((rows[1], (first.pk, second.pk)), (rows[2], (second.pk, first.pk)))
    ]
    found = at_once(*(lambda pk=one.pk: publish_case(pk=pk, by=system(), at=AT) for one in drafts))
    assert found == ["attribution_over_whole", "done"]
    assert BusinessCase.objects.filter(state="published").count() == CaseWorth.objects.count() == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_draft_is_published_once_and_begun_once() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    cast = make_cast()
    row = make_initiative(cast.claims, "Alone", lead=cast.alice)
    draft = worked(cast.alice.pk)

    def begin() -> Any:
        return save_draft(initiative_id=row.pk, draft=draft, by=system(), at=AT, expected_version=0)

    assert at_once(begin, begin) == ["done", "draft_exists"]
    pk = BusinessCase.objects.get().pk
    assert at_once(*[lambda: publish_case(pk=pk, by=system(), at=AT)] * 2) == ["done", "published"]
