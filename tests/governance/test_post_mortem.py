"""A stop has a post-mortem: the same parts every time, causes from one list, what is reusable and what is still to be done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from domain.post_mortem import After
from governance.models import Aftercare, Decision, PostMortem
from governance.queries.lessons import lessons_for
from governance.queries.owed import post_mortems
from governance.services.post_mortem import finish_aftercare, write_post_mortem
from portfolio.models import Initiative, InitiativeMember
from portfolio.queries.intake import idea_of
from tests.cast import AT, TODAY, Cast
from tests.governance.asking import decided, idea, manager, motion
from tests.governance.sitting import refused

pytestmark = pytest.mark.django_db
DUE = TODAY + timedelta(days=20)
SAID: dict[str, Any] = {
    "expected": "Handling time falls by a tenth.", "happened": "It fell in one team of six.", "causes": ["adoption", "data"],
    "learned": "Ask the teams before the first sprint.", "reusable": "The labelled letters.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[object], None]) -> None:
    frozen(AT)


def stopped(cast: Cast) -> tuple[Initiative, Decision]:
    row = idea(cast, stage="framing")
    said = motion(row, "stop", reason_code="no_value", lessons="Said in a hurry.")
    decision = decided(row, said, manager(cast))
    row.refresh_from_db()
    return row, decision


def write(cast: Cast, decision: Decision, who: str = "alice", **more: Any) -> PostMortem:
    return write_post_mortem(decision_id=decision.pk, by=cast.actor(who), at=AT, **{**SAID, **more})


def test_its_parts_are_kept_and_found_again(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    row, decision = stopped(cast)
    write(cast, decision, aftercare=[After("Delete the training data", cast.bob.pk, DUE)])
    page = signed_in("vera").get(f"/portfolio/initiatives/{row.ref}/post-mortem/").content.decode()
    for words in ("Handling time falls by a tenth.", "It fell in one team of six.", "Those it was for did not use it",
                  "The labelled letters.", "Delete the training data", "Bob"):  # fmt: skip
        assert words in page, words
    found = signed_in("max").get("/governance/decisions/?q=labelled").content.decode()
    assert decision.ref in found
    assert decision.ref not in signed_in("max").get("/governance/decisions/?q=unheard").content.decode()


def test_what_it_taught_is_suggested_to_a_similar_idea(cast: Cast) -> None:
    _, decision = stopped(cast)
    write(cast, decision)
    new = idea(cast, "Claims triage again")
    (lesson,) = lessons_for(idea_of(new), cast.actor("alice"))
    assert lesson.words == "Ask the teams before the first sprint."
    assert lesson.causes[0] == "Those it was for did not use it"
    assert lesson.reusable == "The labelled letters."


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({"expected": " "}, (400, "required")), ({"happened": ""}, (400, "required")), ({"learned": ""}, (400, "required")),
        ({"causes": []}, (400, "required")), ({"causes": ["bad people"]}, (400, "invalid_choice")),
        ({"aftercare": [After("Delete", 999_999, DUE)]}, (400, "not_active")),
        ({"aftercare": [After("Delete", 1, TODAY - timedelta(days=1))]}, (400, "not_ahead")),
        ({"aftercare": [After("", 1, DUE)]}, (400, "required")),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused(cast: Cast, more: dict[str, Any], answer: tuple[int, str]) -> None:
    _, decision = stopped(cast)
    assert refused(lambda: write(cast, decision, **more)) == answer
    assert not PostMortem.objects.exists()


def test_it_is_written_once_of_a_stop_and_by_who_may_change_the_initiative(cast: Cast) -> None:
    row, decision = stopped(cast)
    assert refused(lambda: write(cast, decision, "vera"))[0] == 403
    assert refused(lambda: write(cast, decision, "charlie"))[0] == 404
    write(cast, decision)
    assert refused(lambda: write(cast, decision)) == (409, "written_already")
    other = idea(cast, "Another", stage="framing")
    hold = decided(other, motion(other, "hold", until="2027-01-10"), manager(cast))
    assert refused(lambda: write(cast, hold)) == (409, "not_a_stop")
    assert row.stage == "stopped"


def test_the_database_keeps_it(cast: Cast) -> None:
    _, decision = stopped(cast)
    made = write(cast, decision)
    for work in (lambda: PostMortem.objects.filter(pk=made.pk).update(happened="Nothing"), made.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            work()


def test_what_is_left_is_closed_by_its_owner_and_not_by_others(cast: Cast) -> None:
    _, decision = stopped(cast)
    write(cast, decision, aftercare=[After("Tell the users", cast.mona.pk, DUE)])
    row = Aftercare.objects.get()
    said: dict[str, Any] = {"pk": row.pk, "note": "Told by mail.", "at": AT}
    assert refused(lambda: finish_aftercare(by=cast.actor("vera"), **said))[0] == 403
    assert refused(lambda: finish_aftercare(by=cast.actor("charlie"), **said))[0] == 404
    assert finish_aftercare(by=cast.actor("mona"), **said).done_on == TODAY
    assert refused(lambda: finish_aftercare(by=cast.actor("mona"), **said)) == (409, "done")


def test_the_lead_owes_it_until_it_is_written_and_then_its_owners_owe_the_rest(cast: Cast) -> None:
    _, decision = stopped(cast)
    span = (TODAY, TODAY + timedelta(days=40))
    (owed,) = post_mortems(*span)
    assert (owed.user_id, owed.due_on) == (cast.alice.pk, TODAY + timedelta(days=14))
    write(cast, decision, aftercare=[After("Tell the users", cast.mona.pk, DUE)])
    (owed,) = post_mortems(*span)
    assert (owed.user_id, owed.title, owed.due_on) == (cast.mona.pk, "Tell the users", DUE)


def test_it_is_written_and_closed_on_its_page(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    row, _ = stopped(cast)
    url, lead = f"/portfolio/initiatives/{row.ref}/post-mortem/", signed_in("alice")
    assert "No post-mortem yet" in lead.get(f"/portfolio/initiatives/{row.ref}/").content.decode()
    assert "Said in a hurry." in lead.get(url).content.decode()
    assert "It is not written yet." in signed_in("vera").get(url).content.decode()
    half = lead.post(url, {**SAID, "causes": [], "aftercare-0-text": "Delete the data"})
    assert half.status_code == 400
    text = half.content.decode()
    assert "Name who does it." in text
    assert text.count("data-error-summary") == 1
    assert "It fell in one team of six." in text
    whole = {
        **SAID,
        "aftercare-0-text": "Delete the data",
        "aftercare-0-owner": cast.alice.pk,
        "aftercare-0-due_on": str(DUE),
    }
    assert lead.post(url, {**whole, "causes": []}).status_code == 400
    assert lead.post(url, whole).status_code == 302
    care = Aftercare.objects.get()
    assert signed_in("vera").post(f"{url}{care.pk}/done/", {"note": "Done."}).status_code == 403
    assert lead.post(f"{url}{care.pk}/done/", {"note": "Deleted."}).status_code == 302
    assert "Deleted." in lead.get(url).content.decode()
    assert "Post-mortem written" in lead.get(f"/portfolio/initiatives/{row.ref}/").content.decode()


def test_an_owner_who_may_not_see_the_initiative_sees_and_closes_their_part(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    row, decision = stopped(cast)
    write(
        cast,
        decision,
        aftercare=[After("Tell the users", cast.charlie.pk, DUE), After("Delete the data", cast.bob.pk, DUE)],
    )
    url, client = f"/portfolio/initiatives/{row.ref}/post-mortem/", signed_in("charlie")
    assert client.get(f"/portfolio/initiatives/{row.ref}/").status_code == 404
    page = client.get(url).content.decode()
    assert "Tell the users" in page
    for words in ("Delete the data", SAID["learned"], SAID["happened"], decision.ref, decision.because):
        assert words not in page, words
    own, other = Aftercare.objects.order_by("pk")
    assert client.post(url, SAID).status_code == 404
    assert client.post(f"{url}{other.pk}/done/", {"note": "Done."}).status_code == 404
    answer = client.post(f"{url}{own.pk}/done/", {"note": "Told by mail."})
    assert (answer.status_code, answer["Location"]) == (302, url)
    assert "Told by mail." in client.get(url).content.decode()
    assert signed_in("ursula").get(url).status_code == 404


def test_whoever_is_let_into_the_initiative_reads_what_is_still_to_be_done(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    row, decision = stopped(cast)
    InitiativeMember.objects.create(initiative=row, user=cast.charlie, added_at=AT)
    write(cast, decision, aftercare=[After("Delete the data", cast.bob.pk, DUE)])
    page = signed_in("charlie").get(f"/portfolio/initiatives/{row.ref}/post-mortem/").content.decode()
    assert "Delete the data" in page


def again(cast: Cast, row: Initiative) -> Decision:
    """Taken up again, and stopped once more."""
    Initiative.objects.filter(pk=row.pk).update(stage="framing")
    row.refresh_from_db()
    return decided(row, motion(row, "stop", reason_code="no_value", lessons="Again."), manager(cast))


def test_only_of_its_last_stop_a_post_mortem_is_owed(cast: Cast) -> None:
    row, _ = stopped(cast)
    second = again(cast, row)
    span = (TODAY, TODAY + timedelta(days=40))
    assert [one.subject for one in post_mortems(*span)] == [f"post-mortem-{second.pk}"]
    write(cast, second)
    assert list(post_mortems(*span)) == []


def test_what_an_earlier_stop_left_open_is_closed_on_the_page_of_the_last(
    cast: Cast, signed_in: Callable[[str], Client]
) -> None:
    row, first = stopped(cast)
    write(cast, first, aftercare=[After("Tell the users", cast.alice.pk, DUE)])
    second = again(cast, row)
    url, lead = f"/portfolio/initiatives/{row.ref}/post-mortem/", signed_in("alice")
    assert "Tell the users" in lead.get(url).content.decode()
    write(cast, second)
    assert "Tell the users" in lead.get(url).content.decode()
    assert lead.post(f"{url}{Aftercare.objects.get().pk}/done/", {"note": "Told."}).status_code == 302
    assert "Tell the users" not in lead.get(url).content.decode()


def test_what_was_never_stopped_has_none(cast: Cast, signed_in: Callable[[str], Client]) -> None:
    row = idea(cast)
    assert signed_in("alice").get(f"/portfolio/initiatives/{row.ref}/post-mortem/").status_code == 404
