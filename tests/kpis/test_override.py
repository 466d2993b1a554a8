"""A declared status: who may declare what, what ends it, and that the computed one always stands beside it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from core.access import actor_for
from core.errors import Problem
from core.models import AuditEvent, Role, RoleGrant
from kpis.models import Kpi, KpiOverride, Outlook
from kpis.queries import discrepancies
from kpis.services.bulk import record_many
from kpis.services.evaluate import evaluate_all, evaluate_due
from kpis.services.measure import withdraw_measurement
from kpis.services.override import declare_status, end_declaration
from kpis.services.states import pause_kpi, resume_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import claims_triage, make_kpi, read, trajectory

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db
SOON = TODAY + timedelta(days=20)
BETTER = {"declared": "on_track", "because": "The feed was cut in half.", "until": SOON.isoformat()}
WORSE = {"declared": "off_track", "because": "The vendor leaves in January."}


@pytest.fixture
def kpi(cast: Cast) -> Kpi:
    """At risk: Alice's, read on 14 November, stale after 30 December."""
    made = make_kpi(claims_triage(cast), success=trajectory(target_on=date(2027, 6, 30)))
    read(made, "7.8", TODAY - timedelta(days=10))
    made.refresh_from_db()
    assert made.status == "at_risk"
    return made


def url(kpi: Kpi, more: str = "") -> str:
    return f"/api/v1/kpis/{kpi.ref}/overrides/{more}"


def declare(cast: Cast, kpi: Kpi, who: str, status: str, *, at: datetime = AT, until: date | None = None) -> KpiOverride:  # fmt: skip
    return declare_status(
        kpi_id=kpi.pk, declared_as=status, because="I know more.", by=cast.actor(who), at=at, until=until
    )


def seen(kpi: Kpi) -> tuple[str, str, date | None, str]:
    """(computed, declared, its last day, the initiative's roll-up), as stored."""
    row = Kpi.objects.select_related("initiative").get(pk=kpi.pk)
    return row.status, row.declared_status, row.declared_until, row.initiative.kpi_status


def require_proved(day: date) -> None:
    assert [(row.ref, wrong) for row, wrong in discrepancies(as_of=day)] == []


