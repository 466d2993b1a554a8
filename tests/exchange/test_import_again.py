"""The same source again: it updates by key, closes and restates spells, and leaves what was edited here."""

from datetime import date, timedelta

import pytest

from core.models import AuditEvent, Outbox
from exchange.models import ImportedRecord
from pilots.models import Pilot
from portfolio.models import Initiative, StageSpell
from portfolio.services.initiatives import edit_initiative
from tests.cast import AT, Cast
from tests.exchange.staged import FEW, changed, ends, few, good, load, one, row, stage, told, verbs

pytestmark = pytest.mark.django_db
NEXT_YEAR = AT + timedelta(days=365)


@pytest.fixture
def whole() -> bytes:
    """The sample with its two refused rows mended."""
    return changed(good)


def test_importing_twice_changes_nothing_and_leaves_no_trace(cast: Cast, whole: bytes) -> None:
    load(cast, whole)
    before = (
        verbs(),
        list(Initiative.objects.values()),
        list(StageSpell.objects.values()),
        Outbox.objects.count(),
    )
    again = load(cast, whole, at=NEXT_YEAR, as_of=AT.date())
    assert ends(again) == {"unchanged": 41}
    after = (
        verbs(),
        list(Initiative.objects.values()),
        list(StageSpell.objects.values()),
        Outbox.objects.count(),
    )
    assert after == before


def test_rows_in_another_order_and_columns_nobody_filled_change_nothing(cast: Cast, whole: bytes) -> None:
    load(cast, whole)

    def shuffled(rows: list[list[str]]) -> None:
        rows[1:] = [[*line, ""] for line in reversed(rows[1:])]
        rows[0].append("New this year")

    assert ends(stage(cast, changed(shuffled, whole))) == {"unchanged": 41}


def test_exact_duplicates_are_all_kept_and_found_again(cast: Cast, whole: bytes) -> None:
    load(cast, whole)
    assert Initiative.objects.filter(name="Chatbot").count() == 3
    assert sorted(
        ImportedRecord.objects.filter(initiative__name="Chatbot").values_list("occurrence", flat=True)
    ) == [1, 2, 3]
    assert Initiative.objects.filter(name="Chatbot").values("external_id").distinct().count() == 3


def test_next_years_file_updates_by_key_instead_of_doubling(cast: Cast) -> None:
    load(cast, few("Name,Unit,Id,Problem", "Triage,Claims,C-1,Slow", "Fraud ring,Claims,C-2,Hidden"), FEW)
    run = load(
        cast,
        few("Name,Unit,Id,Problem", "Claims triage,claims,c-1,Slow", "Parcel photos,Claims,C-3,Unread"),
        FEW,
        at=NEXT_YEAR,
    )
    assert ends(run) == {"created": 1, "updated": 1}
    assert told(row(run, "Claims triage")) == {
        "name": ("Triage", "Claims triage"),
        "unit": ("Claims", "claims"),
        "external_id": ("C-1", "c-1"),
    }
    assert run.counts["not_in_file"] == 1
    assert sorted(Initiative.objects.values_list("name", flat=True)) == [
        "Claims triage",
        "Fraud ring",
        "Parcel photos",
    ]


def test_a_source_that_begins_to_give_ids_is_known_by_them_from_then_on(cast: Cast) -> None:
    load(cast, few("Name,Unit", "Triage,Claims"), FEW)
    assert ends(load(cast, few("Name,Unit,Id", "Triage,Claims,C-1"), FEW)) == {"updated": 1}
    renamed = load(cast, few("Name,Unit,Id", "Claims triage,Claims,C-1"), FEW)
    assert ends(renamed) == {"updated": 1}
    assert Initiative.objects.get().name == "Claims triage"


def test_a_moved_stage_closes_the_spell_on_the_as_of_day_as_observed(cast: Cast) -> None:
    load(cast, few("Name,Unit,Stage,Since", "Triage,Claims,pilot,2026-03-01"), FEW)
    back = load(
        cast,
        few("Name,Unit,Stage,Since", "Triage,Claims,development,2026-03-01"),
        FEW,
        at=NEXT_YEAR,
        as_of=date(2027, 1, 20),
    )
    assert ends(back) == {"updated": 1}
    first, second = StageSpell.objects.order_by("pk")
    assert (first.stage, first.entered_on, first.left_on, first.closed_at) == (
        "pilot",
        date(2026, 3, 1),
        date(2027, 1, 20),
        NEXT_YEAR,
    )
    assert (second.from_stage, second.stage, second.entered_on, second.precision) == (
        "pilot",
        "development",
        date(2027, 1, 20),
        "observed",
    )
    assert one("Triage").stage == "development"
    assert Pilot.objects.get().ended_on == date(2027, 1, 20)
    assert "initiative.moved" in verbs()


