"""Replay: asked about a day, with what had been recorded by a moment, the record says what it said then."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import clock
from core.access import system
from core.errors import Problem
from kpis.models import Kpi, KpiOverride, Measurement
from kpis.queries import answer_as_of, kpis_together, stored_answer
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_due
from kpis.services.measure import withdraw_measurement
from kpis.services.override import declare_status, end_declaration
from kpis.services.states import pause_kpi, resume_kpi
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, read, slip, trajectory, version_of

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
ANSWERED = ("status", "reason", "progress", "expected", "shortfall", "forecast", "last_known", "pending", "reading_id", "valid_until")  # fmt: skip


@dataclass
class Seen:
    """What was computed when the clock stood at `at`, read from the stored columns."""

    at: datetime
    kpis: dict[int, tuple[Any, ...]]
    rolled: str


def look(initiative: Initiative, at: datetime) -> Seen:
    initiative.refresh_from_db()
    kpis = {}
    for kpi in Kpi.objects.filter(initiative=initiative):
        stored = stored_answer(kpi)
        said = tuple(getattr(stored, name) for name in ANSWERED)
        kpis[kpi.pk] = (*said, tuple(sorted(kpi.flags)), kpi.declared_status)
    return Seen(at, kpis, initiative.kpi_status)


def replayed(initiative: Initiative, at: datetime) -> Seen:
    """The same, asked afterwards."""
    day = clock.day_of(at)
    kpis = {}
    for kpi in Kpi.objects.filter(initiative=initiative, created_at__lte=at):
        found = answer_as_of(kpi, as_of=day, known_at=at)
        assert found is not None
        said = tuple(getattr(found.answer, name) for name in ANSWERED)
        kpis[kpi.pk] = (*said, found.flags, found.declared or "")
    rolled = kpis_together(initiative, as_of=day, known_at=at).rolled
    return Seen(at, kpis, rolled.status.value)


class World:
    """An initiative with two KPIs, and a hand that does one thing after another to them while time goes by."""

    def __init__(self, cast: Cast, seed: str) -> None:
        self.cast, self.chance = cast, random.Random(seed)
        self.initiative = claims_triage(cast)
        self.at = AT - timedelta(days=200)
        closing = trajectory(target_on=date(2026, 9, 30), confirm_worse=2, cadence_days=10)
        self.kpis = [
            make_kpi(self.initiative, "One", at=self.at), make_kpi(self.initiative, "Two", at=self.at, primary=False, success=closing),
        ]  # fmt: skip
        self.seen: list[Seen] = []

    def act(self) -> None:
        self.at += timedelta(minutes=self.chance.choice([1, 600, 3_000, 9_000]))
        evaluate_due(at=self.at)
        kpi = self.chance.choice(self.kpis)
        names = ["read"] * 5 + ["bulk", "correct", "correct", "withdraw", "amend", "measure_otherwise", "pause", "resume", "worse", "better", "take_back", "nothing"]  # fmt: skip
        try:
            getattr(self, self.chance.choice(names))(kpi)
        except Problem as problem:
            assert problem.status in {400, 403, 409}  # noqa: PT017  what cannot be done now
        evaluate_due(at=self.at)
        self.seen.append(look(self.initiative, self.at))

    def value(self) -> Decimal:
        return Decimal(self.chance.randint(40, 110)) / 10

    def day(self) -> date:
        return clock.day_of(self.at) - timedelta(days=self.chance.choice([-20, 0, 0, 1, 2, 9, 30, 80]))

    def standing(self, kpi: Kpi) -> Measurement | None:
        rows = Measurement.objects.filter(kpi=kpi, void=False, superseded_by=None).order_by("pk")
        return self.chance.choice([None, *rows])

    def nothing(self, kpi: Kpi) -> None: ...

    def read(self, kpi: Kpi) -> None:
        read(kpi, self.value(), self.day(), at=self.at)

    def bulk(self, kpi: Kpi) -> None:
        rows: list[object] = [{"kpi": kpi.pk, "observed_on": str(self.day()), "value": str(self.value())} for _ in range(3)]  # fmt: skip
        record_many(rows=rows, atomic=False, by=system(), at=self.at)

    def correct(self, kpi: Kpi) -> None:
        if old := self.standing(kpi):
            read(kpi, self.value(), self.day(), at=self.at, supersedes=old.pk, note="typo")

    def withdraw(self, kpi: Kpi) -> None:
        if old := self.standing(kpi):
            withdraw_measurement(pk=old.pk, because="wrong", by=system(), at=self.at)

    def amend(self, kpi: Kpi) -> None:
        amber = Decimal(self.chance.choice(["0.05", "0.10"]))
        slip(kpi, self.cast, at=self.at, target=self.value() - 4, amber=amber)

    def measure_otherwise(self, kpi: Kpi) -> None:
        slip(kpi, self.cast, at=self.at, formula=f"Counted anew on {self.at}")

    def pause(self, kpi: Kpi) -> None:
        until = clock.day_of(self.at) + timedelta(days=self.chance.choice([1, 10]))
        pause_kpi(pk=kpi.pk, until=until, because="moving", by=system(), at=self.at)

    def resume(self, kpi: Kpi) -> None:
        resume_kpi(pk=kpi.pk, because="moved", by=system(), at=self.at)

    def worse(self, kpi: Kpi) -> None:
        self.declare(kpi, "alice")

    def better(self, kpi: Kpi) -> None:
        self.declare(kpi, "max")

    def declare(self, kpi: Kpi, who: str) -> None:
        declare_status(
            kpi_id=kpi.pk, declared_as=self.chance.choice(["on_track", "at_risk", "off_track"]), because="I know.",
            until=clock.day_of(self.at) + timedelta(days=self.chance.choice([0, 5, 30])), by=self.cast.actor(who),
            at=self.at,
        )  # fmt: skip

    def take_back(self, kpi: Kpi) -> None:
        row = KpiOverride.objects.filter(kpi=kpi, ended_at=None).first()
        if row is not None:
            end_declaration(pk=row.pk, because="no", by=self.cast.actor("max"), at=self.at)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_replay_at_any_moment_is_what_was_computed_when_the_clock_stood_there(cast: Cast, seed: int) -> None:
    world = World(cast, f"replay {seed}")
    for _ in range(45):
        world.act()
    for seen in world.seen:
        assert replayed(world.initiative, seen.at) == seen


def test_replay_of_a_moment_between_two_acts_is_that_of_the_first(cast: Cast) -> None:
    world = World(cast, "between")
    for _ in range(12):
        world.act()
    for seen, following in zip(world.seen, world.seen[1:], strict=False):
        moment = following.at - timedelta(microseconds=1)
        if clock.day_of(moment) == clock.day_of(seen.at):
            assert replayed(world.initiative, moment).kpis == seen.kpis


# The same through the API


@pytest.fixture
def kpi(cast: Cast) -> Kpi:
    """Read on the 1st (off track), corrected on the 3rd, declared worse on the 5th, amended on the 7th of November."""
    kpi = make_kpi(claims_triage(cast), at=on(1), success=trajectory(target_on=date(2027, 6, 30)))
    wrong = read(kpi, "9.9", date(2026, 11, 1), at=on(1), by=cast.actor("alice")).measurement
    read(kpi, "5.9", date(2026, 11, 1), at=on(3), by=cast.actor("bob"), supersedes=wrong.pk, note="typo")
    declare_status(kpi_id=kpi.pk, declared_as="at_risk", because="I know.", by=cast.actor("alice"), at=on(5))
    slip(kpi, cast, at=on(7), target=Decimal(1))
    return kpi


def on(day: int, hour: int = 12) -> datetime:
    return AT.replace(day=day, hour=hour, minute=0)


def known(day: int) -> str:
    return f"known_at={on(day, 20).isoformat().replace('+00:00', 'Z')}"


@pytest.mark.parametrize(
    ("asked", "status", "declared", "flags", "value", "target"),
    [
        (f"as_of=2026-11-02&{known(2)}", "off_track", "", [], "9.9", "5"),
        ("as_of=2026-11-02", "on_track", "", ["restated"], "5.9", "5"),
        (f"as_of=2026-11-04&{known(4)}", "on_track", "", ["restated"], "5.9", "5"),
        (f"as_of=2026-11-06&{known(6)}", "on_track", "at_risk", ["overridden", "restated"], "5.9", "5"),
        (f"as_of=2026-11-08&{known(8)}", "at_risk", "", ["goalposts_moved", "restated"], "5.9", "1"),
        (f"as_of=2026-11-06&{known(8)}", "on_track", "at_risk", ["overridden", "restated"], "5.9", "5"),
    ],
)  # fmt: skip
def test_replay_of_a_kpi_its_list_and_its_roll_up(
    cast: Cast, api: Api, kpi: Kpi, frozen: object, asked: str, status: str, declared: str, flags: list[str], value: str, target: str
) -> None:  # fmt: skip
    client = api("vera")
    one = client.get(f"/api/v1/kpis/{kpi.ref}/?{asked}").json()
    (listed,) = client.get(f"/api/v1/kpis/?{asked}").json()["results"]
    assert one == listed
    assert (one["status"], one["computed_status"], one["declared_status"]) == (status, status, declared)
    assert (one["flags"], one["last_value"], one["success"]["target"]) == (flags, value, target)
    rolled = client.get(f"/api/v1/initiatives/{kpi.initiative_id}/kpi-rollup/?{asked}").json()
    assert (rolled["status"], rolled["kpis"][0]["counts_as"]) == (declared or status, declared or status)
    assert (rolled["kpis"][0]["computed_status"], rolled["kpis"][0]["flags"]) == (status, flags)


def test_replay_of_readings_tells_what_was_superseded_by_then(
    cast: Cast, api: Api, kpi: Kpi, frozen: object
) -> None:
    url = f"/api/v1/measurements/?kpi={kpi.ref}&"
    (then,) = api("vera").get(f"{url}{known(2)}").json()["results"]
    assert (then["value"], then["superseded_by"]) == ("9.9", None)
    now = api("vera").get(url).json()["results"]
    assert [(row["value"], row["superseded_by"]) for row in now] == [("5.9", None), ("9.9", now[0]["id"])]
    assert api("vera").get(f"{url}as_of=2026-10-31").json()["results"] == []
    assert api("vera").get(f"/api/v1/measurements/{now[0]['id']}/?{known(2)}").status_code == 404


def test_replay_of_the_ledger_versions_restatements_and_declarations(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    client, below = api("vera"), f"/api/v1/kpis/{kpi.ref}"

    def count(url: str, asked: str) -> int:
        return len(client.get(f"{url}{'&' if '?' in url else '?'}{asked}").json()["results"])

    ledger, versions = f"/api/v1/status-changes/?kpi={kpi.ref}", f"/api/v1/kpi-versions/?kpi={kpi.ref}"
    assert [count(ledger, known(day)) for day in (2, 4, 8)] == [2, 3, 4]
    assert [count(versions, known(day)) for day in (2, 8)] == [1, 2]
    assert [count(versions, f"as_of=2026-11-0{day}") for day in (6, 7)] == [1, 2]
    assert [count(f"{below}/restatements/", known(day)) for day in (2, 3, 8)] == [0, 1, 1]
    assert [count(f"{below}/restatements/", f"as_of={day}") for day in ("2026-10-31", "2026-11-01")] == [0, 1]
    assert [count(f"{below}/overrides/", known(day)) for day in (4, 5)] == [0, 1]


def test_replay_of_a_declaration_that_had_not_ended_yet_shows_it_standing(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    row = KpiOverride.objects.get()
    end_declaration(pk=row.pk, because="Settled.", by=cast.actor("alice"), at=on(10))
    url = f"/api/v1/kpis/{kpi.ref}/overrides/{row.pk}/"
    then, now = api("vera").get(f"{url}?{known(9)}").json(), api("vera").get(url).json()
    assert (then["ended_at"], then["ended_because"]) == (None, "")
    assert (now["ended_because"], now["ended_at"]) == ("Settled.", "2026-11-10T12:00:00Z")
    for day, stands in ((9, True), (10, False)):
        found = answer_as_of(kpi, as_of=date(2026, 11, day))
        assert found is not None
        assert (found.override is not None) is stands


PATHS = (
    "kpis/{ref}/", "kpis/", "measurements/", "status-changes/", "kpi-versions/", "kpis/{ref}/overrides/",
    "kpis/{ref}/restatements/", "initiatives/{ai}/kpi-rollup/",
)  # fmt: skip
REFUSED = (
    "as_of=2026-11-25",
    "as_of=yesterday",
    "as_of=9999-01-01",
    "known_at=2026-11-20T10:00:00",
    "known_at=now",
)


def test_replay_of_a_day_to_come_or_of_a_naive_moment_is_refused_everywhere(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    client = api("vera")
    for path in PATHS:
        url = "/api/v1/" + path.format(ref=kpi.ref, ai=kpi.initiative_id)
        assert client.get(f"{url}?{known(8)}&as_of=2026-11-08").status_code == 200
        for asked in REFUSED:
            answer = client.get(f"{url}?{asked}")
            assert answer.status_code == 400, (path, asked)
            assert answer.json()["errors"][0]["pointer"] == f"?{asked.partition('=')[0]}"


def test_replay_on_the_page_shows_the_declaration_and_the_restatement_of_that_day(cast: Cast, signed_in: Any, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    page = f"/kpis/{kpi.ref}/"
    today = signed_in("vera").get(page).content.decode()
    assert "Restatements" in today
    assert "Declared by hand" in today
    then = signed_in("vera").get(f"{page}?as_of=2026-11-02&known_at=that_day").content.decode()
    assert "Restatements" not in then
    assert "Declared by hand" not in then
    assert "9.9" in then


def test_replay_of_today_with_all_that_is_known_is_the_stored_answer(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    evaluate_due(at=AT)
    stored = api("vera").get(f"/api/v1/kpis/{kpi.ref}/").json()
    asked = api("vera").get(f"/api/v1/kpis/{kpi.ref}/?as_of={TODAY}").json()
    same = {name for name in stored if name not in {"status_since", "judged_on", "version", "updated_at"}}
    assert {name: stored[name] for name in same} == {name: asked[name] for name in same}
    assert version_of(Kpi.objects.get(pk=kpi.pk)).number == 2