def test_worse_counts_in_the_roll_up_at_once_and_both_words_are_told(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    made = api("alice").post(url(kpi), WORSE)
    assert made.status_code == 201, made.content
    assert made["Location"].endswith(url(kpi, f"{made.json()['id']}/"))
    assert (made.json()["computed"], made.json()["better"], made.json()["authority"]) == (
        "at_risk",
        False,
        "owner",
    )
    assert seen(kpi) == ("at_risk", "off_track", None, "off_track")
    shown = api("vera").get(f"/api/v1/kpis/{kpi.ref}/").json()
    assert (shown["status"], shown["computed_status"], shown["declared_status"]) == (
        "at_risk",
        "at_risk",
        "off_track",
    )
    assert "overridden" in shown["flags"]
    rolled = api("vera").get(f"/api/v1/initiatives/{kpi.initiative_id}/kpi-rollup/").json()
    assert (rolled["status"], rolled["kpis"][0]["counts_as"], rolled["kpis"][0]["computed_status"]) == (
        "off_track", "off_track", "at_risk",
    )  # fmt: skip
    require_proved(TODAY)


def test_better_counts_for_a_while_and_its_day_ends_it_in_the_sweep(cast: Cast, kpi: Kpi) -> None:
    declare(cast, kpi, "max", "on_track", until=SOON)
    assert seen(kpi) == ("at_risk", "on_track", SOON, "on_track")
    kpi.refresh_from_db()
    assert kpi.valid_until == SOON
    evaluate_due(at=AT + timedelta(days=20))
    assert seen(kpi)[1] == "on_track"
    evaluate_due(at=AT + timedelta(days=21))
    assert seen(kpi) == ("at_risk", "", None, "at_risk")
    row = KpiOverride.objects.get()
    assert (row.ended_at, row.ended_because) == (AT + timedelta(days=21), "Its last day has passed.")
    kpi.refresh_from_db()
    assert "overridden" not in kpi.flags
    require_proved(SOON + timedelta(days=1))


def test_evaluating_everything_ends_it_too(cast: Cast, kpi: Kpi) -> None:
    declare(cast, kpi, "max", "on_track", until=SOON)
    evaluate_all(at=AT + timedelta(days=21))
    assert seen(kpi) == ("at_risk", "", None, "at_risk")
    assert not KpiOverride.objects.filter(ended_at=None).exists()


def test_a_better_one_ends_with_the_next_reading_a_worse_one_does_not(cast: Cast, kpi: Kpi) -> None:
    better = declare(cast, kpi, "max", "on_track", until=SOON)
    later = AT + timedelta(hours=1)
    new = read(kpi, "7.8", TODAY - timedelta(days=2), at=later).measurement
    better.refresh_from_db()
    assert (better.ended_at, better.ended_because) == (later, f"Reading {new.pk} was recorded.")
    assert seen(kpi) == ("at_risk", "", None, "at_risk")
    worse = declare(cast, kpi, "alice", "off_track", at=later)
    read(kpi, "7.8", TODAY - timedelta(days=1), at=later + timedelta(hours=1))
    worse.refresh_from_db()
    assert worse.ended_at is None
    assert seen(kpi)[1] == "off_track"


def test_readings_in_bulk_end_a_better_one_when_they_are_folded(cast: Cast, kpi: Kpi) -> None:
    declare(cast, kpi, "max", "on_track", until=SOON)
    later = AT + timedelta(hours=1)
    rows: list[object] = [{"kpi": kpi.pk, "observed_on": str(TODAY), "value": "7.7"}]
    record_many(rows=rows, atomic=False, by=cast.actor("alice"), at=later)
    evaluate_due(at=later + timedelta(minutes=1))
    assert KpiOverride.objects.get().ended_at == later
    assert seen(kpi)[1] == ""


def test_a_withdrawal_is_no_reading_and_ends_nothing(cast: Cast, kpi: Kpi) -> None:
    extra = read(kpi, "7.8", TODAY - timedelta(days=3)).measurement
    declare(cast, kpi, "max", "on_track", until=SOON)
    withdraw_measurement(
        pk=extra.pk, because="Counted twice.", by=cast.actor("alice"), at=AT + timedelta(hours=1)
    )
    assert seen(kpi)[1] == "on_track"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("alice", 403),
        ("bob", 403),
        ("charlie", 404),
        ("dana", 201),
        ("edith", 403),
        ("max", 201),
        ("mona", 404),
        ("ursula", 404),
        ("vera", 403),
        ("audrey", 403),
        ("adam", 403),
    ],
)
def test_better_is_for_a_portfolio_manager_or_the_council(cast: Cast, api: Api, kpi: Kpi, frozen: object, who: str, status: int) -> None:  # fmt: skip
    answer = api(who).post(url(kpi), BETTER)
    assert answer.status_code == status, answer.content
    assert seen(kpi)[1] == ("on_track" if status == 201 else "")
    if who == "alice":
        assert answer.json()["code"] == "not_yours_to_declare"


@pytest.mark.parametrize(
    ("who", "status", "authority"),
    [
        ("alice", 201, "owner"),
        ("bob", 403, ""),
        ("charlie", 404, ""),
        ("dana", 201, "council"),
        ("max", 201, "portfolio_manager"),
        ("vera", 403, ""),
    ],
)
def test_worse_is_for_whoever_answers_for_it(cast: Cast, api: Api, kpi: Kpi, frozen: object, who: str, status: int, authority: str) -> None:  # fmt: skip
    answer = api(who).post(url(kpi), WORSE)
    assert answer.status_code == status, answer.content
    if status == 201:
        assert answer.json()["authority"] == authority


def test_a_contributor_declares_worse_on_the_kpi_they_own(cast: Cast, kpi: Kpi) -> None:
    Kpi.objects.filter(pk=kpi.pk).update(owner=cast.bob)
    assert declare(cast, kpi, "bob", "off_track").authority == "owner"


@pytest.mark.parametrize("place", ["owner", "judge", "lead", "sponsor", "member"])
def test_nobody_declares_their_own_work_better_whatever_role_they_hold(cast: Cast, kpi: Kpi, place: str) -> None:  # fmt: skip
    work = kpi.initiative
    if place == "member":
        RoleGrant.objects.create(user=cast.bob, role=Role.PORTFOLIO_MANAGER, granted_at=AT)
        by = actor_for(cast.bob, via="page")
    else:
        by = cast.actor("max")
        target = kpi if place in {"owner", "judge"} else work
        setattr(target, place, cast.max)
        target.save()
    with pytest.raises(Problem) as refused:
        declare_status(kpi_id=kpi.pk, declared_as="on_track", because="Trust me.", by=by, at=AT, until=SOON)
    assert (refused.value.status, refused.value.code) == (403, "not_yours_to_declare")


