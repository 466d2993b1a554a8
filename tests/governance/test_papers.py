"""Papers for people who decide: complete, of the reader's own, the same words on page and PDF, and nobody's score too early."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from domain.paper import digest, paper_to_json
from governance.models import GateSubmission
from governance.queries.papers.council_pack import council_pack
from governance.queries.papers.decision import decision_paper
from governance.services.council_close import close_item
from governance.services.council_meetings import end_meeting
from governance.services.council_minutes import draft_minutes
from governance.services.score import score_submission
from kpis.models import Kpi
from tests.cast import AT, Cast
from tests.governance.asking import condition, idea, submitted
from tests.governance.sitting import LATER, council, opened, planned, votes
from tests.kpis.acting import raise_flag
from tests.kpis.build import make_kpi, read

pytestmark = pytest.mark.django_db


def asked(cast: Cast, **more: Any) -> GateSubmission:
    return submitted(idea(cast, stage="pilot", tier=2), cast, **more)


def words_of(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)


def said(row: GateSubmission) -> str:
    return words_of(paper_to_json(decision_paper(row)))


def test_a_decision_paper_says_all_that_council_md_asks_of_it(cast: Cast) -> None:
    initiative = idea(cast, stage="pilot", tier=2)
    read(make_kpi(initiative, "Days to decision"), "7.5")
    make_kpi(initiative, "Recall of injuries", kind="model_metric")
    row = submitted(
        initiative, cast, ceiling_users=500, conditions=[condition(cast)], ask="Bring triage to 500 users 🎉"
    )
    paper = paper_to_json(decision_paper(row))
    assert [one["title"] for one in paper["sections"]] == [
        "The ask", "Recommendation and alternatives", "KPIs, as known at submission", "Must-meets", "Scorecard", "What it is worth",
        "Models", "Conditions", "What the record says against it", "What would make us stop", "Delivery confidence",
    ]  # fmt: skip
    text = words_of(paper)
    for words in ("Bring triage to 500 users 🎉", "conditional go", "500", "Do nothing", "Stop", "7.5 days", "Failover is tested", "Bob", "Mona",
                  "Handling time does not fall by a tenth", "Amber-green", "No published business case", row.seal):  # fmt: skip
        assert words in text, words


def test_model_metrics_stand_in_a_table_of_their_own(cast: Cast) -> None:
    initiative = idea(cast, stage="pilot", tier=2)
    make_kpi(initiative, "Days to decision")
    make_kpi(initiative, "Recall of injuries", kind="model_metric")
    [section] = [
        one for one in decision_paper(submitted(initiative, cast)).sections if one.title.startswith("KPIs")
    ]
    tables = [paper_to_json_block(one) for one in section.blocks]
    assert [len(one["rows"]) for one in tables] == [1, 1]
    assert [one["caption"] for one in tables] == ["KPIs", "Model metrics"]


def paper_to_json_block(block: Any) -> dict[str, Any]:
    return {"caption": block.caption, "rows": block.rows}


def test_what_was_sealed_is_told_whatever_the_record_says_now(cast: Cast) -> None:
    initiative = idea(cast, stage="pilot", tier=2)
    kpi = make_kpi(initiative, "Days to decision")
    read(kpi, "7.5")
    row = submitted(initiative, cast)
    before = digest(paper_to_json(decision_paper(row)))
    Kpi.objects.filter(pk=kpi.pk).update(last_value=99, status="missed", name="Renamed")
    assert digest(paper_to_json(decision_paper(row))) == before


def test_scores_are_shown_together_when_the_item_closes_and_not_before(cast: Cast) -> None:
    council(cast)
    initiative = idea(cast, stage="pilot", tier=2)
    row = submitted(initiative, cast)
    for name, score in (("cora", 7), ("dirk", 3), ("finn", 8)):
        scores = dict.fromkeys(("effect_holds", "users_trust", "run_cost_falls", "reusable"), (score, ""))
        score_submission(submission_id=row.pk, scores=scores, by=cast.actor(name), at=AT)
    assert "Scores are shown together when the item closes." in said(row)
    item = opened(cast, initiative)
    votes(cast, item, "yyyyy")
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    row.refresh_from_db()
    [section] = [one for one in paper_to_json(decision_paper(row))["sections"] if one["title"] == "Scorecard"]
    assert [line[2:5] for line in section["blocks"][0]["rows"]] == [["3", "7", "8"]] * 4
    assert section["blocks"][1]["text"] == "Medians by weight: 7.0 of 10."


def test_a_pack_holds_every_item_and_what_it_stands_on(cast: Cast) -> None:
    council(cast)
    initiative = idea(cast, stage="pilot", tier=2)
    row = submitted(initiative, cast)
    item = planned(cast, initiative)
    paper = paper_to_json(council_pack(item.meeting, cast.actor("cora"), AT))
    text = words_of(paper)
    for words in ("Quorum forecast", "Declarations, item by item", "Minutes to approve", "Open actions and conditions", "Item 1: ", "The ask",
                  "For noting", "Gates in the next 90 days", row.seal):  # fmt: skip
        assert words in text, words


def test_a_pack_says_nothing_of_what_its_reader_may_not_see(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    council(cast)
    item = planned(cast, asked(cast).initiative)
    address = f"/governance/council/meetings/{item.meeting.ref}/pack/"
    assert "Claims triage" in signed_in("alice").get(address).content.decode()
    assert "Claims triage" not in signed_in("charlie").get(address).content.decode()


def test_minutes_are_printed_with_ballots_and_quorum(
    cast: Cast, signed_in: Callable[[str], Client], tmp_path: Path
) -> None:
    council(cast)
    initiative = asked(cast).initiative
    item = opened(cast, initiative)
    votes(cast, item, "yyyny")
    close_item(item_id=item.pk, by=cast.actor("cora"), at=LATER)
    end_meeting(meeting_id=item.meeting_id, by=cast.actor("cora"), at=LATER)
    draft_minutes(meeting_id=item.meeting_id, by=cast.actor("cora"), at=LATER)
    address = f"/governance/council/meetings/{item.meeting.ref}/minutes/paper"
    page = signed_in("max").get(f"{address}/").content.decode()
    for words in ("Adopted", "5 present of 5 eligible", "Reject", "A draft, to be approved"):
        assert words in page, words
    answer = signed_in("max").get(f"{address}.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    file = tmp_path / "minutes.pdf"
    file.write_bytes(answer.content)
    text = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "5 present of 5 eligible" in " ".join(text.split())


@pytest.mark.parametrize("end", ["", ".pdf"])
def test_a_paper_is_read_by_whoever_may_read_what_it_is_about(
    end: str, cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    row = asked(cast)
    address = f"/governance/submissions/{row.ref}/paper{end or '/'}"
    assert signed_in("alice").get(address).status_code == 200
    assert signed_in("charlie").get(address).status_code == 404
    assert signed_in("max").get("/governance/submissions/S-9999/paper" + (end or "/")).status_code == 404


def test_minutes_that_are_not_drafted_have_no_paper(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    council(cast)
    item = planned(cast, asked(cast).initiative)
    assert (
        signed_in("max").get(f"/governance/council/meetings/{item.meeting.ref}/minutes/paper/").status_code
        == 404
    )


def test_an_item_without_a_submission_gets_its_paper_from_the_record(cast: Cast) -> None:
    council(cast)
    initiative = idea(cast, stage="pilot", tier=2)
    read(make_kpi(initiative, "Days to decision"), "7.5")
    raise_flag(initiative, cause="Sponsor is silent", sentence="Nobody has heard of the sponsor for 80 days.")
    item = planned(cast, initiative, outcome="stop", reason_code="no_value", lessons="Ask first.")
    text = words_of(paper_to_json(council_pack(item.meeting, cast.actor("cora"), AT)))
    for words in ("Motion: stop", "Alternatives", "As moved", "Do nothing", "KPIs, as known today", "Days to decision", "7.5 days",
                  "No published business case stands behind it.", "Spent of released", "Sponsor is silent",
                  "Nobody has heard of the sponsor for 80 days.", "None is open."):  # fmt: skip
        assert words in text, words


def test_the_pack_names_who_leaves_an_item_as_the_meeting_page_does(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    council(cast)
    initiative = idea(cast, stage="pilot", tier=2, sponsor=cast.finn)
    item = planned(cast, initiative, outcome="hold", until="2027-01-10")
    text = words_of(paper_to_json(council_pack(item.meeting, cast.actor("cora"), AT)))
    assert "1. Claims triage: Finn, by the record, sponsor" in text
    assert "Alice, by the record" not in text  # holds no seat
    page = signed_in("max").get(f"/governance/council/meetings/{item.meeting.ref}/").content.decode()
    assert '<td data-l="Recused">Finn</td>' in page


def test_a_pack_without_conflicts_says_that_there_is_none(cast: Cast) -> None:
    council(cast)
    item = planned(cast, asked(cast).initiative)
    text = words_of(paper_to_json(council_pack(item.meeting, cast.actor("cora"), AT)))
    assert "None, as the record stands." in text
