"""What comes back from use: predictions with what came true, corrections and review counts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from assurance.models import (
    Actual,
    MonitorAlert,
    MonitorObservation,
    OutcomeCorrection,
    Prediction,
    ReviewCount,
)
from assurance.services.outcomes import Correction, Count, record_corrections, record_review_count
from assurance.services.pairs import record_pairs
from core.errors import Problem
from domain.errors import RuleError
from domain.predicted_actual import Metric, Pair, errors_of, errors_of_classes, errors_of_numbers
from governance.models import AiModel
from tests.assurance.watching import SIGNIFICANT, back, monitor, performance, refused, send
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db


# Pairs

DAY = back(30)


def pair(predicted: str, actual: str, days: int = 10) -> Pair:
    return Pair(predicted, actual, DAY, DAY + timedelta(days=days))


def test_errors_of_numbers_are_their_size_and_their_lean() -> None:
    found = errors_of_numbers([pair("10", "8"), pair("4", "5", 20), pair("7", "7", 30)])
    assert (found.mae, found.bias) == (Decimal(1), Decimal(1) / 3)
    assert (found.cases, found.lag_days) == (3, 20)


def test_errors_of_classes_count_what_is_behind_each_rate() -> None:
    said = [("yes", "yes")] * 6 + [("yes", "no")] * 2 + [("no", "yes")] * 3 + [("no", "no")] * 9
    found = errors_of_classes([pair(*one) for one in said], "yes")
    assert (found.true_positive, found.false_positive, found.false_negative, found.true_negative) == (
        6,
        2,
        3,
        9,
    )
    assert (found.accuracy, found.precision) == (Decimal("0.75"), Decimal("0.75"))
    assert (found.recall, found.false_positive_rate) == (Decimal(6) / 9, Decimal(2) / 11)


def test_a_share_of_nothing_is_unknown_and_not_zero() -> None:
    found = errors_of_classes([pair("no", "no")], "yes")
    assert (found.precision, found.recall, found.false_positive_rate) == (None, None, Decimal(0))


def test_what_cannot_be_measured_is_refused() -> None:
    for pairs, metric, positive in (
        ([], Metric.MAE, ""),
        ([pair("a", "1")], Metric.MAE, ""),
        ([pair("a", "b")], Metric.RECALL, ""),
    ):
        with pytest.raises(RuleError):
            errors_of(pairs, metric, positive)


def paired(cast: Cast, row: Any, *rows: dict[str, Any]) -> Any:
    return record_pairs(monitor_id=row.pk, rows=list(rows), by=cast.actor("mona"), at=AT)


def classes(cast: Cast, **more: Any) -> Any:
    return performance(cast, metric="accuracy", **more)


def said(key: str, predicted: str = "yes", **more: Any) -> dict[str, Any]:
    return {"key": key, "predicted": predicted, "predicted_on": back(30), **more}


def known(key: str, actual: str, days: int = 0) -> dict[str, Any]:
    return {"key": key, "actual": actual, "actual_on": back(days)}


def test_the_truth_may_come_weeks_later_and_then_makes_a_reading_that_alerts(cast: Cast) -> None:
    row = classes(cast)
    first = paired(cast, row, said("a"), said("b"), said("c", "no"))
    assert (first.predictions, first.actuals, first.waiting, first.observation) == (3, 0, 3, None)
    later = paired(cast, row, known("a", "yes"), known("b", "no", 2))
    assert (later.actuals, later.observation.observed_on, later.observation.cases) == (2, TODAY, 2)
    assert later.observation.result["errors"] == {"cases": 2, "accuracy": 0.5, "lag_days": 28}
    assert MonitorAlert.objects.get(monitor=row).band == "significant"
    assert Actual.objects.filter(observation=later.observation).count() == 2


def test_pairs_sent_again_are_heard_once(cast: Cast) -> None:
    row = classes(cast)
    both = {**said("a"), **known("a", "yes")}
    paired(cast, row, both)
    again = paired(cast, row, both)
    assert (again.predictions, again.actuals, again.unchanged, again.observation) == (0, 0, 1, None)
    assert MonitorObservation.objects.count() == 1


def test_segments_of_pairs_are_told_apart_and_small_ones_suppressed(cast: Cast) -> None:
    row = classes(cast)
    rows = [{**said(f"y{n}", segment="young"), **known(f"y{n}", "yes")} for n in range(40)]
    rows += [{**said(f"o{n}", segment="old"), **known(f"o{n}", "no")} for n in range(12)]
    found = paired(cast, row, *rows).observation
    assert found.data["segments"] == [
        {"segment": "old", "n": 12, "value": None}, {"segment": "young", "n": 40, "value": "1"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "code", "pointer"),
    [
        ([{"key": ""}], "required", "/rows/0/key"),
        ([known("a", "yes")], "required", "/rows/0/predicted"),
        ([said("a"), said("a")], "twice", "/rows/1/key"),
        ([{**said("a"), "actual": "yes"}], "required", "/rows/0/actual_on"),
        ([{**said("a"), **known("a", "yes", 31)}], "too_early", "/rows/0/actual_on"),
        ([said("a", predicted_on=TODAY + timedelta(days=1))], "in_the_future", "/rows/0/predicted_on"),
        ([said("a", colour="red")], "field_not_writable", "/rows/0/colour"),
    ],
)
def test_pairs_that_cannot_be_are_refused_and_nothing_is_written(
    cast: Cast, rows: list[dict[str, Any]], code: str, pointer: str
) -> None:
    row = classes(cast)
    with pytest.raises(Problem) as problem:
        paired(cast, row, *rows)
    assert refused(problem) == (400, code, pointer)
    assert not Prediction.objects.exists()


def test_a_key_stands_for_one_prediction_and_one_truth(cast: Cast) -> None:
    row = classes(cast)
    paired(cast, row, {**said("a"), **known("a", "yes")})
    for sent, code in ((said("a", "no"), "key_used"), (known("a", "no"), "actual_known")):
        with pytest.raises(Problem) as problem:
            paired(cast, row, sent)
        assert refused(problem)[:2] == (409, code)
    with pytest.raises(Problem) as problem:
        paired(cast, performance(cast, row.model, name="Readings"), said("b"))
    assert refused(problem)[:2] == (409, "no_metric")


# Corrections and review counts


def correction(number: int, **more: Any) -> Correction:
    return Correction(**{
        "case": f"claim {number}", "predicted": "simple", "corrected": "complex", "corrected_on": TODAY,
        "source": "desk", "source_key": f"k{number}", **more,
    })  # fmt: skip


def corrected(cast: Cast, model: AiModel, *rows: Correction) -> Any:
    return record_corrections(model_id=model.pk, corrections=rows, by=cast.actor("mona"), at=AT)


def test_the_export_has_as_many_rows_as_it_says_and_as_were_recorded(cast: Cast, signed_in: Any) -> None:
    model = sound_model(cast)
    corrected(cast, model, *(correction(n) for n in range(37)))
    corrected(cast, model, correction(3), correction(99, because="=1+1"))
    client: Client = signed_in("vera")
    answer: Any = client.get(f"/governance/models/{model.ref}/monitoring/corrections.csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert (answer["X-Row-Count"], len(lines) - 1, OutcomeCorrection.objects.count()) == ("38", 38, 38)
    assert "'=1+1" in lines[-1], "a spreadsheet runs nothing"


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"case": " "}, "/rows/1/case"), ({"corrected": "simple"}, "/rows/1/corrected"),
        ({"corrected_on": TODAY + timedelta(days=1)}, "/rows/1/corrected_on"), ({"because": "x" * 501}, "/rows/1/because"),
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_refuses_the_whole_batch(
    cast: Cast, more: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Problem) as problem:
        corrected(cast, sound_model(cast), correction(1), correction(2, **more))
    assert refused(problem)[0::2] == (400, pointer)
    assert not OutcomeCorrection.objects.exists()


def test_a_source_key_brings_one_correction(cast: Cast) -> None:
    model = sound_model(cast)
    corrected(cast, model, correction(1))
    with pytest.raises(Problem) as problem:
        corrected(cast, model, correction(1, corrected="fraud"))
    assert refused(problem)[:2] == (409, "source_key_used")


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"set_aside": 11}, "/set_aside"),
        ({"answers": 9}, "/reviewed"),
        ({"ends_on": back(40)}, "/ends_on"),
        ({"ends_on": TODAY + timedelta(days=1)}, "/ends_on"),
    ],
)
def test_a_review_count_that_cannot_be_is_refused(cast: Cast, more: dict[str, Any], pointer: str) -> None:
    given: dict[str, Any] = {"begins_on": back(30), "ends_on": TODAY, "reviewed": 10, "set_aside": 2, **more}
    with pytest.raises(Problem) as problem:
        record_review_count(model_id=sound_model(cast).pk, count=Count(**given), by=cast.actor("mona"), at=AT)
    assert refused(problem)[0::2] == (400, pointer)
    assert not ReviewCount.objects.exists()


# The page


def test_the_page_says_unknown_and_not_stable_where_nothing_was_sent(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    row = monitor(cast)
    page = signed_in("vera").get(f"/governance/models/{row.model.ref}/monitoring/").content.decode()
    assert "never sent monitoring data: unknown, not stable" in page
    assert "?act=" not in page, "who only looks is offered no act"


def test_the_page_shows_band_number_and_convention_and_takes_an_acknowledgement_in_place(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    row = monitor(cast)
    send(cast, row, {"counts": SIGNIFICANT})
    client: Client = signed_in("mona")
    url = f"/governance/models/{row.model.ref}/monitoring/"
    page = client.get(url).content.decode()
    for words in ("Significant drift", "PSI 0.", "raised to it", "PSI below 0.10 is stable"):
        assert words in page
    alert = MonitorAlert.objects.get()
    refused_ = client.post(url, {"act": "acknowledge", "row": alert.pk, "note": " "})
    assert refused_.status_code == 400
    done = client.post(url, {"act": "acknowledge", "row": alert.pk, "note": "Checking the feed"})
    assert done.status_code == 302
    assert "Checking the feed" in client.get(url).content.decode()


def test_an_act_on_another_models_row_finds_nothing(cast: Cast, signed_in: Any, frozen: Any) -> None:
    row, other = monitor(cast), sound_model(cast, "Other model")
    send(cast, row, {"counts": SIGNIFICANT})
    alert = MonitorAlert.objects.get()
    answer = signed_in("mona").post(
        f"/governance/models/{other.ref}/monitoring/", {"act": "acknowledge", "row": alert.pk, "note": "Seen"}
    )
    assert answer.status_code == 404


def test_a_table_is_shown_before_it_is_recorded_and_wrong_rows_are_named(
    cast: Cast, signed_in: Any, frozen: Any
) -> None:
    row = monitor(cast)
    client: Client = signed_in("mona")
    url = f"/governance/models/{row.model.ref}/monitoring/{row.pk}/upload/"
    table = f"observed_on,a,b,c,d,source_key\n{back(8)},250,250,250,250,w1\n{back(1)},500,300,150,50,w2"
    shown = client.post(url, {"table": table, "preview": "1"})
    assert "Significant drift" in shown.content.decode()
    assert not MonitorObservation.objects.exists()
    assert client.post(url, {"table": table, "record": "1"}).status_code == 302
    assert row.observations.count() == 2
    wrong = client.post(url, {"table": table.replace("500", "-5"), "record": "1"})
    assert (wrong.status_code, row.observations.count()) == (400, 2)
    for text, words in (
        ("a,b\n1,2", "observed_on among them"),
        (f"observed_on,a\n{back(1)},1,2", "3 cells"),
        (f"observed_on,a\n{back(1)},x", "no whole number"),
    ):
        answer = client.post(url, {"table": text, "preview": "1"})
        assert (answer.status_code, words in answer.content.decode()) == (400, True)
