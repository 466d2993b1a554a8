"""Gatekeepers score the should-meets: those who may decide and are not in conflict, from 0 to 10, until it is decided."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import Problem
from governance.models import Score
from governance.services.score import score_submission
from governance.services.submit import withdraw_submission
from tests.cast import AT, Cast
from tests.governance.asking import idea, submitted
from tests.governance.sitting import council

pytestmark = pytest.mark.django_db
GOOD = {"effect_holds": (7, "Held in two of three")}


def refused(cast: Cast, who: str, row: Any, scores: Any = None, **more: Any) -> Problem:
    with pytest.raises(Problem) as found:
        score_submission(
            submission_id=row.pk, scores=GOOD if scores is None else scores, by=cast.actor(who, **more), at=AT
        )
    assert Score.objects.count() == 0
    return found.value


def test_a_member_scores_and_changes_their_mind(cast: Cast) -> None:
    council(cast)
    row = submitted(idea(cast, stage="pilot", tier=2), cast)
    score_submission(submission_id=row.pk, scores=GOOD, by=cast.actor("cora"), at=AT)
    score_submission(submission_id=row.pk, scores={"effect_holds": (4, "")}, by=cast.actor("cora"), at=AT)
    [kept] = Score.objects.all()
    assert (kept.score, kept.note) == (4, "")


@pytest.mark.parametrize("who", ["alice", "edith"])
def test_nobody_scores_what_they_lead_or_sponsor(who: str, cast: Cast) -> None:
    row = submitted(idea(cast, stage="pilot", tier=2), cast)
    problem = refused(cast, who, row)
    assert problem.status == 403


def test_a_manager_who_wrote_on_it_is_in_conflict(cast: Cast) -> None:
    initiative = idea(cast, stage="pilot", tier=2)
    initiative.members.create(user=cast.max, added_at=AT)
    assert refused(cast, "max", submitted(initiative, cast)).code == "four_eyes"


def test_whoever_may_not_know_it_is_told_that_there_is_nothing(cast: Cast) -> None:
    assert refused(cast, "charlie", submitted(idea(cast, stage="pilot", tier=2), cast)).status == 404


def test_a_token_scores_nothing(cast: Cast) -> None:
    council(cast)
    row = submitted(idea(cast, stage="pilot", tier=2), cast)
    assert refused(cast, "cora", row, scopes=["council:approve", "portfolio:read"]).status == 403


@pytest.mark.parametrize(
    ("scores", "place"),
    [
        ({"effect_holds": (11, "")}, "/scores/effect_holds"),
        ({"effect_holds": (-1, "")}, "/scores/effect_holds"),
        ({"beauty": (5, "")}, "/scores/beauty"),
    ],
)
def test_a_score_that_is_none_is_refused_at_its_place(scores: Any, place: str, cast: Cast) -> None:
    council(cast)
    row = submitted(idea(cast, stage="pilot", tier=2), cast)
    problem = refused(cast, "cora", row, scores)
    assert (problem.status, [item.pointer for item in problem.items]) == (400, [place])


def test_what_is_withdrawn_is_scored_no_more(cast: Cast) -> None:
    council(cast)
    row = submitted(idea(cast, stage="pilot", tier=2), cast)
    withdraw_submission(pk=row.pk, because="Not yet.", by=cast.actor("alice"), at=AT)
    assert refused(cast, "cora", row).code == "not_open"


def test_the_database_holds_one_score_of_a_person_and_none_above_ten(cast: Cast) -> None:
    row = submitted(idea(cast, stage="pilot", tier=2), cast)
    given = {"submission": row, "criterion": "effect_holds", "person": cast.dana, "scored_at": AT}
    Score.objects.create(score=3, **given)
    for wrong in ({"score": 4}, {"score": 11, "criterion": "reusable"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Score.objects.create(**{**given, **wrong})


def test_the_scorecard_is_offered_to_who_may_score_and_kept_by_its_page(cast: Cast, signed_in: Any) -> None:
    council(cast)
    row = submitted(idea(cast, stage="pilot", tier=2), cast)
    address = f"/governance/submissions/{row.ref}/"
    assert "Score it" in signed_in("cora").get(address).content.decode()
    for who in ("alice", "edith", "audrey"):
        assert "Score it" not in signed_in(who).get(address).content.decode()
    answer = signed_in("cora").post(f"{address}score/", {"effect_holds": "8", "note_effect_holds": "Held"})
    assert answer.status_code == 302
    assert Score.objects.get().score == 8
    assert signed_in("alice").post(f"{address}score/", {"effect_holds": "8"}).status_code == 403
    assert signed_in("cora").post(f"{address}score/", {"effect_holds": "11"}).status_code == 400