def test_a_token_that_may_write_may_not_declare_better(cast: Cast, kpi: Kpi) -> None:
    def through(*scopes: str) -> KpiOverride:
        by = actor_for(cast.max, via="token", scopes=scopes)
        return declare_status(
            kpi_id=kpi.pk, declared_as="on_track", because="Known.", by=by, at=AT, until=SOON
        )

    with pytest.raises(Problem) as refused:
        through("kpis:write")
    assert refused.value.status == 403
    assert through("kpis:write", "kpis:approve").better


@pytest.mark.parametrize(
    ("said", "status", "place"),
    [
        ({"because": ""}, 400, "/because"),
        ({"because": " "}, 400, "/because"),
        ({"because": "x" * 501}, 400, "/because"),
        ({"until": None}, 400, "/until"),
        ({"until": (TODAY + timedelta(days=31)).isoformat()}, 400, "/until"),
        ({"until": (TODAY - timedelta(days=1)).isoformat()}, 400, "/until"),
        ({"until": "9999-12-31"}, 400, "/until"),
        ({"until": "2026-11-30T10:00:00Z"}, 400, "/until"),
        ({"declared": "at_risk"}, 400, "/declared"),
        ({"declared": "stale"}, 400, "/declared"),
        ({"declared": "splendid"}, 400, "/declared"),
        ({"declared": "missed"}, 400, "/declared"),
        ({"authority": "council"}, 400, "/authority"),
    ],
)
def test_what_cannot_be_declared_is_refused_with_its_place(cast: Cast, api: Api, kpi: Kpi, frozen: object, said: dict[str, object], status: int, place: str) -> None:  # fmt: skip
    answer = api("max").post(url(kpi), {**BETTER, **said})
    assert answer.status_code == status, answer.content
    assert place in {error["pointer"] for error in answer.json()["errors"]}
    assert not KpiOverride.objects.exists()
    assert seen(kpi)[1] == ""


def test_thirty_days_are_the_most(cast: Cast, kpi: Kpi) -> None:
    assert declare(cast, kpi, "max", "on_track", until=TODAY + timedelta(days=30)).better


def test_missing_is_never_declared_green(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast))
    with pytest.raises(Problem) as refused:
        declare(cast, kpi, "max", "on_track", until=SOON)
    assert (refused.value.status, refused.value.code) == (409, "nothing_to_stand_on")
    assert declare(cast, kpi, "alice", "off_track").computed == "no_data"
    assert seen(kpi)[1:] == ("off_track", None, "off_track")


def test_a_frozen_outcome_is_not_declared_better(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), success=trajectory(target_on=date(2026, 10, 31)))
    read(kpi, 8, date(2026, 10, 30))
    with pytest.raises(Problem) as refused:
        declare(cast, kpi, "max", "achieved", until=SOON)
    assert (refused.value.status, refused.value.code) == (409, "outcome_frozen")


def test_it_does_not_count_once_the_record_has_caught_up_and_both_stay_told(cast: Cast, kpi: Kpi) -> None:
    declare(cast, kpi, "alice", "off_track")
    read(kpi, "9.9", TODAY)
    assert seen(kpi) == ("off_track", "", None, "off_track")
    assert KpiOverride.objects.get().ended_at is None
    require_proved(TODAY)


def test_a_better_one_does_not_outlive_the_reading_it_stood_on(cast: Cast) -> None:
    kpi = make_kpi(claims_triage(cast), success=trajectory(target_on=date(2027, 6, 30), stale_after_days=20))
    read(kpi, "7.8", TODAY - timedelta(days=10))
    declare(cast, kpi, "max", "on_track", until=SOON)
    evaluate_due(at=AT + timedelta(days=11))
    assert seen(kpi) == ("stale", "", SOON, "blind")
    require_proved(TODAY + timedelta(days=11))


