"""A promise sealed after its result, and what only a reading brings to light, are found and flagged."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from core import outbox
from core.access import system
from core.models import Outbox
from kpis.models import Kpi, KpiVersion
from kpis.queries.contract import check_seal
from kpis.queries.discipline import discipline_of
from kpis.services.accept import accept_change
from kpis.services.bulk import record_many
from kpis.services.publish import GOALPOSTS
from kpis.services.states import retire_kpi
from tests.cast import AT, TODAY, Cast
from tests.kpis.build import (
    claims_triage,
    make_kpi,
    promise,
    read,
    seal,
    slip,
    trajectory,
    version_of,
)
from tests.kpis.test_goalposts import begin, open_rules

Api = Callable[[str], APIClient]
pytestmark = pytest.mark.django_db


class TestSealedAfterTheResult:
    """10 -> 20 stood when 15 was read; then 14 was put in its place and sealed."""

    @pytest.fixture
    def late(self, cast: Cast, frozen: Any) -> Kpi:
        said = {"direction": "higher", "baseline": Decimal(10), "target": Decimal(20)}
        kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=AT - timedelta(days=9), success=said)
        read(kpi, 15, at=AT - timedelta(days=2))
        slip(kpi, cast, target=Decimal(14), at=AT - timedelta(days=1))
        return Kpi.objects.select_related("current", "initiative").get(pk=kpi.pk)

    def test_the_seal_does_not_erase_the_promise_that_was_first_measured(
        self, late: Kpi, cast: Cast, api: Api
    ) -> None:
        url = f"/api/v1/kpis/{late.ref}/verdicts/"
        before = api("vera").get(url).json()
        seal(late, cast)
        said = api("vera").get(url).json()
        assert said == before
        assert (said["amended"], said["promise"]) == (True, "first_measured")
        assert said["sentence"].endswith("attainment 125 % as amended, 50 % as first measured.")
        assert (said["as_sealed"]["version"], said["as_sealed"]["attainment"]) == (1, "50")

    def test_it_is_flagged_for_ever(self, late: Kpi, cast: Cast, api: Api) -> None:
        assert "sealed_after_first_measurement" not in open_rules(late)
        seal(late, cast)
        assert "sealed_after_first_measurement" in open_rules(late)
        said = api("vera").get(f"/api/v1/kpis/{late.ref}/amendments/").json()
        found = next(one for one in said["findings"] if one["code"] == "sealed_after_first_measurement")
        assert (said["post_hoc"], found["severity"], found["version"]) == (True, 3, 2)

    def test_a_first_version_sealed_after_its_reading_is_found_and_one_sealed_before_is_not(
        self, cast: Cast, frozen: Any
    ) -> None:
        for name, sealed_at, found in (
            ("Early", AT - timedelta(days=3), set()),
            ("Late", AT, {"sealed_after_first_measurement"}),
        ):
            kpi = promise(claims_triage(cast, name), name, at=AT - timedelta(days=9))
            if sealed_at != AT:
                seal(kpi, cast, at=sealed_at)
            read(kpi, 9, at=AT - timedelta(days=1))
            if sealed_at == AT:
                seal(kpi, cast)
            assert open_rules(kpi) == found

    def test_a_seal_set_once_development_had_begun_is_found_when_it_is_set(self, cast: Cast) -> None:
        for days, found in ((0, set()), (1, {"sealed_after_development"})):
            kpi = promise(claims_triage(cast, f"Begun {days} days ago"))
            begin(kpi, days)
            seal(kpi, cast)
            assert open_rules(kpi) == found

    def test_a_reading_cites_a_seal_only_when_it_stood_by_then(
        self, late: Kpi, cast: Cast, api: Api, frozen: Any
    ) -> None:
        earlier = read(late, 16, TODAY - timedelta(days=1), at=AT - timedelta(hours=1)).measurement
        kpi = seal(late, cast)
        body = {"kpi": kpi.pk, "observed_on": TODAY.isoformat(), "value": "17"}
        later = api("alice").post("/api/v1/measurements/", body).json()
        cited = kpi.current.seal if kpi.current else ""
        assert later["seal"] == cited != ""
        listed = {
            one["id"]: one["seal"]
            for one in api("vera").get(f"/api/v1/measurements/?kpi={kpi.pk}").json()["results"]
        }
        assert (listed[earlier.pk], listed[later["id"]]) == ("", cited)

    def test_a_silent_change_that_was_sealed_is_still_accepted_once_and_nothing_else_of_it_changes(
        self, late: Kpi, cast: Cast
    ) -> None:
        kpi = seal(late, cast)
        assert kpi.current is not None
        accept_change(
            pk=kpi.current.pk, reason_code="market", because="The market halved.", by=cast.actor("max"),
            at=AT + timedelta(hours=1),
        )  # fmt: skip
        version = KpiVersion.objects.get(pk=kpi.current.pk)
        assert (version.approved_by, version.reason_code) == (cast.max, "market")
        check = check_seal(version)
        assert check is not None
        assert check.holds
        assert {"changed_without_approval", "sealed_after_first_measurement"} <= open_rules(kpi)
        for field, value in (
            ("reason_code", "product"),
            ("approved_at", None),
            ("target", Decimal(13)),
            ("sealed_at", AT + timedelta(days=1)),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                KpiVersion.objects.filter(pk=version.pk).update(**{field: value})

    def test_the_database_lets_no_first_version_be_accepted_and_no_answer_be_half(
        self, promised: Kpi, cast: Cast, late: Kpi
    ) -> None:
        assert promised.current is not None
        whole = {"approved_by": cast.max, "approved_at": AT, "reason_code": "market"}
        with pytest.raises(IntegrityError), transaction.atomic():
            KpiVersion.objects.filter(pk=promised.current.pk).update(**whole)
        version = version_of(seal(late, cast))
        for field in whole:
            with pytest.raises(IntegrityError), transaction.atomic():
                KpiVersion.objects.filter(pk=version.pk).update(**{field: whole[field]})

    def test_the_page_tells_both_verdicts_by_their_right_name(
        self, late: Kpi, cast: Cast, signed_in: Callable[[str], Client]
    ) -> None:
        for _ in range(2):
            text = signed_in("vera").get(f"/kpis/{late.ref}/").content.decode()
            assert "as first measured" in text
            assert "was in force when the first reading was recorded" in text
            assert "Met as sealed" not in text
            late = seal(late, cast) if not late.promised_id else late


class TestBroughtByAReading:
    """What a reading brings to light is asked by a worker, and only where a definition was changed before."""

    @pytest.fixture
    def slipped(self, cast: Cast, frozen: Any) -> Kpi:
        """Changed on the day before yesterday, once it was sealed; nobody had measured."""
        kpi = promise(claims_triage(cast), by=cast.actor("alice"), at=AT - timedelta(days=61))
        seal(kpi, cast, at=AT - timedelta(days=60))
        slip(kpi, cast, target=Decimal(8), at=AT - timedelta(days=2))
        outbox.drain()
        return Kpi.objects.select_related("current", "initiative").get(pk=kpi.pk)

    @pytest.mark.parametrize(("days_ago", "found"), [(3, True), (2, False), (0, False)])
    def test_a_first_reading_true_of_a_day_before_the_change_is_found(
        self, slipped: Kpi, days_ago: int, found: bool
    ) -> None:
        read(slipped, 9, TODAY - timedelta(days=days_ago))
        assert Outbox.objects.filter(kind=GOALPOSTS).exists() is found
        assert "changed_after_first_observation" not in open_rules(slipped)
        for _ in range(2):
            outbox.drain()
        assert ("changed_after_first_observation" in open_rules(slipped)) is found

    def test_so_is_one_that_came_with_many(self, slipped: Kpi) -> None:
        row = {"kpi": slipped.pk, "observed_on": (TODAY - timedelta(days=3)).isoformat(), "value": "9"}
        record_many(rows=[row], atomic=True, by=system(), at=AT)
        outbox.drain()
        assert "changed_after_first_observation" in open_rules(slipped)

    def test_readings_of_what_was_never_changed_owe_nothing(self, cast: Cast, frozen: Any) -> None:
        kpi = promise(claims_triage(cast), by=cast.actor("alice"))
        for value, days in ((9, 30), (8, 60), (8, 0)):
            read(kpi, value, TODAY - timedelta(days=days))
        assert not Outbox.objects.filter(kind=GOALPOSTS).exists()

    def test_an_exchange_is_found_when_the_other_turns_out_to_have_passed_before(
        self, slipped: Kpi, cast: Cast
    ) -> None:
        other = make_kpi(
            slipped.initiative, "Easy", success=trajectory(target=Decimal("9.9")), primary=True,
            at=AT - timedelta(days=1),
        )  # fmt: skip
        retire_kpi(pk=slipped.pk, because="Wrong.", by=system(), at=AT - timedelta(days=1))
        outbox.drain()
        assert "kpi_swapped" not in open_rules(slipped)
        read(other, 5, TODAY - timedelta(days=2))
        assert "kpi_swapped" not in open_rules(slipped)
        for _ in range(2):
            outbox.drain()
        assert "kpi_swapped" in open_rules(slipped)
        assert discipline_of(slipped, as_of=TODAY).post_hoc
