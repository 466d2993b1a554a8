"""Two imports at once write once, whoever wins."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core.errors import Problem
from exchange.models import ImportedRecord, ImportRun
from exchange.services.imports import commit_import
from portfolio.models import Initiative, StageSpell
from tests.cast import AT, Cast
from tests.exchange.staged import FEW, few, load, stage

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]
ROUNDS = 8
FILE = few("Name,Unit,Id,Stage", *(f"Use case {n},Claims,C-{n},pilot" for n in range(60)))
MOVED = few("Name,Unit,Id,Stage", *(f"Use case {n},Claims,C-{n},production" for n in range(60)))


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Run them from threads that start together; returns "done" or the code of the refusal of each."""
    barrier, ends = threading.Barrier(len(acts)), [""] * len(acts)

    def run(place: int) -> None:
        try:
            barrier.wait(10)
            acts[place]()
            ends[place] = "done"
        except Problem as problem:
            ends[place] = problem.code
        except Exception as error:
            ends[place] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(ends)


def commits(cast: Cast, run: ImportRun) -> Callable[[], Any]:
    actor = cast.actor("max")
    return lambda: commit_import(run_id=run.pk, by=actor, at=AT)


def series(again: int) -> str:
    """The mapping with a series of its own, so that rounds do not meet."""
    return FEW.replace('series = "few"', f'series = "few-{again}"')


def test_one_preview_committed_by_three_is_written_once(cast: Cast) -> None:
    for again in range(ROUNDS):
        run = stage(cast, FILE, series(again))
        ends = at_once(commits(cast, run), commits(cast, run), commits(cast, run))
        assert ends.count("done") == 1
        assert set(ends) <= {"done", "another_import", "not_ready"}
        assert Initiative.objects.count() == ImportedRecord.objects.count() == 60 * (again + 1)


def test_the_same_file_previewed_by_two_is_written_once(cast: Cast) -> None:
    for again in range(ROUNDS):
        first, second = stage(cast, FILE, series(again)), stage(cast, FILE, series(again))
        ends = at_once(commits(cast, first), commits(cast, second))
        assert ends.count("done") == 1
        assert set(ends) <= {"done", "another_import", "preview_outdated"}
        assert Initiative.objects.count() == 60 * (again + 1)


def test_two_updates_at_once_leave_one_open_spell_each(cast: Cast) -> None:
    for again in range(ROUNDS):
        load(cast, FILE, series(again))
        first, second = stage(cast, MOVED, series(again)), stage(cast, MOVED, series(again))
        ends = at_once(commits(cast, first), commits(cast, second))
        assert ends.count("done") == 1
        assert StageSpell.objects.filter(closed_at=None).count() == 60 * (again + 1)
        assert StageSpell.objects.count() == 120 * (again + 1)
