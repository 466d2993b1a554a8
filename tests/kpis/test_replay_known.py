"""Replay of what was written on a record later: a lock, an edit, a seal, an approval. Nobody knew it before its moment."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from kpis.models import Kpi, KpiVersion
from kpis.queries import answer_as_of, answers_as_of
from kpis.queries import known as known_rule
from kpis.services.accept import accept_change
from kpis.services.amend import approve_change, decline_change, propose_change
from kpis.services.baseline import lock_baseline
from kpis.services.define import edit_kpi
from kpis.services.measure import withdraw_measurement
from kpis.services.states import pause_kpi, retire_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    change,
    claims_triage,
    make_kpi,
    promise,
    read,
    seal,
    slip,
    trajectory,
    version_of,
)

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


def on(day: int, hour: int = 12) -> datetime:
    return AT.replace(day=day, hour=hour, minute=0)


def known(day: int) -> str:
    return f"known_at={on(day, 20).isoformat().replace('+00:00', 'Z')}"


def then(day: int) -> str:
    """All that a day could be told of: the day itself, as known in its evening."""
    return f"as_of=2026-11-{day:02d}&{known(day)}"


def got(api: Api, path: str, asked: str) -> Any:
    answer = api("vera").get(f"/api/v1/{path}?{asked}")
    assert answer.status_code == 200, answer.json()
    return answer.json()


# A lock


@pytest.fixture
def relative(cast: Cast) -> Kpi:
    """Half the baseline of 10 is the target. Read on the 2nd, locked on the 10th."""
    success = trajectory(target=None, target_change=Decimal("-0.5"), baseline_source="Ledger")
    kpi = make_kpi(claims_triage(cast), at=on(1), success=success)
    read(kpi, 6, date(2026, 11, 2), at=on(2))
    lock_baseline(pk=kpi.pk, by=cast.actor("alice"), at=on(10))
    return kpi


def test_replay_before_a_lock_says_that_the_target_was_missing(
    api: Api, relative: Kpi, frozen: object
) -> None:
    before, after = got(api, f"kpis/{relative.ref}/", then(5)), got(api, f"kpis/{relative.ref}/", then(11))
    assert (before["status"], before["reason"]) == ("invalid", "target_missing_or_not_a_number")
    assert (before["success"]["target"], before["success"]["baseline_locked_at"]) == (None, None)
    assert (after["status"], after["success"]["target"]) == ("on_track", "5")
    assert after["success"]["baseline_locked_at"] == "2026-11-10T12:00:00Z"


def test_replay_a_lock_counts_from_its_day_on_and_rewrites_no_day_before(relative: Kpi) -> None:
    said = {}
    for day in (5, 9, 10, 24):
        found = answer_as_of(relative, as_of=date(2026, 11, day))
        assert found is not None
        said[day] = found.answer.status.value
    assert said == {5: "invalid", 9: "invalid", 10: "on_track", 24: "on_track"}


def test_replay_of_a_lock_that_no_log_tells_of_leaves_the_target_open(relative: Kpi) -> None:
    """The moment of the lock is enough: the number was made by it."""
    version = KpiVersion.objects.get(kpi=relative)
    known_rule._undraft(version, (), on(9), on(9))
    assert (version.target, version.baseline_locked_at, version.baseline_locked_by_id) == (None, None, None)


# A draft


def test_replay_before_an_edit_shows_the_draft_that_stood(cast: Cast, api: Api, frozen: object) -> None:
    kpi = make_kpi(
        claims_triage(cast), at=on(1), definition="As first said.", success=trajectory(target=Decimal(4))
    )
    for day, words, target in ((5, "As said second.", Decimal(5)), (9, "As said last.", Decimal(6))):
        edit_kpi(
            pk=kpi.pk, expected_version=None, by=cast.actor("alice"), at=on(day), facts={"definition": words, "judge": cast.bob},
            success={"target": target, "target_on": date(2027, 1, day)},
        )  # fmt: skip
    told = {}
    for day in (3, 6, 10):
        one = got(api, f"kpis/{kpi.ref}/", then(day))
        (version,) = got(api, "kpi-versions/", f"kpi={kpi.ref}&{known(day)}")["results"]
        assert (version["definition"], version["judge"]) == (one["definition"], one["judge"])
        assert version["target"] == one["success"]["target"]
        told[day] = (one["definition"], one["success"]["target"], one["success"]["target_on"], one["judge"])
    assert told == {
        3: ("As first said.", "4", "2026-12-31", None),
        6: ("As said second.", "5", "2027-01-05", cast.bob.pk),
        10: ("As said last.", "6", "2027-01-09", cast.bob.pk),
    }


def test_replay_of_an_edit_and_a_lock_gives_each_moment_its_own(cast: Cast) -> None:
    kpi = make_kpi(
        claims_triage(cast), at=on(1), success=trajectory(target=None, target_change=Decimal("-0.5"))
    )
    alice = cast.actor("alice")
    edit_kpi(pk=kpi.pk, expected_version=None, by=alice, at=on(3), success={"target_change": Decimal("-0.4"), "baseline_source": "Ledger"})  # fmt: skip
    lock_baseline(pk=kpi.pk, by=alice, at=on(5))
    edit_kpi(pk=kpi.pk, expected_version=None, by=alice, at=on(7), success={"target_change": Decimal("-0.2")})
    said = []
    for day in (2, 4, 6, 8):
        found = answer_as_of(kpi, as_of=TODAY, known_at=on(day))
        assert found is not None
        said.append((found.version.target_change, found.version.target))
    assert said == [
        (Decimal("-0.5"), None), (Decimal("-0.4"), None), (Decimal("-0.4"), Decimal(6)), (Decimal("-0.2"), Decimal(8)),
    ]  # fmt: skip


def test_replay_of_a_day_before_it_was_defined_reads_the_draft_of_its_first_day(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), at=on(1, 9), success=trajectory(target=None))
    edit_kpi(
        pk=kpi.pk, expected_version=None, by=cast.actor("alice"), at=on(1, 10), success={"target": Decimal(5)}
    )
    found = answer_as_of(kpi, as_of=date(2026, 10, 1))
    assert found is not None
    assert found.version.target == Decimal(5)


def test_replay_of_many_edited_drafts_costs_as_many_statements_as_of_one(cast: Cast, django_assert_num_queries: Any) -> None:  # fmt: skip
    kpis = []
    for place in range(4):
        kpis.append(make_kpi(claims_triage(cast, f"Number {place}"), f"KPI {place}", at=on(1)))
        edit_kpi(
            pk=kpis[-1].pk,
            expected_version=None,
            by=cast.actor("max"),
            at=on(2),
            success={"target": Decimal(4)},
        )
    for some in (kpis[:1], kpis):
        with django_assert_num_queries(7):
            answers_as_of(some, as_of=TODAY, known_at=on(1, 20))


# What carries a moment of its own


def test_replay_before_the_seal_knows_no_seal_and_no_promise(cast: Cast, api: Api, frozen: object) -> None:
    kpi = promise(claims_triage(cast), at=on(1))
    reading = read(kpi, 8, date(2026, 11, 2), at=on(2)).measurement
    seal(kpi, cast, at=on(10))
    version = version_of(kpi)
    for day, sealed in ((5, False), (11, True)):
        told = got(api, f"kpi-versions/{version.pk}/", known(day))
        assert (bool(told["seal"]), told["sealed_at"]) == (sealed, "2026-11-10T12:00:00Z" if sealed else None)
        assert not got(api, f"measurements/{reading.pk}/", known(day))["seal"]  # it is older than the seal
        one = got(api, f"kpis/{kpi.ref}/", then(day))
        assert (one["promised"], bool(one["success"]["seal"])) == (version.pk if sealed else None, sealed)
        (listed,) = got(api, "kpis/", then(day))["results"]
        assert listed == one


def test_replay_before_the_answer_shows_a_proposal_as_proposed(cast: Cast, api: Api, frozen: object) -> None:
    kpi = promise(claims_triage(cast), at=on(1))
    read(kpi, 8, date(2026, 11, 2), at=on(2))

    def propose(day: int, **said: Any) -> KpiVersion:
        return propose_change(pk=kpi.pk, change=change(**said), by=cast.actor("alice"), at=on(day))

    first = propose(3, target=Decimal(6))
    decline_change(pk=first.pk, because="No.", by=cast.actor("max"), at=on(5))
    second = propose(6, target=Decimal(6), formula="Counted anew", effective_on=date(2026, 11, 7))
    approve_change(pk=second.pk, by=cast.actor("max"), at=on(8))
    names = ("state", "declined_at", "declined_because", "approved_by", "approved_at", "in_force_at", "effective_on", "series", "reason_code")  # fmt: skip
    told = [
        tuple(got(api, f"kpi-versions/{pk}/", known(day))[name] for name in names)
        for pk, day in ((first.pk, 4), (first.pk, 5), (second.pk, 7), (second.pk, 8))
    ]
    at = "2026-11-08T12:00:00Z"
    assert told == [
        ("proposed", None, "", None, None, None, "2026-11-03", 1, "product"),
        ("declined", "2026-11-05T12:00:00Z", "No.", None, None, None, "2026-11-03", 1, "product"),
        ("proposed", None, "", None, None, None, "2026-11-07", 1, "product"),
        ("in_force", None, "", cast.max.pk, at, at, "2026-11-08", 2, "product"),
    ]


def test_replay_before_an_acceptance_finds_the_change_silent(cast: Cast, api: Api, frozen: object) -> None:
    kpi = promise(claims_triage(cast), at=on(1))
    read(kpi, 8, date(2026, 11, 2), at=on(2))
    slip(kpi, cast, at=on(3), target=Decimal(7))
    url = f"kpis/{kpi.ref}/amendments/"
    before = got(api, url, then(4))
    version = KpiVersion.objects.get(kpi=kpi, number=2)
    accept_change(pk=version.pk, reason_code="market", because="So be it.", by=cast.actor("max"), at=on(20))
    assert got(api, url, then(4)) == before
    assert got(api, url, then(21)) != before
    told = got(api, f"kpi-versions/{version.pk}/", known(4))
    assert (told["approved_by"], told["approved_at"], told["reason_code"]) == (None, None, "product")


def test_replay_of_a_swap_does_not_know_that_the_other_will_have_passed(
    cast: Cast, api: Api, frozen: object
) -> None:
    initiative = claims_triage(cast)
    old = make_kpi(initiative, "Old", at=on(1))
    read(old, 9, date(2026, 11, 2), at=on(2))
    retire_kpi(pk=old.pk, because="It was too hard.", by=cast.actor("alice"), at=on(5))
    new = make_kpi(initiative, "New", at=on(5, 13))
    url = f"kpis/{old.ref}/amendments/"
    before = got(api, url, then(5))
    read(new, 4, date(2026, 11, 3), at=on(6))
    assert got(api, url, then(5))["findings"] == before["findings"]
    assert got(api, url, then(6))["findings"] != before["findings"]


def test_replay_says_why_it_was_paused_then_and_not_why_it_is_retired_now(
    cast: Cast, api: Api, frozen: object
) -> None:
    kpi = make_kpi(claims_triage(cast), at=on(1))
    pause_kpi(pk=kpi.pk, until=date(2026, 11, 8), because="Moving.", by=cast.actor("alice"), at=on(3))
    retire_kpi(pk=kpi.pk, because="Given up.", by=cast.actor("alice"), at=on(15))
    told = [(one["state"], one["state_because"]) for day in (2, 4, 10, 16) for one in (got(api, f"kpis/{kpi.ref}/", then(day)),)]  # fmt: skip
    assert told == [("active", ""), ("paused", "Moving."), ("active", ""), ("retired", "Given up.")]


def test_replay_tells_the_day_since_when_it_was_published(cast: Cast, api: Api, frozen: object) -> None:
    """A reading taken back leaves an older one of the same status: since when was told stays told."""
    kpi = make_kpi(claims_triage(cast), at=on(1), success=trajectory(cadence_days=60))
    read(kpi, "9.9", date(2026, 10, 20), at=on(1))
    read(kpi, 6, date(2026, 11, 2), at=on(2))
    last = read(kpi, "9.8", date(2026, 11, 4), at=on(4)).measurement
    middle = kpi.measurements.get(observed_on=date(2026, 11, 2))
    withdraw_measurement(pk=middle.pk, because="Wrong.", by=cast.actor("alice"), at=on(6))
    withdraw_measurement(pk=last.pk, because="Wrong.", by=cast.actor("alice"), at=on(7))
    stored = Kpi.objects.get(pk=kpi.pk)
    assert stored.status == "off_track"
    assert got(api, f"kpis/{kpi.ref}/", then(7))["status_since"] == str(stored.status_since)


def test_replay_on_the_page_shows_the_draft_of_that_day_among_its_versions(cast: Cast, signed_in: Any, frozen: object) -> None:  # fmt: skip
    kpi = make_kpi(claims_triage(cast), at=on(1), success=trajectory(target=Decimal(4)))
    edit_kpi(
        pk=kpi.pk,
        expected_version=None,
        by=cast.actor("alice"),
        at=on(9),
        success={"target": Decimal("6.25")},
    )
    page = f"/kpis/{kpi.ref}/"
    assert "6.25" in signed_in("vera").get(page).content.decode()
    for asked in ("as_of=2026-11-05", "as_of=2026-11-05&known_at=that_day"):
        assert "6.25" not in signed_in("vera").get(f"{page}?{asked}").content.decode()