def test_a_corrected_date_is_a_restatement_and_the_old_one_stays(cast: Cast) -> None:
    load(cast, few("Name,Unit,Stage,Since", "Triage,Claims,pilot,2026-03-01"), FEW)
    pilot = Pilot.objects.get()
    load(cast, few("Name,Unit,Stage,Since", "Triage,Claims,pilot,2025-03-01"), FEW, at=NEXT_YEAR)
    old, new = StageSpell.objects.order_by("pk")
    assert (old.entered_on, old.left_on, old.closed_at) == (date(2026, 3, 1), None, NEXT_YEAR)
    assert (new.restates, new.entered_on, new.precision, new.left_on) == (old, date(2025, 3, 1), "day", None)
    assert one("Triage").entered_on == date(2025, 3, 1)
    # The pilot goes on: only its date was wrong.
    assert Pilot.objects.get().pk == pilot.pk
    assert Pilot.objects.get().spell == new


def test_a_stage_or_date_the_source_no_longer_says_stays_as_it_was(cast: Cast) -> None:
    load(cast, few("Name,Unit,Stage,Since", "Triage,Claims,pilot,2026-03-01"), FEW)
    run = load(cast, few("Name,Unit,Stage,Since", "Triage,Claims,,"), FEW, at=NEXT_YEAR)
    assert ends(run) == {"unchanged": 1}
    assert [warning["code"] for warning in row(run, "Triage").warnings] == ["stage_not_said"]
    assert (one("Triage").stage, one("Triage").entered_on) == ("pilot", date(2026, 3, 1))
    assert StageSpell.objects.count() == 1


def test_people_decision_and_spend_that_are_blank_now_stay(cast: Cast) -> None:
    header = "Name,Unit,Stage,Sponsor,Lead,Decision,Spent,Problem"
    load(
        cast,
        few(header, "Triage,Claims,pilot,edith@calder.example,alice@calder.example,2026-12-04,120,Slow"),
        FEW,
    )
    run = load(cast, few(header, "Triage,Claims,pilot,,gone@calder.example,n/a,tbd,"), FEW, at=NEXT_YEAR)
    assert told(row(run, "Triage")) == {"problem": ("Slow", ""), "Lead": (None, "gone@calder.example")}
    triage = one("Triage")
    assert (triage.sponsor, triage.lead, triage.problem) == (cast.edith, cast.alice, "")
    assert (triage.facts["decision_on"]["date"], triage.facts["spent"]) == ("2026-12-04", "120.00")


def test_a_column_that_is_gone_touches_nothing(cast: Cast) -> None:
    load(cast, few("Name,Unit,Problem,PII,Note", "Triage,Claims,Slow,yes,By hand"), FEW)
    run = load(cast, few("Name,Unit,Note", "Triage,Claims,By hand"), FEW)
    assert ends(run) == {"unchanged": 1}
    assert (one("Triage").problem, one("Triage").facts["pii"]) == ("Slow", "yes")


def test_edits_made_here_survive_where_the_source_says_what_it_said(cast: Cast) -> None:
    load(cast, few("Name,Unit,Problem,PII,Note", "Triage,Claims,Slow,no,By hand"), FEW)
    edit_initiative(
        pk=one("Triage").pk, by=cast.actor("max"), at=AT, name="Claims triage", problem="Slow and dear",
        facts={"pii": "yes"}, attributes={"Note": "By two hands", "Own": "kept"}, sponsor=cast.edith,
    )  # fmt: skip
    run = load(
        cast, few("Name,Unit,Problem,PII,Note,More", "Triage,Claims,Slow,no,By hand,1"), FEW, at=NEXT_YEAR
    )
    assert ends(run) == {"updated": 1}
    triage = Initiative.objects.get()
    assert (triage.name, triage.problem, triage.facts["pii"], triage.sponsor) == (
        "Claims triage",
        "Slow and dear",
        "yes",
        cast.edith,
    )
    assert triage.attributes == {"Note": "By two hands", "Own": "kept", "More": "1"}


def test_a_change_of_the_source_over_an_edit_here_is_written_and_said_before(cast: Cast) -> None:
    load(cast, few("Name,Unit,Problem", "Triage,Claims,Slow"), FEW)
    edit_initiative(pk=one("Triage").pk, by=cast.actor("max"), at=AT, problem="Slow and dear")
    run = load(cast, few("Name,Unit,Problem", "Triage,Claims,Unfair"), FEW)
    assert row(run, "Triage").changes == [
        {"of": "field", "name": "problem", "was": "Slow", "now": "Unfair", "here": "Slow and dear"}
    ]
    assert one("Triage").problem == "Unfair"
    event = AuditEvent.objects.get(action="initiative.reimported")
    assert (event.before, event.after) == ({"problem": "Slow and dear"}, {"problem": "Unfair"})


def test_a_column_named_like_a_field_is_kept_as_a_column(cast: Cast) -> None:
    load(cast, few("Name,Unit,Stage,stage of work", "Triage,Claims,pilot,idea"), FEW)
    run = load(cast, few("Name,Unit,Stage,stage of work", "Triage,Claims,pilot,production"), FEW)
    assert row(run, "Triage").changes == [
        {"of": "column", "name": "stage of work", "was": "idea", "now": "production"}
    ]
    assert one("Triage").stage == "pilot"
    assert one("Triage").attributes == {"stage of work": "production"}