def test_a_pause_silences_it_and_its_end_lets_it_speak_again(cast: Cast, kpi: Kpi) -> None:
    declare(cast, kpi, "alice", "off_track")
    pause_kpi(pk=kpi.pk, until=TODAY + timedelta(days=9), because="moving", by=cast.actor("alice"), at=AT)
    assert seen(kpi) == ("paused", "", None, "no_kpi")
    resume_kpi(pk=kpi.pk, because="moved", by=cast.actor("alice"), at=AT)
    assert seen(kpi) == ("at_risk", "off_track", None, "off_track")
    pause_kpi(pk=kpi.pk, until=TODAY + timedelta(days=9), because="moving", by=cast.actor("alice"), at=AT)
    with pytest.raises(Problem) as refused:
        declare(cast, kpi, "max", "on_track", until=SOON)
    assert (refused.value.status, refused.value.code) == (409, "not_judged")


def test_another_declaration_takes_the_place_of_the_first(cast: Cast, kpi: Kpi) -> None:
    first = declare(cast, kpi, "alice", "off_track")
    second = declare(cast, kpi, "max", "on_track", until=SOON)
    first.refresh_from_db()
    assert first.ended_because == "Another declaration took its place."
    assert KpiOverride.objects.get(ended_at=None) == second
    assert seen(kpi)[1] == "on_track"


def test_an_owner_does_not_talk_away_what_the_council_declared(cast: Cast, kpi: Kpi) -> None:
    read(kpi, "5.5", TODAY - timedelta(days=1))  # computed: on track
    row = declare(cast, kpi, "dana", "off_track")
    acts: tuple[Callable[[], object], ...] = (
        lambda: declare(cast, kpi, "alice", "at_risk"),
        lambda: end_declaration(pk=row.pk, because="no", by=cast.actor("alice"), at=AT),
    )
    for act in acts:
        with pytest.raises(Problem) as refused:
            act()
        assert (refused.value.status, refused.value.code) == (403, "not_yours_to_declare")
    assert seen(kpi)[1] == "off_track"
    end_declaration(pk=row.pk, because="Settled.", by=cast.actor("max"), at=AT)
    assert seen(kpi)[1] == ""


def test_it_is_taken_back_with_a_reason_and_twice_changes_nothing(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    row = api("alice").post(url(kpi), WORSE).json()
    end = url(kpi, f"{row['id']}/end/")
    assert api("alice").post(end, {"because": " "}).status_code == 400
    assert api("vera").post(end, {"because": "no"}).status_code == 403
    assert api("charlie").post(end, {"because": "no"}).status_code == 404
    first = api("alice").post(end, {"because": "The vendor stays."})
    again = api("alice").post(end, {"because": "again"})
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert seen(kpi) == ("at_risk", "", None, "at_risk")
    told = AuditEvent.objects.filter(action__in=["kpi.declared", "kpi.declaration_ended"]).order_by("pk")
    assert [event.reason for event in told] == [WORSE["because"], "The vendor stays."]


def test_an_override_of_another_kpi_is_not_found_below_this_one(cast: Cast, api: Api, kpi: Kpi, frozen: object) -> None:  # fmt: skip
    other = make_kpi(kpi.initiative, "Another")
    row = api("alice").post(url(kpi), WORSE).json()
    assert api("alice").get(url(other, f"{row['id']}/")).status_code == 404
    assert api("alice").post(url(other, f"{row['id']}/end/"), {"because": "x"}).status_code == 404
    assert api("alice").get(url(other)).json()["results"] == []


def test_the_outlook_tells_when_a_declaration_ends(cast: Cast, kpi: Kpi) -> None:
    declare(cast, kpi, "max", "on_track", until=SOON)
    rows = list(
        Outlook.objects.filter(kpi=kpi).order_by("valid_from").values_list("valid_from", "declared", "status")
    )
    assert rows[0] == (TODAY, "on_track", "at_risk")
    assert rows[1] == (SOON + timedelta(days=1), "", "at_risk")
    assert rows[2][2] == "stale"


def test_a_declared_status_is_weighed_with_the_others(cast: Cast, kpi: Kpi) -> None:
    other = make_kpi(
        kpi.initiative,
        "Second",
        primary=False,
        weight=Decimal("0.3"),
        success=trajectory(target_on=date(2027, 6, 30)),
    )
    read(other, "5.5", TODAY - timedelta(days=1))
    read(kpi, "6.5", TODAY - timedelta(days=1))
    assert seen(kpi)[3] == "on_track"
    declare(cast, other, "alice", "off_track")
    assert seen(kpi)[3] == "on_track"  # 0.3 of 1.3 is less than the limit
    declare(cast, kpi, "alice", "at_risk")
    assert seen(kpi)[3] == "at_risk"
